"""Why a reservation refuses."""

from datetime import datetime

from inventory_graph.errors import InvalidTransition, NotFound, Refusal


class ReservationUnknown(NotFound):
    """There is no reservation with this id."""


class AlreadyResolved(Refusal):
    """The reservation holds nothing any more: it was committed, released or expired before."""

    code = "ALREADY_RESOLVED"

    def __init__(self, *, status: str, resolved_at: datetime | None) -> None:
        self.status = status
        self.resolved_at = resolved_at
        when = f" on {resolved_at:%Y-%m-%d at %H:%M:%S} UTC" if resolved_at is not None else ""
        super().__init__(
            f"The reservation was resolved{when} and is {status}: nothing is left to do.", path=("reservation_id",)
        )


class ReservationExpired(Refusal):
    """The reservation's time has passed; what it held is available to others."""

    code = "RESERVATION_EXPIRED"

    def __init__(self, *, expired_at: datetime) -> None:
        self.expired_at = expired_at
        super().__init__(
            f"The hold ended on {expired_at:%Y-%m-%d at %H:%M:%S} UTC. Reserve again.", path=("reservation_id",)
        )


class NothingHeld(InvalidTransition):
    """The reservation waits for stock and holds nothing yet."""
