"""The operations that run on one WebSocket."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing

import orjson

from inventory_graph.actor import Actor
from inventory_graph.telemetry import Metrics, RequestLabels, current_request
from resolvers.admission import DocumentRefusedError
from resolvers.answers import compact, internal_answer
from resolvers.envelope import RequestRefusedError
from resolvers.masking import LIMIT_EXCEEDED, error_body
from resolvers.operating import Operations
from resolvers.requests import Request, request_id_of
from resolvers.socket_frames import DUPLICATE, Frame, SocketClosedError, complete_frame, error_frame, next_frame

logger = logging.getLogger(__name__)


class SocketOperations:
    """Runs what a client subscribes to, each operation by itself, and says what comes of it. ``address`` is the client's."""

    def __init__(
        self,
        operations: Operations,
        say: Callable[[str], Awaitable[None]],
        *,
        address: str,
        operations_max: int,
        metrics: Metrics,
    ) -> None:
        self._operations = operations
        self._say = say
        self._address = address
        self._operations_max = operations_max
        self._metrics = metrics
        self._running: dict[str, asyncio.Task[None]] = {}

    async def begin(self, frame: Frame, actor: Actor | None, credential: Mapping[str, str]) -> None:
        """Run what the frame asks for; raises ``SocketClosedError`` where its id runs already."""
        if frame.id in self._running:
            raise SocketClosedError(DUPLICATE, f"There is an operation {frame.id[:40]} already.")
        if len(self._running) >= self._operations_max:
            body = error_body(f"A socket runs {self._operations_max} operations at most.", code=LIMIT_EXCEEDED)
            await self._say(error_frame(orjson.dumps(frame.id), [body]))
            return
        # In a context of its own, so that log lines bear this operation's id.
        self._running[frame.id] = asyncio.create_task(self._run(frame, actor, credential))

    def cancel(self, id_: str) -> None:
        """Stop the operation of the id, which is free again."""
        task = self._running.pop(id_, None)
        if task is not None:
            task.cancel()

    async def cancel_all(self) -> list[str]:
        """Stop all; the ids of those that ran."""
        running = dict(self._running)
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)
        return list(running)

    async def _run(self, frame: Frame, actor: Actor | None, credential: Mapping[str, str]) -> None:
        id_ = compact(orjson.dumps(frame.id))
        labels = RequestLabels(request_id_of({}))
        labels.tenant = actor.tenant_slug if actor is not None else None
        current_request.set(labels)
        began = time.perf_counter()
        try:
            if frame.envelope is None:
                labels.outcome = "refused"
                await self._say(error_frame(id_, [frame.refused or {}]))
            else:
                request = self._operations.request(
                    frame.envelope, actor, credential, address=self._address, is_stream=True
                )
                labels.outcome = await self._answer(request, id_, labels)
        except RequestRefusedError as refused:
            labels.outcome = "refused"
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
            if self._running.get(frame.id) is asyncio.current_task():
                del self._running[frame.id]
            seconds = time.perf_counter() - began
            self._metrics.answered(labels.kind, labels.outcome, seconds, name=labels.operation)

    async def _answer(self, request: Request, id_: bytes, labels: RequestLabels) -> str:
        """Send what the operation answers; how it ended."""
        admitted = await self._operations.admit_subscription(request, labels)
        if admitted is None:
            answer = await self._operations.answer(request, labels)
            if "data" not in answer.body:
                await self._say(error_frame(id_, answer.body["errors"]))
                return answer.outcome
            await self._say(next_frame(id_, orjson.dumps(answer.body)))
        else:
            with self._operations.room(request):
                async with aclosing(self._operations.results(request, admitted, labels)) as results:
                    async for result in results:
                        await self._say(next_frame(id_, result))
                        self._metrics.delivered()
        await self._say(complete_frame(id_))
        return "ok"
