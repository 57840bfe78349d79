"""Units and the conversion between them.

A unit with a factor is a measure: so many of its dimension's base unit. A unit without one only counts (a slice, a box, a
bottle) and converts by an item's bridge: 20 slices are one loaf, 750 ml are one bottle. Conversion is exact; the result is
rounded once, half to even, to the 6 fraction digits of a quantity.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import ARRAY, Text, any_, bindparam, select

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded, NotFound, UnitMismatch
from inventory_graph.identity.tenants import lock_tenant
from inventory_graph.masterdata.events import UnitCreated
from inventory_graph.masterdata.models import Unit
from inventory_graph.masterdata.records import unit_id
from inventory_graph.masterdata.texts import NAME_LENGTH_MAX, Path, checked_text
from inventory_graph.outbox import emit
from inventory_graph.quantities import QUANTITY_MAX, STEP, ZERO, quantity_to_text

BASE_UNITS: Mapping[str, str] = {
    "COUNT": "PIECE",
    "MASS": "GRAM",
    "VOLUME": "ML",
    "LENGTH": "METRE",
    "AREA": "SQUARE_METRE",
    "TIME": "HOUR",
}
"""The unit of each dimension whose factor is 1."""

UNITS_MAX = 500
CODE_LENGTH_MAX = 32
ABBREVIATION_LENGTH_MAX = 16
FACTOR_PART_MAX = 2**63 - 1
_MICRO = 10**6

Bridges = Mapping[tuple[str, str], Fraction]
"""What one item adds to the conversions: (from, to) -> how many of ``to`` one ``from`` is. Bridges are kept with measures as
their base unit (ML, not LITRE), so that every unit of the dimension finds them."""


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit. ``factor`` is how many of the dimension's base unit it is, None for one that only counts. ``is_whole``: stock
    kept in this unit takes no fractions, unless the item's bridges divide it."""

    code: str
    name: str
    abbreviation: str
    dimension: str
    factor: Fraction | None
    is_whole: bool

    @property
    def base_code(self) -> str:
        """The unit that bridges know it by: its dimension's base unit, or itself when it only counts."""
        return self.code if self.factor is None else BASE_UNITS[self.dimension]


STANDARD_UNITS: Sequence[UnitRecord] = (
    UnitRecord("PIECE", "Piece", "pc", "COUNT", Fraction(1), is_whole=True),
    UnitRecord("DOZEN", "Dozen", "doz", "COUNT", Fraction(12), is_whole=False),
    UnitRecord("CUP", "Cup", "cup", "COUNT", None, is_whole=True),
    UnitRecord("SERVING", "Serving", "srv", "COUNT", None, is_whole=True),
    UnitRecord("BOWL", "Bowl", "bowl", "COUNT", None, is_whole=True),
    UnitRecord("PLATE", "Plate", "plate", "COUNT", None, is_whole=True),
    UnitRecord("SLICE", "Slice", "slice", "COUNT", None, is_whole=True),
    UnitRecord("BOX", "Box", "box", "COUNT", None, is_whole=True),
    UnitRecord("BOTTLE", "Bottle", "btl", "COUNT", None, is_whole=True),
    UnitRecord("SHOT", "Shot", "shot", "COUNT", None, is_whole=True),
    UnitRecord("PACK", "Pack", "pack", "COUNT", None, is_whole=True),
    UnitRecord("BAG", "Bag", "bag", "COUNT", None, is_whole=True),
    UnitRecord("GRAM", "Gram", "g", "MASS", Fraction(1), is_whole=False),
    UnitRecord("KG", "Kilogram", "kg", "MASS", Fraction(1000), is_whole=False),
    UnitRecord("OUNCE", "Ounce", "oz", "MASS", Fraction(45_359_237, 1_600_000), is_whole=False),
    UnitRecord("POUND", "Pound", "lb", "MASS", Fraction(45_359_237, 100_000), is_whole=False),
    UnitRecord("ML", "Millilitre", "ml", "VOLUME", Fraction(1), is_whole=False),
    UnitRecord("LITRE", "Litre", "L", "VOLUME", Fraction(1000), is_whole=False),
    UnitRecord("TSP", "Teaspoon", "tsp", "VOLUME", Fraction(5), is_whole=False),
    UnitRecord("TBSP", "Tablespoon", "tbsp", "VOLUME", Fraction(15), is_whole=False),
    UnitRecord("METRE", "Metre", "m", "LENGTH", Fraction(1), is_whole=False),
    UnitRecord("SQUARE_METRE", "Square metre", "m2", "AREA", Fraction(1), is_whole=False),
    UnitRecord("HOUR", "Hour", "h", "TIME", Fraction(1), is_whole=False),
)
"""What every tenant starts with."""


