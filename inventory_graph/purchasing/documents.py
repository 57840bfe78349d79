"""Purchase orders in the database: locked, read and written whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.supplier_details import SupplierPaymentRecord
from inventory_graph.outbox import emit_all
from inventory_graph.purchasing import statements
from inventory_graph.purchasing.events import event_of
from inventory_graph.purchasing.models import PurchaseOrder
from inventory_graph.purchasing.policy import Line, Order, Rules, Seller, Site, check_step
from inventory_graph.purchasing.records import OrderKey, PurchaseOrderRecord
from inventory_graph.purchasing.refusals import PurchaseOrderUnknown
from inventory_graph.stock.loading import columns

_HEAD_FIELDS = tuple(each.name for each in fields(PurchaseOrderRecord))
_LINE_FIELDS = tuple(each.name for each in fields(Line))
_COLUMNS = tuple(getattr(PurchaseOrder, name) for name in _HEAD_FIELDS)
_FIXED = ("id", "number", "supplier_id", "warehouse_id", "created_at", "created_by")


def head_of(record: Record) -> PurchaseOrderRecord:
    """The head in a row of the table, which may have more columns."""
    values = {name: record[name] for name in _HEAD_FIELDS}
    return PurchaseOrderRecord(**{**values, "approved_by": tuple(record["approved_by"])})


async def purchase_orders_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, PurchaseOrderRecord]:
    """The purchase orders with these ids."""
    statement = select(*_COLUMNS).where(PurchaseOrder.tenant_id == tx.tenant_id, any_of(PurchaseOrder.id, ids))
    return {record["id"]: head_of(record) for record in await tx.rows(statement)}


@dataclass(frozen=True, slots=True)
class Locked:
    """An order under its lock, with the tenant's rules, and the time when the lock was held."""

    order: Order
    rules: Rules
    now: datetime


async def purchase_orders_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, PurchaseOrderRecord]:
    """The purchase orders with these numbers."""
    statement = select(*_COLUMNS).where(PurchaseOrder.tenant_id == tx.tenant_id, any_of(PurchaseOrder.number, numbers))
    return {record["number"]: head_of(record) for record in await tx.rows(statement)}


async def lock_order(
    tx: Transaction,
    *,
    key: OrderKey,
    step: str,
    expected_version: int | None = None,
) -> Locked:
    """The order with its lines, in two statements; nobody else changes it until the transaction ends.

    Raises ``InvalidInput`` unless the key is one, ``PurchaseOrderUnknown``, ``OrderChanged`` and ``OrderInAnotherState``, and
    ``Forbidden`` at another outlet.
    """
    if (key.id is None) == (key.number is None):
        raise InvalidInput(
            "Name the purchase order by its id or by its number, and by one of them only.", path=key.path
        )
    rows = await tx.raw.fetch(
        statements.LOCK_ORDERS, tx.tenant_id, [key.id] if key.id is not None else None, key.number
    )
    if not rows:
        named = f"id {key.id}" if key.id is not None else f"number {(key.number or '')[:80]!r}"
        raise PurchaseOrderUnknown(f"There is no purchase order with the {named}.", path=key.path)
    tx.actor.require_outlet(rows[0]["outlet_id"])
    check_step(head_of(rows[0]), step, expected_version=expected_version, path=key.path)
    (locked,) = await _with_lines(tx, rows)
    return locked


async def lock_orders(tx: Transaction, *, ids: Sequence[UUID]) -> list[Locked]:
    """The orders with their lines, in the order of their ids, in two statements; nobody else changes them until the transaction ends.
    An unknown id is left out. Raises ``Forbidden`` at another outlet."""
    rows = await tx.raw.fetch(statements.LOCK_ORDERS, tx.tenant_id, list(ids), None) if ids else []
    for row in rows:
        tx.actor.require_outlet(row["outlet_id"])
    return await _with_lines(tx, rows) if rows else []


