"""Requests for a socket that are none, or that ask for it under odd names, for odd pages and with odd headers."""

import base64
from collections.abc import Callable, Mapping, Sequence
from random import Random

from tests.fuzz.frames import CLOSE, PING, Sent, Stage, framed, message

PROTOCOL = b"graphql-transport-ws"
KEY = base64.b64encode(b"0123456789abcdef")
BEGIN = message(type="connection_init")
ODD = (
    b"",
    b"\xff\xfe",
    b"a\0b",
    b"\t",
    b"x" * 2_000,
    b"x" * 9_000,
    b"1" * 400,
    "漢".encode(),
    b",;=\"'",
    b",,,",
    b"null",
    b"*",
)


def handshake(headers: Sequence[tuple[bytes, bytes]] = (), **changes: bytes | None) -> bytes:
    """The request that opens a socket; ``changes`` are headers by name (``_`` for ``-``), left out where None, and ``line``."""
    given: dict[str, bytes | None] = {
        "line": b"GET /graphql HTTP/1.1", "host": b"localhost", "upgrade": b"websocket", "connection": b"Upgrade",
        "sec_websocket_version": b"13", "sec_websocket_key": KEY, "sec_websocket_protocol": PROTOCOL, "x_graphql_cost": b"1", **changes,
    }  # fmt: skip
    line = given.pop("line") or b""
    named = [(name.replace("_", "-").encode(), value) for name, value in given.items() if value is not None]
    return line + b"\r\n" + b"".join(b"%s: %s\r\n" % each for each in (*named, *headers)) + b"\r\n"


def _origin(random: Random) -> bytes:
    odd = (
        b"http://[", b"http://[::1", b"http://[::1]", b"null", b"http://localhost:99999", b"//localhost", b"http://evil.example",
        b"http://localhost", b"http://localhost@evil.example", b"http://localhost\\@evil", b"http://\xff", b"javascript:1", *ODD,
    )  # fmt: skip
    return handshake([(b"origin", random.choice(odd)) for _ in range(random.choice((1, 1, 1, 2)))])


def _host(random: Random) -> bytes:
    odd = (
        b"evil.example",
        b"localhost:99999",
        b"[::1",
        b"[",
        b"]",
        b"localhost/x?",
        b"localhost@evil",
        b"localhost, evil",
        *ODD,
    )
    more = [(b"host", random.choice((b"localhost", *odd)))] if random.random() < 0.3 else []
    return handshake(
        more, host=random.choice((*odd, None)), origin=random.choice((None, b"http://localhost", b"http://["))
    )


def _protocol(random: Random) -> bytes:
    odd = (
        b"graphql-ws",
        PROTOCOL + b", x",
        b"x," + PROTOCOL,
        PROTOCOL.upper(),
        (PROTOCOL + b",") * 300 + b"x",
        b"a b",
        *ODD,
    )
    return handshake(sec_websocket_protocol=random.choice((*odd, None)))


def _line(random: Random) -> bytes:
    path = random.choice(
        (b"/", b"/graphql/", b"//graphql", b"/graphql?query={a}", b"/graphql?%ff", b"/%00", b"/%ff", b"*", b"http://[::1/graphql", b"/x",
         b"/healthz", b"/metrics", b"/" + b"a" * 10_000, b"/graphql#x", b"/\xff", b"graphql", b"/graphql/../metrics")
    )  # fmt: skip
    method = random.choice((b"GET", b"GET", b"GET", b"POST", b"CONNECT", b"OPTIONS", b"HEAD", b"get", b"\xff"))
    version = random.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b""))
    return handshake(line=b"%s %s %s" % (method, random.choice((path, path, b"/graphql")), version))


def _upgrade(random: Random) -> bytes:
    """What makes it a handshake, made otherwise."""
    name, odd = random.choice(
        (
            ("sec_websocket_key", (KEY * 2, b"AAAA", b"!!!!")),
            ("sec_websocket_version", (b"12", b"14", b"13, 8", b"-13")),
            ("connection", (b"close", b"Upgrade, close", b"keep-alive, Upgrade", b"upgrade" + b",a" * 500)),
            ("upgrade", (b"h2c", b"WebSocket", b"websocket, h2c", b"websocket/13")),
            (
                "sec_websocket_extensions",
                (b"permessage-deflate", b"permessage-deflate; server_max_window_bits=99", b'x; y="z'),
            ),
        )
    )
    twice = [(name.replace("_", "-").encode(), random.choice(odd))] if random.random() < 0.2 else []
    return handshake(twice, **{name: random.choice((*odd, *ODD, None))})


def _headers(random: Random) -> bytes:
    """Many, long, odd, or such as announce a body."""
    count, length = random.choice(((0, 0), (100, 10), (128, 10), (500, 10), (3_000, 5), (1, 8_200), (1, 100_000)))
    flood = [(b"x-%d" % number, b"v" * length) for number in range(count)]
    name = random.choice(
        (b"authorization", b"x-api-key", b"x-tenant-slug", b"x-tenant-id", b"x-router-secret", b"x-request-id", b"traceparent",
         b"tracestate", b"x-forwarded-for", b"content-length", b"transfer-encoding", b"expect", b"cookie", b" x", b"a b", b"x(y)")
    )  # fmt: skip
    odd = (*ODD, b"Bearer a.b.c", b"Bearer \xff", b"5", b"chunked", b"00-", b"urban-loft", b"no-such-tenant")
    return handshake([*flood, (name, random.choice(odd))])


def _eager(random: Random) -> bytes:
    """Frames that do not wait for the answer, with the request or right behind it."""
    return handshake()


HANDSHAKES: Mapping[str, Callable[[Random], bytes]] = {
    make.__name__.removeprefix("_"): make for make in (_origin, _host, _protocol, _line, _upgrade, _headers, _eager)
}


def make_handshake(random: Random) -> Sent:
    """The next, and what is said on the socket if there is one."""
    kind = random.choice(list(HANDSHAKES))
    request = HANDSHAKES[kind](random)
    more = [BEGIN, message(type="subscribe", id="1", payload={"query": "{ __typename }"})]
    if kind == "eager":
        early = random.choice(
            (BEGIN, framed(b"", CLOSE), framed(b"x", PING) * 50, framed(b"\xff"), framed(b"{}"), b"\xff" * 50)
        )
        pieces = [request + early] if random.random() < 0.3 else [request, early]
        return Sent([*pieces, *more], kind=kind, stage=Stage.SHAKING, echoes=frozenset({1005}))
    return Sent([request, *more], kind=kind, stage=Stage.SHAKING)
