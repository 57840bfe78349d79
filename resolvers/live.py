"""Subscriptions: how things stand, then every change of it."""

import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from inventory_graph.errors import InvalidInput
from inventory_graph.live.feeds import Delivery, cursor_after
from inventory_graph.live.log import Entry
from inventory_graph.live.selections import (
    EventSelection,
    PurchaseOrderSelection,
    ReservationSelection,
    StockSelection,
    TransferSelection,
)
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.reservations.queries import reservations_by_id
from inventory_graph.transfers.documents import transfers_by_id
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.kit import field, identifier, present
from resolvers.scalars import JSON, DateTime
from resolvers.stock import StockBalance

if TYPE_CHECKING:
    from resolvers.purchase_orders import PurchaseOrder
    from resolvers.reservations import Reservation
    from resolvers.transfers import Transfer

NAMED_MAX = 1_000
VIEW_STOCK = "inventory.stock.view"
VIEW_TRANSFERS = "inventory.transfers.view"
VIEW_RESERVATIONS = "inventory.reservations.view"
VIEW_EVENTS = "inventory.config.view"

CURSOR = "Send it as `after` to go on from here: nothing is missing then, and nothing comes twice."
Resume = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the last delivery that arrived; no SNAPSHOT is sent then."),
]


@strawberry.enum(description="What a delivery of a subscription is.")
class ChangeKind(Enum):
    SNAPSHOT = enum_value("SNAPSHOT", description="Part of how things stand, before the first change.")
    CHANGE = enum_value("CHANGE", description="Something changed.")
    HEARTBEAT = enum_value(
        "HEARTBEAT",
        description="Nothing changed for a while, or the snapshot is complete; its cursor is newer than the last one.",
    )


@strawberry.type(description="One delivery of `stockChanged`.")
class StockChange:
    cursor: str = strawberry.field(description=CURSOR)
    kind: ChangeKind = strawberry.field(description="What this is.")
    balance: StockBalance | None = strawberry.field(
        description="The balance as it was right after the change, or as it stands in a SNAPSHOT; null for a HEARTBEAT."
    )
    cause: str | None = strawberry.field(
        description="Why it changed: the reason that was given, else the kinds of movements."
    )
    occurred_at: DateTime = strawberry.field(description="When it changed; for a HEARTBEAT, when it was sent.")
    shared_as: strawberry.Private[int | None]

    @classmethod
    def of(cls, delivery: Delivery) -> "StockChange":
        """What a feed delivered."""
        return cls(
            cursor=delivery.cursor.text(),
            kind=ChangeKind[delivery.kind],
            balance=StockBalance.of(delivery.balance) if delivery.balance is not None else None,
            cause=delivery.cause,
            occurred_at=DateTime(delivery.occurred_at),
            shared_as=delivery.shared_as,
        )


@strawberry.type
class _DocumentChange:
    """What deliveries about documents have in common. They are not shared: how a document stands may differ from one delivery of
    the same step to the next."""

    cursor: str = strawberry.field(description=CURSOR)
    kind: ChangeKind = strawberry.field(description="What this is.")
    cause: str | None = strawberry.field(description="What its history calls the step.")
    occurred_at: DateTime = strawberry.field(description="When it changed; for a HEARTBEAT, when it was sent.")
    document_id: strawberry.Private[UUID | None]
    shared_as: strawberry.Private[int | None] = None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """What a feed delivered."""
        return cls(
            cursor=delivery.cursor.text(),
            kind=ChangeKind[delivery.kind],
            cause=delivery.cause,
            occurred_at=DateTime(delivery.occurred_at),
            document_id=delivery.document_id,
        )


@strawberry.type(description="One delivery of `reservationChanged`.")
class ReservationChange(_DocumentChange):
    @field(description="The reservation as it stands when this is delivered; null for a HEARTBEAT.")
    async def reservation(
        self, info: Info
    ) -> Annotated["Reservation", strawberry.lazy("resolvers.reservations")] | None:
        if self.document_id is None:
            return None
        return present(await info.context.load(reservations_by_id, self.document_id))


