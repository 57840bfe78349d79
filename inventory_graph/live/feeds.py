"""What a subscription delivers: how things stand, then every change, each exactly once, from wherever its reader left off."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.live import log
from inventory_graph.live.cursors import Cursor, cursor_of
from inventory_graph.live.hub import Hub, Subscriber
from inventory_graph.live.log import Entry, Shared
from inventory_graph.live.refusals import ReaderTooSlow
from inventory_graph.live.selections import (
    EventSelection,
    PurchaseOrderSelection,
    ReservationSelection,
    Selection,
    StockSelection,
    TransferSelection,
)
from inventory_graph.live.snapshots import (
    ShownDocument,
    balance_after,
    balances_at,
    purchase_orders_at,
    reservations_at,
    transfers_at,
)
from inventory_graph.stock.records import BalanceRecord

HEARTBEAT_SECONDS = 15.0
READ_SECONDS_MAX = 30.0
DELIVERED_AT_ONCE = 4
"""How many of what waits for a reader are delivered before everybody else has a turn: there may be thousands of readers."""

POSITIONS_OF_A_POINT = 20
"""How many positions of the log are looked at for a point of cost, wanted or not."""

Kept = TypeVar("Kept")
Clock: TypeAlias = Callable[[], datetime]
ShownPage: TypeAlias = tuple[list[ShownDocument], UUID | None]
ReadPage: TypeAlias = Callable[[Transaction, int, UUID | None], Awaitable[ShownPage]]
"""Reads the next documents of a snapshot at a position, and says where to go on."""
Pay: TypeAlias = Callable[[int], Awaitable[None]]
"""Draws the points of cost of what was read for a reader alone; returns when it has paid, however long that takes."""


class ChangeKind(StrEnum):
    """What a delivery is: part of how things stood, a change, or a sign of life."""

    SNAPSHOT = "SNAPSHOT"
    CHANGE = "CHANGE"
    HEARTBEAT = "HEARTBEAT"


@dataclass(frozen=True, kw_only=True)
class Delivery(Shared):
    """One thing that a subscriber gets. ``cursor`` is what to resume from once it has it. ``shared_as`` is the position in the whole log
    of an event that is the same delivery to all who follow it; None for what one gets by itself."""

    kind: ChangeKind
    cursor: Cursor
    occurred_at: datetime
    shared_as: int | None = None
    balance: BalanceRecord | None = None
    document_id: UUID | None = None
    cause: str | None = None


@dataclass(slots=True)
class _Page:
    """What is wanted of a part of the log, how far the part reaches, and how far all that is to be read; the tenant's positions."""

    entries: list[Entry]
    reaches: int
    until: int
    points: int


async def nobody_pays(_points: int) -> None:
    """For readers that have no budget."""


