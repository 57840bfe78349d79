"""PostgreSQL handles every batch as the naive shop does: the locks and the set-based reads and writes add and lose nothing."""

import gc
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from os import cpu_count

import pytest

from tests.promises.mix import Mix
from tests.promises.settings import AGREED, PROCESSES_MAX, SECONDS_MAX, SEED
from tests.properties.telling import Tell
from tests.rush.running import STORY_REQUESTS, run_story


@pytest.mark.timeout(SECONDS_MAX)
def test_every_batch_is_handled_as_the_naive_shop_does(owner_url: str, tell: Tell) -> None:
    """One caller, batches of any size: every answer is that of the naive shop, and so is every row in the end."""
    mix = Mix(SEED)
    numbers = range(-(-AGREED // STORY_REQUESTS))
    processes = min(PROCESSES_MAX, cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.freeze) as pool:
        for asked in pool.map(run_story, repeat(owner_url, len(numbers)), numbers):
            mix.add(asked)
    tell(mix.lines("Agreed with PostgreSQL"))
