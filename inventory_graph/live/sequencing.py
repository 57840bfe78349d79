"""The sequencer moves committed events from the outbox to the log and gives them their positions.

An identity is drawn at INSERT and becomes visible at COMMIT, so no reader of the outbox may rely on it. The one leader takes what
is committed in the order of the identities: an aggregate's events come in their order, because each is written while the
aggregate's row is locked. What is committed late gets a later position; nothing waits for it (docs/decisions/0004 and 0017).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory_graph.db import LostRace, Record, Transaction
from inventory_graph.live.chain import BEGINNING, link

SEQUENCED_MAX = 1_000
"""How many events one transaction numbers."""
SEQUENCER = "sequencer"
LOCK = 7305101
"""The session lock of the process that numbers the events."""

WAITING = """
SELECT tenant_id, id, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::text AS payload, occurred_at,
  traceparent
FROM outbox ORDER BY id LIMIT $1
"""
"""What is committed and not numbered. Only the leader takes rows away, so it may look before its transaction begins."""

_HEADS = "SELECT tenant_id, last_seq, last_hash FROM tenant_heads WHERE tenant_id = ANY($1::uuid[])"

_END = "SELECT seq, greatest(logged_at, clock_timestamp()) AS logged_at FROM log_positions WHERE reader = $1 FOR UPDATE"

_MOVE = """
WITH moved AS (
  DELETE FROM outbox USING unnest($1::uuid[], $2::bigint[]) AS taken(tenant_id, id)
  WHERE outbox.tenant_id = taken.tenant_id AND outbox.id = taken.id
  RETURNING outbox.id
), logged AS (
  INSERT INTO event_log (
    tenant_id, tenant_seq, logged_at, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload,
    occurred_at, hash, traceparent)
  SELECT tenant_id, tenant_seq, $3, $4 + position, event_id, type, aggregate_type, aggregate_id, aggregate_version,
    payload::json, occurred_at, hash, traceparent
  FROM unnest($1::uuid[], $5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::bigint[], $11::text[],
    $12::timestamptz[], $13::bytea[], $17::text[]) WITH ORDINALITY AS e(
      tenant_id, tenant_seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload, occurred_at, hash,
      traceparent, position)
), heads AS (
  INSERT INTO tenant_heads (tenant_id, last_seq, last_hash)
  SELECT * FROM unnest($14::uuid[], $15::bigint[], $16::bytea[])
  ON CONFLICT (tenant_id) DO UPDATE SET last_seq = excluded.last_seq, last_hash = excluded.last_hash
), the_end AS (
  UPDATE log_positions SET seq = $4 + cardinality($1::uuid[]), logged_at = $3, updated_at = clock_timestamp()
  WHERE reader = 'sequencer' AND seq = $4
  RETURNING seq
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT seq FROM the_end) AS seq
"""


@dataclass(slots=True)
class _Head:
    """The end of a tenant's chain."""

    seq: int = 0
    hash: bytes = BEGINNING


async def number(tx: Transaction, rows: Sequence[Record]) -> int:
    """Move the rows of ``WAITING`` to the log, in their order; answers the log's new last position.

    The transaction is the leader's. Raises ``LostRace`` when somebody else has taken a row or moved the log's end meanwhile.
    """
    heads = await _heads(tx, {row["tenant_id"] for row in rows})
    end = await tx.raw.fetchrow(_END, SEQUENCER)
    if end is None:
        raise LostRace("The log has no end: log_positions lacks the row of the sequencer.")
    places = [_place(heads[row["tenant_id"]], row) for row in rows]
    done = await tx.raw.fetchrow(
        _MOVE,
        [row["tenant_id"] for row in rows],
        [row["id"] for row in rows],
        _instant(end),
        end["seq"],
        [seq for seq, _ in places],
        *([row[name] for row in rows] for name in _COPIED),
        [digest for _, digest in places],
        list(heads),
        [head.seq for head in heads.values()],
        [head.hash for head in heads.values()],
        [row["traceparent"] for row in rows],
    )
    if done is None or done["moved"] != len(rows) or done["seq"] is None:
        raise LostRace("Another process numbers events; nothing was done.")
    return int(done["seq"])


_COPIED = ("event_id", "type", "aggregate_type", "aggregate_id", "aggregate_version", "payload", "occurred_at")
"""The columns of the event itself, which the hash is over."""


def _instant(end: Record) -> datetime:
    at: datetime = end["logged_at"]
    return at


async def _heads(tx: Transaction, tenant_ids: set[UUID]) -> Mapping[UUID, _Head]:
    heads: dict[UUID, _Head] = defaultdict(_Head)
    for row in await tx.raw.fetch(_HEADS, list(tenant_ids)):
        heads[row["tenant_id"]] = _Head(row["last_seq"], row["last_hash"])
    return heads


def _place(head: _Head, row: Record) -> tuple[int, bytes]:
    """The next position after the head, and the hash there; the head moves on."""
    head.seq += 1
    head.hash = link(
        head.hash,
        tenant_id=row["tenant_id"],
        tenant_seq=head.seq,
        **{name: row[name] for name in _COPIED},
    )
    return head.seq, head.hash
