"""The one tail of a process: it reads the log once, however many subscribers there are, and hands each what it wants."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.live.log import READ_MAX, End, Entry, end, entries_after
from inventory_graph.live.selections import Selection, Topic, topics_of
from inventory_graph.timers import CoarseTimers
from inventory_graph.wakeups import Wakeup

WAITING_MAX = 1_000
"""How many events wait for a subscriber at most."""
IDLE_SECONDS = 0.5
"""How long the tail rests when nobody wakes it, where somebody does."""
UNWOKEN_SECONDS = 0.05
"""The same where nobody does, because events are numbered in another process and there is no Redis."""
FAILED_SECONDS = 1.0
OFFERED_AT_ONCE = 2_000
"""How many subscribers are offered something before everything else has a turn."""

logger = logging.getLogger(__name__)


class Subscriber:
    """What waits for one reader. With ``coalesce`` only the newest event of each aggregate waits."""

    def __init__(
        self, tenant_id: UUID, selection: Selection, timers: CoarseTimers, *, coalesce: bool, waiting_max: int
    ) -> None:
        self.tenant_id = tenant_id
        self.selection = selection
        self.is_overrun = False
        self._timers = timers
        self._coalesce = coalesce
        self._waiting_max = waiting_max
        self._waiting: dict[object, Entry] = {}
        self._bell: asyncio.Future[None] | None = None
        self._silent_at = 0.0
        self._is_timed = False

    def offer(self, entry: Entry) -> None:
        """Let the event wait. A reader that has fallen too far behind gets nothing more."""
        if self.is_overrun:
            return
        key: object = entry.aggregate_id if self._coalesce else entry.seq
        # The newest goes to the end: what waits is in the order of the log.
        self._waiting.pop(key, None)
        if len(self._waiting) >= self._waiting_max:
            self.is_overrun = True
        else:
            self._waiting[key] = entry
        self._ring()

    async def next(self, *, seconds_max: float) -> list[Entry]:
        """What waits; nothing when nothing came for so many seconds."""
        if self.is_idle:
            loop = asyncio.get_running_loop()
            self._bell = loop.create_future()
            self._silent_at = loop.time() + seconds_max
            if not self._is_timed:
                self._is_timed = True
                self._timers.set_while_held(seconds_max, self._listen)
            await self._bell
        waited = list(self._waiting.values())
        self._waiting.clear()
        return waited

    def _ring(self) -> None:
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    def _listen(self) -> None:
        """End a wait that has been silent for long enough. There is one timer however many waits there are."""
        self._is_timed = False
        if self._bell is None or self._bell.done():
            return
        seconds_left = self._silent_at - asyncio.get_running_loop().time()
        if seconds_left > 0:
            self._is_timed = True
            self._timers.set_while_held(seconds_left, self._listen)
        else:
            self._ring()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting and not self.is_overrun


class Hub:
    """Follows the log while anybody subscribes. ``database`` is the reader's: it sees the log of all tenants."""

    def __init__(
        self,
        database: Database,
        actor: Actor,
        *,
        log: Wakeup,
        idle_seconds: float = IDLE_SECONDS,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._database = database
        self._actor = actor
        self._log = log
        self._idle_seconds = idle_seconds
        self._waiting_max = waiting_max
        self._place: End | None = None
        self._beginning = asyncio.Lock()
        self._is_wanted = asyncio.Event()
        self._by_topic: dict[tuple[UUID, Topic], set[Subscriber]] = defaultdict(set)
        self._of_tenant: dict[UUID, int] = defaultdict(int)
        self._heads: dict[UUID, int] = {}
        self._timers = CoarseTimers()
        self.subscribers = 0

    @asynccontextmanager
    async def subscribe(
        self, tenant_id: UUID, selection: Selection, *, coalesce: bool = False, ends_at: float | None = None
    ) -> AsyncIterator[tuple[Subscriber, int]]:
        """A subscriber while the block runs, and the position of the log after which it gets everything. ``ends_at`` is when finding
        that is given up, as ``Database.read`` takes it."""
        async with self._beginning:
            if self._place is None:
                async with self._database.read(self._actor, ends_at=ends_at) as tx:
                    self._place = await end(tx)
            # From here on nothing is awaited: the position and the subscription belong together.
            place = self._place
            subscriber = Subscriber(
                tenant_id, selection, self._timers, coalesce=coalesce, waiting_max=self._waiting_max
            )
            self._add(subscriber)
        try:
            yield subscriber, place.seq
        finally:
            self._remove(subscriber)

    def head_of(self, tenant_id: UUID) -> int:
        """The tenant's last position that the tail has seen; 0 for none."""
        return self._heads.get(tenant_id, 0)

    def _add(self, subscriber: Subscriber) -> None:
        for topic in subscriber.selection.topics():
            self._by_topic[subscriber.tenant_id, topic].add(subscriber)
        self._of_tenant[subscriber.tenant_id] += 1
        self.subscribers += 1
        self._is_wanted.set()

    def _remove(self, subscriber: Subscriber) -> None:
        for topic in subscriber.selection.topics():
            key = subscriber.tenant_id, topic
            self._by_topic[key].discard(subscriber)
            if not self._by_topic[key]:
                del self._by_topic[key]
        self._of_tenant[subscriber.tenant_id] -= 1
        if not self._of_tenant[subscriber.tenant_id]:
            del self._of_tenant[subscriber.tenant_id]
            self._heads.pop(subscriber.tenant_id, None)
        self.subscribers -= 1
        if not self.subscribers:
            # Nobody listens: the next subscriber begins at the end, wherever that is by then.
            self._place = None
            self._is_wanted.clear()

    async def run(self) -> None:
        """Follow the log, for ever. A database that is away is waited for; subscribers then hear nothing new, and miss nothing."""
        while True:
            await self._is_wanted.wait()
            try:
                is_behind = await self._read()
            except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                logger.warning("The event log cannot be read; it is tried again.", exc_info=True)
                await asyncio.sleep(FAILED_SECONDS)
                continue
            if not is_behind:
                await self._log.wait(seconds_max=self._idle_seconds)

    async def _read(self) -> bool:
        """Read on from the position; answers whether there is probably more."""
        place = self._place
        if place is None:
            return False
        async with self._database.read(self._actor) as tx:
            entries = await entries_after(tx, place)
        if self._place is not place or not entries:
            # Everybody left meanwhile, and who came since began at a position of its own.
            return False
        self._place = End(entries[-1].seq, entries[-1].logged_at)
        await self._hand_out(entries)
        return len(entries) == READ_MAX

    async def _hand_out(self, entries: Iterable[Entry]) -> None:
        offered = 0
        for entry in entries:
            if offered >= OFFERED_AT_ONCE:
                # Who subscribes meanwhile has the rest from the log as well, and takes it once.
                await asyncio.sleep(0)
                offered = 0
            if entry.tenant_id not in self._of_tenant:
                continue
            self._heads[entry.tenant_id] = entry.tenant_seq
            for topic in topics_of(entry):
                for subscriber in self._by_topic.get((entry.tenant_id, topic), ()):
                    offered += 1
                    if subscriber.selection.takes(entry):
                        subscriber.offer(entry)
