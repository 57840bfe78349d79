"""A load generator: keep-alive connections that each send the next request when the answer to the last one has come."""

import asyncio
import time
from dataclasses import dataclass

import orjson

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and the latencies in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float


async def load(*, port: int, query: str, token: str | None, seconds: float, connections: int = CONNECTIONS) -> Measured:
    """Post the query over and over for some seconds; raises ``RuntimeError`` for an answer that is not 200 with data."""
    body = orjson.dumps({"query": query})
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    request = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authorization}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    latencies: list[float] = []
    ends_at = time.perf_counter() + seconds
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, request, ends_at, latencies) for _ in range(connections)))
    elapsed = time.perf_counter() - began
    latencies.sort()
    return Measured(
        rate=len(latencies) / elapsed,
        p50_ms=latencies[len(latencies) // 2] * 1_000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1_000,
    )


async def _connection(port: int, request: bytes, ends_at: float, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (sent_at := time.perf_counter()) < ends_at:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 200") or not answer.startswith(b'{"data"') or b'"errors"' in answer:
                raise RuntimeError(f"Unexpected answer: {head[:40]!r} {answer[:400]!r}")
            latencies.append(time.perf_counter() - sent_at)
    finally:
        writer.close()
