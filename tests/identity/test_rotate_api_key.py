"""A key is replaced, or withdrawn."""

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory_graph.errors import Forbidden, InvalidInput, InvalidTransition, NotFound
from inventory_graph.identity.api_keys import (
    api_key_by_id,
    api_keys,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from inventory_graph.identity.records import ApiKeyRecord, NewApiKey
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import now, read, write


async def _key(tenant: GivenTenant, **given: object) -> NewApiKey:
    arguments = {"name": "POS", "scopes": ["stock_clerk"], "now": now(), **given}
    made = await write(tenant, lambda tx: create_api_key(tx, **arguments))  # type: ignore[arg-type]
    await forget_emitted(tenant)
    return made


async def _found(tenant: GivenTenant, key: ApiKeyRecord) -> ApiKeyRecord:
    found = await read(tenant, lambda tx: api_key_by_id(tx, id=key.id))
    assert found is not None
    return found


async def test_the_new_key_has_the_rights_of_the_old(tenant: GivenTenant) -> None:
    """Whoever rotates changes the secret, nothing else."""
    ends_at = now() + timedelta(days=90)
    old = await _key(tenant, outlet_ids=[tenant.outlet_id], expires_at=ends_at)
    new = await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()))
    assert (new.key.name, new.key.scopes, new.key.outlet_ids, new.key.expires_at) == (
        "POS",
        ("stock_clerk",),
        (tenant.outlet_id,),
        ends_at,
    )
    assert new.key.id != old.key.id
    assert new.secret != old.secret


async def test_the_old_key_opens_until_the_grace_is_over(tenant: GivenTenant) -> None:
    """Both work while the new secret is being rolled out."""
    old, rotated_at = await _key(tenant), now()
    new = await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, grace=timedelta(hours=2), now=rotated_at))
    assert {key.id for key in await read(tenant, api_keys)} == {old.key.id, new.key.id}
    found = await _found(tenant, old.key)
    assert found.expires_at == rotated_at + timedelta(hours=2)
    assert found.is_usable(rotated_at + timedelta(minutes=119))
    assert not found.is_usable(rotated_at + timedelta(hours=2))
    assert new.key.expires_at is None


async def test_the_grace_never_lengthens_a_life(tenant: GivenTenant) -> None:
    """A key that ends in an hour ends in an hour."""
    ends_at = now() + timedelta(hours=1)
    old = await _key(tenant, expires_at=ends_at)
    await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()))
    assert (await _found(tenant, old.key)).expires_at == ends_at


async def test_tells_which_key_follows_which(tenant: GivenTenant) -> None:
    """Who watches over keys follows one through its lives."""
    old = await _key(tenant)
    new = await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()))
    rotated, created = await emitted(tenant)
    assert (rotated.type, rotated.aggregate_id) == ("inventory.api_key.rotated", old.key.id)
    assert rotated.payload["successor_id"] == str(new.key.id)
    assert (created.type, created.aggregate_id) == ("inventory.api_key.created", new.key.id)
    assert new.secret[11:] not in str((rotated, created))


async def test_a_key_that_opens_nothing_is_not_replaced(tenant: GivenTenant) -> None:
    """Rotating must not bring a withdrawn key back to life."""
    old = await _key(tenant)
    await write(tenant, lambda tx: revoke_api_key(tx, id=old.key.id, now=now()))
    await forget_emitted(tenant)
    with pytest.raises(InvalidTransition):
        await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()))
    assert await read(tenant, api_keys) == []
    await assert_nothing_emitted(tenant)


async def test_nobody_gets_the_secret_of_a_stronger_key_by_rotating_it(tenant: GivenTenant) -> None:
    """The new secret is shown to who rotates."""
    old = await _key(tenant)
    weaker = tenant.actor_with("inventory.users.manage", "inventory.stock.view")
    with pytest.raises(Forbidden):
        await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()), actor=weaker)
    with pytest.raises(Forbidden):
        await write(
            tenant, lambda tx: rotate_api_key(tx, id=old.key.id, now=now()), actor=tenant.actor_at(tenant.outlet_id)
        )
    assert await _found(tenant, old.key) == old.key
    assert await read(tenant, api_keys) == [old.key]


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta(days=31)])
async def test_refuses_a_grace_that_is_none(tenant: GivenTenant, grace: timedelta) -> None:
    """0 to 30 days."""
    old = await _key(tenant)
    with pytest.raises(InvalidInput) as refusal:
        await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, grace=grace, now=now()))
    assert refusal.value.path == ("grace",)
    assert await _found(tenant, old.key) == old.key


async def test_a_revoked_key_is_revoked_once(tenant: GivenTenant) -> None:
    """In an emergency nobody asks whether it was done before."""
    made, revoked_at = await _key(tenant), now()
    revoked = await write(tenant, lambda tx: revoke_api_key(tx, id=made.key.id, now=revoked_at))
    assert revoked.revoked_at == revoked_at
    assert not revoked.is_usable(revoked_at)
    again = await write(tenant, lambda tx: revoke_api_key(tx, id=made.key.id, now=now() + timedelta(hours=1)))
    assert again == revoked == await _found(tenant, made.key)
    assert await read(tenant, api_keys) == []
    assert [event.type for event in await emitted(tenant)] == ["inventory.api_key.revoked"]


async def test_refuses_keys_of_other_tenants_and_outlets(tenant: GivenTenant) -> None:
    """Another tenant's key is unknown; one that reaches further than its holder is not the holder's to withdraw."""
    made, other = await _key(tenant), await given_tenant(tenant.database)
    for key_id in (made.key.id, uuid4()):
        with pytest.raises(NotFound):
            await write(other, lambda tx, key_id=key_id: revoke_api_key(tx, id=key_id, now=now()))  # type: ignore[misc]
        with pytest.raises(NotFound):
            await write(other, lambda tx, key_id=key_id: rotate_api_key(tx, id=key_id, now=now()))  # type: ignore[misc]
    with pytest.raises(Forbidden):
        await write(
            tenant, lambda tx: revoke_api_key(tx, id=made.key.id, now=now()), actor=tenant.actor_at(tenant.outlet_id)
        )
    assert await _found(tenant, made.key) == made.key
    await assert_nothing_emitted(tenant)
