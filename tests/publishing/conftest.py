"""Publishers of a test, in this process, against a NATS and a database of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.hooks import HOOKS
from inventory_graph.leading import lead
from inventory_graph.live.publisher import Publisher
from inventory_graph.live.publishing import NATS, Bus, Carrier
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.live.sequencing import LOCK, SEQUENCED_MAX
from inventory_graph.outbox import emit
from inventory_graph.transport.nats import NatsCarrier
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from migrations.roles import APP
from migrations.roles import WORKER as WORKER_ROLE
from tests.given.tenants import GivenTenant, given_tenant
from tests.nats_servers import NatsServer, nats_server
from tests.publishing.happening import Happening
from tests.servers import PostgresServer


@dataclass(slots=True)
class Log:
    """A database whose log belongs to the test, with a tenant whose events are numbered when the test says so."""

    worker: Database
    tenant: GivenTenant
    owner_url: str = field(repr=False)
    bell: Wakeup = field(default_factory=Wakeup)

    async def write(self, aggregate_id: UUID, *texts: str) -> None:
        """Something happened to the aggregate, in this order."""

        async def happen(tx: Transaction) -> None:
            await emit(tx, *(Happening(aggregate_id=aggregate_id, text=text) for text in texts))

        await self.tenant.database.write(self.tenant.actor, happen)

    async def number(self) -> None:
        """Move everything that is committed to the log."""
        sequencer = Sequencer(self.worker, WORKER, outbox=Wakeup(), log=self.bell)
        async with lead(self.worker, LOCK) as leader:
            assert leader is not None, "another sequencer leads"
            while await sequencer.one_round(leader) == SEQUENCED_MAX:
                pass

    async def logged(self, aggregate_id: UUID | None = None) -> list[str]:
        """The ids of the events of the log, or of one aggregate, in order."""
        async with self.worker.read(WORKER) as tx:
            rows = await tx.raw.fetch("SELECT event_id, aggregate_id FROM event_log ORDER BY seq")
        return [str(row["event_id"]) for row in rows if aggregate_id in {None, row["aggregate_id"]}]

    async def unnumbered(self) -> int:
        """How many events are committed and not in the log yet."""
        async with self.worker.read(WORKER) as tx:
            return int(await tx.raw.fetchval("SELECT count(*) FROM outbox"))

    async def position(self, bus: Bus = NATS) -> int:
        """How far the log is published to the bus."""
        async with self.worker.read(WORKER) as tx:
            return int(await tx.raw.fetchval("SELECT seq FROM log_positions WHERE reader = $1", bus.name) or 0)

    async def published(self, seconds_max: float = 10.0, *, bus: Bus = NATS) -> None:
        """Return when the whole log is published to the bus."""
        async with asyncio.timeout(seconds_max):
            while await self.position(bus) < len(await self.logged()):  # noqa: ASYNC110 - the position is in the database
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def publisher(self, carrier: str | Carrier, bus: Bus = NATS) -> AsyncIterator[Publisher]:
        """A publisher while the block runs, to the URL of a NATS or by the carrier."""
        made = NatsCarrier(carrier) if isinstance(carrier, str) else None
        publisher = Publisher(
            self.worker,
            WORKER,
            made or carrier,  # type: ignore[arg-type]
            bus=bus,
            log=self.bell.branch(),
            idle_seconds=0.05,
        )
        task = asyncio.create_task(publisher.run())
        try:
            yield publisher
        finally:
            task.cancel()
            # A publisher that fell is a failure of the test, whatever else it waits for.
            with suppress(asyncio.CancelledError):
                await task
            if made is not None:
                await made.close()


@pytest.fixture
async def log(postgres: PostgresServer) -> AsyncIterator[Log]:
    """A log that nobody else writes, with the events of a new tenant."""
    url = await postgres.clone()
    database = await Database.connect(url, role=APP, connections_max=3, hooks=HOOKS)
    worker = await Database.connect(url, role=WORKER_ROLE, connections_max=6, hooks=HOOKS)
    yield Log(worker, await given_tenant(database, slug=f"t-{uuid4().hex[:12]}"), url)
    await worker.close()
    await database.close()


@pytest.fixture
def bus() -> Iterator[NatsServer]:
    """A NATS of the test's own."""
    with nats_server() as server:
        yield server
