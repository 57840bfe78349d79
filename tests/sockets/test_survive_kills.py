"""Servers and workers are killed again and again while clients follow: each receives every event exactly once, in order."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.shop import Shop, opened_shop, wait_until_ready
from tests.forked import forked, run_command_with
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.servers import ELSEWHERE, PostgresServer, free_port
from tests.sockets.conftest import PROTOCOL

CLIENTS = 40
CYCLES = 3
BURST = 40
"""How many events there are before each kill, and after it."""
EVENTS = CYCLES * 2 * BURST
CUTS = 3
PAUSE_SECONDS_MAX = 0.3
TAKEN_OVER_SECONDS_MAX = 10
SECONDS_MAX = 120
SEED = 20_261_127
BEGINNING = "AQAAAAAAAAAA"
FOLLOW = "subscription ($after: String) { inventoryEvents(after: $after) { cursor sequence id type } }"
LOGGED = "SELECT tenant_seq::text AS sequence, event_id::text AS id, type FROM event_log WHERE tenant_id = $1 ORDER BY tenant_seq"
NUMBERED = "SELECT coalesce(max(last_seq), 0) AS last FROM tenant_heads WHERE tenant_id = $1"

Told = tuple[str, str, str]
"""The position of an event, its id and its type."""


@dataclass(slots=True)
class Running:
    """A process of the shop, which dies when the test says so."""

    shop: Shop
    arguments: list[str]
    log: Path
    process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start it once more."""
        self.log.touch()
        self.process = forked(run_command_with, dict(self.shop.environment), self.arguments, ELSEWHERE, self.log)
        self.process.start()

    def kill(self) -> None:
        """End it at once, whatever it was doing."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.is_alive()


@dataclass(slots=True)
class Client:
    """Follows the shop's events over one socket after another, whoever broke the last one."""

    port: int
    authorization: str = field(repr=False)
    cuts: list[int]
    dice: random.Random = field(repr=False)
    cursor: str = BEGINNING
    told: list[Told] = field(default_factory=list)
    lost: int = 0
    """How many of its connections others have ended."""

    async def follow(self, until: int) -> None:
        """Receive until the position."""
        while not self.told or int(self.told[-1][0]) < until:
            try:
                async with connect(
                    f"ws://127.0.0.1:{self.port}/graphql", subprotocols=[PROTOCOL], ping_interval=None, close_timeout=0
                ) as connection:
                    await self._receive(connection, until)
                    connection.transport.abort()
            except (OSError, WebSocketException):
                self.lost += 1
                await asyncio.sleep(self.dice.uniform(0, PAUSE_SECONDS_MAX))

    async def _receive(self, connection: ClientConnection, until: int) -> None:
        """Receive until the position, or until a cut of its own is due."""
        await connection.send(_text({"type": "connection_init", "payload": {"authorization": self.authorization}}))
        payload = {"query": FOLLOW, "variables": {"after": self.cursor}}
        await connection.send(_text({"type": "subscribe", "id": "1", "payload": payload}))
        async for text in connection:
            frame = orjson.loads(text)
            if frame["type"] != "next":
                assert frame["type"] in {"connection_ack", "ping"}, frame
                continue
            event = frame["payload"]["data"]["inventoryEvents"]
            self.cursor = event["cursor"]
            self.told.append((event["sequence"], event["id"], event["type"]))
            if len(self.told) in self.cuts or int(event["sequence"]) == until:
                return


def _text(frame: object) -> str:
    return orjson.dumps(frame).decode()


@pytest.fixture
async def shop(postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Shop]:
    """A tenant whose events nobody numbers but the workers of the test."""
    async with opened_shop(postgres, tmp_path) as made:
        await given_item(made.tenant, sku="CROISSANT")
        yield made


async def write(shop: Shop) -> None:
    """A burst of changes, one after the other."""
    for _ in range(BURST):
        await given_stock(shop.tenant, "CROISSANT", "1")


async def numbered(shop: Shop) -> int:
    """The tenant's last position."""
    return int((await shop.fetch(NUMBERED))[0]["last"])


async def taken_over(shop: Shop) -> None:
    """Return when everything that is committed has its position."""
    async with asyncio.timeout(TAKEN_OVER_SECONDS_MAX):
        while await shop.fetch("SELECT FROM outbox WHERE tenant_id = $1 LIMIT 1"):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


async def test_kills_lose_nothing_and_double_nothing(shop: Shop) -> None:
    """The server dies and comes back; of two workers the one that leads dies, and the other numbers on by itself."""
    dice, port = random.Random(SEED), free_port()
    server = Running(shop, ["serve", "--port", str(port)], shop.directory / "serve.log")
    workers = [Running(shop, ["worker"], shop.directory / f"worker-{name}.log") for name in "ab"]
    try:
        leading, standing_by = workers
        leading.start()
        server.start()
        await asyncio.to_thread(wait_until_ready, port, server.log, server.is_alive)
        await taken_over(shop)
        standing_by.start()
        until = await numbered(shop) + EVENTS
        clients = [
            Client(port, f"Bearer {shop.token}", dice.sample(range(1, until), CUTS), random.Random(dice.random()))
            for _ in range(CLIENTS)
        ]
        async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(client.follow(until))
            for _ in range(CYCLES):
                writing = group.create_task(write(shop))
                await asyncio.sleep(dice.uniform(0, 0.2))
                server.kill()
                await writing
                server.start()
                await asyncio.to_thread(wait_until_ready, port, server.log, server.is_alive)
                writing = group.create_task(write(shop))
                await asyncio.sleep(dice.uniform(0, 0.2))
                leading.kill()
                await writing
                await taken_over(shop)
                leading.start()
                leading, standing_by = standing_by, leading
    finally:
        for running in (server, *workers):
            running.kill()
    logged = [(row["sequence"], row["id"], row["type"]) for row in await shop.fetch(LOGGED)]
    assert [int(sequence) for sequence, _, _ in logged] == list(range(1, until + 1))
    assert [client.told == logged for client in clients] == [True] * CLIENTS
    assert min(client.lost for client in clients) >= CYCLES
