"""Requests that nobody should send, byte by byte: bodies that are no JSON, JSON that is no request, HTTP that is none."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

DEPTHS = (3, 31, 33, 200, 1_000, 10_000)
LENGTHS = (1, 30, 1_000, 20_000)
BODY_BYTES_MAX = 262_144
FIRST = "query($first: Int) { items(first: $first) { nodes { id } } __typename }"
QUERIES = (
    FIRST,
    "query($value: String!) { category(slug: $value) { id } }",
    "query($value: [String!]!) { availability(skus: $value) { sku } }",
    "query($value: [ItemStatus!]) { items(filter: {status: $value}) { nodes { id } } }",
    "query($value: [_Any!]!) { _entities(representations: $value) { __typename } }",
    "mutation($value: ReceiveStockInput!) { receiveStock(input: $value) { replayed } }",
    'mutation($value: [ReserveLineInput!]!) { reserveStock(input: {idempotencyKey: "a", lines: $value}) { replayed } }',
    'mutation($value: JSON) { updateItem(input: {item: {sku: "a"}, metadata: $value}) { item { id } } }',
    "query($value: [ID!]) { items { nodes { variants(first: 1) { nodes { balances(warehouseIds: $value) { onHand } } } } } }",
)
"""What takes a variable: a number, a text, lists of both kinds of words, anything, an object, a list of objects, and lists of ids for
each of many objects."""
WIDE: tuple[Any, ...] = (
    0, "", "A", "\0", "ACTIVE", [], {}, {"sku": "A"}, {"sku": "A", "quantity": "1"}, {"__typename": "Item", "id": "A"}, [0] * 100,
    {"sku": "A", "quantity": "1", "serials": [""] * 100}, 10**18, "5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11",
)  # fmt: skip
"""What lists are made long of."""


@dataclass(slots=True)
class Sent:
    """One request as it goes over the wire; ``pieces`` are the body, sent one after the other."""

    kind: str
    pieces: list[bytes]
    method: bytes = b"POST"
    path: bytes = b"/graphql"
    version: bytes = b"HTTP/1.1"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    is_chunked: bool = False
    content_type: bytes = b"application/json"
    content_length: bytes | None = None
    host: bytes = b"localhost"
    pause_seconds: float = 0.0

    def bytes_sent(self, remark: int = 0) -> list[bytes]:
        """What is written to the socket. A remark makes it a request that was not seen before."""
        length = self.content_length if self.content_length is not None else b"%d" % sum(map(len, self.pieces))
        framing = (b"transfer-encoding", b"chunked") if self.is_chunked else (b"content-length", length)
        headers = [
            (b"host", self.host), (b"content-type", self.content_type), framing, (b"connection", b"close"),
            (b"x-request-id", b"fuzz-%d" % remark), *self.headers,
        ]  # fmt: skip
        head = b"%s %s %s\r\n" % (self.method, self.path, self.version)
        head += b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n"
        if not self.is_chunked:
            return [head + b"".join(self.pieces[:1]), *self.pieces[1:]]
        return [head, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in self.pieces if piece), b"0\r\n\r\n"]

    def __str__(self) -> str:
        return f"{self.kind}: {b''.join(self.bytes_sent())[:1_500]!r}"


def _request(random: Random, **parameters: Any) -> bytes:
    sent = {"query": random.choice((*QUERIES, "{ __typename }", "{ me { subject } }")), **parameters}
    text = json.dumps(sent, ensure_ascii=random.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _raw(random: Random, value: bytes) -> bytes:
    """A request whose variable is written as it is."""
    place = random.choice((b'{"value": %s}', b'{"value": [1, {"a": %s}]}', b'{"first": %s}', b"%s"))
    query = FIRST if b"first" in place else random.choice(QUERIES)
    return b'{"query": ' + json.dumps(query).encode() + b', "variables": ' + place % value + b"}"


def _truncated(random: Random) -> bytes:
    whole = _request(random, variables={"value": ["é🍞", {"a": 1.5}], "first": 3}, operationName=None)
    return whole[: random.randrange(len(whole))]


def _spoilt(random: Random) -> bytes:
    """Bytes replaced and put in at random: half characters, NUL, characters too long for what they are."""
    content = bytearray(_request(random, variables={"value": "é🍞"}))
    odd = (
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"\0",
        b"\xef\xbb\xbf",
        b"\x1b",
        b"\xe2\x80",
        b'"',
        b"\\",
    )
    for _ in range(random.choice((1, 1, 3, 20))):
        place = random.randrange(len(content))
        content[place : place + random.randrange(2)] = random.choice(odd)
    return bytes(content)


def _encoded(random: Random) -> bytes:
    text = _request(random).decode()
    return random.choice(
        (text.encode("utf-16"), text.encode("utf-32-le"), text.encode("utf-7"), gzip.compress(text.encode()))
    )


def _number(random: Random) -> bytes:
    digits = b"9" * random.choice((18, 19, 20, 400, 5_000, 50_000))
    values = (
        b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999", digits, b"-" + digits, b"0." + digits, b"1e" + digits,
        b"007", b"+1", b"0x10", b".5", b"1.", b"--1", b"1_000", b"-", b"\xd9\xa3",
    )  # fmt: skip
    return _raw(random, random.choice(values))


def _scalar(random: Random) -> bytes:
    return random.choice(
        (b"1", b"null", b"true", b'"x"', b"[]", b"{}", b"", b" ", b"[[]]", b"nul", b"{}{}", b'{"a"}', b"'a'")
    )


def _batch(random: Random) -> bytes:
    return b"[" + b",".join([_request(random)] * random.choice((1, 2, 100, 1_000))) + b"]"


def _deep(random: Random) -> bytes:
    """Nested thousands deep, as the body or in a variable, closed or not."""
    depth = random.choice(DEPTHS)
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")))
    value = opening * depth + random.choice((b"1", b"")) + closing * random.choice((depth, depth, depth - 1, 0))
    return random.choice((value, _raw(random, value)))


def _twice(random: Random) -> bytes:
    """A member that comes many times."""
    member = random.choice(('"query": "{ __typename }"', '"variables": {"value": 1}', '"\\u0000": 1', '"é": []'))
    return f"{{{', '.join([member] * random.choice((2, 100, 5_000)))}}}".encode()


def _wide(random: Random) -> bytes:
    """A variable of as many members or elements as a body has room for, or of fewer; called as the document calls it, or not."""
    element = random.choice(WIDE)
    room = (BODY_BYTES_MAX - 1_000) // (len(json.dumps(element, separators=(",", ":"))) + 1)
    many = [element] * min(random.choice((100, 3_000, 15_000, BODY_BYTES_MAX)), room)
    value: Any = random.choice(
        (
            many,
            many,
            many,
            {f"k{number}": number for number in range(len(many) // 5)},
            {"idempotencyKey": "a", "lines": many},
        )
    )
    return _request(random, variables={random.choice(("value", "value", "value", "other")): value})


def _wrong_kind(random: Random) -> bytes:
    odd: tuple[Any, ...] = (None, 0, 1.5, True, "", "x" * 1_000, [], ["a"], {}, {"a": {}}, "\0", "\ud800", 2**70)
    names = ("query", "variables", "operationName", "extensions", "documentId")
    return _request(random, **{name: random.choice(odd) for name in random.sample(names, random.randint(1, 3))})


def _persisted(random: Random) -> bytes:
    digest: Any = random.choice(
        ("0" * 64, "A" * 64, "x", "", "0" * 63, None, 5, [], "../../etc/passwd", "\0" * 64, "é" * 64)
    )
    version = random.choice((1, 1, 1, 2, "1", None))
    given = (
        {"documentId": digest}
        if random.random() < 0.3
        else {"extensions": {"persistedQuery": {"version": version, "sha256Hash": digest}}}
    )
    if random.random() < 0.5:
        return json.dumps(given).encode()
    return _request(random, **given)


def _texts(random: Random) -> bytes:
    value = random.choice(("\0", "\ud800", "\udc00x", "\ufeff", "\u202e", "🍞", "\x7f", "a\0b")) * random.choice(
        LENGTHS
    )
    return _request(
        random, variables=random.choice(({"value": value}, {value[:50]: 1}, {"value": [{value[:50]: value}]}))
    )


def _long(random: Random) -> bytes:
    length = random.choice((BODY_BYTES_MAX - 20, BODY_BYTES_MAX + 1, 1_000_000, 5_000_000))
    return b'{"query": "' + random.choice((b" ", b"{", b"a ", b"#")) * (length // 2) + b'"}'


def _noise(random: Random) -> bytes:
    return random.randbytes(random.choice(LENGTHS))


CONTENTS: Mapping[str, Callable[[Random], bytes]] = {
    make.__name__.removeprefix("_").replace("_", " "): make
    for make in (
        _truncated, _spoilt, _encoded, _number, _scalar, _batch, _deep, _twice, _wide, _wrong_kind, _persisted, _texts,
        _long, _noise, _request,
    )
}  # fmt: skip
