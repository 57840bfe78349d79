"""Whoever comes back with an old cursor reads the log up to where the others are: page by page, what it wants of it and nothing else,
and pays for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from inventory_graph.live.cursors import Cursor
from inventory_graph.live.feeds import Delivery, Feeds, Pay, nobody_pays
from inventory_graph.live.log import LOOKED_AT_MAX, REPLAYED_MAX, Entry, entries_of_tenant, head
from inventory_graph.live.selections import (
    EventSelection,
    PurchaseOrderSelection,
    ReservationSelection,
    Selection,
    StockSelection,
    TransferSelection,
)
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order
from tests.given.purchases import wanted as bought
from tests.given.reservations import given_reservation, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, given_transfer, going
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.live.following import SECONDS_MAX, Following, following
from tests.live.noise import given_changes
from tests.statements import CountingDatabase, statements

BEGINNING = Cursor(0).text()
TEA = frozenset({"TEA"})


@dataclass(frozen=True)
class Watched(StockSelection):
    """A selection of stock that remembers the positions it was asked about: of everything that left the database."""

    asked: list[int] = field(default_factory=list, compare=False)

    def takes(self, entry: Entry) -> bool:
        self.asked.append(entry.tenant_seq)
        return super().takes(entry)


async def caught_up(
    feeds: Feeds, tenant: GivenTenant, *, until: int, selection: StockSelection, pay: Pay = nobody_pays
) -> list[Delivery]:
    """What is delivered from the beginning up to the change at the position."""
    found: list[Delivery] = []
    feed = feeds.stock(tenant.actor, selection=selection, after=BEGINNING, coalesce=False, pay=pay)
    async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as deliveries:
        async for delivery in deliveries:
            found.append(delivery)
            if delivery.cursor.tenant_seq >= until:
                break
    return found


async def end_of(tenant: GivenTenant) -> int:
    """The tenant's last position."""
    async with tenant.database.read(tenant.actor) as tx:
        return await head(tx)


