"""Announcing what a delivery of a supplier will bring, and calling it off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound
from inventory_graph.masterdata.suppliers import SupplierRecord, active_supplier
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.purchasing import notice_statements as statements
from inventory_graph.purchasing.arrivals import ArrivingLine, in_stock_unit
from inventory_graph.purchasing.documents import Locked, lock_orders
from inventory_graph.purchasing.notice_documents import lock_notice, tell_of_notice, update_notice
from inventory_graph.purchasing.notice_events import AdvanceShippingNoticeCancelled, AdvanceShippingNoticeCreated
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeRecord, NoticeKey
from inventory_graph.purchasing.orders import check_instant
from inventory_graph.purchasing.policy import Line, Order, Seller
from inventory_graph.purchasing.refusals import OrderInAnotherState
from inventory_graph.purchasing.statements import ORDERS_OF_LINES
from inventory_graph.stock.loading import columns
from inventory_graph.stock.resolution import Article, articles_named
from inventory_graph.stock.service import code_of
from inventory_graph.stock.statements import SERIAL_SEPARATOR

SERIES = "ASN"
LINES_MAX = 1_000
ORDERS_MAX = 100
NAME_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 1_000

ANNOUNCED_IN = ("SENT", "PARTIALLY_RECEIVED")
"""In which states of an order a delivery of it can be announced: the supplier has it, and something is still to come."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedLine:
    """So much of an order's line, in its purchase unit, as a caller says it will come."""

    line_id: UUID
    quantity: Decimal
    lot_code: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What a supplier says of a delivery. ``delivery_note`` is the number that it will bear; ``expected_at`` None: when its orders are."""

    supplier_code: str
    lines: Sequence[AnnouncedLine]
    carrier: str | None = None
    tracking_number: str | None = None
    delivery_note: str | None = None
    note: str | None = None
    expected_at: datetime | None = None


async def create_advance_shipping_notice(tx: Transaction, *, announcing: Announcing) -> AdvanceShippingNoticeRecord:
    """Keep what is announced, up to 1,000 lines of up to 100 orders of one supplier, for one warehouse and in one currency, as one receipt
    has them. More than is outstanding may be announced: whether it is let in is decided when it comes.

    Raises ``SupplierInactive``, ``OrderInAnotherState``, ``NotFound``, ``InvalidInput``, ``UnitMismatch``, ``LimitExceeded`` and
    ``Forbidden``.
    """
    check_instant(announcing.expected_at)
    supplier = await active_supplier(tx, code=announcing.supplier_code, path=("supplier_code",))
    ordered, locked = await _ordered(tx, announcing.lines, supplier)
    variant_ids = {line.variant_id for line, _ in ordered}
    articles = await articles_named(tx, skus=(), ids=variant_ids)
    numbered: set[tuple[UUID, str]] = set()
    rows = [
        _row(position, given, line, articles[str(line.variant_id)], numbered)
        for position, (given, (line, _)) in enumerate(zip(announcing.lines, ordered, strict=True))
    ]
    first = locked[0].order
    head = AdvanceShippingNoticeRecord(
        id=uuid4(), number="", supplier_id=supplier.id, warehouse_id=first.head.warehouse_id, status="ANNOUNCED",
        carrier=_text(announcing.carrier, "carrier", NAME_LENGTH_MAX),
        tracking_number=_text(announcing.tracking_number, "tracking_number", NAME_LENGTH_MAX),
        delivery_note=_text(announcing.delivery_note, "delivery_note", NAME_LENGTH_MAX), note=_text(announcing.note, "note", TEXT_LENGTH_MAX),
        expected_at=announcing.expected_at, version=1, created_at=locked[-1].now, created_by=tx.actor.subject,
    )  # fmt: skip
    number: str = await tx.raw.fetchval(
        statements.WRITE, tx.tenant_id, SERIES, head.id, head.supplier_id, head.warehouse_id, head.carrier, head.tracking_number,
        head.delivery_note, head.note, head.expected_at, head.created_at, head.created_by, *columns(rows, 8),
    )  # fmt: skip
    head = replace(head, number=number)
    await tell_of_notice(
        tx, head=head, kind=AdvanceShippingNoticeCreated, seller=Seller.of(supplier), outlet_id=first.site.outlet_id
    )
    return head


async def _ordered(
    tx: Transaction, lines: Sequence[AnnouncedLine], supplier: SupplierRecord
) -> tuple[list[tuple[Line, Order]], list[Locked]]:
    """The line of an order that each line is of, and the locked orders; raises at the first line of one that cannot be announced so."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(
            f"An advance shipping notice has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",)
        )
    rows = await tx.raw.fetch(ORDERS_OF_LINES, tx.tenant_id, [line.line_id for line in lines])
    order_ids = sorted({row["purchase_order_id"] for row in rows})
    if len(order_ids) > ORDERS_MAX:
        raise LimitExceeded(f"A notice is of at most {ORDERS_MAX} orders; announce it in parts.", path=("lines",))
    locked = await lock_orders(tx, ids=order_ids)
    by_id = {line.id: (line, each.order) for each in locked for line in each.order.lines}
    found: list[tuple[Line, Order]] = []
    for number, given in enumerate(lines):
        path = ("lines", str(number), "purchase_order_line_id")
        if given.line_id not in by_id:
            raise NotFound(f"No purchase order has a line with the id {given.line_id}.", path=path)
        line, order = by_id[given.line_id]
        _check_order(order, found[0][1] if found else order, supplier, path)
        found.append((line, order))
    return found, locked


