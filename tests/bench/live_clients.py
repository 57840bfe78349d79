"""The subscribers of ``make bench NAME=live``, thousands in one process: ``python -m tests.bench.live_clients PORT SOCKETS FILE``.

Says ``ready`` once all have heard the first of their subscription. At the end of its input it writes what was delivered to the
file: for each delivery of a change the number of the socket, the version and when it came. The environment's ``TOKEN`` is sent
with the connection; without one the sockets speak to the bare broadcast.

Protocols rather than a client library, so that what is measured is the server: the clients share a core with the database.
"""

import asyncio
import os
import sys
import time
from array import array
from pathlib import Path
from typing import Final, cast

import orjson
import uvloop

from tests.bench.live_changes import SKUS

AT_ONCE: Final = 8
"""How many connect at a time."""
BEGIN_SECONDS_MAX: Final = 60.0
SUBSCRIPTION: Final = """
subscription ($skus: [String!]!) {
  stockChanged(skus: $skus) { cursor kind cause occurredAt balance { onHand reserved available version } }
}
"""
_UPGRADE: Final = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n%b\r\n"
)
_PROTOCOL: Final = b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
_END_OF_HEAD: Final = b"\r\n\r\n"
_TEXT: Final = 0x81
_VERSION: Final = b'"version":'
_SHORT, _LONG = 126, 127


def masked(payload: bytes) -> bytes:
    """The text as a frame of a client. The mask is zero, which leaves the text as it is."""
    length = len(payload)
    size = bytes((0x80 | length,)) if length < _SHORT else b"\xfe" + length.to_bytes(2)
    return bytes((_TEXT,)) + size + bytes(4) + payload


_PONG: Final = masked(b'{"type":"pong"}')


class Deliveries:
    """What came to whom and when, in the order in which it came."""

    def __init__(self) -> None:
        self.sockets = array("L")
        self.versions = array("L")
        self.times = array("d")

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            for column in (self.sockets, self.versions, self.times):
                column.tofile(file)


class Subscriber(asyncio.Protocol):
    """One socket that follows one SKU."""

    def __init__(self, number: int, token: str | None, deliveries: Deliveries) -> None:
        self._number = number
        self._token = token
        self._deliveries = deliveries
        self._received = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one without being a subclass.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_UPGRADE % (_PROTOCOL if self._token is not None else b""))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(exc or RuntimeError("The server closed a socket."))

    def data_received(self, data: bytes) -> None:
        data = self._received + data if self._received else data
        if not self._is_open:
            head, end, data = data.partition(_END_OF_HEAD)
            if not end:
                self._received = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(f"No socket: {head[:200]!r}")
            self._is_open = True
            self._opened()
        self._received = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Take the frames that are whole; what is left."""
        while len(data) > 1:
            length, start = data[1], 2
            if length == _SHORT:
                length, start = int.from_bytes(data[2:4]), 4
            elif length == _LONG:
                length, start = int.from_bytes(data[2:10]), 10
            end = start + length
            if len(data) < end:
                break
            if data[0] != _TEXT:
                raise RuntimeError(f"Socket {self._number} was closed: {data[start:end]!r}")
            self._frame(data[start:end])
            data = data[end:]
        return data

    def _frame(self, text: bytes) -> None:
        if (place := text.find(_VERSION)) > 0 and b'"CHANGE"' in text:
            self._deliveries.times.append(time.time())
            self._deliveries.sockets.append(self._number)
            self._deliveries.versions.append(int(text[place + len(_VERSION) :].partition(b"}")[0]))
        elif b'"HEARTBEAT"' in text:
            if not self.begun.done():
                self.begun.set_result(None)
        elif b'"connection_ack"' in text:
            payload = {"query": SUBSCRIPTION, "variables": {"skus": [f"SKU-{self._number % SKUS:06d}"]}}
            self._write(orjson.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        elif b'"ping"' in text:
            assert self._transport is not None
            self._transport.write(_PONG)
        elif place < 0:
            raise RuntimeError(f"Unexpected frame: {text[:400]!r}")

    def _opened(self) -> None:
        if self._token is None:
            self._write(str(self._number % SKUS).encode())
        else:
            payload = {"authorization": f"Bearer {self._token}"}
            self._write(orjson.dumps({"type": "connection_init", "payload": payload}))

    def _write(self, text: bytes) -> None:
        assert self._transport is not None
        self._transport.write(masked(text))


async def _follow(port: int, sockets: int, path: Path) -> None:
    loop = asyncio.get_running_loop()
    deliveries = Deliveries()
    numbers = iter(range(sockets))

    async def connect() -> None:
        for number in numbers:
            subscriber = Subscriber(number, os.environ.get("TOKEN"), deliveries)
            await loop.create_connection(lambda made=subscriber: made, "127.0.0.1", port)  # type: ignore[misc]
            await asyncio.wait_for(subscriber.begun, BEGIN_SECONDS_MAX)

    await asyncio.gather(*(connect() for _ in range(AT_ONCE)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    deliveries.write(path)


if __name__ == "__main__":
    uvloop.run(_follow(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
