"""Finding items and variants by their names."""

from uuid import uuid4

import pytest

from inventory_graph.errors import NotFound
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_reading import (
    ItemKey,
    item_by_key,
    items_by_barcode,
    items_by_external_reference,
    items_by_id,
    items_by_sku,
    variant_by_key,
    variants_by_barcode,
    variants_by_external_reference,
    variants_by_id,
    variants_by_sku,
)
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from tests.given.items import given_item, given_variant, item_now, variant_of_sku
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase, statements

UPC = "036000291452"
UNKNOWN = ("nothing", "no\0thing", "\ud800", "")


async def test_finds_items_by_every_name(tenant: GivenTenant) -> None:
    """Batches answer what is known and leave out the rest, also what no database could hold."""
    item = await given_item(tenant, sku="A-1", barcodes=[UPC], external_reference="ref")
    await given_variant(tenant, item, sku="A-2", barcodes=["OWN"])
    item = await item_now(tenant, item)
    async with tenant.database.read(tenant.actor) as tx:
        assert await items_by_id(tx, [item.id, uuid4()]) == {item.id: item}
        assert await items_by_sku(tx, ["A-1", "A-2", *UNKNOWN]) == {"A-1": item}
        assert await items_by_external_reference(tx, ["ref", *UNKNOWN]) == {"ref": item}
        assert await items_by_barcode(tx, ["OWN", f"0{UPC}", *UNKNOWN]) == {"OWN": item, f"0{UPC}": item}


async def test_finds_variants_by_every_name(tenant: GivenTenant) -> None:
    """A scanner may send a UPC as it is or as an EAN-13 or a GTIN-14 with zeros in front."""
    item = await given_item(tenant, sku="A-1", barcodes=[UPC])
    first = await variant_of_sku(tenant, "A-1")
    second = await given_variant(tenant, item, sku="A-2", external_reference="ref-2")
    async with tenant.database.read(tenant.actor) as tx:
        assert await variants_by_id(tx, [second.id, uuid4()]) == {second.id: second}
        assert await variants_by_sku(tx, ["A-1", "A-2", *UNKNOWN]) == {"A-1": first, "A-2": second}
        assert await variants_by_external_reference(tx, ["ref-2", *UNKNOWN]) == {"ref-2": second}
        for scanned in (UPC, f"0{UPC}", f"00{UPC}"):
            assert await variants_by_barcode(tx, [scanned, *UNKNOWN]) == {scanned: first}


async def test_an_item_stands_for_its_only_variant(tenant: GivenTenant) -> None:
    """With one variant the item's names are unambiguous; with two they are not, and a guess could sell the wrong size."""
    handle = NewItem(sku="one", name="One", unit="pc", external_reference="ref", variants=[NewVariant(sku="ONE-1")])
    (single,) = await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=[handle]))
    double = await given_item(tenant, sku="TWO", external_reference="ref-two")
    await given_variant(tenant, double, sku="TWO-B")
    (only,) = single.variants
    async with tenant.database.read(tenant.actor) as tx:
        assert await variants_by_sku(tx, ["one", "ONE-1"]) == {"one": only, "ONE-1": only}
        assert await variants_by_external_reference(tx, ["ref", "ref-two"]) == {"ref": only}
    await given_variant(tenant, single.item, sku="ONE-2")
    async with tenant.database.read(tenant.actor) as tx:
        assert await variants_by_sku(tx, ["one"]) == {}
        assert await variants_by_external_reference(tx, ["ref"]) == {}


async def test_is_read_in_one_statement(tenant: GivenTenant, database: CountingDatabase) -> None:
    """A till reads by SKU a hundred times a minute."""
    for number in range(5):
        await given_item(tenant, sku=f"A-{number}")
    skus = [f"A-{number}" for number in range(5)]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        assert len(await variants_by_sku(tx, skus)) == 5
        assert len(await items_by_sku(tx, skus)) == 5
    counted.assert_at_most(2)


async def test_a_verb_says_what_it_does_not_find(tenant: GivenTenant) -> None:
    """The refusal names the key by which it looked, and where it stood in the request."""
    item = await given_item(tenant, sku="A-1")
    await given_variant(tenant, item, sku="A-2")
    item = await item_now(tenant, item)
    async with tenant.database.read(tenant.actor) as tx:
        assert await item_by_key(tx, ItemKey("id", item.id)) == item
        assert (await variant_by_key(tx, ItemKey("sku", "A-2"))).sku == "A-2"
        with pytest.raises(NotFound, match="no item with the sku 'nothing'") as unknown_item:
            await item_by_key(tx, ItemKey("sku", "nothing"))
        with pytest.raises(NotFound, match="no variant with the external reference 'nothing'") as unknown_variant:
            await variant_by_key(tx, ItemKey("external_reference", "nothing"), path=("lines", "0"))
    assert unknown_item.value.path == ("item", "sku")
    assert unknown_variant.value.path == ("lines", "0", "external_reference")


async def test_another_tenant_finds_nothing(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Every name of another tenant reads as unknown, also its ids."""
    item = await given_item(tenant, sku="A-1", barcodes=[UPC], external_reference="ref")
    variant = await variant_of_sku(tenant, "A-1")
    other = await given_tenant(database)
    async with database.read(other.actor) as tx:
        assert await items_by_id(tx, [item.id]) == {}
        assert await items_by_sku(tx, ["A-1"]) == {}
        assert await items_by_barcode(tx, [UPC]) == {}
        assert await items_by_external_reference(tx, ["ref"]) == {}
        assert await variants_by_id(tx, [variant.id]) == {}
        assert await variants_by_sku(tx, ["A-1"]) == {}
        assert await variants_by_barcode(tx, [UPC]) == {}
        assert await variants_by_external_reference(tx, ["ref"]) == {}
