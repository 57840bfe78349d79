"""How closing a period and posting into the past keep out of each other's way.

Two advisory locks a tenant. ``postings``: every posting shares it, from before its time is read; closing takes it for a moment
and gives it back, and so has waited for all that began before. What begins after that happens after that. ``periods``: closing and
reopening hold it to their end; a posting into the past shares it, looks at what is closed once more, and keeps it to its end.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from inventory_graph.db import LostRace, Transaction
from inventory_graph.stock.commands import Command
from inventory_graph.stock.state import ClosedRange

SETTLING = timedelta(minutes=5)
"""How long a period has been over before it can be closed. What happened more recently than that cannot lie in one."""

_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtextextended('periods ' || $1::uuid::text, 0))"
_CLOSED_UNTIL = "SELECT max(ends_at) FROM periods WHERE tenant_id = $1 AND status = 'CLOSED'"
# The time first: who is waited for may have read a later one, who comes after reads none that is earlier.
_WAIT_FOR_POSTINGS = """
SELECT clock_timestamp() AS now,
  pg_advisory_lock(hashtextextended('postings ' || $1::uuid::text, 0)),
  pg_advisory_unlock(hashtextextended('postings ' || $1::uuid::text, 0))
"""
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('periods ' || $1::uuid::text, 0))"


async def keep_open(tx: Transaction, commands: Iterable[Command], *, closed: ClosedRange | None, now: datetime) -> None:
    """Have no period closed over what these commands record, before they are committed. Raises ``LostRace`` where one was closed
    since the commands were decided. No statement for what happened within the last five minutes, two for the past."""
    past = [
        command.occurred_at
        for command in commands
        if command.occurred_at is not None and command.occurred_at < now - SETTLING
    ]
    if not past:
        return
    await tx.raw.execute(_SHARE, tx.tenant_id)
    closed_until: datetime | None = await tx.raw.fetchval(_CLOSED_UNTIL, tx.tenant_id)
    if closed_until is not None and min(past) < closed_until:
        raise LostRace(f"a period was closed to {closed_until} meanwhile; it was {closed} before")


async def hold_periods(tx: Transaction) -> datetime:
    """Wait for the postings that have begun, and be the only one that closes or reopens a period of the tenant to the end of the
    transaction. Answers a time: whatever is committed later, and happens within five minutes before its posting began, happens
    after that time less five minutes."""
    now: datetime = await tx.raw.fetchval(_WAIT_FOR_POSTINGS, tx.tenant_id)
    await tx.raw.execute(_HOLD, tx.tenant_id)
    return now
