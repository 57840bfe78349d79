"""The demonstration data: a real café, Urban Loft, and a second tenant that has almost nothing.

Everything goes through the domains' own verbs, each tenant in one transaction. A tenant that is there already is left alone.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, update

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.identity.models import Tenant
from inventory_graph.identity.permissions import PERMISSIONS
from inventory_graph.identity.tenants import create_tenant, tenant_by_slug
from inventory_graph.masterdata.categories import create_category
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.outlets import register_outlet
from inventory_graph.masterdata.recipes import BillDraft, ComponentDraft, create_bills_of_materials
from inventory_graph.masterdata.supplier_items import set_supplier_item
from inventory_graph.masterdata.suppliers import create_supplier
from inventory_graph.masterdata.unit_bridges import set_unit_bridge
from inventory_graph.masterdata.units import create_standard_units
from inventory_graph.masterdata.warehouses import create_warehouse
from inventory_graph.stock.service import Place, ReceiptLine, receive_stock

DEMO_TENANT = "urban-loft"
SECOND_TENANT = "demo-two"
STOCKED_TYPES = ("GOODS", "INGREDIENT")
SLICES_A_LOAF = 20
LOAVES = ("RAW-BRD-001", "RAW-RYE-001")

_NAMESPACE = UUID("0b1f2a52-3a07-4a5e-8a3b-4f0f6f2f7c11")


@dataclass(frozen=True, slots=True)
class _Supplier:
    code: str
    name: str
    email: str
    lead_time_days: int
    categories: tuple[str, ...]


_SUPPLIERS = (
    _Supplier("LAKE-FRESH", "Lake Fresh Produce", "orders@lakefresh.example", 1, ("main-courses", "salads")),
    _Supplier("BUSIA-BAKERY", "Busia Bakery Supplies", "sales@busiabakery.example", 2, ("pastries",)),
    _Supplier("HIGHLAND-COFFEE", "Highland Coffee Roasters", "beans@highland.example", 5, ("hot-beverages",)),
)


def tenant_id_of(slug: str) -> UUID:
    """The id of a demonstration tenant: the same in every database, so that examples and tokens can be told."""
    return uuid5(_NAMESPACE, slug)


async def seed_database(database: Database, *, say: Callable[[str], None]) -> bool:
    """Add the demonstration tenants that are missing; whether any was."""
    added = False
    for slug, build in ((DEMO_TENANT, _urban_loft), (SECOND_TENANT, _demo_two)):
        actor = Actor(
            tenant_id=tenant_id_of(slug),
            tenant_slug=slug,
            subject="seed",
            permissions=PERMISSIONS,
            is_platform_owner=True,
        )
        async with database.read(actor) as tx:
            if await tenant_by_slug(tx, slug=slug) is not None:
                continue
        say(f"Seeding the tenant {slug} ...")
        await database.write(actor, build)
        added = True
    return added


async def _urban_loft(tx: Transaction) -> None:
    catalogue: dict[str, Any] = json.loads(files(__package__).joinpath("urban_loft.json").read_text(encoding="utf-8"))
    tenant, outlet = catalogue["tenant"], catalogue["outlets"][0]
    await create_tenant(
        tx,
        slug=DEMO_TENANT,
        name=tenant["name"],
        currency=tenant["currency"],
        timezone=tenant["timezone"],
        public_levels=True,
    )
    await create_standard_units(tx)
    await register_outlet(
        tx,
        id=uuid5(tx.tenant_id, outlet["code"]),
        code=outlet["code"],
        name=outlet["name"],
        address=outlet["address"],
        use_case=outlet["use_case"],
        is_hq=outlet["is_hq"],
        timezone=tenant["timezone"],
    )
    await create_warehouse(tx, code="STORE", name="Back store", type="WAREHOUSE", timezone=tenant["timezone"])
    for position, category in enumerate(catalogue["categories"]):
        await create_category(
            tx, slug=category["slug"], name=category["name"], code=category["code"], position=position
        )
    ids = await _create_items(tx, catalogue["items"])
    for sku in LOAVES:
        await set_unit_bridge(
            tx, item_id=ids[sku], from_unit="SLICE", to_unit="PIECE", factor=Fraction(1, SLICES_A_LOAF)
        )
    await create_bills_of_materials(tx, [_bill(recipe, ids) for recipe in catalogue["recipes"]])
    await receive_stock(
        tx,
        idempotency_key="seed-opening-stock",
        place=Place(code=outlet["code"]),
        reference="Opening stock",
        lines=[
            ReceiptLine(sku=item["sku"], quantity=Decimal(item["on_hand"]))
            for item in catalogue["items"]
            if item["type"] in STOCKED_TYPES and Decimal(item["on_hand"]) > 0
        ],
        reason="OPENING_BALANCE",
    )
    await _create_suppliers(tx, catalogue["items"])
    await _mark_seeded(tx)


async def _create_items(tx: Transaction, items: list[dict[str, str]]) -> dict[str, UUID]:
    """The ids of the items by SKU."""
    made = await create_items(
        tx,
        items=[
            NewItem(
                sku=item["sku"],
                name=item["name"],
                unit=item["unit"],
                type=item["type"],  # type: ignore[arg-type]
                category_slug=item["category"],
            )
            for item in items
        ],
    )
    return {each.item.sku: each.item.id for each in made}


def _bill(recipe: dict[str, Any], ids: dict[str, UUID]) -> BillDraft:
    return BillDraft(
        item_id=ids[recipe["sku"]],
        output_quantity=Decimal(recipe["output_quantity"]),
        output_unit=recipe["output_unit"],
        components=[
            ComponentDraft(sku=component["sku"], quantity=Decimal(component["quantity"]), unit=component["unit"])
            for component in recipe["components"]
        ],
    )


async def _create_suppliers(tx: Transaction, items: list[dict[str, str]]) -> None:
    for supplier in _SUPPLIERS:
        await create_supplier(tx, code=supplier.code, name=supplier.name, email=supplier.email, payment_terms_days=30)
        sold = [i for i in items if i["category"] in supplier.categories and i["type"] in STOCKED_TYPES]
        for item in sold:
            await set_supplier_item(
                tx,
                supplier_code=supplier.code,
                sku=item["sku"],
                lead_time_days=supplier.lead_time_days,
                is_preferred=True,
            )


async def _demo_two(tx: Transaction) -> None:
    await create_tenant(tx, slug=SECOND_TENANT, name="Demo Two", currency="KES", timezone="Africa/Nairobi")
    await create_standard_units(tx)
    await register_outlet(
        tx, id=uuid5(tx.tenant_id, "MAIN"), code="MAIN", name="Demo Two", is_hq=True, timezone="Africa/Nairobi"
    )
    await create_items(tx, items=[NewItem(sku="DEMO-001", name="Demonstration article", unit="PIECE")])
    await _mark_seeded(tx)


async def _mark_seeded(tx: Transaction) -> None:
    await tx.run(update(Tenant).where(Tenant.id == tx.tenant_id).values(seeded_at=func.clock_timestamp()))
