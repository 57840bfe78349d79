"""Tenants take turns: however much one asks for, the others are not kept waiting by it."""

import asyncio

from inventory_graph.batching import Batcher
from inventory_graph.stock.book import Posted
from tests.batching.desk import Change, Desk, Handler, until
from tests.statements import CountingDatabase


async def test_a_flood_keeps_nobody_waiting(database: CountingDatabase) -> None:
    """With one batch at once: a request of another tenant runs after the batch that runs, not after the flood."""
    handler = Handler()
    batcher: Batcher[Change, Posted] = Batcher(database, handler, batch_max=10, batches_at_once_max=1)
    flood, calm = [await Desk.beside(database, handler, batcher) for _ in range(2)]
    held = await flood.hold()
    tasks = await flood.queue(*[flood.change() for _ in range(300)])
    for _ in range(3):
        begun = len(handler.batches)
        request = calm.ask(calm.change())
        await until(lambda: batcher.waiting > 0)
        handler.gate.set()
        await request
        position = next(
            number
            for number, batch in enumerate(handler.batches[begun:], 1)
            if batch[0].actor.tenant_id == calm.tenant.id
        )
        assert position <= 2
    assert not tasks[-1].done()
    await asyncio.gather(held, *tasks)
    assert handler.most_at_once == 1


async def test_two_floods_get_the_same(database: CountingDatabase) -> None:
    """Their batches alternate."""
    handler = Handler()
    batcher: Batcher[Change, Posted] = Batcher(database, handler, batch_max=5, batches_at_once_max=1)
    desks = [await Desk.beside(database, handler, batcher) for _ in range(2)]
    held = await desks[0].hold()
    tasks = [task for desk in desks for task in await desk.queue(*[desk.change() for _ in range(50)])]
    handler.gate.set()
    await asyncio.gather(held, *tasks)
    turns = [batch[0].actor.tenant_id for batch in handler.batches[1:]]
    assert turns == [desks[1].tenant.id, desks[0].tenant.id] * 10
    assert [len(batch) for batch in handler.batches[1:]] == [5] * 20


async def test_tenants_run_beside_each_other_up_to_a_number(database: CountingDatabase) -> None:
    """Never more transactions than were allowed, never two of one tenant, and nobody is forgotten."""
    handler = Handler()
    batcher: Batcher[Change, Posted] = Batcher(database, handler, batch_max=3, batches_at_once_max=3)
    desks = [await Desk.beside(database, handler, batcher) for _ in range(6)]
    changes = [[desk.change() for _ in range(20)] for desk in desks]
    tasks = [desk.ask(each[number]) for number in range(20) for desk, each in zip(desks, changes, strict=True)]
    await asyncio.gather(*tasks)
    assert handler.most_at_once == 3
    for desk, each in zip(desks, changes, strict=True):
        await desk.assert_exactly(each)
