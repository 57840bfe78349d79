"""The shipped worker, killed again and again while events are written."""

import asyncio
import random
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID, uuid4

from inventory_graph.live.publishing import KAFKA, NATS, Bus
from tests.kafka_clusters import kafka_cluster
from tests.nats_servers import NatsServer
from tests.publishing.conftest import Log
from tests.publishing.kafka import read
from tests.publishing.reading import Inbox, fetch
from tests.servers import ELSEWHERE, program

CYCLES = 5
CHANGES = 40


async def test_killed_workers_lose_nothing(log: Log, bus: NatsServer) -> None:
    """Whatever they were doing: the log arrives, each aggregate in order, and as often as the ids say once."""
    inbox = Inbox()
    counts = await kill_while_writing(log, NATS, {"EVENTS_NATS_URL": bus.url})
    expected = await log.logged()
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) == len(expected))
    assert sorted(inbox.ids) == sorted(expected)
    for thing, count in counts.items():
        arrived = [each["payload"]["text"] for each in inbox.envelopes if each["aggregate_id"] == str(thing)]
        assert arrived == [str(number) for number in range(count)]


async def test_killed_workers_lose_nothing_for_kafka(log: Log) -> None:
    """The same to a topic of Kafka."""
    with kafka_cluster() as cluster:
        counts = await kill_while_writing(log, KAFKA, {"EVENTS_KAFKA_BROKERS": ",".join(cluster.brokers)})
        expected = await log.logged()
        inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == len(expected))
    assert sorted(inbox.ids) == sorted(expected)
    for thing, count in counts.items():
        assert inbox.texts(thing) == [str(number) for number in range(count)]


async def kill_while_writing(log: Log, bus: Bus, settings: Mapping[str, str]) -> dict[UUID, int]:
    """Write events of ten things, kill the worker while it publishes them, and start the next; the last one publishes what is left.
    Answers how many events each thing has."""
    chance, things = random.Random(25112026), [uuid4() for _ in range(10)]
    environment = {"DATABASE_URL": log.owner_url, "PATH": "/usr/bin:/bin", **settings}
    counts = dict.fromkeys(things, 0)

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [program(), "worker"], cwd=ELSEWHERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    worker = start()
    try:
        for cycle in range(CYCLES):
            for _ in range(CHANGES):
                thing = chance.choice(things)
                await log.write(thing, *(str(counts[thing] + number) for number in range(5)))
                counts[thing] += 5
            before = await log.position(bus)
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while await log.position(bus) == before:  # noqa: ASYNC110 - the position is in the database
                        await asyncio.sleep(chance.uniform(0, 0.02))
            if cycle < CYCLES - 1:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                worker = start()
        async with asyncio.timeout(60):
            while await log.unnumbered():  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.05)
        await log.published(60, bus=bus)
    finally:
        worker.kill()
        worker.wait()
    return counts
