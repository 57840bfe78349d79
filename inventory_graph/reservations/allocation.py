"""Which warehouses give what, when none is named. Pure: sites and demands go in, shares come out.

A site never gives more of a leaf than it has, all demands and recipes together, and what one share takes comes from that one
site. A share is a multiple of its demand's step, or all that was still missing of it. Sites are asked in the order of the
strategy, and each gives to the demands in theirs; the order in which sites are listed means nothing.

Everything is counted in whole numbers: quantities in millionths, leaves in such fractions of a millionth that every demand
takes a whole number of them. Nothing is rounded, so whoever rounds what all shares of one site take of a leaf, once, to
6 fraction digits, never gets more than the site has.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import TypeAlias
from uuid import UUID

from inventory_graph.reservations.filling import Amounts, Line, Shelf, fill, fill_by_turns, totals, worth
from inventory_graph.reservations.site_sets import smallest_set
from inventory_graph.unlocked import dataclass

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A warehouse that may give. ``priority``: lower is asked first; ``distance_km``: None is unknown and counts as farthest;
    ``available``: what may be promised, by variant id in stock units, at most 6 fraction digits; missing is none."""

    warehouse_id: UUID
    priority: int
    distance_km: Decimal | None
    available: Mapping[UUID, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One line. ``quantity``: units of what was asked; ``needs``: what one unit takes, by leaf variant id in stock units,
    without optional leaves (a plain good takes one of itself); ``step``: the line is split only in multiples of it."""

    quantity: Decimal
    needs: Mapping[UUID, Fraction]
    step: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What one warehouse gives to one demand, named by its place among the demands, in its units."""

    demand: int
    warehouse_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """The shares, by demand and then in the order in which sites were asked; what is missing of each demand, in its units."""

    shares: tuple[Share, ...]
    missing: tuple[Decimal, ...]


Strategy: TypeAlias = Callable[[Sequence[Site], Sequence[Demand], bool], Allocation]
"""From sites and demands, and whether the demands may be split over several sites, to the best allocation and what it lacks."""


def covering(sites: Sequence[Site], demands: Sequence[Demand], may_split: bool) -> Allocation:
    """The first site that covers everything, by priority, then distance. Where none does: everything from one after the other
    in that order if it may be split, else what the best single site can give."""
    case = _Case(sorted(sites, key=_priority_and_distance), demands)
    return case.allocation(case.by_one() or (case.by_turns() if may_split else case.by_best()))


def by_priority(sites: Sequence[Site], demands: Sequence[Demand], may_split: bool) -> Allocation:
    """One site after the other by priority, even when a later one would cover everything. Where demands may not be split: the
    first that covers everything, else what the best single site can give."""
    case = _Case(sorted(sites, key=_priority), demands)
    return case.allocation(case.by_turns() if may_split else case.by_one() or case.by_best())


def nearest(sites: Sequence[Site], demands: Sequence[Demand], may_split: bool) -> Allocation:
    """As by priority, with the nearest first; at one distance, and where it is unknown, priority decides."""
    case = _Case(sorted(sites, key=_distance_and_priority), demands)
    return case.allocation(case.by_turns() if may_split else case.by_one() or case.by_best())


def fewest(sites: Sequence[Site], demands: Sequence[Demand], may_split: bool) -> Allocation:
    """As few sites as cover everything; of as many, those with the lowest sum of priorities. Where none do, as by priority.

    Exact while at most 12 sites have anything to give; with more, the site that gives most of what is still missing is taken
    until nothing is. Also exact for demands that share leaves as long as few ways of dividing them have to be tried
    (``site_sets.TRIES_MAX``); a set that would need more is not found.
    """
    case = _Case(sorted(sites, key=_priority), demands)
    if not may_split:
        return case.allocation(case.by_one() or case.by_best())
    return case.allocation(case.by_one() or case.by_fewest() or case.by_turns())


STRATEGIES: dict[str, Strategy] = {
    "COVERING": covering,
    "PRIORITY": by_priority,
    "NEAREST": nearest,
    "FEWEST": fewest,
}
"""By the word that a tenant chooses it with."""


class _Case:
    """The sites in the order in which they are asked, and the demands, counted in whole numbers."""

    def __init__(self, sites: Sequence[Site], demands: Sequence[Demand]) -> None:
        self.sites = sites
        # Only what one unit takes is ever multiplied, so its denominators are all that there is to get rid of.
        scales: dict[UUID, int] = {}
        for demand in demands:
            for leaf, need in demand.needs.items():
                scales[leaf] = lcm(scales.get(leaf, 1), need.denominator)
        self.lines = [
            Line(
                quantity=_millionths(demand.quantity),
                step=_millionths(demand.step),
                costs={leaf: int(need * scales[leaf]) for leaf, need in demand.needs.items() if need},
            )
            for demand in demands
        ]
        self.shelves: list[Shelf] = [
            {leaf: max(0, _millionths(site.available.get(leaf, _ZERO))) * scale for leaf, scale in scales.items()}
            for site in sites
        ]

    def by_one(self) -> Amounts | None:
        """The first site that covers everything gives it."""
        needed = totals(self.lines)
        for place, shelf in enumerate(self.shelves):
            if all(shelf[leaf] >= need for leaf, need in needed.items()):
                return {place: [line.quantity for line in self.lines]}
        return None

    def by_turns(self) -> Amounts:
        """One site after the other gives what it can."""
        return fill_by_turns(self.lines, self.shelves)[0]

    def by_best(self) -> Amounts:
        """The site that covers most lines in full gives what it can; of several the one that gives most of the others too,
        then the first."""
        asked = [line.quantity for line in self.lines]
        offers = {place: fill(self.lines, shelf, asked) for place, shelf in enumerate(self.shelves)}
        best = max(offers, key=lambda place: worth(offers[place], asked), default=None)
        return {} if best is None else {best: offers[best]}

    def by_fewest(self) -> Amounts | None:
        """The smallest set of two sites or more that covers everything gives it."""
        return smallest_set(self.lines, self.shelves, keys=[(site.priority, site.warehouse_id) for site in self.sites])

    def allocation(self, amounts: Amounts) -> Allocation:
        """What the sites give, as shares."""
        shares: list[Share] = []
        missing: list[Decimal] = []
        for number, line in enumerate(self.lines):
            given = {place: amounts[place][number] for place in sorted(amounts)}
            shares.extend(
                Share(number, self.sites[place].warehouse_id, _quantity(amount))
                for place, amount in given.items()
                if amount
            )
            missing.append(_quantity(line.quantity - sum(given.values())))
        return Allocation(tuple(shares), tuple(missing))


def _millionths(quantity: Decimal) -> int:
    return int(quantity.scaleb(6))


def _quantity(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)


def _distance(site: Site) -> tuple[bool, Decimal]:
    return (site.distance_km is None, site.distance_km or Decimal(0))


def _priority(site: Site) -> tuple[object, ...]:
    return (site.priority, site.warehouse_id)


def _priority_and_distance(site: Site) -> tuple[object, ...]:
    return (site.priority, *_distance(site), site.warehouse_id)


def _distance_and_priority(site: Site) -> tuple[object, ...]:
    return (*_distance(site), site.priority, site.warehouse_id)
