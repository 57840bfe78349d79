"""Posting: the one way into the stock book.

``post`` locks the balances of its commands in key order, reads what they need, lets ``book.decide`` decide each in turn on
the locked rows, and writes everything in one statement. The caller's transaction commits it, together with the caller's own
rows. Commands share the transaction, not their fate: one that is refused leaves the others as they are.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from inventory_graph.arrays import shared
from inventory_graph.db import LostRace, Transaction, meanwhile
from inventory_graph.errors import LimitExceeded, Refusal
from inventory_graph.outbox import Event, EventRows, current_traceparent, emit_rows
from inventory_graph.stock import statements
from inventory_graph.stock.book import Posted, decide
from inventory_graph.stock.commands import (
    EXPIRED,
    SYSTEM,
    VALUELESS,
    BalanceKey,
    Command,
    Document,
    ExpireHold,
    Line,
    serial_id,
)
from inventory_graph.stock.cost_writing import Kept, load_layers, write_costs
from inventory_graph.stock.loading import columns, load, load_pieces, lock, lock_free
from inventory_graph.stock.period_locks import keep_open
from inventory_graph.stock.state import Balance, CostAdjustment, Hold, Lot, Movement, Quant, Serial, State
from inventory_graph.stock.telling import told_of

COMMANDS_MAX = 1_000
LINES_MAX = 10_000
AFTER_POSTING = "after_posting"
"""The hook of what is to happen in the same transaction when something was posted: called with it and the open book."""

Outcome: TypeAlias = Posted | Refusal


@dataclass(frozen=True, slots=True)
class Before:
    """The locked balances as they are stored, to write only what changed."""

    versions: dict[BalanceKey, int] = field(default_factory=dict)
    available: dict[BalanceKey, Decimal] = field(default_factory=dict)
    expiries: dict[BalanceKey, datetime | None] = field(default_factory=dict)
    quants: dict[UUID, dict[Any, Quant]] = field(default_factory=dict)
    costs: dict[UUID, Kept] = field(default_factory=dict)

    def keep(self, balance: Balance, expiry: datetime | None) -> None:
        self.versions[balance.key] = balance.version
        self.available[balance.key] = balance.available
        self.expiries[balance.key] = expiry
        self.quants[balance.id] = balance.quants.copy()
        self.costs[balance.id] = Kept.of(balance)

    def differs(self, balance: Balance) -> bool:
        return balance.version != self.versions[balance.key] or balance.holds_expire_at != self.expiries[balance.key]


class OpenBook:
    """The book opened at some balances, which stay locked to the end of the transaction.

    ``state`` is what a pure decision looks at, ``now`` the time when the last lock was held, ``posted`` what was accepted so
    far, ``adjusted`` what changed the value of stock besides. Nothing is in the database until ``write``.
    """

    def __init__(self, tx: Transaction, state: State, now: datetime, before: Before) -> None:
        self.tx = tx
        self.state = state
        self.now = now
        self.posted: list[Posted] = []
        self.adjusted: list[CostAdjustment] = []
        self._made_by: list[str | None] = []
        self._announced: list[Event] = []
        self._before = before
        self._serials_known = list(state.serials)

    def post(self, command: Command) -> Posted:
        """Decide one command on the locked balances; raises its refusal, which leaves everything as it was."""
        posted = decide(self.state, command, self.now)
        self.posted.append(posted)
        self._made_by.append(current_traceparent.get())
        return posted

    def expire(self, holds: Iterable[Hold]) -> None:
        """What is overdue holds nothing: a step of its own for each balance, before anything else is decided."""
        by_balance: dict[BalanceKey, list[Line]] = {}
        for hold in holds:
            key = (hold.variant_id, hold.warehouse_id)
            line = ExpireHold(variant_id=key[0], warehouse_id=key[1], hold_id=hold.id, quantity=hold.quantity)
            by_balance.setdefault(key, []).append(line)
        for key in sorted(by_balance):
            self.post(Command(id=uuid4(), lines=tuple(by_balance[key]), recorded_by=SYSTEM, reason=EXPIRED))

    def raised(self) -> set[BalanceKey]:
        """The balances of which more is available now than when the book was opened."""
        return {
            key
            for key, balance in self.state.balances.items()
            if balance.available > self._before.available[key] and balance.available > 0
        }

    def changed(self) -> Iterator[tuple[Balance, Decimal]]:
        """The balances of which more or less is available now than when the book was opened, with how much that was."""
        available = self._before.available
        for key, balance in self.state.balances.items():
            if balance.available != available[key]:
                yield balance, available[key]

    def announce(self, events: Iterable[Event]) -> None:
        """Have these events emitted after those of what was posted."""
        self._announced += events

    async def join(self, keys: Collection[BalanceKey]) -> None:
        """Open the book at more balances that exist and that nobody else holds; the others are passed over, for who holds
        balances already may not wait. Knows every piece that is available at the balances, those it was open at included."""
        await self._join(sorted(set(keys) - self.state.balances.keys()))
        self._serials_known += await load_pieces(self.tx, self.state, keys=keys)

    async def _join(self, wanted: Sequence[BalanceKey]) -> None:
        if not wanted:
            return
        state, now = await lock_free(self.tx, wanted)
        overdue = await load(self.tx, state, now=now, lines=())
        for key, balance in state.balances.items():
            self._before.keep(balance, balance.holds_expire_at)
            self.state.balances[key] = balance
        new = {id_: serial for id_, serial in state.serials.items() if id_ not in self.state.serials}
        self.state.serials |= new
        self._serials_known += new
        self.state.lots |= state.lots
        self.state.location_paths |= state.location_paths
        for hold in overdue:
            self.state.keep_hold(hold)
        self.expire(overdue)

    async def write(self) -> None:
        """Write everything that was posted, in one statement for all balances, quants and movements."""
        if self.posted:
            await keep_open(self.tx, (each.command for each in self.posted), closed=self.state.closed, now=self.now)
            for react in self.tx.hooks.get(AFTER_POSTING, ()):
                await react(self.tx, self)
            tell = partial(told_of, self.tx.tenant_id, self.posted, self._announced, made_by=self._made_by)
            await _write(self.tx, self.state, self.posted, tell, self._before, self._serials_known)
        adjustments = [*(each for posted in self.posted for each in posted.adjustments), *self.adjusted]
        await write_costs(
            self.tx, balances=self.state.balances.values(), before=self._before.costs, adjustments=adjustments
        )


async def open_book(
    tx: Transaction,
    keys: Iterable[BalanceKey],
    *,
    lines: Sequence[Line] = (),
    documents: Sequence[Document] = (),
    owner_ids: Collection[UUID] = (),
    moves_value: bool = False,
) -> OpenBook:
    """Lock the balances in key order, read what deciding about the lines needs, and expire the holds that are overdue.

    ``owner_ids`` names the owners whose holds may be resolved; their balances must be among the keys.
    ``moves_value``: something will arrive or leave that no line tells of.
    """
    state, now = await lock(tx, sorted(set(keys)))
    expiries = {key: balance.holds_expire_at for key, balance in state.balances.items()}
    overdue = await load(tx, state, now=now, lines=lines, documents=documents, owner_ids=owner_ids)
    if moves_value or any(not isinstance(line, VALUELESS) for line in lines):
        await load_layers(tx, state.balances.values())
    before = Before()
    for key, balance in state.balances.items():
        before.keep(balance, expiries[key])
    book = OpenBook(tx, state, now, before)
    book.expire(overdue)
    return book


async def post(tx: Transaction, commands: Sequence[Command]) -> list[Outcome]:
    """Post the commands in their order; for each what it did, or why it was refused.

    At most 1,000 commands of 10,000 lines in all. Takes five statements, more only for lots, serials, holds and documents.
    """
    if len(commands) > COMMANDS_MAX or sum(len(command.lines) for command in commands) > LINES_MAX:
        raise LimitExceeded(f"At most {COMMANDS_MAX} commands of {LINES_MAX} lines post at once.")
    book = await open_book(
        tx,
        (key for command in commands for key in command.balance_keys()),
        lines=[line for command in commands for line in command.lines],
        documents=[command.document for command in commands if command.document],
    )
    outcomes: list[Outcome] = []
    for command in commands:
        try:
            outcomes.append(book.post(command))
        except Refusal as refusal:
            outcomes.append(refusal)
    await book.write()
    return outcomes


async def post_one(tx: Transaction, command: Command) -> Posted:
    """Post one command; raises its refusal."""
    (outcome,) = await post(tx, [command])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def _write(
    tx: Transaction,
    state: State,
    posted: Sequence[Posted],
    tell: Callable[[], tuple[EventRows, list[str | None] | None]],
    before: Before,
    serials_known: Sequence[UUID],
) -> None:
    await _write_lots({lot.id: state.lots[lot.id] for each in posted for lot in each.lots}.values(), tx)
    serials = {serial.id: state.serials[serial.id] for each in posted for serial in each.serials}
    await _write_serials(serials.values(), serials_known, tx)
    await _write_serial_history(state, [movement for each in posted for movement in each.movements], tx)
    await _write_postings([each.command for each in posted if each.command.document], tx)
    movements = [movement for each in posted for movement in each.movements]
    holds = {hold.id: state.holds[hold.id] for each in posted for hold in each.holds}
    # A hold has the id of the movement that took it.
    are_new = holds.keys() <= {movement.id for movement in movements}
    _, ledger = await meanwhile(_write_holds(holds.values(), tx, are_new=are_new), lambda: _movement_columns(movements))
    changed = [balance for balance in state.balances.values() if before.differs(balance)]
    *balances, holds_expire_at = _balance_columns(changed, before)
    kept, emptied = _quant_changes(changed, before.quants)
    write = tx.raw.fetchval(
        statements.WRITE,
        tx.tenant_id,
        *balances,
        *kept,
        *emptied,
        *ledger,
        holds_expire_at,
    )
    written, (rows, traceparents) = await meanwhile(write, tell)
    if written != len(changed):
        raise LostRace("a balance changed although it was locked")
    await emit_rows(tx, rows, traceparents=traceparents)


def _balance_columns(balances: Sequence[Balance], before: Before) -> list[Sequence[Any]]:
    rows = [
        (
            balance.id, before.versions[key], balance.on_hand, balance.reserved, balance.quarantined, balance.damaged,
            balance.average_cost, _may_be_negative(balance, available_before=before.available[key]), balance.version,
            balance.updated_at, balance.holds_expire_at,
        )
        for key, balance in ((balance.key, balance) for balance in balances)
    ]  # fmt: skip
    return list(shared(rows, 11, whole=0))


def _may_be_negative(balance: Balance, *, available_before: Decimal) -> bool:
    """By policy; or still, after the policy changed, as long as it only rises."""
    return balance.stockable.allow_negative or available_before <= balance.available < 0


def _quant_changes(
    balances: Sequence[Balance], quants_before: dict[UUID, dict[Any, Quant]]
) -> tuple[list[Sequence[Any]], tuple[list[Any], ...]]:
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
    return list(shared(kept, 6, whole=0)), columns(emptied, 4)


def _movement_columns(movements: Sequence[Movement]) -> list[Sequence[Any]]:
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
    return list(shared(rows, 29, whole=1))


async def _write_lots(lots: Iterable[Lot], tx: Transaction) -> None:
    rows = [
        (lot.id, lot.item_id, lot.code, lot.manufactured_on, lot.best_before, lot.expires_on, lot.received_at)
        for lot in sorted(lots, key=lambda lot: lot.id)
    ]
    if rows:
        await _upsert(tx, statements.UPSERT_LOTS, *columns(rows, 7), many=len(rows), what="a lot of this code")


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
        tx, statements.UPSERT_SERIALS, *columns(rows, 11), list(known), many=len(rows), what="one of these serials"
    )


async def _write_holds(holds: Iterable[Hold], tx: Transaction, *, are_new: bool) -> None:
    rows = [
        (
            each.id, each.owner_id, each.line_id, each.balance_id, each.variant_id, each.warehouse_id, each.location_id,
            each.lot_id, statements.SERIAL_SEPARATOR.join(each.serials) if each.serials else None, each.quantity,
            each.committed, each.released, each.received_at, each.expires_at,
        )
        for each in holds
    ]  # fmt: skip
    if rows:
        sql = statements.INSERT_HOLDS if are_new else statements.UPSERT_HOLDS
        await tx.raw.execute(sql, tx.tenant_id, *shared(rows, 14, whole=0))


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
        await tx.raw.execute(statements.INSERT_MOVEMENT_SERIALS, tx.tenant_id, *columns(rows, 3))


async def _write_postings(commands: Sequence[Command], tx: Transaction) -> None:
    rows = [
        (command.document.type, command.document.id, command.document.line, command.document.kind, command.id)
        for command in commands
        if command.document
    ]
    # In the order of the lines' keys, for other transactions may be posting them too.
    rows.sort(key=lambda row: (row[0], row[1], row[2], row[3]))
    if rows and len(await tx.raw.fetch(statements.INSERT_POSTINGS, tx.tenant_id, *columns(rows, 5))) != len(rows):
        raise LostRace("another transaction posted one of these document lines meanwhile")
