"""Removal strategies: which quants an issue takes from. Pure: values in, decision out."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from inventory_graph.unlocked import dataclass

QuantKey: TypeAlias = tuple[UUID | None, UUID | None, str]
"""(location_id, lot_id, state)"""

_FOREVER = date.max
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A quant that an issue may take from, with what the strategies look at."""

    key: QuantKey
    quantity: Decimal
    received_at: datetime
    location_path: str
    lot_code: str
    expires_on: date | None


Order: TypeAlias = Callable[[Candidate], tuple[Any, ...]]

STRATEGIES: dict[str, Order] = {
    # First expired, first out; what never expires last, and among equals what came first.
    "FEFO": lambda quant: (quant.expires_on or _FOREVER, quant.received_at, quant.lot_code, quant.location_path),
    "FIFO": lambda quant: (quant.received_at, quant.lot_code, quant.location_path),
    "LIFO": lambda quant: (_EARLIEST - quant.received_at, quant.lot_code, quant.location_path),
    # The picker walks the locations in the order of their paths; what lies at no location is at the door.
    "NEAREST": lambda quant: (quant.location_path, quant.expires_on or _FOREVER, quant.received_at, quant.lot_code),
}
"""The order in which each strategy empties quants. Each is total for the quants of one balance and state: no two share
their lot and their location."""

DEFAULT_STRATEGY = {"NONE": "FIFO", "LOT": "FEFO", "SERIAL": "FIFO"}
"""The strategy of an item that names none, by its tracking."""


def pick(
    candidates: Iterable[Candidate], quantity: Decimal, strategy: str
) -> tuple[list[tuple[Candidate, Decimal]], Decimal]:
    """Take the quantity from the candidates in the strategy's order; the picks, and what could not be found."""
    picks: list[tuple[Candidate, Decimal]] = []
    missing = quantity
    for candidate in sorted(candidates, key=STRATEGIES[strategy]):
        if not missing:
            break
        taken = min(candidate.quantity, missing)
        picks.append((candidate, taken))
        missing -= taken
    return picks, missing
