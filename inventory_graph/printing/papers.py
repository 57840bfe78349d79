"""The paper of a document, whichever kind it is of."""

import re
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import NotFound
from inventory_graph.printing.links import LinkEnded
from inventory_graph.printing.orders import order_paper
from inventory_graph.printing.paper import DocumentKey, Form, Kind, Paper
from inventory_graph.printing.receipts import receipt_paper, receipt_version
from inventory_graph.printing.transfers import transfer_paper
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.receipts import goods_receipts_by_id
from inventory_graph.purchasing.records import GoodsReceiptRecord, PurchaseOrderRecord
from inventory_graph.transfers.documents import transfers_by_id
from inventory_graph.transfers.records import TransferRecord

Printed = PurchaseOrderRecord | GoodsReceiptRecord | TransferRecord

_ASTRAY = re.compile(r"[^A-Za-z0-9._-]")


def key_of(record: Printed) -> DocumentKey:
    """The document of a record, at the version of the record."""
    if isinstance(record, GoodsReceiptRecord):
        return DocumentKey(kind="goods-receipt", id=record.id, version=receipt_version(record))
    kind: Kind = "transfer" if isinstance(record, TransferRecord) else "purchase-order"
    return DocumentKey(kind=kind, id=record.id, version=record.version)


def file_name_of(number: str, form: Form) -> str:
    """What the file of a document is called, in letters that every system takes."""
    return f"{_ASTRAY.sub('-', number)}.{form.lower()}"


async def paper_of(tx: Transaction, *, document: DocumentKey) -> Paper:
    """The document as it is now, in at most ten statements. Raises ``NotFound``, and ``LinkEnded`` when it is not at this version."""
    record = await _record(tx, document.kind, document.id)
    if record is None:
        raise NotFound("There is no such document any more.")
    if key_of(record) != document:
        raise LinkEnded(f"{record.number} was changed since the link was made: ask for a new one.")
    if isinstance(record, PurchaseOrderRecord):
        return await order_paper(tx, order=record)
    if isinstance(record, GoodsReceiptRecord):
        return await receipt_paper(tx, receipt=record)
    return await transfer_paper(tx, transfer=record)


async def _record(tx: Transaction, kind: Kind, id: UUID) -> Printed | None:  # noqa: A002 - the column's name
    if kind == "purchase-order":
        return (await purchase_orders_by_id(tx, [id])).get(id)
    if kind == "goods-receipt":
        return (await goods_receipts_by_id(tx, [id])).get(id)
    return (await transfers_by_id(tx, [id])).get(id)
