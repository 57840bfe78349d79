"""Reads of goods receipts: batch functions for loaders, and the receipt that is to be reversed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import LinePageKey, Page, line_pages
from inventory_graph.purchasing import statements
from inventory_graph.purchasing.records import GoodsReceiptLineRecord, GoodsReceiptRecord

OF_ORDER_MAX = 100

_BY_ID = f"SELECT {statements.RECEIPT} FROM goods_receipts WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - the text is put together from constants
_BY_NUMBER = f"SELECT {statements.RECEIPT} FROM goods_receipts WHERE tenant_id = $1 AND number = ANY($2::text[])"  # noqa: S608 - the text is put together from constants
_BY_ORDER = f"""
SELECT wanted.order_id, receipt.* FROM unnest($2::uuid[]) AS wanted(order_id)
CROSS JOIN LATERAL (
  SELECT {statements.RECEIPT} FROM goods_receipts
  WHERE tenant_id = $1 AND id IN (
    SELECT line.goods_receipt_id FROM goods_receipt_lines AS line
    JOIN purchase_order_lines AS ordered ON ordered.tenant_id = $1 AND ordered.id = line.purchase_order_line_id
    WHERE line.tenant_id = $1 AND ordered.purchase_order_id = wanted.order_id
  ) ORDER BY recorded_at DESC, id DESC LIMIT {OF_ORDER_MAX}
) AS receipt
"""  # noqa: S608 - the text is put together from constants
_LINES = """
SELECT line.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(receipt_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT line.id, line.goods_receipt_id, line.position, line.purchase_order_line_id, line.variant_id, line.disposition, line.quantity,
    line.unit_price, line.unit_cost, line.location_id, line.lot_code, line.expires_on, line.serials, line.reason, receipt.currency,
    tenants.currency AS cost_currency, wanted.page
  FROM goods_receipt_lines AS line
  JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = line.goods_receipt_id
  JOIN tenants ON tenants.id = $1
  WHERE line.tenant_id = $1 AND line.goods_receipt_id = wanted.receipt_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS line
ORDER BY line.page, line.position
"""
_LINE_COUNTS = """
SELECT goods_receipt_id AS id, count(*) AS total FROM goods_receipt_lines
WHERE tenant_id = $1 AND goods_receipt_id = ANY($2::uuid[]) GROUP BY goods_receipt_id
"""

_LET_IN = """
SELECT DISTINCT goods_receipt_id, variant_id FROM goods_receipt_lines
WHERE tenant_id = $1 AND goods_receipt_id = ANY($2::uuid[]) AND disposition <> 'REJECTED'
"""

_LINE_FIELDS = GoodsReceiptLineRecord.__slots__


def _line(row: Record) -> GoodsReceiptLineRecord:
    return GoodsReceiptLineRecord(**{name: row[name] for name in _LINE_FIELDS})


async def goods_receipts_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, GoodsReceiptRecord]:
    """The goods receipts with these ids."""
    return {row["id"]: GoodsReceiptRecord(**row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def goods_receipts_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, GoodsReceiptRecord]:
    """The goods receipts with these numbers."""
    rows = await tx.raw.fetch(_BY_NUMBER, tx.tenant_id, list(numbers))
    return {row["number"]: GoodsReceiptRecord(**row) for row in rows}


async def goods_receipts_by_order(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[GoodsReceiptRecord]]:
    """The receipts of each order, the newest first, at most 100."""
    found: dict[UUID, list[GoodsReceiptRecord]] = {}
    for row in await tx.raw.fetch(_BY_ORDER, tx.tenant_id, list(ids)):
        values = dict(row)
        found.setdefault(values.pop("order_id"), []).append(GoodsReceiptRecord(**values))
    return found


async def order_ids_by_receipt(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """The orders that each receipt is of, in the order of their ids."""
    found: dict[UUID, list[UUID]] = {}
    for row in await tx.raw.fetch(statements.ORDERS_OF_RECEIPTS, tx.tenant_id, list(ids)):
        found.setdefault(row["goods_receipt_id"], []).append(row["purchase_order_id"])
    return found


async def receipt_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[GoodsReceiptLineRecord]]:
    """For each key a page of the lines of a receipt; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


async def receipt_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each receipt has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}


async def lock_receipt(tx: Transaction, *, id: UUID) -> GoodsReceiptRecord:  # noqa: A002 - the column's name
    """The receipt, which is there, under its lock; its orders are locked before it."""
    (row,) = await tx.raw.fetch(statements.LOCK_RECEIPT, tx.tenant_id, id)
    return GoodsReceiptRecord(**row)


async def lock_receipts(tx: Transaction, *, ids: Sequence[UUID]) -> dict[UUID, GoodsReceiptRecord]:
    """The receipts with these ids under their locks, in the order of the ids; nobody reverses one meanwhile."""
    rows = await tx.raw.fetch(statements.LOCK_RECEIPTS, tx.tenant_id, list(ids))
    return {row["id"]: GoodsReceiptRecord(**row) for row in rows}


async def variants_received(tx: Transaction, *, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Which receipt let in which variants: (receipt, variant), each once."""
    rows = await tx.raw.fetch(_LET_IN, tx.tenant_id, list(ids))
    return [(row["goods_receipt_id"], row["variant_id"]) for row in rows]


async def lines_of_receipt(tx: Transaction, *, id: UUID) -> list[GoodsReceiptLineRecord]:  # noqa: A002 - the column's name
    """All lines of a receipt, in their order."""
    return [_line(row) for row in await tx.raw.fetch(statements.RECEIPT_LINES, tx.tenant_id, id)]
