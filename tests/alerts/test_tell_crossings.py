"""Stock that runs low, runs out and comes back is told once each time, with the change that did it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from inventory_graph.worker import one_sweep
from tests.alerts.asked import adjusted, alerts_about, given_alerts, given_levels, heard
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements


async def given_tea(graph: GraphClient, quantity: str, *, reorder_point: str | None = "5", **fields: Any) -> None:
    """So much tea, whose tenant wants to hear of stock."""
    await given_item(graph.tenant, sku="TEA", **fields)
    await given_stock(graph.tenant, "TEA", quantity)
    await given_levels(graph, "TEA", reorder_point)
    await given_alerts(graph)
    await forget_emitted(graph.tenant)


async def test_each_crossing_is_told_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """A cashier who sells the last five one by one is no reason for five mails."""
    await given_tea(graph, "8")
    for delta in ("-2", "-1", "-1", "-1", "-3"):
        await adjusted(graph, "TEA", delta)
    assert await heard(tenant) == [("low", "TEA", "5"), ("out", "TEA", "0")]
    await forget_emitted(tenant)
    for delta in ("2", "1", "9", "-6", "-1"):
        await adjusted(graph, "TEA", delta)
    assert await heard(tenant) == [("in", "TEA", "2"), ("low", "TEA", "5")]


async def test_the_payload_has_what_every_sibling_reads(graph: GraphClient, tenant: GivenTenant) -> None:
    """The till reads other names than the notification service: one event has both, and whom to tell."""
    item = await given_item(tenant, sku="TEA", name="Kenya tea", unit="KILOGRAM")
    await given_stock(tenant, "TEA", "8")
    await given_levels(graph, "TEA", "5", safetyStock="1.5")
    await given_alerts(graph, alertTarget="stock-clerks", alertEmail="stock@example.com")
    await forget_emitted(tenant)
    await adjusted(graph, "TEA", "-3.5")
    await adjusted(graph, "TEA", "-4.5")
    await adjusted(graph, "TEA", "1")
    low, out, back = await alerts_about(tenant)
    (first, *_) = await emitted(tenant, "inventory.stock.updated")
    names = {
        "tenant_id": str(tenant.id), "balance_id": str(first.aggregate_id), "item_id": str(item.id), "item_sku": "TEA",
        "item_name": "Kenya tea", "name": "Kenya tea", "variant_id": first.payload["variant_id"], "sku": "TEA", "uom": "KG",
        "warehouse_id": str(tenant.warehouse_id), "outlet_id": str(tenant.outlet_id), "outlet_name": "Main outlet",
        "reorder_point": "5", "reorder_level": "5", "safety_stock": "1.5",
        "notification": {"target": "stock-clerks", "enabled": True, "email": "stock@example.com"},
    }  # fmt: skip
    assert (low.aggregate_type, low.aggregate_id, low.aggregate_version) == ("balance", first.aggregate_id, 2)
    assert low.payload == {**names, "available": "4.5", "current_qty": "4.5"}
    assert out.payload == {**names, "available": "0", "current_qty": "0", "affects_availability": True}
    assert back.payload == {**names, "available": "1", "current_qty": "1", "affects_availability": True}
    assert (first.payload["reorder_point"], first.payload["safety_stock"]) == ("5", "1.5")


async def test_follows_the_change_that_did_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who reads events in their order knows of the sale before hearing what it means."""
    await given_tea(graph, "3")
    await adjusted(graph, "TEA", "-3")
    assert [event.type for event in await emitted(tenant)] == [
        "inventory.stock.updated", "inventory.stock.adjusted", "inventory.stock.out",
    ]  # fmt: skip


