"""Supply on its way, as the source of ``tests/stock/conftest.py`` tells of it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.masterdata.item_reading import variants_by_sku
from tests.given.tenants import GivenTenant


async def given_supply(
    tenant: GivenTenant, sku: str, quantity: str, at: datetime, *, warehouse_id: UUID | None = None
) -> None:
    """So much of an SKU expected at an instant, in the tenant's default warehouse unless one is named."""
    async with tenant.database.transaction(tenant.actor) as tx:
        variant = (await variants_by_sku(tx, [sku]))[sku]
        await tx.raw.execute(
            "INSERT INTO given.supplies (tenant_id, variant_id, warehouse_id, at, quantity) VALUES ($1, $2, $3, $4, $5)",
            tenant.id,
            variant.id,
            warehouse_id or tenant.warehouse_id,
            at,
            Decimal(quantity),
        )
