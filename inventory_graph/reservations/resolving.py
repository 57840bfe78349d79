"""What becomes of a reservation that exists: extended, committed, released, expired, ready, assigned. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from inventory_graph.errors import Forbidden, InvalidInput, InvalidTransition
from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.reservations.prepared import PreparedStep, Wanted
from inventory_graph.reservations.reaching import require_held
from inventory_graph.reservations.refusals import AlreadyResolved, NothingHeld, ReservationExpired, ReservationUnknown
from inventory_graph.reservations.requests import HOLD_MAX, Assign, Commit, Extend, MarkNoShow, Release
from inventory_graph.reservations.state import Component, Consumption, Line, Reservation, World, consumption_id
from inventory_graph.stock.book import Posted, apply
from inventory_graph.stock.commands import EXPIRED, SYSTEM, Command, CommitHold, ExpireHold, ReleaseHold, lot_id
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.holding import prolong_hold
from inventory_graph.stock.state import Hold, Movement

RESERVATION = "RESERVATION"
MANAGE = "inventory.reservations.manage"
CHANGE_OWN = ("inventory.reservations.change_own", "inventory.reservations.add")
REASONS = {"PRODUCTION": "PRODUCTION", "TRANSFER": "OTHER"}
"""Why what was held is issued, by the reservation's type; what is sold by default."""


def live(world: World, prepared: PreparedStep) -> Reservation:
    """The reservation; raises when there is none, when the caller may not change it, when it was resolved, and when its time
    has passed."""
    reservation = world.reservations.get(prepared.request.reservation_id)
    if reservation is None:
        raise ReservationUnknown("There is no reservation with this id.", path=("reservation_id",))
    actor = prepared.request.actor
    # Whoever made it may change it as long as it may make any.
    is_own = reservation.created_by == actor.subject and any(map(actor.may, CHANGE_OWN))
    if not is_own:
        actor.require("inventory.reservations.change")
    require_held(world, actor, reservation)
    # What ended with its time says so before the sweeper has come by and after: nobody chose it.
    if reservation.expires_at is not None and reservation.resolved_at == reservation.expires_at:
        raise ReservationExpired(expired_at=reservation.expires_at)
    if not reservation.is_live:
        raise AlreadyResolved(status=reservation.status, resolved_at=reservation.resolved_at)
    if reservation.expires_at is not None and reservation.expires_at <= world.now:
        raise ReservationExpired(expired_at=reservation.expires_at)
    return reservation


def step_command(prepared: PreparedStep, reservation: Reservation, **more: object) -> dict[str, object]:
    """What every command of a step says, and what this one says besides."""
    return {
        "id": prepared.command_id, "recorded_by": prepared.by, "reference": reservation.reference,
        "reference_type": RESERVATION, "reference_id": reservation.id, **more,
    }  # fmt: skip


def extend(world: World, prepared: PreparedStep, request: Extend) -> Reservation:
    """Let everything that is held last so long from now."""
    reservation = live(world, prepared)
    if reservation.created_by != prepared.by and not request.actor.may(MANAGE):
        raise Forbidden(
            f"{reservation.created_by} reserved this: only the same caller may extend it, or one with the permission"
            f" {MANAGE}."
        )
    if not timedelta() < request.expires_in <= HOLD_MAX:
        raise InvalidInput(f"A hold lasts more than no time and at most {HOLD_MAX.days} days.", path=("expires_in",))
    ends_at = world.now + request.expires_in
    if reservation.expires_at is None or ends_at < reservation.expires_at:
        raise InvalidInput("The hold lasts longer than that already.", path=("expires_in",))

    def plan(decision: Decision) -> None:
        for line in reservation.lines:
            for hold in world.state.holds_of_line(line.id):
                prolong_hold(decision, hold, ends_at)

    world.post(Command(plan=plan, **step_command(prepared, reservation)))  # type: ignore[arg-type]
    reservation.expires_at = ends_at
    reservation.step("EXTENDED", at=world.now, by=prepared.by)
    world.keep(reservation)
    return reservation


class Part(NamedTuple):
    """So much of a line that is to be issued, ``of`` what it holds at that moment."""

    line: Line
    quantity: Decimal
    of: Decimal


def commit_held(world: World, prepared: PreparedStep, request: Commit) -> Reservation:
    """Issue what is held, and give back what is not issued unless it is to be kept."""
    reservation = live(world, prepared)
    parts = _parts(reservation, request.lines)
    if not any(part.quantity for part in parts):
        raise NothingHeld("Nothing is held yet: the lines wait for stock.", path=("reservation_id",))
    return issue_parts(
        world, prepared, reservation, parts, issue=lambda decision, part: issue_held(world, decision, part),
        keeps_remainder=request.keeps_remainder, occurred_at=request.occurred_at,
    )  # fmt: skip


