"""What the reads of this domain answer. Values are in the tenant's currency."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedCostRecord:
    """A landed cost; ``cost_amount`` is the amount in the tenant's currency ``cost_currency``, and ``value_change`` (of what is in stock)
    and ``issued_value`` (of what had left) add up to it."""

    id: UUID
    number: str
    kind: str
    amount: Decimal
    currency: str
    exchange_rate: Decimal
    cost_amount: Decimal
    cost_currency: str
    value_change: Decimal
    issued_value: Decimal
    spread_by: str
    description: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuationRow:
    """What there is of an item, a category or a warehouse, and what it is worth. ``key`` orders the rows; ``subject_id`` is None for what
    is in no category. ``on_hand`` is in the stock unit of the item, None where it would add up different things."""

    key: str
    subject_id: UUID | None
    on_hand: Decimal | None
    value: Decimal