@strawberry.type(description="One delivery of `transferChanged`.")
class TransferChange(_DocumentChange):
    @field(description="The transfer as it stands when this is delivered; null for a HEARTBEAT.")
    async def transfer(self, info: Info) -> Annotated["Transfer", strawberry.lazy("resolvers.transfers")] | None:
        if self.document_id is None:
            return None
        return present(await info.context.load(transfers_by_id, self.document_id))


@strawberry.type(description="One delivery of `purchaseOrderChanged`.")
class PurchaseOrderChange(_DocumentChange):
    @field(description="The purchase order as it stands when this is delivered; null for a HEARTBEAT.")
    async def purchase_order(
        self, info: Info
    ) -> Annotated["PurchaseOrder", strawberry.lazy("resolvers.purchase_orders")] | None:
        if self.document_id is None:
            return None
        return present(await info.context.load(purchase_orders_by_id, self.document_id))


@strawberry.type(description="A domain event. The reference of events says what the payload of each type is.")
class InventoryEvent:
    cursor: str = strawberry.field(description=CURSOR)
    sequence: str = strawberry.field(description="Its position among the tenant's events: dense, from 1.")
    id: strawberry.ID = strawberry.field(description="Unique for ever; the same wherever else the event is told.")
    type: str = strawberry.field(description="Such as inventory.stock.updated.")
    aggregate_type: str = strawberry.field(description="What it is about: balance, reservation, item, …")
    aggregate_id: strawberry.ID = strawberry.field(description="Which one it is about; its events come in order.")
    payload: JSON = strawberry.field(description="What happened; quantities are strings.")
    occurred_at: DateTime = strawberry.field(description="When it happened.")
    shared_as: strawberry.Private[int | None]

    @classmethod
    def of(cls, entry: Entry) -> "InventoryEvent":
        """An event of the log."""
        return cls(
            cursor=cursor_after(entry).text(),
            sequence=str(entry.tenant_seq),
            id=strawberry.ID(str(entry.event_id)),
            type=entry.type,
            aggregate_type=entry.aggregate_type,
            aggregate_id=strawberry.ID(str(entry.aggregate_id)),
            payload=JSON(entry.data),
            occurred_at=DateTime(entry.occurred_at),
            shared_as=entry.seq,
        )


def _named(values: list[Any] | None, name: str) -> list[Any] | None:
    if values is not None and not 1 <= len(values) <= NAMED_MAX:
        raise InvalidInput(
            f"{to_camel_case(name)} names {len(values)}; name 1 to {NAMED_MAX:,}, or leave it out for all.",
            path=(name,),
        )
    return values


def _ids(values: list[strawberry.ID] | None, name: str) -> frozenset[UUID] | None:
    named = _named(values, name)
    return frozenset(identifier(each, path=(name,)) for each in named) if named is not None else None


async def stock_changed(
    info: Info,
    skus: Annotated[
        list[str] | None, strawberry.argument(description="Only these variants, at most 1,000; all if left out.")
    ] = None,
    warehouse_ids: Annotated[
        list[strawberry.ID] | None, strawberry.argument(description="Only in these warehouses; in all if left out.")
    ] = None,
    outlet_ids: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(description="Only in warehouses of these outlets; in all if left out."),
    ] = None,
    after: Resume = None,
    coalesce: Annotated[
        bool,
        strawberry.argument(description="A reader that falls behind gets only the newest version of each balance."),
    ] = False,
) -> AsyncGenerator[StockChange, None]:
    """First the present state of everything that matches (SNAPSHOT, one for each balance, then a HEARTBEAT), then every change of
    it, versions without a gap."""
    actor = info.context.require(VIEW_STOCK)
    selection = StockSelection(
        skus=frozenset(named) if (named := _named(skus, "skus")) is not None else None,
        warehouse_ids=_ids(warehouse_ids, "warehouse_ids"),
        outlet_ids=_ids(outlet_ids, "outlet_ids"),
    )
    feed = info.context.feeds.stock(actor, selection=selection, after=after, coalesce=coalesce, pay=info.context.pay)
    async with aclosing(feed) as deliveries:
        async for delivery in deliveries:
            yield StockChange.of(delivery) if delivery.shared_as is None else delivery.once(StockChange.of)


