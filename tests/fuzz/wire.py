"""What is wrong around a body: its type, its length, its encoding, the headers, the method, the pace."""

import gzip
from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import quote_from_bytes

from tests.fuzz.bodies import CONTENTS, Sent

CONTENT_TYPES = (
    b"", b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"application/graphql",
    b"application/json; charset=utf-7", b"application/json; charset=" + b"x" * 3_000, b"application/json" + b";" * 3_000,
    b"application/json, text/plain", b"APPLICATION/JSON", b"application/\xff", b'application/json;q="\\', b"*/*",
)  # fmt: skip
SLOWLY_ONE_IN = 20


def _plain(random: Random, sent: Sent) -> None:
    """Nothing besides the body."""


def _content_type(random: Random, sent: Sent) -> None:
    sent.content_type = random.choice(CONTENT_TYPES)


def _content_encoding(random: Random, sent: Sent) -> None:
    encoding = random.choice((b"gzip", b"deflate", b"br", b"zstd", b"identity", b"gzip, gzip", b"", b"x" * 500))
    sent.headers.append((b"content-encoding", encoding))
    if encoding == b"gzip":
        sent.pieces = [gzip.compress(b"".join(sent.pieces))]


def _chunks(random: Random, sent: Sent) -> None:
    """In chunks, some of them a byte, now and then slowly."""
    whole = b"".join(sent.pieces)[:2_000]
    size = random.choice((1, 7, 100, 2_000))
    sent.is_chunked = True
    sent.pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    if random.randrange(SLOWLY_ONE_IN) == 0:
        sent.pieces, sent.pause_seconds = sent.pieces[:20], 0.005


def _length(random: Random, sent: Sent) -> None:
    """A length that is not that of the body."""
    length = len(b"".join(sent.pieces))
    false = (
        b"0",
        b"1",
        b"%d" % (length + 10),
        b"-1",
        b"9" * 30,
        b"1e3",
        b"",
        b"0x10",
        b"10, 10",
        b"%d" % (length // 2),
        b"+5",
    )
    sent.content_length = random.choice(false)


def _framing(random: Random, sent: Sent) -> None:
    """Two lengths, or a length and chunks: what requests are smuggled with."""
    extra = (
        (b"content-length", b"5"),
        (b"transfer-encoding", b"chunked"),
        (b"transfer-encoding", b"identity, chunked"),
    )
    sent.headers.append(random.choice(extra))
    sent.is_chunked = random.random() < 0.3


def _header_flood(random: Random, sent: Sent) -> None:
    count, length = random.choice(((50, 10), (500, 10), (3_000, 5), (1, 5_000), (1, 100_000), (20, 4_000)))
    sent.headers += [(b"x-%d" % number, b"v" * length) for number in range(count)]


def _odd_header(random: Random, sent: Sent) -> None:
    odd = (b"\xff\xfe", b"", b"a\0b", b"a\rb", b"\t", b"x" * 2_000, b"1" * 400, b"\xe2\x80\xae", b",;=\"'")
    name = random.choice(
        (b"authorization", b"x-api-key", b"x-tenant-slug", b"x-request-id", b"accept", b"origin", b"traceparent", b"x-router-secret",
         b"x-graphql-cost", b"expect", b"cookie", b"x-forwarded-for", b"apollo-federation-include-trace", b"te", b"range", b" x", b"a b")
    )  # fmt: skip
    prefix = random.choice((b"", b"Bearer ", b"Bearer a.b.", b"text/html;q=", b"00-", b"ftv1"))
    sent.headers.append((name, prefix + random.choice(odd)))


def _forged_token(random: Random, sent: Sent) -> None:
    """What looks like a JSON Web Token and is none."""
    part = random.choice(
        (
            b"eyJhbGciOiJub25lIn0",
            b"eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ",
            b"e30",
            b"bnVsbA",
            b"W10",
            b"A" * 5_000,
            b"*",
        )
    )
    sent.headers.append(
        (
            b"authorization",
            b"Bearer " + part + b"." + random.choice((b"e30", b"bnVsbA", part)) + b"." + random.choice((b"", b"AAAA")),
        )
    )


def _method(random: Random, sent: Sent) -> None:
    sent.method = random.choice(
        (b"PUT", b"DELETE", b"PATCH", b"TRACE", b"HEAD", b"OPTIONS", b"CONNECT", b"post", b"QUERY", b"X" * 300, b"\xff")
    )


def _address(random: Random, sent: Sent) -> None:
    """A GET whose parameters are what was to be the body."""
    sent.method = b"GET"
    text = quote_from_bytes(b"".join(sent.pieces)[:8_000]).encode()
    name = random.choice((b"query", b"variables", b"extensions", b"query=%7Bid%7D&variables", b"documentId", b"x"))
    sent.path = b"/graphql?" + name + b"=" + random.choice((text, text[:-1], text + b"%", b"%ff", text + b"&a=b" * 300))
    sent.pieces = []


def _path(random: Random, sent: Sent) -> None:
    sent.path = random.choice(
        (b"/", b"/graphql/", b"//graphql", b"/graphql/../metrics", b"/%00", b"/\xff", b"*", b"http://[::1/graphql", b"/" + b"a" * 60_000,
         b"/graphql#x", b"/graphql/assets/..%2f..%2fapp.py", b"/graphql;a=b", b"graphql")
    )  # fmt: skip


def _host(random: Random, sent: Sent) -> None:
    sent.host = random.choice(
        (b"evil.example", b"localhost:99999", b"[::1", b"localhost/x?", b"", b"a" * 5_000, b"\xff", b"localhost@evil")
    )


def _version(random: Random, sent: Sent) -> None:
    sent.version = random.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1", b"http/1.1", b"", b"GOPHER/1.1"))


def _upgrade(random: Random, sent: Sent) -> None:
    """Another protocol, of which the frames are not spoken."""
    sent.method = random.choice((b"GET", b"POST"))
    name = random.choice((b"websocket", b"h2c", b"x"))
    sent.headers += [(b"upgrade", name), (b"sec-websocket-key", b"AAAA"), (b"sec-websocket-version", b"13")]


AROUND: Mapping[str, Callable[[Random, Sent], None]] = {
    change.__name__.removeprefix("_").replace("_", " "): change
    for change in (
        _plain, _content_type, _content_encoding, _chunks, _length, _framing, _header_flood, _odd_header, _forged_token, _method,
        _address, _path, _host, _version, _upgrade,
    )
}  # fmt: skip
PLAIN_ONE_IN = 2


def make_request(random: Random) -> Sent:
    """The next request: half of them are wrong in their body only."""
    content = random.choice(list(CONTENTS))
    around = "plain" if random.randrange(PLAIN_ONE_IN) == 0 else random.choice(list(AROUND))
    sent = Sent(f"{content}, {around}", [CONTENTS[content](random)])
    AROUND[around](random, sent)
    return sent
