"""Consuming: an order is deducted once, however its news arrives."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.recipes import component, given_recipe, given_version
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.reservations.seen import amounts, refusal_of, reservation_now, stock

CONSUME = "consumeStock"
MOVEMENTS = "movements { quantity variant { sku } lot { code } unitCost { amount } }"
ROUNDS = 50
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse, at 2.5 each."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10", unit_cost="2.5")


async def consumed(graph: GraphClient, *lines: Mapping[str, Any], **fields: Any) -> list[tuple[str, str]]:
    """What was deducted, by SKU, after consuming the lines."""
    given = {"idempotencyKey": uuid4().hex, "lines": list(lines), **fields}
    payload = await graph.accepted(CONSUME, given, MOVEMENTS)
    return [(each["variant"]["sku"], each["quantity"]) for each in payload["movements"]]


async def shortfalls(tenant: GivenTenant) -> list[Decimal]:
    """What was not there of each consumption, in the order of the lines' references."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch(
            "SELECT shortfall FROM consumptions WHERE tenant_id = $1 ORDER BY line_reference", tx.tenant_id
        )
    return [row["shortfall"] for row in rows]


# ---------------------------------------------------------------- without a hold
async def test_stock_goes_without_a_hold(graph: GraphClient) -> None:
    """A sale at the till: on hand and available fall, nothing is reserved; the movement has its cost."""
    assert await consumed(graph, wanted("TEA", 3)) == [("TEA", "3")]
    assert await stock(graph, "TEA") == ("7", "0", "7")
    (movement,) = (
        await graph('{ stockBalance(sku: "TEA") { movements(first: 1) { nodes { reason unitCost { amount } } } } }')
    )["stockBalance"]["movements"]["nodes"]
    assert movement == {"reason": "SALE", "unitCost": {"amount": "2.5"}}


