"""Identity over GraphQL: permissions, payloads, replays."""

from dataclasses import replace
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.identity import tenants
from inventory_graph.identity.api_keys import api_key_by_hash, api_keys, key_hash_of
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.identity.roles import rights_of
from inventory_graph.identity.tenants import tenant_by_id, tenant_by_slug
from inventory_graph.reservations.allocation import STRATEGIES
from resolvers.identity_types import AllocationStrategy
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant
from tests.identity.given import platform_owner, read
from tests.identity.graphql import data, execute

CREATE_TENANT = """mutation($input: CreateTenantInput!) { createTenant(input: $input) {
  tenant { id slug name currency timezone status allowNegative publicLevels } replayed errors { code path message } } }"""
UPDATE_TENANT = """mutation($input: UpdateTenantInput!) { updateTenant(input: $input) {
  tenant { name publicLevels status } replayed errors { code path } } }"""
KEY_FIELDS = (
    "apiKey { id name prefix scopes outletIds createdBy expiresAt revokedAt } secret replayed errors { code path }"
)
CREATE_KEY = f"mutation($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ {KEY_FIELDS} }} }}"
ROTATE_KEY = f"mutation($input: RotateApiKeyInput!) {{ rotateApiKey(input: $input) {{ {KEY_FIELDS} }} }}"
REVOKE_KEY = f"mutation($input: RevokeApiKeyInput!) {{ revokeApiKey(input: $input) {{ {KEY_FIELDS} }} }}"
ASSIGNMENT = "assignment { subject roleCode grantedBy grantedAt expiresAt } replayed errors { code path }"
GRANT = f"mutation($input: GrantRoleInput!) {{ grantRole(input: $input) {{ {ASSIGNMENT} }} }}"
REVOKE = f"mutation($input: RevokeRoleInput!) {{ revokeRole(input: $input) {{ {ASSIGNMENT} }} }}"


def _slug() -> str:
    return f"t-{uuid4().hex[:20]}"


async def test_me_tells_what_the_service_makes_of_the_caller(database: Database, tenant: GivenTenant) -> None:
    """The first thing to ask when something is forbidden."""
    actor = replace(tenant.actor_as("viewer", subject="user-1"), outlet_ids=frozenset({tenant.outlet_id}))
    found = await data(
        database,
        "{ me { subject tenantId tenantSlug roles permissions outletIds isPlatformOwner } }",
        actor=actor,
    )
    assert found["me"] == {
        "subject": "user-1",
        "tenantId": str(tenant.id),
        "tenantSlug": tenant.slug,
        "roles": ["viewer"],
        "permissions": sorted(STANDARD_ROLES["viewer"]),
        "outletIds": [str(tenant.outlet_id)],
        "isPlatformOwner": False,
    }


@pytest.mark.parametrize("query", ["{ me { subject } }", "{ roles { code } }", "{ apiKeys { id } }"])
async def test_visitors_and_strangers_see_nothing(database: Database, tenant: GivenTenant, query: str) -> None:
    """Who has what rights is nothing for shoppers."""
    visitor = Actor(tenant_id=tenant.id, tenant_slug=tenant.slug, subject="anonymous", is_anonymous=True)
    for actor in (None, visitor):
        found, errors = await execute(database, query, actor=actor)
        assert found is None
        assert errors == ["Send a token or an API key in the header Authorization: Bearer …"]


async def test_roles_are_listed_for_those_who_may_see_users(database: Database, tenant: GivenTenant) -> None:
    """By code, with what they permit."""
    query = "{ roles { code name permissions } }"
    found = await data(database, query, actor=tenant.actor_with("inventory.users.view"))
    assert {role["code"]: frozenset(role["permissions"]) for role in found["roles"]} == STANDARD_ROLES
    assert found["roles"][0]["name"] == "Inventory administrator"
    nothing, errors = await execute(database, query, actor=tenant.actor_with("inventory.stock.view"))
    assert nothing is None
    assert errors == ["This needs the permission inventory.users.view, which user-with-permissions does not have."]


async def test_a_platform_owner_creates_a_tenant_with_roles_and_units(database: Database, tenant: GivenTenant) -> None:
    """Also one that acts in no tenant: there may be none yet."""
    for actor in (platform_owner(tenant), replace(platform_owner(tenant), tenant_id=UUID(int=0), tenant_slug="")):
        tenant_id, slug = uuid4(), _slug()
        found = await data(
            database, CREATE_TENANT, actor=actor, input={"id": str(tenant_id), "slug": slug, "name": "New café"}
        )
        assert found["createTenant"] == {
            "tenant": {
                "id": str(tenant_id),
                "slug": slug,
                "name": "New café",
                "currency": "KES",
                "timezone": "Africa/Nairobi",
                "status": "ACTIVE",
                "allowNegative": False,
                "publicLevels": False,
            },
            "replayed": False,
            "errors": [],
        }
        async with database.read(replace(tenant.actor, tenant_id=tenant_id)) as tx:
            assert await tx.raw.fetchval("SELECT count(*) FROM roles") == len(STANDARD_ROLES)
            assert await tx.raw.fetchval("SELECT count(*) FROM units") == len(tenant.units)
    await assert_nothing_emitted(tenant)


