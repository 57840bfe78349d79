"""Reserving: which holds a request comes to, decided on locked balances. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.errors import InvalidInput, InvalidTransition, LimitExceeded, Refusal
from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import STEP, ZERO, quantity_to_text
from inventory_graph.reservations import allocation
from inventory_graph.reservations.offering import offer
from inventory_graph.reservations.prepared import PreparedReserve, Site, Wanted
from inventory_graph.reservations.requests import LINES_MAX
from inventory_graph.reservations.resolving import expire
from inventory_graph.reservations.state import ITSELF, Line, Reservation, World
from inventory_graph.stock.book import apply
from inventory_graph.stock.commands import Command, LotReference, ReleaseHold, TakeHold
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.holding import prolong_hold, promisable
from inventory_graph.stock.refusals import InsufficientStock

RESERVATION = "RESERVATION"


def reserve(world: World, wanted: PreparedReserve) -> Reservation:
    """Hold what is wanted. The owner's line of the same reference is replaced, never added to; other lines of it stay."""
    known = world.live(wanted.owner)
    if known is not None and known.is_overdue(world.now):
        expire(world, known, command_id=wanted.reservation_id)
        known = None
    if known is None and not any(line.quantity for line in wanted.lines):
        raise InvalidInput("Nothing is wanted, and there is nothing to give back.", path=("lines",))
    _check_room(known, wanted)
    plan = _Plan(world, known, wanted)
    world.post(
        Command(
            id=wanted.command_id,
            plan=plan.run,
            recorded_by=wanted.by,
            reference=wanted.reference,
            reference_type=RESERVATION,
            reference_id=known.id if known is not None else wanted.reservation_id,
        )
    )
    return plan.finish()


def _check_room(known: Reservation | None, wanted: PreparedReserve) -> None:
    lines = {line.line_reference for line in known.lines} if known is not None else set()
    if len(lines | {line.line_reference or "" for line in wanted.lines if line.quantity}) > LINES_MAX:
        raise LimitExceeded(
            f"A reservation has at most {LINES_MAX} lines, those included that were taken away.", path=("lines",)
        )


@dataclass(slots=True)
class _Held:
    """What became of one wanted line."""

    wanted: Wanted
    line_id: UUID
    position: int
    reserved: Decimal = ZERO
    missing: Decimal = ZERO
    is_kept: bool = False


