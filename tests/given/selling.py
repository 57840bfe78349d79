"""What is off sale, and what stands in, by the requests that callers send."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.given.tenants import GivenTenant
from tests.graph import GraphClient


async def given_stop(graph: GraphClient, what: Mapping[str, Any], *, reason: str = "Broken", **fields: Any) -> str:
    """The id of a stop of ``{"item": key}`` or ``{"variant": key}``."""
    given = {"idempotencyKey": uuid4().hex, "reason": reason, **what, **fields}
    stop_id: str = (await graph.accepted("stopSale", given, "saleStop { id }"))["saleStop"]["id"]
    return stop_id


async def given_stop_lifted(graph: GraphClient, stop_id: str) -> None:
    """The stop lifted by hand."""
    await graph.accepted("resumeSale", {"idempotencyKey": uuid4().hex, "id": stop_id})


async def given_stop_over(tenant: GivenTenant, stop_id: str) -> None:
    """The end of a stop come now, without the waiting."""
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(
            "UPDATE sale_stops SET until = clock_timestamp() WHERE tenant_id = $1 AND id = $2", tenant.id, stop_id
        )


async def given_substitute(graph: GraphClient, sku: str, substitute: str, **fields: Any) -> None:
    """That one variant may stand in for another."""
    await graph.accepted("setSubstitute", {"variant": {"sku": sku}, "substitute": {"sku": substitute}, **fields})
