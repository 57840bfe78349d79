"""The stock that ``make bench NAME=live`` changes: written by this process, numbered by a worker, delivered by the service."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import uuid4

from inventory_graph.db import Database
from inventory_graph.stock.commands import Command, Receive
from inventory_graph.stock.posting import post
from inventory_graph.transport.bells import RedisBells
from inventory_graph.wakeups import OUTBOX, Wakeup
from tests.bench.live_changes import SKUS, Change, Published, pace
from tests.bench.shop import Shop, open_shop

_LOGGED = """
SELECT payload->>'sku' AS sku, (payload->>'version')::int AS version, extract(epoch FROM logged_at)::float8 AS logged_at
FROM event_log WHERE tenant_id = $1 AND aggregate_type = 'balance'
"""


@dataclass(slots=True)
class LiveShop:
    """A tenant whose stock changes."""

    database: Database
    shop: Shop
    published: Published = field(default_factory=list)
    _changing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self._changing = asyncio.create_task(pace(self._change))

    async def end(self) -> Published:
        """Change nothing more; what was committed, and when the COMMIT had come back."""
        assert self._changing is not None
        self._changing.cancel()
        await asyncio.gather(self._changing, return_exceptions=True)
        return self.published

    async def logged(self) -> Published:
        """The same changes as they stand in the event log, and when they were numbered."""
        async with self.database.read(self.shop.actor) as tx:
            rows = await tx.raw.fetch(_LOGGED, tx.tenant_id)
        return [(int(row["sku"].rpartition("-")[2]), row["version"], row["logged_at"]) for row in rows]

    async def _change(self, together: Sequence[Change]) -> None:
        shop = self.shop
        lines = [
            Receive(variant_id=shop.variant_ids[sku], warehouse_id=shop.warehouse_id, quantity=Decimal(1))
            for sku, _ in together
        ]
        commands = [Command(id=uuid4(), lines=(line,), recorded_by="bench") for line in lines]
        posting = asyncio.create_task(self.database.write(shop.actor, lambda tx: post(tx, commands)))
        try:
            await asyncio.shield(posting)
        finally:
            # To its end, also when it is to be the last: what was committed has to be known.
            await posting
            now = time.time()
            self.published += [(sku, version, now) for sku, version in together]


@asynccontextmanager
async def live_shop(database_url: str, redis_url: str | None) -> AsyncIterator[LiveShop]:
    """A new tenant. Where there is a Redis the worker is woken by each change."""
    database = await Database.connect(database_url, connections_max=2)
    carrying: list[asyncio.Task[None]] = []
    if redis_url is not None:
        outbox, bells = Wakeup(), RedisBells(redis_url)
        bells.connect(OUTBOX, outbox)
        database.on_events = outbox.ring
        carrying.append(asyncio.create_task(bells.run()))
    try:
        yield LiveShop(database, await open_shop(database, variants=SKUS))
    finally:
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
        await database.close()
