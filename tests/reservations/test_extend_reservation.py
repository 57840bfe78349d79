"""Extending: a hold lasts longer, for whoever made it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, reservation_now
from tests.stock.requests import balance

EXTEND = "extendReservation"


@pytest.fixture
async def reservation(graph: GraphClient, tenant: GivenTenant) -> dict[str, Any]:
    """Four of ten TEA, held for fifteen minutes."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    return await given_reservation(graph, wanted("TEA", 4))


async def test_it_lasts_so_long_from_now(graph: GraphClient, tenant: GivenTenant, reservation: dict[str, Any]) -> None:
    """Not so much longer. One step, one event; the balance has not changed and takes no version."""
    await forget_emitted(tenant)
    extended = await given_step(graph, EXTEND, reservation, expiresIn="PT2H")
    read = await reservation_now(graph, reservation)
    step = read["history"][0]
    assert (step["kind"], step["version"], extended["version"]) == ("EXTENDED", 2, 2)
    assert datetime.fromisoformat(read["expiresAt"]) - datetime.fromisoformat(step["at"]) == timedelta(hours=2)
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["step"]) == ("inventory.reservation.updated", "EXTENDED")
    assert (await balance(graph, "TEA", "version reserved")) == {"version": 2, "reserved": "4"}


async def test_everything_that_is_held_lasts_as_long(
    graph: GraphClient, tenant: GivenTenant, reservation: dict[str, Any]
) -> None:
    """No lot of it may fall to others before."""
    await given_step(graph, EXTEND, reservation, expiresIn="P1D")
    async with tenant.database.read(tenant.actor) as tx:
        ends = await tx.raw.fetch("SELECT DISTINCT expires_at FROM holds WHERE tenant_id = $1", tx.tenant_id)
    read = await reservation_now(graph, reservation)
    assert [row["expires_at"] for row in ends] == [datetime.fromisoformat(read["expiresAt"])]


@pytest.mark.parametrize("asked", ["PT10M", "P31D", "PT0S"])
async def test_it_is_never_shortened_nor_beyond_thirty_days(
    graph: GraphClient, reservation: dict[str, Any], asked: str
) -> None:
    """Who wants less releases."""
    error = await refusal_of(graph, EXTEND, {"reservationId": reservation["id"], "expiresIn": asked})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "expiresIn"])


async def test_a_hard_hold_has_no_end_to_move(graph: GraphClient, reservation: dict[str, Any]) -> None:
    """It lasts longer already."""
    hard = await given_reservation(graph, wanted("TEA", 1), expiresIn=None)
    error = await refusal_of(graph, EXTEND, {"reservationId": hard["id"], "expiresIn": "P1D"})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "expiresIn"])
    assert hard["id"] != reservation["id"]


async def test_only_who_made_it_extends_it(
    graph: GraphClient, tenant: GivenTenant, reservation: dict[str, Any]
) -> None:
    """Or who manages reservations; to be allowed to change others' is not enough."""
    given = {"reservationId": reservation["id"], "expiresIn": "PT1H"}
    other = tenant.actor_with("inventory.reservations.change", "inventory.reservations.view")
    error = await refusal_of(graph, EXTEND, given, actor=other)
    assert error["code"] == "FORBIDDEN"
    assert (await reservation_now(graph, reservation))["expiresAt"] == reservation["expiresAt"]
    manager = tenant.actor_with(
        "inventory.reservations.change", "inventory.reservations.manage", "inventory.reservations.view"
    )
    assert (await given_step(graph, EXTEND, reservation, actor=manager, expiresIn="PT1H"))["version"] == 2
