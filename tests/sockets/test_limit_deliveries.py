"""Each delivery has the limits of an operation: what it may cost, and how long it may take. One that cannot be made is said to be, and
the next ones follow."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from inventory_graph.app import create_app
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from tests.given.items import given_category, given_item
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, GraphClient
from tests.http.conftest import answer_yes, settings_for_tests
from tests.sockets.conftest import SECONDS_MAX, Stand, Wire, served
from tests.sockets.test_keep_tenants_apart import numbered
from tests.statements import CountingDatabase
from tests.stock.requests import received

COST_MAX = 100
LINES = 30
COSTLY = """
subscription ($id: ID!, $after: String) { reservationChanged(id: $id, after: $after) {
  cursor kind reservation { lines { variant { sku item { sku category { slug } unit { code } } } } }
} }
"""
STOCK = "subscription ($skus: [String!]) { stockChanged(skus: $skus) { cursor kind balance { onHand } } }"
SLOW = """
subscription ($skus: [String!]) {
  stockChanged(skus: $skus) { cursor kind balance { onHand variant { barcodes { code } } } }
}
"""
SLOW_ALONE = """
subscription ($id: ID!) {
  reservationChanged(id: $id) { cursor kind reservation { status lines { variant { barcodes { code } } } } }
}
"""
LATE = "The delivery took longer than 1 seconds and was stopped. Ask for less at once."


@pytest.fixture(scope="module")
async def strict(
    database: CountingDatabase, worker_database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers
) -> AsyncIterator[Stand]:
    """The service where an operation may cost a hundred points and take a second."""
    outbox, log = Wakeup(), Wakeup()
    settings = settings_for_tests(cost_max=COST_MAX, operation_seconds_max=1)
    application = create_app(
        settings, database=database, authenticator=callers, ready=answer_yes, reader=reader, log=log
    )
    database.on_events = outbox.ring
    sequencer = asyncio.create_task(Sequencer(worker_database, WORKER, outbox=outbox, log=log).run())
    async with served(application) as port:
        yield Stand(port, callers)
    sequencer.cancel()
    await asyncio.gather(sequencer, return_exceptions=True)
    database.on_events = None


async def heard(wire: Wire) -> dict[str, Any]:
    """The next result that is no heartbeat."""
    while True:
        frame = await wire.hear()
        result: dict[str, Any] = frame["payload"]
        deliveries = list((result.get("data") or {}).values())
        if not deliveries or deliveries[0]["kind"] != "HEARTBEAT":
            return result


@asynccontextmanager
async def locked(owner_url: str, table: str) -> AsyncIterator[None]:
    """Nobody reads the table meanwhile."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def assert_nobody_waits(owner_url: str) -> None:
    """No statement waits for a lock any more: PostgreSQL was told to stop it, too."""
    connection = await asyncpg.connect(owner_url)
    try:
        await asyncio.sleep(0.2)
        assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0
    finally:
        await connection.close()


@pytest.fixture
async def coffee(strict: Stand, tenant: GivenTenant, worker_database: CountingDatabase) -> str:
    """Ten of it, which the log knows."""
    sku = f"COFFEE-{uuid4().hex[:8]}"
    await given_item(tenant, sku=sku)
    await given_stock(tenant, sku, "10")
    await numbered(worker_database)
    return sku


