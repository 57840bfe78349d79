"""HTTP connections that keep a server waiting, or are too many, are closed.

uvicorn closes a connection that says nothing after an answer. One that never asks anything, sends its request a byte at a time, or does
not read its answer, it would keep for ever.
"""

import asyncio
import fcntl
import resource
import sys
import termios
from collections.abc import Iterable
from contextlib import suppress
from operator import itemgetter

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
    """A connection that waits for its client so long and no longer: for the head of a request, then for its body, and until some more
    of the answer is read.

    Make a class of your own by ``impatient``. ``judge`` is to be called every now and then.
    """

    seconds_max: float
    connections_max: int
    read_bytes_min: int
    """How much of an answer a client has to read in the time that it has, or all of it."""
    unread_bytes_max: int
    """How much may wait to be read by all clients together, in the memory of this process."""
    _waits_since: float | None = None
    _is_in_head = False
    _head_bytes = 0
    _unread_bytes = 0
    _unread_since: float | None = None

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

    def resume_writing(self) -> None:
        self._unread_since = None
        super().resume_writing()

    def judge(self, now: float) -> None:
        """Close the connection if it has waited for its client for too long; ``now`` is the time of the event loop."""
        if self._is_unread(now):
            # It is what is closed, too, for what was written is kept until it is read.
            self.transport.abort()
        elif self._waits_since is None or now - self._waits_since < self.seconds_max or self.transport.is_closing():
            return
        elif not self._is_idle() and not self.cycle.more_body:
            # The client waits for an answer; what it sent ahead is looked at afterwards.
            self._waits_since = now
        elif self._is_in_head or (not self._is_idle() and not self.cycle.response_started):
            self._refuse(_LATE)
        else:
            self.transport.close()

    def _is_unread(self, now: float) -> bool:
        """Whether the client has taken too little of what was written for it, for too long."""
        unread = self.transport.get_write_buffer_size()
        if unread:
            # The system takes from here in large steps: what it keeps itself has to be seen to shrink.
            unread += _kept_by_system(self.transport.get_extra_info("socket").fileno())
        if not unread or self._unread_since is None or unread <= self._unread_bytes - self.read_bytes_min:
            self._unread_since, self._unread_bytes = (now if unread else None), unread
            return False
        return now - self._unread_since >= self.seconds_max

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self._waits_since = self.loop.time()

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def impatient(
    *, seconds_max: float, connections_max: int, read_bytes_min: int, unread_bytes_max: int
) -> type[ImpatientProtocol]:
    """The protocol with these limits; of connections no more than the process may open files."""
    given = {
        "seconds_max": seconds_max,
        "connections_max": max(1, min(connections_max, _files_max() - FILES_KEPT)),
        "read_bytes_min": read_bytes_min,
        "unread_bytes_max": unread_bytes_max,
    }
    return type("Impatient", (ImpatientProtocol,), given)


def judge_all(connections: Iterable[object]) -> None:
    """Look at all connections of a server. Where too much waits to be read on all of them, those with most of it are closed."""
    now = asyncio.get_running_loop().time()
    unread: list[tuple[int, ImpatientProtocol]] = []
    for connection in list(connections):
        if isinstance(connection, ImpatientProtocol):
            connection.judge(now)
            if waiting := connection.transport.get_write_buffer_size():
                unread.append((waiting, connection))
    excess = sum(waiting for waiting, _ in unread) - unread[0][1].unread_bytes_max if unread else 0
    for waiting, connection in sorted(unread, key=itemgetter(0), reverse=True):
        if excess <= 0:
            return
        connection.transport.abort()
        excess -= waiting


def _kept_by_system(descriptor: int) -> int:
    """How many bytes of what was sent by the socket its other end has not taken; 0 where the system does not tell."""
    count = bytearray(4)
    with suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCOUTQ, count)
    return int.from_bytes(count, sys.byteorder)


def _files_max() -> int:
    """How many files this process may open, from now on as many as the system lets it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # Some systems say that there is no limit, and have one.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft if soft != resource.RLIM_INFINITY else 2**31
