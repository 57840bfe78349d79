"""WebSockets on the wire: uvicorn's protocol, with an answer to what is no handshake and limits to what never becomes a message."""

import asyncio
from http import HTTPStatus

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

FRAGMENTS_MAX = 1_000
"""Of how many frames a message may be made. Each costs as much as a message, also an empty one."""

READ_BYTES = 8_192
"""How much is taken apart at once. A quarter of a megabyte, which may come at once, can be 40,000 frames; the first may be the last."""

UNREAD_SECONDS_MAX = 3.0
"""How long a client may take to read the last of what was said to it."""


class WebSocketWire(WebSocketsSansIOProtocol):
    """One connection. Of what it sends a piece is taken apart at a time, and no more is read until all of it is: everybody else has a turn
    between two pieces."""

    _rest = b""

    def data_received(self, data: bytes) -> None:
        if self._rest:
            self._rest += data
        else:
            self._rest = data
            self._take_apart()

    def _take_apart(self) -> None:
        if self.handshake_initiated and not self.handshake_complete:
            return  # until it is answered
        piece, self._rest = self._rest[:READ_BYTES], self._rest[READ_BYTES:]
        super().data_received(piece)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()
        if self.transport.is_closing():
            self._rest = b""
        elif self._rest:
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._rest and not self.transport.is_closing():
            self._take_apart()
            self._read_on()

    def _read_on(self) -> None:
        """Read again, where nothing that was read waits any more."""
        is_answering = self.handshake_initiated and not self.handshake_complete
        if not (self._rest or self.read_paused or is_answering or self.transport.is_closing()):
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        if self._rest:
            # uvicorn reads again as soon as no message waits.
            self.transport.pause_reading()
        return message

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        if self.transport.get_write_buffer_size():
            # Closed it stays open until all of it is read.
            self.loop.call_later(UNREAD_SECONDS_MAX, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._rest = b""
        # These hold each other: the parser what it parses for, an error where it was raised. The collector of garbage looks seldom.
        self.conn.parser.close()
        self.conn.parser_exc = self.conn.handshake_exc = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            # What a client sends before its handshake is answered would be answered before it, too.
            self.transport.pause_reading()

    def start_keepalive(self) -> None:
        """The handshake has been answered."""
        super().start_keepalive()
        self._go_on()
        self._read_on()

    def _refuse_handshake(self) -> None:
        """Answer a request with a body, with too many headers or with one that is too long; uvicorn would keep it waiting."""
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        output = b"".join(self.conn.data_to_send())
        if not output:
            # The library has an answer only to what is too long.
            output = self.conn.reject(HTTPStatus.BAD_REQUEST, "This is no handshake of a WebSocket.\n").serialize()
        self.transport.write(output)
        self.transport.close()

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        self._limit_fragments()

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        self._limit_fragments()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        self._limit_fragments()

    def _limit_fragments(self) -> None:
        if len(self.frames) > FRAGMENTS_MAX:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"A message may have {FRAGMENTS_MAX} fragments.")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            # Looked at before uvicorn does, which takes a client's mistake for a fault and logs a traceback.
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "A text is not UTF-8.")
                return
        super().send_receive_event_to_app()

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            # Whoever pings and reads nothing would have us keep all the answers.
            self.conn.data_to_send()