def to_stock_unit(
    quantity: Decimal,
    *,
    unit: UnitRecord | None,
    stock_unit: UnitRecord,
    bridges: Bridges,
    path: Path = ("unit",),
    quantity_path: Path | None = None,
) -> Decimal:
    """The quantity in the stock unit; ``unit`` None means it is in the stock unit already.

    Exact, then rounded once, half to even, to 6 fraction digits. Raises ``UnitMismatch`` at ``path`` where no conversion
    leads from one unit to the other, and ``InvalidInput`` at ``quantity_path`` (the sibling ``quantity`` of ``path`` unless
    given) for a fraction of stock that is counted whole, or for a quantity too small or too large to be kept.
    """
    if unit is None and (kept := _kept_as_it_is(quantity, stock_unit)) is not None:
        return kept
    quantity_path = quantity_path if quantity_path is not None else (*path[:-1], "quantity")
    factor = Fraction(1) if unit is None else stock_unit_factor(unit, stock_unit=stock_unit, bridges=bridges, path=path)
    exact = Fraction(quantity) * factor
    shown = quantity_to_text(quantity) if unit is None else f"{quantity_to_text(quantity)} {unit.code}"
    if stock_unit.is_whole and exact.denominator != 1 and not is_divisible(stock_unit, bridges):
        raise InvalidInput(
            f"{shown} is not a whole number of {stock_unit.code}, in which this item is counted; give a quantity that is,"
            " or add a bridge that says what one consists of (setUnitBridge).",
            path=quantity_path,
        )
    rounded = Decimal(round(exact * _MICRO)).scaleb(-6)
    if not rounded and exact:
        raise InvalidInput(
            f"{shown} is at most half of 0.000001 {stock_unit.code}, the least that is kept; give a larger quantity.",
            path=quantity_path,
        )
    if abs(rounded) > QUANTITY_MAX:
        raise InvalidInput(f"{shown} is more than {QUANTITY_MAX} {stock_unit.code}, the most kept.", path=quantity_path)
    return rounded or ZERO


def _kept_as_it_is(quantity: Decimal, stock_unit: UnitRecord) -> Decimal | None:
    """What most callers ask for, without a fraction being made: a quantity that needs no conversion, no rounding and no bridge.
    None where it takes a closer look."""
    if not abs(quantity) <= QUANTITY_MAX:
        return None
    kept = quantity.quantize(STEP)
    is_exact = quantity == (kept.to_integral_value() if stock_unit.is_whole else kept)
    return (kept or ZERO) if is_exact else None


def stock_unit_factor(
    unit: UnitRecord, *, stock_unit: UnitRecord, bridges: Bridges, path: Path = ("unit",)
) -> Fraction:
    """How many stock units one ``unit`` is, exactly; raises ``UnitMismatch``. For sums that round only at their end."""
    factor = _factor_between(unit, stock_unit, bridges)
    if factor is None:
        raise UnitMismatch(
            f"{unit.code} ({unit.dimension}) does not convert to {stock_unit.code} ({stock_unit.dimension}), the stock unit"
            f" of this item. Give the quantity in a unit that does, or say once for this item how many {unit.code} are how"
            f" many {stock_unit.code} (setUnitBridge).",
            path=path,
        )
    return factor


