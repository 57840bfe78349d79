"""Half of the shops each: a million requests take longer than one part of the tests may."""

import gc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import cpu_count

from tests.promises.mix import Mix
from tests.promises.running import run_shop, shops
from tests.promises.settings import DECIDED, PROCESSES_MAX, SEED
from tests.properties.telling import Tell

HALVES = 2


def assert_decided_as_the_naive_shop_does(tell: Tell, *, half: int) -> None:
    """Two programs that share nothing but the rules agree on every answer, on every hold, line, status and deduction and on
    what lies where; what is held is what is reserved, and a refused request changes nothing."""
    counts = shops(DECIDED)
    numbers = range(half, len(counts), HALVES)
    counts = counts[half::HALVES]
    mix = Mix(SEED)
    processes = min(PROCESSES_MAX, cpu_count() or 1, len(counts))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.freeze) as pool:
        for each in pool.map(run_shop, numbers, counts):
            mix.add(each)
    tell(mix.lines("Decided in memory"))
    assert mix.requests == sum(counts)
    mix.assert_broad()
