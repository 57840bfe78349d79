"""The database: one pool, transactions that carry a tenant, and the only COMMIT of the project.

Statements are written in SQLAlchemy Core and run on asyncpg directly: a statement is compiled once per shape and cached,
so that Core costs little more than text (docs/decisions/0003). Hot, set-based statements are text.
"""

import asyncio
import copy
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import stamina
from sqlalchemy import ARRAY, ColumnElement, MetaData, any_, literal
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import UserDefinedType

from inventory_graph.actor import Actor
from inventory_graph.connection_shares import ConnectionShares, Use
from inventory_graph.connections import BROKEN, UNREACHABLE, Connection, open_pool
from inventory_graph.core_statements import CoreCompiler
from inventory_graph.errors import OutcomeUnknown, Retry, Unavailable
from inventory_graph.turns import NoTurnError, party_of

Record = asyncpg.Record
Result = TypeVar("Result")
Worked = TypeVar("Worked")
Hooks: TypeAlias = Mapping[str, tuple[Callable[..., Awaitable[Any]], ...]]
"""What a domain asks of those that may not be imported by it, by the name of the question; each answers in the caller's
transaction, in this order."""

logger = logging.getLogger(__name__)

ACQUIRE_SECONDS_MAX = 2.0
STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 4_000
GRACE_MS = 100
"""How much longer than the operation PostgreSQL lets its statement run: the operation's own end is the one to report."""
ATTEMPTS_MAX = 5
ROLLBACK_SECONDS_MAX = 5
NO_HOOKS: Hooks = MappingProxyType({})


class Base(DeclarativeBase):
    """The tables. Models have columns, keys and constraints; no behaviour and no relationships."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class QuantityColumn(UserDefinedType[Any]):
    """The database domain ``quantity``: numeric(18,6) that refuses NaN and infinity."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "quantity"


