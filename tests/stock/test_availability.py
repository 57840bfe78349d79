"""Availability: what can be promised of an SKU, where, and why not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.given.items import given_item, given_variant
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import done

FIELDS = """sku available isAvailable reasons level nextAvailableAt nextAvailableQuantity
  limitingComponents { sku } substitutes { sku }"""
QUERY = f"""query($skus: [String!]!, $warehouseId: ID, $outletId: ID) {{
  availability(skus: $skus, warehouseId: $warehouseId, outletId: $outletId) {{ {FIELDS} }} }}"""


async def availability(graph: GraphClient, *skus: str, **where: Any) -> list[dict[str, Any]]:
    data = await graph(QUERY, {"skus": list(skus), **{name: str(value) for name, value in where.items()}})
    found: list[dict[str, Any]] = data["availability"]
    return found


async def why(graph: GraphClient, sku: str, **where: Any) -> tuple[str | None, str, list[str]]:
    """How much, the level, and the reasons."""
    (found,) = await availability(graph, sku, **where)
    assert found["isAvailable"] == (not found["reasons"])
    return found["available"], found["level"], found["reasons"]


async def test_is_what_lies_on_the_shelf(graph: GraphClient, tenant: GivenTenant) -> None:
    """In stock units, everything that is in state AVAILABLE."""
    await given_item(tenant, sku="PIE", unit="KG")
    await given_stock(tenant, "PIE", "2.5")
    assert await availability(graph, "PIE") == [
        {
            "sku": "PIE", "available": "2.5", "isAvailable": True, "reasons": [], "level": "IN_STOCK",
            "nextAvailableAt": None, "nextAvailableQuantity": None, "limitingComponents": [], "substitutes": [],
        }
    ]  # fmt: skip


async def test_answers_in_the_order_asked(graph: GraphClient, tenant: GivenTenant) -> None:
    """One for each SKU, also for one that is unknown or asked twice: a shop zips them to its page."""
    for sku in ("B", "A"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "1")
    found = await availability(graph, "B", "?", "A", "B", "")
    assert [(each["sku"], each["available"]) for each in found] == [
        ("B", "1"), ("?", "0"), ("A", "1"), ("B", "1"), ("", "0"),
    ]  # fmt: skip
    assert found[1]["reasons"] == ["NOT_STOCKED_HERE"]


async def test_adds_up_warehouses_unless_one_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nor what is on the road, nor behind closed doors. A warehouse that owes takes nothing from what others have."""
    await given_item(tenant, sku="PIE", allow_negative=True)
    store = await given_warehouse(tenant, code="STORE")
    road = await given_warehouse(tenant, code="ROAD", type="TRANSIT")
    debtor = await given_warehouse(tenant, code="DEBTOR")
    await given_stock(tenant, "PIE", "3")
    await given_stock(tenant, "PIE", "4", warehouse=store)
    await given_stock(tenant, "PIE", "9", warehouse=road)
    owing = {"sku": "PIE", "delta": "-5", "reason": "CORRECTION", "warehouse": {"code": "DEBTOR"}}
    await done(graph, "adjustStock", owing)
    assert await why(graph, "PIE") == ("7", "IN_STOCK", [])
    assert await why(graph, "PIE", warehouseId=store.id) == ("4", "IN_STOCK", [])
    assert await why(graph, "PIE", outletId=tenant.outlet_id) == ("3", "IN_STOCK", [])
    assert await why(graph, "PIE", warehouseId=debtor.id) == ("0", "OUT", ["OUT_OF_STOCK"])
    assert await why(graph, "PIE", warehouseId=road.id) == ("0", "OUT", ["NOT_STOCKED_HERE"])
    assert await why(graph, "PIE", warehouseId=store.id, outletId=tenant.outlet_id) == (
        "0",
        "OUT",
        ["NOT_STOCKED_HERE"],
    )
    assert await why(graph, "PIE", warehouseId=uuid4()) == ("0", "OUT", ["NOT_STOCKED_HERE"])


