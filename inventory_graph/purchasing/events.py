"""What purchasing tells the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.masterdata.supplier_details import SupplierPaymentRecord
from inventory_graph.outbox import Event
from inventory_graph.purchasing.policy import Line, Order, Seller, Step
from inventory_graph.purchasing.records import PurchaseOrderRecord
from inventory_graph.quantities import quantity_to_text


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """A line of a purchase order: ``quantity`` and ``unit_price`` in the purchase unit, the rest in the stock unit."""

    line_id: UUID
    item_id: UUID
    variant_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    unit_price: Decimal
    ordered: Decimal
    received: Decimal
    rejected: Decimal

    def payload(self) -> dict[str, Any]:
        return {
            "line_id": self.line_id,
            "item_id": self.item_id,
            "variant_id": self.variant_id,
            "sku": self.sku,
            "name": self.name,
            "uom": self.unit_code,
            "quantity": quantity_to_text(self.quantity),
            "unit_price": quantity_to_text(self.unit_price),
            "ordered_qty": quantity_to_text(self.ordered),
            "received_qty": quantity_to_text(self.received),
            "rejected_qty": quantity_to_text(self.rejected),
        }


def seller_fields(seller: Seller) -> dict[str, Any]:
    """What consumers read of a supplier."""
    return {
        "supplier_id": seller.id,
        "supplier_code": seller.code,
        "supplier_name": seller.name,
        "supplier_contact_email": seller.email,
        "supplier_contact_phone": seller.phone,
    }


def payment_fields(payment: SupplierPaymentRecord | None) -> dict[str, Any]:
    """What whoever pays the supplier reads of it; told with what is to be paid only."""
    paid = payment if payment is not None else SupplierPaymentRecord(method="CASH")
    return {
        "supplier_payment_method": payment.method.lower() if payment is not None else None,
        "supplier_mpesa_phone": paid.mpesa_phone,
        "supplier_mpesa_business_name": paid.mpesa_business_name,
        "supplier_bank_account_number": paid.bank_account_number,
        "supplier_bank_name": paid.bank_name,
        "supplier_tax_pin": paid.tax_pin,
        "supplier_paystack_recipient_code": paid.paystack_recipient_code,
        "requires_invoice_before_payment": paid.requires_invoice,
        "auto_pay_enabled": paid.is_automatic,
    }


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderEvent(Event):
    """A step of a purchase order. ``lines`` are as they are after it; amounts are strings in ``currency``; ``version`` is dense for
    each order; ``step`` is what its history calls the step."""

    aggregate_type: ClassVar[str] = "purchase_order"

    tenant_id: UUID
    step: str
    order: PurchaseOrderRecord
    seller: Seller
    outlet_id: UUID | None
    lines: tuple[OrderedItem, ...]
    reason: str | None
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        order = self.order
        return {
            "tenant_id": self.tenant_id,
            "purchase_order_id": self.aggregate_id,
            "po_id": self.aggregate_id,
            "po_number": order.number,
            "version": self.aggregate_version,
            "step": self.step,
            "status": order.status,
            "po_status": order.status.lower(),
            **seller_fields(self.seller),
            "warehouse_id": order.warehouse_id,
            "outlet_id": self.outlet_id,
            "currency": order.currency,
            "net_amount": quantity_to_text(order.net_amount),
            "tax_amount": quantity_to_text(order.tax_amount),
            "additional_shipping_charges": quantity_to_text(order.shipping_amount),
            "total_amount": quantity_to_text(order.total_amount),
            "total_rebate_accrued": "0",
            "pay_term_days": order.payment_terms_days,
            "expected_at": order.expected_at,
            "reference": order.reference,
            "approved_by": list(order.approved_by),
            "lines": [line.payload() for line in self.lines],
            "reason": self.reason,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderCreated(PurchaseOrderEvent):
    """A purchase order was drafted. Nobody is bound by it yet."""

    type: ClassVar[str] = "inventory.purchase_order.created"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderUpdated(PurchaseOrderEvent):
    """A purchase order changed and stays open: its draft was edited, it is expected at another time, a part of it arrived, or a
    receipt of it was reversed. ``step`` says which: UPDATED, RESCHEDULED, RECEIVED or RECEIPT_REVERSED."""

    type: ClassVar[str] = "inventory.purchase_order.updated"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderSubmitted(PurchaseOrderEvent):
    """A purchase order waits to be approved."""

    type: ClassVar[str] = "inventory.purchase_order.submitted"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderApproved(PurchaseOrderEvent):
    """Somebody approved a purchase order; where a second person has to, ``status`` is still SUBMITTED."""

    type: ClassVar[str] = "inventory.purchase_order.approved"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderRejected(PurchaseOrderEvent):
    """A purchase order went back to its author; ``reason`` says why. It is a draft again."""

    type: ClassVar[str] = "inventory.purchase_order.rejected"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderSent(PurchaseOrderEvent):
    """The supplier has the purchase order: it is on its way, and ``expected_at`` says when it should be there."""

    type: ClassVar[str] = "inventory.purchase_order.sent"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderReceived(PurchaseOrderEvent):
    """All of a purchase order has arrived, told when it does and not again if more comes. What arrives in parts is told by
    ``inventory.goods_receipt.posted`` each time."""

    type: ClassVar[str] = "inventory.purchase_order.received"

    def payload(self) -> dict[str, Any]:
        return {**super().payload(), **payment_fields(self.seller.payment)}


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderCancelled(PurchaseOrderEvent):
    """A purchase order is not wanted any more; nothing of it has come."""

    type: ClassVar[str] = "inventory.purchase_order.cancelled"


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderClosed(PurchaseOrderEvent):
    """Nothing more of a purchase order is expected, whether or not all has come."""

    type: ClassVar[str] = "inventory.purchase_order.closed"


_CLASSES: dict[str, type[PurchaseOrderEvent]] = {
    "CREATED": PurchaseOrderCreated,
    "SUBMITTED": PurchaseOrderSubmitted,
    "APPROVED": PurchaseOrderApproved,
    "REJECTED": PurchaseOrderRejected,
    "SENT": PurchaseOrderSent,
    "CANCELLED": PurchaseOrderCancelled,
    "CLOSED": PurchaseOrderClosed,
}


def event_of(order: Order, step: Step, *, tenant_id: UUID) -> PurchaseOrderEvent:
    """What a step tells; the order is as it is after it."""
    kind = _CLASSES.get(step.kind, PurchaseOrderUpdated)
    # More than all of it is no news: whoever pays by this event pays once.
    if step.kind == "RECEIVED" and order.head.status == "RECEIVED" != step.status_before:
        kind = PurchaseOrderReceived
    return kind(
        aggregate_id=order.head.id, aggregate_version=step.version, tenant_id=tenant_id, step=step.kind, order=order.head,
        seller=order.seller, outlet_id=order.site.outlet_id, lines=ordered_items(order.lines), reason=step.reason,
        occurred_at=step.at, recorded_by=step.by,
    )  # fmt: skip


def ordered_items(lines: Sequence[Line]) -> tuple[OrderedItem, ...]:
    """The lines as events tell of them."""
    return tuple(
        OrderedItem(
            line.id, line.item_id, line.variant_id, line.sku, line.name, line.unit_code, line.quantity, line.unit_price,
            line.ordered, line.received, line.rejected,
        )
        for line in lines
    )  # fmt: skip
