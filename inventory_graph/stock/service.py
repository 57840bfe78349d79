"""The verbs of the stock book: receive, adjust, set and move stock, each with its idempotency key.

A verb resolves names, posts one command and answers what it recorded. The same key with the same arguments answers the same
again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from inventory_graph import idempotency
from inventory_graph.actor import Actor
from inventory_graph.db import Transaction
from inventory_graph.errors import Forbidden, InvalidInput, Refusal
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.stock import answers, resolution
from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Line,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    StockState,
)
from inventory_graph.stock.costing import COST_STEP
from inventory_graph.stock.posting import post_one

LINES_MAX = 500
TEXT_LENGTH_MAX = 1_000
CODE_LENGTH_MAX = 100
BACKDATED_FREELY = timedelta(hours=48)
UNIT_COST_MAX = Decimal("1e12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse as a caller names it: by one of three keys, or by none for the tenant's default."""

    id: UUID | None = None
    code: str | None = None
    outlet_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """What arrives of one SKU, in ``unit`` (None: the stock unit); the cost is per that unit."""

    sku: str
    quantity: Decimal
    unit: str | None = None
    unit_cost: Decimal | None = None
    currency: str | None = None
    location_code: str | None = None
    lot_code: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


async def receive_stock(
    tx: Transaction,
    *,
    idempotency_key: str,
    lines: Sequence[ReceiptLine],
    place: Place,
    reference: str | None = None,
    occurred_at: datetime | None = None,
    reason: str | None = None,
) -> answers.Answer:
    """Stock that arrives without a purchase order: opening stock, found goods, a direct receipt."""
    verb = _Verb(
        tx,
        "receiveStock",
        idempotency_key,
        {"lines": lines, "warehouse": place, "reference": reference, "occurredAt": occurred_at},
    )
    if (replay := await verb.claim()) is not None:
        return replay
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"A receipt has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))
    warehouse = await verb.warehouse(place)
    articles = await resolution.articles(tx, [line.sku for line in lines])
    places = await resolution.locations(
        tx,
        warehouse_id=warehouse.id,
        codes={("lines", str(n), "location_code"): line.location_code for n, line in enumerate(lines)},
    )
    ends = await _shelf_lives(verb, list(zip(lines, articles, strict=True)), warehouse, occurred_at)
    return await verb.post(
        [
            _receive(line, article, warehouse, places, end_of_life, tx.actor.currency, ("lines", str(position)))
            for position, (line, article, end_of_life) in enumerate(zip(lines, articles, ends, strict=True))
        ],
        reason=reason,
        reference=reference,
        occurred_at=occurred_at,
    )


async def _shelf_lives(
    verb: "_Verb",
    lines: Sequence[tuple[ReceiptLine, resolution.Article]],
    warehouse: WarehouseRecord,
    occurred_at: datetime | None,
) -> list[date | None]:
    """When each line's lot would expire by the item's shelf life, counted from the day it came by the calendar of the
    warehouse; None where the line says itself, or there is no shelf life."""
    days_of_life = [
        article.shelf_life_days if line.lot_code is not None and line.expires_on is None else None
        for line, article in lines
    ]
    if not any(days_of_life):
        return [None] * len(lines)
    came_at = occurred_at if occurred_at is not None else await verb.now()
    return [
        end_of_life(days, came_at=came_at, timezone=warehouse.timezone) if days is not None else None
        for days in days_of_life
    ]


def end_of_life(days: int, *, came_at: datetime, timezone: str) -> date:
    """The last day on which something may be used that came then and lasts so many days; raises ``InvalidInput``."""
    try:
        return came_at.astimezone(ZoneInfo(timezone)).date() + timedelta(days=days)
    except OverflowError:
        raise InvalidInput(
            "No calendar knows that day: give the time at which it came.", path=("occurred_at",)
        ) from None


def check_backdating(actor: Actor, *, occurred_at: datetime, now: datetime) -> None:
    """Raise ``Forbidden`` for what happened long ago, unless the caller may record that."""
    if not actor.may("inventory.stock.manage") and now - occurred_at > BACKDATED_FREELY:
        raise Forbidden(
            "To record what happened more than 48 hours ago takes the permission inventory.stock.manage.",
            path=("occurred_at",),
        )


