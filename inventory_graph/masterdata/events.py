"""What happens to items, variants, categories and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.masterdata.records import BarcodeRecord, CategoryRecord, ItemRecord, VariantRecord
from inventory_graph.outbox import Event

METADATA_FIELDS = (
    "use_case",
    "image_url",
    "requires_age_verification",
    "is_controlled_substance",
    "weight_kg",
    "dimensions_cm",
    "duration_minutes",
    "tax_code_id",
    "cost_price",
    "manufacturer",
    "brand_name",
)
"""Facts that siblings read from item events and that are kept here in the item's metadata, by these names."""


@dataclass(frozen=True, kw_only=True)
class ItemEvent(Event):
    """An item as it is after the change.

    ``unit_name`` is the code of the stock unit; ``barcode`` and ``barcode_type`` are the first of ``barcodes``; use_case,
    image_url, requires_age_verification, is_controlled_substance, weight_kg, dimensions_cm, duration_minutes, tax_code_id,
    cost_price, manufacturer and brand_name are those of the item's metadata, null where it has none. ``is_active`` is false
    for an archived item alone: a discontinued one is sold until it is gone.
    """

    aggregate_type: ClassVar[str] = "item"

    item: ItemRecord
    category: CategoryRecord | None
    unit_id: UUID
    barcodes: Sequence[BarcodeRecord]

    def payload(self) -> dict[str, Any]:
        item, category, first = self.item, self.category, next(iter(self.barcodes), None)
        return {
            "id": str(item.id),
            "item_id": str(item.id),
            "sku": item.sku,
            "name": item.name,
            "description": item.description,
            "type": item.type,
            "status": item.status,
            "is_active": item.status != "ARCHIVED",
            "category_id": str(category.id) if category is not None else None,
            "category_name": category.name if category is not None else None,
            "category_slug": category.slug if category is not None else None,
            "unit_id": str(self.unit_id),
            "unit_name": item.unit_code,
            "tags": list(item.tags),
            "barcode": first.code if first is not None else None,
            "barcode_type": first.symbology if first is not None else None,
            "barcodes": [
                {"code": each.code, "type": each.symbology, "unit": each.unit_code, "variant_id": str(each.variant_id)}
                for each in self.barcodes
            ],
            "tracking": item.tracking,
            "track_lots": item.tracking == "LOT",
            "track_serial_numbers": item.tracking == "SERIAL",
            "is_perishable": item.shelf_life_days is not None,
            "shelf_life_days": item.shelf_life_days,
            "allow_negative": item.allow_negative,
            "removal_strategy": item.removal_strategy,
            "allergens": list(item.allergens),
            "controlled_class": item.controlled_class,
            "external_reference": item.external_reference,
            "metadata": dict(item.metadata),
            **{field: item.metadata.get(field) for field in METADATA_FIELDS},
        }


@dataclass(frozen=True, kw_only=True)
class ItemCreated(ItemEvent):
    """An item was added, with its first variants."""

    type: ClassVar[str] = "inventory.item.created"


@dataclass(frozen=True, kw_only=True)
class ItemUpdated(ItemEvent):
    """An item changed, was archived or reactivated, or its barcodes or unit bridges changed."""

    type: ClassVar[str] = "inventory.item.updated"


@dataclass(frozen=True, kw_only=True)
class VariantEvent(Event):
    """A variant as it is after the change; ``attributes`` are {name, value} in the order of the options."""

    aggregate_type: ClassVar[str] = "variant"

    variant: VariantRecord
    item_sku: str
    barcodes: Sequence[BarcodeRecord]

    def payload(self) -> dict[str, Any]:
        variant, first = self.variant, next(iter(self.barcodes), None)
        return {
            "id": str(variant.id),
            "variant_id": str(variant.id),
            "item_id": str(variant.item_id),
            "item_sku": self.item_sku,
            "sku": variant.sku,
            "name": variant.name,
            "attributes": [dict(each) for each in variant.attributes],
            "status": variant.status,
            "is_active": variant.status != "ARCHIVED",
            "barcode": first.code if first is not None else None,
            "barcode_type": first.symbology if first is not None else None,
            "barcodes": [{"code": each.code, "type": each.symbology, "unit": each.unit_code} for each in self.barcodes],
            "external_reference": variant.external_reference,
            "metadata": dict(variant.metadata),
        }


@dataclass(frozen=True, kw_only=True)
class VariantCreated(VariantEvent):
    """A variant was added to an item that exists; the first variants come with ``inventory.item.created``."""

    type: ClassVar[str] = "inventory.variant.created"


@dataclass(frozen=True, kw_only=True)
class VariantUpdated(VariantEvent):
    """A variant changed, was archived or reactivated, or its barcodes changed."""

    type: ClassVar[str] = "inventory.variant.updated"


@dataclass(frozen=True, kw_only=True)
class CategoryEvent(Event):
    """A category as it is after the change. ``path`` joins the slugs from the root by '/', ``depth`` is 0 at a root. What
    lies below a moved category moves along without events of its own."""

    aggregate_type: ClassVar[str] = "category"

    category: CategoryRecord
    path: Sequence[str]

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.category.id),
            "category_id": str(self.category.id),
            "name": self.category.name,
            "slug": self.category.slug,
            "code": self.category.code,
            "parent_id": str(self.category.parent_id) if self.category.parent_id is not None else None,
            "position": self.category.position,
            "costing_method": self.category.costing_method,
            "depth": len(self.path) - 1,
            "path": "/".join(self.path),
        }


@dataclass(frozen=True, kw_only=True)
class CategoryCreated(CategoryEvent):
    """A category was added."""

    type: ClassVar[str] = "inventory.category.created"


@dataclass(frozen=True, kw_only=True)
class CategoryUpdated(CategoryEvent):
    """A category was renamed, moved or ordered anew."""

    type: ClassVar[str] = "inventory.category.updated"


@dataclass(frozen=True, kw_only=True)
class UnitCreated(Event):
    """A unit was added. ``factor`` is how many base units of its dimension it is, as a fraction such as "5/1", null for a
    unit that only counts."""

    type: ClassVar[str] = "inventory.unit.created"
    aggregate_type: ClassVar[str] = "unit"

    code: str
    name: str
    abbreviation: str
    dimension: str
    factor: str | None
    is_whole: bool

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.aggregate_id),
            "code": self.code,
            "name": self.name,
            "abbreviation": self.abbreviation,
            "dimension": self.dimension,
            "factor": self.factor,
            "is_whole": self.is_whole,
        }
