"""Adding a variant to an item."""

import asyncio
from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, ItemInactive, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.barcodes import barcodes_by_variant
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_drafts import VARIANTS_MAX
from inventory_graph.masterdata.item_pages import VariantsKey, variant_counts_by_item, variants_by_item
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.stock.queries import has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_variant, item_now, variant_now
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def skus_of(tenant: GivenTenant, item: ItemRecord) -> list[str]:
    key = VariantsKey(item.id, 100)
    async with tenant.database.read(tenant.actor) as tx:
        return [variant.sku for variant in (await variants_by_item(tx, [key]))[key].records]


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """The options stay in their order, and the barcodes are in the item's stock unit."""
    item = await given_item(tenant, sku="TEE", name="Tee", unit="BOX")
    variant = await given_variant(
        tenant,
        item,
        sku="TEE-L",
        name="Large tee",
        attributes=[("Size", "L"), ("Colour", "red")],
        barcodes=["L-1"],
        external_reference="ref",
        metadata={"price": "1200"},
    )
    assert (variant.item_id, variant.sku, variant.name) == (item.id, "TEE-L", "Large tee")
    assert variant.attributes == [{"name": "Size", "value": "L"}, {"name": "Colour", "value": "red"}]
    assert (variant.status, variant.position, variant.external_reference) == ("ACTIVE", 1, "ref")
    assert variant.metadata == {"price": "1200"}
    assert await variant_now(tenant, variant) == variant
    async with tenant.database.read(tenant.actor) as tx:
        (barcode,) = (await barcodes_by_variant(tx, [variant.id]))[variant.id]
    assert (barcode.code, barcode.unit_code) == ("L-1", "BOX")


async def test_takes_its_name_from_item_and_options(tenant: GivenTenant) -> None:
    """A name that tells it from its siblings, when nobody gave one."""
    item = await given_item(tenant, name="Tee")
    named = await given_variant(tenant, item, attributes=[("Size", "L"), ("Colour", "red")])
    plain = await given_variant(tenant, item)
    assert (named.name, plain.name) == ("Tee – L / red", "Tee")


async def test_stands_behind_the_others(tenant: GivenTenant) -> None:
    """Variants keep the order in which they came, also when several come at once."""
    item = await given_item(tenant, sku="TEE")
    await asyncio.gather(*(given_variant(tenant, item, sku=f"TEE-{number}") for number in range(4)))
    skus = await skus_of(tenant, item)
    assert skus[0] == "TEE"
    assert sorted(skus[1:]) == [f"TEE-{number}" for number in range(4)]


async def test_tells_siblings(tenant: GivenTenant) -> None:
    """A variant has an event of its own; its item counts as changed for those who ask what is new."""
    item = await given_item(tenant, sku="TEE")
    await forget_emitted(tenant)
    variant = await given_variant(tenant, item, sku="TEE-L", attributes=[("Size", "L")], barcodes=["L-1"])
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, event.aggregate_id) == (
        "inventory.variant.created", "variant", variant.id,
    )  # fmt: skip
    assert event.payload["item_sku"] == "TEE"
    assert event.payload["attributes"] == [{"name": "Size", "value": "L"}]
    assert (event.payload["barcode"], event.payload["barcode_type"]) == ("L-1", "CODE128")
    assert (await item_now(tenant, item)).updated_at > item.updated_at


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"sku": "OTHER"}, AlreadyExists, ("sku",)),
        ({"sku": "TEE"}, AlreadyExists, ("sku",)),
        ({"sku": "HANDLE"}, AlreadyExists, ("sku",)),
        ({"sku": ""}, InvalidInput, ("sku",)),
        ({"external_reference": "taken"}, AlreadyExists, ("external_reference",)),
        ({"barcodes": ["TAKEN"]}, AlreadyExists, ("barcodes", "0")),
        ({"name": "\0"}, InvalidInput, ("name",)),
        ({"attributes": [("Size", "L"), ("size", "M")]}, InvalidInput, ("attributes", "1", "name")),
        ({"attributes": [("", "L")]}, InvalidInput, ("attributes", "0", "name")),
        ({"attributes": [("Size", "x" * 256)]}, InvalidInput, ("attributes", "0", "value")),
        ({"attributes": [(f"A{number}", "x") for number in range(21)]}, InvalidInput, ("attributes",)),
        ({"metadata": {"a": "\0"}}, InvalidInput, ("metadata",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, fields: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """A name that is taken, by an item that bears it alone too, or a value that cannot be kept: nothing is made."""
    item = await given_item(tenant, sku="TEE")
    other = await given_item(tenant, sku="OTHER", barcodes=["TAKEN"])
    await given_variant(tenant, other, sku="OTHER-2", external_reference="taken")
    handle = NewItem(sku="HANDLE", name="H", unit="pc", variants=[NewVariant(sku="H-1"), NewVariant(sku="H-2")])
    await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=[handle]))
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await given_variant(tenant, item, **fields)
    assert refused.value.path == path
    assert await skus_of(tenant, item) == ["TEE"]
    await assert_nothing_emitted(tenant)


async def test_refuses_an_archived_item(tenant: GivenTenant) -> None:
    """What is out of use does not grow."""
    item = await given_item(tenant, sku="TEE")
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))
    with pytest.raises(ItemInactive, match="TEE is archived"):
        await given_variant(tenant, item)
    assert await skus_of(tenant, item) == ["TEE"]


async def test_has_an_end(tenant: GivenTenant) -> None:
    """An item with more variants than people can tell apart is a mistake of some import."""
    many = NewItem(sku="TEE", name="Tee", unit="pc", variants=[NewVariant(sku=f"TEE-{n}") for n in range(VARIANTS_MAX)])
    (created,) = await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=[many]))
    with pytest.raises(LimitExceeded, match="1000 variants already"):
        await given_variant(tenant, created.item)
    async with tenant.database.read(tenant.actor) as tx:
        assert await variant_counts_by_item(tx, [created.item.id]) == {created.item.id: VARIANTS_MAX}


async def test_does_not_reach_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """An id that leaked is of no use."""
    item = await given_item(tenant, sku="TEE")
    with pytest.raises(NotFound):
        await given_variant(await given_tenant(database), item)
    assert await skus_of(tenant, item) == ["TEE"]
