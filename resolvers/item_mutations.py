"""Create, change and archive items; their unit bridges."""

from fractions import Fraction
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata import items as item_verbs
from inventory_graph.masterdata.item_reading import item_by_key, items_by_id
from inventory_graph.masterdata.item_values import ItemChanges
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.masterdata.unit_bridges import set_unit_bridge as set_bridge
from inventory_graph.stock.queries import has_movements, has_stock
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, changes_of, word_of, write_once
from resolvers.item_keys import ItemKey, item_key
from resolvers.items import Item, ItemStatus, ItemType, RemovalStrategy, Tracking
from resolvers.kit import Payload, mutation
from resolvers.scalars import JSON, Quantity

SKU = "1 to 255 printable characters without space at the ends, unique in the tenant among items and variants."
NAME = "For people, up to 255 characters."
BARCODES = (
    "Codes that scanners read, in the stock unit, up to 50. 8, 12, 13 and 14 digits must end with the right check digit; other"
    " codes are up to 64 printable ASCII characters."
)
TAGS = "Words to find and group it by: up to 250 of up to 255 characters."
METADATA = "What other systems keep here: a JSON object of up to 16,384 bytes and 20 levels."
REFERENCE = "Its id in another system, up to 200 characters, unique in the tenant."
DESCRIPTION = "For people, in several lines, up to 100,000 characters."
SHELF_LIFE = "How many days after it was received or made it may be used: 1 to 36,500."
ALLERGENS = (
    "What in it some may not eat: up to 30 words of up to 64 characters, kept in lower case. A substitute brings none that the"
    " original lacks."
)
CONTROLLED_CLASS = (
    "The class of controlled goods it belongs to, such as a schedule of medicines, up to 64 characters. A substitute is of the"
    " same class."
)
NEGATIVE = "Whether its stock may fall below zero."


@strawberry.type(description="What became of an item.")
class ItemPayload(Payload):
    item: Item | None = strawberry.field(default=None, description="The item; null when refused.")


@strawberry.input(description="An item to be made, with its first variant, which bears the same SKU.")
class CreateItemInput:
    sku: str = strawberry.field(description=SKU)
    name: str = strawberry.field(description=NAME)
    description: str | None = strawberry.field(default=None, description=DESCRIPTION)
    type: ItemType = strawberry.field(default=ItemType.GOODS, description="What it is.")
    tracking: Tracking = strawberry.field(default=Tracking.NONE, description="How closely its stock is told apart.")
    unit: str = strawberry.field(
        description="The stock unit, by code, abbreviation or name. It is fixed once there are movements; an item tracked by"
        " serial is counted in a whole unit."
    )
    category_slug: str | None = strawberry.field(default=None, description="Where it stands in the category tree.")
    barcodes: list[str] | None = strawberry.field(default=None, description=BARCODES)
    tags: list[str] | None = strawberry.field(default=None, description=TAGS)
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    shelf_life_days: int | None = strawberry.field(default=None, description=SHELF_LIFE)
    allow_negative: bool | None = strawberry.field(
        default=None, description=f"{NEGATIVE} Left to the tenant if left out."
    )
    removal_strategy: RemovalStrategy | None = strawberry.field(
        default=None, description="Which of its stock leaves first; what expires first if left out."
    )
    allergens: list[str] | None = strawberry.field(default=None, description=ALLERGENS)
    controlled_class: str | None = strawberry.field(default=None, description=CONTROLLED_CLASS)
    external_reference: str | None = strawberry.field(default=None, description=REFERENCE)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of an item; what is left out stays.")
class UpdateItemInput:
    item: ItemKey = strawberry.field(description="Which item.")
    sku: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{SKU} The variant that bore the old SKU gets the new one."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{NAME} Variants that bore the old name get the new one."
    )
    description: str | None = strawberry.field(default=strawberry.UNSET, description=f"{DESCRIPTION} Null for none.")
    type: ItemType | None = strawberry.field(
        default=strawberry.UNSET,
        description="What it is. Once there are movements, goods, ingredients and equipment stay among themselves.",
    )
    status: ItemStatus | None = strawberry.field(
        default=strawberry.UNSET, description="ACTIVE or DISCONTINUED; archiveItem archives."
    )
    tracking: Tracking | None = strawberry.field(
        default=strawberry.UNSET, description="How closely its stock is told apart; fixed once there are movements."
    )
    unit: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The stock unit, by code, abbreviation or name; fixed once there are movements.",
    )
    category_slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where it stands in the category tree; null for nowhere."
    )
    tags: list[str] | None = strawberry.field(default=strawberry.UNSET, description=f"{TAGS} They replace the old.")
    metadata: JSON | None = strawberry.field(default=strawberry.UNSET, description=f"{METADATA} It replaces the old.")
    shelf_life_days: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{SHELF_LIFE} Null for no limit."
    )
    allow_negative: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"{NEGATIVE} Null leaves it to the tenant."
    )
    removal_strategy: RemovalStrategy | None = strawberry.field(
        default=strawberry.UNSET, description="Which of its stock leaves first; null for what expires first."
    )
    allergens: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description=f"{ALLERGENS} They replace the old."
    )
    controlled_class: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{CONTROLLED_CLASS} Null for none."
    )
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REFERENCE} Null for none."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="An item to be archived or brought back.")
class ItemKeyInput:
    item: ItemKey = strawberry.field(description="Which item.")


