"""Sending goods back to a supplier: what leaves, what is credited for it, and what stays after all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

from inventory_graph import idempotency
from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, NotFound, Refusal
from inventory_graph.masterdata.suppliers import SupplierRecord, suppliers_by_code, suppliers_by_id
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import WarehouseInactive, WarehouseRecord, warehouse_of, warehouses_by_id
from inventory_graph.outbox import emit
from inventory_graph.purchasing import return_statements as statements
from inventory_graph.purchasing.drafting import checked_price
from inventory_graph.purchasing.money import exact_amount, rounded
from inventory_graph.purchasing.policy import Seller
from inventory_graph.purchasing.receipts import goods_receipts_by_id
from inventory_graph.purchasing.receiving import as_asked
from inventory_graph.purchasing.refusals import GoodsReceiptUnknown, ReturnInAnotherState, SupplierReturnUnknown
from inventory_graph.purchasing.return_events import (
    SupplierReturnCancelled,
    SupplierReturnCredited,
    SupplierReturnEvent,
    SupplierReturnShipped,
)
from inventory_graph.purchasing.return_lines import Leaving, ReturnedLine, leaving_lines
from inventory_graph.purchasing.return_records import SupplierReturnLineRecord, SupplierReturnRecord
from inventory_graph.quantities import ZERO
from inventory_graph.stock.commands import Command, Document, KeepAfterAll, StockState
from inventory_graph.stock.loading import columns
from inventory_graph.stock.posting import post_one
from inventory_graph.stock.service import Place
from inventory_graph.stock.state import Movement
from inventory_graph.stock.statements import SERIAL_SEPARATOR

SERIES = "SR"
DOCUMENT = "supplier_return"
WHOLE = "*"
TEXT_LENGTH_MAX = 1_000
REFERENCE_LENGTH_MAX = 200

ALLOWED: Mapping[str, tuple[str, ...]] = {"CREDITED": ("SHIPPED",), "CANCELLED": ("SHIPPED",)}
"""In which states each step can be taken; a return begins SHIPPED."""

_HEAD_FIELDS = tuple(each.name for each in fields(SupplierReturnRecord))


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What a caller sends back: of a receipt, or of a supplier out of a warehouse."""

    goods_receipt_id: UUID | None = None
    supplier_code: str | None = None
    place: Place | None = None
    lines: Sequence[ReturnedLine]
    reason: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnKey:
    """A return as a caller names it: by its id or by its number."""

    id: UUID | None = None
    number: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where the caller named it."""
        return ("number",) if self.number is not None else ("supplier_return_id",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAnswer:
    """The id of a return; ``replayed`` when an earlier call made it."""

    supplier_return_id: UUID
    replayed: bool = False


async def return_to_supplier(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], returning: Returning
) -> ReturnAnswer:
    """Send up to 1,000 lines back, each at the cost it came with where it names a line of a receipt; all leave or none.

    Raises ``InvalidInput``, ``NotFound``, ``ReceiptReversed``, ``MoreThanCame``, ``UnitMismatch``, ``WarehouseInactive``, ``Forbidden``, and
    ``InsufficientStock`` or ``SerialNotAvailable`` for what is not there, or held.
    """
    recorded = await idempotency.claim(tx, operation="returnToSupplier", key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return ReturnAnswer(supplier_return_id=UUID(recorded["id"]), replayed=True)
    reason = _text(returning.reason, "reason")
    reference = _text(returning.reference, "reference", REFERENCE_LENGTH_MAX) if returning.reference else None
    supplier, warehouse = await _ends(tx, returning)
    tx.actor.require_outlet(warehouse.outlet_id)
    leaving, receipt_ids, currency = await leaving_lines(
        tx, supplier=supplier, warehouse=warehouse, lines=returning.lines, goods_receipt_id=returning.goods_receipt_id
    )
    return_id = uuid4()
    command = Command(
        id=uuid4(),
        lines=tuple(each.command(warehouse.id) for each in leaving),
        recorded_by=tx.actor.subject,
        note=reason,
        reference=reference,
        document=Document(type=DOCUMENT, id=return_id, line=WHOLE, kind="SUPPLIER_RETURN"),
    )
    try:
        posted = await post_one(tx, command)
    except Refusal as refusal:
        raise as_asked(refusal, range(len(leaving))) from None
    rows = _rows(leaving, posted.movements, currency)
    now, net_amount = posted.movements[0].recorded_at, sum((row[7] for row in rows), ZERO)
    receipt_id = (
        next(iter(receipt_ids)) if len(receipt_ids) == 1 and all(each.receipt_line_id for each in leaving) else None
    )
    number: str = await tx.raw.fetchval(
        statements.WRITE, tx.tenant_id, SERIES, return_id, supplier.id, warehouse.id, receipt_id, reason, reference, currency, net_amount,
        now, tx.actor.subject, *columns(rows, 11),
    )  # fmt: skip
    head = SupplierReturnRecord(
        id=return_id, number=number, supplier_id=supplier.id, warehouse_id=warehouse.id, goods_receipt_id=receipt_id, status="SHIPPED",
        reason=reason, reference=reference, currency=currency, net_amount=net_amount, shipped_at=now, shipped_by=tx.actor.subject,
    )  # fmt: skip
    await _tell(tx, SupplierReturnShipped, head, supplier, warehouse, version=1)
    await idempotency.answer(tx, operation="returnToSupplier", key=idempotency_key, value={"id": str(return_id)})
    return ReturnAnswer(supplier_return_id=return_id)


async def _ends(tx: Transaction, returning: Returning) -> tuple[SupplierRecord, WarehouseRecord]:
    """To whom and from where it goes; raises ``InvalidInput``, ``NotFound`` and ``WarehouseInactive``. A supplier who is archived still
    takes back what he sold."""
    if (returning.goods_receipt_id is None) == (returning.supplier_code is None):
        raise InvalidInput(
            "Say what goes back: of a receipt by goodsReceiptId, or of a supplier by supplierCode; one of them only.",
            path=("supplier_code",),
        )
    if returning.goods_receipt_id is not None:
        if returning.place is not None:
            raise InvalidInput(
                "It goes back from where the receipt brought it: leave warehouse away.", path=("warehouse",)
            )
        receipt = (await goods_receipts_by_id(tx, [returning.goods_receipt_id])).get(returning.goods_receipt_id)
        if receipt is None:
            raise GoodsReceiptUnknown(
                f"There is no goods receipt with the id {returning.goods_receipt_id}.", path=("goods_receipt_id",)
            )
        supplier = (await suppliers_by_id(tx, [receipt.supplier_id]))[receipt.supplier_id]
        warehouse = await warehouse_of(tx, id=receipt.warehouse_id, path=("goods_receipt_id",))
        return supplier, warehouse
    code = returning.supplier_code or ""
    found = (await suppliers_by_code(tx, [code])).get(code)
    if found is None:
        raise NotFound(f"There is no supplier with the code {code[:80]!r}.", path=("supplier_code",))
    place = returning.place or Place()
    return found, await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)


def _rows(leaving: Sequence[Leaving], movements: Sequence[Movement], currency: str) -> list[tuple[Any, ...]]:
    """A line for each movement: the book makes them in the order of the lines, and they add up to each line's quantity."""
    rows: list[tuple[Any, ...]] = []
    remaining = iter(movements)
    for each in leaving:
        missing = each.quantity
        while missing > 0:
            movement = next(remaining)
            missing -= movement.quantity
            worth = each.price if each.price is not None else Fraction(movement.unit_cost or ZERO)
            net = exact_amount(worth * Fraction(movement.quantity))
            rows.append((
                uuid4(), len(rows), each.receipt_line_id, movement.variant_id, movement.quantity, movement.from_state, movement.unit_cost,
                rounded(net, currency), movement.from_location_id, movement.lot_id,
                SERIAL_SEPARATOR.join(movement.serials) if movement.serials else None,
            ))  # fmt: skip
    return rows


