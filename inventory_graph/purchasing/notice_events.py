"""What advance shipping notices tell the world."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.purchasing.events import seller_fields
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeLineRecord, AdvanceShippingNoticeRecord
from inventory_graph.purchasing.policy import Seller
from inventory_graph.quantities import quantity_to_text


def _line(line: AdvanceShippingNoticeLineRecord) -> dict[str, Any]:
    return {
        "purchase_order_id": line.purchase_order_id,
        "po_number": line.order_number,
        "purchase_order_line_id": line.purchase_order_line_id,
        "item_id": line.item_id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "uom": line.unit_code,
        "quantity_announced": quantity_to_text(line.quantity),
        "stock_quantity": quantity_to_text(line.announced),
        "lot_number": line.lot_code,
        "expires_on": line.expires_on,
        "serials": list(line.serials),
    }


@dataclass(frozen=True, kw_only=True)
class AdvanceShippingNoticeEvent(Event):
    """An advance shipping notice as it is after it. ``quantity_announced`` is in the purchase unit of the order's line, ``stock_quantity`` in
    the stock unit. ``expected_at`` null: when the purchase orders are expected."""

    aggregate_type: ClassVar[str] = "advance_shipping_notice"

    tenant_id: UUID
    head: AdvanceShippingNoticeRecord
    seller: Seller
    outlet_id: UUID | None
    lines: tuple[AdvanceShippingNoticeLineRecord, ...]

    def payload(self) -> dict[str, Any]:
        head = self.head
        return {
            "tenant_id": self.tenant_id,
            "id": head.id,
            "advance_shipping_notice_id": head.id,
            "asn_number": head.number,
            "status": head.status.lower(),
            **seller_fields(self.seller),
            "warehouse_id": head.warehouse_id,
            "outlet_id": self.outlet_id,
            "carrier": head.carrier,
            "tracking_number": head.tracking_number,
            "delivery_note": head.delivery_note,
            "expected_at": head.expected_at,
            "created_at": head.created_at,
            "created_by": head.created_by,
            "lines": [_line(line) for line in self.lines],
        }


@dataclass(frozen=True, kw_only=True)
class AdvanceShippingNoticeCreated(AdvanceShippingNoticeEvent):
    """A supplier said what is in a delivery that is on its way."""

    type: ClassVar[str] = "inventory.advance_shipping_notice.created"


@dataclass(frozen=True, kw_only=True)
class AdvanceShippingNoticeReceived(AdvanceShippingNoticeEvent):
    """A delivery that was announced has come; ``inventory.goods_receipt.posted`` of the receipt ``goods_receipt_id`` tells what was in it."""

    type: ClassVar[str] = "inventory.advance_shipping_notice.received"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "goods_receipt_id": self.head.goods_receipt_id,
            "received_at": self.head.resolved_at,
            "received_by": self.head.resolved_by,
        }


@dataclass(frozen=True, kw_only=True)
class AdvanceShippingNoticeReopened(AdvanceShippingNoticeEvent):
    """The receipt of a delivery that was announced was wrong and has been reversed: the delivery is to be received again."""

    type: ClassVar[str] = "inventory.advance_shipping_notice.reopened"


@dataclass(frozen=True, kw_only=True)
class AdvanceShippingNoticeCancelled(AdvanceShippingNoticeEvent):
    """A delivery that was announced does not come; ``cancellation_reason`` says why. Its orders wait for the goods as before."""

    type: ClassVar[str] = "inventory.advance_shipping_notice.cancelled"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "cancellation_reason": self.head.cancellation_reason,
            "cancelled_at": self.head.resolved_at,
            "cancelled_by": self.head.resolved_by,
        }
