"""How many there are in all behind a page of the stock book: exact up to 10,000, None beyond. Batch functions for loaders."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX

BalanceCountKey = tuple[UUID, bool, bool]
"""(warehouse_id, only what is low, only what is in stock)"""


def _counting(table: str, condition: str) -> str:
    """Counts the rows of each wanted owner, looking at no more of them than it takes to know that they are too many."""
    return f"""
SELECT wanted.id, (
  SELECT count(*) FROM (
    SELECT FROM {table} WHERE {table}.tenant_id = $1 AND {condition} LIMIT {TOTAL_COUNT_MAX + 1}
  ) AS bounded
) AS total
FROM unnest($2::uuid[]) AS wanted(id)
"""  # noqa: S608 - made of the constants below


_MOVEMENTS_OF_BALANCE = _counting("movements", "movements.balance_id = wanted.id")
_MOVEMENTS_OF_LOT = _counting("movements", "movements.lot_id = wanted.id")
_MOVEMENTS_OF_SERIAL = _counting("movement_serials", "movement_serials.serial_id = wanted.id")
_BALANCES_OF_WAREHOUSE = _counting(
    "balances",
    "balances.warehouse_id = wanted.id AND (NOT $3::bool OR balances.is_low) AND (NOT $4::bool OR balances.on_hand <> 0)",
)

_LAYERS_OF_BALANCE = _counting("cost_layers", "cost_layers.balance_id = wanted.id AND cost_layers.quantity > 0")
_ADJUSTMENTS_OF_BALANCE = _counting("cost_adjustments", "cost_adjustments.balance_id = wanted.id")
_ADJUSTMENTS_OF_COMMAND = _counting("cost_adjustments", "cost_adjustments.command_id = wanted.id")

_LOTS_OF_BALANCE = f"""
SELECT wanted.id, (
  SELECT count(*) FROM (
    SELECT DISTINCT quants.lot_id FROM quants
    WHERE quants.tenant_id = $1 AND quants.balance_id = wanted.id AND quants.lot_id IS NOT NULL
    LIMIT {TOTAL_COUNT_MAX + 1}
  ) AS bounded
) AS total
FROM unnest($2::uuid[]) AS wanted(id)
"""  # noqa: S608 - the text is put together from constants


async def movement_counts_by_balance(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """How many movements each balance has."""
    return await _totals(tx, _MOVEMENTS_OF_BALANCE, ids)


async def layer_counts_by_balance(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """Of how many layers each balance has something left."""
    return await _totals(tx, _LAYERS_OF_BALANCE, ids)


async def adjustment_counts_by_balance(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """How many adjustments of its value each balance has."""
    return await _totals(tx, _ADJUSTMENTS_OF_BALANCE, ids)


async def adjustment_counts_by_command(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """How many adjustments each command made."""
    return await _totals(tx, _ADJUSTMENTS_OF_COMMAND, ids)


async def movement_counts_by_lot(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """How many movements each lot has."""
    return await _totals(tx, _MOVEMENTS_OF_LOT, ids)


async def movement_counts_by_serial(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """How many movements each piece has."""
    return await _totals(tx, _MOVEMENTS_OF_SERIAL, ids)


async def lot_counts_by_balance(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """Of how many lots each balance is."""
    return await _totals(tx, _LOTS_OF_BALANCE, ids)


async def balance_counts(tx: Transaction, keys: Sequence[BalanceCountKey]) -> Mapping[BalanceCountKey, int | None]:
    """How many balances each warehouse has; one statement for keys that differ only by it."""
    found: dict[BalanceCountKey, int | None] = {}
    for is_low, has_stock in dict.fromkeys(key[1:] for key in keys):
        ids = [key[0] for key in keys if key[1:] == (is_low, has_stock)]
        totals = await _totals(tx, _BALANCES_OF_WAREHOUSE, ids, is_low, has_stock)
        found.update({(warehouse_id, is_low, has_stock): total for warehouse_id, total in totals.items()})
    return found


async def _totals(tx: Transaction, sql: str, ids: Sequence[UUID], *narrowing: bool) -> dict[UUID, int | None]:
    rows = await tx.raw.fetch(sql, tx.tenant_id, list(ids), *narrowing)
    return {row["id"]: row["total"] if row["total"] <= TOTAL_COUNT_MAX else None for row in rows}
