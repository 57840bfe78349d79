"""Room for everybody: a flood of one kind or of one tenant is answered 503 at once and leaves the rest alone."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx

from inventory_graph.db import Database
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GivenCallers
from tests.http.conftest import Opened
from tests.statements import CountingDatabase

SLEEP = {"query": "{ sleep(seconds: 0.5) }"}
FULL = {
    "errors": [
        {
            "message": "Too many queries are running; nothing was done. Try again shortly.",
            "extensions": {"code": "UNAVAILABLE"},
        }
    ]
}


async def sleeping(client: httpx.AsyncClient, number: int, **headers: str) -> list["asyncio.Task[httpx.Response]"]:
    """So many queries that are running now."""
    tasks = [asyncio.create_task(client.post("/graphql", json=SLEEP, headers=headers)) for _ in range(number)]
    await asyncio.sleep(0.1)
    return tasks


async def test_a_query_too_many_is_refused_at_once(opened: Opened, callers: GivenCallers, tenant: GivenTenant) -> None:
    """Not queued: the client hears it while it still has time to go elsewhere. Mutations have room of their own."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened(queries_at_once_max=4) as client:
        tasks = await sleeping(client, 3, **authorization)
        tasks += await sleeping(client, 1)
        began = time.perf_counter()
        refused = await client.post("/graphql", json=SLEEP)
        assert time.perf_counter() - began < 0.1
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json() == FULL
        changed = await client.post(
            "/graphql",
            json={"query": f'mutation {{ claimKey(input: {{key: "{uuid4().hex}"}}) {{ key }} }}'},
            headers=authorization,
        )
        assert changed.status_code == 200
        running = (await client.get("/metrics")).text
        assert 'inventory_graph_operations_running{operation="query"} 4.0' in running
        assert [(await task).json() for task in tasks] == [{"data": {"sleep": "awake"}}] * 4
        assert (await client.post("/graphql", json={"query": "{ __typename }"})).status_code == 200
        assert 'inventory_graph_operations_running{operation="query"} 0.0' in (await client.get("/metrics")).text


async def test_one_tenant_takes_three_quarters_at_most(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """What is left is for the others, however much the first asks."""
    own = {"authorization": callers.credential_of(tenant.actor)}
    other = {"authorization": callers.credential_of((await given_tenant(database)).actor)}
    async with opened(queries_at_once_max=4) as client:
        tasks = await sleeping(client, 3, **own)
        assert (await client.post("/graphql", json=SLEEP, headers=own)).json() == FULL
        assert (await client.post("/graphql", json=SLEEP, headers=other)).json() == {"data": {"sleep": "awake"}}
        await asyncio.gather(*tasks)


COSTLY = {"query": "{ sleep(seconds: 0.3) things(first: 100) { id } }"}
"""A hundred points, and fifty for being an operation."""
NARROW: dict[str, Any] = {"points_executed_max": 400, "turn_seconds_max": 30}
"""Two of those at once for one tenant, and room for a little one of another."""


async def costly(client: httpx.AsyncClient, number: int, **headers: str) -> list["asyncio.Task[httpx.Response]"]:
    """So many costly queries that were sent."""
    tasks = [asyncio.create_task(client.post("/graphql", json=COSTLY, headers=headers)) for _ in range(number)]
    await asyncio.sleep(0.1)
    return tasks


async def test_costly_queries_take_turns(opened: Opened, callers: GivenCallers, tenant: GivenTenant) -> None:
    """As many are executed as get on with it, and all are answered; the metrics tell who waits."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened(**NARROW) as client:
        began = time.perf_counter()
        tasks = await costly(client, 5, **authorization)
        text = (await client.get("/metrics")).text
        assert 'inventory_graph_operations_running{operation="query"} 2.0' in text
        assert 'inventory_graph_operations_waiting{operation="query"} 3.0' in text
        assert {(await task).status_code for task in tasks} == {200}
        assert time.perf_counter() - began >= 0.9
        text = (await client.get("/metrics")).text
        assert 'inventory_graph_operations_running{operation="query"} 0.0' in text
        assert 'inventory_graph_operations_waiting{operation="query"} 0.0' in text


async def test_the_costly_queries_of_one_tenant_are_not_in_anothers_way(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A query of another is executed while they wait, and so is one of the tenant's own people behind its visitors."""
    other = {"authorization": callers.credential_of((await given_tenant(database)).actor)}
    own = {"authorization": callers.credential_of(tenant.actor)}
    async with opened(**NARROW) as client:
        for flood, somebody in (({"x-tenant-slug": tenant.slug}, own), (own, other)):
            tasks = await costly(client, 8, **flood)
            began = time.perf_counter()
            small = await client.post("/graphql", json={"query": "{ things(first: 1) { id } }"}, headers=somebody)
            assert (small.status_code, time.perf_counter() - began < 0.15) == (200, True)
            assert {(await task).status_code for task in tasks} == {200}


async def test_what_would_wait_too_long_is_refused_at_once(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """Four times as many points as are executed may wait for each tenant: ten queries behind the two. The thirteenth hears it at once."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened(**NARROW) as client:
        tasks = await costly(client, 12, **authorization)
        began = time.perf_counter()
        refused = await client.post("/graphql", json=COSTLY, headers=authorization)
        assert time.perf_counter() - began < 0.1
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json() == FULL
        assert {(await task).status_code for task in tasks} == {200}


async def test_nobody_waits_for_a_turn_that_does_not_come(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """Longer than it may. Once the first has waited half as long, the next hears it at once; what is executed is finished."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    long = {
        "query": "{ sleep(seconds: 1.5) things(first: 100) { id } a: things(first: 100) { id } b: things(first: 100) { id } }"
    }
    async with opened(points_executed_max=400, turn_seconds_max=0.8) as client:
        running = asyncio.create_task(client.post("/graphql", json=long, headers=authorization))
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        waiting = asyncio.create_task(client.post("/graphql", json=COSTLY, headers=authorization))
        await asyncio.sleep(0.5)
        sent = time.perf_counter()
        assert (await client.post("/graphql", json=COSTLY, headers=authorization)).json() == FULL
        assert time.perf_counter() - sent < 0.1
        assert (await waiting).json() == FULL
        assert 0.7 < time.perf_counter() - began < 1.2
        assert (await running).status_code == 200


async def test_a_costly_mutation_takes_turns_too(opened: Opened, callers: GivenCallers, tenant: GivenTenant) -> None:
    """Apart from queries. Those that cost little do not: they wait for each other in batches."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}

    def claims(number: int) -> dict[str, Any]:
        claimed = " ".join(f"c{each}: claimKey(input: {{key: $key{each}}}) {{ key }}" for each in range(number))
        declared = " ".join(f"$key{each}: String!" for each in range(number))
        keys = {f"key{each}": uuid4().hex for each in range(number)}
        return {"query": f"mutation({declared}) {{ {claimed} }}", "variables": keys}

    async with opened(points_executed_max=400, turn_seconds_max=0.01) as client:
        for number in (30, 1):
            # The documents are known then: they wait for no turn to be read.
            assert (await client.post("/graphql", json=claims(number), headers=authorization)).status_code == 200
        sent = [client.post("/graphql", json=claims(30), headers=authorization) for _ in range(4)]
        answers = [answer.status_code for answer in await asyncio.gather(*sent)]
        assert (answers.count(200), answers.count(503)) == (1, 3)
        sent = [client.post("/graphql", json=claims(1), headers=authorization) for _ in range(20)]
        assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}


async def test_a_refused_mutation_did_nothing(opened: Opened, callers: GivenCallers, tenant: GivenTenant) -> None:
    """The key that it would have claimed is free."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    keys = [uuid4().hex for _ in range(30)]
    async with opened(mutations_at_once_max=2) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    "/graphql",
                    json={"query": f'mutation {{ claimKey(input: {{key: "{key}"}}) {{ key }} }}'},
                    headers=authorization,
                )
                for key in keys
            )
        )
        done = [key for key, answer in zip(keys, answers, strict=True) if answer.status_code == 200]
        assert 1 <= len(done) < 30
        assert {answer.status_code for answer in answers} == {200, 503}
        found = await client.post(
            "/graphql",
            json={"query": "query($keys: [String!]!) { claimed(keys: $keys) }", "variables": {"keys": keys}},
            headers=authorization,
        )
        assert found.json() == {"data": {"claimed": sorted(done)}}


