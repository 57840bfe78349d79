"""What receipts of goods tell the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.purchasing.arrivals import Arrival
from inventory_graph.purchasing.events import payment_fields, seller_fields
from inventory_graph.purchasing.policy import Seller
from inventory_graph.purchasing.records import GoodsReceiptRecord, PurchaseOrderRecord
from inventory_graph.quantities import STEP, quantity_to_text


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """A line of a receipt. ``quantity`` is in the purchase unit, in which ``unit_price`` is too; ``stock_quantity`` in the stock
    unit; ``unit_cost`` is per stock unit in the tenant's currency. ``order`` is None of what nobody ordered."""

    item_id: UUID
    variant_id: UUID
    line_id: UUID | None
    order: PurchaseOrderRecord | None
    sku: str
    name: str
    disposition: str
    unit_code: str
    quantity: Decimal
    stock_quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    lot_number: str | None
    reason: str | None

    def payload(self) -> dict[str, Any]:
        is_let_in = self.disposition != "REJECTED"
        quantity = quantity_to_text(self.quantity)
        return {
            "item_id": self.item_id,
            "variant_id": self.variant_id,
            "purchase_order_line_id": self.line_id,
            "purchase_order_id": self.order.id if self.order is not None else None,
            "po_number": self.order.number if self.order is not None else None,
            "sku": self.sku,
            "name": self.name,
            "disposition": self.disposition,
            "uom": self.unit_code,
            "quantity_received": quantity if is_let_in else "0",
            "quantity_accepted": quantity if self.disposition in {"ACCEPTED", "QUARANTINED"} else "0",
            "quantity_damaged": quantity if self.disposition == "DAMAGED" else "0",
            "quantity_rejected": "0" if is_let_in else quantity,
            "stock_quantity": quantity_to_text(self.stock_quantity),
            "unit_price": quantity_to_text(self.unit_price),
            "unit_cost": quantity_to_text(self.unit_cost),
            "lot_number": self.lot_number,
            "rejection_reason": self.reason,
        }


def received_items(arrivals: Sequence[Arrival]) -> tuple[ReceivedItem, ...]:
    """What arrived, as events tell of it."""
    return tuple(
        ReceivedItem(
            arrival.line.item_id, arrival.line.variant_id, arrival.order_line_id,
            arrival.order.head if arrival.order is not None else None, arrival.line.sku, arrival.line.name, arrival.disposition,
            arrival.line.unit_code, _in_purchase_unit(arrival), arrival.quantity, arrival.unit_price,
            arrival.unit_cost, arrival.lot.code if arrival.lot is not None else None, arrival.reason,
        )
        for arrival in arrivals
    )  # fmt: skip


def _in_purchase_unit(arrival: Arrival) -> Decimal:
    exact = Fraction(arrival.quantity) * Fraction(arrival.line.quantity) / Fraction(arrival.line.ordered)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(STEP, ROUND_HALF_EVEN)


@dataclass(frozen=True, kw_only=True)
class GoodsReceiptEvent(Event):
    """A goods receipt and the purchase orders it is of, as they are after it. Amounts are strings in ``currency``. ``po_id``, ``po_number``
    and ``po_status`` are those of the order, null where there are several or none; ``purchase_orders`` are all of them."""

    aggregate_type: ClassVar[str] = "goods_receipt"

    tenant_id: UUID
    receipt: GoodsReceiptRecord
    orders: tuple[PurchaseOrderRecord, ...]

    def payload(self) -> dict[str, Any]:
        receipt, order = self.receipt, self.orders[0] if len(self.orders) == 1 else None
        return {
            "tenant_id": self.tenant_id,
            "id": receipt.id,
            "goods_receipt_id": receipt.id,
            "grn_number": receipt.number,
            "gr_number": receipt.number,
            "purchase_order_id": order.id if order is not None else None,
            "po_id": order.id if order is not None else None,
            "po_number": order.number if order is not None else None,
            "po_status": order.status.lower() if order is not None else None,
            "purchase_orders": [
                {"purchase_order_id": each.id, "po_number": each.number, "po_status": each.status.lower()}
                for each in self.orders
            ],
            "supplier_id": receipt.supplier_id,
            "status": receipt.status.lower(),
            "warehouse_id": receipt.warehouse_id,
            "delivery_note": receipt.delivery_note,
            "currency": receipt.currency,
            "exchange_rate": quantity_to_text(receipt.exchange_rate),
            "received_amount": quantity_to_text(receipt.net_amount),
            "received_at": receipt.received_at,
            "recorded_at": receipt.recorded_at,
            "recorded_by": receipt.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class GoodsReceiptCreated(GoodsReceiptEvent):
    """Goods arrived; ``inventory.goods_receipt.posted`` of the same transaction tells which."""

    type: ClassVar[str] = "inventory.goods_receipt.created"


@dataclass(frozen=True, kw_only=True)
class GoodsReceiptPosted(GoodsReceiptEvent):
    """What arrived is in stock, line by line, at its cost, each line with the purchase order that it is of. ``quantity_received`` and its
    parts are in the purchase unit, as ``unit_price`` is; what was rejected never came in. ``received_amount`` is without tax."""

    type: ClassVar[str] = "inventory.goods_receipt.posted"

    seller: Seller
    outlet_id: UUID | None
    payment_terms_days: int | None
    lines: tuple[ReceivedItem, ...]

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            **seller_fields(self.seller),
            **payment_fields(self.seller.payment),
            "outlet_id": self.outlet_id,
            "pay_term_days": self.payment_terms_days,
            "total_rebate_accrued": "0",
            "lines": [line.payload() for line in self.lines],
        }


@dataclass(frozen=True, kw_only=True)
class GoodsReceiptReversed(GoodsReceiptEvent):
    """A goods receipt was wrong: what it brought left stock again, at the cost it came with; ``reason`` says why."""

    type: ClassVar[str] = "inventory.goods_receipt.reversed"

    def payload(self) -> dict[str, Any]:
        return {
            **super().payload(),
            "reason": self.receipt.reversal_reason,
            "reversed_at": self.receipt.reversed_at,
            "reversed_by": self.receipt.reversed_by,
        }
