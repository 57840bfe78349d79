"""No tenant ever sees another's rows: the database itself sees to it, and this asks the database.

Run on the embedded PostgreSQL and on the system's. Each control plants one fault and shows that it would be found.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from inventory_graph.db import Database
from migrations.roles import APP, OWNER, WORKER
from tests.catalogue import Connection, faults, privileges
from tests.given.tenants import GivenTenant, given_tenant
from tests.servers import PostgresServer

PLANTED = {
    "a table without protection": (
        "CREATE TABLE leaks (tenant_id uuid PRIMARY KEY)",
        ["leaks lacks row-level security", "leaks has no policy"],
    ),
    "a table without a tenant": ("CREATE TABLE loose (id uuid PRIMARY KEY)", ["loose has no tenant_id"]),
    "protection that spares the owner": (
        "ALTER TABLE items NO FORCE ROW LEVEL SECURITY",
        ["items lacks row-level security"],
    ),
    "a policy dropped": ("DROP POLICY tenant ON items", ["items has no policy"]),
    "a policy that checks no writes": (
        "ALTER POLICY tenant ON items WITH CHECK (true)",
        ["items has no policy", "opens items to callers"],
    ),
    "a policy with a way round": (
        "CREATE POLICY shortcut ON items FOR SELECT USING (status = 'ACTIVE')",
        ["The policy shortcut opens items"],
    ),
    "a partition granted directly": (
        f"GRANT SELECT ON movements_default TO {APP}",
        ["may SELECT the partition movements_default"],
    ),
    "a column of a partition granted": (
        f"GRANT SELECT (quantity) ON movements_default TO {APP}",
        ["may SELECT of a column the partition movements_default"],
    ),
    "a grant to everybody": ("GRANT SELECT ON items TO PUBLIC", ["items is open to every role"]),
    "a shared table made writable": (f"GRANT INSERT ON permissions TO {APP}", ["may INSERT the table permissions"]),
    "a view that reads as its owner": (
        "CREATE VIEW everything AS SELECT * FROM items",
        ["The view everything reads as its owner"],
    ),
    "a materialized view for callers": (
        f"CREATE MATERIALIZED VIEW cached AS SELECT 1 AS one; GRANT SELECT ON cached TO {APP}",
        ["The materialized view cached knows no tenants"],
    ),
    "a function that lends the owner's rights": (
        "CREATE FUNCTION lent() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        ["without a search_path", "for anyone"],
    ),
    "a role that owns a table": (
        f"RESET ROLE; GRANT CREATE ON SCHEMA public TO {APP}; ALTER TABLE items OWNER TO {APP}",
        [f"items belongs to {APP}", f"{APP} owns 1 tables"],
    ),
}


@pytest.fixture(scope="session", params=["postgres", "postgres_15"])
def server(request: pytest.FixtureRequest) -> PostgresServer:
    """Both servers, one after the other."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, PostgresServer)
    return found


@pytest.fixture(scope="session")
async def migrated_url(server: PostgresServer) -> str:
    """A migrated database of this file's own."""
    return await server.clone()


@pytest.fixture
async def connection(migrated_url: str) -> AsyncIterator[Connection]:
    """The superuser in a transaction that is rolled back."""
    opened: Connection = await asyncpg.connect(migrated_url)
    transaction = opened.transaction()
    await transaction.start()
    yield opened
    await transaction.rollback()
    await opened.close()


@pytest.fixture
async def given(migrated_url: str) -> AsyncIterator[GivenTenant]:
    """A tenant in the migrated database, as the service sees it."""
    database = await Database.connect(migrated_url, role=APP, connections_max=2)
    yield await given_tenant(database)
    await database.close()


async def test_every_table_view_and_role_is_covered(connection: Connection) -> None:
    """The promise of the whole design: protection holds for each table, not for those that somebody thought of."""
    assert await faults(connection) == []


@pytest.mark.parametrize("planted", PLANTED)
async def test_would_find(connection: Connection, planted: str) -> None:
    """A check that finds nothing is only worth something if it finds what is there."""
    statement, expected = PLANTED[planted]
    await connection.execute(f"SET LOCAL ROLE {OWNER}; {statement}; RESET ROLE")
    found = await faults(connection)
    for sentence in expected:
        assert any(sentence in fault for fault in found), found


async def test_would_find_a_role_that_bypasses(connection: Connection) -> None:
    """Whoever bypasses row-level security sees every tenant, whatever the policies say."""
    await connection.execute(f"ALTER ROLE {APP} BYPASSRLS")
    await connection.execute(f"GRANT {OWNER} TO {WORKER}")
    found = await faults(connection)
    assert f"{APP} has rolbypassrls." in found
    assert f"{WORKER} may act as {OWNER}." in found


