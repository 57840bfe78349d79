"""Reads of what stock has cost and is worth: batch functions for loaders, and what other domains ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import Page, page_of
from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing
from inventory_graph.stock.records import BalanceCostRecord, CostAdjustmentRecord, CostLayerRecord
from inventory_graph.stock.state import OPENING

OF_MOVEMENT_MAX = 100

VALUE = "coalesce(balances.layers_value, round(balances.on_hand * coalesce(balances.average_cost, 0), 10))"
"""What a row of ``balances`` is worth, as SQL."""

_COSTS = """
SELECT id, on_hand, average_cost, costing_method, layers_value FROM balances WHERE tenant_id = $1 AND id = ANY($2::uuid[])
"""

_LAYERS = """
SELECT page.*, wanted.page FROM unnest($2::uuid[], $3::bigint[], $4::int[], $5::int[])
  WITH ORDINALITY AS wanted(id, version, ordinal, many, page)
CROSS JOIN LATERAL (
  SELECT id, balance_id, received, quantity, value, unit_cost, received_at, received_version AS version, received_ordinal AS ordinal
  FROM cost_layers
  WHERE tenant_id = $1 AND balance_id = wanted.id AND quantity > 0
    AND (wanted.version IS NULL OR (received_version, received_ordinal) > (wanted.version, wanted.ordinal))
  ORDER BY received_version, received_ordinal LIMIT wanted.many
) AS page
ORDER BY wanted.page, page.version, page.ordinal
"""

_ADJUSTMENT = """id, balance_id, movement_id, kind, value_change, issued_value, reference_type, reference_id, reference, command_id,
  occurred_at, recorded_at, recorded_by"""

_OF_BALANCE = f"""
SELECT page.*, wanted.page FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::int[])
  WITH ORDINALITY AS wanted(id, at, last, many, page)
CROSS JOIN LATERAL (
  SELECT {_ADJUSTMENT} FROM cost_adjustments
  WHERE tenant_id = $1 AND balance_id = wanted.id AND (wanted.at IS NULL OR (occurred_at, id) < (wanted.at, wanted.last))
  ORDER BY occurred_at DESC, id DESC LIMIT wanted.many
) AS page
ORDER BY wanted.page, page.occurred_at DESC, page.id DESC
"""  # noqa: S608 - the text is put together from constants

_OF_COMMAND = f"""
SELECT page.*, wanted.page FROM unnest($2::uuid[], $3::uuid[], $4::int[]) WITH ORDINALITY AS wanted(id, last, many, page)
CROSS JOIN LATERAL (
  SELECT {_ADJUSTMENT} FROM cost_adjustments
  WHERE tenant_id = $1 AND command_id = wanted.id AND (wanted.last IS NULL OR id > wanted.last)
  ORDER BY id LIMIT wanted.many
) AS page
ORDER BY wanted.page, page.id
"""  # noqa: S608 - the text is put together from constants

_OF_MOVEMENT = f"""
SELECT adjustment.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_ADJUSTMENT} FROM cost_adjustments
  WHERE tenant_id = $1 AND movement_id = wanted.id ORDER BY occurred_at, id LIMIT {OF_MOVEMENT_MAX}
) AS adjustment
"""  # noqa: S608 - the text is put together from constants

_MOVEMENT_VALUES = """
SELECT movements.id, movements.recorded_at, movements.value_change
FROM unnest($2::uuid[], $3::timestamptz[]) AS wanted(id, recorded_at)
JOIN movements ON movements.tenant_id = $1 AND movements.recorded_at = wanted.recorded_at AND movements.id = wanted.id
"""

_ADDED = """
SELECT coalesce(sum(value_change + issued_value), 0) FROM cost_adjustments
WHERE tenant_id = $1 AND reference_id = $2 AND kind IN ('LANDED_COST', 'FREIGHT')
"""


class LayerPageKey(NamedTuple):
    """A page of the layers of a balance, behind the place (version, ordinal), the latter counted from ``OPENING``."""

    balance_id: UUID
    first: int
    after: tuple[int, int] | None


class AdjustmentPageKey(NamedTuple):
    """A page of the adjustments of a balance, the newest first, behind (occurred_at, id)."""

    balance_id: UUID
    first: int
    after: tuple[datetime, UUID] | None


class CommandPageKey(NamedTuple):
    """A page of the adjustments that a command made, behind the id."""

    command_id: UUID
    first: int
    after: UUID | None


async def costs_by_balance(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, BalanceCostRecord]:
    """What each balance is worth; one never touched is not found."""
    return {row["id"]: _cost(row) for row in await tx.raw.fetch(_COSTS, tx.tenant_id, list(ids))}


def _cost(row: Record) -> BalanceCostRecord:
    average, value = row["average_cost"], row["layers_value"]
    if value is None:
        value = costing.value(row["on_hand"], average)
    return BalanceCostRecord(
        costing_method=row["costing_method"], value=value if average is not None else None, unit_cost=average
    )


async def layers_by_balance(
    tx: Transaction, keys: Sequence[LayerPageKey]
) -> Mapping[LayerPageKey, Page[CostLayerRecord]]:
    """For each key a page of the layers of which something is left, the oldest first; the position is (version, ordinal), the
    latter counted from ``OPENING``."""
    rows = await tx.raw.fetch(
        _LAYERS, tx.tenant_id, [key.balance_id for key in keys],
        [key.after[0] if key.after is not None else None for key in keys],
        [key.after[1] + OPENING if key.after is not None else None for key in keys], [key.first + 1 for key in keys],
    )  # fmt: skip
    return {
        key: page_of(
            [row for row in rows if row["page"] == number], first=key.first, row=_layer,
            position=lambda row: (row["version"], row["ordinal"] - OPENING),
        )
        for number, key in enumerate(keys, 1)
    }  # fmt: skip


def _layer(row: Record) -> CostLayerRecord:
    return CostLayerRecord(**{name: value for name, value in row.items() if name != "page"})


async def adjustments_by_balance(
    tx: Transaction, keys: Sequence[AdjustmentPageKey]
) -> Mapping[AdjustmentPageKey, Page[CostAdjustmentRecord]]:
    """For each key a page of a balance's adjustments, the newest first; the position is (occurred_at, id)."""
    rows = await tx.raw.fetch(
        _OF_BALANCE, tx.tenant_id, [key.balance_id for key in keys],
        [key.after[0] if key.after is not None else None for key in keys],
        [key.after[1] if key.after is not None else None for key in keys], [key.first + 1 for key in keys],
    )  # fmt: skip
    return {
        key: page_of(
            [row for row in rows if row["page"] == number], first=key.first, row=_adjustment,
            position=lambda row: (row["occurred_at"], row["id"]),
        )
        for number, key in enumerate(keys, 1)
    }  # fmt: skip


