"""From a dish to what leaves the shelf: exact, shared leaves summed, optional lines apart."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_graph.masterdata.recipe_explosion import (
    Bill,
    BillOfMaterialsMissing,
    Circle,
    Part,
    Portions,
    Requirement,
    levels_of,
    part_quantity,
    portions,
    quantity_of,
    requirements,
)


def part(item_id: UUID, quantity: Fraction | int | str, *, is_optional: bool = False, is_made: bool = False) -> Part:
    return Part(
        variant_id=item_id,
        item_id=item_id,
        sku=f"SKU {item_id}",
        quantity=Fraction(quantity),
        is_optional=is_optional,
        is_made=is_made,
    )


def bill(item_id: UUID, *parts: Part) -> Bill:
    return Bill(id=uuid4(), item_id=item_id, sku=f"SKU {item_id}", version=1, parts=parts)


def menu(*bills: Bill) -> dict[UUID, Bill]:
    return {each.item_id: each for each in bills}


def test_takes_waste_on_top_and_divides_by_yield() -> None:
    """Siblings deduct quantity x (1 + waste %) and divide by the yield; so do we, but exactly."""
    assert part_quantity(
        Decimal(3),
        factor=Fraction(1, 20),
        waste_percent=Decimal(5),
        output_quantity=Decimal(2),
        output_factor=Fraction(1),
        yield_percent=Decimal(80),
    ) == Fraction(3, 20) * Fraction(105, 100) / (2 * Fraction(80, 100))


def test_explodes_a_dish_to_its_leaves() -> None:
    """Bread is in the toast and in the crumbs of the sauce: one leaf, one sum."""
    dish, toast, sauce, bread, milk = (uuid4() for _ in range(5))
    bills = menu(
        bill(dish, part(toast, 2, is_made=True), part(sauce, "1/10", is_made=True), part(bread, "1/20")),
        bill(toast, part(bread, "1/10")),
        bill(sauce, part(milk, "1/2"), part(bread, "1/4")),
    )
    assert requirements(dish, bills=bills, quantity=Decimal(3)) == {
        bread: Requirement(needed=3 * (2 * Fraction(1, 10) + Fraction(1, 10) * Fraction(1, 4) + Fraction(1, 20))),
        milk: Requirement(needed=3 * Fraction(1, 10) * Fraction(1, 2)),
    }


def test_keeps_optional_quantities_apart() -> None:
    """A leaf that one line needs and another would like is needed, by the quantity of the first."""
    dish, garnish, herb, oil = (uuid4() for _ in range(4))
    bills = menu(
        bill(dish, part(herb, 1), part(garnish, 2, is_optional=True, is_made=True)),
        bill(garnish, part(herb, 3), part(oil, 5)),
    )
    needs = requirements(dish, bills=bills)
    assert needs == {herb: Requirement(Fraction(1), Fraction(6)), oil: Requirement(Fraction(0), Fraction(10))}
    assert (needs[herb].quantity, needs[herb].is_optional) == (Fraction(7), False)
    assert (needs[oil].quantity, needs[oil].is_optional) == (Fraction(10), True)


def test_refuses_a_recipe_without_a_bill() -> None:
    """It is no leaf: nobody stocks a sauce that is made."""
    dish, sauce = uuid4(), uuid4()
    with pytest.raises(BillOfMaterialsMissing, match=str(sauce)):
        requirements(dish, bills=menu(bill(dish, part(sauce, 1, is_made=True))))
    with pytest.raises(BillOfMaterialsMissing, match=str(dish)):
        requirements(dish, bills={})


def test_refuses_a_circle_instead_of_running_for_ever() -> None:
    """No verb lets one be written; a reader does not bet on it."""
    dish, sauce = uuid4(), uuid4()
    with pytest.raises(Circle) as caught:
        requirements(
            dish, bills=menu(bill(dish, part(sauce, 1, is_made=True)), bill(sauce, part(dish, 1, is_made=True)))
        )
    assert caught.value.way == (dish, sauce, dish)


def test_counts_levels_by_the_longest_way() -> None:
    """Also of chains longer than Python's stack."""
    chain = [uuid4() for _ in range(5_000)]
    children = {maker: [made] for maker, made in pairwise(chain)}
    children[chain[0]] = [chain[4_990], chain[1], chain[2]]
    levels = levels_of(chain[:1], children=children)
    assert (levels[chain[0]], levels[chain[4_998]]) == (4_999, 1)


def test_explodes_shared_recipes_once() -> None:
    """Two ways through each of forty levels are 2^40 ways: they are summed, not walked."""
    levels = [uuid4() for _ in range(41)]
    leaf = uuid4()
    twice = [
        Bill(
            id=uuid4(),
            item_id=here,
            sku="",
            version=1,
            parts=(
                Part(variant_id=uuid4(), item_id=below, sku="", quantity=Fraction(1), is_made=True),
                Part(variant_id=uuid4(), item_id=below, sku="", quantity=Fraction(1), is_made=True),
            ),
        )
        for here, below in pairwise(levels)
    ]
    needs = requirements(levels[0], bills=menu(*twice, bill(levels[-1], part(leaf, 1))))
    assert needs == {leaf: Requirement(needed=Fraction(2**40))}


