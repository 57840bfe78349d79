"""What stock is worth, now and at any time before."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.masterdata.categories import categories_by_id
from inventory_graph.masterdata.item_reading import items_by_id
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.stock import costing
from inventory_graph.transfers.queries import value_in_transit
from inventory_graph.valuation import queries as reading
from inventory_graph.valuation.records import ValuationRow as RowRecord
from resolvers.categories import Category
from resolvers.context import Info
from resolvers.federation import cost
from resolvers.items import Item
from resolvers.kit import After, Connection, First, check_first, field, present, presents
from resolvers.money import Money
from resolvers.positions import text_position
from resolvers.scalars import DateTime, Quantity
from resolvers.warehouses import Warehouse, WarehouseKey, warehouse_id_of

VIEW = "inventory.stock.view"


@strawberry.enum(description="What the rows of a valuation are about.")
class ValuationBy(Enum):
    ITEM = enum_value("ITEM", description="A row for each item, by SKU.")
    CATEGORY = enum_value(
        "CATEGORY",
        description="A row for each category, by slug, of the items directly in it; what is in none comes first.",
    )
    WAREHOUSE = enum_value("WAREHOUSE", description="A row for each warehouse, by code.")


@presents(RowRecord)
@strawberry.type(description="What there is of something, and what it is worth.")
class ValuationRow:
    on_hand: Quantity | None = strawberry.field(
        description="How much there is of the item, in its stock unit; null for a category or a warehouse, which add up different things."
    )
    record: strawberry.Private[RowRecord]
    by: strawberry.Private[ValuationBy | None] = None

    @classmethod
    def of(cls, record: RowRecord) -> "ValuationRow":
        """The row of a record."""
        return cls(on_hand=Quantity(record.on_hand) if record.on_hand is not None else None, record=record)

    @field(description="The item; null in a valuation by something else.")
    async def item(self, info: Info) -> Item | None:
        if self.by is not ValuationBy.ITEM or self.record.subject_id is None:
            return None
        return present(await info.context.load(items_by_id, self.record.subject_id))

    @field(description="The category; null for what is in none, and in a valuation by something else.")
    async def category(self, info: Info) -> Category | None:
        if self.by is not ValuationBy.CATEGORY or self.record.subject_id is None:
            return None
        return present(await info.context.load(categories_by_id, self.record.subject_id))

    @field(description="The warehouse; null in a valuation by something else.")
    async def warehouse(self, info: Info) -> Warehouse | None:
        if self.by is not ValuationBy.WAREHOUSE or self.record.subject_id is None:
            return None
        return present(await info.context.load(warehouses_by_id, self.record.subject_id))

    @field(description="What it is worth, below 0 for what is owed.")
    def value(self, info: Info) -> Money:
        return Money.given(self.record.value, info.context.actor.currency)

    @field(description="What a stock unit is worth on average; null where `onHand` is null or 0.")
    def unit_cost(self, info: Info) -> Money | None:
        if not self.record.on_hand:
            return None
        return Money.of(costing.unit_cost_of(self.record.value, self.record.on_hand), info.context.actor.currency)


@strawberry.type(
    description="What stock was worth at an instant, by when things happened: what movements and later costs say up to then. Give `at`"
    " where several pages or fields are to be of one instant."
)
class Valuation:
    at: DateTime | None = strawberry.field(description="The instant; null for now.")
    scope: strawberry.Private[reading.Scope]
    by: strawberry.Private[ValuationBy]

    @field(
        description="What all of it is worth, without what is on its way between warehouses.", directives=[cost(1_000)]
    )
    async def total(self, info: Info) -> Money:
        return Money.given(await info.context.read(self._total), info.context.actor.currency)

    @field(
        description="What was on its way by transfers, to the warehouse where one is named, at what it left with: in no row and not in"
        " `total`.",
        directives=[cost(100)],
    )
    async def in_transit(self, info: Info) -> Money:
        scope = self.scope

        async def read(tx: Transaction) -> Decimal:
            return await value_in_transit(
                tx, at=scope.at, to_warehouse_id=scope.warehouse_id, category_ids=scope.category_ids
            )

        return Money.given(await info.context.read(read), info.context.actor.currency)

    @field(
        description="What it is made of; what there is nothing of and is worth nothing is left out.",
        directives=[cost(1_000)],
    )
    async def rows(self, info: Info, first: First = 50, after: After = None) -> Connection[ValuationRow]:
        check_first(first)
        position, by = text_position(after), reading.By(self.by.name)

        def node(record: RowRecord) -> ValuationRow:
            row = ValuationRow.of(record)
            row.by = self.by
            return row

        async def count() -> int | None:
            return await info.context.read(lambda tx: reading.valuation_count(tx, by=by, scope=self.scope))

        page = await info.context.read(
            lambda tx: reading.valuation_page(tx, by=by, scope=self.scope, first=first, after=position)
        )
        return Connection.of(page, node=node, after=after, count=count)

    async def _total(self, tx: Transaction) -> Decimal:
        return await reading.valuation_total(tx, scope=self.scope)


@field(
    description="What stock is or was worth, by item, category or warehouse. Null for an unknown warehouse or category."
)
async def valuation(
    info: Info,
    at: Annotated[DateTime | None, strawberry.argument(description="At which instant; now if left out.")] = None,
    warehouse: Annotated[
        WarehouseKey | None, strawberry.argument(description="In which warehouse; in all if left out.")
    ] = None,
    category_slug: Annotated[
        str | None, strawberry.argument(description="Of which category and all that lies below it; of all if left out.")
    ] = None,
    by: Annotated[ValuationBy, strawberry.argument(description="What a row is about.")] = ValuationBy.ITEM,
) -> Valuation | None:
    info.context.require(VIEW)
    warehouse_id = await warehouse_id_of(info, warehouse) if warehouse is not None else None
    categories = None
    if category_slug is not None:
        slug = category_slug
        categories = await info.context.read(lambda tx: reading.categories_below(tx, slug=slug))
    if (warehouse is not None and warehouse_id is None) or categories == []:
        return None
    instant: datetime | None = at
    scope = reading.Scope(at=instant, warehouse_id=warehouse_id, category_ids=categories)
    return Valuation(at=at, scope=scope, by=by)


queries: list[StrawberryField] = [valuation]
mutations: list[StrawberryField] = []
types: list[type] = []