def _check_order(order: Order, first: Order, supplier: SupplierRecord, path: Path) -> None:
    """What comes by one receipt is of one supplier, for one warehouse and in one currency."""
    head = order.head
    if head.supplier_id != supplier.id:
        raise InvalidInput(f"{head.number} is not of {supplier.code}.", path=path)
    if head.status not in ANNOUNCED_IN:
        raise OrderInAnotherState(
            f"{head.number} is {head.status}; a delivery of it can be announced while it is {' or '.join(ANNOUNCED_IN)}.",
            path=path,
        )
    if head.warehouse_id != first.head.warehouse_id:
        raise InvalidInput(
            f"{head.number} is for another warehouse than {first.head.number}: announce it by itself.", path=path
        )
    if head.currency != first.head.currency:
        raise InvalidInput(
            f"{head.number} is in {head.currency}, what comes before it in {first.head.currency}: announce it by itself.",
            path=path,
        )


def _row(
    position: int, given: AnnouncedLine, line: Line, article: Article, numbered: set[tuple[UUID, str]]
) -> tuple[Any, ...]:
    """The line as it is kept; ``numbered`` are the pieces of the lines before it, by item."""
    path = ("lines", str(position))
    if given.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    announced = in_stock_unit(ArrivingLine(line_id=line.id, quantity=given.quantity), line, article, path)
    lot_code = code_of(given.lot_code, (*path, "lot_code")) if given.lot_code is not None else None
    if lot_code is None and given.expires_on is not None:
        raise InvalidInput("A date belongs to a lot: name the lotCode too.", path=(*path, "expires_on"))
    if lot_code is not None and article.tracking == "NONE":
        raise InvalidInput(f"{line.sku} is not tracked by lot: leave lotCode away.", path=(*path, "lot_code"))
    _check_serials(given.serials, announced, line, article, numbered, (*path, "serials"))
    return (
        uuid4(), position, line.id, given.quantity, announced, lot_code, given.expires_on,
        SERIAL_SEPARATOR.join(given.serials) if given.serials else None,
    )  # fmt: skip


def _check_serials(
    serials: Sequence[str],
    announced: Decimal,
    line: Line,
    article: Article,
    numbered: set[tuple[UUID, str]],
    path: Path,
) -> None:
    """None, or as many as pieces, each once in the notice; none for an item that is not tracked by serial."""
    if not serials:
        return
    if article.tracking != "SERIAL":
        raise InvalidInput(f"{line.sku} is not tracked by serial: leave serials away.", path=path)
    if len(serials) != announced:
        raise InvalidInput(
            f"{announced.normalize():f} pieces of {line.sku} have as many serials, {len(serials)} were given.",
            path=path,
        )
    for serial in serials:
        piece = (article.item_id, code_of(serial, path))
        if piece in numbered:
            raise InvalidInput(f"The serial {serial[:80]!r} is announced twice.", path=path)
        numbered.add(piece)


async def cancel_advance_shipping_notice(
    tx: Transaction, *, key: NoticeKey, reason: str
) -> AdvanceShippingNoticeRecord:
    """It does not come; its orders wait for the goods as before. Raises ``AdvanceShippingNoticeUnknown``, ``NoticeInAnotherState``,
    ``InvalidInput`` and ``Forbidden``."""
    said = checked_text(reason, path=("reason",), length_max=TEXT_LENGTH_MAX, is_multiline=True)
    locked = await lock_notice(tx, key=key, step="CANCELLED")
    head = locked.head
    outlet_id = (await warehouses_by_id(tx, [head.warehouse_id]))[head.warehouse_id].outlet_id
    tx.actor.require_outlet(outlet_id)
    after = replace(
        head, status="CANCELLED", version=head.version + 1, resolved_at=locked.now, resolved_by=tx.actor.subject,
        cancellation_reason=said,
    )  # fmt: skip
    await update_notice(tx, after=after, kind=AdvanceShippingNoticeCancelled, outlet_id=outlet_id)
    return after


def _text(value: str | None, name: str, length_max: int) -> str | None:
    if value is None or not value.strip():
        return None
    return checked_text(value, path=(name,), length_max=length_max, is_multiline=True)
