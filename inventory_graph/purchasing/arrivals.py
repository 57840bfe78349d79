"""What arrives, decided line by line: how much, into which state, at which cost. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.purchasing.drafting import checked_price
from inventory_graph.purchasing.money import net_of
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeLineRecord
from inventory_graph.purchasing.policy import MANAGE, Line, Order, Rules
from inventory_graph.purchasing.refusals import OverReceipt
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.commands import LotReference, Receive, StockState
from inventory_graph.stock.costing import COST_STEP
from inventory_graph.stock.resolution import Article
from inventory_graph.stock.service import code_of, end_of_life
from inventory_graph.unlocked import dataclass

RATE_MAX = Decimal("1e9")
REASON_LENGTH_MAX = 1_000

Path = tuple[str, ...]

STATES: Mapping[str, StockState] = {
    "ACCEPTED": StockState.AVAILABLE,
    "QUARANTINED": StockState.QUARANTINED,
    "DAMAGED": StockState.DAMAGED,
}
"""Into which state of stock each disposition leads; what is rejected never comes in."""

# Digits enough for any quotient of what the columns can hold.
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingLine:
    """So much of something, as a caller names it: by the id of an order's line, or by a SKU. ``unit`` None is the line's purchase unit;
    ``unit_price`` None is the order's price."""

    line_id: UUID | None = None
    sku: str | None = None
    quantity: Decimal
    unit: str | None = None
    is_in_stock_unit: bool = False
    disposition: str = "ACCEPTED"
    unit_price: Decimal | None = None
    currency: str | None = None
    location_code: str | None = None
    lot_code: str | None = None
    manufactured_on: date | None = None
    best_before: date | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a caller says arrived, with the line and the order that it is of. Of no order it is of a line that says the same and is kept
    nowhere."""

    given: ArrivingLine
    line: Line
    order: Order | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What arrives of one line, in its stock unit; ``unit_cost`` is per stock unit in the tenant's currency, ``net_amount`` in the
    receipt's."""

    id: UUID
    position: int
    line: Line
    order: Order | None
    disposition: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    net_amount: Decimal
    location_id: UUID | None
    lot: LotReference | None
    serials: tuple[str, ...]
    reason: str | None

    @property
    def order_line_id(self) -> UUID | None:
        """The line of the order that it is of, None of none."""
        return self.line.id if self.order is not None else None

    @property
    def is_let_in(self) -> bool:
        """Whether it comes into stock at all."""
        return self.disposition != "REJECTED"

    def receipt(self, warehouse_id: UUID) -> Receive:
        """The line of a command that brings it into stock."""
        return Receive(
            variant_id=self.line.variant_id, warehouse_id=warehouse_id, quantity=self.quantity, unit_cost=self.unit_cost,
            location_id=self.location_id, lot=self.lot, serials=self.serials, state=STATES[self.disposition],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What all lines of a receipt share: the currency of its prices and its rate, when it came and by which calendar, what the names of
    articles and places mean."""

    currency: str
    exchange_rate: Decimal
    came_at: datetime
    timezone: str
    articles: Mapping[str, Article]
    location_ids: Mapping[str, UUID]


def checked_rate(subject: str, currency: str, ours: str, rate: Decimal | None) -> Decimal:
    """How much of our currency one of the subject's is worth; raises ``InvalidInput`` where it is missing or makes no sense."""
    if currency == ours:
        if rate not in {None, Decimal(1)}:
            raise InvalidInput(
                f"{subject} is in {ours}, the tenant's own currency: its rate is 1.", path=("exchange_rate",)
            )
        return Decimal(1)
    if rate is None:
        raise InvalidInput(
            f"{subject} is in {currency}: say how much {ours} one {currency} is worth, and its costs are kept at that rate.",
            path=("exchange_rate",),
        )
    if not 0 < rate < RATE_MAX:
        raise InvalidInput("A rate is more than 0 and below 10^9.", path=("exchange_rate",))
    return rate


def everything_left(order: Order) -> list[ArrivingLine]:
    """What has not come of any line, all of it good; raises ``InvalidInput`` where all has come."""
    left = [
        ArrivingLine(line_id=line.id, quantity=line.outstanding, is_in_stock_unit=True)
        for line in order.lines
        if line.outstanding
    ]
    if not left:
        raise InvalidInput(
            f"All of {order.head.number} has come. Name the lines of which more arrives.", path=("lines",)
        )
    return left


def everything_announced(lines: Sequence[AdvanceShippingNoticeLineRecord]) -> list[ArrivingLine]:
    """What a notice says will come, with its lots and pieces, all of it good."""
    return [
        ArrivingLine(
            line_id=line.purchase_order_line_id, quantity=line.announced, is_in_stock_unit=True, lot_code=line.lot_code,
            expires_on=line.expires_on, serials=tuple(line.serials),
        )
        for line in lines
    ]  # fmt: skip


def arrive(delivery: Delivery, lines: Sequence[Named]) -> list[Arrival]:
    """What the lines bring; raises ``InvalidInput`` or ``UnitMismatch``, whose path begins with ``lines.N``."""
    return [_arrival(delivery, position, each) for position, each in enumerate(lines)]


def named_of(order: Order, lines: Sequence[ArrivingLine]) -> list[Named]:
    """Which lines of an order are meant; raises ``InvalidInput`` or ``NotFound``, whose path begins with ``lines.N``."""
    by_id = {line.id: line for line in order.lines}
    by_sku: dict[str, list[Line]] = {}
    for line in order.lines:
        by_sku.setdefault(line.sku, []).append(line)
    return [
        Named(given=given, line=_named(given, by_id, by_sku, order, ("lines", str(number))), order=order)
        for number, given in enumerate(lines)
    ]


def _named(
    given: ArrivingLine, by_id: Mapping[UUID, Line], by_sku: Mapping[str, list[Line]], order: Order, path: Path
) -> Line:
    if (given.line_id is None) == (given.sku is None):
        raise InvalidInput("Name the order's line by lineId or by sku, and by one of them only.", path=(*path, "sku"))
    if given.line_id is not None:
        if given.line_id not in by_id:
            raise NotFound(f"{order.head.number} has no line with the id {given.line_id}.", path=(*path, "line_id"))
        return by_id[given.line_id]
    found = by_sku.get(given.sku or "", [])
    if not found:
        raise NotFound(f"{order.head.number} has no line of {(given.sku or '')[:80]!r}.", path=(*path, "sku"))
    if len(found) > 1:
        raise InvalidInput(
            f"{order.head.number} has {len(found)} lines of {given.sku}: name the one that came by lineId.",
            path=(*path, "sku"),
        )
    return found[0]


def _arrival(delivery: Delivery, position: int, named: Named) -> Arrival:
    path = ("lines", str(position))
    given, line, order = named.given, named.line, named.order
    article = delivery.articles[str(line.variant_id)]
    if given.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    quantity = in_stock_unit(given, line, article, path)
    unit_price = _price(given, line, delivery.currency, path)
    per_stock_unit = Fraction(unit_price) * Fraction(line.quantity) / Fraction(line.ordered)
    disposition = given.disposition
    if disposition == "ACCEPTED" and order is not None and order.head.is_inspected:
        disposition = "QUARANTINED"
    if disposition == "REJECTED" and (given.lot_code or given.serials or given.location_code):
        raise InvalidInput(
            "What is rejected does not come in: it has no place, lot or serials here.", path=(*path, "disposition")
        )
    return Arrival(
        id=uuid4(), position=position, line=line, order=order, disposition=disposition, quantity=quantity, unit_price=unit_price,
        unit_cost=_rounded(per_stock_unit * Fraction(delivery.exchange_rate)),
        net_amount=net_of(_rounded(per_stock_unit * Fraction(quantity)), Decimal(1), delivery.currency, path=(*path, "quantity")),
        location_id=delivery.location_ids[given.location_code] if given.location_code is not None else None,
        lot=_lot(delivery, given, article, path),
        serials=tuple(code_of(serial, (*path, "serials")) for serial in given.serials),
        reason=_reason(given, path),
    )  # fmt: skip


def in_stock_unit(given: ArrivingLine, line: Line, article: Article, path: Path) -> Decimal:
    """How much the line is in the stock unit, more than 0; raises ``InvalidInput`` or ``UnitMismatch``."""
    if given.is_in_stock_unit:
        return given.quantity
    unit = given.unit if given.unit is not None else line.unit_code
    if unit == line.unit_code and given.quantity == line.quantity:
        return line.ordered
    quantity = article.quantity(given.quantity, unit, path=(*path, "quantity"))
    if quantity <= 0:
        raise InvalidInput(f"That is nothing in {article.stock_unit.code}.", path=(*path, "quantity"))
    return quantity


def _price(given: ArrivingLine, line: Line, currency: str, path: Path) -> Decimal:
    if given.unit_price is None:
        return line.unit_price
    if given.currency != currency:
        raise InvalidInput(
            f"The order is in {currency}, and so are its prices; this is in {(given.currency or '')[:80]!r}.",
            path=(*path, "unit_price", "currency"),
        )
    return checked_price(given.unit_price, path=(*path, "unit_price", "amount"))


def _lot(delivery: Delivery, given: ArrivingLine, article: Article, path: Path) -> LotReference | None:
    dates = {"manufactured_on": given.manufactured_on, "best_before": given.best_before, "expires_on": given.expires_on}
    if given.lot_code is None:
        for name, day in dates.items():
            if day is not None:
                raise InvalidInput("A date belongs to a lot: name the lotCode too.", path=(*path, name))
        return None
    end = None
    if given.expires_on is None and article.shelf_life_days is not None:
        end = end_of_life(article.shelf_life_days, came_at=delivery.came_at, timezone=delivery.timezone)
    return LotReference(code=code_of(given.lot_code, (*path, "lot_code")), **dates, expires_on_if_new=end)


def _reason(given: ArrivingLine, path: Path) -> str | None:
    reason = given.reason.strip() if given.reason is not None else ""
    if len(reason) > REASON_LENGTH_MAX:
        raise InvalidInput(f"At most {REASON_LENGTH_MAX} characters, this has {len(reason)}.", path=(*path, "reason"))
    return reason or None


def _rounded(value: Fraction) -> Decimal:
    return _EXACT.quantize(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)), COST_STEP)


def count_in(arrivals: Sequence[Arrival], actor: Actor, rules: Rules) -> list[Line]:
    """Add what arrives to its lines of orders; the lines that changed. Raises ``OverReceipt``."""
    changed: dict[UUID, Line] = {}
    for arrival in arrivals:
        if arrival.order is None:
            continue
        line = arrival.line
        changed[line.id] = line
        if not arrival.is_let_in:
            line.rejected += arrival.quantity
            continue
        line.received += arrival.quantity
        allowed = line.ordered * (1 + rules.over_receipt_percent / 100)
        if line.received > allowed and not actor.may(MANAGE):
            raise OverReceipt(
                f"{quantity_to_text(line.received)} of {line.sku} would have come where {quantity_to_text(line.ordered)} were"
                f" ordered; more than {quantity_to_text(rules.over_receipt_percent)} % over takes the permission {MANAGE}.",
                path=("lines", str(arrival.position), "quantity"),
            )
    return list(changed.values())


def net_let_in(arrivals: Sequence[Arrival]) -> Decimal:
    """What came in is worth at its prices, in the receipt's currency."""
    return sum((arrival.net_amount for arrival in arrivals if arrival.is_let_in), ZERO)
