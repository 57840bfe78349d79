"""What can be asked: plain values, each request with its own actor, so that many can share one transaction."""

from dataclasses import field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.errors import InvalidInput
from inventory_graph.outbox import current_traceparent
from inventory_graph.stock.commands import StockState
from inventory_graph.stock.service import Place
from inventory_graph.unlocked import dataclass

HOLD_DEFAULT = timedelta(minutes=15)
HOLD_MAX = timedelta(days=30)
PICKUP_GRACE = timedelta(hours=2)
"""How long what is to be collected is held after ``pickup_at``, unless the window's end is given."""
LINES_MAX = 100
MODIFIERS_MAX = 50
CALLERS_NAMES = {"keeps_remainder": "remainder", "place": "warehouse", "fills_partially": "fill_partially"}
"""What callers call what is called otherwise here: they are told by it what differs under a key that they used before."""
REFERENCE_LENGTH_MAX = 200
REASON_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """What one sold unit takes more of, or less with a minus, in the stock unit of the SKU."""

    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveLine:
    """So much of one variant, named by its SKU or id. Quantity 0 takes the owner's line of this reference away."""

    line_reference: str | None = None
    sku: str | None = None
    variant_id: UUID | None = None
    quantity: Decimal
    unit: str | None = None
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumeLine:
    """So much of one variant that was used or sold. The same ``line_reference`` of one order is deducted once."""

    sku: str
    quantity: Decimal
    unit: str | None = None
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    line_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request of one actor; ``idempotency_key`` None for what the service asks of itself.

    ``traceparent`` is the operation that asks: others do what it asks, together with what other operations do.
    """

    operation: ClassVar[str]

    actor: Actor
    idempotency_key: str | None = None
    traceparent: str | None = field(default_factory=current_traceparent.get, compare=False)

    def arguments(self) -> dict[str, Any]:
        """What a repetition must say again, by the callers' names for it: everything but who asks, the key and the operation."""
        kind: type = type(self)
        values = ((name, getattr(self, attribute)) for name, attribute in _argument_names(kind))
        return {name: value for name, value in values if value is not None and value != ()}


@cache
def _argument_names(kind: type) -> tuple[tuple[str, str], ...]:
    """The arguments of a kind of request: what callers call each, and its field."""
    names = [each.name for each in fields(kind) if each.name not in ("actor", "idempotency_key", "traceparent")]
    return tuple((CALLERS_NAMES.get(name, name), name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Request):
    """Hold stock for an owner. ``expires_in`` None with ``is_hard`` holds for good; ``deliver_to`` is (latitude, longitude)."""

    operation: ClassVar[str] = "reserveStock"

    lines: tuple[ReserveLine, ...]
    type: str = "ORDER"
    order_id: UUID | None = None
    reference: str | None = None
    place: Place | None = None
    expires_in: timedelta | None = None
    is_hard: bool = False
    pickup_at: datetime | None = None
    pickup_until: datetime | None = None
    on_shortage: str = "ALL_OR_NOTHING"
    minimum_shelf_life_days: int | None = None
    priority: int = 0
    fills_partially: bool = True
    deliver_to: tuple[float, float] | None = None
    channel: str | None = None

    @property
    def is_sale(self) -> bool:
        """Whether it is for somebody who buys: what is off sale is held for nobody of them."""
        return self.type in ("ORDER", "CLICK_AND_COLLECT", "POS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Request):
    """Let a hold last so long from now."""

    operation: ClassVar[str] = "extendReservation"

    reservation_id: UUID
    expires_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(Request):
    """Issue what is held: of each named line so much, of all lines everything without ``lines``."""

    operation: ClassVar[str] = "commitReservation"

    reservation_id: UUID
    lines: tuple[tuple[UUID, Decimal], ...] = ()
    keeps_remainder: bool = False
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPart:
    """So much of one hold, in the stock unit of what is held; by its pieces where it has any. ``to_state``: what it is found to be
    where it is given back."""

    hold_id: UUID
    quantity: Decimal
    serials: tuple[str, ...] = ()
    to_state: StockState = StockState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitHolds(Request):
    """Issue what was taken of these holds and no other; everything else stays held."""

    operation: ClassVar[str] = "commitHolds"

    reservation_id: UUID
    parts: tuple[HoldPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBackHolds(Request):
    """Give back these parts of holds: the lines shrink to what is still held for them."""

    operation: ClassVar[str] = "giveBackHolds"

    reservation_id: UUID
    parts: tuple[HoldPart, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Request):
    """Give back everything that is held."""

    operation: ClassVar[str] = "releaseReservation"

    reservation_id: UUID
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReady(Request):
    """What is to be collected lies ready."""

    operation: ClassVar[str] = "markReservationReady"

    reservation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNoShow(Request):
    """Nobody came to collect: everything is given back."""

    operation: ClassVar[str] = "markReservationNoShow"

    reservation_id: UUID
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Request):
    """The reservation is another order's: an order whose id was not known when it was made."""

    operation: ClassVar[str] = "assignReservation"

    reservation_id: UUID
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Request):
    """End a reservation whose time has passed; nothing happens to one whose time has not."""

    operation: ClassVar[str] = "expireReservation"

    reservation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumeStock(Request):
    """Deduct what an order, or nobody in particular, has used. ``is_additional``: on top of what was committed for the order."""

    operation: ClassVar[str] = "consumeStock"

    lines: tuple[ConsumeLine, ...]
    order_id: UUID | None = None
    reference: str | None = None
    place: Place | None = None
    reason: str = "SALE"
    occurred_at: datetime | None = None
    on_shortage: str = "ALL_OR_NOTHING"
    is_additional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseConsumption(Request):
    """Take back what was deducted for an order: of each SKU so much, all that is left without ``lines``."""

    operation: ClassVar[str] = "reverseConsumption"

    order_id: UUID | None = None
    reference: str | None = None
    lines: tuple[tuple[str, Decimal], ...] = ()
    reason: str | None = None


OfWhole: TypeAlias = Extend | Commit | Release | MarkReady | MarkNoShow | Assign | Expire
OfReservation: TypeAlias = OfWhole | CommitHolds | GiveBackHolds
AnyRequest: TypeAlias = Reserve | OfReservation | ConsumeStock | ReverseConsumption


def owner_of(order_id: UUID | None, reference: str | None, call_id: UUID) -> str:
    """Whose a reservation or consumption is: the order's, else the reference's, else this one call's.

    Raises ``InvalidInput`` for a reference that is empty or too long, also where the order is given.
    """
    if reference is not None and (not 1 <= len(reference) <= REFERENCE_LENGTH_MAX or not reference.isprintable()):
        raise InvalidInput(
            f"A reference has 1 to {REFERENCE_LENGTH_MAX} characters, all printable.", path=("reference",)
        )
    if order_id is not None:
        return f"order:{order_id}"
    return f"reference:{reference}" if reference is not None else f"call:{call_id}"


def check_reason(reason: str | None) -> None:
    """Raise ``InvalidInput`` for a reason that is longer than anybody reads."""
    if reason is not None and len(reason) > REASON_LENGTH_MAX:
        raise InvalidInput(
            f"The reason has {len(reason)} characters; {REASON_LENGTH_MAX} are allowed.", path=("reason",)
        )