@pytest.fixture
async def tea(tenant: GivenTenant, number_events: NumberEvents) -> int:
    """Ten of it; the position of that."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await number_events()
    async with tenant.database.read(tenant.actor) as tx:
        last = await head(tx)
        found = await entries_of_tenant(tx, after=0, until=last, wanted=StockSelection().wanted, limit=last)
    return found[0].tenant_seq


async def test_what_is_not_wanted_stays_in_the_database(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents, tail: Following,
    database: CountingDatabase,
) -> None:  # fmt: skip
    """Of five thousand changes the two that are wanted are sent and read, by a statement for each thousand positions."""
    await given_changes(tenant, worker_database, 5_000, like="TEA")
    await number_events()
    await given_stock(tenant, "TEA", "1")
    await number_events()
    end = await end_of(tenant)
    selection = Watched(TEA)
    async with statements(database) as counted:
        found = await caught_up(tail.feeds, tenant, until=end, selection=selection)
    assert [each.cursor.tenant_seq for each in found] == [tea, end]
    assert selection.asked == [tea, end]
    pages = [text for text in counted.texts if "payload ->> 'sku'" in text]
    assert len(pages) == -(-end // LOOKED_AT_MAX) == 6


async def test_pages_meet(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents, tail: Following
) -> None:
    """What is wanted right before, at and after the end of a page comes once; so does all of what fills more than one."""
    last = await end_of(tenant)
    await given_changes(tenant, worker_database, LOOKED_AT_MAX - last - 1, like="TEA")
    for _ in range(3):
        await given_changes(tenant, worker_database, 1, like="TEA", sku="CAKE")
    await given_changes(tenant, worker_database, REPLAYED_MAX + 1, like="TEA", sku="BUN")
    await number_events()
    selection = StockSelection(frozenset({"CAKE", "BUN"}))
    found = await caught_up(tail.feeds, tenant, until=await end_of(tenant), selection=selection)
    assert [each.cursor.tenant_seq for each in found] == list(
        range(LOOKED_AT_MAX, LOOKED_AT_MAX + 3 + REPLAYED_MAX + 1)
    )


async def test_a_page_without_anything_moves_the_cursor(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents,
    database: CountingDatabase, reader_database: CountingDatabase,
) -> None:  # fmt: skip
    """A heartbeat says that everything was looked at; what happens after it comes as the next."""
    await given_changes(tenant, worker_database, LOOKED_AT_MAX + 5, like="TEA")
    await number_events()
    end = await end_of(tenant)
    async with following(database, reader_database, heartbeat_seconds=0.1) as quick:
        selection = StockSelection(frozenset({"CAKE"}))
        feed = quick.feeds.stock(tenant.actor, selection=selection, after=BEGINNING, coalesce=False)
        async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as deliveries:
            beat = await anext(deliveries)
            while beat.cursor != Cursor(end):
                assert beat.kind == "HEARTBEAT"
                beat = await anext(deliveries)
            await given_changes(tenant, worker_database, 1, like="TEA", sku="CAKE")
            await number_events()
            found = [each async for each in _until_change(deliveries)]
    assert [each.cursor for each in found if each.kind == "CHANGE"] == [Cursor(end + 1)]


async def test_a_long_way_has_cursors_on_it(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents,
    database: CountingDatabase, reader_database: CountingDatabase,
) -> None:  # fmt: skip
    """Whoever waits for its points hears so, and is cut off there and not where it began: it has paid for what lies behind."""
    await given_changes(tenant, worker_database, 2 * LOOKED_AT_MAX, like="TEA")
    await number_events()
    end = await end_of(tenant)

    async def pay(_points: int) -> None:
        await asyncio.sleep(0.2)  # twice a heartbeat

    async with following(database, reader_database, heartbeat_seconds=0.1) as slow:
        selection = StockSelection(frozenset({"CAKE"}))
        feed = slow.feeds.stock(tenant.actor, selection=selection, after=BEGINNING, coalesce=False, pay=pay)
        async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as deliveries:
            beats = [await anext(deliveries) for _ in range(3)]
    assert [beat.kind for beat in beats] == ["HEARTBEAT"] * 3
    assert [beat.cursor for beat in beats] == [Cursor(LOOKED_AT_MAX), Cursor(2 * LOOKED_AT_MAX), Cursor(end)]


async def _until_change(deliveries: AsyncIterator[Delivery]) -> AsyncIterator[Delivery]:
    async for each in deliveries:
        yield each
        if each.kind == "CHANGE":
            return


@pytest.mark.parametrize("waiting_max", [1_000, 3])
async def test_what_happens_meanwhile_comes_once(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents,
    database: CountingDatabase, reader_database: CountingDatabase, waiting_max: int,
) -> None:  # fmt: skip
    """Between one page and the next, and where it is more than may wait for a reader: that is read from the log, too."""
    await given_changes(tenant, worker_database, LOOKED_AT_MAX, like="TEA")
    await number_events()
    happened = 0

    async def pay(_points: int) -> None:
        nonlocal happened
        if happened < 10:
            happened += 5
            await given_changes(tenant, worker_database, 5, like="TEA", sku="CAKE")
            await number_events()
            while behind.hub.head_of(tenant.id) < await end_of(tenant):  # noqa: ASYNC110 - the hub tells nobody
                await asyncio.sleep(0.01)

    before = await end_of(tenant)
    async with following(database, reader_database, waiting_max=waiting_max) as behind:
        selection = StockSelection(frozenset({"CAKE"}))
        found = await caught_up(behind.feeds, tenant, until=before + 10, selection=selection, pay=pay)
    assert [each.cursor.tenant_seq for each in found] == list(range(before + 1, before + 11))


async def test_each_page_is_paid_before_it_is_delivered(
    tea: int, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents, tail: Following
) -> None:
    """A point for twenty positions, wanted or not, and one for each event that is wanted; nothing for what happens afterwards."""
    last = await end_of(tenant)
    await given_changes(tenant, worker_database, 2 * LOOKED_AT_MAX + 30 - last, like="TEA")
    await given_changes(tenant, worker_database, 1, like="TEA", sku="TEA")
    await number_events()
    paid: list[int] = []
    may_go_on = asyncio.Event()

    async def pay(points: int) -> None:
        paid.append(points)
        await may_go_on.wait()

    end = await end_of(tenant)
    feed = tail.feeds.stock(tenant.actor, selection=StockSelection(TEA), after=BEGINNING, coalesce=False, pay=pay)
    async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as deliveries:
        first = asyncio.ensure_future(anext(deliveries))
        while not paid:  # noqa: ASYNC110 - the feed tells nobody
            await asyncio.sleep(0.01)
        assert not first.done()
        may_go_on.set()
        assert (await first).cursor.tenant_seq == tea
        assert (await anext(deliveries)).cursor.tenant_seq == end
        assert paid == [51, 50, 3]
        next_one = asyncio.ensure_future(anext(deliveries))
        await given_stock(tenant, "TEA", "1")
        await number_events()
        assert (await next_one).kind == "CHANGE"
        assert paid == [51, 50, 3]


async def test_a_snapshot_is_paid_by_what_it_shows(
    tea: int, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """A point for each balance; whoever is up to date pays nothing more."""
    await given_item(tenant, sku="CAKE")
    await given_stock(tenant, "CAKE", "1")
    await number_events()
    paid: list[int] = []

    async def pay(points: int) -> None:
        paid.append(points)

    feed = tail.feeds.stock(tenant.actor, selection=StockSelection(), after=None, coalesce=False, pay=pay)
    async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as deliveries:
        assert [(await anext(deliveries)).kind for _ in range(3)] == ["SNAPSHOT", "SNAPSHOT", "HEARTBEAT"]
        next_one = asyncio.ensure_future(anext(deliveries))
        await tail.joined(1)
        await given_stock(tenant, "TEA", "1")
        await number_events()
        assert (await next_one).kind == "CHANGE"
    assert [points for points in paid if points] == [2]


async def test_the_database_leaves_out_what_no_subscriber_would_take(
    tea: int, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents
) -> None:
    """Of every kind of selection: what the statement finds is what is taken of all that has happened, and that is something."""
    store = await given_warehouse(tenant, code=STORE)
    await given_item(tenant, sku="CAKE")
    for sku in ("TEA", "CAKE"):
        await given_stock(tenant, sku, "5")
        await given_stock(tenant, sku, "5", warehouse=store)
    await given_acme(graph)
    order_id = uuid4()
    holds = [await given_reservation(graph, wanted("TEA", 1), orderId=str(each)) for each in (order_id, uuid4())]
    orders = [await given_order(graph, bought("TEA", 2), warehouse={"code": code}) for code in ("MAIN", STORE)]
    moves = [await given_transfer(graph, going("TEA", 1)) for _ in range(2)]
    await number_events()
    main, stores = frozenset({tenant.warehouse_id}), frozenset({store.id})
    selections: list[Selection] = [
        StockSelection(),
        StockSelection(TEA),
        StockSelection(frozenset({"CAKE", *(f"NONE-{number}" for number in range(999))}), stores),
        StockSelection(warehouse_ids=main),
        StockSelection(outlet_ids=frozenset({tenant.outlet_id})),
        ReservationSelection(),
        ReservationSelection(id=UUID(holds[0]["id"])),
        ReservationSelection(order_id=order_id),
        PurchaseOrderSelection(),
        PurchaseOrderSelection(id=UUID(orders[0]["id"])),
        PurchaseOrderSelection(warehouse_ids=stores),
        TransferSelection(),
        TransferSelection(id=UUID(moves[0]["id"])),
        TransferSelection(warehouse_ids=stores),
        TransferSelection(warehouse_ids=main),
        EventSelection(frozenset({"inventory.stock.updated"})),
    ]
    async with tenant.database.read(tenant.actor) as tx:
        end = await head(tx)

        async def positions(wanted_by: Selection) -> list[Entry]:
            return await entries_of_tenant(tx, after=0, until=end, wanted=wanted_by.wanted, limit=end)

        everything = await positions(EventSelection())
        assert [each.tenant_seq for each in everything] == list(range(1, end + 1))
        for selection in selections:
            taken = [each.tenant_seq for each in everything if selection.takes(each)]
            found = [each.tenant_seq for each in await positions(selection)]
            assert taken, selection
            assert len(taken) < end, selection
            assert found == taken, selection
