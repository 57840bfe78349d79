"""Reservations: what is promised, to whom, until when, and what became of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.reservations import queries as reading
from inventory_graph.reservations.records import HoldRecord, ReservationLineRecord, ReservationRecord, StepRecord
from inventory_graph.stock.tracing import lots_by_id
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import (
    After,
    Connection,
    First,
    field,
    identifier_in,
    identifier_or_none,
    present,
    presents,
)
from resolvers.listing import newest_first
from resolvers.scalars import JSON, DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.lots import Lot
    from resolvers.warehouses import Location, Warehouse

VIEW = "inventory.reservations.view"
AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]
ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]
ALot = Annotated["Lot", strawberry.lazy("resolvers.lots")]


@strawberry.enum(description="What a reservation is for.")
class ReservationType(Enum):
    ORDER = enum_value("ORDER", description="An order that is delivered.")
    CLICK_AND_COLLECT = enum_value("CLICK_AND_COLLECT", description="An order that is collected.")
    POS = enum_value("POS", description="A sale at the till.")
    TRANSFER = enum_value("TRANSFER", description="A transfer to another warehouse.")
    PRODUCTION = enum_value("PRODUCTION", description="Something that is to be made.")


@strawberry.enum(
    description="HELD resolves exactly once, in full or in parts. A hold whose time has passed reads EXPIRED at once."
)
class ReservationStatus(Enum):
    HELD = enum_value("HELD", description="All of it is held, or waits for stock; nothing was issued.")
    PARTIALLY_COMMITTED = enum_value("PARTIALLY_COMMITTED", description="Some was issued, some is still held.")
    COMMITTED = enum_value("COMMITTED", description="Something was issued, and nothing is held any more.")
    RELEASED = enum_value("RELEASED", description="It was given back; nothing was issued.")
    EXPIRED = enum_value("EXPIRED", description="Its time passed; nothing was issued.")


@strawberry.enum(description="What made one version of a reservation.")
class ReservationStepKind(Enum):
    HELD = enum_value("HELD", description="It was made.")
    CHANGED = enum_value("CHANGED", description="Lines of it were replaced.")
    EXTENDED = enum_value("EXTENDED", description="It was extended.")
    COMMITTED = enum_value("COMMITTED", description="Something of it was issued.")
    CONSUMED = enum_value("CONSUMED", description="A consumption of its order was issued from it.")
    RELEASED = enum_value("RELEASED", description="It was given back.")
    EXPIRED = enum_value("EXPIRED", description="Its time passed.")
    READY = enum_value("READY", description="It lies ready to be collected.")
    NO_SHOW = enum_value("NO_SHOW", description="Nobody came to collect it.")
    ASSIGNED = enum_value("ASSIGNED", description="It became another order's.")
    BACKORDER_FILLED = enum_value("BACKORDER_FILLED", description="Stock came for what waited.")


@strawberry.type(description="So much of one lot, at one location of one warehouse.")
class Allocation:
    serials: list[str] = strawberry.field(description="The numbers of the pieces, for an item tracked by serial.")
    quantity: Quantity = strawberry.field(description="How much is held, or was issued, in the item's stock unit.")
    record: strawberry.Private[HoldRecord]

    @classmethod
    def of(cls, record: HoldRecord) -> "Allocation":
        """The allocation of a hold."""
        return cls(serials=record.serials, quantity=Quantity(record.quantity), record=record)

    @field(description="Where it lies.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="Where in the warehouse; null for no location in particular.")
    async def location(self, info: Info) -> ALocation | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))

    @field(description="Of which lot; null for an item that is not tracked by lot.")
    async def lot(self, info: Info) -> ALot | None:
        return present(await info.context.load(lots_by_id, self.record.lot_id)) if self.record.lot_id else None


@strawberry.type(description="A leaf component that is really held for a line.")
class ReservationComponent:
    quantity: Quantity = strawberry.field(description="How much is held, or was issued, in its stock unit.")
    allocations: list[Allocation] = strawberry.field(
        description="Of which lots, at which places.", directives=[usually(2)]
    )
    variant_id: strawberry.Private[UUID]

    @field(description="The component.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.variant_id))


@strawberry.type(description="So much of one variant. Quantities are in its stock unit.")
class ReservationLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    line_reference: str = strawberry.field(description="The caller's name for it, else its position.")
    requested: Quantity = strawberry.field(description="How much was asked.")
    reserved: Quantity = strawberry.field(description="How much is held now.")
    committed: Quantity = strawberry.field(description="How much was issued.")
    released: Quantity = strawberry.field(description="How much was given back, or expired.")
    backordered: Quantity = strawberry.field(description="How much waits for stock.")
    record: strawberry.Private[ReservationLineRecord]

    @classmethod
    def of(cls, record: ReservationLineRecord) -> "ReservationLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            line_reference=record.line_reference,
            requested=Quantity(record.requested),
            reserved=Quantity(record.reserved),
            committed=Quantity(record.committed),
            released=Quantity(record.released),
            backordered=Quantity(record.backordered),
            record=record,
        )

    @field(description="What is reserved.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(
        description="For a recipe or kit: the leaf components that are really held. Empty for what is held as itself.",
        directives=[usually(5)],
    )
    async def components(self, info: Info) -> list[ReservationComponent]:
        holds = await _holds(info, self.record)
        by_leaf: dict[UUID, list[HoldRecord]] = {}
        for hold in holds:
            by_leaf.setdefault(hold.variant_id, []).append(hold)
        if set(by_leaf) <= {self.record.variant_id}:
            return []
        return [
            ReservationComponent(
                variant_id=variant_id,
                quantity=Quantity(sum((hold.quantity for hold in each), Decimal(0))),
                allocations=[Allocation.of(hold) for hold in each],
            )
            for variant_id, each in by_leaf.items()
        ]

    @field(
        description="The lots, serials and places picked for what is held as itself; a component has its own.",
        directives=[usually(2)],
    )
    async def allocations(self, info: Info) -> list[Allocation]:
        holds = await _holds(info, self.record)
        return [Allocation.of(hold) for hold in holds if hold.variant_id == self.record.variant_id]


async def _holds(info: Info, line: ReservationLineRecord) -> Sequence[HoldRecord]:
    return await info.context.load(reading.holds_by_line, (line.reservation_id, line.id)) or ()


@strawberry.type(description="One version of a reservation: who did what and when.")
class ReservationStep:
    version: int = strawberry.field(description="The version it made, dense from 1.")
    kind: ReservationStepKind = strawberry.field(description="What was done.")
    at: DateTime = strawberry.field(description="When.")
    by: str = strawberry.field(description="The subject who did it; `system` for what nobody asked for.")
    reason: str | None = strawberry.field(description="Why, if somebody said.")
    details: JSON | None = strawberry.field(description="Quantities by line reference, where the step had any.")

    @classmethod
    def of(cls, record: StepRecord) -> "ReservationStep":
        """The step of a record."""
        return cls(
            version=record.version,
            kind=ReservationStepKind(record.kind),
            at=DateTime(record.at),
            by=record.by,
            reason=record.reason,
            details=JSON(record.details) if record.details is not None else None,
        )


@presents(ReservationRecord)
@strawberry.federation.type(
    keys=["id"], description="A promise: stock that is held for an owner until it is committed, released or expires."
)
class Reservation:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    status: ReservationStatus = strawberry.field(description="What became of it, as of now.")
    type: ReservationType = strawberry.field(description="What it is for.")
    order_id: strawberry.ID | None = strawberry.field(description="The order that owns it.")
    reference: str | None = strawberry.field(description="The owner's own reference.")
    priority: int = strawberry.field(description="The higher, the earlier its backorder is filled.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="The subject who reserved; only it may extend the hold.")
    expires_at: DateTime | None = strawberry.field(description="From when it holds nothing; null for a hard hold.")
    pickup_at: DateTime | None = strawberry.field(description="From when it can be collected.")
    pickup_until: DateTime | None = strawberry.field(description="Until when it can be collected.")
    ready_at: DateTime | None = strawberry.field(description="Since when it lies ready to be collected.")
    collected_at: DateTime | None = strawberry.field(description="When it was collected.")
    no_show_at: DateTime | None = strawberry.field(description="When it was given up because nobody came.")
    resolved_at: DateTime | None = strawberry.field(description="Since when nothing is held any more.")
    version: int = strawberry.field(description="One for each step, dense from 1.")
    record: strawberry.Private[ReservationRecord]

    @classmethod
    def of(cls, record: ReservationRecord) -> "Reservation":
        """The reservation of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            status=ReservationStatus(record.status),
            type=ReservationType(record.type),
            order_id=strawberry.ID(str(record.order_id)) if record.order_id is not None else None,
            reference=record.reference,
            priority=record.priority,
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            expires_at=_instant(record.expires_at),
            pickup_at=_instant(record.pickup_at),
            pickup_until=_instant(record.pickup_until),
            ready_at=_instant(record.ready_at),
            collected_at=_instant(record.collected_at),
            no_show_at=_instant(record.no_show_at),
            resolved_at=_instant(record.resolved_at),
            version=record.version,
            record=record,
        )

    @field(description="The order that owns it.")
    def order(self) -> "Order | None":
        return Order(id=self.order_id) if self.order_id is not None else None

    @field(
        description="Where all of it is held; null when the lines were split over warehouses: see their allocations."
    )
    async def warehouse(self, info: Info) -> AWarehouse | None:
        if self.record.warehouse_id is None:
            return None
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="What is held, at most 100 lines and those of earlier calls.", directives=[usually(5)])
    async def lines(self, info: Info) -> list[ReservationLine]:
        records = self.record.lines
        if records is None:
            records = await info.context.load(reading.lines_by_reservation, self.record.id) or []
        return [ReservationLine.of(each) for each in records]

    @field(description="Who did what and when, the newest first; at most 500 steps.", directives=[usually(5)])
    async def history(self, info: Info) -> list[ReservationStep]:
        steps = await info.context.load(reading.steps_by_reservation, self.record.id) or []
        return [ReservationStep.of(each) for each in steps]

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["Reservation | None"]:
        """The reservations of federated references; None for one that is unknown here."""
        info.context.require(VIEW)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(reading.reservations_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@strawberry.federation.type(keys=["id"], description="Owned by the ordering service; here it has what is held for it.")
class Order:
    id: strawberry.ID = strawberry.field(description="The order's id, the same in every service.")

    @field(description="What was reserved for it, the newest first; at most 100.", directives=[usually(2)])
    async def reservations(self, info: Info) -> list[Reservation]:
        info.context.require(VIEW)
        order_id = identifier_or_none(self.id)
        found = await info.context.load(reading.reservations_by_order, order_id) if order_id is not None else None
        return [Reservation.of(each) for each in found or ()]

    @classmethod
    async def resolve_references(cls, info: Info, representations: Sequence[Mapping[str, Any]]) -> list["Order"]:
        """The orders of federated references: any id is one, for orders are known elsewhere."""
        _ = info
        return [cls(id=strawberry.ID(each["id"])) for each in representations]


@strawberry.input(description="Which reservations.")
class ReservationFilter:
    status: list[ReservationStatus] | None = strawberry.field(
        default=None, description="In one of these states, as of now."
    )
    type: list[ReservationType] | None = strawberry.field(default=None, description="Of one of these types.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="Of this order.")
    reference: str | None = strawberry.field(default=None, description="With this reference, exactly.")
    outlet_id: strawberry.ID | None = strawberry.field(default=None, description="Made for this outlet.")
    warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="Something of it was held in this warehouse."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="With a line of this variant.")
    created_since: DateTime | None = strawberry.field(default=None, description="Made at this instant or later.")
    created_before: DateTime | None = strawberry.field(default=None, description="Made before this instant.")

    def wanted(self) -> reading.ReservationFilter:
        """The domain's filter; raises ``InvalidInput`` for an id that is no UUID."""

        return reading.ReservationFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            types=[each.name for each in self.type] if self.type is not None else None,
            order_id=identifier_in(self, "order_id"),
            reference=self.reference,
            outlet_id=identifier_in(self, "outlet_id"),
            warehouse_id=identifier_in(self, "warehouse_id"),
            variant_id=identifier_in(self, "variant_id"),
            created_since=self.created_since,
            created_before=self.created_before,
        )


@field(description="A reservation by its id; null for an unknown one.")
async def reservation(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
) -> Reservation | None:
    info.context.require(VIEW)
    found = identifier_or_none(id)
    return present(await info.context.load(reading.reservations_by_id, found)) if found is not None else None


@field(description="Reservations in pages, the newest first.")
async def reservations(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[ReservationFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
) -> Connection[Reservation]:
    info.context.require(VIEW)
    wanted = filter.wanted() if filter is not None else reading.ReservationFilter()
    return await newest_first(
        info,
        Reservation,
        first=first,
        after=after,
        filter=wanted,
        page=reading.reservations_page,
        count=reading.reservations_count,
    )


queries: list[StrawberryField] = [reservation, reservations]
mutations: list[StrawberryField] = []
types: list[type] = [Reservation, Order]
