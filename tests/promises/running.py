"""One shop from its opening on: random requests at a clock that sometimes jumps, decided and compared one by one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from tests.promises.checked import CheckedShop
from tests.promises.core import REAL, Core
from tests.promises.generator import Generator
from tests.promises.mix import Mix
from tests.promises.settings import FIRST_RECEIPTS, REQUESTS_PER_SHOP, SEED
from tests.promises.shop import OPENING, Shop

REQUESTS_PER_CHANGE = 100


def shops(requests: int) -> list[int]:
    """How many requests each shop gets."""
    whole, rest = divmod(requests, REQUESTS_PER_SHOP)
    return [REQUESTS_PER_SHOP] * whole + [rest] * bool(rest)


def clock(random: Random) -> Iterator[datetime]:
    """The time of each request: often that of the one before, for many share a transaction; sometimes hours later."""
    now = OPENING
    while True:
        yield now
        seconds = random.choices((0, 20, 600, 7_200), (60, 35, 4, 1))[0]
        now += timedelta(microseconds=random.randrange(seconds * 1_000_000 + 1))


def run_shop(number: int, requests: int, core: Core = REAL) -> Mix:
    """So many requests for the shop of that number; fails at the first on which the decisions and the naive shop differ."""
    random = Random(f"{SEED} shop {number}")
    shop = Shop.of(random)
    checked = CheckedShop(shop, core)
    generator = Generator(random, shop, checked.naive)
    mix = Mix(SEED)
    times = clock(random)
    for position in range(requests):
        if position % REQUESTS_PER_CHANGE == REQUESTS_PER_CHANGE - 1:
            checked.change(generator.stocking.change())
        now = next(times)
        asked = generator.receipt(now) if position < FIRST_RECEIPTS else generator.request(now)
        try:
            outcome = checked.run(asked, now)
        except AssertionError as error:
            raise AssertionError(f"shop {number}, seed {SEED}, request {position}: {error}") from error
        mix.count(asked, outcome, features=checked.features())
    checked.check_everything()
    return mix
