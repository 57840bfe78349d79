"""Callers without a credential: visitors of the tenant they name."""

from uuid import uuid4

import pytest

from inventory_graph.auth import Authenticator
from inventory_graph.db import Database
from inventory_graph.identity.tenants import archive_outlet, update_tenant
from tests.auth.issuer import Clock
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import platform_owner, write


async def test_a_visitor_may_nothing(authenticator: Authenticator, tenant: GivenTenant) -> None:
    """It is known where, and that it is nobody."""
    for headers in ({"x-tenant-slug": tenant.slug}, {"x-tenant-id": str(tenant.id)}):
        actor = await authenticator.authenticate(headers)
        assert actor is not None
        assert (actor.tenant_id, actor.tenant_slug, actor.subject) == (tenant.id, tenant.slug, "anonymous")
        assert (actor.is_anonymous, actor.permissions, actor.roles) == (True, frozenset(), frozenset())
        assert actor.metadata["public_levels"] == "false"


async def test_a_visitor_sees_whether_the_tenant_shows_levels(authenticator: Authenticator, database: Database) -> None:
    """Availability levels are the tenant's to show."""
    open_tenant = await given_tenant(database, public_levels=True)
    for visitor in (
        await authenticator.visitor(open_tenant.slug),
        await authenticator.visitor(outlet_id=open_tenant.outlet_id),
        await authenticator.authenticate({"x-tenant-slug": open_tenant.slug}),
    ):
        assert visitor is not None
        assert (visitor.tenant_id, visitor.is_anonymous) == (open_tenant.id, True)
        assert visitor.metadata["public_levels"] == "true"


async def test_the_slug_decides_over_the_outlet(
    authenticator: Authenticator, database: Database, tenant: GivenTenant
) -> None:
    """An outlet of another tenant does not lead there."""
    other = await given_tenant(database)
    visitor = await authenticator.visitor(tenant.slug, other.outlet_id)
    assert visitor is not None
    assert visitor.tenant_id == tenant.id


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "  "},
        {"x-tenant-slug": "no-such-tenant"},
        {"x-tenant-slug": "'; DROP TABLE tenants --"},
        {"x-tenant-id": "not-a-uuid"},
        {"x-tenant-id": str(uuid4())},
    ],
)
async def test_who_names_no_tenant_is_nobody(authenticator: Authenticator, headers: dict[str, str]) -> None:
    """Not an error: `{__typename}` answers anyone."""
    assert await authenticator.authenticate(headers) is None


async def test_there_is_no_visitor_where_there_is_nothing_to_visit(
    authenticator: Authenticator, database: Database, tenant: GivenTenant
) -> None:
    """A suspended tenant, an archived outlet, an unknown one, none."""
    await write(tenant, lambda tx: update_tenant(tx, status="SUSPENDED"), actor=platform_owner(tenant))
    assert await authenticator.visitor(tenant.slug) is None
    assert await authenticator.visitor(outlet_id=tenant.outlet_id) is None
    closed = await given_tenant(database)
    await write(closed, lambda tx: archive_outlet(tx, id=closed.outlet_id))
    assert await authenticator.visitor(outlet_id=closed.outlet_id) is None
    assert await authenticator.visitor(outlet_id=uuid4()) is None
    assert await authenticator.visitor() is None


async def test_a_tenant_that_begins_is_seen_at_once_and_one_that_ends_within_a_minute(
    authenticator: Authenticator, database: Database, clock: Clock
) -> None:
    """What does not exist is not remembered."""
    slug = f"t-{uuid4().hex[:20]}"
    assert await authenticator.visitor(slug) is None
    tenant = await given_tenant(database, slug=slug)
    assert await authenticator.visitor(slug) is not None
    await write(tenant, lambda tx: update_tenant(tx, status="SUSPENDED"), actor=platform_owner(tenant))
    clock.advance(60)
    assert await authenticator.visitor(slug) is None
