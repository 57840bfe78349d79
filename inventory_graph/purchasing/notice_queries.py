"""Reads of advance shipping notices: batch functions for loaders, and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, LinePageKey, Page, line_pages, page_of
from inventory_graph.purchasing import notice_statements as statements
from inventory_graph.purchasing.notice_documents import notice_of
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeLineRecord, AdvanceShippingNoticeRecord

OF_ORDER_MAX = 100

_HEADS = f"SELECT {statements.HEAD} FROM advance_shipping_notices AS notice WHERE notice.tenant_id = $1"  # noqa: S608 - constants
_BY_ID = f"{_HEADS} AND notice.id = ANY($2::uuid[])"
_BY_NUMBER = f"{_HEADS} AND notice.number = ANY($2::text[])"
_BY_RECEIPT = f"{_HEADS} AND notice.goods_receipt_id = ANY($2::uuid[])"
_OF_ORDER = """SELECT line.advance_shipping_notice_id FROM purchase_order_lines AS ordered
    JOIN advance_shipping_notice_lines AS line ON line.tenant_id = $1 AND line.purchase_order_line_id = ordered.id
    WHERE ordered.tenant_id = $1 AND ordered.purchase_order_id"""
_BY_ORDER = f"""
SELECT wanted.order_id, notice.* FROM unnest($2::uuid[]) AS wanted(order_id)
CROSS JOIN LATERAL (
  {_HEADS} AND notice.id IN ({_OF_ORDER} = wanted.order_id)
  ORDER BY notice.created_at DESC, notice.id DESC LIMIT {OF_ORDER_MAX}
) AS notice
"""  # noqa: S608 - the text is put together from constants
_FILTER = f"""
  AND ($2::text[] IS NULL OR notice.status = ANY($2))
  AND ($3::text IS NULL OR notice.supplier_id = (SELECT id FROM suppliers WHERE tenant_id = $1 AND code = $3))
  AND ($4::uuid IS NULL OR notice.warehouse_id = $4)
  AND ($5::uuid IS NULL OR notice.id IN ({_OF_ORDER} = $5))
  AND ($6::text IS NULL OR notice.number = $6)
  AND ($7::text IS NULL OR notice.tracking_number = $7)
  AND ($8::timestamptz IS NULL OR notice.expected_at < $8)
  AND ($9::timestamptz IS NULL OR notice.created_at >= $9)
  AND ($10::timestamptz IS NULL OR notice.created_at < $10)
"""  # noqa: S608 - the text is put together from constants
_PAGE = f"""
{_HEADS} {_FILTER} AND ($11::timestamptz IS NULL OR (notice.created_at, notice.id) < ($11, $12::uuid))
ORDER BY notice.created_at DESC, notice.id DESC LIMIT $13
"""
_COUNT = f"""
SELECT count(*) FROM (
  SELECT FROM advance_shipping_notices AS notice WHERE notice.tenant_id = $1 {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}
) AS bounded
"""  # noqa: S608 - the text is put together from constants
_LINES = f"""
SELECT found.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(notice_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT {statements.LINE}, wanted.page FROM {statements.LINE_SOURCES}
  WHERE line.tenant_id = $1 AND line.advance_shipping_notice_id = wanted.notice_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS found
ORDER BY found.page, found.position
"""  # noqa: S608 - the text is put together from constants
_LINE_COUNTS = """
SELECT advance_shipping_notice_id AS id, count(*) AS total FROM advance_shipping_notice_lines
WHERE tenant_id = $1 AND advance_shipping_notice_id = ANY($2::uuid[]) GROUP BY advance_shipping_notice_id
"""
_ORDER_IDS = """
SELECT DISTINCT line.advance_shipping_notice_id, ordered.purchase_order_id
FROM advance_shipping_notice_lines AS line
JOIN purchase_order_lines AS ordered ON ordered.tenant_id = $1 AND ordered.id = line.purchase_order_line_id
WHERE line.tenant_id = $1 AND line.advance_shipping_notice_id = ANY($2::uuid[])
ORDER BY ordered.purchase_order_id
"""
_LINE_FIELDS = AdvanceShippingNoticeLineRecord.__slots__


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceShippingNoticeFilter:
    """Which notices; None leaves a condition out."""

    statuses: Sequence[str] | None = None
    supplier_code: str | None = None
    warehouse_id: UUID | None = None
    purchase_order_id: UUID | None = None
    number: str | None = None
    tracking_number: str | None = None
    expected_before: datetime | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            self.supplier_code, self.warehouse_id, self.purchase_order_id, self.number, self.tracking_number, self.expected_before,
            self.created_since, self.created_before,
        )  # fmt: skip


async def notices_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, AdvanceShippingNoticeRecord]:
    """The notices with these ids."""
    return {row["id"]: notice_of(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def notices_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, AdvanceShippingNoticeRecord]:
    """The notices with these numbers."""
    return {row["number"]: notice_of(row) for row in await tx.raw.fetch(_BY_NUMBER, tx.tenant_id, list(numbers))}


async def notices_by_receipt(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, AdvanceShippingNoticeRecord]:
    """The notice that came by each receipt; a receipt without one is left out."""
    rows = await tx.raw.fetch(_BY_RECEIPT, tx.tenant_id, list(ids))
    return {row["goods_receipt_id"]: notice_of(row) for row in rows}


async def notices_by_order(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[AdvanceShippingNoticeRecord]]:
    """The notices of each order, the newest first, at most 100."""
    found: dict[UUID, list[AdvanceShippingNoticeRecord]] = {}
    for row in await tx.raw.fetch(_BY_ORDER, tx.tenant_id, list(ids)):
        found.setdefault(row["order_id"], []).append(notice_of(row))
    return found


async def order_ids_by_notice(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """The orders that each notice is of, in the order of their ids."""
    found: dict[UUID, list[UUID]] = {}
    for row in await tx.raw.fetch(_ORDER_IDS, tx.tenant_id, list(ids)):
        found.setdefault(row["advance_shipping_notice_id"], []).append(row["purchase_order_id"])
    return found


async def notices_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: AdvanceShippingNoticeFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[AdvanceShippingNoticeRecord]:
    """The notices of the filter, the newest first; the keyset position is (created_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=notice_of, position=lambda row: (row["created_at"], row["id"]))


async def notices_count(tx: Transaction, *, filter: AdvanceShippingNoticeFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None


async def notice_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[AdvanceShippingNoticeLineRecord]]:
    """For each key a page of the lines of a notice; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


def _line(row: Record) -> AdvanceShippingNoticeLineRecord:
    return AdvanceShippingNoticeLineRecord(**{name: row[name] for name in _LINE_FIELDS})


async def notice_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each notice has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}
