"""Requests share a transaction, not their fate: one that is refused leaves the others what it would have had."""

from datetime import timedelta

from inventory_graph.reservations.requests import Reserve, ReserveLine
from inventory_graph.stock.refusals import InsufficientStock
from inventory_graph.stock.service import Place
from tests.emitted import emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.reservations.requested import ask_all, line


def request(tenant: GivenTenant, key: str, *lines: ReserveLine) -> Reserve:
    """A reservation for an hour."""
    return Reserve(
        actor=tenant.actor,
        place=Place(),
        idempotency_key=key,
        reference=key,
        lines=lines,
        expires_in=timedelta(hours=1),
    )


async def test_a_refused_request_leaves_its_neighbours_what_it_took(tenant: GivenTenant) -> None:
    """The first had taken both of the lot when its other line was short; the second has them."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "MILK", "2", lot="L1")
    refused, accepted = await ask_all(
        tenant,
        request(tenant, "greedy", line("MILK", "2", lot_code="L1"), line("TEA", "1")),
        request(tenant, "modest", line("MILK", "2", lot_code="L1")),
    )
    assert isinstance(refused, InsufficientStock)
    assert accepted.reservation.status == "HELD"


async def test_only_what_was_accepted_is_told(tenant: GivenTenant) -> None:
    """One event for each step that a reservation took, none for what was refused."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "3")
    outcomes = await ask_all(tenant, *(request(tenant, key, line("TEA", "2")) for key in ("first", "second")))
    (event,) = await emitted(tenant, "inventory.reservation.held")
    assert event.aggregate_id == outcomes[0].reservation.id
    assert isinstance(outcomes[1], InsufficientStock)