async def _with_lines(tx: Transaction, rows: Sequence[Record]) -> list[Locked]:
    lines, now = await _lines_of(tx, order_ids=[row["id"] for row in rows])
    return [Locked(_order_of(row, lines[row["id"]]), _rules_of(row), now) for row in rows]


def _order_of(row: Record, lines: list[Line]) -> Order:
    head = head_of(row)
    seller = Seller(
        id=head.supplier_id, code=row["supplier_code"], name=row["supplier_name"], email=row["supplier_email"],
        phone=row["supplier_phone"], payment=_payment(row["supplier_payment"]),
    )  # fmt: skip
    site = Site(outlet_id=row["outlet_id"], is_open=row["is_open"], timezone=row["timezone"])
    return Order(head=head, seller=seller, site=site, lines=lines)


def _rules_of(row: Record) -> Rules:
    return Rules(
        approvers=row["purchase_approvers"], limit=row["purchase_approval_limit"],
        over_receipt_percent=row["over_receipt_percent"], currency=row["tenant_currency"],
    )  # fmt: skip


def _payment(row: Mapping[str, Any] | None) -> SupplierPaymentRecord | None:
    return SupplierPaymentRecord(**{name: row[name] for name in SupplierPaymentRecord.__slots__}) if row else None


async def _lines_of(tx: Transaction, *, order_ids: Sequence[UUID]) -> tuple[dict[UUID, list[Line]], datetime]:
    """The lines of each order, in their order, and what time it is."""
    rows = await tx.raw.fetch(statements.LINES, tx.tenant_id, list(order_ids))
    found: dict[UUID, list[Line]] = {}
    for row in rows:
        found.setdefault(row["purchase_order_id"], []).append(Line(**{name: row[name] for name in _LINE_FIELDS}))
    return found, rows[-1]["now"]


async def insert_order(tx: Transaction, order: Order) -> None:
    """Write an order that is new, and tell of it."""
    await tx.run(insert(PurchaseOrder).values(tenant_id=tx.tenant_id, **_values(order.head)))
    await insert_lines(tx, order)
    await _tell(tx, order)


async def update_order(tx: Transaction, order: Order) -> None:
    """Write the head of an order and the steps it took, and tell of them. Lines are written by whoever changes them."""
    values = {name: value for name, value in _values(order.head).items() if name not in _FIXED}
    await tx.run(
        update(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == tx.tenant_id, PurchaseOrder.id == order.head.id)
        .values(**values)
    )
    await _tell(tx, order)


def _values(head: PurchaseOrderRecord) -> dict[str, Any]:
    return {**asdict(head), "approved_by": list(head.approved_by)}


async def insert_lines(tx: Transaction, order: Order) -> None:
    """Write lines that are new."""
    rows = [
        (
            line.id, line.position, line.variant_id, line.unit_code, line.quantity, line.unit_price, line.tax_percent,
            line.net_amount, line.tax_amount, line.ordered,
        )
        for line in order.lines
    ]  # fmt: skip
    await tx.raw.execute(statements.INSERT_LINES, tx.tenant_id, order.head.id, *columns(rows, 10))
    # Read back with the names that events tell.
    lines, _ = await _lines_of(tx, order_ids=[order.head.id])
    order.lines = lines[order.head.id]


async def replace_lines(tx: Transaction, order: Order) -> None:
    """Write the lines in place of all there were."""
    await tx.raw.execute(statements.DELETE_LINES, tx.tenant_id, order.head.id)
    await insert_lines(tx, order)


async def _tell(tx: Transaction, order: Order) -> None:
    head = order.head
    steps = [(each.version, each.kind, each.at, each.by, each.reason, each.details) for each in order.steps]
    await tx.raw.execute(statements.INSERT_STEPS, tx.tenant_id, head.id, *columns(steps, 6))
    await emit_all(tx, [event_of(order, step, tenant_id=tx.tenant_id) for step in order.steps])
