"""Reads of periods: batch functions for loaders, and pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, Page, page_of
from inventory_graph.stock.period_statements import PERIOD
from inventory_graph.stock.periods import period_record
from inventory_graph.stock.records import PeriodRecord, PeriodStepRecord

STEPS_MAX = 100

_BY_ID = f"SELECT {PERIOD} FROM periods WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - a constant
_PAGE = f"""
SELECT {PERIOD} FROM periods
WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (ends_at, id) < ($2, $3::uuid))
ORDER BY ends_at DESC, id DESC LIMIT $4
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"SELECT count(*) FROM (SELECT FROM periods WHERE tenant_id = $1 LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded"  # noqa: S608 - the text is put together from constants
_STEPS = f"""
SELECT step.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT period_id, version, kind, at, by, reason, value, balance_count FROM period_steps
  WHERE tenant_id = $1 AND period_id = wanted.id ORDER BY version DESC LIMIT {STEPS_MAX}
) AS step
"""  # noqa: S608 - the text is put together from constants


async def periods_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, PeriodRecord]:
    """The periods with these ids."""
    return {row["id"]: period_record(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def periods_page(tx: Transaction, *, first: int, after: tuple[datetime, UUID] | None) -> Page[PeriodRecord]:
    """The periods, the newest first; the keyset position is (ends_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, instant, last_id, first + 1)
    return page_of(rows, first=first, row=period_record, position=lambda row: (row["ends_at"], row["id"]))


async def periods_count(tx: Transaction) -> int | None:
    """How many periods there are: exact up to 10,000, None beyond."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id)
    return count if count <= TOTAL_COUNT_MAX else None


async def steps_by_period(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[PeriodStepRecord]]:
    """What was done with each period, the newest first, at most 100 steps."""
    found: dict[UUID, list[PeriodStepRecord]] = {period_id: [] for period_id in ids}
    for row in await tx.raw.fetch(_STEPS, tx.tenant_id, list(ids)):
        found[row["period_id"]].append(PeriodStepRecord(**row))
    return found
