"""Allocation as one would do it by hand: exact fractions, every set, every way of dividing. Slow, and shares no code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import Any
from uuid import UUID

from inventory_graph.reservations.allocation import Demand, Site

FAR = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Given:
    """What each warehouse gives to each demand, by the demand's place and the warehouse; nothing is left out, not zero."""

    amounts: dict[tuple[int, UUID], Fraction]

    def sites(self) -> set[UUID]:
        return {warehouse_id for _, warehouse_id in self.amounts}

    def to(self, demand: int) -> Fraction:
        return sum((amount for (to, _), amount in self.amounts.items() if to == demand), Fraction(0))

    def covers(self, demands: Sequence[Demand]) -> bool:
        return all(self.to(place) == Fraction(demand.quantity) for place, demand in enumerate(demands))


class Stock:
    """What the sites have left."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self.left = {
            site.warehouse_id: {leaf: Fraction(each) for leaf, each in site.available.items()} for site in sites
        }

    def allows(self, site: Site, demand: Demand, amount: Fraction) -> bool:
        left = self.left[site.warehouse_id]
        return all(need * amount <= max(left.get(leaf, 0), 0) for leaf, need in demand.needs.items())

    def take(self, site: Site, demand: Demand, amount: Fraction) -> None:
        left = self.left[site.warehouse_id]
        for leaf, need in demand.needs.items():
            left[leaf] = left.get(leaf, Fraction(0)) - need * amount

    def most(self, site: Site, demand: Demand, wanted: Fraction) -> Fraction:
        """All that is wanted, or the most steps that are allowed, found by halving."""
        if self.allows(site, demand, wanted):
            return wanted
        step = Fraction(demand.step)
        low, high = 0, int(wanted / step) + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.allows(site, demand, middle * step) else (low, middle)
        return low * step


def naive_order(word: str, sites: Sequence[Site]) -> list[Site]:
    """The order in which the strategy asks."""

    def key(site: Site) -> tuple[Any, ...]:
        distance = FAR if site.distance_km is None else site.distance_km
        if word == "COVERING":
            return (site.priority, distance, site.warehouse_id)
        if word == "NEAREST":
            return (distance, site.priority, site.warehouse_id)
        return (site.priority, site.warehouse_id)

    return sorted(sites, key=key)


def in_turn(order: Sequence[Site], demands: Sequence[Demand]) -> Given:
    """Demand by demand: the first site gives all it can, then the next."""
    stock = Stock(order)
    amounts = {}
    for place, demand in enumerate(demands):
        wanted = Fraction(demand.quantity)
        for site in order:
            amount = stock.most(site, demand, wanted)
            if amount:
                stock.take(site, demand, amount)
                amounts[place, site.warehouse_id] = amount
                wanted -= amount
    return Given(amounts)


def best_alone(order: Sequence[Site], demands: Sequence[Demand]) -> Given:
    """Most lines in full, then the largest parts of lines, then the earliest."""
    best, best_worth = Given({}), (-1, -1)
    for site in order:
        given = in_turn([site], demands)
        parts = [given.to(place) / Fraction(demand.quantity) for place, demand in enumerate(demands)]
        worth = (parts.count(Fraction(1)), sum(int(part * 1_000_000) for part in parts))
        if worth > best_worth:
            best, best_worth = given, worth
    return best


def naive_allocation(word: str, sites: Sequence[Site], demands: Sequence[Demand], may_split: bool) -> Given:
    """What the strategy should answer. Of FEWEST that divides demands only the sites are to be compared: any way will do."""
    order = naive_order(word, sites)
    alone = [given for site in order if (given := in_turn([site], demands)).covers(demands)]
    if not may_split:
        return alone[0] if alone else best_alone(order, demands)
    if word == "COVERING" and alone:
        return alone[0]
    if word == "FEWEST":
        return _fewest(order, demands) or in_turn(order, demands)
    return in_turn(order, demands)


def _fewest(order: Sequence[Site], demands: Sequence[Demand]) -> Given | None:
    for size in range(1, len(order) + 1):
        chosen = sorted(
            combinations(order, size),
            key=lambda each: (sum(site.priority for site in each), sorted(site.warehouse_id for site in each)),
        )
        for each in chosen:
            # What cannot be had alone cannot be had together; this only saves time.
            if all(_divided(each, [demand], 0, Stock(each)) is not None for demand in demands):
                found = _divided(each, demands, 0, Stock(each))
                if found is not None:
                    return Given(found)
    return None


def _divided(
    sites: Sequence[Site], demands: Sequence[Demand], place: int, stock: Stock
) -> dict[tuple[int, UUID], Fraction] | None:
    """Any way in which the sites can give everything from this demand on."""
    if place == len(demands):
        return {}
    if not _enough(sites, demands[place:], stock):
        return None
    demand = demands[place]
    for amounts in _ways(demand, len(sites)):
        shares = [(site, amount) for site, amount in zip(sites, amounts, strict=True) if amount]
        if all(stock.allows(site, demand, amount) for site, amount in shares):
            for site, amount in shares:
                stock.take(site, demand, amount)
            rest = _divided(sites, demands, place + 1, stock)
            if rest is not None:
                return {(place, site.warehouse_id): amount for site, amount in shares} | rest
            for site, amount in shares:
                stock.take(site, demand, -amount)
    return None


def _enough(sites: Sequence[Site], demands: Sequence[Demand], stock: Stock) -> bool:
    """Whether all sites together have what is needed of every leaf."""
    return all(
        sum(Fraction(demand.quantity) * demand.needs.get(leaf, 0) for demand in demands)
        <= sum(max(stock.left[site.warehouse_id].get(leaf, Fraction(0)), Fraction(0)) for site in sites)
        for leaf in {leaf for demand in demands for leaf in demand.needs}
    )


def _ways(demand: Demand, count: int) -> Iterator[tuple[Fraction, ...]]:
    """Every way of dividing a demand over so many sites; what is left over from whole steps goes to the last that gives."""
    step = Fraction(demand.step)
    steps, odd = divmod(Fraction(demand.quantity), step)
    for whole in _compositions(int(steps), count):
        amounts = [each * step for each in whole]
        if not odd:
            yield tuple(amounts)
            continue
        last = max((place for place, amount in enumerate(amounts) if amount), default=-1)
        for place in range(max(last, 0), count):
            yield tuple(amount + odd * (number == place) for number, amount in enumerate(amounts))


@cache
def _compositions(total: int, count: int) -> tuple[tuple[int, ...], ...]:
    return tuple(each for each in product(range(total + 1), repeat=count) if sum(each) == total)
