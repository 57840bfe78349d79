"""Finding a tenant before it is known which one it is."""

from uuid import UUID, uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Forbidden
from inventory_graph.identity.tenants import (
    archive_outlet,
    enter_tenant,
    outlets_by_id,
    tenant_by_id,
    tenant_by_slug,
    tenant_id_by_outlet,
)
from tests.given.tenants import GivenTenant, given_tenant
from tests.identity.given import platform_owner, write

NOBODY = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="nobody")


async def test_finds_a_tenant_by_the_slug_alone(database: Database, tenant: GivenTenant) -> None:
    """A shopper brings no tenant but the one named in a header."""
    async with database.read(NOBODY) as tx:
        found = await tenant_by_slug(tx, slug=tenant.slug)
        unknown = await tenant_by_slug(tx, slug="no-such-tenant")
    assert found is not None
    assert (found.id, found.slug) == (tenant.id, tenant.slug)
    assert unknown is None


@pytest.mark.parametrize("slug", ["", "%", "nul\0", "Ünder", "a" * 64, "half \ud83d", "' OR true --"])
async def test_finds_nothing_by_what_is_no_slug(database: Database, slug: str) -> None:
    """A header may hold anything; the database is not even asked."""
    async with database.read(NOBODY) as tx:
        assert await tenant_by_slug(tx, slug=slug) is None


async def test_finds_by_id_only_the_tenant_of_the_transaction(database: Database, tenant: GivenTenant) -> None:
    """Row-level security holds for the table of tenants itself."""
    other = await given_tenant(database)
    async with database.read(other.actor) as tx:
        assert await tenant_by_id(tx, id=tenant.id) is None
        assert (await tenant_by_id(tx, id=other.id)) is not None


async def test_finds_the_tenant_of_an_active_outlet(database: Database, tenant: GivenTenant) -> None:
    """A storefront knows the outlet it shows and nothing else."""
    async with database.read(NOBODY) as tx:
        assert await tenant_id_by_outlet(tx, outlet_id=tenant.outlet_id) == tenant.id
        assert await tenant_id_by_outlet(tx, outlet_id=uuid4()) is None
    await write(tenant, lambda tx: archive_outlet(tx, id=tenant.outlet_id))
    async with database.read(NOBODY) as tx:
        assert await tenant_id_by_outlet(tx, outlet_id=tenant.outlet_id) is None


async def test_naming_an_outlet_shows_nothing_else_of_its_tenant(database: Database, tenant: GivenTenant) -> None:
    """The look-up must not open the door that it looks through."""
    async with database.read(NOBODY) as tx:
        await tenant_id_by_outlet(tx, outlet_id=tenant.outlet_id)
        assert await tx.raw.fetchval("SELECT count(*) FROM outlets") == 1
        assert await tx.raw.fetchval("SELECT count(*) FROM warehouses") == 0
        assert await tx.raw.fetchval("SELECT count(*) FROM tenants") == 0


async def test_platform_owner_enters_another_tenant(database: Database, tenant: GivenTenant) -> None:
    """Administration of a tenant by those who run the platform."""
    other = await given_tenant(database)
    async with database.read(platform_owner(tenant)) as tx:
        inside = await enter_tenant(tx, id=other.id)
        assert inside.tenant_id == other.id
        assert set(await outlets_by_id(inside, [tenant.outlet_id, other.outlet_id])) == {other.outlet_id}


async def test_nobody_else_enters_another_tenant(database: Database, tenant: GivenTenant) -> None:
    """Not even an administrator: the transaction stays in its tenant."""
    other = await given_tenant(database)
    async with database.read(tenant.actor) as tx:
        with pytest.raises(Forbidden):
            await enter_tenant(tx, id=other.id)
        assert set(await outlets_by_id(tx, [tenant.outlet_id, other.outlet_id])) == {tenant.outlet_id}
