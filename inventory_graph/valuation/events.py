"""What landed costs tell the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text
from inventory_graph.stock.state import CostAdjustment
from inventory_graph.valuation.records import LandedCostRecord


@dataclass(frozen=True, kw_only=True)
class CostAllocated(Event):
    """A cost, such as freight or duty, was spread over what goods receipts or a transfer brought. ``kind`` is LANDED_COST or FREIGHT;
    ``stock_value`` is the part of what is still there, ``issued_value`` that of what had left, in the tenant's currency."""

    type: ClassVar[str] = "inventory.cost.allocated"
    aggregate_type: ClassVar[str] = "landed_cost"

    tenant_id: UUID
    landed_cost: LandedCostRecord
    lines: Sequence[CostAdjustment]

    def payload(self) -> dict[str, Any]:
        cost = self.landed_cost
        return {
            "landed_cost_id": cost.id,
            "tenant_id": self.tenant_id,
            "number": cost.number,
            "kind": cost.kind,
            "amount": quantity_to_text(cost.amount),
            "currency": cost.currency,
            "exchange_rate": quantity_to_text(cost.exchange_rate),
            "cost_amount": quantity_to_text(cost.cost_amount),
            "cost_currency": cost.cost_currency,
            "stock_value": quantity_to_text(cost.value_change),
            "issued_value": quantity_to_text(cost.issued_value),
            "allocated_by": cost.spread_by,
            "description": cost.description,
            "allocated_at": cost.recorded_at,
            "recorded_by": cost.recorded_by,
            "lines": [
                {
                    "balance_id": line.balance_id,
                    "movement_id": line.movement_id,
                    "document_id": line.reference_id,
                    "document_type": line.reference_type,
                    "amount": quantity_to_text(line.value_change + line.issued_value),
                    "stock_value": quantity_to_text(line.value_change),
                    "issued_value": quantity_to_text(line.issued_value),
                }
                for line in self.lines
            ],
        }
