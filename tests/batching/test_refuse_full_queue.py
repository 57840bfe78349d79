"""A queue that is full says so at once and truthfully; a request that waited too long is not run."""

import asyncio
import time

import pytest

from inventory_graph.batching import Batcher
from inventory_graph.errors import Unavailable
from inventory_graph.stock.book import Posted
from tests.batching.desk import Change, Desk, Handler, Watcher
from tests.statements import CountingDatabase


async def test_a_full_queue_refuses_at_once(database: CountingDatabase, watcher: Watcher) -> None:
    """Within five milliseconds, and nothing is done; those who wait are none the worse."""
    desk = await Desk.open(database, waiting_max_tenant=20, observe=watcher)
    await desk.hold()
    tasks = await desk.queue(*[desk.change() for _ in range(20)])
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        with pytest.raises(Unavailable, match=r"waiting already \(20\); nothing was done") as refusal:
            await desk.submit(desk.change())
        seconds.append(time.perf_counter() - began)
        assert 1 <= refusal.value.retry_after_seconds <= 30
    assert sorted(seconds)[25] < 0.005
    assert watcher.times_refused == 50
    desk.handler.gate.set()
    await asyncio.gather(*tasks)
    await desk.assert_exactly([change for batch in desk.handler.batches for change in batch])
    assert desk.handler.sizes == [1, 20]


async def test_all_tenants_together_have_a_limit(database: CountingDatabase) -> None:
    """A tenant that has nothing waiting itself is refused, too, when the process has no room."""
    handler = Handler()
    batcher: Batcher[Change, Posted] = Batcher(
        database, handler, waiting_max=4, waiting_max_tenant=3, batches_at_once_max=2
    )
    first, second, third = [await Desk.beside(database, handler, batcher) for _ in range(3)]
    held = [await first.hold(), await second.hold()]
    tasks = [*await first.queue(first.change(), first.change()), *await second.queue(second.change(), second.change())]
    with pytest.raises(Unavailable, match=r"waiting already \(4\)"):
        await third.submit(third.change())
    handler.gate.set()
    await asyncio.gather(*held, *tasks)
    await third.assert_exactly([])
    assert isinstance(await third.submit(third.change()), Posted)


async def test_there_is_room_when_it_said_there_would_be(database: CountingDatabase) -> None:
    """The time to come back after is what the queue takes at the pace that was measured."""
    desk = await Desk.open(database, Slow(), batch_max=1, waiting_max_tenant=12)
    for _ in range(5):
        await desk.submit(desk.change())
    tasks = [desk.ask(desk.change()) for _ in range(13)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refusal:
        await desk.submit(desk.change())
    # Twelve that wait, a tenth of a second each.
    assert refusal.value.retry_after_seconds == 2
    await asyncio.sleep(refusal.value.retry_after_seconds)
    assert desk.batcher.waiting <= 1
    assert isinstance(await desk.submit(desk.change()), Posted)
    await asyncio.gather(*tasks)


async def test_a_batch_that_hangs_makes_the_wait_long(database: CountingDatabase) -> None:
    """What was measured before it hung is no longer true."""
    desk = await Desk.open(database, waiting_max_tenant=100)
    for _ in range(5):
        await desk.submit(desk.change())
    await desk.hold()
    tasks = await desk.queue(*[desk.change() for _ in range(100)])
    told = []
    for _ in range(2):
        with pytest.raises(Unavailable) as refusal:
            await desk.submit(desk.change())
        told.append(refusal.value.retry_after_seconds)
        await asyncio.sleep(0.5)
    assert told[0] < told[1] <= 30
    desk.handler.gate.set()
    await asyncio.gather(*tasks)


class Slow(Handler):
    """A handler of which every batch takes a tenth of a second."""

    async def __call__(self, tx, changes):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0.1)
        return await super().__call__(tx, changes)


async def test_a_request_whose_time_is_over_is_not_run(desk: Desk, watcher: Watcher) -> None:
    """Its caller hears so in time, although the batch before it has no end yet; those with more time are done."""
    first = await desk.hold()
    patient, hurried = desk.change(), [desk.change() for _ in range(3)]
    staying = desk.ask(patient)
    began = time.monotonic()
    answers = await asyncio.gather(
        *(desk.submit(change, seconds_max=0.1 * number) for number, change in enumerate(hurried, 1)),
        return_exceptions=True,
    )
    assert 0.3 <= time.monotonic() - began < 1
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert {str(answer) for answer in answers} == {
        "The request waited too long behind others; nothing was done. Send it again."
    }
    assert (watcher.times_expired, desk.batcher.waiting) == (3, 1)
    desk.handler.gate.set()
    await asyncio.gather(first, staying)
    assert desk.handler.sizes == [1, 1]
    await desk.assert_exactly([*desk.handler.batches[0], patient])


async def test_a_request_without_time_is_not_run(desk: Desk, watcher: Watcher) -> None:
    """Not even when nobody is before it."""
    with pytest.raises(Unavailable, match="waited too long"):
        await desk.submit(desk.change(), seconds_max=0)
    assert watcher.times_expired == 1
    await desk.assert_exactly([])
