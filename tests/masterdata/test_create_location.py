"""Adding a location: a tree per warehouse whose paths sort as a picker walks."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import AlreadyExists, Forbidden, InvalidInput, NotFound
from inventory_graph.masterdata.locations import (
    LocationInactive,
    archive_location,
    create_location,
    location_counts,
    location_pages,
    locations_by_code,
)
from inventory_graph.masterdata.warehouses import WarehouseInactive, archive_warehouse
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse
from tests.statements import CountingDatabase, statements


async def codes(tenant: GivenTenant) -> list[str]:
    key = (tenant.warehouse_id, 100, None)
    async with tenant.database.read(tenant.actor) as tx:
        return [place.code for place in (await location_pages(tx, [key]))[key].records]


async def test_puts_it_into_its_parent(tenant: GivenTenant) -> None:
    """The path is computed from the parent's, never told."""
    cold = await given_location(tenant, code="COLD", type="ZONE", name="Cold room")
    shelf = await given_location(tenant, code="S1", type="SHELF", parent_code="COLD")
    bin_ = await given_location(tenant, code="S1-03", type="BIN", parent_code="S1")
    assert [(place.path, place.parent_id) for place in (cold, shelf, bin_)] == [
        ("COLD", None),
        ("COLD/S1", cold.id),
        ("COLD/S1/S1-03", shelf.id),
    ]
    assert (cold.name, cold.type, cold.is_active, cold.warehouse_id) == ("Cold room", "ZONE", True, tenant.warehouse_id)
    events = await emitted(tenant)
    assert {event.type for event in events} == {"inventory.location.created"}
    assert len(events) == 3


async def test_takes_the_same_code_in_another_warehouse(tenant: GivenTenant) -> None:
    """Codes are painted on shelves: each place numbers its own."""
    other = await given_warehouse(tenant)
    here = await given_location(tenant, code="A", type="BIN")
    there = await given_location(tenant, code="A", type="BIN", warehouse=other)
    async with tenant.database.read(tenant.actor) as tx:
        found = await locations_by_code(tx, [(tenant.warehouse_id, "A"), (other.id, "A"), (other.id, "nul\0")])
    assert found == {(tenant.warehouse_id, "A"): here, (other.id, "A"): there}


@pytest.mark.parametrize(
    ("outer", "inner"), [("BIN", "ZONE"), ("SHELF", "AISLE"), ("ZONE", "ZONE"), ("BIN", "BIN"), ("AISLE", "ZONE")]
)
async def test_refuses_the_wrong_nesting(tenant: GivenTenant, outer: str, inner: str) -> None:
    """From the outside inwards: zone, aisle, shelf, bin."""
    await given_location(tenant, code="OUTER", type=outer)
    await forget_emitted(tenant)
    with pytest.raises(InvalidInput, match="ZONE, AISLE, SHELF, BIN") as caught:
        await given_location(tenant, code="INNER", type=inner, parent_code="OUTER")
    assert caught.value.path == ("parent_code",)
    assert await codes(tenant) == ["OUTER"]
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize("inner", ["AISLE", "SHELF", "BIN"])
async def test_lets_types_be_skipped(tenant: GivenTenant, inner: str) -> None:
    """A café has a fridge with shelves and no aisles."""
    await given_location(tenant, code="FRIDGE", type="ZONE")
    assert (await given_location(tenant, code="IN", type=inner, parent_code="FRIDGE")).path == "FRIDGE/IN"


async def test_refuses_a_code_that_is_taken(tenant: GivenTenant) -> None:
    """A code names one place of a warehouse, wherever in the tree it stands."""
    await given_location(tenant, code="A", type="ZONE")
    with pytest.raises(AlreadyExists) as caught:
        await given_location(tenant, code="A", type="BIN", parent_code="A")
    assert caught.value.path == ("code",)
    assert await codes(tenant) == ["A"]


