"""Balances, the ledger behind them, and the reads of the stock book."""

import asyncio
from datetime import datetime
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
from inventory_graph.purchasing.queries import on_order_by_balance
from inventory_graph.stock import counts
from inventory_graph.stock import queries as stock
from inventory_graph.stock.as_of import snapshots
from inventory_graph.stock.cost_queries import adjustments_by_movement, costs_by_balance, movement_values
from inventory_graph.stock.records import BalanceRecord, MovementRecord
from inventory_graph.stock.service import Place
from inventory_graph.stock.tracing import LotPageKey, lot_balances, lots_by_id
from inventory_graph.transfers.queries import in_transit_by_balance
from resolvers.context import BatchFunction, Info
from resolvers.federation import cost, usually
from resolvers.kit import (
    After,
    Connection,
    First,
    Shown,
    check_first,
    field,
    identifier_or_none,
    identifiers_of,
    present,
    presents,
)
from resolvers.money import Money
from resolvers.positions import id_position, text_position, version_position
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_costs import CostAdjustment, StockCosting

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.lots import Lot, LotBalance
    from resolvers.warehouses import Location, Warehouse, WarehouseKey

VIEW = "inventory.stock.view"
ZERO = Quantity(Decimal(0))


@strawberry.enum(description="What a piece of stock is good for. On hand is the sum of the four.")
class StockState(Enum):
    AVAILABLE = enum_value("AVAILABLE", description="It can be sold.")
    RESERVED = enum_value(
        "RESERVED",
        description="It is held for somebody. Only comes out: holds are movements from AVAILABLE to RESERVED.",
    )
    QUARANTINED = enum_value("QUARANTINED", description="It is set aside until somebody decides.")
    DAMAGED = enum_value("DAMAGED", description="It cannot be sold.")


@strawberry.type(description="A balance as it was at an instant, by when things happened.")
class StockSnapshot:
    at: DateTime = strawberry.field(description="The instant.")
    on_hand: Quantity = strawberry.field(description="On hand then, in the item's stock unit.")
    reserved: Quantity = strawberry.field(description="Held then, in the item's stock unit.")
    available: Quantity = strawberry.field(description="Available then, in the item's stock unit.")
    value: Money | None = strawberry.field(
        description="What it was worth, by its costing method and with every cost told since; null while no cost is known."
    )


