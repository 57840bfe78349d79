"""Writes that many callers ask for at once are made together.

What arrives for a tenant while a batch of it commits becomes the next batch: one transaction for all who wait, and for each its
own answer. A lone request waits for nobody: it runs at once in the task of its caller. Tenants take turns at a bounded number of
transactions, one at a time for each tenant, so that requests of one tenant are done in the order in which they came.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from itertools import chain
from typing import Generic, TypeAlias
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.batch_queue import (
    Answer,
    BatchObserver,
    Line,
    NobodyLooks,
    Pace,
    Request,
    Waiting,
    answer_all,
    answered,
    line_of,
)
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import InventoryError, LimitExceeded, OutcomeUnknown, Retry, Unavailable

Handle: TypeAlias = Callable[[Transaction, Sequence[Request]], Awaitable[Sequence[Answer | InventoryError]]]
"""One outcome for each request, in their order. Runs inside one transaction of the tenant, more than once if need be: only what
it does in the transaction may stay. What it raises is nobody's answer; the batch is then run again in parts."""

BATCH_MAX = 500
WEIGHT_MAX = 10_000
WAITING_MAX = 20_000
WAITING_MAX_TENANT = 5_000
BATCHES_AT_ONCE_MAX = 4
EXPIRY_SECONDS_MIN = 0.05
RETRY_AFTER_SECONDS_MAX = 30

logger = logging.getLogger(__name__)


