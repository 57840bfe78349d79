"""What returns to suppliers tell the world."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.purchasing.events import seller_fields
from inventory_graph.purchasing.policy import Seller
from inventory_graph.purchasing.return_records import SupplierReturnLineRecord, SupplierReturnRecord
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text


def _line(line: SupplierReturnLineRecord) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "goods_receipt_line_id": line.goods_receipt_line_id,
        "quantity": quantity_to_text(line.quantity),
        "from_state": line.state.lower(),
        "unit_cost": optional_quantity_to_text(line.unit_cost),
        "amount": quantity_to_text(line.net_amount),
        "lot_number": line.lot_code,
        "serials": list(line.serials),
    }


@dataclass(frozen=True, kw_only=True)
class SupplierReturnEvent(Event):
    """A return to a supplier as it is after it. Amounts are strings in ``currency``, without tax; ``quantity`` is in the stock unit,
    ``unit_cost`` per stock unit in the tenant's currency."""

    aggregate_type: ClassVar[str] = "supplier_return"

    tenant_id: UUID
    head: SupplierReturnRecord
    seller: Seller
    outlet_id: UUID | None
    lines: tuple[SupplierReturnLineRecord, ...]

    def payload(self) -> dict[str, Any]:
        head = self.head
        return {
            "tenant_id": self.tenant_id,
            "id": head.id,
            "supplier_return_id": head.id,
            "return_number": head.number,
            "status": head.status.lower(),
            **seller_fields(self.seller),
            "warehouse_id": head.warehouse_id,
            "outlet_id": self.outlet_id,
            "goods_receipt_id": head.goods_receipt_id,
            "reason": head.reason,
            "reference": head.reference,
            "currency": head.currency,
            "net_amount": quantity_to_text(head.net_amount),
            "shipped_at": head.shipped_at,
            "shipped_by": head.shipped_by,
            "lines": [_line(line) for line in self.lines],
        }


@dataclass(frozen=True, kw_only=True)
class SupplierReturnShipped(SupplierReturnEvent):
    """Goods left for their supplier: a credit of ``net_amount`` is to be expected."""

    type: ClassVar[str] = "inventory.supplier_return.shipped"


@dataclass(frozen=True, kw_only=True)
class SupplierReturnCredited(SupplierReturnEvent):
    """The supplier credited a return by ``credit_note``, with ``credit_amount``."""

    type: ClassVar[str] = "inventory.supplier_return.credited"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "credit_note": self.head.credit_note,
            "credit_amount": optional_quantity_to_text(self.head.credit_amount),
            "credited_at": self.head.resolved_at,
            "credited_by": self.head.resolved_by,
        }


@dataclass(frozen=True, kw_only=True)
class SupplierReturnCancelled(SupplierReturnEvent):
    """Goods that were to go back to their supplier stay: they are in stock again. ``cancellation_reason`` says why."""

    type: ClassVar[str] = "inventory.supplier_return.cancelled"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "cancellation_reason": self.head.cancellation_reason,
            "cancelled_at": self.head.resolved_at,
            "cancelled_by": self.head.resolved_by,
        }
