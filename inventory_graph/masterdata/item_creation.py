"""Making items: any number of them in the same few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound, Refusal, Retry
from inventory_graph.masterdata.barcodes import insert_barcodes
from inventory_graph.masterdata.categories import categories_by_slug
from inventory_graph.masterdata.events import ItemCreated
from inventory_graph.masterdata.item_drafts import ItemDraft, VariantDraft, barcode_places, check_distinct, item_draft
from inventory_graph.masterdata.item_search import insert_words
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.records import BarcodeRecord, CategoryRecord, ItemRecord, VariantRecord, unit_id
from inventory_graph.masterdata.skus import reference_taken, sku_taken, take_skus
from inventory_graph.masterdata.texts import Path
from inventory_graph.masterdata.units import UnitRecord, all_units, unit_named, unknown_unit
from inventory_graph.outbox import emit_all

ITEMS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedItem:
    """An item with the variants it was made with, in their order."""

    item: ItemRecord
    variants: Sequence[VariantRecord]


async def create_items(
    tx: Transaction, *, items: Sequence[NewItem], paths: Sequence[Path] | None = None
) -> list[CreatedItem]:
    """Make up to 1,000 items with their variants, barcodes and search words, and emit ``inventory.item.created`` for each.

    The number of statements does not depend on the number of items. ``paths`` says where each item stands in the request,
    ``items.N`` unless given; refusals name the field below it. Raises ``InvalidInput``, ``NotFound`` (unit, category),
    ``AlreadyExists`` (SKU, barcode, external reference) and ``LimitExceeded``; then nothing is made.
    """
    if len(items) > ITEMS_MAX:
        raise LimitExceeded(f"{len(items)} items are given; at most {ITEMS_MAX} are made at once.", path=("items",))
    if not items:
        return []
    places = paths if paths is not None else [("items", str(number)) for number in range(len(items))]
    drafts = [item_draft(new, path=path) for new, path in zip(items, places, strict=True)]
    check_distinct(drafts)
    units = await _units_of(tx, drafts)
    categories = await _categories_of(tx, drafts)
    await take_skus(tx, {sku: place for draft in drafts for sku, place in draft.unpaired_skus.items()})
    item_records = await _insert_items(tx, drafts, units, categories)
    variant_records = await insert_variants(tx, {draft.id: draft.variants for draft in drafts}, items=item_records)
    barcodes = {draft.id: barcodes_of(draft.variants, unit_code=item_records[draft.id].unit_code) for draft in drafts}
    await insert_barcodes(
        tx,
        [barcode for each in barcodes.values() for barcode in each],
        paths=[path for draft in drafts for _, path in barcode_places(draft.variants)],
    )
    await insert_words(tx, {draft.id: draft.words for draft in drafts})
    await emit_all(
        tx,
        [
            ItemCreated(
                aggregate_id=draft.id,
                item=item_records[draft.id],
                category=categories[draft.category_slug] if draft.category_slug is not None else None,
                unit_id=unit_id(tx.tenant_id, item_records[draft.id].unit_code),
                barcodes=barcodes[draft.id],
            )
            for draft in drafts
        ],
    )
    return [
        CreatedItem(item=item_records[draft.id], variants=[variant_records[each.id] for each in draft.variants])
        for draft in drafts
    ]


async def _units_of(tx: Transaction, drafts: Sequence[ItemDraft]) -> Mapping[str, UnitRecord]:
    """The stock units by the names they were given."""
    known = await all_units(tx)
    units: dict[str, UnitRecord] = {}
    for draft in drafts:
        unit = unit_named(draft.unit, known)
        if unit is None:
            raise unknown_unit(draft.unit, known, path=(*draft.path, "unit"))
        check_serial_unit(draft.values["tracking"], unit, path=(*draft.path, "tracking"))
        units[draft.unit] = unit
    return units


def check_serial_unit(tracking: str, unit: UnitRecord, *, path: Path) -> None:
    """Raise ``InvalidInput`` for serials in a unit that is not counted in whole pieces."""
    if tracking == "SERIAL" and not unit.is_whole:
        raise InvalidInput(
            f"An item tracked by serial is counted in whole pieces, not in {unit.code}; choose another unit or tracking.",
            path=path,
        )


async def _categories_of(tx: Transaction, drafts: Sequence[ItemDraft]) -> Mapping[str, CategoryRecord]:
    """The categories by their slugs; reads nothing where none is named."""
    slugs = {draft.category_slug for draft in drafts if draft.category_slug is not None}
    categories = await categories_by_slug(tx, sorted(slugs)) if slugs else {}
    for draft in drafts:
        if draft.category_slug is not None and draft.category_slug not in categories:
            raise NotFound(
                f"There is no category with the slug {draft.category_slug[:80]!r}.", path=(*draft.path, "category_slug")
            )
    return categories


_INSERT_ITEMS = """
INSERT INTO items (tenant_id, id, sku, name, description, type, status, tracking, unit_code, category_id, tags, metadata,
  shelf_life_days, allow_negative, removal_strategy, allergens, controlled_class, external_reference)
SELECT $1, d.id, d.sku, d.name, d.description, d.type, d.status, d.tracking, d.unit_code, d.category_id, d.tags, d.metadata,
  d.shelf_life_days, d.allow_negative, d.removal_strategy, d.allergens, d.controlled_class, d.external_reference
