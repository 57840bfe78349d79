"""A reader of a feed, for tests: what it got, and whether that is exactly what happened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from inventory_graph.app import READER
from inventory_graph.live.feeds import Delivery, Feeds
from inventory_graph.live.hub import WAITING_MAX, Hub
from inventory_graph.live.selections import StockSelection
from inventory_graph.quantities import quantity_to_text
from inventory_graph.wakeups import Wakeup
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase

SECONDS_MAX = 20.0


@dataclass(slots=True)
class Following:
    """The feeds of a process, its tail of the log, and the bell that tells it of new events."""

    feeds: Feeds
    hub: Hub
    log: Wakeup
    _tail: "asyncio.Task[None] | None" = None

    def go_on(self) -> None:
        """Have the tail read the log."""
        self._tail = asyncio.create_task(self.hub.run())

    async def hold(self) -> None:
        """Have it read nothing; subscribers stay."""
        if self._tail is not None:
            self._tail.cancel()
            await asyncio.gather(self._tail, return_exceptions=True)

    async def joined(self, subscribers: int) -> None:
        """Return when so many have their snapshot and follow."""
        async with asyncio.timeout(SECONDS_MAX):
            while self.hub.subscribers < subscribers:  # noqa: ASYNC110 - the hub tells nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def following(
    database: CountingDatabase,
    reader: CountingDatabase,
    *,
    heartbeat_seconds: float = 60.0,
    waiting_max: int = WAITING_MAX,
) -> AsyncIterator[Following]:
    """The tail of a process while the block runs."""
    log = Wakeup()
    hub = Hub(reader, READER, log=log, idle_seconds=0.05, waiting_max=waiting_max)
    feeds = Feeds(database, hub, clock=lambda: datetime.now(UTC), heartbeat_seconds=heartbeat_seconds)
    tail = Following(feeds, hub, log)
    tail.go_on()
    try:
        yield tail
    finally:
        await tail.hold()


async def stock_deliveries(
    feeds: Feeds,
    tenant: GivenTenant,
    count: int,
    *,
    after: str | None = None,
    coalesce: bool = False,
    **selection: Any,
) -> list[Delivery]:
    """The next deliveries of the tenant's stock."""
    chosen = StockSelection(**selection)
    found: list[Delivery] = []
    async with (
        asyncio.timeout(SECONDS_MAX),
        aclosing(feeds.stock(tenant.actor, selection=chosen, after=after, coalesce=coalesce)) as deliveries,
    ):
        async for delivery in deliveries:
            found.append(delivery)
            if len(found) == count:
                break
    return found


def told(delivery: Delivery) -> tuple[str, int | None, str | None]:
    """What a delivery says: its kind, the version of its balance and what is on hand."""
    balance = delivery.balance
    if balance is None:
        return delivery.kind, None, None
    return delivery.kind, balance.version, quantity_to_text(balance.on_hand)
