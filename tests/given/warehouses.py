"""Warehouses and locations."""

from typing import Any
from uuid import uuid4

from inventory_graph.masterdata.locations import LocationRecord, create_location
from inventory_graph.masterdata.outlets import RegisteredOutlet, register_outlet
from inventory_graph.masterdata.warehouses import WarehouseRecord, create_warehouse, warehouses_by_id
from tests.given.tenants import GivenTenant


async def given_warehouse(tenant: GivenTenant, *, code: str | None = None, **fields: Any) -> WarehouseRecord:
    """A warehouse of no outlet, unless ``outlet_id`` says otherwise; it is not the default."""
    chosen = code or f"W-{uuid4().hex[:12]}"
    return await tenant.database.write(
        tenant.actor,
        lambda tx: create_warehouse(tx, code=chosen, name=fields.pop("name", f"Warehouse {chosen}"), **fields),
    )


async def given_outlet(tenant: GivenTenant, *, code: str) -> RegisteredOutlet:
    """One more outlet with its warehouse."""
    return await tenant.database.write(tenant.actor, lambda tx: register_outlet(tx, code=code, name=f"Outlet {code}"))


async def given_location(
    tenant: GivenTenant,
    *,
    code: str,
    type: str,  # noqa: A002 - the word of the domain
    warehouse: WarehouseRecord | None = None,
    **fields: Any,
) -> LocationRecord:
    """A location of the warehouse, of the tenant's default without one."""
    warehouse_id = warehouse.id if warehouse is not None else tenant.warehouse_id
    name = fields.pop("name", f"Location {code}")
    kind: Any = type
    return await tenant.database.write(
        tenant.actor,
        lambda tx: create_location(tx, warehouse_id=warehouse_id, code=code, name=name, type=kind, **fields),
    )


async def warehouse_now(tenant: GivenTenant, warehouse: WarehouseRecord) -> WarehouseRecord:
    """The warehouse as it is now."""
    async with tenant.database.read(tenant.actor) as tx:
        return (await warehouses_by_id(tx, [warehouse.id]))[warehouse.id]
