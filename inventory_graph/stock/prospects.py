"""When there will be more, decided from what lies there, what is on its way and when stops end. Pure.

What comes adds up, and a stop that ended is over, so what can be promised never falls on the way: the first instant at which it
is more than now is found by halving.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.masterdata.recipe_explosion import Requirement
from inventory_graph.quantities import ZERO
from inventory_graph.stock.promises import AvailabilityRecord, Shelf, Subject, promise
from inventory_graph.stock.supply import Arrival

_UNLIMITED = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSupply:
    """From ``at`` on, ``quantity`` more can be promised than now: in stock units, for a recipe or kit in whole units that can
    be made; None when it is unlimited from then on."""

    at: datetime
    quantity: Decimal | None


def next_supply(
    subject: Subject,
    needs: Mapping[UUID, Requirement] | None,
    shelves: Sequence[Shelf],
    arrivals: Sequence[Arrival],
) -> NextSupply | None:
    """When more can be promised of the subject than now, and how much more; None when nothing that is known of brings more.

    ``shelves`` and ``arrivals`` are those of the place that was asked about; of a recipe or kit they are of its components.
    """

    def promised(instant: datetime) -> AvailabilityRecord:
        still = tuple(stop for stop in subject.stops if stop.until is None or stop.until > instant)
        return promise(replace(subject, stops=still), needs, _filled(shelves, arrivals, instant))

    now = promise(subject, needs, shelves)
    ends = {stop.until for stop in subject.stops if stop.until is not None}
    instants = sorted(ends | {each.supply.at for each in arrivals})
    first = bisect_left(instants, x=True, key=lambda instant: _amount(promised(instant)) > _amount(now))
    if first == len(instants):
        return None
    then = promised(instants[first])
    if then.available is None:
        return NextSupply(at=instants[first], quantity=None)
    return NextSupply(at=instants[first], quantity=then.available - (now.available or ZERO))


def _amount(record: AvailabilityRecord) -> Decimal:
    return record.available if record.available is not None else _UNLIMITED


def _filled(shelves: Sequence[Shelf], arrivals: Sequence[Arrival], instant: datetime) -> list[Shelf]:
    """The shelves as they will be when everything has come that is expected by then, and nothing has gone."""
    filled = {(shelf.variant_id, shelf.warehouse_id): shelf for shelf in shelves}
    for arrival in arrivals:
        supply = arrival.supply
        if supply.at <= instant:
            key = (supply.variant_id, supply.warehouse_id)
            shelf = filled.get(key)
            if shelf is None:
                shelf = Shelf(variant_id=key[0], warehouse_id=key[1], outlet_id=arrival.outlet_id)
            filled[key] = replace(shelf, available=shelf.available + supply.quantity)
    return list(filled.values())
