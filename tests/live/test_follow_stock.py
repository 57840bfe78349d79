"""Whoever follows stock sees how it stands, then every change of it, each exactly once, also after a break."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from inventory_graph.live.cursors import Cursor, cursor_of
from inventory_graph.live.feeds import Delivery
from inventory_graph.live.refusals import CursorExpired, CursorInvalid, ReaderTooSlow
from inventory_graph.live.selections import StockSelection
from tests.given.items import given_item
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.live.following import Following, following, stock_deliveries, told
from tests.statements import CountingDatabase
from tests.stock.requests import received


@pytest.fixture
async def croissants(graph: GraphClient, tenant: GivenTenant) -> None:
    """Ten of them, in one balance of version 1."""
    await given_item(tenant, sku="CROISSANT")
    await received(graph, sku="CROISSANT", quantity="10")


async def test_begins_with_how_it_stands(
    croissants: None, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """A snapshot of every balance, then a heartbeat."""
    await number_events()
    first, second = await stock_deliveries(tail.feeds, tenant, 2)
    assert [told(first), told(second)] == [("SNAPSHOT", 1, "10"), ("HEARTBEAT", None, None)]


async def test_goes_on_with_changes(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Each as the balance was right after it, however late it is delivered."""
    await number_events()
    reading = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 5))
    await asyncio.sleep(0.2)
    for quantity in ("1", "2", "3"):
        await received(graph, sku="CROISSANT", quantity=quantity)
    await number_events()
    assert [told(each) for each in await reading][2:] == [("CHANGE", 2, "11"), ("CHANGE", 3, "13"), ("CHANGE", 4, "16")]


async def test_what_is_not_numbered_yet_is_not_shown_twice(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """The snapshot is that of its position: what was committed after it is taken back, and comes as a change."""
    await number_events()
    await received(graph, sku="CROISSANT", quantity="5")
    await received(graph, sku="CROISSANT", quantity="1")
    reading = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 4))
    await asyncio.sleep(0.2)
    await number_events()
    assert [told(each) for each in await reading] == [
        ("SNAPSHOT", 1, "10"), ("HEARTBEAT", None, None), ("CHANGE", 2, "15"), ("CHANGE", 3, "16"),
    ]  # fmt: skip


