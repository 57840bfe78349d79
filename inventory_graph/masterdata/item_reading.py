"""Reads of items and variants by their names: ids, SKUs, barcodes, external references."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, Select, Text, Uuid, and_, any_, bindparam, case, exists, func, select

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import NotFound
from inventory_graph.identity.models import Tenant
from inventory_graph.masterdata.barcodes import barcodes_by_code
from inventory_graph.masterdata.models import Item, UnitBridge, Variant
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from inventory_graph.masterdata.texts import Path, is_storable
from inventory_graph.masterdata.units import Bridges

KeyKind: TypeAlias = Literal["id", "sku", "barcode", "external_reference"]


@dataclass(frozen=True, slots=True)
class ItemKey:
    """One way to name an item or a variant. The value of an ``id`` is a UUID, of every other kind a text."""

    kind: KeyKind
    value: UUID | str


ITEM_COLUMNS = (
    Item.id,
    Item.sku,
    Item.name,
    Item.description,
    Item.type,
    Item.status,
    Item.tracking,
    Item.unit_code,
    Item.category_id,
    Item.tags,
    Item.metadata_,
    Item.shelf_life_days,
    Item.allow_negative,
    Item.removal_strategy,
    Item.allergens,
    Item.controlled_class,
    Item.external_reference,
    Item.created_at,
    Item.updated_at,
)

_STATUS = case(
    (Item.status == "ARCHIVED", "ARCHIVED"),
    (and_(Item.status == "DISCONTINUED", Variant.status == "ACTIVE"), "DISCONTINUED"),
    else_=Variant.status,
).label("status")

VARIANT_COLUMNS = (
    Variant.id,
    Variant.item_id,
    Variant.sku,
    Variant.name,
    Variant.attributes,
    _STATUS,
    Variant.position,
    Variant.external_reference,
    Variant.metadata_,
    Variant.created_at,
    Variant.updated_at,
)
"""The columns of a ``VariantRecord``; they need ``Variant`` joined to ``Item`` as in ``VARIANTS``."""

_TENANT: BindParameter[UUID] = bindparam("tenant")
_IDS = any_(bindparam("keys", type_=ARRAY(Uuid)))
_TEXTS = any_(bindparam("keys", type_=ARRAY(Text)))

ITEMS = select(*ITEM_COLUMNS).where(Item.tenant_id == _TENANT)
VARIANTS = (
    select(*VARIANT_COLUMNS)
    .join(Item, and_(Item.tenant_id == Variant.tenant_id, Item.id == Variant.item_id))
    .where(Variant.tenant_id == _TENANT, Item.tenant_id == _TENANT)
)
_SIBLING = Variant.__table__.alias("sibling")
_IS_ONLY = ~(
    exists()
    .where(_SIBLING.c.tenant_id == Item.tenant_id, _SIBLING.c.item_id == Item.id, _SIBLING.c.id != Variant.id)
    .correlate(Item.__table__, Variant.__table__)
)

_ITEMS_BY_ID = ITEMS.where(Item.id == _IDS)
_ITEMS_BY_SKU = ITEMS.where(Item.sku == _TEXTS)
_ITEMS_BY_REFERENCE = ITEMS.where(Item.external_reference == _TEXTS)
_VARIANTS_BY_ID = VARIANTS.where(Variant.id == _IDS)
_VARIANTS_BY_SKU = VARIANTS.where(Variant.sku == _TEXTS)
_VARIANTS_BY_REFERENCE = VARIANTS.where(Variant.external_reference == _TEXTS)
_ONLY_VARIANTS_BY_ITEM_SKU = VARIANTS.add_columns(Item.sku.label("key")).where(Item.sku == _TEXTS, _IS_ONLY)
_ONLY_VARIANTS_BY_ITEM_REFERENCE = VARIANTS.add_columns(Item.external_reference.label("key")).where(
    Item.external_reference == _TEXTS, _IS_ONLY
)
_BRIDGES = select(
    UnitBridge.item_id,
    UnitBridge.from_unit_code,
    UnitBridge.to_unit_code,
    UnitBridge.factor_numerator,
    UnitBridge.factor_denominator,
).where(UnitBridge.tenant_id == _TENANT, UnitBridge.item_id == _IDS)
_NEGATIVE = (
    select(Item.id, func.coalesce(Item.allow_negative, Tenant.allow_negative).label("allow_negative"))
    .join(Tenant, Tenant.id == Item.tenant_id)
    .where(Item.tenant_id == _TENANT, Item.id == _IDS)
)


def item_of(row: Record) -> ItemRecord:
    """The item in a row of ``ITEM_COLUMNS``."""
    return ItemRecord(**row)


def variant_of(row: Record) -> VariantRecord:
    """The variant in a row of ``VARIANT_COLUMNS``."""
    return VariantRecord(**row)


async def items_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, ItemRecord]:
    """The items of the ids; unknown ones are left out."""
    return {row["id"]: item_of(row) for row in await tx.rows(_ITEMS_BY_ID, tenant=tx.tenant_id, keys=list(keys))}


async def items_by_sku(tx: Transaction, keys: Sequence[str]) -> Mapping[str, ItemRecord]:
    """The items of the items' SKUs; unknown ones are left out."""
    rows = await tx.rows(_ITEMS_BY_SKU, tenant=tx.tenant_id, keys=_storable(keys))
    return {row["sku"]: item_of(row) for row in rows}


async def items_by_external_reference(tx: Transaction, keys: Sequence[str]) -> Mapping[str, ItemRecord]:
    """The items of the references; unknown ones are left out."""
    rows = await tx.rows(_ITEMS_BY_REFERENCE, tenant=tx.tenant_id, keys=_storable(keys))
    return {row["external_reference"]: item_of(row) for row in rows}


