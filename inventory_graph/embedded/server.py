"""A running server, by whomever it was started: its address and the one thing needed before migrations."""

from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from inventory_graph.embedded.cluster import SUPERUSER

DATABASE_NAME = "inventory"
HOST = "127.0.0.1"
_CONNECT_LIMIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts connections on 127.0.0.1; ``pid`` is its postmaster, ``version`` such as ``18.6``."""

    data_directory: Path
    pid: int
    port: int
    version: str
    password: str = field(repr=False)

    def url(self, database: str = DATABASE_NAME, user: str = SUPERUSER, *, password: str | None = None) -> str:
        """``postgresql://user:password@127.0.0.1:port/database`` as asyncpg takes it.

        Without ``password`` it is the superuser's; a password given must need no quoting in a URL.
        """
        return f"postgresql://{user}:{password or self.password}@{HOST}:{self.port}/{database}"

    async def ensure_database(self, name: str = DATABASE_NAME) -> bool:
        """Create the database unless it exists; True when it was created. Roles and tables are migrations' work."""
        connection = await asyncpg.connect(self.url("postgres"), timeout=_CONNECT_LIMIT_SECONDS)
        try:
            if await connection.fetchval("select true from pg_database where datname = $1", name):
                return False
            quoted = name.replace('"', '""')
            await connection.execute(f'create database "{quoted}"')
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            # Somebody else created it between the question and the command: what was wanted is there.
            return False
        finally:
            await connection.close()
        return True