def _receive(
    line: ReceiptLine,
    article: resolution.Article,
    warehouse: WarehouseRecord,
    places: Mapping[str, UUID],
    end_of_life: date | None,
    currency: str,
    path: tuple[str, ...],
) -> Receive:
    quantity = article.quantity(line.quantity, line.unit, path=(*path, "quantity"))
    unit_cost = line.unit_cost
    if unit_cost is not None:
        if line.currency != currency:
            raise InvalidInput(
                f"Costs are kept in {currency}, not in {(line.currency or '')[: resolution.SHOWN_LENGTH_MAX]!r}.",
                path=(*path, "unit_cost", "currency"),
            )
        if not 0 <= unit_cost < UNIT_COST_MAX:
            raise InvalidInput("A unit cost is 0 or more, below 10^12.", path=(*path, "unit_cost", "amount"))
        if quantity:
            unit_cost = (unit_cost * line.quantity / quantity).quantize(COST_STEP, ROUND_HALF_EVEN)
    lot = None
    if line.lot_code is not None:
        lot = LotReference(
            code=code_of(line.lot_code, (*path, "lot_code")),
            expires_on=line.expires_on,
            expires_on_if_new=end_of_life,
        )
    elif line.expires_on is not None:
        raise InvalidInput("An expiry date belongs to a lot: name the lotCode too.", path=(*path, "expires_on"))
    return Receive(
        variant_id=article.variant_id,
        warehouse_id=warehouse.id,
        quantity=quantity,
        unit_cost=unit_cost,
        location_id=places[line.location_code] if line.location_code is not None else None,
        lot=lot,
        serials=tuple(code_of(serial, (*path, "serials")) for serial in line.serials),
    )


async def adjust_stock(
    tx: Transaction,
    *,
    idempotency_key: str,
    sku: str,
    place: Place,
    delta: Decimal,
    reason: str,
    unit: str | None = None,
    location_code: str | None = None,
    lot_code: str | None = None,
    note: str | None = None,
    occurred_at: datetime | None = None,
) -> answers.Answer:
    """A change by a difference, with a reason."""
    given = {
        "sku": sku, "warehouse": place, "delta": delta, "unit": unit, "locationCode": location_code, "lotCode": lot_code,
        "reason": reason, "note": note, "occurredAt": occurred_at,
    }  # fmt: skip
    verb = _Verb(tx, "adjustStock", idempotency_key, given)
    if (replay := await verb.claim()) is not None:
        return replay
    warehouse, article = await verb.warehouse(place), await verb.article(sku)
    places = await resolution.locations(tx, warehouse_id=warehouse.id, codes={("location_code",): location_code})
    line = Adjust(
        variant_id=article.variant_id,
        warehouse_id=warehouse.id,
        delta=article.quantity(delta, unit, path=("delta",)),
        location_id=places[location_code] if location_code is not None else None,
        lot=LotReference(code=code_of(lot_code, ("lot_code",))) if lot_code is not None else None,
    )
    return await verb.post([line], reason=reason, note=note, occurred_at=occurred_at)


async def set_stock(
    tx: Transaction,
    *,
    idempotency_key: str,
    sku: str,
    place: Place,
    quantity: Decimal,
    change_from: Decimal | None,
    reason: str,
) -> answers.Answer:
    """A change of on hand to an absolute quantity, guarded by the quantity the caller believes; None opts out."""
    given = {"sku": sku, "warehouse": place, "quantity": quantity, "changeFromQuantity": change_from, "reason": reason}
    verb = _Verb(tx, "setStock", idempotency_key, given)
    if (replay := await verb.claim()) is not None:
        return replay
    warehouse, article = await verb.warehouse(place), await verb.article(sku)
    line = SetOnHand(
        variant_id=article.variant_id,
        warehouse_id=warehouse.id,
        quantity=article.quantity(quantity, None, path=("quantity",)),
        change_from=change_from,
    )
    return await verb.post([line], reason=reason)


