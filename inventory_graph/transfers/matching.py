"""Which parcels an arrival is of. Pure.

Where a line has several lots or numbered pieces on their way and not all of them come, the caller says which: nobody guesses.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.commands import lot_id
from inventory_graph.transfers.policy import Line, Outcome, Parcel, Transfer, resolve
from inventory_graph.unlocked import dataclass

STATES = {"GOOD": "AVAILABLE", "QUARANTINED": "QUARANTINED", "DAMAGED": "DAMAGED"}
MISSING = "MISSING"
EXPLAINED = ("DAMAGED", MISSING)
"""The conditions that need a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """So much of a line, in the stock unit, as it was found: GOOD, QUARANTINED or DAMAGED, or MISSING. ``reason`` is a word of the
    API, ``note`` for people."""

    line: Line
    quantity: Decimal
    condition: str = "GOOD"
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    location_id: UUID | None = None
    reason: str | None = None
    note: str | None = None
    path: tuple[str, ...] = ()


def outcomes_of(transfer: Transfer, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """What the arrivals, each seeing what the one before it took, make of what is on its way; raises ``InvalidInput``.

    The lines and parcels of the transfer are as they are afterwards.
    """
    outcomes: list[Outcome] = []
    for arrival in arrivals:
        _check(arrival)
        found = _of_parcels(transfer, arrival)
        for outcome in found:
            resolve(outcome)
        over = arrival.quantity - sum((each.quantity for each in found), ZERO)
        if over:
            matched = {piece for each in found for piece in each.serials}
            surplus = _over(transfer, arrival, over, tuple(each for each in arrival.serials if each not in matched))
            resolve(surplus)
            found.append(surplus)
        outcomes += found
    return outcomes


def _check(arrival: Arrival) -> None:
    if arrival.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*arrival.path, "quantity"))
    if arrival.serials and len(arrival.serials) != arrival.quantity:
        raise InvalidInput(
            f"{quantity_to_text(arrival.quantity)} pieces of {arrival.line.sku} take as many serials, {len(arrival.serials)}"
            " were given.",
            path=(*arrival.path, "serials"),
        )
    if arrival.condition in EXPLAINED and arrival.reason is None:
        raise InvalidInput(
            f"Say with `reason` why {arrival.line.sku} is {arrival.condition.lower()}.", path=(*arrival.path, "reason")
        )


def _of_parcels(transfer: Transfer, arrival: Arrival) -> list[Outcome]:
    line = arrival.line
    parcels = transfer.on_the_way(line)
    if arrival.lot_code is not None:
        wanted = lot_id(line.item_id, arrival.lot_code)
        parcels = [parcel for parcel in parcels if parcel.lot_id == wanted]
    _check_named(arrival, parcels)
    found: list[Outcome] = []
    missing = arrival.quantity
    for parcel in parcels:
        pieces = tuple(piece for piece in parcel.serials_left if piece in arrival.serials)
        taken = min(parcel.in_transit, missing) if not arrival.serials else Decimal(len(pieces))
        if not taken:
            continue
        missing -= taken
        found.append(_part(arrival, parcel, taken, pieces or parcel.serials_left))
    return found


def _check_named(arrival: Arrival, parcels: Sequence[Parcel]) -> None:
    """Raise ``InvalidInput`` where only a part of what is on its way comes and it is not said which."""
    on_the_way = sum((parcel.in_transit for parcel in parcels), ZERO)
    if arrival.serials or arrival.quantity == on_the_way:
        return
    sku, many = arrival.line.sku, quantity_to_text(on_the_way)
    if any(parcel.serials_left for parcel in parcels):
        raise InvalidInput(
            f"{many} numbered pieces of {sku} are on their way: name the serials that this is about.",
            path=(*arrival.path, "serials"),
        )
    if arrival.lot_code is None and len({parcel.lot_id for parcel in parcels}) > 1:
        raise InvalidInput(
            f"Several lots of {sku} are on their way, {many} in all: name the lotCode that this is about.",
            path=(*arrival.path, "lot_code"),
        )


def _part(arrival: Arrival, parcel: Parcel, quantity: Decimal, pieces: tuple[str, ...]) -> Outcome:
    return Outcome(
        line=arrival.line,
        parcel=parcel,
        kind="LOST" if arrival.condition == MISSING else "RECEIVED",
        quantity=quantity,
        state=STATES.get(arrival.condition),
        serials=pieces,
        location_id=arrival.location_id,
        unit_cost=parcel.unit_cost,
        # What comes as it left needs none: the reason is that of the surplus.
        reason=arrival.reason if arrival.condition != "GOOD" else None,
        note=arrival.note,
        path=arrival.path,
    )


def _over(transfer: Transfer, arrival: Arrival, quantity: Decimal, pieces: tuple[str, ...]) -> Outcome:
    """What came although it had not left, at the cost of what had."""
    sku, many = arrival.line.sku, quantity_to_text(quantity)
    if arrival.condition == MISSING:
        raise InvalidInput(
            f"{many} of {sku} more than are on their way cannot be missing.", path=(*arrival.path, "quantity")
        )
    if arrival.reason is None:
        raise InvalidInput(
            f"{many} of {sku} more arrive than are on their way: say why with `reason`, or correct the quantity.",
            path=(*arrival.path, "reason"),
        )
    costs = [each.unit_cost for each in transfer.parcels if each.line_id == arrival.line.id]
    return Outcome(
        line=arrival.line,
        parcel=None,
        kind="OVER",
        quantity=quantity,
        state=STATES[arrival.condition],
        serials=pieces,
        location_id=arrival.location_id,
        lot_code=arrival.lot_code,
        unit_cost=costs[-1] if costs else None,
        reason=arrival.reason,
        note=arrival.note,
        path=arrival.path,
    )
