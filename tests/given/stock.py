"""Stock, received by the verb that callers use."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.stock.answers import Answer
from inventory_graph.stock.service import Place, ReceiptLine, receive_stock
from tests.given.tenants import CURRENCY, GivenTenant


async def given_stock(
    tenant: GivenTenant,
    sku: str,
    quantity: str,
    *,
    warehouse: WarehouseRecord | None = None,
    unit_cost: str | None = None,
    lot: str | None = None,
    expires_on: date | None = None,
    serials: tuple[str, ...] = (),
    location: str | None = None,
    occurred_at: datetime | None = None,
) -> Answer:
    """So much of an SKU received, in its stock unit; into the tenant's default warehouse unless one is given."""
    line = ReceiptLine(
        sku=sku,
        quantity=Decimal(quantity),
        unit_cost=Decimal(unit_cost) if unit_cost is not None else None,
        currency=CURRENCY if unit_cost is not None else None,
        location_code=location,
        lot_code=lot,
        expires_on=expires_on,
        serials=serials,
    )
    place = Place(id=warehouse.id) if warehouse is not None else Place()
    return await tenant.database.write(
        tenant.actor,
        lambda tx: receive_stock(tx, idempotency_key=uuid4().hex, lines=[line], place=place, occurred_at=occurred_at),
    )
