"""What reservations and consumption tell the world."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text
from inventory_graph.reservations.state import Reservation, Step


@dataclass(frozen=True, slots=True)
class ReservedItem:
    """A line as it was after the step; quantities in the stock unit of its variant."""

    line_id: UUID
    line_reference: str
    variant_id: UUID
    sku: str
    requested: Decimal
    reserved: Decimal
    committed: Decimal
    released: Decimal
    backordered: Decimal

    def payload(self) -> dict[str, Any]:
        reserved = quantity_to_text(self.reserved)
        return {
            "line_id": self.line_id,
            "line_reference": self.line_reference,
            "variant_id": self.variant_id,
            "sku": self.sku,
            "quantity": reserved,
            "requested_qty": quantity_to_text(self.requested),
            "reserved_qty": reserved,
            "committed_qty": quantity_to_text(self.committed),
            "released_qty": quantity_to_text(self.released),
            "backordered_qty": quantity_to_text(self.backordered),
            "is_fully_reserved": self.reserved + self.committed >= self.requested,
        }


@dataclass(frozen=True, kw_only=True)
class ReservationEvent(Event):
    """A step of a reservation. ``items`` are its lines as they are after it, quantities as strings in the stock unit of each line's
    variant; ``version`` is dense for each reservation; ``step`` is what its history calls the step."""

    aggregate_type: ClassVar[str] = "reservation"

    tenant_id: UUID
    step: str
    status: str
    reservation_type: str
    order_id: UUID | None
    reference: str | None
    warehouse_id: UUID | None
    outlet_id: UUID | None
    items: tuple[ReservedItem, ...]
    expires_at: datetime | None
    pickup_at: datetime | None
    reason: str | None
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "reservation_id": self.aggregate_id,
            "version": self.aggregate_version,
            "step": self.step,
            "status": self.status,
            "type": self.reservation_type,
            "order_id": self.order_id,
            "reference": self.reference,
            "warehouse_id": self.warehouse_id,
            "outlet_id": self.outlet_id,
            "items": [item.payload() for item in self.items],
            "expires_at": self.expires_at,
            "pickup_at": self.pickup_at,
            "reason": self.reason,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class ReservationHeld(ReservationEvent):
    """Stock is held, or waits for stock: a reservation was made. It is promised, not sold."""

    type: ClassVar[str] = "inventory.reservation.held"


@dataclass(frozen=True, kw_only=True)
class ReservationUpdated(ReservationEvent):
    """What is held changed: lines were replaced, a backorder was filled, the end moved, it lies ready, or it became another
    order's. ``step`` says which: CHANGED, BACKORDER_FILLED, EXTENDED, READY or ASSIGNED."""

    type: ClassVar[str] = "inventory.reservation.updated"


@dataclass(frozen=True, kw_only=True)
class ReservationCommitted(ReservationEvent):
    """What was held was issued, whole or in part; ``status`` says which. ``step`` is CONSUMED where a consumption call did it."""

    type: ClassVar[str] = "inventory.reservation.committed"


@dataclass(frozen=True, kw_only=True)
class ReservationReleased(ReservationEvent):
    """What was held is available to others again, by choice or because nobody came; ``reason`` says why."""

    type: ClassVar[str] = "inventory.reservation.released"


@dataclass(frozen=True, kw_only=True)
class ReservationExpired(ReservationEvent):
    """The hold's time passed: since ``expires_at`` it holds nothing."""

    type: ClassVar[str] = "inventory.reservation.expired"


_CLASSES: dict[str, type[ReservationEvent]] = {
    "HELD": ReservationHeld,
    "COMMITTED": ReservationCommitted,
    "CONSUMED": ReservationCommitted,
    "RELEASED": ReservationReleased,
    "NO_SHOW": ReservationReleased,
    "EXPIRED": ReservationExpired,
}


def event_of(tenant_id: UUID, reservation: Reservation, step: Step) -> ReservationEvent:
    """The event of the step that the reservation has just taken."""
    return _CLASSES.get(step.kind, ReservationUpdated)(
        aggregate_id=reservation.id, aggregate_version=step.version, tenant_id=tenant_id, step=step.kind,
        status=reservation.status, reservation_type=reservation.type, order_id=reservation.order_id,
        reference=reservation.reference, warehouse_id=reservation.warehouse_id, outlet_id=reservation.outlet_id,
        items=tuple(
            ReservedItem(
                line.id, line.line_reference, line.variant_id, line.sku, line.requested, line.reserved, line.committed,
                line.released, line.backordered,
            )
            for line in reservation.lines
        ),
        expires_at=reservation.expires_at, pickup_at=reservation.pickup_at, reason=step.reason, occurred_at=step.at,
        recorded_by=step.by,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsumedItem:
    """What was sold or used, in the stock unit of its variant."""

    sku: str
    variant_id: UUID
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class StockConsumed(Event):
    """Stock was deducted for an order or another use. ``items`` are what was sold or used, in stock units as strings.
    ``items_count`` is 0 when the order had had everything already."""

    type: ClassVar[str] = "inventory.stock.consumed"
    aggregate_type: ClassVar[str] = "consumption"

    tenant_id: UUID
    order_id: UUID | None
    reference: str | None
    reason: str
    items: tuple[ConsumedItem, ...]
    consumed_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "consumption_id": self.aggregate_id,
            "order_id": self.order_id,
            "reference": self.reference,
            "reason": self.reason,
            "items": [
                {"sku": item.sku, "variant_id": item.variant_id, "quantity": quantity_to_text(item.quantity)}
                for item in self.items
            ],
            "items_count": len(self.items),
            "consumed_at": self.consumed_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class ConsumptionReversed(Event):
    """What was deducted for an order went back, to the lots and at the costs it came from. ``lines_count`` counts the movements,
    ``total_cost_reversed`` is their value in the tenant's currency, as a string."""

    type: ClassVar[str] = "inventory.stock.consumption_reversed"
    aggregate_type: ClassVar[str] = "consumption"

    tenant_id: UUID
    order_id: UUID | None
    scope: str
    lines_count: int
    total_cost_reversed: Decimal
    reason: str | None
    reversed_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "reversal_id": self.aggregate_id,
            "order_id": self.order_id,
            "scope": self.scope,
            "lines_count": self.lines_count,
            "total_cost_reversed": quantity_to_text(self.total_cost_reversed),
            "reason": self.reason,
            "reversed_at": self.reversed_at,
            "recorded_by": self.recorded_by,
        }
