"""Reads of purchase orders: batch functions for loaders, and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, LinePageKey, Page, line_pages, page_of
from inventory_graph.purchasing.documents import head_of
from inventory_graph.purchasing.records import (
    PurchaseOrderLineRecord,
    PurchaseOrderRecord,
    PurchaseOrderStepRecord,
)
from inventory_graph.quantities import ZERO

STEPS_MAX = 500

_HEAD = """id, number, supplier_id, warehouse_id, status, currency, net_amount, tax_amount, shipping_amount, payment_terms_days,
  lead_time_days, expected_at, is_inspected, reference, note, submitted_by, approved_by, sent_at, resolved_at, version, created_at,
  created_by"""

_FILTER = """
  orders.tenant_id = $1
  AND ($2::text[] IS NULL OR orders.status = ANY($2))
  AND ($3::text IS NULL OR orders.supplier_id = (SELECT id FROM suppliers WHERE tenant_id = $1 AND code = $3))
  AND ($4::uuid IS NULL OR orders.warehouse_id = $4)
  AND ($5::uuid IS NULL OR EXISTS (
    SELECT FROM purchase_order_lines AS line WHERE line.tenant_id = $1 AND line.purchase_order_id = orders.id
      AND line.variant_id = $5))
  AND ($6::text IS NULL OR orders.number = $6)
  AND ($7::text IS NULL OR orders.reference = $7)
  AND ($8::timestamptz IS NULL OR orders.expected_at < $8)
  AND ($9::timestamptz IS NULL OR orders.created_at >= $9)
  AND ($10::timestamptz IS NULL OR orders.created_at < $10)
"""
_PAGE = f"""
SELECT {_HEAD} FROM purchase_orders AS orders
WHERE {_FILTER} AND ($11::timestamptz IS NULL OR (orders.created_at, orders.id) < ($11, $12::uuid))
ORDER BY orders.created_at DESC, orders.id DESC LIMIT $13
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM purchase_orders AS orders WHERE {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded
"""  # noqa: S608 - the text is put together from constants

_LINES = """
SELECT line.id, line.purchase_order_id, line.position, line.variant_id, line.unit_code, line.quantity, line.unit_price,
  line.tax_percent, line.net_amount, line.tax_amount, line.ordered, line.received, line.rejected, line.currency, line.page
FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(order_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT line.*, orders.currency, wanted.page FROM purchase_order_lines AS line
  JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
  WHERE line.tenant_id = $1 AND line.purchase_order_id = wanted.order_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS line
ORDER BY line.page, line.position
"""
_LINES_BY_ID = """
SELECT line.id, line.purchase_order_id, line.position, line.variant_id, line.unit_code, line.quantity, line.unit_price,
  line.tax_percent, line.net_amount, line.tax_amount, line.ordered, line.received, line.rejected, orders.currency
FROM purchase_order_lines AS line
JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
WHERE line.tenant_id = $1 AND line.id = ANY($2::uuid[])
"""
_LINE_COUNTS = """
SELECT purchase_order_id AS id, count(*) AS total FROM purchase_order_lines
WHERE tenant_id = $1 AND purchase_order_id = ANY($2::uuid[]) GROUP BY purchase_order_id
"""

_STEPS = f"""
SELECT step.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT purchase_order_id, version, kind, at, by, reason, details FROM purchase_order_steps
  WHERE tenant_id = $1 AND purchase_order_id = wanted.id ORDER BY version DESC LIMIT {STEPS_MAX}
) AS step
"""  # noqa: S608 - the text is put together from constants

_ON_ORDER = """
SELECT wanted.variant_id, wanted.warehouse_id, sum(line.ordered - line.received) AS quantity
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(variant_id, warehouse_id)
JOIN purchase_order_lines AS line ON line.tenant_id = $1 AND line.variant_id = wanted.variant_id AND line.received < line.ordered
JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
  AND orders.warehouse_id = wanted.warehouse_id AND orders.status IN ('SENT', 'PARTIALLY_RECEIVED')
GROUP BY wanted.variant_id, wanted.warehouse_id
"""

_LINE_FIELDS = PurchaseOrderLineRecord.__slots__


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderFilter:
    """Which purchase orders; None leaves a condition out."""

    statuses: Sequence[str] | None = None
    supplier_code: str | None = None
    warehouse_id: UUID | None = None
    variant_id: UUID | None = None
    number: str | None = None
    reference: str | None = None
    expected_before: datetime | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            self.supplier_code, self.warehouse_id, self.variant_id, self.number, self.reference, self.expected_before,
            self.created_since, self.created_before,
        )  # fmt: skip


async def purchase_orders_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: PurchaseOrderFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[PurchaseOrderRecord]:
    """The purchase orders of the filter, the newest first; the keyset position is (created_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=head_of, position=lambda row: (row["created_at"], row["id"]))


async def purchase_orders_count(tx: Transaction, *, filter: PurchaseOrderFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None


async def order_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[PurchaseOrderLineRecord]]:
    """For each key a page of the lines of an order; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


def _line(row: Record) -> PurchaseOrderLineRecord:
    return PurchaseOrderLineRecord(**{name: row[name] for name in _LINE_FIELDS})


async def order_lines_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, PurchaseOrderLineRecord]:
    """The lines of orders with these ids."""
    return {row["id"]: _line(row) for row in await tx.raw.fetch(_LINES_BY_ID, tx.tenant_id, list(ids))}


async def order_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each order has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}


async def steps_by_order(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[PurchaseOrderStepRecord]]:
    """The steps of each order, the newest first, at most 500."""
    found: dict[UUID, list[PurchaseOrderStepRecord]] = {}
    for row in await tx.raw.fetch(_STEPS, tx.tenant_id, list(ids)):
        found.setdefault(row["purchase_order_id"], []).append(PurchaseOrderStepRecord(**row))
    return found


async def on_order_by_balance(
    tx: Transaction, keys: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], Decimal]:
    """What orders that were sent still bring, by (variant_id, warehouse_id), in stock units."""
    found = dict.fromkeys(keys, ZERO)
    for row in await tx.raw.fetch(_ON_ORDER, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys]):
        found[row["variant_id"], row["warehouse_id"]] = row["quantity"]
    return found
