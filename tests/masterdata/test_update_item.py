"""Changing an item."""

import asyncio
from fractions import Fraction
from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, ItemInactive, NotFound, Refusal
from inventory_graph.masterdata.barcodes import barcodes_by_item
from inventory_graph.masterdata.item_pages import ItemFilter, items_page
from inventory_graph.masterdata.item_reading import items_allowing_negative
from inventory_graph.masterdata.items import ItemHasMovements, archive_item, update_item
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.masterdata.variants import add_barcode
from inventory_graph.stock.queries import has_movements, has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import (
    given_category,
    given_item,
    given_no_stock_left,
    given_stock,
    given_unit_bridge,
    given_variant,
    item_now,
    variant_now,
    variant_of_sku,
)
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def changed(tenant: GivenTenant, item: ItemRecord, **changes: Any) -> ItemRecord:
    return await tenant.database.write(
        tenant.actor, lambda tx: update_item(tx, item_id=item.id, has_movements=has_movements, **changes)
    )


async def found_by(tenant: GivenTenant, text: str) -> list[str]:
    async with tenant.database.read(tenant.actor) as tx:
        page = await items_page(tx, first=10, filter=ItemFilter(text=text))
    return [item.sku for item in page.records]


async def test_changes_what_is_given_and_nothing_else(tenant: GivenTenant) -> None:
    """A form that sends one field must not blank the others."""
    category = await given_category(tenant, "tea")
    item = await given_item(tenant, tags=["a"], metadata={"k": 1}, shelf_life_days=5, description="Old")
    after = await changed(tenant, item, description="New", category_slug="tea")
    assert (after.description, after.category_id) == ("New", category.id)
    assert (after.tags, after.metadata, after.shelf_life_days, after.name) == (["a"], {"k": 1}, 5, item.name)
    assert after.updated_at > item.updated_at
    assert await item_now(tenant, item) == after


async def test_clears_what_may_be_empty(tenant: GivenTenant) -> None:
    """None is a value: it takes away what was there."""
    await given_category(tenant, "tea")
    full: dict[str, Any] = {
        "description": "x", "shelf_life_days": 3, "allow_negative": True, "removal_strategy": "LIFO",
        "external_reference": "ref", "category_slug": "tea", "controlled_class": "S2",
    }  # fmt: skip
    item = await given_item(tenant, **full)
    after = await changed(tenant, item, **dict.fromkeys(full))
    assert (after.description, after.shelf_life_days, after.allow_negative) == (None, None, None)
    assert (after.removal_strategy, after.external_reference, after.category_id) == (None, None, None)
    assert after.controlled_class is None


async def test_tells_of_a_change_once(tenant: GivenTenant) -> None:
    """One event with the item as it is now; none when nothing differs."""
    item = await given_item(tenant, name="Old", tags=["a"])
    await forget_emitted(tenant)
    await changed(tenant, item, type="INGREDIENT", tags=["b"], allergens=["Soya"], controlled_class="S2")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.item.updated", item.id)
    assert (event.payload["type"], event.payload["tags"]) == ("INGREDIENT", ["b"])
    assert (event.payload["allergens"], event.payload["controlled_class"]) == (["soya"], "S2")
    await forget_emitted(tenant)
    before = await item_now(tenant, item)
    assert await changed(tenant, item, type="INGREDIENT", tags=["b"], unit="pc") == before
    await assert_nothing_emitted(tenant)


async def test_renames_the_variants_that_bore_the_old_names(tenant: GivenTenant) -> None:
    """An item with one variant shares its SKU with it, also after a correction; a variant of its own name keeps it."""
    item = await given_item(tenant, sku="TEE-1", name="Tee")
    first = await variant_of_sku(tenant, "TEE-1")
    second = await given_variant(tenant, item, sku="TEE-2", name="Red tee")
    await forget_emitted(tenant)
    await changed(tenant, item, sku="TEA-1", name="Tea")
    assert ((await variant_now(tenant, first)).sku, (await variant_now(tenant, first)).name) == ("TEA-1", "Tea")
    assert await variant_now(tenant, second) == second
    assert [event.type for event in await emitted(tenant)] == ["inventory.item.updated", "inventory.variant.updated"]
    assert (await found_by(tenant, "tea-1"), await found_by(tenant, "tee-1")) == (["TEA-1"], [])


