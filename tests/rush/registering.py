"""A shop as rows of a tenant of its own: the verbs would choose ids of their own."""

from datetime import timedelta
from decimal import Decimal

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.identity.tenants import create_tenant
from inventory_graph.masterdata.units import create_standard_units
from tests.promises.shop import CLOSED, DISHES, GOODS, PRIORITIES, SERVICE, ZONES, Dish, Shop
from tests.properties.world import Good


async def register(database: Database, shop: Shop) -> Actor:
    """Write the shop's master data; answers who may do everything in it."""
    actor = shop.callers["web"]
    await database.write(actor, lambda tx: _register(tx, shop))
    return actor


async def _register(tx: Transaction, shop: Shop) -> None:
    await create_tenant(tx, slug=f"shop-{tx.tenant_id.hex[:20]}", name="Shop")
    await create_standard_units(tx)
    await tx.raw.execute(
        "UPDATE tenants SET allocation_strategy = $2, may_split_reservations = $3 WHERE id = $1",
        tx.tenant_id, shop.strategy, shop.may_split,
    )  # fmt: skip
    for code in shop.warehouses:
        await _register_warehouse(tx, shop, code)
    for good in (*GOODS, SERVICE, *shop.cold_goods):
        await _register_item(tx, shop, good)
    for dish in DISHES:
        await _register_item(tx, shop, Good(sku=dish.sku, type=dish.type, unit="PIECE"))
    for dish in DISHES:
        await _register_bills(tx, shop, dish)


async def _register_warehouse(tx: Transaction, shop: Shop, code: str) -> None:
    outlet_id, place = shop.outlets[code], shop.coordinates(code)
    if outlet_id is not None:
        await tx.raw.execute(
            "INSERT INTO outlets (tenant_id, id, code, name) VALUES ($1, $2, $3, $3)", tx.tenant_id, outlet_id, code
        )
    await tx.raw.execute(
        "INSERT INTO warehouses (tenant_id, id, code, name, outlet_id, timezone, is_default, is_active, priority, latitude,"
        " longitude) VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.tenant_id, shop.warehouses[code], code, outlet_id, ZONES.get(code, "UTC"), code == "NORTH", code != CLOSED,
        PRIORITIES.get(code, 9), place.latitude if place else None, place.longitude if place else None,
    )  # fmt: skip
    for location_id, path in shop.locations.get(shop.warehouses[code], {}).items():
        await tx.raw.execute(
            "INSERT INTO locations (tenant_id, id, warehouse_id, code, name, type, path)"
            " VALUES ($1, $2, $3, $4, $4, 'BIN', $4)",
            tx.tenant_id, location_id, shop.warehouses[code], path,
        )  # fmt: skip


async def _register_item(tx: Transaction, shop: Shop, good: Good) -> None:
    variant = shop.variants[good.sku]
    await tx.raw.execute(
        "INSERT INTO items (tenant_id, id, sku, name, type, status, tracking, unit_code, allow_negative,"
        " removal_strategy) VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)",
        tx.tenant_id, variant.item_id, good.sku, good.type, good.status, good.tracking, good.unit, good.allow_negative,
        good.strategy,
    )  # fmt: skip
    await tx.raw.execute(
        "INSERT INTO variants (tenant_id, id, item_id, sku, name, position) VALUES ($1, $2, $3, $4, $4, 0)",
        tx.tenant_id, variant.variant_id, variant.item_id, good.sku,
    )  # fmt: skip


async def _register_bills(tx: Transaction, shop: Shop, dish: Dish) -> None:
    for number, lines in enumerate(dish.versions, 1):
        bill_id = await tx.raw.fetchval(
            "INSERT INTO bills_of_materials (tenant_id, id, item_id, version, effective_from, output_quantity,"
            " output_unit_code, yield_percent, created_by) VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, 'PIECE', $6, 'web')"
            " RETURNING id",
            tx.tenant_id, shop.variants[dish.sku].item_id, number,
            shop.new_recipes if number > 1 else shop.new_recipes - timedelta(days=999), Decimal(dish.output), Decimal(dish.yield_percent),
        )  # fmt: skip
        for position, line in enumerate(lines):
            variant = shop.variants[line.sku]
            await tx.raw.execute(
                "INSERT INTO bill_of_materials_components (tenant_id, bill_of_materials_id, position, variant_id, quantity,"
                " unit_code, waste_percent, is_optional) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                tx.tenant_id, bill_id, position, variant.variant_id, Decimal(line.quantity), variant.unit,
                Decimal(line.waste_percent), line.is_optional,
            )  # fmt: skip
