"""When the connection of a batch breaks, each caller is told what is known: nothing was done, or nobody knows."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from inventory_graph.db import Database
from inventory_graph.errors import OutcomeUnknown, Unavailable
from inventory_graph.stock.book import Posted
from migrations.roles import APP
from tests.batching.desk import Desk, Fault
from tests.batching.proxy import AtCommit, Proxy, proxy_to


@pytest.fixture
async def proxy(owner_url: str) -> AsyncIterator[Proxy]:
    """A line to the tests' database that can be cut."""
    async with proxy_to(owner_url) as made:
        yield made


@pytest.fixture
async def frail(proxy: Proxy) -> AsyncIterator[Database]:
    """The tests' database at the other end of that line."""
    opened = await Database.connect(proxy.url, role=APP)
    yield opened
    await opened.close()


@pytest.mark.parametrize("fate", [AtCommit.IS_LOST, AtCommit.LOSES_ITS_ANSWER])
async def test_a_lost_commit_is_unknown_to_all(frail: Database, proxy: Proxy, fate: AtCommit) -> None:
    """Never that it failed: it may be there, for all or for none."""
    desk = await Desk.open(frail)
    changes = [desk.change() for _ in range(10)]
    tasks = await desk.begin(*changes)
    proxy.at_commit = fate
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    proxy.at_commit = AtCommit.PASSES
    assert [type(answer) for answer in answers] == [OutcomeUnknown] * 10
    assert len({id(answer) for answer in answers}) == 10
    made = changes if fate is AtCommit.LOSES_ITS_ANSWER else []
    await desk.assert_exactly([*desk.handler.batches[0], *made])
    assert isinstance(await desk.submit(desk.change()), Posted)


async def test_a_connection_that_breaks_before_the_commit_leaves_nothing(frail: Database, proxy: Proxy) -> None:
    """Everybody of the batch may simply ask again; those behind it are done."""
    desk = await Desk.open(frail)
    tasks = await desk.begin(*[desk.change() for _ in range(10)])
    behind = await desk.queue(*[desk.change() for _ in range(3)])
    proxy.cut()
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 10
    assert [type(answer) for answer in await asyncio.gather(*behind)] == [Posted] * 3
    await desk.assert_exactly([*desk.handler.batches[0], *desk.handler.batches[-1]])


async def test_a_commit_lost_between_parts_is_unknown_to_that_part(frail: Database, proxy: Proxy) -> None:
    """The parts after it are not run into a database that has just gone away: of them nothing was done."""
    desk = await Desk.open(frail)
    changes = [desk.change(), desk.change(), desk.change(), desk.change(fault=Fault.RAISES)]
    tasks = await desk.begin(*changes)
    proxy.at_commit = AtCommit.LOSES_ITS_ANSWER
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    proxy.at_commit = AtCommit.PASSES
    assert [type(answer) for answer in answers] == [OutcomeUnknown, OutcomeUnknown, Unavailable, Unavailable]
    await desk.assert_exactly([*desk.handler.batches[0], *changes[:2]])


async def test_a_commit_lost_by_a_lone_request_is_unknown(frail: Database, proxy: Proxy) -> None:
    """As without a batcher."""
    desk = await Desk.open(frail)
    change = desk.change()
    proxy.at_commit = AtCommit.LOSES_ITS_ANSWER
    with pytest.raises(OutcomeUnknown):
        await desk.submit(change)
    proxy.at_commit = AtCommit.PASSES
    await desk.assert_exactly([change])
