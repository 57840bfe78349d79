"""Closing a warehouse: only an empty one that is not the default."""

from uuid import UUID, uuid4

import pytest

from inventory_graph.errors import NotFound
from inventory_graph.masterdata.warehouses import (
    DefaultWarehouseNeeded,
    WarehouseHasStock,
    WarehouseRecord,
    all_warehouses,
    archive_warehouse,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse, warehouse_now


async def archive(
    tenant: GivenTenant, warehouse_id: UUID, *, stocked: frozenset[UUID] = frozenset()
) -> WarehouseRecord:
    async def has_stock(place: UUID) -> bool:
        return place in stocked

    return await tenant.database.write(
        tenant.actor, lambda tx: archive_warehouse(tx, id=warehouse_id, has_stock=has_stock)
    )


async def test_closes_an_empty_warehouse_once(tenant: GivenTenant) -> None:
    """Sent again it changes nothing and says nothing."""
    place = await given_warehouse(tenant, code="OLD")
    await forget_emitted(tenant)
    assert not (await archive(tenant, place.id)).is_active
    assert not (await archive(tenant, place.id)).is_active
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["code"]) == ("inventory.warehouse.archived", "OLD")
    assert event.payload["is_active"] is False


async def test_refuses_while_there_is_stock(tenant: GivenTenant) -> None:
    """What has stock or holds cannot vanish."""
    place = await given_warehouse(tenant)
    await forget_emitted(tenant)
    with pytest.raises(WarehouseHasStock, match="stock or holds"):
        await archive(tenant, place.id, stocked=frozenset({place.id}))
    assert await warehouse_now(tenant, place) == place
    await assert_nothing_emitted(tenant)


async def test_refuses_the_default(tenant: GivenTenant) -> None:
    """Verbs that name no warehouse need it."""
    with pytest.raises(DefaultWarehouseNeeded, match="MAIN"):
        await archive(tenant, tenant.warehouse_id)
    async with tenant.database.read(tenant.actor) as tx:
        assert [each.is_active for each in await all_warehouses(tx)] == [True]
    await assert_nothing_emitted(tenant)


async def test_refuses_an_unknown_warehouse(tenant: GivenTenant) -> None:
    """Nothing to close."""
    with pytest.raises(NotFound):
        await archive(tenant, uuid4())
    await assert_nothing_emitted(tenant)
