"""The process that publishes the log to a bus: one leads, the others stand by.

It reads on, has what it read sent (``inventory_graph.live.lanes``), and moves its position only over events that are
acknowledged or are dead letters, each step in one transaction on the connection that holds the leader's lock. Whatever dies in
between, some events are published twice, under the same ids, and none is left out.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database, LostRace, Transaction
from inventory_graph.errors import OutcomeUnknown, Unavailable
from inventory_graph.leading import Leader, lead
from inventory_graph.live import dead_letters
from inventory_graph.live.lanes import TRIES_MAX, Lane, Lanes, Outgoing
from inventory_graph.live.log import READ_MAX, End, Entry, entries_after
from inventory_graph.live.publishing import NATS, Away, Bus, Carrier, key_of, message_of
from inventory_graph.wakeups import Wakeup

WINDOW_MAX = 10_000
"""How many events behind one that is not acknowledged are sent before anybody waits for it."""
STANDBY_SECONDS = 0.25
IDLE_SECONDS = 0.5
FAILED_SECONDS = 1.0
AWAY_SECONDS_MIN = 0.1
AWAY_SECONDS_MAX = 2.0
HELD_UP = "An earlier event of the same aggregate is a dead letter."

_BEGIN = """
INSERT INTO log_positions (reader, seq, logged_at)
SELECT $1, coalesce(oldest.seq - 1, ends.seq), coalesce(oldest.logged_at, ends.logged_at)
FROM log_positions AS ends
LEFT JOIN LATERAL (SELECT seq, logged_at FROM event_log ORDER BY seq LIMIT 1) AS oldest ON true
WHERE ends.reader = 'sequencer'
ON CONFLICT DO NOTHING
"""
"""Who publishes for the first time begins with the oldest event that is kept."""
_PLACE = "SELECT seq, logged_at FROM log_positions WHERE reader = $1"
_MOVE = """
UPDATE log_positions SET seq = $3, logged_at = $4, updated_at = clock_timestamp() WHERE reader = $1 AND seq = $2
RETURNING seq
"""
_SLUGS = "SELECT id, slug FROM tenants WHERE id = ANY($1::uuid[])"

logger = logging.getLogger(__name__)


class Window:
    """The events that were read and are not all done with. ``place`` is the position: everything up to it is."""

    def __init__(self, place: End) -> None:
        self.place = place
        self.read_to = place
        self._entries: deque[Entry] = deque()
        self._done: set[int] = set()

    @property
    def room(self) -> int:
        """How many more may be read."""
        return min(WINDOW_MAX - len(self._entries), READ_MAX)

    def add(self, entries: Sequence[Entry]) -> None:
        """What was read now."""
        if entries:
            self._entries += entries
            self.read_to = End(entries[-1].seq, entries[-1].logged_at)

    def finish(self, entries: Sequence[Entry]) -> None:
        """These are acknowledged, or parked."""
        self._done.update(entry.seq for entry in entries)

    def advance(self) -> None:
        """Move the position over all that is done without a gap."""
        while self._entries and self._entries[0].seq in self._done:
            entry = self._entries.popleft()
            self._done.discard(entry.seq)
            self.place = End(entry.seq, entry.logged_at)


class Publisher:
    """Publishes what is numbered to the bus, for ever. ``log`` is the bell that rings when there is something, its own: nobody
    else waits for it. ``actor`` is the worker: the database's role sees the events of all tenants."""

    def __init__(
        self,
        database: Database,
        actor: Actor,
        carrier: Carrier,
        *,
        bus: Bus = NATS,
        log: Wakeup,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._database = database
        self._actor = actor
        self._carrier = carrier
        self._bus = bus
        self._log = log
        self._idle_seconds = idle_seconds
        self.is_leading = False

    async def run(self) -> None:
        """Lead whenever nobody else does. A database or a server of messages that is away is waited for."""
        while True:
            try:
                async with lead(self._database, self._bus.lock) as leader:
                    if leader is not None:
                        await self._work(leader)
                await asyncio.sleep(STANDBY_SECONDS)
            except (Unavailable, OutcomeUnknown, LostRace, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                logger.warning(
                    "The events could not be published to %s; it is tried again.", self._bus.name, exc_info=True
                )
                await asyncio.sleep(FAILED_SECONDS)

    async def _work(self, leader: Leader) -> None:
        self.is_leading = True
        logger.info("This process publishes the events to %s.", self._bus.name)
        publication = Publication(leader, self._actor, self._carrier, bus=self._bus, log=self._log)
        try:
            await publication.begin()
            while True:
                await publication.connect()
                if not await publication.one_round():
                    await self._log.wait(seconds_max=self._idle_seconds)
        finally:
            self.is_leading = False
            await publication.close()


class Publication:
    """What one leader knows while it leads; the next one begins from the database."""

    def __init__(self, leader: Leader, actor: Actor, carrier: Carrier, *, bus: Bus, log: Wakeup) -> None:
        self._leader = leader
        self._actor = actor
        self._carrier = carrier
        self._reader = bus.name
        self._lanes = Lanes(carrier, log.ring_here)
        self._slugs: dict[UUID, str] = {}
        self._parked: set[tuple[UUID, UUID]] = set()
        self._window: Window | None = None
        self._failures = 0

    async def begin(self) -> None:
        """Learn from the database how far the log is published and what is parked."""
        async with self._leader.transaction(self._actor) as tx:
            await tx.raw.execute(_BEGIN, self._reader)
            row = await tx.raw.fetchrow(_PLACE, self._reader)
            if row is None:
                raise LostRace("The log has no end: log_positions lacks the row of the sequencer.")
            self._window = Window(End(row["seq"], row["logged_at"]))
            self._parked = await dead_letters.parked(tx, reader=self._reader)

    async def close(self) -> None:
        """Stop sending; what was acknowledged and not noted is sent again by whoever leads next."""
        await self._lanes.close()

    async def connect(self) -> None:
        """Open the gate where it is closed, after a pause that grows until something is acknowledged."""
        if self._lanes.is_open:
            return
        if self._failures:
            pause = min(AWAY_SECONDS_MIN * 2 ** min(self._failures, 10), AWAY_SECONDS_MAX)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - to keep leaders apart, not to keep secrets
        trouble = self._lanes.away
        try:
            await self._carrier.prepare()
        except Away as error:
            trouble = str(error)
        else:
            self._lanes.open()
        if trouble is not None:
            if not self._failures:
                logger.warning("Events for %s wait in the log: %s", self._reader, trouble)
            self._failures += 1

    async def one_round(self) -> bool:
        """Note what became of what was sent, and send what is next, in one transaction; answers whether more can be read."""
        window = self._window
        if window is None:
            raise LostRace("Nothing is published before begin().")
        # Taken at one moment: what is acknowledged while the transaction runs belongs to the next round.
        acknowledged, faulty = self._lanes.acknowledged(), self._lanes.faulty()
        busy = [key for key in self._parked if self._lanes.is_busy(key)]
        room = window.room
        if acknowledged and self._failures:
            self._failures = 0
            logger.info("Events are published to %s again.", self._reader)
        async with self._leader.transaction(self._actor) as tx:
            await self._park(tx, faulty)
            entries = await entries_after(tx, window.read_to, limit=room) if room else []
            held = [entry for entry in entries if key_of(entry) in self._parked]
            await dead_letters.park(tx, held, reader=self._reader, error=HELD_UP, tries=0)
            await self._remove(tx, [each.entry for each in acknowledged if each.is_replay])
            window.add(entries)
            window.finish([each.entry for each in acknowledged if not each.is_replay])
            window.finish([*held, *(each.entry for lane in faulty for each in lane.waiting if not each.is_replay)])
            await self._move(tx, window)
            replays = await dead_letters.queued(tx, reader=self._reader, besides=busy) if self._parked else []
            await self._learn_slugs(tx, [*entries, *replays])
        held_ids = {entry.seq for entry in held}
        for entry in entries:
            if entry.seq not in held_ids:
                self._put(entry, is_replay=False)
        for entry in replays:
            self._put(entry, is_replay=True)
        return bool(entries) and window.room > 0

    def _put(self, entry: Entry, *, is_replay: bool) -> None:
        message = message_of(entry, tenant_slug=self._slugs.get(entry.tenant_id, ""), is_replay=is_replay)
        self._lanes.put(Outgoing(entry, message, is_replay))

    async def _park(self, tx: Transaction, faulty: Sequence[Lane]) -> None:
        """What was refused too often, with everything that waits behind it."""
        for lane in faulty:
            refused, *behind = lane.waiting
            error = lane.fault or ""
            logger.error("The event %s is a dead letter now, with its aggregate: %s", refused.entry.event_id, error)
            if refused.is_replay:
                await dead_letters.refuse_again(tx, refused.entry, reader=self._reader, error=error, tries=TRIES_MAX)
                continue
            await dead_letters.park(tx, [refused.entry], reader=self._reader, error=error, tries=TRIES_MAX)
            await dead_letters.park(tx, [each.entry for each in behind], reader=self._reader, error=HELD_UP, tries=0)
            self._parked.add(lane.key)

    async def _remove(self, tx: Transaction, published: Sequence[Entry]) -> None:
        if published:
            await dead_letters.remove(tx, published, reader=self._reader)
            self._parked = await dead_letters.parked(tx, reader=self._reader)

    async def _move(self, tx: Transaction, window: Window) -> None:
        before = window.place
        window.advance()
        if window.place.seq == before.seq:
            return
        if await tx.raw.fetchval(_MOVE, self._reader, before.seq, window.place.seq, window.place.logged_at) is None:
            raise LostRace("Somebody else moved the position of what is published.")

    async def _learn_slugs(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        unknown = {entry.tenant_id for entry in entries} - self._slugs.keys()
        if unknown:
            self._slugs.update((row["id"], row["slug"]) for row in await tx.raw.fetch(_SLUGS, list(unknown)))
