"""Adding a category to the tree."""

import asyncio
from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.categories import (
    DEPTH_MAX,
    categories_by_id,
    categories_by_parent,
    categories_by_slug,
    root_categories,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_category
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """Siblings stand by position, equals by name, whatever order they came in."""
    drinks = await given_category(tenant, "drinks", name="Drinks", code="DRK", position=2)
    food = await given_category(tenant, "food", position=1)
    tea = await given_category(tenant, "tea", parent="drinks")
    coffee = await given_category(tenant, "coffee", parent="drinks")
    assert (drinks.slug, drinks.name, drinks.code, drinks.position, drinks.parent_id) == (
        "drinks", "Drinks", "DRK", 2, None,
    )  # fmt: skip
    async with tenant.database.read(tenant.actor) as tx:
        assert await root_categories(tx) == [food, drinks]
        assert await categories_by_parent(tx, [drinks.id, food.id]) == {drinks.id: [coffee, tea], food.id: []}
        assert await categories_by_slug(tx, ["tea", "none", "no\0ne"]) == {"tea": tea}
        assert await categories_by_id(tx, [tea.id]) == {tea.id: tea}


async def test_tells_where_it_stands(tenant: GivenTenant) -> None:
    """Consumers that show a menu need the way down to the category."""
    await given_category(tenant, "drinks")
    await given_category(tenant, "hot", parent="drinks")
    await forget_emitted(tenant)
    tea = await given_category(tenant, "tea", parent="hot")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.category.created", tea.id)
    assert event.payload["path"] == "drinks/hot/tea"
    assert event.payload["depth"] == 2
    assert event.payload["parent_id"] == str(tea.parent_id)


@pytest.mark.parametrize(
    ("slug", "fields", "error", "path"),
    [
        ("drinks", {}, AlreadyExists, ("slug",)),
        ("Hot", {}, InvalidInput, ("slug",)),
        ("hot drinks", {}, InvalidInput, ("slug",)),
        ("hot--drinks", {}, InvalidInput, ("slug",)),
        ("-hot", {}, InvalidInput, ("slug",)),
        ("hot\n", {}, InvalidInput, ("slug",)),
        ("", {}, InvalidInput, ("slug",)),
        ("h" * 101, {}, InvalidInput, ("slug",)),
        ("hot", {"name": " "}, InvalidInput, ("name",)),
        ("hot", {"name": "x" * 256}, InvalidInput, ("name",)),
        ("hot", {"name": "\ud800"}, InvalidInput, ("name",)),
        ("hot", {"code": "x" * 33}, InvalidInput, ("code",)),
        ("hot", {"position": -1}, InvalidInput, ("position",)),
        ("hot", {"position": 1_000_001}, InvalidInput, ("position",)),
        ("hot", {"parent": "nowhere"}, NotFound, ("parent_slug",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, slug: str, fields: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """A slug goes into addresses and messages; everything has an end."""
    drinks = await given_category(tenant, "drinks")
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await given_category(tenant, slug, **fields)
    assert refused.value.path == path
    async with tenant.database.read(tenant.actor) as tx:
        assert await root_categories(tx) == [drinks]
    await assert_nothing_emitted(tenant)


async def test_refuses_a_tree_too_deep(tenant: GivenTenant) -> None:
    """Filters walk the tree down, so there is an end to it."""
    parent = None
    for level in range(DEPTH_MAX):
        parent = (await given_category(tenant, f"level-{level}", parent=parent)).slug
    with pytest.raises(LimitExceeded, match="13 levels; at most 12"):
        await given_category(tenant, "too-deep", parent=parent)
    async with tenant.database.read(tenant.actor) as tx:
        assert await categories_by_slug(tx, ["too-deep"]) == {}


async def test_lets_one_of_two_at_once_win(tenant: GivenTenant) -> None:
    """The same slug twice at the same time: one is made, the other hears that it exists."""
    made = await asyncio.gather(
        given_category(tenant, "drinks"), given_category(tenant, "drinks"), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in made) == ["AlreadyExists", "CategoryRecord"]


async def test_belongs_to_its_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Another tenant sees nothing of it and may use the slug."""
    drinks = await given_category(tenant, "drinks")
    other = await given_tenant(database)
    async with database.read(other.actor) as tx:
        assert await categories_by_slug(tx, ["drinks"]) == {}
        assert await categories_by_id(tx, [drinks.id]) == {}
    assert (await given_category(other, "drinks")).id != drinks.id
