"""Answers that nobody reads: there is only so much memory for all of them, and so much patience with each."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from inventory_graph.app import create_app
from inventory_graph.db import Database
from resolvers.schema import InventorySchema
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, settings_for_tests
from tests.http.connections import FIELDS, MUCH_BYTES, post, post_for_much, program, received

SECONDS = 0.6
VERY_MUCH = "{ tagged(tags: 1000000) { tags } }"


@asynccontextmanager
async def serving(
    database: Database, callers: GivenCallers, schema: InventorySchema, **settings: Any
) -> AsyncIterator[int]:
    """Where the little schema is served with these settings."""
    made = settings_for_tests(**settings)
    application = create_app(made, database=database, authenticator=callers, ready=answer_yes, schema=schema)
    async with program(application, made) as port:
        yield port


@asynccontextmanager
async def unread(port: int, sent: bytes) -> AsyncIterator[socket.socket]:
    """A client that sends the request and does not read its answer yet."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, sent)
        yield client


async def read_all(client: socket.socket) -> int | None:
    """How many bytes the client can still read, until there is nothing more for a second; None where the connection was closed."""
    loop, count = asyncio.get_running_loop(), 0
    while True:
        try:
            async with asyncio.timeout(1):
                read = await loop.sock_recv(client, 2**18)
        except ConnectionResetError:
            return None
        except TimeoutError:
            return count
        if not read:
            return None
        count += len(read)


async def test_where_too_much_waits_the_largest_is_given_up(
    database: Database, callers: GivenCallers, schema: InventorySchema
) -> None:
    """It is closed long before its time is over; another that waits as well gets all of its answer."""
    async with serving(database, callers, schema, unread_bytes_max=8_000_000) as port:
        async with unread(port, post_for_much()) as small, unread(port, post(VERY_MUCH)) as large:
            await asyncio.sleep(2)
            assert await read_all(large) is None
            assert (await read_all(small) or 0) > FIELDS * MUCH_BYTES
        async with unread(port, post_for_much()) as alone:
            await asyncio.sleep(2)
            assert (await read_all(alone) or 0) > FIELDS * MUCH_BYTES, "below the limit nobody is given up"


async def test_an_answer_is_read_as_fast_as_is_said(
    database: Database, callers: GivenCallers, schema: InventorySchema
) -> None:
    """Fifty kilobytes at a time are enough where nothing is said, and too little where more is asked for."""
    whole = FIELDS * MUCH_BYTES
    async with serving(database, callers, schema, request_seconds_max=SECONDS, answer_read_bytes_min=1_000_000) as port:
        assert await received(port, post_for_much(), pause=SECONDS / 2, pauses=12) < whole
