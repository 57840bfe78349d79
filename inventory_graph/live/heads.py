"""The heads of the tenants' chains, for somebody who keeps them elsewhere.

Whoever may change every table can write a log anew from its first event, with hashes that fit; what they cannot change is a head
that was taken before and lies where they do not reach.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.live.chain import BEGINNING
from inventory_graph.live.verification import verify_chain

_HEAD = """
SELECT last_seq, last_hash, forgotten_seq, forgotten_hash, (
    SELECT logged_at FROM event_log WHERE event_log.tenant_id = $1 AND tenant_seq = last_seq) AS logged_at
FROM tenant_heads WHERE tenant_id = $1
"""
_HASH = "SELECT hash FROM event_log WHERE tenant_id = $1 AND tenant_seq = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last position of a tenant's log and the hash there; ``logged_at`` is when it got its position, None for a tenant without
    events and where the event is no longer kept."""

    tenant_id: UUID
    tenant_slug: str
    seq: int
    hash: bytes
    logged_at: datetime | None


async def current_head(tx: Transaction) -> Head:
    """The head of the transaction's tenant as it is now."""
    row = await tx.raw.fetchrow(_HEAD, tx.tenant_id)
    return Head(
        tenant_id=tx.tenant_id,
        tenant_slug=tx.actor.tenant_slug,
        seq=row["last_seq"] if row is not None else 0,
        hash=row["last_hash"] if row is not None else BEGINNING,
        logged_at=row["logged_at"] if row is not None else None,
    )


async def fault_after(tx: Transaction, taken: Head) -> str | None:
    """Why the log of the transaction's tenant does not lead on from the head that was taken once; None where it does, event by
    event. The transaction should see one instant (``Database.snapshot``)."""
    row = await tx.raw.fetchrow(_HEAD, tx.tenant_id)
    last_seq, forgotten_seq = (row["last_seq"], row["forgotten_seq"]) if row is not None else (0, 0)
    if last_seq < taken.seq:
        return f"the log is shorter: it ends at position {last_seq}"
    if taken.seq < forgotten_seq:
        return (
            f"nothing can be said: the log is kept from position {forgotten_seq + 1} on, so verify a head taken since"
        )
    if row is not None and taken.seq > 0:
        is_forgotten = taken.seq == forgotten_seq
        found = row["forgotten_hash"] if is_forgotten else await tx.raw.fetchval(_HASH, tx.tenant_id, taken.seq)
        if found is None:
            return f"the event at position {taken.seq} is missing"
        if found != taken.hash:
            return f"what led to position {taken.seq} was changed: its hash is another"
    chain = await verify_chain(tx)
    return chain.summary() if chain.broken_at is not None else None
