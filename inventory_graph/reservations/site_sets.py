"""The fewest sites that cover everything. Pure.

A set covers everything if the lines can be divided over it at all. Usually asking its sites in turn finds how. Where goods and
recipes share leaves that way may fail, because a line took at one site what another needed there: then the ways of dividing
are tried one by one, the line with the most leaves first, for it has the least choice.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from uuid import UUID

from inventory_graph.reservations.filling import Amounts, Line, Shelf, fill, fill_by_turns, less, totals, worth

SITES_MAX = 12
"""Up to so many sites every set of them is looked at, and so many make a set at most."""

TRIES_MAX = 5_000
"""How often a line is divided over a set of sites in one allocation: a bound on time, far beyond what carts need."""


def smallest_set(
    lines: Sequence[Line], shelves: Sequence[Shelf], *, keys: Sequence[tuple[int, UUID]]
) -> Amounts | None:
    """What the smallest set of two sites or more gives that covers every line; None if there is none or it was not found.

    ``keys`` are the sites' priorities and ids: of sets of one size the one with the lowest sum of priorities is taken, then
    the first by ids. Sites are named by their place among the shelves.
    """
    useful = [place for place, shelf in enumerate(shelves) if any(line.costs and line.bound(shelf) for line in lines)]
    if len(useful) > SITES_MAX:
        return _greedily(lines, shelves, useful)
    needed = totals(lines)
    bounds = {place: [line.bound(shelves[place]) for line in lines] for place in useful}

    def may_cover(places: Sequence[int]) -> bool:
        return all(
            sum(bounds[place][number] for place in places) >= line.quantity for number, line in enumerate(lines)
        ) and all(sum(shelves[place].get(leaf, 0) for place in places) >= need for leaf, need in needed.items())

    if not may_cover(useful):
        return None
    tries = iter(range(TRIES_MAX))
    for size in range(2, len(useful) + 1):
        sets = (places for places in combinations(useful, size) if may_cover(places))
        for places in sorted(sets, key=lambda each: (sum(keys[p][0] for p in each), sorted(keys[p][1] for p in each))):
            if not _spend(tries, len(lines)):
                return None
            found = _divide(lines, [shelves[place] for place in places], tries)
            if found is not None:
                return {places[number]: amounts for number, amounts in found.items()}
    return None


def _divide(lines: Sequence[Line], shelves: Sequence[Shelf], tries: Iterator[int]) -> Amounts | None:
    """What each of the sites gives so that every line is covered; None if they cannot, or ``tries`` ran out."""
    amounts, left = fill_by_turns(lines, shelves)
    if not any(left):
        return amounts
    amounts = {place: amounts.get(place, [0] * len(lines)) for place in range(len(shelves))}
    for group in _groups(lines):
        if not any(left[number] for number in group):
            continue
        spreads = _search([lines[number] for number in group], shelves, tries)
        if spreads is None:
            return None
        for number, spread in zip(group, spreads, strict=True):
            for place, amount in enumerate(spread):
                amounts[place][number] = amount
    return amounts


def _groups(lines: Sequence[Line]) -> list[list[int]]:
    """The lines in groups that share no leaf with each other, in each those with the most leaves first."""
    groups: list[tuple[set[UUID], list[int]]] = []
    for number, line in enumerate(lines):
        leaves, numbers = set(line.costs), [number]
        apart = []
        for group in groups:
            if group[0].isdisjoint(leaves):
                apart.append(group)
            else:
                leaves |= group[0]
                numbers = [*group[1], *numbers]
        groups = [*apart, (leaves, numbers)]
    return [sorted(numbers, key=lambda number: -len(lines[number].costs)) for _, numbers in groups]


def _search(lines: Sequence[Line], shelves: Sequence[Shelf], tries: Iterator[int]) -> list[tuple[int, ...]] | None:
    """How much each shelf gives, line by line, so that every line is covered; None if there is no way or no try left."""
    if not lines:
        return []
    first, rest = lines[0], lines[1:]
    for spread in _spreads(first, shelves, first.quantity, tries):
        if not _spend(tries, len(rest)):
            return None
        after = [first.taken(shelf, amount) for shelf, amount in zip(shelves, spread, strict=True)]
        if all(sum(line.bound(shelf) for shelf in after) >= line.quantity for line in rest):
            found = _search(rest, after, tries)
            if found is not None:
                return [spread, *found]
    return None


def _spreads(line: Line, shelves: Sequence[Shelf], left: int, tries: Iterator[int]) -> Iterator[tuple[int, ...]]:
    """Every way of taking what is left of one line from the shelves, the most from the first shelf first."""
    if not shelves:
        if not left:
            yield ()
        return
    elsewhere = sum(line.bound(shelf) for shelf in shelves[1:])
    amount = line.most(shelves[0], left)
    while amount >= 0 and left - amount <= elsewhere and _spend(tries, 1):
        for rest in _spreads(line, shelves[1:], left - amount, tries):
            yield (amount, *rest)
        amount = (amount - 1) // line.step * line.step


def _spend(tries: Iterator[int], count: int) -> bool:
    """Take so many tries; whether there were as many."""
    return len(list(islice(tries, count))) == count


def _greedily(lines: Sequence[Line], shelves: Sequence[Shelf], useful: Sequence[int]) -> Amounts | None:
    """Take the site that gives most of what is left, until nothing is; None where that does not come to an end."""
    amounts: Amounts = {}
    left = [line.quantity for line in lines]
    for _ in range(SITES_MAX):
        offers = {place: fill(lines, shelves[place], left) for place in useful if place not in amounts}
        best = max(offers, key=lambda place: worth(offers[place], left))
        amounts[best] = offers[best]
        left = less(left, offers[best])
        if not any(left):
            return amounts
    return None
