"""Telling of items and variants as they are now, after a change."""

from collections.abc import Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.masterdata.barcodes import barcodes_by_item, barcodes_by_variant
from inventory_graph.masterdata.categories import categories_by_id
from inventory_graph.masterdata.events import ItemUpdated, VariantCreated, VariantUpdated
from inventory_graph.masterdata.item_reading import items_by_id, variants_by_id
from inventory_graph.masterdata.records import ItemRecord, unit_id
from inventory_graph.outbox import emit, emit_all


async def announce_item(tx: Transaction, item: ItemRecord) -> None:
    """Emit ``inventory.item.updated``."""
    category = None
    if item.category_id is not None:
        category = (await categories_by_id(tx, [item.category_id]))[item.category_id]
    barcodes = await barcodes_by_item(tx, [item.id])
    await emit(
        tx,
        ItemUpdated(
            aggregate_id=item.id,
            item=item,
            category=category,
            unit_id=unit_id(tx.tenant_id, item.unit_code),
            barcodes=barcodes[item.id],
        ),
    )


async def announce_variants(
    tx: Transaction, variant_ids: Sequence[UUID], *, kind: type[VariantCreated | VariantUpdated] = VariantUpdated
) -> None:
    """Emit ``inventory.variant.updated``, or another kind of the same event, for each of the variants."""
    if not variant_ids:
        return
    variants = await variants_by_id(tx, variant_ids)
    items = await items_by_id(tx, list({variant.item_id for variant in variants.values()}))
    barcodes = await barcodes_by_variant(tx, variant_ids)
    await emit_all(
        tx,
        [
            kind(
                aggregate_id=variant_id,
                variant=variants[variant_id],
                item_sku=items[variants[variant_id].item_id].sku,
                barcodes=barcodes[variant_id],
            )
            for variant_id in variant_ids
        ],
    )
