"""Items, variants and categories, and the stock that makes some of their changes impossible."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

from inventory_graph.masterdata.categories import create_category
from inventory_graph.masterdata.item_reading import items_by_id, variants_by_id, variants_by_sku
from inventory_graph.masterdata.item_values import NewVariant
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.records import CategoryRecord, ItemRecord, VariantRecord
from inventory_graph.masterdata.unit_bridges import set_unit_bridge
from inventory_graph.masterdata.variants import create_variant
from inventory_graph.stock.service import Place, ReceiptLine, adjust_stock, receive_stock
from tests.given.tenants import GivenTenant


async def given_item(tenant: GivenTenant, *, sku: str | None = None, **fields: Any) -> ItemRecord:
    """An item with one variant of its SKU: GOODS in PIECE unless the fields say otherwise."""
    chosen = f"I-{uuid4().hex[:12]}" if sku is None else sku
    values: dict[str, Any] = {"name": f"Item {chosen}", "unit": "PIECE", **fields}
    return await tenant.database.write(tenant.actor, lambda tx: create_item(tx, sku=chosen, **values))


async def given_variant(
    tenant: GivenTenant, item: ItemRecord, *, sku: str | None = None, **fields: Any
) -> VariantRecord:
    """One more variant of the item."""
    new = NewVariant(sku=f"V-{uuid4().hex[:12]}" if sku is None else sku, **fields)
    return await tenant.database.write(tenant.actor, lambda tx: create_variant(tx, item_id=item.id, variant=new))


async def given_category(tenant: GivenTenant, slug: str, *, parent: str | None = None, **fields: Any) -> CategoryRecord:
    """A category, a root unless it has a parent."""
    name = fields.pop("name", slug.replace("-", " ").title())
    return await tenant.database.write(
        tenant.actor, lambda tx: create_category(tx, slug=slug, name=name, parent_slug=parent, **fields)
    )


async def given_unit_bridge(
    tenant: GivenTenant, item: ItemRecord, from_unit: str, to_unit: str, factor: Fraction
) -> None:
    """One of a unit is ``factor`` of another, for this item."""
    await tenant.database.write(
        tenant.actor,
        lambda tx: set_unit_bridge(tx, item_id=item.id, from_unit=from_unit, to_unit=to_unit, factor=factor),
    )


async def item_now(tenant: GivenTenant, item: ItemRecord) -> ItemRecord:
    """The item as it is now."""
    async with tenant.database.read(tenant.actor) as tx:
        return (await items_by_id(tx, [item.id]))[item.id]


async def variant_now(tenant: GivenTenant, variant: VariantRecord) -> VariantRecord:
    """The variant as it is now."""
    async with tenant.database.read(tenant.actor) as tx:
        return (await variants_by_id(tx, [variant.id]))[variant.id]


async def variant_of_sku(tenant: GivenTenant, sku: str) -> VariantRecord:
    """The variant that an SKU names."""
    async with tenant.database.read(tenant.actor) as tx:
        return (await variants_by_sku(tx, [sku]))[sku]


async def given_stock(tenant: GivenTenant, sku: str, quantity: str, *, warehouse_code: str | None = None) -> None:
    """So much of the SKU received into a warehouse, the default unless named."""
    await tenant.database.write(
        tenant.actor,
        lambda tx: receive_stock(
            tx,
            idempotency_key=uuid4().hex,
            lines=[ReceiptLine(sku=sku, quantity=Decimal(quantity))],
            place=Place(code=warehouse_code),
        ),
    )


async def given_no_stock_left(tenant: GivenTenant, sku: str, quantity: str) -> None:
    """That quantity gone again, which must be all there was."""
    await tenant.database.write(
        tenant.actor,
        lambda tx: adjust_stock(
            tx, idempotency_key=uuid4().hex, sku=sku, place=Place(), delta=-Decimal(quantity), reason="WASTE"
        ),
    )
