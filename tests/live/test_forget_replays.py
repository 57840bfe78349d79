"""What a reader had before it went away is gone with it: events of the log are kept by nobody else, and are many."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from inventory_graph.live.cursors import Cursor
from inventory_graph.live.feeds import Delivery
from inventory_graph.live.hub import Subscriber
from inventory_graph.live.log import REPLAYED_MAX, Entry
from inventory_graph.live.selections import StockSelection
from tests.garbage import kept, no_collector
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.live.conftest import NumberEvents
from tests.live.following import SECONDS_MAX, Following
from tests.live.noise import given_changes
from tests.statements import CountingDatabase

BEGINNING = Cursor(0).text()
CHANGES = 2 * REPLAYED_MAX
KEPT = (Entry, Delivery, Subscriber)
Gone = Callable[[str], Awaitable[None]]
"""Called with where the reader is: in the middle of a page, at its end, or where all is told."""


@pytest.fixture
async def long_log(tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents) -> None:
    """Two pages and one more change."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await number_events()
    await given_changes(tenant, worker_database, CHANGES, like="TEA")
    await number_events()


async def read_all(tail: Following, tenant: GivenTenant, stage: Gone) -> None:
    """Read from the beginning on, for ever."""
    count = 0

    async def pay(_points: int) -> None:
        await stage("paying")

    feed = tail.feeds.stock(tenant.actor, selection=StockSelection(), after=BEGINNING, coalesce=False, pay=pay)
    async with aclosing(feed) as deliveries:
        async for _ in deliveries:
            count += 1
            if count == REPLAYED_MAX // 2:
                await stage("in a page")
            elif count == REPLAYED_MAX:
                await stage("reading on")
            elif count == CHANGES + 1:
                await stage("waiting")


async def test_a_delivered_change_is_gone(long_log: None, tail: Following, tenant: GivenTenant) -> None:
    """Each before the next ones are read: not one waits for the collector of garbage."""
    found: list[int] = []

    async def count(stage: str) -> None:
        if stage == "waiting":
            found.append(len(kept(Entry)))

    with no_collector():
        reading = asyncio.create_task(read_all(tail, tenant, count))
        async with asyncio.timeout(SECONDS_MAX):
            while not found:  # noqa: ASYNC110 - the feed tells nobody
                await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert found == [1]


@pytest.mark.parametrize("where", ["in a page", "paying", "reading on", "waiting"])
async def test_a_cut_replay_keeps_nothing(where: str, long_log: None, tail: Following, tenant: GivenTenant) -> None:
    """Wherever its client goes: in the middle of a page, before one is paid, while the next is read, and with all of it told."""
    reached = asyncio.Event()

    async def stop(stage: str) -> None:
        if stage == where:
            reached.set()
            if where in {"in a page", "paying"}:
                await asyncio.Event().wait()

    with no_collector():
        reading = asyncio.create_task(read_all(tail, tenant, stop))
        async with asyncio.timeout(SECONDS_MAX):
            await reached.wait()
            if where == "waiting":
                await tail.joined(1)
                await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        del reading
        await asyncio.sleep(0)
        assert kept(*KEPT) == []


async def test_what_waited_for_a_reader_goes_with_it(
    long_log: None, tail: Following, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents
) -> None:
    """It never took what the tail had for it."""
    stay = asyncio.Event()
    reached = asyncio.Event()

    async def stop(stage: str) -> None:
        if stage == "in a page":
            reached.set()
            await stay.wait()

    with no_collector():
        reading = asyncio.create_task(read_all(tail, tenant, stop))
        await reached.wait()
        before = len(kept(Entry))
        await given_changes(tenant, worker_database, 50, like="TEA")
        await number_events()
        async with asyncio.timeout(SECONDS_MAX):
            while len(kept(Entry)) < before + 50:  # noqa: ASYNC110 - the tail tells nobody
                await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.wait([reading])
        del reading
        await asyncio.sleep(0)
        assert kept(*KEPT) == []
