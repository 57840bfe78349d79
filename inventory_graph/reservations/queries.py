"""Reads of reservations: batch functions for loaders, and pages. A reservation past its time reads as ended at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, Page, page_of
from inventory_graph.reservations.records import HoldRecord, ReservationLineRecord, ReservationRecord, StepRecord

OF_ORDER_MAX = 100
STEPS_MAX = 500
LIVE = "('HELD', 'PARTIALLY_COMMITTED')"

_OVERDUE = f"(reservations.status IN {LIVE} AND reservations.expires_at <= statement_timestamp())"
_ISSUED = """EXISTS (
  SELECT FROM reservation_lines WHERE reservation_lines.tenant_id = $1
    AND reservation_lines.reservation_id = reservations.id AND reservation_lines.committed > 0)"""
_STATUS = f"""CASE WHEN NOT {_OVERDUE} OR reservations.expires_at IS NULL THEN reservations.status
  WHEN {_ISSUED} THEN 'COMMITTED' ELSE 'EXPIRED' END"""
_HEAD = f"""reservations.id, {_STATUS} AS status, reservations.type, reservations.order_id, reservations.reference,
  reservations.warehouse_id, reservations.outlet_id, reservations.priority, reservations.expires_at, reservations.pickup_at,
  reservations.pickup_until, reservations.ready_at, reservations.collected_at, reservations.no_show_at,
  CASE WHEN {_OVERDUE} THEN reservations.expires_at ELSE reservations.resolved_at END AS resolved_at, reservations.version,
  reservations.created_at, reservations.created_by"""

_BY_ID = f"SELECT {_HEAD} FROM reservations WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - the text is put together from constants

_BY_ORDER = f"""
SELECT page.* FROM unnest($2::uuid[]) AS wanted(order_id)
CROSS JOIN LATERAL (
  SELECT {_HEAD} FROM reservations
  WHERE reservations.tenant_id = $1 AND reservations.order_id = wanted.order_id
  ORDER BY reservations.created_at DESC, reservations.id DESC LIMIT {OF_ORDER_MAX}
) AS page
"""  # noqa: S608 - the text is put together from constants

_LINES = f"""
SELECT line.id, line.reservation_id, line.line_reference, line.variant_id, line.requested, line.committed,
  CASE WHEN {_OVERDUE} THEN 0 ELSE line.reserved END AS reserved,
  CASE WHEN {_OVERDUE} THEN line.released + line.reserved ELSE line.released END AS released,
  CASE WHEN {_OVERDUE} THEN 0 ELSE line.backordered END AS backordered
FROM unnest($2::uuid[]) AS wanted(id)
JOIN reservations ON reservations.tenant_id = $1 AND reservations.id = wanted.id
JOIN reservation_lines AS line ON line.tenant_id = $1 AND line.reservation_id = wanted.id
ORDER BY line.reservation_id, line.position
"""  # noqa: S608 - the text is put together from constants

_STEPS = f"""
SELECT step.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT reservation_id, version, kind, at, by, reason, details FROM reservation_steps
  WHERE tenant_id = $1 AND reservation_id = wanted.id ORDER BY version DESC LIMIT {STEPS_MAX}
) AS step
"""  # noqa: S608 - the text is put together from constants

# What a line was given and did not give back: still held, or issued. Past its time a hold holds nothing.
_HOLDS = """
SELECT hold.line_id, hold.variant_id, hold.warehouse_id, hold.location_id, hold.lot_id,
  CASE WHEN hold.expires_at <= statement_timestamp() THEN 0 ELSE hold.quantity END + hold.committed AS quantity,
  hold.serials[1:least(cardinality(hold.serials), (hold.quantity + hold.committed)::int)] AS serials
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(owner_id, line_id)
JOIN holds AS hold ON hold.tenant_id = $1 AND hold.owner_id = wanted.owner_id AND hold.line_id = wanted.line_id
WHERE CASE WHEN hold.expires_at <= statement_timestamp() THEN 0 ELSE hold.quantity END + hold.committed > 0
ORDER BY hold.line_id, hold.id
"""

_FILTER = f"""
  reservations.tenant_id = $1
  AND ($2::text[] IS NULL OR {_STATUS} = ANY($2))
  AND ($3::text[] IS NULL OR reservations.type = ANY($3))
  AND ($4::uuid IS NULL OR reservations.order_id = $4)
  AND ($5::text IS NULL OR reservations.reference = $5)
  AND ($6::uuid IS NULL OR reservations.outlet_id = $6)
  AND ($7::uuid IS NULL OR EXISTS (
    SELECT FROM holds WHERE holds.tenant_id = $1 AND holds.owner_id = reservations.id AND holds.warehouse_id = $7))
  AND ($8::uuid IS NULL OR EXISTS (
    SELECT FROM reservation_lines AS line WHERE line.tenant_id = $1 AND line.reservation_id = reservations.id
      AND line.variant_id = $8))
  AND ($9::timestamptz IS NULL OR reservations.created_at >= $9)
  AND ($10::timestamptz IS NULL OR reservations.created_at < $10)
