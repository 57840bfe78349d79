"""One shop in PostgreSQL, asked by one caller, beside the naive shop that is asked the same.

The database's clock cannot be moved. Instead all that is written there is made older, so that the naive clock is ahead of the
database's by as much. Times are such that the moments which a test takes make no difference.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.reservations.batch import Outcome, handle
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import AnyRequest, Commit, ConsumeStock, Reserve, ReverseConsumption
from inventory_graph.stock.commands import Command
from inventory_graph.stock.posting import post
from tests.promises.checked import answer_of
from tests.promises.generator import Generator
from tests.promises.mix import Mix
from tests.promises.naive_shop import NaiveShop
from tests.promises.shop import Shop
from tests.properties.naive_values import Refused

GRAIN = timedelta(minutes=10)
AGES = (0, 0, 0, 0, 1, 1, 2, 6)
"""By how many grains everything becomes older between two batches."""
EXPIRES_IN_DAYS = {"L0": -5, "L1": 20, "L2": 20, "L3": 60, "L4": 61, "L5": 90, "L6": None}
"""Whatever the day is: the first lot may not be used any more, and the others differ only by much."""
SHELF_LIVES = (None, None, 0, 4, 30)

_AGE = (
    "UPDATE reservations SET expires_at = expires_at - $2::interval, pickup_at = pickup_at - $2::interval, pickup_until = pickup_until - $2::interval, resolved_at = resolved_at - $2::interval"
    " WHERE tenant_id = $1",
    "UPDATE holds SET expires_at = expires_at - $2::interval, received_at = received_at - $2::interval WHERE tenant_id = $1",
    "UPDATE balances SET holds_expire_at = holds_expire_at - $2::interval WHERE tenant_id = $1",
    "UPDATE quants SET received_at = received_at - $2::interval WHERE tenant_id = $1",
    "UPDATE serials SET received_at = received_at - $2::interval WHERE tenant_id = $1",
    "UPDATE bills_of_materials SET effective_from = effective_from - $2::interval WHERE tenant_id = $1",
)


class Story:
    """Asks both shops the same, in batches."""

    def __init__(self, database: Database, actor: Actor, shop: Shop, random: Random, mix: Mix) -> None:
        self.database, self.actor, self.shop, self.random, self.mix = database, actor, shop, random, mix
        self.naive = NaiveShop(shop)
        self.generator = Generator(random, shop, self.naive)
        self.generator.choose.grain = GRAIN
        self.generator.choose.shelf_lives = SHELF_LIVES
        self.generator.stocking.expires_in_days = EXPIRES_IN_DAYS
        self.ahead = timedelta()
        self.now = shop.opening
        self._made: set[UUID] = set()
        self._ids: dict[UUID, UUID] = {}
        self._asked: list[tuple[AnyRequest, Refused | None, UUID]] = []
        self._scopes: set[str] = set()

    async def batch(self, size: int, *, receipts: bool = False) -> None:
        """So many requests, handled together where they can be: what names a reservation that is only being made waits for its
        id, and what an order had twice at one instant would come in either order."""
        await self._age(GRAIN * self.random.choice(AGES))
        for _ in range(size):
            if not self._asked:
                self.now = datetime.now(UTC) + self.ahead
            asked = self.generator.receipt(self.now) if receipts else self.generator.request(self.now)
            if isinstance(asked, Command):
                await self._handle()
                await self._post(asked)
                continue
            named = getattr(asked, "reservation_id", None)
            if named in self._made or self._scope(asked) in self._scopes:
                await self._handle()
            if named in self._ids:
                asked = replace(asked, reservation_id=self._ids[named])  # type: ignore[arg-type]
            self._ask(asked)
        await self._handle()

    def _ask(self, asked: AnyRequest) -> None:
        self._scopes.add(self._scope(asked))
        label = uuid4()
        self._asked.append((asked, self.naive.ask(asked, self.now, label), label))
        if isinstance(asked, Reserve):
            self._made.add(label)

    def _scope(self, asked: AnyRequest) -> str:
        """Whose deductions the request may add to; a name of its own for one that adds to none."""
        if isinstance(asked, Commit) and asked.reservation_id in self.naive.promises.all:
            return self.naive.promises.all[asked.reservation_id].scope
        if isinstance(asked, ConsumeStock | ReverseConsumption):
            return f"order:{asked.order_id}" if asked.order_id is not None else f"reference:{asked.reference}"
        return uuid4().hex

    async def _handle(self) -> None:
        """Have PostgreSQL answer what the naive shop has answered, and compare."""
        if not self._asked:
            return
        requests = [self._shifted(asked) for asked, _, _ in self._asked]

        async def work(tx: Transaction) -> list[Outcome]:
            return await handle(tx, requests)

        outcomes = await self.database.write(self.actor, work)
        for (asked, expected, label), outcome in zip(self._asked, outcomes, strict=True):
            told = answer_of(asked, outcome)  # type: ignore[arg-type]
            shown = f"{asked.operation} {asked.arguments()}"
            assert told == expected, f"{told} where {expected} is right: {outcome!r}: {shown}"
            self.mix.count(asked, outcome)
            if isinstance(outcome, ReservationAnswer):
                self._learn(asked, label, outcome)
        self._asked, self._scopes, self._made = [], set(), set()

    def _learn(self, asked: AnyRequest, label: UUID, outcome: ReservationAnswer) -> None:
        """The ids that PostgreSQL chose, by which the naive shop knows what it made from now on."""
        promises, record = self.naive.promises, outcome.reservation
        if isinstance(asked, Reserve) and label in promises.all:
            promise = promises.all.pop(label)
            promise.label = self._ids[label] = record.id
            promises.all[record.id] = promise
        promise = promises.all[record.id]
        for line in record.lines or ():
            promise.lines[line.line_reference].label = line.id

    async def _post(self, command: Command) -> None:
        self.now = datetime.now(UTC) + self.ahead
        expected = self.naive.post(command, self.now)
        shifted = replace(command, occurred_at=self._then(command.occurred_at))
        (outcome,) = await self.database.write(self.actor, lambda tx: post(tx, [shifted]))
        assert answer_of(command, outcome) == expected, f"{expected} is right: {outcome!r}: {command}"
        self.mix.count(command, outcome)

    async def _age(self, by: timedelta) -> None:
        if not by:
            return
        self.ahead += by

        async def work(tx: Transaction) -> None:
            for statement in _AGE:
                await tx.raw.execute(statement, tx.tenant_id, by)

        await self.database.write(self.actor, work)

    def _shifted(self, asked: AnyRequest) -> AnyRequest:
        """The request as it is asked at the database's time."""
        times: dict[str, Any] = {
            name: self._then(getattr(asked, name))
            for name in ("pickup_at", "pickup_until", "occurred_at")
            if getattr(asked, name, None) is not None
        }
        return replace(asked, **times) if times else asked

    def _then(self, instant: datetime | None) -> datetime | None:
        return instant - self.ahead if instant is not None else None


def sizes(random: Random, requests: int, choices: Sequence[int]) -> list[int]:
    """Batches of so many requests in all."""
    found = []
    while requests > 0:
        found.append(min(requests, random.choice(choices)))
        requests -= found[-1]
    return found
