"""An order is deducted once: what is consumed, what the order has had of it already, and what goes back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import floor
from uuid import UUID

from inventory_graph.errors import NotFound, Refusal
from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import STEP, ZERO
from inventory_graph.reservations.apportioning import apportion
from inventory_graph.reservations.prepared import PreparedConsume, PreparedReverse, Wanted
from inventory_graph.reservations.resolving import (
    RESERVATION,
    Part,
    components_of,
    consumption_of,
    issue_given,
    issue_held,
)
from inventory_graph.reservations.state import Component, Consumption, Need, Reservation, World, consumption_id
from inventory_graph.stock.book import Posted, apply
from inventory_graph.stock.commands import Command, Consume, LotReference, ReturnConsumed, lot_id
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.holding import promisable
from inventory_graph.stock.refusals import InsufficientStock
from inventory_graph.stock.state import Movement

HOLD = "HOLD"
DIRECT = "DIRECT"
WASTE = ("WASTE",)


def consume(world: World, wanted: PreparedConsume) -> Posted:
    """Deduct what the order has not had: what a committed hold of it covers is only claimed, what is held for it is issued from
    its hold, and the rest from what is available."""
    plan = _ConsumePlan(world, wanted)
    posted = world.post(
        Command(
            id=wanted.command_id, plan=plan.run, recorded_by=wanted.by, reason=wanted.reason, reference=wanted.reference,
            reference_type="ORDER" if wanted.order_id is not None else None, reference_id=wanted.order_id,
            occurred_at=wanted.occurred_at,
        )
    )  # fmt: skip
    plan.finish()
    return posted


@dataclass(slots=True)
class _Issue:
    """What is left of a line to be issued from what is available, and what was."""

    wanted: Wanted
    position: int
    quantity: Decimal
    shortfall: Decimal = ZERO
    movements: list[Movement] = field(default_factory=list)


class _ConsumePlan:
    """One consumption on its way: first everything is decided on the book, then, if it was accepted, written down."""

    def __init__(self, world: World, wanted: PreparedConsume) -> None:
        self.world = world
        self.wanted = wanted
        self.known = world.consumptions.get(wanted.scope, [])
        self.claims: dict[UUID, Decimal] = {}
        self.parts: list[tuple[Reservation, Part, list[Movement]]] = []
        self.issues: list[_Issue] = []

    def run(self, decision: Decision) -> None:
        told = {each.line_reference for each in self.known if each.line_reference is not None}
        issued_of: dict[UUID, Decimal] = {}
        for position, line in enumerate(self.wanted.lines):
            if line.line_reference is not None and line.line_reference in told:
                continue
            rest = line if self.wanted.is_additional else self._claim(line)
            rest = self._from_holds(decision, rest, issued_of)
            # A line that is named leaves a trace even if nothing is left of it, or it would be deducted when it is told again.
            if rest.quantity or line.line_reference is not None:
                self.issues.append(_Issue(rest, position, rest.quantity))
        if self.wanted.takes_what_is_there:
            self._issue_what_is_there(decision)
        else:
            # What may be left out comes last: it must not take what another line cannot do without.
            for is_optional in (False, True):
                for issue in self.issues:
                    self._issue(decision, issue, is_optional=is_optional)

    def _claim(self, line: Wanted) -> Wanted:
        """What was committed for the order and no call has spoken of yet was deducted already. Answers the rest."""
        left, issued = line.quantity, set()
        for consumption in self.known:
            if consumption.source == RESERVATION and consumption.variant_id == line.variant_id and left:
                unclaimed = consumption.quantity - consumption.claimed - self.claims.get(consumption.id, ZERO)
                claimed = min(unclaimed, left)
                self.claims[consumption.id] = self.claims.get(consumption.id, ZERO) + claimed
                left -= claimed
                if claimed:
                    issued |= {number for component in consumption.components for number in component.serials}
        # Of the pieces that are named those that were not issued are what is left.
        pieces = sorted(line.serials, key=lambda number: number in issued)
        return replace(line, quantity=left, serials=tuple(pieces[: int(left)])) if left < line.quantity else line

    def _from_holds(self, decision: Decision, line: Wanted, issued_of: dict[UUID, Decimal]) -> Wanted:
        """What is held for the order is issued first; of what is named only that. Answers the rest."""
        reservation = self.world.live(self.wanted.scope)
        if reservation is None or reservation.is_overdue(self.world.now) or self.wanted.is_additional:
            return line
        for held in reservation.lines:
            if held.variant_id != line.variant_id:
                continue
            left = held.reserved - issued_of.get(held.id, ZERO)
            part = Part(held, min(line.quantity, left), left)
            if not part.quantity:
                continue
            if line.is_picky:
                movements = issue_given(self.world, decision, held, line, part.quantity)
                part = part._replace(quantity=sum((each.quantity for each in movements), ZERO))
            else:
                movements = issue_held(self.world, decision, part)
            if part.quantity:
                issued_of[held.id] = issued_of.get(held.id, ZERO) + part.quantity
                self.parts.append((reservation, part, movements))
                gone = {number for each in movements for number in each.serials}
                serials = tuple(number for number in line.serials if number not in gone)
                line = replace(line, quantity=line.quantity - part.quantity, serials=serials)
        return line

    def _issue(self, decision: Decision, issue: _Issue, *, is_optional: bool) -> None:
        """All of it from what is available; an optional leaf only where there is enough of it."""
        for need in issue.wanted.needs:
            quantity = need.of(issue.quantity)
            if need.is_optional != is_optional or not quantity:
                continue
            if not is_optional or self._there(decision, need.variant_id) >= quantity:
                self._take(decision, issue, need.variant_id, quantity)

    def _issue_what_is_there(self, decision: Decision) -> None:
        """Given lots and pieces first. Lines that want more of a leaf than there is share it by what they want; what may be
        left out gets what is left. What is missing is recorded."""
        for issue in self.issues:
            if issue.wanted.is_picky and issue.quantity:
                self._issue_given(decision, issue)
        for is_optional in (False, True):
            wanted = [
                (issue, need, need.of(issue.quantity))
                for issue in self.issues
                for need in issue.wanted.needs
                if need.is_optional == is_optional and not issue.wanted.is_picky
            ]
            for variant_id in dict.fromkeys(need.variant_id for _, need, _ in wanted):
                self._share(decision, variant_id, [row for row in wanted if row[1].variant_id == variant_id])

    def _issue_given(self, decision: Decision, issue: _Issue) -> None:
        wanted = issue.wanted
        quantity = issue.quantity
        if not wanted.serials:
            quantity = min(quantity, self._there(decision, wanted.variant_id, lot_code=wanted.lot_code))
        if quantity:
            self._take(decision, issue, wanted.variant_id, quantity)
        issue.shortfall = issue.quantity - quantity

    def _share(self, decision: Decision, variant_id: UUID, rows: Sequence[tuple[_Issue, Need, Decimal]]) -> None:
        total = sum((quantity for _, _, quantity in rows), ZERO)
        there = min(total, self._there(decision, variant_id))
        is_whole = all(need.quantity.denominator == 1 and issue.wanted.step == 1 for issue, need, _ in rows)
        step = Decimal(1) if is_whole and there == floor(there) else STEP
        shares = apportion(there, [quantity for _, _, quantity in rows], step=step)
        for (issue, need, quantity), share in zip(rows, shares, strict=True):
            if share:
                self._take(decision, issue, variant_id, share)
            if not need.is_optional and quantity:
                covered = quantity_of(Fraction(issue.quantity) * Fraction(share) / Fraction(quantity))
                issue.shortfall = max(issue.shortfall, issue.quantity - covered)

    def _there(self, decision: Decision, variant_id: UUID, *, lot_code: str | None = None) -> Decimal:
        balance = decision.state.balances.get((variant_id, self.wanted.site.warehouse_id))
        if balance is None:
            return ZERO
        lot = lot_id(balance.stockable.item_id, lot_code) if lot_code is not None else None
        return promisable(
            decision.state, balance, used_at=decision.occurred_at, lot_id=lot, takes_all=self.wanted.reason in WASTE
        )

    def _take(self, decision: Decision, issue: _Issue, variant_id: UUID, quantity: Decimal) -> None:
        line, first = issue.wanted, len(decision.movements)
        is_own = variant_id == line.variant_id
        try:
            apply(
                decision,
                Consume(
                    variant_id=variant_id,
                    warehouse_id=self.wanted.site.warehouse_id,
                    quantity=quantity,
                    lot=LotReference(code=line.lot_code) if line.lot_code is not None and is_own else None,
                    serials=line.serials if is_own else (),
                    is_waste=self.wanted.reason in WASTE,
                ),
            )
        except Refusal as refusal:
            if isinstance(refusal, InsufficientStock) and not is_own:
                refusal.component_id = variant_id
            raise refusal.at("lines", str(issue.position)) from None
        issue.movements += decision.movements[first:]

    def finish(self) -> None:
        world, wanted = self.world, self.wanted
        ids = (consumption_id(wanted.command_id, number) for number in count())
        for consumption in self.known:
            if self.claims.get(consumption.id):
                consumption.claimed += self.claims[consumption.id]
                world.keep_consumption(consumption)
        resolved: dict[UUID, Reservation] = {}
        for reservation, part, movements in self.parts:
            part.line.reserved -= part.quantity
            part.line.committed += part.quantity
            resolved[reservation.id] = reservation
            world.keep_consumption(
                consumption_of(
                    world, reservation, part, movements, id=next(ids), source=HOLD, by=wanted.by,
                    occurred_at=wanted.occurred_at, reason=wanted.reason,
                )
            )  # fmt: skip
        for issue in self.issues:
            self._write(issue, next(ids))
        for reservation in resolved.values():
            reservation.step("CONSUMED", at=world.now, by=wanted.by)
            reservation.settle(world.now)
            world.keep(reservation)

    def _write(self, issue: _Issue, id: UUID) -> None:  # noqa: A002 - the column's name
        world, wanted = self.world, self.wanted
        world.keep_consumption(
            Consumption(
                id=id, scope=wanted.scope, source=DIRECT, reservation_id=None,
                line_reference=issue.wanted.line_reference, variant_id=issue.wanted.variant_id, quantity=issue.quantity,
                shortfall=issue.shortfall, claimed=ZERO, step=issue.wanted.step, reason=wanted.reason,
                occurred_at=wanted.occurred_at or world.now, recorded_at=world.now, recorded_by=wanted.by,
                components=components_of(issue.movements),
            )
        )  # fmt: skip


def reverse(world: World, wanted: PreparedReverse) -> Posted:
    """Take back what was deducted for the order, exactly as it was deducted; never more than is left of it."""
    known = world.consumptions.get(wanted.scope, [])
    if not known:
        raise NotFound("Nothing was deducted for this order or reference.", path=("order_id",))
    parts: list[tuple[Consumption, Decimal]] = []
    is_everything = wanted.quantities is None
    for variant_id, sku, quantity in _budgets(known, wanted):
        rows = [each for each in known if each.variant_id == variant_id]
        if not rows:
            raise NotFound(f"Nothing of {sku} was deducted for this order or reference.", path=("lines",))
        left = [row.remaining for row in rows]
        budget = min(quantity, sum(left, ZERO))
        parts += zip(rows, apportion(budget, left, step=_step(rows, budget)), strict=True)
    returned: list[tuple[Component, Decimal]] = []

    def plan(decision: Decision) -> None:
        for consumption, part in parts:
            if part or is_everything:
                returned.extend(_return(decision, consumption, part))

    posted = world.post(
        Command(
            id=wanted.command_id, plan=plan, recorded_by=wanted.by, reason="RETURN", note=wanted.reason,
            reference_type="ORDER" if wanted.order_id is not None else None, reference_id=wanted.order_id,
        )
    )  # fmt: skip
    for component, quantity in returned:
        component.reversed += quantity
    for consumption, part in parts:
        if part or is_everything:
            consumption.reversed += part
            world.keep_consumption(consumption)
    return posted


def _budgets(known: Sequence[Consumption], wanted: PreparedReverse) -> list[tuple[UUID, str, Decimal]]:
    """What to take back of each variant; lines of one variant are summed."""
    if wanted.quantities is None:
        totals = dict.fromkeys((each.variant_id for each in known), ZERO)
        for each in known:
            totals[each.variant_id] += each.remaining
        return [(variant_id, "", total) for variant_id, total in totals.items()]
    summed: dict[UUID, tuple[str, Decimal]] = {}
    for variant_id, sku, quantity in wanted.quantities:
        summed[variant_id] = (sku, summed.get(variant_id, ("", ZERO))[1] + quantity)
    return [(variant_id, sku, quantity) for variant_id, (sku, quantity) in summed.items()]


def _step(rows: Sequence[Consumption], budget: Decimal) -> Decimal:
    """Whole units go back whole, unless a shortfall has divided one."""
    step = max(row.step for row in rows)
    divided = any(row.remaining % step for row in rows) or budget % step
    return STEP if divided else step


def _return(decision: Decision, consumption: Consumption, part: Decimal) -> list[tuple[Component, Decimal]]:
    """Of each component what comes back with a part of the consumption; with the last part everything that is left of it."""
    returned: list[tuple[Component, Decimal]] = []
    for component, quantity in _shares(consumption, part):
        if not quantity:
            continue
        first = int(component.reversed)
        apply(
            decision,
            ReturnConsumed(
                variant_id=component.variant_id,
                warehouse_id=component.warehouse_id,
                quantity=quantity,
                unit_cost=component.unit_cost,
                location_id=component.location_id,
                lot_id=component.lot_id,
                serials=component.serials[first : first + int(quantity)] if component.serials else (),
            ),
        )
        returned.append((component, quantity))
    return returned


def _shares(consumption: Consumption, part: Decimal) -> list[tuple[Component, Decimal]]:
    """Of each leaf the share that the part is, divided over its places and lots by what is left of each; in whole units where
    only whole ones are left."""
    if part == consumption.remaining:
        return [(each, each.quantity - each.reversed) for each in consumption.components]
    by_leaf: dict[UUID, list[Component]] = {}
    for component in consumption.components:
        by_leaf.setdefault(component.variant_id, []).append(component)
    shares: list[tuple[Component, Decimal]] = []
    for components in by_leaf.values():
        total = sum((each.quantity for each in components), ZERO)
        due = quantity_of(Fraction(total) * Fraction(part) / Fraction(consumption.deducted))
        if components[0].serials:
            due = due.to_integral_value()
        rests = [each.quantity - each.reversed for each in components]
        due = min(due, sum(rests, ZERO))
        is_whole = not due % 1 and not any(rest % 1 for rest in rests)
        shares += zip(components, apportion(due, rests, step=Decimal(1) if is_whole else STEP), strict=True)
    return shares
