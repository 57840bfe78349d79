"""Recording what a supplier asks for, and voiding it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

from inventory_graph import idempotency
from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound
from inventory_graph.masterdata.suppliers import SupplierRecord, checked_currency, suppliers_by_code, suppliers_by_id
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.outbox import emit
from inventory_graph.purchasing import invoice_statements as statements
from inventory_graph.purchasing.documents import lock_orders
from inventory_graph.purchasing.drafting import PERCENT_MAX, checked_price
from inventory_graph.purchasing.invoice_events import (
    SupplierInvoiceEvent,
    SupplierInvoiceRecorded,
    SupplierInvoiceVoided,
    ToldMatch,
)
from inventory_graph.purchasing.invoice_records import SupplierInvoiceRecord
from inventory_graph.purchasing.match_queries import matches_by_order
from inventory_graph.purchasing.money import exact_amount, net_of, rounded, tax_of
from inventory_graph.purchasing.policy import Line, Order
from inventory_graph.purchasing.refusals import (
    InvoiceKnown,
    InvoiceVoided,
    OrderInAnotherState,
    SupplierInvoiceUnknown,
)
from inventory_graph.purchasing.statements import NOW, ORDERS_OF_LINES
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.loading import columns

LINES_MAX = 1_000
ORDERS_MAX = 100
NUMBER_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 1_000

INVOICED_IN = ("SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED")
"""In which states an order can be invoiced: once the supplier has it, also before anything has come."""

_HEAD_FIELDS = tuple(each.name for each in fields(SupplierInvoiceRecord))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicedLine:
    """So much of an order's line, in its purchase unit; ``tax_percent`` None is the order's."""

    line_id: UUID
    quantity: Decimal
    unit_price: Decimal
    currency: str
    tax_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoicing:
    """What a supplier asks for: ``number`` is the supplier's own."""

    supplier_code: str
    number: str
    issued_on: date
    currency: str
    lines: Sequence[InvoicedLine]
    shipping: Decimal = ZERO
    shipping_currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceAnswer:
    """The id of an invoice; ``replayed`` when an earlier call recorded it."""

    supplier_invoice_id: UUID
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line as it is kept, with its order."""

    order_id: UUID
    line: Line
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal


async def record_supplier_invoice(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], invoicing: Invoicing
) -> InvoiceAnswer:
    """Keep what a supplier asks for, up to 1,000 lines of up to 100 orders; nothing is refused for what it says, that is the match's.

    Raises ``InvoiceKnown``, ``OrderInAnotherState``, ``NotFound``, ``InvalidInput``, ``LimitExceeded`` and ``Forbidden``.
    """
    operation = "recordSupplierInvoice"
    recorded = await idempotency.claim(tx, operation=operation, key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return InvoiceAnswer(supplier_invoice_id=UUID(recorded["id"]), replayed=True)
    number = checked_text(invoicing.number, path=("number",), length_max=NUMBER_LENGTH_MAX)
    currency = checked_currency(invoicing.currency)
    supplier = (await suppliers_by_code(tx, [invoicing.supplier_code])).get(invoicing.supplier_code)
    if supplier is None:
        raise NotFound(f"There is no supplier with the code {invoicing.supplier_code[:80]!r}.", path=("supplier_code",))
    shipping = _shipping(invoicing, currency)
    orders = await _orders(tx, invoicing, supplier, currency)
    rows = _rows(invoicing, orders, currency)
    now: datetime = await tx.raw.fetchval(NOW)
    head = SupplierInvoiceRecord(
        id=uuid4(), number=number, supplier_id=supplier.id, status="RECORDED", issued_on=invoicing.issued_on, currency=currency,
        net_amount=sum((row.net_amount for row in rows), ZERO), tax_amount=sum((row.tax_amount for row in rows), ZERO),
        shipping_amount=shipping, recorded_at=now, recorded_by=tx.actor.subject,
    )  # fmt: skip
    await _write(tx, head, rows, supplier)
    numbers = {order.head.id: order.head.number for order in orders.values()}
    await _tell(tx, SupplierInvoiceRecorded, head, supplier, numbers, version=1)
    await idempotency.answer(tx, operation=operation, key=idempotency_key, value={"id": str(head.id)})
    return InvoiceAnswer(supplier_invoice_id=head.id)


def _shipping(invoicing: Invoicing, currency: str) -> Decimal:
    if invoicing.shipping_currency not in {None, currency}:
        raise InvalidInput(
            f"The invoice is in {currency}, and so is its shipping; this is in {(invoicing.shipping_currency or '')[:80]!r}.",
            path=("shipping", "currency"),
        )
    return rounded(checked_price(invoicing.shipping, path=("shipping", "amount")), currency)


async def _orders(tx: Transaction, invoicing: Invoicing, supplier: SupplierRecord, currency: str) -> dict[UUID, Order]:
    """The locked order of each line, by the id of the line; raises at the first line of one that cannot be invoiced like this."""
    lines = invoicing.lines
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"An invoice has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))
    rows = await tx.raw.fetch(ORDERS_OF_LINES, tx.tenant_id, [line.line_id for line in lines])
    order_ids = {row["id"]: row["purchase_order_id"] for row in rows}
    if len(set(order_ids.values())) > ORDERS_MAX:
        raise LimitExceeded(f"An invoice is for at most {ORDERS_MAX} orders; record it in parts.", path=("lines",))
    locked = await lock_orders(tx, ids=sorted(set(order_ids.values())))
    by_id = {each.order.head.id: each.order for each in locked}
    found: dict[UUID, Order] = {}
    for number, line in enumerate(lines):
        path = ("lines", str(number), "purchase_order_line_id")
        if line.line_id not in order_ids:
            raise NotFound(f"No purchase order has a line with the id {line.line_id}.", path=path)
        order = found[line.line_id] = by_id[order_ids[line.line_id]]
        head = order.head
        if head.supplier_id != supplier.id:
            raise InvalidInput(f"{head.number} is not of {supplier.code}.", path=path)
        if head.currency != currency:
            raise InvalidInput(f"{head.number} is in {head.currency}, and so is its invoice.", path=path)
        if head.status not in INVOICED_IN:
            raise OrderInAnotherState(
                f"{head.number} is {head.status}; it can be invoiced while it is {' or '.join(INVOICED_IN)}.", path=path
            )
    return found


def _rows(invoicing: Invoicing, orders: Mapping[UUID, Order], currency: str) -> list[_Row]:
    by_id = {line.id: line for order in orders.values() for line in order.lines}
    return [
        _row(given, by_id[given.line_id], orders[given.line_id].head.id, currency, ("lines", str(number)))
        for number, given in enumerate(invoicing.lines)
    ]


def _row(given: InvoicedLine, line: Line, order_id: UUID, currency: str, path: tuple[str, ...]) -> _Row:
    if given.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    if given.currency != currency:
        raise InvalidInput(
            f"The invoice is in {currency}, and so are its prices; this is in {given.currency[:80]!r}.",
            path=(*path, "unit_price", "currency"),
        )
    percent = given.tax_percent if given.tax_percent is not None else line.tax_percent
    if not 0 <= percent <= PERCENT_MAX:
        raise InvalidInput(
            f"The tax is {quantity_to_text(percent)} %; it must be 0 to 100.", path=(*path, "tax_percent")
        )
    price = checked_price(given.unit_price, path=(*path, "unit_price", "amount"))
    net = net_of(given.quantity, price, currency, path=(*path, "quantity"))
    return _Row(
        order_id=order_id, line=line, quantity=given.quantity, unit_price=price, tax_percent=percent, net_amount=net,
        tax_amount=tax_of(net, percent, currency),
    )  # fmt: skip


async def _write(tx: Transaction, head: SupplierInvoiceRecord, rows: Sequence[_Row], supplier: SupplierRecord) -> None:
    nets: dict[UUID, Decimal] = {}
    for row in rows:
        nets[row.order_id] = nets.get(row.order_id, ZERO) + row.net_amount
    shares = shared_shipping(head.shipping_amount, nets, head.currency)
    kept = [
        (uuid4(), position, row.line.id, row.quantity, row.unit_price, row.tax_percent, row.net_amount, row.tax_amount)
        for position, row in enumerate(rows)
    ]
    is_new = await tx.raw.fetchval(
        statements.INSERT, tx.tenant_id, head.id, head.number, supplier.id, head.issued_on, head.currency, head.net_amount,
        head.tax_amount, head.shipping_amount, head.recorded_at, head.recorded_by,
    )  # fmt: skip
    if not is_new:
        raise InvoiceKnown(
            f"The invoice {head.number} of {supplier.code} is recorded already. Void that one first if it was wrong.",
            path=("number",),
        )
    await tx.raw.execute(
        statements.INSERT_LINES, tx.tenant_id, head.id, *columns(kept, 8), list(shares), list(shares.values())
    )


def shared_shipping(shipping: Decimal, nets: Mapping[UUID, Decimal], currency: str) -> dict[UUID, Decimal]:
    """What of the shipping is each order's, by what its lines come to, to the smallest unit: the shares add up. Where all is free it is the
    first order's."""
    shares: dict[UUID, Decimal] = {}
    total, so_far, given = sum(nets.values(), ZERO), ZERO, ZERO
    for order_id in sorted(nets):
        so_far += nets[order_id]
        part = Fraction(so_far) / Fraction(total) if total else Fraction(1)
        up_to = rounded(exact_amount(Fraction(shipping) * part), currency)
        shares[order_id] = up_to - given
        given = up_to
    return shares


