"""What stock is worth and why: costing methods, layers, and costs that were told later."""

from enum import Enum
from uuid import UUID

import strawberry
from strawberry import enum_value

from inventory_graph.stock import counts
from inventory_graph.stock.cost_queries import (
    AdjustmentPageKey,
    LayerPageKey,
    adjustments_by_balance,
    layers_by_balance,
)
from inventory_graph.stock.records import BalanceCostRecord, CostAdjustmentRecord, CostLayerRecord
from resolvers.context import Info
from resolvers.costing import CostingMethod
from resolvers.kit import After, Connection, First, check_first, field, present, presents
from resolvers.money import Money
from resolvers.positions import instant_position, version_position
from resolvers.scalars import DateTime, Quantity


@strawberry.enum(description="Why the value of stock changed without a movement.")
class CostAdjustmentKind(Enum):
    TRUE_UP = enum_value(
        "TRUE_UP",
        description="What had been issued before it was there cost something else than was assumed, or what came without a cost has one.",
    )
    LANDED_COST = enum_value("LANDED_COST", description="A cost was put on what a goods receipt brought.")
    FREIGHT = enum_value("FREIGHT", description="A cost was put on what a transfer brought.")
    METHOD = enum_value(
        "METHOD", description="It is kept by another costing method from here on; the value stays, but for rounding."
    )


@presents(CostAdjustmentRecord)
@strawberry.type(
    description="A change of the value of stock that no movement made; it is never changed. `valueChange` is for what is there,"
    " `issuedValue` for what had left: cost of goods."
)
class CostAdjustment:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    kind: CostAdjustmentKind = strawberry.field(description="Why.")
    balance_id: strawberry.ID = strawberry.field(description="The balance.")
    movement_id: strawberry.ID | None = strawberry.field(
        description="The movement whose cost it is about; null for a method."
    )
    reference_type: str | None = strawberry.field(description="The kind of document that it is about.")
    reference_id: strawberry.ID | None = strawberry.field(description="The document that it is about.")
    reference: str | None = strawberry.field(
        description="What people call the document, or the caller's own reference."
    )
    occurred_at: DateTime = strawberry.field(description="From when on it holds.")
    recorded_at: DateTime = strawberry.field(description="When it was recorded.")
    recorded_by: str = strawberry.field(description="The subject who caused it.")
    record: strawberry.Private[CostAdjustmentRecord]

    @classmethod
    def of(cls, record: CostAdjustmentRecord) -> "CostAdjustment":
        """The adjustment of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            kind=CostAdjustmentKind(record.kind),
            balance_id=strawberry.ID(str(record.balance_id)),
            movement_id=_id_or_none(record.movement_id),
            reference_type=record.reference_type,
            reference_id=_id_or_none(record.reference_id),
            reference=record.reference,
            occurred_at=DateTime(record.occurred_at),
            recorded_at=DateTime(record.recorded_at),
            recorded_by=record.recorded_by,
            record=record,
        )

    @field(description="What the stock that is there is worth more, or less.")
    def value_change(self, info: Info) -> Money:
        return Money.given(self.record.value_change, info.context.actor.currency)

    @field(description="What had left cost more, or less, than its movements say.")
    def issued_value(self, info: Info) -> Money:
        return Money.given(self.record.issued_value, info.context.actor.currency)


def _id_or_none(value: UUID | None) -> strawberry.ID | None:
    return strawberry.ID(str(value)) if value is not None else None


@presents(CostLayerRecord)
@strawberry.type(description="What came to a balance at one time under FIFO, as far as it is still there.")
class CostLayer:
    id: strawberry.ID = strawberry.field(
        description="The id of the movement that brought it, or of the adjustment that began the method."
    )
    received: Quantity = strawberry.field(description="How much came, in the item's stock unit.")
    quantity: Quantity = strawberry.field(description="How much of it is there, in the item's stock unit.")
    received_at: DateTime = strawberry.field(description="When it came.")
    record: strawberry.Private[CostLayerRecord]

    @classmethod
    def of(cls, record: CostLayerRecord) -> "CostLayer":
        """The layer of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            received=Quantity(record.received),
            quantity=Quantity(record.quantity),
            received_at=DateTime(record.received_at),
            record=record,
        )

    @field(description="What one stock unit costs, with costs that were told later; null while no cost is known.")
    def unit_cost(self, info: Info) -> Money | None:
        return Money.of(self.record.unit_cost, info.context.actor.currency)

    @field(description="What is left of it is worth, with costs that were told later.")
    def value(self, info: Info) -> Money:
        return Money.given(self.record.value, info.context.actor.currency)


@strawberry.type(description="What a balance is worth, and why.")
class StockCosting:
    method: CostingMethod = strawberry.field(
        description="How the cost of what leaves is found. A new setting holds from the next movement of value on."
    )
    balance_id: strawberry.Private[UUID]
    record: strawberry.Private[BalanceCostRecord | None]

    @classmethod
    def of(cls, balance_id: UUID, record: BalanceCostRecord | None) -> "StockCosting":
        """The cost of a balance; of one never touched nothing is known."""
        method = CostingMethod(record.costing_method) if record is not None else CostingMethod.AVERAGE
        return cls(method=method, balance_id=balance_id, record=record)

    @field(description="What all of it is worth, below 0 for what is owed; null while no cost is known.")
    def value(self, info: Info) -> Money | None:
        return Money.of(self.record.value if self.record is not None else None, info.context.actor.currency)

    @field(
        description="What a stock unit is worth on average; the last known cost where nothing is there. Null while none is known."
    )
    def unit_cost(self, info: Info) -> Money | None:
        return Money.of(self.record.unit_cost if self.record is not None else None, info.context.actor.currency)

    @field(description="What is there by when it came, the oldest first: it leaves in this order. Empty under AVERAGE.")
    async def layers(self, info: Info, first: First = 20, after: After = None) -> Connection[CostLayer]:
        key = LayerPageKey(self.balance_id, check_first(first), version_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.layer_counts_by_balance, self.balance_id)

        return Connection.of(await info.context.load(layers_by_balance, key), node=present, after=after, count=count)

    @field(description="What its value changed by without a movement, the newest first.")
    async def adjustments(self, info: Info, first: First = 20, after: After = None) -> Connection[CostAdjustment]:
        key = AdjustmentPageKey(self.balance_id, check_first(first), instant_position(after))

        async def count() -> int | None:
            return await info.context.load(counts.adjustment_counts_by_balance, self.balance_id)

        return Connection.of(
            await info.context.load(adjustments_by_balance, key), node=present, after=after, count=count
        )
