"""What is no handshake is answered, and what never becomes a message is limited, below the protocol of the messages."""

import socket
from collections.abc import Iterator

import pytest

from tests.fuzz.frames import CONTINUED, PING, TEXT, Sent, framed
from tests.fuzz.handshakes import handshake
from tests.fuzz.lines import Line
from tests.fuzz.target import Target, running_target

FLOOD_BYTES = 64 * 1024**2
KEPT_BYTES_MAX = 16 * 1024**2


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A service of our own."""
    with running_target() as running:
        yield running


@pytest.fixture
def line(target: Target) -> Iterator[Line]:
    """A socket of a stranger."""
    opened = Line(target.address)
    opened.open()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"x-%d" % number, b"v") for number in range(200)], 431),
        ([(b"x", b"v" * 20_000)], 431),
        ([(b"content-length", b"5")], 400),
        ([(b"transfer-encoding", b"chunked")], 400),
    ],
    ids=["many headers", "a long header", "a body", "chunks"],
)
def test_what_is_no_handshake_is_answered(headers: list[tuple[bytes, bytes]], status: int, target: Target) -> None:
    """And its connection closed, which otherwise stays open for nothing."""
    line = Line(target.address)
    heard = line.say(Sent([handshake(headers)]), is_shaking=True)
    assert (heard.status, heard.is_over) == (status, True)
    line.close()


def test_a_text_that_is_no_utf_8_is_no_fault(target: Target, line: Line) -> None:
    """The code is that of the protocol, and the log has no traceback."""
    assert line.say(Sent([framed(b"\xff\xfe")])).code == 1007
    target.assert_untroubled()


@pytest.mark.parametrize(("fragments", "code"), [(999, 4400), (1_001, 1009)])
def test_a_message_has_a_thousand_fragments_at_most(fragments: int, code: int, line: Line) -> None:
    """Empty ones count: they could be sent for ever."""
    parts = [framed(b"{", TEXT, is_last=False)] + [framed(b"", CONTINUED, is_last=False)] * (fragments - 1)
    # In one piece: what comes after the good-bye is answered by a reset, which may overtake it.
    assert line.say(Sent([b"".join([*parts, framed(b"", CONTINUED)])])).code == code


def test_pongs_that_nobody_reads_are_not_kept(target: Target) -> None:
    """Whoever only pings gets no more memory than the system has for its connection."""
    line = Line(target.address)
    line.open()
    before = target.resident_bytes()
    pings = framed(b"x" * 125, PING) * 500
    connection = line._socket
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    for _ in range(FLOOD_BYTES // len(pings)):
        connection.sendall(pings)
    assert target.query("{ __typename }").status == 200
    assert target.resident_bytes() - before < KEPT_BYTES_MAX
    line.close()
