"""What the book looks at: balances locked in key order, and everything a decision about them needs."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.stock import statements
from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    BalanceKey,
    Consume,
    Document,
    Line,
    Lose,
    LotReference,
    Move,
    Receive,
    ReturnConsumed,
    ReverseReceipt,
    SetOnHand,
    Ship,
    StockState,
    TakeHold,
    balance_id,
    lot_id,
    serial_id,
)
from inventory_graph.stock.removal import DEFAULT_STRATEGY
from inventory_graph.stock.serials import PlaceOfPieces
from inventory_graph.stock.state import Balance, ClosedRange, Hold, Lot, Quant, Serial, State, Stockable

OVERDUE_MAX = 5_000
"""How many overdue holds a command expires before it decides; the sweeper sees to the rest."""


async def lock(tx: Transaction, keys: Sequence[BalanceKey]) -> tuple[State, datetime]:
    """The balances under their locks, created where they do not exist, and the time when the last lock was held."""
    ids = [balance_id(*key) for key in keys]
    rows = await tx.raw.fetch(statements.LOCK, tx.tenant_id, ids, [key[0] for key in keys], [key[1] for key in keys])
    if not all(row["is_locked"] for row in rows):
        known = sorted((row["id"], row["variant_id"], row["warehouse_id"]) for row in rows)
        ids_and_pairs = columns(known, 3)
        await tx.raw.execute(statements.CREATE_BALANCES, tx.tenant_id, *ids_and_pairs)
        rows = await tx.raw.fetch(statements.LOCK, tx.tenant_id, *ids_and_pairs)
    # A pair that does not exist has no row here: the book refuses the command that names it, not its neighbours.
    return await _locked(tx, rows)


async def lock_free(tx: Transaction, keys: Sequence[BalanceKey]) -> tuple[State, datetime]:
    """``lock`` of those that exist and that nobody else has locked; waits for none."""
    ids = [balance_id(*key) for key in keys]
    rows = await tx.raw.fetch(
        statements.LOCK_FREE, tx.tenant_id, ids, [key[0] for key in keys], [key[1] for key in keys]
    )
    return await _locked(tx, [row for row in rows if row["is_locked"]])


async def _locked(tx: Transaction, rows: Sequence[Record]) -> tuple[State, datetime]:
    state = State(balances={(row["variant_id"], row["warehouse_id"]): _balance(row) for row in rows})
    # Never before what the balances have seen, nor in a closed period, should the database's clock have been set back.
    times = [max(row["locked_at"], row["updated_at"]) for row in rows]
    if rows and rows[0]["closed_until"] is not None:
        state.closed = ClosedRange(rows[0]["closed_from"], rows[0]["closed_until"])
        times.append(state.closed.ends_at)
    return state, max(times) if times else await tx.raw.fetchval("SELECT clock_timestamp()")


def _balance(row: Record) -> Balance:
    stockable = Stockable(
        variant_id=row["variant_id"],
        variant_sku=row["variant_sku"],
        item_id=row["item_id"],
        item_sku=row["item_sku"],
        item_name=row["item_name"],
        unit_code=row["unit_code"],
        tracking=row["tracking"],
        strategy=row["removal_strategy"] or DEFAULT_STRATEGY[row["tracking"]],
        warehouse_id=row["warehouse_id"],
        outlet_id=row["outlet_id"],
        allow_negative=row["allow_negative"],
        timezone=row["timezone"],
        holds_stock=row["holds_stock"],
        is_active=row["is_active"],
        alerts=tuple(row["alerts"]),
        costing_method=row["costing_method_in_force"],
    )
    return Balance(
        id=row["id"],
        stockable=stockable,
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        quarantined=row["quarantined"],
        damaged=row["damaged"],
        average_cost=row["average_cost"],
        version=row["version"],
        updated_at=row["updated_at"],
        reorder_point=row["reorder_point"],
        safety_stock=row["safety_stock"],
        holds_expire_at=row["holds_expire_at"],
        costing_method=row["costing_method"],
        layers_value=row["layers_value"],
    )


async def load(
    tx: Transaction,
    state: State,
    *,
    now: datetime,
    lines: Sequence[Line],
    documents: Sequence[Document] = (),
    owner_ids: Collection[UUID] = (),
) -> list[Hold]:
    """Quants always; lots, serials, holds and earlier postings only where a line needs them. Answers the overdue holds."""
    overdue = await _load_holds(tx, state, now, owner_ids)
    by_id = {balance.id: balance for balance in state.balances.values()}
    lot_ids: set[UUID] = set()
    for row in await tx.raw.fetch(statements.QUANTS, tx.tenant_id, list(by_id)):
        key = (row["location_id"], row["lot_id"], row["state"])
        by_id[row["balance_id"]].quants[key] = Quant(row["quantity"], row["received_at"])
        if row["lot_id"]:
            lot_ids.add(row["lot_id"])
        if row["location_id"]:
            state.location_paths[row["location_id"]] = row["path"]
    lines = [line for line in lines if (line.variant_id, line.warehouse_id) in state.balances]
    await _load_locations(tx, state, lines)
    for line in lines:
        if isinstance(line, ReturnConsumed | Arrive | Lose):
            lot_ids |= {line.lot_id} if line.lot_id else set()
        elif (reference := _lot_of(line)) is not None:
            item_id = state.balances[line.variant_id, line.warehouse_id].stockable.item_id
            lot_ids.add(lot_id(item_id, reference.code))
    if lot_ids:
        rows = await tx.raw.fetch(statements.LOTS, tx.tenant_id, sorted(lot_ids))
        state.lots = {row["id"]: Lot(**dict(row)) for row in rows}
    await _load_serials(tx, state, lines)
    if documents:
        rows = await tx.raw.fetch(
            statements.POSTINGS,
            tx.tenant_id,
            [document.type for document in documents],
            [document.id for document in documents],
            [document.line for document in documents],
            [document.kind for document in documents],
        )
        state.posted = {(row["document_type"], row["document_id"], row["line"], row["kind"]) for row in rows}
    return overdue


def _lot_of(line: Line) -> LotReference | None:
    named = Receive | ReverseReceipt | Adjust | Move | TakeHold | Consume | Ship
    return line.lot if isinstance(line, named) else None


async def _load_holds(tx: Transaction, state: State, now: datetime, owner_ids: Collection[UUID]) -> list[Hold]:
    """The open holds of the owners and those of the balances that are overdue; answers the latter."""
    due = [
        balance.id
        for balance in state.balances.values()
        if balance.holds_expire_at is not None and balance.holds_expire_at <= now
    ]
    if owner_ids:
        rows = await tx.raw.fetch(statements.HOLDS_OF_OWNERS, tx.tenant_id, sorted(owner_ids))
        for row in rows:
            state.keep_hold(_hold(row))
    if not due:
        return []
    rows = await tx.raw.fetch(statements.OVERDUE_HOLDS, tx.tenant_id, due, now, OVERDUE_MAX)
    overdue = [_hold(row) for row in rows]
    for hold in overdue:
        state.keep_hold(hold)
    bounds = await tx.raw.fetch(statements.NEXT_EXPIRIES, tx.tenant_id, due, now)
    expiries = {row["balance_id"]: row["expires_at"] for row in bounds}
    for balance in state.balances.values():
        if balance.id in due and len(overdue) < OVERDUE_MAX:
            balance.holds_expire_at = expiries.get(balance.id)
    return overdue


def _hold(row: Record) -> Hold:
    return Hold(**{**row, "serials": tuple(row["serials"])})


async def _load_locations(tx: Transaction, state: State, lines: Sequence[Line]) -> None:
    """The paths of the locations that stock goes to: a later line may take it from there."""
    named: set[UUID] = set()
    for line in lines:
        match line:
            case Receive() | Adjust() | ReturnConsumed() | Arrive():
                named |= {line.location_id} if line.location_id else set()
            case Move():
                named |= {line.to_location_id} if line.to_location_id else set()
    unknown = sorted(named - state.location_paths.keys())
    if unknown:
        for row in await tx.raw.fetch(statements.LOCATIONS, tx.tenant_id, unknown):
            state.location_paths[row["id"]] = row["path"]


_NAMING = Receive | ReverseReceipt | Move | TakeHold | Consume | ReturnConsumed | Ship | Arrive | Lose
"""The lines that may name pieces."""


async def _load_serials(tx: Transaction, state: State, lines: Sequence[Line]) -> None:
    """The named pieces, and of every place that gives pieces unnamed as many as all lines together take from its balance:
    those before it may leave it only what comes after the oldest."""
    named = {
        serial_id(balance.stockable.item_id, number)
        for hold in state.holds.values()
        if hold.serials and (balance := state.balances.get((hold.variant_id, hold.warehouse_id))) is not None
        for number in hold.serials
    }
    places: set[tuple[BalanceKey, PlaceOfPieces]] = set()
    pieces: Counter[BalanceKey] = Counter()
    for line in lines:
        key = (line.variant_id, line.warehouse_id)
        balance = state.balances[key]
        if balance.stockable.tracking != "SERIAL":
            continue
        if isinstance(line, _NAMING) and line.serials:
            named |= {serial_id(balance.stockable.item_id, number) for number in line.serials}
            pieces[key] += len(line.serials)
        elif (taken := _taken_unnamed(line, balance)) is not None:
            places.add((key, taken[0]))
            pieces[key] += taken[1]
    if named or places:
        rows = await tx.raw.fetch(
            statements.SERIALS,
            tx.tenant_id,
            sorted(named),
            *columns([(*key, *place, pieces[key]) for key, place in places], 7),
        )
        state.serials = {row["id"]: Serial(**dict(row)) for row in rows}


async def load_pieces(tx: Transaction, state: State, *, keys: Collection[BalanceKey]) -> list[UUID]:
    """Every piece that is available at these balances, where they are tracked by serial; what is known of a piece already is
    newer than what is stored. Answers the ids of those that were not known."""
    # As many as may be stored as available and are something else by now come on top of those that are.
    places = [
        (*key, *PlaceOfPieces(StockState.AVAILABLE.value), int(state.balances[key].on_hand) + len(state.serials))
        for key in sorted(keys)
        if key in state.balances and state.balances[key].stockable.tracking == "SERIAL"
    ]
    if not places:
        return []
    rows = await tx.raw.fetch(statements.SERIALS, tx.tenant_id, [], *columns(places, 7))
    found = {row["id"]: Serial(**dict(row)) for row in rows if row["id"] not in state.serials}
    state.serials |= found
    return list(found)


def _taken_unnamed(line: Line, balance: Balance) -> tuple[PlaceOfPieces, int] | None:
    """Where a line takes pieces without naming them, and how many at most."""
    reference = _lot_of(line)
    lot = lot_id(balance.stockable.item_id, reference.code) if reference is not None else None
    match line:
        case Adjust() if line.delta < 0:
            quantity, place = -line.delta, PlaceOfPieces(StockState.AVAILABLE.value, line.location_id, lot)
        case Move():
            leaving_out = line.to_location_id if line.from_state == line.to_state else None
            place = PlaceOfPieces(line.from_state.value, line.from_location_id, lot, leaving_out)
            quantity = line.quantity
        case TakeHold() | Consume() | Ship():
            # Of pieces in lots those before it may be of a lot that may not be used.
            quantity = balance.on_hand if any(key[1] for key in balance.quants) else line.quantity
            location_id = line.location_id if isinstance(line, Ship) else None
            place = PlaceOfPieces(StockState.AVAILABLE.value, location_id, lot)
        case SetOnHand():
            # What the lines before it leave is not known yet: at most everything that is there.
            quantity, place = balance.on_hand, PlaceOfPieces(StockState.AVAILABLE.value)
        case _:
            return None
    return place, int(min(max(quantity, Decimal(0)), balance.on_hand))


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> tuple[list[Any], ...]:
    """The rows as arrays, one for each column; to ``unnest`` one that is shorter than the others is null from there on."""
    if not rows:
        return tuple([] for _ in range(width))
    empty = (None,) * len(rows)
    return tuple([] if column == empty else list(column) for column in zip(*rows, strict=True))
