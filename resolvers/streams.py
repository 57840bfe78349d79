"""Answers that go on: the results of one operation in one HTTP response, until it ends, its client goes or the service stops."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Message, Receive, Send

from inventory_graph.telemetry import Metrics, RequestLabels
from resolvers.answers import internal_answer
from resolvers.leases import RECHECK_SECONDS, Lease
from resolvers.masking import error_body
from resolvers.stream_formats import StreamFormat

HEARTBEAT_SECONDS = 15.0
STALLED_SECONDS_MAX = 60.0
GOODBYE_SECONDS_MAX = 3.0
UNAUTHENTICATED = "UNAUTHENTICATED"
UNAVAILABLE = "UNAVAILABLE"
STOPPING = "The service stops; subscribe again with your last cursor."

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Stream:
    """An answer that goes on: its results, how long its caller may have them, and the room it holds until it has ended."""

    format: StreamFormat
    results: AsyncGenerator[bytes, None]
    lease: Lease
    room: ExitStack
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """The streams of one process."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        recheck_seconds: float = RECHECK_SECONDS,
    ) -> None:
        self._metrics = metrics
        self.recheck_seconds = recheck_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._open: set[Stream] = set()
        self._all_ended = asyncio.Event()
        self.is_closing = False
        metrics.watch_streams(lambda: len(self._open))

    async def send(self, stream: Stream, receive: Receive, send: Send, labels: RequestLabels) -> str:
        """Send the stream to its end; how it ended, as the metrics call it."""
        self._open.add(stream)
        try:
            with stream.room:
                return await _Sending(stream, send, labels, self._metrics, self._heartbeat_seconds).run(receive)
        finally:
            self._open.discard(stream)
            if not self._open:
                self._all_ended.set()

    async def close(self) -> None:
        """End all, each with what its form has for clients that should come again."""
        self.is_closing = True
        if self._open:
            self._all_ended.clear()
            for stream in self._open:
                stream.stopped.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                    await self._all_ended.wait()


class _Sending:
    """One stream on its way. The server writes what it is given at once and in whole, so that a heartbeat never stands in a result."""

    def __init__(
        self, stream: Stream, send: Send, labels: RequestLabels, metrics: Metrics, heartbeat_seconds: float
    ) -> None:
        self._stream = stream
        self._format = stream.format
        self._send = send
        self._labels = labels
        self._metrics = metrics
        self._heartbeat_seconds = heartbeat_seconds
        self._sent_at = time.monotonic()
        self._sending_since: float | None = None

    async def run(self, receive: Receive) -> str:
        await self._begin()
        delivering = asyncio.create_task(self._deliver())
        lease = asyncio.create_task(self._stream.lease.ended())
        gone = asyncio.create_task(_gone(receive))
        keeping = asyncio.create_task(self._keep_alive())
        stopping = asyncio.create_task(self._stream.stopped.wait())
        tasks: set[asyncio.Task[object]] = {delivering, lease, gone, keeping, stopping}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if gone in done:
            return "ok"
        if keeping in done:
            logger.info("A client took nothing off its stream for %g s.", STALLED_SECONDS_MAX)
            return "stalled"
        if delivering in done:
            return await self._end(delivering.exception())
        if lease in done:
            await self._last(self._format.failure([error_body(lease.result(), code=UNAUTHENTICATED)]))
        else:
            await self._last(self._format.interruption([error_body(STOPPING, code=UNAVAILABLE)]))
        return "ok"

    async def _end(self, fault: BaseException | None) -> str:
        if fault is None:
            await self._last(self._format.ending)
            return "ok"
        logger.error("Request %s failed outside of execution.", self._labels.request_id, exc_info=fault)
        await self._last(self._format.failure(internal_answer(self._labels.request_id).body["errors"]))
        return "failed"

    async def _begin(self) -> None:
        await self._send(_start(self._format, self._labels.request_id))
        await self._write(self._format.opening)

    async def _deliver(self) -> None:
        async with aclosing(self._stream.results) as results:
            async for result in results:
                await self._write(self._format.result(result))
                self._metrics.delivered()

    async def _keep_alive(self) -> None:
        """Send a heartbeat when nothing else was sent for a while; returns when the client has stopped reading."""
        while True:
            now = time.monotonic()
            if self._sending_since is not None:
                if now - self._sending_since >= STALLED_SECONDS_MAX:
                    return
                await asyncio.sleep(self._heartbeat_seconds)
            elif (wait := self._sent_at + self._heartbeat_seconds - now) > 0:
                await asyncio.sleep(wait)
            else:
                try:
                    async with asyncio.timeout(STALLED_SECONDS_MAX):
                        await self._write(self._format.heartbeat)
                except TimeoutError:
                    return

    async def _write(self, content: bytes) -> None:
        self._sending_since = time.monotonic()
        await self._send({"type": "http.response.body", "body": content, "more_body": True})
        self._sending_since = None
        self._sent_at = time.monotonic()

    async def _last(self, content: bytes) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                await self._send({"type": "http.response.body", "body": content, "more_body": False})


def _start(form: StreamFormat, request_id: str) -> Message:
    headers = [
        (b"content-type", form.media_type.encode()),
        (b"cache-control", b"no-cache, no-store"),
        # Proxies that collect an answer before they pass it on make a stream useless; they are asked not to.
        (b"x-accel-buffering", b"no"),
        (b"x-request-id", request_id.encode()),
    ]
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def send_once(send: Send, form: StreamFormat, body: dict[str, Any], request_id: str) -> None:
    """Send the one result of a query, a mutation or a refused operation to a client that takes only a stream."""
    await send(_start(form, request_id))
    content = form.opening + form.result(orjson.dumps(body)) + form.ending
    await send({"type": "http.response.body", "body": content})


async def _gone(receive: Receive) -> None:
    """Wait until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