async def test_a_warehouse_of_no_outlet_affects_no_availability(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nobody sells from the back store: the menu stays as it is when it is empty."""
    await given_tea(graph, "3")
    store = await given_warehouse(tenant, code="STORE")
    await given_stock(tenant, "TEA", "2", warehouse=store)
    await adjusted(graph, "TEA", "-2", warehouse={"code": "STORE"})
    told = await alerts_about(tenant)
    assert [
        (event.type, event.payload["outlet_id"], event.payload["outlet_name"], event.payload["affects_availability"])
        for event in told
    ] == [("inventory.stock.in", None, None, False), ("inventory.stock.out", None, None, False)]
    assert {event.payload["warehouse_id"] for event in told} == {str(store.id)}


async def test_nobody_hears_what_it_did_not_ask_for(graph: GraphClient, tenant: GivenTenant) -> None:
    """A tenant that chose nothing gets nothing, one that chose some gets those."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "8")
    await given_levels(graph, "TEA", "5")
    await adjusted(graph, "TEA", "-4")
    await adjusted(graph, "TEA", "-4")
    assert await heard(tenant) == []
    await given_alerts(graph, "STOCK_OUT")
    for delta in ("8", "-4", "-4"):
        await adjusted(graph, "TEA", delta)
    assert await heard(tenant) == [("out", "TEA", "0")]


async def test_what_is_held_is_not_available(graph: GraphClient, tenant: GivenTenant) -> None:
    """Stock that is promised is gone for the next customer, and back when the promise is; to commit it changes nothing more."""
    await given_tea(graph, "6")
    first = await given_reservation(graph, wanted("TEA", 6))
    assert await heard(tenant) == [("out", "TEA", "0")]
    await given_step(graph, "releaseReservation", first)
    second = await given_reservation(graph, wanted("TEA", 2))
    await given_step(graph, "commitReservation", second)
    assert await heard(tenant) == [("out", "TEA", "0"), ("in", "TEA", "6"), ("low", "TEA", "4")]


async def test_a_hold_that_expires_brings_it_back_once(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Whoever ends it first tells of it: the next sale or the sweeper, never both."""
    await given_tea(graph, "6")
    reservation = await given_reservation(graph, wanted("TEA", 6))
    await forget_emitted(tenant)
    await given_time_passed(tenant, reservation)
    await one_sweep(worker_database)
    await one_sweep(worker_database)
    assert await heard(tenant) == [("in", "TEA", "6")]


async def test_one_transaction_is_judged_by_its_end(graph: GraphClient, tenant: GivenTenant) -> None:
    """An overdue hold ends and another takes its stock: for everybody else it was never back. So with a backorder that takes all
    of a receipt."""
    await given_tea(graph, "6")
    reservation = await given_reservation(graph, wanted("TEA", 6))
    await forget_emitted(tenant)
    await given_time_passed(tenant, reservation)
    await given_reservation(graph, wanted("TEA", 6))
    await given_reservation(graph, wanted("TEA", 4), onShortage="BACKORDER")
    await given_stock(tenant, "TEA", "4")
    assert await heard(tenant) == []
    await given_stock(tenant, "TEA", "1")
    assert await heard(tenant) == [("in", "TEA", "1")]


async def test_a_repeated_request_tells_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """The same key is the same sale."""
    await given_tea(graph, "3")
    key = uuid4().hex
    for _ in range(3):
        await adjusted(graph, "TEA", "-3", idempotencyKey=key)
    assert await heard(tenant) == [("out", "TEA", "0")]


async def test_a_refusal_tells_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """What did not happen crossed nothing."""
    await given_tea(graph, "3")
    async with unchanged(tenant):
        error = await graph.refusal(
            "adjustStock", {"idempotencyKey": uuid4().hex, "sku": "TEA", "delta": "-4", "reason": "RECOUNT"}
        )
    assert error["code"] == "INSUFFICIENT_STOCK"


async def test_crossed_by_many_at_once_it_is_told_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Eight tills sell eight pieces at the same moment: one of them sold the fifth, one the last."""
    await given_tea(graph, "8")
    await asyncio.gather(*(adjusted(graph, "TEA", "-1") for _ in range(8)))
    assert await heard(tenant) == [("low", "TEA", "5"), ("out", "TEA", "0")]


async def test_debts_are_not_told_again(graph: GraphClient, tenant: GivenTenant) -> None:
    """Where balances may be below zero, out is out: from there only stock brings news."""
    await given_tea(graph, "1", allow_negative=True)
    for delta in ("-3", "-1", "2", "3"):
        await adjusted(graph, "TEA", delta)
    assert await heard(tenant) == [("out", "TEA", "-2"), ("in", "TEA", "2")]


async def test_a_dish_is_told_by_what_it_is_made_of(graph: GraphClient, tenant: GivenTenant) -> None:
    """A recipe holds no stock: its leaf runs out, and is what somebody can order."""
    await given_item(tenant, sku="MILK")
    await given_recipe(tenant, "LATTE", component("MILK", "1"))
    await given_stock(tenant, "MILK", "2")
    await given_alerts(graph)
    await forget_emitted(tenant)
    await given_reservation(graph, wanted("LATTE", 2))
    assert await heard(tenant) == [("out", "MILK", "0")]


async def test_what_crosses_nothing_costs_no_statement(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """The look at crossings is at what is in memory. Who wants alerts pays one statement where there is one to send; who wants
    none pays nothing there either."""
    await given_tea(graph, "100")
    counts = []
    for delta, alerts in (("-1", True), ("-94", True), ("94", True), ("-94", False)):
        await graph.accepted("updateTenant", {"alerts": ["STOCK_LOW"] if alerts else []})
        async with statements(database) as counted:
            await adjusted(graph, "TEA", delta)
        counts.append(len(counted))
    plain, crossed, _, unasked = counts
    assert (crossed, unasked) == (plain + 1, plain)
    assert await heard(tenant) == [("low", "TEA", "5")]


async def test_each_variant_and_warehouse_is_told_by_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """One receipt of three lines is three alerts, of the balances that had nothing."""
    for sku in ("A", "B", "C"):
        await given_item(tenant, sku=sku)
    await given_stock(tenant, "B", "1")
    await given_alerts(graph)
    await forget_emitted(tenant)
    lines = [{"sku": sku, "quantity": "2"} for sku in ("A", "B", "C")]
    await graph.accepted("receiveStock", {"idempotencyKey": uuid4().hex, "lines": lines})
    assert sorted(await heard(tenant)) == [("in", "A", "2"), ("in", "C", "2")]
    assert len({UUID(event.payload["balance_id"]) for event in await alerts_about(tenant)}) == 2