@strawberry.input(description="How two units convert for one item: 20 SLICE are 1 PIECE, 750 ML are 1 BOTTLE.")
class SetUnitBridgeInput:
    item: ItemKey = strawberry.field(description="For which item; it may have up to 20 bridges.")
    from_unit: str = strawberry.field(description="One unit, by code, abbreviation or name.")
    from_quantity: Quantity = strawberry.field(description="So many of it …")
    to_unit: str = strawberry.field(description="The other unit, by code, abbreviation or name.")
    to_quantity: Quantity = strawberry.field(description="… are so many of the other.")


@mutation
async def create_item(info: Info, input: CreateItemInput) -> ItemPayload:
    """Makes an item with its first variant, which bears the same SKU. Emits inventory.item.created. Needs inventory.items.add."""
    info.context.require("inventory.items.add")
    fields: dict[str, Any] = {
        name: value
        for name in (
            "description",
            "tags",
            "barcodes",
            "metadata",
            "shelf_life_days",
            "allow_negative",
            "allergens",
            "controlled_class",
            "external_reference",
        )
        if (value := getattr(input, name)) is not None
    }
    if input.removal_strategy is not None:
        fields["removal_strategy"] = word_of(input.removal_strategy)

    async def verb(tx: Transaction) -> ItemRecord:
        return await item_verbs.create_item(
            tx,
            sku=input.sku,
            name=input.name,
            unit=input.unit,
            type=word_of(input.type),
            tracking=word_of(input.tracking),
            category_slug=input.category_slug,
            **fields,
        )

    record, replayed = await write_once(info, input, operation="createItem", verb=verb, load=items_by_id)
    return ItemPayload(item=Item.of(record), replayed=replayed)


@mutation
async def update_item(info: Info, input: UpdateItemInput) -> ItemPayload:
    """Changes an item. Its unit, tracking and kind are fixed once it has movements. Emits inventory.item.updated. Needs
    inventory.items.change."""
    info.context.require("inventory.items.change")
    changes = changes_of(
        input,
        names=ItemChanges.__optional_keys__,
        may_be_null=(
            "description", "category_slug", "shelf_life_days", "allow_negative", "removal_strategy", "controlled_class",
            "external_reference",
        ),
    )  # fmt: skip

    async def verb(tx: Transaction) -> ItemRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)))
        return await item_verbs.update_item(
            tx, item_id=item.id, has_movements=has_movements, **cast("ItemChanges", changes)
        )

    record, replayed = await write_once(info, input, operation="updateItem", verb=verb, load=items_by_id)
    return ItemPayload(item=Item.of(record), replayed=replayed)


@mutation
async def archive_item(info: Info, input: ItemKeyInput) -> ItemPayload:
    """Takes an item and its variants out of use; refused while there is stock of it. Once more changes nothing. Emits
    inventory.item.updated. Needs inventory.items.delete."""
    info.context.require("inventory.items.delete")

    async def verb(tx: Transaction) -> ItemRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)))
        return await item_verbs.archive_item(tx, item_id=item.id, has_stock=has_stock)

    return ItemPayload(item=Item.of(await info.context.write(verb)))


@mutation
async def reactivate_item(info: Info, input: ItemKeyInput) -> ItemPayload:
    """Brings an archived or discontinued item back into use, its variants as they were. Emits inventory.item.updated. Needs
    inventory.items.delete."""
    info.context.require("inventory.items.delete")

    async def verb(tx: Transaction) -> ItemRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)))
        return await item_verbs.reactivate_item(tx, item_id=item.id)

    return ItemPayload(item=Item.of(await info.context.write(verb)))


@mutation
async def set_unit_bridge(info: Info, input: SetUnitBridgeInput) -> ItemPayload:
    """Says how two units convert for one item, in place of what was said of them before. Emits inventory.item.updated. Needs
    inventory.items.change."""
    info.context.require("inventory.items.change")
    for name, quantity in (("from_quantity", input.from_quantity), ("to_quantity", input.to_quantity)):
        if quantity <= 0:
            raise InvalidInput(f"The {name.replace('_', ' ')} is {quantity}; it must be more than 0.", path=(name,))
    factor = Fraction(input.to_quantity) / Fraction(input.from_quantity)

    async def verb(tx: Transaction) -> ItemRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)))
        await set_bridge(tx, item_id=item.id, from_unit=input.from_unit, to_unit=input.to_unit, factor=factor)
        return (await items_by_id(tx, [item.id]))[item.id]

    return ItemPayload(item=Item.of(await info.context.write(verb)))


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    create_item, update_item, archive_item, reactivate_item, set_unit_bridge,
]  # fmt: skip
types: list[type] = []