async def test_creating_a_tenant_again_with_the_same_key_answers_the_same(
    database: Database, tenant: GivenTenant
) -> None:
    """Without an id of the caller's the second request would otherwise make another, or fail."""
    given = {"slug": _slug(), "name": "New café", "idempotencyKey": "create-1"}
    owner = platform_owner(tenant)
    first = (await data(database, CREATE_TENANT, actor=owner, input=given))["createTenant"]
    again = (await data(database, CREATE_TENANT, actor=owner, input=given))["createTenant"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["tenant"] == first["tenant"]
    other = (await data(database, CREATE_TENANT, actor=owner, input={**given, "name": "Other"}))["createTenant"]
    assert (other["tenant"], [(error["code"], error["path"]) for error in other["errors"]]) == (
        None,
        [("IDEMPOTENCY_CONFLICT", ["input", "name"])],
    )
    taken = await data(database, CREATE_TENANT, actor=owner, input={**given, "idempotencyKey": "create-2"})
    assert [(error["code"], error["path"]) for error in taken["createTenant"]["errors"]] == [
        ("ALREADY_EXISTS", ["input", "slug"])
    ]


async def test_nobody_else_creates_a_tenant(database: Database, tenant: GivenTenant) -> None:
    """An administrator's rights end at its tenant."""
    slug = _slug()
    found = await data(database, CREATE_TENANT, actor=tenant.actor, input={"slug": slug, "name": "N"})
    assert found["createTenant"]["tenant"] is None
    assert [error["code"] for error in found["createTenant"]["errors"]] == ["FORBIDDEN"]
    assert await read(tenant, lambda tx: tenant_by_slug(tx, slug=slug)) is None


async def test_settings_need_their_permission(database: Database, tenant: GivenTenant) -> None:
    """And suspending needs a platform owner."""
    refused = await data(
        database, UPDATE_TENANT, actor=tenant.actor_as("warehouse_manager"), input={"publicLevels": True}
    )
    assert [error["code"] for error in refused["updateTenant"]["errors"]] == ["FORBIDDEN"]
    suspended = await data(database, UPDATE_TENANT, actor=tenant.actor, input={"status": "SUSPENDED"})
    assert suspended["updateTenant"]["errors"] == [{"code": "FORBIDDEN", "path": ["input", "status"]}]
    found = await read(tenant, lambda tx: tenant_by_id(tx, id=tenant.id))
    assert found is not None
    assert (found.public_levels, found.status) == (False, "ACTIVE")
    given = {"publicLevels": True, "idempotencyKey": "k"}
    for replayed in (False, True):
        changed = await data(database, UPDATE_TENANT, actor=tenant.actor_with("inventory.config.manage"), input=given)
        assert changed["updateTenant"]["replayed"] is replayed
        assert changed["updateTenant"]["tenant"]["publicLevels"] is True
    assert len(await emitted(tenant, "inventory.tenant.updated")) == 1


async def test_a_tenant_chooses_its_allocation_strategy(database: Database, tenant: GivenTenant) -> None:
    """Each strategy that there is has a word, and each word a strategy; a word that has none is refused and changes nothing."""
    mutation = """mutation($input: UpdateTenantInput!) { updateTenant(input: $input) {
      tenant { allocationStrategy maySplitReservations } errors { code } } }"""
    assert [each.name for each in AllocationStrategy] == list(STRATEGIES) == list(get_args(tenants.AllocationStrategy))
    for word in STRATEGIES:
        given = {"allocationStrategy": word, "maySplitReservations": word != "COVERING"}
        changed = await data(database, mutation, actor=tenant.actor, input=given)
        assert changed["updateTenant"] == {"tenant": given, "errors": []}
    _, errors = await execute(database, mutation, actor=tenant.actor, input={"allocationStrategy": "RANDOM"})
    assert len(errors) == 1
    found = await read(tenant, lambda tx: tenant_by_id(tx, id=tenant.id))
    assert found is not None
    assert found.allocation_strategy == "FEWEST"


async def test_the_secret_of_a_key_is_shown_once(database: Database, tenant: GivenTenant) -> None:
    """A replay says which key it was; the secret is nowhere any more, not even with the idempotency key."""
    given = {"name": "POS", "scopes": ["stock_clerk"], "outletIds": [str(tenant.outlet_id)], "idempotencyKey": "k-1"}
    first = (await data(database, CREATE_KEY, actor=tenant.actor, input=given))["createApiKey"]
    again = (await data(database, CREATE_KEY, actor=tenant.actor, input=given))["createApiKey"]
    key_hash = key_hash_of(first["secret"])
    assert key_hash is not None
    found = await read(tenant, lambda tx: api_key_by_hash(tx, key_hash=key_hash))
    assert found is not None
    assert (
        first["apiKey"]
        == again["apiKey"]
        == {
            "id": str(found.id),
            "name": "POS",
            "prefix": first["secret"][:11],
            "scopes": ["stock_clerk"],
            "outletIds": [str(tenant.outlet_id)],
            "createdBy": tenant.actor.subject,
            "expiresAt": None,
            "revokedAt": None,
        }
    )
    assert (again["secret"], again["replayed"]) == (None, True)
    async with database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT arguments, answer FROM idempotency_keys WHERE tenant_id = $1", tenant.id)
    assert first["secret"][3:] not in str([tuple(row) for row in rows])


async def test_a_key_is_rotated_and_revoked(database: Database, tenant: GivenTenant) -> None:
    """And the list shows what still opens."""
    made = (await data(database, CREATE_KEY, actor=tenant.actor, input={"name": "POS", "scopes": ["viewer"]}))[
        "createApiKey"
    ]
    rotated = (
        await data(database, ROTATE_KEY, actor=tenant.actor, input={"id": made["apiKey"]["id"], "grace": "PT0S"})
    )["rotateApiKey"]
    assert rotated["errors"] == []
    assert rotated["secret"] not in {None, made["secret"]}
    listed = await data(database, "{ apiKeys { id } }", actor=tenant.actor)
    assert listed["apiKeys"] == [{"id": rotated["apiKey"]["id"]}]
    revoked = (await data(database, REVOKE_KEY, actor=tenant.actor, input={"id": rotated["apiKey"]["id"]}))[
        "revokeApiKey"
    ]
    assert revoked["apiKey"]["revokedAt"] is not None
    assert revoked["secret"] is None
    assert (await data(database, "{ apiKeys { id } }", actor=tenant.actor))["apiKeys"] == []


@pytest.mark.parametrize(
    ("query", "field", "given"),
    [
        (CREATE_KEY, "createApiKey", {"name": "K", "scopes": ["inventory.stock.view"]}),
        (ROTATE_KEY, "rotateApiKey", {"id": str(uuid4())}),
        (REVOKE_KEY, "revokeApiKey", {"id": str(uuid4())}),
        (GRANT, "grantRole", {"subject": "user-1", "roleCode": "viewer"}),
        (REVOKE, "revokeRole", {"subject": "user-1", "roleCode": "viewer"}),
    ],
)
async def test_rights_need_their_permission(
    database: Database, tenant: GivenTenant, query: str, field: str, given: dict[str, Any]
) -> None:
    """A viewer sees users and changes none."""
    found = await data(database, query, actor=tenant.actor_as("viewer"), input=given)
    assert [error["code"] for error in found[field]["errors"]] == ["FORBIDDEN"]
    assert await read(tenant, api_keys) == []
    assert (await read(tenant, lambda tx: rights_of(tx, subject="user-1"))).roles == frozenset()
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("query", "given", "path"),
    [
        (CREATE_KEY, {"name": "K", "scopes": ["viewer"], "outletIds": ["main"]}, ["input", "outletIds", "0"]),
        (ROTATE_KEY, {"id": "1"}, ["input", "id"]),
        (REVOKE_KEY, {"id": "1"}, ["input", "id"]),
        (GRANT, {"subject": "u", "roleCode": "viewer", "expiresAt": "2020-01-01T00:00:00Z"}, ["input", "expiresAt"]),
        (GRANT, {"subject": "u\u0000", "roleCode": "viewer"}, ["input", "subject"]),
        (CREATE_KEY, {"name": "K", "scopes": ["viewer"], "idempotencyKey": ""}, ["input", "idempotencyKey"]),
    ],
)
async def test_bad_input_is_named(
    database: Database, tenant: GivenTenant, query: str, given: dict[str, Any], path: list[str]
) -> None:
    """What was wrong, where; and nothing happened."""
    found = await data(database, query, actor=tenant.actor, input=given)
    (payload,) = found.values()
    assert payload["errors"] == [{"code": "INVALID_INPUT", "path": path}]
    await assert_nothing_emitted(tenant)


