"""What is still to come of an order that was sent is expected at another time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.alerts.overdue import tell_overdue
from tests.alerts.asked import given_alerts
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import arrived, given_acme, given_order, order_now, order_step, receive, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

TODAY = datetime.now(UTC).replace(microsecond=0)
HISTORY = "purchaseOrder { history { version kind by reason details } }"


def day(number: int) -> str:
    """So many days from now."""
    return (TODAY + timedelta(days=number)).isoformat()


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def rescheduled(graph: GraphClient, order: Mapping[str, Any], number: int, **fields: Any) -> dict[str, Any]:
    """The order, expected so many days from now."""
    return await order_step(graph, "reschedule", order, expectedAt=day(number), **fields)


async def coming(graph: GraphClient) -> tuple[int | None, str | None]:
    """In how many days more tea is expected, and how much."""
    query = '{ availability(skus: ["TEA"]) { nextAvailableAt nextAvailableQuantity } }'
    (found,) = (await graph(query))["availability"]
    at = found["nextAvailableAt"]
    days = (datetime.fromisoformat(at) - TODAY).days if at is not None else None
    return days, found["nextAvailableQuantity"]


async def on_time(graph: GraphClient) -> Any:
    """How often ACME was on time by the orders of these days."""
    query = """query($from: DateTime!, $to: DateTime!) {
      supplier(code: "ACME") { performance(from: $from, to: $to) { onTime { percent count } } } }"""
    return (await graph(query, {"from": day(-1), "to": day(1)}))["supplier"]["performance"]["onTime"]


async def test_the_rest_is_expected_then(graph: GraphClient) -> None:
    """What has come stays; what is promised next goes by the new day."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    await receive(graph, order, arrived("TEA", 4))
    after = await rescheduled(graph, order, 8)
    assert (after["status"], datetime.fromisoformat(after["expectedAt"])) == (
        "PARTIALLY_RECEIVED",
        TODAY + timedelta(days=8),
    )
    assert await coming(graph) == (8, "6")


async def test_an_order_without_a_day_gets_one(graph: GraphClient) -> None:
    """Nobody knew; now somebody does."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    assert await coming(graph) == (None, None)
    await rescheduled(graph, order, 5)
    assert await coming(graph) == (5, "10")


async def test_the_history_keeps_both_days(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who put it off, from when to when, and why."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    mary = tenant.actor_as("purchasing_officer", subject="mary")
    await rescheduled(graph, order, 3)
    await rescheduled(graph, order, 8, actor=mary, reason="The ship is late")
    read = (await order_now(graph, order, HISTORY))["history"]
    assert [tuple(step.values()) for step in read[:2]] == [
        (6, "RESCHEDULED", "mary", "The ship is late", {"from": day(3), "to": day(8)}),
        (5, "RESCHEDULED", tenant.actor.subject, None, {"to": day(3)}),
    ]


async def test_the_event_tells_the_day_and_the_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """Consumers read it as a change of an order that stays open."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    await forget_emitted(tenant)
    await rescheduled(graph, order, 8, reason="The ship is late")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_version) == ("inventory.purchase_order.updated", 5)
    told = {name: event.payload[name] for name in ("step", "status", "expected_at", "reason")}
    assert told == {"step": "RESCHEDULED", "status": "SENT", "expected_at": day(8), "reason": "The ship is late"}


async def test_the_same_day_is_no_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """What changes nothing leaves nothing."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    async with unchanged(tenant):
        assert await rescheduled(graph, order, 3) == order


async def test_who_puts_it_off_is_late_by_the_first_day(graph: GraphClient) -> None:
    """The new day is for planning; the promise was another one."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(-3))
    for number in (8, 9):
        await rescheduled(graph, order, number)
    await receive(graph, order)
    assert await on_time(graph) == {"percent": "0", "count": 1}


async def test_the_first_day_that_is_named_is_the_promise(graph: GraphClient) -> None:
    """Where the order had none when it was sent."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    for number in (8, -3):
        await rescheduled(graph, order, number)
    await receive(graph, order)
    assert await on_time(graph) == {"percent": "100", "count": 1}


async def test_it_is_late_when_the_new_day_has_passed(graph: GraphClient, tenant: GivenTenant) -> None:
    """Told of once by each day, and not while there is time again."""
    await given_alerts(graph, "PURCHASE_ORDER_OVERDUE")
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(-3))
    counts = []
    for number in (None, 8, -1):
        if number is not None:
            await rescheduled(graph, order, number)
        counts.append(await tenant.database.write(tenant.actor, tell_overdue))
    assert counts == [1, 0, 1]


async def test_a_day_before_all_books_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """A slip of the pen."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    given = {"purchaseOrderId": order["id"], "expectedAt": "0206-05-02T06:00:00Z"}
    async with unchanged(tenant):
        error = await graph.refusal("reschedulePurchaseOrder", given)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "expectedAt"])
