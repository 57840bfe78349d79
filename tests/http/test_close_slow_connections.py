"""Who keeps the server waiting is hung up on: a connection costs a client nothing, and the server a file."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import orjson
import pytest
import websockets

from inventory_graph.app import create_app
from inventory_graph.db import Database
from inventory_graph.transport.impatience import HEAD_BYTES_MAX
from resolvers.schema import InventorySchema
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, settings_for_tests
from tests.http.connections import FIELDS, HEAD, MUCH_BYTES, post, post_for_much, program, received

SECONDS = 0.6
"""How long the server waits."""
LATE_SECONDS = SECONDS + 1.4
"""It looks twice a second, and a busy machine takes its time."""
CONNECTIONS = 12
LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(slots=True)
class Line:
    """A connection, and how to speak by it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    opened_at: float

    async def hung_up(self) -> tuple[bytes, float]:
        """What came until the server hung up, and how long after the opening that was."""
        async with asyncio.timeout(10):
            said = await self.reader.read()
        return said, time.perf_counter() - self.opened_at

    async def answer(self) -> bytes:
        """The next answer, head and body."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            return head + await self.reader.readexactly(int(length.partition(b":")[2]))


Opening = Callable[..., Awaitable[Line]]


@pytest.fixture(scope="module")
async def port(database: Database, callers: GivenCallers, schema: InventorySchema) -> AsyncIterator[int]:
    """Where the little schema is served as the program serves, by a server of little patience."""
    settings = settings_for_tests(request_seconds_max=SECONDS, connections_max=CONNECTIONS)
    application = create_app(settings, database=database, authenticator=callers, ready=answer_yes, schema=schema)
    async with program(application, settings) as number:
        yield number


@pytest.fixture
async def line(port: int) -> AsyncIterator[Opening]:
    """What opens a connection and sends something. All are closed at the end."""
    lines: list[Line] = []

    async def open_line(*sent: bytes) -> Line:
        opened_at = time.perf_counter()
        lines.append(Line(*await asyncio.open_connection("127.0.0.1", port), opened_at))
        lines[-1].writer.write(b"".join(sent))
        return lines[-1]

    yield open_line
    for each in lines:
        each.writer.close()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(b"\r\n\r\n", b"", id="empty lines"),
        pytest.param(b"POST", LATE, id="a word"),
        pytest.param(HEAD, LATE, id="half a head"),
        pytest.param(HEAD + b"content-length: 1000\r\n\r\n", LATE, id="no body"),
        pytest.param(HEAD + b"content-length: 1000\r\n\r\n" + b'{"query":', LATE, id="half a body"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{ \r\n", LATE, id="half of the chunks"),
    ],
)
async def test_a_request_that_does_not_come_is_not_waited_for(line: Opening, sent: bytes, said: bytes) -> None:
    """Who has begun one is told why; who has not hears nothing, for it might be taken for the answer to what is under way."""
    answer, seconds = await (await line(sent)).hung_up()
    assert answer == said
    assert SECONDS - 0.1 < seconds < LATE_SECONDS


@pytest.mark.parametrize("drip", [b"x-more: 1\r\n", b"\r\n"])
async def test_a_byte_now_and_then_is_no_request(line: Opening, drip: bytes) -> None:
    """Neither as the first of a connection nor after another."""
    for before in (b"", post("{ __typename }")):
        opened = await line(before)
        if before:
            assert (await opened.answer()).startswith(b"HTTP/1.1 200")
        opened.writer.write(HEAD if drip.startswith(b"x") else drip)
        began, hung_up = time.perf_counter(), asyncio.create_task(opened.hung_up())
        while not hung_up.done() and time.perf_counter() - began < LATE_SECONDS:
            opened.writer.write(drip)
            await asyncio.sleep(0.1)
        assert hung_up.done()
        # What is sent to a closed connection is answered by a reset, which may overtake the reason.
        assert isinstance(hung_up.exception(), ConnectionError) or hung_up.result()[0] in {LATE, b""}


async def test_a_head_without_an_end_is_not_kept(line: Opening) -> None:
    """As little of it as of a long body."""
    opened = await line(HEAD)
    for _ in range(HEAD_BYTES_MAX // 4_000 + 1):
        opened.writer.write(b"x-more: %b\r\n" % (b"1" * 4_000))
        await asyncio.sleep(0.01)
    answer, seconds = await opened.hung_up()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert seconds < SECONDS


async def test_an_answer_may_take_longer(line: Opening) -> None:
    """It is the client that waits then, also where half of its next request is there already."""
    slow = post("{ sleep(seconds: 1.8) }")
    for ahead in (b"", HEAD):
        assert (await (await line(slow, ahead)).answer()).endswith(b'{"data":{"sleep":"awake"}}')


async def test_an_answer_that_is_not_read_is_not_kept(port: int) -> None:
    """The client has what was under way, and not the rest."""
    got = await received(port, post_for_much(), pause=LATE_SECONDS, pauses=1)
    assert 10_000 < got < FIELDS * MUCH_BYTES


async def test_an_answer_may_be_read_slowly(port: int) -> None:
    """As long as some of it is read in the time that there is, also where the system has more of it than is read meanwhile."""
    assert await received(port, post_for_much(), pause=SECONDS / 2, pauses=6) >= FIELDS * MUCH_BYTES


async def test_an_answer_is_read_as_fast_as_is_said(
    database: Database, callers: GivenCallers, schema: InventorySchema
) -> None:
    """The same steps are too small where more is asked for."""
    settings = settings_for_tests(request_seconds_max=SECONDS, answer_read_bytes_min=1_000_000)
    application = create_app(settings, database=database, authenticator=callers, ready=answer_yes, schema=schema)
    async with program(application, settings) as port:
        assert await received(port, post_for_much(), pause=SECONDS / 2, pauses=12) < FIELDS * MUCH_BYTES


async def test_requests_may_follow_each_other_for_long(line: Opening) -> None:
    """Each has its time."""
    opened = await line()
    while time.perf_counter() - opened.opened_at < LATE_SECONDS:
        whole = post("{ __typename }")
        opened.writer.write(whole[:100])
        await asyncio.sleep(0.3)
        opened.writer.write(whole[100:])
        assert (await opened.answer()).endswith(b'{"data":{"__typename":"Query"}}')


async def test_a_socket_stays_open(port: int) -> None:
    """Its quiet is its own."""
    url = f"ws://127.0.0.1:{port}/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as opened:
        await opened.send('{"type":"connection_init"}')
        assert orjson.loads(await opened.recv())["type"] == "connection_ack"
        await asyncio.sleep(LATE_SECONDS)
        await opened.send('{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}')
        assert orjson.loads(await opened.recv())["payload"] == {"data": {"__typename": "Query"}}


async def test_one_connection_too_many_is_closed_with_an_answer(port: int, line: Opening) -> None:
    """503 at once; there is room again when those that say nothing are gone."""
    lines = [await line() for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.1)
    answer, seconds = await (await line()).hung_up()
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nretry-after: 1\r\n" in answer
    assert seconds < 0.5
    await asyncio.gather(*(each.hung_up() for each in lines))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.post("/graphql", json={"query": "{ __typename }"})).status_code == 200