def test_counts_whole_portions() -> None:
    """The scarcest needed leaf decides; optional ones and leaves that nobody has count as they are."""
    bread, chicken, lettuce = uuid4(), uuid4(), uuid4()
    needs = {
        bread: Requirement(needed=Fraction(3, 20)),
        chicken: Requirement(needed=Fraction(3, 20)),
        lettuce: Requirement(optional=Fraction(1)),
    }
    assert portions(needs, available={bread: Decimal("0.44"), chicken: Decimal(9)}) == Portions(2, (bread,))
    assert portions(needs, available={bread: Decimal("0.45"), chicken: Decimal("0.45")}) == Portions(
        3, (bread, chicken)
    )
    assert portions(needs, available={bread: Decimal(9)}) == Portions(0, (chicken,))
    assert portions(needs, available={bread: Decimal(9), chicken: Decimal(-2)}) == Portions(0, (chicken,))
    assert portions({lettuce: needs[lettuce]}, available={}) == Portions(None)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("1/3", "0.333333"),
        ("2/3", "0.666667"),
        ("0.0000005", "0"),
        ("0.0000015", "0.000002"),
        ("0.0000025", "0.000002"),
        ("-0.0000015", "-0.000002"),
        ("3/20", "0.15"),
    ],
)
def test_rounds_a_sum_once_half_to_even(exact: str, rounded: str) -> None:
    """The rule of every conversion of units."""
    assert quantity_of(Fraction(exact)) == Decimal(rounded)


@st.composite
def menus(draw: st.DrawFn) -> tuple[list[UUID], dict[UUID, Bill]]:
    """Items in an order in which each is made of later ones only; the last few are leaves."""
    made_count = draw(st.integers(1, 7))
    leaf_count = draw(st.integers(1, 5))
    items = [UUID(int=number + 1) for number in range(made_count + leaf_count)]
    fractions = st.fractions(min_value=Fraction(1, 50), max_value=20, max_denominator=50)
    bills = {}
    for position, item_id in enumerate(items[:made_count]):
        below = draw(st.lists(st.integers(position + 1, len(items) - 1), min_size=1, max_size=4))
        parts = [
            Part(
                variant_id=UUID(int=1_000 * (position + 1) + number) if target < made_count else items[target],
                item_id=items[target],
                sku=f"S{target}",
                quantity=draw(fractions),
                is_optional=draw(st.booleans()),
                is_made=target < made_count,
            )
            for number, target in enumerate(below)
        ]
        bills[item_id] = bill(item_id, *parts)
    return items, bills


def ways(
    item_id: UUID, amount: Fraction, bills: dict[UUID, Bill], *, is_needed: bool
) -> Iterator[tuple[UUID, Fraction, bool]]:
    """Every way from an item to a leaf, walked one by one: what it takes there and whether all of the way is needed."""
    for each in bills[item_id].parts:
        needed = is_needed and not each.is_optional
        if each.is_made:
            yield from ways(each.item_id, amount * each.quantity, bills, is_needed=needed)
        else:
            yield each.variant_id, amount * each.quantity, needed


@settings(max_examples=300, deadline=None)
@given(made=menus(), quantity=st.fractions(min_value=Fraction(1, 100), max_value=1_000, max_denominator=100))
def test_equals_a_naive_walk(made: tuple[list[UUID], dict[UUID, Bill]], quantity: Fraction) -> None:
    """Summing level by level must give what walking every way gives, to the last fraction."""
    items, bills = made
    expected: dict[UUID, list[Fraction]] = {}
    for variant_id, amount, needed in ways(items[0], quantity, bills, is_needed=True):
        sums = expected.setdefault(variant_id, [Fraction(0), Fraction(0)])
        sums[0 if needed else 1] += amount
    found = requirements(items[0], bills=bills, quantity=quantity)
    assert found == {leaf: Requirement(needed, optional) for leaf, (needed, optional) in expected.items()}


@settings(max_examples=200, deadline=None)
@given(
    made=menus(),
    stocks=st.lists(st.decimals(min_value=-5, max_value=500, places=6), min_size=12, max_size=12),
)
def test_makes_as_many_as_the_stock_gives_and_no_more(
    made: tuple[list[UUID], dict[UUID, Bill]], stocks: list[Decimal]
) -> None:
    """All portions fit into what is available, one more does not."""
    items, bills = made
    available = dict(zip(items, stocks, strict=False))
    found = portions(requirements(items[0], bills=bills), available=available)
    if found.count is None:
        assert all(need.is_optional for need in requirements(items[0], bills=bills).values())
        return
    assert found.count >= 0
    if found.count > 0:
        for leaf, need in requirements(items[0], bills=bills, quantity=found.count).items():
            assert need.needed <= max(Fraction(available[leaf]), Fraction(0))
    more = requirements(items[0], bills=bills, quantity=found.count + 1)
    short = {leaf for leaf, need in more.items() if need.needed > Fraction(max(available[leaf], Decimal(0)))}
    assert short
    assert short == set(found.limiting)
