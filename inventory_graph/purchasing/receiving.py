"""Receiving what was ordered: the receipt, the stock and what is left of the orders change together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from inventory_graph import idempotency
from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, Refusal
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import WarehouseInactive
from inventory_graph.outbox import emit_all
from inventory_graph.purchasing import policy, statements
from inventory_graph.purchasing.arrivals import (
    Arrival,
    ArrivingLine,
    Delivery,
    Named,
    arrive,
    checked_rate,
    count_in,
    everything_announced,
    everything_left,
    named_of,
    net_let_in,
)
from inventory_graph.purchasing.documents import lock_order
from inventory_graph.purchasing.events import event_of
from inventory_graph.purchasing.notice_receiving import (
    AnnouncedDelivery,
    announced_delivery,
    check_only_order,
    lock_delivery,
    receive_notice,
)
from inventory_graph.purchasing.policy import Line, Order, Rules, Seller, Site
from inventory_graph.purchasing.receipt_events import GoodsReceiptCreated, GoodsReceiptPosted, received_items
from inventory_graph.purchasing.records import GoodsReceiptRecord, OrderKey
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock import resolution
from inventory_graph.stock.book import EARLIEST, FUTURE_TOLERANCE
from inventory_graph.stock.commands import Command, Document
from inventory_graph.stock.loading import columns
from inventory_graph.stock.posting import post_one
from inventory_graph.stock.service import check_backdating
from inventory_graph.stock.statements import SERIAL_SEPARATOR

SERIES = "GRN"
OPERATION = "receivePurchaseOrder"
DOCUMENT = "goods_receipt"
WHOLE = "*"
"""A receipt posts as a whole: all its lines or none."""
LINES_MAX = 1_000
TEXT_LENGTH_MAX = 1_000
DELIVERY_NOTE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTerms:
    """What a caller says of a receipt beside its lines. ``notice_id`` is the advance shipping notice that announced it; ``exchange_rate`` is
    how much of the tenant's currency one of the prices' is worth; ``occurred_at`` None is now."""

    notice_id: UUID | None = None
    exchange_rate: Decimal | None = None
    delivery_note: str | None = None
    note: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving(ReceiptTerms):
    """What a caller says arrived of an order. ``lines`` None is what its notice announced, without one everything that has not come yet."""

    key: OrderKey
    expected_version: int | None = None
    lines: Sequence[ArrivingLine] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAnswer:
    """The ids of a receipt and of its order, None unless it is of just one; ``replayed`` when an earlier call made it."""

    goods_receipt_id: UUID
    purchase_order_id: UUID | None
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Who delivers where, and the locked orders that what comes is of; ``now`` is when the last lock was held."""

    seller: Seller
    warehouse_id: UUID
    site: Site
    orders: Sequence[Order]
    rules: Rules
    currency: str
    payment_terms_days: int | None
    now: datetime

    @property
    def order(self) -> Order | None:
        """The order, where there is just one."""
        return self.orders[0] if len(self.orders) == 1 else None

    @property
    def subject(self) -> str:
        """What people call what arrives."""
        return self.order.head.number if self.order is not None else "The delivery"


