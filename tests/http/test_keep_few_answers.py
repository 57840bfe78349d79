"""An answer is kept until it is read: what all of them take is counted at once, and whoever does not read gets no more."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.app import create_app
from inventory_graph.db import Database
from resolvers.schema import InventorySchema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, settings_for_tests
from tests.http.connections import MUCH_BYTES, post, post_for_much, program

UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)


@dataclass(slots=True)
class Client:
    """A client that reads when it is told to. Little waits on its side, so that it is the server that has to keep it."""

    socket: socket.socket

    async def send(self, content: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, content)

    async def begun(self) -> bytes:
        """The first bytes of an answer. The server has written all of it when they come, and keeps what the system does not take."""
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(self.socket, 15)

    async def read(self, count_max: int = 2**62) -> bytes:
        """What comes until the server hangs up, or until there is as much of it."""
        read = bytearray()
        async with asyncio.timeout(20):
            while len(read) < count_max:
                try:
                    piece = await asyncio.get_running_loop().sock_recv(self.socket, 2**18)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                read += piece
        return bytes(read)

    async def read_until(self, end: bytes) -> bytes:
        """What comes until it ends so, or the server hangs up."""
        read = b""
        while not read.endswith(end) and (piece := await self.read(1)):
            read += piece
        return read


Serving = Callable[..., AbstractAsyncContextManager[Callable[[], Awaitable[Client]]]]


@pytest.fixture
def serving(database: Database, callers: GivenCallers, schema: InventorySchema) -> Serving:
    """The little schema served as the program serves, with these settings; what opens connections to it."""

    @asynccontextmanager
    async def serve(**changes: Any) -> AsyncIterator[Callable[[], Awaitable[Client]]]:
        settings = settings_for_tests(**changes)
        application = create_app(settings, database=database, authenticator=callers, ready=answer_yes, schema=schema)
        clients: list[Client] = []
        async with program(application, settings) as port:

            async def open_client() -> Client:
                opened = socket.socket()
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                opened.setblocking(False)
                clients.append(Client(opened))
                await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", port))
                return clients[-1]

            try:
                yield open_client
            finally:
                for each in clients:
                    each.socket.close()

    return serve


async def test_whose_answer_takes_most_is_hung_up_on(serving: Serving) -> None:
    """When there is one answer too many, and nobody else: the others have all of theirs when they read it."""
    async with serving(unread_bytes_max=13_000_000) as open_client:
        smaller, largest, large, last = [await open_client() for _ in range(4)]
        for client, texts in ((smaller, 16), (largest, 18), (large, 17), (last, 14)):
            await client.send(post_for_much(texts))
            assert await client.begun() == b"HTTP/1.1 200 OK"
        assert len(await largest.read()) < 18 * MUCH_BYTES
        for client, texts in ((smaller, 16), (large, 17), (last, 14)):
            assert len(await client.read(texts * MUCH_BYTES)) >= texts * MUCH_BYTES


async def test_what_is_read_counts_no_more(serving: Serving) -> None:
    """Answers that are read one after the other are never together, though their connections are."""
    async with serving(unread_bytes_max=5_000_000) as open_client:
        for texts in (14, 16, 18):
            client = await open_client()
            await client.send(post_for_much(texts))
            assert len(await client.read(texts * MUCH_BYTES)) >= texts * MUCH_BYTES


async def test_what_was_hung_up_counts_no_more(serving: Serving) -> None:
    """By the client, with an answer for it, as often as it likes."""
    async with serving(unread_bytes_max=11_500_000) as open_client:
        for _ in range(3):
            client = await open_client()
            await client.send(post_for_much(14))
            await client.begun()
            client.socket.close()
        reader = await open_client()
        await reader.send(post_for_much(18))
        assert len(await reader.read(18 * MUCH_BYTES)) >= 18 * MUCH_BYTES


async def test_who_does_not_read_an_answer_gets_no_other(
    serving: Serving, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """What was sent ahead is begun when the answer before it is read, and then it is answered."""
    key, credential = uuid4().hex, callers.credential_of(tenant.actor)
    claim = post(f'mutation {{ claimKey(input: {{key: "{key}"}}) {{ key }} }}', credential=credential)
    claimed = post(f'{{ claimed(keys: ["{key}"]) }}', credential=credential)
    async with serving() as open_client:
        slow, other = await open_client(), await open_client()
        await slow.send(post_for_much(18) + claim)
        await slow.begun()
        for _ in range(3):
            await other.send(claimed)
            assert (await other.read_until(b"]}}")).endswith(b'{"data":{"claimed":[]}}')
        assert (await slow.read_until(b"}}}")).endswith(b'{"data":{"claimKey":{"key":"%b"}}}' % key.encode())
        await other.send(claimed)
        assert (await other.read_until(b"]}}")).endswith(b'{"data":{"claimed":["%b"]}}' % key.encode())


@pytest.mark.parametrize("is_begun", [True, False])
async def test_no_socket_is_opened_before_the_answer_is_read(serving: Serving, is_begun: bool) -> None:
    """The server hangs up: nobody would count the answer any more. So it does where the answer is still to be given."""
    async with serving() as open_client:
        client = await open_client()
        await client.send(post_for_much(18) + (b"" if is_begun else UPGRADE))
        if is_begun:
            await client.begun()
            await client.send(UPGRADE)
        assert b" 101 " not in await client.read()


async def test_a_socket_may_follow_an_answer(serving: Serving) -> None:
    """That is read."""
    async with serving() as open_client:
        client = await open_client()
        await client.send(post("{ __typename }"))
        assert (await client.read_until(b"}}")).endswith(b'{"data":{"__typename":"Query"}}')
        await client.send(UPGRADE)
        assert (await client.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
