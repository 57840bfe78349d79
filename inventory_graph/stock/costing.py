"""Costing policies. Pure: values in, decision out. The cost is per stock unit, in the tenant's currency."""

from decimal import ROUND_HALF_EVEN, Decimal

COST_STEP = Decimal("0.0000000001")


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
        return unit_cost.quantize(COST_STEP, ROUND_HALF_EVEN)
    total = on_hand * average + quantity * unit_cost
    return (total / (on_hand + quantity)).quantize(COST_STEP, ROUND_HALF_EVEN)


def value(on_hand: Decimal, average: Decimal | None) -> Decimal:
    """What the stock is worth, to 10 decimals; nothing while no cost is known."""
    return (on_hand * average).quantize(COST_STEP, ROUND_HALF_EVEN) if average is not None else Decimal(0)
