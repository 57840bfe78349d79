"""Ingredients and what is made of them."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias
from uuid import UUID

from inventory_graph.masterdata.item_reading import variants_by_sku
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.recipe_reading import BillOfMaterialsRecord
from inventory_graph.masterdata.recipes import BillDraft, ComponentDraft, create_bills_of_materials
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.masterdata.unit_bridges import set_unit_bridge
from tests.given.tenants import GivenTenant

Line: TypeAlias = tuple[str, str] | tuple[str, str, str | None]
"""An SKU, a quantity, and its unit where it is not the stock unit."""


def component(sku: str, quantity: str, unit: str | None = None, **fields: Any) -> ComponentDraft:
    """A line of a bill of materials."""
    return ComponentDraft(sku=sku, quantity=Decimal(quantity), unit=unit, **fields)


async def given_item(tenant: GivenTenant, sku: str, *, unit: str = "KG", **fields: Any) -> ItemRecord:
    """An item with one variant of its SKU, an INGREDIENT unless ``type`` says otherwise."""
    fields.setdefault("type", "INGREDIENT")
    return await tenant.database.write(
        tenant.actor, lambda tx: create_item(tx, sku=sku, name=f"Item {sku}", unit=unit, **fields)
    )


async def given_loaf(tenant: GivenTenant, sku: str = "RAW-BRD-001") -> ItemRecord:
    """Bread that is stocked by the loaf, of which a recipe takes slices: twenty are one loaf."""
    loaf = await given_item(tenant, sku, unit="PIECE")
    await tenant.database.write(
        tenant.actor,
        lambda tx: set_unit_bridge(tx, item_id=loaf.id, from_unit="SLICE", to_unit="PIECE", factor=Fraction(1, 20)),
    )
    return loaf


async def given_recipe(
    tenant: GivenTenant,
    sku: str,
    *lines: ComponentDraft,
    unit: str = "PIECE",
    type: str = "RECIPE",  # noqa: A002 - the word of the domain
    effective_from: datetime | None = None,
    **fields: Any,
) -> tuple[ItemRecord, BillOfMaterialsRecord]:
    """A recipe made of the lines, in force from now unless told otherwise."""
    item = await given_item(tenant, sku, unit=unit, type=type)
    draft = BillDraft(item_id=item.id, components=lines, effective_from=effective_from, **fields)
    (bill,) = await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, [draft]))
    return item, bill


async def given_version(
    tenant: GivenTenant, item: ItemRecord, *lines: ComponentDraft, **fields: Any
) -> BillOfMaterialsRecord:
    """One more version of a recipe."""
    draft = BillDraft(item_id=item.id, components=lines, **fields)
    (bill,) = await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, [draft]))
    return bill


async def variant_ids(tenant: GivenTenant, *skus: str) -> list[UUID]:
    """The ids of the variants of the SKUs, in their order."""
    async with tenant.database.read(tenant.actor) as tx:
        found = await variants_by_sku(tx, skus)
    return [found[sku].id for sku in skus]
