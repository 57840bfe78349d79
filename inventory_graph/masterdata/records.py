"""What the reads of the catalogue answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid5

ItemType: TypeAlias = Literal["GOODS", "INGREDIENT", "RECIPE", "KIT", "SERVICE", "VOUCHER", "EQUIPMENT"]
ItemStatus: TypeAlias = Literal["ACTIVE", "DISCONTINUED", "ARCHIVED"]
Tracking: TypeAlias = Literal["NONE", "LOT", "SERIAL"]
RemovalStrategy: TypeAlias = Literal["FEFO", "FIFO", "LIFO", "NEAREST"]
Symbology: TypeAlias = Literal["EAN13", "EAN8", "UPC", "GTIN14", "ISBN", "CODE128"]

STOCKED_TYPES = frozenset({"GOODS", "INGREDIENT", "EQUIPMENT"})
"""The types whose variants lie in a warehouse; of the others there is no stock of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item. ``allow_negative``: None leaves it to the tenant; ``removal_strategy``: None leaves it to the service, which
    takes what expires first. ``allergens`` are lower-case words; ``controlled_class`` is None for what anyone may sell."""

    id: UUID
    sku: str
    name: str
    description: str | None
    type: str
    status: str
    tracking: str
    unit_code: str
    category_id: UUID | None
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    shelf_life_days: int | None
    allow_negative: bool | None
    removal_strategy: str | None
    allergens: Sequence[str]
    controlled_class: str | None
    external_reference: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_stocked(self) -> bool:
        return self.type in STOCKED_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord:
    """A variant. ``status`` is the stricter of its own and its item's, so that it alone says whether the variant is in use;
    ``attributes`` are {name, value} in the order of the options; ``position`` orders the variants of an item from 0."""

    id: UUID
    item_id: UUID
    sku: str
    name: str
    attributes: Sequence[Mapping[str, str]]
    status: str
    position: int
    external_reference: str | None
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BarcodeRecord:
    """A code that scanners read, for one variant in one unit."""

    code: str
    variant_id: UUID
    unit_code: str
    symbology: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRecord:
    """A node of the category tree; ``position`` orders it among its siblings. ``costing_method`` is its own, AVERAGE or FIFO, None where
    it goes by the next one above that has one; ``costing_method_in_force`` is what that comes to, None for the tenant's."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    code: str | None
    position: int
    costing_method: str | None = None
    costing_method_in_force: str | None = None


def unit_id(tenant_id: UUID, code: str) -> UUID:
    """A UUID for a unit, which has only a code here: events and siblings name units by id."""
    return uuid5(tenant_id, f"unit:{code}")
