"""What suppliers' invoices tell the world."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.purchasing.invoice_records import SupplierInvoiceRecord
from inventory_graph.purchasing.matching import OrderMatch
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text

VARIANCES_MAX = 100
"""How many variances of an order are told; the query has all."""


@dataclass(frozen=True, slots=True)
class ToldMatch:
    """How a purchase order of this number stands."""

    number: str
    match: OrderMatch

    def payload(self) -> dict[str, Any]:
        match = self.match
        return {
            "purchase_order_id": match.order_id,
            "po_number": self.number,
            "match_status": match.status.lower(),
            "ordered_total": quantity_to_text(match.ordered_total),
            "invoiced_total": quantity_to_text(match.invoiced_total),
            "variances": [
                {
                    "kind": each.kind.lower(),
                    "position": each.position,
                    "quantity": optional_quantity_to_text(each.quantity),
                    "amount": quantity_to_text(each.amount),
                    "within_tolerance": each.is_within_tolerance,
                }
                for each in match.variances[:VARIANCES_MAX]
            ],
        }


@dataclass(frozen=True, kw_only=True)
class SupplierInvoiceEvent(Event):
    """An invoice of a supplier, and how its purchase orders stand after it: ``match_status`` and up to 100 variances of each, whose
    amounts lead from ``ordered_total`` to ``invoiced_total``. Amounts are strings in ``currency``."""

    aggregate_type: ClassVar[str] = "supplier_invoice"

    tenant_id: UUID
    invoice: SupplierInvoiceRecord
    supplier_code: str
    matches: tuple[ToldMatch, ...]

    def payload(self) -> dict[str, Any]:
        invoice = self.invoice
        return {
            "tenant_id": self.tenant_id,
            "supplier_invoice_id": invoice.id,
            "invoice_number": invoice.number,
            "status": invoice.status.lower(),
            "supplier_id": invoice.supplier_id,
            "supplier_code": self.supplier_code,
            "issued_on": invoice.issued_on,
            "currency": invoice.currency,
            "net_amount": quantity_to_text(invoice.net_amount),
            "tax_amount": quantity_to_text(invoice.tax_amount),
            "shipping_amount": quantity_to_text(invoice.shipping_amount),
            "total_amount": quantity_to_text(invoice.total_amount),
            "recorded_at": invoice.recorded_at,
            "recorded_by": invoice.recorded_by,
            "purchase_orders": [each.payload() for each in self.matches],
        }


@dataclass(frozen=True, kw_only=True)
class SupplierInvoiceRecorded(SupplierInvoiceEvent):
    """A supplier's invoice is known, and held against what was ordered and what came."""

    type: ClassVar[str] = "inventory.supplier_invoice.recorded"


@dataclass(frozen=True, kw_only=True)
class SupplierInvoiceVoided(SupplierInvoiceEvent):
    """A supplier's invoice counts no more; ``reason`` says why."""

    type: ClassVar[str] = "inventory.supplier_invoice.voided"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "reason": self.invoice.void_reason,
            "voided_at": self.invoice.voided_at,
            "voided_by": self.invoice.voided_by,
        }
