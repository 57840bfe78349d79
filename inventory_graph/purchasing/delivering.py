"""Receiving a delivery: one receipt of what a supplier brings to a warehouse, of several orders or of none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context
from typing import Any
from uuid import UUID

from inventory_graph import idempotency
from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.supplier_details import payments_by_supplier
from inventory_graph.masterdata.suppliers import SupplierRecord, active_supplier, checked_currency
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.purchasing import statements
from inventory_graph.purchasing.arrivals import ArrivingLine, Named, everything_announced
from inventory_graph.purchasing.documents import Locked, lock_orders
from inventory_graph.purchasing.drafting import OrderLine, draft
from inventory_graph.purchasing.notice_receiving import (
    AnnouncedDelivery,
    announced_delivery,
    check_ends,
    lock_delivery,
)
from inventory_graph.purchasing.policy import Line, Order, Rules, Seller, Site, check_step
from inventory_graph.purchasing.receiving import (
    Intake,
    ReceiptAnswer,
    ReceiptTerms,
    answer_receipt,
    as_asked,
    check_count_of_lines,
    check_occurred,
    replayed_receipt,
    take_in,
)
from inventory_graph.quantities import ZERO
from inventory_graph.stock.costing import COST_STEP
from inventory_graph.stock.service import Place

OPERATION = "receiveGoods"
ORDERS_MAX = 100

# Digits enough for any quotient of what the columns can hold.
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)

_NAMES = """
SELECT variants.id, coalesce(nullif(variants.name, ''), items.name) AS name
FROM variants JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
WHERE variants.tenant_id = $1 AND variants.id = ANY($2::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingGoods(ReceiptTerms):
    """What a caller says a supplier brought to a warehouse. A line that names a line of an order is of that order, one that names a
    SKU of none; ``lines`` None is what its notice announced. ``currency`` is that of the prices where no order says it, None the
    supplier's."""

    supplier_code: str
    place: Place
    lines: Sequence[ArrivingLine] | None
    currency: str | None = None


async def receive_goods(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], receiving: ReceivingGoods
) -> ReceiptAnswer:
    """Let in, set aside or send away up to 1,000 lines of a delivery; ``arguments`` are what the key stands for.

    Raises ``SupplierInactive``, ``WarehouseInactive``, ``OrderInAnotherState``, ``AdvanceShippingNoticeUnknown``,
    ``NoticeInAnotherState``, ``OverReceipt``, ``ItemInactive``, ``NotFound``, ``InvalidInput``, ``UnitMismatch``, ``LimitExceeded``,
    ``Forbidden``, and what the stock book refuses.
    """
    recorded = await idempotency.claim(tx, operation=OPERATION, key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return replayed_receipt(recorded)
    supplier = await active_supplier(tx, code=receiving.supplier_code, path=("supplier_code",))
    announced = await announced_delivery(tx, notice_id=receiving.notice_id)
    place = receiving.place
    if announced is not None and place == Place():
        place = Place(id=announced.head.warehouse_id)
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
    tx.actor.require_outlet(warehouse.outlet_id)
    if announced is not None:
        check_ends(announced, supplier_id=supplier.id, warehouse_id=warehouse.id)
    given = _lines(receiving, announced)
    check_count_of_lines(given)
    order_ids = await _orders_of_lines(tx, given)
    if len(set(order_ids.values())) > ORDERS_MAX:
        raise LimitExceeded(f"A receipt is of at most {ORDERS_MAX} orders; receive it in parts.", path=("lines",))
    locked = await lock_orders(tx, ids=sorted(set(order_ids.values())))
    _check_orders(locked, given, order_ids, supplier, warehouse)
    if announced is not None:
        announced = await lock_delivery(tx, delivery=announced)
    intake = await _intake(tx, locked, supplier, warehouse, receiving)
    check_occurred(tx, receiving, now=intake.now)
    lines = await _named(tx, intake, given, order_ids, supplier)
    receipt = await take_in(tx, intake=intake, lines=lines, terms=receiving, announced=announced)
    return await answer_receipt(tx, operation=OPERATION, key=idempotency_key, receipt=receipt)


def _lines(receiving: ReceivingGoods, announced: AnnouncedDelivery | None) -> Sequence[ArrivingLine]:
    """What the caller says arrived, else what was announced; raises ``InvalidInput`` where there is neither."""
    if receiving.lines is not None:
        return receiving.lines
    if announced is None:
        raise InvalidInput(
            "Say what arrives: lines, or the advanceShippingNoticeId of what was announced.", path=("lines",)
        )
    return everything_announced(announced.lines)


async def _orders_of_lines(tx: Transaction, lines: Sequence[ArrivingLine]) -> dict[UUID, UUID]:
    """The orders of the lines that are named by id; raises ``InvalidInput`` for one without a name or with two, ``NotFound``."""
    for number, line in enumerate(lines):
        if (line.line_id is None) == (line.sku is None):
            raise InvalidInput(
                "Name the line of an order by purchaseOrderLineId, or what nobody ordered by sku; one of them only.",
                path=("lines", str(number), "sku"),
            )
    wanted = [line.line_id for line in lines if line.line_id is not None]
    if not wanted:
        return {}
    rows = await tx.raw.fetch(statements.ORDERS_OF_LINES, tx.tenant_id, wanted)
    found = {row["id"]: row["purchase_order_id"] for row in rows}
    for number, line in enumerate(lines):
        if line.line_id is not None and line.line_id not in found:
            raise NotFound(f"No purchase order has a line with the id {line.line_id}.", path=_line_path(number))
    return found


def _line_path(number: int) -> tuple[str, ...]:
    return "lines", str(number), "purchase_order_line_id"


def _check_orders(
    locked: Sequence[Locked],
    lines: Sequence[ArrivingLine],
    order_ids: Mapping[UUID, UUID],
    supplier: SupplierRecord,
    warehouse: WarehouseRecord,
) -> None:
    """Each order takes goods, and is of this supplier, for this warehouse and in the currency of the first; told at its first line."""
    first: dict[UUID, int] = {}
    for number, line in enumerate(lines):
        if line.line_id is not None:
            first.setdefault(order_ids[line.line_id], number)
    by_id = {each.order.head.id: each.order.head for each in locked}
    currency = None
    for order_id, number in first.items():
        head, path = by_id[order_id], _line_path(number)
        check_step(head, "RECEIVED", path=path)
        currency = currency or head.currency
        if head.supplier_id != supplier.id:
            raise InvalidInput(f"{head.number} is not of {supplier.code}: receive it by itself.", path=path)
        if head.warehouse_id != warehouse.id:
            raise InvalidInput(
                f"{head.number} is not for {warehouse.code}: receive it where it shall arrive.", path=path
            )
        if head.currency != currency:
            raise InvalidInput(
                f"{head.number} is in {head.currency}, what comes before it in {currency}: a receipt has one rate. Receive"
                " it by itself.",
                path=path,
            )


async def _intake(
    tx: Transaction,
    locked: Sequence[Locked],
    supplier: SupplierRecord,
    warehouse: WarehouseRecord,
    receiving: ReceivingGoods,
) -> Intake:
    orders = [each.order for each in locked]
    currency = checked_currency(receiving.currency) if receiving.currency is not None else None
    if orders and currency not in {None, orders[0].head.currency}:
        raise InvalidInput(
            f"{orders[0].head.number} is in {orders[0].head.currency}, and so is what comes with it.",
            path=("currency",),
        )
    now: datetime = locked[0].now if locked else await tx.raw.fetchval(statements.NOW)
    terms = {order.head.payment_terms_days for order in orders} or {supplier.payment_terms_days}
    # Without an order nothing of the tenant's rules is asked but the currency.
    rules = (
        locked[0].rules
        if locked
        else Rules(approvers=1, limit=None, over_receipt_percent=ZERO, currency=tx.actor.currency)
    )
    return Intake(
        seller=orders[0].seller if orders else await _seller(tx, supplier),
        warehouse_id=warehouse.id,
        site=Site(outlet_id=warehouse.outlet_id, is_open=warehouse.is_active, timezone=warehouse.timezone),
        orders=orders,
        rules=rules,
        currency=orders[0].head.currency if orders else currency or supplier.currency,
        payment_terms_days=terms.pop() if len(terms) == 1 else None,
        now=now,
    )


async def _seller(tx: Transaction, supplier: SupplierRecord) -> Seller:
    return Seller.of(supplier, (await payments_by_supplier(tx, [supplier.id])).get(supplier.id))


async def _named(
    tx: Transaction,
    intake: Intake,
    lines: Sequence[ArrivingLine],
    order_ids: Mapping[UUID, UUID],
    supplier: SupplierRecord,
) -> list[Named]:
    """Each line with what it is of: a line of an order, or one that says what nobody ordered."""
    ordered: dict[UUID, tuple[Line, Order]] = {
        line.id: (line, order) for order in intake.orders for line in order.lines if line.id in order_ids
    }
    unordered = await _unordered(tx, intake, lines, supplier)
    return [
        Named(given=given, line=ordered[given.line_id][0], order=ordered[given.line_id][1])
        if given.line_id is not None
        else unordered[number]
        for number, given in enumerate(lines)
    ]


async def _unordered(
    tx: Transaction, intake: Intake, lines: Sequence[ArrivingLine], supplier: SupplierRecord
) -> dict[int, Named]:
    """What nobody ordered, by its number among the lines, at the price that is given or that the supplier is known to ask."""
    numbers = [number for number, line in enumerate(lines) if line.line_id is None]
    if not numbers:
        return {}
    wanted = [
        OrderLine(
            sku=line.sku, quantity=line.quantity, unit=line.unit, unit_price=line.unit_price, currency=line.currency
        )
        for line in (lines[number] for number in numbers)
    ]
    try:
        drafted = await draft(
            tx, supplier=supplier, currency=intake.currency, lines=wanted, at=intake.now, is_offered=False
        )
    except Refusal as refusal:
        raise as_asked(refusal, numbers) from None
    names = {
        row["id"]: row["name"]
        for row in await tx.raw.fetch(_NAMES, tx.tenant_id, [line.variant_id for line in drafted.lines])
    }
    return {
        number: Named(
            given=replace(lines[number], quantity=line.ordered, is_in_stock_unit=True, unit_price=None),
            line=_in_stock_units(line, name=names[line.variant_id]),
            order=None,
        )
        for number, line in zip(numbers, drafted.lines, strict=True)
    }


def _in_stock_units(line: Line, *, name: str) -> Line:
    """The line as if it had been bought by the stock unit: no order says by which other unit it was."""
    price = _EXACT.divide(_EXACT.multiply(line.unit_price, line.quantity), line.ordered)
    return replace(line, name=name, quantity=line.ordered, unit_price=_EXACT.quantize(price, COST_STEP))