def _factor_between(origin: UnitRecord, target: UnitRecord, bridges: Bridges) -> Fraction | None:
    """The product of the factors along the shortest way from one unit to the other; there are a handful of bridges."""
    if origin.code == target.code:
        return Fraction(1)
    steps = dict(bridges)
    for unit in (origin, target):
        if unit.factor is not None and unit.code != unit.base_code:
            steps[unit.code, unit.base_code] = unit.factor
    reached = {origin.code: Fraction(1)}
    waiting = [origin.code]
    while waiting and target.code not in reached:
        here = waiting.pop(0)
        for (start, end), factor in steps.items():
            if start == here and end not in reached:
                reached[end] = reached[here] * factor
                waiting.append(end)
            elif end == here and start not in reached:
                reached[start] = reached[here] / factor
                waiting.append(start)
    return reached.get(target.code)


def is_divisible(unit: UnitRecord, bridges: Bridges) -> bool:
    """Whether a bridge says what one of a whole unit consists of: a measure (750 ml), or smaller parts (20 slices).

    A bridge to something larger (a box of 12 pieces) does not divide it.
    """
    if not bridges:
        return False
    measures = {code for dimension, code in BASE_UNITS.items() if dimension != "COUNT"}
    size = unit.factor or Fraction(1)
    for (start, end), factor in bridges.items():
        if start == unit.base_code and (end in measures or factor * size > 1):
            return True
        if end == unit.base_code and (start in measures or factor / size < 1):
            return True
    return False


def unit_of(row: Record) -> UnitRecord:
    """The unit in a row of the table."""
    numerator, denominator = row["factor_numerator"], row["factor_denominator"]
    return UnitRecord(
        row["code"],
        row["name"],
        row["abbreviation"],
        row["dimension"],
        None if numerator is None else Fraction(numerator, denominator),
        row["is_whole"],
    )


_COLUMNS = (
    Unit.code, Unit.name, Unit.abbreviation, Unit.dimension, Unit.factor_numerator, Unit.factor_denominator, Unit.is_whole,
)  # fmt: skip
_ALL = select(*_COLUMNS).where(Unit.tenant_id == bindparam("tenant")).order_by(Unit.code).limit(UNITS_MAX)
_BY_CODE = select(*_COLUMNS).where(
    Unit.tenant_id == bindparam("tenant"), Unit.code == any_(bindparam("codes", type_=ARRAY(Text)))
)
_INSERT = """
INSERT INTO units (tenant_id, code, name, abbreviation, dimension, factor_numerator, factor_denominator, is_whole)
SELECT $1, u.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bool[]) AS u
ON CONFLICT DO NOTHING
RETURNING code
"""


async def all_units(tx: Transaction) -> list[UnitRecord]:
    """Every unit of the tenant (at most 500), by code."""
    return [unit_of(row) for row in await tx.rows(_ALL, tenant=tx.tenant_id)]


async def units_by_code(tx: Transaction, codes: Sequence[str]) -> Mapping[str, UnitRecord]:
    """The units of the codes; unknown codes are left out."""
    rows = await tx.rows(_BY_CODE, tenant=tx.tenant_id, codes=list(codes))
    return {row["code"]: unit_of(row) for row in rows}


async def units_by_name(tx: Transaction, names: Sequence[str]) -> Mapping[str, UnitRecord]:
    """The units that callers name by code, abbreviation or name, in any case; unknown names are left out."""
    units = await all_units(tx)
    named = {name: unit_named(name, units) for name in names}
    return {name: unit for name, unit in named.items() if unit is not None}


async def unit_by_name(tx: Transaction, name: str, *, path: Path = ("unit",)) -> UnitRecord:
    """The unit that a caller names by code, abbreviation or name, in any case; raises ``NotFound``."""
    units = await all_units(tx)
    unit = unit_named(name, units)
    if unit is None:
        raise unknown_unit(name, units, path=path)
    return unit


def unknown_unit(name: str, units: Iterable[UnitRecord], *, path: Path) -> NotFound:
    """The refusal of a unit's name, with the names there are."""
    return NotFound(
        f"There is no unit {name[:CODE_LENGTH_MAX]!r}; the units are {', '.join(unit.code for unit in units)}.",
        path=path,
    )


