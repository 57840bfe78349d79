"""The warehouses among which a strategy chooses, read for one reservation."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

import pytest

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.coordinates import coordinates_of
from inventory_graph.masterdata.warehouses import archive_warehouse, update_warehouse
from inventory_graph.reservations.allocation import STRATEGIES, Demand, Site
from inventory_graph.reservations.sites import SiteRow, sites
from tests.given.items import given_item, variant_of_sku
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.statements import CountingDatabase, statements

NAIROBI = (-1.286389, 36.817223)
MOMBASA = coordinates_of(-4.043477, 39.668206)


async def read(tenant: GivenTenant, *variant_ids: UUID, deliver_to: tuple[float, float] | None = None) -> list[SiteRow]:
    async with tenant.database.read(tenant.actor) as tx:
        return await sites(tx, variant_ids=variant_ids, deliver_to=deliver_to)


async def _is_empty(_: object) -> bool:
    return False


async def test_reads_open_warehouses_by_priority(tenant: GivenTenant) -> None:
    """What is archived, on its way or another tenant's gives nothing. A warehouse of no outlet may be asked too."""
    other = await given_tenant(tenant.database)
    await given_warehouse(other, priority=1)
    first = await given_warehouse(tenant, priority=5)
    await given_warehouse(tenant, type="TRANSIT", priority=1)
    closed = await given_warehouse(tenant, priority=1)
    await tenant.database.write(tenant.actor, lambda tx: archive_warehouse(tx, id=closed.id, has_stock=_is_empty))
    assert await read(tenant) == [
        SiteRow(warehouse_id=first.id, outlet_id=None, priority=5, distance_km=None, coordinates=None, variant_ids=()),
        SiteRow(
            warehouse_id=tenant.warehouse_id,
            outlet_id=tenant.outlet_id,
            priority=100,
            distance_km=None,
            coordinates=None,
            variant_ids=(),
        ),
    ]


async def test_says_how_far_each_is(tenant: GivenTenant) -> None:
    """In kilometres to where the goods go; unknown for a warehouse that nobody put on the map, and for all without a goal."""
    coast = await given_warehouse(tenant, coordinates=MOMBASA)
    here = await given_warehouse(tenant, coordinates=coordinates_of(*NAIROBI))
    found = {each.warehouse_id: each.distance_km for each in await read(tenant, deliver_to=NAIROBI)}
    assert found == {coast.id: Decimal("440.738"), here.id: Decimal(0), tenant.warehouse_id: None}
    assert {each.distance_km for each in await read(tenant)} == {None}


async def test_refuses_a_goal_off_the_earth(tenant: GivenTenant) -> None:
    """Latitude and longitude swapped must not make some warehouse the nearest."""
    with pytest.raises(InvalidInput, match="latitude") as caught:
        await read(tenant, deliver_to=(136.8, -1.3))
    assert caught.value.path == ("deliver_to", "latitude")


async def test_says_what_each_has_a_balance_of(tenant: GivenTenant) -> None:
    """Only those need to be locked; what was not asked about is left out."""
    back = await given_warehouse(tenant, priority=1)
    for sku in ("BREAD", "MILK", "SUGAR"):
        await given_item(tenant, sku=sku)
    bread, milk = [(await variant_of_sku(tenant, sku)).id for sku in ("BREAD", "MILK")]
    await given_stock(tenant, "BREAD", "3", warehouse=back)
    await given_stock(tenant, "MILK", "2", warehouse=back)
    await given_stock(tenant, "SUGAR", "1", warehouse=back)
    await given_stock(tenant, "MILK", "1")
    found = [each.variant_ids for each in await read(tenant, milk, bread, uuid4())]
    assert found == [tuple(sorted((bread, milk))), (milk,)]


async def test_reads_everything_in_one_statement(tenant: GivenTenant, database: CountingDatabase) -> None:
    """A reservation over fifty warehouses costs no more round trips than over one."""
    for number in range(50):
        await given_warehouse(tenant, coordinates=coordinates_of(number, number))
    async with statements(database) as counted:
        found = await read(tenant, *(uuid4() for _ in range(100)), deliver_to=NAIROBI)
    assert len(found) == 51
    counted.assert_at_most(1)


async def test_gives_a_strategy_what_it_needs(tenant: GivenTenant) -> None:
    """From the map to the shares: the nearest gives all it has, the other the rest, until the nearest moves away."""
    bread = uuid4()
    coast = await given_warehouse(tenant, coordinates=MOMBASA)
    here = await given_warehouse(tenant, coordinates=coordinates_of(*NAIROBI))
    demand = Demand(quantity=Decimal(3), needs={bread: Fraction(1)}, step=Decimal(1))

    async def shares() -> list[tuple[UUID, Decimal]]:
        asked = [
            Site(
                warehouse_id=row.warehouse_id,
                priority=row.priority,
                distance_km=row.distance_km,
                available={bread: Decimal(2)},
            )
            for row in await read(tenant, bread, deliver_to=NAIROBI)
        ]
        return [(each.warehouse_id, each.quantity) for each in STRATEGIES["NEAREST"](asked, [demand], True).shares]

    assert await shares() == [(here.id, Decimal(2)), (coast.id, Decimal(1))]
    await tenant.database.write(
        tenant.actor, lambda tx: update_warehouse(tx, id=here.id, coordinates=coordinates_of(60, 60))
    )
    assert await shares() == [(coast.id, Decimal(2)), (here.id, Decimal(1))]
