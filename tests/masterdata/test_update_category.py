"""Renaming, moving and ordering categories."""

import asyncio
from typing import Any

import pytest

from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.categories import (
    DEPTH_MAX,
    CategoryCycle,
    categories_by_parent,
    categories_by_slug,
    update_category,
)
from inventory_graph.masterdata.records import CategoryRecord
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_category
from tests.given.tenants import GivenTenant


async def changed(tenant: GivenTenant, slug: str, **changes: Any) -> CategoryRecord:
    return await tenant.database.write(tenant.actor, lambda tx: update_category(tx, slug=slug, **changes))


async def category_now(tenant: GivenTenant, slug: str) -> CategoryRecord:
    async with tenant.database.read(tenant.actor) as tx:
        return (await categories_by_slug(tx, [slug]))[slug]


async def test_changes_what_is_given_and_nothing_else(tenant: GivenTenant) -> None:
    """A form that sends one field must not blank the others."""
    before = await given_category(tenant, "drinks", name="Drinks", code="DRK", position=3)
    await forget_emitted(tenant)
    after = await changed(tenant, "drinks", name="Beverages")
    assert (after.name, after.code, after.position, after.id) == ("Beverages", "DRK", 3, before.id)
    assert await category_now(tenant, "drinks") == after
    assert (await changed(tenant, "drinks", code=None, position=0)).code is None
    assert [event.type for event in await emitted(tenant)] == ["inventory.category.updated"] * 2


async def test_moves_with_all_that_lies_below(tenant: GivenTenant) -> None:
    """A shelf moves with its boxes: the children keep their parent."""
    drinks = await given_category(tenant, "drinks")
    hot = await given_category(tenant, "hot", parent="drinks")
    tea = await given_category(tenant, "tea", parent="hot")
    await forget_emitted(tenant)
    moved = await changed(tenant, "hot", parent_slug=None)
    assert moved.parent_id is None
    async with tenant.database.read(tenant.actor) as tx:
        assert await categories_by_parent(tx, [drinks.id, hot.id]) == {drinks.id: [], hot.id: [tea]}
    (event,) = await emitted(tenant)
    assert (event.payload["path"], event.payload["depth"], event.payload["parent_id"]) == ("hot", 0, None)


async def test_says_nothing_when_nothing_changes(tenant: GivenTenant) -> None:
    """Consumers need not be told what they know."""
    await given_category(tenant, "drinks", name="Drinks")
    await forget_emitted(tenant)
    await changed(tenant, "drinks", name="Drinks", parent_slug=None)
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize("target", ["drinks", "hot", "tea"])
async def test_refuses_to_move_below_itself(tenant: GivenTenant, target: str) -> None:
    """A cycle would cut the branch off the tree: nobody could reach it any more."""
    await given_category(tenant, "drinks")
    await given_category(tenant, "hot", parent="drinks")
    await given_category(tenant, "tea", parent="hot")
    before = await category_now(tenant, "drinks")
    await forget_emitted(tenant)
    with pytest.raises(CategoryCycle) as refused:
        await changed(tenant, "drinks", parent_slug=target)
    assert refused.value.path == ("parent_slug",)
    assert await category_now(tenant, "drinks") == before
    await assert_nothing_emitted(tenant)


async def test_two_moves_at_once_make_no_cycle(tenant: GivenTenant) -> None:
    """Each move is fine by itself; together they would be a ring. The second must see the first."""
    await given_category(tenant, "left")
    await given_category(tenant, "right")
    moved = await asyncio.gather(
        changed(tenant, "left", parent_slug="right"),
        changed(tenant, "right", parent_slug="left"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in moved) == ["CategoryCycle", "CategoryRecord"]
    parents = [(await category_now(tenant, slug)).parent_id for slug in ("left", "right")]
    assert sum(parent is None for parent in parents) == 1


async def test_refuses_to_move_a_branch_too_deep(tenant: GivenTenant) -> None:
    """The depth that counts is that of the deepest leaf that comes along."""
    parent = None
    for level in range(DEPTH_MAX - 1):
        parent = (await given_category(tenant, f"level-{level}", parent=parent)).slug
    await given_category(tenant, "branch")
    await given_category(tenant, "leaf", parent="branch")
    with pytest.raises(LimitExceeded, match="13 levels"):
        await changed(tenant, "branch", parent_slug=parent)
    assert (await category_now(tenant, "branch")).parent_id is None
    assert (await changed(tenant, "leaf", parent_slug=parent)).slug == "leaf"


@pytest.mark.parametrize(
    ("slug", "changes", "error", "path"),
    [
        ("nowhere", {"name": "X"}, NotFound, ("slug",)),
        ("drinks", {"parent_slug": "nowhere"}, NotFound, ("parent_slug",)),
        ("drinks", {"name": "\0"}, InvalidInput, ("name",)),
        ("drinks", {"position": -1}, InvalidInput, ("position",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, slug: str, changes: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """What is wrong is named, and nothing changes."""
    before = await given_category(tenant, "drinks")
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await changed(tenant, slug, **changes)
    assert refused.value.path == path
    assert await category_now(tenant, "drinks") == before
    await assert_nothing_emitted(tenant)
