"""What PostgreSQL holds of a world, compared with the book's memory row by row."""

from collections.abc import Mapping
from typing import Any

from inventory_graph.db import Record, Transaction
from inventory_graph.stock.state import State

_BALANCES = """
SELECT id, variant_id, warehouse_id, on_hand, reserved, quarantined, damaged, available, average_cost, version
FROM balances WHERE tenant_id = $1
"""
_QUANTS = """
SELECT balance_id, location_id, lot_id, state, quantity, received_at FROM quants WHERE tenant_id = $1
"""
_LOTS = """
SELECT id, item_id, code, status, manufactured_on, best_before, expires_on, received_at FROM lots WHERE tenant_id = $1
"""
_SERIALS = """
SELECT id, item_id, variant_id, serial, status, warehouse_id, location_id, lot_id, state, received_at, updated_at
FROM serials WHERE tenant_id = $1
"""
_POSTINGS = "SELECT document_type, document_id, line, kind FROM postings WHERE tenant_id = $1"
_MOVEMENTS = "SELECT count(*) FROM movements WHERE tenant_id = $1"
_MOVED_SERIALS = """
SELECT (SELECT count(*) FROM movement_serials WHERE tenant_id = $1) AS rows,
  (SELECT coalesce(sum(cardinality(serials)), 0) FROM movements WHERE tenant_id = $1) AS named
"""
# Invariant 5: an effect and its event commit together.
_UNTOLD = """
SELECT (SELECT array_agg(aggregate_version ORDER BY id) FROM outbox
  WHERE outbox.tenant_id = $1 AND aggregate_id = balances.id AND type = 'inventory.stock.updated') AS told, version
FROM balances WHERE tenant_id = $1
"""


async def compare_written(tx: Transaction, state: State) -> int:
    """Fail where the tenant's rows are not what the memory says; the number of its movements."""
    await _compare_balances(tx, state)
    lots = {row["id"]: row for row in await tx.raw.fetch(_LOTS, tx.tenant_id)}
    assert lots.keys() == state.lots.keys()
    for id_, lot in state.lots.items():
        assert_row(lots[id_], lot)
    serials = {row["id"]: row for row in await tx.raw.fetch(_SERIALS, tx.tenant_id)}
    assert serials.keys() == state.serials.keys()
    for id_, serial in state.serials.items():
        assert_row(serials[id_], serial)
    postings = await tx.raw.fetch(_POSTINGS, tx.tenant_id)
    assert {tuple(row) for row in postings} == state.posted
    moved = await tx.raw.fetchrow(_MOVED_SERIALS, tx.tenant_id)
    assert moved is not None
    assert moved["rows"] == moved["named"]
    for row in await tx.raw.fetch(_UNTOLD, tx.tenant_id):
        assert (row["told"] or []) == list(range(1, row["version"] + 1)), "not one event for every version"
    count: int = await tx.raw.fetchval(_MOVEMENTS, tx.tenant_id)
    return count


async def _compare_balances(tx: Transaction, state: State) -> None:
    quants: dict[Any, dict[Any, Any]] = {}
    for row in await tx.raw.fetch(_QUANTS, tx.tenant_id):
        key = (row["location_id"], row["lot_id"], row["state"])
        quants.setdefault(row["balance_id"], {})[key] = (row["quantity"], row["received_at"])
    balances = {row["id"]: row for row in await tx.raw.fetch(_BALANCES, tx.tenant_id)}
    assert {balance.id for balance in state.balances.values() if balance.version} <= balances.keys()
    for balance in state.balances.values():
        if balance.id not in balances:
            continue
        row = balances[balance.id]
        assert (row["variant_id"], row["warehouse_id"]) == balance.key
        names = ("on_hand", "reserved", "quarantined", "damaged", "available", "average_cost", "version")
        assert_row({name: row[name] for name in names}, balance)
        found = {key: tuple(quant) for key, quant in balance.quants.items() if quant.quantity}
        assert quants.get(balance.id, {}) == found, f"the quants of {balance.stockable.variant_sku} differ"


def assert_row(row: Mapping[str, Any] | Record, record: object) -> None:
    """Every column is what the record's field of that name is."""
    for name, value in row.items():
        assert value == getattr(record, name), f"{name} is {value}, not {getattr(record, name)}: {record}"
