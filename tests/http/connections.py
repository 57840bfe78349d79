"""The server that the program starts, and what is sent to it byte by byte."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette

from inventory_graph.cli.processes import listen, server_of
from inventory_graph.config import Settings
from tests.servers import free_port

FIELDS, MUCH_BYTES = 18, 250_000
HEAD = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def post(query: str, variables: dict[str, Any] | None = None, *, credential: str | None = None) -> bytes:
    """A whole request."""
    body = orjson.dumps({"query": query, "variables": variables or {}})
    more = f"authorization: {credential}\r\n".encode() if credential is not None else b""
    return HEAD + more + b"content-length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def program(application: Starlette, settings: Settings) -> AsyncIterator[int]:
    """Where the application is served as the program serves, until the end of the block."""
    listener, ready = listen("127.0.0.1", free_port()), asyncio.Event()
    server = server_of(application, settings, ready.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def post_for_much(texts: int = FIELDS) -> bytes:
    """A request for an answer with so many long texts, which no buffer of a system holds."""
    fields = " ".join(f"a{number}: echo(text: $text)" for number in range(texts))
    return post(f"query($text: String!) {{ {fields} }}", {"text": "x" * MUCH_BYTES})


async def received(port: int, sent: bytes, *, pause: float, pauses: int) -> int:
    """How many bytes come of the answer where the client pauses so often after some 50 kB of it, and then no more."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        # Little of it waits on this side, so that it is the server that has to keep what is not read.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, sent)
        count, pauses_made = 0, 0
        async with asyncio.timeout(60):
            while count < FIELDS * MUCH_BYTES:
                if count >= pauses_made * 50_000 and pauses_made < pauses:
                    pauses_made += 1
                    await asyncio.sleep(pause)
                try:
                    read = await loop.sock_recv(client, 2**18)
                except ConnectionResetError:
                    break
                count += len(read)
                if not read:
                    break
    return count