async def test_a_delivery_that_costs_too_much_is_refused(
    strict: Stand,
    graph: GraphClient,
    tenant: GivenTenant,
    worker_database: CountingDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As a query is that turns out larger than was estimated: with what it had cost. What comes next is delivered all the same, and
    whoever comes again with the cursor is not told of it once more."""
    skus = [f"I-{number}" for number in range(LINES)]
    await given_category(tenant, "beans")
    for sku in skus:
        await given_item(tenant, sku=sku, category_slug="beans")
        await given_stock(tenant, sku, "1")
    held = await given_reservation(graph, *(wanted(sku, 1) for sku in skus))
    await numbered(worker_database)
    async with strict.wire(tenant.actor) as wire:
        await wire.subscribe(COSTLY, id=held["id"])
        refused = await heard(wire)
        cursor = refused["errors"][0]["extensions"].pop("cursor")
        actual = refused["errors"][0]["extensions"]["cost"].pop("actual")
        assert refused == {
            "data": None,
            "errors": [
                {
                    "message": "The answer became larger than was estimated, and costs more than one operation may. Ask for less at once.",
                    "extensions": {"code": "LIMIT_EXCEEDED", "cost": {"limit": COST_MAX}},
                }
            ],
        }
        assert COST_MAX < actual <= 2 + LINES * 5
        next_one = (await wire.hear())["payload"]["data"]["reservationChanged"]
        assert (next_one["kind"], next_one["reservation"]) == ("HEARTBEAT", None)
    async with strict.wire(tenant.actor) as wire:
        await wire.subscribe(COSTLY, id=held["id"], after=cursor)
        assert (await wire.hear())["payload"]["data"]["reservationChanged"]["kind"] == "HEARTBEAT"
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_a_delivery_that_takes_too_long_stops_nobody_else(
    strict: Stand, graph: GraphClient, tenant: GivenTenant, coffee: str, owner_url: str
) -> None:
    """Those who asked the same hear that it was stopped and go on with the next; all others have had it long since."""
    async with (
        strict.wire(tenant.actor) as one,
        strict.wire(tenant.actor) as another,
        strict.wire(tenant.actor) as quick,
    ):
        for wire, query in ((one, SLOW), (another, SLOW), (quick, STOCK)):
            await wire.subscribe(query, skus=[coffee])
            while (await wire.hear())["payload"]["data"]["stockChanged"]["kind"] != "HEARTBEAT":
                pass
        async with locked(owner_url, "barcodes"):
            await received(graph, sku=coffee, quantity="1")
            async with asyncio.timeout(0.9):
                assert (await heard(quick))["data"]["stockChanged"]["balance"] == {"onHand": "11"}
            for wire in (one, another):
                late = await heard(wire)
                assert late["errors"][0]["extensions"].pop("cursor")
                assert late == {
                    "data": None,
                    "errors": [{"message": LATE, "extensions": {"code": "DEADLINE_EXCEEDED"}}],
                }
            await assert_nobody_waits(owner_url)
        await received(graph, sku=coffee, quantity="1")
        for wire in (one, another, quick):
            assert (await heard(wire))["data"]["stockChanged"]["balance"]["onHand"] == "12"


async def test_a_delivery_of_ones_own_is_stopped_as_well(
    strict: Stand, graph: GraphClient, tenant: GivenTenant, coffee: str, owner_url: str
) -> None:
    """How a document stands is read for each who follows it."""
    held = await given_reservation(graph, wanted(coffee, 1))
    async with strict.wire(tenant.actor) as wire:
        await wire.subscribe(SLOW_ALONE, id=held["id"])
        assert (await heard(wire))["data"]["reservationChanged"]["kind"] == "SNAPSHOT"
        async with locked(owner_url, "barcodes"):
            await given_step(graph, "extendReservation", held, expiresIn="P1D")
            assert (await heard(wire))["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
            await assert_nobody_waits(owner_url)
        await given_step(graph, "commitReservation", held)
        assert (await heard(wire))["data"]["reservationChanged"]["reservation"]["status"] == "COMMITTED"


@pytest.mark.parametrize("table", ["balances", "tenant_heads"])
async def test_how_things_stand_is_read_in_time_or_the_subscription_ends(
    strict: Stand, tenant: GivenTenant, coffee: str, owner_url: str, table: str
) -> None:
    """With the reason as its last result; then it is over, and its statement too."""
    async with strict.wire(tenant.actor) as wire, locked(owner_url, table):
        async with asyncio.timeout(SECONDS_MAX):
            await wire.subscribe(STOCK, skus=[coffee])
            assert (await wire.hear())["payload"] == {
                "errors": [{"message": LATE, "extensions": {"code": "DEADLINE_EXCEEDED"}}]
            }
            assert await wire.hear() == {"id": "1", "type": "complete"}
        await assert_nobody_waits(owner_url)
