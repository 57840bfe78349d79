"""The publisher carries the log to Kafka: each event, in order, moved past only when stored, whatever becomes of the brokers."""

import asyncio
import sys
from collections.abc import Iterator
from itertools import pairwise
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from inventory_graph.cli.publishing import publishing
from inventory_graph.config import Settings, SettingsError
from inventory_graph.db import Record
from inventory_graph.live.dead_letters import replay_dead_letters
from inventory_graph.live.lanes import TRIES_MAX
from inventory_graph.live.publishing import KAFKA, NATS
from inventory_graph.worker import WORKER
from tests.kafka_clusters import Code, KafkaCluster, kafka_cluster
from tests.nats_servers import NatsServer
from tests.publishing.conftest import Log
from tests.publishing.kafka import kafka_publisher, read
from tests.publishing.reading import stored

SMALL = 32_768
POISON = "x" * SMALL


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    """A Kafka of the test's own."""
    with kafka_cluster() as made:
        yield made


async def letters(log: Log) -> list[Record]:
    """The dead letters of all tenants, in order."""
    async with log.worker.read(WORKER) as tx:
        return await tx.raw.fetch("SELECT *, payload->>'text' AS text FROM dead_letters ORDER BY tenant_seq, reader")


async def parked(log: Log, count: int) -> list[Record]:
    """The dead letters, once there are so many."""
    async with asyncio.timeout(30):
        while len(found := await letters(log)) != count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    return found


async def test_the_worker_needs_the_extra(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the worker does not start, and says which command helps."""
    monkeypatch.setitem(sys.modules, "inventory_graph.transport.kafka", None)
    settings = Settings.load(dotenv=None, events_kafka_brokers="kafka:9092")
    with pytest.raises(SettingsError, match=r"EVENTS_KAFKA_BROKERS is set .*pip install 'inventory-graph\[kafka\]'"):
        publishing(settings, log.worker, log=log.bell, registry=CollectorRegistry())


async def test_message_is_that_of_nats_with_a_key(log: Log, cluster: KafkaCluster) -> None:
    """The key is the aggregate; value and headers are the same as to NATS."""
    thing = uuid4()
    await log.write(thing, "tea")
    await log.number()
    async with kafka_publisher(log, cluster):
        await log.published(bus=KAFKA)
    (event_id,) = await log.logged(thing)
    inbox = await read(cluster, until=lambda inbox: event_id in inbox.ids)
    envelope, record = next(
        (envelope, record)
        for envelope, record in zip(inbox.envelopes, inbox.records, strict=True)
        if envelope["id"] == event_id
    )
    async with log.worker.read(log.tenant.actor) as tx:
        row = await tx.raw.fetchrow(
            "SELECT seq, tenant_seq, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at"
            " FROM event_log WHERE aggregate_id = $1",
            thing,
        )
    assert row is not None
    assert envelope == {
        "id": event_id,
        "event_type": "test.happened",
        "aggregate_type": "inventory",
        "aggregate_id": str(thing),
        "tenant_id": str(log.tenant.id),
        "tenant_slug": log.tenant.slug,
        "payload": {"text": "tea"},
        "metadata": {"sequence": str(row["tenant_seq"])},
        "timestamp": row["at"],
        "version": "1.0",
    }
    assert record.key == str(thing).encode()
    assert dict(record.headers) == {
        "event-id": event_id.encode(),
        "event-type": b"test.happened",
        "aggregate-type": b"inventory",
        "aggregate-id": str(thing).encode(),
        "tenant-id": str(log.tenant.id).encode(),
        "event-version": b"1.0",
        "log-sequence": str(row["seq"]).encode(),
    }


async def test_each_aggregate_comes_in_order(log: Log, cluster: KafkaCluster) -> None:
    """A thousand events of ten things over four partitions: all of them, each thing's in one partition and in order."""
    things = [uuid4() for _ in range(10)]
    for first in range(0, 100, 10):
        for thing in things:
            await log.write(thing, *(str(number) for number in range(first, first + 10)))
    await log.number()
    async with kafka_publisher(log, cluster):
        await log.published(bus=KAFKA)
    expected = await log.logged()
    inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == len(expected))
    assert sorted(inbox.ids) == sorted(expected)
    for thing in things:
        records = [each for each in inbox.records if each.key == str(thing).encode()]
        assert inbox.texts(thing) == [str(number) for number in range(100)]
        assert len({each.partition for each in records}) == 1
        assert all(a.offset < b.offset for a, b in pairwise(records))
    assert len({each.partition for each in inbox.records}) > 1


async def test_outages_are_caught_up(log: Log, cluster: KafkaCluster) -> None:
    """The brokers are gone twice, once for longer than the producer tries by itself: what happened meanwhile waits in the log and
    comes in order."""
    thing, written = uuid4(), 0
    async with kafka_publisher(log, cluster):
        await log.number()
        await log.published(bus=KAFKA)
        for seconds in (1, 7):
            before = await log.position(KAFKA)
            cluster.stop()
            await log.write(thing, *(str(number) for number in range(written, written + 100)))
            written += 100
            await log.number()
            await asyncio.sleep(seconds)
            assert await log.position(KAFKA) == before
            cluster.start()
            await log.published(30, bus=KAFKA)
    expected = await log.logged()
    inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == len(expected))
    assert inbox.texts(thing) == [str(number) for number in range(written)]


