"""What runs beside the requests: the ledger's partitions are made ahead and old idempotency keys are forgotten."""

import asyncio
import logging
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.idempotency import KEPT_DAYS

logger = logging.getLogger(__name__)

ROUND_SECONDS = 3_600.0
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


async def work(database: Database) -> None:
    """Rounds for ever, one an hour; a database that is away is waited for."""
    while True:
        try:
            await one_round(database)
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            logger.exception("This round of the worker failed; it is tried again in %d seconds.", RETRY_SECONDS)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            await asyncio.sleep(ROUND_SECONDS)
