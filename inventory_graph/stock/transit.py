"""Stock on its way from one warehouse to another: how it leaves, arrives, comes back or is lost. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing
from inventory_graph.stock.amounts import check_positive, check_size
from inventory_graph.stock.commands import Arrive, Lose, Ship, StockState, Transit
from inventory_graph.stock.decision import Decision, Taken
from inventory_graph.stock.holding import given_lot, usable
from inventory_graph.stock.serials import IN_TRANSIT, check_count
from inventory_graph.stock.state import Balance, Lot
from inventory_graph.stock.valuing import parts_by_cost


def decide(decision: Decision, line: Transit) -> None:
    """Do what one line of a transfer says."""
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    match line:
        case Ship():
            _ship(decision, line)
        case Arrive():
            _arrive(decision, line)
        case Lose():
            _lose(decision, line)


def _ship(decision: Decision, line: Ship) -> None:
    """Out of AVAILABLE. It must be there: what is put on a van is not owed."""
    balance = decision.balance(line)
    check_count(balance.stockable, line.serials, line.quantity, required=False)
    is_named = line.lot is not None or bool(line.serials)
    is_eligible = _is_active if is_named else usable(balance.stockable, decision.occurred_at, 0)
    lot_id = given_lot(decision.state, balance.stockable, line.lot, is_eligible)
    taken = decision.take(
        balance, line.quantity, StockState.AVAILABLE, line.location_id, lot_id, line.serials, path="quantity",
        is_eligible=is_eligible,
    )  # fmt: skip
    for part in taken:
        for each in _by_cost(decision, balance, part):
            decision.issue(balance, line, each, StockState.AVAILABLE, serial_status=IN_TRANSIT, path="quantity")


def _by_cost(decision: Decision, balance: Balance, taken: Taken) -> Iterator[Taken]:
    """What was taken, in parts of one cost each: each arrives at its own."""
    serials = taken.serials
    for quantity in parts_by_cost(decision, balance, taken.quantity):
        pieces, serials = serials[: int(quantity)], serials[int(quantity) :]
        yield taken._replace(quantity=quantity, serials=pieces)


def _is_active(lot: Lot) -> bool:
    return lot.status == "ACTIVE"


def _arrive(decision: Decision, line: Arrive) -> None:
    balance = decision.balance(line)
    check_count(balance.stockable, line.serials, line.quantity, required=True)
    decision.arrive(
        balance,
        line,
        line.quantity,
        location_id=line.location_id,
        lot=decision.state.lots[line.lot_id] if line.lot_id is not None else None,
        path="quantity",
        unit_cost=line.unit_cost,
        serials=line.serials,
        stock_state=line.state,
    )


def _lose(decision: Decision, line: Lose) -> None:
    """Two movements that cancel each other out: the ledger tells of the loss, its lot, its pieces and its worth."""
    balance = decision.balance(line)
    check_count(balance.stockable, line.serials, line.quantity, required=True)
    worth = costing.value(line.quantity, line.unit_cost)
    key = (None, line.lot_id, StockState.AVAILABLE.value)
    balance.change(StockState.AVAILABLE, line.quantity)
    decision.check_on_hand(balance, "quantity")
    decision.record(
        balance, line, line.quantity, from_key=None, to_key=key, serials=line.serials, unit_cost=line.unit_cost,
        value_change=worth,
    )  # fmt: skip
    balance.change(StockState.AVAILABLE, -line.quantity)
    decision.record(
        balance, line, line.quantity, from_key=key, to_key=None, serials=line.serials, unit_cost=line.unit_cost,
        value_change=ZERO - worth,
    )  # fmt: skip
    for serial in decision.pieces(balance, line.serials):
        decision.write_serial(replace(serial, status="SCRAPPED", updated_at=decision.now))