async def test_refuses_a_name_that_is_taken(tenant: GivenTenant) -> None:
    """Renaming keeps to the same rules as making."""
    other = await given_item(tenant, sku="B-1", external_reference="ref-b")
    await given_variant(tenant, other, sku="B-2")
    item = await given_item(tenant, sku="A-1")
    await given_variant(tenant, item, sku="A-2")
    before = await item_now(tenant, item)
    await forget_emitted(tenant)
    for changes, path in (
        ({"sku": "B-1"}, ("sku",)),
        ({"sku": "B-2"}, ("sku",)),
        ({"sku": "A-2"}, ("sku",)),
        ({"external_reference": "ref-b"}, ("external_reference",)),
    ):
        with pytest.raises(AlreadyExists) as refused:
            await changed(tenant, item, **changes)
        assert refused.value.path == path
    assert await item_now(tenant, item) == before
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("changes", "error", "path"),
    [
        ({"name": None}, InvalidInput, ("name",)),
        ({"sku": None}, InvalidInput, ("sku",)),
        ({"unit": None}, InvalidInput, ("unit",)),
        ({"tags": None}, InvalidInput, ("tags",)),
        ({"allergens": None}, InvalidInput, ("allergens",)),
        ({"controlled_class": ""}, InvalidInput, ("controlled_class",)),
        ({"sku": " A"}, InvalidInput, ("sku",)),
        ({"name": "\0"}, InvalidInput, ("name",)),
        ({"status": "ARCHIVED"}, InvalidInput, ("status",)),
        ({"status": "GONE"}, InvalidInput, ("status",)),
        ({"unit": "furlong"}, NotFound, ("unit",)),
        ({"unit": "KG", "tracking": "SERIAL"}, InvalidInput, ("tracking",)),
        ({"category_slug": "nowhere"}, NotFound, ("category_slug",)),
        ({"metadata": {"a": "\0"}}, InvalidInput, ("metadata",)),
        ({"shelf_life_days": 0}, InvalidInput, ("shelf_life_days",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, changes: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """What is wrong is named, and nothing changes."""
    item = await given_item(tenant)
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await changed(tenant, item, **changes)
    assert refused.value.path == path
    assert await item_now(tenant, item) == item
    await assert_nothing_emitted(tenant)


async def test_changes_the_unit_while_nothing_has_moved(tenant: GivenTenant) -> None:
    """A slip at the start can be corrected; barcodes in the stock unit go along, those of a box stay."""
    item = await given_item(tenant, sku="A-1", unit="PIECE", barcodes=["ONE"])
    variant = await variant_of_sku(tenant, "A-1")
    await given_unit_bridge(tenant, item, "BOX", "PIECE", Fraction(12))
    await tenant.database.write(
        tenant.actor, lambda tx: add_barcode(tx, variant_id=variant.id, code="TWELVE", unit="box")
    )
    after = await changed(tenant, item, unit="KG", tracking="LOT")
    assert (after.unit_code, after.tracking) == ("KG", "LOT")
    async with tenant.database.read(tenant.actor) as tx:
        barcodes = (await barcodes_by_item(tx, [item.id]))[item.id]
    assert {each.code: each.unit_code for each in barcodes} == {"ONE": "KG", "TWELVE": "BOX"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"unit": "KG"}, ("unit",)), ({"tracking": "LOT"}, ("tracking",)), ({"type": "SERVICE"}, ("type",))],
)
async def test_fixes_what_movements_rest_on(
    tenant: GivenTenant, changes: dict[str, Any], path: tuple[str, ...]
) -> None:
    """Five pieces in the ledger would become five kilograms, also when nothing of them is left."""
    item = await given_item(tenant, sku="A-1")
    await given_stock(tenant, "A-1", "5")
    await given_no_stock_left(tenant, "A-1", "5")
    await forget_emitted(tenant)
    with pytest.raises(ItemHasMovements, match="A-1 is fixed") as refused:
        await changed(tenant, item, **changes)
    assert refused.value.path == path
    assert await item_now(tenant, item) == item
    await assert_nothing_emitted(tenant)
    assert (await changed(tenant, item, type="INGREDIENT")).type == "INGREDIENT"


async def test_refuses_an_archived_item(tenant: GivenTenant) -> None:
    """What is out of use does not change; reactivateItem brings it back first."""
    item = await given_item(tenant)
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))
    with pytest.raises(ItemInactive):
        await changed(tenant, item, name="New")
    assert (await item_now(tenant, item)).name == item.name


async def test_two_changes_at_once_both_hold(tenant: GivenTenant) -> None:
    """The second waits for the first and changes its own fields only."""
    item = await given_item(tenant)
    await asyncio.gather(changed(tenant, item, name="New"), changed(tenant, item, description="Both"))
    after = await item_now(tenant, item)
    assert (after.name, after.description) == ("New", "Both")


async def test_a_variant_of_the_new_sku_at_once_is_not_doubled(tenant: GivenTenant) -> None:
    """Renaming to an SKU that somebody gives a variant at the same moment: one of them hears that it is taken."""
    item, other = await given_item(tenant, sku="A-1"), await given_item(tenant, sku="B-1")
    outcomes = await asyncio.gather(
        changed(tenant, item, sku="C-1"), given_variant(tenant, other, sku="C-1"), return_exceptions=True
    )
    assert sum(isinstance(each, AlreadyExists) for each in outcomes) == 1, outcomes


async def test_does_not_reach_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """An id that leaked is of no use."""
    item = await given_item(tenant)
    other = await given_tenant(database)
    with pytest.raises(NotFound):
        await changed(other, item, name="Stolen")
    assert await item_now(tenant, item) == item


async def test_negative_stock_is_the_tenants_word_unless_the_items(database: CountingDatabase) -> None:
    """None leaves it to the tenant, whatever the tenant says later."""
    tenant = await given_tenant(database, allow_negative=True)
    silent, strict = await given_item(tenant), await given_item(tenant, allow_negative=False)
    async with database.read(tenant.actor) as tx:
        assert await items_allowing_negative(tx, [silent.id, strict.id]) == {silent.id: True, strict.id: False}


async def test_keeps_its_bridges_when_renamed(tenant: GivenTenant) -> None:
    """Bridges belong to the item, not to its name."""
    item = await given_item(tenant, sku="LOAF")
    await given_unit_bridge(tenant, item, "SLICE", "PIECE", Fraction(1, 20))
    await changed(tenant, item, sku="BREAD")
    await given_unit_bridge(tenant, item, "SLICE", "PIECE", Fraction(1, 16))
    assert (await item_now(tenant, item)).sku == "BREAD"
