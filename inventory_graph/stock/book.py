"""The stock book: decides what a command does. A pure state machine: no database, no clock, no randomness.

``decide`` takes the locked state, one command and the time, changes the state and answers what to write; a refused command
leaves the state as it was. Invariants 1 to 4 of the package's docstring hold after every call if they held before it.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from inventory_graph.errors import InvalidInput, ItemInactive, NotFound, Refusal
from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing, holding, transit
from inventory_graph.stock.amounts import check_positive, check_size
from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    Command,
    CommitHold,
    Consume,
    ExpireHold,
    Line,
    Lose,
    Move,
    Receive,
    ReleaseHold,
    ReturnConsumed,
    ReverseReceipt,
    SetOnHand,
    StockState,
    TakeHold,
    Transit,
)
from inventory_graph.stock.decision import Decision
from inventory_graph.stock.lots import arriving_lot, named_lot
from inventory_graph.stock.refusals import AlreadyPosted, PeriodClosed, StaleQuantity
from inventory_graph.stock.serials import check_count, moved
from inventory_graph.stock.state import Balance, CostAdjustment, Hold, Lot, Movement, Serial, State
from inventory_graph.unlocked import dataclass

FUTURE_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""No stock is older. The first instants of the calendar come back from the database as no instant at all."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Posted:
    """What an accepted command did: the balances before and right after it, its movements in order, and what it changed of the
    value of stock besides."""

    command: Command
    before: list[Balance]
    after: list[Balance]
    movements: list[Movement]
    adjustments: list[CostAdjustment]
    lots: list[Lot]
    serials: list[Serial]
    holds: list[Hold]


def decide(state: State, command: Command, now: datetime) -> Posted:
    """Apply the command to the state. Raises a ``Refusal``, whose path begins with ``lines.N``; then nothing changed."""
    decision = Decision(state, command, now)
    try:
        _run(decision)
    except Refusal:
        state.balances.update(decision.balances_before)
        for lot_id, lot in decision.lots_before.items():
            _restore(state.lots, lot_id, lot)
        for serial_id, serial in decision.serials_before.items():
            _restore(state.serials, serial_id, serial)
        for hold_id, hold in decision.holds_before.items():
            _restore(state.holds, hold_id, hold)
        raise
    if command.document is not None:
        state.posted.add((command.document.type, command.document.id, command.document.line, command.document.kind))
    touched = sorted(decision.balances_before)
    return Posted(
        command=command,
        before=[decision.balances_before[key] for key in touched],
        after=[state.balances[key].copy() for key in touched],
        movements=decision.movements,
        adjustments=decision.adjustments,
        lots=[state.lots[lot_id] for lot_id in decision.lots_before],
        serials=[state.serials[serial_id] for serial_id in decision.serials_before],
        holds=[state.holds[hold_id] for hold_id in decision.holds_before],
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
    if not command.lines and command.plan is None:
        raise InvalidInput("A command has at least one line.", path=("lines",))
    _check_time(decision)
    for position, line in enumerate(command.lines):
        if (line.variant_id, line.warehouse_id) not in decision.state.balances:
            raise NotFound("There is no such variant or no such warehouse.", path=("lines", str(position)))
    for position, line in enumerate(command.lines):
        try:
            apply(decision, line)
        except Refusal as refusal:
            raise refusal.at("lines", str(position)) from None
    if command.plan is not None:
        command.plan(decision)


def _check_time(decision: Decision) -> None:
    """Not in the future, not before there was stock, not in a closed period."""
    if decision.occurred_at > decision.now + FUTURE_TOLERANCE:
        raise InvalidInput(
            "occurredAt lies in the future: a movement is recorded when it has happened.", path=("occurred_at",)
        )
    if decision.occurred_at < EARLIEST:
        raise InvalidInput(f"occurredAt lies before {EARLIEST:%Y}: no stock is that old.", path=("occurred_at",))
    if decision.state.closed is not None and decision.occurred_at < decision.state.closed.ends_at:
        raise PeriodClosed(occurred_at=decision.occurred_at, closed=decision.state.closed)


def apply(decision: Decision, line: Line) -> None:
    """Do what one line says; raises its ``Refusal``, after which the whole command must be refused."""
    _check_stockable(decision, line)
    if isinstance(line, Transit):
        transit.decide(decision, line)
    else:
        _decide_line(decision, line)


def _check_stockable(decision: Decision, line: Line) -> None:
    stockable = decision.balance(line).stockable
    if not stockable.holds_stock:
        raise InvalidInput(
            f"{stockable.variant_sku} holds no stock of its own: services and vouchers have none, recipes and kits have"
            " that of their components.",
            path=("sku",),
        )
    if not stockable.is_active and not isinstance(line, CommitHold | ReleaseHold | ExpireHold | Arrive | Lose):
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
        case TakeHold():
            holding.take_hold(decision, line)
        case CommitHold():
            holding.commit_hold(decision, line)
        case ReleaseHold() | ExpireHold():
            holding.release_hold(decision, line)
        case Consume():
            holding.consume(decision, line)
        case ReverseReceipt() | ReturnConsumed():
            _undo(decision, line)


def _undo(decision: Decision, line: ReverseReceipt | ReturnConsumed) -> None:
    if isinstance(line, ReverseReceipt):
        _reverse_receipt(decision, line)
    else:
        holding.return_consumed(decision, line)


def _receive(decision: Decision, line: Receive) -> None:
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    if line.state is StockState.RESERVED:
        raise InvalidInput("RESERVED is reached and left by reservations only.", path=("state",))
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
        stock_state=line.state,
    )


def _reverse_receipt(decision: Decision, line: ReverseReceipt) -> None:
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    check_count(balance.stockable, line.serials, line.quantity, required=True)
    unit_cost = costing.frozen(line.unit_cost) if line.unit_cost is not None else None
    lot_id = named_lot(decision.state, balance.stockable, line.lot) if line.lot else None
    taken = decision.take(balance, line.quantity, line.state, None, lot_id, line.serials, path="quantity")
    for part in taken:
        decision.issue(balance, line, part, line.state, serial_status="RETURNED", path="quantity", unit_cost=unit_cost)


def _adjust(decision: Decision, line: Adjust) -> None:
    balance = decision.balance(line)
    check_size(line.delta, "delta")
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
    check_size(line.quantity, "quantity")
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
    check_size(delta, "quantity")
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
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
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
