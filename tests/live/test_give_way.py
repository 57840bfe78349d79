"""Readers take turns: whoever has much waiting gets a little of it, then everybody else has a turn."""

import asyncio
from contextlib import aclosing
from itertools import groupby

import pytest

from inventory_graph.live.cursors import Cursor
from inventory_graph.live.feeds import DELIVERED_AT_ONCE
from inventory_graph.live.log import REPLAYED_MAX
from inventory_graph.live.selections import StockSelection
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.live.conftest import NumberEvents
from tests.live.following import SECONDS_MAX, Following
from tests.live.noise import given_changes
from tests.statements import CountingDatabase

READERS = 8
CHANGES = REPLAYED_MAX
ANOTHER = "another tenant's"


class Turns:
    """Who was delivered to, one after the other, and how many have had all of theirs."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.finished = 0

    async def read(self, tail: Following, tenant: GivenTenant, name: str, count: int, after: str) -> None:
        """Take so many changes; a reader that never has to wait to take them."""
        feed = tail.feeds.stock(tenant.actor, selection=StockSelection(), after=after, coalesce=False)
        async with aclosing(feed) as deliveries:
            for _ in range(count):
                await anext(deliveries)
                self.order.append(name)
        self.finished += 1

    def longest_run(self) -> int:
        """How many one reader was given in a row before any of those with much had all of theirs."""
        first_end = min(len(self.order) - self.order[::-1].index(name) for name in set(self.order) - {ANOTHER})
        return max(len(list(run)) for _, run in groupby(self.order[:first_end]))


@pytest.fixture
async def tenants(
    tenant: GivenTenant, database: CountingDatabase, number_events: NumberEvents
) -> tuple[GivenTenant, GivenTenant, str, str]:
    """Two with tea, and the cursors of where they are."""
    another = await given_tenant(database)
    for each in (tenant, another):
        await given_item(each, sku="TEA")
        await given_stock(each, "TEA", "10")
    await number_events()
    found = []
    for each in (tenant, another):
        async with each.database.read(each.actor) as tx:
            statement = "SELECT last_seq FROM tenant_heads WHERE tenant_id = $1"
            found.append(Cursor(await tx.raw.fetchval(statement, each.id)).text())
    return tenant, another, found[0], found[1]


async def test_many_readers_with_much_waiting_give_way(
    tenants: tuple[GivenTenant, GivenTenant, str, str], tail: Following, worker_database: CountingDatabase,
    number_events: NumberEvents,
) -> None:  # fmt: skip
    """To each other and to another tenant's: it hears of its one change after at most four deliveries to each of them."""
    tenant, another, cursor, their_cursor = tenants
    turns = Turns()
    async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as readers:
        for number in range(READERS):
            readers.create_task(turns.read(tail, tenant, str(number), CHANGES, cursor))
        readers.create_task(turns.read(tail, another, ANOTHER, 1, their_cursor))
        await tail.joined(READERS + 1)
        await asyncio.sleep(0.2)  # what they read of the log themselves is behind them then
        await tail.hold()
        await given_changes(tenant, worker_database, CHANGES, like="TEA")
        await given_changes(another, worker_database, 1, like="TEA")
        await number_events()
        tail.go_on()
    assert turns.finished == READERS + 1
    assert turns.longest_run() <= DELIVERED_AT_ONCE
    assert turns.order.index(ANOTHER) <= READERS * DELIVERED_AT_ONCE


async def test_a_replay_gives_way(
    tenants: tuple[GivenTenant, GivenTenant, str, str], tail: Following, worker_database: CountingDatabase,
    number_events: NumberEvents,
) -> None:  # fmt: skip
    """Whatever else the event loop has to do is done after four deliveries of a page at most."""
    tenant, _, cursor, _ = tenants
    await given_changes(tenant, worker_database, CHANGES, like="TEA")
    await number_events()
    turns = Turns()

    async def look_on() -> None:
        while not turns.finished:
            turns.order.append("a turn")
            await asyncio.sleep(0)

    async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group:
        group.create_task(look_on())
        group.create_task(turns.read(tail, tenant, "reader", CHANGES, cursor))
    runs = [len(list(run)) for name, run in groupby(turns.order) if name == "reader"]
    assert sum(runs) == CHANGES
    assert max(runs) <= DELIVERED_AT_ONCE


async def test_a_snapshot_gives_way(tenant: GivenTenant, tail: Following, number_events: NumberEvents) -> None:
    """In the same way."""
    count = 3 * DELIVERED_AT_ONCE
    for number in range(count):
        await given_item(tenant, sku=f"TEA-{number}")
        await given_stock(tenant, f"TEA-{number}", "1")
    await number_events()
    order: list[str] = []
    is_over = asyncio.Event()

    async def look_on() -> None:
        while not is_over.is_set():
            order.append("a turn")
            await asyncio.sleep(0)

    feed = tail.feeds.stock(tenant.actor, selection=StockSelection(), after=None, coalesce=False)
    async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group, aclosing(feed) as deliveries:
        group.create_task(look_on())
        for _ in range(count):
            await anext(deliveries)
            order.append("reader")
        is_over.set()
    runs = [len(list(run)) for name, run in groupby(order) if name == "reader"]
    assert sum(runs) == count
    assert max(runs) <= DELIVERED_AT_ONCE