class Batcher(Generic[Request, Answer]):
    """The batched writes of one process. Rights are the caller's to check: a batch knows only the tenant.

    A batch has at most ``batch_max`` requests and 10,000 of weight. ``waiting_max_tenant`` requests of one tenant and
    ``waiting_max`` of all may wait. At most ``batches_at_once_max`` batches run, each of another tenant.
    """

    def __init__(
        self,
        database: Database,
        handle: Handle[Request, Answer],
        *,
        batch_max: int = BATCH_MAX,
        waiting_max_tenant: int = WAITING_MAX_TENANT,
        waiting_max: int = WAITING_MAX,
        batches_at_once_max: int = BATCHES_AT_ONCE_MAX,
        observe: BatchObserver | None = None,
    ) -> None:
        self._database = database
        self._handle = handle
        self._batch_max = batch_max
        self._waiting_max_tenant = waiting_max_tenant
        self._waiting_max = waiting_max
        self._batches_at_once_max = batches_at_once_max
        self._observe = observe or NobodyLooks()
        # Every tenant in `_lines` is in `_running` or, once, in `_turns`; there is nobody in `_turns` while one more may run.
        self._lines: dict[UUID, Line[Request, Answer]] = {}
        self._turns: deque[Line[Request, Answer]] = deque()
        self._running: set[Line[Request, Answer]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._pace = Pace()
        self._expiry: asyncio.TimerHandle | None = None
        self._expiry_at = math.inf
        self._is_closed = False
        self._idle = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many requests wait for their batch."""
        return self._waiting

    async def submit(self, actor: Actor, request: Request, *, weight: int = 1, seconds_max: float) -> Answer:
        """The answer to the request; raises the error that the handler gave in its place.

        ``weight`` is how many lines the request has. Raises ``Unavailable`` when there is no place to wait and when it has
        waited ``seconds_max`` without being run: nothing was done then. Raises ``OutcomeUnknown`` when its batch may or may
        not have been committed. A caller that is cancelled while its request waits takes it back.
        """
        if self._is_closed:
            raise Unavailable("The service is stopping; nothing was done. Send the request again.")
        if weight > WEIGHT_MAX:
            raise LimitExceeded(f"The request has {weight} lines; at most {WEIGHT_MAX} are changed at once.")
        if seconds_max <= 0:
            raise self._late()
        line = self._lines.get(actor.tenant_id)
        if line is None and len(self._running) < self._batches_at_once_max:
            return await self._run_alone(line_of(actor), request)
        return await self._wait(actor, line, request, weight=weight, seconds_max=seconds_max)

    async def close(self) -> None:
        """Refuse what comes from now on; returns when everything that came before is answered."""
        self._is_closed = True
        while self._lines:
            self._idle.clear()
            await self._idle.wait()
        self._stop_expiry()

    async def _run_alone(self, line: Line[Request, Answer], request: Request) -> Answer:
        """Run the request in the task of its caller: no other task, no future, no turn of the event loop beyond its own."""
        self._lines[line.actor.tenant_id] = line
        self._begin_turn(line)
        self._observe.begun(waited_seconds=0.0)
        try:
            (outcome,) = await self._write(line, [request])
        finally:
            self._measure(line, size=1)
            self._end_turn(line)
            self._go_on()
        return answered(outcome)

    async def _wait(
        self, actor: Actor, line: Line[Request, Answer] | None, request: Request, *, weight: int, seconds_max: float
    ) -> Answer:
        """Stand in the tenant's line until a batch has answered the request."""
        if self._waiting >= self._waiting_max or (line and len(line.waiting) >= self._waiting_max_tenant):
            raise self._full(line)
        if line is None:
            line = self._lines[actor.tenant_id] = line_of(actor)
            self._turns.append(line)
        now = time.monotonic()
        outcome: asyncio.Future[Answer | Exception] = asyncio.get_running_loop().create_future()
        each = Waiting(request, max(weight, 1), now, now + seconds_max, outcome)
        line.waiting[each] = None
        self._waiting += 1
        self._expire_by(each.ends_at, now)
        try:
            return answered(await outcome)
        finally:
            # Nobody has taken it out if its caller was cancelled.
            self._take_out(line, each)

    def _take_out(self, line: Line[Request, Answer], each: Waiting[Request, Answer]) -> None:
        if each in line.waiting:
            del line.waiting[each]
            self._waiting -= 1

    # Turns: which tenant runs when.

    def _begin_turn(self, line: Line[Request, Answer]) -> None:
        self._running.add(line)
        line.began_at = time.monotonic()

    def _end_turn(self, line: Line[Request, Answer]) -> None:
        """The tenant goes to the end of those who wait, or away."""
        self._running.discard(line)
        if line.waiting:
            self._turns.append(line)
            return
        self._lines.pop(line.actor.tenant_id, None)
        if not self._lines:
            self._idle.set()

    def _go_on(self) -> None:
        """Have a task run whoever is next."""
        if self._turns:
            line = self._turns.popleft()
            self._begin_turn(line)
            # In a context of its own: a batch belongs to no request, least of all in the log.
            task = asyncio.create_task(self._work(line), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, line: Line[Request, Answer]) -> None:
        """Run a batch of the tenant, then one of the next, until nobody waits."""
        try:
            while True:
                await self._run(line)
                self._end_turn(line)
                if not self._turns:
                    return
                line = self._turns.popleft()
                self._begin_turn(line)
        except BaseException:
            # The event loop is being taken down: nobody shall wait for what will not come.
            self._abandon()
            raise

    def _abandon(self) -> None:
        self._is_closed = True
        for line in self._lines.values():
            answer_all(line.waiting, Unavailable())
            line.waiting.clear()
        self._waiting = 0
        for group in (self._lines, self._turns, self._running):
            group.clear()
        self._idle.set()
        self._stop_expiry()

    # Batches: what is run together.

    async def _run(self, line: Line[Request, Answer]) -> None:
        """Answer the requests of the tenant's next batch."""
        batch = self._still_wanted(self._next_batch(line))
        for each in batch:
            self._observe.begun(waited_seconds=line.began_at - each.since)
        # What is still to be run; the next part is the last.
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                parts += await self._run_part(line, part, is_whole=part is batch)
            except Unavailable as error:
                answer_all(part, error)
                # It would be the same for the others, for each after a while.
                answer_all(chain.from_iterable(parts), Unavailable())
                break
            except BaseException:
                answer_all(part, OutcomeUnknown())
                answer_all(chain.from_iterable(parts), Unavailable())
                raise
        if batch:
            self._measure(line, size=len(batch))

    async def _run_part(
        self, line: Line[Request, Answer], part: list[Waiting[Request, Answer]], *, is_whole: bool
    ) -> list[list[Waiting[Request, Answer]]]:
        """Answer the part's requests in one transaction; what is to be run instead when that failed, the next at the end.

        Raises what will befall every other transaction, too.
        """
        part = self._still_wanted(part)
        if not part:
            return []
        try:
            outcomes = await self._write(line, [each.request for each in part])
        except Unavailable:
            raise
        except Retry as error:
            answer_all(part, error)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to whose request it is
            return self._divided(part, error, is_whole=is_whole)
        else:
            for each, outcome in zip(part, outcomes, strict=True):
                each.give(outcome)
        return []

    def _next_batch(self, line: Line[Request, Answer]) -> list[Waiting[Request, Answer]]:
        batch: list[Waiting[Request, Answer]] = []
        weight = 0
        for each in line.waiting:
            weight += each.weight
            if len(batch) == self._batch_max or weight > WEIGHT_MAX:
                break
            batch.append(each)
        for each in batch:
            self._take_out(line, each)
        return batch

    def _still_wanted(self, batch: list[Waiting[Request, Answer]]) -> list[Waiting[Request, Answer]]:
        """Those whose callers are there and whose time is not over; the others are answered."""
        now = time.monotonic()
        for each in batch:
            if each.ends_at <= now and not each.outcome.done():
                each.give(self._late())
        return [each for each in batch if not each.outcome.done()]

    def _divided(
        self, part: list[Waiting[Request, Answer]], error: Exception, *, is_whole: bool
    ) -> list[list[Waiting[Request, Answer]]]:
        """The halves of a part that failed; none of a single request, which is what failed and gets the error."""
        if is_whole and len(part) > 1:
            logger.warning("A batch of %d requests failed and is run again in parts: %r", len(part), error)
        if len(part) > 1:
            middle = len(part) // 2
            return [part[middle:], part[:middle]]
        part[0].give(error)
        if not is_whole:
            self._observe.isolated()
        return []

    async def _write(self, line: Line[Request, Answer], requests: list[Request]) -> Sequence[Answer | InventoryError]:
        async def run(tx: Transaction) -> Sequence[Answer | InventoryError]:
            try:
                outcomes = await self._handle(tx, requests)
            except asyncio.CancelledError as error:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
                raise RuntimeError("The batch handler waited for something that was cancelled.") from error
            if len(outcomes) != len(requests):
                raise RuntimeError(f"The batch handler answered {len(outcomes)} of {len(requests)} requests.")
            return outcomes

        return await self._database.write(line.actor, run)

    def _measure(self, line: Line[Request, Answer], *, size: int) -> None:
        seconds = time.monotonic() - line.began_at
        self._pace.measured(requests=size, seconds=seconds)
        self._observe.done(size=size, seconds=seconds)

    # Limits: what is not run.

    def _full(self, line: Line[Request, Answer] | None) -> Unavailable:
        """The refusal of a request that finds no place to wait, with the time after which there will be some."""
        self._observe.refused()
        now = time.monotonic()
        longest = max((now - each.began_at for each in self._running), default=0.0)
        pace = self._pace.per_second(running_seconds=longest)
        if line and len(line.waiting) >= self._waiting_max_tenant:
            # Its batches come one after the other, and between them those of other tenants.
            ahead, pace = len(line.waiting), pace * min(1.0, self._batches_at_once_max / len(self._lines))
        else:
            ahead, pace = self._waiting, pace * min(self._batches_at_once_max, len(self._lines))
        seconds = max(1, min(RETRY_AFTER_SECONDS_MAX, math.ceil(ahead / pace)))
        return Unavailable(
            f"Too many requests are waiting already ({ahead}); nothing was done. Send this one again in {seconds} s.",
            retry_after_seconds=seconds,
        )

    def _late(self) -> Unavailable:
        self._observe.expired()
        return Unavailable("The request waited too long behind others; nothing was done. Send it again.")

    def _expire_by(self, ends_at: float, now: float) -> None:
        """Look for requests whose time is over at this time, if not before."""
        if ends_at < self._expiry_at:
            self._stop_expiry()
            self._expiry_at = ends_at
            self._expiry = asyncio.get_running_loop().call_later(max(ends_at - now, EXPIRY_SECONDS_MIN), self._expire)

    def _expire(self) -> None:
        """Answer the requests whose time is over. One look at them all, not a timer for each."""
        self._stop_expiry()
        now = time.monotonic()
        next_at = math.inf
        for line in self._lines.values():
            for each in [each for each in line.waiting if each.ends_at <= now]:
                self._take_out(line, each)
                each.give(self._late())
            next_at = min(next_at, min((each.ends_at for each in line.waiting), default=math.inf))
        self._expire_by(next_at, now)

    def _stop_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry, self._expiry_at = None, math.inf
