"""Running the service: dev, serve, worker; and schema, which prints what it serves."""

import asyncio
import errno
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import asyncpg
import typer
import uvicorn
import uvloop
from starlette.applications import Starlette

from inventory_graph import migrate
from inventory_graph.app import create_app, create_worker_app
from inventory_graph.auth import Authenticator
from inventory_graph.cli.databases import CommandError, DataDir, console, migrate_up, settings_of
from inventory_graph.cli.tokens import key_file_of, token_of
from inventory_graph.cli.traces import Traces, traces_of
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.embedded import DataDirectory, EmbeddedPostgres, find_binaries
from inventory_graph.hooks import HOOKS
from inventory_graph.outbox_age import OutboxAge
from inventory_graph.seed import DEMO_TENANT, seed_database
from inventory_graph.telemetry import configure_logging
from inventory_graph.worker import work
from resolvers.schema import build_schema, print_schema

GRACEFUL_SECONDS = 20
DEMO_ROLE = "inventory_admin"

Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="The port to serve on; INVENTORY_HTTP_PORT if left out.")
]


def dev(port: Port = None, data_dir: DataDir = None) -> None:
    """Run everything on this machine: an embedded PostgreSQL, migrated and seeded, the API and GraphiQL."""
    _end_on_sigterm()
    began = time.monotonic()
    settings = settings_of(data_dir)
    key_file = key_file_of(settings)
    # Before the database starts: a taken port should not cost anybody the wait.
    listener = _listener(settings.http_host, port or settings.http_port)
    directory = DataDirectory(settings.data_directory)
    with listener, EmbeddedPostgres(directory, find_binaries(settings.postgres_binaries), say=_say) as postgres:
        server = postgres.server
        asyncio.run(server.ensure_database())
        _say("Bringing the schema up to date ...")
        migrate_up(server.url())
        local = settings.model_copy(
            update={
                "database_url": server.url(),
                "migration_database_url": server.url(),
                "development_key_file": key_file,
            }
        )
        with suppress(SystemExit, KeyboardInterrupt):
            uvloop.run(_develop(local, listener, began))
    console.print("Stopped.")


async def _develop(settings: Settings, listener: socket.socket, began: float) -> None:
    with traces_of(settings) as traces:
        await _develop_traced(settings, listener, began, traces)


async def _develop_traced(settings: Settings, listener: socket.socket, began: float, traces: Traces | None) -> None:
    outbox_age = OutboxAge()
    async with _connected(settings, traces) as (database, authenticator):
        await seed_database(database, say=_say)
        token = await token_of(database, settings, slug=DEMO_TENANT, role=DEMO_ROLE, outlet=None)
        application = create_app(
            settings,
            database=database,
            authenticator=authenticator,
            ready=lambda: _is_ready(database),
            development_token=token,
            tracer=traces,
            more_metrics=outbox_age.registry,
        )
        worker = await Database.connect(
            settings.require_database_url(), role="inventory_worker", connections_max=4, hooks=HOOKS
        )
        tasks = [asyncio.create_task(work(worker)), asyncio.create_task(outbox_age.watch(worker))]
        try:
            await _serve(application, settings, listener, lambda: _announce(settings, listener, token, began))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await worker.close()


def _announce(settings: Settings, listener: socket.socket, token: str, began: float) -> None:
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0"} else host  # noqa: S104 - compared, not bound
    console.print(
        f"\nServing the demo tenant {DEMO_TENANT} after {time.monotonic() - began:.1f} s.", style="bold green"
    )
    console.print(f"  GraphiQL   http://{shown}:{port}/graphql")
    console.print("  Token      (GraphiQL has it already; good for 12 hours)")
    console.print(f"  {token}", soft_wrap=True)
    console.print(f"  Data       {settings.data_directory.resolve()}")
    console.print("  Ctrl-C stops it.\n")


def serve(port: Port = None) -> None:
    """Serve the API from DATABASE_URL. Migrate first; a worker runs beside it."""
    _end_on_sigterm()
    settings = Settings.load()
    configure_logging(settings)
    with _listener(settings.http_host, port or settings.http_port) as listener, suppress(SystemExit, KeyboardInterrupt):
        uvloop.run(_serve_from_url(settings, listener))


async def _serve_from_url(settings: Settings, listener: socket.socket) -> None:
    with traces_of(settings) as traces:
        await _serve_traced(settings, listener, traces)


async def _serve_traced(settings: Settings, listener: socket.socket, traces: Traces | None) -> None:
    async with _connected(settings, traces) as (database, authenticator):
        newest = migrate.head(settings.require_database_url())
        application = create_app(
            settings,
            database=database,
            authenticator=authenticator,
            ready=lambda: _is_ready(database),
            tracer=traces,
        )
        host, port = listener.getsockname()[:2]
        await _serve(
            application,
            settings,
            listener,
            lambda: _say(f"Serving on http://{host}:{port}/graphql at schema revision {newest}."),
        )


def worker() -> None:
    """Do what runs beside the requests, from DATABASE_URL: overdue holds, partitions ahead, old idempotency keys."""
    _end_on_sigterm()
    settings = Settings.load()
    configure_logging(settings)
    port = settings.worker_http_port
    listener = _listener(settings.http_host, port) if port is not None else None
    with listener or nullcontext(), suppress(SystemExit, KeyboardInterrupt):
        uvloop.run(_work(settings, listener))


async def _work(settings: Settings, listener: socket.socket | None) -> None:
    database = await Database.connect(
        settings.require_database_url(), role="inventory_worker", connections_max=4, hooks=HOOKS
    )
    outbox_age = OutboxAge()
    tasks = [asyncio.create_task(work(database)), asyncio.create_task(outbox_age.watch(database))]
    try:
        _say("Working.")
        if listener is not None:
            await _serve(create_worker_app(outbox_age.registry), settings, listener, lambda: None)
        else:
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()


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
        authenticator = Authenticator(database=database, settings=settings)
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


async def _serve(
    application: Starlette, settings: Settings, listener: socket.socket, announce: Callable[[], None]
) -> None:
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=False,
        http="httptools",
        ws="none",
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # INVENTORY_TRUSTED_PROXIES says whose are believed
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    server = _AnnouncingServer(config, announce)
    await server.serve(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """Says that it serves once it does."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Taken now, so that nobody else can have it while the database starts; it answers only once it serves.
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"The port {port} on {host} is taken by another program: choose another with --port or INVENTORY_HTTP_PORT."
            ) from error
        raise CommandError(f"The service cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def _end_on_sigterm() -> None:
    """SIGTERM ends the program the way Ctrl-C does: everything is stopped in order."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)


def _say(sentence: str) -> None:
    console.print(sentence, markup=False)


def register(application: typer.Typer) -> None:
    """Add these commands."""
    for command in (dev, serve, worker, schema):
        application.command()(command)
