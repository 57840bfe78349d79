"""Costing policies. Pure: values in, decision out. The cost is per stock unit, in the tenant's currency."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from inventory_graph.errors import InvalidInput, LimitExceeded

AVERAGE = "AVERAGE"
FIFO = "FIFO"
METHODS = (AVERAGE, FIFO)
"""How the cost of what leaves is found: the moving average of what is there, or the cost of what came first."""

COST_STEP = Decimal("0.0000000001")
COST_MAX = Decimal("1e15")

# Digits enough for the product of any quantity and any cost, whatever the program's own context is.
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


def frozen(unit_cost: Decimal) -> Decimal:
    """A unit cost as a movement keeps it: to 10 decimals, half to even."""
    if not unit_cost.is_finite() or unit_cost < 0:
        raise InvalidInput("A unit cost is 0 or more.", path=("unit_cost",))
    cost = EXACT.quantize(unit_cost, COST_STEP) if unit_cost <= COST_MAX else unit_cost
    if cost > COST_MAX:
        raise LimitExceeded(f"A unit cost is at most {COST_MAX:f}.", path=("unit_cost",))
    return cost


def moving_average(
    *, on_hand: Decimal, average: Decimal | None, quantity: Decimal, unit_cost: Decimal | None
) -> Decimal | None:
    """The average cost after a receipt, to 10 decimals, half to even.

    Stock received without a cost takes the average in force, so the average stays. The first cost that becomes known holds
    for what was received before it without one. Nothing or less than nothing on hand: the receipt's cost is the average.
    """
    if unit_cost is None:
        return average
    if average is None or on_hand <= 0:
        return EXACT.quantize(unit_cost, COST_STEP)
    total = EXACT.add(EXACT.multiply(on_hand, average), EXACT.multiply(quantity, unit_cost))
    return EXACT.quantize(EXACT.divide(total, EXACT.add(on_hand, quantity)), COST_STEP)


def average_without(
    *, on_hand: Decimal, average: Decimal | None, quantity: Decimal, unit_cost: Decimal
) -> Decimal | None:
    """The average cost after so much that came at a cost has left at it: what it would be had that never come.

    It stays where nothing is left, and where what left is worth more than all there was: its price has been issued meanwhile.
    """
    rest = EXACT.subtract(on_hand, quantity)
    if average is None or rest <= 0:
        return average
    worth = EXACT.subtract(EXACT.multiply(on_hand, average), EXACT.multiply(quantity, unit_cost))
    return EXACT.quantize(EXACT.divide(worth, rest), COST_STEP) if worth >= 0 else average


def unit_cost_of(value: Decimal, quantity: Decimal) -> Decimal:
    """What one unit is worth of so much that is worth so much, to 10 decimals, half to even."""
    return EXACT.quantize(EXACT.divide(value, quantity), COST_STEP)


def blended(parts: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """What one unit costs of so many parts at so much each, to 10 decimals, half to even; None where no cost is known."""
    if all(unit_cost is None for _, unit_cost in parts):
        return None
    quantity = worth = Decimal(0)
    for part, unit_cost in parts:
        quantity = EXACT.add(quantity, part)
        worth = EXACT.add(worth, EXACT.multiply(part, unit_cost or Decimal(0)))
    return unit_cost_of(worth, quantity)


def share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part's share of the whole's value, to 10 decimals, half to even; all of it for the whole."""
    if part == whole:
        return value
    return EXACT.quantize(EXACT.divide(EXACT.multiply(value, part), whole), COST_STEP)


def value(on_hand: Decimal, average: Decimal | None) -> Decimal:
    """What the stock is worth, to 10 decimals; nothing while no cost is known."""
    return EXACT.quantize(EXACT.multiply(on_hand, average), COST_STEP) if average is not None else Decimal(0)
