"""What all stock was worth at instants of the past, read from what closed periods wrote down, against the plain sum over the ledger."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from random import Random
from statistics import median

import uvloop

from inventory_graph.db import Database, Transaction
from inventory_graph.stock.commands import balance_id
from inventory_graph.valuation.queries import By, Scope, valuation_page, valuation_total
from tests.bench.as_of import MONTH, START, close_month, fill
from tests.bench.shop import Shop, open_shop
from tests.bench.tables import print_table
from tests.servers import DURABLE, PostgresServer, embedded_server

SIZES = ((20, 500), (20, 5_000), (20, 50_000))
"""So many balances with so many movements each."""
MONTHS = 10
READS = 40

_PLAIN = """
SELECT (SELECT coalesce(sum(value_change), 0) FROM movements WHERE tenant_id = $1 AND occurred_at <= $2)
  + (SELECT coalesce(sum(value_change), 0) FROM cost_adjustments WHERE tenant_id = $1 AND occurred_at <= $2)
"""

Read = Callable[[Transaction, datetime], Awaitable[Decimal]]


def run() -> None:
    """Measure and print."""
    with embedded_server(DURABLE) as server:
        uvloop.run(_measure(server))


async def _plain(tx: Transaction, at: datetime) -> Decimal:
    total: Decimal = await tx.raw.fetchval(_PLAIN, tx.tenant_id, at)
    return total


async def _total(tx: Transaction, at: datetime) -> Decimal:
    return await valuation_total(tx, scope=Scope(at=at))


async def _rows(tx: Transaction, at: datetime) -> Decimal:
    page = await valuation_page(tx, by=By.ITEM, scope=Scope(at=at), first=100, after=None)
    return sum((row.value for row in page.records), Decimal(0))


async def _measure(server: PostgresServer) -> None:
    random = Random(1)
    asked = [START + MONTH * MONTHS * random.random() for _ in range(READS)]
    rows = [await _measured(server, balances, movements, asked) for balances, movements in SIZES]
    print_table(
        f"valuation at {READS} instants in {MONTHS} closed months ({server.description})",
        (
            "balances", "movements of each", "plain sum over the ledger, p50 ms", "total from closed periods, p50 ms", "ratio",
            "rows by item, p50 ms", "ratio",
        ),
        rows,
    )  # fmt: skip


async def _measured(
    server: PostgresServer, balances: int, movements: int, asked: Sequence[datetime]
) -> tuple[object, ...]:
    """A row of the table: one size in a database of its own."""
    url = await server.clone()
    database = await Database.connect(url, connections_max=1, statement_timeout_ms=600_000)
    shop = await open_shop(database, variants=balances, quantity=1)
    ids = [balance_id(variant_id, shop.warehouse_id) for variant_id in shop.variant_ids]
    await fill(url, shop, [(movements, ids)], months=MONTHS)
    for month in range(1, MONTHS + 1):
        await close_month(database, shop, month)
    plain, expected = await _timed(database, shop, _plain, asked)
    found = [await _timed(database, shop, read, asked) for read in (_total, _rows)]
    await database.close()
    if any(answers != expected for _, answers in found):
        raise AssertionError("all ways must answer the same")
    base, total, by_item = median(plain), median(found[0][0]), median(found[1][0])
    return balances, f"{movements:,}", base, total, total / base, by_item, by_item / base


async def _timed(
    database: Database, shop: Shop, read: Read, asked: Sequence[datetime]
) -> tuple[list[float], list[Decimal]]:
    """Milliseconds of each read in a transaction that is open, and what it answered; the first rounds are not counted."""
    times: list[float] = []
    answers: list[Decimal] = []
    async with database.read(shop.actor) as tx:
        for at in asked[:10]:
            await read(tx, at)
        for at in asked:
            began = time.perf_counter()
            answers.append(await read(tx, at))
            times.append((time.perf_counter() - began) * 1_000)
    return times, answers