async def test_a_tail_behind_the_snapshot_tells_nothing_again(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Others follow already, and the process has not read on to where the snapshot is: what is in it does not come as a change."""
    await number_events()
    others = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 4))
    await tail.joined(1)
    await tail.hold()
    await received(graph, sku="CROISSANT", quantity="5")
    await number_events()
    reading = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 3))
    await tail.joined(2)
    tail.go_on()
    await received(graph, sku="CROISSANT", quantity="1")
    await number_events()
    assert [told(each) for each in await reading] == [
        ("SNAPSHOT", 2, "15"),
        ("HEARTBEAT", None, None),
        ("CHANGE", 3, "16"),
    ]
    assert [told(each) for each in await others][2:] == [("CHANGE", 2, "15"), ("CHANGE", 3, "16")]


async def test_a_balance_that_was_not_there_comes_as_a_change(
    croissants: None, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """At the position of the snapshot nobody had stocked it."""
    (beat,) = await stock_deliveries(tail.feeds, tenant, 1)
    assert told(beat) == ("HEARTBEAT", None, None)
    reading = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 1, after=beat.cursor.text()))
    await asyncio.sleep(0.1)
    await number_events()
    assert [told(each) for each in await reading] == [("CHANGE", 1, "10")]


async def test_resumes_at_every_cursor(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """From wherever it left off, inside the snapshot too, the rest comes as it would have come: no gap, no double."""
    for sku in ("CAKE", "LATTE", "MOCHA"):
        await given_item(tenant, sku=sku)
        await received(graph, sku=sku, quantity="3")
    await number_events()
    whole = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 10))
    await asyncio.sleep(0.2)
    for sku in ("CAKE", "LATTE", "MOCHA") * 2:
        await received(graph, sku=sku, quantity="1")
    await number_events()
    deliveries = await whole
    assert [each.kind for each in deliveries] == ["SNAPSHOT"] * 3 + ["HEARTBEAT"] + ["CHANGE"] * 6
    for place in range(9):
        cursor = deliveries[place].cursor.text()
        rest = await stock_deliveries(tail.feeds, tenant, 9 - place, after=cursor)
        assert [_same(each) for each in rest] == [_same(each) for each in deliveries[place + 1 :]], place


def _same(delivery: Delivery) -> tuple[Any, ...]:
    balance_id = delivery.balance.id if delivery.balance is not None else None
    return (*told(delivery), balance_id, delivery.cursor)


async def test_follows_only_what_it_chose(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Others change unseen; the cursor moves on all the same."""
    for sku in ("CAKE", "LATTE"):
        await given_item(tenant, sku=sku)
        await received(graph, sku=sku, quantity="3")
    await number_events()
    reading = asyncio.create_task(stock_deliveries(tail.feeds, tenant, 3, skus=frozenset({"LATTE"})))
    await asyncio.sleep(0.2)
    await received(graph, sku="CAKE", quantity="1")
    await received(graph, sku="LATTE", quantity="1")
    await number_events()
    deliveries = await reading
    latte = await given_variant_id(tenant, "LATTE")
    assert {each.balance.variant_id for each in deliveries if each.balance is not None} == {latte}
    assert [told(each) for each in deliveries] == [
        ("SNAPSHOT", 1, "3"), ("HEARTBEAT", None, None), ("CHANGE", 2, "4"),
    ]  # fmt: skip
    assert deliveries[2].cursor.tenant_seq - deliveries[1].cursor.tenant_seq == 2


async def given_variant_id(tenant: GivenTenant, sku: str) -> Any:
    """The id of the SKU's variant."""
    async with tenant.database.read(tenant.actor) as tx:
        return await tx.raw.fetchval("SELECT id FROM variants WHERE tenant_id = $1 AND sku = $2", tenant.id, sku)


async def test_heartbeats_carry_the_cursor(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents,
    database: CountingDatabase, reader_database: CountingDatabase,
) -> None:  # fmt: skip
    """A reader to whom nothing happens still learns how far it has read, so that a long silence costs nothing to resume."""
    await given_item(tenant, sku="OTHER")
    await number_events()
    async with following(database, reader_database, heartbeat_seconds=0.3) as quick:
        reading = asyncio.create_task(stock_deliveries(quick.feeds, tenant, 4, skus=frozenset({"CROISSANT"})))
        await asyncio.sleep(0.1)
        await received(graph, sku="OTHER", quantity="1")
        await number_events()
        deliveries = await reading
    assert [each.kind for each in deliveries][1:] == ["HEARTBEAT"] * 3
    assert deliveries[3].cursor.tenant_seq > deliveries[1].cursor.tenant_seq


async def test_tenants_do_not_hear_of_each_other(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following,
    database: CountingDatabase,
) -> None:  # fmt: skip
    """The other one's snapshot is empty, and nothing of ours comes to it."""
    other = await given_tenant(database)
    await number_events()
    reading = asyncio.create_task(stock_deliveries(tail.feeds, other, 2))
    await asyncio.sleep(0.2)
    await received(graph, sku="CROISSANT", quantity="1")
    await number_events()
    await asyncio.sleep(0.3)
    assert not reading.done()
    reading.cancel()
    assert [told(each) for each in await stock_deliveries(tail.feeds, other, 1)] == [("HEARTBEAT", None, None)]


async def test_a_slow_reader_is_told_where_to_resume(
    croissants: None, graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents,
    database: CountingDatabase, reader_database: CountingDatabase,
) -> None:  # fmt: skip
    """It gets what waited for it, then the end; from its last cursor everything else comes."""
    await number_events()
    async with following(database, reader_database, waiting_max=3) as narrow:
        deliveries = narrow.feeds.stock(tenant.actor, selection=StockSelection(), after=None, coalesce=False)
        got = [await anext(deliveries), await anext(deliveries)]
        waiting = asyncio.ensure_future(anext(deliveries))
        await asyncio.sleep(0.2)
        for _ in range(8):
            await received(graph, sku="CROISSANT", quantity="1")
        await number_events()
        got.append(await waiting)
        with pytest.raises(ReaderTooSlow):
            await _read_on(deliveries, got)
        rest = await stock_deliveries(narrow.feeds, tenant, 12 - len(got) - 2, after=got[-1].cursor.text())
    versions = [each.balance.version for each in (*got[2:], *rest) if each.balance is not None]
    assert versions == list(range(2, 2 + len(versions)))
    assert len(versions) == 8


async def _read_on(deliveries: AsyncIterator[Delivery], got: list[Delivery]) -> None:
    async for each in deliveries:
        got.append(each)  # noqa: PERF401 - what came before the error counts


@pytest.mark.parametrize("text", ["", "x", "AQAAAAAAAAAA=", "\x00", "é", "A" * 100, Cursor(1 << 63).text()])
async def test_a_wrong_cursor_is_refused(text: str, tenant: GivenTenant, tail: Following) -> None:
    """By its name; nothing is delivered."""
    with pytest.raises(CursorInvalid) as refused:
        await stock_deliveries(tail.feeds, tenant, 1, after=text)
    assert refused.value.path == ("after",)


async def test_a_cursor_ahead_of_the_tenant_is_refused(
    croissants: None, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Another tenant's, or one from before a backup was brought back: waiting for it would miss everything until then."""
    await number_events()
    (*_, beat) = await stock_deliveries(tail.feeds, tenant, 2)
    head = cursor_of(beat.cursor.text()).tenant_seq
    with pytest.raises(CursorInvalid, match="ahead of the tenant's events") as refused:
        await stock_deliveries(tail.feeds, tenant, 1, after=Cursor(head + 1).text())
    assert refused.value.path == ("after",)


async def test_a_forgotten_cursor_is_refused(
    croissants: None, tenant: GivenTenant, number_events: NumberEvents, tail: Following, owner_connection: Any
) -> None:
    """Never a silent gap: it says how to start anew."""
    await number_events()
    await owner_connection.execute("UPDATE tenant_heads SET forgotten_seq = 5 WHERE tenant_id = $1", tenant.id)
    with pytest.raises(CursorExpired, match="no longer kept"):
        await stock_deliveries(tail.feeds, tenant, 1, after=Cursor(4).text())
