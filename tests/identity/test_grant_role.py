"""A role is granted and taken back."""

from datetime import timedelta

import pytest

from inventory_graph.actor import Actor
from inventory_graph.errors import Forbidden, InvalidInput, NotFound
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.identity.records import Rights, RoleAssignmentRecord
from inventory_graph.identity.roles import grant_role, revoke_role, rights_of
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import now, read, write

NOTHING = Rights(roles=frozenset(), permissions=frozenset())


async def _grant(tenant: GivenTenant, *, actor: Actor | None = None, **given: object) -> RoleAssignmentRecord:
    arguments = {"subject": "user-1", "role_code": "stock_clerk", "now": now(), **given}
    return await write(tenant, lambda tx: grant_role(tx, **arguments), actor=actor)  # type: ignore[arg-type]


async def _rights(tenant: GivenTenant, *role_codes: str, subject: str = "user-1") -> Rights:
    return await read(tenant, lambda tx: rights_of(tx, subject=subject, role_codes=role_codes))


async def test_a_granted_role_permits_what_the_role_does(tenant: GivenTenant) -> None:
    """Roles of a token and granted ones add up; the subject of another token gets nothing."""
    granted_at = now()
    made = await _grant(tenant, now=granted_at)
    assert made == RoleAssignmentRecord(
        subject="user-1",
        role_code="stock_clerk",
        granted_by=tenant.actor.subject,
        granted_at=granted_at,
        expires_at=None,
    )
    assert await _rights(tenant) == Rights(roles=frozenset({"stock_clerk"}), permissions=STANDARD_ROLES["stock_clerk"])
    assert await _rights(tenant, "purchasing_officer", "waiter") == Rights(
        roles=frozenset({"stock_clerk", "purchasing_officer"}),
        permissions=STANDARD_ROLES["stock_clerk"] | STANDARD_ROLES["purchasing_officer"],
    )
    assert await _rights(tenant, subject="user-2") == NOTHING


async def test_tells_of_it(tenant: GivenTenant) -> None:
    """Who watches over rights learns who gave what to whom."""
    await _grant(tenant)
    await write(tenant, lambda tx: revoke_role(tx, subject="user-1", role_code="stock_clerk"))
    granted, revoked = await emitted(tenant)
    assert (granted.type, revoked.type) == ("inventory.role.granted", "inventory.role.revoked")
    assert granted.payload == {
        "subject": "user-1",
        "role_code": "stock_clerk",
        "expires_at": None,
        "by": tenant.actor.subject,
    }
    assert granted.aggregate_id == revoked.aggregate_id


async def test_a_role_ends_when_it_expires(tenant: GivenTenant) -> None:
    """A substitute's rights end without anybody's doing. Granting again moves the end."""
    soon = now() + timedelta(milliseconds=400)
    await _grant(tenant, expires_at=soon)
    assert (await _rights(tenant)).roles == {"stock_clerk"}
    async with tenant.database.read(tenant.actor) as tx:
        await tx.raw.execute("SELECT pg_sleep_until($1)", soon + timedelta(milliseconds=1))
    assert await _rights(tenant) == NOTHING
    later = now() + timedelta(hours=1)
    assert (await _grant(tenant, expires_at=later)).expires_at == later
    assert (await _rights(tenant)).roles == {"stock_clerk"}


async def test_a_revoked_role_permits_nothing(tenant: GivenTenant) -> None:
    """It answers what was taken."""
    made = await _grant(tenant)
    assert await write(tenant, lambda tx: revoke_role(tx, subject="user-1", role_code="stock_clerk")) == made
    assert await _rights(tenant) == NOTHING
    with pytest.raises(NotFound):
        await write(tenant, lambda tx: revoke_role(tx, subject="user-1", role_code="stock_clerk"))
    assert len(await emitted(tenant, "inventory.role.revoked")) == 1


async def test_a_role_of_one_tenant_permits_nothing_in_another(tenant: GivenTenant) -> None:
    """The same person may work for two businesses."""
    other = await given_tenant(tenant.database)
    await _grant(tenant)
    assert await _rights(other) == NOTHING
    with pytest.raises(NotFound):
        await write(other, lambda tx: revoke_role(tx, subject="user-1", role_code="stock_clerk"))
    assert (await _rights(tenant)).roles == {"stock_clerk"}


async def test_refuses_a_role_that_the_tenant_has_not(tenant: GivenTenant) -> None:
    """A role name of the auth service is none here."""
    with pytest.raises(NotFound, match="'superuser'") as refusal:
        await _grant(tenant, role_code="superuser")
    assert refusal.value.path == ("role_code",)
    assert await _rights(tenant) == NOTHING
    await assert_nothing_emitted(tenant)


async def test_nobody_grants_more_than_it_has(tenant: GivenTenant) -> None:
    """Who may manage users must not make itself, or a friend, administrator."""
    manager = tenant.actor_with(*STANDARD_ROLES["stock_clerk"], "inventory.users.manage")
    with pytest.raises(Forbidden, match=r"inventory\.categories\.add, inventory\.categories\.change, .* and \d+ more"):
        await _grant(tenant, role_code="inventory_admin", actor=manager)
    assert await _rights(tenant) == NOTHING
    await assert_nothing_emitted(tenant)
    await _grant(tenant, role_code="stock_clerk", actor=manager)
    assert (await _rights(tenant)).roles == {"stock_clerk"}


async def test_refuses_callers_bound_to_an_outlet(tenant: GivenTenant) -> None:
    """A role reaches every outlet."""
    bound = tenant.actor_at(tenant.outlet_id)
    with pytest.raises(Forbidden):
        await _grant(tenant, actor=bound)
    assert await _rights(tenant) == NOTHING
    await _grant(tenant)
    with pytest.raises(Forbidden):
        await write(tenant, lambda tx: revoke_role(tx, subject="user-1", role_code="stock_clerk"), actor=bound)
    assert (await _rights(tenant)).roles == {"stock_clerk"}


@pytest.mark.parametrize("subject", ["", "  ", "nul\0", "line\nbreak", "\udcff", "s" * 256])
async def test_refuses_what_is_no_subject(tenant: GivenTenant, subject: str) -> None:
    """The error names the argument and nothing is written."""
    with pytest.raises(InvalidInput) as refusal:
        await _grant(tenant, subject=subject)
    assert refusal.value.path == ("subject",)
    await assert_nothing_emitted(tenant)


async def test_refuses_an_end_that_has_passed(tenant: GivenTenant) -> None:
    """It would grant nothing, which is surely not what was meant."""
    with pytest.raises(InvalidInput) as refusal:
        await _grant(tenant, expires_at=now() - timedelta(seconds=1))
    assert refusal.value.path == ("expires_at",)
    await assert_nothing_emitted(tenant)
