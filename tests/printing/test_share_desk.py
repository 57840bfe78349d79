"""Files are made a few at a time, beside everything else that a process does."""

import asyncio

import pytest

from inventory_graph.errors import Unavailable
from inventory_graph.printing.desk import Desk
from inventory_graph.printing.links import Links
from inventory_graph.printing.paper import Paper
from tests.printing.printed import given_paper


def long_paper(lines: int = 300) -> Paper:
    """A paper that takes a while."""
    return given_paper(*({"sku": f"S-{each}", "name": "Thing", "quantity": "1"} for each in range(lines)))


async def test_refuses_what_would_wait_too_long() -> None:
    """Whoever waits has memory in use; the others come back, and get theirs then."""
    desk, paper = Desk(Links([]), at_once_max=1, waiting_max=2), long_paper(30)
    answers = await asyncio.gather(*(desk.file_of(paper, form="PDF") for _ in range(5)), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, Unavailable)]
    assert [each.retry_after_seconds for each in refused] == [2, 2]
    assert (await desk.file_of(paper, form="PDF")).content in {
        each.content for each in answers if not isinstance(each, BaseException)
    }


async def test_event_loop_turns_meanwhile() -> None:
    """Others are answered while a long paper is set."""
    desk, turns = Desk(Links([])), 0
    making = asyncio.create_task(desk.file_of(long_paper(), form="PDF"))
    while not making.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert (await making).content.startswith(b"%PDF-")
    assert turns > 10


async def test_who_goes_away_leaves_the_turn_to_its_thread() -> None:
    """A thread cannot be stopped, so there are never more of them than may run; afterwards there is room again."""
    desk = Desk(Links([]), at_once_max=1, waiting_max=0)
    gone = asyncio.create_task(desk.file_of(long_paper(), form="PDF"))
    await asyncio.sleep(0.01)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    with pytest.raises(Unavailable):
        await desk.file_of(long_paper(1), form="CSV")
    async with asyncio.timeout(60):
        while True:
            try:
                file = await desk.file_of(long_paper(1), form="CSV")
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    assert file.name == "PO-000042.csv"
