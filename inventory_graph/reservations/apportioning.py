"""Shares of a whole that add up to it. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor


def apportion(total: Decimal, weights: Sequence[Decimal], *, step: Decimal) -> list[Decimal]:
    """The total in shares proportional to the weights, each a multiple of the step, exactly adding up to it.

    What rounding down leaves goes by steps to the largest remainders, the first of equals. No share exceeds its weight
    when the total does not exceed their sum and the weights are multiples of the step.
    """
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0) for _ in weights]
    exact = [Fraction(total) * Fraction(weight) / Fraction(whole) / Fraction(step) for weight in weights]
    steps = [floor(each) for each in exact]
    left = floor(Fraction(total) / Fraction(step)) - sum(steps)
    for position in sorted(range(len(steps)), key=lambda each: steps[each] - exact[each])[:left]:
        steps[position] += 1
    return [each * step for each in steps]
