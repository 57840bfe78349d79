"""Recipes and kits: bills of materials."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata import recipes as verbs
from inventory_graph.masterdata.item_reading import item_by_key, items_by_id, variants_by_id
from inventory_graph.masterdata.recipe_reading import (
    BillKey,
    BillOfMaterialsRecord,
    ComponentRecord,
    bill_of_materials_counts,
    bill_of_materials_pages,
    bills_of_materials_by_id,
    bills_of_materials_by_item,
    components_by_bill,
)
from inventory_graph.masterdata.recipes import HUNDRED, ComponentDraft
from inventory_graph.masterdata.units import units_by_code
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.inputs import KEY_DESCRIPTION, write_once
from resolvers.item_keys import ItemKey, item_key
from resolvers.kit import (
    Connection,
    Payload,
    check_first,
    decode_cursor,
    field,
    identifier,
    mutation,
    present,
    presents,
)
from resolvers.scalars import DateTime, Quantity
from resolvers.units import Unit
from resolvers.warehouses import NOTHING

if TYPE_CHECKING:
    from resolvers.items import Item, Variant

VIEW = "inventory.recipes.view"
ADD = "inventory.recipes.add"


@presents(ComponentRecord)
@strawberry.type(description="One line of a bill of materials: what its whole output takes of one variant.")
class BillOfMaterialsComponent:
    position: int = strawberry.field(description="Its place among the lines, from 0.")
    quantity: Quantity = strawberry.field(
        description="How much the whole output takes, in `unit`, before waste and yield."
    )
    quantity_in_stock_unit: Quantity | None = strawberry.field(
        description="The same quantity in the stock unit of the variant's item, rounded half to even to 6 fraction digits. Null when a unit bridge that it needs was taken away."
    )
    waste_percent: Quantity = strawberry.field(
        description="What is lost on top of the quantity, in percent of it: 5 takes 1.05 times as much."
    )
    is_optional: bool = strawberry.field(description="Whether the dish can be made without it.")
    record: strawberry.Private[ComponentRecord]

    @classmethod
    def of(cls, record: ComponentRecord) -> "BillOfMaterialsComponent":
        """The component of a record."""
        in_stock_unit = record.quantity_in_stock_unit
        return cls(
            position=record.position,
            quantity=Quantity(record.quantity),
            quantity_in_stock_unit=Quantity(in_stock_unit) if in_stock_unit is not None else None,
            waste_percent=Quantity(record.waste_percent),
            is_optional=record.is_optional,
            record=record,
        )

    @field(description="What is taken; a variant of a recipe or kit stands for its own components.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        variant: Variant = present(await info.context.load(variants_by_id, self.record.variant_id))
        return variant

    @field(description="The unit of `quantity`.")
    async def unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.unit_code))
        return unit


@presents(BillOfMaterialsRecord)
@strawberry.type(
    description="What a recipe or kit is made of: one version, which is never changed. A later version takes over from its own instant on."
)
class BillOfMaterials:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    version: int = strawberry.field(
        description="Counts the versions of the item from 1, in the order they were written."
    )
    effective_from: DateTime = strawberry.field(description="From when on it is in force.")
    effective_until: DateTime | None = strawberry.field(
        description="When the next version takes over; null while none is planned."
    )
    output_quantity: Quantity = strawberry.field(description="How much comes of the components, in `outputUnit`.")
    yield_percent: Quantity = strawberry.field(
        description="How much of the output can be served, in percent of it: at 80 one unit takes the components of 1.25."
    )
    created_at: DateTime = strawberry.field(description="When it was written.")
    created_by: str = strawberry.field(description="The subject who wrote it.")
    record: strawberry.Private[BillOfMaterialsRecord]

    @classmethod
    def of(cls, record: BillOfMaterialsRecord) -> "BillOfMaterials":
        """The bill of materials of a record."""
        until = record.effective_until
        return cls(
            id=strawberry.ID(str(record.id)),
            version=record.version,
            effective_from=DateTime(record.effective_from),
            effective_until=DateTime(until) if until is not None else None,
            output_quantity=Quantity(record.output_quantity),
            yield_percent=Quantity(record.yield_percent),
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            record=record,
        )

    @field(description="What it makes.")
    async def item(self, info: Info) -> Annotated["Item", strawberry.lazy("resolvers.items")]:
        item: Item = present(await info.context.load(items_by_id, self.record.item_id))
        return item

    @field(description="The unit of `outputQuantity`.")
    async def output_unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.output_unit_code))
        return unit

    @field(description="What its whole output takes, in the order of the lines; 1 to 200.", directives=[usually(10)])
    async def components(self, info: Info) -> list[BillOfMaterialsComponent]:
        found = await info.context.load(components_by_bill, self.record.id)
        return [BillOfMaterialsComponent.of(record) for record in found or ()]


async def bill_of_materials_of(info: Info, item_id: UUID, *, at: DateTime | None) -> BillOfMaterials | None:
    """The version of an item in force at the instant (None: now), for ``Item.billOfMaterials``."""
    info.context.require(VIEW)
    key: BillKey = (item_id, at)
    found = await info.context.load(bills_of_materials_by_item, key)
    return BillOfMaterials.of(found) if found is not None else None


async def bills_of_materials_of(
    info: Info, item_id: UUID, *, first: int, after: str | None
) -> Connection[BillOfMaterials]:
    """A page of an item's versions, the newest first, for ``Item.billsOfMaterials``."""
    info.context.require(VIEW)
    position = decode_cursor(after, width=1)
    if position is not None and not (type(position[0]) is int and 0 < position[0] < 2**31):
        raise InvalidInput("This is not a cursor of this connection.", path=("after",))
    key = (item_id, check_first(first), position[0] if position is not None else None)
    page = await info.context.load(bill_of_materials_pages, key) or NOTHING

    async def count() -> int | None:
        return await info.context.load(bill_of_materials_counts, item_id)

    return Connection.of(page, node=BillOfMaterials.of, after=after, count=count)


