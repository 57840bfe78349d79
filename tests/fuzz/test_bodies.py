"""Five thousand bodies that nobody should send: each is answered or hung up on, and nothing stays behind."""

from collections import Counter
from functools import partial
from http import HTTPStatus
from itertools import count
from random import Random

import pytest

from tests.fuzz.bodies import QUERIES, Sent
from tests.fuzz.settings import BODIES, SECONDS_MAX
from tests.fuzz.target import MEMORY_GROWTH_BYTES_MAX, Answer, Target, assert_answered
from tests.fuzz.wire import AROUND, make_request
from tests.properties.settings import SEED
from tests.properties.telling import Tell

OF_THE_SERVER = b"Invalid HTTP request received."
"""What is no HTTP does not get as far as GraphQL."""
MAY_BE_HUNG_UP_ON = frozenset(
    {"length", "framing", "chunks", "path", "method", "version", "host", "odd header", "header flood"}
)
"""Where the end of a request cannot be told, there is nothing to answer to."""


def send(target: Target, sent: Sent, numbers: "count[int]") -> Answer | None:
    is_all = sent.kind.rpartition(", ")[2] not in MAY_BE_HUNG_UP_ON
    return target.send_raw(sent.bytes_sent(next(numbers)), pause_seconds=sent.pause_seconds, is_all=is_all)


def assert_fits(answer: Answer | None, sent: Sent) -> str:
    """The status in words; fails for an answer that is none."""
    around = sent.kind.rpartition(", ")[2]
    if answer is None:
        assert around in MAY_BE_HUNG_UP_ON, f"no answer for {sent}"
        return "none"
    assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, f"{answer.status} {answer.content[:300]!r} for {sent}"
    is_read = sent.method in {b"HEAD", b"OPTIONS"} or b"text/html" in b"".join(value for _, value in sent.headers)
    if not is_read and answer.content != OF_THE_SERVER:
        assert_answered(answer, sent)
    return str(answer.status)


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_made_reaches_what_takes_it(target: Target, query: str) -> None:
    """No document is refused for itself: a value that nobody uses tries nothing."""
    errors = target.query(query, {"value": {"a": 1}}).body.get("errors", ())
    assert {error["extensions"]["code"] for error in errors} <= {"INVALID_INPUT", "UNAUTHENTICATED"}


@pytest.mark.timeout(SECONDS_MAX)
def test_every_body_is_answered_cheaply(target: Target, tell: Tell) -> None:
    """No failure of ours, no traceback, no request that is expensive to refuse, and no memory that is not given back."""
    random = Random(f"{SEED} bodies")
    numbers = count(1)
    statuses: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    resident = threads = 0
    for number in range(BODIES):
        sent = make_request(random)
        answer = send(target, sent, numbers)
        statuses[assert_fits(answer, sent)] += 1
        kinds[sent.kind.rpartition(", ")[2]] += 1
        seconds = target.assert_cheap(answer, partial(send, target, sent, numbers), sent=sent)
        slowest = sorted([*slowest, (seconds, sent.kind)], reverse=True)[:5]
        if number == BODIES // 4:
            resident, threads = target.resident_bytes(), target.threads()
    grown = target.resident_bytes() - resident
    tell(
        [
            f"{BODIES} bodies; memory grew by {grown / 1024**2:.1f} MB after the first quarter",
            f"  answered {', '.join(f'{status} {times}' for status, times in statuses.most_common())}",
            f"  most CPU {', '.join(f'{seconds * 1_000:.0f} ms ({kind})' for seconds, kind in slowest)}",
        ]
    )
    target.assert_untroubled()
    assert grown < MEMORY_GROWTH_BYTES_MAX
    assert target.threads() <= threads + 1
    assert kinds.keys() == AROUND.keys()
