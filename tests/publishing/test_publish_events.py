"""The publisher carries the log to NATS as the services of BengoBox expect it: each event, in order, moved past only when stored."""

import asyncio
from itertools import pairwise
from uuid import uuid4

from inventory_graph.live.publishing import Message
from inventory_graph.transport.nats import DUPLICATE_SECONDS, KEPT_SECONDS, STREAM, NatsCarrier
from tests.nats_servers import NatsServer
from tests.publishing.conftest import Log
from tests.publishing.reading import Inbox, ask, fetch, stored


async def test_envelope_is_what_consumers_expect(log: Log, bus: NatsServer) -> None:
    """Every field of it, the subject and the headers, field by field."""
    aggregate_id, inbox = uuid4(), Inbox()
    await log.write(aggregate_id, "tea")
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    await fetch(bus.url, inbox, until=lambda: any(each["event_type"] == "test.happened" for each in inbox.envelopes))
    envelope, message = next(
        (envelope, message)
        for envelope, message in zip(inbox.envelopes, inbox.messages, strict=True)
        if envelope["event_type"] == "test.happened"
    )
    async with log.worker.read(log.tenant.actor) as tx:
        row = await tx.raw.fetchrow(
            'SELECT *, to_char(occurred_at, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS at FROM event_log WHERE aggregate_id = $1',
            aggregate_id,
        )
    assert row is not None
    assert envelope == {
        "id": str(row["event_id"]),
        "event_type": "test.happened",
        "aggregate_type": "inventory",
        "aggregate_id": str(aggregate_id),
        "tenant_id": str(log.tenant.id),
        "tenant_slug": log.tenant.slug,
        "payload": {"text": "tea"},
        "metadata": {"sequence": str(row["tenant_seq"])},
        "timestamp": row["at"],
        "version": "1.0",
    }
    assert message.subject == "inventory.test.happened"
    assert dict(message.headers or {}) == {
        "Nats-Msg-Id": str(row["event_id"]),
        "event-id": str(row["event_id"]),
        "event-type": "test.happened",
        "aggregate-type": "inventory",
        "aggregate-id": str(aggregate_id),
        "tenant-id": str(log.tenant.id),
        "event-version": "1.0",
        "log-sequence": str(row["seq"]),
    }


async def test_stream_is_made_as_consumers_make_it(log: Log, bus: NatsServer) -> None:
    """Files, limits, 72 hours; one that is there already stays as it is."""
    async with log.publisher(bus.url):
        await log.number()
        await log.published()
    info = await ask(bus.url, lambda client: client.jetstream().stream_info(STREAM))
    assert info.config.subjects == ["inventory.>"]
    assert (info.config.storage, info.config.retention) == ("file", "limits")
    assert (info.config.max_age, info.config.duplicate_window) == (KEPT_SECONDS, DUPLICATE_SECONDS)


async def test_a_stream_that_is_there_stays_as_it_is(log: Log, bus: NatsServer) -> None:
    """Whoever was first made it, by whatever name."""
    await ask(bus.url, lambda client: client.jetstream().add_stream(name="all", subjects=["inventory.>"], max_age=60))
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    info = await ask(bus.url, lambda client: client.jetstream().stream_info("all"))
    assert (info.config.max_age, info.state.messages) == (60, len(await log.logged()))


async def test_whole_log_arrives_in_the_order_of_each_aggregate(log: Log, bus: NatsServer) -> None:
    """Two thousand events about twenty things, and nothing twice."""
    things, inbox = [uuid4() for _ in range(20)], Inbox()
    for first in range(0, 100, 10):
        for thing in things:
            await log.write(thing, *(str(number) for number in range(first, first + 10)))
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    expected = await log.logged()
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) == len(expected))
    assert (sorted(inbox.ids), await stored(bus.url)) == (sorted(expected), len(expected))
    for thing in things:
        arrived = [each for each in inbox.envelopes if each["aggregate_id"] == str(thing)]
        assert [each["payload"]["text"] for each in arrived] == [str(number) for number in range(100)]
        assert all(int(a["metadata"]["sequence"]) < int(b["metadata"]["sequence"]) for a, b in pairwise(arrived))


class Deaf(NatsCarrier):
    """A carrier whose process hears no acknowledgement any more after so many messages."""

    def __init__(self, url: str, *, heard: int) -> None:
        super().__init__(url)
        self.heard = heard

    async def publish(self, message: Message) -> None:
        await super().publish(message)
        self.heard -= 1
        if self.heard < 0:
            await asyncio.Event().wait()


async def test_what_was_stored_and_not_noted_is_stored_once(log: Log, bus: NatsServer) -> None:
    """A publisher that is gone between the acknowledgement and the position: the next one sends the same ids again."""
    for _ in range(150):
        await log.write(uuid4(), "one", "two")
    await log.number()
    carrier = Deaf(bus.url, heard=20)
    async with log.publisher(carrier):
        async with asyncio.timeout(20):
            while carrier.heard > -100 or not await log.position():  # noqa: ASYNC110 - the position is in the database
                await asyncio.sleep(0.02)
    await carrier.close()
    expected = len(await log.logged())
    before = await stored(bus.url)
    assert await log.position() + 50 < before < expected
    async with log.publisher(bus.url):
        await log.published()
    assert await stored(bus.url) == expected


async def test_one_publisher_leads(log: Log, bus: NatsServer) -> None:
    """The second stands by and takes over when the first is gone; nothing comes twice or is left out."""
    thing = uuid4()
    async with log.publisher(bus.url) as first:
        await log.number()
        await log.published()
        async with log.publisher(bus.url) as second:
            await log.write(thing, "one")
            await log.number()
            await log.published()
            assert (first.is_leading, second.is_leading) == (True, False)
    async with log.publisher(bus.url) as third:
        await log.write(thing, "two")
        await log.number()
        await log.published()
        assert third.is_leading
    assert await stored(bus.url) == len(await log.logged())
