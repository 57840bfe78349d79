"""What reservations answer: plain records, in a form that can be stored beside a key and given again as it was."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from inventory_graph.reservations.state import Reservation
from inventory_graph.unlocked import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationLineRecord:
    """A line at one instant; quantities in the stock unit of its variant."""

    id: UUID
    reservation_id: UUID
    line_reference: str
    variant_id: UUID
    requested: Decimal
    reserved: Decimal
    committed: Decimal
    released: Decimal
    backordered: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRecord:
    """A reservation at one instant. ``lines`` where it was answered by the verb that changed it, else None: they are read."""

    id: UUID
    status: str
    type: str
    order_id: UUID | None
    reference: str | None
    warehouse_id: UUID | None
    outlet_id: UUID | None
    priority: int
    expires_at: datetime | None
    pickup_at: datetime | None
    pickup_until: datetime | None
    ready_at: datetime | None
    collected_at: datetime | None
    no_show_at: datetime | None
    resolved_at: datetime | None
    version: int
    created_at: datetime
    created_by: str
    lines: list[ReservationLineRecord] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What made one version of a reservation; ``details`` are quantities by line reference."""

    reservation_id: UUID
    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None
    details: dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    """What a line was given of one lot at one place; ``quantity`` is what is still held, or was issued from it."""

    line_id: UUID
    variant_id: UUID
    warehouse_id: UUID
    location_id: UUID | None
    lot_id: UUID | None
    serials: list[str]
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationAnswer:
    """What a verb made of a reservation; ``replayed`` when an earlier call did."""

    reservation: ReservationRecord
    replayed: bool = False


_HEAD = tuple(name for name in ReservationRecord.__slots__ if name != "lines")
_LINE = tuple(name for name in ReservationLineRecord.__slots__ if name != "reservation_id")
_RECORD = TypeAdapter(ReservationRecord)


def record_of(reservation: Reservation) -> ReservationRecord:
    """The reservation as it stands."""
    return ReservationRecord(
        **{name: getattr(reservation, name) for name in _HEAD},
        lines=[
            ReservationLineRecord(reservation_id=reservation.id, **{name: getattr(line, name) for name in _LINE})
            for line in reservation.lines
        ],
    )


def to_json(record: ReservationRecord) -> dict[str, Any]:
    """The record as values that JSON has or that print as text."""
    # Not asdict(), which copies every value deeply: that took two fifths of the time of a reservation.
    lines = [{name: getattr(line, name) for name in ReservationLineRecord.__slots__} for line in record.lines or ()]
    return {**{name: getattr(record, name) for name in _HEAD}, "lines": lines}


def from_json(value: Mapping[str, Any], *, replayed: bool) -> ReservationAnswer:
    """The answer as it was recorded."""
    return ReservationAnswer(reservation=_RECORD.validate_python(value), replayed=replayed)
