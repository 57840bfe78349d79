"""A token becomes a caller: its tenant, rights and outlets."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.auth import NO_TENANT, Authenticator
from inventory_graph.db import Database
from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.permissions import PERMISSIONS, STANDARD_ROLES
from inventory_graph.identity.roles import grant_role
from inventory_graph.identity.tenants import update_tenant
from tests.auth.issuer import Issuer
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import now, platform_owner, write

OTHER_OUTLET = UUID("0b7e2a52-5f0d-4f7e-8f0e-1f6a5b3f9c11")


def bearer(token: str, **more: str) -> dict[str, str]:
    """The headers of a request with the token."""
    return {"authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in more.items()}}


async def _actor(authenticator: Authenticator, token: str, **more: str) -> Actor:
    actor = await authenticator.authenticate(bearer(token, **more))
    assert actor is not None
    return actor


async def test_a_users_token_makes_a_caller_of_its_tenant(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """The token says who and in which tenant; what it may do here follows from the roles here."""
    actor = await _actor(authenticator, issuer.token(tenant, roles=["stock_clerk", "waiter"], sub="user-7"))
    assert (actor.tenant_id, actor.tenant_slug, actor.subject, actor.currency) == (
        tenant.id,
        tenant.slug,
        "user-7",
        "KES",
    )
    assert (actor.roles, actor.permissions) == (frozenset({"stock_clerk"}), STANDARD_ROLES["stock_clerk"])
    assert (actor.outlet_ids, actor.is_anonymous, actor.is_platform_owner) == (None, False, False)
    assert actor.metadata["credential"] == "token"


async def test_the_currency_is_the_tenants(authenticator: Authenticator, issuer: Issuer, database: Database) -> None:
    """Costs without a currency are in that of the tenant."""
    ugandan = await given_tenant(database)
    async with database.transaction(ugandan.actor) as tx:
        await tx.raw.execute("UPDATE tenants SET currency = 'UGX' WHERE id = $1", ugandan.id)
    assert (await _actor(authenticator, issuer.token(ugandan))).currency == "UGX"


@pytest.mark.parametrize(
    ("role", "standing_for"),
    [("superuser", "inventory_admin"), ("org_admin", "inventory_admin"), ("manager", "warehouse_manager")],
)
async def test_roles_of_the_auth_service_stand_for_roles_here(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, role: str, standing_for: str
) -> None:
    """A tenant's superuser has the administrator's permissions, and bypasses nothing."""
    actor = await _actor(authenticator, issuer.token(tenant, roles=[role]))
    assert (actor.roles, actor.permissions) == (frozenset({standing_for}), STANDARD_ROLES[standing_for])
    assert actor.is_platform_owner is False


async def test_permissions_in_the_token_are_the_auth_services(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Only this service's tables say what may be done here."""
    actor = await _actor(authenticator, issuer.token(tenant, roles=["waiter"], permissions=sorted(PERMISSIONS)))
    assert (actor.roles, actor.permissions) == (frozenset(), frozenset())


