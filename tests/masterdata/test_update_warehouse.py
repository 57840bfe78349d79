"""Changing a warehouse: what is left out stays, and there is always one default."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import Forbidden, InvalidInput, NotFound
from inventory_graph.masterdata.warehouses import (
    DefaultWarehouseNeeded,
    WarehouseInactive,
    WarehouseRecord,
    all_warehouses,
    archive_warehouse,
    update_warehouse,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse, warehouse_now


async def update(tenant: GivenTenant, warehouse: WarehouseRecord, **changes: Any) -> WarehouseRecord:
    return await tenant.database.write(tenant.actor, lambda tx: update_warehouse(tx, id=warehouse.id, **changes))


async def archived(tenant: GivenTenant, warehouse: WarehouseRecord) -> WarehouseRecord:
    async def is_empty(_: object) -> bool:
        return False

    return await tenant.database.write(
        tenant.actor, lambda tx: archive_warehouse(tx, id=warehouse.id, has_stock=is_empty)
    )


async def test_changes_what_is_given_and_keeps_the_rest(tenant: GivenTenant) -> None:
    """The event carries the whole warehouse, so that a copy elsewhere needs no second question."""
    before = await given_warehouse(tenant, name="Old", address="Busia", allow_negative=True)
    await forget_emitted(tenant)
    after = await update(tenant, before, name="New", allow_negative=None, timezone="Africa/Kampala")
    assert (after.name, after.allow_negative, after.timezone) == ("New", None, "Africa/Kampala")
    assert (after.code, after.address, after.type) == (before.code, "Busia", before.type)
    assert await warehouse_now(tenant, before) == after
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["name"]) == ("inventory.warehouse.updated", "New")


async def test_says_nothing_when_nothing_differs(tenant: GivenTenant) -> None:
    """An update that is sent again is no news."""
    before = await given_warehouse(tenant, name="Same")
    await forget_emitted(tenant)
    assert await update(tenant, before, name="Same", priority=before.priority) == before
    await assert_nothing_emitted(tenant)


async def test_moves_the_default(tenant: GivenTenant) -> None:
    """The old default is demoted in the same transaction: never two, never none."""
    other = await given_warehouse(tenant, code="OTHER")
    await forget_emitted(tenant)
    assert (await update(tenant, other, is_default=True)).is_default
    async with tenant.database.read(tenant.actor) as tx:
        assert {each.code: each.is_default for each in await all_warehouses(tx)} == {"MAIN": False, "OTHER": True}
    assert [(event.payload["code"], event.payload["is_default"]) for event in await emitted(tenant)] == [
        ("MAIN", False),
        ("OTHER", True),
    ]


async def test_leaves_one_default_when_many_ask_at_once(tenant: GivenTenant) -> None:
    """Two managers who make two warehouses the default at the same moment both succeed, one after the other."""
    places = [await given_warehouse(tenant, code=f"P{number}") for number in range(5)]
    answers = await asyncio.gather(*(update(tenant, place, is_default=True) for place in places))
    assert all(answer.is_default for answer in answers)
    async with tenant.database.read(tenant.actor) as tx:
        assert sum(each.is_default for each in await all_warehouses(tx)) == 1


async def test_refuses_to_leave_the_tenant_without_a_default(tenant: GivenTenant) -> None:
    """A verb that names no warehouse would have nowhere to go."""
    async with tenant.database.read(tenant.actor) as tx:
        (main,) = await all_warehouses(tx)
    with pytest.raises(DefaultWarehouseNeeded, match="another warehouse the default") as caught:
        await update(tenant, main, is_default=False)
    assert caught.value.path == ("is_default",)
    assert await warehouse_now(tenant, main) == main
    await assert_nothing_emitted(tenant)


async def test_opens_an_archived_warehouse_again(tenant: GivenTenant) -> None:
    """Archiving is no farewell for ever: nothing was deleted."""
    place = await given_warehouse(tenant)
    assert not (await archived(tenant, place)).is_active
    assert (await update(tenant, place, is_active=True)).is_active


async def test_refuses_an_archived_default(tenant: GivenTenant) -> None:
    """The default must take stock."""
    place = await archived(tenant, await given_warehouse(tenant))
    with pytest.raises(WarehouseInactive) as caught:
        await update(tenant, place, is_default=True)
    assert caught.value.path == ("is_default",)
    assert not (await warehouse_now(tenant, place)).is_default
    assert (await update(tenant, place, is_default=True, is_active=True)).is_default


async def test_refuses_to_archive(tenant: GivenTenant) -> None:
    """Archiving asks whether the place is empty, and an update does not."""
    place = await given_warehouse(tenant)
    with pytest.raises(InvalidInput, match="archiveWarehouse"):
        await update(tenant, place, is_active=False)
    assert (await warehouse_now(tenant, place)).is_active


async def test_refuses_an_unknown_warehouse(tenant: GivenTenant) -> None:
    """Nothing is created on the way."""
    with pytest.raises(NotFound):
        await tenant.database.write(tenant.actor, lambda tx: update_warehouse(tx, id=uuid4(), name="X"))
    await assert_nothing_emitted(tenant)


async def test_refuses_another_outlets_warehouse(tenant: GivenTenant) -> None:
    """A user bound to one outlet changes that outlet's warehouse and no other."""
    place = await given_warehouse(tenant, name="Shared")
    with pytest.raises(Forbidden):
        await tenant.database.write(
            tenant.actor_at(tenant.outlet_id), lambda tx: update_warehouse(tx, id=place.id, name="Mine")
        )
    assert (await warehouse_now(tenant, place)).name == "Shared"
    await tenant.database.write(
        tenant.actor_at(tenant.outlet_id), lambda tx: update_warehouse(tx, id=tenant.warehouse_id, name="Mine")
    )
