"""The pure decision: examples counted by hand, and what holds for all numbers."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_graph.quantities import STEP, ZERO
from inventory_graph.replenishment.policy import (
    Decided,
    Demand,
    LeadTime,
    Levels,
    Position,
    Rule,
    Sizes,
    decide,
    levels_of,
    ordered_units,
    shortfall_of,
    spare_of,
)

WHOLE = Decimal(1)
MIN_MAX = Rule(method="MIN_MAX", maximum=Decimal(60))
BY_FIVES = Rule(method="REORDER_POINT", order_quantity=Decimal(5))
DEMAND = Rule(method="DEMAND", service_level=Decimal(95), review_days=7)
PIECE = Sizes(factor=Fraction(1), is_whole=True)
BOX = Sizes(factor=Fraction(12), is_whole=True)


def levels(rule: Rule, level: int | None = None, **numbers: Any) -> Levels:
    known: dict[str, Any] = {"demand": Demand(days=28), "lead_time": LeadTime(), "step": WHOLE}
    return levels_of(rule, level=Decimal(level) if level is not None else None, **known | numbers)


def test_fixed_rules_take_the_point_that_a_person_set() -> None:
    """A maximum below it would order nothing: up to the point at least. Without a point nothing is ever done."""
    assert levels(MIN_MAX, 10) == Levels(reorder_point=Decimal(10), target=Decimal(60))
    assert levels(MIN_MAX, 70) == Levels(reorder_point=Decimal(70), target=Decimal(70))
    assert levels(BY_FIVES, 10) == Levels(reorder_point=Decimal(10), target=None)
    assert levels(MIN_MAX).reorder_point is None
    assert shortfall_of(MIN_MAX, levels(MIN_MAX), Decimal(-100)) == 0


def test_demand_counts_by_the_textbook() -> None:
    """28 days of which 14 had 6 and 14 had 14: d = 10, s^2 = 28 * 16 / 27 = 16.592593. L = 9 days, t = 2 days, 95 %: z = 1.644854.

    Safety stock = 1.644854 * sqrt(9 * 16.592593 + 100 * 4) = 1.644854 * sqrt(549.333333) = 1.644854 * 23.437861 = 38.551867, so 39.
    Reorder point = 90 + 38.551867 = 128.55, so 129; for 7 days more 70: 199.
    """
    demand = Demand(days=28, total=Decimal(280), squares=Decimal(14 * 36 + 14 * 196))
    assert demand.mean == 10
    assert round(demand.variance, 6) == Decimal("16.592593")
    found = levels(DEMAND, demand=demand, lead_time=LeadTime(days=Decimal(9), deviation=Decimal(2)))
    assert found == Levels(reorder_point=Decimal(129), target=Decimal(199), safety_stock=Decimal(39))
    exact = levels(DEMAND, demand=demand, lead_time=LeadTime(days=Decimal(9), deviation=Decimal(2)), step=STEP)
    assert round(exact.safety_stock, 4) == Decimal("38.5519")


@pytest.mark.parametrize(
    ("demand", "lead_time", "level", "point", "target"),
    [
        # Nobody asked for it: nothing, but for what a person wants there.
        (Demand(days=28), LeadTime(days=Decimal(9)), None, 0, 0),
        (Demand(days=28), LeadTime(days=Decimal(9)), 5, 5, 5),
        # The same every day, and the lead time is sure: no safety stock. 2 a day: 10 in five days, 14 in the seven after.
        (Demand(days=28, total=Decimal(56), squares=Decimal(112)), LeadTime(days=Decimal(5)), None, 10, 24),
        # A person's point is the least.
        (Demand(days=28, total=Decimal(56), squares=Decimal(112)), LeadTime(days=Decimal(5)), 30, 30, 44),
        # More came back than went.
        (Demand(days=28, total=Decimal(-5), squares=Decimal(25)), LeadTime(), None, 0, 0),
    ],
)
def test_demand_at_its_ends(demand: Demand, lead_time: LeadTime, level: int | None, point: int, target: int) -> None:
    """Where a number is missing the formula still holds."""
    found = levels(DEMAND, level, demand=demand, lead_time=lead_time)
    assert (found.reorder_point, found.target) == (Decimal(point), Decimal(target))


@pytest.mark.parametrize(
    ("position", "projected"),
    [
        (Position(on_hand=Decimal(20), reserved=Decimal(5), available=Decimal(15)), 15),
        (Position(available=Decimal(15), unusable=Decimal(4)), 11),
        (Position(available=Decimal(15), on_order=Decimal(1), in_draft_orders=Decimal(2)), 18),
        (Position(available=Decimal(15), in_transit=Decimal(3), to_be_shipped_here=Decimal(4)), 22),
        (Position(available=Decimal(15), backordered=Decimal(6), to_be_shipped_away=Decimal(7)), 2),
        (Position(available=Decimal(-3)), -3),
    ],
)
def test_projected_counts_each_thing_once(position: Position, projected: int) -> None:
    """What is there and free, what comes, less what is promised."""
    assert position.projected == projected


# rule, point, projected, spare, sizes -> shortfall, transfer, purchase, bought
EXAMPLES = [
    (MIN_MAX, 10, 11, 0, PIECE, 0, 0, 0, 0),  # above the point
    (MIN_MAX, 10, 10, 0, PIECE, 50, 0, 50, 50),  # at it
    (MIN_MAX, 10, -4, 0, BOX, 64, 0, 6, 72),  # 64 / 12 = 5.33
    (MIN_MAX, 10, 10, 0, Sizes(factor=Fraction(12), multiple=Decimal(4)), 50, 0, 8, 96),  # 4.17 boxes, in fours
    (MIN_MAX, 10, 10, 0, Sizes(factor=Fraction(1), minimum=Decimal(75), multiple=Decimal(10)), 50, 0, 80, 80),
    (MIN_MAX, 10, 10, 0, None, 50, 0, 0, 0),  # nobody sells it
    (MIN_MAX, 10, 10, 50, BOX, 50, 50, 0, 0),  # another warehouse has it
    (MIN_MAX, 10, 10, 1, BOX, 50, 1, 0, 0),  # one is enough to be above the point
    (MIN_MAX, 10, 0, 6, BOX, 60, 6, 5, 60),  # 6 from there are not: 54 are missing, 4.5 boxes
    (BY_FIVES, 10, 10, 0, PIECE, 5, 0, 5, 5),
    (BY_FIVES, 10, 3, 0, PIECE, 10, 0, 10, 10),  # 3 + 5 = 8 is not above 10
    (BY_FIVES, 10, 5, 0, PIECE, 10, 0, 10, 10),  # 5 + 5 = 10 is not above 10
    (BY_FIVES, 10, 6, 2, BOX, 5, 2, 1, 12),
]


@pytest.mark.parametrize(
    ("rule", "point", "projected", "spare", "sizes", "shortfall", "transfer", "purchase", "bought"), EXAMPLES
)
def test_examples_counted_by_hand(
    rule: Rule, point: int, projected: int, spare: int, sizes: Sizes | None, shortfall: int, transfer: int, purchase: int,
    bought: int,
) -> None:  # fmt: skip
    """Transfers before purchases; then the supplier's minimum, multiple and whole boxes."""
    decided = decide(
        rule, levels(rule, point), Position(available=Decimal(projected)), spare=Decimal(spare), sizes=sizes, step=WHOLE
    )
    assert decided == Decided(
        shortfall=Decimal(shortfall), transfer=Decimal(transfer), purchase=Decimal(purchase), bought=Decimal(bought)
    )