async def movement_of(tenant: GivenTenant) -> dict[str, Any]:
    """Values of a movement that the table accepts, written to the ledger by the application's role."""
    item, variant, balance, movement = (uuid4() for _ in range(4))
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(
            "INSERT INTO items (tenant_id, id, sku, name, type, unit_code) VALUES ($1, $2, 'TEA', 'Tea', 'GOODS', 'PIECE')",
            tenant.id,
            item,
        )
        await tx.raw.execute(
            "INSERT INTO variants (tenant_id, id, item_id, sku, name) VALUES ($1, $2, $3, 'TEA', 'Tea')",
            tenant.id,
            variant,
            item,
        )
        await tx.raw.execute(
            "INSERT INTO balances (tenant_id, id, variant_id, warehouse_id, on_hand, version) VALUES ($1, $2, $3, $4, 5, 1)",
            tenant.id,
            balance,
            variant,
            tenant.warehouse_id,
        )
        await tx.raw.execute(
            "INSERT INTO movements (tenant_id, recorded_at, id, balance_id, balance_version, ordinal, variant_id,"
            " warehouse_id, kind, quantity, to_state, on_hand_after, reserved_after, quarantined_after, damaged_after,"
            " command_id, occurred_at, recorded_by) VALUES ($1, now(), $2, $3, 1, 0, $4, $5, 'RECEIPT', 5, 'AVAILABLE',"
            " 5, 0, 0, 0, $6, now(), 'test')",
            tenant.id,
            movement,
            balance,
            variant,
            tenant.warehouse_id,
            uuid4(),
        )
    return {"id": movement, "balance_id": balance}


async def ledger(tenant: GivenTenant) -> list[asyncpg.Record]:
    """The tenant's movements."""
    async with tenant.database.read(tenant.actor) as tx:
        return await tx.raw.fetch("SELECT id, quantity FROM movements WHERE tenant_id = $1", tenant.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movements SET quantity = 6",
        "UPDATE movements SET note = 'changed'",
        "DELETE FROM movements",
        "TRUNCATE movements",
        "DELETE FROM movements_default",
        "SELECT * FROM movements_default",
        "UPDATE postings SET kind = 'OTHER'",
        "DELETE FROM postings",
        "ALTER TABLE movements DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON movements",
        f"SET ROLE {OWNER}; DELETE FROM movements",
    ],
)
@pytest.mark.parametrize("role", [APP, WORKER])
async def test_nobody_changes_the_ledger(given: GivenTenant, migrated_url: str, role: str, statement: str) -> None:
    """What was recorded stays recorded: neither a bug nor a caller can rewrite the past through the service."""
    written = await movement_of(given)
    opened: Connection = await asyncpg.connect(migrated_url)
    try:
        # A session that logged in as the role: one that may go back to being the superuser would prove nothing.
        await opened.execute(f"SET SESSION AUTHORIZATION {role}")
        await opened.execute(f"SELECT set_config('app.tenant_id', '{given.id}', false)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await opened.execute(statement)
    finally:
        await opened.close()
    assert [(row["id"], row["quantity"]) for row in await ledger(given)] == [(written["id"], 5)]


async def test_sees_only_its_tenant(given: GivenTenant, connection: Connection) -> None:
    """The same statement, without a word about tenants in it, has as many answers as there are tenants."""
    other = await given_tenant(given.database)
    await connection.execute(f"SET LOCAL ROLE {APP}")
    for tenant in (given, other):
        await connection.execute(f"SELECT set_config('app.tenant_id', '{tenant.id}', true)")
        assert [row["id"] for row in await connection.fetch("SELECT id FROM tenants")] == [tenant.id]
        assert [row["id"] for row in await connection.fetch("SELECT id FROM outlets")] == [tenant.outlet_id]


async def test_sees_nothing_without_a_tenant(given: GivenTenant, migrated_url: str) -> None:
    """A connection that forgot to say whose it is must read nothing, and not fail either: also after it said so once."""
    opened: Connection = await asyncpg.connect(migrated_url)
    try:
        await opened.execute(f"SET ROLE {APP}")
        assert await opened.fetch("SELECT id FROM outlets") == []
        async with opened.transaction():
            await opened.execute(f"SELECT set_config('app.tenant_id', '{given.id}', true)")
            assert len(await opened.fetch("SELECT id FROM outlets")) == 1
        assert await opened.fetch("SELECT id FROM outlets") == []
    finally:
        await opened.close()


async def test_writes_only_to_its_tenant(given: GivenTenant) -> None:
    """A wrong tenant_id in a statement is an error and never somebody else's row."""
    other = await given_tenant(given.database)
    insert = "INSERT INTO suppliers (tenant_id, id, code, name, currency) VALUES ($1, $2, 'S', 'S', 'KES')"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with given.database.transaction(given.actor) as tx:
            await tx.raw.execute(insert, other.id, uuid4())
    async with given.database.transaction(given.actor) as tx:
        changed = await tx.raw.execute("UPDATE outlets SET name = 'taken' WHERE id = $1", other.outlet_id)
    assert changed == "UPDATE 0"
    async with other.database.read(other.actor) as tx:
        assert await tx.raw.fetchval("SELECT name FROM outlets") == "Main outlet"
        assert await tx.raw.fetchval("SELECT count(*) FROM suppliers") == 0


async def test_worker_reads_the_outbox_of_all(given: GivenTenant, connection: Connection) -> None:
    """The sequencer numbers every tenant's events; it is the one thing that looks across tenants."""
    other = await given_tenant(given.database)
    await connection.execute(f"SET LOCAL ROLE {WORKER}")
    seen = {row["tenant_id"] for row in await connection.fetch("SELECT DISTINCT tenant_id FROM outbox")}
    assert {given.id, other.id} <= seen
    assert await connection.fetch("SELECT id FROM items") == []


async def test_the_application_only_adds_to_the_ledger(connection: Connection) -> None:
    """Said once more by the catalogue, for the rights that the attempts above did not think of."""
    assert await privileges(connection, role=APP, table="movements") == ["INSERT", "SELECT"]
    assert await privileges(connection, role=APP, table="postings") == ["INSERT", "SELECT"]
    assert await privileges(connection, role=APP, table="outbox") == ["INSERT", "SELECT"]
