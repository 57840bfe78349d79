"""Holds as they are taken, committed, released and expire; issues without a hold, and their return. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from inventory_graph.errors import InvalidInput, InvalidTransition
from inventory_graph.quantities import QUANTITY_MAX, ZERO
from inventory_graph.stock.amounts import check_positive, check_size
from inventory_graph.stock.commands import (
    CommitHold,
    Consume,
    ExpireHold,
    LotReference,
    ReleaseHold,
    ReturnConsumed,
    StockState,
    TakeHold,
)
from inventory_graph.stock.decision import Decision, Taken
from inventory_graph.stock.lots import named_lot
from inventory_graph.stock.refusals import LotNotEligible
from inventory_graph.stock.serials import check_count, moved
from inventory_graph.stock.state import Balance, Hold, Lot, State, Stockable


class HoldResolved(InvalidTransition):
    """Less is held than was to be resolved."""


def take_hold(decision: Decision, line: TakeHold) -> None:
    """From AVAILABLE to RESERVED, one hold for each quant it is taken from. A hold's id is that of its movement."""
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    check_count(balance.stockable, line.serials, line.quantity, required=False)
    is_eligible = usable(balance.stockable, line.used_at or decision.now, line.shelf_life_days)
    lot_id = given_lot(decision.state, balance.stockable, line.lot, is_eligible)
    taken = decision.take(
        balance, line.quantity, StockState.AVAILABLE, None, lot_id, line.serials,
        path="quantity", may_go_negative=True, is_eligible=is_eligible,
    )  # fmt: skip
    for part in taken:
        balance.change(StockState.AVAILABLE, -part.quantity)
        balance.change(StockState.RESERVED, part.quantity)
        to_key = (part.key[0], part.key[1], StockState.RESERVED.value)
        decision.put(balance, to_key, part.quantity, part.received_at)
        for serial in decision.pieces(balance, part.serials):
            held = moved(serial, stock_state=StockState.RESERVED, location_id=serial.location_id, now=decision.now)
            decision.write_serial(replace(held, status="RESERVED"))
        decision.record(
            balance, line, part.quantity, from_key=part.key, to_key=to_key, serials=part.serials,
            unit_cost=balance.average_cost, value_change=ZERO,
        )  # fmt: skip
        decision.write_hold(
            Hold(
                id=decision.movements[-1].id, owner_id=line.owner_id, line_id=line.line_id, balance_id=balance.id,
                variant_id=line.variant_id, warehouse_id=line.warehouse_id, location_id=part.key[0], lot_id=part.key[1],
                serials=part.serials, quantity=part.quantity, received_at=part.received_at, expires_at=line.expires_at,
            )
        )  # fmt: skip
    if line.expires_at is not None and (balance.holds_expire_at is None or line.expires_at < balance.holds_expire_at):
        balance.holds_expire_at = line.expires_at


def commit_hold(decision: Decision, line: CommitHold) -> None:
    """What was held is issued."""
    balance, hold, part = _part_of_hold(decision, line)
    decision.issue(balance, line, part, StockState.RESERVED, serial_status="SOLD", path="quantity")
    decision.write_hold(replace(hold, quantity=hold.quantity - part.quantity, committed=hold.committed + part.quantity))


def release_hold(decision: Decision, line: ReleaseHold | ExpireHold) -> None:
    """What was held is available again, where it lies, or what it was found to be."""
    balance, hold, part = _part_of_hold(decision, line)
    to_state = line.to_state if isinstance(line, ReleaseHold) else StockState.AVAILABLE
    balance.change(StockState.RESERVED, -part.quantity)
    balance.change(to_state, part.quantity)
    to_key = (part.key[0], part.key[1], to_state.value)
    decision.put(balance, to_key, part.quantity, part.received_at)
    for serial in decision.pieces(balance, part.serials):
        freed = moved(serial, stock_state=to_state, location_id=serial.location_id, now=decision.now)
        decision.write_serial(replace(freed, status="IN_STOCK"))
    decision.record(
        balance, line, part.quantity, from_key=part.key, to_key=to_key, serials=part.serials,
        unit_cost=balance.average_cost, value_change=ZERO,
    )  # fmt: skip
    decision.write_hold(replace(hold, quantity=hold.quantity - part.quantity, released=hold.released + part.quantity))


def _part_of_hold(decision: Decision, line: CommitHold | ReleaseHold | ExpireHold) -> tuple[Balance, Hold, Taken]:
    """A part of a hold, taken out of its quant; pieces go in the order in which they were taken."""
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    hold = decision.state.holds.get(line.hold_id)
    if hold is None or hold.quantity < line.quantity or hold.balance_id != balance.id:
        raise HoldResolved("Less is held than was to be resolved: it was resolved before.", path=("quantity",))
    serials: tuple[str, ...] = ()
    if hold.serials:
        hold = _with_first(hold, () if isinstance(line, ExpireHold) else line.serials)
        first = int(hold.committed + hold.released)
        serials = hold.serials[first : first + int(line.quantity)]
    part = Taken((hold.location_id, hold.lot_id, StockState.RESERVED.value), line.quantity, hold.received_at, serials)
    decision.put(balance, part.key, -part.quantity, part.received_at)
    return balance, hold, part


