"""Old events are forgotten by the day; what stood last before the rest stays known, so that the chain can still be checked."""

from inventory_graph.db import Transaction

# The database says how long ago a day ended. A day of which a reader has not read everything stays, and so does the day that the
# log is in.
_OLDEST = """
SELECT days.name FROM (
  SELECT child.relname AS name, to_timestamp(right(child.relname, 10) || ' +00', 'YYYY_MM_DD TZH') + interval '1 day' AS ended_at
  FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
  WHERE inhparent = 'event_log'::regclass AND child.relname <> 'event_log_default'
) AS days
WHERE days.ended_at < clock_timestamp() - make_interval(days => $1)
  AND days.ended_at < ALL (SELECT logged_at FROM log_positions)
ORDER BY days.ended_at LIMIT 1
"""

_REMEMBER = """
UPDATE tenant_heads SET forgotten_seq = last.tenant_seq, forgotten_hash = last.hash
FROM (
  SELECT DISTINCT ON (tenant_id) tenant_id, tenant_seq, hash FROM event_log
  WHERE tableoid = $1::text::regclass ORDER BY tenant_id, tenant_seq DESC
) AS last
WHERE tenant_heads.tenant_id = last.tenant_id
"""


async def forget_oldest(tx: Transaction, *, kept_days: int) -> str | None:
    """Drop the oldest day of the log that ended more than so many days ago and that every reader has passed; its partition, or
    None when there is no such day. The transaction is the worker's."""
    partition: str | None = await tx.raw.fetchval(_OLDEST, kept_days)
    if partition is not None:
        await tx.raw.execute(_REMEMBER, partition)
        await tx.raw.execute("SELECT drop_event_log_partition($1)", partition)
    return partition
