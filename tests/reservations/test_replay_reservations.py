"""A request may be sent again: it is done once, and a key stands for one request only."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import IdempotencyConflict
from inventory_graph.reservations.batch import handle_one
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import Reserve
from inventory_graph.stock.service import Place
from tests.given.items import given_item, given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.requested import ask_all, line, reserve

BALANCE = '{ stockBalance(sku: "TEA") { reserved version } }'
RESERVATION = "reservation { id lines { reserved } }"


@pytest.fixture
async def tea(graph: GraphClient) -> GivenTenant:
    """The tenant with five of it."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "5")
    return graph.tenant


def two(quantity: str = "2") -> dict[str, Any]:
    """The request, always with the same key."""
    return {"idempotencyKey": "cart 1", "lines": [{"sku": "TEA", "quantity": quantity}]}


async def test_a_repeated_reservation_holds_once(graph: GraphClient, tea: GivenTenant) -> None:
    """The second answer is the first one again."""
    first = await graph.accepted("reserveStock", two(), RESERVATION)
    again = await graph.accepted("reserveStock", two(), RESERVATION)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["reservation"] == first["reservation"]
    assert (await graph(BALANCE))["stockBalance"] == {"reserved": "2", "version": 2}


async def test_a_key_with_other_lines_is_refused(graph: GraphClient, tea: GivenTenant) -> None:
    """It would be wrong to answer the first request again, and wrong to do the second under its key."""
    await graph.accepted("reserveStock", two(), RESERVATION)
    refusal = await graph.refusal("reserveStock", two("3"))
    assert (refusal["code"], refusal["path"]) == ("IDEMPOTENCY_CONFLICT", ["input", "lines"])
    assert (await graph(BALANCE))["stockBalance"] == {"reserved": "2", "version": 2}


async def test_a_key_twice_in_one_batch_is_one_request(tea: GivenTenant) -> None:
    """A client that lost patience sends again while the first still waits: both are in one transaction."""
    request = Reserve(actor=tea.actor, place=Place(), idempotency_key="impatient", lines=(line("TEA", "2"),))
    first, second = await ask_all(tea, request, request)
    assert (first.replayed, second.replayed) == (False, True)
    assert second.reservation == first.reservation


async def test_a_key_twice_in_one_batch_with_other_lines_is_refused(tea: GivenTenant) -> None:
    """Also before the first has been written down."""
    first, second = await ask_all(
        tea,
        *(
            Reserve(actor=tea.actor, place=Place(), idempotency_key="one key", lines=(line("TEA", quantity),))
            for quantity in ("2", "3")
        ),
    )
    assert first.replayed is False
    assert isinstance(second, IdempotencyConflict)


async def test_a_refusal_leaves_no_key(graph: GraphClient, tea: GivenTenant) -> None:
    """When there is enough the same request is done."""
    await graph.refusal("reserveStock", two("6"))
    await given_stock(tea, "TEA", "1")
    assert (await graph.accepted("reserveStock", two("6"), RESERVATION))["replayed"] is False


async def test_one_order_has_one_reservation_whoever_is_first(graph: GraphClient, tea: GivenTenant) -> None:
    """Two processes reserve for an order that neither has seen: the one that comes second replaces what the first holds."""
    order_id = uuid4()
    async with tea.database.transaction(tea.actor) as tx:
        request = Reserve(
            actor=tea.actor, place=Place(), idempotency_key="first", order_id=order_id, lines=(line("TEA", "2"),)
        )
        first = await handle_one(tx, request=request)
        asked = asyncio.create_task(reserve(tea, line("TEA", "2"), order_id=order_id))
        # Long enough for it to have found no reservation of the order, and to wait for the balance.
        await asyncio.sleep(0.3)
        assert not asked.done()
    second = await asked
    assert isinstance(first, ReservationAnswer)
    assert second.id == first.reservation.id
    assert (await graph(BALANCE))["stockBalance"]["reserved"] == "2"
