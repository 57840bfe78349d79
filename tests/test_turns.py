"""Turns at what only some can have at once."""

import asyncio

import pytest

from inventory_graph.turns import NoTurnError, Party, Taking, Turns


class Seats:
    """So many seats, of which each party has so many at most; who sat down is in ``seated``, in order."""

    def __init__(
        self, number: int, *, each: int, waiting_max: int = 100, weight_waiting_max: int | None = None
    ) -> None:
        self.free, self.each = number, each
        self.held: dict[Party, int] = {}
        self.seated: list[Party] = []
        self.turns = Turns(
            take=self.take, give_back=self.leave, waiting_max=waiting_max, weight_waiting_max=weight_waiting_max
        )

    def take(self, party: Party, weight: int) -> Taking:
        if self.held.get(party, 0) + weight > self.each:
            return Taking.PARTY_FULL
        if weight > self.free:
            return Taking.FULL
        self.free -= weight
        self.held[party] = self.held.get(party, 0) + weight
        self.seated.append(party)
        return Taking.TAKEN

    def leave(self, party: Party, weight: int = 1) -> None:
        self.free += weight
        self.held[party] -= weight
        self.turns.go_on()

    async def wait(self, party: Party, *, weight: int = 1, seconds: float = 10, is_patient: bool = False) -> None:
        await self.turns.wait(party, weight=weight, seconds_max=seconds, is_patient=is_patient)

    async def waiting(self, *parties: Party, weight: int = 1, seconds: float = 10) -> list["asyncio.Task[None]"]:
        """One who waits for each of the parties."""
        tasks = [asyncio.create_task(self.wait(party, weight=weight, seconds=seconds)) for party in parties]
        await asyncio.sleep(0)
        return tasks


async def test_parties_take_turns_however_many_of_one_wait() -> None:
    """The first of another is next but one."""
    seats = Seats(1, each=9)
    await seats.wait("a")
    tasks = await seats.waiting("a", "a", "a", "b", "b", "c")
    for _ in tasks:
        seats.leave(seats.seated[-1])
        await asyncio.sleep(0)
    assert seats.seated == ["a", "a", "b", "c", "a", "b", "a"]
    await asyncio.gather(*tasks)
    assert seats.turns.waiting == 0


async def test_a_party_that_has_all_it_may_is_in_nobodys_way() -> None:
    """Others go past it; it waits although there are seats."""
    seats = Seats(3, each=2)
    await seats.wait("a")
    await seats.wait("a")
    (waiting,) = await seats.waiting("a")
    await seats.wait("b")
    assert (seats.seated, waiting.done()) == (["a", "a", "b"], False)
    seats.leave("a")
    await waiting


async def test_small_ones_do_not_keep_a_large_one_waiting_for_ever() -> None:
    """Whoever comes after it waits behind it, though there would be a seat."""
    seats = Seats(3, each=3)
    await seats.wait("small")
    (large,) = await seats.waiting("large", weight=3)
    (behind,) = await seats.waiting("other")
    assert (large.done(), behind.done(), seats.free) == (False, False, 2)
    seats.leave("small")
    await large
    assert seats.seated == ["small", "large"]
    seats.leave("large", 3)
    await behind


async def test_nobody_joins_a_line_that_does_not_move() -> None:
    """Told at once, when the first has waited half of the longest wait; who may not leave any more joins all the same."""
    seats = Seats(1, each=1)
    await seats.wait("a")
    first, second = await seats.waiting("a", "b", seconds=0.4)
    await asyncio.sleep(0.25)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(NoTurnError):
        await seats.wait("a", seconds=0.4)
    assert loop.time() - began < 0.05
    patient = asyncio.create_task(seats.wait("a", is_patient=True))
    for late in (first, second):
        with pytest.raises(NoTurnError):
            await late
    assert 0.1 < loop.time() - began < 0.4
    seats.leave("a")
    await patient


@pytest.mark.parametrize("limits", [{"waiting_max": 2}, {"weight_waiting_max": 5}])
async def test_a_line_is_no_longer_than_it_may_be(limits: dict[str, int]) -> None:
    """Neither in number nor in weight; those of others are as long as before."""
    seats = Seats(2, each=2, **limits)
    await seats.wait("a", weight=2)
    tasks = await seats.waiting("a", "a", weight=2)
    with pytest.raises(NoTurnError):
        await seats.wait("a", weight=2)
    tasks += await seats.waiting("b", weight=2)
    assert seats.turns.waiting == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert seats.turns.waiting == 0


async def test_who_goes_away_takes_nothing_along() -> None:
    """Neither while waiting, nor at the moment of its turn, nor a moment before."""
    seats = Seats(1, each=9)
    await seats.wait("a")
    gone, going, called, last = await seats.waiting("a", "b", "c", "d")
    gone.cancel()
    await asyncio.sleep(0)
    # It has not run since.
    going.cancel()
    seats.leave("a")
    # Its turn has come, and it has not run since.
    called.cancel()
    await last
    assert [task.cancelled() for task in (gone, going, called)] == [True] * 3
    assert (seats.free, seats.turns.waiting) == (0, 0)
    assert seats.seated == ["a", "c", "d"]
