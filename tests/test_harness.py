"""The tests' own tools tell the truth: counts are exact, tenants are apart, absence is proved and not assumed."""

from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import select

from inventory_graph.db import Transaction
from inventory_graph.identity.models import Outlet
from inventory_graph.identity.tenants import create_outlet, outlets_by_id
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import NOBODY, GraphClient
from tests.servers import NoServerError, answering_server, free_port
from tests.statements import CountingDatabase, statements


async def test_counts_each_statement_once(database: CountingDatabase, tenant: GivenTenant) -> None:
    """A query budget is only worth something if the opening and closing of the transaction stay out of it."""
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        await outlets_by_id(tx, [tenant.outlet_id])
        await tx.raw.fetchval("SELECT 1")
    assert len(counted) == 2
    assert counted.texts[1] == "SELECT 1"
    with pytest.raises(AssertionError, match="2 statements where 1 are allowed"):
        counted.assert_at_most(1)


async def test_counts_nothing_outside_the_block(database: CountingDatabase, tenant: GivenTenant) -> None:
    """What a test's preparation costs must not count against what it examines."""
    async with database.read(tenant.actor) as tx:
        await tx.raw.fetchval("SELECT 1")
    async with statements(database) as counted:
        pass
    async with database.read(tenant.actor) as tx:
        await tx.raw.fetchval("SELECT 2")
    assert counted.texts == []


async def test_tells_emitted_events_since_the_tenant_was_given(tenant: GivenTenant) -> None:
    """Only what the act emitted is asserted on: not what made the tenant."""
    await assert_nothing_emitted(tenant)

    async def create(tx: Transaction) -> None:
        await create_outlet(tx, code="second", name="Second")

    await tenant.database.write(tenant.actor, create)
    assert [event.type for event in await emitted(tenant)] == ["inventory.outlet.created"]
    assert await emitted(tenant, "inventory.item.created") == []
    with pytest.raises(AssertionError, match=r"inventory\.outlet\.created"):
        await assert_nothing_emitted(tenant)
    await forget_emitted(tenant)
    await assert_nothing_emitted(tenant)


async def test_gives_tenants_that_do_not_see_each_other(database: CountingDatabase, tenant: GivenTenant) -> None:
    """Every test leans on this: what one leaves behind is invisible to the next."""
    other = await given_tenant(database)
    async with database.read(other.actor) as tx:
        assert {row["id"] for row in await tx.rows(select(Outlet.id))} == {other.outlet_id}
    async with database.read(replace(other.actor, tenant_id=tenant.id)) as tx:
        assert {row["id"] for row in await tx.rows(select(Outlet.id))} == {tenant.outlet_id}


async def test_gives_a_tenant_its_default_warehouse(tenant: GivenTenant) -> None:
    """Most stock tests name no warehouse."""
    async with tenant.database.read(tenant.actor) as tx:
        row = await tx.raw.fetchrow("SELECT id, outlet_id FROM warehouses WHERE is_default AND code = 'MAIN'")
    assert row is not None
    assert (row["id"], row["outlet_id"]) == (tenant.warehouse_id, tenant.outlet_id)


async def test_owner_sees_what_the_service_wrote(owner_url: str, tenant: GivenTenant) -> None:
    """The superuser's URL leads to the same database, past row-level security."""
    connection = await asyncpg.connect(owner_url)
    try:
        assert await connection.fetchval("SELECT slug FROM tenants WHERE id = $1", tenant.id) == tenant.slug
    finally:
        await connection.close()


def test_says_why_a_server_is_not_used() -> None:
    """A skip must name the address that did not answer, without the password."""
    port = free_port()
    with pytest.raises(NoServerError, match=rf"postgresql://127\.0\.0\.1:{port}/postgres") as caught:
        answering_server(f"postgresql://someone:secret@127.0.0.1:{port}/postgres")
    assert "secret" not in str(caught.value)


async def test_asks_the_web_application(graph: GraphClient) -> None:
    """What tests send goes through everything that a request goes through, the reading of headers included."""
    assert await graph("{ __typename }") == {"__typename": "Query"}
    assert await graph("{ __typename }", actor=NOBODY) == {"__typename": "Query"}
    assert (await graph.response("{ __typename }")).headers["x-content-type-options"] == "nosniff"
    errors = await graph.errors("{ nothingOfThisName }")
    assert "nothingOfThisName" in errors[0]["message"]


async def test_leaves_other_callers_to_the_service(graph: GraphClient) -> None:
    """Only credentials that a test made up are taken on trust."""
    response = await graph.response("{ __typename }", actor=NOBODY, headers={"authorization": "Bearer given-guessed"})
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
