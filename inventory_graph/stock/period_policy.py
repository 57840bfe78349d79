"""Which period may be closed or reopened. Pure: what there is in, what is to be done out.

Periods follow each other without gaps, from the beginning. Those that are closed come first, and only the last of them can be
reopened; of those that are open again only the first can be closed. So one instant tells what is closed: the end of the last.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory_graph.errors import InvalidInput, InvalidTransition, NotFound
from inventory_graph.stock.records import PeriodRecord

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

Path = tuple[str, ...]


class PeriodUnknown(NotFound):
    """There is no period with this id."""


class PeriodInAnotherState(InvalidTransition):
    """The period is not in a state from which this step leads on."""


def end_of_day(day: date, *, timezone: str, path: Path) -> datetime:
    """The first instant after a local day. Raises ``InvalidInput``."""
    if not EARLIEST.year <= day.year < date.max.year:
        raise InvalidInput(f"{day} is no day on which stock was kept: {EARLIEST:%Y} or later.", path=path)
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def start_of(
    *, closed: PeriodRecord | None, reopened: PeriodRecord | None, ends_at: datetime, latest: datetime, path: Path
) -> datetime | None:
    """Where the period begins that is to be closed to ``ends_at``; None: at the beginning.

    ``closed`` is the last that is closed, ``reopened`` the first that is open again, ``latest`` the latest end that is over.
    Raises ``InvalidInput`` and ``PeriodInAnotherState``.
    """
    if ends_at < EARLIEST:
        raise InvalidInput(f"The end lies before {EARLIEST:%Y}: no stock is that old.", path=path)
    if ends_at > latest:
        raise InvalidInput(
            f"A period is closed when it has been over for five minutes. {shown(ends_at)} is later than {shown(latest)}: choose"
            " an earlier end, or wait.",
            path=path,
        )
    if closed is not None and ends_at <= closed.ends_at:
        raise PeriodInAnotherState(
            f"Everything before {shown(closed.ends_at)} is closed. Close a later end, or reopen what is closed first.",
            path=path,
        )
    if reopened is not None and ends_at != reopened.ends_at:
        raise PeriodInAnotherState(
            f"The period to before {shown(reopened.ends_at)} is open again. Close it first, with that as its end.",
            path=path,
        )
    return closed.ends_at if closed is not None else None


def check_reopening(*, period: PeriodRecord | None, closed: PeriodRecord | None) -> None:
    """Raise ``PeriodUnknown`` or ``PeriodInAnotherState`` unless the period is the last that is closed."""
    path = ("period_id",)
    if period is None:
        raise PeriodUnknown(path=path)
    if period.status != "CLOSED" or closed is None:
        raise PeriodInAnotherState(f"The period to before {shown(period.ends_at)} is open already.", path=path)
    if period.id != closed.id:
        raise PeriodInAnotherState(
            f"A later period is closed, too. Reopen the one to before {shown(closed.ends_at)} first: its id is {closed.id}.",
            path=path,
        )


def shown(instant: datetime) -> str:
    """An instant as messages name it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
