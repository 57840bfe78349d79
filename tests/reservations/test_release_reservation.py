"""Releasing: what was held is available again, where it lies."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import amounts, refusal_of, reservation_now, stock

RELEASE = "releaseReservation"


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")


async def test_everything_is_given_back_with_the_reason(graph: GraphClient, tenant: GivenTenant) -> None:
    """And the reason is kept and told."""
    reservation = await given_reservation(graph, wanted("TEA", 4), wanted("TEA", 2))
    await forget_emitted(tenant)
    done = await given_step(graph, RELEASE, reservation, reason="Changed their mind")
    assert (done["status"], amounts(done)) == ("RELEASED", [("4", "0", "0", "4", "0"), ("2", "0", "0", "2", "0")])
    assert await stock(graph, "TEA") == ("10", "0", "10")
    history = (await reservation_now(graph, reservation))["history"]
    assert [(step["kind"], step["reason"]) for step in history] == [("RELEASED", "Changed their mind"), ("HELD", None)]
    (event,) = await emitted(tenant, "inventory.reservation.released")
    assert (event.payload["reason"], event.payload["status"]) == ("Changed their mind", "RELEASED")


async def test_of_what_was_issued_in_part_the_rest_is_given_back(graph: GraphClient) -> None:
    """It stays COMMITTED: something went out."""
    reservation = await given_reservation(graph, wanted("TEA", 4))
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}]
    await given_step(graph, "commitReservation", reservation, lines=part, remainder="KEEP")
    done = await given_step(graph, RELEASE, reservation)
    assert (done["status"], amounts(done)) == ("COMMITTED", [("4", "0", "1", "3", "0")])
    assert await stock(graph, "TEA") == ("9", "0", "9")


async def test_what_waited_waits_no_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """What comes afterwards is available."""
    reservation = await given_reservation(graph, wanted("TEA", 12), onShortage="BACKORDER")
    done = await given_step(graph, RELEASE, reservation)
    assert (done["status"], amounts(done)) == ("RELEASED", [("12", "0", "0", "10", "0")])
    await given_stock(tenant, "TEA", "5")
    assert await stock(graph, "TEA") == ("15", "0", "15")


async def test_only_the_leaves_of_a_dish_move(graph: GraphClient, tenant: GivenTenant) -> None:
    """The dish itself has no stock that could go up by it."""
    await given_recipe(tenant, "POT", component("TEA", "3"))
    reservation = await given_reservation(graph, wanted("POT", 2))
    assert await stock(graph, "TEA") == ("10", "6", "4")
    await given_step(graph, RELEASE, reservation)
    assert await stock(graph, "TEA") == ("10", "0", "10")
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetchval("SELECT count(*) FROM balances WHERE tenant_id = $1", tx.tenant_id)
    assert rows == 1


async def test_pieces_are_in_stock_again(graph: GraphClient, tenant: GivenTenant) -> None:
    """For the next to buy."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_stock(tenant, "PHONE", "1", serials=("P1",))
    reservation = await given_reservation(graph, wanted("PHONE", 1, serials=["P1"]))
    given = {"lines": [wanted("PHONE", 1, serials=["P1"])], "outletId": str(tenant.outlet_id)}
    error = await refusal_of(graph, "reserveStock", given)
    assert error["code"] in ("SERIAL_NOT_AVAILABLE", "INSUFFICIENT_STOCK")
    await given_step(graph, RELEASE, reservation)
    again: dict[str, Any] = await given_reservation(graph, wanted("PHONE", 1, serials=["P1"]))
    assert again["status"] == "HELD"


async def test_a_service_is_released_too(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing was held and nothing moves."""
    await given_item(tenant, sku="WRAPPING", type="SERVICE")
    reservation = await given_reservation(graph, wanted("WRAPPING", 1))
    assert (await given_step(graph, RELEASE, reservation))["status"] == "RELEASED"