"""  # noqa: S608 - the text is put together from constants
_PAGE = f"""
SELECT {_HEAD} FROM reservations
WHERE {_FILTER} AND ($11::timestamptz IS NULL OR (reservations.created_at, reservations.id) < ($11, $12::uuid))
ORDER BY reservations.created_at DESC, reservations.id DESC LIMIT $13
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM reservations WHERE {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded
"""  # noqa: S608 - the text is put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFilter:
    """Which reservations; None leaves a condition out. ``warehouse_id``: something of it was held there."""

    statuses: Sequence[str] | None = None
    types: Sequence[str] | None = None
    order_id: UUID | None = None
    reference: str | None = None
    outlet_id: UUID | None = None
    warehouse_id: UUID | None = None
    variant_id: UUID | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            list(self.types) if self.types is not None else None,
            self.order_id, self.reference, self.outlet_id, self.warehouse_id, self.variant_id, self.created_since,
            self.created_before,
        )  # fmt: skip


def _reservation(row: Record) -> ReservationRecord:
    return ReservationRecord(**row)


async def reservations_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, ReservationRecord]:
    """The reservations with these ids."""
    return {row["id"]: _reservation(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def reservations_by_order(tx: Transaction, order_ids: Sequence[UUID]) -> Mapping[UUID, list[ReservationRecord]]:
    """The reservations of each order, the newest first, at most 100."""
    found: dict[UUID, list[ReservationRecord]] = {}
    for row in await tx.raw.fetch(_BY_ORDER, tx.tenant_id, list(order_ids)):
        found.setdefault(row["order_id"], []).append(_reservation(row))
    return found


async def lines_by_reservation(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[ReservationLineRecord]]:
    """The lines of each reservation, in their order."""
    found: dict[UUID, list[ReservationLineRecord]] = {}
    for row in await tx.raw.fetch(_LINES, tx.tenant_id, list(ids)):
        found.setdefault(row["reservation_id"], []).append(ReservationLineRecord(**row))
    return found


async def steps_by_reservation(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[StepRecord]]:
    """The steps of each reservation, the newest first, at most 500."""
    found: dict[UUID, list[StepRecord]] = {}
    for row in await tx.raw.fetch(_STEPS, tx.tenant_id, list(ids)):
        found.setdefault(row["reservation_id"], []).append(StepRecord(**row))
    return found


async def holds_by_line(
    tx: Transaction, keys: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], list[HoldRecord]]:
    """What each line, by (reservation_id, line_id), was given and did not give back, in the order in which it was taken."""
    found: dict[tuple[UUID, UUID], list[HoldRecord]] = {}
    owners = {line_id: owner_id for owner_id, line_id in keys}
    for row in await tx.raw.fetch(_HOLDS, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys]):
        found.setdefault((owners[row["line_id"]], row["line_id"]), []).append(HoldRecord(**row))
    return found


async def reservations_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: ReservationFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[ReservationRecord]:
    """The reservations of the filter, the newest first; the keyset position is (created_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=_reservation, position=lambda row: (row["created_at"], row["id"]))


async def reservations_count(tx: Transaction, *, filter: ReservationFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None
