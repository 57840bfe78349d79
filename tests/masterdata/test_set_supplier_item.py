"""Stating what a supplier sells a variant as."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import InvalidInput, ItemInactive, NotFound, UnitMismatch
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.supplier_items import (
    SupplierItemRecord,
    set_supplier_item,
    supplier_item_counts,
    supplier_item_pages,
    supplier_items_by_item,
    supplier_items_by_variant,
)
from inventory_graph.masterdata.suppliers import SupplierInactive, update_supplier
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.recipes import given_item, given_loaf, variant_ids
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase, statements


async def set_item(tenant: GivenTenant, supplier: str, **fields: Any) -> SupplierItemRecord:
    return await tenant.database.write(tenant.actor, lambda tx: set_supplier_item(tx, supplier_code=supplier, **fields))


async def sold(tenant: GivenTenant, sku: str) -> list[SupplierItemRecord]:
    (variant_id,) = await variant_ids(tenant, sku)
    async with tenant.database.read(tenant.actor) as tx:
        return list((await supplier_items_by_variant(tx, [variant_id]))[variant_id])


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """Prices and order sizes are per purchase unit, which may be another than the stock unit."""
    supplier = await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    await forget_emitted(tenant)
    made = await set_item(
        tenant,
        "DAIRY",
        sku="MILK",
        supplier_sku="M-500",
        unit="ml",
        unit_price=Decimal("0.0650000001"),
        lead_time_days=2,
        order_minimum=Decimal(5000),
        order_multiple=Decimal(500),
        is_preferred=True,
    )
    assert made == SupplierItemRecord(
        supplier_id=supplier.id,
        variant_id=(await variant_ids(tenant, "MILK"))[0],
        supplier_sku="M-500",
        unit_code="ML",
        unit_price=Decimal("0.0650000001"),
        currency="KES",
        lead_time_days=2,
        order_minimum=Decimal(5000),
        order_multiple=Decimal(500),
        is_preferred=True,
    )
    assert await sold(tenant, "MILK") == [made]
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.supplier.item_set", supplier.id)
    assert (event.payload["unit_price"], event.payload["order_minimum"]) == ("0.0650000001", "5000")


async def test_replaces_what_was_stated_before(tenant: GivenTenant) -> None:
    """It is stated in full: what is left out is none, the purchase unit is the stock unit again."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    await set_item(tenant, "DAIRY", sku="MILK", unit="ML", unit_price=Decimal(1), lead_time_days=2, is_preferred=True)
    second = await set_item(tenant, "DAIRY", sku="MILK", unit_price=Decimal(80), currency="UGX")
    assert await sold(tenant, "MILK") == [second]
    assert (second.unit_code, second.unit_price, second.currency) == ("LITRE", Decimal(80), "UGX")
    assert (second.lead_time_days, second.is_preferred) == (None, False)
    await forget_emitted(tenant)
    assert await set_item(tenant, "DAIRY", sku="MILK", unit_price=Decimal(80), currency="UGX") == second
    await assert_nothing_emitted(tenant)


async def test_leaves_one_preferred_supplier(tenant: GivenTenant) -> None:
    """A reorder goes to one address; the preferred one is listed first."""
    for code in ("A", "B", "C"):
        await given_supplier(tenant, code=code)
    await given_item(tenant, "MILK", unit="LITRE")
    first = await set_item(tenant, "A", sku="MILK", is_preferred=True)
    await set_item(tenant, "B", sku="MILK")
    third = await set_item(tenant, "C", sku="MILK", is_preferred=True)
    offers = await sold(tenant, "MILK")
    assert offers[0] == third
    assert [each.is_preferred for each in offers] == [True, False, False]
    assert first.supplier_id in {each.supplier_id for each in offers[1:]}


async def test_leaves_one_preferred_supplier_when_many_ask_at_once(tenant: GivenTenant) -> None:
    """Each takes it from the one before; a unique index alone would answer with an error."""
    for number in range(5):
        await given_supplier(tenant, code=f"S{number}")
    await given_item(tenant, "MILK", unit="LITRE")
    await asyncio.gather(*(set_item(tenant, f"S{number}", sku="MILK", is_preferred=True) for number in range(5)))
    offers = await sold(tenant, "MILK")
    assert len(offers) == 5
    assert sum(each.is_preferred for each in offers) == 1


