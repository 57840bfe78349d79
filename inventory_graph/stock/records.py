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
