"""The warehouses among which a reservation may choose, and how its tenant chooses."""

from decimal import Decimal

from inventory_graph.identity.tenants import update_tenant
from inventory_graph.masterdata.coordinates import coordinates_of
from inventory_graph.masterdata.warehouses import archive_warehouse
from inventory_graph.reservations.sites import Sites, sites
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.statements import CountingDatabase, statements

NAIROBI = coordinates_of(-1.286389, 36.817223)
MOMBASA = coordinates_of(-4.043477, 39.668206)


async def read(tenant: GivenTenant) -> Sites:
    async with tenant.database.read(tenant.actor) as tx:
        return await sites(tx)


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
    found = await read(tenant)
    assert [(row.warehouse_id, row.outlet_id, row.priority) for row in found.rows] == [
        (first.id, None, 5),
        (tenant.warehouse_id, tenant.outlet_id, 100),
    ]


async def test_reads_how_the_tenant_chooses(tenant: GivenTenant) -> None:
    """With the warehouses, so that both are of one instant."""
    found = await read(tenant)
    assert (found.strategy, found.may_split) == ("COVERING", False)
    await tenant.database.write(
        tenant.actor, lambda tx: update_tenant(tx, allocation_strategy="NEAREST", may_split_reservations=True)
    )
    found = await read(tenant)
    assert (found.strategy, found.may_split) == ("NEAREST", True)


async def test_says_how_far_each_is(tenant: GivenTenant) -> None:
    """In kilometres to where goods go; unknown for a warehouse that nobody put on the map, and for all without a goal."""
    coast = await given_warehouse(tenant, coordinates=MOMBASA)
    here = await given_warehouse(tenant, coordinates=NAIROBI)
    rows = (await read(tenant)).rows
    assert {row.warehouse_id: row.distance_km(NAIROBI) for row in rows} == {
        coast.id: Decimal("440.738"),
        here.id: Decimal(0),
        tenant.warehouse_id: None,
    }
    assert {row.distance_km(None) for row in rows} == {None}


async def test_reads_everything_in_one_statement(tenant: GivenTenant, database: CountingDatabase) -> None:
    """A reservation over fifty warehouses costs no more round trips than over one."""
    for number in range(50):
        await given_warehouse(tenant, coordinates=coordinates_of(number, number))
    async with statements(database) as counted:
        found = await read(tenant)
    assert len(found.rows) == 51
    counted.assert_at_most(1)