async def test_takes_a_purchase_unit_over_a_bridge(tenant: GivenTenant) -> None:
    """Whoever sells bread by the slice can be ordered from: twenty slices are a loaf."""
    await given_supplier(tenant, code="BAKERY")
    await given_loaf(tenant, "BREAD")
    assert (await set_item(tenant, "BAKERY", sku="BREAD", unit="slice")).unit_code == "SLICE"


async def test_refuses_a_unit_that_does_not_convert(tenant: GivenTenant) -> None:
    """What is ordered could never be received."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    with pytest.raises(UnitMismatch, match="setUnitBridge") as caught:
        await set_item(tenant, "DAIRY", sku="MILK", unit="KG")
    assert caught.value.path == ("unit",)
    assert await sold(tenant, "MILK") == []


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("unit", "FURLONG", ("unit",)),
        ("sku", "NOTHING", ("sku",)),
        ("sku", "nul\0", ("sku",)),
        ("supplier_code", "NOBODY", ("supplier_code",)),
    ],
)
async def test_refuses_what_does_not_exist(tenant: GivenTenant, field: str, value: str, path: tuple[str, ...]) -> None:
    """The path names the argument."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    fields: dict[str, Any] = {"supplier_code": "DAIRY", "sku": "MILK"} | {field: value}
    with pytest.raises(NotFound) as caught:
        await tenant.database.write(tenant.actor, lambda tx: set_supplier_item(tx, **fields))
    assert caught.value.path == path
    assert await sold(tenant, "MILK") == []


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("unit_price", Decimal(-1), ("unit_price", "amount")),
        ("currency", "shilling", ("unit_price", "currency")),
        ("lead_time_days", -1, ("lead_time_days",)),
        ("order_minimum", Decimal(0), ("order_minimum",)),
        ("order_multiple", Decimal(-1), ("order_multiple",)),
        ("supplier_sku", "x" * 65, ("supplier_sku",)),
        ("variant_id", uuid4(), ("variant_id",)),
        ("sku", None, ("sku",)),
    ],
)
async def test_refuses_what_is_not_valid(tenant: GivenTenant, field: str, value: object, path: tuple[str, ...]) -> None:
    """Also two names for the variant, or none."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    await forget_emitted(tenant)
    with pytest.raises(InvalidInput) as caught:
        await set_item(tenant, "DAIRY", **({"sku": "MILK"} | {field: value}))
    assert caught.value.path == path
    assert await sold(tenant, "MILK") == []
    await assert_nothing_emitted(tenant)


async def test_refuses_what_is_archived(tenant: GivenTenant) -> None:
    """Neither from an archived supplier nor an archived item."""
    await given_supplier(tenant, code="GONE")
    await given_supplier(tenant, code="DAIRY")
    item = await given_item(tenant, "MILK", unit="LITRE")
    await tenant.database.write(tenant.actor, lambda tx: update_supplier(tx, code="GONE", is_active=False))
    with pytest.raises(SupplierInactive):
        await set_item(tenant, "GONE", sku="MILK")

    async def has_stock(*_: object, **__: object) -> bool:
        return False

    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))
    with pytest.raises(ItemInactive) as caught:
        await set_item(tenant, "DAIRY", sku="MILK")
    assert caught.value.path == ("sku",)
    assert await sold(tenant, "MILK") == []


async def test_pages_cost_one_statement(database: CountingDatabase, tenant: GivenTenant) -> None:
    """A list of suppliers or items with what is sold must not ask once for each."""
    suppliers = [await given_supplier(tenant, code=code) for code in ("A", "B")]
    items = [await given_item(tenant, sku) for sku in ("I1", "I2", "I3")]
    for supplier in suppliers:
        for item in items:
            await set_item(tenant, supplier.code, sku=item.sku)
    keys = [(supplier.id, 2, None) for supplier in suppliers]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        pages = await supplier_item_pages(tx, keys)
        by_item = await supplier_items_by_item(tx, [item.id for item in items])
    assert len(counted) == 2
    names = dict(zip(await variant_ids(tenant, "I1", "I2", "I3"), ("I1", "I2", "I3"), strict=True))
    assert [[names[each.variant_id] for each in pages[key].records] for key in keys] == [["I1", "I2"]] * 2
    assert all(page.has_next for page in pages.values())
    assert [len(by_item[item.id]) for item in items] == [2, 2, 2]
    async with database.read(tenant.actor) as tx:
        last = (suppliers[0].id, 2, "I2")
        assert [names[each.variant_id] for each in (await supplier_item_pages(tx, [last]))[last].records] == ["I3"]
        assert await supplier_item_counts(tx, [suppliers[0].id]) == {suppliers[0].id: 3}
