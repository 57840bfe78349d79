"""The stock side of a catalogue's products: another subgraph owns them, the SKU is what both know."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from inventory_graph.masterdata.item_reading import items_by_id, items_by_sku, variants_by_sku
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from resolvers.availability import Availability, Channel, Outlet, WarehouseId, availabilities_of_skus
from resolvers.context import Info
from resolvers.federation import STOREFRONT
from resolvers.kit import field, identifier, present

if TYPE_CHECKING:
    from resolvers.items import Item, Variant

VIEW = "inventory.items.view"


@strawberry.federation.type(
    keys=["sku"],
    description="Something to sell. Owned by the catalogue; this subgraph contributes the stock side of it. Where the SKU is"
    " unknown here, these fields are null.",
)
class Product:
    sku: str = strawberry.field(description="The SKU of a variant or of an item.", directives=[STOREFRONT])

    @field(
        description="Whether it can be promised, and how much of it; levels only for an anonymous caller.",
        directives=[STOREFRONT],
    )
    async def availability(
        self, info: Info, outlet_id: Outlet = None, warehouse_id: WarehouseId = None, channel: Channel = None
    ) -> Availability | None:
        (found,) = await availabilities_of_skus(
            info,
            [self.sku],
            outlet_id=identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None,
            warehouse_id=identifier(warehouse_id, path=("warehouse_id",)) if warehouse_id is not None else None,
            channel=channel,
        )
        return found

    @field(description="What is stocked under its SKU; null where that names an item with several variants.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")] | None:
        info.context.require(VIEW)
        return present(await info.context.load(variants_by_sku, self.sku))

    @field(description="The article that bears its SKU, or whose variant does.")
    async def item(self, info: Info) -> Annotated["Item", strawberry.lazy("resolvers.items")] | None:
        info.context.require(VIEW)
        variant = await info.context.load(variants_by_sku, self.sku)
        if variant is not None:
            return present(await info.context.load(items_by_id, variant.item_id))
        return present(await info.context.load(items_by_sku, self.sku))

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["Product | None"]:
        """The products of federated references; None for an SKU that is unknown here.

        Visitors are not told which SKUs are known: to them an unknown one is out of stock.
        """
        skus = [each["sku"] for each in representations]
        if info.context.visitor.is_anonymous:
            return [cls(sku=sku) for sku in skus]
        found = await asyncio.gather(*(_bearer(info, sku) for sku in skus))
        return [cls(sku=sku) if bearer is not None else None for sku, bearer in zip(skus, found, strict=True)]


async def _bearer(info: Info, sku: str) -> VariantRecord | ItemRecord | None:
    """The variant or the item that bears the SKU."""
    variant, item = await asyncio.gather(info.context.load(variants_by_sku, sku), info.context.load(items_by_sku, sku))
    return variant or item