def _with_first(hold: Hold, pieces: tuple[str, ...]) -> Hold:
    """The hold with these of its pieces before the others that are left of it."""
    done, left = (
        hold.serials[: int(hold.committed + hold.released)],
        hold.serials[int(hold.committed + hold.released) :],
    )
    if not set(pieces) <= set(left):
        raise HoldResolved("One of the pieces is not held any more.", path=("serials",))
    return replace(hold, serials=(*done, *pieces, *(piece for piece in left if piece not in pieces)))


def prolong_hold(decision: Decision, hold: Hold, expires_at: datetime | None) -> None:
    """The hold ends at another time; nothing moves and the balance takes no version."""
    if hold.expires_at == expires_at:
        return
    balance = decision.balance(hold)
    decision.write_hold(replace(hold, expires_at=expires_at))
    if expires_at is not None and (balance.holds_expire_at is None or expires_at < balance.holds_expire_at):
        balance.holds_expire_at = expires_at


def consume(decision: Decision, line: Consume) -> None:
    """From AVAILABLE out of the house."""
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    check_count(balance.stockable, line.serials, line.quantity, required=False)
    is_eligible = None if line.is_waste else usable(balance.stockable, decision.occurred_at, 0)
    lot_id = given_lot(decision.state, balance.stockable, line.lot, is_eligible)
    decision.leave(
        balance, line, line.quantity, location_id=None, lot_id=lot_id, path="quantity", serials=line.serials,
        serial_status="SCRAPPED" if line.is_waste else "SOLD", is_eligible=is_eligible,
    )  # fmt: skip


def return_consumed(decision: Decision, line: ReturnConsumed) -> None:
    """Back into AVAILABLE, to the place and lot it was taken from, at the cost it left with."""
    balance = decision.balance(line)
    check_size(line.quantity, "quantity")
    check_positive(line.quantity, "quantity")
    lot = decision.state.lots[line.lot_id] if line.lot_id is not None else None
    decision.arrive(
        balance, line, line.quantity, location_id=line.location_id, lot=lot, path="quantity", unit_cost=line.unit_cost,
        serials=line.serials,
    )  # fmt: skip


def promisable(
    state: State,
    balance: Balance,
    *,
    used_at: datetime,
    shelf_life_days: int = 0,
    lot_id: UUID | None = None,
    takes_all: bool = False,
) -> Decimal:
    """How much of a balance may be held for a use at that time; where stock may go below zero, the most that is kept.

    ``takes_all``: also what may not be sold any more, to be wasted.
    """
    stockable = balance.stockable
    if stockable.allow_negative and stockable.tracking == "NONE" and lot_id is None:
        return QUANTITY_MAX
    if lot_id is None and not any(key[1] for key in balance.quants):
        return max(balance.available, ZERO)
    is_eligible = usable(stockable, used_at, shelf_life_days)
    eligible = sum(
        (
            quant.quantity
            for key, quant in balance.quants.items()
            if key[2] == StockState.AVAILABLE
            and quant.quantity > 0
            and (lot_id is None or key[1] == lot_id)
            and (takes_all or key[1] is None or is_eligible(state.lots[key[1]]))
        ),
        ZERO,
    )
    return max(min(balance.available, eligible), ZERO)


def usable(stockable: Stockable, used_at: datetime, shelf_life_days: int) -> Callable[[Lot], bool]:
    """Which lots may be used at that time and so many days longer, by the calendar of the place they lie in."""
    last_day: date | None = None

    def is_eligible(lot: Lot) -> bool:
        nonlocal last_day
        if lot.status != "ACTIVE" or lot.expires_on is None:
            return lot.status == "ACTIVE"
        if last_day is None:
            last_day = _day_after(used_at.astimezone(ZoneInfo(stockable.timezone)).date(), shelf_life_days)
        return lot.expires_on >= last_day

    return is_eligible


def _day_after(day: date, days: int) -> date:
    return day + timedelta(days=days) if days < (date.max - day).days else date.max


def given_lot(
    state: State, stockable: Stockable, reference: LotReference | None, is_eligible: Callable[[Lot], bool] | None
) -> UUID | None:
    """The lot that a line names, None where it names none; raises ``InvalidInput`` and ``LotNotEligible``."""
    if reference is None:
        return None
    if stockable.tracking == "NONE":
        raise InvalidInput(f"{stockable.item_sku} is not tracked by lot: leave lotCode away.", path=("lot_code",))
    found = named_lot(state, stockable, reference)
    lot = state.lots[found]
    if is_eligible is not None and not is_eligible(lot):
        why = f"is {lot.status.lower().replace('_', ' ')}" if lot.status != "ACTIVE" else f"expires on {lot.expires_on}"
        raise LotNotEligible(
            f"Lot {lot.code} of {stockable.item_sku} {why} and may not be used for this.", path=("lot_code",)
        )
    return found
