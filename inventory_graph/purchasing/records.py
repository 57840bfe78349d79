"""What the reads of purchasing answer. Amounts are in the document's currency, prices per purchase unit, other quantities in stock
units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKey:
    """A purchase order as a caller names it: by its id or by its number."""

    id: UUID | None = None
    number: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where the caller named it."""
        return ("number",) if self.number is not None else ("purchase_order_id",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderRecord:
    """The head of a purchase order."""

    id: UUID
    number: str
    supplier_id: UUID
    warehouse_id: UUID
    status: str
    currency: str
    net_amount: Decimal
    tax_amount: Decimal
    shipping_amount: Decimal
    payment_terms_days: int | None
    lead_time_days: int | None
    expected_at: datetime | None
    is_inspected: bool
    reference: str | None
    note: str | None
    submitted_by: str | None
    approved_by: Sequence[str]
    sent_at: datetime | None
    resolved_at: datetime | None
    version: int
    created_at: datetime
    created_by: str

    @property
    def total_amount(self) -> Decimal:
        """What the supplier will ask for it."""
        return self.net_amount + self.tax_amount + self.shipping_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderLineRecord:
    """A line of a purchase order. ``quantity`` is in the purchase unit, ``ordered`` is the same in the stock unit."""

    id: UUID
    purchase_order_id: UUID
    position: int
    variant_id: UUID
    unit_code: str
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    ordered: Decimal
    received: Decimal
    rejected: Decimal
    currency: str

    @property
    def outstanding(self) -> Decimal:
        """What is still to come."""
        return max(self.ordered - self.received, Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderStepRecord:
    """One version of a purchase order."""

    purchase_order_id: UUID
    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None
    details: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceiptRecord:
    """The head of a goods receipt. ``purchase_order_id`` is None where it is of several orders or of none."""

    id: UUID
    number: str
    purchase_order_id: UUID | None
    supplier_id: UUID
    warehouse_id: UUID
    status: str
    delivery_note: str | None
    note: str | None
    currency: str
    exchange_rate: Decimal
    net_amount: Decimal
    received_at: datetime
    recorded_at: datetime
    recorded_by: str
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceiptLineRecord:
    """A line of a goods receipt. ``unit_cost`` is per stock unit in ``cost_currency``, the tenant's; ``purchase_order_line_id`` is None of
    what nobody ordered."""

    id: UUID
    goods_receipt_id: UUID
    position: int
    purchase_order_line_id: UUID | None
    variant_id: UUID
    disposition: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    location_id: UUID | None
    lot_code: str | None
    expires_on: date | None
    serials: Sequence[str]
    reason: str | None
    currency: str
    cost_currency: str
