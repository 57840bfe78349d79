"""Items and variants: what there is to stock and to sell."""

import asyncio
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import enum_value

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.barcodes import barcodes_by_item, barcodes_by_variant
from inventory_graph.masterdata.categories import categories_by_id
from inventory_graph.masterdata.item_pages import VariantsKey, variant_counts_by_item, variants_by_item
from inventory_graph.masterdata.item_reading import (
    items_allowing_negative,
    items_by_id,
    items_by_sku,
    variants_by_id,
    variants_by_sku,
)
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from inventory_graph.masterdata.unit_bridges import bridge_records_by_item
from inventory_graph.masterdata.units import units_by_code
from resolvers.availability import At, Availability, Channel, Outlet, WarehouseId, availability_of
from resolvers.barcodes import Barcode
from resolvers.categories import Category
from resolvers.context import Info
from resolvers.federation import cost, usually
from resolvers.item_keys import ItemKey
from resolvers.kit import (
    After,
    Connection,
    First,
    check_first,
    decode_cursor,
    field,
    identifier_or_none,
    present,
    presents,
)
from resolvers.products import Product
from resolvers.recipes import BillOfMaterials, bill_of_materials_of, bills_of_materials_of
from resolvers.scalars import JSON, DateTime
from resolvers.stock import StockBalance, balances_of_variant
from resolvers.substitutes import Substitute, substitutes_of_variant
from resolvers.suppliers import SupplierItem, suppliers_of_item, suppliers_of_variant
from resolvers.units import Unit, UnitBridge

VIEW = "inventory.items.view"
POSITION_MAX = 2**31 - 1


@strawberry.enum(description="What an item is.")
class ItemType(Enum):
    GOODS = enum_value("GOODS", description="Bought, kept and sold as it is.")
    INGREDIENT = enum_value("INGREDIENT", description="Bought and kept, to be used up in recipes.")
    RECIPE = enum_value("RECIPE", description="Made to order from its bill of materials; not kept itself.")
    KIT = enum_value("KIT", description="Sold as one, taken from stock as its components.")
    SERVICE = enum_value("SERVICE", description="Done, not kept.")
    VOUCHER = enum_value("VOUCHER", description="A promise, not kept.")
    EQUIPMENT = enum_value("EQUIPMENT", description="Kept and used, not sold.")


@strawberry.enum(description="Whether an item or a variant is in use.")
class ItemStatus(Enum):
    ACTIVE = enum_value("ACTIVE", description="In use.")
    DISCONTINUED = enum_value("DISCONTINUED", description="Sold until it is gone, not bought again.")
    ARCHIVED = enum_value("ARCHIVED", description="Out of use; it has no stock and keeps its history.")


@strawberry.enum(description="How closely stock of an item is told apart.")
class Tracking(Enum):
    NONE = enum_value("NONE", description="By quantity alone.")
    LOT = enum_value("LOT", description="By lot, with its dates.")
    SERIAL = enum_value("SERIAL", description="Piece by piece, each with its number.")


@strawberry.enum(description="Which stock leaves first.")
class RemovalStrategy(Enum):
    FEFO = enum_value("FEFO", description="What expires first.")
    FIFO = enum_value("FIFO", description="What came first.")
    LIFO = enum_value("LIFO", description="What came last.")
    NEAREST = enum_value("NEAREST", description="What lies nearest, by the locations' order.")


@strawberry.type(description="One option of a variant, such as Size: L.")
class Attribute:
    name: str = strawberry.field(description="The option, such as Size.")
    value: str = strawberry.field(description="Its value, such as L.")


