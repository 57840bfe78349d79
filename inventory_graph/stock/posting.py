"""Posting: the one way into the stock book.

``post`` locks the balances of its commands in key order, reads what they need, lets ``book.decide`` decide each in turn on
the locked rows, and writes everything in one statement. The caller's transaction commits it, together with the caller's own
rows. Commands share the transaction, not their fate: one that is refused leaves the others as they are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from inventory_graph.db import LostRace, Record, Transaction
from inventory_graph.errors import LimitExceeded, Refusal
from inventory_graph.outbox import Event, emit_all
from inventory_graph.stock import statements
from inventory_graph.stock.book import Posted, decide
from inventory_graph.stock.commands import (
    Adjust,
    BalanceKey,
    Command,
    Line,
    Move,
    Receive,
    SetOnHand,
    StockState,
    balance_id,
    lot_id,
    serial_id,
)
from inventory_graph.stock.events import StockAdjusted, StockUpdated
from inventory_graph.stock.removal import DEFAULT_STRATEGY
from inventory_graph.stock.serials import PlaceOfPieces
from inventory_graph.stock.state import Balance, Lot, Movement, Quant, Serial, State, Stockable

COMMANDS_MAX = 1_000
LINES_MAX = 10_000

Outcome: TypeAlias = Posted | Refusal


async def post(tx: Transaction, commands: Sequence[Command]) -> list[Outcome]:
    """Post the commands in their order; for each what it did, or why it was refused.

    At most 1,000 commands of 10,000 lines in all. Takes five statements, more only for lots, serials and documents.
    """
    if len(commands) > COMMANDS_MAX or sum(len(command.lines) for command in commands) > LINES_MAX:
        raise LimitExceeded(f"At most {COMMANDS_MAX} commands of {LINES_MAX} lines post at once.")
    keys = sorted({key for command in commands for key in command.balance_keys()})
    state, now = await _lock(tx, keys)
    await _load(tx, state, commands)
    before = {key: (balance.version, balance.available) for key, balance in state.balances.items()}
    quants_before = {balance.id: balance.quants.copy() for balance in state.balances.values()}
    serials_known = list(state.serials)
    outcomes: list[Outcome] = []
    for command in commands:
        try:
            outcomes.append(decide(state, command, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    posted = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
    if posted:
        await _write(tx, state, posted, before, quants_before, serials_known)
    return outcomes


async def post_one(tx: Transaction, command: Command) -> Posted:
    """Post one command; raises its refusal."""
    (outcome,) = await post(tx, [command])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def _lock(tx: Transaction, keys: Sequence[BalanceKey]) -> tuple[State, datetime]:
    ids = [balance_id(*key) for key in keys]
    rows = await tx.raw.fetch(statements.LOCK, tx.tenant_id, ids, [key[0] for key in keys], [key[1] for key in keys])
    if not all(row["is_locked"] for row in rows):
        known = sorted((row["id"], row["variant_id"], row["warehouse_id"]) for row in rows)
        columns = _columns(known, 3)
        await tx.raw.execute(statements.CREATE_BALANCES, tx.tenant_id, *columns)
        rows = await tx.raw.fetch(statements.LOCK, tx.tenant_id, *columns)
    # A pair that does not exist has no row here: the book refuses the command that names it, not its neighbours.
    state = State(balances={(row["variant_id"], row["warehouse_id"]): _balance(row) for row in rows})
    # Never before what the balances have seen, should the database's clock have been set back.
    times = [max(row["locked_at"], row["updated_at"]) for row in rows]
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
        holds_stock=row["holds_stock"],
        is_active=row["is_active"],
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
    )


async def _load(tx: Transaction, state: State, commands: Sequence[Command]) -> None:
    """Quants always; lots, serials and earlier postings only where a command needs them."""
    by_id = {balance.id: balance for balance in state.balances.values()}
    lot_ids: set[UUID] = set()
    for row in await tx.raw.fetch(statements.QUANTS, tx.tenant_id, list(by_id)):
        key = (row["location_id"], row["lot_id"], row["state"])
        by_id[row["balance_id"]].quants[key] = Quant(row["quantity"], row["received_at"])
        if row["lot_id"]:
            lot_ids.add(row["lot_id"])
        if row["location_id"]:
            state.location_paths[row["location_id"]] = row["path"]
    lines = [
        line for command in commands for line in command.lines if (line.variant_id, line.warehouse_id) in state.balances
    ]
    await _load_locations(tx, state, lines)
    for line in lines:
        if not isinstance(line, SetOnHand) and line.lot:
            item_id = state.balances[line.variant_id, line.warehouse_id].stockable.item_id
            lot_ids.add(lot_id(item_id, line.lot.code))
    if lot_ids:
        rows = await tx.raw.fetch(statements.LOTS, tx.tenant_id, sorted(lot_ids))
        state.lots = {row["id"]: Lot(**dict(row)) for row in rows}
    await _load_serials(tx, state, lines)
    documents = [command.document for command in commands if command.document]
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


async def _load_locations(tx: Transaction, state: State, lines: Sequence[Line]) -> None:
    """The paths of the locations that stock goes to: a later line may take it from there."""
    named: set[UUID] = set()
    for line in lines:
        match line:
            case Receive() | Adjust():
                named |= {line.location_id} if line.location_id else set()
            case Move():
                named |= {line.to_location_id} if line.to_location_id else set()
    unknown = sorted(named - state.location_paths.keys())
    if unknown:
        for row in await tx.raw.fetch(statements.LOCATIONS, tx.tenant_id, unknown):
            state.location_paths[row["id"]] = row["path"]


async def _load_serials(tx: Transaction, state: State, lines: Sequence[Line]) -> None:
    """The named pieces, and of every place that gives pieces unnamed as many as all lines together take from its balance:
    those before it may leave it only what comes after the oldest."""
    named: set[UUID] = set()
    places: set[tuple[BalanceKey, PlaceOfPieces]] = set()
    pieces: Counter[BalanceKey] = Counter()
    for line in lines:
        key = (line.variant_id, line.warehouse_id)
        balance = state.balances[key]
        if balance.stockable.tracking != "SERIAL":
            continue
        if isinstance(line, Receive | Move) and line.serials:
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
            *_columns([(*key, *place, pieces[key]) for key, place in places], 7),
        )
        state.serials = {row["id"]: Serial(**dict(row)) for row in rows}


def _taken_unnamed(line: Line, balance: Balance) -> tuple[PlaceOfPieces, int] | None:
    """Where a line takes pieces without naming them, and how many at most."""
    item_id = balance.stockable.item_id
    lot = None if isinstance(line, SetOnHand) or line.lot is None else lot_id(item_id, line.lot.code)
    match line:
        case Adjust() if line.delta < 0:
            quantity, place = -line.delta, PlaceOfPieces(StockState.AVAILABLE.value, line.location_id, lot)
        case Move():
            leaving_out = line.to_location_id if line.from_state == line.to_state else None
            place = PlaceOfPieces(line.from_state.value, line.from_location_id, lot, leaving_out)
            quantity = line.quantity
        case SetOnHand():
            # What the lines before it leave is not known yet: at most everything that is there.
            quantity, place = balance.on_hand, PlaceOfPieces(StockState.AVAILABLE.value)
        case _:
            return None
    return place, int(min(max(quantity, Decimal(0)), balance.on_hand))


async def _write(
    tx: Transaction,
    state: State,
    posted: Sequence[Posted],
    before: dict[BalanceKey, tuple[int, Decimal]],
    quants_before: dict[UUID, dict[Any, Quant]],
    serials_known: Sequence[UUID],
) -> None:
    await _write_lots({lot.id: state.lots[lot.id] for each in posted for lot in each.lots}.values(), tx)
    serials = {serial.id: state.serials[serial.id] for each in posted for serial in each.serials}
    await _write_serials(serials.values(), serials_known, tx)
    await _write_serial_history(state, [movement for each in posted for movement in each.movements], tx)
    await _write_postings([each.command for each in posted if each.command.document], tx)
    changed = [balance for balance in state.balances.values() if balance.version != before[balance.key][0]]
    kept, emptied = _quant_changes(changed, quants_before)
    written = await tx.raw.fetchval(
        statements.WRITE,
        tx.tenant_id,
        *_balance_columns(changed, before),
        *kept,
        *emptied,
        *_movement_columns([movement for each in posted for movement in each.movements]),
    )
    if written != len(changed):
        raise LostRace("a balance changed although it was locked")
    await emit_all(tx, [event for each in posted for event in events_of(tx.tenant_id, each)])


def _balance_columns(
    balances: Sequence[Balance], before: dict[BalanceKey, tuple[int, Decimal]]
) -> tuple[list[Any], ...]:
    return (
        [balance.id for balance in balances],
        [before[balance.key][0] for balance in balances],
        [balance.on_hand for balance in balances],
        [balance.reserved for balance in balances],
        [balance.quarantined for balance in balances],
        [balance.damaged for balance in balances],
        [balance.average_cost for balance in balances],
        [_may_be_negative(balance, available_before=before[balance.key][1]) for balance in balances],
        [balance.version for balance in balances],
        [balance.updated_at for balance in balances],
    )


def _may_be_negative(balance: Balance, *, available_before: Decimal) -> bool:
    """By policy; or still, after the policy changed, as long as it only rises."""
    return balance.stockable.allow_negative or available_before <= balance.available < 0


def _quant_changes(
    balances: Sequence[Balance], quants_before: dict[UUID, dict[Any, Quant]]
) -> tuple[tuple[list[Any], ...], tuple[list[Any], ...]]:
    """The quants to write and those that ran empty, as columns."""
    kept: list[tuple[Any, ...]] = []
    emptied: list[tuple[Any, ...]] = []
    for balance in balances:
        before = quants_before[balance.id]
        for key, quant in balance.quants.items():
            if quant == before.get(key):
                continue
            if quant.quantity:
                kept.append((balance.id, *key, quant.quantity, quant.received_at))
            elif key in before:
                emptied.append((balance.id, *key))
    return _columns(kept, 6), _columns(emptied, 4)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True)) if rows else tuple([] for _ in range(width))


def _movement_columns(movements: Sequence[Movement]) -> tuple[list[Any], ...]:
    rows = [
        (
            m.recorded_at, m.id, m.balance_id, m.balance_version, m.ordinal, m.variant_id, m.warehouse_id, m.kind, m.quantity,
            m.from_state, m.to_state, m.from_location_id, m.to_location_id, m.lot_id,
            statements.SERIAL_SEPARATOR.join(m.serials) if m.serials else None, m.unit_cost, m.value_change, m.on_hand_after,
            m.reserved_after, m.quarantined_after, m.damaged_after, m.reason, m.note, m.reference_type, m.reference_id,
            m.reference, m.command_id, m.occurred_at, m.recorded_by,
        )
        for m in movements
    ]  # fmt: skip
    return _columns(rows, 29)


async def _write_lots(lots: Iterable[Lot], tx: Transaction) -> None:
    rows = [
        (lot.id, lot.item_id, lot.code, lot.manufactured_on, lot.best_before, lot.expires_on, lot.received_at)
        for lot in sorted(lots, key=lambda lot: lot.id)
    ]
    if rows:
        await _upsert(tx, statements.UPSERT_LOTS, *_columns(rows, 7), many=len(rows), what="a lot of this code")


async def _write_serials(serials: Iterable[Serial], known: Sequence[UUID], tx: Transaction) -> None:
    rows = [
        (
            each.id, each.item_id, each.variant_id, each.serial, each.status, each.warehouse_id, each.location_id,
            each.lot_id, each.state, each.received_at, each.updated_at,
        )
        for each in sorted(serials, key=lambda each: each.id)
    ]  # fmt: skip
    if not rows:
        return
    await _upsert(
        tx, statements.UPSERT_SERIALS, *_columns(rows, 11), list(known), many=len(rows), what="one of these serials"
    )


async def _upsert(tx: Transaction, sql: str, *columns: list[Any], many: int, what: str) -> None:
    """Write the rows, every one of them; raises ``LostRace`` when another transaction made one meanwhile."""
    try:
        written = await tx.raw.fetch(sql, tx.tenant_id, *columns)
    except asyncpg.UniqueViolationError as error:
        # The upsert watches one unique key; of two that insert at the same instant the other key may refuse first.
        raise LostRace(f"another transaction made {what} meanwhile") from error
    if len(written) != many:
        raise LostRace(f"another transaction made {what} meanwhile")


async def _write_serial_history(state: State, movements: Sequence[Movement], tx: Transaction) -> None:
    rows = [
        (
            serial_id(state.balances[movement.variant_id, movement.warehouse_id].stockable.item_id, number),
            movement.recorded_at,
            movement.id,
        )
        for movement in movements
        for number in movement.serials
    ]
    if rows:
        await tx.raw.execute(statements.INSERT_MOVEMENT_SERIALS, tx.tenant_id, *_columns(rows, 3))


async def _write_postings(commands: Sequence[Command], tx: Transaction) -> None:
    rows = [
        (command.document.type, command.document.id, command.document.line, command.document.kind, command.id)
        for command in commands
        if command.document
    ]
    # In the order of the lines' keys, for other transactions may be posting them too.
    rows.sort(key=lambda row: (row[0], row[1], row[2], row[3]))
    if rows and len(await tx.raw.fetch(statements.INSERT_POSTINGS, tx.tenant_id, *_columns(rows, 5))) != len(rows):
        raise LostRace("another transaction posted one of these document lines meanwhile")


def events_of(tenant_id: UUID, posted: Posted) -> list[Event]:
    """One ``StockUpdated`` for each balance that took a version, and one ``StockAdjusted`` for what was corrected by hand."""
    command = posted.command
    events: list[Event] = []
    for before, after in zip(posted.before, posted.after, strict=True):
        if after.version == before.version:
            continue
        movements = [movement for movement in posted.movements if movement.balance_id == after.id]
        kinds = tuple(dict.fromkeys(movement.kind for movement in movements))
        events.append(
            StockUpdated(
                aggregate_id=after.id, aggregate_version=after.version, tenant_id=tenant_id, before=before, after=after,
                command_id=command.id, kinds=kinds, reason=command.reason, reference=command.reference,
                occurred_at=movements[0].occurred_at, recorded_by=command.recorded_by,
            )
        )  # fmt: skip
        if {Adjust.kind, SetOnHand.kind} & set(kinds):
            events.append(
                StockAdjusted(
                    aggregate_id=after.id, aggregate_version=after.version, tenant_id=tenant_id, after=after,
                    command_id=command.id, change=after.on_hand - before.on_hand,
                    value_change=sum((movement.value_change for movement in movements), Decimal(0)),
                    reason=command.reason, reference=command.reference, note=command.note,
                    adjusted_at=movements[0].occurred_at, adjusted_by=command.recorded_by,
                )
            )  # fmt: skip
    return events