async def reservation_changed(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this reservation.")] = None,
    order_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only reservations of this order.")
    ] = None,
    after: Resume = None,
) -> AsyncGenerator[ReservationChange, None]:
    """First the reservations that match (where neither `id` nor `orderId` is given, those that are open), then every step of
    them."""
    actor = info.context.require(VIEW_RESERVATIONS)
    selection = ReservationSelection(
        id=identifier(id) if id is not None else None,
        order_id=identifier(order_id, path=("order_id",)) if order_id is not None else None,
    )
    feed = info.context.feeds.reservations(actor, selection=selection, after=after, pay=info.context.pay)
    async with aclosing(feed) as deliveries:
        async for delivery in deliveries:
            yield ReservationChange.of(delivery)


async def purchase_order_changed(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this purchase order.")] = None,
    warehouse_ids: Annotated[
        list[strawberry.ID] | None, strawberry.argument(description="Only for these warehouses; for all if left out.")
    ] = None,
    after: Resume = None,
) -> AsyncGenerator[PurchaseOrderChange, None]:
    """First the purchase orders that match (without `id` those that are neither closed nor cancelled), then every step of them."""
    actor = info.context.require_any(RECEIVING)
    selection = PurchaseOrderSelection(
        id=identifier(id) if id is not None else None, warehouse_ids=_ids(warehouse_ids, "warehouse_ids")
    )
    feed = info.context.feeds.purchase_orders(actor, selection=selection, after=after, pay=info.context.pay)
    async with aclosing(feed) as deliveries:
        async for delivery in deliveries:
            yield PurchaseOrderChange.of(delivery)


async def transfer_changed(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this transfer.")] = None,
    warehouse_ids: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(description="Only from or to these warehouses; all if left out."),
    ] = None,
    after: Resume = None,
) -> AsyncGenerator[TransferChange, None]:
    """First the transfers that match (without `id` those that are neither completed nor cancelled), then every step of them."""
    actor = info.context.require(VIEW_TRANSFERS)
    selection = TransferSelection(
        id=identifier(id) if id is not None else None, warehouse_ids=_ids(warehouse_ids, "warehouse_ids")
    )
    feed = info.context.feeds.transfers(actor, selection=selection, after=after, pay=info.context.pay)
    async with aclosing(feed) as deliveries:
        async for delivery in deliveries:
            yield TransferChange.of(delivery)


async def inventory_events(
    info: Info,
    types: Annotated[
        list[str] | None, strawberry.argument(description="Only events of these types, at most 1,000; all if left out.")
    ] = None,
    after: Resume = None,
) -> AsyncGenerator[InventoryEvent, None]:
    """Every domain event of the tenant, for integrators: from now on, or from `after`."""
    actor = info.context.require(VIEW_EVENTS)
    selection = EventSelection(frozenset(named) if (named := _named(types, "types")) is not None else None)
    feed = info.context.feeds.events(actor, selection=selection, after=after, pay=info.context.pay)
    async with aclosing(feed) as events:
        async for entry in events:
            yield entry.once(InventoryEvent.of)


def _subscription(resolver: Any) -> StrawberryField:
    subscription: StrawberryField = strawberry.subscription(resolver, description=inspect.getdoc(resolver))
    return subscription


subscriptions = [
    _subscription(each)
    for each in (stock_changed, reservation_changed, purchase_order_changed, transfer_changed, inventory_events)
]
