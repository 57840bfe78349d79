"""Balances as they were at an instant, by when things happened. What that costs is bounded by what happened in one period.

Before the end of the last closed period: forwards, from what was written down as the balance's last earlier period was closed.
After it: backwards, from what the balance is now; statements over many balances go forwards there, too, where that is nearer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.stock import costing
from inventory_graph.stock.cost_queries import VALUE

# The bounds are worked out before the ledger is joined: row-level security lets no expression of dates near its index, only values.
# A movement is recorded at most five minutes before it happens (book.FUTURE_TOLERANCE): older partitions are not looked at.
_AS_OF = """
WITH closed AS MATERIALIZED (
  SELECT max(ends_at) AS until FROM periods WHERE tenant_id = $1 AND status = 'CLOSED'
), wanted AS MATERIALIZED (
  SELECT asked.balance_id, asked.at, coalesce(asked.at < closed.until, false) AS is_closed, kept.ends_at, kept.value,
    coalesce(kept.on_hand, 0) AS on_hand, coalesce(kept.reserved, 0) AS reserved,
    coalesce(kept.on_hand - kept.reserved - kept.quarantined - kept.damaged, 0) AS available
  FROM unnest($2::uuid[], $3::timestamptz[]) AS asked(balance_id, at)
  CROSS JOIN closed
  LEFT JOIN LATERAL (
    SELECT ends_at, on_hand, reserved, quarantined, damaged, value FROM period_balances
    WHERE tenant_id = $1 AND balance_id = asked.balance_id AND ends_at <= asked.at
    ORDER BY ends_at DESC, revision DESC LIMIT 1
  ) AS kept ON asked.at < closed.until
), span AS MATERIALIZED (
  SELECT wanted.*, since, until, since - interval '5 minutes' AS recorded_since FROM wanted CROSS JOIN LATERAL (
    SELECT CASE WHEN is_closed THEN coalesce(ends_at, '-infinity') ELSE at + interval '1 microsecond' END AS since,
      CASE WHEN is_closed THEN at + interval '1 microsecond' ELSE 'infinity' END AS until
  ) AS bounds
)
SELECT span.balance_id, span.at, span.is_closed,
  CASE WHEN span.is_closed THEN span.on_hand + moved.on_hand ELSE balances.on_hand - moved.on_hand END AS on_hand,
  CASE WHEN span.is_closed THEN span.reserved + moved.reserved ELSE balances.reserved - moved.reserved END AS reserved,
  CASE WHEN span.is_closed THEN span.available + moved.available ELSE balances.available - moved.available END AS available,
  balances.on_hand AS on_hand_now, balances.average_cost, balances.layers_value, coalesce(span.value, 0) AS value_kept,
  moved.value + adjusted.value AS value_moved
