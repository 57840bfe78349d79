"""What tests of alerts ask for, and what they hear."""

import asyncio
from typing import Any
from uuid import uuid4

from inventory_graph.db import Transaction
from tests.emitted import Emitted, emitted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

STOCK_ALERTS = ("STOCK_LOW", "STOCK_OUT", "STOCK_IN")
TYPES = ("inventory.stock.low", "inventory.stock.out", "inventory.stock.in")
EXPIRING = "inventory.lot.expiring_soon"


_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


async def somebody_waits(tx: Transaction) -> None:
    """Until another transaction waits for this one; at most as long as a test may take."""
    while not await tx.raw.fetchval(_WAITING):  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)


async def given_alerts(graph: GraphClient, *alerts: str, **settings: Any) -> None:
    """The tenant wants these alerts and no others; those about stock unless some are named."""
    await graph.accepted("updateTenant", {"alerts": list(alerts or STOCK_ALERTS), **settings}, "tenant { id }")


async def given_levels(graph: GraphClient, sku: str, reorder_point: str | None, **fields: Any) -> None:
    """The reorder point of a balance, in the default warehouse unless another is named."""
    await graph.accepted("setStockLevels", {"sku": sku, "reorderPoint": reorder_point, **fields})


async def adjusted(graph: GraphClient, sku: str, delta: str, **fields: Any) -> None:
    """So much more or less of it, in the default warehouse unless another is named."""
    given = {"idempotencyKey": uuid4().hex, "sku": sku, "delta": delta, "reason": "RECOUNT", **fields}
    await graph.accepted("adjustStock", given)


async def alerts_about(tenant: GivenTenant) -> list[Emitted]:
    """The alerts about stock since the tenant was given or ``forget_emitted``, in their order."""
    return await emitted(tenant, *TYPES)


async def heard(tenant: GivenTenant) -> list[tuple[str, str, str]]:
    """The same as what, of which SKU, and how much is available."""
    return [
        (event.type.removeprefix("inventory.stock."), event.payload["sku"], event.payload["available"])
        for event in await alerts_about(tenant)
    ]
