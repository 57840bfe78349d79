"""Mirroring an outlet: it brings its one warehouse, and the headquarters' is the default."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.errors import AlreadyExists, Forbidden, InvalidInput
from inventory_graph.identity.tenants import outlets_by_id
from inventory_graph.masterdata.outlets import RegisteredOutlet, register_outlet
from inventory_graph.masterdata.warehouses import all_warehouses
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse


async def register(tenant: GivenTenant, **fields: Any) -> RegisteredOutlet:
    fields = {"code": "branch", "name": "Branch"} | fields
    return await tenant.database.write(tenant.actor, lambda tx: register_outlet(tx, **fields))


async def places(tenant: GivenTenant) -> dict[str, tuple[bool, UUID | None]]:
    async with tenant.database.read(tenant.actor) as tx:
        return {each.code: (each.is_default, each.outlet_id) for each in await all_warehouses(tx)}


async def test_brings_one_warehouse(tenant: GivenTenant) -> None:
    """The warehouse bears the outlet's code in capitals and the tenant's time zone, as auth's events carry none."""
    outlet_id = uuid4()
    made = await register(tenant, id=outlet_id, address="Busia", use_case="hospitality")
    assert (made.outlet.id, made.outlet.code, made.outlet.use_case) == (outlet_id, "branch", "hospitality")
    place = made.warehouse
    assert (place.code, place.name, place.type, place.outlet_id) == ("BRANCH", "Branch", "OUTLET", outlet_id)
    assert (place.timezone, place.address, place.is_default, place.is_active) == (
        "Africa/Nairobi",
        "Busia",
        False,
        True,
    )
    assert [event.type for event in await emitted(tenant)] == [
        "inventory.outlet.created",
        "inventory.warehouse.created",
    ]


async def test_changes_nothing_when_repeated(tenant: GivenTenant) -> None:
    """News comes at least once."""
    outlet_id = uuid4()
    first = await register(tenant, id=outlet_id, timezone="Africa/Kampala")
    await forget_emitted(tenant)
    assert await register(tenant, id=outlet_id) == first
    assert first.warehouse.timezone == "Africa/Kampala"
    await assert_nothing_emitted(tenant)


async def test_follows_the_outlet(tenant: GivenTenant) -> None:
    """A renamed outlet keeps its warehouse and all its stock."""
    outlet_id = uuid4()
    first = await register(tenant, id=outlet_id, address="Busia")
    second = await register(tenant, id=outlet_id, code="north", name="North", timezone="Africa/Kampala")
    assert second.warehouse.id == first.warehouse.id
    assert (second.warehouse.code, second.warehouse.name, second.warehouse.address) == ("NORTH", "North", None)
    assert second.warehouse.timezone == "Africa/Kampala"
    assert second.outlet.address is None


async def test_gives_the_default_to_a_new_headquarters(tenant: GivenTenant) -> None:
    """Auth sends no event for the headquarters that was demoted, so that a mirror has to demote it by itself."""
    outlet_id = uuid4()
    await register(tenant, id=outlet_id)
    await forget_emitted(tenant)
    await register(tenant, id=outlet_id, is_hq=True)
    assert await places(tenant) == {"BRANCH": (True, outlet_id), "MAIN": (False, tenant.outlet_id)}
    async with tenant.database.read(tenant.actor) as tx:
        outlets = await outlets_by_id(tx, [tenant.outlet_id, outlet_id])
    assert {each.code: each.is_hq for each in outlets.values()} == {"main": False, "branch": True}
    assert [(event.type, event.payload["code"]) for event in await emitted(tenant)] == [
        ("inventory.outlet.updated", "main"),
        ("inventory.outlet.updated", "branch"),
        ("inventory.warehouse.updated", "MAIN"),
        ("inventory.warehouse.updated", "BRANCH"),
    ]


async def test_keeps_the_default_until_another_takes_it(tenant: GivenTenant) -> None:
    """Between the news of the demotion and that of the promotion there still is a default."""
    await register(tenant, id=tenant.outlet_id, code="main", name="Main outlet", is_hq=False)
    assert (await places(tenant))["MAIN"] == (True, tenant.outlet_id)


async def test_adopts_the_warehouse_of_its_code(tenant: GivenTenant) -> None:
    """A tenant that kept stock before its outlets were mirrored keeps it in the same place."""
    known = await given_warehouse(tenant, code="BRANCH", type="KITCHEN")
    made = await register(tenant)
    assert made.warehouse.id == known.id
    assert made.warehouse.outlet_id == made.outlet.id
    assert made.warehouse.type == "KITCHEN"


async def test_makes_one_warehouse_when_told_twice_at_once(tenant: GivenTenant) -> None:
    """The same news may reach two replicas."""
    outlet_id = uuid4()
    made = await asyncio.gather(*(register(tenant, id=outlet_id) for _ in range(4)))
    assert len({each.warehouse.id for each in made}) == 1
    assert set(await places(tenant)) == {"MAIN", "BRANCH"}


async def test_refuses_the_code_of_another_outlets_warehouse(tenant: GivenTenant) -> None:
    """Codes of outlets may differ in case alone, those of warehouses may not: they are made capital."""
    with pytest.raises(AlreadyExists, match="MAIN") as caught:
        await register(tenant, code="Main")
    assert caught.value.path == ("code",)
    assert await places(tenant) == {"MAIN": (True, tenant.outlet_id)}
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(("field", "value"), [("code", "two words"), ("name", ""), ("timezone", "Nairobi")])
async def test_refuses_a_field_that_is_not_valid(tenant: GivenTenant, field: str, value: str) -> None:
    """Neither the outlet nor the warehouse is left half made."""
    with pytest.raises(InvalidInput) as caught:
        await register(tenant, **{field: value})
    assert caught.value.path == (field,)
    assert set(await places(tenant)) == {"MAIN"}
    await assert_nothing_emitted(tenant)


async def test_refuses_a_bound_user(tenant: GivenTenant) -> None:
    """Who acts for one outlet does not add others."""
    for outlet_id in (None, uuid4()):
        async with tenant.database.transaction(tenant.actor_at(tenant.outlet_id)) as tx:
            with pytest.raises(Forbidden):
                await register_outlet(tx, id=outlet_id, code="x", name="X")
    assert set(await places(tenant)) == {"MAIN"}
