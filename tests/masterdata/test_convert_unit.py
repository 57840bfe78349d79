"""Converting a quantity into the stock unit: exact, rounded once, refused where it makes no sense."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_graph.errors import InvalidInput, UnitMismatch
from inventory_graph.masterdata.units import (
    BASE_UNITS,
    STANDARD_UNITS,
    Bridges,
    UnitRecord,
    stock_unit_factor,
    to_stock_unit,
    unit_named,
)

UNITS = {unit.code: unit for unit in STANDARD_UNITS}
NONE: Bridges = {}
BOTTLE_OF_750_ML: Bridges = {("ML", "PIECE"): Fraction(1, 750)}
LOAF_OF_20_SLICES: Bridges = {("SLICE", "PIECE"): Fraction(1, 20)}
BOX_OF_12: Bridges = {("BOX", "PIECE"): Fraction(12)}


def converted(quantity: str, unit: str | None, stock_unit: str, bridges: Bridges = NONE) -> Decimal:
    return to_stock_unit(
        Decimal(quantity), unit=UNITS[unit] if unit else None, stock_unit=UNITS[stock_unit], bridges=bridges
    )


@pytest.mark.parametrize(
    ("quantity", "unit", "stock_unit", "bridges", "expected"),
    [
        ("1.5", "KG", "GRAM", NONE, "1500"),
        ("250", "GRAM", "KG", NONE, "0.25"),
        ("500", "ML", "LITRE", NONE, "0.5"),
        ("3", "TSP", "TBSP", NONE, "1"),
        ("1", "POUND", "GRAM", NONE, "453.59237"),
        ("16", "OUNCE", "POUND", NONE, "1"),
        ("2", "DOZEN", "PIECE", NONE, "24"),
        ("0.5", "DOZEN", "PIECE", NONE, "6"),
        ("-3", "PIECE", "PIECE", NONE, "-3"),
        ("30", "ML", "PIECE", BOTTLE_OF_750_ML, "0.04"),
        ("0.03", "LITRE", "PIECE", BOTTLE_OF_750_ML, "0.04"),
        ("0.2", "PIECE", "PIECE", BOTTLE_OF_750_ML, "0.2"),
        ("3", "SLICE", "PIECE", LOAF_OF_20_SLICES, "0.15"),
        ("20", "SLICE", "PIECE", LOAF_OF_20_SLICES, "1"),
        ("0.5", "PIECE", "PIECE", LOAF_OF_20_SLICES, "0.5"),
        ("2", "BOX", "PIECE", BOX_OF_12, "24"),
        ("0.5", "BOX", "PIECE", BOX_OF_12, "6"),
        ("36", "PIECE", "BOX", BOX_OF_12, "3"),
        ("1", "PIECE", "BOX", BOX_OF_12, "0.083333"),
        ("1", "SHOT", "LITRE", {("SHOT", "ML"): Fraction(30)}, "0.03"),
        ("2", "BOX", "LITRE", {("BOX", "BOTTLE"): Fraction(6), ("ML", "BOTTLE"): Fraction(1, 750)}, "9"),
        ("1", "LITRE", "KG", {("ML", "GRAM"): Fraction(92, 100)}, "0.92"),
    ],
)
def test_converts(quantity: str, unit: str, stock_unit: str, bridges: Bridges, expected: str) -> None:
    """Measures of one dimension convert by their factors, everything else by bridges, and both chain, either way round."""
    assert converted(quantity, unit, stock_unit, bridges) == Decimal(expected)


def test_twenty_five_tots_are_a_bottle() -> None:
    """Pouring a bottle out by tots must empty it exactly, or a residue would stay in stock for ever."""
    tot = converted("30", "ML", "PIECE", BOTTLE_OF_750_ML)
    assert sum([tot] * 25) == 1


def test_takes_a_quantity_without_a_unit_as_it_is() -> None:
    """No unit means the stock unit."""
    assert converted("2.25", None, "KG") == Decimal("2.25")


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("0.5", "0"), ("1.5", "0.000002"), ("2.5", "0.000002"), ("3.5", "0.000004"), ("-2.5", "-0.000002")],
)
def test_rounds_half_to_even(quantity: str, expected: str) -> None:
    """Halves go to the even neighbour, so that many small conversions do not drift one way."""
    millionth: Bridges = {("SHOT", "ML"): Fraction(1, 1_000_000)}
    if expected == "0":
        with pytest.raises(InvalidInput, match=r"at most half of 0\.000001 ML"):
            converted(quantity, "SHOT", "ML", millionth)
    else:
        assert converted(quantity, "SHOT", "ML", millionth) == Decimal(expected)


def test_takes_nothing_for_nothing() -> None:
    """Zero is zero in every unit; only something that would become nothing is refused."""
    assert converted("0", "ML", "PIECE", BOTTLE_OF_750_ML) == 0


@pytest.mark.parametrize(
    ("unit", "stock_unit", "bridges"),
    [
        ("ML", "KG", NONE),
        ("SLICE", "PIECE", NONE),
        ("BOX", "BAG", BOX_OF_12),
        ("KG", "PIECE", BOTTLE_OF_750_ML),
    ],
)
def test_refuses_another_dimension_without_a_bridge(unit: str, stock_unit: str, bridges: Bridges) -> None:
    """A guess at a conversion would falsify the stock; the refusal says which units and how to join them."""
    with pytest.raises(UnitMismatch) as refused:
        converted("1", unit, stock_unit, bridges)
    assert refused.value.path == ("unit",)
    assert f"{unit} ({UNITS[unit].dimension}) does not convert to {stock_unit}" in refused.value.message
    assert "setUnitBridge" in refused.value.message


@pytest.mark.parametrize(
    ("quantity", "unit", "stock_unit", "bridges"),
    [
        ("0.5", "PIECE", "PIECE", NONE),
        ("0.5", None, "PIECE", NONE),
        ("0.3", "DOZEN", "PIECE", NONE),
        ("0.5", "PIECE", "PIECE", BOX_OF_12),
        ("0.3", "BOX", "PIECE", BOX_OF_12),
        ("1.5", "BOTTLE", "BOTTLE", {("BOX", "BOTTLE"): Fraction(6)}),
    ],
)
def test_refuses_a_part_of_what_is_counted_whole(
    quantity: str, unit: str | None, stock_unit: str, bridges: Bridges
) -> None:
    """Half a screw is a slip of the finger. That screws also come in boxes does not make them divisible."""
    with pytest.raises(InvalidInput, match=f"is not a whole number of {stock_unit}") as refused:
        converted(quantity, unit, stock_unit, bridges)
    assert refused.value.path == ("quantity",)


def test_refuses_at_the_place_that_was_wrong() -> None:
    """A line of a request names its own fields, whatever its quantity is called."""
    with pytest.raises(UnitMismatch) as refused:
        to_stock_unit(Decimal(1), unit=UNITS["KG"], stock_unit=UNITS["ML"], bridges=NONE, path=("lines", "2", "unit"))
    assert refused.value.path == ("lines", "2", "unit")
    with pytest.raises(InvalidInput) as part:
        to_stock_unit(Decimal("0.1"), unit=None, stock_unit=UNITS["PIECE"], bridges=NONE, path=("lines", "2", "unit"))
    assert part.value.path == ("lines", "2", "quantity")
    with pytest.raises(InvalidInput) as delta:
        to_stock_unit(Decimal("0.1"), unit=None, stock_unit=UNITS["PIECE"], bridges=NONE, quantity_path=("delta",))
    assert delta.value.path == ("delta",)


def test_refuses_more_than_can_be_kept() -> None:
    """A quantity has 12 integer digits; a conversion that needs more must not fail in the database."""
    with pytest.raises(InvalidInput, match=r"is more than 999999999999\.999999 GRAM"):
        converted("999999999999", "KG", "GRAM")


def test_finds_a_unit_by_any_of_its_names() -> None:
    """People type kg, KG, Kilogram; an exact abbreviation wins, for M and m may be two units."""
    assert unit_named("kg", STANDARD_UNITS) == UNITS["KG"]
    assert unit_named(" Kilogram ", STANDARD_UNITS) == UNITS["KG"]
    assert unit_named("l", STANDARD_UNITS) == UNITS["LITRE"]
    assert unit_named("furlong", STANDARD_UNITS) is None
    mega = UnitRecord("MEGA", "Mega", "M", "LENGTH", Fraction(1_000_000), is_whole=False)
    assert unit_named("M", [*STANDARD_UNITS, mega]) == mega
    assert unit_named("m", [*STANDARD_UNITS, mega]) == UNITS["METRE"]


def test_every_base_unit_is_standard() -> None:
    """Bridges are kept in base units, so every tenant must have them."""
    assert {code: UNITS[code].factor for code in BASE_UNITS.values()} == dict.fromkeys(BASE_UNITS.values(), Fraction(1))


MEASURES = [unit for unit in STANDARD_UNITS if unit.dimension in {"MASS", "VOLUME"}]


@given(
    start=st.sampled_from(MEASURES),
    end=st.sampled_from(MEASURES),
    density=st.fractions(min_value=Fraction(1, 1000), max_value=1000),
)
def test_there_and_back_is_one(start: UnitRecord, end: UnitRecord, density: Fraction) -> None:
    """Factors are exact whichever way is taken, so that a conversion undone leaves nothing behind."""
    bridges: Bridges = {("ML", "GRAM"): density}
    there = stock_unit_factor(start, stock_unit=end, bridges=bridges)
    back = stock_unit_factor(end, stock_unit=start, bridges=bridges)
    assert there * back == 1
