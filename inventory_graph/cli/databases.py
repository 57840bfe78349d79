"""Which database a command means, and the commands about databases: migrate, seed, audit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
import uvloop
from alembic.util import CommandError as AlembicError
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from inventory_graph import migrate
from inventory_graph.actor import Actor
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.embedded import DataDirectory, attach_or_start, find_binaries, first_reachable
from inventory_graph.hooks import HOOKS
from inventory_graph.identity.permissions import PERMISSIONS
from inventory_graph.identity.tenants import tenant_by_slug
from inventory_graph.live.verification import verify_chain
from inventory_graph.seed import seed_database
from inventory_graph.stock.audit import drift

Value = TypeVar("Value")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="The data directory of `inventory-graph dev`; without it DATABASE_URL, else INVENTORY_DATA_DIR.",
        show_default=False,
    ),
]
TenantSlug = Annotated[str, typer.Option("--tenant", help="The tenant's slug.")]

ELSEWHERE = Path("/var/lib/inventory-graph")

console = Console(highlight=False, soft_wrap=True)
NOBODY = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="command line", is_platform_owner=True)


class CommandError(Exception):
    """A command cannot do what was asked; ``str()`` says why and what to do."""


def settings_of(data_dir: Path | None) -> Settings:
    """The settings, with the data directory of the option where one was given.

    Where neither the option nor INVENTORY_DATA_DIR names one and the account that PostgreSQL runs under cannot come to the
    default, as in root's home, it is a directory under /var/lib, one for each working directory.
    """
    if data_dir is not None:
        return Settings.load(data_directory=data_dir)
    settings = Settings.load()
    if "data_directory" in settings.model_fields_set or settings.database_url is not None:
        return settings
    default = settings.data_directory.resolve()
    elsewhere = ELSEWHERE / sha256(str(default).encode()).hexdigest()[:12]
    return settings.model_copy(update={"data_directory": first_reachable([default, elsewhere]).path})


@contextmanager
def database_url(settings: Settings, *, data_dir: Path | None, owner: bool = False) -> Iterator[str]:
    """The URL of the database a command means: DATABASE_URL unless a data directory is named, else the embedded one,
    which is started for as long as the command takes unless it runs. ``owner``: with the login of migrations."""
    if data_dir is None and settings.database_url is not None:
        yield settings.require_migration_database_url() if owner else settings.require_database_url()
        return
    directory = DataDirectory(settings.data_directory)
    if not directory.cluster.exists():
        raise CommandError(
            f"There is no database in {directory.path}: start one with `inventory-graph dev`, name its directory with"
            " --data-dir, or set DATABASE_URL."
        )
    with attach_or_start(directory, find_binaries(settings.postgres_binaries)) as server:
        yield server.url()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database of the URL, as the application's role."""
    database = await Database.connect(url, connections_max=4, statement_timeout_ms=600_000, hooks=HOOKS)
    try:
        yield database
    finally:
        await database.close()


def run_with_database(
    function: Callable[[Database], Awaitable[Value]], *, data_dir: Path | None, settings: Settings | None = None
) -> Value:
    """Run the function with the database a command means."""
    chosen = settings or settings_of(data_dir)

    async def with_database(url: str) -> Value:
        async with opened(url) as database:
            return await function(database)

    with database_url(chosen, data_dir=data_dir) as url:
        return uvloop.run(with_database(url))


async def operator_of(database: Database, slug: str) -> Actor:
    """The command line as an actor of the tenant, with every permission; raises ``CommandError`` for an unknown slug."""
    async with database.read(NOBODY) as tx:
        tenant = await tenant_by_slug(tx, slug=slug)
    if tenant is None:
        raise CommandError(f"There is no tenant with the slug {slug!r}. `inventory-graph tenant add` adds one.")
    return Actor(
        tenant_id=tenant.id,
        tenant_slug=tenant.slug,
        subject="command line",
        permissions=PERMISSIONS,
        is_platform_owner=True,
        currency=tenant.currency,
    )


