"""Connections to the database: how they are opened, and what it looks like when they break."""

from collections.abc import Callable
from typing import TypeAlias

import asyncpg
import orjson

from inventory_graph.errors import Unavailable

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# What a statement raises when its connection broke. asyncpg says InternalClientError when the server's last words have been
# read but not yet the end of the connection, and InterfaceError once it has taken the connection back.
BROKEN = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
UNREACHABLE = (OSError, asyncpg.CannotConnectNowError, *BROKEN)


async def open_pool(
    url: str,
    *,
    role: str,
    connections_max: int,
    statement_timeout_ms: int,
    lock_timeout_ms: int,
    on_query: Callable[[asyncpg.connection.LoggedQuery], None] | None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool as the given role; every connection takes the role before its first statement. Raises ``Unavailable``."""

    async def prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute(f'SET ROLE "{role}"')
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            encoder=lambda value: b"\x01" + orjson.dumps(value, default=str),
            decoder=lambda value: orjson.loads(value[1:]),
        )
        if on_query is not None:
            connection.add_query_logger(on_query)

    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            init=prepare,
            reset=_keep,
            max_inactive_connection_lifetime=300,
            command_timeout=60,
            server_settings={
                "application_name": f"inventory-graph {role}",
                "timezone": "UTC",
                "statement_timeout": str(statement_timeout_ms),
                "lock_timeout": str(lock_timeout_ms),
                "idle_in_transaction_session_timeout": "15000",
                "jit": "off",
                "row_security": "on",
            },
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise Unavailable(
            f"The database's login may not act as {role}: GRANT {role} to it, or use a login that may."
        ) from error
    except (*UNREACHABLE, asyncpg.PostgresError) as error:
        raise Unavailable(f"The database does not answer: {error}.") from error


async def _keep(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nothing to reset: transactions end before release, and settings are transaction-local by rule."""
