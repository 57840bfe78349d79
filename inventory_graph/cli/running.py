"""Running the service: dev and serve; and schema, which prints what it serves."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import typer
import uvloop

from inventory_graph import migrate
from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.cli.databases import CommandError, DataDir, console, migrate_up, settings_of
from inventory_graph.cli.processes import (
    cancelled,
    carrying,
    end_on_sigterm,
    listen,
    say,
    serve_application,
    worker_database,
)
from inventory_graph.cli.publishing import publishing
from inventory_graph.cli.tokens import key_file_of, shopper_of, token_of
from inventory_graph.cli.traces import Traces, traces_of
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.embedded import (
    DataDirectory,
    EmbeddedPostgres,
    embedded_nats,
    find_binaries,
    find_nats_server,
)
from inventory_graph.hooks import HOOKS
from inventory_graph.live.publishing import SUBJECTS
from inventory_graph.outbox_age import OutboxAge
from inventory_graph.python_stack import with_room
from inventory_graph.seed import DEMO_TENANT, seed_database
from inventory_graph.telemetry import configure_logging
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import work
from resolvers.schema import build_schema, print_schema

DEMO_ROLE = "inventory_admin"

Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="The port to serve on; INVENTORY_HTTP_PORT if left out.")
]
Nats = Annotated[
    bool,
    typer.Option(
        "--nats", help="Start a NATS with JetStream, too, which keeps its data there, and publish events to it."
    ),
]


def dev(port: Port = None, data_dir: DataDir = None, nats: Nats = False) -> None:
    """Run everything on this machine: an embedded PostgreSQL, migrated and seeded, the API, GraphiQL, a storefront."""
    end_on_sigterm()
    began = time.monotonic()
    settings = settings_of(data_dir)
    key_file = key_file_of(settings)
    nats_server = _nats_server(settings) if nats else None
    # Before the database starts: a taken port should not cost anybody the wait.
    listener = listen(settings.http_host, port or settings.http_port)
    directory = DataDirectory(settings.data_directory)
    with listener, EmbeddedPostgres(directory, find_binaries(settings.postgres_binaries), say=say) as postgres:
        server = postgres.server
        asyncio.run(server.ensure_database())
        say("Bringing the schema up to date ...")
        migrate_up(server.url())
        local = settings.model_copy(
            update={
                "database_url": server.url(),
                "migration_database_url": server.url(),
                "development_key_file": key_file,
            }
        )
        with ExitStack() as beside, suppress(SystemExit, KeyboardInterrupt):
            if nats_server is not None:
                url = beside.enter_context(embedded_nats(directory, nats_server, say=say))
                local = local.model_copy(update={"events_nats_url": url})
            with_room(uvloop.run)(_develop(local, listener, began))
    console.print("Stopped.")


def _nats_server(settings: Settings) -> Path:
    """The program of --nats, looked for before anything is started."""
    if settings.events_nats_url is not None:
        raise CommandError("EVENTS_NATS_URL is set, so there is a NATS already: leave out --nats, or unset it.")
    return find_nats_server()


async def _develop(settings: Settings, listener: socket.socket, began: float) -> None:
    with traces_of(settings) as traces:
        await _develop_traced(settings, listener, began, traces)


async def _develop_traced(settings: Settings, listener: socket.socket, began: float, traces: Traces | None) -> None:
    outbox_age = OutboxAge()
    outbox, log = Wakeup(), Wakeup()
    async with _connected(settings, traces) as (database, authenticator), _reading(settings) as reader:
        database.on_events = outbox.ring
        await seed_database(database, say=say)
        token = await token_of(database, settings, slug=DEMO_TENANT, role=DEMO_ROLE, outlet=None)
        application = create_app(
            settings,
            database=database,
            authenticator=authenticator,
            ready=lambda: _is_ready(database),
            development_token=token,
            shopper=await shopper_of(database, settings) if settings.demo else None,
            tracer=traces,
            more_metrics=outbox_age.registry,
            reader=reader,
            log=log,
        )
        worker = await worker_database(settings)
        worker.on_events = outbox.ring
        tasks = [
            asyncio.create_task(work(worker, outbox=outbox, log=log, events_kept_days=settings.events_kept_days)),
            asyncio.create_task(outbox_age.watch(worker)),
            *publishing(settings, worker, log=log, registry=outbox_age.registry, traces=traces),
        ]
        try:
            await serve_application(
                application, settings, listener, lambda: _announce(settings, listener, token, began)
            )
        finally:
            await cancelled(tasks)
            await worker.close()


def _announce(settings: Settings, listener: socket.socket, token: str, began: float) -> None:
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0"} else host  # noqa: S104 - compared, not bound
    console.print(
        f"\nServing the demo tenant {DEMO_TENANT} after {time.monotonic() - began:.1f} s.", style="bold green"
    )
    console.print(f"  GraphiQL   http://{shown}:{port}/graphql")
    if settings.demo:
        console.print(f"  Storefront http://{shown}:{port}/demo")
    if settings.events_nats_url is not None:
        console.print(f"  NATS       {_without_login(settings.events_nats_url)}, subjects {SUBJECTS}")
    console.print("  Token      (GraphiQL has it already; good for 12 hours)")
    console.print(f"  {token}", soft_wrap=True)
    console.print(f"  Data       {settings.data_directory.resolve()}")
    console.print("  Ctrl-C stops it.\n")


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def serve(port: Port = None) -> None:
    """Serve the API from DATABASE_URL. Migrate first; a worker runs beside it."""
    end_on_sigterm()
    settings = Settings.load()
    configure_logging(settings)
    with listen(settings.http_host, port or settings.http_port) as listener, suppress(SystemExit, KeyboardInterrupt):
        with_room(uvloop.run)(_serve_from_url(settings, listener))


async def _serve_from_url(settings: Settings, listener: socket.socket) -> None:
    with traces_of(settings) as traces:
        await _serve_traced(settings, listener, traces)


async def _serve_traced(settings: Settings, listener: socket.socket, traces: Traces | None) -> None:
    outbox, log = Wakeup(), Wakeup()
    carried = carrying(settings, outbox=outbox, log=log)
    async with _connected(settings, traces) as (database, authenticator), _reading(settings) as reader:
        database.on_events = outbox.ring
        newest = migrate.head(settings.require_database_url())
        application = create_app(
            settings,
            database=database,
            authenticator=authenticator,
            ready=lambda: _is_ready(database),
            tracer=traces,
            reader=reader,
            log=log if carried else None,
        )
        host, port = listener.getsockname()[:2]
        await serve_application(
            application,
            settings,
            listener,
            lambda: say(f"Serving on http://{host}:{port}/graphql at schema revision {newest}."),
        )
    await cancelled(carried)


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Database]:
    """The database as web processes follow the event log of all tenants."""
    reader = await Database.connect(settings.require_database_url(), role="inventory_reader", connections_max=2)
    try:
        yield reader
    finally:
        await reader.close()


def schema(
    output: Annotated[Path | None, typer.Option("--output", help="Write to this file instead of printing.")] = None,
) -> None:
    """Print the federated schema (SDL), with what INVENTORY_FEDERATION_AUTHORIZATION has it say of callers."""
    text = print_schema(build_schema(authorization=Settings.load().federation_authorization))
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@asynccontextmanager
async def _connected(settings: Settings, traces: Traces | None) -> AsyncIterator[tuple[Database, Authenticator]]:
    database = await Database.connect(
        settings.require_database_url(),
        connections_max=settings.database_connections_max,
        statement_timeout_ms=int(settings.statement_seconds_max * 1_000),
        lock_timeout_ms=int(settings.lock_seconds_max * 1_000),
        acquire_seconds_max=settings.database_wait_seconds_max,
        hooks=HOOKS,
        on_query=traces.statement if traces is not None else None,
    )
    try:
        authenticator = Authenticator(database=database.for_use("caller"), settings=settings)
        try:
            yield database, authenticator
        finally:
            await authenticator.close()
    finally:
        await database.close()


async def _is_ready(database: Database) -> bool:
    """Whether the database answers and lacks no migration of this program."""
    try:
        revision = await database.pool.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return False
    return not migrate.is_behind(revision)


def register(application: typer.Typer) -> None:
    """Add these commands."""
    for command in (dev, serve, schema):
        application.command()(command)