@pytest.mark.parametrize("code", ["", "A/B", "a b", "x" * 64, "nul\0"])
async def test_refuses_a_code_that_is_not_valid(tenant: GivenTenant, code: str) -> None:
    """A slash would read as a step of the path."""
    with pytest.raises(InvalidInput) as caught:
        await given_location(tenant, code=code, type="BIN")
    assert caught.value.path == ("code",)
    assert await codes(tenant) == []


async def test_refuses_an_unknown_parent(tenant: GivenTenant) -> None:
    """Also one of another warehouse."""
    other = await given_warehouse(tenant)
    await given_location(tenant, code="THERE", type="ZONE", warehouse=other)
    with pytest.raises(NotFound) as caught:
        await given_location(tenant, code="HERE", type="BIN", parent_code="THERE")
    assert caught.value.path == ("parent_code",)
    assert await codes(tenant) == []


async def test_refuses_an_archived_parent(tenant: GivenTenant) -> None:
    """What is closed takes nothing new."""
    zone = await given_location(tenant, code="Z", type="ZONE")

    async def has_stock(_: object) -> bool:
        return False

    await tenant.database.write(tenant.actor, lambda tx: archive_location(tx, id=zone.id, has_stock=has_stock))
    with pytest.raises(LocationInactive):
        await given_location(tenant, code="B", type="BIN", parent_code="Z")
    assert await codes(tenant) == ["Z"]


async def test_refuses_an_archived_warehouse(tenant: GivenTenant) -> None:
    """A closed warehouse gets no new shelves."""
    other = await given_warehouse(tenant)

    async def has_stock(_: object) -> bool:
        return False

    await tenant.database.write(tenant.actor, lambda tx: archive_warehouse(tx, id=other.id, has_stock=has_stock))
    with pytest.raises(WarehouseInactive):
        await given_location(tenant, code="B", type="BIN", warehouse=other)


async def test_refuses_a_place_of_another_outlet(tenant: GivenTenant) -> None:
    """A user of one outlet does not furnish another's store."""
    other = await given_warehouse(tenant)
    bound = tenant.actor_at(tenant.outlet_id)
    fields: dict[str, Any] = {"code": "B", "name": "Bin", "type": "BIN"}
    with pytest.raises(Forbidden):
        await tenant.database.write(bound, lambda tx: create_location(tx, warehouse_id=other.id, **fields))
    await tenant.database.write(bound, lambda tx: create_location(tx, warehouse_id=tenant.warehouse_id, **fields))
    assert await codes(tenant) == ["B"]


async def test_refuses_an_unknown_warehouse(tenant: GivenTenant) -> None:
    """Nothing is written."""
    with pytest.raises(NotFound):
        await tenant.database.write(
            tenant.actor, lambda tx: create_location(tx, warehouse_id=uuid4(), code="B", name="Bin", type="BIN")
        )
    await assert_nothing_emitted(tenant)


async def test_pages_of_many_warehouses_cost_one_statement(database: CountingDatabase, tenant: GivenTenant) -> None:
    """A list of warehouses with their locations must not ask once for each."""
    others = [await given_warehouse(tenant) for _ in range(3)]
    for place in others:
        for code in ("B", "A", "a", "C"):
            await given_location(tenant, code=code, type="BIN", warehouse=place)
    keys = [(place.id, 2, None) for place in others]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        pages = await location_pages(tx, keys)
    assert len(counted) == 1
    # Paths sort by their bytes, so that capitals come before small letters everywhere.
    assert [[each.code for each in pages[key].records] for key in keys] == [["A", "B"]] * 3
    assert all(page.has_next and page.positions == [("A",), ("B",)] for page in pages.values())
    async with database.read(tenant.actor) as tx:
        rest = await location_pages(tx, [(others[0].id, 2, "B")])
        counts = await location_counts(tx, [others[0].id, tenant.warehouse_id])
    (page,) = rest.values()
    assert ([each.code for each in page.records], page.has_next) == (["C", "a"], False)
    assert counts == {others[0].id: 4, tenant.warehouse_id: 0}
