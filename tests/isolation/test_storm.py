"""Many tasks of two tenants over few connections, some of them cut off in the middle: each answer is its own tenant's."""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.isolation.twins import Served, serving
from tests.servers import PostgresServer

TASKS = 200
CONNECTIONS = 5
AT_ONCE = 40
SEED = 20_261_122
SKUS = tuple(f"SHARED-{number}" for number in range(5))

READS = """query($sku: String!) {
  me { tenantSlug }
  stockBalance(sku: $sku) { onHand variant { name item { name } } movements(first: 3) { nodes { recordedBy note } } }
  items(first: 5) { nodes { name variants { nodes { name balances { onHand } } } } } }"""
WRITE = """mutation($input: AdjustStockInput!) { adjustStock(input: $input) {
  balances { onHand variant { name } warehouse { id } } movements { note recordedBy } errors { code } } }"""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tenants: whatever it says and is called begins with its word."""

    word: str
    graph: GraphClient

    async def act(self, chance: random.Random) -> str:
        """Read or write as one of many; the text of the answer."""
        sku = chance.choice(SKUS)
        if chance.random() < 0.5:
            return (await self.graph.response(READS, {"sku": sku})).text
        given = {
            "idempotencyKey": uuid4().hex,
            "sku": sku,
            "delta": "1",
            "reason": "FOUND",
            "note": f"{self.word} note",
        }
        return (await self.graph.response(WRITE, {"input": given})).text


@pytest.fixture
async def sides(postgres: PostgresServer) -> AsyncIterator[tuple[Served, tuple[Side, Side]]]:
    """Two tenants with the same SKUs in one database, behind a pool of a few connections."""
    async with serving(await postgres.clone(), connections_max=CONNECTIONS) as served:
        found = []
        for word in ("ash", "oak"):
            tenant = await given_tenant(served.database, slug=f"{word}-tenant")
            for sku in SKUS:
                await given_item(tenant, sku=sku, name=f"{word} {sku}")
                await given_stock(tenant, sku, "100")
            found.append(Side(word, served.graph(renamed(tenant, word))))
        yield served, (found[0], found[1])


def renamed(tenant: GivenTenant, word: str) -> GivenTenant:
    """The tenant whose administrator bears its word, so that the ledger tells whose a movement is."""
    actor = tenant.actor_with(*tenant.actor.permissions, subject=f"{word} clerk")
    return GivenTenant(
        database=tenant.database, id=tenant.id, slug=tenant.slug, actor=actor, outlet_id=tenant.outlet_id,
        warehouse_id=tenant.warehouse_id, units=tenant.units,
    )  # fmt: skip


# graphql-core drops the coroutines of fields it has not begun when an operation is cancelled.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_each_answer_is_its_own_tenants(sides: tuple[Served, tuple[Side, Side]]) -> None:
    """Two hundred tasks over five connections; a third of them is cancelled at a moment of chance, while it waits for a
    connection, in a statement or on its way out. What comes back never bears a word of the other, and the connections
    that were cut off serve the next as if nothing had been: nobody's tenant sticks to them."""
    served, (ash, oak) = sides
    chance = random.Random(SEED)
    gate = asyncio.Semaphore(AT_ONCE)
    outcomes: Counter[str] = Counter()

    async def one(side: Side, other: Side, seed: int, cut_after: float | None) -> None:
        async with gate:
            task = asyncio.create_task(side.act(random.Random(seed)))
            if cut_after is not None:
                await asyncio.sleep(cut_after)
                task.cancel()
            try:
                text = await task
            except asyncio.CancelledError:
                outcomes["cut off"] += 1
                return
        assert other.word not in text, f"seed {SEED}: {text[:500]}"
        busy = '"UNAVAILABLE"' in text
        assert busy or side.word in text, f"seed {SEED}: {text[:500]}"
        outcomes["busy" if busy else "answered"] += 1

    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            side, other = (ash, oak) if number % 2 else (oak, ash)
            cut_after = chance.uniform(0, 0.05) if chance.random() < 0.33 else None
            group.create_task(one(side, other, chance.randrange(2**32), cut_after))
    assert outcomes["cut off"] >= 10, outcomes
    assert outcomes["answered"] >= 100, outcomes
    assert served.database.pool.get_idle_size() == served.database.pool.get_size() <= CONNECTIONS
    for side, other in ((ash, oak), (oak, ash)):
        await assert_books_are_straight(side, other)
    gc.collect()


async def assert_books_are_straight(side: Side, other: Side) -> None:
    """What was cut off happened whole or not at all: every balance is its receipt and one for each adjustment in its
    ledger, all of them its own."""
    query = """query($sku: String!) { stockBalance(sku: $sku) { onHand version
      movements(first: 100) { totalCount nodes { kind note recordedBy } } } }"""
    for sku in SKUS:
        found: dict[str, Any] = (await side.graph(query, {"sku": sku}))["stockBalance"]
        adjustments = [each for each in found["movements"]["nodes"] if each["kind"] == "ADJUSTMENT"]
        assert found["onHand"] == str(100 + len(adjustments))
        assert found["version"] == found["movements"]["totalCount"] == 1 + len(adjustments)
        assert {(each["note"], each["recordedBy"]) for each in adjustments} <= {
            (f"{side.word} note", f"{side.word} clerk")
        }
        assert other.word not in str(found)
    audit = (await side.graph("{ stockAudit { balances driftCount drifts { kind subject } } }"))["stockAudit"]
    assert audit == {"balances": len(SKUS), "driftCount": 0, "drifts": []}


async def test_a_connection_that_was_cut_off_forgets_its_tenant(sides: tuple[Served, tuple[Side, Side]]) -> None:
    """The setting that binds a connection to a tenant ends with the transaction, however that ends."""
    served, (ash, oak) = sides
    ids: list[str] = []
    for side in (ash, oak):
        with pytest.raises(TimeoutError):
            await cut_off_in_a_statement(side, ids)
        async with served.database.pool.acquire() as connection:
            left = await connection.fetchval("SELECT current_setting('app.tenant_id', true)")
            assert not left
            assert await connection.fetchval("SELECT count(*) FROM items") == 0
    assert ids == [str(side.graph.tenant.id) for side in (ash, oak)]


async def cut_off_in_a_statement(side: Side, ids: list[str]) -> None:
    """Note the tenant that a transaction is bound to, and be cancelled while it waits for the database."""
    tenant = side.graph.tenant
    async with asyncio.timeout(0.05), tenant.database.transaction(tenant.actor) as tx:
        ids.append(await tx.raw.fetchval("SELECT current_setting('app.tenant_id')"))
        await tx.raw.execute("SELECT pg_sleep(5)")