class _Plan:
    """One reservation on its way: first everything is decided on the book, then, if it was accepted, written down."""

    def __init__(self, world: World, known: Reservation | None, wanted: PreparedReserve) -> None:
        self.world = world
        self.known = known
        self.wanted = wanted
        self.used_at = wanted.pickup_at or world.now
        self.expires_at = _end(wanted, world.now)
        self.lines = {line.line_reference: line for line in known.lines} if known is not None else {}
        self.held: list[_Held] = []
        self.warehouse_ids: set[UUID] = set()

    def run(self, decision: Decision) -> None:
        fresh = [each for each in (self._place(decision, *pair) for pair in enumerate(self.wanted.lines)) if each]
        for held in fresh:
            if held.wanted.is_picky and held.wanted.quantity:
                self._hold_given(decision, held)
            elif not held.wanted.needs:
                held.reserved = held.wanted.quantity  # a service holds nothing
        self._allocate(
            decision,
            [each for each in fresh if each.wanted.quantity and each.wanted.needs and not each.wanted.is_picky],
        )
        if self.wanted.on_shortage == "PARTIAL" and not self._is_anything_held():
            self._refuse_shortage(decision, fresh)
        if self.known is not None:
            self._prolong(decision)

    def _place(self, decision: Decision, position: int, wanted: Wanted) -> _Held | None:
        """The line's place in the reservation, its own hold given back; None where it stays as it is."""
        old = self.lines.get(wanted.line_reference or "")
        held = _Held(wanted=wanted, line_id=old.id if old is not None else wanted.id, position=position)
        self.held.append(held)
        if old is None:
            return held
        if old.committed and wanted.quantity and old.variant_id != wanted.variant_id:
            raise InvalidTransition(
                f"Of this line {old.sku} was issued already: ask for {wanted.sku} by another reference.",
                path=("lines", str(position), "line_reference"),
            )
        if self._is_same(old, wanted):
            held.is_kept = True
            self.warehouse_ids |= {hold.warehouse_id for hold in self.world.state.holds_of_line(old.id)}
            return None
        for hold in self.world.state.holds_of_line(old.id):
            key: dict[str, Any] = {"variant_id": hold.variant_id, "warehouse_id": hold.warehouse_id}
            apply(decision, ReleaseHold(**key, hold_id=hold.id, quantity=hold.quantity))
        return held

    def _is_same(self, old: Line, wanted: Wanted) -> bool:
        allowed = {site.warehouse_id for site in self.wanted.sites}
        return (
            old.variant_id == wanted.variant_id
            and old.reserved == wanted.quantity
            and not old.backordered
            and old.needs == wanted.needs
            and old.lot_code == wanted.lot_code
            and not wanted.serials
            and self.known is not None
            and self.known.pickup_at == self.wanted.pickup_at
            and self.known.minimum_shelf_life_days == self.wanted.shelf_life_days
            and all(hold.warehouse_id in allowed for hold in self.world.state.holds_of_line(old.id))
        )

    def _prolong(self, decision: Decision) -> None:
        """What stays is held as long as what is new."""
        for line in self.lines.values():
            for hold in self.world.state.holds_of_line(line.id):
                prolong_hold(decision, hold, self.expires_at)

    # ------------------------------------------------------------------ given lots and pieces
    def _hold_given(self, decision: Decision, held: _Held) -> None:
        wanted = held.wanted
        (need,) = wanted.needs
        try:
            found = offer(
                decision.state, wanted, self.wanted.sites, used_at=self.used_at,
                shelf_life_days=self.wanted.shelf_life_days or 0,
            )  # fmt: skip
        except Refusal as refusal:
            raise refusal.at("lines", str(held.position)) from None
        taken = wanted.quantity if wanted.serials else min(wanted.quantity, found.quantity)
        if self.wanted.on_shortage == "ALL_OR_NOTHING":
            taken = wanted.quantity  # the book says what is wrong with the lot, or how much of it there is
        if taken:
            self._take(decision, held, found.warehouse_id, need.variant_id, taken)
        held.reserved, held.missing = taken, wanted.quantity - taken

    # ------------------------------------------------------------------ everything else
    def _allocate(self, decision: Decision, lines: Sequence[_Held]) -> None:
        """Sums the lines per balance before any of them is held: a cart can never oversell itself."""
        if len(self.wanted.sites) == 1 and all(_is_plain(held.wanted) for held in lines):
            found = self._from_one(decision, lines)
        else:
            found = self._by_strategy(decision, lines)
        for held, missing in zip(lines, found.missing, strict=True):
            held.missing = missing
        if self.wanted.on_shortage == "ALL_OR_NOTHING":
            self._refuse_shortage(decision, lines)
        for share in found.shares:
            lines[share.demand].reserved += share.quantity
        # What may be left out comes last: it must not take what another line cannot do without.
        for is_optional in (False, True):
            for share in found.shares:
                self._take_share(decision, lines[share.demand], share, is_optional=is_optional)

    def _from_one(self, decision: Decision, lines: Sequence[_Held]) -> allocation.Allocation:
        """What every strategy comes to with one warehouse and goods that are held as themselves."""
        (site,) = self.wanted.sites
        left = {
            variant_id: self._there(decision, variant_id, site.warehouse_id)
            for variant_id in {held.wanted.variant_id for held in lines}
        }
        shares, missing = [], []
        for number, held in enumerate(lines):
            wanted = held.wanted
            taken = min(wanted.quantity, left[wanted.variant_id])
            if taken < wanted.quantity:
                taken -= taken % wanted.step
            left[wanted.variant_id] -= taken
            missing.append(wanted.quantity - taken)
            if taken:
                shares.append(allocation.Share(number, site.warehouse_id, taken))
        return allocation.Allocation(tuple(shares), tuple(missing))

    def _by_strategy(self, decision: Decision, lines: Sequence[_Held]) -> allocation.Allocation:
        demands = [
            allocation.Demand(
                quantity=held.wanted.quantity,
                needs={need.variant_id: need.quantity for need in held.wanted.needs if not need.is_optional},
                step=held.wanted.step,
            )
            for held in lines
        ]
        sites = [self._site(decision, site, demands) for site in self.wanted.sites]
        return allocation.STRATEGIES[self.wanted.strategy](sites, demands, self.wanted.may_split)

    def _is_anything_held(self) -> bool:
        """Whether something is held of what is wanted, or nothing is wanted that would have to be."""
        return any(held.reserved or held.is_kept for held in self.held) or all(
            not held.wanted.quantity for held in self.held
        )

    def _site(self, decision: Decision, site: Site, demands: Sequence[allocation.Demand]) -> allocation.Site:
        available: dict[UUID, Decimal] = {}
        for variant_id in {variant_id for demand in demands for variant_id in demand.needs}:
            available[variant_id] = self._there(decision, variant_id, site.warehouse_id)
        return allocation.Site(
            warehouse_id=site.warehouse_id, priority=site.priority, distance_km=site.distance_km, available=available
        )

    def _there(self, decision: Decision, variant_id: UUID, warehouse_id: UUID) -> Decimal:
        balance = decision.state.balances.get((variant_id, warehouse_id))
        if balance is None:
            return ZERO
        days = self.wanted.shelf_life_days or 0
        return promisable(decision.state, balance, used_at=self.used_at, shelf_life_days=days)

    def _take_share(self, decision: Decision, held: _Held, share: allocation.Share, *, is_optional: bool) -> None:
        """Of each leaf what the share takes; of an optional one only where there is enough of it."""
        for need in held.wanted.needs:
            if need.is_optional != is_optional:
                continue
            quantity = need.of(share.quantity)
            if is_optional or need.quantity.denominator != 1:
                there = self._there(decision, need.variant_id, share.warehouse_id)
                if is_optional and there < quantity:
                    continue
                # Every line is rounded for itself, so that lines together may come to a millionth more than there is.
                if quantity - there <= STEP * len(self.wanted.lines):
                    quantity = min(quantity, there)
            if quantity:
                self._take(decision, held, share.warehouse_id, need.variant_id, quantity)

    def _refuse_shortage(self, decision: Decision, lines: Sequence[_Held]) -> None:
        for held in lines:
            if not held.missing:
                continue
            same = [each for each in lines if each.wanted.variant_id == held.wanted.variant_id]
            requested = sum((each.wanted.quantity for each in same), ZERO)
            raise InsufficientStock(
                sku=held.wanted.sku,
                requested=requested,
                available=requested - sum((each.missing for each in same), ZERO),
                where="available",
                path=("lines", str(held.position), "quantity"),
                component_id=self._short_component(decision, held),
                warehouse_ids=tuple(site.warehouse_id for site in self.wanted.sites),
            )

    def _short_component(self, decision: Decision, held: _Held) -> UUID | None:
        """Which leaf there is least of, by how many units it allows; None where the line is its own leaf."""
        leaves = [need for need in held.wanted.needs if not need.is_optional and need.quantity]
        if not leaves or [need.variant_id for need in leaves] == [held.wanted.variant_id]:
            return None
        counts = {
            need.variant_id: max(
                self._there(decision, need.variant_id, site.warehouse_id) for site in self.wanted.sites
            )
            for need in leaves
        }
        return min(leaves, key=lambda need: counts[need.variant_id] / quantity_of(need.quantity)).variant_id

    def _take(self, decision: Decision, held: _Held, warehouse_id: UUID, variant_id: UUID, quantity: Decimal) -> None:
        wanted = held.wanted
        self.warehouse_ids.add(warehouse_id)
        line = TakeHold(
            variant_id=variant_id,
            warehouse_id=warehouse_id,
            quantity=quantity,
            owner_id=self.known.id if self.known is not None else self.wanted.reservation_id,
            line_id=held.line_id,
            expires_at=self.expires_at,
            lot=LotReference(code=wanted.lot_code) if wanted.lot_code is not None else None,
            serials=wanted.serials,
            used_at=self.wanted.pickup_at,
            shelf_life_days=self.wanted.shelf_life_days or 0,
        )
        try:
            apply(decision, line)
        except Refusal as refusal:
            raise refusal.at("lines", str(held.position)) from None

    # ------------------------------------------------------------------ after it was accepted
    def finish(self) -> Reservation:
        wanted, now = self.wanted, self.world.now
        reservation = self.known
        kind = "HELD" if reservation is None else "CHANGED"
        if reservation is None:
            reservation = Reservation(
                id=wanted.reservation_id, owner=wanted.owner, type=wanted.type, status="HELD", order_id=wanted.order_id,
                reference=wanted.reference, warehouse_id=None, outlet_id=wanted.outlet_id, expires_at=None,
                created_at=now, created_by=wanted.by,
            )  # fmt: skip
        reservation.type, reservation.priority = wanted.type, wanted.priority
        reservation.fills_partially = wanted.fills_partially
        reservation.minimum_shelf_life_days = wanted.shelf_life_days
        reservation.expires_at = self.expires_at
        reservation.pickup_at, reservation.pickup_until = wanted.pickup_at, wanted.pickup_until
        reservation.outlet_id = wanted.outlet_id
        for held in self.held:
            self._write_line(reservation, held)
        reservation.warehouse_id = self._one_warehouse(reservation)
        details = {each.wanted.line_reference or "": quantity_to_text(each.wanted.quantity) for each in self.held}
        reservation.step(kind, at=now, by=wanted.by, details=details)
        reservation.settle(now)
        self.world.keep(reservation)
        return reservation

    def _write_line(self, reservation: Reservation, held: _Held) -> None:
        wanted = held.wanted
        line = self.lines.get(wanted.line_reference or "")
        if held.is_kept:
            return
        if line is None:
            if not wanted.quantity:
                return
            line = Line(
                id=held.line_id, position=len(reservation.lines) + 1, line_reference=wanted.line_reference or "",
                variant_id=wanted.variant_id, sku=wanted.sku, requested=wanted.quantity, step=wanted.step,
                needs=wanted.needs, lot_code=wanted.lot_code,
            )  # fmt: skip
            reservation.lines.append(line)
        elif not wanted.quantity:
            line.released += line.reserved
            line.reserved = line.backordered = ZERO
            return
        else:
            line.variant_id, line.sku, line.step = wanted.variant_id, wanted.sku, wanted.step
            line.needs, line.lot_code = wanted.needs, wanted.lot_code
            line.requested, line.released = line.committed + wanted.quantity, ZERO
        line.reserved = held.reserved
        line.backordered = held.missing if self.wanted.on_shortage == "BACKORDER" else ZERO

    def _one_warehouse(self, reservation: Reservation) -> UUID | None:
        """Where all of it is, or is to come from; None where it was split."""
        held = self.warehouse_ids | {
            hold.warehouse_id for line in reservation.lines for hold in self.world.state.holds_of_line(line.id)
        }
        if not held and (self.wanted.is_placed or len(self.wanted.sites) == 1):
            held = {site.warehouse_id for site in self.wanted.sites}
        return next(iter(held)) if len(held) == 1 else None


def _is_plain(wanted: Wanted) -> bool:
    return len(wanted.needs) == 1 and wanted.needs[0] == (wanted.variant_id, ITSELF, False)


def _end(wanted: PreparedReserve, now: datetime) -> datetime | None:
    return now + wanted.expires_in if wanted.expires_in is not None else wanted.ends_at
