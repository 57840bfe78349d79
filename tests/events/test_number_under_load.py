"""Twelve writers, transactions of several aggregates, and one that stays open: the log misses nothing and breaks no order."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from inventory_graph.db import Database
from inventory_graph.live.log import End, Entry, end, entries_after
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.live.verification import verify_chain
from inventory_graph.outbox import emit
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from migrations.roles import APP
from migrations.roles import WORKER as WORKER_ROLE
from tests.events.writers import Counted, Writers
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.properties.telling import Tell
from tests.servers import PostgresServer

EVENTS = 50_000
WRITERS = 12
AGGREGATES = 12
SEED = 20_261_125

# What a relay sees that reads the outbox in the order of its identities: the table would keep its rows for it.
KEEP = """
CREATE TABLE kept (id bigint, tenant_id uuid);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO kept SELECT id, tenant_id FROM added; RETURN NULL; END $$;
CREATE TRIGGER keep AFTER INSERT ON outbox REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep();
CREATE INDEX ON kept (id)
"""


@dataclass(slots=True)
class NaiveRelay:
    """Reads on after the highest identity that it has seen."""

    connection: "asyncpg.Connection[Any]"
    last: int = 0
    seen: int = 0

    async def run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(0.005)

    async def read(self) -> None:
        rows = await self.connection.fetch("SELECT id FROM kept WHERE id > $1 ORDER BY id LIMIT 1000", self.last)
        self.seen += len(rows)
        self.last = rows[-1]["id"] if rows else self.last


@dataclass(slots=True)
class Reader:
    """Follows the log from a position."""

    database: Database
    place: End
    entries: list[Entry] = field(default_factory=list)
    seen_at: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(0.005)

    async def read(self) -> int:
        async with self.database.read(WORKER) as tx:
            read = await entries_after(tx, self.place)
        now = time.perf_counter()
        for entry in read:
            if entry.type == Counted.type:
                self.seen_at[entry.data["number"]] = now
        self.entries += read
        if read:
            self.place = End(read[-1].seq, read[-1].logged_at)
        return len(read)


@dataclass(slots=True)
class Stage:
    """A database of the test's own, with the sequencer at work."""

    database: Database
    worker: Database
    tenant: GivenTenant
    owner: "asyncpg.Connection[Any]"
    url: str


@pytest.fixture
async def stage(postgres: PostgresServer) -> AsyncIterator[Stage]:
    """The tenant has twelve warehouses to change."""
    url = await postgres.clone()
    owner = await asyncpg.connect(url)
    await owner.execute(KEEP)
    outbox = Wakeup()
    database = await Database.connect(url, role=APP, connections_max=WRITERS + 2)
    database.on_events = outbox.ring
    worker = await Database.connect(url, role=WORKER_ROLE, connections_max=3)
    tenant = await given_tenant(database)
    sequencer = asyncio.create_task(Sequencer(worker, WORKER, outbox=outbox, log=Wakeup()).run())
    yield Stage(database, worker, tenant, owner, url)
    sequencer.cancel()
    await asyncio.gather(sequencer, return_exceptions=True)
    await owner.close()
    await database.close()
    await worker.close()


async def test_misses_nothing_and_keeps_the_order(stage: Stage, tell: Tell) -> None:
    """50,000 events: positions without a gap, each aggregate's events in their order, the one of the transaction that stayed open
    too. Beside it the usual relay, which reads the outbox by identity, loses some: so the test can see what it looks for."""
    tenant = stage.tenant
    aggregates = [(await given_warehouse(tenant, code=f"W{number}")).id for number in range(AGGREGATES)]
    naive = NaiveRelay(await asyncpg.connect(stage.url), last=await stage.owner.fetchval("SELECT max(id) FROM kept"))
    kept_before = await stage.owner.fetchval("SELECT count(*) FROM kept")
    async with stage.worker.read(WORKER) as tx:
        reader = Reader(stage.worker, await end(tx))
    writers = Writers(stage.database, tenant, aggregates, random.Random(SEED))
    async with _running(reader.run(), naive.run()), _open_transaction(stage, tenant.id):
        await writers.write(writers=WRITERS, events=EVENTS)
    total = sum(writers.versions.values()) + 1
    await _until_all(reader, total)
    while before := naive.seen:
        await naive.read()
        if naive.seen == before:
            break
    counted = [entry for entry in reader.entries if entry.type == Counted.type]
    assert len(counted) == total
    first = reader.entries[0]
    assert [entry.seq for entry in reader.entries] == list(range(first.seq, first.seq + len(reader.entries)))
    assert [entry.tenant_seq for entry in reader.entries] == list(
        range(first.tenant_seq, first.tenant_seq + len(reader.entries))
    )
    seen: Counter[UUID] = Counter()
    for entry in counted:
        seen[entry.aggregate_id] += 1
        assert entry.aggregate_version == seen[entry.aggregate_id]
    async with stage.database.snapshot(tenant.actor) as tx:
        assert (await verify_chain(tx)).broken_at is None
    lost = await stage.owner.fetchval("SELECT count(*) FROM kept") - kept_before - naive.seen
    assert lost > 0
    await naive.connection.close()
    tell([_told(reader, writers, lost)])


def _told(reader: Reader, writers: Writers, lost: int) -> str:
    lags = sorted(reader.seen_at[number] - at for number, at in writers.committed_at.items())
    return (
        f"{len(lags)} events; from commit to log p50 {lags[len(lags) // 2] * 1_000:.1f} ms, p99"
        f" {lags[int(len(lags) * 0.99)] * 1_000:.1f} ms; a relay by identity lost {lost}"
    )


@asynccontextmanager
async def _running(*works: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _open_transaction(stage: Stage, aggregate_id: UUID) -> AsyncIterator[None]:
    """A transaction that wrote its event first and commits last."""
    async with stage.database.transaction(stage.tenant.actor) as tx:
        await tx.raw.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await emit(tx, Counted(aggregate_id=aggregate_id, aggregate_version=1, number=-1))
        yield


async def _until_all(reader: Reader, total: int) -> None:
    async with asyncio.timeout(60):
        while sum(entry.type == Counted.type for entry in reader.entries) < total:
            if not await reader.read():
                await asyncio.sleep(0.02)
