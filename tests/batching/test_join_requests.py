"""What waits is done together, in order, and each caller has its own answer."""

import asyncio
from decimal import Decimal

import pytest

from inventory_graph.errors import LimitExceeded
from inventory_graph.stock.book import Posted
from inventory_graph.stock.refusals import InsufficientStock
from inventory_graph.telemetry import RequestLabels, current_request
from tests.batching.desk import Desk, Watcher
from tests.statements import CountingDatabase, statements


async def test_what_comes_during_a_batch_is_the_next_batch(desk: Desk, watcher: Watcher) -> None:
    """A hundred callers wait for one transaction, not for a hundred."""
    first = await desk.hold()
    changes = [desk.change() for _ in range(100)]
    tasks = await desk.queue(*changes)
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks)
    assert [answer.command for answer in answers] == [change.command for change in changes]
    assert desk.handler.sizes == [1, 100]
    assert watcher.batches == [1, 100]
    assert [wait > 0 for wait in watcher.waits] == [False] + [True] * 100
    assert first.done()
    assert desk.batcher.waiting == 0


async def test_a_hundred_cost_the_statements_of_one(database: CountingDatabase, desk: Desk) -> None:
    """That is what it is for."""
    await desk.submit(desk.change())
    async with statements(database) as alone:
        await desk.submit(desk.change())
    await desk.hold()
    tasks = await desk.queue(*[desk.change() for _ in range(100)])
    async with statements(database) as together:
        desk.handler.gate.set()
        await asyncio.gather(*tasks)
    # The statements of the batch that was held, which had only begun, are among them.
    assert together.texts == alone.texts * 2


async def test_each_has_its_own_answer(desk: Desk) -> None:
    """One that is refused says why to its own caller; the others see what those before them left."""
    await desk.hold()
    tasks = await desk.queue(*[desk.change(delta) for delta in (5, -2_000, -3, -1_003, -1_002)])
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each.after[0].on_hand if isinstance(each, Posted) else type(each) for each in answers] == [
        Decimal(1_005),
        InsufficientStock,
        Decimal(1_002),
        InsufficientStock,
        Decimal(0),
    ]
    assert desk.handler.sizes == [1, 5]


async def test_requests_of_a_caller_keep_their_order(database: CountingDatabase) -> None:
    """Over as many batches as it takes."""
    desk = await Desk.open(database, batch_max=7)
    await desk.hold()
    changes = [desk.change(subject=f"user-{number % 3}") for number in range(50)]
    tasks = await desk.queue(*changes)
    desk.handler.gate.set()
    await asyncio.gather(*tasks)
    ledger = await desk.ledger()
    assert [ledger[change.id] for change in changes] == [[version] for version in range(2, 52)]
    assert desk.handler.sizes == [1, *[7] * 7, 1]


async def test_a_batch_has_a_largest_weight(desk: Desk) -> None:
    """Ten thousand lines in all: what does not fit is the next batch's, not too much for this one."""
    await desk.hold()
    tasks = [desk.ask(desk.change(), weight=weight) for weight in (6_000, 4_000, 1, 9_999, 9_999)]
    await asyncio.sleep(0)
    desk.handler.gate.set()
    await asyncio.gather(*tasks)
    assert desk.handler.sizes == [1, 2, 2, 1]


async def test_a_request_too_heavy_for_any_batch_is_refused(desk: Desk) -> None:
    """At once, and nothing is done."""
    with pytest.raises(LimitExceeded, match="10001 lines"):
        await desk.submit(desk.change(), weight=10_001)
    assert desk.handler.sizes == []
    await desk.assert_exactly([])


async def test_a_batch_is_the_tenants_and_a_change_its_callers(desk: Desk) -> None:
    """The transaction has no permissions to lend; the ledger names who asked."""
    await desk.hold()
    changes = [desk.change(subject=f"user-{number}") for number in range(3)]
    tasks = await desk.queue(*changes)
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks)
    actor = desk.handler.actors[-1]
    assert (actor.tenant_id, actor.tenant_slug, actor.currency) == (desk.tenant.id, desk.tenant.slug, "KES")
    assert (actor.subject, actor.permissions, actor.roles) == ("batch", frozenset(), frozenset())
    assert [movement.recorded_by for answer in answers for movement in answer.movements] == [
        "user-0",
        "user-1",
        "user-2",
    ]


async def test_log_lines_of_a_batch_name_no_request(desk: Desk) -> None:
    """A batch that a request happened to start would otherwise speak in its name for ever."""
    token = current_request.set(RequestLabels("request-1"))
    try:
        await desk.hold()
        tasks = await desk.queue(desk.change(), desk.change())
        desk.handler.gate.set()
        await asyncio.gather(*tasks)
    finally:
        current_request.reset(token)
    assert desk.handler.request_ids == ["request-1", None]
