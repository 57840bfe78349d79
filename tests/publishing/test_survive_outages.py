"""NATS is killed again and again while events are written: nothing is lost, and each aggregate's events come in order."""

import asyncio
import random
from uuid import uuid4

from tests.nats_servers import NatsServer
from tests.publishing.conftest import Log
from tests.publishing.reading import Inbox, fetch

CYCLES = 10
THINGS = 15
WRITE_SECONDS = 0.04
"""Between two transactions: a NATS that syncs every message takes some hundred a second, and what waits in the end must not be
more than it takes while the test waits."""


async def test_kills_lose_nothing(log: Log, bus: NatsServer) -> None:
    """Ten times killed at any moment, away for a moment or for longer, with a consumer that reads all the while."""
    chance, things, inbox = random.Random(20261125), [uuid4() for _ in range(THINGS)], Inbox()
    is_over, counts = asyncio.Event(), dict.fromkeys(things, 0)

    async def write() -> None:
        while not is_over.is_set():
            thing = chance.choice(things)
            size = chance.randint(1, 12)
            await log.write(thing, *(str(counts[thing] + number) for number in range(size)))
            counts[thing] += size
            await log.number()
            await asyncio.sleep(WRITE_SECONDS)

    async with log.publisher(bus.url):
        writing = asyncio.create_task(write())
        reading = asyncio.create_task(fetch(bus.url, inbox, until=is_over.is_set, seconds_max=120))
        for _ in range(CYCLES):
            await asyncio.sleep(chance.uniform(0.2, 0.8))
            bus.kill()
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            await asyncio.to_thread(bus.start)
        is_over.set()
        await asyncio.gather(writing, reading)
        await log.published(60)
    expected = await log.logged()
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) >= len(expected))
    assert sorted(inbox.ids) == sorted(expected)
    for thing in things:
        assert inbox.texts(thing) == [str(number) for number in range(counts[thing])]
    assert sum(counts.values()) > CYCLES * THINGS, "too little was written to show anything"


async def test_outage_is_caught_up(log: Log, bus: NatsServer) -> None:
    """What happened while NATS was away waits in the log, and goes out in order when it is back."""
    thing, inbox = uuid4(), Inbox()
    async with log.publisher(bus.url):
        await log.number()
        await log.published()
        before = await log.position()
        bus.stop()
        await log.write(thing, *(str(number) for number in range(300)))
        await log.number()
        await asyncio.sleep(2)
        assert await log.position() == before
        await asyncio.to_thread(bus.start)
        await log.published()
    expected = await log.logged()
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) == len(expected))
    arrived = [each["payload"]["text"] for each in inbox.envelopes if each["aggregate_id"] == str(thing)]
    assert arrived == [str(number) for number in range(300)]


async def test_a_start_without_nats_waits_for_it(log: Log, bus: NatsServer) -> None:
    """The worker starts all the same, and publishes once there is somebody to publish to."""
    bus.stop()
    await log.number()
    async with log.publisher(bus.url):
        await asyncio.sleep(0.5)
        assert await log.position() == 0
        await asyncio.to_thread(bus.start)
        await log.published()
