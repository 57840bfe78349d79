"""Many tasks that change the same ten balances at once, some cut off in the middle; and what each was told."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import OutcomeUnknown, Refusal, Retry, Unavailable
from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Line,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    StockState,
)
from inventory_graph.stock.posting import Outcome, post
from tests.properties.world import Good, Place, World

GOODS = (
    Good(sku="FLOUR", strategy="FIFO"),
    Good(sku="SODA", strategy="NEAREST", allow_negative=True),
    Good(sku="MILK", strategy="LIFO"),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True),
    Good(sku="PHONE", tracking="SERIAL"),
)
"""In two warehouses: ten balances."""

LOT_CODES = ("L1", "L2", "L3")


@dataclass(slots=True)
class Told:
    """What the callers of a storm were told of their commands, by command id."""

    posted: dict[UUID, int] = field(default_factory=dict)
    """Acknowledged: with the number of movements each made."""
    nothing_done: set[UUID] = field(default_factory=set)
    """Refused, or told that nothing was done."""
    unanswered: set[UUID] = field(default_factory=set)
    """Cut off, or told that the outcome is unknown."""
    answers: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    transactions: int = 0

    def lines(self, title: str) -> list[str]:
        """The storm for people to read."""
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.answers.items()))
        return [
            f"{title}: {self.transactions} transactions in {self.attempts} attempts; {len(self.posted)} commands posted,"
            f" {len(self.nothing_done)} left nothing, {len(self.unanswered)} unanswered",
            f"  {counts}",
        ]


class Storm:
    """Posts random commands to the ten balances from many tasks through one pool."""

    def __init__(self, database: Database, actor: Actor, world: World, *, seed: int) -> None:
        self.database = database
        self.actor = actor
        self.world = world
        self.random = Random(seed)
        self.told = Told()
        self.serials = 0
        self.documents: list[UUID] = []

    async def rage(self, *, tasks: int, transactions: int, cut_percent: int = 0) -> None:
        """Run so many transactions from so many tasks; of the given share the task is cancelled somewhere on its way."""
        left = iter(range(transactions))

        async def work() -> None:
            for _ in left:
                commands = self.commands()
                if self.random.randrange(100) < cut_percent:
                    await self._cut(commands)
                else:
                    await self._post(commands)

        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(work())

    async def _post(self, commands: list[Command]) -> None:
        ids = {command.id for command in commands}
        self.told.transactions += 1

        async def attempt(tx: Transaction) -> list[Outcome]:
            self.told.attempts += 1
            return await post(tx, commands)

        try:
            outcomes = await self.database.write(self.actor, attempt)
        except OutcomeUnknown:
            self._note("outcome unknown", self.told.unanswered, ids)
        except (Unavailable, Retry) as error:
            self._note(error.code.lower(), self.told.nothing_done, ids)
        except asyncio.CancelledError:
            self._note("cancelled", self.told.unanswered, ids)
            raise
        else:
            self._note("answered", set(), set())
            for command, outcome in zip(commands, outcomes, strict=True):
                if isinstance(outcome, Refusal):
                    self.told.nothing_done.add(command.id)
                else:
                    self.told.posted[command.id] = len(outcome.movements)

    async def _cut(self, commands: list[Command]) -> None:
        """Post in a task of its own that is cancelled after a random while, now and then twice."""
        task = asyncio.create_task(self._post(commands))
        await self._wait()
        while not task.done():
            task.cancel()
            if self.random.randrange(100) < 70:
                break
            await asyncio.sleep(0)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _wait(self) -> None:
        """A number of turns of the event loop, so that the cut falls on any await, or a little time."""
        if self.random.randrange(2):
            await asyncio.sleep(self.random.random() * 0.03)
        else:
            for _ in range(self.random.randrange(40)):
                await asyncio.sleep(0)

    def _note(self, answer: str, kind: set[UUID], ids: set[UUID]) -> None:
        self.told.answers[answer] += 1
        kind |= ids

    # Commands.

    def commands(self) -> list[Command]:
        """One to three commands of one to three lines; balances in any order."""
        return [self.command() for _ in range(self.random.choice((1, 1, 2, 3)))]

    def command(self) -> Command:
        """A command on one to three balances."""
        places = self.random.sample(self.world.places, self.random.choice((1, 1, 2, 3)))
        return self.of(*(self.line(place) for place in places))

    def of(self, *lines: Line) -> Command:
        """A command of these lines."""
        return Command(id=UUID(int=self.random.getrandbits(128)), lines=lines, recorded_by="user-storm")

    def line(self, place: Place) -> Line:
        """Some change of the balance; whether it is possible the book must say."""
        variant_id, warehouse_id = place.key
        quantity = Decimal(self.random.randrange(1, 4))
        locations = [None, *self.world.locations[warehouse_id]]
        lot = LotReference(code=self.random.choice(LOT_CODES)) if place.good.takes_lots else None
        match self.random.randrange(10):
            case 0 | 1 | 2:
                return Receive(
                    variant_id=variant_id,
                    warehouse_id=warehouse_id,
                    quantity=quantity,
                    unit_cost=Decimal(self.random.randrange(1, 1_000)).scaleb(-2),
                    location_id=self.random.choice(locations),
                    lot=lot,
                    serials=self.new_serials(int(quantity)) if place.good.tracking == "SERIAL" else (),
                )
            case 3 | 4 | 5:
                return Adjust(variant_id=variant_id, warehouse_id=warehouse_id, delta=-quantity)
            case 6:
                guard = self.random.choice((None, quantity))
                return SetOnHand(variant_id=variant_id, warehouse_id=warehouse_id, quantity=quantity, change_from=guard)
            case 7:
                return Move(
                    variant_id=variant_id,
                    warehouse_id=warehouse_id,
                    quantity=quantity,
                    to_location_id=self.random.choice(locations[1:]),
                )
            case _:
                from_state, to_state = self.random.sample(
                    (StockState.AVAILABLE, StockState.DAMAGED, StockState.QUARANTINED), 2
                )
                return Move(
                    variant_id=variant_id,
                    warehouse_id=warehouse_id,
                    quantity=quantity,
                    from_state=from_state,
                    to_state=to_state,
                )

    def new_serials(self, count: int) -> tuple[str, ...]:
        """Numbers that no piece has."""
        self.serials += count
        return tuple(f"S{number}" for number in range(self.serials - count, self.serials))


async def killing_backends(url: str, *, application_name: str, random: Random, every_seconds: float) -> int:
    """Terminate a random backend of the application again and again until cancelled; how many it were."""
    killed = 0
    connection = await asyncpg.connect(url)
    try:
        while True:
            await asyncio.sleep(random.random() * 2 * every_seconds)
            pids = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
                " ORDER BY state = 'active' DESC, pid",
                application_name,
            )
            if pids:
                killed += await connection.fetchval("SELECT pg_terminate_backend($1)", random.choice(pids)["pid"])
    except asyncio.CancelledError:
        return killed
    finally:
        await connection.close()


async def during(background: Awaitable[int], work: Callable[[], Awaitable[None]]) -> int:
    """Do the work while something else goes on; what that answered when it was cancelled."""
    task = asyncio.ensure_future(background)
    try:
        await work()
    finally:
        task.cancel()
    return await task