def test_pieces_are_not_cut() -> None:
    """Half boxes of 5 are sold: of what is counted in pieces only whole boxes are ordered, of others halves, too."""
    halves = Sizes(factor=Fraction(5), multiple=Decimal("0.5"))
    assert ordered_units(Decimal(7), halves, is_stock_whole=False) == Decimal("1.5")
    assert ordered_units(Decimal(7), halves, is_stock_whole=True) == 2


def test_a_warehouse_keeps_what_it_needs() -> None:
    """What is only on its way to it cannot be given away, nor what it has promised."""
    there = Position(
        available=Decimal(50), on_order=Decimal(100), backordered=Decimal(5), to_be_shipped_away=Decimal(3)
    )
    assert spare_of(there, kept=Decimal(30)) == 12
    assert spare_of(there, kept=Decimal(43)) == 0


QUANTITIES = st.integers(0, 10_000).map(lambda n: Decimal(n) / 4)
RULES = st.one_of(
    st.builds(Rule, method=st.just("MIN_MAX"), maximum=QUANTITIES),
    st.builds(Rule, method=st.just("REORDER_POINT"), order_quantity=st.integers(1, 400).map(lambda n: Decimal(n) / 4)),
    st.builds(
        Rule, method=st.just("DEMAND"), service_level=st.integers(50, 99).map(Decimal), review_days=st.integers(0, 60)
    ),
)
DEMANDS = st.lists(st.integers(0, 50), min_size=7, max_size=60).map(
    lambda days: Demand(days=len(days), total=Decimal(sum(days)), squares=Decimal(sum(day * day for day in days)))
)
LEAD_TIMES = st.builds(LeadTime, days=QUANTITIES, deviation=st.integers(0, 20).map(Decimal))
SIZES = st.builds(
    Sizes,
    factor=st.sampled_from([Fraction(1), Fraction(12), Fraction(1, 20), Fraction(5, 2), Fraction(1, 3)]),
    minimum=st.none() | st.integers(1, 200).map(lambda n: Decimal(n) / 2),
    multiple=st.none() | st.integers(1, 40).map(lambda n: Decimal(n) / 2),
    is_whole=st.booleans(),
)
POSITIONS = st.builds(
    Position,
    available=st.integers(-4_000, 4_000).map(lambda n: Decimal(n) / 4),
    unusable=st.integers(0, 100).map(Decimal),
    on_order=QUANTITIES,
    backordered=st.integers(0, 100).map(Decimal),
)


