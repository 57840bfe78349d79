"""Costing policies. Pure: values in, decision out. The cost is per stock unit, in the tenant's currency."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from inventory_graph.errors import InvalidInput, LimitExceeded

COST_STEP = Decimal("0.0000000001")
COST_MAX = Decimal("1e15")

# Digits enough for the product of any quantity and any cost, whatever the program's own context is.
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


def frozen(unit_cost: Decimal) -> Decimal:
    """A unit cost as a movement keeps it: to 10 decimals, half to even."""
    if not unit_cost.is_finite() or unit_cost < 0:
        raise InvalidInput("A unit cost is 0 or more.", path=("unit_cost",))
    cost = _EXACT.quantize(unit_cost, COST_STEP) if unit_cost <= COST_MAX else unit_cost
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
        return _EXACT.quantize(unit_cost, COST_STEP)
    total = _EXACT.add(_EXACT.multiply(on_hand, average), _EXACT.multiply(quantity, unit_cost))
    return _EXACT.quantize(_EXACT.divide(total, _EXACT.add(on_hand, quantity)), COST_STEP)


def value(on_hand: Decimal, average: Decimal | None) -> Decimal:
    """What the stock is worth, to 10 decimals; nothing while no cost is known."""
    return _EXACT.quantize(_EXACT.multiply(on_hand, average), COST_STEP) if average is not None else Decimal(0)
