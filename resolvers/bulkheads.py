"""Walls between queries, mutations and subscriptions, so that a flood of one kind, or of one tenant, leaves room for the rest.

Behind a wall as many operations are executed as get on with it. The others wait in front, for a moment: where there is no room, or
none in time, the answer is 503 at once, and the client decides when to come again. Who was let in is not sent away half-way.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from inventory_graph.turns import NoTurnError, Party, Taking, Turns
from resolvers.envelope import RequestRefusedError

Key = TypeVar("Key")

UNAVAILABLE = "UNAVAILABLE"
TENANT_SHARE = 0.75
"""How much of the room of a kind one tenant may take. Its visitors count apart from its people."""
OPERATION_POINTS = 50
"""What an operation weighs by itself, besides what it may cost."""
LIGHT_POINTS = 250
"""Up to this a mutation waits for no turn here: changes wait for each other in batches, thousands at a time."""
WAITING_FACTOR = 4
"""How many times the points that may be executed at once may wait, for each tenant. Estimates are far above what most answers
turn out to cost, so this is about what is done within the longest wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What there is room for. ``at_once_max`` is how many operations of each kind may be here, query, mutation and subscription;
    ``executed_max`` how many queries are executed meanwhile, ``points_max`` what those of a kind that are executed may cost
    together, ``wait_seconds_max`` how long one waits for its turn at most."""

    at_once_max: Mapping[str, int]
    executed_max: int = 256
    points_max: int = 50_000
    wait_seconds_max: float = 2.0


class Bulkheads:
    """Counts what is here and what is executed, and has the rest wait or go."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._here: Counter[str] = Counter()
        self._of_parties: Counter[tuple[str, Party]] = Counter()
        self.running: Counter[str] = Counter()
        self._execution = {
            "query": Execution(room.executed_max, room.points_max),
            "mutation": Execution(room.at_once_max.get("mutation", 1), room.points_max),
        }

    @property
    def waiting(self) -> Mapping[str, int]:
        """How many operations of each kind wait for their turn."""
        return {kind: execution.turns.waiting for kind, execution in self._execution.items()}

    @contextmanager
    def room(self, kind: str, party: Party, *, places: int = 1) -> Iterator[None]:
        """Room for one operation, which takes so many places, while the block runs; raises ``RequestRefusedError`` where there is
        none."""
        with self._place(kind, party, places):
            self.running[kind] += 1
            try:
                yield
            finally:
                self.running[kind] -= 1

    @asynccontextmanager
    async def turn(self, kind: str, party: Party, *, points: int) -> AsyncIterator[None]:
        """Room for one query or mutation that may cost so many points, and its turn at being executed. Raises
        ``RequestRefusedError`` where there is no room, or no turn in time."""
        if kind == "mutation" and points <= LIGHT_POINTS:
            with self.room(kind, party):
                yield
            return
        execution = self._execution[kind]
        with self._place(kind, party):
            weight = execution.weight_of(points)
            try:
                await execution.turns.wait(party, weight=weight, seconds_max=self._room.wait_seconds_max)
            except NoTurnError:
                raise _full(kind) from None
            self.running[kind] += 1
            try:
                yield
            finally:
                self.running[kind] -= 1
                execution.end(party, weight)

    @contextmanager
    def _place(self, kind: str, party: Party, places: int = 1) -> Iterator[None]:
        key = kind, party
        most = self._room.at_once_max[kind]
        if self._here[kind] + places > most or self._of_parties[key] + places > _share(most):
            raise _full(kind)
        self._here[kind] += places
        self._of_parties[key] += places
        try:
            yield
        finally:
            self._here[kind] -= places
            _less(self._of_parties, key, places)


class Execution:
    """What is executed of one kind: so many operations that may cost so many points together."""

    def __init__(self, count_max: int, points_max: int) -> None:
        self._count_max = count_max
        self._points_max = points_max
        self._count = self._points = 0
        self._counts: Counter[Party] = Counter()
        self._points_of: Counter[Party] = Counter()
        self.turns = Turns(take=self._take, give_back=self.end, weight_waiting_max=points_max * WAITING_FACTOR)

    def weight_of(self, points: int) -> int:
        """What an operation of so many points takes; what is larger than a party's share takes all of that."""
        return min(points + OPERATION_POINTS, _share(self._points_max))

    def end(self, party: Party, weight: int) -> None:
        """An operation of this weight is not executed any more."""
        self._count -= 1
        self._points -= weight
        _less(self._counts, party, 1)
        _less(self._points_of, party, weight)
        self.turns.go_on()

    def _take(self, party: Party, weight: int) -> Taking:
        if self._counts[party] >= _share(self._count_max) or (
            self._points_of[party] + weight > _share(self._points_max)
        ):
            return Taking.PARTY_FULL
        if self._count >= self._count_max or self._points + weight > self._points_max:
            return Taking.FULL
        self._count += 1
        self._points += weight
        self._counts[party] += 1
        self._points_of[party] += weight
        return Taking.TAKEN


def _share(number: int) -> int:
    return max(1, int(number * TENANT_SHARE))


def _less(counter: Counter[Key], key: Key, number: int) -> None:
    counter[key] -= number
    if not counter[key]:
        del counter[key]


def _full(kind: str) -> RequestRefusedError:
    plural = {"query": "queries"}.get(kind, f"{kind}s")
    return no_room(f"Too many {plural} are running")


def no_room(reason: str) -> RequestRefusedError:
    """The refusal of what would have to wait too long."""
    return RequestRefusedError(
        503,
        f"{reason}; nothing was done. Try again shortly.",
        code=UNAVAILABLE,
        headers={"retry-after": "1"},
    )
