"""An API key becomes a caller."""

from datetime import timedelta
from typing import Any

import pytest

from inventory_graph.actor import Actor
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.api_keys import create_api_key, revoke_api_key, rotate_api_key
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.identity.records import NewApiKey
from inventory_graph.identity.tenants import update_tenant
from tests.auth.conftest import MakeAuthenticator
from tests.auth.issuer import Clock
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import now, platform_owner, write


async def _key(tenant: GivenTenant, **given: Any) -> NewApiKey:
    arguments = {"name": "POS", "scopes": ["inventory.items.view", "stock_counter"], "now": now(), **given}
    return await write(tenant, lambda tx: create_api_key(tx, **arguments))


async def _actor(authenticator: Authenticator, secret: str, **headers: str) -> Actor:
    actor = await authenticator.authenticate({"x-api-key": secret, **headers})
    assert actor is not None
    return actor


async def test_a_key_makes_a_caller_of_its_tenant(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """Scopes that are roles permit what the role does."""
    made = await _key(tenant)
    actor = await _actor(authenticator, made.secret)
    assert (actor.tenant_id, actor.tenant_slug, actor.subject) == (tenant.id, tenant.slug, f"api-key:{made.key.prefix}")
    assert actor.permissions == STANDARD_ROLES["stock_counter"] | {"inventory.items.view"}
    assert (actor.roles, actor.outlet_ids) == (frozenset({"stock_counter"}), None)
    assert actor.metadata["credential"] == "api_key"
    assert made.secret[11:] not in str(actor)


async def test_a_key_may_come_as_a_bearer(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """Clients that know one header only."""
    made = await _key(tenant)
    assert await authenticator.authenticate({"authorization": f"bearer {made.secret}"}) == await _actor(
        authenticator, made.secret
    )


async def test_the_keys_tenant_wins_over_the_headers(
    authenticator: Authenticator, tenant: GivenTenant, database: Database
) -> None:
    """A shared key that needed a header was a source of wrong tenants."""
    made, other = await _key(tenant), await given_tenant(database)
    for headers in ({"x-tenant-slug": other.slug}, {"x-tenant-id": str(other.id)}):
        assert (await _actor(authenticator, made.secret, **headers)).tenant_id == tenant.id


async def test_a_key_may_be_bound_to_outlets(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """The till of one outlet."""
    made = await _key(tenant, outlet_ids=[tenant.outlet_id])
    assert (await _actor(authenticator, made.secret)).outlet_ids == frozenset({tenant.outlet_id})


async def test_a_revoked_key_opens_nothing(
    make_authenticator: MakeAuthenticator, tenant: GivenTenant, clock: Clock
) -> None:
    """At once where it was not in use, within 30 seconds where it was."""
    made, authenticator = await _key(tenant), make_authenticator()
    await _actor(authenticator, made.secret)
    await write(tenant, lambda tx: revoke_api_key(tx, id=made.key.id, now=now()))
    with pytest.raises(Unauthenticated, match="revoked") as refusal:
        await _actor(make_authenticator(), made.secret)
    assert made.secret[11:] not in refusal.value.message
    clock.advance(30)
    with pytest.raises(Unauthenticated, match="revoked"):
        await _actor(authenticator, made.secret)


async def test_a_rotated_key_opens_until_the_grace_is_over(
    make_authenticator: MakeAuthenticator, tenant: GivenTenant
) -> None:
    """Both do in between; without a grace the old one is dead at once."""
    old = await _key(tenant)
    new = await write(tenant, lambda tx: rotate_api_key(tx, id=old.key.id, grace=timedelta(minutes=1), now=now()))
    both = make_authenticator()
    assert (await _actor(both, old.secret)).permissions == (await _actor(both, new.secret)).permissions
    newest = await write(tenant, lambda tx: rotate_api_key(tx, id=new.key.id, grace=timedelta(0), now=now()))
    after = make_authenticator()
    await _actor(after, newest.secret)
    with pytest.raises(Unauthenticated):
        await _actor(after, new.secret)


async def test_a_key_that_expires_while_it_is_remembered_opens_nothing(database: Database, tenant: GivenTenant) -> None:
    """Its end is known when it is looked up: no need to forget it first."""
    made = await _key(tenant, expires_at=now() + timedelta(hours=1))
    seconds = now().timestamp()
    authenticator = Authenticator(database=database, settings=Settings.load(dotenv=None), now=lambda: seconds)
    assert (await _actor(authenticator, made.secret)).metadata["expires_at"] == str(int(seconds) + 3600)
    seconds += 3_601
    with pytest.raises(Unauthenticated, match="expired"):
        await _actor(authenticator, made.secret)
    await authenticator.close()


async def test_a_key_of_a_suspended_tenant_opens_nothing(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """Machines are callers, too."""
    made = await _key(tenant)
    await write(tenant, lambda tx: update_tenant(tx, status="SUSPENDED"), actor=platform_owner(tenant))
    with pytest.raises(Unauthenticated, match="suspended"):
        await _actor(authenticator, made.secret)


@pytest.mark.parametrize("secret", ["bng_" + "a" * 43, "ig_" + "a" * 43, "ig_nul\0", "ig_' OR true", "\ud800"])
async def test_what_is_no_key_opens_nothing(authenticator: Authenticator, secret: str, tenant: GivenTenant) -> None:
    """A wrong key is an error: the caller must not silently become a visitor of the tenant it names."""
    with pytest.raises(Unauthenticated) as refusal:
        await authenticator.authenticate({"x-api-key": secret, "x-tenant-slug": tenant.slug})
    assert secret not in refusal.value.message


async def test_a_token_comes_before_a_key(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """A gateway that sends its own key along with a user's token acts for the user; a bad token is not made up for."""
    made = await _key(tenant)
    with pytest.raises(Unauthenticated, match="JSON Web Token"):
        await authenticator.authenticate({"authorization": "Bearer not-a-token", "x-api-key": made.secret})
