"""Taking lines from shelves in whole numbers: what allocation counts with. Pure.

A quantity of a line is a number of millionths of its unit. What a shelf has of a leaf, and what one millionth of a line takes
of it, are counted in one fraction of a millionth, so fine that both are whole (``allocation`` chooses it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

MILLION = 10**6

Shelf: TypeAlias = Mapping[UUID, int]
"""What one site has of each leaf; what is left out it has not."""

Amounts: TypeAlias = dict[int, list[int]]
"""How much each site gives to each line, by the site's place in the order in which sites are asked."""


@dataclass(frozen=True, slots=True)
class Line:
    """``quantity`` is asked for and given in multiples of ``step``, or all that is left; ``costs``: what a millionth takes."""

    quantity: int
    step: int
    costs: Mapping[UUID, int]

    def room(self, shelf: Shelf) -> int:
        """How much of the quantity the shelf could give if it were not for the step."""
        return min((self.quantity, *(shelf.get(leaf, 0) // cost for leaf, cost in self.costs.items())))

    def most(self, shelf: Shelf, left: int) -> int:
        """How much the shelf can give when so much is left to give: all of it, or as many steps as the leaves allow."""
        room = min(self.room(shelf), left)
        return room if room == left else room - room % self.step

    def bound(self, shelf: Shelf) -> int:
        """What the shelf can never give more than, whatever is left. Where the quantity is no multiple of the step, the last
        share is not either, and may be given anywhere."""
        room = self.room(shelf)
        return room if self.quantity % self.step else room - room % self.step

    def taken(self, shelf: Shelf, amount: int) -> Shelf:
        """The shelf after the line took that much."""
        if not amount:
            return shelf
        return {**shelf, **{leaf: shelf[leaf] - cost * amount for leaf, cost in self.costs.items()}}


def totals(lines: Sequence[Line]) -> dict[UUID, int]:
    """What all lines together take of each leaf."""
    sums: dict[UUID, int] = {}
    for line in lines:
        for leaf, cost in line.costs.items():
            sums[leaf] = sums.get(leaf, 0) + cost * line.quantity
    return sums


def fill(lines: Sequence[Line], shelf: Shelf, left: Sequence[int]) -> list[int]:
    """What one site gives to each line when so much of each is left: to the first all it can, then to the next."""
    given = []
    for line, quantity in zip(lines, left, strict=True):
        amount = line.most(shelf, quantity) if quantity else 0
        shelf = line.taken(shelf, amount)
        given.append(amount)
    return given


def fill_by_turns(lines: Sequence[Line], shelves: Sequence[Shelf]) -> tuple[Amounts, list[int]]:
    """What sites give that are asked one after the other, and what is left of each line."""
    amounts: Amounts = {}
    left = [line.quantity for line in lines]
    for place, shelf in enumerate(shelves):
        if not any(left):
            break
        amounts[place] = fill(lines, shelf, left)
        left = less(left, amounts[place])
    return amounts, left


def worth(given: Sequence[int], left: Sequence[int]) -> tuple[int, int]:
    """How good it is to be given so much of what is left: the lines in full, then the parts of lines, in millionths."""
    full = sum(amount == quantity for amount, quantity in zip(given, left, strict=True))
    return full, sum(amount * MILLION // quantity for amount, quantity in zip(given, left, strict=True) if quantity)


def less(left: Sequence[int], given: Sequence[int]) -> list[int]:
    """What is left after that much was given."""
    return [quantity - amount for quantity, amount in zip(left, given, strict=True)]
