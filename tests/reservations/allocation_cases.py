"""Random questions to the strategies, and what is wrong with an answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any
from uuid import UUID

from inventory_graph.reservations.allocation import Demand, Site
from tests.reservations.naive_allocation import Given, Stock, in_turn, naive_order

SEED = 20261125
CASES = 10_000
DEMANDS_MAX = 4
LEAVES_MAX = 4

NEEDS = (Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 7), Fraction(5, 4), Fraction(2), Fraction(3))
STEPS = (Decimal(1), Decimal(1), Decimal("0.5"), Decimal("0.000001"))


@dataclass(frozen=True, slots=True)
class Case:
    """One question."""

    sites: tuple[Site, ...]
    demands: tuple[Demand, ...]
    may_split: bool


@dataclass(slots=True)
class Kinds:
    """How many cases were of which kind, so that a property cannot be empty."""

    cases: int = 0
    by_one: int = 0
    by_several: int = 0
    short: int = 0
    divided: int = 0
    shared: int = 0
    dead_ends: int = 0
    unsplit: int = 0
    odd: int = 0

    def count(self, case: Case, given: Given, word: str) -> None:
        leaves = [leaf for demand in case.demands for leaf in demand.needs]
        covers = given.covers(case.demands)
        self.cases += 1
        self.by_one += covers and len(given.sites()) == 1
        self.by_several += covers and len(given.sites()) > 1
        self.short += not covers
        self.divided += len(given.amounts) > len({place for place, _ in given.amounts})
        self.shared += len(leaves) > len(set(leaves))
        self.unsplit += not case.may_split
        self.odd += any(demand.quantity % demand.step for demand in case.demands)
        if covers and word == "FEWEST" and case.may_split:
            # Asking the same sites in turn would not have done it.
            chosen = [site for site in naive_order(word, case.sites) if site.warehouse_id in given.sites()]
            self.dead_ends += not in_turn(chosen, case.demands).covers(case.demands)


def cases(word: str, number: int = CASES) -> Iterator[Case]:
    """So many cases, always the same for one word."""
    random = Random(f"{SEED} {word}")
    for _ in range(number):
        # Every way of dividing is tried against FEWEST, so there are few steps to divide.
        yield _case(random, steps_max=4 if word == "FEWEST" else random.choice((3, 5_000_000)))


def _case(random: Random, *, steps_max: int) -> Case:
    leaves = [_id(random) for _ in range(random.randint(1, LEAVES_MAX))]
    demands = tuple(_demand(random, leaves, steps_max) for _ in range(random.randint(1, DEMANDS_MAX)))
    needed = {
        leaf: sum(
            (Fraction(demand.quantity) * demand.needs.get(leaf, 0) for demand in demands),
            Fraction(0),
        )
        for leaf in leaves
    }
    generous = random.random()
    sites = tuple(
        Site(
            warehouse_id=_id(random),
            priority=random.randint(1, 3),
            distance_km=random.choice((None, Decimal(1), Decimal(2), Decimal("2.5"))),
            available={
                leaf: _available(random, need, generous) for leaf, need in needed.items() if random.random() < 0.9
            },
        )
        for _ in range(random.choice((0, 1, 2, 3, 4, 5, 5, 5)))
    )
    return Case(sites=sites, demands=demands, may_split=random.random() < 0.7)


def _demand(random: Random, leaves: Sequence[UUID], steps_max: int) -> Demand:
    step = random.choice(STEPS)
    quantity = step * random.randint(1, steps_max)
    if step == 1 and random.random() < 0.1:
        quantity += Decimal("0.4")
    plain = random.random() < 0.5
    needs = (
        {random.choice(leaves): Fraction(1)}
        if plain
        else {leaf: random.choice(NEEDS) for leaf in random.sample(leaves, random.randint(1, min(3, len(leaves))))}
    )
    return Demand(quantity=quantity, needs=needs, step=step)


def _available(random: Random, needed: Fraction, generous: float) -> Decimal:
    """Around what is needed, often within a millionth of a share of it."""
    sixths = (6, 6, 12) if random.random() < generous * 0.7 else range(7)
    part = Fraction(random.choice(sixths), 6)
    millionths = floor(needed * part * 1_000_000) + random.choice((0, 0, 0, 1, 1, -1))
    return Decimal(millionths).scaleb(-6)


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def complaint(word: str, strategy: Callable[..., Any], case: Case, expected: Given) -> str | None:
    """What is wrong with the strategy's answer to the case; None for nothing."""
    answer = strategy(case.sites, case.demands, case.may_split)
    amounts = {(share.demand, share.warehouse_id): Fraction(share.quantity) for share in answer.shares}
    given = Given(amounts)
    if len(amounts) != len(answer.shares) or not all(amount > 0 for amount in amounts.values()):
        return "a share is empty or there twice"
    if [Fraction(each) for each in answer.missing] != [
        Fraction(demand.quantity) - given.to(place) for place, demand in enumerate(case.demands)
    ]:
        return "what is given and what is missing do not add up"
    if word == "FEWEST" and case.may_split and expected.covers(case.demands):
        if not given.covers(case.demands) or given.sites() != expected.sites():
            return f"it takes {len(given.sites())} sites and not the right {len(expected.sites())}, or does not cover"
        return _impossible(case, given, word)
    asked = [site.warehouse_id for site in naive_order(word, case.sites)]
    if list(amounts) != sorted(amounts, key=lambda each: (each[0], asked.index(each[1]))):
        return "the shares are out of order"
    return None if amounts == expected.amounts else f"it gives {amounts} where {expected.amounts} is right"


def _impossible(case: Case, given: Given, word: str) -> str | None:
    """Whether a site gives what it has not, or a line is cut off its steps."""
    stock = Stock(case.sites)
    for place, demand in enumerate(case.demands):
        last = True
        for site in reversed(naive_order(word, case.sites)):
            amount = given.amounts.get((place, site.warehouse_id))
            if amount is None:
                continue
            if not stock.allows(site, demand, amount):
                return f"{site.warehouse_id} gives more than it has"
            stock.take(site, demand, amount)
            if amount % Fraction(demand.step) and not last:
                return f"demand {place} is not divided in steps"
            last = False
    return None
