"""Waking who waits for something to happen, in this process and in others, without anybody having to look again and again."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Wakeup:
    """A bell of this process: who waits is woken by ``ring``; rung while nobody waits, it wakes the next who does.

    ``tell_others`` is called with every ring, to ring the bells of other processes too; ``ring_here`` is what they call.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.tell_others: Callable[[], None] | None = None
        self._branches: list[Wakeup] = []

    def branch(self) -> "Wakeup":
        """A bell that rings whenever this one does, for another who waits: a ring wakes all who wait at that moment, but only
        one who comes later."""
        made = Wakeup()
        self._branches.append(made)
        return made

    def ring(self) -> None:
        """Wake who waits, here and elsewhere."""
        self.ring_here()
        if self.tell_others is not None:
            self.tell_others()

    def ring_here(self) -> None:
        """Wake who waits in this process."""
        self._event.set()
        for branch in self._branches:
            branch.ring_here()

    async def wait(self, *, seconds_max: float) -> None:
        """Return when the bell rings, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds_max):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Bells(Protocol):
    """What rings bells across processes (``inventory_graph.transport.redis_bells``)."""

    def connect(self, name: str, bell: Wakeup) -> None: ...


OUTBOX = "outbox"
"""The name of the bell that rings when events were committed."""
LOG = "log"
"""The name of the bell that rings when events were numbered."""