def issue_parts(
    world: World,
    prepared: PreparedStep,
    reservation: Reservation,
    parts: Sequence[Part],
    *,
    issue: Callable[[Decision, Part], list[Movement]],
    keeps_remainder: bool,
    occurred_at: datetime | None,
) -> Reservation:
    """Issue parts of lines, each as ``issue`` does, and count them as deducted for whom they were held."""
    reason = REASONS.get(reservation.type, "SALE")
    movements: dict[UUID, list[Movement]] = {}

    def plan(decision: Decision) -> None:
        for part in parts:
            movements[part.line.id] = issue(decision, part)
        if not keeps_remainder:
            give_back(world, decision, reservation)

    world.post(
        Command(plan=plan, **step_command(prepared, reservation, reason=reason, occurred_at=occurred_at))  # type: ignore[arg-type]
    )
    for number, part in enumerate(parts):
        part.line.reserved -= part.quantity
        part.line.committed += part.quantity
        world.keep_consumption(
            consumption_of(
                world, reservation, part, movements[part.line.id], id=consumption_id(prepared.command_id, number), source=RESERVATION,
                by=prepared.by, occurred_at=occurred_at, reason=reason,
            )
        )  # fmt: skip
    if not keeps_remainder:
        _nothing_left(reservation)
    if reservation.type == "CLICK_AND_COLLECT" and reservation.collected_at is None:
        reservation.collected_at = world.now
    details = {part.line.line_reference: quantity_to_text(part.quantity) for part in parts}
    reservation.step("COMMITTED", at=world.now, by=prepared.by, details=details)
    reservation.settle(world.now)
    world.keep(reservation)
    return reservation


def _parts(reservation: Reservation, given: Sequence[tuple[UUID, Decimal]]) -> list[Part]:
    """What is to be issued of each line; raises for a line of another reservation, and for more than is held of one."""
    if not given:
        return [Part(line, line.reserved, line.reserved) for line in reservation.lines if line.reserved]
    lines = {line.id: line for line in reservation.lines}
    found: dict[UUID, Part] = {}
    for position, (line_id, quantity) in enumerate(given):
        path = ("lines", str(position))
        line = lines.get(line_id)
        if line is None:
            raise InvalidInput("The reservation has no line with this id.", path=(*path, "line_id"))
        if line_id in found:
            raise InvalidInput("This line is named twice; name it once with the sum.", path=(*path, "line_id"))
        if not ZERO < quantity <= line.reserved or quantity % line.step:
            raise InvalidInput(
                f"{quantity_to_text(line.reserved)} of {line.sku} are held by this line, in steps of"
                f" {quantity_to_text(line.step)}: {quantity_to_text(quantity)} cannot be issued of it.",
                path=(*path, "quantity"),
            )
        found[line_id] = Part(line, quantity, line.reserved)
    return list(found.values())


def issue_held(world: World, decision: Decision, part: Part) -> list[Movement]:
    """Issue a part of a line: of each leaf the same share of what is held of it, exactly all for all. Answers the movements."""
    first = len(decision.movements)
    by_leaf: dict[UUID, list[Hold]] = {}
    for hold in world.state.holds_of_line(part.line.id):
        by_leaf.setdefault(hold.variant_id, []).append(hold)
    for holds in by_leaf.values():
        left = sum((hold.quantity for hold in holds), ZERO)
        if part.quantity != part.of:
            left = quantity_of(Fraction(left) * Fraction(part.quantity) / Fraction(part.of))
            if holds[0].serials:
                left = left.to_integral_value()
        for hold in holds:
            taken = min(left, hold.quantity)
            if taken:
                left -= taken
                apply(
                    decision,
                    CommitHold(
                        variant_id=hold.variant_id, warehouse_id=hold.warehouse_id, hold_id=hold.id, quantity=taken
                    ),
                )
    return decision.movements[first:]


def issue_given(world: World, decision: Decision, line: Line, wanted: Wanted, most: Decimal) -> list[Movement]:
    """Issue of what a line holds the pieces that are named, or at most so much of the lot that is. Answers the movements."""
    first = len(decision.movements)
    if line.needs != wanted.needs:
        return []
    for hold in world.state.holds_of_line(line.id):
        stockable = world.state.balances[hold.variant_id, hold.warehouse_id].stockable
        if wanted.lot_code is not None and hold.lot_id != lot_id(stockable.item_id, wanted.lot_code):
            continue
        left = hold.serials[int(hold.committed + hold.released) :]
        pieces = tuple(number for number in wanted.serials if number in left)
        taken = Decimal(len(pieces)) if wanted.serials else min(most, hold.quantity)
        if taken:
            most -= taken
            key = {"variant_id": hold.variant_id, "warehouse_id": hold.warehouse_id}
            apply(decision, CommitHold(**key, hold_id=hold.id, quantity=taken, serials=pieces))
    return decision.movements[first:]


def give_back(
    world: World, decision: Decision, reservation: Reservation, kind: type[ReleaseHold | ExpireHold] = ReleaseHold
) -> None:
    """Everything that is still held becomes available."""
    for line in reservation.lines:
        for hold in world.state.holds_of_line(line.id):
            apply(
                decision,
                kind(
                    variant_id=hold.variant_id,
                    warehouse_id=hold.warehouse_id,
                    hold_id=hold.id,
                    quantity=hold.quantity,
                ),
            )


