"""Which warehouse a verb means: by one key, or the default."""

from uuid import UUID, uuid4

import pytest

from inventory_graph.errors import InvalidInput, NotFound, Refusal
from inventory_graph.masterdata.warehouses import WarehouseInactive, WarehouseRecord, archive_warehouse, warehouse_of
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.statements import CountingDatabase, statements


async def find(tenant: GivenTenant, **key: object) -> WarehouseRecord:
    async with tenant.database.read(tenant.actor) as tx:
        return await warehouse_of(tx, **key)  # type: ignore[arg-type]


async def test_finds_by_each_key(tenant: GivenTenant) -> None:
    """Siblings know an outlet's id, people a code, clients our id; without a key the default is meant."""
    other = await given_warehouse(tenant, code="OTHER")
    assert (await find(tenant)).id == tenant.warehouse_id
    assert (await find(tenant, outlet_id=tenant.outlet_id)).id == tenant.warehouse_id
    assert (await find(tenant, code="OTHER")).id == other.id
    assert (await find(tenant, id=other.id)).code == "OTHER"


async def test_costs_one_statement(database: CountingDatabase, tenant: GivenTenant) -> None:
    """It stands at the beginning of every stock verb."""
    async with statements(database) as counted:
        await find(tenant, code="MAIN")
    assert len(counted) == 1


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ({"id": uuid4()}, ("warehouse", "id")),
        ({"code": "NOWHERE"}, ("warehouse", "code")),
        ({"code": "nul\0"}, ("warehouse", "code")),
        ({"code": "half\ud800"}, ("warehouse", "code")),
        ({"outlet_id": uuid4()}, ("warehouse", "outlet_id")),
    ],
)
async def test_refuses_a_key_that_names_nothing(
    tenant: GivenTenant, key: dict[str, object], path: tuple[str, ...]
) -> None:
    """The default never stands in for a name that was misspelt."""
    with pytest.raises(NotFound) as caught:
        await find(tenant, **key)
    assert caught.value.path == path


async def test_refuses_two_keys(tenant: GivenTenant) -> None:
    """They could name two warehouses."""
    with pytest.raises(InvalidInput, match="id and code"):
        await find(tenant, id=tenant.warehouse_id, code="MAIN")


async def test_does_not_find_another_tenants(tenant: GivenTenant, database: CountingDatabase) -> None:
    """An id alone opens nothing."""
    from_other = (await given_warehouse(tenant)).id
    stranger = tenant.actor_with("inventory.warehouses.view")
    object.__setattr__(stranger, "tenant_id", uuid4())
    async with database.read(stranger) as tx:
        with pytest.raises(NotFound):
            await warehouse_of(tx, id=from_other)


async def test_refuses_an_archived_one_unless_asked(tenant: GivenTenant) -> None:
    """Nothing can be put there; administration still names it."""
    place = await given_warehouse(tenant, code="CLOSED")

    async def has_stock(_: UUID) -> bool:
        return False

    await tenant.database.write(tenant.actor, lambda tx: archive_warehouse(tx, id=place.id, has_stock=has_stock))
    with pytest.raises(WarehouseInactive, match="CLOSED") as caught:
        await find(tenant, code="CLOSED")
    assert isinstance(caught.value, Refusal)
    assert caught.value.code == "INVALID_TRANSITION"
    assert (await find(tenant, code="CLOSED", also_archived=True)).id == place.id
