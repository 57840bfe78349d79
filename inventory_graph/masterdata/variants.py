"""Variants, and the barcodes by which they are scanned."""

from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, InvalidTransition, LimitExceeded, NotFound
from inventory_graph.masterdata.announcements import announce_item, announce_variants
from inventory_graph.masterdata.barcodes import (
    BARCODES_MAX,
    barcodes_by_code,
    barcodes_by_variant,
    checked_barcode,
    insert_barcodes,
)
from inventory_graph.masterdata.events import VariantCreated
from inventory_graph.masterdata.item_creation import barcodes_of, insert_variants
from inventory_graph.masterdata.item_drafts import VARIANTS_MAX, barcode_places, variant_draft
from inventory_graph.masterdata.item_reading import unit_bridges_by_item, variants_by_id
from inventory_graph.masterdata.item_search import rewrite_words
from inventory_graph.masterdata.item_values import NewVariant, VariantChanges, checked_values
from inventory_graph.masterdata.items import HasStock, lock_item, refuse_archived, touch_item
from inventory_graph.masterdata.models import Variant
from inventory_graph.masterdata.records import BarcodeRecord, ItemRecord, VariantRecord
from inventory_graph.masterdata.skus import reference_taken, refusing_taken, sku_taken, take_skus
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.masterdata.units import stock_unit_factor, unit_by_name, units_by_code


class VariantArchived(InvalidTransition):
    """The variant is archived."""


class VariantHasStock(InvalidTransition):
    """There is stock of the variant, or stock is held."""


_LAST = select(func.count(), func.max(Variant.position)).where(
    Variant.tenant_id == bindparam("tenant"), Variant.item_id == bindparam("item")
)
_ITEM_ID = select(Variant.item_id).where(Variant.tenant_id == bindparam("tenant"), Variant.id == bindparam("variant"))
_OWN_STATUS = (
    select(Variant.status)
    .where(Variant.tenant_id == bindparam("tenant"), Variant.id == bindparam("variant"))
    .with_for_update()
)


async def create_variant(tx: Transaction, *, item_id: UUID, variant: NewVariant) -> VariantRecord:
    """Add a variant behind the others of its item; emits ``inventory.variant.created``.

    Raises ``InvalidInput``, ``NotFound``, ``ItemInactive``, ``AlreadyExists`` (SKU, barcode, external reference) and
    ``LimitExceeded``: an item has at most 1,000 variants.
    """
    item = await lock_item(tx, item_id)
    refuse_archived(item)
    last = await tx.row(_LAST, tenant=tx.tenant_id, item=item_id)
    count, position = (last[0], last[1]) if last is not None else (0, None)
    if count >= VARIANTS_MAX:
        raise LimitExceeded(
            f"{item.sku} has {count} variants already; an item has at most {VARIANTS_MAX}.", path=("item",)
        )
    draft = variant_draft(variant, item_name=item.name, position=0 if position is None else position + 1)
    await take_skus(tx, {draft.sku: (item_id, ("sku",))})
    records = await insert_variants(tx, {item_id: [draft]}, items={item_id: item})
    await insert_barcodes(
        tx,
        barcodes_of([draft], unit_code=item.unit_code),
        paths=[path for _, path in barcode_places([draft])],
    )
    await rewrite_words(tx, item_id)
    await touch_item(tx, item)
    await announce_variants(tx, [draft.id], kind=VariantCreated)
    return records[draft.id]


async def update_variant(tx: Transaction, *, variant_id: UUID, **changes: Unpack[VariantChanges]) -> VariantRecord:
    """Change a variant; what is left out stays. Emits ``inventory.variant.updated`` when anything differs.

    A variant that bears its item's SKU is renamed with the item. Raises ``InvalidInput``, ``NotFound``, ``AlreadyExists``,
    ``ItemInactive`` and ``VariantArchived``.
    """
    values = checked_values(changes)
    if values.get("status") == "ARCHIVED":
        raise InvalidInput("A variant is archived by archiveVariant, which looks for stock first.", path=("status",))
    item, before, own_status = await _lock_variant(tx, variant_id)
    refuse_archived(item)
    if own_status == "ARCHIVED":
        raise VariantArchived(
            f"The variant {before.sku} is archived; bring it back with reactivateVariant first.", path=("variant",)
        )
    values = {
        name: value
        for name, value in values.items()
        if value != (own_status if name == "status" else getattr(before, name))
    }
    if not values:
        return before
    if "sku" in values:
        if before.sku == item.sku:
            raise InvalidInput(
                f"This variant bears the SKU of its item, {item.sku}; rename the item (updateItem) and it follows.",
                path=("sku",),
            )
        await take_skus(tx, {values["sku"]: (item.id, ("sku",))})
    return await _write(tx, item, before, values)


async def archive_variant(tx: Transaction, *, variant_id: UUID, has_stock: HasStock) -> VariantRecord:
    """Take a variant out of use; emits ``inventory.variant.updated``. Raises ``NotFound`` and ``VariantHasStock``."""
    item, before, own_status = await _lock_variant(tx, variant_id)
    if own_status == "ARCHIVED":
        return before
    if await has_stock(tx, variant_id=variant_id):
        raise VariantHasStock(
            f"There is stock of {before.sku}, or stock is held; issue, move or release it before archiving the variant.",
            path=("variant",),
        )
    return await _write(tx, item, before, {"status": "ARCHIVED"})