async def adjustments_by_command(
    tx: Transaction, keys: Sequence[CommandPageKey]
) -> Mapping[CommandPageKey, Page[CostAdjustmentRecord]]:
    """For each key a page of the adjustments that a command made, in their order; the position is (id,)."""
    rows = await tx.raw.fetch(
        _OF_COMMAND, tx.tenant_id, [key.command_id for key in keys], [key.after for key in keys],
        [key.first + 1 for key in keys],
    )  # fmt: skip
    return {
        key: page_of(
            [row for row in rows if row["page"] == number], first=key.first, row=_adjustment,
            position=lambda row: (row["id"],),
        )
        for number, key in enumerate(keys, 1)
    }  # fmt: skip


async def adjustments_by_movement(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, list[CostAdjustmentRecord]]:
    """What was said later about the cost of each movement, in the order in which it was, at most 100."""
    found: dict[UUID, list[CostAdjustmentRecord]] = {}
    for row in await tx.raw.fetch(_OF_MOVEMENT, tx.tenant_id, list(ids)):
        found.setdefault(row["movement_id"], []).append(_adjustment(row))
    return found


def _adjustment(row: Record) -> CostAdjustmentRecord:
    return CostAdjustmentRecord(**{name: value for name, value in row.items() if name != "page"})


async def movement_values(
    tx: Transaction, keys: Sequence[tuple[UUID, datetime]]
) -> Mapping[tuple[UUID, datetime], Decimal]:
    """What each movement, by its id and when it was recorded, did to the value of its balance."""
    rows = await tx.raw.fetch(_MOVEMENT_VALUES, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["id"], row["recorded_at"]): row["value_change"] for row in rows}


async def costs_added(tx: Transaction, *, document_id: UUID) -> Decimal:
    """How much was put on what a document brought after it came: what of it is in stock and what had left, together."""
    added: Decimal = await tx.raw.fetchval(_ADDED, tx.tenant_id, document_id)
    return added or ZERO