async def credit_supplier_return(
    tx: Transaction, *, key: ReturnKey, credit_note: str, amount: Decimal, currency: str
) -> SupplierReturnRecord:
    """The supplier credited it: the end of it. Raises ``SupplierReturnUnknown``, ``ReturnInAnotherState``, ``InvalidInput``,
    ``LimitExceeded``, ``Forbidden``."""
    note = _text(credit_note, "credit_note", REFERENCE_LENGTH_MAX)
    head, warehouse, now = await _lock(tx, key, "CREDITED")
    if currency != head.currency:
        raise InvalidInput(
            f"{head.number} is in {head.currency}, and so is its credit; this is in {currency[:80]!r}.",
            path=("amount", "currency"),
        )
    given = rounded(checked_price(amount, path=("amount", "amount")), currency)
    after = replace(
        head, status="CREDITED", credit_note=note, credit_amount=given, resolved_at=now, resolved_by=tx.actor.subject
    )
    return await _resolve(tx, after, warehouse, SupplierReturnCredited)


async def cancel_supplier_return(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], key: ReturnKey, reason: str
) -> ReturnAnswer:
    """It stays after all: what left is where it left again, at the cost it left with.

    Raises ``SupplierReturnUnknown``, ``ReturnInAnotherState``, ``WarehouseInactive``, ``InvalidInput``, ``Forbidden``, and what the book
    refuses.
    """
    recorded = await idempotency.claim(tx, operation="cancelSupplierReturn", key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return ReturnAnswer(supplier_return_id=UUID(recorded["id"]), replayed=True)
    said = _text(reason, "reason")
    head, warehouse, now = await _lock(tx, key, "CANCELLED")
    if not warehouse.is_active:
        raise WarehouseInactive(
            f"The warehouse {warehouse.code} is archived. Open it again with updateWarehouse.", path=key.path
        )
    lines = await lines_of_return(tx, id=head.id)
    command = Command(
        id=uuid4(),
        lines=tuple(_back(head, line) for line in lines),
        recorded_by=tx.actor.subject,
        note=said,
        reference=head.number,
        document=Document(type=DOCUMENT, id=head.id, line=WHOLE, kind="SUPPLIER_RETURN_CANCELLATION"),
    )
    try:
        await post_one(tx, command)
    except Refusal as refusal:
        refusal.path = key.path
        raise
    after = replace(head, status="CANCELLED", resolved_at=now, resolved_by=tx.actor.subject, cancellation_reason=said)
    await _resolve(tx, after, warehouse, SupplierReturnCancelled)
    await idempotency.answer(tx, operation="cancelSupplierReturn", key=idempotency_key, value={"id": str(head.id)})
    return ReturnAnswer(supplier_return_id=head.id)


def _back(head: SupplierReturnRecord, line: SupplierReturnLineRecord) -> KeepAfterAll:
    return KeepAfterAll(
        variant_id=line.variant_id, warehouse_id=head.warehouse_id, quantity=line.quantity, unit_cost=line.unit_cost,
        location_id=line.location_id, lot_id=line.lot_id, serials=tuple(line.serials), state=StockState(line.state),
    )  # fmt: skip


async def _lock(tx: Transaction, key: ReturnKey, step: str) -> tuple[SupplierReturnRecord, WarehouseRecord, datetime]:
    if (key.id is None) == (key.number is None):
        raise InvalidInput("Name the return by its id or by its number, and by one of them only.", path=key.path)
    row = await tx.raw.fetchrow(statements.LOCK, tx.tenant_id, key.id, key.number)
    if row is None:
        named = f"id {key.id}" if key.id is not None else f"number {(key.number or '')[:80]!r}"
        raise SupplierReturnUnknown(f"There is no return to a supplier with the {named}.", path=key.path)
    head = return_of(row)
    warehouse = (await warehouses_by_id(tx, [head.warehouse_id]))[head.warehouse_id]
    tx.actor.require_outlet(warehouse.outlet_id)
    if head.status not in ALLOWED[step]:
        raise ReturnInAnotherState(
            f"{head.number} is {head.status}; it can be {step.lower()} while it is {' or '.join(ALLOWED[step])}.",
            path=key.path,
        )
    return head, warehouse, row["now"]


def return_of(row: Record) -> SupplierReturnRecord:
    """The head in a row of the table, which may have more columns."""
    return SupplierReturnRecord(**{name: row[name] for name in _HEAD_FIELDS})


async def lines_of_return(tx: Transaction, *, id: UUID) -> list[SupplierReturnLineRecord]:  # noqa: A002 - the column's name
    """All lines of a return, in their order."""
    return [SupplierReturnLineRecord(**row) for row in await tx.raw.fetch(statements.LINES, tx.tenant_id, id)]


async def _resolve(
    tx: Transaction, after: SupplierReturnRecord, warehouse: WarehouseRecord, kind: type[SupplierReturnEvent]
) -> SupplierReturnRecord:
    await tx.raw.execute(
        statements.RESOLVE, tx.tenant_id, after.id, after.status, after.credit_note, after.credit_amount, after.resolved_at,
        after.resolved_by, after.cancellation_reason,
    )  # fmt: skip
    supplier = (await suppliers_by_id(tx, [after.supplier_id]))[after.supplier_id]
    await _tell(tx, kind, after, supplier, warehouse, version=2)
    return after


async def _tell(
    tx: Transaction,
    kind: type[SupplierReturnEvent],
    head: SupplierReturnRecord,
    supplier: SupplierRecord,
    warehouse: WarehouseRecord,
    *,
    version: int,
) -> None:
    event = kind(
        aggregate_id=head.id, aggregate_version=version, tenant_id=tx.tenant_id, head=head, seller=Seller.of(supplier), outlet_id=warehouse.outlet_id,
        lines=tuple(await lines_of_return(tx, id=head.id)),
    )  # fmt: skip
    await emit(tx, event)


def _text(value: str, name: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    return checked_text(value, path=(name,), length_max=length_max, is_multiline=True)
