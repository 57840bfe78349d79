"""A desk at which changes of one tenant's stock are asked for: a batcher over the real book, whose handler can be held and
poisoned."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.batching import Batcher
from inventory_graph.db import Database, LostRace, Transaction
from inventory_graph.stock.audit import drift
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Adjust, Command, Line
from inventory_graph.stock.posting import Outcome, post
from inventory_graph.telemetry import current_request
from tests.given.tenants import GivenTenant, given_tenant
from tests.properties.world import Good, Place, World, register

SECONDS_MAX = 30.0
GIVE_UP_SECONDS = 20.0


class PoisonError(Exception):
    """What the handler raises for a change that is marked by ``Fault.RAISES``."""


class Fault(Enum):
    """How a change spoils the batch that it is in."""

    RAISES = "the handler raises before it has written anything"
    BREAKS_CONSTRAINT = "PostgreSQL refuses a value after everything was written"
    ANSWERS_NOTHING = "the handler answers one less than it was asked"
    WAITS_FOR_NOBODY = "the handler waits for something that is cancelled, which ends it as if it were cancelled itself"


ERRORS: dict[Fault, type[Exception]] = {
    Fault.RAISES: PoisonError,
    Fault.BREAKS_CONSTRAINT: asyncpg.CheckViolationError,
    Fault.ANSWERS_NOTHING: RuntimeError,
    Fault.WAITS_FOR_NOBODY: RuntimeError,
}
"""What the caller of such a change is told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A request: a command, the caller on whose behalf it is posted, and how it spoils its batch."""

    actor: Actor
    command: Command
    fault: Fault | None = None

    @property
    def id(self) -> UUID:
        return self.command.id


Ledger: TypeAlias = dict[UUID, list[int]]
"""The versions that a command gave its balances, by the command's id, in the order of the ledger."""


@dataclass(slots=True)
class Handler:
    """The batch handler: posts, and remembers what it was given in which transaction.

    ``gate`` holds every batch after its begin until it is set. Of the next ``races_lost`` batches each loses a race.
    """

    batches: list[list[Change]] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    races_lost: int = 0
    running: list[UUID] = field(default_factory=list)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def sizes(self) -> list[int]:
        """How many requests each batch had, one that ran again counted again."""
        return [len(batch) for batch in self.batches]

    async def __call__(self, tx: Transaction, changes: Sequence[Change]) -> list[Outcome]:
        self.batches.append(list(changes))
        self.actors.append(tx.actor)
        labels = current_request.get()
        self.request_ids.append(labels.request_id if labels is not None else None)
        self.running.append(tx.tenant_id)
        self.most_at_once = max(self.most_at_once, len(self.running))
        assert len(set(self.running)) == len(self.running), "two batches of one tenant at once"
        try:
            return await self._post(tx, changes)
        finally:
            self.running.remove(tx.tenant_id)

    async def _post(self, tx: Transaction, changes: Sequence[Change]) -> list[Outcome]:
        await self.gate.wait()
        faults = {change.fault for change in changes}
        if Fault.RAISES in faults:
            raise PoisonError
        outcomes = await post(tx, [change.command for change in changes])
        if self.races_lost:
            self.races_lost -= 1
            raise LostRace
        if Fault.BREAKS_CONSTRAINT in faults:
            await tx.raw.execute("SELECT 'NaN'::quantity")
        if Fault.WAITS_FOR_NOBODY in faults:
            raise asyncio.CancelledError
        return outcomes[:-1] if Fault.ANSWERS_NOTHING in faults else outcomes


