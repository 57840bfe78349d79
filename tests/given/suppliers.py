"""Suppliers."""

from typing import Any
from uuid import uuid4

from inventory_graph.masterdata.suppliers import SupplierRecord, create_supplier
from tests.given.tenants import GivenTenant


async def given_supplier(tenant: GivenTenant, *, code: str | None = None, **fields: Any) -> SupplierRecord:
    """A supplier in use."""
    chosen = code or f"S-{uuid4().hex[:12]}"
    name = fields.pop("name", f"Supplier {chosen}")
    return await tenant.database.write(tenant.actor, lambda tx: create_supplier(tx, code=chosen, name=name, **fields))
