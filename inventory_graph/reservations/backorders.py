"""Backorders are filled by what comes, in the transaction in which it comes: by priority, then by age.

Whoever posts holds balances and may not wait for documents any more, which come first in the order of locks. So a reservation
that somebody else is working on is passed over, and so is a balance; the sweeper looks again.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import Refusal
from inventory_graph.outbox import emit_all
from inventory_graph.quantities import STEP, ZERO, quantity_to_text
from inventory_graph.reservations import statements
from inventory_graph.reservations.documents import read_reservations, write_documents
from inventory_graph.reservations.events import event_of
from inventory_graph.reservations.resolving import RESERVATION
from inventory_graph.reservations.state import Line, Need, Reservation, World
from inventory_graph.stock.book import apply
from inventory_graph.stock.commands import SYSTEM, BalanceKey, Command, LotReference, TakeHold, lot_id
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.holding import promisable
from inventory_graph.stock.posting import OpenBook, open_book
from inventory_graph.stock.state import State

FILLED_MAX = 100
"""How many reservations one posting fills; the sweeper sees to the rest."""


async def fill_backorders(tx: Transaction, book: OpenBook) -> None:
    """Give what has become available in the open book to those who wait for it."""
    raised = book.raised()
    if raised:
        await _fill(tx, book, raised)


async def fill_waiting(tx: Transaction, *, limit: int = FILLED_MAX) -> int:
    """Look for backorders that could be filled and were passed over; answers how many balances were looked at."""
    rows = await tx.raw.fetch(statements.STOCK_FOR_BACKORDERS, tx.tenant_id, limit)
    keys = {(row["variant_id"], row["warehouse_id"]) for row in rows}
    if keys:
        book = await open_book(tx, keys)
        await _fill(tx, book, keys)
        await book.write()
    return len(keys)


async def _fill(tx: Transaction, book: OpenBook, raised: Collection[BalanceKey]) -> None:
    waiting = await tx.raw.fetch(
        statements.WAITING, tx.tenant_id, [key[0] for key in raised], [key[1] for key in raised], FILLED_MAX
    )
    if not waiting:
        return
    order = [row["reservation_id"] for row in waiting]
    reservations = await read_reservations(
        tx, await tx.raw.fetch(statements.LOCK_RESERVATIONS_FREE, tx.tenant_id, order)
    )
    places = {
        row["reservation_id"]: [row["warehouse_id"]]
        if row["warehouse_id"] is not None
        else sorted({k[1] for k in raised})
        for row in waiting
    }
    await book.join(
        {
            (need.variant_id, warehouse_id)
            for reservation in reservations.values()
            for line in reservation.lines
            if line.backordered
            for need in line.needs
            for warehouse_id in places[reservation.id]
        }
    )
    world = World(state=book.state, now=book.now, post=book.post, reservations=reservations)
    for reservation_id in order:
        # Who cannot be given anything waits on, and keeps nothing from coming.
        if reservation_id in reservations:
            with suppress(Refusal):
                fill(world, reservations[reservation_id], places[reservation_id], command_id=uuid4())
    await write_documents(tx, world)
    await emit_all(tx, [event_of(tx.tenant_id, reservation, step) for reservation, step in world.new_steps()])


def fill(world: World, reservation: Reservation, warehouse_ids: Sequence[UUID], *, command_id: UUID) -> None:
    """Hold for a reservation's backordered lines what is there now. Pure."""
    if not reservation.is_live or reservation.is_overdue(world.now):
        return
    filled: dict[UUID, Decimal] = {}

    def plan(decision: Decision) -> None:
        for line in reservation.lines:
            for warehouse_id in warehouse_ids:
                left = line.backordered - filled.get(line.id, ZERO)
                taken = _coverable(world, reservation, line, warehouse_id, left) if left else ZERO
                if not taken or (taken < left and not reservation.fills_partially):
                    continue
                filled[line.id] = filled.get(line.id, ZERO) + taken
                _take(decision, reservation, line, warehouse_id, taken)

    world.post(
        Command(
            id=command_id, plan=plan, recorded_by=SYSTEM, reference=reservation.reference, reference_type=RESERVATION,
            reference_id=reservation.id,
        )
    )  # fmt: skip
    if not filled:
        return
    details: dict[str, str] = {}
    for line in reservation.lines:
        if taken := filled.get(line.id):
            line.backordered -= taken
            line.reserved += taken
            details[line.line_reference] = quantity_to_text(taken)
    reservation.step("BACKORDER_FILLED", at=world.now, by=SYSTEM, details=details)
    reservation.settle(world.now)
    world.keep(reservation)


def _coverable(world: World, reservation: Reservation, line: Line, warehouse_id: UUID, wanted: Decimal) -> Decimal:
    """How much of a line one warehouse can give now."""
    steps = floor(Fraction(wanted) / Fraction(line.step))
    for need in line.needs:
        if not need.is_optional and need.quantity:
            there = _there(world.state, reservation, line, need, warehouse_id, now=world.now)
            steps = min(steps, floor(Fraction(there) / need.quantity / Fraction(line.step)))
    return max(steps, 0) * line.step


def _there(
    state: State, reservation: Reservation, line: Line, need: Need, warehouse_id: UUID, *, now: datetime
) -> Decimal:
    balance = state.balances.get((need.variant_id, warehouse_id))
    if balance is None:
        return ZERO
    lot = lot_id(balance.stockable.item_id, line.lot_code) if line.lot_code is not None else None
    return promisable(
        state, balance, used_at=reservation.pickup_at or now, lot_id=lot,
        shelf_life_days=reservation.minimum_shelf_life_days or 0,
    )  # fmt: skip


def _take(decision: Decision, reservation: Reservation, line: Line, warehouse_id: UUID, quantity: Decimal) -> None:
    for need in line.needs:
        taken = need.of(quantity)
        there = _there(decision.state, reservation, line, need, warehouse_id, now=decision.now)
        if need.is_optional and there < taken:
            continue
        if taken - there <= STEP:
            taken = min(taken, there)
        if taken:
            apply(
                decision,
                TakeHold(
                    variant_id=need.variant_id, warehouse_id=warehouse_id, quantity=taken, owner_id=reservation.id,
                    line_id=line.id, expires_at=reservation.expires_at,
                    lot=LotReference(code=line.lot_code) if line.lot_code is not None else None,
                    used_at=reservation.pickup_at, shelf_life_days=reservation.minimum_shelf_life_days or 0,
                ),
            )  # fmt: skip
