"""A request that makes its batch fail is found and fails alone; all others are done, once."""

import asyncio
import logging
from random import Random

import pytest

from inventory_graph.errors import Retry, Unavailable
from inventory_graph.stock.book import Posted
from tests.batching.desk import ERRORS, Desk, Fault, PoisonError, Watcher


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("seed", range(4))
async def test_poison_is_isolated(desk: Desk, watcher: Watcher, fault: Fault, seed: int) -> None:
    """Wherever it stands and however it spoils: its caller hears of it, and the others are done in their order."""
    random = Random(seed)
    changes = [desk.change() for _ in range(random.randrange(2, 40))]
    poisoned = sorted(random.sample(range(len(changes)), random.randrange(1, min(4, len(changes)))))
    for position in poisoned:
        changes[position] = desk.change(fault=fault)
    tasks = await desk.begin(*changes)
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [position for position, answer in enumerate(answers) if not isinstance(answer, Posted)] == poisoned
    assert {type(answers[position]) for position in poisoned} == {ERRORS[fault]}
    sound = [change for change in changes if change.fault is None]
    ledger = await desk.ledger()
    assert [ledger[change.id] for change in sound] == [[version] for version in range(2, len(sound) + 2)]
    await desk.assert_exactly([*desk.handler.batches[0], *sound])
    assert watcher.times_isolated == len(poisoned)
    assert watcher.batches == [1, len(changes)]


async def test_poison_costs_few_transactions(desk: Desk) -> None:
    """One among five hundred is found in nine halvings, of which each has a sound half."""
    changes = [desk.change() for _ in range(500)]
    changes[123] = desk.change(fault=Fault.RAISES)
    await desk.hold()
    tasks = await desk.queue(*changes)
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers].count(PoisonError) == 1
    assert desk.handler.sizes[:2] == [1, 500]
    assert len(desk.handler.sizes) <= 2 + 2 * 9


async def test_the_log_tells_of_it_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever looks for why a batch took long finds what broke it."""
    await desk.hold()
    tasks = await desk.queue(*[desk.change() for _ in range(7)], desk.change(fault=Fault.RAISES))
    with caplog.at_level(logging.WARNING, logger="inventory_graph.batching"):
        desk.handler.gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    messages = [record.getMessage() for record in caplog.records if record.name == "inventory_graph.batching"]
    assert messages == ["A batch of 8 requests failed and is run again in parts: PoisonError()"]


async def test_a_poisoned_request_that_nobody_waits_for_is_dropped(desk: Desk, watcher: Watcher) -> None:
    """When its batch is run again it is no longer part of it."""
    changes = [desk.change(), desk.change(fault=Fault.RAISES), desk.change()]
    tasks = await desk.begin(*changes)
    tasks[1].cancel()
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Posted, asyncio.CancelledError, Posted]
    assert desk.handler.sizes == [1, 3, 1, 1]
    assert watcher.times_isolated == 0
    await desk.assert_exactly([*desk.handler.batches[0], changes[0], changes[2]])


async def test_time_can_be_over_before_a_batch_is_run_again(desk: Desk, watcher: Watcher) -> None:
    """A request that may not be run any more is not: its first run left nothing behind."""
    poison, late = desk.change(fault=Fault.RAISES), desk.change()
    tasks = await desk.begin(poison, late, seconds_max=0.2)
    await asyncio.sleep(0.3)
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    assert watcher.times_expired == 2
    await desk.assert_exactly(desk.handler.batches[0])


async def test_a_lost_race_runs_the_whole_batch_again(desk: Desk, watcher: Watcher) -> None:
    """Nothing of the first try remains, so nobody need be told."""
    changes = [desk.change() for _ in range(10)]
    tasks = await desk.begin(*changes)
    desk.handler.races_lost = 3
    desk.handler.gate.set()
    await asyncio.gather(*tasks)
    assert desk.handler.sizes == [1, *[10] * 4]
    assert watcher.batches == [1, 10]
    await desk.assert_exactly([*desk.handler.batches[0], *changes])


async def test_races_lost_for_ever_are_everybodys(desk: Desk) -> None:
    """A batch is not taken apart for a lock that others hold: each caller is told to try again, and nothing is done."""
    tasks = await desk.begin(*[desk.change() for _ in range(3)])
    desk.handler.races_lost = 1_000
    desk.handler.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Retry] * 3
    assert len({id(answer) for answer in answers}) == 3
    assert desk.handler.sizes == [1, *[3] * 5]
    await desk.assert_exactly(desk.handler.batches[0])
