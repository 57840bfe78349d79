"""What reservations tell: one event for each step, in their order, and nothing for what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import Emitted, assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, given_swept, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import reservation_now

COLLECT: dict[str, Any] = {"type": "CLICK_AND_COLLECT"}


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await forget_emitted(tenant)


async def steps_told(tenant: GivenTenant) -> list[tuple[str, str, int | None, str]]:
    """Of each event of a reservation: its type, the step, the version and the status after it."""
    return [
        (event.type.removeprefix("inventory.reservation."), event.payload["step"], event.aggregate_version,
         event.payload["status"])
        for event in await emitted(tenant)
        if event.aggregate_type == "reservation"
    ]  # fmt: skip


async def test_every_step_is_told_once_in_its_order(graph: GraphClient, tenant: GivenTenant) -> None:
    """With the version that the history has: whoever listens can tell what it missed."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 3), **COLLECT, reference="r")
    await given_reservation(graph, wanted("TEA", 5), **COLLECT, reference="r")
    await given_step(graph, "extendReservation", reservation, expiresIn="PT1H")
    await given_step(graph, "markReservationReady", reservation)
    await given_step(graph, "assignReservation", reservation, orderId=order)
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}]
    await given_step(graph, "commitReservation", reservation, lines=part, remainder="KEEP")
    await graph.accepted("consumeStock", {"idempotencyKey": "k", "orderId": order, "lines": [wanted("TEA", 2)]})
    await given_step(graph, "releaseReservation", reservation)
    assert await steps_told(tenant) == [
        ("held", "HELD", 1, "HELD"),
        ("updated", "CHANGED", 2, "HELD"),
        ("updated", "EXTENDED", 3, "HELD"),
        ("updated", "READY", 4, "HELD"),
        ("updated", "ASSIGNED", 5, "HELD"),
        ("committed", "COMMITTED", 6, "PARTIALLY_COMMITTED"),
        ("committed", "CONSUMED", 7, "PARTIALLY_COMMITTED"),
        ("released", "RELEASED", 8, "COMMITTED"),
    ]
    history = (await reservation_now(graph, reservation))["history"]
    assert [(step["kind"], step["version"]) for step in reversed(history)] == [
        (step, version) for _, step, version, _ in await steps_told(tenant)
    ]


async def test_what_nobody_asked_for_is_told_too(graph: GraphClient, tenant: GivenTenant) -> None:
    """Stock that came for what waited, and the end of a hold."""
    reservation = await given_reservation(graph, wanted("TEA", 12), onShortage="BACKORDER")
    await given_stock(tenant, "TEA", "2")
    await given_time_passed(tenant, reservation)
    await given_swept(tenant)
    assert await steps_told(tenant) == [
        ("held", "HELD", 1, "HELD"),
        ("updated", "BACKORDER_FILLED", 2, "HELD"),
        ("expired", "EXPIRED", 3, "EXPIRED"),
    ]


async def test_a_hold_is_told_with_what_is_held_of_each_line(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was asked and what is held are told apart: a part is never told as the whole."""
    order = str(uuid4())
    reservation = await given_reservation(graph, wanted("TEA", 12), orderId=order, onShortage="PARTIAL")
    (event,) = await emitted(tenant, "inventory.reservation.held")
    assert (str(event.aggregate_id), event.aggregate_version) == (reservation["id"], 1)
    (item,) = event.payload.pop("items")
    assert item == {
        "line_id": reservation["lines"][0]["id"], "line_reference": "1", "variant_id": item["variant_id"], "sku": "TEA",
        "quantity": "10", "requested_qty": "12", "reserved_qty": "10", "committed_qty": "0", "released_qty": "0",
        "backordered_qty": "0", "is_fully_reserved": False,
    }  # fmt: skip
    assert event.payload == {
        "tenant_id": str(tenant.id), "reservation_id": reservation["id"], "version": 1, "step": "HELD", "status": "HELD",
        "type": "ORDER", "order_id": order, "reference": None, "warehouse_id": str(tenant.warehouse_id),
        "outlet_id": str(tenant.outlet_id), "expires_at": event.payload["expires_at"], "pickup_at": None, "reason": None,
        "occurred_at": event.payload["occurred_at"], "recorded_by": tenant.actor.subject,
    }  # fmt: skip


def balances_told(events: list[Emitted]) -> list[tuple[int | None, str]]:
    return [(event.aggregate_version, event.payload["reserved"]) for event in events]


async def test_the_balance_is_told_besides(graph: GraphClient, tenant: GivenTenant) -> None:
    """One change of the balance for the call, however many of its lines touch it."""
    await given_reservation(graph, wanted("TEA", 1), wanted("TEA", 2))
    assert [event.aggregate_version for event in await emitted(tenant, "inventory.stock.updated")] == [2]


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("reserveStock", {"lines": [wanted("TEA", 11)]}),
        ("consumeStock", {"lines": [wanted("TEA", 11)]}),
        ("releaseReservation", {"reservationId": str(uuid4())}),
        ("reverseConsumption", {"reference": "nothing"}),
    ],
)
async def test_a_refusal_tells_nothing(
    graph: GraphClient, tenant: GivenTenant, verb: str, fields: dict[str, Any]
) -> None:
    """Nothing happened."""
    await graph.refusal(verb, {"idempotencyKey": "k", **fields})
    await assert_nothing_emitted(tenant)


async def test_what_is_answered_again_is_not_told_again(graph: GraphClient, tenant: GivenTenant) -> None:
    """A retry is heard once."""
    for _ in range(2):
        await given_reservation(graph, wanted("TEA", 1), idempotencyKey="k")
    assert len(await steps_told(tenant)) == 1


async def test_a_consumption_tells_what_was_deducted_by_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever adds up what is told comes to what left the shelf, also where the order had had a part of it already."""
    await given_item(tenant, sku="GIN")
    await given_stock(tenant, "GIN", "9")
    order = str(uuid4())
    await given_step(graph, "commitReservation", await given_reservation(graph, wanted("GIN", 2), orderId=order))
    told: list[list[str]] = []
    for key, quantity in (("a", 3), ("b", 1)):
        await forget_emitted(tenant)
        given = {"idempotencyKey": key, "orderId": order, "lines": [wanted("GIN", quantity)]}
        await graph.accepted("consumeStock", given)
        (event,) = [each for each in await emitted(tenant) if each.type == "inventory.stock.consumed"]
        told.append([item["quantity"] for item in event.payload["items"]])
    assert told == [["1"], ["1"]]
