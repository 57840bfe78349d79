"""An outlet is added."""

import asyncio
from uuid import uuid4

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput
from inventory_graph.identity.records import OutletRecord
from inventory_graph.identity.tenants import create_outlet, outlet_by_code, outlets_by_id
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import read, write


async def _headquarters(tenant: GivenTenant) -> list[str]:
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT code FROM outlets WHERE tenant_id = $1 AND is_hq ORDER BY code", tenant.id)
    return [row["code"] for row in rows]


async def test_keeps_the_id_that_the_auth_service_minted(tenant: GivenTenant) -> None:
    """An outlet's uuid is the same in every service."""
    outlet_id = uuid4()
    made = await write(
        tenant,
        lambda tx: create_outlet(
            tx, id=outlet_id, code="KISUMU", name=" Kisumu ", address="Oginga Odinga Street", use_case="hospitality"
        ),
    )
    assert (made.id, made.code, made.name, made.address, made.use_case, made.is_hq, made.status) == (
        outlet_id,
        "KISUMU",
        "Kisumu",
        "Oginga Odinga Street",
        "hospitality",
        False,
        "ACTIVE",
    )
    assert await read(tenant, lambda tx: outlets_by_id(tx, [outlet_id])) == {outlet_id: made}
    assert await read(tenant, lambda tx: outlet_by_code(tx, code="KISUMU")) == made
    assert [(event.aggregate_id, event.payload["code"]) for event in await emitted(tenant)] == [(outlet_id, "KISUMU")]


async def test_gives_an_id_to_an_outlet_that_has_none(tenant: GivenTenant) -> None:
    """An outlet made here first is known by the id made here."""
    made = await write(tenant, lambda tx: create_outlet(tx, code="NAKURU", name="Nakuru"))
    assert (await read(tenant, lambda tx: outlets_by_id(tx, [made.id]))) == {made.id: made}
    assert (made.address, made.use_case) == (None, None)


async def test_new_headquarters_demote_the_old(tenant: GivenTenant) -> None:
    """The auth service sends no event for the outlet that lost the title: a mirror would end with two."""
    made = await write(tenant, lambda tx: create_outlet(tx, code="TOWER", name="Tower", is_hq=True))
    assert await _headquarters(tenant) == ["TOWER"]
    events = [(event.type, event.aggregate_id, event.payload["is_hq"]) for event in await emitted(tenant)]
    assert events == [
        ("inventory.outlet.updated", tenant.outlet_id, False),
        ("inventory.outlet.created", made.id, True),
    ]


async def test_one_headquarters_remain_of_many_made_at_once(tenant: GivenTenant) -> None:
    """Two transactions that do not see each other's outlet must not both keep the title."""
    await asyncio.gather(
        *(
            write(tenant, lambda tx, code=code: create_outlet(tx, code=code, name=code, is_hq=True))  # type: ignore[misc]
            for code in ("A", "B", "C", "D", "E", "F")
        )
    )
    assert len(await _headquarters(tenant)) == 1


async def test_refuses_a_code_that_the_tenant_has(tenant: GivenTenant) -> None:
    """A code names one outlet of a tenant; another tenant may use the same."""

    async def add(owner: GivenTenant) -> OutletRecord:
        return await write(owner, lambda tx: create_outlet(tx, code="EAST", name="East"))

    first = await add(tenant)
    with pytest.raises(AlreadyExists, match="code 'EAST'") as refusal:
        await add(tenant)
    assert refusal.value.path == ("code",)
    assert await read(tenant, lambda tx: outlet_by_code(tx, code="EAST")) == first
    assert len(await emitted(tenant)) == 1
    other = await given_tenant(tenant.database)
    assert (await add(other)).id != first.id


async def test_refuses_an_id_that_the_tenant_has(tenant: GivenTenant) -> None:
    """The outlet there is stays as it is, and keeps the headquarters."""
    with pytest.raises(AlreadyExists, match=str(tenant.outlet_id)) as refusal:
        await write(tenant, lambda tx: create_outlet(tx, id=tenant.outlet_id, code="X", name="X", is_hq=True))
    assert refusal.value.path == ("id",)
    assert await read(tenant, lambda tx: outlet_by_code(tx, code="X")) is None
    assert await _headquarters(tenant) == ["main"]
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"code": ""}, "code"),
        ({"code": "two words"}, "code"),
        ({"code": "K" * 64}, "code"),
        ({"code": "KISUMU\n"}, "code"),
        ({"name": ""}, "name"),
        ({"name": "\x7f"}, "name"),
        ({"address": "a" * 501}, "address"),
        ({"use_case": "\ud800"}, "use_case"),
    ],
)
async def test_refuses_what_cannot_be_kept(tenant: GivenTenant, given: dict[str, str], path: str) -> None:
    """The error names the argument and nothing is written."""
    with pytest.raises(InvalidInput) as refusal:
        await write(tenant, lambda tx: create_outlet(tx, **{"code": "C", "name": "N", **given}))  # type: ignore[arg-type]
    assert refusal.value.path == (path,)
    assert await read(tenant, lambda tx: outlet_by_code(tx, code="C")) is None
    await assert_nothing_emitted(tenant)
