"""A batcher that is closed finishes what it has and takes nothing more."""

import asyncio

import pytest

from inventory_graph.errors import Unavailable
from inventory_graph.stock.book import Posted
from tests.batching.desk import Desk


async def test_close_finishes_what_waits(desk: Desk) -> None:
    """Whoever was there before is answered before it returns; whoever comes after hears that nothing was done."""
    tasks = [await desk.hold(), *await desk.queue(*[desk.change() for _ in range(20)])]
    closing = asyncio.create_task(desk.batcher.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    with pytest.raises(Unavailable, match="stopping; nothing was done"):
        await desk.submit(desk.change())
    desk.handler.gate.set()
    await closing
    assert [task.done() for task in tasks] == [True] * 21
    assert [type(answer) for answer in await asyncio.gather(*tasks)] == [Posted] * 21
    assert desk.handler.sizes == [1, 20]
    await desk.assert_exactly([change for batch in desk.handler.batches for change in batch])


async def test_close_has_nothing_to_wait_for_when_nothing_runs(desk: Desk) -> None:
    """And may be asked for twice."""
    await desk.submit(desk.change())
    async with asyncio.timeout(1):
        await desk.batcher.close()
        await desk.batcher.close()


async def test_close_waits_for_no_one_who_left(desk: Desk) -> None:
    """A server that stops cancels the requests that take too long."""
    tasks = [await desk.hold(), *await desk.queue(*[desk.change() for _ in range(3)])]
    closing = asyncio.create_task(desk.batcher.close())
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(5):
        await closing
    await asyncio.gather(*tasks, return_exceptions=True)
    await desk.assert_exactly([])


async def test_who_ends_the_batch_ends_the_wait(desk: Desk) -> None:
    """When the event loop is taken down nobody is left waiting: of the batch it is unknown what became, of the rest known."""
    running = await desk.begin(desk.change(), desk.change())
    waiting = await desk.queue(desk.change())
    for task in asyncio.all_tasks():
        if "Batcher._work" in repr(task.get_coro()):
            task.cancel()
    answers = await asyncio.gather(*running, *waiting, return_exceptions=True)
    assert [getattr(answer, "code", None) for answer in answers] == [
        "OUTCOME_UNKNOWN",
        "OUTCOME_UNKNOWN",
        "UNAVAILABLE",
    ]
    with pytest.raises(Unavailable, match="stopping"):
        await desk.submit(desk.change())
