"""How long the oldest event has been waiting in the outbox: the one figure that tells whether events flow."""

import asyncio
import logging

import asyncpg
from prometheus_client import CollectorRegistry, Gauge

from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.worker import WORKER

LOOK_SECONDS = 15.0

_OLDEST = "SELECT extract(epoch FROM clock_timestamp() - occurred_at)::float8 FROM outbox ORDER BY id LIMIT 1"

logger = logging.getLogger(__name__)


class OutboxAge:
    """The age in seconds as a metric, 0 for an empty outbox and NaN while the database does not tell.

    Only the worker's role sees the events of all tenants, so only its process can know.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauge = Gauge(
            "inventory_graph_outbox_oldest_seconds",
            "How long the oldest event has been waiting in the outbox.",
            registry=self.registry,
        )

    async def look(self, database: Database) -> float:
        """Read it once. ``database`` acts as the role inventory_worker."""
        try:
            async with database.read(WORKER) as tx:
                seconds = float(await tx.raw.fetchval(_OLDEST) or 0.0)
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            logger.warning("The age of the outbox could not be read.", exc_info=True)
            seconds = float("nan")
        self._gauge.set(seconds)
        return seconds

    async def watch(self, database: Database) -> None:
        """Read it for ever, every 15 seconds."""
        while True:
            await self.look(database)
            await asyncio.sleep(LOOK_SECONDS)
