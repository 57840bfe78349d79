"""A consumer as it reads a topic of Kafka, and publishers that write one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer

from inventory_graph.live.publisher import Publisher
from inventory_graph.live.publishing import KAFKA
from inventory_graph.transport.kafka import KafkaCarrier
from tests.kafka_clusters import TOPIC, KafkaCluster
from tests.publishing.conftest import Log

MESSAGE_BYTES_MAX = 1_000_000


@dataclass(slots=True)
class Inbox:
    """What arrived, each event once, in the order in which it came first."""

    envelopes: list[dict[str, Any]] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def take(self, record: Any) -> None:
        """Read the message unless it is known."""
        envelope = orjson.loads(record.value)
        if envelope["id"] not in self.ids:
            self.ids.add(envelope["id"])
            self.envelopes.append(envelope)
            self.records.append(record)

    def texts(self, aggregate_id: object) -> list[str]:
        """What arrived of an aggregate."""
        return [each["payload"]["text"] for each in self.envelopes if each["aggregate_id"] == str(aggregate_id)]


async def read(
    cluster: KafkaCluster, *, until: Callable[[Inbox], bool], seconds_max: float = 30.0, **options: Any
) -> Inbox:
    """Everything of the topic from its beginning, until the condition holds. ``options`` are the consumer's."""
    inbox = Inbox()
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=list(cluster.brokers), auto_offset_reset="earliest", **options)
    try:
        await consumer.start()
        async with asyncio.timeout(seconds_max):
            while not until(inbox):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        inbox.take(record)
    finally:
        await consumer.stop()
    return inbox


@asynccontextmanager
async def kafka_publisher(
    log: Log, cluster: KafkaCluster, *, message_bytes_max: int = MESSAGE_BYTES_MAX
) -> AsyncIterator[Publisher]:
    """A publisher to the cluster while the block runs."""
    carrier = KafkaCarrier(cluster.brokers, topic=TOPIC, message_bytes_max=message_bytes_max)
    async with log.publisher(carrier, KAFKA) as publisher:
        try:
            yield publisher
        finally:
            await carrier.close()
