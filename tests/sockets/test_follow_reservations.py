"""Reservations over a WebSocket: as they stand, then every step, whoever took it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, given_swept, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.sockets.conftest import Stand, Wire

RESERVATIONS = """
subscription ($id: ID, $orderId: ID, $after: String) {
  reservationChanged(id: $id, orderId: $orderId, after: $after) { cursor kind cause reservation { id status version } }
}
"""


@pytest.fixture
async def croissants(tenant: GivenTenant) -> None:
    """Ten of them."""
    await given_item(tenant, sku="CROISSANT")
    await given_stock(tenant, "CROISSANT", "10")


async def heard(wire: Wire) -> dict[str, Any]:
    """The next delivery that is no heartbeat."""
    while (change := (await wire.hear())["payload"]["data"]["reservationChanged"])["kind"] == "HEARTBEAT":
        assert change["reservation"] is None
    found: dict[str, Any] = change
    return found


def told(change: dict[str, Any]) -> tuple[str, str | None, str, int]:
    """What a delivery says."""
    return change["kind"], change["cause"], change["reservation"]["status"], change["reservation"]["version"]


async def test_delivers_the_reservation_as_it_stands(wire: Wire, graph: GraphClient, croissants: None) -> None:
    """First as it is, then after every step of a caller and of the clock."""
    held = await given_reservation(graph, wanted("CROISSANT", 2))
    await wire.subscribe(RESERVATIONS, id=held["id"])
    assert told(await heard(wire)) == ("SNAPSHOT", None, "HELD", 1)
    await given_step(graph, "extendReservation", held, expiresIn="P1D")
    assert told(await heard(wire)) == ("CHANGE", "EXTENDED", "HELD", 2)
    await given_time_passed(graph.tenant, held)
    assert await given_swept(graph.tenant) == 1
    assert told(await heard(wire)) == ("CHANGE", "EXPIRED", "EXPIRED", 3)


async def test_without_a_name_follows_those_that_are_open(wire: Wire, graph: GraphClient, croissants: None) -> None:
    """What was resolved before is not shown; what is reserved later is."""
    over = await given_reservation(graph, wanted("CROISSANT", 1))
    await given_step(graph, "releaseReservation", over)
    held = await given_reservation(graph, wanted("CROISSANT", 1))
    await wire.subscribe(RESERVATIONS)
    shown = await heard(wire)
    assert (told(shown), shown["reservation"]["id"]) == (("SNAPSHOT", None, "HELD", 1), held["id"])
    new = await given_reservation(graph, wanted("CROISSANT", 1))
    change = await heard(wire)
    assert (told(change), change["reservation"]["id"]) == (("CHANGE", "HELD", "HELD", 1), new["id"])


async def test_an_order_hears_of_its_own_and_resumes(
    stand: Stand, graph: GraphClient, tenant: GivenTenant, croissants: None
) -> None:
    """Not of others'; what happened while nobody was connected comes first, once."""
    order_id = str(uuid4())
    held = await given_reservation(graph, wanted("CROISSANT", 2), orderId=order_id)
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(RESERVATIONS, orderId=order_id)
        assert told(await heard(wire)) == ("SNAPSHOT", None, "HELD", 1)
        await given_step(graph, "extendReservation", held, expiresIn="P1D")
        cursor = (await heard(wire))["cursor"]
    await given_reservation(graph, wanted("CROISSANT", 1))
    await given_step(graph, "commitReservation", held)
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(RESERVATIONS, orderId=order_id, after=cursor)
        assert told(await heard(wire)) == ("CHANGE", "COMMITTED", "COMMITTED", 3)


async def test_is_for_those_who_may_see_reservations(stand: Stand, tenant: GivenTenant, croissants: None) -> None:
    """A counter may not."""
    async with stand.wire(tenant.actor_as("stock_counter")) as wire:
        await wire.subscribe(RESERVATIONS)
        assert "FORBIDDEN" in str((await wire.hear())["payload"])
