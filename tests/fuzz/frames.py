"""What nobody should send over a socket: frames that are none, and messages that are not of the protocol."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any

from tests.fuzz.bodies import CONTENTS
from tests.fuzz.documents import Maker

TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
CREDENTIALS = (
    "authorization", "x-api-key", "x-tenant-slug", "x-tenant-id", "x-router-secret", "Authorization", "origin", "host",
    "x-graphql-cost", "traceparent", "__proto__", "",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**63, 2**64, 1e308, "", "x", "漢", "\0", "a\0b", "\r\nx: y", "\ufeff", "\u202e", "🍞" * 500,
    "x" * 100_000, [], {}, [[]], {"a": {"b": []}}, "Bearer", "Bearer ", "Bearer 漢", "Bearer a.b.c", "Bearer " + "e30." * 3,
    "ig_", "ig_" + "x" * 60, "urban-loft", "no-such-tenant", "00000000-0000-0000-0000-000000000000", "demo-two' --",
)  # fmt: skip
TYPES: tuple[Any, ...] = (
    "subscribe", "complete", "ping", "pong", "connection_init", "connection_ack", "next", "error", "start", "stop", "ka", "",
    "Subscribe", "subscribe\0", None, 1, True, [], ["subscribe"], {}, {"a": 1}, "x" * 5_000,
)  # fmt: skip
IDS: tuple[Any, ...] = (
    "1", "2", "é" * 100, "x" * 128, "x" * 129, "", " ", "\0", "\"'\\", "🍞", None, 0, 7, True, [], ["1"], {}, {"a": 1}, 2**70,
)  # fmt: skip
QUERIES = (
    "{ __typename }", "{ me { subject } }", "query Q { __typename }", "{", "", "{ nothing }", "subscription { nothing }",
    "subscription { stockChanged { kind cursor } }", "subscription { a: stockChanged { kind } b: stockChanged { kind } }",
    'subscription { stockChanged(after: "x") { kind } }', "subscription { stockChanged { kind } } query Q { __typename }",
    "subscription { reservationChanged { kind } }", "subscription S($x: String) { stockChanged(after: $x) { kind } }",
    'mutation { createCategory(input: {slug: "-", name: ""}) { errors { code } } }',
)  # fmt: skip


class Stage(Enum):
    """What stands before: nothing, a handshake, or a connection_init, too."""

    SHAKING = "a new connection"
    STRANGE = "a new socket"
    BEGUN = "a socket in use"


@dataclass(slots=True)
class Sent:
    """What is sent, piece by piece, when a connection has got to the stage. ``echoes``: the close codes that the client says itself.
    ``is_whole``: whether the last message is complete, so that another may follow. ``awaited``: the operation that is answered unless
    the socket is closed. ``anew`` makes it once more with a document that was not seen before."""

    pieces: list[bytes]
    kind: str = ""
    stage: Stage = Stage.BEGUN
    is_whole: bool = True
    echoes: frozenset[int] = frozenset()
    awaited: str | None = None
    anew: Callable[[int], list[bytes]] | None = None

    def __str__(self) -> str:
        return f"{self.kind}, {self.stage.value}: {b''.join(self.pieces)[:1_500]!r}"


def framed(
    content: bytes, opcode: int = TEXT, *, is_last: bool = True, reserved: int = 0, is_masked: bool = True
) -> bytes:
    """One frame as a client sends it, masked with zeros, so that what fails can be read."""
    mask = 0x80 if is_masked else 0
    head = bytes([(0x80 if is_last else 0) | reserved << 4 | opcode])
    if len(content) < 126:
        head += bytes([mask | len(content)])
    elif len(content) < 1 << 16:
        head += struct.pack("!BH", mask | 126, len(content))
    else:
        head += struct.pack("!BQ", mask | 127, len(content))
    return head + (b"\0\0\0\0" if is_masked else b"") + content


def message(**members: Any) -> bytes:
    """A message of the protocol as a frame."""
    return framed(json.dumps(members).encode())


def _subscribe(random: Random, payload: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": f"s{random.randrange(10**9)}", "payload": payload}


def _ordinary(random: Random) -> dict[str, Any]:
    payload: dict[str, Any] = {"query": random.choice(QUERIES)}
    if random.random() < 0.3:
        payload["variables"] = random.choice(
            ({"x": "\0" * 50}, {"x": 2**70}, {"x": [[[[]]]]}, [], "x", None, {"x": "1.1"})
        )
    if random.random() < 0.3:
        payload["operationName"] = random.choice(("Q", "S", "", 7, None, "\0", "x" * 5_000))
    if random.random() < 0.3:
        payload["extensions"] = random.choice(
            ({"persistedQuery": {"version": 9}}, {"persistedQuery": 5}, {"traceparent": random.choice(ODD)}, {"cost": 1}, [],
             {"subscription": {"callbackUrl": "http://[", "subscriptionId": "1", "verifier": "1"}}, {"subscription": random.choice(ODD)})
        )  # fmt: skip
    return _subscribe(random, payload)


def _text(sent: Any) -> bytes:
    return json.dumps(sent).encode() if not isinstance(sent, bytes) else sent


def _message_of_protocol(random: Random) -> Sent:
    sent = _ordinary(random)
    return Sent([framed(_text(sent))], awaited=sent["id"])


def _document(random: Random) -> Sent:
    """A document as they are made for HTTP."""
    made = Maker(random).make()
    sent = _subscribe(random, None)
    head = _text(sent)[: -len(b"null}")]

    def anew(remark: int) -> list[bytes]:
        return [framed(head + made.body(f"again {remark}" if remark else "") + b"}")]

    return Sent(anew(0), awaited=sent["id"], anew=anew)


def _content(random: Random) -> Sent:
    """A body as they are made for HTTP, as the message or as a part of one."""
    content = CONTENTS[random.choice(list(CONTENTS))](random)
    place = random.choice(
        (b"%s", b'{"type": "subscribe", "id": "%d", "payload": %%s}' % random.randrange(10**9), b'{"type": "ping", "payload": %s}',
         b'{"type": "pong", "payload": %s}', b'{"type": "connection_init", "payload": %s}', b'{"type": %s}',
         b'{"type": "complete", "id": %s}', b'{"type": "ping", "payload": {"a": %s}}', b'{"type": "pong", "more": %s}')
    )  # fmt: skip
    return Sent([framed(place % content)])


def _spoilt(random: Random) -> Sent:
    """A message with some bytes replaced, left out or put in."""
    content = bytearray(_text(_ordinary(random)))
    for _ in range(random.choice((1, 1, 2, 10))):
        at = random.randrange(len(content))
        odd = random.choice(
            (b"", b"\xff", b"\0", b'"', b"\\", b"{", b"]", b",", b"\xed\xa0\x80", b"\xf0\x9f", b"9" * 30)
        )
        content[at : at + random.choice((0, 1, 1, 5))] = odd
    return Sent([framed(bytes(content))])


def _odd_members(random: Random) -> Sent:
    """Types, ids and payloads that are none, also twice."""
    sent = _ordinary(random)
    for name, odd in random.sample((("type", TYPES), ("id", IDS), ("payload", ODD)), random.choice((1, 1, 2, 3))):
        sent[name] = random.choice(odd)
    text = json.dumps(sent)
    if random.random() < 0.2:
        text = text[:-1] + ", " + text[1:]
    return Sent([framed(text.encode("utf-8", "surrogatepass"))])


def _same_id(random: Random) -> Sent:
    first = _ordinary(random)
    return Sent([framed(_text(first)), framed(_text({**_ordinary(random), "id": first["id"]}))])


def _complete(random: Random) -> Sent:
    """An operation that is given up at once, or was never begun."""
    first = _ordinary(random)
    pieces = [framed(_text(first)), message(type="complete", id=first["id"])]
    return Sent([b"".join(pieces)] if random.random() < 0.5 else pieces[random.randrange(2) :])


def _many(random: Random) -> Sent:
    """More operations than a socket may run, or messages faster than they are answered, in one piece."""
    count = random.choice((101, 150))
    makes = (
        lambda: _subscribe(random, {"query": "subscription { stockChanged { kind } }"}),
        lambda: {"type": "ping", "payload": {"a": "x" * 100}},
        lambda: {"type": "complete", "id": "x"},
    )
    make = random.choice(makes)
    return Sent([b"".join(framed(_text(make())) for _ in range(count))])


def _binary(random: Random) -> Sent:
    content = random.choice((b"", b"\0", b'{"type": "ping"}', random.randbytes(2_000)))
    return Sent([framed(content, BINARY)])


def _fragments(random: Random) -> Sent:
    """A message in up to more fragments than are read, some of them empty, with control frames between them."""
    content = _text(_ordinary(random))
    size = random.choice((1, 7, 100))
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    parts += [b""] * random.choice((0, 0, 1, 50, 2_000))
    if random.random() < 0.1:
        random.shuffle(parts)
    frames = [
        framed(part, CONTINUED if number else TEXT, is_last=number == len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    if random.random() < 0.4:
        for _ in range(random.choice((1, 20))):
            frames.insert(random.randrange(len(frames)), framed(b"p", random.choice((PING, PONG))))
    return Sent([b"".join(frames)])


def _broken_fragments(random: Random) -> Sent:
    """A message that never ends, goes on where none has begun, or is begun within another."""
    pieces = random.choice(
        ([framed(b"{", is_last=False)], [framed(b"{", CONTINUED)], [framed(b"{", is_last=False), framed(b"}", BINARY)],
         [framed(b"\xe2\x82", is_last=False), framed(b"\xff", CONTINUED)], [framed(b"", is_last=False)] * 2,
         [framed(b"x", is_last=False), framed(b"", CLOSE)])
    )  # fmt: skip
    return Sent(pieces, echoes=frozenset({1005}))


def _control(random: Random) -> Sent:
    """Pings, pongs and good-byes, wrong ones too."""
    if random.random() < 0.5:
        opcode, size = random.choice((PING, PONG)), random.choice((0, 1, 125, 126, 70_000))
        return Sent([framed(b"x" * size, opcode, is_last=random.random() < 0.9) * random.choice((1, 1, 300))])
    code = random.choice((1000, 1001, 1002, 1011, 3000, 4999, 0, 999, 1004, 1005, 1006, 1015, 5000, 65_535))
    reason = random.choice((b"", b"bye", b"\xff", b"x" * 123, b"x" * 124, "漢".encode()[:2]))
    content = random.choice((b"", b"x", struct.pack("!H", code) + reason))
    return Sent([framed(content, CLOSE)], echoes=frozenset({code, 1005}))


def _wrong_frame(random: Random) -> Sent:
    """Bits that must not be set, frames that are not masked, longer than they say or longer than may be."""
    content = _text(_ordinary(random))
    pieces = random.choice(
        ([framed(content, reserved=random.randint(1, 7))], [framed(content, random.choice((3, 7, 11, 15)))],
         [framed(content, is_masked=False)], [b"GET /graphql HTTP/1.1\r\nhost: localhost\r\n\r\n"], [random.randbytes(500)],
         [b"\x81\xff" + b"\xff" * 8 + content], [b"\x81\xff" + struct.pack("!Q", 262_145)], [framed(b"x" * 262_145)],
         [framed(b'"' + b"x" * 262_142 + b'"')])
    )  # fmt: skip
    return Sent(pieces, is_whole=False, echoes=frozenset(range(1000, 5000)))


def _half(random: Random) -> Sent:
    """A frame of which the rest never comes."""
    whole = framed(_text(_ordinary(random)))
    return Sent([whole[: random.randrange(1, len(whole))]], is_whole=False)


def _init(random: Random) -> Sent:
    """A connection_init with a payload of any kind, or two of them."""
    payload: Any = {random.choice(CREDENTIALS): random.choice(ODD) for _ in range(random.choice((1, 1, 2, 5)))}
    if random.random() < 0.2:
        payload = random.choice(ODD)
    pieces = [message(type="connection_init", payload=payload)] * random.choice((1, 1, 1, 2))
    pieces.append(framed(_text(_ordinary(random))))
    return Sent(pieces, stage=Stage.STRANGE)


FRAMES: Mapping[str, Callable[[Random], Sent]] = {
    make.__name__.removeprefix("_").replace("_", " "): make
    for make in (
        _message_of_protocol, _document, _content, _spoilt, _odd_members, _same_id, _complete, _binary, _fragments,
        _broken_fragments, _control, _wrong_frame, _half, _init, _many,
    )
}  # fmt: skip
OFTEN = ("document", "content", "content", "spoilt", "odd members", "init")
MANY_ONE_IN = 30
"""Those that send a hundred messages at once take as long as a hundred others."""


def make_frames(random: Random) -> Sent:
    """The next."""
    kind = random.choice((*FRAMES, *OFTEN))
    if kind == "many" and random.randrange(MANY_ONE_IN):
        kind = "document"
    sent = FRAMES[kind](random)
    sent.kind = kind
    return sent
