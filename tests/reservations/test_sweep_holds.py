"""The sweeper ends what is overdue, as the database role that it has."""

import asyncio
from collections.abc import Sequence
from typing import Any

from inventory_graph.worker import one_sweep
from tests.given.items import given_item, given_stock
from tests.graph import GraphClient
from tests.statements import CountingDatabase

READ = "query($id: ID!) { reservation(id: $id) { status history { kind by } } stockAudit { driftCount } }"
QUANTS = "SELECT state, trim_scale(quantity)::text AS quantity FROM quants WHERE tenant_id = $1"


async def quants(graph: GraphClient) -> Sequence[dict[str, Any]]:
    """Where everything lies."""
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        return [dict(row) for row in await tx.raw.fetch(QUANTS, tx.tenant_id)]


async def test_everything_that_was_held_is_given_back(graph: GraphClient, worker_database: CountingDatabase) -> None:
    """Also where that leaves nothing of the heap it was held in: a sweeper that may not take it away ends nothing at all."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "2")
    given = {"idempotencyKey": "all", "lines": [{"sku": "TEA", "quantity": "2"}], "expiresIn": "PT1S"}
    held = (await graph.accepted("reserveStock", given, "reservation { id }"))["reservation"]
    await asyncio.sleep(1.1)
    assert await one_sweep(worker_database) >= 1
    assert await quants(graph) == [{"state": "AVAILABLE", "quantity": "2"}]
    found = await graph(READ, {"id": held["id"]})
    assert found["reservation"]["status"] == "EXPIRED"
    assert found["reservation"]["history"][0] == {"kind": "EXPIRED", "by": "system"}
    assert found["stockAudit"] == {"driftCount": 0}
