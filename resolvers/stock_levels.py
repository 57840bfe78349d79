"""Setting the levels of a balance."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.masterdata.warehouses import warehouse_of
from inventory_graph.stock import resolution
from inventory_graph.stock.levels import set_stock_levels as set_levels
from inventory_graph.stock.records import BalanceRecord
from resolvers.context import Info
from resolvers.kit import Payload, mutation
from resolvers.scalars import Quantity
from resolvers.stock import StockBalance
from resolvers.stock_mutations import WHERE, named_place

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey


@strawberry.type(description="What setting the levels of a balance did.")
class StockLevelsPayload(Payload):
    balance: StockBalance | None = strawberry.field(default=None, description="The balance; null when refused.")


@strawberry.input(description="The levels of one balance, stated in full.")
class SetStockLevelsInput:
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    warehouse: Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")] | None = strawberry.field(
        default=None, description=WHERE
    )
    reorder_point: Quantity | None = strawberry.field(
        default=None,
        description="At or below this much available, stock is low, in the item's stock unit; null for never.",
    )
    safety_stock: Quantity = strawberry.field(
        default=Quantity(Decimal(0)), description="What should never be planned away, in the item's stock unit."
    )


@mutation
async def set_stock_levels(info: Info, input: SetStockLevelsInput) -> StockLevelsPayload:
    """State the reorder point and the safety stock of a balance; both are replaced. Safe to repeat."""
    info.context.require("inventory.stock.manage")
    place = named_place(input.warehouse)

    async def verb(tx: Transaction) -> BalanceRecord:
        warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
        tx.actor.require_outlet(warehouse.outlet_id)
        article = await resolution.article(tx, input.sku)
        return await set_levels(
            tx,
            variant_id=article.variant_id,
            warehouse_id=warehouse.id,
            reorder_point=_level(article, input.reorder_point, "reorder_point"),
            safety_stock=article.quantity(input.safety_stock, None, path=("safety_stock",)),
        )

    return StockLevelsPayload(balance=StockBalance.of(await info.context.write(verb)))


def _level(article: resolution.Article, level: Decimal | None, name: str) -> Decimal | None:
    return article.quantity(level, None, path=(name,)) if level is not None else None


queries: list[StrawberryField] = []
mutations = [set_stock_levels]
types: list[type] = []
