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
