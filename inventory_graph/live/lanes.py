"""Messages on their way: those of one aggregate one after the other, those of different aggregates beside each other."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from inventory_graph.live.log import Entry
from inventory_graph.live.publishing import AggregateKey, Away, Carrier, Message, Refused, key_of

IN_FLIGHT_MAX = 256
TRIES_MAX = 8
"""How often a message is tried that the server refuses for itself."""
REFUSED_SECONDS = 0.05
"""How long the second try waits; each further one waits twice as long, together 6 seconds."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event and its message; ``is_replay`` for one that comes from the dead letters."""

    entry: Entry
    message: Message
    is_replay: bool = False


@dataclass(slots=True)
class Lane:
    """The events of one aggregate that are not acknowledged, in order: only the first is ever on its way."""

    key: AggregateKey
    waiting: deque[Outgoing] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    fault: str | None = None
    """Why the first was refused, once it was tried often enough; nothing moves here any more."""


class Lanes:
    """What one leader has on its way. ``ring`` is called when something was acknowledged or went wrong.

    The gate is closed while nothing can be published: at first, and after each ``Away``.
    """

    def __init__(self, carrier: Carrier, ring: Callable[[], None]) -> None:
        self._carrier = carrier
        self._ring = ring
        self._lanes: dict[AggregateKey, Lane] = {}
        self._in_flight = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._gate = asyncio.Event()
        self._acknowledged: list[Outgoing] = []
        self._faulty: list[Lane] = []
        self._broken: BaseException | None = None
        self.away: str | None = None
        """Why the gate was closed; None where it is open or was never."""

    @property
    def is_open(self) -> bool:
        return self._gate.is_set()

    def open(self) -> None:
        """Let messages out."""
        self.away = None
        self._gate.set()

    def put(self, outgoing: Outgoing) -> None:
        """Send it when everything before it of the same aggregate is acknowledged."""
        key = key_of(outgoing.entry)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        lane.waiting.append(outgoing)
        if lane.task is None:
            lane.task = asyncio.create_task(self._send(lane))
            lane.task.add_done_callback(self._look)

    def acknowledged(self) -> list[Outgoing]:
        """What was acknowledged since this was asked last. Raises what no carrier should raise."""
        if self._broken is not None:
            raise self._broken
        found, self._acknowledged = self._acknowledged, []
        return found

    def faulty(self) -> list[Lane]:
        """The lanes that ended at a message nobody takes; they are gone then."""
        found, self._faulty = self._faulty, []
        for lane in found:
            del self._lanes[lane.key]
        return found

    def is_busy(self, key: AggregateKey) -> bool:
        """Whether events of the aggregate are on their way."""
        return key in self._lanes

    async def close(self) -> None:
        """Stop sending."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        self._lanes.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _look(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = error
            self._ring()

    async def _send(self, lane: Lane) -> None:
        tries = 0
        while lane.waiting:
            await self._gate.wait()
            try:
                async with self._in_flight:
                    if not self.is_open:
                        continue
                    await self._carrier.publish(lane.waiting[0].message)
            except Away as error:
                self.away = str(error)
                self._gate.clear()
                self._ring()
            except Refused as error:
                tries += 1
                if tries == TRIES_MAX:
                    lane.fault = str(error)
                    self._faulty.append(lane)
                    self._ring()
                    return
                await asyncio.sleep(REFUSED_SECONDS * 2 ** (tries - 1))
            else:
                tries = 0
                self._acknowledged.append(lane.waiting.popleft())
                self._ring()
        del self._lanes[lane.key]