@presents(BalanceRecord)
@strawberry.federation.type(
    keys=["id", "variantId warehouseId"],
    description="What one variant has in one warehouse. onHand = available + reserved + quarantined + damaged, always.",
)
class StockBalance:
    id: strawberry.ID = strawberry.field(description="Follows from variant and warehouse: the same for ever.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    on_hand: Quantity = strawberry.field(description="Everything that lies there, in the item's stock unit.")
    reserved: Quantity = strawberry.field(description="Held for somebody, in the item's stock unit.")
    quarantined: Quantity = strawberry.field(description="Set aside until somebody decides, in the item's stock unit.")
    damaged: Quantity = strawberry.field(description="Not sellable, in the item's stock unit.")
    available: Quantity = strawberry.field(description="What can be sold now, in the item's stock unit.")
    reorder_point: Quantity | None = strawberry.field(
        description="At or below this much available, stock is low; null for no such point."
    )
    safety_stock: Quantity = strawberry.field(
        description="What should never be planned away, in the item's stock unit."
    )
    version: int = strawberry.field(
        description="One step for each command that changes this balance, dense from 1. A known pair never touched reads zeros and version 0."
    )
    updated_at: DateTime = strawberry.field(description="When it last changed.")
    record: strawberry.Private[BalanceRecord]

    @classmethod
    def of(cls, record: BalanceRecord) -> "StockBalance":
        """The balance of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            variant_id=strawberry.ID(str(record.variant_id)),
            warehouse_id=strawberry.ID(str(record.warehouse_id)),
            on_hand=Quantity(record.on_hand),
            reserved=Quantity(record.reserved),
            quarantined=Quantity(record.quarantined),
            damaged=Quantity(record.damaged),
            available=Quantity(record.available),
            reorder_point=Quantity(record.reorder_point) if record.reorder_point is not None else None,
            safety_stock=Quantity(record.safety_stock),
            version=record.version,
            updated_at=DateTime(record.updated_at),
            record=record,
        )

    @field(description="What it is worth, and why.")
    async def costing(self, info: Info) -> StockCosting:
        return StockCosting.of(self.record.id, await info.context.load(costs_by_balance, self.record.id))

    @field(
        description="Supply on its way by purchase orders that were sent, in the item's stock unit.",
        directives=[cost(1)],
    )
    async def on_order(self, info: Info) -> Quantity:
        key = (self.record.variant_id, self.record.warehouse_id)
        return Quantity(await info.context.load(on_order_by_balance, key) or ZERO)

    @field(
        description="Supply on its way by transfers shipped to here and not yet received, in the item's stock unit.",
        directives=[cost(1)],
    )
    async def in_transit(self, info: Info) -> Quantity:
        key = (self.record.variant_id, self.record.warehouse_id)
        return Quantity(await info.context.load(in_transit_by_balance, key) or ZERO)

    @field(description="The variant.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="The warehouse.")
    async def warehouse(self, info: Info) -> Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="What of it is of which lot, by lot code; empty for an item that is not tracked by lot.")
    async def lots(
        self, info: Info, first: First = 50, after: After = None
    ) -> Connection[Annotated["LotBalance", strawberry.lazy("resolvers.lots")]]:
        key = LotPageKey(balance_id=self.record.id, first=check_first(first), after=text_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.lot_counts_by_balance, self.record.id)

        return Connection.of(await info.context.load(lot_balances, key), node=present, after=after, count=count)

    @field(description="The ledger behind the number, newest first.")
    async def movements(self, info: Info, first: First = 50, after: After = None) -> Connection["Movement"]:
        key = stock.PageKey(owner_id=self.record.id, first=check_first(first), after=version_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.movement_counts_by_balance, self.record.id)

        page = await info.context.load(stock.movements_by_balance, key)
        return Connection.of(page, node=present, after=after, count=count)

    @field(
        description="The balance as it was at an instant, by when things happened (not when they were recorded).",
        directives=[cost(5)],
    )
    async def as_of(
        self, info: Info, at: Annotated[DateTime, strawberry.argument(description="The instant.")]
    ) -> StockSnapshot:
        instant: datetime = at
        found = await info.context.load(snapshots, (self.record.id, instant))
        if found is None:
            return StockSnapshot(at=at, on_hand=ZERO, reserved=ZERO, available=ZERO, value=None)
        return StockSnapshot(
            at=at,
            on_hand=Quantity(found.on_hand),
            reserved=Quantity(found.reserved),
            available=Quantity(found.available),
            value=Money.of(found.value, info.context.actor.currency),
        )

    @classmethod
    async def resolve_references(cls, info: Info, representations: list[dict[str, Any]]) -> list["StockBalance | None"]:
        """The balances of federated references, by id or by variant and warehouse; None for one that is unknown."""
        info.context.require(VIEW)
        return [
            present(record)
            for record in await asyncio.gather(*(cls._referenced(info, each) for each in representations))
        ]

    @staticmethod
    async def _referenced(info: Info, representation: dict[str, Any]) -> BalanceRecord | None:
        if "id" in representation:
            by_id = identifier_or_none(representation["id"])
            return await info.context.load(stock.balances_by_id, by_id) if by_id else None
        variant_id = identifier_or_none(representation.get("variantId"))
        warehouse_id = identifier_or_none(representation.get("warehouseId"))
        if variant_id is None or warehouse_id is None:
            return None
        return await info.context.load(stock.balances_by_pair, (variant_id, warehouse_id))


@presents(MovementRecord)
@strawberry.type(description="One row of the ledger; it is never changed. A null state is the world outside.")
class Movement:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    kind: str = strawberry.field(
        description="RECEIPT, RECEIPT_REVERSAL, ADJUSTMENT, SET, MOVE and others; more come with more verbs."
    )
    quantity: Quantity = strawberry.field(description="How much moved, always more than 0, in the item's stock unit.")
    from_state: StockState | None = strawberry.field(description="The state it left; null when it came from outside.")
    to_state: StockState | None = strawberry.field(description="The state it entered; null when it went outside.")
    serials: list[str] = strawberry.field(description="The numbered pieces that moved.")
    reason: str | None = strawberry.field(description="Why, as the command said.")
    note: str | None = strawberry.field(description="What a person added.")
    reference_type: str | None = strawberry.field(description="The kind of document whose line this posts.")
    reference_id: strawberry.ID | None = strawberry.field(description="The document whose line this posts.")
    reference: str | None = strawberry.field(description="The caller's own reference.")
    balance_version: int = strawberry.field(description="The version of the balance that this movement belongs to.")
    on_hand_after: Quantity = strawberry.field(description="On hand right after this movement.")
    occurred_at: DateTime = strawberry.field(description="When it happened.")
    recorded_at: DateTime = strawberry.field(description="When it was recorded.")
    recorded_by: str = strawberry.field(description="The subject who recorded it.")
    record: strawberry.Private[MovementRecord]

    @classmethod
    def of(cls, record: MovementRecord) -> "Movement":
        """The movement of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            kind=record.kind,
            quantity=Quantity(record.quantity),
            from_state=StockState(record.from_state) if record.from_state else None,
            to_state=StockState(record.to_state) if record.to_state else None,
            serials=record.serials,
            reason=record.reason,
            note=record.note,
            reference_type=record.reference_type,
            reference_id=strawberry.ID(str(record.reference_id)) if record.reference_id else None,
            reference=record.reference,
            balance_version=record.balance_version,
            on_hand_after=Quantity(record.on_hand_after),
            occurred_at=DateTime(record.occurred_at),
            recorded_at=DateTime(record.recorded_at),
            recorded_by=record.recorded_by,
            record=record,
        )

    @field(description="The variant that moved.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="The warehouse it moved in.")
    async def warehouse(self, info: Info) -> Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="The location it left; null for none.")
    async def from_location(self, info: Info) -> Annotated["Location", strawberry.lazy("resolvers.warehouses")] | None:
        return await _loaded(info, locations_by_id, self.record.from_location_id)

    @field(description="The location it entered; null for none.")
    async def to_location(self, info: Info) -> Annotated["Location", strawberry.lazy("resolvers.warehouses")] | None:
        return await _loaded(info, locations_by_id, self.record.to_location_id)

    @field(description="The lot that moved; null for an item that is not tracked by lot.")
    async def lot(self, info: Info) -> Annotated["Lot", strawberry.lazy("resolvers.lots")] | None:
        return await _loaded(info, lots_by_id, self.record.lot_id)

    @field(description="The cost of one stock unit, frozen when it moved; null while no cost is known.")
    def unit_cost(self, info: Info) -> Money | None:
        return Money.of(self.record.unit_cost, info.context.actor.currency)

    @field(description="What it did to the value of its balance, frozen when it moved.")
    async def value_change(self, info: Info) -> Money:
        key = (self.record.id, self.record.recorded_at)
        return Money.given(await info.context.load(movement_values, key) or ZERO, info.context.actor.currency)

    @field(
        description="What was told of its cost later, in the order in which it was, at most 100.",
        directives=[usually(5)],
    )
    async def cost_adjustments(self, info: Info) -> list[CostAdjustment]:
        return [present(each) for each in await info.context.load(adjustments_by_movement, self.record.id) or ()]


