"""Reads through HTTP against the same SQL on a bare connection, and against what Strawberry as it comes needs for
``{__typename}``. Server on one core, client on the other; database on both."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

import asyncpg
import uvloop

from inventory_graph.db import Database
from inventory_graph.stock import queries
from tests.bench.load import Measured, load
from tests.bench.processes import service, stock_strawberry
from tests.bench.shop import Shop, open_shop
from tests.bench.tables import print_table
from tests.servers import DURABLE, PostgresServer, embedded_server

SECONDS = 4.0
ROUNDS = 3
VARIANTS = 10_000
BARE_CONNECTIONS = 8

POINT = '{ stockBalance(sku: "SKU-004711") { onHand reserved available version } }'
PAGE = "{ items(first: 50) { nodes { sku variants { nodes { sku balances { onHand available } } } } } }"
NAME = "{__typename}"
POINT_SQL = """
SELECT balances.* FROM variants
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.is_default
JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = variants.id AND balances.warehouse_id = warehouses.id
WHERE variants.tenant_id = $1 AND variants.sku = $2
"""


def run() -> None:
    """Measure and print."""
    with embedded_server(DURABLE) as server:
        uvloop.run(_measure(server))


async def _measure(server: PostgresServer) -> None:
    url = await server.clone()
    database = await Database.connect(url, connections_max=4)
    shop = await open_shop(database, variants=VARIANTS)
    await database.close()
    await _analyze(url)
    found: dict[str, list[Measured]] = {}
    with service(url) as (port, token_for), stock_strawberry() as other_port:
        token = token_for(shop)
        for _ in range(ROUNDS):
            for name, target, query, bearer in (
                ("Strawberry as it comes, caches on: {__typename}", other_port, NAME, None),
                ("this service: {__typename}", port, NAME, token),
                ("this service: a point read by SKU", port, POINT, token),
                ("this service: a page of 50 with balances", port, PAGE, token),
            ):
                found.setdefault(name, []).append(await load(port=target, query=query, token=bearer, seconds=SECONDS))
            for name, read in (
                ("bare SQL: the point read", _bare_point),
                ("bare SQL: the page's three statements", _bare_page),
            ):
                found.setdefault(name, []).append(await _bare(url, shop, read))
    _print(server.description, found)


async def _analyze(url: str) -> None:
    """What autovacuum does within a minute of a load."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _print(server: str, found: dict[str, list[Measured]]) -> None:
    rates = {name: median(each.rate for each in rounds) for name, rounds in found.items()}
    stock, own = rates["Strawberry as it comes, caches on: {__typename}"], rates["this service: {__typename}"]
    print_table(
        f"Reads, median of {ROUNDS} rounds of {SECONDS:.0f} s, {VARIANTS:,} variants ({server})",
        ("what", "requests/s", "p50 ms", "p99 ms", "to Strawberry's {__typename}", "to our {__typename}"),
        [
            (
                name,
                rates[name],
                median(each.p50_ms for each in rounds),
                median(each.p99_ms for each in rounds),
                rates[name] / stock,
                rates[name] / own,
            )
            for name, rounds in found.items()
        ],
    )


async def _bare_point(connection: "asyncpg.Connection[asyncpg.Record]", shop: Shop) -> None:
    await connection.fetchrow(POINT_SQL, shop.actor.tenant_id, "SKU-004711")


async def _bare_page(connection: "asyncpg.Connection[asyncpg.Record]", shop: Shop) -> None:
    tenant_id = shop.actor.tenant_id
    items = await connection.fetch("SELECT * FROM items WHERE tenant_id = $1 ORDER BY sku LIMIT 51", tenant_id)
    variants = await connection.fetch(
        "SELECT * FROM variants WHERE tenant_id = $1 AND item_id = ANY($2::uuid[])",
        tenant_id,
        [row["id"] for row in items],
    )
    await connection.fetch(queries._BY_VARIANT, tenant_id, [row["id"] for row in variants])


async def _bare(
    url: str, shop: Shop, read: Callable[["asyncpg.Connection[asyncpg.Record]", Shop], Awaitable[None]]
) -> Measured:
    """The reads of some connections at once, each in a transaction of the tenant as the service's are."""
    connections = [await asyncpg.connect(url) for _ in range(BARE_CONNECTIONS)]
    latencies: list[float] = []
    ends_at = time.perf_counter() + SECONDS

    async def repeat(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute("SET ROLE inventory_app")
        begin = f"BEGIN READ ONLY; SELECT set_config('app.tenant_id', '{shop.actor.tenant_id}', true)"
        while (began := time.perf_counter()) < ends_at:
            await connection.execute(begin)
            await read(connection, shop)
            await connection.execute("COMMIT")
            latencies.append(time.perf_counter() - began)

    await asyncio.gather(*(repeat(connection) for connection in connections))
    for connection in connections:
        await connection.close()
    return Measured.of(latencies, SECONDS)
