"""Tasks of waves, and the halts at which a picker takes them."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.picking.documents import waves_by_id
from inventory_graph.picking.records import HaltRecord, TaskRecord
from inventory_graph.reservations.queries import reservations_by_id
from inventory_graph.stock.tracing import lots_by_id
from inventory_graph.transfers.documents import transfers_by_id
from resolvers.context import Info
from resolvers.kit import field, present, presents
from resolvers.scalars import DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.lots import Lot
    from resolvers.pick_waves import PickWave
    from resolvers.reservations import Reservation
    from resolvers.transfers import Transfer
    from resolvers.warehouses import Location

AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ALot = Annotated["Lot", strawberry.lazy("resolvers.lots")]
ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]
AReservation = Annotated["Reservation", strawberry.lazy("resolvers.reservations")]
ATransfer = Annotated["Transfer", strawberry.lazy("resolvers.transfers")]
AWave = Annotated["PickWave", strawberry.lazy("resolvers.pick_waves")]

VIEW_RESERVATIONS = "inventory.reservations.view"
VIEW_TRANSFERS = "inventory.transfers.view"


@strawberry.enum(description="How far a task is.")
class PickTaskStatus(Enum):
    OPEN = enum_value("OPEN", description="It is to be picked.")
    PICKED = enum_value("PICKED", description="All of it was taken.")
    SHORT = enum_value("SHORT", description="Less was there than was to be taken.")
    SHIPPED = enum_value("SHIPPED", description="What was taken has left.")
    WITHDRAWN = enum_value(
        "WITHDRAWN", description="What it was for is gone: leave it where it lies, or put it back there."
    )
    CANCELLED = enum_value("CANCELLED", description="Its wave was given up.")


@strawberry.enum(description="What something is picked for.")
class PickSource(Enum):
    RESERVATION = enum_value("RESERVATION", description="A hold of a reservation.")
    TRANSFER = enum_value("TRANSFER", description="A line of a transfer.")


@strawberry.enum(description="Why less was picked than was to be.")
class ShortPickReason(Enum):
    NOT_FOUND = enum_value("NOT_FOUND", description="It does not lie there. The book still says so: count it.")
    DAMAGED = enum_value("DAMAGED", description="It is broken; it becomes damaged stock where it lies.")
    EXPIRED = enum_value("EXPIRED", description="Its time is up.")
    OTHER = enum_value("OTHER", description="Anything else.")


@presents(TaskRecord)
@strawberry.type(
    description="So much of one variant to be taken from one location, for one hold or one line of a transfer."
)
class PickTask:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    position: int = strawberry.field(description="Its place in the walk, from 0.")
    status: PickTaskStatus = strawberry.field(description="How far it is, by now.")
    source: PickSource = strawberry.field(description="What it is for.")
    reservation_id: strawberry.ID | None = strawberry.field(description="The reservation that it is for.")
    transfer_id: strawberry.ID | None = strawberry.field(description="The transfer that it is for.")
    line_id: strawberry.ID = strawberry.field(description="The line of the reservation or transfer.")
    quantity: Quantity = strawberry.field(description="How much was to be taken, in the item's stock unit.")
    picked: Quantity = strawberry.field(description="How much was taken.")
    short: Quantity = strawberry.field(description="How much was not there.")
    short_reason: ShortPickReason | None = strawberry.field(description="Why.")
    serials: list[str] = strawberry.field(description="The numbered pieces to be taken; empty: whichever lie there.")
    picked_serials: list[str] = strawberry.field(description="The numbered pieces that were taken.")
    picked_by: str | None = strawberry.field(description="The subject who took it.")
    picked_at: DateTime | None = strawberry.field(description="When.")
    packed_at: DateTime | None = strawberry.field(description="When it was packed.")
    record: strawberry.Private[TaskRecord]

    @classmethod
    def of(cls, record: TaskRecord) -> "PickTask":
        """The task of a record."""
        document_id, is_held = strawberry.ID(str(record.document_id)), record.source == "RESERVATION"
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            status=PickTaskStatus(record.status),
            source=PickSource(record.source),
            reservation_id=document_id if is_held else None,
            transfer_id=None if is_held else document_id,
            line_id=strawberry.ID(str(record.line_id)),
            quantity=Quantity(record.quantity),
            picked=Quantity(record.picked),
            short=Quantity(record.short),
            short_reason=ShortPickReason(record.short_reason) if record.short_reason is not None else None,
            serials=list(record.serials),
            picked_serials=list(record.picked_serials),
            picked_by=record.picked_by,
            picked_at=_instant(record.picked_at),
            packed_at=_instant(record.packed_at),
            record=record,
        )

    @field(description="What is to be taken.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where it lies; null: at no location in particular.")
    async def location(self, info: Info) -> ALocation | None:
        location_id = self.record.location_id
        return present(await info.context.load(locations_by_id, location_id)) if location_id is not None else None

    @field(description="Of which lot.")
    async def lot(self, info: Info) -> ALot | None:
        lot_id = self.record.lot_id
        return present(await info.context.load(lots_by_id, lot_id)) if lot_id is not None else None

    @field(description="The wave that it is in.")
    async def wave(self, info: Info) -> AWave:
        return present(await info.context.load(waves_by_id, self.record.wave_id))

    @field(description="The reservation that it is for. Needs inventory.reservations.view.")
    async def reservation(self, info: Info) -> AReservation | None:
        if self.reservation_id is None:
            return None
        info.context.require(VIEW_RESERVATIONS)
        return present(await info.context.load(reservations_by_id, self.record.document_id))

    @field(description="The transfer that it is for. Needs inventory.transfers.view.")
    async def transfer(self, info: Info) -> ATransfer | None:
        if self.transfer_id is None:
            return None
        info.context.require(VIEW_TRANSFERS)
        return present(await info.context.load(transfers_by_id, self.record.document_id))


@strawberry.type(description="Where a wave halts: all that it takes there of one variant and lot, for whomever.")
class PickHalt:
    position: int = strawberry.field(description="Its place in the walk, from 0.")
    quantity: Quantity = strawberry.field(description="How much is to be taken there in all, less what is withdrawn.")
    picked: Quantity = strawberry.field(description="How much was taken.")
    short: Quantity = strawberry.field(description="How much was not there.")
    serials: list[str] = strawberry.field(description="The numbered pieces to be taken; empty: whichever lie there.")
    task_ids: list[strawberry.ID] = strawberry.field(description="The tasks that this is of, in their order.")
    record: strawberry.Private[HaltRecord]

    @classmethod
    def of(cls, record: HaltRecord) -> "PickHalt":
        """The halt of a record."""
        return cls(
            position=record.halt,
            quantity=Quantity(record.quantity),
            picked=Quantity(record.picked),
            short=Quantity(record.short),
            serials=list(record.serials),
            task_ids=[strawberry.ID(str(each)) for each in record.task_ids],
            record=record,
        )

    @field(description="What is to be taken.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where it lies; null: at no location in particular.")
    async def location(self, info: Info) -> ALocation | None:
        location_id = self.record.location_id
        return present(await info.context.load(locations_by_id, location_id)) if location_id is not None else None

    @field(description="Of which lot.")
    async def lot(self, info: Info) -> ALot | None:
        lot_id = self.record.lot_id
        return present(await info.context.load(lots_by_id, lot_id)) if lot_id is not None else None


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None
