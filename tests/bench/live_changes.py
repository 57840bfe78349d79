"""The changes of ``make bench NAME=live``: which SKU changes when, by whoever makes them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Final, TypeAlias

SKUS: Final = 100
CHANGES_SECOND: Final = 100
TOGETHER: Final = 5
"""How many changes one commit makes, as the service's own batches do."""

Change: TypeAlias = tuple[int, int]
"""The number of a SKU, and its balance's version once it is changed."""
Published: TypeAlias = list[tuple[int, int, float]]
"""Each change, and when it was made, in seconds since 1970."""


async def pace(make: Callable[[Sequence[Change]], Awaitable[None]]) -> None:
    """Have the changes made, for ever: one SKU after the other, evenly, and without hurry where some took too long."""
    began = time.monotonic()
    for first in count(0, TOGETHER):
        # The stock that was there at first is version 1.
        await make([(number % SKUS, 2 + number // SKUS) for number in range(first, first + TOGETHER)])
        wait = began + (first + TOGETHER) / CHANGES_SECOND - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        else:
            began -= wait
