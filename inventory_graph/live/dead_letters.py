"""Events that the server of messages refused for themselves, and those of the same aggregate that came after them.

They wait here, in order, until somebody has them published again; what is about other things goes on meanwhile. A letter keeps
the whole event, because the log forgets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from inventory_graph.db import Record, Transaction
from inventory_graph.live.log import Entry
from inventory_graph.live.models import DeadLetter
from inventory_graph.live.publishing import AggregateKey
from inventory_graph.pages import Page, page_of, total_count

READ_MAX = 256

_EVENT = """tenant_id, tenant_seq, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::text AS payload,
  occurred_at, logged_at, traceparent"""

# What follows an aggregate that is being published again goes with it.
_PARK = """
INSERT INTO dead_letters (
  tenant_id, tenant_seq, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload, occurred_at, logged_at,
  traceparent, error, tries, reader, queued_at)
SELECT e.*, $13, $14, $15, (
    SELECT max(queued_at) FROM dead_letters AS earlier
    WHERE earlier.tenant_id = e.tenant_id AND earlier.aggregate_id = e.aggregate_id AND earlier.reader = $15)
FROM (
  SELECT tenant_id, tenant_seq, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::json AS payload,
    occurred_at, logged_at, traceparent
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::text[],
    $10::timestamptz[], $11::timestamptz[], $12::text[]) AS given(
      tenant_id, tenant_seq, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload, occurred_at, logged_at,
      traceparent)
) AS e
"""

_REMOVE = """
DELETE FROM dead_letters USING unnest($1::uuid[], $2::bigint[]) AS gone(tenant_id, tenant_seq)
WHERE dead_letters.tenant_id = gone.tenant_id AND dead_letters.tenant_seq = gone.tenant_seq AND dead_letters.reader = $3
"""

_PARKED = "SELECT DISTINCT tenant_id, aggregate_id FROM dead_letters WHERE reader = $1"

_QUEUED = f"""
SELECT {_EVENT} FROM dead_letters
WHERE reader = $1 AND queued_at IS NOT NULL AND NOT (aggregate_id = ANY($2::uuid[]))
ORDER BY tenant_id, aggregate_id, tenant_seq LIMIT $3
"""  # noqa: S608 - the text is put together from constants

_REFUSE_AGAIN = """
UPDATE dead_letters SET queued_at = NULL, error = CASE WHEN tenant_seq = $3 THEN $4 ELSE error END,
  tries = CASE WHEN tenant_seq = $3 THEN tries + $5 ELSE tries END
WHERE tenant_id = $1 AND aggregate_id = $2 AND reader = $6
"""

_QUEUE = """
UPDATE dead_letters SET queued_at = clock_timestamp() WHERE tenant_id = $1 AND aggregate_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterRecord:
    """A parked event: ``tenant_seq`` is its position, ``reader`` who could not publish it, ``queued_at`` when it was asked for
    again, ``tries`` 0 for one that was never sent, because an earlier one of its aggregate was refused."""

    event_id: UUID
    tenant_seq: int
    reader: str
    type: str
    aggregate_type: str
    aggregate_id: UUID
    error: str
    tries: int
    parked_at: datetime
    queued_at: datetime | None
    occurred_at: datetime


_SHOWN = (
    DeadLetter.event_id, DeadLetter.tenant_seq, DeadLetter.reader, DeadLetter.type, DeadLetter.aggregate_type,
    DeadLetter.aggregate_id, DeadLetter.error, DeadLetter.tries, DeadLetter.parked_at, DeadLetter.queued_at, DeadLetter.occurred_at,
)  # fmt: skip


async def dead_letter_page(tx: Transaction, *, first: int, after: tuple[int, str] | None) -> Page[DeadLetterRecord]:
    """The parked events of the transaction's tenant, in the order in which they happened; ``after`` is a position and a reader."""
    place = tuple_(DeadLetter.tenant_seq, DeadLetter.reader)
    statement = select(*_SHOWN).where(DeadLetter.tenant_id == tx.tenant_id)
    if after is not None:
        statement = statement.where(place > after)
    rows = await tx.rows(statement.order_by(DeadLetter.tenant_seq, DeadLetter.reader).limit(first + 1))
    return page_of(
        rows,
        first=first,
        row=lambda row: DeadLetterRecord(**dict(row)),
        position=lambda row: (row["tenant_seq"], row["reader"]),
    )


async def dead_letter_count(tx: Transaction) -> int | None:
    """How many there are; None beyond 10,000."""
    return await total_count(tx, select(DeadLetter.tenant_seq).where(DeadLetter.tenant_id == tx.tenant_id))


async def replay_dead_letters(tx: Transaction, *, aggregate_id: UUID) -> int:
    """Have all parked events of the aggregate published again, in their order, by whichever reader parked them; answers how
    many, 0 where none is a dead letter. Safe to repeat."""
    done = await tx.raw.execute(_QUEUE, tx.tenant_id, aggregate_id)
    return int(done.rpartition(" ")[2])


async def park(tx: Transaction, entries: Sequence[Entry], *, reader: str, error: str, tries: int) -> None:
    """Keep the events that the reader could not publish here. The transaction is the worker's."""
    if entries:
        columns = ([getattr(entry, name) for entry in entries] for name in _COPIED)
        await tx.raw.execute(_PARK, *columns, error, tries, reader)


_COPIED = (
    "tenant_id", "tenant_seq", "seq", "event_id", "type", "aggregate_type", "aggregate_id", "aggregate_version", "payload",
    "occurred_at", "logged_at", "traceparent",
)  # fmt: skip


async def remove(tx: Transaction, entries: Sequence[Entry], *, reader: str) -> None:
    """Forget what was published after all."""
    if entries:
        tenants, positions = [each.tenant_id for each in entries], [each.tenant_seq for each in entries]
        await tx.raw.execute(_REMOVE, tenants, positions, reader)


async def refuse_again(tx: Transaction, entry: Entry, *, reader: str, error: str, tries: int) -> None:
    """Note that the event was refused once more; its aggregate stays until somebody asks for it again."""
    await tx.raw.execute(_REFUSE_AGAIN, entry.tenant_id, entry.aggregate_id, entry.tenant_seq, error, tries, reader)


async def parked(tx: Transaction, *, reader: str) -> set[AggregateKey]:
    """Whose events the reader has put here."""
    return {(row["tenant_id"], row["aggregate_id"]) for row in await tx.raw.fetch(_PARKED, reader)}


async def queued(tx: Transaction, *, reader: str, besides: Sequence[AggregateKey]) -> list[Entry]:
    """The next events that the reader is to publish again, but for those of some aggregates."""
    rows: list[Record] = await tx.raw.fetch(_QUEUED, reader, [aggregate_id for _, aggregate_id in besides], READ_MAX)
    return [Entry(**dict(row)) for row in rows]
