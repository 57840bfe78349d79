"""Requests of one batch do not take anything away from each other but stock."""

from decimal import Decimal

from inventory_graph.reservations.batch import handle
from inventory_graph.reservations.requests import Reserve, ReserveLine
from inventory_graph.stock.service import Place
from tests.given.items import given_item, given_stock
from tests.given.tenants import GivenTenant


async def test_a_neighbour_that_names_a_warehouse_twice_takes_nothing_away(tenant: GivenTenant) -> None:
    """One request of a batch names the warehouse by two keys, which is a mistake; the others find it."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "9")
    places = (Place(id=tenant.warehouse_id), Place(id=tenant.warehouse_id, code="MAIN"), Place(code="MAIN"))
    lines = (ReserveLine(sku="MUG", quantity=Decimal(1)),)
    asked = [Reserve(actor=tenant.actor, place=place, lines=lines) for place in places]
    outcomes = await tenant.database.write(tenant.actor, lambda tx: handle(tx, asked))
    assert [getattr(outcome, "code", "accepted") for outcome in outcomes] == ["accepted", "INVALID_INPUT", "accepted"]