async def test_adds_up_the_variants_of_an_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """The item's own field speaks of all of them; an SKU speaks of the variant that bears it. Archived ones do not count."""
    shirt = await given_item(tenant, sku="SHIRT")
    for sku, quantity in (("SHIRT-L", "2"), ("SHIRT-S", "5")):
        await given_variant(tenant, shirt, sku=sku)
        await given_stock(tenant, sku, quantity)
    query = '{ item(key: {sku: "SHIRT"}) { availability { sku available } } variant(key: {sku: "SHIRT-L"}) { availability { sku available } } }'
    data = await graph(query)
    assert data["item"]["availability"] == {"sku": "SHIRT", "available": "7"}
    assert data["variant"]["availability"] == {"sku": "SHIRT-L", "available": "2"}
    assert await why(graph, "SHIRT") == ("0", "OUT", ["NOT_STOCKED_HERE"])
    await done(graph, "setStock", {"sku": "SHIRT-S", "quantity": "0", "changeFromQuantity": "5", "reason": "RECOUNT"})
    await graph.accepted("archiveVariant", {"variant": {"sku": "SHIRT-S"}}, input_type="VariantKeyInput")
    assert (await graph(query))["item"]["availability"] == {"sku": "SHIRT", "available": "2"}
    assert await why(graph, "SHIRT-S") == ("0", "OUT", ["ITEM_INACTIVE"])


async def test_is_low_at_the_reorder_point(graph: GraphClient, tenant: GivenTenant) -> None:
    """Still to be had, but not for long."""
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "5")
    await graph.accepted("setStockLevels", {"sku": "PIE", "reorderPoint": "5"})
    assert await why(graph, "PIE") == ("5", "LOW", [])
    await given_stock(tenant, "PIE", "1")
    assert await why(graph, "PIE") == ("6", "IN_STOCK", [])


async def test_says_why_there_is_none(graph: GraphClient, tenant: GivenTenant) -> None:
    """Gone, set aside, held for others: each has another remedy."""
    for sku in ("GONE", "ASIDE", "BROKEN", "HELD"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "4")
    await done(graph, "adjustStock", {"sku": "GONE", "delta": "-4", "reason": "WASTE"})
    for sku, state in (("ASIDE", "QUARANTINED"), ("BROKEN", "DAMAGED")):
        await done(graph, "moveStock", {"sku": sku, "quantity": "4", "toState": state, "reason": "INSPECTION"})
    # Holds are verbs of their own, yet to come; what they will leave in the book is written here.
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(
            """UPDATE balances SET reserved = 4 FROM variants WHERE variants.tenant_id = $1 AND variants.sku = 'HELD'
               AND balances.tenant_id = $1 AND balances.variant_id = variants.id""",
            tenant.id,
        )
    assert await why(graph, "GONE") == ("0", "OUT", ["OUT_OF_STOCK"])
    assert await why(graph, "ASIDE") == ("0", "OUT", ["QUARANTINED"])
    assert await why(graph, "BROKEN") == ("0", "OUT", ["QUARANTINED"])
    assert await why(graph, "HELD") == ("0", "OUT", ["RESERVED"])
    await given_stock(tenant, "HELD", "1")
    assert await why(graph, "HELD") == ("1", "IN_STOCK", [])


