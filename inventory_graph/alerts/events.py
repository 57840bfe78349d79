"""What alerts tell the world. The payloads have the fields that every sibling reads, under each name that one of them uses."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.alerts.subjects import BalanceSubject, DocumentSubject, LotSubject, Notification
from inventory_graph.outbox import Event
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text


def _notification(notification: Notification) -> dict[str, Any]:
    return {
        "target": notification.target,
        "enabled": notification.is_enabled,
        "email": notification.email,
    }


@dataclass(frozen=True, kw_only=True)
class StockAlert(Event):
    """A balance passed zero or its reorder point: told once each time, to tenants that asked for it.

    ``available`` is what can be promised after the whole transaction, also called ``current_qty``; ``reorder_point`` is also called
    ``reorder_level`` and null where stock is never low; ``item_name`` is also called ``name``. Quantities are strings in the item's
    stock unit ``uom``. ``affects_availability`` is true where the warehouse is an outlet's: an outlet has one, so what is out there is
    out at the outlet. ``notification`` is for whom the tenant wants told; it is ``enabled`` once a target or an email is set.
    """

    aggregate_type: ClassVar[str] = "balance"

    subject: BalanceSubject
    available: Decimal
    reorder_point: Decimal | None
    safety_stock: Decimal

    def payload(self) -> dict[str, Any]:
        subject = self.subject
        available = quantity_to_text(self.available)
        reorder_point = optional_quantity_to_text(self.reorder_point)
        return {
            "tenant_id": subject.tenant_id,
            "balance_id": self.aggregate_id,
            "item_id": subject.item_id,
            "item_sku": subject.item_sku,
            "item_name": subject.item_name,
            "name": subject.item_name,
            "variant_id": subject.variant_id,
            "sku": subject.sku,
            "uom": subject.unit_code,
            "warehouse_id": subject.warehouse_id,
            "outlet_id": subject.outlet_id,
            "outlet_name": subject.outlet_name,
            "available": available,
            "current_qty": available,
            "reorder_point": reorder_point,
            "reorder_level": reorder_point,
            "safety_stock": quantity_to_text(self.safety_stock),
            "notification": _notification(subject.notification),
        }


@dataclass(frozen=True, kw_only=True)
class StockLow(StockAlert):
    """What is available fell to the reorder point or below, or the reorder point rose to it; something is left."""

    type: ClassVar[str] = "inventory.stock.low"


@dataclass(frozen=True, kw_only=True)
class StockOut(StockAlert):
    """Nothing is available any more."""

    type: ClassVar[str] = "inventory.stock.out"

    def payload(self) -> dict[str, Any]:
        return {**StockAlert.payload(self), "affects_availability": self.subject.outlet_id is not None}


@dataclass(frozen=True, kw_only=True)
class StockIn(StockAlert):
    """Something is available where nothing was."""

    type: ClassVar[str] = "inventory.stock.in"

    def payload(self) -> dict[str, Any]:
        return {**StockAlert.payload(self), "affects_availability": self.subject.outlet_id is not None}


@dataclass(frozen=True, kw_only=True)
class LotExpiringSoon(Event):
    """A lot in stock will soon be past its date: told once for each warehouse that it lies in, to tenants that asked for it.

    ``expiry_date`` is the last day it may be used, or else its best-before day; ``days_left`` counts from today at the warehouse, 0
    on that day itself. ``quantity_remaining`` is all of it that is on hand there, in the item's stock unit ``uom``. ``sku`` is the
    variant's, or the item's where the lot holds several variants.
    """

    type: ClassVar[str] = "inventory.lot.expiring_soon"
    aggregate_type: ClassVar[str] = "lot"

    subject: LotSubject
    lot_number: str
    expiry_date: date
    days_left: int
    quantity: Decimal

    def payload(self) -> dict[str, Any]:
        subject = self.subject
        return {
            "tenant_id": subject.tenant_id,
            "lot_id": self.aggregate_id,
            "lot_number": self.lot_number,
            "item_id": subject.item_id,
            "item_name": subject.item_name,
            "sku": subject.sku,
            "uom": subject.unit_code,
            "warehouse_id": subject.warehouse_id,
            "outlet_id": subject.outlet_id,
            "outlet_name": subject.outlet_name,
            "expiry_date": self.expiry_date.isoformat(),
            "days_left": self.days_left,
            "quantity_remaining": quantity_to_text(self.quantity),
            "notification": _notification(subject.notification),
        }


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderOverdue(Event):
    """A purchase order that was sent, and of which something is missing after it was expected: told once for each time it was
    expected at, to tenants that asked for it.

    ``status`` is how far it is; ``expected_at`` the time that has passed, also called ``expected_date``; the warehouse is the one
    that waits. ``total_amount`` is all that the order costs, in ``currency``.
    """

    type: ClassVar[str] = "inventory.purchase_order.overdue"
    aggregate_type: ClassVar[str] = "purchase_order"

    subject: DocumentSubject
    supplier_id: UUID
    supplier_code: str
    supplier_name: str
    total_amount: Decimal
    currency: str

    def payload(self) -> dict[str, Any]:
        return {
            **_document(self.subject),
            "purchase_order_id": self.aggregate_id,
            "po_id": self.aggregate_id,
            "po_number": self.subject.number,
            "supplier_id": self.supplier_id,
            "supplier_code": self.supplier_code,
            "supplier_name": self.supplier_name,
            "total_amount": quantity_to_text(self.total_amount),
            "currency": self.currency,
        }


@dataclass(frozen=True, kw_only=True)
class TransferOverdue(Event):
    """A transfer that left, and of which something is on its way after it was expected: told once for each time it was expected at,
    to tenants that asked for it.

    ``status`` is how far it is; ``expected_at`` the time that has passed, also called ``expected_date``. ``warehouse_id`` and its
    like are the warehouse that waits, which is the one it goes to.
    """

    type: ClassVar[str] = "inventory.transfer.overdue"
    aggregate_type: ClassVar[str] = "transfer"

    subject: DocumentSubject
    from_warehouse_id: UUID
    from_warehouse_code: str
    from_warehouse_name: str

    def payload(self) -> dict[str, Any]:
        subject = self.subject
        return {
            **_document(subject),
            "transfer_id": self.aggregate_id,
            "transfer_number": subject.number,
            "from_warehouse_id": self.from_warehouse_id,
            "from_warehouse_code": self.from_warehouse_code,
            "from_warehouse_name": self.from_warehouse_name,
            "to_warehouse_id": subject.warehouse_id,
            "to_warehouse_code": subject.warehouse_code,
            "to_warehouse_name": subject.warehouse_name,
        }


def _document(subject: DocumentSubject) -> dict[str, Any]:
    return {
        "tenant_id": subject.tenant_id,
        "number": subject.number,
        "status": subject.status,
        "expected_at": subject.expected_at,
        "expected_date": subject.expected_at,
        "warehouse_id": subject.warehouse_id,
        "warehouse_code": subject.warehouse_code,
        "warehouse_name": subject.warehouse_name,
        "outlet_id": subject.outlet_id,
        "outlet_name": subject.outlet_name,
        "notification": _notification(subject.notification),
    }
