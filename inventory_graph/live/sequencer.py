"""The process that numbers the events: one leads, the others stand by."""

import asyncio
import logging

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database, LostRace
from inventory_graph.errors import OutcomeUnknown, Unavailable
from inventory_graph.leading import Leader, lead
from inventory_graph.live.sequencing import LOCK, SEQUENCED_MAX, WAITING, number
from inventory_graph.wakeups import Wakeup

STANDBY_SECONDS = 0.25
"""How soon another process takes over from one that is gone."""
IDLE_SECONDS = 0.5
"""How long the leader rests when nobody wakes it, where somebody does."""
UNWOKEN_SECONDS = 0.05
"""The same where nobody can wake it, because those who write are in other processes and there is no Redis."""
FAILED_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Sequencer:
    """Numbers what is committed, for ever. ``outbox`` is the bell that rings when there is something, ``log`` the one to ring
    when it is numbered. ``actor`` is the worker: the database's role sees the events of all tenants."""

    def __init__(
        self, database: Database, actor: Actor, *, outbox: Wakeup, log: Wakeup, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._database = database
        self._actor = actor
        self._outbox = outbox
        self._log = log
        self._idle_seconds = idle_seconds
        self.is_leading = False

    async def run(self) -> None:
        """Lead whenever nobody else does. A database that is away is waited for."""
        while True:
            try:
                async with lead(self._database, LOCK) as leader:
                    if leader is not None:
                        await self._work(leader)
                await asyncio.sleep(STANDBY_SECONDS)
            except (Unavailable, OutcomeUnknown, LostRace, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                logger.warning("The events could not be numbered; it is tried again.", exc_info=True)
                await asyncio.sleep(FAILED_SECONDS)

    async def _work(self, leader: Leader) -> None:
        self.is_leading = True
        logger.info("This process numbers the events.")
        try:
            while True:
                if await self.one_round(leader) < SEQUENCED_MAX:
                    await self._outbox.wait(seconds_max=self._idle_seconds)
        finally:
            self.is_leading = False

    async def one_round(self, leader: Leader) -> int:
        """Number what is committed now, at most 1,000 events; answers how many there were."""
        rows = await leader.raw.fetch(WAITING, SEQUENCED_MAX)
        if rows:
            async with leader.transaction(self._actor) as tx:
                await number(tx, rows)
            self._log.ring()
        return len(rows)
