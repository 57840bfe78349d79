"""What replenishment tells the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text
from inventory_graph.replenishment.records import RuleRecord


@dataclass(frozen=True, kw_only=True)
class ReplenishmentRuleEvent(Event):
    """A rule of replenishment, by the id of the balance that it is about. Quantities are strings in the stock unit."""

    aggregate_type: ClassVar[str] = "replenishment_rule"

    tenant_id: UUID
    sku: str
    rule: RuleRecord

    def payload(self) -> dict[str, Any]:
        rule = self.rule
        return {
            "tenant_id": self.tenant_id,
            "balance_id": self.aggregate_id,
            "variant_id": rule.variant_id,
            "sku": self.sku,
            "warehouse_id": rule.warehouse_id,
            "method": rule.method,
            "reorder_point": optional_quantity_to_text(rule.reorder_point),
            "maximum": optional_quantity_to_text(rule.maximum),
            "order_quantity": optional_quantity_to_text(rule.order_quantity),
            "service_level": optional_quantity_to_text(rule.service_level),
            "demand_days": rule.demand_days,
            "review_days": rule.review_days,
            "supplier_id": rule.supplier_id,
            "from_warehouse_id": rule.from_warehouse_id,
            "is_active": rule.is_active,
            "updated_by": rule.updated_by,
        }


@dataclass(frozen=True, kw_only=True)
class ReplenishmentRuleSet(ReplenishmentRuleEvent):
    """It was stated how a variant in a warehouse is replenished."""

    type: ClassVar[str] = "inventory.replenishment_rule.set"


@dataclass(frozen=True, kw_only=True)
class ReplenishmentRuleRemoved(ReplenishmentRuleEvent):
    """A rule was taken away; this is how it was."""

    type: ClassVar[str] = "inventory.replenishment_rule.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoOrderedItem:
    """What a draft orders of one variant, in the stock unit, and how it stood when that was suggested."""

    sku: str
    item_name: str
    quantity: Decimal
    available: Decimal
    reorder_level: Decimal | None

    def payload(self) -> dict[str, Any]:
        return {
            "sku": self.sku,
            "item_name": self.item_name,
            "quantity_ordered": quantity_to_text(self.quantity),
            "available": quantity_to_text(self.available),
            "reorder_level": optional_quantity_to_text(self.reorder_level),
        }


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderAutoCreated(Event):
    """A purchase order was drafted from suggestions; ``inventory.purchase_order.created`` of the same transaction tells it in full.
    ``lines`` are what it orders; for readers who know of one, ``sku`` and what belongs to it are those of the first."""

    type: ClassVar[str] = "inventory.purchase_order.auto_created"
    aggregate_type: ClassVar[str] = "purchase_order"

    tenant_id: UUID
    number: str
    supplier_id: UUID
    warehouse_id: UUID
    lines: Sequence[AutoOrderedItem]
    alert_target: str | None
    alert_email: str | None

    def payload(self) -> dict[str, Any]:
        lines = [line.payload() for line in self.lines]
        return {
            "tenant_id": self.tenant_id,
            "purchase_order_id": self.aggregate_id,
            "po_id": self.aggregate_id,
            "po_number": self.number,
            "supplier_id": self.supplier_id,
            "warehouse_id": self.warehouse_id,
            **(
                lines[0]
                if lines
                else dict.fromkeys(("sku", "item_name", "quantity_ordered", "available", "reorder_level"))
            ),
            "lines": lines,
            "notification": {
                "target": self.alert_target,
                "enabled": self.alert_target is not None or self.alert_email is not None,
                "email": self.alert_email,
            },
        }
