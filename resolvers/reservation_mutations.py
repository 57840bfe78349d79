"""Reserve stock, and resolve what was reserved."""

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput
from inventory_graph.reservations import requests
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.refusals import AlreadyResolved as AlreadyResolvedRefusal
from inventory_graph.reservations.refusals import ReservationExpired as ReservationExpiredRefusal
from inventory_graph.stock.service import Place
from resolvers.context import Info
from resolvers.coordinates import GeoPointInput
from resolvers.kit import ERROR_TYPES, Payload, UserError, identifier, mutation
from resolvers.reservations import Reservation, ReservationStatus, ReservationType
from resolvers.sale_stops import CHANNEL, channel_of
from resolvers.scalars import DateTime, Duration, Quantity
from resolvers.stock_mutations import KEY, UNIT, named_place

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]
RESERVATION_ID = "The reservation."


@strawberry.enum(description="What to do where less is there than is wanted.")
class ShortagePolicy(Enum):
    ALL_OR_NOTHING = enum_value("ALL_OR_NOTHING", description="Refuse everything.")
    PARTIAL = enum_value("PARTIAL", description="Take what is there.")
    BACKORDER = enum_value("BACKORDER", description="Hold what is there and let the rest wait for stock.")


@strawberry.enum(description="What becomes of what is held and not issued.")
class Remainder(Enum):
    KEEP = enum_value("KEEP", description="It stays held until the hold's end.")
    RELEASE = enum_value("RELEASE", description="It is given back.")


@strawberry.type(description="Nothing is held any more: it was committed, released or expired before.")
class AlreadyResolved(UserError):
    status: ReservationStatus = strawberry.field(description="What it was resolved into.")
    resolved_at: DateTime | None = strawberry.field(description="When.")


@strawberry.type(description="The hold's time has passed; what it held is available to others.")
class ReservationExpired(UserError):
    expired_at: DateTime = strawberry.field(description="When it ended.")


def _already_resolved(refusal: Any, common: dict[str, Any]) -> UserError:
    return AlreadyResolved(**common, status=ReservationStatus(refusal.status), resolved_at=refusal.resolved_at)


def _expired(refusal: Any, common: dict[str, Any]) -> UserError:
    return ReservationExpired(**common, expired_at=refusal.expired_at)


ERROR_TYPES[AlreadyResolvedRefusal] = _already_resolved
ERROR_TYPES[ReservationExpiredRefusal] = _expired


@strawberry.type(description="What a change of a reservation made of it.")
class ReservationPayload(Payload):
    reservation: Reservation | None = strawberry.field(
        default=None, description="The reservation as it was right after; null when refused."
    )

    @classmethod
    def of(cls, answer: ReservationAnswer) -> "ReservationPayload":
        """The payload of a verb's answer."""
        return cls(reservation=Reservation.of(answer.reservation), replayed=answer.replayed)


@strawberry.input(description="What one sold unit takes more of, or less.")
class ModifierInput:
    sku: str = strawberry.field(description="The variant that is added or taken away; a recipe adds its components.")
    quantity: Quantity = strawberry.field(
        description="How much for one sold unit, in its stock unit; with a minus it is taken away."
    )

    def value(self) -> requests.Modifier:
        """The domain's modifier."""
        return requests.Modifier(sku=self.sku, quantity=self.quantity)


@strawberry.input(description="So much of one variant.")
class ReserveLineInput:
    quantity: Quantity = strawberry.field(
        description="How much, in `unit`. 0 takes the owner's line of this reference away."
    )
    line_reference: str | None = strawberry.field(
        default=None, description="Your own name for the line; its position if left out. The same line is replaced."
    )
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, or that of an item with one variant."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id, instead of a SKU.")
    unit: str | None = strawberry.field(default=None, description=UNIT)
    lot_code: str | None = strawberry.field(
        default=None, description="Only of this lot; by the item's removal strategy if left out."
    )
    serials: list[str] | None = strawberry.field(default=None, description="Exactly these pieces.")
    modifiers: list[ModifierInput] | None = strawberry.field(
        default=None, description="What each sold unit takes more of, or less."
    )

    def value(self, position: int) -> requests.ReserveLine:
        """The domain's line."""
        path = ("lines", str(position), "variant_id")
        return requests.ReserveLine(
            line_reference=self.line_reference,
            sku=self.sku,
            variant_id=identifier(self.variant_id, path=path) if self.variant_id is not None else None,
            quantity=self.quantity,
            unit=self.unit,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
            modifiers=tuple(each.value() for each in self.modifiers or ()),
        )


