"""Migrations: there and back, in agreement with the models, and harmless to a service that is running.

Run on the embedded PostgreSQL and on the system's.
"""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from inventory_graph import migrate
from inventory_graph.db import Base, Database
from migrations.roles import ALL as ROLES
from migrations.roles import APP
from tests.given.tenants import given_tenant
from tests.servers import PostgresServer

SQUAWK = Path(sys.executable).with_name("squawk")
OLDEST_VERSION = "15"
REVISIONS = tuple(
    revision.revision
    for revision in reversed(list(ScriptDirectory.from_config(migrate.configuration("")).walk_revisions()))
)

EXCLUDED = {
    "prefer-robust-stmts": "a revision is one transaction: it is applied whole or not at all, and never half way",
    "prefer-bigint-over-int": "what counts days, positions and priorities stays below two thousand million",
    "prefer-bigint-over-smallint": "movements of one version of one balance are counted in tens",
    "ban-create-domain-with-constraint": "the domains quantity and cost keep NaN out whoever writes; they are never altered",
}
"""Rules of squawk that do not apply to any revision, and why."""

EXCLUDED_AT = {
    ("prefer-text-field", "version_num VARCHAR(32)"): "Alembic's own table, made once and empty",
    (
        "constraint-missing-not-valid",
        "VALIDATE CONSTRAINT ck_warehouses_coordinates_on_earth",
    ): "a tenant has at most 1,000",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_allocation_strategy_known"): "tenants are few",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_alerts_known"): "tenants are few",
    ("require-concurrent-index-creation", "INDEX ix_transfers_expected"): "transfers came in the same release",
    (
        "require-concurrent-index-creation",
        "INDEX ix_goods_receipts_recorded_at",
    ): "goods receipts came in the same release",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_lot_expiry_alert_days_range"): "tenants are few",
    ("ban-drop-constraint", "DROP CONSTRAINT pk_dead_letters"): "a wider key takes its place at once",
    ("constraint-missing-not-valid", "CONSTRAINT pk_dead_letters PRIMARY KEY"): "letters are few, mostly none",
    ("adding-serial-primary-key-field", "CONSTRAINT pk_dead_letters PRIMARY KEY"): "letters are few, mostly none",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_purchase_approvers_range"): "tenants are few",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_over_receipt_percent_range"): "tenants are few",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_match_tolerances_range"): "tenants are few",
    ("ban-drop-constraint", "DROP CONSTRAINT ck_serials_status_known"): "a wider one takes its place at once",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_serials_status_known"): "a million are read in a second",
    ("ban-drop-constraint", "DROP CONSTRAINT ck_tenants_alerts_known"): "a wider one takes its place at once",
    (
        "ban-drop-constraint",
        "DROP CONSTRAINT ck_purchase_order_steps_kind_known",
    ): "a wider one takes its place at once",
    (
        "constraint-missing-not-valid",
        "VALIDATE CONSTRAINT ck_purchase_order_steps_kind_known",
    ): "a million are read in a second",
    ("ban-drop-not-null", "ALTER COLUMN purchase_order_id DROP"): "only receipts of a new kind leave it empty",
    ("ban-drop-not-null", "ALTER COLUMN purchase_order_line_id DROP"): "only receipts of a new kind leave it empty",
    ("constraint-missing-not-valid", "VALIDATE CONSTRAINT ck_tenants_costing_method_known"): "tenants are few",
    (
        "constraint-missing-not-valid",
        "VALIDATE CONSTRAINT ck_categories_costing_method_known",
    ): "a tenant has at most 5,000",
    (
        "constraint-missing-not-valid",
        "VALIDATE CONSTRAINT ck_balances_costing_method_known",
    ): "a million are read in a second",
    (
        "constraint-missing-not-valid",
        "VALIDATE CONSTRAINT ck_outbox_traceparent_length",
    ): "events wait there for moments",
}
"""Findings that are known, by rule and a part of the line."""

# What there is beside tables: everything that a migration down has to take away again.
_OBJECTS = """
SELECT 'table ' || relname AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
UNION SELECT 'function ' || oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION SELECT 'domain ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e')
UNION SELECT 'policy ' || tablename || '.' || policyname FROM pg_policies WHERE schemaname = 'public'
UNION SELECT 'grant ' || table_name || ' ' || privilege_type || ' ' || grantee
  FROM information_schema.role_table_grants WHERE table_schema = 'public'
ORDER BY 1
"""


