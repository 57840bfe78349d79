"""What the stock book answers: plain records, quantities in stock units, costs in the tenant's currency."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRecord:
    """A balance at one instant."""

    id: UUID
    variant_id: UUID
    warehouse_id: UUID
    on_hand: Decimal
    reserved: Decimal
    quarantined: Decimal
    damaged: Decimal
    available: Decimal
    reorder_point: Decimal | None
    safety_stock: Decimal
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCostRecord:
    """What a balance is worth, below 0 for what is owed, and by which method; ``unit_cost`` is what a unit is worth, or the last known
    cost where nothing is left. Both None while no cost is known."""

    costing_method: str
    value: Decimal | None
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLayerRecord:
    """What is left of what came to a balance at one time, and what that is worth. ``unit_cost`` is what a unit costs, with costs
    that were told later."""

    id: UUID
    balance_id: UUID
    received: Decimal
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal | None
    received_at: datetime
    version: int
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAdjustmentRecord:
    """A change of value that no movement made."""

    id: UUID
    balance_id: UUID
    movement_id: UUID | None
    kind: str
    value_change: Decimal
    issued_value: Decimal
    reference_type: str | None
    reference_id: UUID | None
    reference: str | None
    command_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRecord:
    """One row of the ledger."""

    id: UUID
    variant_id: UUID
    warehouse_id: UUID
    kind: str
    quantity: Decimal
    from_state: str | None
    to_state: str | None
    from_location_id: UUID | None
    to_location_id: UUID | None
    lot_id: UUID | None
    serials: list[str]
    reason: str | None
    note: str | None
    reference_type: str | None
    reference_id: UUID | None
    reference: str | None
    unit_cost: Decimal | None
    balance_version: int
    on_hand_after: Decimal
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A period that was closed once: from ``starts_at`` (None: from the beginning) to before ``ends_at``. ``value`` and
    ``movement_count`` are what closing it found; ``status`` is CLOSED, or OPEN when it was reopened since."""

    id: UUID
    starts_at: datetime | None
    ends_at: datetime
    status: str
    value: Decimal
    movement_count: int
    note: str | None
    version: int
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStepRecord:
    """One version of a period. ``value`` and ``balance_count``, how many balances were written down, are those of a closing."""

    period_id: UUID
    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None
    value: Decimal | None
    balance_count: int | None
