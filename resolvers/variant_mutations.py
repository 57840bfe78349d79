"""Create, change and archive variants; their barcodes."""

from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.masterdata import variants as variant_verbs
from inventory_graph.masterdata.item_reading import item_by_key, variant_by_key, variants_by_id
from inventory_graph.masterdata.item_values import NewVariant, VariantChanges
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.stock.queries import has_stock
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, changes_of, write_once
from resolvers.item_keys import ItemKey, item_key
from resolvers.item_mutations import BARCODES, METADATA, NAME, REFERENCE, SKU
from resolvers.items import ItemStatus, Variant
from resolvers.kit import Payload, mutation
from resolvers.scalars import JSON

ATTRIBUTES = "Its options, such as Size: L, in their order; up to 20, each name once."


@strawberry.type(description="What became of a variant.")
class VariantPayload(Payload):
    variant: Variant | None = strawberry.field(default=None, description="The variant; null when refused.")


@strawberry.input(description="One option of a variant.")
class AttributeInput:
    name: str = strawberry.field(description="The option, such as Size; up to 255 characters.")
    value: str = strawberry.field(description="Its value, such as L; up to 255 characters.")


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


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    create_variant, update_variant, archive_variant, reactivate_variant, add_barcode, remove_barcode,
]  # fmt: skip
types: list[type] = []