def migrate_up(url: str, revision: str = "head") -> None:
    """Migrate, with Alembic's and PostgreSQL's errors in one sentence."""
    try:
        migrate.up(url, revision)
    except (AlembicError, DBAPIError, OSError) as error:
        raise CommandError(f"The database cannot be migrated: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0].split(">: ")[-1].rstrip(".")


migrations = typer.Typer(help="Bring the schema of the database forward or back.", no_args_is_help=True)


@migrations.command("up")
def up(data_dir: DataDir = None, revision: Annotated[str, typer.Argument(help="Where to.")] = "head") -> None:
    """Bring the database to the newest revision, or to the one named."""
    settings = settings_of(data_dir)
    with database_url(settings, data_dir=data_dir, owner=True) as url:
        migrate_up(url, revision)
        console.print(f"The database is at revision {asyncio.run(migrate.current(url))}.")


@migrations.command("down")
def down(
    revision: Annotated[str, typer.Argument(help="Where to: a revision, or base for empty.")], data_dir: DataDir = None
) -> None:
    """Take the database back to an earlier revision. Data of what is taken back is lost."""
    settings = settings_of(data_dir)
    with database_url(settings, data_dir=data_dir, owner=True) as url:
        try:
            migrate.down(url, revision)
        except (AlembicError, DBAPIError, OSError) as error:
            raise CommandError(f"The database cannot be taken back: {_first_line(error)}.") from error
        console.print(f"The database is at revision {asyncio.run(migrate.current(url)) or 'base'}.")


@migrations.command("status")
def status(data_dir: DataDir = None) -> None:
    """Say which revision the database is at and which is the newest; exit 1 unless they are the same."""
    settings = settings_of(data_dir)
    with database_url(settings, data_dir=data_dir, owner=True) as url:
        try:
            current = asyncio.run(migrate.current(url))
        except (DBAPIError, OSError) as error:
            raise CommandError(f"The database does not answer: {_first_line(error)}.") from error
        newest = migrate.head(url)
    console.print(f"database {current or 'empty'}, newest {newest}")
    if current != newest:
        raise typer.Exit(1)


def seed(data_dir: DataDir = None) -> None:
    """Put the demonstration tenants urban-loft and demo-two into the database, once; running it again changes nothing."""
    added = run_with_database(lambda database: seed_database(database, say=console.print), data_dir=data_dir)
    console.print("Seeded." if added else "The demonstration tenants are there already; nothing was changed.")


async def actors_of(database: Database, slug: str | None, url: str) -> list[Actor]:
    """The command line as an actor of the tenant, or of each tenant one after the other."""
    if slug is not None:
        return [await operator_of(database, slug)]
    worker = await Database.connect(url, role="inventory_worker", connections_max=1)
    try:
        async with worker.read(NOBODY) as tx:
            slugs = [row["slug"] for row in await tx.raw.fetch("SELECT slug FROM tenants ORDER BY slug")]
    finally:
        await worker.close()
    return [await operator_of(database, each) for each in slugs]


def audit(
    tenant: Annotated[str | None, typer.Option("--tenant", help="One tenant's slug; all tenants if left out.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Check that ledger, quants and balances agree and that the event log's chain fits; exit 0 and a line of counts for each
    tenant when nothing drifted."""
    settings = settings_of(data_dir)

    async def check(url: str) -> bool:
        is_clean = True
        async with opened(url) as database:
            for actor in await actors_of(database, tenant, url):
                async with database.snapshot(actor) as tx:
                    report = await drift(tx)
                    chain = await verify_chain(tx)
                console.print(f"{actor.tenant_slug}: {report.summary()}; {chain.summary()}")
                for found in report.drifts:
                    console.print(f"  {found.describe()}", style="red", markup=False)
                is_clean = is_clean and not report.drift_count and chain.broken_at is None
        return is_clean

    with database_url(settings, data_dir=data_dir) as url:
        if not uvloop.run(check(url)):
            raise typer.Exit(1)


def register(application: typer.Typer) -> None:
    """Add these commands."""
    application.add_typer(migrations, name="migrate")
    application.command()(seed)
    application.command()(audit)
