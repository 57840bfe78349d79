"""Parts of holds as somebody found them on the shelf: issued as they were taken, or given back. Pure.

A line is held as its leaves, and a leaf in several holds. What is taken of the holds says how much of the line can be issued: as many
units as the scarcest leaf is enough for.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.reservations.prepared import PreparedStep
from inventory_graph.reservations.refusals import NothingHeld
from inventory_graph.reservations.requests import CommitHolds, GiveBackHolds, HoldPart
from inventory_graph.reservations.resolving import Part, issue_parts, live, step_command
from inventory_graph.reservations.state import Line, Reservation, World
from inventory_graph.stock.book import apply
from inventory_graph.stock.commands import Command, CommitHold, ReleaseHold
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.state import Hold, Movement


def resolve_holds(world: World, prepared: PreparedStep, request: CommitHolds | GiveBackHolds) -> Reservation:
    """Issue parts of holds, or give them back."""
    if isinstance(request, CommitHolds):
        return _commit(world, prepared, request)
    return _shrink(world, prepared, request)


def _commit(world: World, prepared: PreparedStep, request: CommitHolds) -> Reservation:
    """Issue what was taken of the holds; what is not issued stays held. Raises ``NothingHeld`` where it is enough for no unit."""
    reservation = live(world, prepared)
    taken = {part.hold_id: part for part in request.parts}
    parts = []
    for line in reservation.lines:
        holds = world.state.holds_of_line(line.id)
        amounts = {hold.id: min(taken[hold.id].quantity, hold.quantity) for hold in holds if hold.id in taken}
        if amounts and (units := _units(line, holds, amounts)):
            parts.append(Part(line, units, line.reserved))
    if not parts:
        raise NothingHeld("What was taken is enough for none of the lines.", path=("reservation_id",))
    return issue_parts(
        world, prepared, reservation, parts, issue=lambda decision, part: _issue(world, decision, part, taken),
        keeps_remainder=True, occurred_at=None,
    )  # fmt: skip


def _units(line: Line, holds: Sequence[Hold], amounts: Mapping[UUID, Decimal]) -> Decimal:
    """How much of a line these amounts of its holds are enough for, in its steps."""
    optional = {need.variant_id for need in line.needs if need.is_optional}
    held: dict[UUID, Decimal] = {}
    there: dict[UUID, Decimal] = {}
    for hold in holds:
        if hold.variant_id not in optional or len(optional) == len(line.needs):
            held[hold.variant_id] = held.get(hold.variant_id, ZERO) + hold.quantity
            there[hold.variant_id] = there.get(hold.variant_id, ZERO) + amounts.get(hold.id, ZERO)
    share = min((Fraction(there[leaf]) / Fraction(held[leaf]) for leaf in held), default=Fraction(1))
    if share == 1:
        return line.reserved
    steps = Fraction(line.reserved) * share / Fraction(line.step)
    return line.step * Decimal(steps.numerator // steps.denominator)


def _issue(world: World, decision: Decision, part: Part, taken: Mapping[UUID, HoldPart]) -> list[Movement]:
    """Issue a part of a line out of what was taken. Answers the movements."""
    first = len(decision.movements)
    for holds in _by_leaf(world, part.line).values():
        left = _share(holds, part.quantity, part.of)
        for hold in holds:
            given = taken.get(hold.id)
            amount = min(left, given.quantity, hold.quantity) if given is not None else ZERO
            if given is not None and amount:
                left -= amount
                key = {"variant_id": hold.variant_id, "warehouse_id": hold.warehouse_id}
                pieces = given.serials[: int(amount)]
                apply(decision, CommitHold(**key, hold_id=hold.id, quantity=amount, serials=pieces))
    return decision.movements[first:]


def _by_leaf(world: World, line: Line) -> dict[UUID, list[Hold]]:
    found: dict[UUID, list[Hold]] = {}
    for hold in world.state.holds_of_line(line.id):
        found.setdefault(hold.variant_id, []).append(hold)
    return found


def _share(holds: Sequence[Hold], units: Decimal, of: Decimal) -> Decimal:
    """What so many of the line's units take of what is held of one leaf."""
    held = sum((hold.quantity for hold in holds), ZERO)
    if units == of:
        return held
    share = quantity_of(Fraction(held) * Fraction(units) / Fraction(of))
    return share.to_integral_value(ROUND_FLOOR) if holds[0].serials else share


def _shrink(world: World, prepared: PreparedStep, request: GiveBackHolds) -> Reservation:
    """Give back parts of holds, and what the other leaves of their lines hold beyond what is left."""
    reservation = live(world, prepared)
    parts = {part.hold_id: part for part in request.parts}
    shrinking: list[tuple[Line, Decimal]] = []
    for line in reservation.lines:
        holds = world.state.holds_of_line(line.id)
        if any(hold.id in parts for hold in holds):
            kept = {hold.id: hold.quantity - _given(hold, parts) for hold in holds}
            shrinking.append((line, _units(line, holds, kept)))

    def plan(decision: Decision) -> None:
        for line, units in shrinking:
            for holds in _by_leaf(world, line).values():
                _give_back(decision, holds, parts, _share(holds, units, line.reserved))

    if not shrinking:
        raise NothingHeld("Nothing of this is held any more.", path=("reservation_id",))
    world.post(Command(plan=plan, **step_command(prepared, reservation, note=request.reason)))  # type: ignore[arg-type]
    details = {line.line_reference: quantity_to_text(units) for line, units in shrinking}
    for line, units in shrinking:
        line.released += line.reserved - units
        line.reserved = units
    reservation.step("CHANGED", at=world.now, by=prepared.by, reason=request.reason, details=details)
    reservation.settle(world.now)
    world.keep(reservation)
    return reservation


def _given(hold: Hold, parts: Mapping[UUID, HoldPart]) -> Decimal:
    return min(parts[hold.id].quantity, hold.quantity) if hold.id in parts else ZERO


def _give_back(decision: Decision, holds: Sequence[Hold], parts: Mapping[UUID, HoldPart], kept: Decimal) -> None:
    """Give back the parts of one leaf, then what is left beyond ``kept``, the last taken first."""
    excess = sum((hold.quantity - _given(hold, parts) for hold in holds), ZERO) - kept
    for hold in reversed(holds):
        key: dict[str, Any] = {
            "variant_id": hold.variant_id, "warehouse_id": hold.warehouse_id, "hold_id": hold.id,
        }  # fmt: skip
        given = _given(hold, parts)
        if given:
            part = parts[hold.id]
            apply(decision, ReleaseHold(**key, quantity=given, serials=part.serials, to_state=part.to_state))
        more = min(excess, hold.quantity - given)
        if more > 0:
            excess -= more
            apply(decision, ReleaseHold(**key, quantity=more))
