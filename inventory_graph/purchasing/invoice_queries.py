"""Reads of suppliers' invoices: batch functions for loaders."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import LinePageKey, Page, line_pages
from inventory_graph.purchasing import invoice_statements as statements
from inventory_graph.purchasing.invoice_records import SupplierInvoiceLineRecord, SupplierInvoiceRecord
from inventory_graph.purchasing.invoicing import invoice_of

OF_ORDER_MAX = 100

_BY_ID = f"SELECT {statements.HEAD} FROM supplier_invoices WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - constants
_BY_ORDER = f"""
SELECT wanted.order_id, invoice.* FROM unnest($2::uuid[]) AS wanted(order_id)
CROSS JOIN LATERAL (
  SELECT {statements.HEAD} FROM supplier_invoices WHERE tenant_id = $1 AND id IN (
    SELECT share.supplier_invoice_id FROM supplier_invoice_orders AS share
    WHERE share.tenant_id = $1 AND share.purchase_order_id = wanted.order_id
  ) ORDER BY recorded_at DESC, id DESC LIMIT {OF_ORDER_MAX}
) AS invoice
"""  # noqa: S608 - the text is put together from constants
_LINES = """
SELECT line.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(invoice_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT line.id, line.supplier_invoice_id, line.position, line.purchase_order_line_id, line.quantity, line.unit_price, line.tax_percent,
    line.net_amount, line.tax_amount, head.currency, wanted.page
  FROM supplier_invoice_lines AS line
  JOIN supplier_invoices AS head ON head.tenant_id = $1 AND head.id = line.supplier_invoice_id
  WHERE line.tenant_id = $1 AND line.supplier_invoice_id = wanted.invoice_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS line
ORDER BY line.page, line.position
"""
_LINE_COUNTS = """
SELECT supplier_invoice_id AS id, count(*) AS total FROM supplier_invoice_lines
WHERE tenant_id = $1 AND supplier_invoice_id = ANY($2::uuid[]) GROUP BY supplier_invoice_id
"""
_LINE_FIELDS = SupplierInvoiceLineRecord.__slots__


async def supplier_invoices_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, SupplierInvoiceRecord]:
    """The invoices with these ids."""
    return {row["id"]: invoice_of(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def supplier_invoices_by_order(
    tx: Transaction, ids: Sequence[UUID]
) -> Mapping[UUID, list[SupplierInvoiceRecord]]:
    """The invoices of each order, voided ones included, the newest first, at most 100."""
    found: dict[UUID, list[SupplierInvoiceRecord]] = {}
    for row in await tx.raw.fetch(_BY_ORDER, tx.tenant_id, list(ids)):
        found.setdefault(row["order_id"], []).append(invoice_of(row))
    return found


async def invoice_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[SupplierInvoiceLineRecord]]:
    """For each key a page of the lines of an invoice; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


def _line(row: Record) -> SupplierInvoiceLineRecord:
    return SupplierInvoiceLineRecord(**{name: row[name] for name in _LINE_FIELDS})


async def invoice_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each invoice has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}
