"""Who may use how many of a pool's connections, so that no kind of work can keep another from all of them.

Each use has some that are kept for it, and may take those that are kept for nobody. Within a use tenants take turns. As a turn may
take as long as a statement may, none of them has all the connections for reading while there are others.
"""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from inventory_graph.turns import Party, Taking, Turns

Use: TypeAlias = Literal["caller", "mutation", "subscription", "query"]
USES: tuple[Use, ...] = ("caller", "mutation", "subscription", "query")
"""What connections are for, in the order in which those that nobody keeps go round: finding out who calls, then changes."""
TIGHT_CONNECTIONS_MAX = 5
READING: frozenset[Use] = frozenset({"query", "subscription"})
"""What no party that has connections already takes the last one of. Changes are short, and wait for each other in batches."""
OTHERS_SECONDS = 60.0
"""So long after its last question a party counts as one of the others."""


def kept_of(connections: int) -> dict[Use, int]:
    """How many of so many connections are kept for each use. One more is kept for whoever asks for none in particular, such as
    the probe of readiness, and at least one for nobody."""
    if connections <= TIGHT_CONNECTIONS_MAX:
        return {"caller": 0, "mutation": int(connections > 1), "subscription": 0, "query": int(connections > 2)}
    few, many = max(1, connections // 10), connections // 5 or 1
    return {"caller": few, "mutation": many, "subscription": few, "query": many}


class ConnectionShares:
    """The shares of one pool in one process."""

    def __init__(self, connections: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept = kept_of(connections)
        self._all = connections - (1 if connections >= TIGHT_CONNECTIONS_MAX - 1 else 0)
        self._held: Counter[Use] = Counter()
        self._held_by: Counter[tuple[Use, Party]] = Counter()
        self._last: dict[Use, Party] = {}
        self._shared_until = dict.fromkeys(USES, 0.0)
        self._turns = {
            use: Turns(take=partial(self._take, use), give_back=partial(self._given_back, use)) for use in USES
        }

    async def take(self, use: Use, party: Party, *, seconds_max: float, is_patient: bool) -> None:
        """Returns when the party may acquire a connection for this use; raises ``NoTurnError`` as ``Turns.wait`` does."""
        if self._last.setdefault(use, party) != party:
            self._last[use] = party
            self._shared_until[use] = self._clock() + OTHERS_SECONDS
        await self._turns[use].wait(party, seconds_max=seconds_max, is_patient=is_patient)

    def give_back(self, use: Use, party: Party) -> None:
        """The connection is free again."""
        self._held[use] -= 1
        self._held_by[use, party] -= 1
        if not self._held_by[use, party]:
            del self._held_by[use, party]
        for turns in self._turns.values():
            turns.go_on()

    def _given_back(self, use: Use, party: Party, _weight: int) -> None:
        self.give_back(use, party)

    def most_of(self, use: Use) -> int:
        """How many connections the use has when no other wants any."""
        return self._all - sum(kept for other, kept in self._kept.items() if other != use)

    def _take(self, use: Use, party: Party, _weight: int) -> Taking:
        kept_for_others = sum(max(0, kept - self._held[other]) for other, kept in self._kept.items() if other != use)
        left = self._all - self._held.total() - kept_for_others
        if left <= 0:
            return Taking.FULL
        if left == 1 and self._held_by[use, party] and use in READING and self._clock() < self._shared_until[use]:
            return Taking.PARTY_FULL
        self._held[use] += 1
        self._held_by[use, party] += 1
        return Taking.TAKEN