async def void_supplier_invoice(tx: Transaction, *, invoice_id: UUID, reason: str) -> SupplierInvoiceRecord:
    """It counts no more; its number is free again. Raises ``SupplierInvoiceUnknown``, ``InvoiceVoided``, ``InvalidInput``, ``Forbidden``."""
    said = checked_text(reason, path=("reason",), length_max=TEXT_LENGTH_MAX, is_multiline=True)
    order_ids = [row["id"] for row in await tx.raw.fetch(statements.ORDERS, tx.tenant_id, invoice_id)]
    # The orders first, as whoever records does.
    orders = [each.order for each in await lock_orders(tx, ids=order_ids)]
    row = await tx.raw.fetchrow(statements.LOCK, tx.tenant_id, invoice_id)
    if row is None:
        raise SupplierInvoiceUnknown(
            f"There is no supplier's invoice with the id {invoice_id}.", path=("supplier_invoice_id",)
        )
    before = invoice_of(row)
    if before.status == "VOIDED":
        raise InvoiceVoided(
            f"The invoice {before.number} was voided by {before.voided_by} already.", path=("supplier_invoice_id",)
        )
    after = replace(before, status="VOIDED", voided_at=row["now"], voided_by=tx.actor.subject, void_reason=said)
    await tx.raw.execute(statements.VOID, tx.tenant_id, after.id, after.voided_at, after.voided_by, said)
    supplier = (await suppliers_by_id(tx, [after.supplier_id]))[after.supplier_id]
    numbers = {order.head.id: order.head.number for order in orders}
    await _tell(tx, SupplierInvoiceVoided, after, supplier, numbers, version=2)
    return after


def invoice_of(row: Record) -> SupplierInvoiceRecord:
    """The head in a row of the table, which may have more columns."""
    return SupplierInvoiceRecord(**{name: row[name] for name in _HEAD_FIELDS})


async def _tell(
    tx: Transaction,
    kind: type[SupplierInvoiceEvent],
    head: SupplierInvoiceRecord,
    supplier: SupplierRecord,
    numbers: Mapping[UUID, str],
    *,
    version: int,
) -> None:
    matches = await matches_by_order(tx, sorted(numbers))
    event = kind(
        aggregate_id=head.id, aggregate_version=version, tenant_id=tx.tenant_id, invoice=head, supplier_code=supplier.code,
        matches=tuple(ToldMatch(numbers[order_id], matches[order_id]) for order_id in sorted(numbers)),
    )  # fmt: skip
    await emit(tx, event)
