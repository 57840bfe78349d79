"""The forms in which one HTTP response carries many results: server-sent events, and parts of a multipart body."""

import functools
from collections.abc import Sequence
from typing import Any, Protocol

import orjson

_QUOTES = str.maketrans("", "", "\"' ")


class StreamFormat(Protocol):
    """One of the forms. ``heartbeat`` tells a reader, and all between, that the connection lives; ``ending`` that nothing follows."""

    media_type: str
    opening: bytes
    heartbeat: bytes
    ending: bytes

    def result(self, result: bytes) -> bytes:
        """One result; it is JSON."""
        ...

    def failure(self, errors: Sequence[dict[str, Any]]) -> bytes:
        """Why the stream ends, where the operation did not end by itself."""
        ...

    def interruption(self, errors: Sequence[dict[str, Any]], /) -> bytes:
        """The end because the service stops: a client should come again."""
        ...


class EventStream:
    """Server-sent events as graphql-sse names them, a connection for each operation. Lines end with LF alone: there are clients that
    find no event between others."""

    media_type = "text/event-stream"
    opening = heartbeat = b":\n\n"
    # Without data a browser would not tell of it.
    ending = b"event: complete\ndata: \n\n"

    def result(self, result: bytes) -> bytes:
        return b"event: next\ndata: " + result + b"\n\n"

    def failure(self, errors: Sequence[dict[str, Any]]) -> bytes:
        return self.result(orjson.dumps({"errors": errors})) + self.ending

    def interruption(self, _errors: Sequence[dict[str, Any]], /) -> bytes:
        # Who hears of no end connects again by itself.
        return b""


class MultipartStream:
    """A part for each result, as Apollo's clients and routers read subscriptions over HTTP (subscriptionSpec 1.0).

    The line that ends a part is written with it, or a reader would see each result only when the next one comes.
    """

    media_type = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    opening = b"\r\n--graphql"
    ending = b"--\r\n"

    def __init__(self) -> None:
        self.heartbeat = self._part(b"{}")

    def result(self, result: bytes) -> bytes:
        return self._part(b'{"payload":' + result + b"}")

    def failure(self, errors: Sequence[dict[str, Any]]) -> bytes:
        return self._part(orjson.dumps({"payload": None, "errors": errors})) + self.ending

    interruption = failure

    def _part(self, content: bytes) -> bytes:
        return b"\r\ncontent-type: application/json\r\n\r\n" + content + b"\r\n--graphql"


EVENT_STREAM = EventStream()
MULTIPART = MultipartStream()


@functools.lru_cache(maxsize=256)
def stream_format(accept: str) -> StreamFormat | None:
    """The form that the client prefers, the first it names of those it likes best; None when it takes neither."""
    chosen: StreamFormat | None = None
    best = 0.0
    for part in accept.lower().split(","):
        name, *parameters = (each.translate(_QUOTES) for each in part.split(";"))
        if name == "text/event-stream":
            found: StreamFormat = EVENT_STREAM
        elif name == "multipart/mixed" and "subscriptionspec=1.0" in parameters:
            found = MULTIPART
        else:
            continue
        quality = _quality(parameters)
        if quality > best:
            chosen, best = found, quality
    return chosen


def _quality(parameters: Sequence[str]) -> float:
    sent = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return float(sent)
    except ValueError:
        return 0.0
