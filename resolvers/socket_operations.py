"""The operations that run on one WebSocket: until each is answered, its client has had enough, or the service stops."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import orjson

from inventory_graph.actor import Actor
from inventory_graph.telemetry import Metrics, RequestLabels, Tracer, current_request
from resolvers.admission import DocumentRefusedError
from resolvers.answers import compact, internal_answer
from resolvers.bulkheads import UNAVAILABLE
from resolvers.envelope import RequestRefusedError
from resolvers.masking import LIMIT_EXCEEDED, error_body
from resolvers.operating import Operations
from resolvers.requests import OUTCOMES, Request, request_id_of
from resolvers.socket_frames import (
    DUPLICATE,
    TRACE_HEADERS,
    Frame,
    SocketClosedError,
    complete_frame,
    error_frame,
    next_frame,
)

STOPPING_SHORTLY = "The service stops; nothing was done. Connect again and send it once more."
CUT_SHORT = "The service stops, and this took too long. The same idempotency key tells what became of it."

logger = logging.getLogger(__name__)


class SocketOperations:
    """Runs what a client subscribes to, each operation by itself, and says what comes of it. ``address`` is the client's, ``headers``
    are those that the socket was opened with."""

    def __init__(
        self,
        operations: Operations,
        say: Callable[[str], Awaitable[None]],
        *,
        address: str,
        operations_max: int,
        metrics: Metrics,
        tracer: Tracer | None,
        headers: Mapping[str, str],
    ) -> None:
        self._operations = operations
        self._say = say
        self._address = address
        self._operations_max = operations_max
        self._metrics = metrics
        self._tracer = tracer
        self._trace = {name: headers[name] for name in TRACE_HEADERS if name in headers}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._subscriptions: set[asyncio.Task[None] | None] = set()
        self._is_finishing = False

    def __len__(self) -> int:
        return len(self._running)

    async def begin(self, frame: Frame, actor: Actor | None, credential: Mapping[str, str]) -> None:
        """Run what the frame asks for; raises ``SocketClosedError`` where its id runs already."""
        if frame.id in self._running:
            raise SocketClosedError(DUPLICATE, f"There is an operation {frame.id[:40]} already.")
        if len(self._running) >= self._operations_max:
            body = error_body(f"A socket runs {self._operations_max} operations at most.", code=LIMIT_EXCEEDED)
            await self._say(error_frame(orjson.dumps(frame.id), [body]))
            return
        # In a context of its own, so that log lines bear this operation's id.
        running = self._run(frame, actor, credential, is_late=self._is_finishing)
        self._running[frame.id] = asyncio.create_task(running)

    def cancel(self, id_: str) -> None:
        """Stop the operation of the id, which is free again."""
        task = self._running.pop(id_, None)
        if task is not None:
            task.cancel()

    async def finish(self) -> None:
        """End the subscriptions, which nobody is told before the socket is closed: a client would take it for their end and not come
        back. Wait for the queries and mutations that run. What comes after is refused."""
        self._is_finishing = True
        running = list(self._running.values())
        for task in self._subscriptions:
            if task is not None:
                task.cancel()
        if running:
            await asyncio.wait(running)

    async def cancel_all(self) -> list[str]:
        """Stop all, for good; the ids of those that ran."""
        running = dict(self._running)
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)
        # The socket has us and we would have the socket: only the collector of garbage, which looks seldom, would find the two.
        self._say = _say_nothing
        return list(running)

    async def _run(self, frame: Frame, actor: Actor | None, credential: Mapping[str, str], *, is_late: bool) -> None:
        labels = RequestLabels(request_id_of({}))
        labels.tenant = actor.tenant_slug if actor is not None else None
        current_request.set(labels)
        operation = _Operation(frame, actor, credential, labels, is_late=is_late)
        if self._tracer is None:
            await self._respond(operation)
            return
        with self._tracer.request(frame.trace or self._trace, labels) as end:
            operation.started = end
            await self._respond(operation)

    async def _respond(self, operation: "_Operation") -> None:
        frame, labels, id_ = operation.frame, operation.labels, operation.id
        began = time.perf_counter()
        try:
            if frame.envelope is None:
                labels.outcome = "refused"
                await self._say(error_frame(id_, [frame.refused or {}]))
            else:
                request = self._operations.request(
                    frame.envelope, operation.actor, operation.credential, address=self._address, is_stream=True
                )
                labels.outcome = await self._answer(request, operation)
        except RequestRefusedError as refused:
            labels.outcome = OUTCOMES.get(refused.status, "refused")
            await self._say(error_frame(id_, [refused.error]))
        except DocumentRefusedError as refused:
            labels.outcome = "refused"
            await self._say(error_frame(id_, list(refused.errors)))
        except asyncio.CancelledError:
            labels.outcome = "ok"
            raise
        except Exception:
            logger.exception("The operation of request %s failed outside of execution.", labels.request_id)
            labels.outcome = "failed"
            await self._say(error_frame(id_, internal_answer(labels.request_id).body["errors"]))
        finally:
            self._subscriptions.discard(asyncio.current_task())
            if self._running.get(frame.id) is asyncio.current_task():
                del self._running[frame.id]
            seconds = time.perf_counter() - began
            self._metrics.answered(labels.kind, labels.outcome, seconds, name=labels.operation)

    async def _answer(self, request: Request, operation: "_Operation") -> str:
        """Send what the operation answers; how it ended."""
        labels, id_ = operation.labels, operation.id
        admitted = await self._operations.admit_subscription(request, labels)
        if admitted is None:
            if operation.is_late:
                raise RequestRefusedError(503, STOPPING_SHORTLY, code=UNAVAILABLE)
            answer = await self._operations.answer(request, labels)
            if "data" not in answer.body:
                await self._say(error_frame(id_, answer.body["errors"]))
                return answer.outcome
            await self._say(next_frame(id_, orjson.dumps(answer.body)))
            outcome = answer.outcome
        elif self._is_finishing:
            return "ok"
        else:
            outcome = "ok"
            self._subscriptions.add(asyncio.current_task())
            with self._operations.room(request, admitted):
                async with aclosing(self._operations.results(request, admitted, labels)) as results:
                    async for result in results:
                        await self._say(next_frame(id_, result))
                        self._metrics.delivered()
                        operation.start()
        await self._say(complete_frame(id_))
        return outcome


async def _say_nothing(_text: str) -> None:
    """The socket is closed."""


@dataclass(slots=True)
class _Operation:
    """One operation on its way. ``is_late``: it came when the socket was about to be closed. ``started``, where it is traced, ends its
    span."""

    frame: Frame
    actor: Actor | None
    credential: Mapping[str, str]
    labels: RequestLabels
    is_late: bool
    started: Callable[[], None] | None = None

    @property
    def id(self) -> bytes:
        """The id as JSON."""
        return compact(orjson.dumps(self.frame.id))

    def start(self) -> None:
        """A subscription has begun: what it delivers from now on is not part of its span, which would last for hours."""
        if self.started is not None:
            self.labels.outcome = "ok"
            self.started()
            self.started = None
