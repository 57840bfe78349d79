"""What periods tell the world."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text
from inventory_graph.stock.records import PeriodRecord, PeriodStepRecord


@dataclass(frozen=True, kw_only=True)
class PeriodEvent(Event):
    """A step of a period."""

    aggregate_type: ClassVar[str] = "period"

    tenant_id: UUID
    period: PeriodRecord
    step: PeriodStepRecord
    currency: str
    value_before: Decimal | None = None

    def payload(self) -> dict[str, Any]:
        period, step = self.period, self.step
        return {
            "tenant_id": self.tenant_id,
            "period_id": period.id,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "status": period.status.lower(),
            "version": period.version,
            "value": quantity_to_text(period.value),
            "value_before": optional_quantity_to_text(self.value_before),
            "currency": self.currency,
            "movement_count": period.movement_count,
            "balance_count": step.balance_count,
            "reason": step.reason,
            "note": period.note,
            "occurred_at": step.at,
            "recorded_by": step.by,
        }


@dataclass(frozen=True, kw_only=True)
class ClosedPeriod(PeriodEvent):
    """A period was closed, for the first time or again: nothing can be recorded into it, or before it, from now on.

    ``value`` is what all stock was worth at ``ends_at``, in ``currency``; ``value_before`` what the last closing of the same period
    had found, null for the first. ``starts_at`` is null for a period that begins with the ledger. ``movement_count`` is how many
    movements happened in it, ``balance_count`` how many balances were written down: those that differ from the last closing.
    """

    type: ClassVar[str] = "inventory.period.closed"


@dataclass(frozen=True, kw_only=True)
class ReopenedPeriod(PeriodEvent):
    """A closed period was opened again: what happened in it can be recorded. ``value`` is what its closing had found."""

    type: ClassVar[str] = "inventory.period.reopened"
