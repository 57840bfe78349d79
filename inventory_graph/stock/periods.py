"""The verbs of periods: close, reopen. What happened in a closed one cannot be recorded any more (``book``)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.outbox import emit
from inventory_graph.quantities import ZERO
from inventory_graph.stock import period_statements as statements
from inventory_graph.stock.book import FUTURE_TOLERANCE
from inventory_graph.stock.period_events import ClosedPeriod, PeriodEvent, ReopenedPeriod
from inventory_graph.stock.period_locks import SETTLING, hold_periods
from inventory_graph.stock.period_policy import check_reopening, end_of_day, start_of
from inventory_graph.stock.records import PeriodRecord, PeriodStepRecord

TEXT_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class _Standing:
    """The periods of the tenant as they are while nobody else changes them: the last that is closed, the first that was reopened,
    the one that was asked for; ``now`` is when the postings that were waited for had begun."""

    closed: PeriodRecord | None
    reopened: PeriodRecord | None
    named: PeriodRecord | None
    timezone: str
    now: datetime


async def close_period(
    tx: Transaction, *, ends_at: datetime | None = None, ends_on: date | None = None, note: str | None = None
) -> PeriodRecord:
    """Close what happened before an instant, or to the end of a day by the tenant's calendar, from where the last closed period
    ends; or a reopened period again. Writes down what each balance was then that moved in it, or differs from what was written.

    Nine statements and an event. Waits for the postings that have begun; stock keeps moving meanwhile. Raises ``InvalidInput`` and
    ``PeriodInAnotherState``.
    """
    if (ends_at is None) == (ends_on is None):
        raise InvalidInput(
            "Say when the period ends: by endsAt or by endsOn, and by one of them only.", path=("ends_at",)
        )
    path = ("ends_at",) if ends_at is not None else ("ends_on",)
    note = _text(note, ("note",))
    standing = await _hold(tx)
    end = ends_at or end_of_day(ends_on or date.max, timezone=standing.timezone, path=path)
    closed, before = standing.closed, standing.reopened
    starts_at = start_of(closed=closed, reopened=before, ends_at=end, latest=standing.now - SETTLING, path=path)
    version = before.version + 1 if before is not None else 1
    # A movement is recorded at most so long before it happens.
    recorded_since = starts_at - FUTURE_TOLERANCE if starts_at is not None else None
    found = await tx.raw.fetchrow(statements.WRITE_BALANCES, tx.tenant_id, starts_at, end, version, recorded_since)
    if found is None:
        raise AssertionError("an aggregate answers one row")
    period = PeriodRecord(
        id=before.id if before is not None else uuid4(),
        starts_at=starts_at,
        ends_at=end,
        status="CLOSED",
        value=(closed.value if closed is not None else ZERO) + found["value"],
        movement_count=found["movement_count"],
        note=note,
        version=version,
        closed_at=standing.now,
        closed_by=tx.actor.subject,
    )
    step = _step(tx, period, "CLOSED", at=standing.now, reason=note, balance_count=found["balance_count"])
    event = ClosedPeriod(
        aggregate_id=period.id,
        aggregate_version=period.version,
        tenant_id=tx.tenant_id,
        period=period,
        step=step,
        currency=tx.actor.currency,
        value_before=before.value if before is not None else None,
    )
    return await _write(tx, period, step, event)


async def reopen_period(tx: Transaction, *, period_id: UUID, reason: str) -> PeriodRecord:
    """Let what happened in the last closed period be recorded again. What was written down as it was closed stays.

    Raises ``InvalidInput``, ``PeriodUnknown`` and ``PeriodInAnotherState``.
    """
    why = checked_text(reason, path=("reason",), length_max=TEXT_LENGTH_MAX, is_multiline=True)
    standing = await _hold(tx, period_id)
    check_reopening(period=standing.named, closed=standing.closed)
    if standing.named is None:
        raise AssertionError("an unknown period is refused")
    period = replace(standing.named, status="OPEN", version=standing.named.version + 1)
    step = _step(tx, period, "REOPENED", at=standing.now, reason=why)
    event = ReopenedPeriod(
        aggregate_id=period.id,
        aggregate_version=period.version,
        tenant_id=tx.tenant_id,
        period=period,
        step=step,
        currency=tx.actor.currency,
    )
    return await _write(tx, period, step, event)


async def _hold(tx: Transaction, period_id: UUID | None = None) -> _Standing:
    now = await hold_periods(tx)
    rows = await tx.raw.fetch(statements.STANDING, tx.tenant_id, period_id)
    by_role = {row["role"]: period_record(row) for row in rows if row["role"] is not None}
    return _Standing(
        closed=by_role.get("closed"),
        reopened=by_role.get("reopened"),
        named=by_role.get("named"),
        timezone=rows[0]["timezone"],
        now=now,
    )


def period_record(row: Record) -> PeriodRecord:
    """A row of ``periods``."""
    return PeriodRecord(**{name: row[name] for name in PeriodRecord.__slots__})


def _step(
    tx: Transaction,
    period: PeriodRecord,
    kind: str,
    *,
    at: datetime,
    reason: str | None,
    balance_count: int | None = None,
) -> PeriodStepRecord:
    return PeriodStepRecord(
        period_id=period.id,
        version=period.version,
        kind=kind,
        at=at,
        by=tx.actor.subject,
        reason=reason,
        value=period.value if kind == "CLOSED" else None,
        balance_count=balance_count,
    )


async def _write(tx: Transaction, period: PeriodRecord, step: PeriodStepRecord, event: PeriodEvent) -> PeriodRecord:
    await tx.raw.execute(
        statements.UPSERT, tx.tenant_id, period.id, period.starts_at, period.ends_at, period.status, period.value,
        period.movement_count, period.note, period.version, period.closed_at, period.closed_by,
    )  # fmt: skip
    await tx.raw.execute(
        statements.INSERT_STEP, tx.tenant_id, step.period_id, step.version, step.kind, step.at, step.by, step.reason,
        step.value, step.balance_count,
    )  # fmt: skip
    await emit(tx, event)
    return period


def _text(value: str | None, path: tuple[str, ...]) -> str | None:
    return checked_text(value, path=path, length_max=TEXT_LENGTH_MAX, is_multiline=True) if value is not None else None