class Feeds:
    """The feeds of one process. ``clock`` tells the time of heartbeats. What a feed reads at once, a page of a snapshot or of the log,
    may take ``read_seconds_max``; longer raises ``TimeoutError``.

    Each feed is paid for by ``pay``, page by page before the page is delivered: a point for each thing of a snapshot, for each event of
    the log before the reader has caught up, and for each ``POSITIONS_OF_A_POINT`` positions that were looked at for it. What happens
    afterwards is read once for all, and costs nobody anything.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        *,
        clock: Clock,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        read_seconds_max: float = READ_SECONDS_MAX,
    ) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds
        self._read_seconds_max = read_seconds_max

    async def stock(
        self,
        actor: Actor,
        *,
        selection: StockSelection,
        after: str | None,
        coalesce: bool,
        pay: Pay = nobody_pays,
    ) -> AsyncGenerator[Delivery, None]:
        """Every balance that matches as it stands, a heartbeat, then every change."""
        cursor = cursor_of(after, selection=selection.key) if after is not None else None
        if cursor is None or cursor.shown_to is not None:
            async with aclosing(self._balances(actor, selection, cursor, pay)) as shown:
                async for delivery in shown:
                    yield delivery
                    cursor = delivery.cursor
        position = cursor.tenant_seq if cursor is not None else 0
        async with aclosing(self._entries(actor, selection, position, coalesce=coalesce, pay=pay)) as entries:
            async for each in entries:
                yield self._heartbeat(each) if isinstance(each, Cursor) else each.once(stock_change)

    async def _balances(
        self, actor: Actor, selection: StockSelection, cursor: Cursor | None, pay: Pay
    ) -> AsyncGenerator[Delivery, None]:
        """The pages of the snapshot, then a heartbeat whose cursor is the snapshot's position."""
        shown_to = cursor.shown_to if cursor is not None else None
        position = cursor.tenant_seq if cursor is not None else None
        while True:
            async with self._reading(actor) as tx:
                if position is None:
                    position = await log.head(tx)
                await log.check_kept(tx, after=position)
                page, shown_to = await balances_at(tx, tenant_seq=position, selection=selection, after=shown_to)
            await pay(len(page))
            for number, balance in enumerate(taken_from(page)):
                await _give_way(number)
                yield Delivery(
                    kind=ChangeKind.SNAPSHOT,
                    cursor=Cursor(position, balance.id, selection.key),
                    occurred_at=balance.updated_at,
                    balance=balance,
                )
            if shown_to is None:
                yield self._heartbeat(Cursor(position))
                return

    def reservations(
        self, actor: Actor, *, selection: ReservationSelection, after: str | None, pay: Pay = nobody_pays
    ) -> AsyncGenerator[Delivery, None]:
        """The reservations that match (of all of a tenant's those that are open), a heartbeat, then every step of them."""

        async def page(tx: Transaction, tenant_seq: int, shown_to: UUID | None) -> ShownPage:
            return await reservations_at(tx, tenant_seq=tenant_seq, selection=selection, after=shown_to)

        return self._documents(actor, selection, selection.key, after, page, pay)

    def transfers(
        self, actor: Actor, *, selection: TransferSelection, after: str | None, pay: Pay = nobody_pays
    ) -> AsyncGenerator[Delivery, None]:
        """The transfers that match (without an id those that are open), a heartbeat, then every step of them."""

        async def page(tx: Transaction, tenant_seq: int, shown_to: UUID | None) -> ShownPage:
            return await transfers_at(tx, tenant_seq=tenant_seq, selection=selection, after=shown_to)

        return self._documents(actor, selection, selection.key, after, page, pay)

    def purchase_orders(
        self, actor: Actor, *, selection: PurchaseOrderSelection, after: str | None, pay: Pay = nobody_pays
    ) -> AsyncGenerator[Delivery, None]:
        """The purchase orders that match (without an id those that are open), a heartbeat, then every step of them."""

        async def page(tx: Transaction, tenant_seq: int, shown_to: UUID | None) -> ShownPage:
            return await purchase_orders_at(tx, tenant_seq=tenant_seq, selection=selection, after=shown_to)

        return self._documents(actor, selection, selection.key, after, page, pay)

    async def _documents(
        self, actor: Actor, selection: Selection, key: bytes, after: str | None, page: ReadPage, pay: Pay
    ) -> AsyncGenerator[Delivery, None]:
        """The documents of the pages, a heartbeat, then every step of those that match.

        A document is shown as it is. A step of it that comes after the snapshot's position is seen in it already and is not told
        again; only to a reader who resumes between the two it may be.
        """
        cursor = cursor_of(after, selection=key) if after is not None else None
        seen: dict[UUID, int] = {}
        if cursor is None or cursor.shown_to is not None:
            async with aclosing(self._shown(actor, key, cursor, seen, page, pay)) as shown:
                async for delivery in shown:
                    yield delivery
                    cursor = delivery.cursor
        position = cursor.tenant_seq if cursor is not None else 0
        async with aclosing(self._entries(actor, selection, position, coalesce=False, pay=pay)) as entries:
            async for entry in entries:
                if isinstance(entry, Cursor):
                    yield self._heartbeat(entry)
                elif (entry.aggregate_version or 0) > seen.get(entry.aggregate_id, 0):
                    yield Delivery(
                        kind=ChangeKind.CHANGE, cursor=cursor_after(entry), occurred_at=entry.occurred_at,
                        document_id=entry.aggregate_id, cause=entry.data["step"],
                    )  # fmt: skip

    async def _shown(
        self, actor: Actor, key: bytes, cursor: Cursor | None, seen: dict[UUID, int], page: ReadPage, pay: Pay
    ) -> AsyncGenerator[Delivery, None]:
        shown_to = cursor.shown_to if cursor is not None else None
        position = cursor.tenant_seq if cursor is not None else None
        while True:
            async with self._reading(actor) as tx:
                if position is None:
                    position = await log.head(tx)
                await log.check_kept(tx, after=position)
                documents, shown_to = await page(tx, position, shown_to)
            await pay(len(documents))
            for number, each in enumerate(documents):
                await _give_way(number)
                if each.is_ahead:
                    seen[each.id] = each.version
                yield Delivery(
                    kind=ChangeKind.SNAPSHOT,
                    cursor=Cursor(position, each.id, key),
                    occurred_at=each.changed_at,
                    document_id=each.id,
                )
            if shown_to is None:
                yield self._heartbeat(Cursor(position))
                return

    async def events(
        self, actor: Actor, *, selection: EventSelection, after: str | None, pay: Pay = nobody_pays
    ) -> AsyncGenerator[Entry, None]:
        """Every event that matches after the cursor, or from now on."""
        if after is not None:
            position = cursor_of(after).tenant_seq
        else:
            async with self._reading(actor) as tx:
                position = await log.head(tx)
        async with aclosing(self._entries(actor, selection, position, coalesce=False, pay=pay)) as entries:
            async for entry in entries:
                if not isinstance(entry, Cursor):
                    yield entry

    def _heartbeat(self, cursor: Cursor) -> Delivery:
        return Delivery(kind=ChangeKind.HEARTBEAT, cursor=cursor, occurred_at=self._clock())

    async def _entries(
        self, actor: Actor, selection: Selection, position: int, *, coalesce: bool, pay: Pay
    ) -> AsyncGenerator[Entry | Cursor, None]:
        """Every event of the selection after the tenant's position; the cursor by itself for a heartbeat.

        Whoever is far behind reads the log first and joins the hub when it is close to the end.
        """
        while True:
            async with AsyncExitStack() as joined:
                ends_at = self._read_until()
                async with asyncio.timeout_at(ends_at):
                    subscriber, seq = await joined.enter_async_context(
                        self._hub.subscribe(actor.tenant_id, selection, coalesce=coalesce, ends_at=ends_at)
                    )
                told_at, until = self._now(), None
                while until is None or (position < until and not subscriber.is_overrun):
                    page = await self._read(actor, selection, position, seq=seq, until=until)
                    await pay(page.points)
                    for number, entry in enumerate(taken_from(page.entries)):
                        await _give_way(number)
                        yield entry
                        told_at = self._now()
                    position, until = page.reaches, page.until
                    if self._now() - told_at >= self._heartbeat_seconds:
                        # Whoever is cut off now need not begin again where it began.
                        yield Cursor(position)
                        told_at = self._now()
                if subscriber.is_overrun:
                    # So far behind that the hub's part overflowed meanwhile: once more from the log.
                    continue
                # Here and in no generator of its own: each that a delivery passes through costs.
                while True:
                    entries = await subscriber.next(seconds_max=self._heartbeat_seconds)
                    # The tail may be behind the snapshot, or behind the process that gave the cursor: what is in them comes once.
                    for number, entry in enumerate(each for each in entries if each.tenant_seq > position):
                        await _give_way(number)
                        position = entry.tenant_seq
                        yield entry
                    if subscriber.is_overrun:
                        raise ReaderTooSlow
                    if not entries:
                        position = self._position_of(subscriber, position)
                        yield Cursor(position)

    async def _read(self, actor: Actor, selection: Selection, position: int, *, seq: int, until: int | None) -> "_Page":
        """The next page of the log up to the tenant's position ``until``; where that is None, up to the position ``seq`` of the whole
        log."""
        async with self._reading(actor) as tx:
            await log.check_kept(tx, after=position)
            if until is None:
                until = max(position, await log.place_in_tenant(tx, seq=seq))
            reaches = min(position + log.LOOKED_AT_MAX, until)
            read = await log.entries_of_tenant(
                tx, after=position, until=reaches, wanted=selection.wanted, limit=log.REPLAYED_MAX
            )
        if len(read) == log.REPLAYED_MAX:
            reaches = read[-1].tenant_seq
        taken = [entry for entry in read if selection.takes(entry)]
        return _Page(taken, reaches, until, points=-(-(reaches - position) // POSITIONS_OF_A_POINT) + len(taken))

    @asynccontextmanager
    async def _reading(self, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction that only reads, all statements of one instant, and for as long as one operation may take."""
        ends_at = self._read_until()
        async with asyncio.timeout_at(ends_at), self._database.snapshot(actor, ends_at=ends_at) as tx:
            yield tx

    def _read_until(self) -> float:
        """When what is read now is given up, by the clock of ``time.monotonic``, which is the event loop's.

        No frame keeps the limit itself: it has the task, a cancelled task has its error, and that has the frames again. All that a
        reader who went away had in them would wait for the collector of garbage.
        """
        return self._now() + self._read_seconds_max

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _position_of(self, subscriber: Subscriber, position: int) -> int:
        """Where a subscriber is to whom nothing came: as far as the tail has read, where nothing waits."""
        return max(position, self._hub.head_of(subscriber.tenant_id)) if subscriber.is_idle else position


async def _give_way(number: int) -> None:
    if number % DELIVERED_AT_ONCE == DELIVERED_AT_ONCE - 1:
        await asyncio.sleep(0)


def taken_from(kept: list[Kept]) -> Iterator[Kept]:
    """What is in the list, in its order; none is kept once it is taken, and least of all where the reader goes away in the middle."""
    kept.reverse()
    while kept:
        yield kept.pop()


def cursor_after(entry: Entry) -> Cursor:
    """What to resume from once the event has arrived."""
    return Cursor(entry.tenant_seq)


def stock_change(entry: Entry) -> Delivery:
    """What the event of a changed balance is to everybody who follows it."""
    data = entry.data
    return Delivery(
        kind=ChangeKind.CHANGE,
        cursor=cursor_after(entry),
        occurred_at=entry.occurred_at,
        shared_as=entry.seq,
        balance=balance_after(data, balance_id=entry.aggregate_id),
        cause=data["reason"] or ",".join(data["kinds"]),
    )
