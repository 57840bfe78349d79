"""Reads of returns to suppliers: batch functions for loaders, and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, LinePageKey, Page, line_pages, page_of
from inventory_graph.purchasing import return_statements as statements
from inventory_graph.purchasing.return_records import SupplierReturnLineRecord, SupplierReturnRecord
from inventory_graph.purchasing.returning import return_of

_BY_ID = f"SELECT {statements.HEAD} FROM supplier_returns WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - constants
_BY_NUMBER = f"SELECT {statements.HEAD} FROM supplier_returns WHERE tenant_id = $1 AND number = ANY($2::text[])"  # noqa: S608 - the text is put together from constants
_FILTER = """
  tenant_id = $1
  AND ($2::text[] IS NULL OR status = ANY($2))
  AND ($3::text IS NULL OR supplier_id = (SELECT id FROM suppliers WHERE tenant_id = $1 AND code = $3))
  AND ($4::uuid IS NULL OR warehouse_id = $4)
  AND ($5::uuid IS NULL OR id IN (
    SELECT back.supplier_return_id FROM supplier_return_lines AS back
    JOIN goods_receipt_lines AS received ON received.tenant_id = $1 AND received.id = back.goods_receipt_line_id
    WHERE back.tenant_id = $1 AND received.goods_receipt_id = $5))
  AND ($6::text IS NULL OR number = $6)
  AND ($7::text IS NULL OR reference = $7)
  AND ($8::timestamptz IS NULL OR shipped_at >= $8)
  AND ($9::timestamptz IS NULL OR shipped_at < $9)
"""
_PAGE = f"""
SELECT {statements.HEAD} FROM supplier_returns
WHERE {_FILTER} AND ($10::timestamptz IS NULL OR (shipped_at, id) < ($10, $11::uuid))
ORDER BY shipped_at DESC, id DESC LIMIT $12
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM supplier_returns WHERE {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded
"""  # noqa: S608 - the text is put together from constants
_LINES = f"""
SELECT found.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(return_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT {statements.LINE}, wanted.page FROM {statements.LINE_SOURCES}
  WHERE line.tenant_id = $1 AND line.supplier_return_id = wanted.return_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS found
ORDER BY found.page, found.position
"""  # noqa: S608 - the text is put together from constants
_LINE_COUNTS = """
SELECT supplier_return_id AS id, count(*) AS total FROM supplier_return_lines
WHERE tenant_id = $1 AND supplier_return_id = ANY($2::uuid[]) GROUP BY supplier_return_id
"""
_LINE_FIELDS = SupplierReturnLineRecord.__slots__


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierReturnFilter:
    """Which returns; None leaves a condition out."""

    statuses: Sequence[str] | None = None
    supplier_code: str | None = None
    warehouse_id: UUID | None = None
    goods_receipt_id: UUID | None = None
    number: str | None = None
    reference: str | None = None
    shipped_since: datetime | None = None
    shipped_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            self.supplier_code, self.warehouse_id, self.goods_receipt_id, self.number, self.reference, self.shipped_since,
            self.shipped_before,
        )  # fmt: skip


async def supplier_returns_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, SupplierReturnRecord]:
    """The returns with these ids."""
    return {row["id"]: return_of(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def supplier_returns_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, SupplierReturnRecord]:
    """The returns with these numbers."""
    return {row["number"]: return_of(row) for row in await tx.raw.fetch(_BY_NUMBER, tx.tenant_id, list(numbers))}


async def supplier_returns_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: SupplierReturnFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[SupplierReturnRecord]:
    """The returns of the filter, the newest first; the keyset position is (shipped_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=return_of, position=lambda row: (row["shipped_at"], row["id"]))


async def supplier_returns_count(tx: Transaction, *, filter: SupplierReturnFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None


async def return_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[SupplierReturnLineRecord]]:
    """For each key a page of the lines of a return; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


def _line(row: Record) -> SupplierReturnLineRecord:
    return SupplierReturnLineRecord(**{name: row[name] for name in _LINE_FIELDS})


async def return_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each return has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}
