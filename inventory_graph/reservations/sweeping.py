"""The sweeper ends reservations whose time has passed, so that subscribers hear of it.

It only tidies up: such a reservation holds nothing from that instant, whether or not the sweeper has come by.
"""

from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.reservations import statements
from inventory_graph.reservations.backorders import fill_waiting
from inventory_graph.reservations.batch import handle
from inventory_graph.reservations.requests import Expire

SWEPT_MAX = 200
TENANTS_MAX = 100


async def tenants_with_due(tx: Transaction) -> list[tuple[UUID, str]]:
    """The tenants that have a reservation to end or stock for a backorder, at most 100. For the worker, who sees all."""
    rows = await tx.raw.fetch(statements.TENANTS_WITH_DUE, TENANTS_MAX)
    return [(row["id"], row["slug"]) for row in rows]


async def sweep(tx: Transaction, *, limit: int = SWEPT_MAX) -> int:
    """End what is due in the tenant of the transaction, at most so many; answers how many were. Those that somebody else is
    working on are passed over."""
    ids = [row["id"] for row in await tx.raw.fetch(statements.DUE, tx.tenant_id, limit)]
    if ids:
        await handle(tx, [Expire(actor=tx.actor, reservation_id=each) for each in ids])
    return len(ids)


async def refill(tx: Transaction) -> int:
    """Fill the backorders that were passed over when their stock came."""
    return await fill_waiting(tx)
