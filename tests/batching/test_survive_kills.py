"""Backends are killed while batches run, callers leave, poison is among the requests: what each was told is what the ledger has."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import pytest

from inventory_graph.batching import Batcher
from inventory_graph.db import Database
from inventory_graph.errors import OutcomeUnknown, Retry, Unavailable
from inventory_graph.stock.book import Posted
from migrations.roles import APP
from tests.batching.desk import ERRORS, Change, Desk, Fault, Handler
from tests.servers import PostgresServer
from tests.stock.concurrency.storm import during, killing_backends

SEED = 20_261_122
TENANTS = 2
CALLERS = 20
CHANGES_OF_A_CALLER = 40
APPLICATION_NAME = f"inventory-graph {APP}"
NOTHING_DONE: tuple[type[Exception], ...] = (Unavailable, Retry, *ERRORS.values())


@dataclass(slots=True)
class Told:
    """What callers of one tenant were told of their changes, and of which they were told nothing."""

    answers: Counter[str] = field(default_factory=Counter)
    made: list[Change] = field(default_factory=list)
    unknown: list[Change] = field(default_factory=list)

    async def ask(self, desk: Desk, change: Change) -> None:
        """Submit the change and note the answer."""
        try:
            await desk.submit(change)
        except (OutcomeUnknown, asyncio.CancelledError) as answer:
            self.answers[type(answer).__name__] += 1
            self.unknown.append(change)
        except NOTHING_DONE as answer:
            self.answers[type(answer).__name__] += 1
        else:
            self.answers[Posted.__name__] += 1
            self.made.append(change)


@pytest.fixture
async def alone(postgres: PostgresServer) -> AsyncIterator[tuple[Database, str]]:
    """A database of its own, so that nobody else's connections are killed; and its superuser's URL."""
    url = await postgres.clone()
    opened = await Database.connect(url, role=APP)
    yield opened, url
    await opened.close()


async def test_every_answer_is_true(alone: tuple[Database, str]) -> None:
    """Made once, or not at all, or not known."""
    database, url = alone
    random = Random(SEED)
    handler = Handler()
    batcher: Batcher[Change, Posted] = Batcher(database, handler, batch_max=15)
    desks = [await Desk.beside(database, handler, batcher) for _ in range(TENANTS)]
    told = [Told() for _ in desks]

    async def call(desk: Desk, notes: Told) -> None:
        for _ in range(CHANGES_OF_A_CALLER):
            fault = random.choice(list(Fault)) if random.randrange(40) == 0 else None
            task = asyncio.create_task(notes.ask(desk, desk.change(place=random.randrange(2), fault=fault)))
            if random.randrange(10) == 0:
                await asyncio.sleep(random.random() * 0.02)
                task.cancel()
            await task

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for desk, notes in zip(desks, told, strict=True):
                for _ in range(CALLERS):
                    group.create_task(call(desk, notes))

    killing = killing_backends(url, application_name=APPLICATION_NAME, random=random, every_seconds=0.03)
    killed = await during(killing, work)
    answers = sum((notes.answers for notes in told), Counter())
    assert killed >= 5
    assert answers.total() == TENANTS * CALLERS * CHANGES_OF_A_CALLER
    assert answers["Posted"] > 100, answers
    assert answers["Unavailable"] + answers["OutcomeUnknown"] > 0, answers
    for desk, notes in zip(desks, told, strict=True):
        sound = [change for change in notes.unknown if change.fault is None]
        await desk.assert_exactly(notes.made, maybe=sound)
    assert batcher.waiting == 0
    await batcher.close()
    assert database.pool.get_idle_size() == database.pool.get_size()
