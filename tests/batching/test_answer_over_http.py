"""Batches behind the web application: who is answered how, and what an operator sees."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Database, Transaction
from resolvers.context import RequestContext
from resolvers.operating import EndpointSettings
from resolvers.schema import build_schema
from tests.batching import till
from tests.batching.desk import Desk, until
from tests.graph import BASE_URL, GivenCallers, endpoint_of
from tests.statements import CountingDatabase

RING_UP = "mutation($input: RingUpInput!) { ringUp(input: $input) { version errors { code } } }"
SCHEMA = build_schema([till])


async def ready() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Till:
    """The little schema over HTTP, for the administrator of the desk's tenant."""

    desk: Desk
    client: httpx.AsyncClient
    credential: str

    async def ring_up(self, delta: int = 1, *, variant_id: UUID | None = None) -> httpx.Response:
        """Change what is on hand."""
        place = self.desk.places[0]
        variables = {
            "input": {
                "variantId": str(variant_id or place.variant_id),
                "warehouseId": str(place.warehouse_id),
                "delta": delta,
            }
        }
        return await self.query(RING_UP, variables)

    async def query(self, query: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        """The answer as it is."""
        headers = {"authorization": self.credential}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def metrics(self) -> dict[str, float]:
        """What Prometheus reads about batches."""
        lines = (await self.client.get("/metrics")).text.splitlines()
        return {
            name: float(value)
            for name, _, value in (line.rpartition(" ") for line in lines)
            if name.startswith("inventory_graph_batch_") and "_bucket" not in name and "_created" not in name
        }


@asynccontextmanager
async def opened(desk: Desk, application: ASGIApp, callers: GivenCallers) -> AsyncIterator[Till]:
    """A till of the desk at the application."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        yield Till(desk, client, callers.credential_of(desk.tenant.actor))


@pytest.fixture
async def counter(database: Database, callers: GivenCallers, desk: Desk) -> AsyncIterator[Till]:
    """A till whose process lets four changes wait, of one tenant one."""
    settings = Settings.load(dotenv=None, batch_waiting_max=4)
    application = create_app(
        settings, database=database, authenticator=callers, ready=ready, schema=SCHEMA, handle=desk.handler
    )
    async with opened(desk, application, callers) as made:
        yield made


async def held(counter: Till) -> "asyncio.Task[httpx.Response]":
    """Have a request be in a batch that goes on when the gate is set."""
    counter.desk.handler.gate.clear()
    task = asyncio.create_task(counter.ring_up(100))
    await until(lambda: bool(counter.desk.handler.batches))
    return task


async def waiting(counter: Till, number: int) -> None:
    """Wait until so many changes wait, as the operator sees it."""
    while (await counter.metrics())["inventory_graph_batch_waiting"] != number:  # noqa: ASYNC110 - seen from outside
        await asyncio.sleep(0.001)


async def test_requests_share_a_batch(database: Database, callers: GivenCallers, desk: Desk) -> None:
    """Each has its own answer, the refused one in its payload."""
    application = create_app(
        Settings.load(dotenv=None), database=database, authenticator=callers, ready=ready, schema=SCHEMA,
        handle=desk.handler,
    )  # fmt: skip
    async with opened(desk, application, callers) as counter:
        first = await held(counter)
        rest = []
        for number in range(3):
            rest.append(asyncio.create_task(counter.ring_up(variant_id=uuid4() if number == 1 else None)))
            await waiting(counter, number + 1)
        desk.handler.gate.set()
        answers = [response.json()["data"]["ringUp"] for response in await asyncio.gather(first, *rest)]
    assert [answer["version"] for answer in answers] == [1, 2, None, 3]
    assert [answer["errors"] for answer in answers] == [[], [], [{"code": "NOT_FOUND"}], []]
    assert desk.handler.sizes == [1, 3]


async def test_a_full_queue_answers_503_with_the_time_to_come_back(counter: Till) -> None:
    """What stands between the client and the service can do the waiting for it."""
    first = await held(counter)
    second = asyncio.create_task(counter.ring_up())
    await waiting(counter, 1)
    response = await counter.ring_up()
    assert response.status_code == 503
    assert 1 <= int(response.headers["retry-after"]) <= 30
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert error["message"] == (
        "Too many requests are waiting already (1); nothing was done. "
        f"Send this one again in {response.headers['retry-after']} s."
    )
    counter.desk.handler.gate.set()
    assert [answer.status_code for answer in await asyncio.gather(first, second)] == [200, 200]
    await counter.desk.assert_exactly([change for batch in counter.desk.handler.batches for change in batch])
    assert counter.desk.handler.sizes == [1, 1]


async def test_of_several_times_to_come_back_the_longest_counts(counter: Till) -> None:
    """Before that the whole operation would fail again."""
    response = await counter.query("{ a: away(seconds: 2) b: away(seconds: 7) c: away(seconds: 3) }")
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")


async def test_an_operation_that_waits_too_long_hears_that_nothing_was_done(
    database: Database, callers: GivenCallers, desk: Desk
) -> None:
    """Before it is stopped, which would leave it in doubt."""
    endpoint = endpoint_of(
        schema=SCHEMA,
        database=database,
        callers=callers,
        settings=EndpointSettings(deadline_seconds=2),
        batcher=desk.batcher,
    )
    first = await desk.hold()
    began = time.monotonic()
    async with opened(desk, endpoint, callers) as counter:
        response = await counter.ring_up()
    # The last tenth of its time is for making the change and saying so: nothing begins in it.
    assert 1.7 < time.monotonic() - began < 1.98
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    assert "waited too long" in response.json()["errors"][0]["message"]
    desk.handler.gate.set()
    await first
    await desk.assert_exactly(desk.handler.batches[0])


async def test_an_operator_sees_batches(counter: Till) -> None:
    """How large they are, how long they take, how long changes wait for them, and what was not made."""
    first = await held(counter)
    second = asyncio.create_task(counter.ring_up())
    await waiting(counter, 1)
    await counter.ring_up()
    counter.desk.handler.gate.set()
    await asyncio.gather(first, second)
    found = await counter.metrics()
    seconds, waits = found.pop("inventory_graph_batch_seconds_sum"), found.pop("inventory_graph_batch_wait_seconds_sum")
    assert 0 < waits < seconds
    assert found == {
        "inventory_graph_batch_size_count": 2,
        "inventory_graph_batch_size_sum": 2,
        "inventory_graph_batch_seconds_count": 2,
        "inventory_graph_batch_wait_seconds_count": 2,
        "inventory_graph_batch_refused_total": 1,
        "inventory_graph_batch_expired_total": 0,
        "inventory_graph_batch_isolated_total": 0,
        "inventory_graph_batch_waiting": 0,
    }


async def test_a_process_that_stops_finishes_its_batches(database: Database, callers: GivenCallers, desk: Desk) -> None:
    """The application is not down before the last change that was asked of it is answered."""
    application = create_app(
        Settings.load(dotenv=None), database=database, authenticator=callers, ready=ready, schema=SCHEMA,
        handle=desk.handler,
    )  # fmt: skip
    async with opened(desk, application, callers) as counter:
        async with application.router.lifespan_context(application):
            first = await held(counter)
            second = asyncio.create_task(counter.ring_up())
            await waiting(counter, 1)
            asyncio.get_running_loop().call_later(0.1, desk.handler.gate.set)
        answers = [response.json()["data"]["ringUp"]["version"] for response in await asyncio.gather(first, second)]
        assert answers == [1, 2]
        late = await counter.ring_up()
        assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    await desk.assert_exactly([change for batch in desk.handler.batches for change in batch])


async def test_what_was_read_before_is_read_again(database: CountingDatabase, desk: Desk) -> None:
    """A batch changes what the operation's loaders hold."""

    async def versions(tx: Transaction, keys: Sequence[UUID]) -> dict[UUID, int]:
        rows = await tx.raw.fetch(
            "SELECT variant_id, version FROM balances WHERE tenant_id = $1 AND variant_id = ANY($2)", tx.tenant_id, keys
        )
        return {row["variant_id"]: row["version"] for row in rows}

    context = RequestContext(database=database, actor=desk.tenant.actor, request_id="test", batcher=desk.batcher)
    variant_id = desk.places[0].variant_id
    assert await context.load(versions, variant_id) is None
    await context.batched(desk.change())
    assert await context.load(versions, variant_id) == 1


async def test_without_a_handler_there_is_no_batcher(database: CountingDatabase, desk: Desk) -> None:
    """Whoever wires a verb to it without one learns what is missing."""
    context = RequestContext(database=database, actor=desk.tenant.actor, request_id="test")
    with pytest.raises(RuntimeError, match="give create_app a batch handler"):
        await context.batched(desk.change())
