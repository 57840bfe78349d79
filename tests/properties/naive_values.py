"""What the naive book counts in: whole numbers, piles, pieces and lots.

Quantities are millionths of a stock unit, costs ten-thousand-millionths of the currency: integers, so that nothing rounds
unless it says so.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

MILLION = 10**6
QUANTITY_MAX = 10**18 - 1
VALUE_MAX = 10**27
COST_MAX = 10**25


class Refused(NamedTuple):
    """The code of the refusal and the line it is about, None for the command."""

    code: str
    line: int | None = None


class Pile(NamedTuple):
    """Stock that nothing tells apart."""

    state: str
    location: UUID | None
    lot: str | None
    quantity: int
    since: datetime


class Piece(NamedTuple):
    """A numbered piece; ``state`` is None when it left."""

    number: str
    variant: UUID
    warehouse: UUID | None
    location: UUID | None
    lot: str | None
    state: str | None
    since: datetime


class Batch(NamedTuple):
    """A lot of an item."""

    made: date | None
    best_before: date | None
    expires: date | None
    is_recalled: bool = False


class Declined(Exception):
    """The command is refused, with this code."""

    def __init__(self, code: str) -> None:
        self.code = code


def whole(value: Decimal, *, of: int = MILLION) -> int:
    """The decimal in steps, of which it has a whole number."""
    numerator, denominator = value.as_integer_ratio()
    steps, rest = divmod(numerator * of, denominator)
    assert not rest, f"{value} is no whole number of steps of 1/{of}"
    return steps


def half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number; of two equally near the even one."""
    below, rest = divmod(numerator, denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and below % 2):
        return below + 1
    return below


def worth(quantity: int, average: int | None) -> int:
    """What a quantity costs; nothing while no cost is known."""
    return half_even(quantity * average, MILLION) if average is not None else 0


def size(quantity: Decimal) -> int:
    """The quantity in millionths; refused when it has no whole number of them or is larger than any may be."""
    if not quantity.is_finite() or abs(quantity) >= 10**12:
        raise Declined("LIMIT_EXCEEDED")
    numerator, denominator = quantity.as_integer_ratio()
    steps, rest = divmod(numerator * MILLION, denominator)
    if rest:
        raise Declined("INVALID_INPUT")
    return steps
