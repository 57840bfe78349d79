"""Migrations as functions: up, down, status. The history itself is the package ``migrations``."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def configuration(url: str) -> Config:
    """Alembic's configuration for the database at the URL."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def up(url: str, revision: str = "head") -> None:
    """Bring the database to the revision. Blocks; call it outside a running event loop."""
    command.upgrade(configuration(url), revision)


def down(url: str, revision: str) -> None:
    """Take the database back to the revision, ``base`` for empty. Blocks."""
    command.downgrade(configuration(url), revision)


def head(url: str) -> str | None:
    """The newest revision this version of the program knows."""
    return ScriptDirectory.from_config(configuration(url)).get_current_head()


def is_behind(revision: str | None) -> bool:
    """Whether a database at the revision lacks a migration of this program; one that is ahead of it does not."""
    history = ScriptDirectory.from_config(configuration(""))
    known = {script.revision for script in history.walk_revisions()}
    return revision is None or (revision in known and revision != history.get_current_head())


async def current(url: str) -> str | None:
    """The revision the database is at, None for an empty one."""

    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(revision)
    finally:
        await engine.dispose()
