"""Long logs for tests: what has happened to stock that a reader does not want."""

from inventory_graph.db import Database
from tests.given.tenants import GivenTenant

NOISE = "NOISE"
"""The SKU of what nobody wants."""

# As the services of the domain write them, but for what they are about: each is of another balance.
_HAPPEN = """
INSERT INTO outbox (tenant_id, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload)
SELECT tenant_id, gen_random_uuid(), type, aggregate_type, gen_random_uuid(), 1, replace(payload::text, '"' || $2 || '"', $3)::json
FROM (
  SELECT * FROM event_log WHERE tenant_id = $1 AND type = 'inventory.stock.updated' AND payload ->> 'sku' = $2
  ORDER BY tenant_seq LIMIT 1
) AS first, generate_series(1, $4::int)
"""


async def given_changes(
    tenant: GivenTenant, worker_database: Database, count: int, *, like: str, sku: str = NOISE
) -> None:
    """So many changes of as many balances of the SKU, as the first of another SKU that is in the log; they are to be numbered."""
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(_HAPPEN, tenant.id, like, f'"{sku}"', count)