def consumption_of(
    world: World,
    reservation: Reservation,
    part: Part,
    movements: Sequence[Movement],
    *,
    id: UUID,  # noqa: A002 - the column's name
    source: str,
    by: str,
    occurred_at: datetime | None,
    reason: str,
) -> Consumption:
    """What was deducted by issuing a part of a line. What a consumption call asked for itself is claimed at once."""
    return Consumption(
        id=id, scope=scope_of(reservation), source=source, reservation_id=reservation.id, line_reference=None,
        variant_id=part.line.variant_id, quantity=part.quantity,
        claimed=ZERO if source == RESERVATION else part.quantity, step=part.line.step, reason=reason,
        occurred_at=occurred_at or world.now, recorded_at=world.now, recorded_by=by, components=components_of(movements),
    )  # fmt: skip


def components_of(movements: Sequence[Movement]) -> list[Component]:
    """The issues among the movements as they can be taken back."""
    return [
        Component(
            ordinal=ordinal, variant_id=each.variant_id, warehouse_id=each.warehouse_id,
            location_id=each.from_location_id, lot_id=each.lot_id, serials=each.serials, quantity=each.quantity,
            unit_cost=each.unit_cost,
        )
        for ordinal, each in enumerate(movements)
    ]  # fmt: skip


def scope_of(reservation: Reservation) -> str:
    """The order that the reservation is for; itself where there is none."""
    return f"reservation:{reservation.id}" if reservation.owner.startswith("call:") else reservation.owner


def release(world: World, prepared: PreparedStep, request: Release | MarkNoShow) -> Reservation:
    """Give back everything that is held."""
    reservation = live(world, prepared)
    kind, reason = "RELEASED", request.reason
    if isinstance(request, MarkNoShow):
        _check_collectable(reservation)
        kind, reservation.no_show_at = "NO_SHOW", world.now
    world.post(
        Command(
            plan=lambda decision: give_back(world, decision, reservation),
            **step_command(prepared, reservation, note=reason),  # type: ignore[arg-type]
        )
    )
    _nothing_left(reservation)
    reservation.step(kind, at=world.now, by=prepared.by, reason=reason)
    reservation.settle(world.now)
    world.keep(reservation)
    return reservation


def expire(world: World, reservation: Reservation, *, command_id: UUID) -> Posted | None:
    """End a reservation whose time has passed; None, and nothing done, for one whose time has not."""
    if not reservation.is_live or not reservation.is_overdue(world.now):
        return None
    posted = world.post(
        Command(
            id=command_id, plan=lambda decision: give_back(world, decision, reservation, ExpireHold),
            recorded_by=SYSTEM, reason=EXPIRED, reference=reservation.reference, reference_type=RESERVATION,
            reference_id=reservation.id,
        )
    )  # fmt: skip
    _nothing_left(reservation)
    if reservation.type == "CLICK_AND_COLLECT" and reservation.collected_at is None:
        reservation.no_show_at = world.now
    reservation.step("EXPIRED", at=world.now, by=SYSTEM)
    reservation.settle(world.now)
    if reservation.status == "RELEASED":
        reservation.status = EXPIRED
    reservation.resolved_at = reservation.expires_at
    world.keep(reservation)
    return posted


def mark_ready(world: World, prepared: PreparedStep) -> Reservation:
    """What is to be collected lies ready."""
    reservation = live(world, prepared)
    _check_collectable(reservation)
    if any(line.backordered for line in reservation.lines):
        raise NothingHeld("Some of it still waits for stock: it cannot be ready.", path=("reservation_id",))
    if reservation.ready_at is None:
        reservation.ready_at = world.now
        reservation.step("READY", at=world.now, by=prepared.by)
        world.keep(reservation)
    return reservation


def _check_collectable(reservation: Reservation) -> None:
    if reservation.type != "CLICK_AND_COLLECT":
        raise InvalidTransition(
            f"Only what is collected is ready or not collected; this reservation is of type {reservation.type}.",
            path=("reservation_id",),
        )


def assign(world: World, prepared: PreparedStep, request: Assign) -> Reservation:
    """The reservation becomes another order's, for which there is none yet."""
    reservation = live(world, prepared)
    owner = f"order:{request.order_id}"
    if reservation.owner == owner:
        return reservation
    if any(line.committed for line in reservation.lines):
        raise InvalidTransition(
            "Part of it was issued already, and would be deducted again for the other order.", path=("reservation_id",)
        )
    other = world.live(owner)
    if other is not None and not other.is_overdue(world.now):
        raise InvalidTransition("The order has a reservation of its own; release one of the two.", path=("order_id",))
    if other is not None:
        expire(world, other, command_id=prepared.command_id)
    reservation.owner, reservation.order_id = owner, request.order_id
    reservation.step("ASSIGNED", at=world.now, by=prepared.by, details={"orderId": str(request.order_id)})
    world.keep(reservation)
    return reservation


def _nothing_left(reservation: Reservation) -> None:
    for line in reservation.lines:
        line.released += line.reserved
        line.reserved = line.backordered = ZERO