@pytest.fixture(params=["postgres", "postgres_15"])
def server(request: pytest.FixtureRequest) -> PostgresServer:
    """Both servers, one after the other."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, PostgresServer)
    return found


@pytest.fixture
async def empty_url(server: PostgresServer) -> AsyncIterator[str]:
    """An empty database."""
    name = await server.create_database()
    yield server.database_url(name)
    await server.drop_database(name)


async def objects(url: str) -> list[str]:
    """Everything in the database that a migration can make."""
    connection = await asyncpg.connect(url)
    try:
        return [row["name"] for row in await connection.fetch(_OBJECTS)]
    finally:
        await connection.close()


def sql_of(revision: str, *, after: str) -> str:
    """What the revision sends to the database."""
    configuration = migrate.configuration("postgresql://nobody@nowhere/nothing")
    written = configuration.output_buffer = io.StringIO()
    command.upgrade(configuration, f"{after}:{revision}", sql=True)
    return written.getvalue()


def linted(sql: str) -> list[str]:
    """What squawk finds in the SQL beyond what is excluded."""
    answer = subprocess.run(
        [
            *(SQUAWK, "--stdin-filepath", "migration.sql", "--reporter", "json"),
            *("--pg-version", OLDEST_VERSION, "--exclude", ",".join(EXCLUDED)),
        ],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = sql.splitlines()
    found = [(each["rule_name"], lines[each["line"]].strip(), each["message"]) for each in json.loads(answer.stdout)]
    return [
        f"{rule}: {line}: {message}"
        for rule, line, message in found
        if not any(rule == known_rule and part in line for known_rule, part in EXCLUDED_AT)
    ]


async def test_goes_up_and_down_and_up_again(empty_url: str) -> None:
    """A release that turns out bad must be able to go back, and forward again, without a trace of the detour."""
    assert await migrate.current(empty_url) is None
    await asyncio.to_thread(migrate.up, empty_url)
    assert await migrate.current(empty_url) == migrate.head(empty_url) == REVISIONS[-1]
    made = await objects(empty_url)
    assert "table movements" in made
    await asyncio.to_thread(migrate.down, empty_url, "base")
    assert [name for name in await objects(empty_url) if "alembic_version" not in name] == []
    await asyncio.to_thread(migrate.up, empty_url)
    assert await objects(empty_url) == made


async def test_each_revision_goes_down_one_step(empty_url: str) -> None:
    """Going back one release is the way back that is really used."""
    seen: dict[str, list[str]] = {}
    for revision in REVISIONS:
        await asyncio.to_thread(migrate.up, empty_url, revision)
        seen[revision] = await objects(empty_url)
    for newer, older in zip(reversed(REVISIONS), reversed(REVISIONS[:-1]), strict=False):
        assert await migrate.current(empty_url) == newer
        await asyncio.to_thread(migrate.down, empty_url, older)
        assert await objects(empty_url) == seen[older], f"{newer} down leaves something else than {older} made"


async def test_models_and_migrations_agree(server: PostgresServer) -> None:
    """A column that is in the models alone fails in production first, and one in the database alone is forgotten."""
    url = await server.clone()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        # The monthly partitions of a table are made as time goes by and are in no model.
        "include_name": lambda name, kind, _: kind != "table" or not str(name).startswith(("movements_", "event_log_")),
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


async def test_migrates_from_two_processes_at_once(empty_url: str) -> None:
    """Replicas that start together each migrate: one does the work, the other waits and finds it done."""
    processes = [await _migrating(empty_url) for _ in range(3)]
    answers = await asyncio.gather(*(process.communicate() for process in processes))
    for process, (_, errors) in zip(processes, answers, strict=True):
        assert process.returncode == 0, errors.decode()
    assert await migrate.current(empty_url) == REVISIONS[-1]


async def test_survives_roles_made_by_another_at_the_same_moment(new_postgres: PostgresServer) -> None:
    """Roles belong to the whole server, and two databases of a new one may be migrated at once."""
    url = new_postgres.database_url(await new_postgres.create_database())
    other = await asyncpg.connect(new_postgres.url)
    watcher = await asyncpg.connect(new_postgres.url)
    try:
        async with other.transaction():
            await other.execute(f"CREATE ROLE {ROLES[0]} NOLOGIN")
            process = await _migrating(url)
            while not await watcher.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                assert process.returncode is None
                await asyncio.sleep(0.05)
    finally:
        await other.close()
        await watcher.close()
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert await migrate.current(url) == REVISIONS[-1]


@pytest.mark.parametrize("server", ["new_postgres", "postgres_15"], indirect=True)
async def test_migrates_as_a_login_that_is_no_superuser(server: PostgresServer) -> None:
    """Hosted databases hand out no superuser: owning the database and CREATEROLE must do."""
    login = f"deployer_{uuid4().hex[:8]}"
    name = await server.create_database()
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(f"CREATE ROLE {login} LOGIN CREATEROLE PASSWORD 'deploys'")
        await connection.execute(f"ALTER DATABASE {name} OWNER TO {login}")
        # The roles may be there already, made by somebody else: then an administrator has to let this login take them.
        for role in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(ROLES)):
            await connection.execute(f"GRANT {role['rolname']} TO {login}")
        url = server.database_url(name).partition("@")[2]
        await asyncio.to_thread(migrate.up, f"postgresql://{login}:deploys@{url}")
        database = await Database.connect(f"postgresql://{login}:deploys@{url}", role=APP, connections_max=2)
        assert (await given_tenant(database)).units
        await database.close()
    finally:
        await server.drop_database(name)
        await connection.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")
        await connection.close()


async def _migrating(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys; from inventory_graph import migrate; migrate.up(sys.argv[1])", url),
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )


async def test_waits_for_a_lock_only_so_long(empty_url: str) -> None:
    """A migration that queues for a lock stops everybody who comes after it: it has to give up soon, undone."""
    await asyncio.to_thread(migrate.up, empty_url, "0003")
    before = await objects(empty_url)
    reader = await asyncpg.connect(empty_url)
    try:
        async with reader.transaction():
            await reader.execute("LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Exception, match="lock timeout"):
                await asyncio.to_thread(migrate.up, empty_url)
    finally:
        await reader.close()
    assert await migrate.current(empty_url) == "0003"
    assert await objects(empty_url) == before
    await asyncio.to_thread(migrate.up, empty_url)
    assert await migrate.current(empty_url) == REVISIONS[-1]


async def test_letters_that_only_newer_programs_know_go_with_the_way_back(empty_url: str) -> None:
    """An older program knows one letter of an event; row-level security, which binds the owner too, hides none from its removal."""
    await asyncio.to_thread(migrate.up, empty_url)
    connection = await asyncpg.connect(empty_url)
    try:
        await connection.execute(
            "INSERT INTO tenants (id, slug, name, currency, timezone) VALUES (gen_random_uuid(), 'shop', 'Shop', 'KES', 'UTC');"
            "INSERT INTO dead_letters (tenant_id, tenant_seq, reader, seq, event_id, type, aggregate_type, aggregate_id, payload,"
            " occurred_at, logged_at, error, tries) SELECT id, 1, reader, 1, id, 'inventory.test', 'test', id, '{}', now(), now(), '', 8"
            " FROM tenants, unnest(ARRAY['nats', 'kafka']) AS reader"
        )
        await asyncio.to_thread(migrate.down, empty_url, "0010")
        assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 1
        await asyncio.to_thread(migrate.up, empty_url)
        assert await connection.fetchval("SELECT reader FROM dead_letters") == "nats"
    finally:
        await connection.close()


async def test_events_from_before_traces_name_none(empty_url: str) -> None:
    """A name longer than W3C's is refused; the way back takes the names and no event."""
    await asyncio.to_thread(migrate.up, empty_url, "0021")
    connection = await asyncpg.connect(empty_url)
    emit = (
        "INSERT INTO outbox (tenant_id, event_id, type, aggregate_type, aggregate_id, payload)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'inventory.test', 'test', gen_random_uuid(), '{}')"
    )
    try:
        await connection.execute(emit)
        before = await connection.fetch("SELECT * FROM outbox")
        await asyncio.to_thread(migrate.up, empty_url)
        assert await connection.fetchval("SELECT count(*) FROM outbox WHERE traceparent IS NULL") == 1
        await connection.execute("UPDATE outbox SET traceparent = repeat('0', 55)")
        with pytest.raises(asyncpg.CheckViolationError, match="ck_outbox_traceparent_length"):
            await connection.execute("UPDATE outbox SET traceparent = repeat('0', 56)")
        await asyncio.to_thread(migrate.down, empty_url, "0021")
        assert await connection.fetch("SELECT * FROM outbox") == before
    finally:
        await connection.close()


