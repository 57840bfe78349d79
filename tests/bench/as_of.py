"""Balances as they were, read from what closed periods wrote down, against the plain sum over the ledger up to then."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median
from uuid import UUID

import asyncpg
import uvloop

from inventory_graph.db import Database, Transaction
from inventory_graph.stock.as_of import snapshots
from inventory_graph.stock.commands import balance_id
from inventory_graph.stock.periods import close_period
from tests.bench.shop import Shop, open_shop
from tests.bench.tables import print_table
from tests.servers import DURABLE, PostgresServer, embedded_server

LEDGERS = ((1_000, 100), (10_000, 20), (100_000, 5))
"""So many movements each of so many balances."""
MONTHS = 24
READS = 100
START = datetime(2023, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)

# Movements of some balances, spread evenly over the months; a receipt of 3 at 2.5 each for every two issues of 1.
_FILL = """
INSERT INTO movements (tenant_id, recorded_at, id, balance_id, balance_version, ordinal, variant_id, warehouse_id, kind, quantity,
  from_state, to_state, value_change, on_hand_after, reserved_after, quarantined_after, damaged_after, command_id, occurred_at,
  recorded_by)
SELECT tenant_id, at, gen_random_uuid(), id, 1 + number, 0, variant_id, warehouse_id, 'BENCH', CASE number % 3 WHEN 0 THEN 3 ELSE 1 END,
  CASE number % 3 WHEN 0 THEN NULL ELSE 'AVAILABLE' END, CASE number % 3 WHEN 0 THEN 'AVAILABLE' END,
  CASE number % 3 WHEN 0 THEN 7.5 ELSE -2.5 END, 0, 0, 0, 0, gen_random_uuid(), at, 'bench'
FROM generate_series(1, $2::int) AS number CROSS JOIN balances
CROSS JOIN LATERAL (SELECT $3::timestamptz + $4::interval * number / $2::int AS at) AS moment
WHERE tenant_id = $1 AND id = ANY($5::uuid[])
"""
_PLAIN = """
SELECT coalesce(sum(quantity) FILTER (WHERE from_state IS NULL), 0) - coalesce(sum(quantity) FILTER (WHERE to_state IS NULL), 0)
  AS on_hand, coalesce(sum(value_change), 0) AS value
FROM movements WHERE tenant_id = $1 AND balance_id = $2 AND occurred_at <= $3
"""

Read = Callable[[Transaction, UUID, datetime], Awaitable[Decimal]]


def run() -> None:
    """Measure and print."""
    with embedded_server(DURABLE) as server:
        uvloop.run(_measure(server))


async def _plain(tx: Transaction, balance: UUID, at: datetime) -> Decimal:
    row = await tx.raw.fetchrow(_PLAIN, tx.tenant_id, balance, at)
    return row["on_hand"] if row is not None else Decimal(0)


async def _snapshot(tx: Transaction, balance: UUID, at: datetime) -> Decimal:
    return (await snapshots(tx, [(balance, at)]))[balance, at].on_hand


async def _measure(server: PostgresServer) -> None:
    url = await server.clone()
    database = await Database.connect(url, connections_max=1, statement_timeout_ms=600_000)
    shop = await open_shop(database, variants=sum(balances for _, balances in LEDGERS), quantity=1)
    ids = [balance_id(variant_id, shop.warehouse_id) for variant_id in shop.variant_ids]
    groups = [(length, [ids.pop() for _ in range(balances)]) for length, balances in LEDGERS]
    await fill(url, shop, groups, months=MONTHS)
    random = Random(1)
    asked = [
        [(random.choice(group), START + MONTH * MONTHS * random.random()) for _ in range(READS)] for _, group in groups
    ]
    plain = [await _timed(database, shop, _plain, each) for each in asked]
    closings = [await close_month(database, shop, month) for month in range(1, MONTHS + 1)]
    closed = [await _timed(database, shop, _snapshot, each) for each in asked]
    await database.close()
    rows: list[tuple[object, ...]] = []
    for (length, _), (before, expected), (after, found) in zip(groups, plain, closed, strict=True):
        if found != expected:
            raise AssertionError("both ways must answer the same")
        rows.append((f"{length:,}", median(before), median(after), median(after) / median(before)))
    movements = sum(length * balances for length, balances in LEDGERS)
    print_table(
        f"asOf at {READS} instants in {MONTHS} months, {movements:,} movements ({server.description}); a month of"
        f" {movements // MONTHS:,} closes in {median(closings):.2f} s",
        ("movements of the balance", "plain sum over the ledger, p50 ms", "from closed periods, p50 ms", "ratio"),
        rows,
    )


async def fill(url: str, shop: Shop, groups: Sequence[tuple[int, list[UUID]]], *, months: int) -> None:
    """Write so many movements of each balance of a group, spread over the months, behind the book's back."""
    connection = await asyncpg.connect(url)
    span = MONTH * months - timedelta(seconds=1)
    for length, ids in groups:
        await connection.execute(_FILL, shop.actor.tenant_id, length, START, span, ids, timeout=600)
    await connection.execute("VACUUM ANALYZE", timeout=600)
    await connection.close()


async def close_month(database: Database, shop: Shop, month: int) -> float:
    """How many seconds it takes to close a month."""
    began = time.perf_counter()
    await database.write(shop.actor, lambda tx: close_period(tx, ends_at=START + MONTH * month))
    return time.perf_counter() - began


async def _timed(
    database: Database, shop: Shop, read: Read, asked: Sequence[tuple[UUID, datetime]]
) -> tuple[list[float], list[Decimal]]:
    """Milliseconds of each read in a transaction that is open, and what it answered; the first rounds are not counted."""
    times: list[float] = []
    async with database.read(shop.actor) as tx:
        for balance, at in asked[:20]:
            await read(tx, balance, at)
        answers = []
        for balance, at in asked:
            began = time.perf_counter()
            answers.append(await read(tx, balance, at))
            times.append((time.perf_counter() - began) * 1_000)
    return times, answers
