"""What was asked for each day, counted from the ledger by the worker.

A count is of whole days: every day of a balance to which something was recorded since the last round is counted anew. So it does
not matter how often, in which order or how late something is recorded, and posting writes nothing for it. Each round looks a while
back behind the last one, for what had a time of recording and was not yet committed then.
"""

from datetime import datetime, timedelta

from inventory_graph.db import Transaction

OVERLAP = timedelta(hours=1)
SLICE = timedelta(days=1)
"""How much of the ledger, by the time of recording, one transaction looks at."""
KEPT = timedelta(days=190)
"""How far back the first round of a tenant looks: a rule looks at 180 days at most."""

_HEAD = "SELECT counted_to FROM demand_heads WHERE tenant_id = $1 FOR NO KEY UPDATE"
_FIRST = "SELECT min(recorded_at) FROM movements WHERE tenant_id = $1 AND recorded_at >= $2 AND recorded_at < $3"
_SET_HEAD = """
INSERT INTO demand_heads (tenant_id, counted_to) VALUES ($1, $2)
ON CONFLICT (tenant_id) DO UPDATE SET counted_to = excluded.counted_to
"""

# Recorded at or after it happened, but for clocks that go wrong: a day more lets PostgreSQL leave out the months before.
_COUNT = """
WITH touched AS MATERIALIZED (
  SELECT DISTINCT movement.balance_id, warehouses.timezone, (movement.occurred_at AT TIME ZONE warehouses.timezone)::date AS day
  FROM movements AS movement
  JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = movement.warehouse_id
  WHERE movement.tenant_id = $1 AND movement.recorded_at >= $2 AND movement.recorded_at < $3
    AND movement.kind IN ('CONSUMPTION', 'HOLD_COMMIT', 'REVERSAL')
), counted AS MATERIALIZED (
  SELECT touched.balance_id, touched.day, coalesce((
      SELECT sum(CASE movement.kind WHEN 'REVERSAL' THEN -movement.quantity ELSE movement.quantity END)
      FROM movements AS movement
      WHERE movement.tenant_id = $1 AND movement.balance_id = touched.balance_id
        AND movement.occurred_at >= touched.day::timestamp AT TIME ZONE touched.timezone
        AND movement.occurred_at < (touched.day + 1)::timestamp AT TIME ZONE touched.timezone
        AND movement.recorded_at >= (touched.day - 1)::timestamp AT TIME ZONE touched.timezone
        AND movement.kind IN ('CONSUMPTION', 'HOLD_COMMIT', 'REVERSAL')
    ), 0) AS quantity
  FROM touched
)
INSERT INTO daily_demand AS known (tenant_id, balance_id, day, quantity)
SELECT $1, balance_id, day, quantity FROM counted ORDER BY balance_id, day
ON CONFLICT (tenant_id, balance_id, day) DO UPDATE SET quantity = excluded.quantity
WHERE known.quantity <> excluded.quantity
"""


async def count_demand(tx: Transaction, *, now: datetime) -> bool:
    """Count the days of the tenant to which something was recorded since the last round, at most a day of recording at once.
    Answers whether it has come up to ``now``."""
    counted_to: datetime | None = await tx.raw.fetchval(_HEAD, tx.tenant_id)
    since = max(counted_to - OVERLAP, now - KEPT) if counted_to is not None else now - KEPT
    if counted_to is None:
        since = await tx.raw.fetchval(_FIRST, tx.tenant_id, since, now) or now
    until = min(since + OVERLAP + SLICE, now)
    await tx.raw.execute(_COUNT, tx.tenant_id, since, until)
    await tx.raw.execute(_SET_HEAD, tx.tenant_id, until)
    return until >= now
