"""How a cost is spread over what arrived: to the last cent, by what the caller chose. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.purchasing.money import DIGITS, DIGITS_DEFAULT
from inventory_graph.quantities import ZERO
from inventory_graph.reservations.apportioning import apportion
from inventory_graph.stock.revaluing import Added, Arrival

MEASURED = ("WEIGHT", "VOLUME")
"""The ways of spreading that need a measure of each SKU."""
SPREADS = ("VALUE", "COUNT", *MEASURED)


def spread(
    amount: Decimal,
    arrivals: Sequence[Arrival],
    *,
    by: str,
    measures: Mapping[str, Decimal],
    skus: Mapping[UUID, str],
    currency: str,
) -> list[Added]:
    """A share of the amount for each arrival, in the smallest unit of the currency; what rounding leaves goes to the largest remainders.

    ``measures`` is what a stock unit of each SKU weighs or takes up. Raises ``InvalidInput`` where there is nothing to spread by.
    """
    weights = [_weight(each, by, measures, skus) for each in arrivals]
    if not any(weights):
        raise InvalidInput(
            f"What arrived has no {by.lower()} to spread a cost by; spread it in another way.", path=("by",)
        )
    step = Decimal(1).scaleb(-DIGITS.get(currency, DIGITS_DEFAULT))
    shares = apportion(abs(amount), weights, step=step)
    sign = -1 if amount < 0 else 1
    return [Added(arrival=each, amount=sign * share) for each, share in zip(arrivals, shares, strict=True)]


def _weight(arrival: Arrival, by: str, measures: Mapping[str, Decimal], skus: Mapping[UUID, str]) -> Decimal:
    if by == "COUNT":
        return arrival.quantity
    if by == "VALUE":
        return arrival.quantity * (arrival.unit_cost if arrival.unit_cost is not None else ZERO)
    sku = skus[arrival.variant_id]
    if sku not in measures:
        raise InvalidInput(
            f"Say with `measures` what a stock unit of {sku} has of {by.lower()}: every SKU that arrived needs one.",
            path=("measures",),
        )
    return arrival.quantity * measures[sku]


def checked_measures(by: str, measures: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The measures by SKU; raises ``InvalidInput`` for a SKU named twice, less than nothing, or where none are used."""
    if measures and by not in MEASURED:
        raise InvalidInput("Measures are used by WEIGHT and VOLUME only: leave them away.", path=("measures",))
    found: dict[str, Decimal] = {}
    for number, (sku, per_unit) in enumerate(measures):
        path = ("measures", str(number))
        if sku in found:
            raise InvalidInput(f"{sku[:80]} is named twice.", path=(*path, "sku"))
        if per_unit < 0:
            raise InvalidInput("A measure is 0 or more.", path=(*path, "per_unit"))
        found[sku] = per_unit
    return found