FROM span
JOIN balances ON balances.tenant_id = $1 AND balances.id = span.balance_id
CROSS JOIN LATERAL (
  SELECT
    coalesce(sum(quantity) FILTER (WHERE from_state IS NULL), 0)
      - coalesce(sum(quantity) FILTER (WHERE to_state IS NULL), 0) AS on_hand,
    coalesce(sum(quantity) FILTER (WHERE to_state = 'RESERVED'), 0)
      - coalesce(sum(quantity) FILTER (WHERE from_state = 'RESERVED'), 0) AS reserved,
    coalesce(sum(quantity) FILTER (WHERE to_state = 'AVAILABLE'), 0)
      - coalesce(sum(quantity) FILTER (WHERE from_state = 'AVAILABLE'), 0) AS available,
    coalesce(sum(value_change), 0) AS value
  FROM movements
  WHERE movements.tenant_id = $1 AND movements.balance_id = span.balance_id AND movements.occurred_at >= span.since
    AND movements.occurred_at < span.until AND movements.recorded_at >= span.recorded_since
) AS moved
CROSS JOIN LATERAL (
  SELECT coalesce(sum(value_change), 0) AS value FROM cost_adjustments
  WHERE cost_adjustments.tenant_id = $1 AND cost_adjustments.balance_id = span.balance_id
    AND cost_adjustments.occurred_at >= span.since AND cost_adjustments.occurred_at < span.until
) AS adjusted
"""

_WAY = """
WITH way AS MATERIALIZED (
  SELECT after, least(at, closed_until) AS kept_until,
    coalesce(at < closed_until OR at - closed_until < statement_timestamp() - at, false) AS is_forward
  FROM (SELECT $2::timestamptz AS at, $2::timestamptz + interval '1 microsecond' AS after) AS instant
  CROSS JOIN (SELECT max(ends_at) AS closed_until FROM periods WHERE tenant_id = $1 AND status = 'CLOSED') AS closed
)
"""
"""Forwards from a closed end, or backwards from now."""

# OFFSET 0 keeps the bounds values, as above.
_TO_INSTANT = """
CROSS JOIN way
CROSS JOIN LATERAL (
  SELECT on_hand, value, since, until, since - interval '5 minutes' AS recorded_since
  FROM (
    SELECT coalesce(kept.on_hand, 0) AS on_hand, coalesce(kept.value, 0) AS value,
      CASE WHEN way.is_forward THEN coalesce(kept.ends_at, '-infinity') ELSE way.after END AS since,
      CASE WHEN way.is_forward THEN way.after ELSE 'infinity' END AS until
    FROM (SELECT) AS one LEFT JOIN LATERAL (
      SELECT ends_at, on_hand, value FROM period_balances
      WHERE way.is_forward AND tenant_id = $1 AND balance_id = balances.id AND ends_at <= way.kept_until
      ORDER BY ends_at DESC, revision DESC LIMIT 1
    ) AS kept ON true
  ) AS bounds
  OFFSET 0
) AS span
CROSS JOIN LATERAL (
  SELECT
    coalesce(sum(CASE WHEN from_state IS NULL THEN quantity WHEN to_state IS NULL THEN -quantity ELSE 0 END), 0) AS on_hand,
    coalesce(sum(value_change), 0) AS value
  FROM movements
  WHERE movements.tenant_id = $1 AND movements.balance_id = balances.id AND movements.occurred_at >= span.since
    AND movements.occurred_at < span.until AND movements.recorded_at >= span.recorded_since
) AS moved
CROSS JOIN LATERAL (
  SELECT coalesce(sum(value_change), 0) AS value FROM cost_adjustments
  WHERE cost_adjustments.tenant_id = $1 AND cost_adjustments.balance_id = balances.id
    AND cost_adjustments.occurred_at >= span.since AND cost_adjustments.occurred_at < span.until
) AS adjusted
"""
_AT_INSTANT = f"""
  CASE WHEN way.is_forward THEN span.on_hand + moved.on_hand ELSE balances.on_hand - moved.on_hand END AS on_hand,
  CASE WHEN way.is_forward THEN span.value + moved.value + adjusted.value ELSE {VALUE} - moved.value - adjusted.value END AS value
"""


class Way(NamedTuple):
    """How a statement over ``balances`` of the tenant $1 comes to the instant $2: what it begins with, what is selected of each balance,
    its ``on_hand`` and its ``value``, 0 while no cost was known, and what is joined to it."""

    begins: str
    selected: str
    joined: str


TO_THE_PAST = Way(_WAY, _AT_INSTANT, _TO_INSTANT)
TO_NOW = Way("WITH instant AS (SELECT $2::timestamptz)", f"balances.on_hand AS on_hand, {VALUE} AS value", "")
"""Where $2 is null: balances as they are, without a look at what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """A balance as it was at an instant, by when things happened; ``value`` is None while no cost was known."""

    at: datetime
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    value: Decimal | None


async def snapshots(
    tx: Transaction, keys: Sequence[tuple[UUID, datetime]]
) -> Mapping[tuple[UUID, datetime], SnapshotRecord]:
    """Balances as of instants, by when things happened, the instant included; a balance never touched is not found."""
    rows = await tx.raw.fetch(_AS_OF, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["balance_id"], row["at"]): _snapshot(row) for row in rows}


def _snapshot(row: Record) -> SnapshotRecord:
    value = None
    if row["average_cost"] is not None:
        if row["is_closed"]:
            value = row["value_kept"] + row["value_moved"]
        else:
            # Rounded as the ledger rounds, so that what happened since comes off to the last digit.
            now = row["layers_value"]
            if now is None:
                now = costing.value(row["on_hand_now"], row["average_cost"])
            value = now - row["value_moved"]
    return SnapshotRecord(
        at=row["at"], on_hand=row["on_hand"], reserved=row["reserved"], available=row["available"], value=value
    )