FROM jsonb_to_recordset($2::jsonb) AS d(id uuid, sku text, name text, description text, type text, status text,
  tracking text, unit_code text, category_id uuid, tags text[], metadata jsonb, shelf_life_days int, allow_negative bool,
  removal_strategy text, allergens text[], controlled_class text, external_reference text)
ORDER BY d.sku
ON CONFLICT DO NOTHING
RETURNING id, created_at, updated_at
"""
_INSERT_VARIANTS = """
INSERT INTO variants (tenant_id, id, item_id, sku, name, attributes, position, external_reference, metadata)
SELECT $1, d.id, d.item_id, d.sku, d.name, d.attributes, d.position, d.external_reference, d.metadata
FROM jsonb_to_recordset($2::jsonb) AS d(id uuid, item_id uuid, sku text, name text, attributes jsonb, position int,
  external_reference text, metadata jsonb)
ORDER BY d.sku
ON CONFLICT DO NOTHING
RETURNING id, created_at, updated_at
"""
_TAKEN = """
SELECT sku, external_reference FROM {table}
WHERE tenant_id = $1 AND (sku = ANY ($2::text[]) OR external_reference = ANY ($3::text[]))
"""
_TAKEN_BY_ITEMS = _TAKEN.format(table="items")
_TAKEN_BY_VARIANTS = _TAKEN.format(table="variants")


async def _insert_items(
    tx: Transaction,
    drafts: Sequence[ItemDraft],
    units: Mapping[str, UnitRecord],
    categories: Mapping[str, CategoryRecord],
) -> dict[UUID, ItemRecord]:
    values = {
        draft.id: {
            **draft.values,
            "id": draft.id,
            "unit_code": units[draft.unit].code,
            "category_id": categories[draft.category_slug].id if draft.category_slug is not None else None,
        }
        for draft in drafts
    }
    stored = await _insert(tx, _INSERT_ITEMS, list(values.values()))
    await _refuse_taken(tx, drafts, stored, taken_by=_TAKEN_BY_ITEMS, noun="an item")
    return {
        key: ItemRecord(**each, created_at=stored[key][0], updated_at=stored[key][1]) for key, each in values.items()
    }


async def insert_variants(
    tx: Transaction, drafts: Mapping[UUID, Sequence[VariantDraft]], *, items: Mapping[UUID, ItemRecord]
) -> dict[UUID, VariantRecord]:
    """Store the variants of the items by their ids, in one statement; raises ``AlreadyExists`` at one whose SKU or external
    reference is taken."""
    values = {
        draft.id: {**draft.values, "id": draft.id, "item_id": item_id}
        for item_id, variants in drafts.items()
        for draft in variants
    }
    stored = await _insert(tx, _INSERT_VARIANTS, list(values.values()))
    every = [draft for variants in drafts.values() for draft in variants]
    await _refuse_taken(tx, every, stored, taken_by=_TAKEN_BY_VARIANTS, noun="a variant")
    # Their own status is ACTIVE, so their item's decides.
    return {
        key: VariantRecord(
            **each, status=items[each["item_id"]].status, created_at=stored[key][0], updated_at=stored[key][1]
        )
        for key, each in values.items()
    }


async def _insert(
    tx: Transaction, statement: str, values: Sequence[Mapping[str, Any]]
) -> dict[UUID, tuple[datetime, datetime]]:
    # The driver's UUIDs are a subclass that the JSON writer does not know.
    given = [{name: str(each) if isinstance(each, UUID) else each for name, each in row.items()} for row in values]
    rows = await tx.raw.fetch(statement, tx.tenant_id, given)
    return {row["id"]: (row["created_at"], row["updated_at"]) for row in rows}


async def _refuse_taken(
    tx: Transaction,
    drafts: Sequence[ItemDraft] | Sequence[VariantDraft],
    stored: Mapping[UUID, Any],
    *,
    taken_by: str,
    noun: str,
) -> None:
    """Raise for the first draft that was not stored, naming what it shares with one that was there before."""
    left = [draft for draft in drafts if draft.id not in stored]
    if not left:
        return
    references = [draft.values["external_reference"] for draft in left]
    rows = await tx.raw.fetch(taken_by, tx.tenant_id, [draft.sku for draft in left], references)
    skus, taken_references = {row["sku"] for row in rows}, {row["external_reference"] for row in rows}
    raise next((_taken(draft, skus, taken_references, noun) for draft in left), Retry())


def _taken(draft: ItemDraft | VariantDraft, skus: set[str], references: set[str | None], noun: str) -> Refusal:
    if draft.sku in skus:
        return sku_taken(draft.sku, by=noun, path=(*draft.path, "sku"))
    reference = draft.values["external_reference"]
    if reference is not None and reference in references:
        return reference_taken(reference, by=noun, path=(*draft.path, "external_reference"))
    return Retry()


def barcodes_of(variants: Sequence[VariantDraft], *, unit_code: str) -> list[BarcodeRecord]:
    """The barcodes of the drafts, in one unit."""
    return [
        BarcodeRecord(code=code, variant_id=variant.id, unit_code=unit_code, symbology=symbology)
        for variant in variants
        for code, symbology in variant.barcodes
    ]