async def receive_purchase_order(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], receiving: Receiving
) -> ReceiptAnswer:
    """Let in, set aside or send away what arrives of an order, up to 1,000 lines at once; ``arguments`` are what the key stands for.

    Raises ``PurchaseOrderUnknown``, ``OrderInAnotherState``, ``OrderChanged``, ``AdvanceShippingNoticeUnknown``,
    ``NoticeInAnotherState``, ``OverReceipt``, ``WarehouseInactive``, ``NotFound``, ``InvalidInput``, ``UnitMismatch``, ``Forbidden``, and
    what the stock book refuses.
    """
    recorded = await idempotency.claim(tx, operation=OPERATION, key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return replayed_receipt(recorded)
    announced = await announced_delivery(tx, notice_id=receiving.notice_id)
    locked = await lock_order(tx, key=receiving.key, step="RECEIVED", expected_version=receiving.expected_version)
    order = locked.order
    if not order.site.is_open:
        raise WarehouseInactive(
            f"The warehouse of {order.head.number} is archived. Make it active again with updateWarehouse first.",
            path=receiving.key.path,
        )
    intake = Intake(
        seller=order.seller, warehouse_id=order.head.warehouse_id, site=order.site, orders=[order], rules=locked.rules,
        currency=order.head.currency, payment_terms_days=order.head.payment_terms_days, now=locked.now,
    )  # fmt: skip
    check_occurred(tx, receiving, now=locked.now)
    lines = receiving.lines
    if announced is not None:
        check_only_order(announced, order_id=order.head.id, number=order.head.number)
        announced = await lock_delivery(tx, delivery=announced)
        lines = lines if lines is not None else everything_announced(announced.lines)
    lines = lines if lines is not None else everything_left(order)
    check_count_of_lines(lines)
    receipt = await take_in(tx, intake=intake, lines=named_of(order, lines), terms=receiving, announced=announced)
    return await answer_receipt(tx, operation=OPERATION, key=idempotency_key, receipt=receipt)


def replayed_receipt(recorded: Mapping[str, Any]) -> ReceiptAnswer:
    """The answer that was given before."""
    order_id = recorded["purchase_order_id"]
    return ReceiptAnswer(
        goods_receipt_id=UUID(recorded["goods_receipt_id"]),
        purchase_order_id=UUID(order_id) if order_id is not None else None,
        replayed=True,
    )


async def answer_receipt(tx: Transaction, *, operation: str, key: str, receipt: GoodsReceiptRecord) -> ReceiptAnswer:
    """Keep the answer under its key, and give it."""
    order_id = receipt.purchase_order_id
    value = {
        "goods_receipt_id": str(receipt.id),
        "purchase_order_id": str(order_id) if order_id is not None else None,
    }
    await idempotency.answer(tx, operation=operation, key=key, value=value)
    return ReceiptAnswer(goods_receipt_id=receipt.id, purchase_order_id=order_id)


def check_count_of_lines(lines: Sequence[ArrivingLine]) -> None:
    """Raise ``InvalidInput`` for no line, and for more than a receipt has."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"A receipt has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))


def check_occurred(tx: Transaction, terms: ReceiptTerms, *, now: datetime) -> None:
    """Raise ``InvalidInput`` or ``Forbidden`` for a time at which it cannot have come. The book looks at it too, but not where all is
    rejected."""
    if terms.occurred_at is None:
        return
    if not EARLIEST <= terms.occurred_at <= now + FUTURE_TOLERANCE:
        raise InvalidInput(
            f"Goods came when they came: not in the future, nor before {EARLIEST:%Y}.", path=("occurred_at",)
        )
    check_backdating(tx.actor, occurred_at=terms.occurred_at, now=now)


async def take_in(
    tx: Transaction,
    *,
    intake: Intake,
    lines: Sequence[Named],
    terms: ReceiptTerms,
    announced: AnnouncedDelivery | None,
) -> GoodsReceiptRecord:
    """Make the receipt of these lines: stock, orders, receipt and the locked notice change. Names are looked up together, however many there
    are."""
    if announced is not None and terms.delivery_note is None:
        terms = replace(terms, delivery_note=announced.head.delivery_note)
    came_at = terms.occurred_at or intake.now
    delivery = Delivery(
        currency=intake.currency,
        exchange_rate=checked_rate(intake.subject, intake.currency, intake.rules.currency, terms.exchange_rate),
        came_at=came_at,
        timezone=intake.site.timezone,
        articles=await resolution.articles_named(tx, skus=(), ids={each.line.variant_id for each in lines}),
        location_ids=await resolution.locations(
            tx,
            warehouse_id=intake.warehouse_id,
            codes={
                ("lines", str(number), "location_code"): each.given.location_code for number, each in enumerate(lines)
            },
        ),
    )
    arrivals = arrive(delivery, lines)
    changed = count_in(arrivals, tx.actor, intake.rules)
    receipt_id = uuid4()
    now = await _post(tx, intake, arrivals, terms, receipt_id)
    receipt = await _record(tx, intake, delivery, arrivals, changed, terms, receipt_id, now)
    if announced is not None:
        await receive_notice(tx, delivery=announced, receipt=receipt, outlet_id=intake.site.outlet_id)
    return receipt


async def _post(
    tx: Transaction, intake: Intake, arrivals: Sequence[Arrival], terms: ReceiptTerms, receipt_id: UUID
) -> datetime:
    """Bring into stock what is let in; the time at which the book did."""
    let_in = [arrival for arrival in arrivals if arrival.is_let_in]
    if not let_in:
        return intake.now
    command = Command(
        id=uuid4(),
        lines=tuple(arrival.receipt(intake.warehouse_id) for arrival in let_in),
        recorded_by=tx.actor.subject,
        reference=intake.order.head.number
        if intake.order is not None
        else _text(terms.delivery_note, "delivery_note", length_max=DELIVERY_NOTE_LENGTH_MAX),
        document=Document(type=DOCUMENT, id=receipt_id, line=WHOLE, kind="RECEIPT"),
        occurred_at=terms.occurred_at,
    )
    try:
        posted = await post_one(tx, command)
    except Refusal as refusal:
        raise as_asked(refusal, [arrival.position for arrival in let_in]) from None
    return posted.movements[0].recorded_at


def as_asked(refusal: Refusal, positions: Sequence[int]) -> Refusal:
    """The refusal with the place of the line among those that the caller named."""
    if refusal.path[:1] == ("lines",) and len(refusal.path) > 1:
        refusal.path = ("lines", str(positions[int(refusal.path[1])]), *refusal.path[2:])
    return refusal


async def _record(
    tx: Transaction,
    intake: Intake,
    delivery: Delivery,
    arrivals: Sequence[Arrival],
    lines: Sequence[Line],
    terms: ReceiptTerms,
    receipt_id: UUID,
    now: datetime,
) -> GoodsReceiptRecord:
    """Write the receipt and what it makes of the orders, and tell of all."""
    orders, by = intake.orders, tx.actor.subject
    for order in orders:
        order.take("RECEIVED", at=now, by=by, details=_details(order, arrivals), status=policy.status_by_lines(order))
    delivery_note = _text(terms.delivery_note, "delivery_note", length_max=DELIVERY_NOTE_LENGTH_MAX)
    note, net_amount = _text(terms.note, "note"), net_let_in(arrivals)
    number: str = await tx.raw.fetchval(
        statements.WRITE_RECEIPT, tx.tenant_id, *order_columns(orders), now, by,
        *columns([(line.id, line.received, line.rejected) for line in lines], 3),
        SERIES, receipt_id, intake.seller.id, intake.warehouse_id, delivery_note, note, delivery.currency, delivery.exchange_rate,
        net_amount, delivery.came_at, *columns([_row(arrival) for arrival in arrivals], 13),
    )  # fmt: skip
    receipt = GoodsReceiptRecord(
        id=receipt_id, number=number, purchase_order_id=intake.order.head.id if intake.order is not None else None,
        supplier_id=intake.seller.id, warehouse_id=intake.warehouse_id, status="POSTED", delivery_note=delivery_note, note=note,
        currency=delivery.currency, exchange_rate=delivery.exchange_rate, net_amount=net_amount, received_at=delivery.came_at,
        recorded_at=now, recorded_by=by, reversed_at=None, reversed_by=None, reversal_reason=None,
    )  # fmt: skip
    told: dict[str, Any] = {
        "tenant_id": tx.tenant_id,
        "receipt": receipt,
        "orders": tuple(each.head for each in orders),
    }
    posted = GoodsReceiptPosted(
        aggregate_id=receipt_id, aggregate_version=2, seller=intake.seller, outlet_id=intake.site.outlet_id,
        payment_terms_days=intake.payment_terms_days, lines=received_items(arrivals), **told,
    )  # fmt: skip
    await emit_all(
        tx,
        [
            GoodsReceiptCreated(aggregate_id=receipt_id, aggregate_version=1, **told),
            posted,
            *(event_of(order, order.steps[-1], tenant_id=tx.tenant_id) for order in orders),
        ],
    )
    return receipt


def order_columns(orders: Sequence[Order]) -> tuple[list[Any], ...]:
    """The orders as a statement takes them: id, status, version, and the details of their last step."""
    return (
        [order.head.id for order in orders],
        [order.head.status for order in orders],
        [order.head.version for order in orders],
        [order.steps[-1].details for order in orders],
    )


def _details(order: Order, arrivals: Sequence[Arrival]) -> dict[str, str]:
    """How much came in of each line, by its position in the order."""
    sums: dict[str, Decimal] = {}
    for arrival in arrivals:
        if arrival.order is order:
            position = str(arrival.line.position)
            sums[position] = sums.get(position, ZERO) + (arrival.quantity if arrival.is_let_in else ZERO)
    return {position: quantity_to_text(quantity) for position, quantity in sums.items()}


def _row(arrival: Arrival) -> tuple[Any, ...]:
    lot = arrival.lot
    return (
        arrival.id, arrival.position, arrival.order_line_id, arrival.line.variant_id, arrival.disposition, arrival.quantity,
        arrival.unit_price, arrival.unit_cost, arrival.location_id, lot.code if lot is not None else None,
        (lot.expires_on or lot.expires_on_if_new) if lot is not None else None,
        SERIAL_SEPARATOR.join(arrival.serials) if arrival.serials else None, arrival.reason,
    )  # fmt: skip


def _text(value: str | None, name: str, *, length_max: int = TEXT_LENGTH_MAX) -> str | None:
    if value is None or not value.strip():
        return None
    return checked_text(value, path=(name,), length_max=length_max, is_multiline=True)