async def test_all_lines_go_or_none(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lines of one balance are summed; what others hold is not to be had."""
    await given_reservation(graph, wanted("TEA", 4))
    error = await refusal_of(graph, CONSUME, {"lines": [wanted("TEA", 4), wanted("TEA", 3)]})
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "2")
    assert error["path"] == ["input", "lines", "1", "quantity"]
    assert await stock(graph, "TEA") == ("10", "4", "6")


async def test_the_outlets_warehouse_is_used_and_not_the_tenants_default(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """A sale of an outlet never comes out of another's stock."""
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_stock(tenant, "TEA", "2", warehouse=kiosk.warehouse)
    await consumed(graph, wanted("TEA", 1), outletId=str(kiosk.outlet.id))
    assert await stock(graph, "TEA") == ("10", "0", "10")
    assert await stock(graph, "TEA", code=kiosk.warehouse.code) == ("1", "0", "1")


async def test_services_and_vouchers_deduct_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """A print service sold twice does not have -2 on hand."""
    await given_item(tenant, sku="PRINTING", type="SERVICE")
    await given_item(tenant, sku="GIFT", type="VOUCHER")
    assert await consumed(graph, wanted("PRINTING", 2), wanted("GIFT", 1)) == []


async def test_where_stock_may_be_negative_what_is_in_the_hand_is_sold(graph: GraphClient, tenant: GivenTenant) -> None:
    """And the debt is to be seen."""
    await given_item(tenant, sku="SODA", allow_negative=True)
    await given_stock(tenant, "SODA", "1")
    await consumed(graph, wanted("SODA", 3))
    assert await stock(graph, "SODA") == ("-2", "0", "-2")


# ---------------------------------------------------------------- once
async def test_what_is_held_for_the_order_is_issued_first(graph: GraphClient) -> None:
    """The hold is resolved by it; what is sold beyond it comes from what is available."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), orderId=order)
    await consumed(graph, wanted("TEA", 5), orderId=order)
    read = await reservation_now(graph, reservation)
    assert (read["status"], amounts(read)) == ("COMMITTED", [("3", "0", "3", "0", "0")])
    assert read["history"][0]["kind"] == "CONSUMED"
    assert await stock(graph, "TEA") == ("5", "0", "5")


async def test_commit_then_consume_deducts_once(graph: GraphClient) -> None:
    """What the commit took is only claimed; a second call of consumption is new."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), orderId=order)
    await given_step(graph, "commitReservation", reservation)
    assert await consumed(graph, wanted("TEA", 3), orderId=order) == []
    assert await stock(graph, "TEA") == ("7", "0", "7")
    assert await consumed(graph, wanted("TEA", 1), orderId=order) == [("TEA", "1")]


async def test_consume_then_commit_deducts_once(graph: GraphClient) -> None:
    """The commit finds the hold resolved, and by what."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), orderId=order)
    await consumed(graph, wanted("TEA", 3), orderId=order)
    error = await refusal_of(graph, "commitReservation", {"reservationId": reservation["id"]})
    assert (error["code"], error["status"]) == ("ALREADY_RESOLVED", "COMMITTED")
    assert await stock(graph, "TEA") == ("7", "0", "7")


async def test_both_at_the_same_time_deduct_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever comes first, fifty times over."""
    await given_stock(tenant, "TEA", str(2 * ROUNDS))
    for _ in range(ROUNDS):
        order = str(uuid4())
        reservation = await given_reservation(graph, wanted("TEA", 2), orderId=order)
        commit = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"]}
        consume = {"idempotencyKey": uuid4().hex, "orderId": order, "lines": [wanted("TEA", 2)]}
        first, second = await asyncio.gather(
            graph.payload("commitReservation", commit), graph.payload(CONSUME, consume)
        )
        assert [error["code"] for error in first["errors"]] in ([], ["ALREADY_RESOLVED"])
        assert second["errors"] == []
    assert await stock(graph, "TEA") == ("10", "0", "10")


async def test_units_on_top_are_deducted_besides(graph: GraphClient) -> None:
    """A raised quantity is said to be one."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), orderId=order)
    await given_step(graph, "commitReservation", reservation)
    assert await consumed(graph, wanted("TEA", 1), orderId=order, isAdditional=True) == [("TEA", "1")]
    assert await consumed(graph, wanted("TEA", 3), orderId=order) == []
    assert await stock(graph, "TEA") == ("6", "0", "6")


async def test_a_line_that_was_told_is_not_deducted_again(graph: GraphClient) -> None:
    """Though under another key: the till's event and its call are one sale. Another order's line of that name is another."""
    order, line = str(uuid4()), wanted("TEA", 2, lineReference="a")
    assert await consumed(graph, line, orderId=order) == [("TEA", "2")]
    assert await consumed(graph, line, orderId=order) == []
    assert await consumed(graph, line, wanted("TEA", 1, lineReference="b"), orderId=order) == [("TEA", "1")]
    assert await consumed(graph, line, orderId=str(uuid4())) == [("TEA", "2")]
    assert await stock(graph, "TEA") == ("5", "0", "5")


async def test_a_line_told_twice_at_the_same_time_is_deducted_once(graph: GraphClient) -> None:
    """Whichever of the two is first."""
    order = str(uuid4())
    told = [
        {"idempotencyKey": uuid4().hex, "orderId": order, "lines": [wanted("TEA", 1, lineReference="a")]}
        for _ in range(4)
    ]
    payloads = await asyncio.gather(*(graph.accepted(CONSUME, each, MOVEMENTS) for each in told))
    assert sorted(len(each["movements"]) for each in payloads) == [0, 0, 0, 1]
    assert await stock(graph, "TEA") == ("9", "0", "9")


async def test_another_orders_hold_is_left_alone(graph: GraphClient) -> None:
    """What is promised to somebody is not sold to another, also where nothing else is left."""
    other = await given_reservation(graph, wanted("TEA", 9), orderId=str(uuid4()))
    error = await refusal_of(graph, CONSUME, {"orderId": str(uuid4()), "lines": [wanted("TEA", 2)]})
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "1")
    assert amounts(await reservation_now(graph, other)) == [("9", "9", "0", "0", "0")]


async def test_an_orders_overdue_hold_is_not_issued(graph: GraphClient, tenant: GivenTenant) -> None:
    """It holds nothing any more: what is sold comes from what is available."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), orderId=order)
    await given_time_passed(tenant, reservation)
    assert await consumed(graph, wanted("TEA", 3), orderId=order) == [("TEA", "3")]
    assert (await reservation_now(graph, reservation))["status"] == "EXPIRED"
    assert await stock(graph, "TEA") == ("7", "0", "7")


# ---------------------------------------------------------------- what is there
@pytest.mark.parametrize(
    ("unit", "there", "missing"),
    [("KG", [("FLOUR", "0.4"), ("FLOUR", "1.6")], ["0.6", "2.4"]), ("PIECE", [("FLOUR", "2")], ["1", "2"])],
)
async def test_partial_deducts_what_is_there_and_records_the_rest(
    graph: GraphClient, tenant: GivenTenant, unit: str, there: list[tuple[str, str]], missing: list[str]
) -> None:
    """Lines that want 1 and 4 share the 2 there are by what they want, and 3 are missing: 0.6 and 2.4. Whole pieces stay
    whole."""
    await given_item(tenant, sku="FLOUR", unit=unit)
    await given_stock(tenant, "FLOUR", "2")
    lines = [wanted("FLOUR", 1, lineReference="a"), wanted("FLOUR", 4, lineReference="b")]
    assert await consumed(graph, *lines, onShortage="PARTIAL") == there
    assert await shortfalls(tenant) == [Decimal(each) for each in missing]
    assert await stock(graph, "FLOUR") == ("0", "0", "0")


async def test_what_was_used_cannot_wait(graph: GraphClient) -> None:
    """A backorder of a sale that happened makes no sense."""
    error = await refusal_of(graph, CONSUME, {"lines": [wanted("TEA", 1)], "onShortage": "BACKORDER"})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "onShortage"])


