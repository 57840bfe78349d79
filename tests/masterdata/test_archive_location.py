"""Closing a location: nothing lies there, and what is within is closed."""

from uuid import UUID, uuid4

import pytest

from inventory_graph.errors import Forbidden, NotFound
from inventory_graph.masterdata.locations import (
    LocationHasParts,
    LocationHasStock,
    LocationRecord,
    archive_location,
    locations_by_id,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse


async def archive(
    tenant: GivenTenant, location_id: UUID, *, stocked: frozenset[UUID] = frozenset(), bound: bool = False
) -> LocationRecord:
    async def has_stock(place: UUID) -> bool:
        return place in stocked

    actor = tenant.actor_at(tenant.outlet_id) if bound else tenant.actor
    return await tenant.database.write(actor, lambda tx: archive_location(tx, id=location_id, has_stock=has_stock))


async def is_open(tenant: GivenTenant, location: LocationRecord) -> bool:
    async with tenant.database.read(tenant.actor) as tx:
        return (await locations_by_id(tx, [location.id]))[location.id].is_active


async def test_closes_an_empty_location_once(tenant: GivenTenant) -> None:
    """Sent again it changes nothing and says nothing."""
    place = await given_location(tenant, code="B", type="BIN")
    await forget_emitted(tenant)
    assert not (await archive(tenant, place.id)).is_active
    assert not (await archive(tenant, place.id)).is_active
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["code"]) == ("inventory.location.archived", "B")


async def test_refuses_while_stock_lies_there(tenant: GivenTenant) -> None:
    """Stock at a closed place would be in the book and nowhere."""
    place = await given_location(tenant, code="B", type="BIN")
    await forget_emitted(tenant)
    with pytest.raises(LocationHasStock):
        await archive(tenant, place.id, stocked=frozenset({place.id}))
    assert await is_open(tenant, place)
    await assert_nothing_emitted(tenant)


async def test_refuses_while_parts_are_open(tenant: GivenTenant) -> None:
    """From the inside outwards, each asked for itself whether it is empty."""
    zone = await given_location(tenant, code="Z", type="ZONE")
    inner = await given_location(tenant, code="B", type="BIN", parent_code="Z")
    with pytest.raises(LocationHasParts, match="B"):
        await archive(tenant, zone.id)
    assert await is_open(tenant, zone)
    await archive(tenant, inner.id)
    assert not (await archive(tenant, zone.id)).is_active


async def test_refuses_another_outlets_location(tenant: GivenTenant) -> None:
    """A user bound to an outlet closes its own shelves only."""
    place = await given_location(tenant, code="B", type="BIN", warehouse=await given_warehouse(tenant))
    with pytest.raises(Forbidden):
        await archive(tenant, place.id, bound=True)
    assert await is_open(tenant, place)


async def test_refuses_an_unknown_location(tenant: GivenTenant) -> None:
    """Nothing to close."""
    with pytest.raises(NotFound):
        await archive(tenant, uuid4())
