"""Reads of transfers: batch functions for loaders, pages, and what is on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import TOTAL_COUNT_MAX, LinePageKey, Page, line_pages, page_of
from inventory_graph.quantities import ZERO
from inventory_graph.stock.supply import ExpectedSupply
from inventory_graph.transfers.documents import head_of
from inventory_graph.transfers.records import (
    TransferLineRecord,
    TransferOutcomeRecord,
    TransferParcelRecord,
    TransferRecord,
    TransferStepRecord,
)

STEPS_MAX = 500
PARTS_MAX = 500

_HEAD = """id, number, from_warehouse_id, to_warehouse_id, status, is_fully_shipped, expected_at, reference, note, submitted_by,
  approved_by, shipped_at, received_at, resolved_at, version, created_at, created_by"""

_FILTER = """
  transfers.tenant_id = $1
  AND ($2::text[] IS NULL OR transfers.status = ANY($2))
  AND ($3::uuid IS NULL OR transfers.from_warehouse_id = $3)
  AND ($4::uuid IS NULL OR transfers.to_warehouse_id = $4)
  AND ($5::uuid IS NULL OR EXISTS (
    SELECT FROM transfer_lines AS line WHERE line.tenant_id = $1 AND line.transfer_id = transfers.id AND line.variant_id = $5))
  AND ($6::text IS NULL OR transfers.number = $6)
  AND ($7::text IS NULL OR transfers.reference = $7)
  AND ($8::timestamptz IS NULL OR transfers.expected_at < $8)
  AND ($9::timestamptz IS NULL OR transfers.created_at >= $9)
  AND ($10::timestamptz IS NULL OR transfers.created_at < $10)
"""
_PAGE = f"""
SELECT {_HEAD} FROM transfers
WHERE {_FILTER} AND ($11::timestamptz IS NULL OR (transfers.created_at, transfers.id) < ($11, $12::uuid))
ORDER BY transfers.created_at DESC, transfers.id DESC LIMIT $13
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM transfers WHERE {_FILTER} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded
"""  # noqa: S608 - the text is put together from constants

_LINES = """
SELECT line.*
FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(transfer_id, many, after, page)
CROSS JOIN LATERAL (
  SELECT id, line.transfer_id, position, variant_id, quantity, lot_code, serials, shipped, received, damaged, lost, returned, over,
    wanted.page
  FROM transfer_lines AS line
  WHERE line.tenant_id = $1 AND line.transfer_id = wanted.transfer_id AND line.position > wanted.after
  ORDER BY line.position LIMIT wanted.many
) AS line
ORDER BY line.page, line.position
"""
_LINE_COUNTS = """
SELECT transfer_id AS id, count(*) AS total FROM transfer_lines
WHERE tenant_id = $1 AND transfer_id = ANY($2::uuid[]) GROUP BY transfer_id
"""

_STEPS = f"""
SELECT step.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT transfer_id, version, kind, at, by, reason, details FROM transfer_steps
  WHERE tenant_id = $1 AND transfer_id = wanted.id ORDER BY version DESC LIMIT {STEPS_MAX}
) AS step
"""  # noqa: S608 - the text is put together from constants

_PARCELS = f"""
SELECT parcel.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT id, line_id, lot_id, serials, quantity, in_transit, unit_cost, shipped_at FROM transfer_parcels
  WHERE tenant_id = $1 AND line_id = wanted.id ORDER BY position LIMIT {PARTS_MAX}
) AS parcel
"""  # noqa: S608 - the text is put together from constants

_OUTCOMES = f"""
SELECT outcome.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT id, line_id, kind, state, quantity, unit_cost, lot_id, serials, location_id, reason, note, at, by FROM transfer_outcomes
  WHERE tenant_id = $1 AND line_id = wanted.id ORDER BY at, position LIMIT {PARTS_MAX}
) AS outcome
"""  # noqa: S608 - the text is put together from constants

_IN_TRANSIT = """
SELECT wanted.variant_id, wanted.warehouse_id, sum(parcel.in_transit) AS quantity
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(variant_id, warehouse_id)
JOIN transfer_parcels AS parcel ON parcel.tenant_id = $1 AND parcel.variant_id = wanted.variant_id AND parcel.in_transit > 0
JOIN transfers ON transfers.tenant_id = $1 AND transfers.id = parcel.transfer_id AND transfers.to_warehouse_id = wanted.warehouse_id
GROUP BY wanted.variant_id, wanted.warehouse_id
"""

_EXPECTED = """
SELECT parcel.variant_id, transfers.to_warehouse_id AS warehouse_id, transfers.expected_at AS at, sum(parcel.in_transit) AS quantity
FROM transfer_parcels AS parcel
JOIN transfers ON transfers.tenant_id = $1 AND transfers.id = parcel.transfer_id AND transfers.expected_at IS NOT NULL
WHERE parcel.tenant_id = $1 AND parcel.variant_id = ANY($2::uuid[]) AND parcel.in_transit > 0
GROUP BY parcel.variant_id, transfers.id, transfers.to_warehouse_id, transfers.expected_at
"""

# A transfer that was resolved by then has nothing on its way. What came although it had not left was never on it.
_VALUE_IN_TRANSIT = """
SELECT coalesce(sum(round((parcel.quantity - coalesce(resolved.quantity, 0)) * coalesce(parcel.unit_cost, 0), 10)), 0)
FROM transfers
JOIN transfer_parcels AS parcel ON parcel.tenant_id = $1 AND parcel.transfer_id = transfers.id
  AND ($2::timestamptz IS NULL OR parcel.shipped_at <= $2)
