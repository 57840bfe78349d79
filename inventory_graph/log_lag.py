"""How far those who read the event log are behind it, and how many events are dead letters."""

import asyncio
import logging

import asyncpg
from prometheus_client import CollectorRegistry, Gauge

from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.worker import WORKER

LOOK_SECONDS = 15.0

_LAG = """
SELECT readers.reader, ends.seq - readers.seq AS events, coalesce((
    SELECT extract(epoch FROM clock_timestamp() - next.logged_at) FROM event_log AS next
    WHERE next.seq > readers.seq AND next.logged_at >= readers.logged_at ORDER BY next.seq LIMIT 1), 0)::float8 AS seconds
FROM log_positions AS readers CROSS JOIN log_positions AS ends
WHERE readers.reader <> 'sequencer' AND ends.reader = 'sequencer'
"""
_DEAD = "SELECT count(*) FROM dead_letters"

logger = logging.getLogger(__name__)


class LogLag:
    """Metrics of the process that publishes; NaN while the database does not tell."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Gauge(
            "inventory_graph_log_lag_events",
            "How many events a reader of the log has not read.",
            ["reader"],
            registry=registry,
        )
        self._seconds = Gauge(
            "inventory_graph_log_lag_seconds",
            "How long the next event of a reader has been in the log.",
            ["reader"],
            registry=registry,
        )
        self._dead = Gauge("inventory_graph_dead_letters", "How many events are dead letters.", registry=registry)
        self._readers: set[str] = set()

    async def look(self, database: Database) -> None:
        """Read it once. ``database`` acts as the role inventory_worker."""
        try:
            async with database.read(WORKER) as tx:
                rows = await tx.raw.fetch(_LAG)
                dead = float(await tx.raw.fetchval(_DEAD))
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            logger.warning("How far the log is read could not be read.", exc_info=True)
            rows, dead = [], float("nan")
            for reader in self._readers:
                self._events.labels(reader).set(dead)
                self._seconds.labels(reader).set(dead)
        for row in rows:
            self._readers.add(row["reader"])
            self._events.labels(row["reader"]).set(row["events"])
            self._seconds.labels(row["reader"]).set(row["seconds"])
        self._dead.set(dead)

    async def watch(self, database: Database) -> None:
        """Read it for ever, every 15 seconds."""
        while True:
            await self.look(database)
            await asyncio.sleep(LOOK_SECONDS)
