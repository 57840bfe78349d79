"""Units of measure, and what converts for one item alone."""

from decimal import Decimal
from enum import Enum
from fractions import Fraction

import strawberry
from strawberry import enum_value

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.idempotency import answer, claim
from inventory_graph.masterdata import units as verbs
from inventory_graph.masterdata.unit_bridges import UnitBridgeRecord
from inventory_graph.masterdata.units import UnitRecord, all_units, units_by_code
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.inputs import KEY_DESCRIPTION, arguments_of, word_of
from resolvers.kit import Payload, field, mutation, present, presents
from resolvers.scalars import Quantity

VIEW = "inventory.units.view"
ADD = "inventory.units.add"


@strawberry.enum(description="What a unit measures.")
class Dimension(Enum):
    COUNT = enum_value("COUNT", description="Pieces; base unit PIECE.")
    MASS = enum_value("MASS", description="Weight; base unit GRAM.")
    VOLUME = enum_value("VOLUME", description="Base unit ML.")
    LENGTH = enum_value("LENGTH", description="Base unit METRE.")
    AREA = enum_value("AREA", description="Base unit SQUARE_METRE.")
    TIME = enum_value("TIME", description="Base unit HOUR.")


@presents(UnitRecord)
@strawberry.type(
    description="A unit of measure. Units of one dimension that have a factor convert for every item; the others, such as a"
    " slice or a box, by a bridge of the item."
)
class Unit:
    code: str = strawberry.field(description="Its readable key, unique in the tenant: KG, PIECE, LITRE …")
    name: str = strawberry.field(description="For people.")
    abbreviation: str = strawberry.field(description="For labels: kg, pc, L …")
    dimension: str = strawberry.field(description="What it measures: COUNT, MASS, VOLUME, LENGTH, AREA or TIME.")
    factor: str | None = strawberry.field(
        description="How many of its dimension's base unit one is, exactly: a whole number such as 1000, or a fraction such as"
        " 45359237/100000. Null for a unit that only counts."
    )
    is_whole: bool = strawberry.field(
        description="Whether stock in this unit is counted in whole numbers, unless a bridge of the item divides it."
    )

    @classmethod
    def of(cls, record: UnitRecord) -> "Unit":
        """The unit of a record."""
        return cls(
            code=record.code,
            name=record.name,
            abbreviation=record.abbreviation,
            dimension=record.dimension,
            factor=str(record.factor) if record.factor is not None else None,
            is_whole=record.is_whole,
        )


@presents(UnitBridgeRecord)
@strawberry.type(
    description="What converts for one item alone: `fromQuantity` of one unit are `toQuantity` of the other. Measures appear"
    " as the base unit of their dimension (ML for LITRE)."
)
class UnitBridge:
    from_quantity: Quantity = strawberry.field(description="So many of `fromUnit`, a whole number …")
    to_quantity: Quantity = strawberry.field(description="… are so many of `toUnit`, a whole number.")
    record: strawberry.Private[UnitBridgeRecord]

    @classmethod
    def of(cls, record: UnitBridgeRecord) -> "UnitBridge":
        """The bridge of a record."""
        return cls(
            from_quantity=Quantity(Decimal(record.factor.denominator)),
            to_quantity=Quantity(Decimal(record.factor.numerator)),
            record=record,
        )

    @field(description="One of the two units.")
    async def from_unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.from_unit_code))
        return unit

    @field(description="The other.")
    async def to_unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.to_unit_code))
        return unit


@field(description="Every unit of the tenant (at most 500), by code.", directives=[usually(30)])
async def units(info: Info) -> list[Unit]:
    info.context.require(VIEW)
    return [Unit.of(record) for record in await info.context.read(all_units)]


@strawberry.type(description="What became of a unit.")
class UnitPayload(Payload):
    unit: Unit | None = strawberry.field(default=None, description="The unit; null when refused.")


@strawberry.input(description="A unit to be added.")
class CreateUnitInput:
    code: str = strawberry.field(
        description="Its readable key: up to 32 letters A to Z, digits and '_', beginning with a letter."
    )
    name: str = strawberry.field(description="For people, up to 255 characters.")
    abbreviation: str = strawberry.field(description="For labels, up to 16 characters.")
    dimension: Dimension = strawberry.field(description="What it measures.")
    base_quantity: Quantity | None = strawberry.field(
        default=None,
        description="How many of the dimension's base unit (PIECE, GRAM, ML, METRE, SQUARE_METRE, HOUR) are `quantity` of this"
        " unit. Left out for a unit that only counts, such as a crate.",
    )
    quantity: Quantity = strawberry.field(
        default=Quantity(Decimal(1)),
        description="How many of this unit `baseQuantity` tells; more than 1 where one alone would need more than 6 fraction"
        " digits: 1000 OUNCE are 28349.523125 GRAM.",
    )
    is_whole: bool = strawberry.field(
        default=False, description="Whether stock in this unit is counted in whole numbers."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@mutation
async def create_unit(info: Info, input: CreateUnitInput) -> UnitPayload:
    """Add a unit. Emits inventory.unit.created."""
    info.context.require(ADD)
    for name in ("base_quantity", "quantity"):
        value = getattr(input, name)
        if value is not None and value <= 0:
            raise InvalidInput(f"The {name.replace('_', ' ')} is {value}; it must be more than 0.", path=(name,))

    async def write(tx: Transaction) -> tuple[UnitRecord, bool]:
        recorded = await claim(tx, operation="createUnit", key=input.idempotency_key, arguments=arguments_of(input))
        if recorded is not None:
            return (await units_by_code(tx, [recorded["code"]]))[recorded["code"]], True
        record = await verbs.create_unit(
            tx,
            code=input.code,
            name=input.name,
            abbreviation=input.abbreviation,
            dimension=word_of(input.dimension),
            factor=None if input.base_quantity is None else Fraction(input.base_quantity) / Fraction(input.quantity),
            is_whole=input.is_whole,
        )
        await answer(tx, operation="createUnit", key=input.idempotency_key, value={"code": record.code})
        return record, False

    record, replayed = await info.context.write(write)
    return UnitPayload(unit=Unit.of(record), replayed=replayed)


queries = [units]
mutations = [create_unit]
types: list[type] = []