async def test_tables_belong_to_the_owner(empty_url: str) -> None:
    """The login that migrates is somebody's superuser; what it makes must not be."""
    await asyncio.to_thread(migrate.up, empty_url)
    connection = await asyncpg.connect(empty_url)
    try:
        owners = await connection.fetch(
            "SELECT DISTINCT pg_get_userbyid(relowner)::text AS name FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        known = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(ROLES))
    finally:
        await connection.close()
    assert [owner["name"] for owner in owners] == ["inventory_owner"]
    assert {role["rolname"] for role in known} == set(ROLES)


async def test_standard_roles_that_are_there_may_close_periods_or_see_them(empty_url: str) -> None:
    """Of every tenant, though row-level security binds the owner; a role that a tenant made itself, or removed, stays as it is."""
    await asyncio.to_thread(migrate.up, empty_url)
    await asyncio.to_thread(migrate.down, empty_url, "0013")
    connection = await asyncpg.connect(empty_url)
    try:
        await connection.execute(
            "INSERT INTO tenants (id, slug, name, currency, timezone)"
            " SELECT gen_random_uuid(), slug, slug, 'KES', 'UTC' FROM unnest(ARRAY['one', 'two']) AS slug;"
            "INSERT INTO roles (tenant_id, code, name) SELECT id, code, code FROM tenants,"
            " unnest(ARRAY['inventory_admin', 'warehouse_manager', 'viewer', 'own']) AS code"
            " WHERE (slug, code) <> ('two', 'viewer')"
        )
        await asyncio.to_thread(migrate.up, empty_url)
        rows = await connection.fetch(
            "SELECT slug, role_code, count(*) AS count FROM role_permissions JOIN tenants ON id = tenant_id"
            " WHERE permission_code LIKE 'inventory.periods.%' GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert [tuple(row) for row in rows] == [
            ("one", "inventory_admin", 9), ("one", "viewer", 1), ("one", "warehouse_manager", 1),
            ("two", "inventory_admin", 9), ("two", "warehouse_manager", 1),
        ]  # fmt: skip
        await asyncio.to_thread(migrate.down, empty_url, "0013")
        assert await connection.fetchval("SELECT count(*) FROM role_permissions") == 0
    finally:
        await connection.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_is_safe_to_run_while_serving(revision: str) -> None:
    """Each revision is linted on its own, so that a table made by an earlier one counts as full of rows."""
    position = REVISIONS.index(revision)
    assert linted(sql_of(revision, after=REVISIONS[position - 1] if position else "base")) == []


def test_sql_begins_with_timeouts() -> None:
    """Also where the SQL is printed and run by hand."""
    assert sql_of("0001", after="base").startswith(
        "SET lock_timeout = 5000;\n\nSET statement_timeout = 600000;\n\nBEGIN;"
    )


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE items ADD COLUMN shelf text NOT NULL", "adding-required-field"),
        ("CREATE INDEX ix_items_shelf ON items (tenant_id, shelf)", "require-concurrent-index-creation"),
        ("ALTER TABLE items ALTER COLUMN sku TYPE bigint USING sku::bigint", "changing-column-type"),
        ("ALTER TABLE items ADD CONSTRAINT named CHECK (name <> '')", "constraint-missing-not-valid"),
        ("ALTER TABLE items RENAME COLUMN sku TO code", "renaming-column"),
    ],
)
def test_would_find_what_stops_a_service(statement: str, rule: str) -> None:
    """The exclusions above must leave alone the rules that matter."""
    found = linted(f"SET lock_timeout = 5000;\nSET statement_timeout = 600000;\nBEGIN;\n{statement};\nCOMMIT;\n")
    assert [each.partition(":")[0] for each in found] == [rule]
