"""What the reads of transfers answer. Quantities are in the stock unit of the variant, costs per that unit in the tenant's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferKey:
    """A transfer as a caller names it: by its id, or by its number."""

    id: UUID | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRecord:
    """The head of a transfer. ``is_fully_shipped``: nothing more of it will leave."""

    id: UUID
    number: str
    from_warehouse_id: UUID
    to_warehouse_id: UUID
    status: str
    is_fully_shipped: bool
    expected_at: datetime | None
    reference: str | None
    note: str | None
    submitted_by: str | None
    approved_by: str | None
    shipped_at: datetime | None
    received_at: datetime | None
    resolved_at: datetime | None
    version: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLineRecord:
    """A line of a transfer. ``over`` came although it had not left; it is in none of the other quantities."""

    id: UUID
    transfer_id: UUID
    position: int
    variant_id: UUID
    quantity: Decimal
    lot_code: str | None
    serials: Sequence[str]
    shipped: Decimal
    received: Decimal
    damaged: Decimal
    lost: Decimal
    returned: Decimal
    over: Decimal

    @property
    def in_transit(self) -> Decimal:
        """What is on its way."""
        return self.shipped - self.received - self.lost - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferParcelRecord:
    """What left of a line at one time, of one lot."""

    id: UUID
    line_id: UUID
    lot_id: UUID | None
    serials: Sequence[str]
    quantity: Decimal
    in_transit: Decimal
    unit_cost: Decimal | None
    shipped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOutcomeRecord:
    """What became of so much of a line."""

    id: UUID
    line_id: UUID
    kind: str
    state: str | None
    quantity: Decimal
    unit_cost: Decimal | None
    lot_id: UUID | None
    serials: Sequence[str]
    location_id: UUID | None
    reason: str | None
    note: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDeliveryRecord:
    """How far the delivery of a transfer is, as logistics told: EN_ROUTE, DELIVERED, FAILED or CANCELLED."""

    transfer_id: UUID
    task_id: str
    status: str
    occurred_at: datetime
    carrier: str | None
    tracking_code: str | None
    proof: str | None
    note: str | None
    failure_reason: str | None
    version: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStepRecord:
    """One version of a transfer."""

    transfer_id: UUID
    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None
    details: Mapping[str, str] | None
