"""Does the event log agree with its own chain?"""

from dataclasses import dataclass

from inventory_graph.db import Transaction
from inventory_graph.live.chain import BEGINNING, link

ROWS_AT_ONCE = 2_000

_HEAD = "SELECT last_seq, last_hash, forgotten_seq, forgotten_hash FROM tenant_heads WHERE tenant_id = $1"

_NEXT = """
SELECT tenant_id, tenant_seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::text AS payload, occurred_at,
  hash
FROM event_log WHERE tenant_id = $1 AND tenant_seq > $2 ORDER BY tenant_seq, logged_at LIMIT $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """How many events were followed, and the first position that does not fit, with what is wrong there; None for none."""

    events: int
    broken_at: int | None = None
    fault: str = ""

    def summary(self) -> str:
        """The finding in one line."""
        if self.broken_at is None:
            return f"{self.events} events linked"
        return f"the event log breaks at position {self.broken_at}: {self.fault}"


async def verify_chain(tx: Transaction) -> ChainReport:
    """Follow the chain of the transaction's tenant from the oldest event that is kept to the head. The transaction should see
    one instant (``Database.snapshot``)."""
    head = await tx.raw.fetchrow(_HEAD, tx.tenant_id)
    seq, digest = (head["forgotten_seq"], head["forgotten_hash"]) if head is not None else (0, BEGINNING)
    first = seq
    while rows := await tx.raw.fetch(_NEXT, tx.tenant_id, seq, ROWS_AT_ONCE):
        for row in rows:
            seq += 1
            if row["tenant_seq"] != seq:
                return ChainReport(events=seq - first - 1, broken_at=seq, fault="it is missing")
            columns = dict(row)
            expected = columns.pop("hash")
            digest = link(digest, **columns)
            if digest != expected:
                return ChainReport(events=seq - first - 1, broken_at=seq, fault="its hash does not follow from it")
    if head is not None and (seq, digest) != (head["last_seq"], head["last_hash"]):
        return ChainReport(
            events=seq - first, broken_at=seq + 1, fault=f"the head is at {head['last_seq']} with a hash of its own"
        )
    return ChainReport(events=seq - first)
