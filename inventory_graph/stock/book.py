"""The stock book: decides what a command does. A pure state machine: no database, no clock, no randomness.

``decide`` takes the locked state, one command and the time, changes the state and answers what to write; a refused command
leaves the state as it was. Invariants 1 to 4 of the package's docstring hold after every call if they held before it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound, Refusal
from inventory_graph.quantities import QUANTITY_MAX, STEP, ZERO
from inventory_graph.stock import costing
from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Line,
    Move,
    Receive,
    SetOnHand,
    StockState,
)
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.lots import arriving_lot, named_lot
from inventory_graph.stock.refusals import AlreadyPosted, StaleQuantity
from inventory_graph.stock.serials import check_count, moved
from inventory_graph.stock.state import Balance, Lot, Movement, Serial, State

FUTURE_TOLERANCE = timedelta(minutes=5)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Posted:
    """What an accepted command did: the balances before and right after it, and its movements in order."""

    command: Command
    before: list[Balance]
    after: list[Balance]
    movements: list[Movement]
    lots: list[Lot]
    serials: list[Serial]


def decide(state: State, command: Command, now: datetime) -> Posted:
    """Apply the command to the state. Raises a ``Refusal``, whose path begins with ``lines.N``; then nothing changed."""
    keys = command.balance_keys()
    for position, line in enumerate(command.lines):
        if (line.variant_id, line.warehouse_id) not in state.balances:
            raise NotFound("There is no such variant or no such warehouse.", path=("lines", str(position)))
    before = [state.balances[key].copy() for key in sorted(keys)]
    decision = Decision(state, command, now)
    try:
        _run(decision)
    except Refusal:
        for balance in before:
            state.balances[balance.key] = balance
        for lot_id, lot in decision.lots_before.items():
            _restore(state.lots, lot_id, lot)
        for serial_id, serial in decision.serials_before.items():
            _restore(state.serials, serial_id, serial)
        raise
    if command.document is not None:
        state.posted.add((command.document.type, command.document.id, command.document.line, command.document.kind))
    return Posted(
        command=command,
        before=before,
        after=[state.balances[balance.key].copy() for balance in before],
        movements=decision.movements,
        lots=[state.lots[lot_id] for lot_id in decision.lots_before],
        serials=[state.serials[serial_id] for serial_id in decision.serials_before],
    )


def _restore(table: dict[UUID, Value], key: UUID, value: Value | None) -> None:
    if value is None:
        del table[key]
    else:
        table[key] = value


def _run(decision: Decision) -> None:
    command = decision.command
    document = command.document
    if document and (document.type, document.id, document.line, document.kind) in decision.state.posted:
        raise AlreadyPosted(f"Line {document.line} of this {document.type} has posted its {document.kind} before.")
    if not command.lines:
        raise InvalidInput("A command has at least one line.", path=("lines",))
    if decision.occurred_at > decision.now + FUTURE_TOLERANCE:
        raise InvalidInput(
            "occurredAt lies in the future: a movement is recorded when it has happened.", path=("occurred_at",)
        )
    for position, line in enumerate(command.lines):
        try:
            _check_stockable(decision, line)
            _decide_line(decision, line)
        except Refusal as refusal:
            raise refusal.at("lines", str(position)) from None


def _check_stockable(decision: Decision, line: Line) -> None:
    stockable = decision.balance(line).stockable
    if not stockable.holds_stock:
        raise InvalidInput(
            f"{stockable.variant_sku} holds no stock of its own: services and vouchers have none, recipes and kits have"
            " that of their components.",
            path=("sku",),
        )
    if not stockable.is_active:
        raise ItemInactive(f"{stockable.variant_sku} is archived; reactivate it first.", path=("sku",))


def _decide_line(decision: Decision, line: Line) -> None:
    match line:
        case Receive():
            _receive(decision, line)
        case Adjust():
            _adjust(decision, line)
        case SetOnHand():
            _set(decision, line)
        case Move():
            _move(decision, line)


def _receive(decision: Decision, line: Receive) -> None:
    balance = decision.balance(line)
    _check_size(line.quantity, "quantity")
    _check_positive(line.quantity, "quantity")
    unit_cost = costing.frozen(line.unit_cost) if line.unit_cost is not None else None
    check_count(balance.stockable, line.serials, line.quantity, required=True)
    lot = arriving_lot(decision.state, balance.stockable, line.lot, decision.occurred_at)
    decision.arrive(
        balance,
        line,
        line.quantity,
        location_id=line.location_id,
        lot=lot,
        path="quantity",
        unit_cost=unit_cost,
        serials=line.serials,
    )


def _adjust(decision: Decision, line: Adjust) -> None:
    balance = decision.balance(line)
    _check_size(line.delta, "delta")
    if not line.delta:
        raise InvalidInput("A difference of 0 changes nothing.", path=("delta",))
    if line.delta > 0:
        if balance.stockable.tracking == "SERIAL":
            raise InvalidInput(
                f"{balance.stockable.item_sku} is tracked by serial: receive what was found, naming its serials.",
                path=("delta",),
            )
        lot = arriving_lot(decision.state, balance.stockable, line.lot, decision.occurred_at)
        decision.arrive(balance, line, line.delta, location_id=line.location_id, lot=lot, path="delta")
    else:
        lot_id = named_lot(decision.state, balance.stockable, line.lot) if line.lot else None
        decision.leave(balance, line, -line.delta, location_id=line.location_id, lot_id=lot_id, path="delta")


def _set(decision: Decision, line: SetOnHand) -> None:
    balance = decision.balance(line)
    _check_size(line.quantity, "quantity")
    if line.quantity < 0 and not balance.stockable.allow_negative:
        raise InvalidInput("On hand cannot be set below 0.", path=("quantity",))
    if line.change_from is not None and line.change_from != balance.on_hand:
        raise StaleQuantity(
            sku=balance.stockable.variant_sku,
            expected=line.change_from,
            actual=balance.on_hand,
            path=("change_from_quantity",),
        )
    delta = line.quantity - balance.on_hand
    _check_size(delta, "quantity")
    if delta > 0 and balance.stockable.tracking != "NONE":
        raise InvalidInput(
            f"{balance.stockable.item_sku} is tracked by {balance.stockable.tracking.lower()}: it can be set lower, but"
            " more of it must be received or adjusted, naming what came.",
            path=("quantity",),
        )
    if delta > 0:
        decision.arrive(balance, line, delta, location_id=None, lot=None, path="quantity")
    elif delta < 0:
        decision.leave(balance, line, -delta, location_id=None, lot_id=None, path="quantity")


def _move(decision: Decision, line: Move) -> None:
    balance = decision.balance(line)
    _check_size(line.quantity, "quantity")
    _check_positive(line.quantity, "quantity")
    check_count(balance.stockable, line.serials, line.quantity, required=False)
    if StockState.RESERVED in (line.from_state, line.to_state):
        raise InvalidInput("RESERVED is reached and left by reservations only.", path=("to_state",))
    if line.from_state == line.to_state and (
        line.to_location_id is None or line.to_location_id == line.from_location_id
    ):
        raise InvalidInput("Nothing would move: name another state or another location.", path=("to_state",))
    lot_id = named_lot(decision.state, balance.stockable, line.lot) if line.lot else None
    taken = decision.take(
        balance,
        line.quantity,
        line.from_state,
        line.from_location_id,
        lot_id,
        line.serials,
        path="quantity",
        leaving_out=line.to_location_id if line.from_state == line.to_state else None,
    )
    for part in taken:
        balance.change(line.from_state, -part.quantity)
        balance.change(line.to_state, part.quantity)
        location_id = line.to_location_id or part.key[0]
        decision.put(balance, (location_id, part.key[1], line.to_state), part.quantity, part.received_at)
        for serial in decision.pieces(balance, part.serials):
            decision.write_serial(moved(serial, stock_state=line.to_state, location_id=location_id, now=decision.now))
        decision.record(
            balance,
            line,
            part.quantity,
            from_key=part.key,
            to_key=(location_id, part.key[1], line.to_state),
            serials=part.serials,
            unit_cost=balance.average_cost,
            value_change=ZERO,
        )


def _check_size(quantity: Decimal, name: str) -> None:
    """What the ledger could not keep as it is, such as a third of a piece, must not be decided upon."""
    if not quantity.is_finite() or abs(quantity) > QUANTITY_MAX:
        raise LimitExceeded(f"A quantity is at most {QUANTITY_MAX}, whatever its sign.", path=(name,))
    if quantity != quantity.quantize(STEP):
        raise InvalidInput("A quantity has at most 6 decimals.", path=(name,))


def _check_positive(quantity: Decimal, name: str) -> None:
    if quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(name,))
