"""Timers of which thousands cost as few."""

import asyncio
import weakref

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_graph.timers import TICK_SECONDS, CoarseTimers

LATE_SECONDS_MAX = TICK_SECONDS + 0.5
"""A tick, and what a busy machine adds."""


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=50))
def test_each_goes_off_once_and_never_early(waits: list[float]) -> None:
    """In whatever order they are set."""
    asyncio.run(_wait_for(waits))


async def _wait_for(waits: list[float]) -> None:
    loop = asyncio.get_running_loop()
    timers = CoarseTimers()
    went_off: dict[int, list[float]] = {}
    began = loop.time()
    for number, seconds in enumerate(waits):
        timers.set(seconds, lambda number=number: went_off.setdefault(number, []).append(loop.time() - began))  # type: ignore[misc]
    async with asyncio.timeout(max(waits) + LATE_SECONDS_MAX):
        while len(went_off) < len(waits):  # noqa: ASYNC110 - timers tell whom they are set for, and nobody else
            await asyncio.sleep(TICK_SECONDS)
    for number, seconds in enumerate(waits):
        (at,) = went_off[number]
        assert at >= seconds
    assert not timers._rings


async def test_the_loop_keeps_one_for_a_thousand() -> None:
    """Also where each is set before the one that was the earliest so far."""
    loop = asyncio.get_running_loop()
    timers = CoarseTimers()
    scheduled = len(loop._scheduled)  # type: ignore[attr-defined]
    for seconds in range(1_000, 0, -1):
        timers.set(seconds, lambda: None)
    kept = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
    assert len(kept) <= scheduled + 1
    assert timers._next is not None
    timers._next.cancel()


class Held:
    """Notes that it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def ring(self) -> None:
        self.calls += 1


async def test_a_timer_need_not_hold_its_object() -> None:
    """What is held goes off, what is not is gone at once, long before."""
    timers = CoarseTimers()
    held, gone = Held(), Held()
    for each in (held, gone):
        timers.set_while_held(0, each.ring)
    weak = weakref.ref(gone)
    del each, gone
    assert weak() is None
    async with asyncio.timeout(LATE_SECONDS_MAX):
        while not held.calls:  # noqa: ASYNC110 - timers tell whom they are set for, and nobody else
            await asyncio.sleep(TICK_SECONDS)
    assert held.calls == 1


async def test_one_may_set_the_next() -> None:
    """What goes off sets itself anew, and an earlier one beside it."""
    timers = CoarseTimers()
    done = asyncio.Event()
    rings: list[str] = []

    def first() -> None:
        rings.append("first")
        timers.set(3 * TICK_SECONDS, last)
        timers.set(0, second)

    def second() -> None:
        rings.append("second")

    def last() -> None:
        rings.append("last")
        done.set()

    timers.set(0, first)
    async with asyncio.timeout(LATE_SECONDS_MAX + 3 * TICK_SECONDS):
        await done.wait()
    assert rings == ["first", "second", "last"]
