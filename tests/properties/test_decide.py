"""The pure book decides like the naive book, command by command."""

from datetime import timedelta
from random import Random

import pytest

from tests.properties.changes import random_change
from tests.properties.checked import CheckedBook
from tests.properties.generator import Generator
from tests.properties.mix import Mix
from tests.properties.settings import DECIDED, OPERATIONS_PER_WORLD, SECONDS_MAX, SEED
from tests.properties.telling import Tell
from tests.properties.world import BEGINNING, World

OPERATIONS_PER_CHANGE = 80


@pytest.mark.timeout(SECONDS_MAX)
def test_every_command_is_decided_as_the_naive_book_does(tell: Tell) -> None:
    """Two programs that share nothing but the rules agree on every answer and on what lies where; the invariants hold
    after each command, and a refused one changes nothing."""
    mix = Mix(SEED)
    for number, count in enumerate(worlds(DECIDED)):
        _run_world(Random(f"{SEED} decide {number}"), count, mix)
    tell(mix.lines("Decided in memory"))
    mix.assert_broad()


def worlds(operations: int) -> list[int]:
    """How many commands each world gets."""
    whole, rest = divmod(operations, OPERATIONS_PER_WORLD)
    return [OPERATIONS_PER_WORLD] * whole + [rest] * bool(rest)


def _run_world(random: Random, count: int, mix: Mix) -> None:
    book = CheckedBook(World.of(random))
    generator = Generator(random, book.world, book.naive)
    now = BEGINNING
    for number in range(1, count + 1):
        # Several commands may be decided at one instant, as they are when they share a transaction.
        if generator.chance(20):
            now += timedelta(milliseconds=random.randrange(1, 1_000))
        if number % OPERATIONS_PER_CHANGE == 0:
            book.change(random_change(generator))
        command = generator.command()
        mix.count(command, book.run(command, now))
    book.check_everything()
