"""Lines of transfers: what left of each in which parcels, and what became of it."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import enum_value

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.stock.tracing import lots_by_id
from inventory_graph.transfers import queries as reading
from inventory_graph.transfers.records import TransferLineRecord, TransferOutcomeRecord, TransferParcelRecord
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import field, present, presents
from resolvers.money import Money
from resolvers.scalars import DateTime, Quantity
from resolvers.stock import StockState

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.lots import Lot
    from resolvers.warehouses import Location

AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ALot = Annotated["Lot", strawberry.lazy("resolvers.lots")]
ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="What became of a part of a transfer.")
class TransferOutcomeKind(Enum):
    RECEIVED = enum_value("RECEIVED", description="It arrived.")
    OVER = enum_value("OVER", description="It arrived although it had not left.")
    LOST = enum_value("LOST", description="It never arrived.")
    RETURNED = enum_value("RETURNED", description="It is back where it left.")


@strawberry.enum(description="Why what arrives is not what left.")
class TransferDiscrepancy(Enum):
    SHORT_SHIPPED = enum_value("SHORT_SHIPPED", description="Less was packed than was recorded.")
    OVER_SHIPPED = enum_value("OVER_SHIPPED", description="More was packed than was recorded.")
    DAMAGED = enum_value("DAMAGED", description="It broke.")
    EXPIRED = enum_value("EXPIRED", description="Its time was up on the way.")
    LOST = enum_value("LOST", description="It is gone and nobody knows where.")
    STOLEN = enum_value("STOLEN", description="Somebody took it.")
    OTHER = enum_value("OTHER", description="Something else; say it in the note.")


@presents(TransferParcelRecord)
@strawberry.type(description="What left of a line at one time, of one lot.")
class TransferParcel:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    serials: list[str] = strawberry.field(description="The numbered pieces of it.", directives=[usually(10)])
    quantity: Quantity = strawberry.field(description="How much left, in the item's stock unit.")
    in_transit: Quantity = strawberry.field(description="How much of it is on its way, in the item's stock unit.")
    shipped_at: DateTime = strawberry.field(description="When it left.")
    record: strawberry.Private[TransferParcelRecord]

    @classmethod
    def of(cls, record: TransferParcelRecord) -> "TransferParcel":
        """The parcel of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            serials=list(record.serials),
            quantity=Quantity(record.quantity),
            in_transit=Quantity(record.in_transit),
            shipped_at=DateTime(record.shipped_at),
            record=record,
        )

    @field(description="The lot; null for what is of none.")
    async def lot(self, info: Info) -> ALot | None:
        return present(await info.context.load(lots_by_id, self.record.lot_id)) if self.record.lot_id else None

    @field(
        description="What one stock unit of it cost when it left, and costs where it arrives; null while no cost was known."
    )
    def unit_cost(self, info: Info) -> Money | None:
        return Money.of(self.record.unit_cost, info.context.actor.currency)


@presents(TransferOutcomeRecord)
@strawberry.type(description="What became of so much of a line.")
class TransferOutcome:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    kind: TransferOutcomeKind = strawberry.field(description="What became of it.")
    state: StockState | None = strawberry.field(
        description="In which state it was put into stock; null for what is lost."
    )
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    serials: list[str] = strawberry.field(description="The numbered pieces of it.", directives=[usually(10)])
    reason: TransferDiscrepancy | None = strawberry.field(description="Why it is not what left; null where it is.")
    note: str | None = strawberry.field(description="What somebody wrote about it.")
    at: DateTime = strawberry.field(description="When it was told.")
    by: str = strawberry.field(description="The subject who told it.")
    record: strawberry.Private[TransferOutcomeRecord]

    @classmethod
    def of(cls, record: TransferOutcomeRecord) -> "TransferOutcome":
        """The outcome of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            kind=TransferOutcomeKind(record.kind),
            state=StockState(record.state) if record.state is not None else None,
            quantity=Quantity(record.quantity),
            serials=list(record.serials),
            reason=TransferDiscrepancy(record.reason) if record.reason is not None else None,
            note=record.note,
            at=DateTime(record.at),
            by=record.by,
            record=record,
        )

    @field(description="The lot; null for what is of none.")
    async def lot(self, info: Info) -> ALot | None:
        return present(await info.context.load(lots_by_id, self.record.lot_id)) if self.record.lot_id else None

    @field(description="Where it was put; null where nobody said.")
    async def location(self, info: Info) -> ALocation | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))

    @field(description="What one stock unit of it cost; null while no cost was known.")
    def unit_cost(self, info: Info) -> Money | None:
        return Money.of(self.record.unit_cost, info.context.actor.currency)


@presents(TransferLineRecord)
@strawberry.type(
    description="So much of one variant. shipped = inTransit + received + lost + returned, always; `over` is in none of them."
)
class TransferLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever; a draft that is changed has new lines.")
    position: int = strawberry.field(description="Where it stands in the transfer, from 0.")
    quantity: Quantity = strawberry.field(description="How much is to go, in the item's stock unit.")
    lot_code: str | None = strawberry.field(description="The lot that is to go; null for whichever the strategy takes.")
    serials: list[str] = strawberry.field(
        description="The numbered pieces that are to go; empty for whichever.", directives=[usually(10)]
    )
    shipped: Quantity = strawberry.field(description="How much has left, in the item's stock unit.")
    in_transit: Quantity = strawberry.field(description="How much is on its way, in the item's stock unit.")
    received: Quantity = strawberry.field(
        description="How much of what left has arrived, whatever state it was put in; in the item's stock unit."
    )
    damaged: Quantity = strawberry.field(description="How much arrived damaged, in the item's stock unit.")
    lost: Quantity = strawberry.field(description="How much never arrived, in the item's stock unit.")
    returned: Quantity = strawberry.field(description="How much is back where it left, in the item's stock unit.")
    over: Quantity = strawberry.field(description="How much arrived that had not left, in the item's stock unit.")
    record: strawberry.Private[TransferLineRecord]

    @classmethod
    def of(cls, record: TransferLineRecord) -> "TransferLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            quantity=Quantity(record.quantity),
            lot_code=record.lot_code,
            serials=list(record.serials),
            shipped=Quantity(record.shipped),
            in_transit=Quantity(record.in_transit),
            received=Quantity(record.received),
            damaged=Quantity(record.damaged),
            lost=Quantity(record.lost),
            returned=Quantity(record.returned),
            over=Quantity(record.over),
            record=record,
        )

    @field(description="What goes.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="What left, in the order in which it left; at most 500.", directives=[usually(2)])
    async def parcels(self, info: Info) -> list[TransferParcel]:
        found = await info.context.load(reading.parcels_by_line, self.record.id) or []
        return [TransferParcel.of(each) for each in found]

    @field(description="What became of it, in the order in which it was told; at most 500.", directives=[usually(2)])
    async def outcomes(self, info: Info) -> list[TransferOutcome]:
        found = await info.context.load(reading.outcomes_by_line, self.record.id) or []
        return [TransferOutcome.of(each) for each in found]
