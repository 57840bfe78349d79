"""Why the stock book refuses."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.errors import Refusal
from inventory_graph.quantities import quantity_to_text
from inventory_graph.stock.state import ClosedRange


class InsufficientStock(Refusal):
    """Less is there than was asked. ``component_id``: the variant of which there is too little, where what was asked is made;
    ``warehouse_ids``: where it was looked for, empty where it was no question of what can be promised."""

    code = "INSUFFICIENT_STOCK"

    def __init__(
        self,
        *,
        sku: str,
        requested: Decimal,
        available: Decimal,
        where: str,
        path: tuple[str, ...] = (),
        component_id: UUID | None = None,
        warehouse_ids: tuple[UUID, ...] = (),
    ) -> None:
        self.sku = sku
        self.component_id = component_id
        self.warehouse_ids = warehouse_ids
        self.requested = requested
        self.available = available
        super().__init__(
            f"{quantity_to_text(requested)} of {sku} were asked but {quantity_to_text(available)} are {where}:"
            f" {quantity_to_text(requested - available)} short.",
            path=path,
        )


class StaleQuantity(Refusal):
    """The quantity is not what the caller believed."""

    code = "STALE_QUANTITY"

    def __init__(self, *, sku: str, expected: Decimal, actual: Decimal, path: tuple[str, ...] = ()) -> None:
        self.sku = sku
        self.expected = expected
        self.actual = actual
        super().__init__(
            f"{sku} has {quantity_to_text(actual)} on hand, not {quantity_to_text(expected)}: it changed since it was read."
            " Read it again and decide anew.",
            path=path,
        )


class SerialNotAvailable(Refusal):
    """The serial is not where the command needs it."""

    code = "SERIAL_NOT_AVAILABLE"


class LotNotEligible(Refusal):
    """The lot may not be used for this."""

    code = "LOT_NOT_ELIGIBLE"


class PeriodClosed(Refusal):
    """What happened lies in a closed period."""

    code = "PERIOD_CLOSED"

    def __init__(self, *, occurred_at: datetime, closed: ClosedRange) -> None:
        self.occurred_at = occurred_at
        self.closed = closed
        is_in_it = closed.starts_at is None or occurred_at >= closed.starts_at
        where = "in the period" if is_in_it else "before the period"
        since = f" from {_instant(closed.starts_at)}" if closed.starts_at is not None else ""
        super().__init__(
            f"{_instant(occurred_at)} lies {where}{since} to before {_instant(closed.ends_at)}, which is closed. Date it after"
            " that, or have the period reopened first (reopenPeriod).",
            path=("occurred_at",),
        )


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class AlreadyPosted(Refusal):
    """This document line has posted before."""

    code = "ALREADY_EXISTS"