@given(
    rule=RULES, level=QUANTITIES, demand=DEMANDS, lead_time=LEAD_TIMES, position=POSITIONS, spare=QUANTITIES, sizes=SIZES,
    is_whole=st.booleans(),
)  # fmt: skip
def test_what_is_suggested_can_be_ordered_and_is_not_suggested_again(
    rule: Rule, level: Decimal, demand: Demand, lead_time: LeadTime, position: Position, spare: Decimal, sizes: Sizes,
    is_whole: bool,
) -> None:  # fmt: skip
    """At least the minimum, always a multiple, never more brought over than can be spared; and once it is on order, nothing."""
    step = WHOLE if is_whole else STEP
    found = levels_of(rule, level=level, demand=demand, lead_time=lead_time, step=step)
    decided = decide(rule, found, position, spare=spare, sizes=sizes, step=step)
    assert found.reorder_point is not None
    assert found.reorder_point >= level
    assert (decided.shortfall > 0) <= (position.projected <= found.reorder_point)
    assert 0 <= decided.transfer <= min(spare, decided.shortfall)
    assert decided.transfer % step == 0
    if decided.purchase:
        assert decided.purchase >= (sizes.minimum or ZERO)
        assert sizes.multiple is None or decided.purchase % sizes.multiple == 0
        assert not sizes.is_whole or sizes.multiple is not None or decided.purchase % 1 == 0
        assert not is_whole or decided.bought % 1 == 0
    after = Position(
        available=position.available, unusable=position.unusable, on_order=position.on_order, backordered=position.backordered,
        in_draft_orders=decided.bought, to_be_shipped_here=decided.transfer,
    )  # fmt: skip
    assert decide(rule, found, after, sizes=sizes, step=step).shortfall == 0
