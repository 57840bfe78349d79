"""Adding a warehouse: one code, one default, one per outlet."""

import asyncio
from uuid import uuid4

import pytest

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists, Forbidden, InvalidInput, NotFound
from inventory_graph.identity.tenants import create_outlet, create_tenant
from inventory_graph.masterdata.warehouses import WarehouseRecord, all_warehouses, create_warehouse
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant, administrator
from tests.given.warehouses import given_warehouse
from tests.statements import CountingDatabase


async def warehouses_of(tenant: GivenTenant) -> list[WarehouseRecord]:
    async with tenant.database.read(tenant.actor) as tx:
        return await all_warehouses(tx)


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """What is not given comes from the tenant: its time zone, its word on negative stock."""
    made = await given_warehouse(
        tenant, code="BACK", name="Back store", type="DARK_STORE", priority=7, address="Busia", allow_negative=True
    )
    assert (made.code, made.name, made.type, made.priority) == ("BACK", "Back store", "DARK_STORE", 7)
    assert (made.timezone, made.allow_negative, made.address) == ("Africa/Nairobi", True, "Busia")
    assert (made.is_default, made.is_active, made.outlet_id) == (False, True, None)
    assert made in await warehouses_of(tenant)
    (event,) = await emitted(tenant)
    assert event.type == "inventory.warehouse.created"
    assert event.aggregate_id == made.id
    assert event.payload["code"] == "BACK"


async def test_makes_the_first_the_default(database: CountingDatabase) -> None:
    """Most verbs name no warehouse, so a tenant with a warehouse has a default, whatever the caller said."""
    actor = administrator(tenant_id=uuid4(), slug=f"t-{uuid4().hex[:20]}")

    async def create(tx: Transaction) -> list[WarehouseRecord]:
        await create_tenant(tx, slug=actor.tenant_slug, name="Fresh")
        first = await create_warehouse(tx, code="ONE", name="One", is_default=False)
        second = await create_warehouse(tx, code="TWO", name="Two")
        return [first, second]

    first, second = await database.write(actor, create)
    assert (first.is_default, second.is_default) == (True, False)


async def test_takes_the_default_from_the_old_one(tenant: GivenTenant) -> None:
    """A new default says so for itself and for the one it replaced: consumers keep a copy of both."""
    made = await given_warehouse(tenant, code="NEW", is_default=True)
    assert {each.code: each.is_default for each in await warehouses_of(tenant)} == {"MAIN": False, "NEW": True}
    events = await emitted(tenant)
    assert [(event.type, event.payload["code"], event.payload["is_default"]) for event in events] == [
        ("inventory.warehouse.updated", "MAIN", False),
        ("inventory.warehouse.created", "NEW", True),
    ]
    assert made.is_default


async def test_leaves_one_default_when_many_ask_at_once(tenant: GivenTenant) -> None:
    """Each demotes the one before it; a unique index alone would answer with an error instead."""
    made = await asyncio.gather(*(given_warehouse(tenant, code=f"D{number}", is_default=True) for number in range(6)))
    defaults = [each for each in await warehouses_of(tenant) if each.is_default]
    assert len(made) == 6
    assert len(defaults) == 1
    assert defaults[0].code.startswith("D")


async def test_refuses_a_code_that_is_taken(tenant: GivenTenant) -> None:
    """A refusal keeps the old default, even though the new one was to replace it."""
    with pytest.raises(AlreadyExists, match="'MAIN'") as caught:
        await given_warehouse(tenant, code="MAIN", is_default=True)
    assert caught.value.path == ("code",)
    assert [(each.code, each.is_default) for each in await warehouses_of(tenant)] == [("MAIN", True)]
    await assert_nothing_emitted(tenant)


async def test_refuses_a_second_warehouse_of_an_outlet(tenant: GivenTenant) -> None:
    """An outlet means one place: a sale there must not have to choose."""
    with pytest.raises(AlreadyExists, match="an outlet has one") as caught:
        await given_warehouse(tenant, code="SECOND", outlet_id=tenant.outlet_id)
    assert caught.value.path == ("outlet_id",)
    assert len(await warehouses_of(tenant)) == 1


async def test_refuses_an_unknown_outlet(tenant: GivenTenant) -> None:
    """Outlets are minted elsewhere; a warehouse cannot invent one."""
    with pytest.raises(NotFound, match="createOutlet") as caught:
        await given_warehouse(tenant, outlet_id=uuid4())
    assert caught.value.path == ("outlet_id",)
    assert len(await warehouses_of(tenant)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "two words"),
        ("code", ""),
        ("name", "with\0nul"),
        ("name", "  "),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", "EAT+3"),
        ("priority", -1),
        ("address", "a\nb"),
    ],
)
async def test_refuses_a_field_that_is_not_valid(tenant: GivenTenant, field: str, value: object) -> None:
    """The path names the field; a time zone is one of the IANA database, for the days of the place depend on it."""
    fields = {"code": "FINE", "name": "Fine"} | {field: value}
    with pytest.raises(InvalidInput) as caught:
        await tenant.database.write(tenant.actor, lambda tx: create_warehouse(tx, **fields))  # type: ignore[arg-type]
    assert caught.value.path == (field,)
    assert len(await warehouses_of(tenant)) == 1
    await assert_nothing_emitted(tenant)


async def test_lets_a_bound_user_act_on_own_outlets_only(tenant: GivenTenant) -> None:
    """A place of no outlet belongs to the whole tenant, so that a user of one outlet cannot add it."""
    branch = await tenant.database.write(tenant.actor, lambda tx: create_outlet(tx, code="branch", name="Branch"))
    bound = tenant.actor_at(branch.id)
    for outlet_id in (None, tenant.outlet_id):
        async with tenant.database.transaction(bound) as tx:
            with pytest.raises(Forbidden):
                await create_warehouse(tx, code="X", name="X", outlet_id=outlet_id)
    assert len(await warehouses_of(tenant)) == 1
    made = await tenant.database.write(
        bound, lambda tx: create_warehouse(tx, code="BRANCH", name="Branch", type="OUTLET", outlet_id=branch.id)
    )
    assert made.outlet_id == branch.id