class CostColumn(UserDefinedType[Any]):
    """The database domain ``cost``: numeric(28,10) that refuses NaN and infinity; money per stock unit."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "cost"


def any_of(column: InstrumentedAttribute[Any] | ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """``column = ANY(array)``: one parameter and one plan however many values, unlike IN with its list of parameters."""
    return column == any_(literal(list(values), ARRAY(column.type)))


_core = CoreCompiler()


class Transaction:
    """One database transaction of one actor; row-level security binds it to the actor's tenant.

    ``rows``, ``row``, ``value`` and ``run`` take Core statements; ``raw`` is the asyncpg connection for set-based text.
    ``hooks`` are those of the database it was opened on.
    """

    __slots__ = ("actor", "has_events", "hooks", "raw")

    def __init__(self, raw: Connection, actor: Actor, hooks: Hooks = NO_HOOKS) -> None:
        self.raw = raw
        self.actor = actor
        self.hooks = hooks
        self.has_events = False
        """Whether events leave with it: who numbers them is woken once it is committed."""

    @property
    def tenant_id(self) -> UUID:
        return self.actor.tenant_id

    async def rows(self, statement: ClauseElement, **parameters: Any) -> list[Record]:
        sql, arguments = _core.arguments(statement, parameters)
        return await self.raw.fetch(sql, *arguments)

    async def row(self, statement: ClauseElement, **parameters: Any) -> Record | None:
        sql, arguments = _core.arguments(statement, parameters)
        return await self.raw.fetchrow(sql, *arguments)

    async def value(self, statement: ClauseElement, **parameters: Any) -> Any:
        sql, arguments = _core.arguments(statement, parameters)
        return await self.raw.fetchval(sql, *arguments)

    async def run(self, statement: ClauseElement, **parameters: Any) -> None:
        sql, arguments = _core.arguments(statement, parameters)
        await self.raw.execute(sql, *arguments)


async def meanwhile(statement: Coroutine[Any, Any, Result], work: Callable[[], Worked]) -> tuple[Result, Worked]:
    """Have the database run a statement, and do work of this process until it answers; what came of both.

    The work neither waits nor uses the transaction. When it raises, the statement is waited for all the same: a connection
    does one thing at a time.
    """
    running = asyncio.create_task(statement)
    try:
        # One turn of the loop, in which the statement is sent.
        await asyncio.sleep(0)
        worked = work()
    finally:
        answer = await running
    return answer, worked


class LostRace(Exception):
    """Another transaction was first between a read and a write; everything is rolled back and runs again."""


RETRYABLE = (
    LostRace,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
"""Errors after which the whole transaction may run again: PostgreSQL promises that nothing of it remains."""


@dataclass(slots=True)
class _Told:
    on_wait: Callable[[float], None] | None = None
    on_events: Callable[[], None] | None = None


class Database:
    """The pool of one process, for one database role, with what its transactions carry as ``hooks``."""

    def __init__(self, pool: "asyncpg.Pool[Record]", hooks: Hooks | None = None) -> None:
        self.pool = pool
        self.hooks = hooks if hooks is not None else NO_HOOKS
        self.statement_timeout_ms = STATEMENT_TIMEOUT_MS
        self.acquire_seconds_max = ACQUIRE_SECONDS_MAX
        self.shares = ConnectionShares(pool.get_max_size())
        self._use: Use | None = None
        self._told = _Told()

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        role: str = "inventory_app",
        connections_max: int = 10,
        statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
        lock_timeout_ms: int = LOCK_TIMEOUT_MS,
        acquire_seconds_max: float = ACQUIRE_SECONDS_MAX,
        on_query: Callable[[asyncpg.connection.LoggedQuery], None] | None = None,
        hooks: Hooks | None = None,
    ) -> "Database":
        """Open the pool as the given role; every connection takes the role before its first statement.

        ``on_query`` is told every statement after it has run; ``hooks`` go with every transaction.
        """
        pool = await open_pool(
            url,
            role=role,
            connections_max=connections_max,
            statement_timeout_ms=statement_timeout_ms,
            lock_timeout_ms=lock_timeout_ms,
            on_query=on_query,
        )
        database = cls(pool, hooks)
        database.statement_timeout_ms = statement_timeout_ms
        database.acquire_seconds_max = acquire_seconds_max
        return database

    async def close(self) -> None:
        await self.pool.close()

    def for_use(self, use: Use) -> "Database":
        """The same database with the share that this use has of its connections. Without a use there is no limit to them."""
        twin = copy.copy(self)
        twin._use = use
        return twin

    @property
    def on_wait(self) -> Callable[[float], None] | None:
        """Is told how many seconds each transaction waited for its connection, for whatever use."""
        return self._told.on_wait

    @on_wait.setter
    def on_wait(self, listener: Callable[[float], None] | None) -> None:
        self._told.on_wait = listener

    @property
    def on_events(self) -> Callable[[], None] | None:
        """Is called after the COMMIT of a transaction that wrote events, for whatever use."""
        return self._told.on_events

    @on_events.setter
    def on_events(self, listener: Callable[[], None] | None) -> None:
        self._told.on_events = listener

    def transaction(
        self, actor: Actor, *, ends_at: float | None = None, is_begun: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that writes. Prefer ``write``, which runs again what a deadlock undid.

        ``ends_at`` is the end of the operation it belongs to, on the clock of ``time.monotonic``: where that comes before a
        statement's usual limit, PostgreSQL itself stops the statement then, even if this process is gone. ``is_begun`` tells
        that the operation is under way already: it waits for its connection until then, and is not sent away before.
        """
        return self._open(actor, "BEGIN", ends_at, is_begun=is_begun)

    def read(
        self, actor: Actor, *, ends_at: float | None = None, is_begun: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that only reads; each statement sees what is committed when it starts."""
        return self._open(actor, "BEGIN READ ONLY", ends_at, is_begun=is_begun)

    def snapshot(self, actor: Actor, *, ends_at: float | None = None) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that only reads, all statements of one instant."""
        return self._open(actor, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ends_at)

    async def write(
        self,
        actor: Actor,
        function: Callable[[Transaction], Awaitable[Result]],
        *,
        ends_at: float | None = None,
        is_begun: bool = False,
    ) -> Result:
        """Run the function in a transaction and commit it; run it again, a few times, when a lock was in the way."""
        try:
            async for attempt in stamina.retry_context(
                on=RETRYABLE, attempts=ATTEMPTS_MAX, wait_initial=0.01, wait_max=0.5, wait_jitter=0.05, timeout=15
            ):
                with attempt:
                    async with self.transaction(actor, ends_at=ends_at, is_begun=is_begun) as tx:
                        return await function(tx)
        except RETRYABLE as error:
            raise Retry(
                "Others were changing the same stock; nothing was done. Send the same request again."
            ) from error
        raise AssertionError("a retry loop ends by returning or raising")

    def transaction_on(self, raw: Connection, actor: Actor) -> AbstractAsyncContextManager[Transaction]:
        """``transaction`` on a connection that the caller keeps."""
        return self._open_on(raw, actor, self._opening(actor, "BEGIN", None))

    def _open(
        self, actor: Actor, begin: str, ends_at: float | None, *, is_begun: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        opening = self._opening(actor, begin, ends_at)
        return self.open_with(actor, opening, waits_until=ends_at if is_begun else None)

    def _opening(self, actor: Actor, begin: str, ends_at: float | None) -> str:
        # One round trip: the tenant is a UUID, so it cannot smuggle anything into the text.
        tenant_id = UUID(bytes=actor.tenant_id.bytes)
        opening = f"{begin}; SELECT set_config('app.tenant_id', '{tenant_id}', true)"
        if ends_at is not None:
            left_ms = max(int((ends_at - time.monotonic()) * 1_000), 0) + GRACE_MS
            if left_ms < self.statement_timeout_ms:
                opening += f", set_config('statement_timeout', '{left_ms}', true)"
        return opening

    @asynccontextmanager
    async def open_with(
        self, actor: Actor, opening: str, *, waits_until: float | None = None
    ) -> AsyncIterator[Transaction]:
        """A transaction opened by the given text, for the few look-ups that happen before the tenant is known."""
        began = time.perf_counter() if self.on_wait is not None else 0.0
        try:
            if self._use is not None:
                seconds = self.acquire_seconds_max if waits_until is None else waits_until - time.monotonic()
                is_patient = waits_until is not None
                await self.shares.take(self._use, party_of(actor), seconds_max=seconds, is_patient=is_patient)
            try:
                raw = await self.pool.acquire(timeout=self.acquire_seconds_max)
            except BaseException:
                self._give_back(actor)
                raise
        except (TimeoutError, NoTurnError) as error:
            raise Unavailable("All database connections are busy; nothing was done. Try again shortly.") from error
        except UNREACHABLE as error:
            raise Unavailable from error
        finally:
            if self.on_wait is not None:
                self.on_wait(time.perf_counter() - began)
        try:
            async with self._open_on(raw, actor, opening) as tx:
                yield tx
        finally:
            try:
                await self.pool.release(raw)
            finally:
                self._give_back(actor)

    def _give_back(self, actor: Actor) -> None:
        if self._use is not None:
            self.shares.give_back(self._use, party_of(actor))

    @asynccontextmanager
    async def _open_on(self, raw: Connection, actor: Actor, opening: str) -> AsyncIterator[Transaction]:
        """A transaction on a connection that the caller keeps."""
        tx = Transaction(raw, actor, self.hooks)
        try:
            await raw.execute(opening)
            yield tx
        except BaseException as error:
            await _roll_back(raw)
            # An argument that does not fit its parameter is an InterfaceError too, and a ValueError.
            if isinstance(error, BROKEN) and not isinstance(error, ValueError):
                raise Unavailable from error
            if isinstance(error, asyncpg.QueryCanceledError):
                raise Unavailable("The database took too long and was stopped; nothing was done.") from error
            raise
        try:
            await self._commit(raw)
        except BaseException:
            # A COMMIT that was cancelled may have left the transaction open and failed.
            await _roll_back(raw)
            raise
        if tx.has_events and self.on_events is not None:
            self.on_events()

    @staticmethod
    async def _commit(raw: Connection) -> None:
        try:
            await raw.execute("COMMIT")
        except (OSError, *BROKEN) as error:
            raise OutcomeUnknown from error


async def _roll_back(connection: Connection) -> None:
    """End what is open, also when the task was cancelled in the middle of a statement; a connection that cannot is closed."""
    try:
        async with asyncio.timeout(ROLLBACK_SECONDS_MAX):
            await connection.execute("ROLLBACK")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        _end(connection)
    except asyncio.CancelledError:
        _end(connection)
        raise


def _end(connection: Connection) -> None:
    # asyncpg has taken back a connection that broke: there is nothing left to end.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()
