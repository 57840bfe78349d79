"""Three thousand handshakes and frames that nobody should send: each is answered or its socket closed, and nothing stays behind."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from itertools import count
from random import Random

import httpx
import pytest

from tests.fuzz.frames import FRAMES as KINDS
from tests.fuzz.frames import Sent, Stage, make_frames
from tests.fuzz.handshakes import HANDSHAKES, make_handshake
from tests.fuzz.lines import RESET_BYTES_MIN, SWITCHING, Heard, Line
from tests.fuzz.settings import FRAMES, SECONDS_MAX
from tests.fuzz.target import MEMORY_GROWTH_BYTES_MAX, OUR_FAULT, Answer, Target
from tests.properties.settings import SEED
from tests.properties.telling import Tell

CODES = frozenset({1001, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4429})
"""What a socket is closed with that does not keep to the protocol. Neither 1011 nor 4500: those would be ours."""
TYPES = frozenset({"connection_ack", "next", "error", "complete", "ping", "pong"})
HANDSHAKE_ONE_IN = 6
ADMINISTRATOR_ONE_IN = 3
MESSAGES_OF_A_LINE_MAX = 60


class Attacker:
    """Sends one after the other, over a new connection whenever the service has closed the last one."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._line: Line | None = None
        self._left = 0

    def send(self, sent: Sent, token: str | None, remark: int = 0) -> tuple[Heard, Answer]:
        """What came back, and what it cost."""
        if remark and sent.anew is not None:
            sent = Sent(sent.anew(remark), awaited=sent.awaited)
        line = self._line_at(sent.stage, token)
        before = self._target.cpu_seconds()
        heard = line.say(sent, is_shaking=sent.stage is Stage.SHAKING)
        cpu_seconds = self._target.cpu_seconds() - before
        if heard.is_over or sent.stage is not Stage.BEGUN:
            self.hang_up()
        return heard, Answer(heard.status, b"".join(heard.texts), cpu_seconds)

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _line_at(self, stage: Stage, token: str | None) -> Line:
        self._left -= 1
        if stage is not Stage.BEGUN or self._left <= 0:
            self.hang_up()
        if self._line is None:
            self._line = Line(self._target.address)
            if stage is Stage.STRANGE:
                self._line.open()
            elif stage is Stage.BEGUN:
                self._line.begin(token)
                self._left = MESSAGES_OF_A_LINE_MAX
        return self._line


def assert_fits(heard: Heard, sent: Sent) -> str:
    """How it ended in words; fails for an end or an answer that is none."""
    assert heard.status < HTTPStatus.INTERNAL_SERVER_ERROR, f"{heard.status} for {sent}"
    for said in heard.messages:
        assert said["type"] in TYPES, f"{said} for {sent}"
        payload = said.get("payload") or {}
        for error in payload if said["type"] == "error" else payload.get("errors", ()):
            assert error["message"], f"{error} for {sent}"
            assert error["extensions"]["code"] not in OUR_FAULT, f"{error} for {sent}"
    if heard.code is not None:
        assert heard.code in CODES | sent.echoes, f"closed with {heard.code} for {sent}"
        return str(heard.code)
    if heard.status not in {0, SWITCHING}:
        return str(heard.status)
    if heard.is_over and sent.is_whole:
        is_taken_back = sum(map(len, sent.pieces)) > RESET_BYTES_MIN
        assert sent.stage is Stage.SHAKING or is_taken_back, f"hung up without a word for {sent}"
        return "none"
    return "answered"


def left_behind(target: Target) -> list[str]:
    """The metrics of what is open or runs, which should be nothing."""
    text = httpx.get(f"http://localhost:{target.service.port}/metrics").text
    names = ("inventory_graph_sockets ", "inventory_graph_operations_running{")
    return [line for line in text.splitlines() if line.startswith(names) and not line.endswith(" 0.0")]


@pytest.mark.timeout(SECONDS_MAX)
def test_every_frame_is_answered_cheaply(target: Target, tell: Tell) -> None:
    """No failure of ours, no traceback, nothing that is expensive to refuse, and neither memory nor sockets that are not given back."""
    random = Random(f"{SEED} frames")
    attacker, remarks = Attacker(target), count(1)
    ends: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    resident = threads = 0
    for number in range(FRAMES):
        sent = make_handshake(random) if number % HANDSHAKE_ONE_IN == 0 else make_frames(random)
        token = target.service.token if number // MESSAGES_OF_A_LINE_MAX % ADMINISTRATOR_ONE_IN == 0 else None
        heard, answer = attacker.send(sent, token)
        ends[assert_fits(heard, sent)] += 1
        kinds[sent.kind] += 1
        seconds = target.assert_cheap(answer, partial(once_more, attacker, sent, token, remarks.__next__), sent=sent)
        slowest = sorted([*slowest, (seconds, sent.kind)], reverse=True)[:5]
        if number == FRAMES // 4:
            resident, threads = target.resident_bytes(), target.threads()
    attacker.hang_up()
    grown = target.resident_bytes() - resident
    tell(
        [
            f"{FRAMES} handshakes and frames; memory grew by {grown / 1024**2:.1f} MB after the first quarter",
            f"  ended {', '.join(f'{end} {times}' for end, times in ends.most_common())}",
            f"  most CPU {', '.join(f'{seconds * 1_000:.0f} ms ({kind})' for seconds, kind in slowest)}",
        ]
    )
    target.assert_untroubled()
    assert left_behind(target) == []
    assert grown < MEMORY_GROWTH_BYTES_MAX
    assert target.threads() <= threads + 1
    assert kinds.keys() == KINDS.keys() | HANDSHAKES.keys()


def once_more(attacker: Attacker, sent: Sent, token: str | None, remark: Callable[[], int]) -> Answer:
    return attacker.send(sent, token, remark())[1]
