"""Create, change and archive items and variants; their barcodes and unit bridges."""

from fractions import Fraction
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata import items as item_verbs
from inventory_graph.masterdata import variants as variant_verbs
from inventory_graph.masterdata.item_reading import item_by_key, items_by_id, variant_by_key, variants_by_id
from inventory_graph.masterdata.item_values import ItemChanges, NewVariant, VariantChanges
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from inventory_graph.masterdata.unit_bridges import set_unit_bridge as set_bridge
from inventory_graph.stock.queries import has_movements, has_stock
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, changes_of, word_of, write_once
from resolvers.item_keys import ItemKey, item_key
from resolvers.items import Item, ItemStatus, ItemType, RemovalStrategy, Tracking, Variant
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
ATTRIBUTES = "Its options, such as Size: L, in their order; up to 20, each name once."
DESCRIPTION = "For people, in several lines, up to 100,000 characters."
SHELF_LIFE = "How many days after it was received or made it may be used: 1 to 36,500."
NEGATIVE = "Whether its stock may fall below zero."


@strawberry.type(description="What became of an item.")
class ItemPayload(Payload):
    item: Item | None = strawberry.field(default=None, description="The item; null when refused.")


@strawberry.type(description="What became of a variant.")
class VariantPayload(Payload):
    variant: Variant | None = strawberry.field(default=None, description="The variant; null when refused.")


@strawberry.input(description="One option of a variant.")
class AttributeInput:
    name: str = strawberry.field(description="The option, such as Size; up to 255 characters.")
    value: str = strawberry.field(description="Its value, such as L; up to 255 characters.")


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
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REFERENCE} Null for none."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="An item to be archived or brought back.")
class ItemKeyInput:
    item: ItemKey = strawberry.field(description="Which item.")


@strawberry.input(description="A variant to be added to an item.")
class CreateVariantInput:
    item: ItemKey = strawberry.field(description="To which item; it may have up to 1,000 variants.")
    sku: str = strawberry.field(description=SKU)
    name: str | None = strawberry.field(
        default=None, description=f"{NAME} That of the item with the values of the attributes if left out."
    )
    attributes: list[AttributeInput] | None = strawberry.field(default=None, description=ATTRIBUTES)
    barcodes: list[str] | None = strawberry.field(default=None, description=BARCODES)
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    external_reference: str | None = strawberry.field(default=None, description=REFERENCE)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a variant; what is left out stays.")
class UpdateVariantInput:
    variant: ItemKey = strawberry.field(description="Which variant.")
    sku: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{SKU} A variant that bears its item's SKU is renamed with the item."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description=NAME)
    attributes: list[AttributeInput] | None = strawberry.field(
        default=strawberry.UNSET, description=f"{ATTRIBUTES} They replace the old."
    )
    status: ItemStatus | None = strawberry.field(
        default=strawberry.UNSET, description="ACTIVE or DISCONTINUED; archiveVariant archives."
    )
    metadata: JSON | None = strawberry.field(default=strawberry.UNSET, description=f"{METADATA} It replaces the old.")
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REFERENCE} Null for none."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A variant to be archived or brought back.")
class VariantKeyInput:
    variant: ItemKey = strawberry.field(description="Which variant.")


@strawberry.input(description="A barcode for a variant.")
class AddBarcodeInput:
    variant: ItemKey = strawberry.field(description="For which variant; it may have up to 50.")
    code: str = strawberry.field(description="The code.")
    unit: str | None = strawberry.field(
        default=None,
        description="What one scan counts, by a unit's code, abbreviation or name: BOX for the code on a box. The stock unit if"
        " left out.",
    )
    symbology: str | None = strawberry.field(
        default=None,
        description="EAN13, EAN8, UPC, GTIN14, ISBN or CODE128; told by the code if left out. CODE128 takes a number of your own"
        " as it is.",
    )