def unit_named(name: str, units: Sequence[UnitRecord]) -> UnitRecord | None:
    """The unit that goes by the name: code, abbreviation or name, in any case; None for none."""
    # An exact abbreviation wins over case: M and m may be two units.
    exact = next((unit for unit in units if name in {unit.code, unit.abbreviation}), None)
    wanted = name.strip().casefold()
    return exact or next((unit for unit in units if wanted in _names(unit)), None)


def _names(unit: UnitRecord) -> set[str]:
    return {unit.code.casefold(), unit.abbreviation.casefold(), unit.name.casefold()}


async def create_standard_units(tx: Transaction) -> None:
    """Give the tenant the standard units that it does not have yet."""
    await _insert(tx, STANDARD_UNITS)


async def create_unit(
    tx: Transaction,
    *,
    code: str,
    name: str,
    abbreviation: str,
    dimension: str,
    factor: Fraction | None = None,
    is_whole: bool = False,
) -> UnitRecord:
    """Create a unit and emit ``inventory.unit.created``.

    ``factor`` is how many of the dimension's base unit one of it is; without it the unit only counts, which only the
    dimension COUNT allows. Its code, abbreviation and name must not be those of another unit in any case.
    """
    code = checked_text(code, path=("code",), length_max=CODE_LENGTH_MAX).upper()
    if not (code.isascii() and code.replace("_", "A").isalnum() and code[0].isalpha()):
        raise InvalidInput(
            f"The code {code!r} is not made of the letters A to Z, digits and _ after a letter.", path=("code",)
        )
    if dimension not in BASE_UNITS:
        raise InvalidInput(
            f"The dimension is one of {', '.join(BASE_UNITS)}, not {dimension[:40]!r}.", path=("dimension",)
        )
    unit = UnitRecord(
        code,
        checked_text(name, path=("name",), length_max=NAME_LENGTH_MAX),
        checked_text(abbreviation, path=("abbreviation",), length_max=ABBREVIATION_LENGTH_MAX),
        dimension,
        _checked_factor(code, dimension, factor),
        is_whole,
    )
    await lock_tenant(tx)
    units = await all_units(tx)
    if len(units) >= UNITS_MAX:
        raise LimitExceeded(f"There are {len(units)} units already; at most {UNITS_MAX} are kept.")
    for other in units:
        taken = _names(unit) & _names(other)
        if taken:
            field = next(each for each in ("code", "abbreviation", "name") if getattr(unit, each).casefold() in taken)
            raise AlreadyExists(f"The unit {other.code} goes by {getattr(unit, field)!r} already.", path=(field,))
    await _insert(tx, [unit])
    await emit(
        tx,
        UnitCreated(
            aggregate_id=unit_id(tx.tenant_id, code),
            code=code,
            name=unit.name,
            abbreviation=unit.abbreviation,
            dimension=dimension,
            factor=None if factor is None else f"{factor.numerator}/{factor.denominator}",
            is_whole=is_whole,
        ),
    )
    return unit


def _checked_factor(code: str, dimension: str, factor: Fraction | None) -> Fraction | None:
    base_code = BASE_UNITS[dimension]
    if factor is None and dimension != "COUNT":
        raise InvalidInput(
            f"A unit of {dimension} needs a factor: how many {base_code} one {code} is.", path=("base_quantity",)
        )
    if factor is not None and not (0 < factor.numerator <= FACTOR_PART_MAX and factor.denominator <= FACTOR_PART_MAX):
        raise InvalidInput("The factor is not more than zero, or too large.", path=("base_quantity",))
    for of_dimension, base in BASE_UNITS.items():
        if code == base and (dimension, factor) != (of_dimension, Fraction(1)):
            raise InvalidInput(f"{base} is the base unit of {of_dimension}; its factor is 1.", path=("code",))
    return factor


async def _insert(tx: Transaction, units: Sequence[UnitRecord]) -> None:
    columns: list[list[Any]] = [
        [unit.code for unit in units],
        [unit.name for unit in units],
        [unit.abbreviation for unit in units],
        [unit.dimension for unit in units],
        [None if unit.factor is None else unit.factor.numerator for unit in units],
        [None if unit.factor is None else unit.factor.denominator for unit in units],
        [unit.is_whole for unit in units],
    ]
    await tx.raw.execute(_INSERT, tx.tenant_id, *columns)
