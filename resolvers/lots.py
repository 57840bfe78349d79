"""Lots and serials: where they are, and where they went."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.item_reading import items_by_id, variants_by_id
from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.stock import counts, tracing
from inventory_graph.stock.tracing import HistoryPageKey, LotBalanceRecord, LotPlaceRecord, LotRecord, SerialRecord
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import (
    After,
    Connection,
    First,
    check_first,
    field,
    present,
    presents,
)
from resolvers.positions import instant_position
from resolvers.scalars import Date, DateTime, Quantity
from resolvers.stock import VIEW, Movement, StockState

if TYPE_CHECKING:
    from resolvers.items import Item, Variant
    from resolvers.warehouses import Location, Warehouse


@strawberry.enum(description="Whether a lot may be used.")
class LotStatus(Enum):
    ACTIVE = enum_value("ACTIVE", description="It may be used until it expires.")
    ON_HOLD = enum_value("ON_HOLD", description="It may not be used until somebody decides.")
    QUARANTINED = enum_value("QUARANTINED", description="It is set aside for inspection.")
    RECALLED = enum_value("RECALLED", description="It must not be used and is being taken back.")


@strawberry.enum(description="Where a numbered piece stands in its life.")
class SerialStatus(Enum):
    IN_STOCK = enum_value("IN_STOCK", description="It lies in a warehouse.")
    RESERVED = enum_value("RESERVED", description="It lies in a warehouse, held for somebody.")
    IN_TRANSIT = enum_value("IN_TRANSIT", description="It is on its way to another warehouse.")
    SOLD = enum_value("SOLD", description="It was sold.")
    RETURNED = enum_value("RETURNED", description="It came back.")
    DEFECTIVE = enum_value("DEFECTIVE", description="It does not work.")
    SCRAPPED = enum_value("SCRAPPED", description="It was written off.")


@presents(LotPlaceRecord)
@strawberry.type(description="So much of a lot lies here.")
class LotPlace:
    state: StockState = strawberry.field(description="In which state.")
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    record: strawberry.Private[LotPlaceRecord]

    @classmethod
    def of(cls, record: LotPlaceRecord) -> "LotPlace":
        """The place of a record."""
        return cls(state=StockState(record.state), quantity=Quantity(record.quantity), record=record)

    @field(description="Which variant of the item.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="In which warehouse.")
    async def warehouse(self, info: Info) -> Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="At which location; null when it lies at none in particular.")
    async def location(self, info: Info) -> Annotated["Location", strawberry.lazy("resolvers.warehouses")] | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))


@presents(LotRecord)
@strawberry.type(description="A batch of one item; its code is unique per item.")
class Lot:
    id: strawberry.ID = strawberry.field(description="Follows from item and code.")
    code: str = strawberry.field(description="As it stands on the box.")
    status: LotStatus = strawberry.field(description="Whether it may be used, apart from its expiry.")
    manufactured_on: Date | None = strawberry.field(description="When it was made.")
    best_before: Date | None = strawberry.field(description="Best before this day.")
    expires_on: Date | None = strawberry.field(
        description="The last day it may be used, by the calendar of the place it lies in."
    )
    received_at: DateTime = strawberry.field(description="When the first of it came.")
    record: strawberry.Private[LotRecord]

    @classmethod
    def of(cls, record: LotRecord) -> "Lot":
        """The lot of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            code=record.code,
            status=LotStatus(record.status),
            manufactured_on=Date(record.manufactured_on) if record.manufactured_on else None,
            best_before=Date(record.best_before) if record.best_before else None,
            expires_on=Date(record.expires_on) if record.expires_on else None,
            received_at=DateTime(record.received_at),
            record=record,
        )

    @field(description="The item it is of.")
    async def item(self, info: Info) -> Annotated["Item", strawberry.lazy("resolvers.items")]:
        return present(await info.context.load(items_by_id, self.record.item_id))

    @field(description="Where it lies now.", directives=[usually(5)])
    async def places(self, info: Info) -> list[LotPlace]:
        found = await info.context.load(tracing.places_by_lot, self.record.id)
        return [LotPlace.of(record) for record in found or []]

    @field(description="Where it came from and where it went, newest first.")
    async def movements(self, info: Info, first: First = 50, after: After = None) -> Connection[Movement]:
        key = HistoryPageKey(owner_id=self.record.id, first=check_first(first), after=instant_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.movement_counts_by_lot, self.record.id)

        page = await info.context.load(tracing.movements_by_lot, key)
        return Connection.of(page, node=Movement.of, after=after, count=count)


