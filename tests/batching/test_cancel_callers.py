"""Callers who leave take nobody along: whoever stays has the answer it would have had, and the ledger tells the same."""

import asyncio
from dataclasses import dataclass, field
from random import Random

import pytest

from inventory_graph.stock.book import Posted
from inventory_graph.stock.refusals import InsufficientStock
from tests.batching.desk import ERRORS, Change, Desk, Fault
from tests.statements import CountingDatabase

ROUNDS = 10


async def test_a_request_that_waits_is_taken_back(desk: Desk) -> None:
    """It is not run, and its place is free at once."""
    first = await desk.hold()
    changes = [desk.change() for _ in range(6)]
    tasks = await desk.queue(*changes)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert desk.batcher.waiting == 3
    desk.handler.gate.set()
    await asyncio.gather(first, *tasks[1::2])
    assert all(task.cancelled() for task in tasks[::2])
    assert desk.handler.sizes == [1, 3]
    await desk.assert_exactly([*desk.handler.batches[0], *changes[1::2]])


async def test_a_batch_that_runs_goes_on_without_the_one_who_left(desk: Desk) -> None:
    """Its neighbours asked for something, too."""
    tasks = await desk.begin(*[desk.change() for _ in range(4)])
    tasks[0].cancel()
    tasks[2].cancel()
    desk.handler.gate.set()
    await asyncio.gather(tasks[1], tasks[3])
    await desk.assert_exactly([change for batch in desk.handler.batches for change in batch])


async def test_nobody_runs_when_all_have_left(desk: Desk) -> None:
    """And the next request is a lone one again."""
    first = await desk.hold()
    tasks = await desk.queue(*[desk.change() for _ in range(5)])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    desk.handler.gate.set()
    await first
    await desk.submit(desk.change())
    assert desk.handler.sizes == [1, 1]
    assert desk.batcher.waiting == 0


@dataclass(slots=True)
class Crowd:
    """Callers who come at random, some of whom leave at random; each knows what it has to be told if it stays."""

    desk: Desk
    random: Random
    expected: dict[Change, type[object]] = field(default_factory=dict)
    tasks: "dict[Change, asyncio.Task[Posted]]" = field(default_factory=dict)
    leaving: set[Change] = field(default_factory=set)

    async def come_and_go(self) -> None:
        for _ in range(self.random.randrange(5, 40)):
            change, answer = self._change()
            self.expected[change] = answer
            self.tasks[change] = self.desk.ask(change)
            await self._pass_time()
            if self.random.randrange(3) == 0:
                await self._leave()
        while self.random.randrange(4):
            await self._pass_time()
            await self._leave()

    def _change(self) -> tuple[Change, type[object]]:
        subject = f"user-{self.random.randrange(3)}"
        place = self.random.randrange(2)
        match self.random.randrange(10):
            case 0:
                fault = self.random.choice(list(Fault))
                return self.desk.change(fault=fault, place=place, subject=subject), ERRORS[fault]
            case 1:
                # More than there will ever be, whoever leaves.
                return self.desk.change(-1_000_000, place=place, subject=subject), InsufficientStock
            case _:
                return self.desk.change(self.random.randrange(1, 9), place=place, subject=subject), Posted

    async def _leave(self) -> None:
        change = self.random.choice(list(self.tasks))
        # Who has been answered cannot leave any more.
        if self.tasks[change].cancel():
            self.leaving.add(change)
        await self._pass_time()

    async def _pass_time(self) -> None:
        """Some turns of the event loop, or a little time, so that leaving falls on any step."""
        if self.random.randrange(3) == 0:
            await asyncio.sleep(self.random.random() * 0.004)
        for _ in range(self.random.randrange(6)):
            await asyncio.sleep(0)

    async def check(self) -> None:
        """Whoever stayed was told what it had to be told, and what was done was done once and in order."""
        answers = dict(zip(self.tasks, await asyncio.gather(*self.tasks.values(), return_exceptions=True), strict=True))
        told = {change: type(answer) for change, answer in answers.items() if change not in self.leaving}
        assert told == {change: self.expected[change] for change in told}
        assert {type(answers[change]) for change in self.leaving} <= {asyncio.CancelledError}
        sound = [change for change, answer in self.expected.items() if answer is Posted]
        staying = [change for change in sound if change not in self.leaving]
        await self.desk.assert_exactly(staying, maybe=[change for change in sound if change in self.leaving])
        ledger = await self.desk.ledger()
        for place in self.desk.places:
            versions = [
                ledger[change.id] for change in staying if change.command.lines[0].warehouse_id == place.warehouse_id
            ]
            assert versions == sorted(versions), "not in the order in which they came"
        assert self.desk.batcher.waiting == 0


@pytest.mark.parametrize("seed", range(6))
async def test_any_of_them_may_leave_at_any_time(database: CountingDatabase, seed: int) -> None:
    """Poison, refusals and small batches among them."""
    random = Random(seed)
    for _ in range(ROUNDS):
        desk = await Desk.open(database, batch_max=random.choice((2, 5, 500)))
        crowd = Crowd(desk, random)
        await crowd.come_and_go()
        await crowd.check()
