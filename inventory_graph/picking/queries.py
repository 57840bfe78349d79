"""Reads of picking: batch functions for loaders, and pages. A task whose source is gone reads as withdrawn at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, LinePageKey, Page, line_pages, page_of
from inventory_graph.picking.documents import head_of
from inventory_graph.picking.records import HaltRecord, ProgressRecord, TaskRecord, WaveRecord
from inventory_graph.picking.statements import HEAD, REMAINING, SOURCES

_REMAINING = REMAINING.replace("clock_timestamp()", "statement_timestamp()")
_STATUS = f"CASE WHEN task.is_open AND {_REMAINING} = 0 THEN 'WITHDRAWN' ELSE task.status END"
_TASK = f"""task.id, task.wave_id, task.position, task.halt, task.source, task.document_id, task.line_id, task.variant_id,
  task.location_id, task.lot_id, task.serials, task.quantity, task.picked, task.short, task.short_reason, task.picked_serials,
  {_STATUS} AS status, task.picked_by, task.picked_at, task.packed_at"""

_BY_ID = f"""
SELECT {_TASK} FROM pick_tasks AS task {SOURCES} WHERE task.tenant_id = $1 AND task.id = ANY($2::uuid[])
"""  # noqa: S608 - the text is put together from constants

_TASKS = f"""
SELECT found.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(wave_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT {_TASK}, wanted.page FROM pick_tasks AS task {SOURCES}
  WHERE task.tenant_id = $1 AND task.wave_id = wanted.wave_id AND task.position > wanted.after
  ORDER BY task.position LIMIT wanted.many
) AS found
ORDER BY found.page, found.position
"""  # noqa: S608 - the text is put together from constants

_HALTS = f"""
SELECT found.* FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(wave_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT task.wave_id, task.halt AS position, (array_agg(task.variant_id))[1] AS variant_id,
    (array_agg(task.location_id))[1] AS location_id, (array_agg(task.lot_id))[1] AS lot_id,
    coalesce(sum(task.quantity) FILTER (WHERE NOT task.is_gone), 0) AS quantity,
    coalesce(sum(task.picked) FILTER (WHERE NOT task.is_gone), 0) AS picked,
    coalesce(sum(task.short) FILTER (WHERE NOT task.is_gone), 0) AS short,
    array_agg(task.id ORDER BY task.position) AS task_ids,
    string_agg(array_to_string(task.serials, chr(31)), chr(31) ORDER BY task.position)
      FILTER (WHERE NOT task.is_gone AND cardinality(task.serials) > 0) AS serials,
    wanted.page
  FROM (
    SELECT task.*, {_STATUS} IN ('WITHDRAWN', 'CANCELLED') AS is_gone FROM pick_tasks AS task {SOURCES}
    WHERE task.tenant_id = $1 AND task.wave_id = wanted.wave_id AND task.halt > wanted.after
      AND task.halt <= wanted.after + wanted.many
  ) AS task
  GROUP BY task.wave_id, task.halt
) AS found
ORDER BY found.page, found.position
"""  # noqa: S608 - the text is put together from constants

_PROGRESS = f"""
SELECT wave_id, count(*) AS total, count(*) FILTER (WHERE status = 'OPEN') AS to_pick,
  count(*) FILTER (WHERE picked > 0 AND status <> 'WITHDRAWN') AS picked,
  count(*) FILTER (WHERE short > 0) AS short, count(*) FILTER (WHERE status = 'WITHDRAWN') AS withdrawn