@presents(ItemRecord)
@strawberry.federation.type(
    keys=["id", "sku"], description="The article. Its variants are what is stocked and sold; it has at least one."
)
class Item:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    sku: str = strawberry.field(
        description="Its readable key, unique in the tenant. The variant of an item that has just one bears it too."
    )
    name: str = strawberry.field(description="For people.")
    description: str | None = strawberry.field(description="For people, in several lines; null for none.")
    type: ItemType = strawberry.field(description="What it is.")
    status: ItemStatus = strawberry.field(description="Whether it is in use.")
    tracking: Tracking = strawberry.field(
        description="How closely its stock is told apart; fixed once it has movements."
    )
    tags: list[str] = strawberry.field(description="Words to find and group it by.")
    metadata: JSON | None = strawberry.field(description="What other systems keep here: a JSON object.")
    shelf_life_days: int | None = strawberry.field(
        description="How many days after it was received or made it may be used; null for no limit."
    )
    removal_strategy: RemovalStrategy | None = strawberry.field(
        description="Which of its stock leaves first; null leaves it to the service, which takes what expires first."
    )
    allergens: list[str] = strawberry.field(description="What in it some may not eat, as lower-case words.")
    controlled_class: str | None = strawberry.field(
        description="The class of controlled goods it belongs to, such as a schedule of medicines; null for none."
    )
    external_reference: str | None = strawberry.field(description="Its id in another system, unique in the tenant.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    updated_at: DateTime = strawberry.field(
        description="When it, a variant, a barcode or a unit bridge of it last changed."
    )
    record: strawberry.Private[ItemRecord]

    @classmethod
    def of(cls, record: ItemRecord) -> "Item":
        """The item of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            sku=record.sku,
            name=record.name,
            description=record.description,
            type=ItemType(record.type),
            status=ItemStatus(record.status),
            tracking=Tracking(record.tracking),
            tags=list(record.tags),
            metadata=JSON(record.metadata),
            shelf_life_days=record.shelf_life_days,
            removal_strategy=RemovalStrategy(record.removal_strategy) if record.removal_strategy is not None else None,
            allergens=list(record.allergens),
            controlled_class=record.controlled_class,
            external_reference=record.external_reference,
            created_at=DateTime(record.created_at),
            updated_at=DateTime(record.updated_at),
            record=record,
        )

    @field(description="The stock unit, in which its quantities are kept; fixed once it has movements.")
    async def unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.unit_code))
        return unit

    @field(
        description="What else converts to its stock unit: units of other dimensions, and units that only count.",
        directives=[usually(2)],
    )
    async def unit_bridges(self, info: Info) -> list[UnitBridge]:
        return [
            UnitBridge.of(record) for record in await info.context.load(bridge_records_by_item, self.record.id) or ()
        ]

    @field(description="Where it stands in the category tree; null for nowhere.")
    async def category(self, info: Info) -> Category | None:
        if self.record.category_id is None:
            return None
        category: Category | None = present(await info.context.load(categories_by_id, self.record.category_id))
        return category

    @field(description="The barcodes of all its variants.", directives=[usually(5)])
    async def barcodes(self, info: Info) -> list[Barcode]:
        return [Barcode.of(record) for record in await info.context.load(barcodes_by_item, self.record.id) or ()]

    @field(
        description="Whether its stock may fall below zero: as the item says, else as the tenant does.",
        directives=[cost(1)],
    )
    async def allow_negative(self, info: Info) -> bool:
        if self.record.allow_negative is not None:
            return self.record.allow_negative
        return bool(await info.context.load(items_allowing_negative, self.record.id))

    @field(description="Its variants in their order, archived ones included.")
    async def variants(self, info: Info, first: First = 20, after: After = None) -> Connection["Variant"]:
        position = decode_cursor(after, width=1)
        if position is not None and not (type(position[0]) is int and 0 <= position[0] <= POSITION_MAX):
            raise InvalidInput("This is not a cursor of this connection.", path=("after",))
        key = VariantsKey(self.record.id, check_first(first), position[0] if position is not None else None)

        async def count() -> int | None:
            return await info.context.load(variant_counts_by_item, self.record.id)

        page = await info.context.load(variants_by_item, key)
        return Connection.of(page, node=Variant.of, after=after, count=count)

    @field(description="Its recipe or kit in the version in force; null for an item that has none.")
    async def bill_of_materials(
        self,
        info: Info,
        at: Annotated[
            DateTime | None, strawberry.argument(description="In force at this instant; now if left out.")
        ] = None,
    ) -> BillOfMaterials | None:
        return await bill_of_materials_of(info, self.record.id, at=at)

    @field(description="Every version of its recipe or kit, the newest first.")
    async def bills_of_materials(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[BillOfMaterials]:
        return await bills_of_materials_of(info, self.record.id, first=first, after=after)

    @field(description="Who sells its variants, the preferred supplier of each first.", directives=[usually(5)])
    async def suppliers(self, info: Info) -> list[SupplierItem]:
        return await suppliers_of_item(info, self.record.id)

    @field(
        description="Whether it can be promised: over all variants; for a RECIPE or KIT how many can be made from what its"
        " components have available."
    )
    async def availability(
        self,
        info: Info,
        outlet_id: Outlet = None,
        warehouse_id: WarehouseId = None,
        channel: Channel = None,
        at: At = None,
    ) -> Availability:
        return await availability_of(
            info, item_id=self.record.id, outlet_id=outlet_id, warehouse_id=warehouse_id, channel=channel, at=at
        )

    @classmethod
    async def resolve_references(cls, info: Info, representations: list[dict[str, Any]]) -> list["Item | None"]:
        """The items of federated references, by id or by SKU; None for one that is unknown."""
        info.context.require(VIEW)
        return [
            present(record)
            for record in await asyncio.gather(*(cls._referenced(info, each) for each in representations))
        ]

    @staticmethod
    async def _referenced(info: Info, representation: dict[str, Any]) -> ItemRecord | None:
        if "id" in representation:
            item_id = identifier_or_none(representation["id"])
            return await info.context.load(items_by_id, item_id) if item_id is not None else None
        sku = representation.get("sku")
        return await info.context.load(items_by_sku, sku) if isinstance(sku, str) else None


@presents(VariantRecord)
@strawberry.federation.type(keys=["id", "sku"], description="What is stocked and sold: an item in one set of options.")
class Variant:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    sku: str = strawberry.field(description="Its readable key, unique in the tenant.")
    name: str = strawberry.field(description="For people.")
    attributes: list[Attribute] = strawberry.field(description="Its options, in their order.", directives=[usually(3)])
    status: ItemStatus = strawberry.field(
        description="Whether it is in use: the stricter of its own status and that of its item."
    )
    metadata: JSON | None = strawberry.field(description="What other systems keep here: a JSON object.")
    external_reference: str | None = strawberry.field(description="Its id in another system, unique in the tenant.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    updated_at: DateTime = strawberry.field(description="When it last changed itself.")
    record: strawberry.Private[VariantRecord]

    @classmethod
    def of(cls, record: VariantRecord) -> "Variant":
        """The variant of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            sku=record.sku,
            name=record.name,
            attributes=[Attribute(name=each["name"], value=each["value"]) for each in record.attributes],
            status=ItemStatus(record.status),
            metadata=JSON(record.metadata),
            external_reference=record.external_reference,
            created_at=DateTime(record.created_at),
            updated_at=DateTime(record.updated_at),
            record=record,
        )

    @field(description="The article of which it is a variant.")
    async def item(self, info: Info) -> Item:
        item: Item = present(await info.context.load(items_by_id, self.record.item_id))
        return item

    @field(description="Its barcodes, by code.", directives=[usually(2)])
    async def barcodes(self, info: Info) -> list[Barcode]:
        return [Barcode.of(record) for record in await info.context.load(barcodes_by_variant, self.record.id) or ()]

    @field(
        description="What there is of it, warehouse by warehouse. Lists of ids narrow it; both together name what is in both.",
        directives=[usually(5)],
    )
    async def balances(
        self,
        info: Info,
        warehouse_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only in these warehouses.")
        ] = None,
        outlet_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only in the warehouses of these outlets.")
        ] = None,
    ) -> list[StockBalance]:
        return await balances_of_variant(info, self.record.id, warehouse_ids=warehouse_ids, outlet_ids=outlet_ids)

    @field(description="Whether it can be promised, and how much of it.")
    async def availability(
        self,
        info: Info,
        outlet_id: Outlet = None,
        warehouse_id: WarehouseId = None,
        channel: Channel = None,
        at: At = None,
    ) -> Availability:
        return await availability_of(
            info, variant_id=self.record.id, outlet_id=outlet_id, warehouse_id=warehouse_id, channel=channel, at=at
        )

    @field(
        description="What may stand in for it, by priority: up to 100. Left out is what is over or archived, and what came to bring"
        " an allergen that this one lacks, or to be of another controlled class.",
        directives=[usually(2)],
    )
    async def substitutes(self, info: Info) -> list[Substitute]:
        return await substitutes_of_variant(info, self.record.id)

    @field(
        description="The catalogue's product of its SKU; in a graph without a catalogue there is nothing more to it."
    )
    def product(self) -> Product | None:
        return Product(sku=self.sku)

    @field(description="Who sells it, the preferred supplier first.", directives=[usually(3)])
    async def suppliers(self, info: Info) -> list[SupplierItem]:
        return await suppliers_of_variant(info, self.record.id)

    @classmethod
    async def resolve_references(cls, info: Info, representations: list[dict[str, Any]]) -> list["Variant | None"]:
        """The variants of federated references, by id or by SKU; None for one that is unknown."""
        info.context.require(VIEW)
        return [
            present(record)
            for record in await asyncio.gather(*(cls._referenced(info, each) for each in representations))
        ]

    @staticmethod
    async def _referenced(info: Info, representation: dict[str, Any]) -> VariantRecord | None:
        if "id" in representation:
            variant_id = identifier_or_none(representation["id"])
            return await info.context.load(variants_by_id, variant_id) if variant_id is not None else None
        sku = representation.get("sku")
        found = await info.context.load(variants_by_sku, sku) if isinstance(sku, str) else None
        # A key names what bears it: the SKU of an item that stands for its only variant is no key of the variant.
        return found if found is not None and found.sku == sku else None


__all__ = [
    "Attribute", "Barcode", "Item", "ItemKey", "ItemStatus", "ItemType", "RemovalStrategy", "Tracking", "Unit",
    "UnitBridge", "Variant",
]  # fmt: skip
