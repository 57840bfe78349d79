"""Timers for thousands who wait at once, at the price of few: they go off by the tick, and nobody takes one back."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil
from typing import TypeAlias
from weakref import WeakMethod

TICK_SECONDS = 0.05
"""How late one may be."""

Ring: TypeAlias = Callable[[], None]


class CoarseTimers:
    """The timers of one event loop. Of those that go off within the same tick the loop keeps one.

    A timer of the loop's own costs as much as a delivery to a socket; one of these costs an entry of a list. Whoever is called
    looks itself whether it still has anything to do.
    """

    def __init__(self) -> None:
        self._rings: dict[int, list[Ring]] = {}
        self._ticks: list[int] = []
        self._next: asyncio.TimerHandle | None = None

    def set(self, seconds: float, ring: Ring) -> None:
        """Call the function in so many seconds, at most a tick later. It must not raise."""
        tick = ceil((asyncio.get_running_loop().time() + seconds) / TICK_SECONDS)
        rings = self._rings.get(tick)
        if rings is None:
            self._rings[tick] = rings = []
            heappush(self._ticks, tick)
            if self._ticks[0] == tick:
                self._wait()
        rings.append(ring)

    def set_while_held(self, seconds: float, method: Ring) -> None:
        """Call the method of an object, unless nobody holds the object any more by then. A timer does not hold it, which nobody takes
        back: what is over would be kept until it goes off."""
        weak = WeakMethod(method)

        def ring() -> None:
            if (held := weak()) is not None:
                held()

        self.set(seconds, ring)

    def _wait(self) -> None:
        """Have the loop call when the earliest is due, and not when the one that was the earliest is."""
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_at(self._ticks[0] * TICK_SECONDS, self._go_off)

    def _go_off(self) -> None:
        self._next = None
        now = asyncio.get_running_loop().time()
        while self._ticks and self._ticks[0] * TICK_SECONDS <= now:
            for ring in self._rings.pop(heappop(self._ticks)):
                ring()
        if self._ticks and self._next is None:
            self._wait()
