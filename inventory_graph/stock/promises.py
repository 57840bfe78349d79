"""What of one thing can be promised at a place, decided from what lies there and what was stopped by hand. Pure.

A stop takes away what it covers and nothing else: what one outlet stopped is still sold at the others. Where nothing is left, the
reasons say both that it was stopped and what would be in the way if it were not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.masterdata.recipe_explosion import Requirement, portions
from inventory_graph.masterdata.sale_stops import SaleStopRecord
from inventory_graph.quantities import ZERO

UNTRACKED_TYPES = ("SERVICE", "VOUCHER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What one variant has in one warehouse, in stock units; ``expired`` is available but may not be promised."""

    variant_id: UUID
    warehouse_id: UUID
    outlet_id: UUID | None
    available: Decimal = ZERO
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    set_aside: Decimal = ZERO
    expired: Decimal = ZERO
    is_low: bool = False

    @property
    def promisable(self) -> Decimal:
        return max(self.available - self.expired, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked about, and where. ``outlet_id`` is the outlet of the place, None where none was named or it belongs to
    none; ``stops`` are those in force there and on the channel."""

    sku: str
    item_id: UUID
    item_type: str
    is_active: bool
    variant_ids: tuple[UUID, ...]
    outlet_id: UUID | None = None
    stops: tuple[SaleStopRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityRecord:
    """``available`` is in stock units, for a recipe or kit in whole units that can be made; None when untracked. ``reasons``
    say why it is not available, ``limiting`` which component variants allow no more, ``stop`` which stop keeps it off sale."""

    sku: str
    available: Decimal | None
    is_available: bool
    reasons: tuple[str, ...] = ()
    limiting: tuple[UUID, ...] = ()
    stop: SaleStopRecord | None = None
    level: str


def promise(subject: Subject, needs: Mapping[UUID, Requirement] | None, shelves: Sequence[Shelf]) -> AvailabilityRecord:
    """What can be promised of the subject from the shelves of the place.

    ``needs`` is what one unit of a recipe or kit takes, None for what is not made; the shelves are then those of its components.
    """
    if not subject.is_active:
        return _nothing(subject, ("ITEM_INACTIVE",))
    if subject.item_type in UNTRACKED_TYPES:
        untracked = AvailabilityRecord(sku=subject.sku, available=None, is_available=True, level="UNTRACKED")
        stop = _stop_at(subject, subject.variant_ids, subject.outlet_id)
        return untracked if stop is None else _stopped(untracked, stop)
    if not subject.stops:
        return _count(subject, needs, shelves)
    stops = [
        _stop_at(subject, subject.variant_ids if needs is not None else (shelf.variant_id,), shelf.outlet_id)
        for shelf in shelves
    ]
    still_sold = [shelf for shelf, stop in zip(shelves, stops, strict=True) if stop is None]
    sold = _count(subject, needs, still_sold)
    # Also what never lay there can be off sale there.
    stops.append(_stop_at(subject, subject.variant_ids, subject.outlet_id))
    in_the_way = [stop for stop in stops if stop is not None]
    if sold.is_available or not in_the_way:
        return sold
    # It is back as soon as the first part of it is.
    return _stopped(sold if still_sold else _count(subject, needs, shelves), min(in_the_way, key=_end))


def _stop_at(subject: Subject, variant_ids: Iterable[UUID], outlet_id: UUID | None) -> SaleStopRecord | None:
    """The stop by which none of the variants is sold at the outlet, the one that ends first; None when one of them is sold.

    What several stops cover is off sale until the last of them ends.
    """
    found = []
    for variant_id in variant_ids:
        covering = [
            stop
            for stop in subject.stops
            if stop.variant_id in (None, variant_id) and stop.outlet_id in (None, outlet_id)
        ]
        if not covering:
            return None
        found.append(max(covering, key=_end))
    return min(found, key=_end, default=None)


def _end(stop: SaleStopRecord) -> tuple[bool, datetime]:
    return stop.until is None, stop.until or stop.created_at


def _nothing(subject: Subject, reasons: tuple[str, ...], limiting: tuple[UUID, ...] = ()) -> AvailabilityRecord:
    return AvailabilityRecord(
        sku=subject.sku, available=ZERO, is_available=False, reasons=reasons, limiting=limiting, level="OUT"
    )


def _stopped(record: AvailabilityRecord, stop: SaleStopRecord) -> AvailabilityRecord:
    reasons = ("MANUALLY_DISABLED", *record.reasons)
    return replace(record, available=ZERO, is_available=False, reasons=reasons, stop=stop, level="OUT")


def _count(subject: Subject, needs: Mapping[UUID, Requirement] | None, shelves: Sequence[Shelf]) -> AvailabilityRecord:
    return _kept(subject, shelves) if needs is None else _makeable(subject, needs, shelves)


def _kept(subject: Subject, shelves: Sequence[Shelf]) -> AvailabilityRecord:
    """How much of it lies there."""
    available = sum((shelf.promisable for shelf in shelves), ZERO)
    if available > 0:
        level = "LOW" if any(shelf.is_low for shelf in shelves) else "IN_STOCK"
        return AvailabilityRecord(sku=subject.sku, available=available, is_available=True, level=level)
    reasons = [
        reason
        for reason, applies in (
            ("NOT_STOCKED_HERE", not shelves),
            ("RESERVED", any(shelf.reserved > 0 for shelf in shelves)),
            ("QUARANTINED", any(shelf.set_aside > 0 for shelf in shelves)),
            ("EXPIRED", any(shelf.expired > 0 for shelf in shelves)),
        )
        if applies
    ]
    if shelves and all(shelf.on_hand <= 0 for shelf in shelves):
        reasons.append("OUT_OF_STOCK")
    return _nothing(subject, tuple(reasons) or ("OUT_OF_STOCK",))


def _makeable(subject: Subject, needs: Mapping[UUID, Requirement], shelves: Sequence[Shelf]) -> AvailabilityRecord:
    """How many can be made, warehouse by warehouse: components that lie in different ones make nothing together."""
    kitchens: dict[UUID, list[Shelf]] = {}
    for shelf in shelves:
        kitchens.setdefault(shelf.warehouse_id, []).append(shelf)
    count, is_low = 0, False
    limiting: dict[UUID, None] = {}
    for _, larder in sorted(kitchens.items()):
        made = portions(needs, available={shelf.variant_id: shelf.promisable for shelf in larder})
        count += made.count or 0
        limiting.update(dict.fromkeys(made.limiting))
        is_low = is_low or any(shelf.is_low for shelf in larder)
    if not kitchens:
        limiting = dict.fromkeys(variant_id for variant_id, need in needs.items() if not need.is_optional)
    if not count:
        return _nothing(subject, ("COMPONENT_SHORT",), tuple(limiting))
    return AvailabilityRecord(
        sku=subject.sku, available=Decimal(count), is_available=True, limiting=tuple(limiting),
        level="LOW" if is_low else "IN_STOCK",
    )  # fmt: skip
