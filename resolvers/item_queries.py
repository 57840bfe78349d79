"""Looking items and variants up, and listing items."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata import item_pages
from inventory_graph.masterdata.item_pages import items_count, items_page
from inventory_graph.masterdata.item_reading import ITEM_LOADERS, VARIANT_LOADERS, KeyKind
from inventory_graph.stock.queries import low_stock_items, stocked_items
from resolvers.context import Info
from resolvers.inputs import word_of
from resolvers.item_keys import ItemKey, item_key
from resolvers.items import VIEW, Item, ItemStatus, ItemType, Variant
from resolvers.kit import After, Connection, First, check_first, decode_cursor, field, identifier_or_none, present
from resolvers.scalars import DateTime
from resolvers.warehouses import NOTHING, WarehouseKey, warehouse_id_of

VIEW_STOCK = "inventory.stock.view"


@strawberry.enum(description="What a list of items is ordered by.")
class ItemOrderField(Enum):
    SKU = enum_value("SKU", description="By SKU.")
    NAME = enum_value("NAME", description="By name.")
    UPDATED_AT = enum_value("UPDATED_AT", description="By when it last changed.")
    CREATED_AT = enum_value("CREATED_AT", description="By when it was made.")


@strawberry.enum(description="Which end of an order comes first.")
class OrderDirection(Enum):
    ASC = enum_value("ASC", description="The lowest, earliest or first of the alphabet.")
    DESC = enum_value("DESC", description="The highest, latest or last of the alphabet.")


@strawberry.input(description="How a list of items is ordered; items that are equal there go by id.")
class ItemOrder:
    field: ItemOrderField = strawberry.field(default=ItemOrderField.SKU, description="What it is ordered by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which end comes first.")


@strawberry.input(
    description="Which items: those that meet everything given. Without any, all, archived ones included."
)
class ItemFilter:
    text: str | None = strawberry.field(
        default=None,
        description="Every word of it begins a word of the item's name, SKUs, barcodes or tags, whatever the case and the"
        " accents. At most 8 words and 200 characters.",
    )
    type: list[ItemType] | None = strawberry.field(default=None, description="Of one of these types.")
    status: list[ItemStatus] | None = strawberry.field(default=None, description="In one of these states.")
    category_slug: str | None = strawberry.field(default=None, description="In this category or one below it.")
    tag: str | None = strawberry.field(default=None, description="With this tag, exactly.")
    updated_since: DateTime | None = strawberry.field(
        default=None, description="Itself, a variant, a barcode or a unit bridge changed at this instant or later."
    )
    low_stock: bool | None = strawberry.field(
        default=None,
        description="True: with a variant at or below its reorder point, in `warehouse` or anywhere. For who may see stock.",
    )
    warehouse: WarehouseKey | None = strawberry.field(
        default=None,
        description="What this warehouse has or had stock of; with `lowStock`, what is low there. For who may see stock.",
    )

    def check(self, info: Info) -> None:
        """Raises ``Forbidden`` where it would tell of stock whoever may see items only."""
        if self.low_stock or self.warehouse is not None:
            info.context.require(VIEW_STOCK)


Key = Annotated[ItemKey, strawberry.argument(description="Which, by exactly one of its keys.")]


@field(description="An item by one of its keys; null for an unknown one.")
async def item(info: Info, key: Key) -> Item | None:
    info.context.require(VIEW)
    found: Item | None = present(await _named(info, key, ITEM_LOADERS))
    return found


@field(
    description="A variant by one of its keys; null for an unknown one. The SKU and the external reference of an item name its"
    " variant while it has just one."
)
async def variant(info: Info, key: Key) -> Variant | None:
    info.context.require(VIEW)
    found: Variant | None = present(await _named(info, key, VARIANT_LOADERS))
    return found


async def _named(info: Info, key: ItemKey, loaders: Mapping[KeyKind, Any]) -> Any:
    """The record that the key names; None for an unknown one, and for an id that is no UUID."""
    if key.id:
        record_id = identifier_or_none(key.id)
        return await info.context.load_shared(loaders["id"], record_id) if record_id is not None else None
    named = item_key(key, path=("key",))
    return await info.context.load_shared(loaders[named.kind], named.value)


@field(description="Items in pages, ordered by SKU unless told otherwise.")
async def items(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[ItemFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
    order_by: Annotated[
        ItemOrder | None, strawberry.argument(description="In which order; by SKU if left out.")
    ] = None,
) -> Connection[Item]:
    info.context.require(VIEW)
    check_first(first)
    chosen = filter or ItemFilter()
    chosen.check(info)
    warehouse_id = None
    if chosen.warehouse is not None:
        warehouse_id = await warehouse_id_of(info, chosen.warehouse)
        if warehouse_id is None:
            return Connection.of(NOTHING, node=Item.of, after=after, count=_zero)
    wanted = _domain_filter(chosen, warehouse_id)
    order = item_pages.ItemOrder()
    if order_by is not None:
        order = item_pages.ItemOrder(
            field=word_of(order_by.field), is_descending=order_by.direction is OrderDirection.DESC
        )
    position = decode_cursor(after, width=4)
    page = await info.context.read(
        lambda tx: items_page(tx, first=first, after=position, filter=wanted, order_by=order)
    )

    async def count() -> int | None:
        return await info.context.read(lambda tx: items_count(tx, filter=wanted))

    return Connection.of(page, node=Item.of, after=after, count=count)


def _domain_filter(chosen: ItemFilter, warehouse_id: UUID | None) -> item_pages.ItemFilter:
    conditions = []
    if chosen.low_stock:
        conditions.append(low_stock_items(warehouse_id))
    elif warehouse_id is not None:
        conditions.append(stocked_items(warehouse_id))
    return item_pages.ItemFilter(
        text=chosen.text,
        types=[word_of(each) for each in chosen.type] if chosen.type is not None else None,
        statuses=[word_of(each) for each in chosen.status] if chosen.status is not None else None,
        category_slug=chosen.category_slug,
        tag=chosen.tag,
        updated_since=chosen.updated_since,
        item_ids_in=conditions,
    )


async def _zero() -> int:
    return 0


queries: list[StrawberryField] = [item, items, variant]
mutations: list[StrawberryField] = []
types: list[type] = [Item, Variant]
