"""PostgreSQL takes and refuses what the pure book does, command by command, in batches of any size."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Refusal
from inventory_graph.stock.audit import drift
from inventory_graph.stock.book import Posted, decide
from inventory_graph.stock.commands import Command
from inventory_graph.stock.posting import Outcome, post
from inventory_graph.stock.state import State
from tests.given.tenants import GivenTenant, given_tenant
from tests.properties.changes import Change, change_database, change_naive, change_state, random_change
from tests.properties.checked import answer_of, facts_of
from tests.properties.generator import Generator
from tests.properties.mix import Mix
from tests.properties.naive import NaiveBook
from tests.properties.naive_values import Refused
from tests.properties.settings import OPERATIONS_PER_WORLD, POSTED, SECONDS_MAX, SEED
from tests.properties.telling import Tell
from tests.properties.test_decide import worlds
from tests.properties.world import BEGINNING, World, register
from tests.properties.written import compare_written

BATCH_MAX = 200
ROLLED_BACK_PERCENT = 5


class RolledBack(Exception):
    """Ends a transaction whose work is to vanish."""


@pytest.mark.timeout(SECONDS_MAX)
async def test_every_batch_is_posted_as_the_pure_book_decides(database: Database, tell: Tell) -> None:
    """The locks, the set-based reads and the one write statement add nothing and lose nothing: outcomes, movements, rows
    and events are those of the pure book, and the live audit finds nothing."""
    mix = Mix(SEED)
    for number, count in enumerate(worlds(POSTED)):
        await _run_world(database, Random(f"{SEED} post {number}"), count, mix)
    tell(mix.lines("Posted to PostgreSQL"))
    mix.assert_broad()


async def _run_world(database: Database, random: Random, count: int, mix: Mix) -> None:
    world = World.of(random)
    story = _Story(await given_tenant(database), world, random)
    await database.write(story.tenant.actor, lambda tx: register(tx, world))
    left = count
    while left:
        size = min(left, random.choice((1, 2, 3, 10, 50, BATCH_MAX, random.randint(1, BATCH_MAX))))
        left -= size
        await story.next_batch(size, mix)
    async with database.snapshot(story.tenant.actor) as tx:
        movements = await compare_written(tx, story.state)
        report = await drift(tx)
    assert report.drifts == []
    assert (report.drift_count, report.movements) == (0, movements)
    assert count < OPERATIONS_PER_WORLD or movements > count // 2


class _Story:
    """One world in PostgreSQL, with its copy in the book's memory."""

    def __init__(self, tenant: GivenTenant, world: World, random: Random) -> None:
        self.tenant = tenant
        self.random = random
        self.state = world.state()
        self.naive = NaiveBook(world)
        self.generator = Generator(random, world, self.naive)
        # The naive book's clock. PostgreSQL's own is read from what was posted; both are after every time that is given.
        self.clock = BEGINNING
        self.now = BEGINNING

    async def next_batch(self, size: int, mix: Mix) -> None:
        """Post so many commands in one transaction and compare every outcome."""
        changes = [random_change(self.generator)] if self.generator.chance(25) else []
        for change in changes:
            change_naive(self.naive, change)
            change_state(self.state, change)
        self.clock += timedelta(milliseconds=1)
        commands: list[Command] = []
        expected: list[Refused | None] = []
        for _ in range(size):
            commands.append(self.generator.command())
            expected.append(self.naive.apply(commands[-1], self.clock))
        if self.generator.chance(ROLLED_BACK_PERCENT):
            await self._post_in_vain(changes, commands, expected)
        outcomes = await self._post(changes, commands)
        assert [answer_of(outcome) for outcome in outcomes] == expected
        posted = [movement for outcome in outcomes if isinstance(outcome, Posted) for movement in outcome.movements]
        self.now = posted[0].recorded_at if posted else self.now
        for command, outcome in zip(commands, outcomes, strict=True):
            mix.count(command, outcome)
            assert_same(outcome, decided(self.state, command, self.now))

    async def _post(self, changes: Sequence[Change], commands: Sequence[Command]) -> list[Outcome]:
        async def work(tx: Transaction) -> list[Outcome]:
            for change in changes:
                await change_database(tx, change)
            return await post(tx, commands)

        return await self.tenant.database.write(self.tenant.actor, work)

    async def _post_in_vain(
        self, changes: Sequence[Change], commands: Sequence[Command], expected: list[Refused | None]
    ) -> None:
        """What is rolled back was never there: the same batch has the same outcomes afterwards."""

        async def work(tx: Transaction) -> None:
            for change in changes:
                await change_database(tx, change)
            outcomes = await post(tx, commands)
            assert [answer_of(outcome) for outcome in outcomes] == expected
            raise RolledBack

        with pytest.raises(RolledBack):
            await self.tenant.database.write(self.tenant.actor, work)


def decided(state: State, command: Command, now: datetime) -> Outcome:
    """What the pure book answers."""
    try:
        return decide(state, command, now)
    except Refusal as refusal:
        return refusal


def assert_same(outcome: Outcome, pure: Outcome) -> None:
    """The same refusal to the letter, or the same effects to the last digit."""
    if isinstance(pure, Refusal):
        assert isinstance(outcome, Refusal)
        assert (type(outcome), outcome.message, outcome.path) == (type(pure), pure.message, pure.path)
        return
    assert isinstance(outcome, Posted)
    assert outcome.movements == pure.movements
    assert outcome.lots == pure.lots
    assert outcome.serials == pure.serials
    for found, right in ((outcome.before, pure.before), (outcome.after, pure.after)):
        # A balance that no command has touched has been written at no time.
        for balance in (*found, *right):
            balance.updated_at = balance.updated_at if balance.version else BEGINNING
        assert [facts_of(balance) for balance in found] == [facts_of(balance) for balance in right]
