"""What runs beside the requests: holds past their time are ended and announced, the ledger's partitions are made ahead, old
idempotency keys are forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Retry, Unavailable
from inventory_graph.idempotency import KEPT_DAYS
from inventory_graph.reservations import sweeping
from inventory_graph.stock.commands import SYSTEM

logger = logging.getLogger(__name__)

ROUND_SECONDS = 3_600.0
SWEEP_SECONDS = 0.5
BATCHES_MAX = 50
"""How many batches of one tenant are swept before the next tenant has its turn."""
RETRY_SECONDS = 30.0
MONTHS_AHEAD = 3
KEYS_BATCH = 10_000

WORKER = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="worker")

_TENANTS = "SELECT id, slug FROM tenants ORDER BY id"
_FORGET = """
DELETE FROM idempotency_keys WHERE (tenant_id, operation, key) IN (
  SELECT tenant_id, operation, key FROM idempotency_keys
  WHERE tenant_id = $1 AND created_at < clock_timestamp() - make_interval(days => $2)
  ORDER BY created_at LIMIT $3)
"""


async def one_round(database: Database) -> None:
    """Everything that is due, once. ``database`` acts as the role inventory_worker."""
    async with database.transaction(WORKER) as tx:
        await tx.raw.execute("SELECT ensure_movement_partitions($1)", MONTHS_AHEAD)
    async with database.read(WORKER) as tx:
        tenants = [(row["id"], row["slug"]) for row in await tx.raw.fetch(_TENANTS)]
    for tenant_id, slug in tenants:
        actor = Actor(tenant_id=tenant_id, tenant_slug=slug, subject="worker")
        while await _forget_keys(database, actor) == KEYS_BATCH:
            pass


async def _forget_keys(database: Database, actor: Actor) -> int:
    async with database.transaction(actor) as tx:
        return int((await tx.raw.execute(_FORGET, actor.tenant_id, KEPT_DAYS, KEYS_BATCH)).rpartition(" ")[2])


async def one_sweep(database: Database) -> int:
    """End the holds that are due, in batches, tenant by tenant; answers how many were ended."""
    async with database.read(WORKER) as tx:
        tenants = await sweeping.tenants_with_due(tx)
    swept = 0
    for tenant_id, slug in tenants:
        actor = Actor(tenant_id=tenant_id, tenant_slug=slug, subject=SYSTEM)
        for _ in range(BATCHES_MAX):
            count = await database.write(actor, sweeping.sweep)
            swept += count
            if count < sweeping.SWEPT_MAX:
                break
        await database.write(actor, sweeping.refill)
    return swept


async def work(database: Database) -> None:
    """For ever; a database that is away is waited for."""
    await asyncio.gather(
        _repeat(one_round, database, every_seconds=ROUND_SECONDS),
        _repeat(one_sweep, database, every_seconds=SWEEP_SECONDS),
    )


async def _repeat(do: Callable[[Database], Awaitable[object]], database: Database, *, every_seconds: float) -> None:
    while True:
        try:
            await do(database)
        except (Unavailable, Retry, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            logger.exception("%s failed; it is tried again in %d seconds.", do.__name__, RETRY_SECONDS)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            await asyncio.sleep(every_seconds)
