"""What the stock book tells the world."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text
from inventory_graph.stock.state import Balance


def quantities(balance: Balance) -> dict[str, str]:
    """The five quantities of a balance as strings, by their names in the API."""
    return {
        "on_hand": quantity_to_text(balance.on_hand),
        "reserved": quantity_to_text(balance.reserved),
        "quarantined": quantity_to_text(balance.quarantined),
        "damaged": quantity_to_text(balance.damaged),
        "available": quantity_to_text(balance.available),
    }


@dataclass(frozen=True, kw_only=True)
class StockUpdated(Event):
    """A balance changed. Sent once for every version of every balance, whatever changed it.

    ``before`` and ``after`` are the five quantities around the change; ``quantity_before``, ``quantity_change`` and
    ``quantity_after`` speak of on hand. ``adjustment_id`` is the command that did it; ``version`` is dense per balance.
    Quantities are strings in the item's stock unit; ``reorder_point`` and ``safety_stock`` are the levels set for the balance at
    that time, ``reorder_point`` null where stock is never low. ``updated_at`` is when the balance took this version, ``updated_before`` when
    it took the one before.
    """

    type: ClassVar[str] = "inventory.stock.updated"
    aggregate_type: ClassVar[str] = "balance"

    tenant_id: UUID
    before: Balance
    after: Balance
    command_id: UUID
    kinds: tuple[str, ...]
    reason: str | None
    reference: str | None
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        stockable = self.after.stockable
        before, after = quantities(self.before), quantities(self.after)
        return {
            "tenant_id": self.tenant_id,
            "balance_id": self.after.id,
            "version": self.after.version,
            "item_id": stockable.item_id,
            "item_sku": stockable.item_sku,
            "item_name": stockable.item_name,
            "variant_id": stockable.variant_id,
            "sku": stockable.variant_sku,
            "warehouse_id": stockable.warehouse_id,
            "outlet_id": stockable.outlet_id,
            "adjustment_id": self.command_id,
            "kinds": self.kinds,
            "reason": self.reason,
            "reference": self.reference,
            "quantity_before": before["on_hand"],
            "quantity_change": quantity_to_text(self.after.on_hand - self.before.on_hand),
            "quantity_after": after["on_hand"],
            **after,
            "before": before,
            "after": after,
            "reorder_point": optional_quantity_to_text(self.after.reorder_point),
            "safety_stock": quantity_to_text(self.after.safety_stock),
            "updated_at": self.after.updated_at,
            "updated_before": self.before.updated_at,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class StockAdjusted(Event):
    """Somebody corrected a balance by hand: ``quantity`` more or less than the book had, and why.

    ``direction`` is increase or decrease; ``quantity`` is positive, in the item's stock unit ``uom``; ``cost_value`` is what
    the correction did to the value of the stock, in the tenant's currency.
    """

    type: ClassVar[str] = "inventory.stock.adjusted"
    aggregate_type: ClassVar[str] = "balance"

    tenant_id: UUID
    after: Balance
    command_id: UUID
    change: Decimal
    value_change: Decimal
    reason: str | None
    reference: str | None
    note: str | None
    adjusted_at: datetime
    adjusted_by: str

    def payload(self) -> dict[str, Any]:
        stockable = self.after.stockable
        return {
            "tenant_id": self.tenant_id,
            "adjustment_id": self.command_id,
            "item_id": stockable.item_id,
            "item_name": stockable.item_name,
            "variant_id": stockable.variant_id,
            "sku": stockable.variant_sku,
            "warehouse_id": stockable.warehouse_id,
            "outlet_id": stockable.outlet_id,
            "reason": self.reason,
            "direction": "increase" if self.change > 0 else "decrease",
            "quantity": quantity_to_text(abs(self.change)),
            "uom": stockable.unit_code,
            "cost_value": quantity_to_text(self.value_change),
            "reference": self.reference,
            "notes": self.note,
            "adjusted_at": self.adjusted_at,
            "adjusted_by": self.adjusted_by,
        }
