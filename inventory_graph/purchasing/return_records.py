"""What the reads of returns to suppliers answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierReturnRecord:
    """The head of a return. Amounts are in ``currency``."""

    id: UUID
    number: str
    supplier_id: UUID
    warehouse_id: UUID
    goods_receipt_id: UUID | None
    status: str
    reason: str
    reference: str | None
    currency: str
    net_amount: Decimal
    shipped_at: datetime
    shipped_by: str
    credit_note: str | None = None
    credit_amount: Decimal | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierReturnLineRecord:
    """A line of a return, with the names that events tell. ``unit_cost`` is per stock unit in ``cost_currency``, the tenant's."""

    id: UUID
    supplier_return_id: UUID
    position: int
    goods_receipt_line_id: UUID | None
    variant_id: UUID
    item_id: UUID
    sku: str
    name: str
    quantity: Decimal
    state: str
    unit_cost: Decimal | None
    net_amount: Decimal
    location_id: UUID | None
    lot_id: UUID | None
    lot_code: str | None
    serials: Sequence[str]
    currency: str
    cost_currency: str