@presents(LotBalanceRecord)
@strawberry.type(description="What of one balance is of one lot.")
class LotBalance:
    lot: Lot = strawberry.field(description="The lot.")
    on_hand: Quantity = strawberry.field(description="Everything of it that lies there, in the item's stock unit.")
    available: Quantity = strawberry.field(description="In state AVAILABLE, in the item's stock unit.")
    reserved: Quantity = strawberry.field(description="In state RESERVED, in the item's stock unit.")
    quarantined: Quantity = strawberry.field(description="In state QUARANTINED, in the item's stock unit.")
    damaged: Quantity = strawberry.field(description="In state DAMAGED, in the item's stock unit.")

    @classmethod
    def of(cls, record: LotBalanceRecord) -> "LotBalance":
        """The part of a record."""
        return cls(
            lot=Lot.of(record.lot),
            on_hand=Quantity(record.on_hand),
            available=Quantity(record.available),
            reserved=Quantity(record.reserved),
            quarantined=Quantity(record.quarantined),
            damaged=Quantity(record.damaged),
        )


@presents(SerialRecord)
@strawberry.type(description="One numbered piece; its number is unique per item, and it is in one place at a time.")
class Serial:
    id: strawberry.ID = strawberry.field(description="Follows from item and number.")
    serial: str = strawberry.field(description="The number.")
    status: SerialStatus = strawberry.field(description="Where it stands in its life.")
    state: StockState | None = strawberry.field(description="In which state it lies; null when it left.")
    received_at: DateTime = strawberry.field(description="When it last came in.")
    updated_at: DateTime = strawberry.field(description="When it last moved.")
    record: strawberry.Private[SerialRecord]

    @classmethod
    def of(cls, record: SerialRecord) -> "Serial":
        """The piece of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            serial=record.serial,
            status=SerialStatus(record.status),
            state=StockState(record.state) if record.state else None,
            received_at=DateTime(record.received_at),
            updated_at=DateTime(record.updated_at),
            record=record,
        )

    @field(description="The variant it is a piece of.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="The warehouse it lies in; null when it left.")
    async def warehouse(self, info: Info) -> Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")] | None:
        if self.record.warehouse_id is None:
            return None
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="The location it lies at; null for none in particular, or when it left.")
    async def location(self, info: Info) -> Annotated["Location", strawberry.lazy("resolvers.warehouses")] | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))

    @field(description="The lot it came in; null for none.")
    async def lot(self, info: Info) -> Lot | None:
        return present(await info.context.load(tracing.lots_by_id, self.record.lot_id)) if self.record.lot_id else None

    @field(description="Where it was, newest first.")
    async def movements(self, info: Info, first: First = 50, after: After = None) -> Connection[Movement]:
        key = HistoryPageKey(owner_id=self.record.id, first=check_first(first), after=instant_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.movement_counts_by_serial, self.record.id)

        page = await info.context.load(tracing.movements_by_serial, key)
        return Connection.of(page, node=Movement.of, after=after, count=count)


@field(description="A lot by its code: where it is, and where it went. Null when unknown.")
async def lot(
    info: Info,
    sku: Annotated[str, strawberry.argument(description="The SKU of the item or of one of its variants.")],
    code: Annotated[str, strawberry.argument(description="The lot's code.")],
) -> Lot | None:
    info.context.require(VIEW)
    found: Lot | None = present(await info.context.read(lambda tx: tracing.lot_by_code(tx, sku=sku, code=code)))
    return found


@field(description="A numbered piece: where it is and was. Null when unknown.")
async def serial(
    info: Info,
    sku: Annotated[str, strawberry.argument(description="The SKU of the item or of one of its variants.")],
    serial: Annotated[str, strawberry.argument(description="Its number.")],
) -> Serial | None:
    info.context.require(VIEW)
    found: Serial | None = present(
        await info.context.read(lambda tx: tracing.serial_by_number(tx, sku=sku, serial=serial))
    )
    return found


queries = [lot, serial]
mutations: list[StrawberryField] = []
types: list[type] = []