LEFT JOIN LATERAL (
  SELECT sum(outcome.quantity) AS quantity FROM transfer_outcomes AS outcome
  WHERE outcome.tenant_id = $1 AND outcome.line_id = parcel.line_id AND outcome.parcel_id = parcel.id
    AND ($2::timestamptz IS NULL OR outcome.at <= $2)
) AS resolved ON true
WHERE transfers.tenant_id = $1 AND transfers.shipped_at <= coalesce($2, statement_timestamp())
  AND (transfers.resolved_at IS NULL OR transfers.resolved_at > $2)
  AND ($3::uuid IS NULL OR transfers.to_warehouse_id = $3)
  AND ($4::uuid[] IS NULL OR EXISTS (
    SELECT FROM variants JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
    WHERE variants.tenant_id = $1 AND variants.id = parcel.variant_id AND items.category_id = ANY($4)))
"""

_IS_AWAITED = """
SELECT EXISTS (
  SELECT FROM transfers WHERE tenant_id = $1 AND status IN ('SHIPPED', 'PARTIALLY_RECEIVED')
    AND (to_warehouse_id = $2 OR from_warehouse_id = $2)
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """Conditions on transfers; None: any. ``number`` and ``reference`` are exact."""

    statuses: Sequence[str] | None = None
    from_warehouse_id: UUID | None = None
    to_warehouse_id: UUID | None = None
    variant_id: UUID | None = None
    number: str | None = None
    reference: str | None = None
    expected_before: datetime | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The conditions in the order of the statement's parameters."""
        return (
            list(self.statuses) if self.statuses is not None else None,
            self.from_warehouse_id, self.to_warehouse_id, self.variant_id, self.number, self.reference, self.expected_before,
            self.created_since, self.created_before,
        )  # fmt: skip


async def transfers_page(
    tx: Transaction,
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
    filter: TransferFilter,  # noqa: A002 - the argument's name in the schema
) -> Page[TransferRecord]:
    """The transfers of the filter, the newest first; the keyset position is (created_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, *filter.arguments(), instant, last_id, first + 1)
    return page_of(rows, first=first, row=head_of, position=lambda row: (row["created_at"], row["id"]))


async def transfers_count(tx: Transaction, *, filter: TransferFilter) -> int | None:  # noqa: A002 - the argument's name in the schema
    """How many there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, *filter.arguments())
    return count if count <= TOTAL_COUNT_MAX else None


async def transfer_line_pages(
    tx: Transaction, keys: Sequence[LinePageKey]
) -> Mapping[LinePageKey, Page[TransferLineRecord]]:
    """For each key a page of the lines of a transfer; the keyset position is (position,)."""
    return await line_pages(tx, _LINES, keys, line=_line)


def _line(row: Record) -> TransferLineRecord:
    return TransferLineRecord(**{name: value for name, value in row.items() if name != "page"})


async def transfer_line_counts(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each transfer has."""
    return {row["id"]: row["total"] for row in await tx.raw.fetch(_LINE_COUNTS, tx.tenant_id, list(ids))}


async def steps_by_transfer(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[TransferStepRecord]]:
    """The steps of each transfer, the newest first, at most 500."""
    found: dict[UUID, list[TransferStepRecord]] = {}
    for row in await tx.raw.fetch(_STEPS, tx.tenant_id, list(ids)):
        found.setdefault(row["transfer_id"], []).append(TransferStepRecord(**row))
    return found


async def parcels_by_line(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[TransferParcelRecord]]:
    """What left of each line, in the order in which it left, at most 500 parcels."""
    found: dict[UUID, list[TransferParcelRecord]] = {}
    for row in await tx.raw.fetch(_PARCELS, tx.tenant_id, list(ids)):
        found.setdefault(row["line_id"], []).append(TransferParcelRecord(**row))
    return found


async def outcomes_by_line(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[TransferOutcomeRecord]]:
    """What became of each line, in the order in which it was told, at most 500 outcomes."""
    found: dict[UUID, list[TransferOutcomeRecord]] = {}
    for row in await tx.raw.fetch(_OUTCOMES, tx.tenant_id, list(ids)):
        found.setdefault(row["line_id"], []).append(TransferOutcomeRecord(**row))
    return found


async def in_transit_by_balance(
    tx: Transaction, keys: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], Decimal]:
    """What is on its way to each balance by transfers, by (variant_id, warehouse_id), in stock units."""
    found = dict.fromkeys(keys, ZERO)
    for row in await tx.raw.fetch(_IN_TRANSIT, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys]):
        found[row["variant_id"], row["warehouse_id"]] = row["quantity"]
    return found


async def value_in_transit(
    tx: Transaction, *, at: datetime | None, to_warehouse_id: UUID | None, category_ids: Sequence[UUID] | None
) -> Decimal:
    """What was on its way between warehouses at an instant, None for now, at the cost it left with: to one, or of some categories."""
    categories = list(category_ids) if category_ids is not None else None
    value: Decimal = await tx.raw.fetchval(_VALUE_IN_TRANSIT, tx.tenant_id, at, to_warehouse_id, categories)
    return value


async def expected_transfers(tx: Transaction, *, variant_ids: Sequence[UUID]) -> Sequence[ExpectedSupply]:
    """What is on its way by transfers of which somebody said when they will be there (``stock.supply.SupplySource``)."""
    return [ExpectedSupply(**row) for row in await tx.raw.fetch(_EXPECTED, tx.tenant_id, list(variant_ids))]


async def has_transfers_under_way(tx: Transaction, *, warehouse_id: UUID) -> bool:
    """Whether something is on its way to or from the warehouse."""
    return bool(await tx.raw.fetchval(_IS_AWAITED, tx.tenant_id, warehouse_id))