async def items_by_barcode(tx: Transaction, keys: Sequence[str]) -> Mapping[str, ItemRecord]:
    """The items whose variants bear the barcodes; unknown ones are left out."""
    variants = await variants_by_barcode(tx, keys)
    items = await items_by_id(tx, list({variant.item_id for variant in variants.values()}))
    return {code: items[variant.item_id] for code, variant in variants.items()}


async def variants_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, VariantRecord]:
    """The variants of the ids; unknown ones are left out."""
    rows = await tx.rows(_VARIANTS_BY_ID, tenant=tx.tenant_id, keys=list(keys))
    return {row["id"]: variant_of(row) for row in rows}


async def variants_by_sku(tx: Transaction, keys: Sequence[str]) -> Mapping[str, VariantRecord]:
    """The variants of the SKUs; the SKU of an item names its variant while it has just one. Unknown ones are left out."""
    rows = await tx.rows(_VARIANTS_BY_SKU, tenant=tx.tenant_id, keys=_storable(keys))
    found = {row["sku"]: variant_of(row) for row in rows}
    return {**await _only_variants(tx, _ONLY_VARIANTS_BY_ITEM_SKU, keys, found), **found}


async def variants_by_external_reference(tx: Transaction, keys: Sequence[str]) -> Mapping[str, VariantRecord]:
    """The variants of the references; the reference of an item names its variant while it has just one."""
    rows = await tx.rows(_VARIANTS_BY_REFERENCE, tenant=tx.tenant_id, keys=_storable(keys))
    found = {row["external_reference"]: variant_of(row) for row in rows}
    return {**await _only_variants(tx, _ONLY_VARIANTS_BY_ITEM_REFERENCE, keys, found), **found}


async def variants_by_barcode(tx: Transaction, keys: Sequence[str]) -> Mapping[str, VariantRecord]:
    """The variants of the barcodes, in any of the forms in which a scanner sends them; unknown ones are left out."""
    barcodes = await barcodes_by_code(tx, _storable(keys))
    variants = await variants_by_id(tx, list({barcode.variant_id for barcode in barcodes.values()}))
    return {code: variants[barcode.variant_id] for code, barcode in barcodes.items()}


async def _only_variants(
    tx: Transaction, statement: Select[Any], keys: Sequence[str], found: Mapping[str, VariantRecord]
) -> dict[str, VariantRecord]:
    missing = [key for key in _storable(keys) if key not in found]
    if not missing:
        return {}
    variants = {}
    for row in await tx.rows(statement, tenant=tx.tenant_id, keys=missing):
        values = dict(row)
        key = values.pop("key")
        variants[key] = VariantRecord(**values)
    return variants


def _storable(keys: Sequence[str]) -> list[str]:
    return [key for key in keys if is_storable(key)]


async def item_by_key(tx: Transaction, key: ItemKey, *, path: Path = ("item",)) -> ItemRecord:
    """The item that a verb is to change; raises ``NotFound`` at the path and the key's kind."""
    found: Mapping[Any, ItemRecord] = await ITEM_LOADERS[key.kind](tx, [key.value])
    if key.value not in found:
        raise NotFound(f"There is no item with the {_shown(key)}.", path=(*path, key.kind))
    return found[key.value]


async def variant_by_key(tx: Transaction, key: ItemKey, *, path: Path = ("variant",)) -> VariantRecord:
    """The variant that a verb is to change; raises ``NotFound`` at the path and the key's kind."""
    found: Mapping[Any, VariantRecord] = await VARIANT_LOADERS[key.kind](tx, [key.value])
    if key.value not in found:
        raise NotFound(
            f"There is no variant with the {_shown(key)}. An item's SKU or reference names its variant only while it has one.",
            path=(*path, key.kind),
        )
    return found[key.value]


def _shown(key: ItemKey) -> str:
    value = key.value if isinstance(key.value, str) else str(key.value)
    return f"{key.kind.replace('_', ' ')} {value[:80]!r}"


ITEM_LOADERS: Mapping[KeyKind, Callable[[Transaction, Sequence[Any]], Awaitable[Mapping[Any, ItemRecord]]]] = {
    "id": items_by_id,
    "sku": items_by_sku,
    "barcode": items_by_barcode,
    "external_reference": items_by_external_reference,
}
"""The batch function of each kind of key."""

VARIANT_LOADERS: Mapping[KeyKind, Callable[[Transaction, Sequence[Any]], Awaitable[Mapping[Any, VariantRecord]]]] = {
    "id": variants_by_id,
    "sku": variants_by_sku,
    "barcode": variants_by_barcode,
    "external_reference": variants_by_external_reference,
}
"""The batch function of each kind of key."""


async def unit_bridges_by_item(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Bridges]:
    """The bridges of each item, for ``to_stock_unit``; every key is answered."""
    bridges: dict[UUID, dict[tuple[str, str], Fraction]] = {key: {} for key in keys}
    for row in await tx.rows(_BRIDGES, tenant=tx.tenant_id, keys=list(keys)):
        factor = Fraction(row["factor_numerator"], row["factor_denominator"])
        bridges[row["item_id"]][row["from_unit_code"], row["to_unit_code"]] = factor
    return bridges


async def items_allowing_negative(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Whether the stock of each item may fall below zero: its own word, else the tenant's."""
    rows = await tx.rows(_NEGATIVE, tenant=tx.tenant_id, keys=list(keys))
    return {row["id"]: row["allow_negative"] for row in rows}
