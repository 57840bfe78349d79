"""HTTP connections that keep a server waiting, or are too many, are closed.

uvicorn closes a connection that says nothing after an answer. One that never asks anything, or sends its request a byte at a time,
it would keep for ever.
"""

import asyncio
import resource
from collections.abc import Iterable
from contextlib import suppress

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 65_536
"""How long the line and the headers of a request may become; what comes in one piece with them is not counted."""
FILES_KEPT = 200
"""How many of the files that a process may open are for other things than connections of clients."""

_REFUSAL = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n%b\r\n"
_LATE = _REFUSAL % (b"408 Request Timeout", b"")
_LONG = _REFUSAL % (b"431 Request Header Fields Too Large", b"")
_FULL = _REFUSAL % (b"503 Service Unavailable", b"retry-after: 1\r\n")


class ImpatientProtocol(HttpToolsProtocol):
    """A connection that waits for its client so long and no longer: for the head of a request, and then for its body.

    Make a class of your own by ``impatient``. ``judge`` is to be called every now and then.
    """

    seconds_max: float
    connections_max: int
    _waits_since: float | None = None
    _is_in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            self._refuse(_FULL)
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        if self._waits_since is None and self._is_idle():
            # Whatever it is that begins, uvicorn does not look at the clock any more.
            self._wait()
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(_LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0
        self._wait()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._wait()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._waits_since = None
        super().on_message_complete()

    def judge(self, now: float) -> None:
        """Close the connection if it has waited for its client for too long; ``now`` is the time of the event loop."""
        if self._waits_since is None or now - self._waits_since < self.seconds_max or self.transport.is_closing():
            return
        if not self._is_idle() and not self.cycle.more_body:
            # The client waits for an answer; what it sent ahead is looked at afterwards.
            self._waits_since = now
        elif self._is_in_head or (not self._is_idle() and not self.cycle.response_started):
            self._refuse(_LATE)
        else:
            self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self._waits_since = self.loop.time()

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def impatient(*, seconds_max: float, connections_max: int) -> type[ImpatientProtocol]:
    """The protocol with these limits; of connections no more than the process may open files."""
    given = {"seconds_max": seconds_max, "connections_max": max(1, min(connections_max, _files_max() - FILES_KEPT))}
    return type("Impatient", (ImpatientProtocol,), given)


def judge_all(connections: Iterable[object]) -> None:
    """Look at all connections of a server."""
    now = asyncio.get_running_loop().time()
    for connection in list(connections):
        if isinstance(connection, ImpatientProtocol):
            connection.judge(now)


def _files_max() -> int:
    """How many files this process may open, from now on as many as the system lets it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # Some systems say that there is no limit, and have one.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft if soft != resource.RLIM_INFINITY else 2**31