async def test_leaves_out_lots_that_are_over_by_the_calendar_of_their_place(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """A lot is good to the end of its last day, and the day ends where it lies: on one side of the date line it is over
    while on the other it has hours left."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    east = await given_warehouse(tenant, code="EAST", timezone="Pacific/Kiritimati")
    west = await given_warehouse(tenant, code="WEST", timezone="Pacific/Pago_Pago")
    # 25 hours lie between the two, so their dates always differ.
    today_in_the_west = datetime.now(ZoneInfo("Pacific/Pago_Pago")).date()
    for warehouse in (east, west):
        await given_stock(tenant, "MILK", "5", lot="M", expires_on=today_in_the_west, warehouse=warehouse)
    assert await why(graph, "MILK", warehouseId=west.id) == ("5", "IN_STOCK", [])
    assert await why(graph, "MILK", warehouseId=east.id) == ("0", "OUT", ["EXPIRED"])
    assert await why(graph, "MILK") == ("5", "IN_STOCK", [])


async def test_leaves_out_what_is_expired_or_on_hold(graph: GraphClient, tenant: GivenTenant) -> None:
    """It lies there and is counted as on hand, but nobody may have it; the rest may be had."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    await given_stock(tenant, "MILK", "5", lot="OVER", expires_on=yesterday)
    await given_stock(tenant, "MILK", "3", lot="HELD")
    await given_stock(tenant, "MILK", "2", lot="GOOD", expires_on=date(2999, 1, 1))
    assert (await why(graph, "MILK"))[0] == "5"
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute("UPDATE lots SET status = 'ON_HOLD' WHERE tenant_id = $1 AND code = 'HELD'", tenant.id)
    assert await why(graph, "MILK") == ("2", "IN_STOCK", [])
    await done(graph, "adjustStock", {"sku": "MILK", "delta": "-2", "lotCode": "GOOD", "reason": "WASTE"})
    assert await why(graph, "MILK") == ("0", "OUT", ["EXPIRED"])


@pytest.mark.parametrize("kind", ["SERVICE", "VOUCHER"])
async def test_needs_no_stock_where_none_is_kept(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """A haircut does not run out."""
    await given_item(tenant, sku="CUT", type=kind)
    assert await why(graph, "CUT") == (None, "UNTRACKED", [])
    assert await why(graph, "CUT", warehouseId=uuid4()) == (None, "UNTRACKED", [])


@pytest.mark.parametrize("kind", ["GOODS", "SERVICE"])
async def test_ends_when_the_item_is_archived(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """By every way of asking, and it begins again when the item comes back."""
    await given_item(tenant, sku="OLD", type=kind)
    query = '{ item(key: {sku: "OLD"}) { availability { level reasons } } variant(key: {sku: "OLD"}) { availability { level } } }'
    before = await why(graph, "OLD")
    await graph.accepted("archiveItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    assert await why(graph, "OLD") == ("0", "OUT", ["ITEM_INACTIVE"])
    data = await graph(query)
    assert data["item"]["availability"] == {"level": "OUT", "reasons": ["ITEM_INACTIVE"]}
    assert data["variant"]["availability"] == {"level": "OUT"}
    await graph.accepted("reactivateItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    assert await why(graph, "OLD") == before


async def test_ends_when_the_last_variant_is_archived(graph: GraphClient, tenant: GivenTenant) -> None:
    """An item of which nothing is sold any more is not there, and asking is no error."""
    item = await given_item(tenant, sku="OLD")
    await given_variant(tenant, item, sku="OLD-2")
    for sku in ("OLD", "OLD-2"):
        await graph.accepted("archiveVariant", {"variant": {"sku": sku}}, input_type="VariantKeyInput")
    data = await graph('{ item(key: {sku: "OLD"}) { availability { available level reasons } } }')
    assert data["item"]["availability"] == {"available": "0", "level": "OUT", "reasons": ["ITEM_INACTIVE"]}


async def test_of_others_is_unknown(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither their SKUs nor their places are anything here."""
    other = await given_tenant(tenant.database)
    await given_item(other, sku="THEIRS")
    await given_stock(other, "THEIRS", "9")
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "1")
    assert await why(graph, "THEIRS") == ("0", "OUT", ["NOT_STOCKED_HERE"])
    for where in ({"outletId": other.outlet_id}, {"warehouseId": other.warehouse_id}):
        assert await why(graph, "PIE", **where) == ("0", "OUT", ["NOT_STOCKED_HERE"])


async def test_takes_a_hundred_skus(graph: GraphClient, tenant: GivenTenant) -> None:
    """A page of a shop; not none, and not a catalogue."""
    assert len(await availability(graph, *["?"] * 100)) == 100
    async with unchanged(tenant):
        for skus in ([], ["?"] * 101):
            (error,) = await graph.errors(QUERY, {"skus": skus})
            assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["skus"]}
            assert f"these are {len(skus)}" in error["message"]


@pytest.mark.parametrize("where", ["outletId", "warehouseId"])
async def test_refuses_an_id_that_is_none(graph: GraphClient, tenant: GivenTenant, where: str) -> None:
    """An unknown place has nothing; a text that is no id is a mistake worth telling."""
    (error,) = await graph.errors(QUERY, {"skus": ["PIE"], where: "Main"})
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": [where]}


async def test_counts_decimals_exactly(graph: GraphClient, tenant: GivenTenant) -> None:
    """A tenth and two tenths are three tenths."""
    await given_item(tenant, sku="PIE", unit="KG")
    for quantity in ("0.1", "0.2"):
        await given_stock(tenant, "PIE", quantity)
    assert Decimal((await why(graph, "PIE"))[0] or "") == Decimal("0.3")
