"""An outlet changes."""

from uuid import uuid4

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, InvalidTransition, NotFound
from inventory_graph.identity.records import OutletRecord
from inventory_graph.identity.tenants import archive_outlet, create_outlet, outlets_by_id, update_outlet
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import read, write


async def _second(tenant: GivenTenant) -> OutletRecord:
    made = await write(
        tenant, lambda tx: create_outlet(tx, code="SECOND", name="Second", address="Here", use_case="retail")
    )
    await forget_emitted(tenant)
    return made


async def _found(tenant: GivenTenant, outlet: OutletRecord) -> OutletRecord:
    return (await read(tenant, lambda tx: outlets_by_id(tx, [outlet.id])))[outlet.id]


async def test_changes_what_is_given_and_clears_what_is_empty(tenant: GivenTenant) -> None:
    """The auth service sends every field, an empty text for one that is not set."""
    outlet = await _second(tenant)
    after = await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, name="Renamed", address=""))
    assert (after.code, after.name, after.address, after.use_case) == ("SECOND", "Renamed", None, "retail")
    assert await _found(tenant, outlet) == after
    assert [event.payload["name"] for event in await emitted(tenant, "inventory.outlet.updated")] == ["Renamed"]


async def test_promoting_demotes_the_old_headquarters(tenant: GivenTenant) -> None:
    """There is one at a time."""
    outlet = await _second(tenant)
    await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, is_hq=True))
    both = await read(tenant, lambda tx: outlets_by_id(tx, [outlet.id, tenant.outlet_id]))
    assert (both[outlet.id].is_hq, both[tenant.outlet_id].is_hq) == (True, False)
    assert [(event.aggregate_id, event.payload["is_hq"]) for event in await emitted(tenant)] == [
        (tenant.outlet_id, False),
        (outlet.id, True),
    ]


async def test_tells_nobody_when_nothing_changed(tenant: GivenTenant) -> None:
    """The auth service repeats its events."""
    outlet = await _second(tenant)
    await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, code="SECOND", name="Second", is_hq=False))
    await assert_nothing_emitted(tenant)


async def test_refuses_the_code_of_another_outlet(tenant: GivenTenant) -> None:
    """Both stay as they are."""
    outlet = await _second(tenant)
    with pytest.raises(AlreadyExists) as refusal:
        await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, code="main"))
    assert refusal.value.path == ("code",)
    assert await _found(tenant, outlet) == outlet
    await assert_nothing_emitted(tenant)


async def test_refuses_an_outlet_of_another_tenant(tenant: GivenTenant) -> None:
    """It reads as unknown, and stays as it is."""
    other = await given_tenant(tenant.database)
    with pytest.raises(NotFound) as refusal:
        await write(tenant, lambda tx: update_outlet(tx, id=other.outlet_id, name="Taken over"))
    assert refusal.value.path == ("id",)
    assert (await read(other, lambda tx: outlets_by_id(tx, [other.outlet_id])))[other.outlet_id].name == "Main outlet"


async def test_refuses_to_make_an_archived_outlet_the_headquarters(tenant: GivenTenant) -> None:
    """A closed place leads nothing; the old headquarters stay."""
    outlet = await _second(tenant)
    await write(tenant, lambda tx: archive_outlet(tx, id=outlet.id))
    with pytest.raises(InvalidTransition):
        await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, is_hq=True))
    assert (await read(tenant, lambda tx: outlets_by_id(tx, [tenant.outlet_id])))[tenant.outlet_id].is_hq


async def test_archives_once(tenant: GivenTenant) -> None:
    """The auth service sends the archiving again on every replay; an archived outlet is no headquarters."""
    archived = await write(tenant, lambda tx: archive_outlet(tx, id=tenant.outlet_id))
    assert (archived.status, archived.is_hq) == ("ARCHIVED", False)
    assert await write(tenant, lambda tx: archive_outlet(tx, id=tenant.outlet_id)) == archived
    assert [event.payload["status"] for event in await emitted(tenant, "inventory.outlet.archived")] == ["ARCHIVED"]
    with pytest.raises(NotFound):
        await write(tenant, lambda tx: archive_outlet(tx, id=uuid4()))


@pytest.mark.parametrize(("given", "path"), [({"code": "two words"}, "code"), ({"name": "\0"}, "name")])
async def test_refuses_what_cannot_be_kept(tenant: GivenTenant, given: dict[str, str], path: str) -> None:
    """The error names the argument and nothing is written."""
    outlet = await _second(tenant)
    with pytest.raises(InvalidInput) as refusal:
        await write(tenant, lambda tx: update_outlet(tx, id=outlet.id, **given))  # type: ignore[arg-type]
    assert refusal.value.path == (path,)
    assert await _found(tenant, outlet) == outlet
