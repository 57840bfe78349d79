"""Turns at what only some can have at once: those who wait stand in a line for each party, and the parties take turns.

A party with a thousand in its line delays another's first by one, not by a thousand. Nobody waits for what would come too late:
who finds that the line does not move, or is too long already, is told at once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from inventory_graph.actor import Actor

Party: TypeAlias = Hashable
STANDING_SHARE = 0.5
"""The part of the longest wait after which a line is one that does not move: nobody joins it while its first has waited so long."""
WAITING_MAX = 1_000


class NoTurnError(Exception):
    """There is no turn, or there will be none in time; nothing was taken."""


class Taking(Enum):
    """What came of trying to take a turn."""

    TAKEN = "taken"
    PARTY_FULL = "the party has as much as it may; others may go on"
    FULL = "there is nothing left, not for those behind either"


@dataclass(slots=True, eq=False)
class _Waiting:
    weight: int
    since: float
    turn: "asyncio.Future[None]"


class Turns:
    """Those who wait. ``take`` takes what a party's next one needs, if it is there; ``give_back`` undoes that.

    ``waiting_max`` is how many of one party may wait, ``weight_waiting_max`` how much they may weigh together; one may always.
    """

    def __init__(
        self,
        *,
        take: Callable[[Party, int], Taking],
        give_back: Callable[[Party, int], None],
        waiting_max: int = WAITING_MAX,
        weight_waiting_max: int | None = None,
    ) -> None:
        self._take = take
        self._give_back = give_back
        self._waiting_max = waiting_max
        self._weight_waiting_max = weight_waiting_max
        # In the order of their turns; none is empty.
        self._lines: OrderedDict[Party, dict[_Waiting, None]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._lines.values()))

    async def wait(self, party: Party, *, weight: int = 1, seconds_max: float, is_patient: bool = False) -> None:
        """Returns when the turn has come and what it needs is taken: at once where nobody is in the way.

        Raises ``NoTurnError`` at once where the line does not move or is full, and after ``seconds_max``. Who is patient joins
        every line.
        """
        if not self._lines and self._take(party, weight) is Taking.TAKEN:
            return
        now = asyncio.get_running_loop().time()
        line = self._lines.get(party)
        if line is not None and not is_patient and self._is_hopeless(line, weight, now, seconds_max):
            raise NoTurnError
        if line is None:
            line = self._lines[party] = {}
        each = _Waiting(weight, now, asyncio.get_running_loop().create_future())
        line[each] = None
        self.go_on()
        if not each.turn.done():
            await self._wait(party, each, seconds_max)

    def go_on(self) -> None:
        """Give turns to those for whom there is enough now. For owners that gave something back."""
        passed = 0
        while passed < len(self._lines):
            party, line = next(iter(self._lines.items()))
            first = next(iter(line))
            if first.turn.cancelled():
                # It has gone away, and only does not know it yet.
                self._take_out(party, first)
                continue
            taken = self._take(party, first.weight)
            if taken is Taking.FULL:
                # Not even for smaller ones behind: else they would keep a large one waiting for ever.
                return
            if taken is Taking.TAKEN:
                passed = 0
                first.turn.set_result(None)
                self._take_out(party, first)
            else:
                passed += 1
            if party in self._lines:
                self._lines.move_to_end(party)

    def _is_hopeless(self, line: dict[_Waiting, None], weight: int, now: float, seconds_max: float) -> bool:
        oldest = next(iter(line))
        if now - oldest.since >= seconds_max * STANDING_SHARE or len(line) >= self._waiting_max:
            return True
        most = self._weight_waiting_max
        return most is not None and weight + sum(each.weight for each in line) > most

    async def _wait(self, party: Party, each: _Waiting, seconds_max: float) -> None:
        try:
            async with asyncio.timeout(seconds_max):
                await each.turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if each.turn.cancelled():
                self._take_out(party, each)
                # It may have been what the others waited behind.
                self.go_on()
            else:
                # The turn came at the same moment as the end.
                self._give_back(party, each.weight)
            if isinstance(error, TimeoutError):
                raise NoTurnError from None
            raise

    def _take_out(self, party: Party, each: _Waiting) -> None:
        line = self._lines.get(party, {})
        if each in line:
            del line[each]
            if not line:
                del self._lines[party]


def party_of(actor: Actor | None) -> Party:
    """Whom an operation counts for: the people of a tenant, its visitors, or nobody's."""
    return (actor.tenant_id, actor.is_anonymous) if actor is not None else None
