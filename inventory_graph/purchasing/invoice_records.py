"""What the reads of suppliers' invoices answer."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoiceRecord:
    """The head of an invoice. Amounts are in ``currency``."""

    id: UUID
    number: str
    supplier_id: UUID
    status: str
    issued_on: date
    currency: str
    net_amount: Decimal
    tax_amount: Decimal
    shipping_amount: Decimal
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None = None
    voided_by: str | None = None
    void_reason: str | None = None

    @property
    def total_amount(self) -> Decimal:
        """What the supplier asks for."""
        return self.net_amount + self.tax_amount + self.shipping_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoiceLineRecord:
    """A line of an invoice; ``quantity`` and ``unit_price`` are in the purchase unit of the order's line."""

    id: UUID
    supplier_invoice_id: UUID
    position: int
    purchase_order_line_id: UUID
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    currency: str
