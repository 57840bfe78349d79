"""What to bring over and what to buy, decided from numbers. Pure: values in, decision out.

The levels of a rule by demand are those of the textbooks for a demand and a lead time that both vary (E. A. Silver, D. F. Pyke,
D. J. Thomas: Inventory and Production Management in Supply Chains, 4th edition, 2017, chapter 6; P. L. King: Crack the code,
APICS magazine, July/August 2011): with the mean demand d of a day and its standard deviation s, the mean lead time L in days and
its standard deviation t, and the standard normal quantile z of the service level,

    safety stock  = z * sqrt(L * s^2 + d^2 * t^2)
    reorder point = d * L + safety stock
"""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import ceil
from statistics import NormalDist
from typing import Literal, TypeAlias

from inventory_graph.quantities import QUANTITY_MAX, STEP, ZERO
from inventory_graph.unlocked import dataclass

Method: TypeAlias = Literal["MIN_MAX", "REORDER_POINT", "DEMAND"]

_EXACT = Context(prec=60)
_Z_DIGITS = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a balance is replenished. ``maximum`` is of MIN_MAX, ``order_quantity`` of REORDER_POINT, ``service_level`` in percent of
    DEMAND, which looks at so many days of demand and orders for ``review_days`` more than the reorder point."""

    method: Method
    maximum: Decimal | None = None
    order_quantity: Decimal | None = None
    service_level: Decimal | None = None
    demand_days: int = 28
    review_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What was asked for on ``days`` days: the sum of the days and of their squares."""

    days: int
    total: Decimal = ZERO
    squares: Decimal = ZERO

    @property
    def mean(self) -> Decimal:
        """Of a day, 0 where more came back than went."""
        return max(_EXACT.divide(self.total, Decimal(self.days)), ZERO)

    @property
    def variance(self) -> Decimal:
        """Of the sample of days."""
        spread = self.squares - _EXACT.divide(_EXACT.multiply(self.total, self.total), Decimal(self.days))
        return max(_EXACT.divide(spread, Decimal(self.days - 1)), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """How many days pass from an order to its arrival, and the standard deviation of that."""

    days: Decimal = ZERO
    deviation: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """At or below ``reorder_point`` something is done (None: never), up to ``target`` (None: by fixed quantities).
    ``safety_stock`` is the part of the reorder point that is for chance; 0 where a person set the point."""

    reorder_point: Decimal | None
    target: Decimal | None
    safety_stock: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What is there, what is on its way and what is promised; in the stock unit. ``unusable`` is the part of ``available`` that is past
    its date or of a lot that is not in use."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    unusable: Decimal = ZERO
    on_order: Decimal = ZERO
    in_draft_orders: Decimal = ZERO
    in_transit: Decimal = ZERO
    to_be_shipped_here: Decimal = ZERO
    to_be_shipped_away: Decimal = ZERO
    backordered: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        """What is there and promised to nobody, neither to buyers nor to other warehouses."""
        return self.available - self.unusable - self.to_be_shipped_away - self.backordered

    @property
    def projected(self) -> Decimal:
        """What is free once everything has come that is under way; each part of it once."""
        return self.free + self.on_order + self.in_draft_orders + self.in_transit + self.to_be_shipped_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What a supplier sells: one purchase unit is ``factor`` stock units; in multiples of ``multiple``, at least ``minimum``."""

    factor: Fraction
    minimum: Decimal | None = None
    multiple: Decimal | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What to do: bring so much over, buy so many purchase units (which are ``bought`` stock units). ``shortfall`` is what is missing
    before rounding, 0 where nothing is to be done."""

    shortfall: Decimal
    transfer: Decimal = ZERO
    purchase: Decimal = ZERO
    bought: Decimal = ZERO


def levels_of(
    rule: Rule, *, level: Decimal | None, demand: Demand, lead_time: LeadTime, step: Decimal = STEP
) -> Levels:
    """The levels of a rule, to whole steps of the variant. ``level`` is the reorder point that a person set for the balance: the point
    of the fixed methods, and the least that a rule by demand takes."""
    if rule.method == "REORDER_POINT":
        return Levels(reorder_point=level, target=None)
    if rule.method == "MIN_MAX":
        return Levels(reorder_point=level, target=max(rule.maximum or ZERO, level or ZERO))
    mean = demand.mean
    in_lead_time = _EXACT.multiply(lead_time.days, demand.variance)
    of_lead_time = _EXACT.power(_EXACT.multiply(mean, lead_time.deviation), 2)
    safety = _EXACT.multiply(_quantile(rule.service_level or Decimal(50)), _EXACT.sqrt(in_lead_time + of_lead_time))
    point = max(_up(_EXACT.multiply(mean, lead_time.days) + safety, step), level or ZERO)
    target = point + _up(_EXACT.multiply(mean, Decimal(rule.review_days)), step)
    return Levels(reorder_point=point, target=target, safety_stock=_up(safety, step))


def shortfall_of(rule: Rule, levels: Levels, projected: Decimal) -> Decimal:
    """How much is missing: nothing above the reorder point, else what leads to the target, or as many fixed quantities as lead above
    the point."""
    point = levels.reorder_point
    if point is None or projected > point:
        return ZERO
    if levels.target is not None:
        return levels.target - projected
    quantity = rule.order_quantity or STEP
    return quantity * ((point - projected) // quantity + 1)


def decide(
    rule: Rule,
    levels: Levels,
    position: Position,
    *,
    spare: Decimal = ZERO,
    sizes: Sizes | None = None,
    step: Decimal = STEP,
) -> Decided:
    """What another warehouse can spare is brought over first; what is still missing then, if that is not above the reorder point, is
    bought. ``sizes`` None: nobody is known to sell it."""
    shortfall = shortfall_of(rule, levels, position.projected)
    if shortfall <= 0:
        return Decided(shortfall=ZERO)
    transfer = max(_down(min(spare, shortfall), step), ZERO)
    missing = shortfall_of(rule, levels, position.projected + transfer)
    decided = Decided(shortfall=shortfall, transfer=transfer)
    if missing <= 0 or sizes is None:
        return decided
    purchase = ordered_units(missing, sizes, is_stock_whole=step == 1)
    bought = Fraction(purchase) * sizes.factor
    if purchase > QUANTITY_MAX or bought > QUANTITY_MAX:
        return decided
    return replace(decided, purchase=purchase, bought=_decimal(bought))


def ordered_units(missing: Decimal, sizes: Sizes, *, is_stock_whole: bool) -> Decimal:
    """The fewest purchase units that bring at least so much and that the supplier sells: its minimum, its multiples, whole units of
    what is sold whole, and no fraction of a piece of stock that is counted in pieces."""
    if sizes.multiple is not None:
        multiple = Fraction(sizes.multiple)
    else:
        multiple = Fraction(1) if sizes.is_whole else Fraction(STEP)
    if is_stock_whole:
        multiple *= (multiple * sizes.factor).denominator
    least = max(Fraction(missing) / sizes.factor, Fraction(sizes.minimum or ZERO))
    return _decimal(ceil(least / multiple) * multiple)


def spare_of(position: Position, *, kept: Decimal) -> Decimal:
    """What a warehouse can give away and keep so much; what is only on its way to it, it cannot."""
    return max(position.free - kept, ZERO)


def _quantile(percent: Decimal) -> Decimal:
    """The standard normal quantile, to 6 fraction digits."""
    return Decimal(NormalDist().inv_cdf(float(percent) / 100)).quantize(_Z_DIGITS)


def _up(value: Decimal, step: Decimal) -> Decimal:
    return _EXACT.multiply(_EXACT.divide(value, step).to_integral_value(ROUND_CEILING), step)


def _down(value: Decimal, step: Decimal) -> Decimal:
    return _EXACT.multiply(_EXACT.divide(value, step).to_integral_value(ROUND_FLOOR), step)


def _decimal(value: Fraction) -> Decimal:
    """The fraction to 6 digits, up."""
    return _up(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)), STEP)
