"""Operations on the real database: which one runs, in which transactions, for how long."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inventory_graph.db import Database
from resolvers.operating import EndpointSettings
from resolvers.schema import InventorySchema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, endpoint_of
from tests.http.conftest import Served

CLAIM = "key errors { code message }"


@pytest.fixture
def credentials(served: Served, tenant: GivenTenant) -> dict[str, str]:
    """The headers of the tenant's administrator."""
    return {"authorization": served.callers.credential_of(tenant.actor)}


@pytest.fixture
async def hurried(
    database: Database, callers: GivenCallers, schema: InventorySchema
) -> AsyncIterator[httpx.AsyncClient]:
    """The endpoint with a deadline of a tenth of a second."""
    endpoint = endpoint_of(
        schema=schema,
        database=database,
        callers=callers,
        settings=EndpointSettings(deadline_seconds=0.1),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://localhost") as client:
        yield client


async def test_each_root_mutation_is_a_transaction_of_its_own(served: Served, credentials: dict[str, str]) -> None:
    """The second fails and takes neither the first nor the third with it."""
    first, second, third = (uuid4().hex for _ in range(3))
    response = await served.query(
        f"""mutation {{
          a: claimKey(input: {{key: "{first}"}}) {{ {CLAIM} }}
          b: claimKey(input: {{key: "{second}", thenFail: true}}) {{ {CLAIM} }}
          c: claimKey(input: {{key: "{third}"}}) {{ {CLAIM} }}
        }}""",
        headers=credentials,
    )
    # A payload is never null, so the fault of one root field empties the data; what the others did stands.
    assert response.json()["data"] is None
    assert [error["path"] for error in response.json()["errors"]] == [["b"]]
    kept = await served.query(
        "query ($keys: [String!]!) { claimed(keys: $keys) }", {"keys": [first, second, third]}, headers=credentials
    )
    assert first in kept.json()["data"]["claimed"]
    assert second not in kept.json()["data"]["claimed"]


async def test_root_mutations_run_one_after_the_other(served: Served, credentials: dict[str, str]) -> None:
    """Both claim the same key: had they run at once, the second would have waited for the first to end, for ever."""
    key = uuid4().hex
    response = await served.query(
        f'mutation {{ a: claimKey(input: {{key: "{key}"}}) {{ {CLAIM} }} b: claimKey(input: {{key: "{key}"}}) {{ {CLAIM} }} }}',
        headers=credentials,
    )
    assert response.json() == {"data": {"a": {"key": key, "errors": []}, "b": {"key": key, "errors": []}}}


async def test_fifty_requests_of_one_client_at_once_are_all_answered(
    served: Served, credentials: dict[str, str]
) -> None:
    """More than there are database connections; they wait their turn."""
    keys = [uuid4().hex for _ in range(50)]
    requests = [
        served.query(f'mutation {{ claimKey(input: {{key: "{key}"}}) {{ key }} }}', headers=credentials) for key in keys
    ]
    answers = [response.json() for response in await asyncio.gather(*requests)]
    assert answers == [{"data": {"claimKey": {"key": key}}} for key in keys]


@pytest.mark.parametrize(("name", "data"), [("A", {"a": "first"}), ("B", {"b": "second"})])
async def test_the_named_operation_runs(served: Served, name: str, data: dict[str, str]) -> None:
    """A document may hold several; the same document is cached once for all of them."""
    response = await served.client.post(
        "/graphql",
        json={"query": 'query A { a: echo(text: "first") } query B { b: echo(text: "second") }', "operationName": name},
    )
    assert response.json() == {"data": data}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("C", "The document has no operation 'C'; it has: A, B."),
        (None, "The document has several operations; say by operationName which of them to run."),
        ("", "The document has several operations; say by operationName which of them to run."),
    ],
)
async def test_an_unnamed_or_unknown_operation_is_refused(served: Served, name: str | None, words: str) -> None:
    """Nothing is guessed."""
    response = await served.client.post(
        "/graphql", json={"query": "query A { me } query B { me }", "operationName": name}
    )
    assert response.json() == {"errors": [{"message": words, "extensions": {"code": "BAD_REQUEST"}}]}


async def test_a_query_beyond_the_deadline_is_stopped(hurried: httpx.AsyncClient) -> None:
    """The caller learns that it was too much, and the connection and the database get on with other work."""
    response = await hurried.post("/", json={"query": "{ sleep(seconds: 30) }"})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["errors"] == [
        {
            "message": "The operation took longer than 0.1 seconds and was stopped. Ask for less at once.",
            "extensions": {"code": "DEADLINE_EXCEEDED"},
        }
    ]
    assert (await hurried.post("/", json={"query": "{ sleep(seconds: 0) }"})).json() == {"data": {"sleep": "awake"}}


async def test_variables_may_be_left_out_or_null(served: Served) -> None:
    """Clients do either."""
    absent: list[dict[str, Any] | None] = [None, {}]
    for variables in absent:
        response = await served.query("query ($value: JSON) { json(value: $value) }", variables)
        assert response.json() == {"data": {"json": None}}
