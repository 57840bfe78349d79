"""A tenant's settings change."""

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Transaction
from inventory_graph.errors import Forbidden, InvalidInput
from inventory_graph.identity.records import TenantRecord
from inventory_graph.identity.tenants import tenant_by_id, update_tenant
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant
from tests.identity.given import platform_owner, read, write


async def _update(tenant: GivenTenant, *, actor: Actor | None = None, **given: object) -> TenantRecord:
    return await write(tenant, lambda tx: update_tenant(tx, **given), actor=actor)  # type: ignore[arg-type]


async def _found(tenant: GivenTenant) -> TenantRecord:
    async def find(tx: Transaction) -> TenantRecord:
        found = await tenant_by_id(tx, id=tenant.id)
        assert found is not None
        return found

    return await read(tenant, find)


async def test_changes_what_is_given_and_nothing_else(tenant: GivenTenant) -> None:
    """Settings are changed one at a time by people who do not know the others."""
    before = await _found(tenant)
    after = await _update(tenant, public_levels=True)
    assert (after.public_levels, after.allow_negative, after.name) == (True, False, before.name)
    assert await _found(tenant) == after
    after = await _update(tenant, name=" New name ", timezone="Africa/Kampala", allow_negative=True)
    assert (after.name, after.timezone, after.allow_negative, after.public_levels) == (
        "New name",
        "Africa/Kampala",
        True,
        True,
    )
    assert await _found(tenant) == after
    assert [event.payload["public_levels"] for event in await emitted(tenant, "inventory.tenant.updated")] == [
        True,
        True,
    ]


async def test_chooses_how_reservations_find_their_warehouses(tenant: GivenTenant) -> None:
    """A new tenant sends one parcel or none; each of the two settings changes without the other."""
    before = await _found(tenant)
    assert (before.allocation_strategy, before.may_split_reservations) == ("COVERING", False)
    after = await _update(tenant, may_split_reservations=True)
    assert (after.allocation_strategy, after.may_split_reservations) == ("COVERING", True)
    after = await _update(tenant, allocation_strategy="FEWEST")
    assert (after.allocation_strategy, after.may_split_reservations) == ("FEWEST", True)
    assert await _found(tenant) == after
    assert [
        (event.payload["allocation_strategy"], event.payload["may_split_reservations"])
        for event in await emitted(tenant, "inventory.tenant.updated")
    ] == [("COVERING", True), ("FEWEST", True)]


async def test_tells_nobody_when_nothing_changed(tenant: GivenTenant) -> None:
    """An event says that something is different now."""
    await _update(tenant, public_levels=False)
    await assert_nothing_emitted(tenant)


async def test_refuses_to_suspend_for_all_but_platform_owners(tenant: GivenTenant) -> None:
    """A tenant's administrator could otherwise lock out the tenant, or let in one that the platform locked out."""
    with pytest.raises(Forbidden) as refusal:
        await _update(tenant, status="SUSPENDED")
    assert refusal.value.path == ("status",)
    assert (await _found(tenant)).status == "ACTIVE"
    assert (await _update(tenant, status="SUSPENDED", actor=platform_owner(tenant))).status == "SUSPENDED"
    assert not (await _found(tenant)).is_active


async def test_refuses_callers_bound_to_an_outlet(tenant: GivenTenant) -> None:
    """Settings reach every outlet."""
    with pytest.raises(Forbidden):
        await _update(tenant, allow_negative=True, actor=tenant.actor_at(tenant.outlet_id))
    assert (await _found(tenant)).allow_negative is False


@pytest.mark.parametrize(
    ("given", "path"), [({"name": " "}, "name"), ({"timezone": "Mars"}, "timezone"), ({"status": "GONE"}, "status")]
)
async def test_refuses_what_cannot_be_kept(tenant: GivenTenant, given: dict[str, str], path: str) -> None:
    """The error names the argument and nothing is written."""
    before = await _found(tenant)
    with pytest.raises(InvalidInput) as refusal:
        await _update(tenant, actor=platform_owner(tenant), **given)
    assert refusal.value.path == (path,)
    assert await _found(tenant) == before
    await assert_nothing_emitted(tenant)