@strawberry.input(description="What to hold, for whom, from where and until when.")
class ReserveStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[ReserveLineInput] = strawberry.field(
        description="1 to 100 lines; those that touch one balance are summed before they are checked."
    )
    type: ReservationType = strawberry.field(default=ReservationType.ORDER, description="What it is for.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The owner. The same owner and line replaces its hold, never adds."
    )
    reference: str | None = strawberry.field(
        default=None, description="The owner where there is no order; with neither, each call is its own."
    )
    warehouse: Warehouse | None = strawberry.field(
        default=None, description="Where; else the outlet's, else by the tenant's allocation strategy."
    )
    outlet_id: strawberry.ID | None = strawberry.field(default=None, description="The outlet whose warehouse gives.")
    expires_in: Duration | None = strawberry.field(
        default=strawberry.UNSET,
        description="How long it is held: PT15M if left out, at most P30D. Explicit null is a hard hold, which takes the"
        " permission inventory.reservations.manage. What is collected is held to the end of its pickup window.",
    )
    pickup_at: DateTime | None = strawberry.field(
        default=None, description="From when it is collected: lots must still be usable then."
    )
    pickup_until: DateTime | None = strawberry.field(
        default=None, description="Until when it is collected; two hours after `pickupAt` if left out."
    )
    on_shortage: ShortagePolicy = strawberry.field(
        default=ShortagePolicy.ALL_OR_NOTHING, description="What to do where less is there than is wanted."
    )
    minimum_shelf_life_days: int | None = strawberry.field(
        default=None, description="Lots that may be used for fewer days after pickup or now are left."
    )
    priority: int = strawberry.field(default=0, description="The higher, the earlier its backorder is filled.")
    fill_partially: bool = strawberry.field(
        default=True, description="Whether a backorder may be filled in parts as stock comes."
    )
    channel: str | None = strawberry.field(
        default=None, description=f"On which channel it is sold: what is off sale there is refused. {CHANNEL}"
    )
    deliver_to: GeoPointInput | None = strawberry.field(
        default=None, description="Where it goes, for a strategy that looks at distances."
    )

    def value(self, info: Info) -> requests.Reserve:
        """The domain's request."""
        is_hard = self.expires_in is None
        return requests.Reserve(
            actor=info.context.actor,
            idempotency_key=self.idempotency_key,
            lines=tuple(line.value(position) for position, line in enumerate(self.lines)),
            type=self.type.name,
            order_id=identifier(self.order_id, path=("order_id",)) if self.order_id is not None else None,
            reference=self.reference,
            place=place_or_outlet(self.warehouse, self.outlet_id),
            expires_in=None if self.expires_in is strawberry.UNSET else self.expires_in,
            is_hard=is_hard,
            pickup_at=self.pickup_at,
            pickup_until=self.pickup_until,
            on_shortage=self.on_shortage.name,
            minimum_shelf_life_days=self.minimum_shelf_life_days,
            priority=self.priority,
            fills_partially=self.fill_partially,
            channel=channel_of(self.channel),
            deliver_to=(self.deliver_to.latitude, self.deliver_to.longitude) if self.deliver_to is not None else None,
        )


def place_or_outlet(warehouse: Any, outlet_id: strawberry.ID | None) -> Place | None:
    """The warehouse that is named, else the outlet's; None for neither. What is no id is refused beside a warehouse, too."""
    outlet = identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None
    if warehouse is not None:
        return named_place(warehouse)
    return Place(outlet_id=outlet) if outlet is not None else None


@strawberry.input(description="Let a hold last longer.")
class ExtendReservationInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)
    expires_in: Duration = strawberry.field(description="How long from now, at most P30D; never shorter than before.")


@strawberry.input(description="So much of one line.")
class CommitLineInput:
    line_id: strawberry.ID = strawberry.field(description="A line of the reservation.")
    quantity: Quantity = strawberry.field(description="How much of it, in the stock unit of its variant.")


@strawberry.input(description="Turn a hold into an issue.")
class CommitReservationInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)
    lines: list[CommitLineInput] | None = strawberry.field(
        default=None, description="What is issued, 1 to 100 lines; everything that is held if left out."
    )
    remainder: Remainder = strawberry.field(
        default=Remainder.RELEASE, description="What becomes of what is not issued."
    )
    occurred_at: DateTime | None = strawberry.field(default=None, description="When it happened; now if left out.")