async def test_a_role_is_granted_and_revoked(database: Database, tenant: GivenTenant) -> None:
    """Sent twice with a key, done once."""
    given = {"subject": "user-1", "roleCode": "viewer", "expiresAt": "2100-01-01T00:00:00Z", "idempotencyKey": "g"}
    first = (await data(database, GRANT, actor=tenant.actor, input=given))["grantRole"]
    again = (await data(database, GRANT, actor=tenant.actor, input=given))["grantRole"]
    assert first["assignment"] == again["assignment"]
    assert first["assignment"]["expiresAt"] == "2100-01-01T00:00:00Z"
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (await read(tenant, lambda tx: rights_of(tx, subject="user-1"))).roles == {"viewer"}
    taken = (await data(database, REVOKE, actor=tenant.actor, input={"subject": "user-1", "roleCode": "viewer"}))[
        "revokeRole"
    ]
    assert taken["assignment"] == first["assignment"]
    assert (await read(tenant, lambda tx: rights_of(tx, subject="user-1"))).roles == frozenset()
    missing = (await data(database, REVOKE, actor=tenant.actor, input={"subject": "user-1", "roleCode": "viewer"}))[
        "revokeRole"
    ]
    assert missing["errors"] == [{"code": "NOT_FOUND", "path": ["input", "subject"]}]
    assert [event.type for event in await emitted(tenant)] == ["inventory.role.granted", "inventory.role.revoked"]
