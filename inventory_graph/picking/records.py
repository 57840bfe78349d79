"""What the reads of picking answer. Quantities are in the stock unit of the variant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveKey:
    """A wave as a caller names it: by its id, or by its number."""

    id: UUID | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRecord:
    """The head of a wave. ``resolved_at`` is when it was shipped or cancelled."""

    id: UUID
    number: str
    warehouse_id: UUID
    zone: str | None
    status: str
    picker_id: str | None
    scheduled_at: datetime | None
    released_at: datetime | None
    completed_at: datetime | None
    packed_at: datetime | None
    resolved_at: datetime | None
    version: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task. ``status`` reads WITHDRAWN from the instant its source is gone, whether or not anybody touched the wave since."""

    id: UUID
    wave_id: UUID
    position: int
    halt: int
    source: str
    document_id: UUID
    line_id: UUID
    variant_id: UUID
    location_id: UUID | None
    lot_id: UUID | None
    serials: Sequence[str]
    quantity: Decimal
    picked: Decimal
    short: Decimal
    short_reason: str | None
    picked_serials: Sequence[str]
    status: str
    picked_by: str | None
    picked_at: datetime | None
    packed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRecord:
    """Where a wave halts: the sums of its tasks of one location, variant and lot that are not withdrawn."""

    wave_id: UUID
    halt: int
    variant_id: UUID
    location_id: UUID | None
    lot_id: UUID | None
    serials: Sequence[str]
    quantity: Decimal
    picked: Decimal
    short: Decimal
    task_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRecord:
    """How many tasks of a wave there are, and how many of them are still to be picked, are picked, short or withdrawn."""

    wave_id: UUID
    total: int
    to_pick: int
    picked: int
    short: int
    withdrawn: int