@strawberry.input(description="A barcode to be taken away.")
class RemoveBarcodeInput:
    code: str = strawberry.field(description="The code.")


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
            "description", "category_slug", "shelf_life_days", "allow_negative", "removal_strategy", "external_reference",
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
async def create_variant(info: Info, input: CreateVariantInput) -> VariantPayload:
    """Adds a variant behind the others of its item. Emits inventory.variant.created. Needs inventory.variants.add."""
    info.context.require("inventory.variants.add")
    new = NewVariant(
        sku=input.sku,
        name=input.name,
        attributes=[(each.name, each.value) for each in input.attributes or ()],
        barcodes=input.barcodes or (),
        metadata=cast("Any", input.metadata) if input.metadata is not None else {},
        external_reference=input.external_reference,
    )

    async def verb(tx: Transaction) -> VariantRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)))
        return await variant_verbs.create_variant(tx, item_id=item.id, variant=new)

    record, replayed = await write_once(info, input, operation="createVariant", verb=verb, load=variants_by_id)
    return VariantPayload(variant=Variant.of(record), replayed=replayed)


@mutation
async def update_variant(info: Info, input: UpdateVariantInput) -> VariantPayload:
    """Changes a variant. Emits inventory.variant.updated. Needs inventory.variants.change."""
    info.context.require("inventory.variants.change")
    changes = changes_of(input, names=VariantChanges.__optional_keys__, may_be_null=("external_reference",))
    if "attributes" in changes:
        changes["attributes"] = [(each.name, each.value) for each in changes["attributes"]]

    async def verb(tx: Transaction) -> VariantRecord:
        variant = await variant_by_key(tx, item_key(input.variant, path=("variant",)))
        return await variant_verbs.update_variant(tx, variant_id=variant.id, **cast("VariantChanges", changes))

    record, replayed = await write_once(info, input, operation="updateVariant", verb=verb, load=variants_by_id)
    return VariantPayload(variant=Variant.of(record), replayed=replayed)


@mutation
async def archive_variant(info: Info, input: VariantKeyInput) -> VariantPayload:
    """Takes a variant out of use; refused while there is stock of it. Once more changes nothing. Emits
    inventory.variant.updated. Needs inventory.variants.delete."""
    info.context.require("inventory.variants.delete")

    async def verb(tx: Transaction) -> VariantRecord:
        variant = await variant_by_key(tx, item_key(input.variant, path=("variant",)))
        return await variant_verbs.archive_variant(tx, variant_id=variant.id, has_stock=has_stock)

    return VariantPayload(variant=Variant.of(await info.context.write(verb)))


@mutation
async def reactivate_variant(info: Info, input: VariantKeyInput) -> VariantPayload:
    """Brings an archived or discontinued variant back into use. Emits inventory.variant.updated. Needs
    inventory.variants.delete."""
    info.context.require("inventory.variants.delete")

    async def verb(tx: Transaction) -> VariantRecord:
        variant = await variant_by_key(tx, item_key(input.variant, path=("variant",)))
        return await variant_verbs.reactivate_variant(tx, variant_id=variant.id)

    return VariantPayload(variant=Variant.of(await info.context.write(verb)))


@mutation
async def add_barcode(info: Info, input: AddBarcodeInput) -> VariantPayload:
    """Gives a variant a barcode, for its stock unit or another that converts to it. One that it has already changes nothing.
    Emits inventory.item.updated and inventory.variant.updated. Needs inventory.variants.change."""
    info.context.require("inventory.variants.change")

    async def verb(tx: Transaction) -> VariantRecord:
        variant = await variant_by_key(tx, item_key(input.variant, path=("variant",)))
        await variant_verbs.add_barcode(
            tx, variant_id=variant.id, code=input.code, unit=input.unit, symbology=input.symbology
        )
        return variant

    return VariantPayload(variant=Variant.of(await info.context.write(verb)))


@mutation
async def remove_barcode(info: Info, input: RemoveBarcodeInput) -> VariantPayload:
    """Takes a barcode away; the payload shows the variant that it named. Emits inventory.item.updated and
    inventory.variant.updated. Needs inventory.variants.change."""
    info.context.require("inventory.variants.change")
    record = await info.context.write(lambda tx: variant_verbs.remove_barcode(tx, code=input.code))
    return VariantPayload(variant=Variant.of(record))


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
    create_item, update_item, archive_item, reactivate_item, create_variant, update_variant, archive_variant,
    reactivate_variant, add_barcode, remove_barcode, set_unit_bridge,
]  # fmt: skip
types: list[type] = []