async def test_granted_roles_add_to_those_of_the_token(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A waiter who helps with counting."""
    await write(tenant, lambda tx: grant_role(tx, subject="waiter-1", role_code="stock_counter", now=now()))
    actor = await _actor(authenticator, issuer.token(tenant, sub="waiter-1", roles=["viewer"]))
    assert actor.roles == {"viewer", "stock_counter"}
    assert actor.permissions == STANDARD_ROLES["viewer"] | STANDARD_ROLES["stock_counter"]


@pytest.mark.parametrize("roles", [None, [], "inventory_admin", [["inventory_admin"], 7, None]])
async def test_roles_of_another_shape_give_nothing(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, roles: Any
) -> None:
    """What is not a list of names is not guessed at."""
    assert (await _actor(authenticator, issuer.token(tenant, roles=roles))).permissions == frozenset()


@pytest.mark.parametrize(
    "claims",
    [
        {"outlet_id": str(OTHER_OUTLET)},
        {"outlet_ids": [str(OTHER_OUTLET)]},
        {"outlet_id": str(OTHER_OUTLET), "outlet_ids": [str(OTHER_OUTLET)], "is_hq_user": False},
    ],
)
async def test_a_token_with_an_outlet_is_bound_to_it(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, claims: dict[str, Any]
) -> None:
    """Who works at an outlet acts on its stock only."""
    actor = await _actor(authenticator, issuer.token(tenant, roles=["admin"], **claims))
    assert actor.outlet_ids == frozenset({OTHER_OUTLET})


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"outlet_id": "", "outlet_ids": []},
        {"outlet_id": "00000000-0000-0000-0000-000000000000"},
        {"outlet_id": str(OTHER_OUTLET), "is_hq_user": True},
    ],
)
async def test_a_token_of_headquarters_or_without_an_outlet_is_not_bound(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, claims: dict[str, Any]
) -> None:
    """The claim is absent before an outlet is chosen; the auth service writes absent ids in three ways."""
    assert (await _actor(authenticator, issuer.token(tenant, **claims))).outlet_ids is None


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"outlet_id": "main"}, "outlet_id"),
        ({"outlet_ids": "main"}, "outlet_ids"),
        ({"outlet_ids": [7]}, "outlet_ids"),
        ({"tenant_id": "urban-loft"}, "tenant_id"),
        ({"sub": "nul\0"}, "sub"),
        ({"sub": "s" * 256}, "sub"),
    ],
)
async def test_a_claim_of_another_shape_is_refused(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, claims: dict[str, Any], named: str
) -> None:
    """An outlet that cannot be read must not become no outlet, which would be all of them."""
    with pytest.raises(Unauthenticated, match=named):
        await authenticator.authenticate(bearer(issuer.token(tenant, **claims)))


async def test_a_slug_alone_names_the_tenant(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """Older tokens carry no tenant_id."""
    assert (await _actor(authenticator, issuer.token(tenant, tenant_id=None))).tenant_id == tenant.id


async def test_a_tokens_tenant_wins_over_the_headers(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, database: Database
) -> None:
    """A header can be set by anyone: it must not lead into another tenant, not even a platform owner by accident."""
    other = await given_tenant(database)
    for token in (issuer.token(tenant), issuer.token(tenant, is_platform_owner=True)):
        for headers in ({"x_tenant_slug": other.slug}, {"x_tenant_id": str(other.id)}):
            assert (await _actor(authenticator, token, **headers)).tenant_id == tenant.id


async def test_a_tenant_that_is_not_here_is_refused(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """The id decides: a known slug with another id is another tenant."""
    for claims in ({"tenant_id": str(uuid4())}, {"tenant_id": None, "tenant_slug": "elsewhere"}):
        with pytest.raises(Unauthenticated, match="tenant is not known"):
            await authenticator.authenticate(bearer(issuer.token(tenant, **claims)))


async def test_a_token_without_a_tenant_is_refused(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A header does not make up for it."""
    with pytest.raises(Unauthenticated, match="names no tenant"):
        await authenticator.authenticate(bearer(issuer.token(), x_tenant_slug=tenant.slug))


async def test_a_suspended_tenant_is_closed_to_all_but_the_platform(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Those who suspended it have to be able to look, and to reactivate it."""
    await write(tenant, lambda tx: update_tenant(tx, status="SUSPENDED"), actor=platform_owner(tenant))
    with pytest.raises(Unauthenticated, match=f"{tenant.slug} is suspended"):
        await authenticator.authenticate(bearer(issuer.token(tenant, roles=["admin"])))
    assert (await _actor(authenticator, issuer.token(tenant, is_platform_owner=True))).tenant_id == tenant.id


async def test_a_platform_owner_may_do_everything_in_the_tenant_it_names(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Bound to no outlet and to no tenant of its own."""
    token = issuer.token(is_platform_owner=True, roles=[], outlet_id=str(OTHER_OUTLET))
    for headers in ({"x_tenant_slug": tenant.slug}, {"x_tenant_id": str(tenant.id)}):
        actor = await _actor(authenticator, token, **headers)
        assert (actor.tenant_id, actor.is_platform_owner, actor.outlet_ids) == (tenant.id, True, None)
        assert actor.permissions == PERMISSIONS


async def test_a_platform_owner_without_a_tenant_sees_none(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, database: Database
) -> None:
    """It can create the first tenant; a tenant that it names wrongly is an error and not nothing."""
    without: dict[str, Any] = {}
    for claims in (without, {"tenant_id": str(uuid4())}):
        actor = await _actor(authenticator, issuer.token(is_platform_owner=True, **claims))
        assert (actor.tenant_id, actor.is_platform_owner) == (NO_TENANT, True)
        async with database.read(actor) as tx:
            assert await tx.raw.fetchval("SELECT count(*) FROM outlets") == 0
    with pytest.raises(Unauthenticated, match="X-Tenant-ID or X-Tenant-Slug"):
        await authenticator.authenticate(bearer(issuer.token(is_platform_owner=True), x_tenant_slug="elsewhere"))


async def test_only_a_true_platform_owner_is_one(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A text or a number is not true."""
    for claim in ("true", 1, [True]):
        actor = await _actor(authenticator, issuer.token(tenant, is_platform_owner=claim))
        assert (actor.is_platform_owner, actor.permissions) == (False, frozenset())


async def test_a_service_of_the_platform_names_its_tenant_by_header(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """It has the roles of its token there and no more; without a header it is refused, for the tenant is mandatory."""
    token = issuer.token(is_service=True, service_name="pos-api", sub="pos-api", roles=["stock_clerk"])
    actor = await _actor(authenticator, token, x_tenant_id=str(tenant.id))
    assert (actor.tenant_id, actor.permissions) == (tenant.id, STANDARD_ROLES["stock_clerk"])
    for headers in ({}, {"x_tenant_id": "not-a-uuid"}, {"x_tenant_id": str(uuid4())}):
        with pytest.raises(Unauthenticated, match="X-Tenant-ID or X-Tenant-Slug"):
            await authenticator.authenticate(bearer(token, **headers))