async def test_fifty_mutations_of_one_client_have_room_by_default(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """An import, a busy till."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened() as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    "/graphql",
                    json={"query": f'mutation {{ claimKey(input: {{key: "{uuid4().hex}"}}) {{ key }} }}'},
                    headers=authorization,
                )
                for _ in range(50)
            )
        )
        assert {answer.status_code for answer in answers} == {200}


async def timeout_of(database: Database, tenant: GivenTenant, **bounds: Any) -> str:
    async with database.read(tenant.actor, **bounds) as tx:
        found: str = await tx.raw.fetchval("SHOW statement_timeout")
    return found


async def test_an_operations_end_is_the_end_of_its_statements(tenant: GivenTenant) -> None:
    """PostgreSQL stops by itself what nobody waits for any more, also when the process that asked is gone. Where there is
    time for a statement's usual limit, that stays, and so does the connection's own afterwards."""
    database = tenant.database
    assert await timeout_of(database, tenant) == "10s"
    assert await timeout_of(database, tenant, ends_at=time.monotonic() + 20) == "10s"
    milliseconds = int((await timeout_of(database, tenant, ends_at=time.monotonic() + 2)).removesuffix("ms"))
    assert 1_900 < milliseconds <= 2_100
    assert await timeout_of(database, tenant, ends_at=time.monotonic() - 5) == "100ms"
    assert await timeout_of(database, tenant) == "10s"


async def test_the_deadline_goes_down_to_the_statement(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """A statement of a minute in an operation of half a second ends with it, and its connection is free again."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened(operation_seconds_max=0.5) as client:
        began = time.perf_counter()
        late = await client.post("/graphql", json={"query": "{ sleepInDatabase(seconds: 60) }"}, headers=authorization)
        assert time.perf_counter() - began < 2
        assert late.status_code == 503
        assert late.json()["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}
        assert "longer than 0.5 seconds" in late.json()["errors"][0]["message"]
    left = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60%' AND state = 'active' AND pid <> pg_backend_pid()"
    async with tenant.database.read(tenant.actor) as tx:
        assert await tx.raw.fetchval(left) == 0


async def test_waiting_for_a_connection_is_measured(opened: Opened, callers: GivenCallers, tenant: GivenTenant) -> None:
    """The first sign of a pool that is too small."""
    authorization = {"authorization": callers.credential_of(tenant.actor)}
    async with opened() as client:
        await client.post("/graphql", json={"query": '{ claimed(keys: ["x"]) }'}, headers=authorization)
        text = (await client.get("/metrics")).text
    counted = next(line for line in text.splitlines() if line.startswith("inventory_graph_database_wait_seconds_count"))
    assert float(counted.split()[1]) >= 1
