"""Whatever a subscriber names of another tenant, by a cursor, an id or a name, it hears of its own only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from inventory_graph.db import Database
from inventory_graph.worker import WORKER
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.sockets.conftest import SECONDS_MAX, Stand
from tests.sockets.test_follow_as_streams import EVENTS, reading

SKU = "TEA"
"""Both have it."""
BEGINNING = "AQAAAAAAAAAA"
TOLD = "subscription ($after: String) { inventoryEvents(after: $after) { cursor sequence id } }"
STOCK = """
subscription ($after: String, $skus: [String!], $warehouses: [ID!]) {
  stockChanged(after: $after, skus: $skus, warehouseIds: $warehouses) { cursor kind balance { id onHand warehouse { id } } }
}
"""

Next = Callable[[], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def followed(
    stand: Stand, transport: str, tenant: GivenTenant, query: str, **variables: Any
) -> AsyncIterator[Next]:
    """What the subscription delivers, one after the other."""
    if transport == "socket":
        async with stand.wire(tenant.actor) as wire:
            await wire.subscribe(query, **variables)

            async def of_socket() -> dict[str, Any]:
                frame = await wire.hear()
                assert frame["type"] == "next", frame
                found: dict[str, Any] = next(iter(frame["payload"]["data"].values()))
                return found

            yield of_socket
        return
    async with reading(stand, tenant.actor, query, accept=EVENTS, **variables) as reader:

        async def of_stream() -> dict[str, Any]:
            event, result = await reader.event()
            assert event == "next", result
            found: dict[str, Any] = next(iter(result["data"].values()))
            return found

        yield of_stream


async def snapshot(following: Next) -> list[dict[str, Any]]:
    """Everything before the heartbeat that ends the snapshot."""
    found = []
    while (delivery := await following())["kind"] != "HEARTBEAT":
        found.append(delivery)
    return found


async def ids_of(tenant: GivenTenant, statement: str) -> list[str]:
    """The ids that the statement finds; $1 is the tenant."""
    async with tenant.database.read(tenant.actor) as tx:
        return [str(row["id"]) for row in await tx.raw.fetch(statement, tenant.id)]


async def numbered(worker_database: Database) -> None:
    """Return when everything that happened is in the log."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            async with worker_database.read(WORKER) as tx:
                if not await tx.raw.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                    return
            await asyncio.sleep(0.01)


@pytest.fixture(params=["socket", "stream"])
def transport(request: pytest.FixtureRequest) -> str:
    """Over WebSockets and as server-sent events."""
    return str(request.param)


@pytest.fixture
async def other(stand: Stand, tenant: GivenTenant, worker_database: Database) -> GivenTenant:
    """Another tenant with the same in its shelves, of which more has happened; ours has it too."""
    for each, quantities in ((made := await given_tenant(tenant.database), ("5", "6", "7")), (tenant, ("1", "2"))):
        await given_item(each, sku=SKU)
        await given_item(each, sku="CAKE")
        for quantity in quantities:
            await given_stock(each, SKU, quantity)
            await given_stock(each, "CAKE", quantity)
    await numbered(worker_database)
    return made


async def test_another_tenants_cursor_gives_no_rights(
    stand: Stand, transport: str, tenant: GivenTenant, other: GivenTenant
) -> None:
    """It is a position among our own events: what follows it is ours, in our order."""
    async with followed(stand, transport, other, TOLD, after=BEGINNING) as following:
        theirs = [await following() for _ in range(2)]
    async with followed(stand, transport, tenant, TOLD, after=theirs[-1]["cursor"]) as following:
        ours = [await following() for _ in range(3)]
    assert [each["sequence"] for each in ours] == ["3", "4", "5"]
    logged = await ids_of(
        tenant,
        "SELECT event_id AS id FROM event_log WHERE tenant_id = $1 AND tenant_seq BETWEEN 3 AND 5 ORDER BY tenant_seq",
    )
    assert [each["id"] for each in ours] == logged


async def test_another_tenants_snapshot_is_not_gone_on_with(
    stand: Stand, transport: str, tenant: GivenTenant, other: GivenTenant, worker_database: Database
) -> None:
    """From the middle of it: what is left of a snapshot is of our own balances."""
    async with followed(stand, transport, other, STOCK) as following:
        middle = await following()
    assert middle["kind"] == "SNAPSHOT"
    for _ in range(8):  # so that their position is one of ours
        await given_stock(tenant, SKU, "1")
    await numbered(worker_database)
    async with followed(stand, transport, tenant, STOCK, after=middle["cursor"]) as following:
        shown = await snapshot(following)
    balances = await ids_of(tenant, "SELECT id FROM balances WHERE tenant_id = $1")
    assert {each["balance"]["id"] for each in shown} <= set(balances)


async def test_the_same_name_is_another_thing(
    stand: Stand, transport: str, tenant: GivenTenant, other: GivenTenant
) -> None:
    """Their change of the SKU that we have too is not told; ours, after it, is."""
    async with followed(stand, transport, tenant, STOCK, skus=[SKU]) as following:
        assert [each["balance"]["onHand"] for each in await snapshot(following)] == ["3"]
        await given_stock(other, SKU, "100")
        await given_stock(tenant, SKU, "1")
        change = await following()
    assert (change["kind"], change["balance"]["onHand"]) == ("CHANGE", "4")


async def test_another_tenants_warehouse_is_empty(
    stand: Stand, transport: str, tenant: GivenTenant, other: GivenTenant
) -> None:
    """Beside our own: only what is in ours is shown, and only what changes there is told."""
    warehouses = [str(other.warehouse_id), str(tenant.warehouse_id)]
    async with followed(stand, transport, tenant, STOCK, warehouses=warehouses) as following:
        shown = await snapshot(following)
        await given_stock(other, SKU, "100")
        await given_stock(tenant, SKU, "1")
        change = await following()
    assert {each["balance"]["warehouse"]["id"] for each in shown} == {str(tenant.warehouse_id)}
    assert len(shown) == 2
    assert (change["kind"], change["balance"]["onHand"]) == ("CHANGE", "4")
