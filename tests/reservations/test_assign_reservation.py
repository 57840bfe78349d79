"""Assigning: a basket becomes an order, and its hold with it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.reservations import RESERVATION, given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, reservation_now, stock

ASSIGN = "assignReservation"


@pytest.fixture
async def basket(graph: GraphClient, tenant: GivenTenant) -> dict[str, Any]:
    """Three of ten TEA, held for a basket."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    return await given_reservation(graph, wanted("TEA", 3), reference="basket 7")


async def test_it_is_the_orders_from_then_on(graph: GraphClient, tenant: GivenTenant, basket: dict[str, Any]) -> None:
    """The order replaces its lines and is deducted once; the basket may begin anew. No stock moves for it."""
    order = str(uuid4())
    await forget_emitted(tenant)
    await given_step(graph, ASSIGN, basket, orderId=order)
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["step"], event.payload["order_id"]) == (
        "inventory.reservation.updated", "ASSIGNED", order,
    )  # fmt: skip
    read = await reservation_now(graph, basket)
    assert (read["orderId"], read["history"][0]["details"]) == (order, {"orderId": order})
    changed = await given_reservation(graph, wanted("TEA", 5), orderId=order)
    assert changed["id"] == basket["id"]
    assert (await given_reservation(graph, wanted("TEA", 1), reference="basket 7"))["id"] != basket["id"]
    await graph.accepted("consumeStock", {"idempotencyKey": "k", "orderId": order, "lines": [wanted("TEA", 5)]})
    assert await stock(graph, "TEA") == ("5", "1", "4")


async def test_to_its_own_order_it_is_no_step(graph: GraphClient, basket: dict[str, Any]) -> None:
    """Whoever retries without a key does no harm."""
    order = str(uuid4())
    versions = [
        (await given_step(graph, ASSIGN, basket, select=RESERVATION, orderId=order))["version"] for _ in range(2)
    ]
    assert versions == [2, 2]


async def test_an_order_that_has_one_already_is_refused(graph: GraphClient, basket: dict[str, Any]) -> None:
    """Which of the two should be its?"""
    order = str(uuid4())
    await given_reservation(graph, wanted("TEA", 1), orderId=order)
    error = await refusal_of(graph, ASSIGN, {"reservationId": basket["id"], "orderId": order})
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "orderId"])


async def test_an_order_whose_hold_has_ended_takes_it(
    graph: GraphClient, tenant: GivenTenant, basket: dict[str, Any]
) -> None:
    """What is past its time is in nobody's way."""
    order = str(uuid4())
    old = await given_reservation(graph, wanted("TEA", 1), orderId=order)
    await given_time_passed(tenant, old)
    await given_step(graph, ASSIGN, basket, orderId=order)
    assert (await reservation_now(graph, old))["history"][0]["kind"] == "EXPIRED"
    assert await stock(graph, "TEA") == ("10", "3", "7")
