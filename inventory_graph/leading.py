"""One process of many does what only one may do: the leader, who holds a lock of the database's session.

The lock ends with the connection, whatever becomes of the process: another leads within a moment. Who leads does its work on the
connection of the lock, so that nothing can be committed by somebody who has lost it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.connections import Connection
from inventory_graph.db import Database, Transaction

UNLOCK_SECONDS_MAX = 5


class Leader:
    """The connection that holds the lock."""

    def __init__(self, database: Database, raw: Connection) -> None:
        self._database = database
        self.raw = raw

    def transaction(self, actor: Actor) -> AbstractAsyncContextManager[Transaction]:
        """A transaction on the leader's connection."""
        return self._database.transaction_on(self.raw, actor)


@asynccontextmanager
async def lead(database: Database, lock: int) -> AsyncIterator[Leader | None]:
    """The leader for the lock while the block runs; None where another process leads."""
    raw = await database.pool.acquire(timeout=database.acquire_seconds_max)
    is_leader = False
    try:
        is_leader = await raw.fetchval("SELECT pg_try_advisory_lock($1)", lock)
        yield Leader(database, raw) if is_leader else None
    finally:
        if is_leader:
            await _unlock(raw, lock)
        await database.pool.release(raw)


async def _unlock(raw: Connection, lock: int) -> None:
    """The lock must not stay with a connection that goes back to the pool: one that cannot give it back is ended."""
    try:
        async with asyncio.timeout(UNLOCK_SECONDS_MAX):
            await raw.execute("SELECT pg_advisory_unlock($1)", lock)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        with suppress(asyncpg.InterfaceError):
            raw.terminate()
    except asyncio.CancelledError:
        raw.terminate()
        raise
