"""A load generator: keep-alive connections that each send the next request when the answer to the last one has come."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import cast

import orjson

CONNECTIONS = 16
ANSWER_SECONDS_MAX = 60
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and the latencies in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, latencies: Iterable[float], elapsed: float) -> "Measured":
        """From the latency of each request and the time they took together, all in seconds."""
        ordered = sorted(latencies)
        return cls(
            rate=len(ordered) / elapsed,
            p50_ms=ordered[len(ordered) // 2] * 1_000,
            p99_ms=ordered[int(len(ordered) * 0.99)] * 1_000,
        )


async def load(
    *,
    port: int,
    query: str,
    token: str | None,
    seconds: float,
    connections: int = CONNECTIONS,
    variables: Callable[[], bytes] | None = None,
    refusal: bytes | None = None,
    more: Mapping[str, object] | None = None,
    is_anew: bool = False,
) -> Measured:
    """Post the query over and over for some seconds; raises ``RuntimeError`` for an answer that is not 200 with data.

    ``variables`` writes those of the next request as JSON. An answer with errors is one more answer when ``refusal`` is in it.
    ``more`` goes into the body besides the query, or in its place. With ``is_anew`` each request has a document of its own, which
    is in no cache.
    """
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authorization}".encode()
    numbers = count()

    def asking() -> bytes:
        text = f"{query}#{next(numbers)}" if is_anew else query
        return orjson.dumps({"query": text, **(more or {})})[:-1]

    same = asking()

    def request() -> bytes:
        asked = asking() if is_anew else same
        body = b'%b,"variables":%b}' % (asked, variables()) if variables else asked + b"}"
        return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

    constant = repeat(request())
    next_request = request if variables or is_anew else constant.__next__
    began = time.perf_counter()
    running = [_Connection(next_request, began + seconds, refusal) for _ in range(connections)]
    await asyncio.gather(*(each.run(port) for each in running))
    elapsed = time.perf_counter() - began
    return Measured.of((latency for each in running for latency in each.latencies), elapsed)


@dataclass(slots=True)
class _Connection(asyncio.Protocol):
    """A protocol rather than streams, so that what is measured is the server: the client shares its core with the database."""

    next_request: Callable[[], bytes]
    ends_at: float
    refusal: bytes | None
    latencies: list[float] = field(default_factory=list)
    _transport: asyncio.WriteTransport | None = None
    _received: bytes = b""
    _sent_at: float = 0.0
    _ended: "asyncio.Future[None] | None" = None

    async def run(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
        try:
            await asyncio.wait_for(self._ended, self.ends_at - time.perf_counter() + ANSWER_SECONDS_MAX)
        finally:
            transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one without being a subclass.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or RuntimeError("The server closed a connection."))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, answer = self._received.partition(_END_OF_HEAD)
        if not answer or len(answer) < int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0]):
            return
        now = time.perf_counter()
        self._received = b""
        if not head.startswith(b"HTTP/1.1 200") or not self._is_expected(answer):
            self._end(RuntimeError(f"Unexpected answer: {head[:40]!r} {answer[:400]!r}"))
            return
        self.latencies.append(now - self._sent_at)
        if now < self.ends_at:
            self._send()
        else:
            self._end(None)

    def _is_expected(self, answer: bytes) -> bool:
        has_errors = b'"errors":[{' in answer or b'"errors": [{' in answer
        return answer.startswith(b'{"data"') and (not has_errors or bool(self.refusal and self.refusal in answer))

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(self.next_request())

    def _end(self, error: Exception | None) -> None:
        if self._ended is None or self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
