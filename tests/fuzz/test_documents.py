"""Ten thousand documents that nobody should send: each is answered, none is expensive, and nothing stays behind."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count
from random import Random

import pytest

from tests.fuzz.documents import Maker
from tests.fuzz.settings import DOCUMENTS, SECONDS_MAX
from tests.fuzz.target import MEMORY_GROWTH_BYTES_MAX, Answer, Target, assert_answered, headers_of
from tests.properties.settings import SEED
from tests.properties.telling import Tell

ONE_IN = 8
"""So many are sent by somebody who may do everything; the others by nobody."""


def post_next(target: Target, bodies: Iterator[bytes], headers: dict[str, str]) -> Answer | None:
    return target.post_any(next(bodies), headers)


@pytest.mark.timeout(SECONDS_MAX)
def test_every_document_is_answered_cheaply(target: Target, tell: Tell) -> None:
    """No failure of ours, no traceback, no request that costs more than it is worth, and no memory that is not given back."""
    random = Random(f"{SEED} documents")
    maker = Maker(random)
    kinds: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    codes: Counter[str] = Counter()
    resident = threads = 0
    for number in range(DOCUMENTS):
        made = maker.make()
        headers = headers_of(target.service.token if number % ONE_IN == 0 else None)
        answer = target.post_any(made.body(), headers)
        kinds.update(made.kinds)
        if answer is None:
            codes["hung up"] += 1
            continue
        assert_answered(answer, made)
        bodies = (made.body(f"again {number}.{again}") for again in count())
        seconds = target.assert_cheap(answer, partial(post_next, target, bodies, headers), sent=made)
        codes.update({error["extensions"]["code"] for error in answer.body.get("errors", ())} or {"none"})
        slowest = sorted([*slowest, (seconds, "+".join(made.kinds))], reverse=True)[:5]
        if not resident and number >= DOCUMENTS // 4:
            resident, threads = target.resident_bytes(), target.threads()
    grown = target.resident_bytes() - resident
    tell(
        [
            f"{DOCUMENTS} documents; memory grew by {grown / 1024**2:.1f} MB after the first quarter",
            f"  answered {', '.join(f'{code} {count}' for code, count in codes.most_common())}",
            f"  most CPU {', '.join(f'{seconds * 1_000:.0f} ms ({kind})' for seconds, kind in slowest)}",
        ]
    )
    target.assert_untroubled()
    assert grown < MEMORY_GROWTH_BYTES_MAX
    assert target.threads() <= threads + 1
    assert min(kinds.values()) > DOCUMENTS // 1_000, f"hardly any of some kind: {kinds.most_common()[-3:]}"