@dataclass(slots=True)
class Desk:
    """A tenant with one variant in two warehouses, and the batcher that changes of it are submitted to."""

    tenant: GivenTenant
    places: tuple[Place, ...]
    handler: Handler
    batcher: Batcher[Change, Posted]

    @classmethod
    async def open(cls, database: Database, handler: Handler | None = None, **settings: Any) -> "Desk":
        """A desk of a new tenant; ``settings`` are the batcher's."""
        used = handler or Handler()
        return await cls.beside(database, used, Batcher(database, used, **settings))

    @classmethod
    async def beside(cls, database: Database, handler: Handler, batcher: Batcher[Change, Posted]) -> "Desk":
        """A desk of a new tenant at a batcher that others use, too."""
        world = World.of(Random(uuid4().int), (Good(sku="FLOUR"),))
        tenant = await given_tenant(database)
        await database.write(tenant.actor, lambda tx: register(tx, world))
        return cls(tenant, world.places, handler, batcher)

    def change(
        self, delta: int = 1, *, place: int = 0, subject: str = "user-desk", fault: Fault | None = None
    ) -> Change:
        """So much more or less at one of the places, asked for by this caller."""
        variant_id, warehouse_id = self.places[place].key
        line: Line = Adjust(variant_id=variant_id, warehouse_id=warehouse_id, delta=Decimal(delta))
        return Change(
            actor=replace(self.tenant.actor, subject=subject),
            command=Command(id=uuid4(), lines=(line,), recorded_by=subject, reason="CORRECTION"),
            fault=fault,
        )

    async def submit(self, change: Change, *, weight: int = 1, seconds_max: float = SECONDS_MAX) -> Posted:
        """The batcher's answer."""
        return await self.batcher.submit(change.actor, change, weight=weight, seconds_max=seconds_max)

    def ask(self, change: Change, *, weight: int = 1, seconds_max: float = SECONDS_MAX) -> "asyncio.Task[Posted]":
        """Submit in a task of its own."""
        return asyncio.create_task(self.submit(change, weight=weight, seconds_max=seconds_max))

    async def hold(self) -> "asyncio.Task[Posted]":
        """Have a first batch begin that goes on when the gate is set: until then whatever comes waits."""
        self.handler.gate.clear()
        begun = len(self.handler.batches)
        task = self.ask(self.change(1_000))
        await until(lambda: len(self.handler.batches) > begun)
        return task

    async def queue(self, *changes: Change, seconds_max: float = SECONDS_MAX) -> "list[asyncio.Task[Posted]]":
        """Submit the changes in their order; all of them wait when this returns."""
        waiting = self.batcher.waiting
        tasks = [self.ask(change, seconds_max=seconds_max) for change in changes]
        await until(lambda: self.batcher.waiting == waiting + len(tasks))
        return tasks

    async def begin(self, *changes: Change, seconds_max: float = SECONDS_MAX) -> "list[asyncio.Task[Posted]]":
        """Have the changes be a batch that has begun and goes on when the gate is set."""
        first = await self.hold()
        tasks = await self.queue(*changes, seconds_max=seconds_max)
        begun = len(self.handler.batches)
        self.handler.gate.set()
        await first
        self.handler.gate.clear()
        await until(lambda: len(self.handler.batches) > begun)
        return tasks

    async def ledger(self) -> Ledger:
        """What every command did."""
        async with self.tenant.database.read(self.tenant.actor) as tx:
            rows = await tx.raw.fetch(
                "SELECT command_id, balance_version FROM movements WHERE tenant_id = $1"
                " ORDER BY balance_id, balance_version, ordinal",
                tx.tenant_id,
            )
        found: Ledger = {}
        for row in rows:
            found.setdefault(row["command_id"], []).append(row["balance_version"])
        return found

    async def assert_exactly(self, changes: Sequence[Change], *, maybe: Sequence[Change] = ()) -> None:
        """These and no others were made, once each, of ``maybe`` any; and nothing drifted."""
        ledger = await self.ledger()
        assert all(len(versions) == 1 for versions in ledger.values()), "a command is there twice"
        made = {change.id for change in changes}
        assert made <= ledger.keys() <= made | {change.id for change in maybe}
        async with self.tenant.database.read(self.tenant.actor) as tx:
            assert (await drift(tx)).drifts == []


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what is about to happen."""
    ends = time.monotonic() + GIVE_UP_SECONDS
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        await asyncio.sleep(0.001)


@dataclass(slots=True)
class Watcher:
    """Counts what the batcher tells of itself."""

    waits: list[float] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    times_refused: int = 0
    times_expired: int = 0
    times_isolated: int = 0

    def begun(self, *, waited_seconds: float) -> None:
        self.waits.append(waited_seconds)

    def done(self, *, size: int, seconds: float) -> None:
        assert seconds > 0
        self.batches.append(size)

    def refused(self) -> None:
        self.times_refused += 1

    def expired(self) -> None:
        self.times_expired += 1

    def isolated(self) -> None:
        self.times_isolated += 1
