"""Answers that may be given again for a little while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by key, each kept for some seconds from before it was asked for, the least used thrown out beyond a count.

    Callers that ask for a missing key at once share one question. None is an answer that is not kept: what does not exist
    now may exist in a moment.
    """

    def __init__(self, *, seconds: float, count_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._count_max = count_max
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[Value | None]] = {}

    async def get(self, key: Key, ask: Callable[[], Awaitable[Value | None]]) -> Value | None:
        """The value kept for the key, else the answer of ``ask``, whose errors every caller that waits for it gets."""
        found = self._kept.get(key)
        if found is not None and self._clock() < found[0]:
            self._kept.move_to_end(key)
            return found[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key, ask))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
            task.add_done_callback(_mark_as_seen)
        # One caller that gives up does not take the answer away from the others.
        return await asyncio.shield(task)

    async def _ask(self, key: Key, ask: Callable[[], Awaitable[Value | None]]) -> Value | None:
        until = self._clock() + self._seconds
        value = await ask()
        if value is not None:
            self._kept[key] = (until, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._count_max:
                self._kept.popitem(last=False)
        return value


def _mark_as_seen(task: "asyncio.Task[Value | None]") -> None:
    """An error is reported by those who wait; when all have given up, nobody is left to miss it."""
    if not task.cancelled():
        task.exception()
