"""How callers name an item or a variant."""

import strawberry

from inventory_graph.masterdata.item_reading import ItemKey as CatalogueKey
from resolvers.kit import identifier


@strawberry.input(one_of=True, description="Names an item or a variant by exactly one of its keys.")
class ItemKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    sku: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its SKU. For a variant also the SKU of its item, while the item has no other variant.",
    )
    barcode: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A barcode of the variant, or of a variant of the item; a UPC with or without the leading 0 of its EAN-13.",
    )
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its id in another system, as given when it was made."
    )


def item_key(given: ItemKey, *, path: tuple[str, ...]) -> CatalogueKey:
    """The key as a domain knows it; raises ``InvalidInput`` at the path for an id that is no UUID."""
    if given.id:
        return CatalogueKey("id", identifier(given.id, path=(*path, "id")))
    if given.sku:
        return CatalogueKey("sku", given.sku)
    if given.barcode:
        return CatalogueKey("barcode", given.barcode)
    return CatalogueKey("external_reference", given.external_reference or "")
