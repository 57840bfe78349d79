"""A shop at its busiest: many tasks ask PostgreSQL at once, in batches of any size, and some go away before they are answered.

What is sensible to ask is guessed from a naive shop that is told of every answer as it comes; it may be wrong, for others were
quicker. Every request has a key; what was not answered is asked again with it, until it is.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TypeAlias
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import IdempotencyConflict, InventoryError, OutcomeUnknown, Refusal, Retry, Unavailable
from inventory_graph.reservations.batch import Answer, handle
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import AnyRequest, Reserve
from inventory_graph.reservations.sweeping import refill, sweep
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Command
from inventory_graph.stock.posting import post
from tests.promises.generator import Generator
from tests.promises.mix import Mix
from tests.promises.naive_shop import NaiveShop
from tests.promises.shop import Shop

BATCH_SIZES = (1, 2, 10, 50, 100, 200, 200)
MINUTE = timedelta(milliseconds=150)
"""How long a minute of the generator takes here, so that holds end while others are asked for."""
ORDERS = 4_000
CUT_PERCENT = 12
AGAIN_PERCENT = 8
SWEEP_SECONDS = 0.3

Key: TypeAlias = str


@dataclass(slots=True)
class Told:
    """What the callers of a rush asked, and what they were told, by key."""

    asked: dict[Key, AnyRequest] = field(default_factory=dict)
    answered: dict[Key, Answer] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)
    open: set[Key] = field(default_factory=set)
    """Not answered yet: cut off, or told that nothing was done or nothing is known."""
    posted: dict[UUID, int] = field(default_factory=dict)
    """Commands of the book that were acknowledged, with the number of their movements."""
    replays: int = 0
    cut: int = 0
    batches: int = 0
    attempts: int = 0

    def lines(self) -> list[str]:
        """The rush for people to read."""
        return [
            f"  {self.batches} batches in {self.attempts} attempts, {self.cut} cut off; {len(self.answered)} answered,"
            f" {len(self.refused)} refused, {self.replays} replayed; {len(self.posted)} commands posted"
        ]


class Rush:
    """Asks from many tasks through one pool."""

    def __init__(self, database: Database, actor: Actor, shop: Shop, random: Random, mix: Mix) -> None:
        self.database = database
        self.actor = actor
        self.shop = shop
        self.random = random
        self.mix = mix
        self.told = Told()
        self.naive = NaiveShop(shop)
        self.generator = Generator(random, shop, self.naive, orders=ORDERS)
        self.generator.choose.minute = MINUTE
        self._keys = 0

    async def open(self) -> None:
        """Bring the first stock, before anybody asks for some."""
        places = [place for place in self.shop.places if place.good.status == "ACTIVE"]
        self.generator.choose.now = _now()
        stocking = self.generator.stocking
        for _ in range(3):
            commands = [stocking.of(stocking.receive(place)) for place in places]
            await self.database.write(self.actor, partial(post, commands=commands))
            for command in commands:
                self.naive.post(command, _now())

    async def rage(self, *, tasks: int, requests: int) -> None:
        """Ask so many requests from so many tasks; of some the task goes away on its way, and they are asked again."""
        left = requests

        async def work() -> None:
            nonlocal left
            while left > 0:
                size = min(left, self.random.choice(BATCH_SIZES))
                left -= size
                batch = self._batch(size)
                if self.generator.choose.chance(CUT_PERCENT):
                    await self._cut(batch)
                else:
                    await self._ask(batch)

        sweeper = asyncio.create_task(self._sweep())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(tasks):
                    group.create_task(work())
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper

    async def settle(self) -> None:
        """Ask again what was not answered, and let what is overdue end."""
        while self.told.open:
            keys = sorted(self.told.open)[:200]
            await self._ask([(key, self.told.asked[key]) for key in keys])
        while await self.database.write(self.actor, sweep):
            pass

    def _batch(self, size: int) -> list[tuple[Key, AnyRequest] | Command]:
        """So many new requests, some that were asked before, and some twice."""
        batch: list[tuple[Key, AnyRequest] | Command] = []
        for _ in range(size):
            asked = self.generator.request(_now())
            if isinstance(asked, Command):
                batch.append(asked)
                continue
            self._keys += 1
            key = f"key {self._keys}"
            known = replace(asked, idempotency_key=key)
            self.told.asked[key] = known
            batch.append((key, known))
            if self.generator.choose.chance(1):
                batch.append((key, known))
        if self.told.asked and self.generator.choose.chance(AGAIN_PERCENT):
            keys = self.random.sample(sorted(self.told.answered), min(5, len(self.told.answered)))
            batch += [(key, self.told.asked[key]) for key in keys]
        if self.generator.choose.chance(AGAIN_PERCENT):
            batch += [(key, self.told.asked[key]) for key in sorted(self.told.open)[:5]]
        return batch

    async def _ask(self, batch: Sequence[tuple[Key, AnyRequest] | Command]) -> None:
        commands = [each for each in batch if isinstance(each, Command)]
        asked = [each for each in batch if not isinstance(each, Command)]
        if commands:
            await self._post(commands)
        if asked:
            await self._handle(asked)

    async def _handle(self, asked: Sequence[tuple[Key, AnyRequest]]) -> None:
        keys = {key for key, _ in asked}
        self.told.batches += 1

        async def attempt(tx: Transaction) -> list[Answer | InventoryError]:
            self.told.attempts += 1
            return await handle(tx, [request for _, request in asked])

        unanswered = {key for key in keys if key not in self.told.answered and key not in self.told.refused}
        self.told.open |= unanswered
        try:
            outcomes = await self.database.write(self.actor, attempt)
        except (OutcomeUnknown, Unavailable, Retry):
            return
        self.told.open -= keys
        for (key, request), outcome in zip(asked, outcomes, strict=True):
            self._note(key, request, outcome)

    def _note(self, key: Key, request: AnyRequest, outcome: Answer | InventoryError) -> None:
        """Compare with what was answered before, or remember it and tell the naive shop."""
        if isinstance(outcome, InventoryError):
            assert isinstance(outcome, Refusal), outcome
            assert not isinstance(outcome, IdempotencyConflict)
            assert key not in self.told.answered, f"{key} was accepted before and is refused now: {outcome}"
            if key not in self.told.refused:
                self.mix.count(request, outcome)
            self.told.refused.add(key)
            return
        before = self.told.answered.get(key)
        if before is not None:
            assert outcome.replayed, f"{key} was done twice: {request}"
            assert replace(outcome, replayed=before.replayed) == before, f"{key} is answered differently"
            self.told.replays += 1
            return
        # What was refused at first may be accepted when it is asked again: a refusal leaves no key.
        self.told.refused.discard(key)
        self.told.answered[key] = outcome
        self.mix.count(request, outcome)
        self._guess(request, outcome)

    def _guess(self, request: AnyRequest, outcome: Answer) -> None:
        label = outcome.reservation.id if isinstance(outcome, ReservationAnswer) else uuid4()
        self.naive.ask(request, _now(), label)
        if isinstance(request, Reserve) and isinstance(outcome, ReservationAnswer):
            promise = self.naive.promises.all.get(label)
            for line in outcome.reservation.lines or ():
                if promise is not None and line.line_reference in promise.lines:
                    promise.lines[line.line_reference].label = line.id

    async def _post(self, commands: Sequence[Command]) -> None:
        try:
            outcomes = await self.database.write(self.actor, lambda tx: post(tx, commands))
        except (OutcomeUnknown, Unavailable, Retry):
            return
        for command, outcome in zip(commands, outcomes, strict=True):
            self.mix.count(command, outcome)
            if isinstance(outcome, Posted):
                self.told.posted[command.id] = len(outcome.movements)
                self.naive.post(command, _now())

    async def _cut(self, batch: Sequence[tuple[Key, AnyRequest] | Command]) -> None:
        """Ask in a task of its own that goes away after a random while, now and then twice."""
        task = asyncio.create_task(self._ask(batch))
        if self.random.randrange(2):
            await asyncio.sleep(self.random.random() * 0.2)
        else:
            for _ in range(self.random.randrange(60)):
                await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            self.told.cut += 1
            if self.random.randrange(100) < 70:
                break
            await asyncio.sleep(0)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _sweep(self) -> None:
        """What the worker does all the time."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for tidy in (sweep, refill):
                with contextlib.suppress(Retry, Unavailable):
                    await self.database.write(self.actor, tidy)


def _now() -> datetime:
    return datetime.now(UTC)
