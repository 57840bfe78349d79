"""The frames of graphql-transport-ws: read with every limit on, or refused with the code that closes the socket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from resolvers.envelope import Envelope, RequestRefusedError, envelope_of_value
from resolvers.variables import check_payload

PROTOCOL = "graphql-transport-ws"

BAD_FRAME = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
BAD_PROTOCOL = 4406
INIT_TIMEOUT = 4408
DUPLICATE = 4409
TOO_MANY = 4429
NO_PONG = 4499
"""Clients connect again after this one. 1011, which there is for it, they take for the end."""
INTERNAL_ERROR = 4500
GOING_AWAY = 1001
TRY_LATER = 1013

ID_LENGTH_MAX = 128
PAYLOAD_VALUES_MAX = 1_000
"""How many values the payload of any frame but a subscribe may have; a credential is a handful of them."""
REASON_BYTES_MAX = 120
"""A control frame has 125 bytes, two of them for the code."""

TRACE_HEADERS = ("traceparent", "tracestate")
"""What the extensions of a subscribe may carry in place of the headers that a request of its own would have."""

# Compared one by one: what a client sends as a type may be anything, also what cannot be looked up in a set.
_TYPES = ("complete", "connection_init", "ping", "pong", "subscribe")


class SocketClosedError(Exception):
    """The socket is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the service ends a connection. ``code_of_operations``: what those that run are told before; nothing where None."""

    code: int
    reason: str
    code_of_operations: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the client. ``envelope`` is that of a subscribe, ``refused`` why it is none, ``trace`` the headers by which it
    belongs to a trace of the caller's."""

    type: str
    id: str = ""
    payload: dict[str, Any] | None = None
    envelope: Envelope | None = None
    refused: dict[str, Any] | None = None
    trace: Mapping[str, str] | None = None


def frame_of(text: str | None, *, depth_max: int) -> Frame:
    """The frame of a message, with values as deep as this at most; raises ``SocketClosedError``."""
    if text is None:
        raise SocketClosedError(BAD_FRAME, "Frames are text; this one is binary.")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SocketClosedError(BAD_FRAME, "The frame is not JSON.") from None
    if not isinstance(value, dict) or value.get("type") not in _TYPES:
        raise SocketClosedError(BAD_FRAME, f"The frame has no type of {PROTOCOL}: {', '.join(_TYPES)}.")
    payload, kind = value.get("payload"), value["type"]
    if payload is not None and not isinstance(payload, dict):
        raise SocketClosedError(BAD_FRAME, f"The payload of {kind} must be an object.")
    if kind not in ("subscribe", "complete"):
        _check_payload(kind, payload, text, depth_max)
        return Frame(kind, payload=payload)
    id_ = value.get("id")
    if not isinstance(id_, str) or not 1 <= len(id_) <= ID_LENGTH_MAX:
        raise SocketClosedError(BAD_FRAME, f"{kind} needs an id: a string of 1 to {ID_LENGTH_MAX} characters.")
    if kind == "complete":
        return Frame(kind, id_)
    if payload is None:
        raise SocketClosedError(BAD_FRAME, "subscribe needs a payload with a query.")
    try:
        envelope = envelope_of_value(payload, text=text.encode())
    except RequestRefusedError as refused:
        return Frame(kind, id_, refused=refused.error)
    return Frame(kind, id_, envelope=envelope, trace=_trace_of(payload))


def _check_payload(kind: str, payload: dict[str, Any] | None, text: str, depth_max: int) -> None:
    """Raise ``SocketClosedError`` for a payload that no body of a request could have: one that is too deep, has a character NUL or a
    number outside 64 bits; or has so many values that only looking at them would take long."""
    if not payload:
        return
    if text.count(",") + text.count("[") + text.count("{") > PAYLOAD_VALUES_MAX:
        raise SocketClosedError(BAD_FRAME, f"The payload of {kind} may have {PAYLOAD_VALUES_MAX} values.")
    try:
        check_payload(payload, depth_max=depth_max)
    except RequestRefusedError:
        raise SocketClosedError(
            BAD_FRAME,
            f"The payload of {kind} is over {depth_max} levels deep, or has NUL or a number outside 64 bits.",
        ) from None


def _trace_of(payload: Mapping[str, Any]) -> Mapping[str, str] | None:
    extensions = payload.get("extensions")
    if not extensions:
        return None
    return {name: extensions[name] for name in TRACE_HEADERS if isinstance(extensions.get(name), str)}


def acknowledged() -> str:
    """The answer to connection_init."""
    return '{"type":"connection_ack"}'


def pinged() -> str:
    """A ping of the server."""
    return '{"type":"ping"}'


def ponged(payload: dict[str, Any] | None) -> str:
    """The answer to a ping, with what it carried."""
    return orjson.dumps({"type": "pong", **({"payload": payload} if payload is not None else {})}).decode()


def next_frame(id_: bytes, result: bytes) -> str:
    """One result; ``id_`` is the operation's id as JSON, ``result`` JSON too."""
    return (b'{"id":' + id_ + b',"type":"next","payload":' + result + b"}").decode()


def error_frame(id_: bytes, errors: list[dict[str, Any]]) -> str:
    """The request was refused; nothing follows for the id."""
    return (b'{"id":' + id_ + b',"type":"error","payload":' + orjson.dumps(errors) + b"}").decode()


def complete_frame(id_: bytes) -> str:
    """Nothing follows for the id."""
    return (b'{"id":' + id_ + b',"type":"complete"}').decode()