async def move_stock(
    tx: Transaction,
    *,
    idempotency_key: str,
    sku: str,
    place: Place,
    quantity: Decimal,
    reason: str,
    unit: str | None = None,
    lot_code: str | None = None,
    serials: tuple[str, ...] = (),
    from_state: StockState = StockState.AVAILABLE,
    to_state: StockState = StockState.AVAILABLE,
    from_location_code: str | None = None,
    to_location_code: str | None = None,
    note: str | None = None,
) -> answers.Answer:
    """Between states of one balance, or between locations of one warehouse."""
    given = {
        "sku": sku, "warehouse": place, "quantity": quantity, "unit": unit, "lotCode": lot_code, "serials": serials,
        "fromState": from_state, "toState": to_state, "fromLocationCode": from_location_code,
        "toLocationCode": to_location_code, "reason": reason, "note": note,
    }  # fmt: skip
    verb = _Verb(tx, "moveStock", idempotency_key, given)
    if (replay := await verb.claim()) is not None:
        return replay
    warehouse, article = await verb.warehouse(place), await verb.article(sku)
    places = await resolution.locations(
        tx,
        warehouse_id=warehouse.id,
        codes={("from_location_code",): from_location_code, ("to_location_code",): to_location_code},
    )
    line = Move(
        variant_id=article.variant_id,
        warehouse_id=warehouse.id,
        quantity=article.quantity(quantity, unit, path=("quantity",)),
        from_state=from_state,
        to_state=to_state,
        from_location_id=places[from_location_code] if from_location_code is not None else None,
        to_location_id=places[to_location_code] if to_location_code is not None else None,
        lot=LotReference(code=code_of(lot_code, ("lot_code",))) if lot_code is not None else None,
        serials=tuple(code_of(serial, ("serials",)) for serial in serials),
    )
    return await verb.post([line], reason=reason, note=note)


class _Verb:
    """What every verb does around its command: claim the key, find places and articles, post, store the answer."""

    def __init__(self, tx: Transaction, operation: str, key: str, arguments: Mapping[str, Any]) -> None:
        self.tx = tx
        self.operation = operation
        self.key = key
        self.arguments = {name: value for name, value in arguments.items() if value is not None}
        self.is_single = "lines" not in arguments
        self._now: datetime | None = None

    async def now(self) -> datetime:
        """The database's time, the one clock of the book, asked once and only where a rule looks at it."""
        if self._now is None:
            self._now = await self.tx.raw.fetchval("SELECT clock_timestamp()")
        return self._now

    async def claim(self) -> answers.Answer | None:
        recorded = await idempotency.claim(self.tx, operation=self.operation, key=self.key, arguments=self.arguments)
        return answers.from_record(recorded, replayed=True) if recorded is not None else None

    async def warehouse(self, place: Place) -> WarehouseRecord:
        warehouse = await warehouse_of(self.tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
        self.tx.actor.require_outlet(warehouse.outlet_id)
        return warehouse

    async def article(self, sku: str) -> resolution.Article:
        return await resolution.article(self.tx, sku)

    async def post(
        self,
        lines: Sequence[Line],
        *,
        reason: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        occurred_at: datetime | None = None,
    ) -> answers.Answer:
        actor = self.tx.actor
        if occurred_at is not None:
            check_backdating(actor, occurred_at=occurred_at, now=await self.now())
        command = Command(
            id=uuid4(),
            lines=tuple(lines),
            recorded_by=actor.subject,
            reason=reason,
            note=_text(note, ("note",)),
            reference=_text(reference, ("reference",)),
            occurred_at=occurred_at,
        )
        try:
            posted = await post_one(self.tx, command)
        except Refusal as refusal:
            raise (_of_the_only_line(refusal) if self.is_single else refusal) from None
        answer = answers.of(posted, currency=actor.currency)
        await idempotency.answer(self.tx, operation=self.operation, key=self.key, value=answers.to_record(answer))
        return answer


def _of_the_only_line(refusal: Refusal) -> Refusal:
    """The refusal as the caller of a verb without lines sees it."""
    if refusal.path[:2] == ("lines", "0"):
        refusal.path = refusal.path[2:]
    return refusal


def _text(value: str | None, path: tuple[str, ...]) -> str | None:
    if value is not None and len(value) > TEXT_LENGTH_MAX:
        raise InvalidInput(f"At most {TEXT_LENGTH_MAX} characters, this has {len(value)}.", path=path)
    return value


def code_of(value: str, path: tuple[str, ...]) -> str:
    if not 1 <= len(value) <= CODE_LENGTH_MAX or not value.isprintable() or value != value.strip():
        raise InvalidInput(
            f"{value[:40]!r} is no code: 1 to {CODE_LENGTH_MAX} printable characters without spaces around them.",
            path=path,
        )
    return value