async def _loaded(info: Info, function: BatchFunction[UUID, Any], key: UUID | None) -> Shown:
    return present(await info.context.load(function, key) if key is not None else None)


@strawberry.input(description="Which balances of a warehouse.")
class BalanceFilter:
    low_stock: bool = strawberry.field(default=False, description="Only those at or below their reorder point.")
    in_stock: bool = strawberry.field(default=False, description="Only those with something on hand.")


async def balances_of_warehouse(
    info: Info, warehouse_id: UUID, *, first: int, after: str | None, narrowing: BalanceFilter | None
) -> Connection[StockBalance]:
    """A page of a warehouse's balances, for ``Warehouse.balances``."""
    info.context.require(VIEW)
    is_low = narrowing.low_stock if narrowing else False
    has_stock = narrowing.in_stock if narrowing else False
    key = stock.BalancePageKey(
        warehouse_id=warehouse_id,
        first=check_first(first),
        after=id_position(after),
        is_low=is_low,
        has_stock=has_stock,
    )

    async def count() -> int | None:
        return await info.context.load(counts.balance_counts, (warehouse_id, is_low, has_stock))

    page = await info.context.load(stock.balances_by_warehouse, key)
    return Connection.of(page, node=present, after=after, count=count)


async def balances_of_variant(
    info: Info, variant_id: UUID, *, warehouse_ids: list[strawberry.ID] | None, outlet_ids: list[strawberry.ID] | None
) -> list[StockBalance]:
    """The balances of a variant, for ``Variant.balances``; lists of ids narrow it."""
    info.context.require(VIEW)
    records = await info.context.load(stock.balances_by_variant, variant_id) or []
    if warehouse_ids is not None:
        wanted = identifiers_of(warehouse_ids, path=("warehouse_ids",))
        records = [record for record in records if record.warehouse_id in wanted]
    if outlet_ids is not None:
        outlets = identifiers_of(outlet_ids, path=("outlet_ids",))
        warehouses = await info.context.load_many(warehouses_by_id, [record.warehouse_id for record in records])
        records = [
            record
            for record, warehouse in zip(records, warehouses, strict=True)
            if warehouse is not None and warehouse.outlet_id in outlets and warehouse.outlet_id is not None
        ]
    return [StockBalance.of(record) for record in records]


@field(
    description="The balance of an SKU in a warehouse, the tenant's default where none is named. Null for an unknown SKU or warehouse."
)
async def stock_balance(
    info: Info,
    sku: Annotated[str, strawberry.argument(description="The variant's SKU, or that of an item with one variant.")],
    warehouse: Annotated[
        Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")] | None,
        strawberry.argument(description="Which warehouse, by one of its keys."),
    ] = None,
) -> StockBalance | None:
    info.context.require(VIEW)
    place = place_of(warehouse)
    if place is None:
        return None
    key = stock.SkuKey(sku=sku, warehouse_id=place.id, warehouse_code=place.code, outlet_id=place.outlet_id)
    record = await info.context.load_shared(stock.balances_by_sku, key)
    return StockBalance.of(record) if record is not None else None


def place_of(key: "WarehouseKey | None") -> Place | None:
    """The place of a WarehouseKey; None for an id that is no UUID, and so names nothing."""
    if key is None:
        return Place()
    if key.code is not strawberry.UNSET:
        return Place(code=key.code)
    by_id = key.id is not strawberry.UNSET
    found = identifier_or_none(key.id if by_id else key.outlet_id)
    if found is None:
        return None
    return Place(id=found) if by_id else Place(outlet_id=found)


queries = [stock_balance]
mutations: list[StrawberryField] = []
types: list[type] = [StockBalance]
