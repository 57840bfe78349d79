"""What runs beside the requests: events are numbered, holds past their time are ended and announced, lots that will soon be past
their date and documents that are late are told of, the demand of each day is counted, the partitions of the ledger and of the event
log are made ahead, old idempotency keys and old events are forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from inventory_graph.actor import Actor
from inventory_graph.alerts import expiry, overdue
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Retry, Unavailable
from inventory_graph.idempotency import KEPT_DAYS
from inventory_graph.live import retention
from inventory_graph.live.sequencer import IDLE_SECONDS, Sequencer
from inventory_graph.replenishment.demand import count_demand
from inventory_graph.reservations import sweeping
from inventory_graph.stock.commands import SYSTEM
from inventory_graph.wakeups import Wakeup

logger = logging.getLogger(__name__)

ROUND_SECONDS = 3_600.0
LOOK_SECONDS = 900.0
"""How often lots and documents are looked at: each warehouse hears of its day within so long of its beginning."""
COUNT_SECONDS = 1_800.0
"""How often the demand of days is counted: suggestions look at whole days before today."""
COUNTS_MAX = 200
"""How many days of recording of one tenant are counted before the next tenant has its turn."""
SWEEP_SECONDS = 0.5
BATCHES_MAX = 50
"""How many batches of one tenant are swept before the next tenant has its turn."""
RETRY_SECONDS = 30.0
MONTHS_AHEAD = 3
DAYS_AHEAD = 7
EVENTS_KEPT_DAYS = 30
KEYS_BATCH = 10_000

WORKER = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="worker")

_TENANTS = "SELECT id, slug FROM tenants ORDER BY id"
_FORGET = """
DELETE FROM idempotency_keys WHERE (tenant_id, operation, key) IN (
  SELECT tenant_id, operation, key FROM idempotency_keys
  WHERE tenant_id = $1 AND created_at < clock_timestamp() - make_interval(days => $2)
  ORDER BY created_at LIMIT $3)
"""


async def one_round(database: Database, *, events_kept_days: int = EVENTS_KEPT_DAYS) -> None:
    """Everything that is due, once. ``database`` acts as the role inventory_worker."""
    async with database.transaction(WORKER) as tx:
        await tx.raw.execute("SELECT ensure_movement_partitions($1)", MONTHS_AHEAD)
        await tx.raw.execute("SELECT ensure_event_log_partitions($1)", DAYS_AHEAD)
    while await database.write(WORKER, lambda tx: retention.forget_oldest(tx, kept_days=events_kept_days)):
        pass
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


async def one_look(database: Database, *, now: datetime) -> int:
    """Tell of the lots that will soon be past their date, each once, tenant by tenant; answers how many were told of."""
    return await _tell(
        database, expiry.tenants_to_tell, lambda tx: expiry.tell_expiring(tx, now=now), many=expiry.TOLD_MAX
    )


async def one_look_for_overdue(database: Database) -> int:
    """Tell of what did not come when it was expected, each once, tenant by tenant; answers how many were told of."""
    return await _tell(database, overdue.tenants_to_tell, overdue.tell_overdue, many=overdue.TOLD_MAX)


async def _tell(
    database: Database,
    tenants_to_tell: Callable[[Transaction], Awaitable[list[tuple[UUID, str]]]],
    tell: Callable[[Transaction], Awaitable[int]],
    *,
    many: int,
) -> int:
    """Tell each tenant that wants to hear, in transactions of so many at most."""
    async with database.read(WORKER) as tx:
        tenants = await tenants_to_tell(tx)
    told = 0
    for tenant_id, slug in tenants:
        actor = Actor(tenant_id=tenant_id, tenant_slug=slug, subject=SYSTEM)
        for _ in range(BATCHES_MAX):
            count = await database.write(actor, tell)
            told += count
            if count < many:
                break
    return told


async def one_count(database: Database, *, now: datetime) -> None:
    """Count what was asked for on each day, tenant by tenant."""
    async with database.read(WORKER) as tx:
        tenants = [(row["id"], row["slug"]) for row in await tx.raw.fetch(_TENANTS)]
    for tenant_id, slug in tenants:
        actor = Actor(tenant_id=tenant_id, tenant_slug=slug, subject=SYSTEM)
        for _ in range(COUNTS_MAX):
            if await database.write(actor, lambda tx: count_demand(tx, now=now)):
                break


async def work(
    database: Database,
    *,
    outbox: Wakeup,
    log: Wakeup,
    idle_seconds: float = IDLE_SECONDS,
    events_kept_days: int = EVENTS_KEPT_DAYS,
) -> None:
    """For ever; a database that is away is waited for. ``outbox`` rings when events were committed, ``log`` when they were
    numbered; ``idle_seconds`` is how long the sequencer rests when nobody rings."""
    sequencer = Sequencer(database, WORKER, outbox=outbox, log=log, idle_seconds=idle_seconds)

    async def tidy(database: Database) -> None:
        await one_round(database, events_kept_days=events_kept_days)

    async def look(database: Database) -> None:
        await one_look(database, now=datetime.now(UTC))
        await one_look_for_overdue(database)

    async def count(database: Database) -> None:
        await one_count(database, now=datetime.now(UTC))

    await asyncio.gather(
        sequencer.run(),
        _repeat(tidy, database, every_seconds=ROUND_SECONDS),
        _repeat(one_sweep, database, every_seconds=SWEEP_SECONDS),
        _repeat(look, database, every_seconds=LOOK_SECONDS),
        _repeat(count, database, every_seconds=COUNT_SECONDS),
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