async def test_a_start_without_kafka_waits_for_it(log: Log, cluster: KafkaCluster) -> None:
    """The worker starts all the same, and publishes once there is somebody to publish to."""
    cluster.stop()
    await log.number()
    async with kafka_publisher(log, cluster):
        await asyncio.sleep(0.5)
        assert await log.position(KAFKA) == 0
        cluster.start()
        await log.published(bus=KAFKA)


@pytest.mark.parametrize(
    "code", [Code.NOT_ENOUGH_REPLICAS, Code.TOPIC_AUTHORIZATION_FAILED], ids=lambda code: code.name
)
async def test_what_is_no_fault_of_the_message_parks_nothing(log: Log, cluster: KafkaCluster, code: Code) -> None:
    """It is sent again until it is taken."""
    thing = uuid4()
    async with kafka_publisher(log, cluster):
        await log.number()
        await log.published(bus=KAFKA)
        cluster.answer(*[code] * 3)
        await log.write(thing, "one", "two")
        await log.number()
        await log.published(30, bus=KAFKA)
    inbox = await read(cluster, until=lambda inbox: len(inbox.texts(thing)) == 2)
    assert (inbox.texts(thing), await letters(log)) == (["one", "two"], [])


async def test_what_is_too_large_parks_only_its_aggregate(log: Log, cluster: KafkaCluster) -> None:
    """What came before it went out, what comes after it waits behind it, all others flow; asked for again where larger ones are
    taken, it comes in order."""
    sick, well = uuid4(), uuid4()
    await log.write(sick, "before", POISON, "after")
    await log.write(well, "one")
    await log.number()
    async with kafka_publisher(log, cluster, message_bytes_max=SMALL):
        await log.published(bus=KAFKA)
        found = await parked(log, 2)
    assert [(each["text"], each["tries"], each["reader"]) for each in found] == [
        (POISON, TRIES_MAX, "kafka"),
        ("after", 0, "kafka"),
    ]
    assert "EVENTS_KAFKA_MESSAGE_BYTES_MAX is 32768" in found[0]["error"]
    expected = len(await log.logged()) - 2
    inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == expected)
    assert (inbox.texts(sick), inbox.texts(well)) == (["before"], ["one"])


async def test_what_the_brokers_refuse_is_parked(log: Log, cluster: KafkaCluster) -> None:
    """A topic that takes less than the setting says: the brokers say so, and the producer goes on."""
    sick, well = uuid4(), uuid4()
    async with kafka_publisher(log, cluster):
        await log.number()
        await log.published(bus=KAFKA)
        cluster.answer(*[Code.MESSAGE_TOO_LARGE] * TRIES_MAX)
        await log.write(sick, "large", "after")
        await log.number()
        found = await parked(log, 2)
        await log.write(well, "one")
        await log.number()
        await log.published(bus=KAFKA)
    assert [(each["text"], each["tries"]) for each in found] == [("large", TRIES_MAX), ("after", 0)]
    assert "MessageSizeTooLarge" in found[0]["error"]
    inbox = await read(cluster, until=lambda inbox: inbox.texts(well) == ["one"])
    assert inbox.texts(sick) == []


async def test_replay_brings_it_in_order(log: Log, cluster: KafkaCluster) -> None:
    """Once larger messages are taken: the same ids, marked, in order."""
    sick = uuid4()
    await log.write(sick, "before", POISON, "after")
    await log.number()
    async with kafka_publisher(log, cluster, message_bytes_max=SMALL):
        await parked(log, 2)
    async with kafka_publisher(log, cluster):
        replay = log.tenant.database.write(log.tenant.actor, lambda tx: replay_dead_letters(tx, aggregate_id=sick))
        assert await replay == 2
        await parked(log, 0)
    inbox = await read(cluster, until=lambda inbox: len(inbox.texts(sick)) == 3)
    assert inbox.texts(sick) == ["before", POISON, "after"]
    marks = [each["metadata"].get("replay") for each in inbox.envelopes if each["aggregate_id"] == str(sick)]
    assert marks == [None, True, True]


async def test_letters_of_kafka_hold_up_nobody_else(log: Log, bus: NatsServer, cluster: KafkaCluster) -> None:
    """Whoever publishes to NATS from now on knows that they are not its own."""
    sick = uuid4()
    await log.write(sick, POISON, "after")
    await log.number()
    async with kafka_publisher(log, cluster, message_bytes_max=SMALL):
        await parked(log, 2)
    await log.write(sick, "later")
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    assert await stored(bus.url) == len(await log.logged())
    assert len(await letters(log)) == 2


async def test_nats_and_kafka_are_published_beside_each_other(log: Log, bus: NatsServer, cluster: KafkaCluster) -> None:
    """Each with a position and dead letters of its own: while Kafka is away NATS goes on, and what only Kafka refuses is parked for
    Kafka alone."""
    sick = uuid4()
    async with log.publisher(bus.url), kafka_publisher(log, cluster, message_bytes_max=SMALL):
        await log.write(sick, POISON, "after")
        await log.number()
        await log.published()
        await log.published(bus=KAFKA)
        found = await parked(log, 2)
        cluster.stop()
        await log.write(uuid4(), "one")
        await log.number()
        await log.published()
        assert (await log.position(NATS), await log.position(KAFKA)) == (
            len(await log.logged()),
            len(await log.logged()) - 1,
        )
        cluster.start()
        await log.published(30, bus=KAFKA)
    assert [(each["text"], each["reader"]) for each in found] == [(POISON, "kafka"), ("after", "kafka")]
    expected = await log.logged()
    assert await stored(bus.url) == len(expected)
    inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == len(expected) - 2)
    assert inbox.texts(sick) == []