@strawberry.type(description="What became of a bill of materials.")
class BillOfMaterialsPayload(Payload):
    bill_of_materials: BillOfMaterials | None = strawberry.field(
        default=None, description="The version that was written; null when refused."
    )


@strawberry.input(description="One line of a bill of materials.")
class BillOfMaterialsComponentInput:
    quantity: Quantity = strawberry.field(description="How much the whole output takes, in `unit`; more than 0.")
    sku: str | None = strawberry.field(
        default=None,
        description="The variant's SKU, or that of an item with one variant. Give this or `variantId`. A recipe or kit needs a bill of materials of its own first.",
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id.")
    unit: str | None = strawberry.field(
        default=None,
        description="The unit of `quantity` by code, abbreviation or name; it must convert to the item's stock unit, which it is if left out.",
    )
    waste_percent: Quantity = strawberry.field(
        default=verbs.NONE,
        description="What is lost on top of the quantity, in percent of it; at least 0, less than 100.",
    )
    is_optional: bool = strawberry.field(
        default=False, description="Whether the dish can be made without it; at least one line is not."
    )


@strawberry.input(description="A new version of what a recipe or kit is made of.")
class CreateBillOfMaterialsInput:
    item: ItemKey = strawberry.field(description="The RECIPE or KIT that is made.")
    components: list[BillOfMaterialsComponentInput] = strawberry.field(description="What it takes: 1 to 200 lines.")
    effective_from: DateTime | None = strawberry.field(
        default=None, description="From when on it is in force, until a later version takes over; now if left out."
    )
    output_quantity: Quantity = strawberry.field(
        default=verbs.ONE, description="How much comes of the components, in `outputUnit`; more than 0."
    )
    output_unit: str | None = strawberry.field(
        default=None,
        description="The unit of `outputQuantity` by code, abbreviation or name; the item's stock unit if left out.",
    )
    yield_percent: Quantity = strawberry.field(
        default=HUNDRED, description="How much of the output can be served, in percent of it; more than 0, at most 100."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


def _draft(given: BillOfMaterialsComponentInput, *, path: tuple[str, ...]) -> ComponentDraft:
    variant_id = given.variant_id
    return ComponentDraft(
        quantity=given.quantity,
        sku=given.sku,
        variant_id=identifier(variant_id, path=(*path, "variant_id")) if variant_id is not None else None,
        unit=given.unit,
        waste_percent=given.waste_percent,
        is_optional=given.is_optional,
    )


@mutation
async def create_bill_of_materials(info: Info, input: CreateBillOfMaterialsInput) -> BillOfMaterialsPayload:
    """Writes a new version of what a recipe or kit is made of. Earlier versions stay as they are; a sale takes the version
    in force when it happened. Needs inventory.recipes.add."""
    info.context.require(ADD)
    components = [_draft(each, path=("components", str(position))) for position, each in enumerate(input.components)]

    async def verb(tx: Transaction) -> BillOfMaterialsRecord:
        item = await item_by_key(tx, item_key(input.item, path=("item",)), path=("item",))
        return await verbs.create_bill_of_materials(
            tx,
            item_id=item.id,
            components=components,
            effective_from=input.effective_from,
            output_quantity=input.output_quantity,
            output_unit=input.output_unit,
            yield_percent=input.yield_percent,
        )

    record, replayed = await write_once(
        info, input, operation="createBillOfMaterials", verb=verb, load=bills_of_materials_by_id
    )
    return BillOfMaterialsPayload(bill_of_materials=BillOfMaterials.of(record), replayed=replayed)


queries: list[object] = []
mutations = [create_bill_of_materials]
types: list[type] = []
