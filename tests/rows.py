"""Whether a tenant's rows changed: a checksum of every table, of everything a caller could have left behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inventory_graph.db import Transaction
from tests.given.tenants import GivenTenant

# From the catalogue, so that a table of tomorrow is looked at too. Partitions are read through their table.
_TABLES = """
SELECT c.relname AS name, a.attname AS key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
  AND a.attname = CASE WHEN c.relname = 'tenants' THEN 'id' ELSE 'tenant_id' END
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relname
"""


async def checksums(tenant: GivenTenant) -> dict[str, str]:
    """By table: how many rows the tenant has, and a checksum of them whatever their order."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch(await _statement(tx), tenant.id)
    return {row["name"]: f"{row['count']} rows, {row['checksum']}" for row in rows}


async def _statement(tx: Transaction) -> str:
    return " UNION ALL ".join(
        f"SELECT '{table['name']}' AS name, count(*) AS count,"
        " md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS checksum"
        f" FROM {table['name']} AS t WHERE {table['key']} = $1"
        for table in await tx.raw.fetch(_TABLES)
    )


@asynccontextmanager
async def unchanged(tenant: GivenTenant) -> AsyncIterator[None]:
    """Nothing of the tenant changes inside the block: no stock, no key of idempotency, no event."""
    before = await checksums(tenant)
    yield
    after = await checksums(tenant)
    changed = [name for name in before if after[name] != before[name]]
    assert not changed, f"changed: {', '.join(f'{name} ({before[name]} -> {after[name]})' for name in changed)}"
