"""The codes that scanners read."""

import strawberry

from inventory_graph.masterdata.records import BarcodeRecord
from inventory_graph.masterdata.units import units_by_code
from resolvers.context import Info
from resolvers.kit import field, present, presents
from resolvers.units import Unit


@presents(BarcodeRecord)
@strawberry.type(description="A code that scanners read. It names one variant in one unit: a piece, a box of twelve.")
class Barcode:
    code: str = strawberry.field(
        description="The code, unique in the tenant, in its shortest form: a UPC without the 0 of its EAN-13."
    )
    symbology: str = strawberry.field(
        description="EAN13, EAN8, UPC, GTIN14 or ISBN, whose check digits are verified, or CODE128 for any other."
    )
    record: strawberry.Private[BarcodeRecord]

    @classmethod
    def of(cls, record: BarcodeRecord) -> "Barcode":
        """The barcode of a record."""
        return cls(code=record.code, symbology=record.symbology, record=record)

    @field(description="What one scan counts.")
    async def unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.unit_code))
        return unit