async def reactivate_variant(tx: Transaction, *, variant_id: UUID) -> VariantRecord:
    """Bring an archived or discontinued variant back into use; emits ``inventory.variant.updated``.

    Raises ``NotFound`` and ``ItemInactive`` while its item is archived.
    """
    item, before, own_status = await _lock_variant(tx, variant_id)
    refuse_archived(item)
    if own_status == "ACTIVE":
        return before
    return await _write(tx, item, before, {"status": "ACTIVE"})


async def add_barcode(
    tx: Transaction, *, variant_id: UUID, code: str, unit: str | None = None, symbology: str | None = None
) -> BarcodeRecord:
    """Give a variant a barcode, in its stock unit or in another that converts to it (a box of twelve).

    A barcode that the variant has already in the same unit stays as it is. Emits ``inventory.item.updated`` and
    ``inventory.variant.updated``. Raises ``InvalidInput``, ``NotFound``, ``AlreadyExists``, ``ItemInactive``,
    ``UnitMismatch`` and ``LimitExceeded``: a variant has at most 50.
    """
    kept_code, kept_symbology = checked_barcode(code, path=("code",), symbology=symbology)
    item, variant, _ = await _lock_variant(tx, variant_id)
    refuse_archived(item)
    unit_code = item.unit_code if unit is None else await _convertible_unit(tx, item, unit)
    barcode = BarcodeRecord(code=kept_code, variant_id=variant_id, unit_code=unit_code, symbology=kept_symbology)
    existing = (await barcodes_by_variant(tx, [variant_id]))[variant_id]
    if barcode in existing:
        return barcode
    if len(existing) >= BARCODES_MAX:
        raise LimitExceeded(f"{variant.sku} has {len(existing)} barcodes already; at most {BARCODES_MAX} are kept.")
    await insert_barcodes(tx, [barcode], paths=[("code",)])
    await _barcodes_changed(tx, item, variant_id)
    return barcode


async def remove_barcode(tx: Transaction, *, code: str) -> VariantRecord:
    """Take a barcode away from the variant it names, and answer that variant. Raises ``NotFound``.

    Emits ``inventory.item.updated`` and ``inventory.variant.updated``.
    """
    found = (await barcodes_by_code(tx, [code])).get(code) if is_storable(code) else None
    if found is None:
        raise NotFound(f"There is no barcode {code[:64]!r}.", path=("code",))
    item, variant, _ = await _lock_variant(tx, found.variant_id)
    await tx.raw.execute(_DELETE_BARCODE, tx.tenant_id, found.code)
    await _barcodes_changed(tx, item, variant.id)
    return variant


_DELETE_BARCODE = "DELETE FROM barcodes WHERE tenant_id = $1 AND code = $2"


async def _barcodes_changed(tx: Transaction, item: ItemRecord, variant_id: UUID) -> None:
    await rewrite_words(tx, item.id)
    await announce_item(tx, await touch_item(tx, item))
    await announce_variants(tx, [variant_id])


async def _convertible_unit(tx: Transaction, item: ItemRecord, name: str) -> str:
    """The code of a unit that a quantity of the item can be given in; raises ``NotFound`` or ``UnitMismatch``."""
    unit = await unit_by_name(tx, name)
    stock_unit = (await units_by_code(tx, [item.unit_code]))[item.unit_code]
    bridges = (await unit_bridges_by_item(tx, [item.id]))[item.id]
    stock_unit_factor(unit, stock_unit=stock_unit, bridges=bridges)
    return unit.code


async def _lock_variant(tx: Transaction, variant_id: UUID) -> tuple[ItemRecord, VariantRecord, str]:
    """The item and the variant, locked in this order, and the variant's own status; raises ``NotFound``."""
    item_id = await tx.value(_ITEM_ID, tenant=tx.tenant_id, variant=variant_id)
    if item_id is None:
        raise NotFound(f"There is no variant with the id {variant_id}.", path=("variant", "id"))
    item = await lock_item(tx, item_id)
    own_status: str = await tx.value(_OWN_STATUS, tenant=tx.tenant_id, variant=variant_id)
    return item, (await variants_by_id(tx, [variant_id]))[variant_id], own_status


async def _write(tx: Transaction, item: ItemRecord, before: VariantRecord, values: dict[str, Any]) -> VariantRecord:
    columns = {"metadata_" if name == "metadata" else name: value for name, value in values.items()}
    taken = {
        "uq_variants_tenant_id_sku": sku_taken(str(values.get("sku")), by="a variant", path=("sku",)),
        "uq_variants_tenant_id_external_reference": reference_taken(
            str(values.get("external_reference")), by="a variant", path=("external_reference",)
        ),
    }
    with refusing_taken(taken):
        await tx.run(
            update(Variant)
            .where(Variant.tenant_id == tx.tenant_id, Variant.id == before.id)
            .values(**columns, updated_at=func.clock_timestamp())
        )
    if "sku" in values:
        await rewrite_words(tx, item.id)
    await touch_item(tx, item)
    await announce_variants(tx, [before.id])
    return (await variants_by_id(tx, [before.id]))[before.id]
