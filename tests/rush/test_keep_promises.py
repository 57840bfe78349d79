"""Sixteen connections a shop, hot and cold goods, batches of any size and callers that go away: every promise is kept once."""

import gc
from concurrent.futures import ProcessPoolExecutor
from itertools import count, repeat
from multiprocessing import get_context
from os import cpu_count

import pytest

from tests.promises.mix import Mix
from tests.promises.settings import HANDLED, PROCESSES_MAX, SECONDS_MAX, SEED
from tests.properties.telling import Tell
from tests.rush.running import run_rush

REQUESTS_PER_SHOP = 10_000


@pytest.mark.timeout(SECONDS_MAX)
def test_every_promise_is_kept_once(owner_url: str, tell: Tell) -> None:
    """Everything that callers were told is there, once, and nothing else; what is held is what is reserved, versions are
    dense, no order is deducted twice, and the live audit finds nothing."""
    mix = Mix(SEED)
    told: list[str] = []
    processes = min(PROCESSES_MAX, cpu_count() or 1)
    requests = min(REQUESTS_PER_SHOP, HANDLED)
    numbers = count()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.freeze) as pool:
        while mix.requests < HANDLED:
            round_ = [next(numbers) for _ in range(processes)]
            for asked, lines in pool.map(run_rush, repeat(owner_url), round_, repeat(requests)):
                mix.add(asked)
                told += lines
    mix.assert_not_narrow()
    tell([*mix.lines("Handled by PostgreSQL"), *told])
