"""An event that NATS refuses for itself parks its aggregate, and nobody else's."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from inventory_graph.db import Record
from inventory_graph.live.dead_letters import replay_dead_letters
from inventory_graph.live.lanes import TRIES_MAX
from inventory_graph.worker import WORKER
from tests.given.tenants import given_tenant
from tests.nats_servers import NatsServer, nats_server
from tests.publishing.conftest import Log
from tests.publishing.reading import Inbox, fetch

SMALL = 8_192
POISON = "x" * SMALL


@pytest.fixture
def bus() -> Iterator[NatsServer]:
    """A NATS that takes small messages only."""
    with nats_server(max_payload=SMALL) as server:
        yield server


async def letters(log: Log) -> list[Record]:
    """The dead letters of all tenants, in order."""
    async with log.worker.read(WORKER) as tx:
        return await tx.raw.fetch("SELECT *, payload->>'text' AS text FROM dead_letters ORDER BY tenant_seq")


async def texts(bus: NatsServer, aggregate_id: UUID, count: int) -> list[str]:
    """What arrived of an aggregate, when so many events of it have."""
    inbox = Inbox()

    def arrived() -> list[str]:
        return [each["payload"]["text"] for each in inbox.envelopes if each["aggregate_id"] == str(aggregate_id)]

    await fetch(bus.url, inbox, until=lambda: len(arrived()) >= count)
    return arrived()


async def replay(log: Log, aggregate_id: UUID) -> int:
    """What an administrator asks for."""
    return await log.tenant.database.write(
        log.tenant.actor, lambda tx: replay_dead_letters(tx, aggregate_id=aggregate_id)
    )


async def settled(log: Log, count: int, *, tries: int = TRIES_MAX) -> list[Record]:
    """The dead letters, once there are so many, the first was tried so often, and none is on its way."""
    async with asyncio.timeout(30):
        while True:
            found = await letters(log)
            if len(found) == count and (not found or found[0]["tries"] == tries):
                return found
            await asyncio.sleep(0.05)


async def test_poison_parks_only_its_aggregate(log: Log, bus: NatsServer) -> None:
    """What came before it went out, what comes after it waits behind it, all others flow; the position moves on."""
    sick, well = uuid4(), uuid4()
    await log.write(sick, "before", POISON, "after")
    await log.write(well, "one")
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
        await log.write(sick, "later")
        await log.write(well, "two")
        await log.number()
        await log.published()
        found = await settled(log, 3)
    assert [(each["text"], each["tries"]) for each in found] == [(POISON, TRIES_MAX), ("after", 0), ("later", 0)]
    assert "max_payload" in found[0]["error"]
    assert await texts(bus, well, 2) == ["one", "two"]


async def test_nothing_of_the_parked_aggregate_arrives(log: Log, bus: NatsServer) -> None:
    """A consumer that has seen what came before sees nothing of what came after."""
    sick, inbox = uuid4(), Inbox()
    await log.write(sick, "before", POISON, "after")
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    expected = len(await log.logged()) - 2
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) == expected)
    assert [each["payload"]["text"] for each in inbox.envelopes if each["aggregate_id"] == str(sick)] == ["before"]


async def test_others_do_not_wait_for_its_tries(log: Log, bus: NatsServer) -> None:
    """While the refused event is tried again and again, what is about other things arrives."""
    sick, well = uuid4(), uuid4()
    await log.write(sick, POISON)
    await log.number()
    async with log.publisher(bus.url):
        await asyncio.sleep(0.5)
        await log.write(well, "one")
        await log.number()
        assert await texts(bus, well, 1) == ["one"]
        assert await letters(log) == []
        await settled(log, 1)


async def test_replay_brings_it_in_order(log: Log, bus: NatsServer) -> None:
    """Once the server takes it: the same ids, marked, in order; after that the aggregate flows as before."""
    sick, inbox = uuid4(), Inbox()
    await log.write(sick, "before", POISON, "after")
    await log.number()
    async with log.publisher(bus.url):
        await settled(log, 2)
        bus.stop()
        bus.max_payload = 1_048_576
        await asyncio.to_thread(bus.start)
        assert await replay(log, sick) == 2
        await log.write(sick, "meanwhile")
        await log.number()
        await settled(log, 0)
        await log.write(sick, "again")
        await log.number()
        await log.published()
    expected = await log.logged(sick)
    await fetch(bus.url, inbox, until=lambda: {*expected} <= inbox.ids)
    arrived = [each for each in inbox.envelopes if each["aggregate_id"] == str(sick)]
    assert [each["payload"]["text"] for each in arrived] == ["before", POISON, "after", "meanwhile", "again"]
    assert [each["id"] for each in arrived] == expected
    assert [each["metadata"].get("replay") for each in arrived][1:3] == [True, True]
    assert ("replay" in arrived[0]["metadata"], "replay" in arrived[-1]["metadata"]) == (False, False)


async def test_replay_of_what_is_still_refused_parks_it_again(log: Log, bus: NatsServer) -> None:
    """With twice as many tries, and nothing of what follows it has gone out."""
    sick = uuid4()
    await log.write(sick, POISON, "after")
    await log.number()
    async with log.publisher(bus.url):
        await settled(log, 2)
        await replay(log, sick)
        found = await settled(log, 2, tries=2 * TRIES_MAX)
    assert [each["tries"] for each in found] == [2 * TRIES_MAX, 0]


async def test_next_leader_knows_what_is_parked(log: Log, bus: NatsServer) -> None:
    """Whoever leads after the one who parked it keeps to it."""
    sick = uuid4()
    await log.write(sick, POISON)
    await log.number()
    async with log.publisher(bus.url):
        await settled(log, 1)
    await log.write(sick, "after")
    await log.number()
    async with log.publisher(bus.url):
        await log.published()
    assert [each["text"] for each in await letters(log)] == [POISON, "after"]


async def test_another_tenants_letters_stay_where_they_are(log: Log, bus: NatsServer) -> None:
    """For anybody else there are none, and none is asked for again."""
    sick = uuid4()
    await log.write(sick, POISON)
    await log.number()
    async with log.publisher(bus.url):
        await settled(log, 1)
    other = await given_tenant(log.tenant.database)
    assert not await other.database.write(other.actor, lambda tx: replay_dead_letters(tx, aggregate_id=sick))
    assert [each["queued_at"] for each in await letters(log)] == [None]
