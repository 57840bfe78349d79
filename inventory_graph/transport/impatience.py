"""HTTP connections that keep a server waiting, or are too many, are closed.

uvicorn closes a connection that says nothing after an answer. One that never asks anything, sends its request a byte at a time, or does
not read its answer, it would keep for ever, and of such answers as many as there is memory for.
"""

import asyncio
import fcntl
import resource
import sys
import termios
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from inventory_graph.transport.unread import Unread

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
    read_bytes_min: int
    connections_max: int
    unread: Unread
    _waits_since: float | None = None
    _is_in_head = False
    _head_bytes = 0
    _unread_bytes = 0
    _unread_since: float | None = None
    _is_given_up = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # An answer is kept in whole until all of it is read.
        transport.set_write_buffer_limits(high=HIGH_WATER_LIMIT, low=0)
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

    def pause_writing(self) -> None:
        super().pause_writing()
        self._count_unread()

    def resume_writing(self) -> None:
        self._unread_since = None
        super().resume_writing()
        self._count_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_given_up = True
        super().connection_lost(exc)
        self._count_unread()

    def handle_websocket_upgrade(self) -> None:
        if self._is_idle() and not self.flow.write_paused:
            self.unread.keep(self, 0)
            self.transport.set_write_buffer_limits(high=HIGH_WATER_LIMIT)
            super().handle_websocket_upgrade()
        else:
            # Nobody would look after the answer that is still to be given or read.
            self.give_up()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # Whoever does not read an answer gets no other: it would wait where nobody counts it.
        super()._start_asgi_task(cycle, partial(self._begin_later, cycle, app) if self.flow.write_paused else app)

    async def _begin_later(
        self,
        cycle: RequestResponseCycle,
        app: ASGI3Application,
        scope: Scope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        await self.flow.drain()
        cycle.disconnected = cycle.disconnected or self._is_given_up
        if not cycle.disconnected:
            await app(scope, receive, send)

    def give_up(self) -> None:
        """Reset the connection: what was written for it is kept until it is read."""
        self._is_given_up = True
        # It may be about to write.
        self.loop.call_soon(self.transport.abort)

    def _count_unread(self) -> None:
        """Tell how much is kept. While the client is waited for it is what there was at first, for a part of it keeps all of it."""
        known = self.unread.of(self)
        count = 0 if self._is_given_up else self._unread_count()
        if known and count and self.flow.write_paused:
            count = max(count, known)
        if count != known:
            self.unread.keep(self, count)

    def judge(self, now: float) -> None:
        """Close the connection if it has waited for its client for too long; ``now`` is the time of the event loop."""
        self._count_unread()
        if self._is_given_up:
            return
        if self._is_unread(now):
            # It is what is closed, too.
            self.give_up()
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
        unread = self._unread_count()
        if not unread or self._unread_since is None or unread <= self._unread_bytes - self.read_bytes_min:
            self._unread_since, self._unread_bytes = (now if unread else None), unread
            return False
        return now - self._unread_since >= self.seconds_max

    def _unread_count(self) -> int:
        """How much is to be read of what was written; 0 where the system has taken all of it."""
        unread = self.transport.get_write_buffer_size()
        if unread:
            # The system takes from here in large steps: what it keeps itself has to be seen to shrink.
            unread += _kept_by_system(self.transport.get_extra_info("socket").fileno())
        return unread

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self._waits_since = self.loop.time()

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def impatient(
    *, seconds_max: float, read_bytes_min: int, connections_max: int, unread_bytes_max: int
) -> type[ImpatientProtocol]:
    """The protocol with these limits; of connections no more than the process may open files.

    A client has to read ``read_bytes_min`` of its answer, or all of it, in each ``seconds_max``; ``unread_bytes_max`` is what all
    connections together may keep.
    """
    given = {
        "seconds_max": seconds_max,
        "read_bytes_min": read_bytes_min,
        "connections_max": max(1, min(connections_max, _files_max() - FILES_KEPT)),
        "unread": Unread(bytes_max=unread_bytes_max),
    }
    return type("Impatient", (ImpatientProtocol,), given)


def judge_all(connections: Iterable[object]) -> None:
    """Look at all connections of a server."""
    now = asyncio.get_running_loop().time()
    for connection in list(connections):
        if isinstance(connection, ImpatientProtocol):
            connection.judge(now)


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