@strawberry.input(description="Give back what is held.")
class ReleaseReservationInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)
    reason: str | None = strawberry.field(default=None, description="Why, up to 1,000 characters.")


@strawberry.input(description="Say that what is to be collected lies ready.")
class MarkReservationReadyInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)


@strawberry.input(description="Say that nobody came to collect.")
class MarkReservationNoShowInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)
    reason: str | None = strawberry.field(default=None, description="What is known, up to 1,000 characters.")


@strawberry.input(description="Give a reservation the order that it was made for.")
class AssignReservationInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description=RESERVATION_ID)
    order_id: strawberry.ID = strawberry.field(description="The order, which must have no other live reservation.")


async def _resolved(info: Info, request: requests.AnyRequest) -> ReservationPayload:
    return ReservationPayload.of(await info.context.batched(request))


def _of(info: Info, input: Any) -> dict[str, Any]:
    """What every step of a reservation that exists has; whether the caller may take it is decided where its owner is known."""
    return {
        "actor": info.context.actor,
        "idempotency_key": input.idempotency_key,
        "reservation_id": identifier(input.reservation_id, path=("reservation_id",)),
    }


@mutation
async def reserve_stock(info: Info, input: ReserveStockInput) -> ReservationPayload:
    """Holds stock for an owner until it is committed, released or its time passes. Recipes and kits are held as their leaf
    components. Every refusal says how much is short, of what, and what could stand in."""
    info.context.require("inventory.reservations.add")
    request = input.value(info)
    return ReservationPayload.of(await info.context.batched(request, weight=len(request.lines)))


@mutation
async def extend_reservation(info: Info, input: ExtendReservationInput) -> ReservationPayload:
    """Lets a hold last longer, from now. Only who reserved may, or who has inventory.reservations.manage."""
    return await _resolved(info, requests.Extend(**_of(info, input), expires_in=_span(input.expires_in)))


def _span(value: Any) -> timedelta:
    if not isinstance(value, timedelta):
        raise InvalidInput("Say how long the hold is to last from now.", path=("expires_in",))
    return value


@mutation
async def commit_reservation(info: Info, input: CommitReservationInput) -> ReservationPayload:
    """Turns a hold into an issue, whole or in part; the rest is kept or released by choice. An order is deducted once: a
    consumption of the same order that comes later finds it done."""
    lines = tuple(
        (identifier(line.line_id, path=("lines", str(position), "line_id")), line.quantity)
        for position, line in enumerate(input.lines or ())
    )
    if input.lines is not None and not 1 <= len(lines) <= requests.LINES_MAX:
        raise InvalidInput(f"Name 1 to {requests.LINES_MAX} lines, or leave them out for all.", path=("lines",))
    request = requests.Commit(
        **_of(info, input),
        lines=lines,
        keeps_remainder=input.remainder is Remainder.KEEP,
        occurred_at=input.occurred_at,
    )
    return await _resolved(info, request)


@mutation
async def release_reservation(info: Info, input: ReleaseReservationInput) -> ReservationPayload:
    """Gives back everything that is held."""
    return await _resolved(info, requests.Release(**_of(info, input), reason=input.reason))


@mutation
async def mark_reservation_ready(info: Info, input: MarkReservationReadyInput) -> ReservationPayload:
    """What is to be collected lies ready."""
    return await _resolved(info, requests.MarkReady(**_of(info, input)))


@mutation
async def mark_reservation_no_show(info: Info, input: MarkReservationNoShowInput) -> ReservationPayload:
    """Nobody came to collect: everything is given back. By itself that happens when the pickup window ends."""
    return await _resolved(info, requests.MarkNoShow(**_of(info, input), reason=input.reason))


@mutation
async def assign_reservation(info: Info, input: AssignReservationInput) -> ReservationPayload:
    """Gives a reservation the order that it was made for, where it was made before the order had its id."""
    order_id = identifier(input.order_id, path=("order_id",))
    return await _resolved(info, requests.Assign(**_of(info, input), order_id=order_id))


queries: list[StrawberryField] = []
mutations = [
    reserve_stock, extend_reservation, commit_reservation, release_reservation, mark_reservation_ready,
    mark_reservation_no_show, assign_reservation,
]  # fmt: skip
types: list[type] = [AlreadyResolved, ReservationExpired]