FROM (
  SELECT task.wave_id, task.picked, task.short, {_STATUS} AS status FROM pick_tasks AS task {SOURCES}
  WHERE task.tenant_id = $1 AND task.wave_id = ANY($2::uuid[])
) AS task
GROUP BY wave_id
"""  # noqa: S608 - the text is put together from constants

_COUNTS = """
SELECT wave_id AS id, count(*) AS tasks, max(halt) + 1 AS halts FROM pick_tasks
WHERE tenant_id = $1 AND wave_id = ANY($2::uuid[]) GROUP BY wave_id
"""

_TO_PICK = f"""
pick_waves AS wave JOIN pick_tasks AS task ON task.tenant_id = $1 AND task.wave_id = wave.id {SOURCES}
WHERE wave.tenant_id = $1 AND wave.picker_id = $2 AND wave.status IN ('RELEASED', 'PICKING') AND {_STATUS} = 'OPEN'
"""
_TO_PICK_PAGE = f"""
SELECT {_TASK}, wave.number FROM {_TO_PICK} AND ($3::text IS NULL OR (wave.number, task.position) > ($3, $4::smallint))
ORDER BY wave.number, task.position LIMIT $5
"""  # noqa: S608 - the text is put together from constants
_TO_PICK_COUNT = f"SELECT count(*) FROM (SELECT FROM {_TO_PICK} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded"  # noqa: S608 - the text is put together from constants

_FILTER = """
  pick_waves.tenant_id = $1
  AND ($2::text[] IS NULL OR pick_waves.status = ANY($2))
  AND ($3::uuid IS NULL OR pick_waves.warehouse_id = $3)
  AND ($4::text IS NULL OR pick_waves.zone = $4)
  AND ($5::text IS NULL OR pick_waves.picker_id = $5)
  AND ($6::uuid IS NULL OR EXISTS (
    SELECT FROM pick_tasks AS task WHERE task.tenant_id = $1 AND task.wave_id = pick_waves.id AND task.document_id = $6))
  AND ($7::timestamptz IS NULL OR pick_waves.created_at >= $7)
  AND ($8::timestamptz IS NULL OR pick_waves.created_at < $8)
"""
_PAGE = f"""
SELECT {HEAD} FROM pick_waves
WHERE {_FILTER} AND ($9::timestamptz IS NULL OR (pick_waves.created_at, pick_waves.id) < ($9, $10::uuid))
ORDER BY pick_waves.created_at DESC, pick_waves.id DESC LIMIT $11
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"SELECT count(*) FROM (SELECT FROM pick_waves WHERE {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded"  # noqa: S608 - the text is put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveFilter:
    """Conditions on waves; None: any. ``document_id`` is that of a reservation or a transfer that is picked for."""

    statuses: Sequence[str] | None = None
    warehouse_id: UUID | None = None
    zone: str | None = None
    picker_id: str | None = None
    document_id: UUID | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            self.warehouse_id, self.zone, self.picker_id, self.document_id, self.created_since, self.created_before,
        )  # fmt: skip


async def waves_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: WaveFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[WaveRecord]:
    """The waves of the filter, the newest first; the keyset position is (created_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=head_of, position=lambda row: (row["created_at"], row["id"]))


async def waves_count(tx: Transaction, *, filter: WaveFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None


def _task(row: Record) -> TaskRecord:
    return TaskRecord(**{name: value for name, value in row.items() if name not in ("page", "number")})


def _halt(row: Record) -> HaltRecord:
    values = {name: value for name, value in row.items() if name not in ("page", "position", "serials")}
    serials = row["serials"].split(chr(31)) if row["serials"] is not None else ()
    return HaltRecord(**values, halt=row["position"], serials=serials)


async def tasks_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, TaskRecord]:
    """The tasks with these ids."""
    return {row["id"]: _task(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def task_pages(tx: Transaction, keys: Sequence[LinePageKey]) -> Mapping[LinePageKey, Page[TaskRecord]]:
    """For each key a page of the tasks of a wave, in the order of the walk; the keyset position is (position,)."""
    return await line_pages(tx, _TASKS, keys, line=_task)


async def halt_pages(tx: Transaction, keys: Sequence[LinePageKey]) -> Mapping[LinePageKey, Page[HaltRecord]]:
    """For each key a page of the halts of a wave, in the order of the walk; the keyset position is (halt,)."""
    return await line_pages(tx, _HALTS, keys, line=_halt)


async def progress_by_wave(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, ProgressRecord]:
    """How far each wave is."""
    return {row["wave_id"]: ProgressRecord(**row) for row in await tx.raw.fetch(_PROGRESS, tx.tenant_id, list(ids))}


async def task_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """How many tasks and halts each wave has."""
    return {row["id"]: (row["tasks"], row["halts"]) for row in await tx.raw.fetch(_COUNTS, tx.tenant_id, list(ids))}


async def tasks_to_pick_page(
    tx: Transaction, *, picker_id: str, first: int, after: tuple[str, int] | None
) -> Page[TaskRecord]:
    """What is left to pick in the released waves of a picker, wave by wave in the order of the walk; the keyset position is (number of
    the wave, position)."""
    number, position = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_TO_PICK_PAGE, tx.tenant_id, picker_id, number, position, first + 1)
    return page_of(rows, first=first, row=_task, position=lambda row: (row["number"], row["position"]))


async def tasks_to_pick_count(tx: Transaction, *, picker_id: str) -> int | None:
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_TO_PICK_COUNT, tx.tenant_id, picker_id)
    return count if count <= TOTAL_COUNT_MAX else None
