"""HTTP at little cost: tens of thousands of requests to processes that need the processor themselves."""

import asyncio
import time
from dataclasses import dataclass, field

ANSWER_SECONDS_MAX = 60
IDLE_SECONDS_MAX = 2.0
"""The service ends connections that have been idle for five seconds: one that it is just ending would look like a lost answer."""
_OK = b"HTTP/1.1 200 "


class NoAnswerError(Exception):
    """The connection broke before the whole answer had come."""


@dataclass(slots=True)
class Wire:
    """Connections that are kept alive to one process; at most as many as there are requests at once."""

    port: int
    token: str = field(repr=False)
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = field(default_factory=list)

    async def post(self, body: bytes) -> bytes:
        """The body of the answer; raises ``NoAnswerError`` when there was none, whatever was done."""
        request = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        try:
            reader, writer = await self._connection()
        except OSError as error:
            raise NoAnswerError from error
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                answer = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            writer.transport.abort()
            raise NoAnswerError from error
        assert head.startswith(_OK), f"{head!r} {answer[:400]!r}"
        self._idle.append((reader, writer, time.monotonic()))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS_MAX:
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """End the connections."""
        for _, writer, _ in self._idle:
            writer.close()
        self._idle.clear()
