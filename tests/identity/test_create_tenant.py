"""A tenant begins."""

from uuid import UUID, uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import AlreadyExists, InvalidInput
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.identity.records import TenantRecord
from inventory_graph.identity.roles import roles
from inventory_graph.identity.tenants import create_tenant, tenant_by_id
from tests.given.tenants import GivenTenant, administrator


def _slug() -> str:
    return f"t-{uuid4().hex[:20]}"


async def _create(database: Database, tenant_id: UUID, **given: object) -> TenantRecord:
    actor = administrator(tenant_id=tenant_id, slug="any")

    async def create(tx: Transaction) -> TenantRecord:
        return await create_tenant(tx, **{"name": "A Café", **given})  # type: ignore[arg-type]

    return await database.write(actor, create)


async def _exists(database: Database, tenant_id: UUID) -> bool:
    async with database.read(Actor(tenant_id=tenant_id, tenant_slug="", subject="reader")) as tx:
        return await tenant_by_id(tx, id=tenant_id) is not None


async def test_keeps_the_id_that_the_auth_service_minted(database: Database) -> None:
    """A tenant's uuid is the same in every service: it is that of the transaction."""
    tenant_id, slug = uuid4(), _slug()
    made = await _create(database, tenant_id, slug=slug, currency="UGX", timezone="Africa/Kampala")
    assert (made.id, made.slug, made.name) == (tenant_id, slug, "A Café")
    assert (made.currency, made.timezone, made.status) == ("UGX", "Africa/Kampala", "ACTIVE")
    async with database.read(administrator(tenant_id=tenant_id, slug=slug)) as tx:
        assert await tenant_by_id(tx, id=tenant_id) == made


async def test_shows_and_oversells_nothing_unless_told_to(database: Database) -> None:
    """Closed by default: no public levels, no negative stock, Kenyan shillings and time."""
    made = await _create(database, uuid4(), slug=_slug())
    assert (made.allow_negative, made.public_levels, made.seeded_at) == (False, False, None)
    assert (made.currency, made.timezone) == ("KES", "Africa/Nairobi")


async def test_brings_the_standard_roles(database: Database) -> None:
    """The first administrator of a tenant needs a role to be administrator by."""
    tenant_id, slug = uuid4(), _slug()
    await _create(database, tenant_id, slug=slug)
    async with database.read(administrator(tenant_id=tenant_id, slug=slug)) as tx:
        found = {role.code: frozenset(role.permissions) for role in await roles(tx)}
    assert found == STANDARD_ROLES


async def test_tells_of_it(database: Database) -> None:
    """Who mirrors tenants learns of this one."""
    tenant_id, slug = uuid4(), _slug()
    await _create(database, tenant_id, slug=slug)
    async with database.read(administrator(tenant_id=tenant_id, slug=slug)) as tx:
        rows = await tx.raw.fetch(
            "SELECT type, aggregate_id, payload->>'slug' AS slug FROM outbox WHERE tenant_id = $1", tenant_id
        )
    assert [(row["type"], row["aggregate_id"], row["slug"]) for row in rows] == [
        ("inventory.tenant.created", tenant_id, slug)
    ]


async def test_refuses_a_slug_that_another_tenant_has(database: Database, tenant: GivenTenant) -> None:
    """Shoppers name the tenant by its slug, so it must name one."""
    tenant_id = uuid4()
    with pytest.raises(AlreadyExists, match=f"slug '{tenant.slug}'") as refusal:
        await _create(database, tenant_id, slug=tenant.slug)
    assert refusal.value.path == ("slug",)
    assert not await _exists(database, tenant_id)


async def test_refuses_an_id_that_a_tenant_has(database: Database, tenant: GivenTenant) -> None:
    """Creating twice is a mistake of the caller, and the tenant stays as it is."""
    with pytest.raises(AlreadyExists, match=str(tenant.id)) as refusal:
        await _create(database, tenant.id, slug=_slug())
    assert refusal.value.path == ("id",)
    async with database.read(tenant.actor) as tx:
        found = await tenant_by_id(tx, id=tenant.id)
    assert found is not None
    assert found.slug == tenant.slug


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"slug": "Urban-Loft"}, "slug"),
        ({"slug": "-urban"}, "slug"),
        ({"slug": "a" * 64}, "slug"),
        ({"slug": "café"}, "slug"),
        ({"slug": "x'; --"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"name": "half \ud83d pair"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"currency": "kes"}, "currency"),
        ({"currency": "SHILLING"}, "currency"),
        ({"timezone": "Nairobi"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
    ],
)
async def test_refuses_what_cannot_be_kept(database: Database, given: dict[str, str], path: str) -> None:
    """The error names the argument and nothing is written."""
    tenant_id = uuid4()
    with pytest.raises(InvalidInput) as refusal:
        await _create(database, tenant_id, **{"slug": _slug(), **given})
    assert refusal.value.path == (path,)
    assert not await _exists(database, tenant_id)
