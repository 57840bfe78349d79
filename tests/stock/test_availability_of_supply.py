"""Availability of what is on its way: when there will be more, and how much."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.items import create_item
from tests.given.items import given_item, given_variant
from tests.given.recipes import component, given_recipe
from tests.given.selling import given_stop
from tests.given.stock import given_stock
from tests.given.supplies import given_supply
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import NOBODY, GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

QUERY = """query($skus: [String!]!, $warehouseId: ID, $outletId: ID, $channel: String) {
  availability(skus: $skus, warehouseId: $warehouseId, outletId: $outletId, channel: $channel) {
    available nextAvailableAt nextAvailableQuantity } }"""
TODAY = datetime.now(UTC).replace(microsecond=0)
NOTHING = (None, None)


def day(number: int) -> datetime:
    """So many days from now."""
    return TODAY + timedelta(days=number)


async def coming(graph: GraphClient, sku: str, **where: Any) -> tuple[int | None, str | None]:
    """In how many days more is expected, and how much."""
    variables = {"skus": [sku], **{name: str(value) for name, value in where.items()}}
    (found,) = (await graph(QUERY, variables))["availability"]
    at = found["nextAvailableAt"]
    return (
        (datetime.fromisoformat(at) - TODAY).days if at is not None else None,
        found["nextAvailableQuantity"],
    )


async def test_says_when_and_how_much(supplied: GraphClient, tenant: GivenTenant) -> None:
    """The next arrival, also while there is some: whoever wants more than that has to know."""
    await given_item(tenant, sku="PIE", unit="KG")
    await given_supply(tenant, "PIE", "2.5", day(3))
    await given_supply(tenant, "PIE", "7", day(9))
    assert await coming(supplied, "PIE") == (3, "2.5")
    await given_stock(tenant, "PIE", "1")
    assert await coming(supplied, "PIE") == (3, "2.5")


async def test_adds_up_what_comes_at_once(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Two vans, one instant."""
    await given_item(tenant, sku="PIE")
    for quantity in ("2", "3"):
        await given_supply(tenant, "PIE", quantity, day(3))
    assert await coming(supplied, "PIE") == (3, "5")


