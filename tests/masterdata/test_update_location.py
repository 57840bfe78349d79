"""Renaming and moving locations: what lies within moves along."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import Forbidden, InvalidInput, NotFound
from inventory_graph.masterdata.locations import (
    LocationInactive,
    LocationRecord,
    archive_location,
    location_pages,
    update_location,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse


async def update(tenant: GivenTenant, location: LocationRecord, **changes: Any) -> LocationRecord:
    return await tenant.database.write(tenant.actor, lambda tx: update_location(tx, id=location.id, **changes))


async def archive(tenant: GivenTenant, location: LocationRecord) -> LocationRecord:
    async def has_stock(_: object) -> bool:
        return False

    return await tenant.database.write(
        tenant.actor, lambda tx: archive_location(tx, id=location.id, has_stock=has_stock)
    )


async def paths(tenant: GivenTenant) -> list[str]:
    key = (tenant.warehouse_id, 100, None)
    async with tenant.database.read(tenant.actor) as tx:
        return [place.path for place in (await location_pages(tx, [key]))[key].records]


async def test_moves_with_all_that_is_within(tenant: GivenTenant) -> None:
    """Only what lies within moves: a code that merely begins alike stays."""
    for code in ("COLD", "DRY"):
        await given_location(tenant, code=code, type="ZONE")
    shelf = await given_location(tenant, code="S1", type="SHELF", parent_code="COLD")
    await given_location(tenant, code="S1-1", type="BIN", parent_code="S1")
    await given_location(tenant, code="S10", type="SHELF", parent_code="COLD")
    await given_location(tenant, code="S10-1", type="BIN", parent_code="S10")
    await forget_emitted(tenant)
    moved = await update(tenant, shelf, parent_code="DRY")
    assert moved.path == "DRY/S1"
    assert await paths(tenant) == ["COLD", "COLD/S10", "COLD/S10/S10-1", "DRY", "DRY/S1", "DRY/S1/S1-1"]
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["path"]) == ("inventory.location.updated", "DRY/S1")


async def test_moves_out_of_every_parent(tenant: GivenTenant) -> None:
    """None is a place too: directly in the warehouse."""
    await given_location(tenant, code="Z", type="ZONE")
    shelf = await given_location(tenant, code="S", type="SHELF", parent_code="Z")
    await given_location(tenant, code="B", type="BIN", parent_code="S")
    moved = await update(tenant, shelf, parent_code=None)
    assert (moved.path, moved.parent_id) == ("S", None)
    assert await paths(tenant) == ["S", "S/B", "Z"]


async def test_renames_and_leaves_the_place(tenant: GivenTenant) -> None:
    """A name is for people; the path is of codes."""
    await given_location(tenant, code="Z", type="ZONE")
    shelf = await given_location(tenant, code="S", type="SHELF", parent_code="Z")
    renamed = await update(tenant, shelf, name="By the door")
    assert (renamed.name, renamed.path) == ("By the door", "Z/S")
    await forget_emitted(tenant)
    assert await update(tenant, shelf, name="By the door", parent_code="Z") == renamed
    await assert_nothing_emitted(tenant)


async def test_refuses_to_move_into_what_lies_within(tenant: GivenTenant) -> None:
    """The order of types makes a circle impossible: within are only smaller things."""
    shelf = await given_location(tenant, code="S", type="SHELF")
    await given_location(tenant, code="B", type="BIN", parent_code="S")
    with pytest.raises(InvalidInput) as caught:
        await update(tenant, shelf, parent_code="B")
    assert caught.value.path == ("parent_code",)
    with pytest.raises(InvalidInput):
        await update(tenant, shelf, parent_code="S")
    assert await paths(tenant) == ["S", "S/B"]


async def test_refuses_an_unknown_parent(tenant: GivenTenant) -> None:
    """A location cannot move to another warehouse: its stock would have moved without a movement."""
    other = await given_warehouse(tenant)
    await given_location(tenant, code="Z", type="ZONE", warehouse=other)
    shelf = await given_location(tenant, code="S", type="SHELF")
    with pytest.raises(NotFound):
        await update(tenant, shelf, parent_code="Z")
    assert await paths(tenant) == ["S"]


async def test_opens_again_from_the_outside_inwards(tenant: GivenTenant) -> None:
    """An open bin in a closed zone could be filled and never be found."""
    zone = await given_location(tenant, code="Z", type="ZONE")
    inner = await given_location(tenant, code="B", type="BIN", parent_code="Z")
    await archive(tenant, inner)
    await archive(tenant, zone)
    with pytest.raises(LocationInactive, match="Z"):
        await update(tenant, inner, is_active=True)
    assert (await update(tenant, zone, is_active=True)).is_active
    assert (await update(tenant, inner, is_active=True)).is_active


async def test_refuses_to_archive(tenant: GivenTenant) -> None:
    """Archiving asks whether the place is empty, and an update does not."""
    zone = await given_location(tenant, code="Z", type="ZONE")
    with pytest.raises(InvalidInput, match="archiveLocation"):
        await update(tenant, zone, is_active=False)


async def test_refuses_another_outlets_location(tenant: GivenTenant) -> None:
    """A user bound to an outlet changes its own shelves only."""
    other = await given_warehouse(tenant)
    theirs = await given_location(tenant, code="B", type="BIN", warehouse=other, name="Theirs")
    with pytest.raises(Forbidden):
        await tenant.database.write(
            tenant.actor_at(tenant.outlet_id), lambda tx: update_location(tx, id=theirs.id, name="Mine")
        )
    assert await update(tenant, theirs, name="Theirs") == theirs


async def test_refuses_an_unknown_location(tenant: GivenTenant) -> None:
    """Nothing is created on the way."""
    with pytest.raises(NotFound):
        await tenant.database.write(tenant.actor, lambda tx: update_location(tx, id=uuid4(), name="X"))
