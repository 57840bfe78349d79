"""A connection to the service, byte by byte, as a client of WebSockets that keeps to nothing."""

import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.frames import CLOSE, TEXT, Sent, message
from tests.fuzz.handshakes import handshake

SECONDS_MAX = 30.0
QUIET_SECONDS = 0.05
"""How long the service is listened to after half a message, which it does not answer."""
SWITCHING = 101
RESET_BYTES_MIN = 60_000
"""When the service closes a connection of which it has not read this much, the system may take back what it has said last."""


@dataclass(slots=True)
class Heard:
    """What came back: the status of the handshake, 0 where there was none; the texts; how the socket was closed, None where it was not.
    ``is_over``: there is no connection any more."""

    status: int = 0
    texts: list[bytes] = field(default_factory=list)
    code: int | None = None
    is_over: bool = False

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


class Line:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self._pings = 0

    def begin(self, token: str | None) -> None:
        """Open a socket, as somebody where there is a token."""
        payload = {"authorization": f"Bearer {token}"} if token is not None else {}
        heard = self.say(Sent([handshake(), message(type="connection_init", payload=payload)]), is_shaking=True)
        assert heard.messages[0] == {"type": "connection_ack"}, heard

    def open(self) -> None:
        """Open a socket, and say nothing."""
        assert self.say(Sent([handshake()]), is_shaking=True).status == SWITCHING

    def close(self) -> None:
        self._socket.close()

    def say(self, sent: Sent, *, is_shaking: bool = False) -> Heard:
        """Send it, then a ping, and listen until that is answered, and the operation that is awaited, or the connection is over."""
        heard = Heard()
        self._pings += 1
        pieces = list(sent.pieces)
        try:
            self._send(pieces.pop(0))
            if is_shaking:
                if len(pieces) > 2:
                    self._send(pieces.pop(0))
                heard.status = self._status()
                if heard.status != SWITCHING:
                    heard.is_over = True
                    return heard
            for piece in pieces:
                self._send(piece)
            if sent.is_whole:
                self._send(message(type="ping", payload={"ping": self._pings}))
            self._listen(heard, sent)
        except TimeoutError:
            raise AssertionError(f"no answer within {SECONDS_MAX} s for {sent}") from None
        except OSError:
            heard.is_over = True
        return heard

    def _send(self, piece: bytes) -> None:
        self._socket.sendall(piece)

    def _status(self) -> int:
        """The status of the answer to a handshake, 0 where the service hangs up."""
        while b"\r\n\r\n" not in self._read:
            if not self._receive():
                return 0
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1])

    def _listen(self, heard: Heard, sent: Sent) -> None:
        pong = {"type": "pong", "payload": {"ping": self._pings}}
        awaited: set[Any] = {"pong", sent.awaited} - {None}
        self._socket.settimeout(SECONDS_MAX if sent.is_whole else QUIET_SECONDS)
        try:
            while awaited:
                frame = self._frame()
                if frame is None:
                    heard.is_over = True
                    return
                opcode, content = frame
                if opcode == CLOSE:
                    heard.code = struct.unpack("!H", content[:2])[0] if content else 1005
                    heard.is_over = True
                    return
                if opcode == TEXT:
                    said = json.loads(content)
                    if said == pong:
                        awaited.discard("pong")
                    else:
                        heard.texts.append(content)
                        awaited.discard(said.get("id"))
        except TimeoutError:
            if sent.is_whole:
                raise
            heard.is_over = True
        finally:
            self._socket.settimeout(SECONDS_MAX)

    def _frame(self) -> tuple[int, bytes] | None:
        """The opcode and the content of the next frame; None where the service hangs up."""
        while (frame := self._taken()) is None:
            if not self._receive():
                return None
        return frame

    def _taken(self) -> tuple[int, bytes] | None:
        read = self._read
        if len(read) < 2:
            return None
        length, begins = read[1] & 0x7F, 2
        if length >= 126:
            begins = 4 if length == 126 else 10
            if len(read) < begins:
                return None
            length = int.from_bytes(read[2:begins])
        if len(read) < begins + length:
            return None
        self._read = read[begins + length :]
        return read[0] & 0xF, read[begins : begins + length]

    def _receive(self) -> bool:
        content = self._socket.recv(65_536)
        self._read += content
        return bool(content)