async def test_is_nothing_where_nothing_is_on_its_way(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nor where nobody knows of any."""
    await given_item(tenant, sku="PIE")
    assert await coming(graph, "PIE") == NOTHING
    assert await coming(graph, "NOBODY") == NOTHING


async def test_leaves_out_what_is_overdue(supplied: GraphClient, tenant: GivenTenant) -> None:
    """A van that should have come yesterday may come in an hour or never: a time in the past is no promise."""
    await given_item(tenant, sku="PIE")
    await given_supply(tenant, "PIE", "5", day(-1))
    assert await coming(supplied, "PIE") == NOTHING
    await given_supply(tenant, "PIE", "2", day(4))
    assert await coming(supplied, "PIE") == (4, "2")


@pytest.mark.parametrize("quantity", ["0", "-3"])
async def test_leaves_out_what_brings_nothing(supplied: GraphClient, tenant: GivenTenant, quantity: str) -> None:
    """An order that was received in full is still an order."""
    await given_item(tenant, sku="PIE")
    await given_supply(tenant, "PIE", quantity, day(1))
    assert await coming(supplied, "PIE") == NOTHING


async def test_pays_first_what_is_owed(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Five are owed; the three that come first are gone before anybody sees them, the next leave one."""
    await given_item(tenant, sku="PIE", allow_negative=True)
    await done(supplied, "adjustStock", {"sku": "PIE", "delta": "-5", "reason": "CORRECTION"})
    await given_supply(tenant, "PIE", "3", day(1))
    await given_supply(tenant, "PIE", "3", day(2))
    assert await coming(supplied, "PIE") == (2, "1")


async def test_is_of_the_place_that_was_asked_about(supplied: GraphClient, tenant: GivenTenant) -> None:
    """What comes to the other shop helps nobody here; nor what is still on the road, nor what goes where it is closed."""
    await given_item(tenant, sku="PIE")
    kiosk = await given_outlet(tenant, code="kiosk")
    road = await given_warehouse(tenant, code="ROAD", type="TRANSIT")
    closed = await given_warehouse(tenant, code="CLOSED")
    await supplied.accepted("archiveWarehouse", {"warehouse": {"code": "CLOSED"}})
    for number, warehouse in enumerate((road, closed), start=1):
        await given_supply(tenant, "PIE", "9", day(number), warehouse_id=warehouse.id)
    await given_supply(tenant, "PIE", "5", day(5))
    await given_supply(tenant, "PIE", "4", day(7), warehouse_id=kiosk.warehouse.id)
    assert await coming(supplied, "PIE") == (5, "5")
    assert await coming(supplied, "PIE", outletId=kiosk.outlet.id) == (7, "4")
    assert await coming(supplied, "PIE", warehouseId=kiosk.warehouse.id) == (7, "4")
    assert await coming(supplied, "PIE", warehouseId=road.id) == NOTHING
    assert await coming(supplied, "PIE", warehouseId=closed.id) == NOTHING


async def test_of_an_item_is_of_any_of_its_variants(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Whichever comes first."""
    shirt = await given_item(tenant, sku="SHIRT")
    await given_variant(tenant, shirt, sku="SHIRT-L")
    await given_supply(tenant, "SHIRT-L", "4", day(2))
    await given_supply(tenant, "SHIRT", "9", day(3))
    query = '{ item(key: {sku: "SHIRT"}) { availability { nextAvailableQuantity } } }'
    assert (await supplied(query))["item"]["availability"] == {"nextAvailableQuantity": "4"}
    assert await coming(supplied, "SHIRT") == (3, "9")


async def test_of_a_dish_is_when_all_that_it_takes_is_there(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Buns alone make no burger. What is optional is not waited for; whole portions count."""
    for sku in ("BUN", "BEEF", "PICKLE"):
        await given_item(tenant, sku=sku, unit="KG")
    lines = (component("BUN", "1"), component("BEEF", "0.2"), component("PICKLE", "1", is_optional=True))
    await given_recipe(tenant, "BURGER", *lines)
    await given_supply(tenant, "BUN", "10", day(1))
    await given_supply(tenant, "BEEF", "0.1", day(2))
    await given_supply(tenant, "BEEF", "0.5", day(3))
    await given_supply(tenant, "PICKLE", "5", day(9))
    assert await coming(supplied, "BURGER") == (3, "3")
    await given_stock(tenant, "BUN", "2")
    await given_stock(tenant, "BEEF", "0.2")
    assert await coming(supplied, "BURGER") == (3, "3")


async def test_of_a_dish_is_made_in_one_kitchen(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Buns that come here and beef that comes there make nothing together."""
    bar = await given_warehouse(tenant, code="BAR")
    for sku in ("BUN", "BEEF"):
        await given_item(tenant, sku=sku)
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("BEEF", "1"))
    await given_supply(tenant, "BUN", "10", day(1))
    await given_supply(tenant, "BEEF", "10", day(1), warehouse_id=bar.id)
    assert await coming(supplied, "BURGER") == NOTHING
    await given_supply(tenant, "BUN", "4", day(6), warehouse_id=bar.id)
    assert await coming(supplied, "BURGER") == (6, "4")


async def test_is_the_end_of_a_stop_where_that_comes_first(supplied: GraphClient, tenant: GivenTenant) -> None:
    """What lies there is on sale again when the stop ends; what comes before that only adds to it."""
    await given_item(tenant, sku="FRIES")
    await given_stock(tenant, "FRIES", "9")
    await given_supply(tenant, "FRIES", "2", day(1))
    await given_supply(tenant, "FRIES", "5", day(8))
    await given_stop(supplied, {"item": {"sku": "FRIES"}}, channel="web", until=day(3).isoformat())
    assert await coming(supplied, "FRIES", channel="web") == (3, "11")
    assert await coming(supplied, "FRIES", channel="pos") == (1, "2")
    await given_stop(supplied, {"item": {"sku": "FRIES"}}, outletId=str(tenant.outlet_id))
    assert await coming(supplied, "FRIES") == NOTHING


async def test_of_a_service_is_the_end_of_its_stop(supplied: GraphClient, tenant: GivenTenant) -> None:
    """The barber is back on Thursday, for as many as come."""
    await given_item(tenant, sku="CUT", type="SERVICE")
    assert await coming(supplied, "CUT") == NOTHING
    await given_stop(supplied, {"item": {"sku": "CUT"}}, until=day(3).isoformat())
    assert await coming(supplied, "CUT") == (3, None)


async def test_of_what_is_archived_is_nothing(supplied: GraphClient, tenant: GivenTenant) -> None:
    """What comes is not for sale."""
    await given_item(tenant, sku="OLD")
    await given_supply(tenant, "OLD", "5", day(1))
    await supplied.accepted("archiveItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    assert await coming(supplied, "OLD") == NOTHING


async def test_is_not_shown_to_visitors(supplied: GraphClient) -> None:
    """When the van comes is the shop's own business."""
    shop = await given_tenant(supplied.tenant.database, public_levels=True)
    await given_item(shop, sku="PIE")
    await given_supply(shop, "PIE", "5", day(1))
    data = await supplied(QUERY, {"skus": ["PIE"]}, actor=NOBODY, headers={"x-tenant-slug": shop.slug})
    assert data["availability"] == [{"available": None, "nextAvailableAt": None, "nextAvailableQuantity": None}]


async def test_of_others_is_not_on_its_way_here(supplied: GraphClient, tenant: GivenTenant) -> None:
    """The same SKU, another house."""
    other = await given_tenant(tenant.database)
    for each in (tenant, other):
        await given_item(each, sku="PIE")
    await given_supply(other, "PIE", "5", day(1))
    assert await coming(supplied, "PIE") == NOTHING


async def test_is_told_by_a_refusal(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Whoever asked too much hears when to ask again: there and of that variant, whatever comes elsewhere."""
    store = await given_warehouse(tenant, code="STORE")
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "2")
    await given_supply(tenant, "PIE", "9", day(1), warehouse_id=store.id)
    await given_supply(tenant, "PIE", "9", day(4))
    query = """mutation($input: AdjustStockInput!) { adjustStock(input: $input) { errors {
      ... on InsufficientStock { available nextAvailableAt } } } }"""
    given = {"idempotencyKey": "k", "sku": "PIE", "delta": "-3", "reason": "WASTE"}
    assert (await supplied(query, {"input": given}))["adjustStock"]["errors"] == [
        {"available": "2", "nextAvailableAt": day(4).isoformat().replace("+00:00", "Z")}
    ]


async def test_is_told_by_the_refusal_of_a_dish(supplied: GraphClient, tenant: GivenTenant) -> None:
    """When the dish can be made again, wherever it may be made: the beef that comes first makes none without buns."""
    store = await given_warehouse(tenant, code="STORE")
    for sku in ("BUN", "BEEF"):
        await given_item(tenant, sku=sku)
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("BEEF", "1"))
    await given_supply(tenant, "BEEF", "9", day(1))
    for number, sku in enumerate(("BEEF", "BUN"), start=2):
        await given_supply(tenant, sku, "9", day(number), warehouse_id=store.id)
    query = """mutation($input: ReserveStockInput!) { reserveStock(input: $input) { errors {
      ... on InsufficientStock { sku available nextAvailableAt } } } }"""
    given: dict[str, Any] = {"idempotencyKey": "k", "lines": [{"sku": "BURGER", "quantity": "1"}]}
    (error,) = (await supplied(query, {"input": given}))["reserveStock"]["errors"]
    expected = {"sku": "BURGER", "available": "0", "nextAvailableAt": day(3).isoformat().replace("+00:00", "Z")}
    assert error == expected
    given = {**given, "idempotencyKey": "k-2", "warehouse": {"code": "MAIN"}}
    (error,) = (await supplied(query, {"input": given}))["reserveStock"]["errors"]
    assert error == {**expected, "nextAvailableAt": None}


async def test_is_not_told_where_it_would_not_help(supplied: GraphClient, tenant: GivenTenant) -> None:
    """Nothing that comes is quarantined already."""
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "2")
    await given_supply(tenant, "PIE", "9", day(4))
    query = """mutation($input: MoveStockInput!) { moveStock(input: $input) { errors {
      ... on InsufficientStock { requested nextAvailableAt substitutes { sku } } } } }"""
    given = {
        "idempotencyKey": "k", "sku": "PIE", "quantity": "1", "fromState": "QUARANTINED", "toState": "AVAILABLE",
        "reason": "INSPECTION",
    }  # fmt: skip
    assert (await supplied(query, {"input": given}))["moveStock"]["errors"] == [
        {"requested": "1", "nextAvailableAt": None, "substitutes": []}
    ]


async def test_of_a_hundred_skus_takes_six_statements(
    supplied: GraphClient, tenant: GivenTenant, supplied_database: CountingDatabase
) -> None:
    """Two for what is there, two to look at it again, one for the source, one for where it goes. Unasked for, it costs
    nothing."""
    skus = [f"S-{number:03}" for number in range(100)]

    async def create(tx: Transaction) -> None:
        for sku in skus:
            await create_item(tx, sku=sku, name=sku, unit="PIECE")

    await tenant.database.write(tenant.actor, create)
    for sku in skus:
        await given_supply(tenant, sku, "3", day(2))
    async with statements(supplied_database) as counted:
        data = await supplied(QUERY, {"skus": skus})
    counted.assert_at_most(6)
    assert {each["nextAvailableQuantity"] for each in data["availability"]} == {"3"}
    async with statements(supplied_database) as counted:
        await supplied("query($skus: [String!]!) { availability(skus: $skus) { available } }", {"skus": skus})
    counted.assert_at_most(2)
