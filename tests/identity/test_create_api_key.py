"""A key is made, and found by its secret."""

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Forbidden, InvalidInput, LimitExceeded, NotFound
from inventory_graph.identity.api_keys import (
    KEYS_PER_TENANT_MAX,
    api_key_by_hash,
    api_key_by_id,
    api_keys,
    create_api_key,
    key_hash_of,
)
from inventory_graph.identity.records import ApiKeyRecord, NewApiKey
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import now, read, write

NOBODY = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="nobody")


async def _create(tenant: GivenTenant, *, actor: Actor | None = None, **given: object) -> NewApiKey:
    arguments = {"name": "POS", "scopes": ["inventory.stock.view"], "now": now(), **given}
    return await write(tenant, lambda tx: create_api_key(tx, **arguments), actor=actor)  # type: ignore[arg-type]


async def _by_secret(database: Database, secret: str) -> ApiKeyRecord | None:
    key_hash = key_hash_of(secret)
    assert key_hash is not None
    async with database.read(NOBODY) as tx:
        return await api_key_by_hash(tx, key_hash=key_hash)


async def test_a_key_is_found_by_its_secret_alone(database: Database, tenant: GivenTenant) -> None:
    """Whose key it is follows from the key: a service that calls names no tenant."""
    made = await _create(tenant, name=" POS ", scopes=["stock_clerk", "inventory.items.view", "stock_clerk"])
    assert await _by_secret(database, made.secret) == made.key
    assert (made.key.tenant_id, made.key.name, made.key.created_by) == (tenant.id, "POS", tenant.actor.subject)
    assert made.key.scopes == ("inventory.items.view", "stock_clerk")
    assert (made.key.outlet_ids, made.key.expires_at, made.key.revoked_at) == (None, None, None)
    assert await read(tenant, lambda tx: api_key_by_id(tx, id=made.key.id)) == made.key


async def test_the_secret_is_32_random_bytes_of_which_only_the_hash_is_kept(
    tenant: GivenTenant,
) -> None:
    """A stolen copy of the table opens nothing."""
    made, other = await _create(tenant), await _create(tenant)
    assert re.fullmatch(r"ig_[A-Za-z0-9_-]{43}", made.secret)
    assert made.secret != other.secret
    assert made.secret not in repr(made)
    random = base64.urlsafe_b64decode(made.secret.removeprefix("ig_") + "=")
    assert len(random) == 32
    async with tenant.database.read(tenant.actor) as tx:
        row = await tx.raw.fetchrow("SELECT * FROM api_keys WHERE tenant_id = $1 AND id = $2", tenant.id, made.key.id)
    assert row is not None
    assert row["key_hash"] == hashlib.sha256(random).digest()
    assert (row["prefix"], len(row["prefix"])) == (made.secret[:11], 11)
    assert not any(made.secret[3:] in str(value) for value in row.values())


async def test_tells_of_it_without_the_secret(tenant: GivenTenant) -> None:
    """The event goes to many readers."""
    made = await _create(tenant)
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.api_key.created", made.key.id)
    assert event.payload["scopes"] == ["inventory.stock.view"]
    assert made.secret[11:] not in str(event)


async def test_keys_of_one_tenant_are_not_listed_in_another(tenant: GivenTenant) -> None:
    """Newest first, and nobody else's."""
    other = await given_tenant(tenant.database)
    first, second = await _create(tenant, now=now() - timedelta(minutes=1)), await _create(tenant)
    assert await read(tenant, api_keys) == [second.key, first.key]
    assert await read(other, api_keys) == []
    assert await read(other, lambda tx: api_key_by_id(tx, id=first.key.id)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ig_",
        "ig_short",
        "bng_" + "a" * 43,
        "ig_" + "a" * 44,
        "ig_" + "a" * 42 + "=",
        "ig_" + "é" * 43,
        "IG_" + "a" * 43,
    ],
)
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    """The database is not asked for it."""
    assert key_hash_of(text) is None


async def test_nobody_makes_a_key_that_may_do_more(tenant: GivenTenant) -> None:
    """A key must not be the way to rights that its maker lacks."""
    maker = tenant.actor_with("inventory.users.manage", "inventory.stock.view")
    for scopes in (["inventory.stock.change"], ["inventory.stock.view", "stock_clerk"]):
        with pytest.raises(Forbidden) as refusal:
            await _create(tenant, scopes=scopes, actor=maker)
        assert refusal.value.path == ("scopes",)
    assert await read(tenant, api_keys) == []
    await assert_nothing_emitted(tenant)
    assert (await _create(tenant, actor=maker)).key.scopes == ("inventory.stock.view",)


async def test_who_is_bound_to_outlets_makes_keys_bound_to_them(tenant: GivenTenant) -> None:
    """Nor must it be the way to another outlet."""
    bound, elsewhere = tenant.actor_at(tenant.outlet_id), tenant.actor_at(uuid4())
    with pytest.raises(Forbidden) as refusal:
        await _create(tenant, actor=bound)
    assert refusal.value.path == ("outlet_ids",)
    with pytest.raises(Forbidden):
        await _create(tenant, outlet_ids=[tenant.outlet_id], actor=elsewhere)
    assert await read(tenant, api_keys) == []
    made = await _create(tenant, outlet_ids=[tenant.outlet_id, tenant.outlet_id], actor=bound)
    assert made.key.outlet_ids == (tenant.outlet_id,)
    unbound = await _create(tenant)
    async with tenant.database.read(bound) as tx:
        assert await api_keys(tx) == [made.key]
    assert {key.id for key in await read(tenant, api_keys)} == {made.key.id, unbound.key.id}


async def test_refuses_an_outlet_that_the_tenant_has_not(tenant: GivenTenant) -> None:
    """An outlet of another tenant is unknown here."""
    other = await given_tenant(tenant.database)
    with pytest.raises(NotFound) as refusal:
        await _create(tenant, outlet_ids=[tenant.outlet_id, other.outlet_id])
    assert refusal.value.path == ("outlet_ids",)
    assert await read(tenant, api_keys) == []


async def test_refuses_more_keys_than_anyone_watches_over(tenant: GivenTenant) -> None:
    """Keys that are used no more are revoked, not forgotten."""
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(
            "INSERT INTO api_keys (tenant_id, id, name, prefix, key_hash, scopes, created_by)"
            " SELECT $1, gen_random_uuid(), 'k', 'p', decode(md5(n::text), 'hex'), '{inventory.stock.view}', 's'"
            " FROM generate_series(1, $2) AS n",
            tenant.id,
            KEYS_PER_TENANT_MAX,
        )
    with pytest.raises(LimitExceeded, match="200 API keys"):
        await _create(tenant)
    assert len(await read(tenant, api_keys)) == 200
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["inventory.stock.look"]}, "scopes"),
        ({"scopes": ["superuser"]}, "scopes"),
        ({"outlet_ids": []}, "outlet_ids"),
        ({"expires_at": now() - timedelta(seconds=1)}, "expires_at"),
    ],
)
async def test_refuses_what_cannot_be_kept(tenant: GivenTenant, given: dict[str, Any], path: str) -> None:
    """The error names the argument and no key is made."""
    with pytest.raises(InvalidInput) as refusal:
        await _create(tenant, **given)
    assert refusal.value.path == (path,)
    assert await read(tenant, api_keys) == []
    await assert_nothing_emitted(tenant)