async def test_only_waste_takes_lots_that_may_not_be_sold(graph: GraphClient, tenant: GivenTenant) -> None:
    """What has expired is thrown away, not sold."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_stock(tenant, "MILK", "3", lot="OLD", expires_on=TODAY - timedelta(days=2))
    error = await refusal_of(graph, CONSUME, {"lines": [wanted("MILK", 1)]})
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "0")
    named = await refusal_of(graph, CONSUME, {"lines": [wanted("MILK", 1, lotCode="OLD")]})
    assert (named["code"], named["path"]) == ("LOT_NOT_ELIGIBLE", ["input", "lines", "0", "lotCode"])
    assert await consumed(graph, wanted("MILK", 1), reason="WASTE") == [("MILK", "1")]


# ---------------------------------------------------------------- recipes
async def test_a_recipe_is_deducted_as_its_leaves(graph: GraphClient, tenant: GivenTenant) -> None:
    """To the fraction, and never as itself."""
    await given_item(tenant, sku="BEANS", unit="KG")
    await given_stock(tenant, "BEANS", "1")
    await given_recipe(tenant, "ESPRESSO", component("BEANS", "0.018"))
    assert await consumed(graph, wanted("ESPRESSO", 3)) == [("BEANS", "0.054")]
    assert await stock(graph, "BEANS") == ("0.946", "0", "0.946")


async def test_a_short_leaf_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """The dish is refused, and the component says why."""
    await given_item(tenant, sku="BEANS", unit="KG")
    await given_stock(tenant, "BEANS", "0.01")
    await given_recipe(tenant, "ESPRESSO", component("BEANS", "0.018"))
    error = await refusal_of(graph, CONSUME, {"lines": [wanted("ESPRESSO", 1)]})
    assert (error["code"], error["component"]) == ("INSUFFICIENT_STOCK", {"sku": "BEANS"})


async def test_the_recipe_is_that_of_when_it_happened(graph: GraphClient, tenant: GivenTenant) -> None:
    """News of yesterday's sale is deducted by yesterday's recipe."""
    now = datetime.now(UTC)
    await given_item(tenant, sku="BEANS", unit="KG")
    await given_stock(tenant, "BEANS", "1", occurred_at=now - timedelta(days=3))
    espresso, _ = await given_recipe(
        tenant, "ESPRESSO", component("BEANS", "0.02"), effective_from=now - timedelta(days=3)
    )
    await given_version(tenant, espresso, component("BEANS", "0.018"), effective_from=now - timedelta(hours=1))
    yesterday = (now - timedelta(days=1)).isoformat()
    assert await consumed(graph, wanted("ESPRESSO", 1), occurredAt=yesterday) == [("BEANS", "0.02")]
    assert await consumed(graph, wanted("ESPRESSO", 1)) == [("BEANS", "0.018")]


async def test_a_modifier_is_scaled_once_by_the_quantity(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two slices a unit: two burgers take four, not eight; a unit without cheese takes none."""
    for sku, quantity in (("BUN", "9"), ("CHEESE", "9")):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, quantity)
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("CHEESE", "1"))
    more = [{"sku": "CHEESE", "quantity": "2"}]
    assert await consumed(graph, wanted("BURGER", 2, modifiers=more)) == [("BUN", "2"), ("CHEESE", "6")]
    none = [{"sku": "CHEESE", "quantity": "-1"}]
    assert await consumed(graph, wanted("BURGER", 2, modifiers=none)) == [("BUN", "2")]


# ---------------------------------------------------------------- what is told
async def test_it_tells_what_was_used(graph: GraphClient, tenant: GivenTenant) -> None:
    """Once for the call, with the order, besides the change of the balance; nothing for what is refused."""
    order = str(uuid4())
    await forget_emitted(tenant)
    await consumed(graph, wanted("TEA", 2), orderId=order)
    (event,) = await emitted(tenant, "inventory.stock.consumed")
    assert (event.payload["order_id"], event.payload["reason"], event.payload["items_count"]) == (order, "SALE", 1)
    assert [(item["sku"], item["quantity"]) for item in event.payload["items"]] == [("TEA", "2")]


async def test_what_happened_long_ago_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """More than 48 hours: the books of those days may have been read already."""
    clerk = tenant.actor_with("inventory.consumptions.add")
    old = (datetime.now(UTC) - timedelta(hours=49)).isoformat()
    error = await refusal_of(graph, CONSUME, {"lines": [wanted("TEA", 1)], "occurredAt": old}, actor=clerk)
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["input", "occurredAt"])
