"""The checks of the scanner graphql-cop and others like it, each by its name, as shipped for development and for production.

The scanner takes an endpoint for weak that answers with data. Here the same is asked, and how it is answered instead is held.
"""

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from graphql import get_introspection_query

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Database
from resolvers.schema import InventorySchema, build_schema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
FORGED = 'mutation { createCategory(input: {slug: "forged", name: "Forged"}) { category { slug } } }'


@dataclass(frozen=True, slots=True)
class Scanned:
    """The whole service with the settings of an environment, asked by a tenant's administrator or by nobody."""

    environment: str
    client: httpx.AsyncClient
    credential: str

    @property
    def is_open(self) -> bool:
        """Whether everybody may read the schema here."""
        return self.environment == "development"

    async def post(
        self, content: Any, *, is_known: bool = False, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """POST the value as JSON, bytes as they are."""
        sent = {"content-type": "application/json", **(headers or {})}
        if is_known:
            sent["authorization"] = self.credential
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        return await self.client.post("/graphql", content=body, headers=sent)

    async def refusal(self, query: str) -> dict[str, Any]:
        """The first error of a query that is refused as a whole."""
        found = (await self.post({"query": query}, is_known=True)).json()
        assert "data" not in found
        error: dict[str, Any] = found["errors"][0]
        return error

    async def slugs(self) -> list[str]:
        """The categories that there are."""
        found = (await self.post({"query": "{ categories { slug } }"}, is_known=True)).json()
        return [each["slug"] for each in found["data"]["categories"]]


@cache
def whole_schema() -> InventorySchema:
    """The schema as it is served, built once for all."""
    return build_schema()


@pytest.fixture(params=["development", "production"])
async def scanned(
    request: pytest.FixtureRequest, database: Database, callers: GivenCallers, tenant: GivenTenant
) -> AsyncIterator[Scanned]:
    """The service as shipped for the environment."""
    settings = Settings.load(dotenv=None, environment=request.param)
    application = create_app(
        settings, database=database, authenticator=callers, ready=answer_yes, schema=whole_schema()
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost:4102")
    async with application.router.lifespan_context(application), client:
        yield Scanned(request.param, client, callers.credential_of(tenant.actor))


async def test_alias_overloading(scanned: Scanned) -> None:
    """A field under 101 names is work for 101 fields."""
    error = await scanned.refusal("{ " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }")
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "101 aliases" in error["message"]


async def test_array_based_batching(scanned: Scanned) -> None:
    """Ten requests in one pass by every limit on requests."""
    response = await scanned.post([{"query": "{ __typename }"}] * 10)
    assert response.status_code == 400
    assert "The body is a list" in response.json()["errors"][0]["message"]


async def test_directive_overloading(scanned: Scanned) -> None:
    """Unknown directives by the hundred: an error each, if all were told."""
    error = await scanned.refusal("{ __typename " + "@aa" * 500 + " }")
    assert (error["extensions"]["code"], "directives" in error["message"]) == ("LIMIT_EXCEEDED", True)
    few = (await scanned.post({"query": "{ __typename " + "@aa" * 40 + " }"})).json()
    assert len(few["errors"]) <= 11


async def test_circular_query_by_introspection(scanned: Scanned) -> None:
    """Fields of types of fields: the answer grows with each level."""
    step = "fields { type { "
    error = await scanned.refusal("{ __schema { types { " + step * 4 + "name" + " } }" * 4 + " } } }")
    assert error["extensions"]["code"] in {"GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED", "INTROSPECTION_DISABLED"}


async def test_circular_query_by_fields(scanned: Scanned) -> None:
    """The variant of the item of the variant of the item."""
    step = "variants { nodes { item { "
    error = await scanned.refusal("{ items { nodes { " + step * 6 + "id" + " } } }" * 6 + " } } }")
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "levels of fields" in error["message"]


async def test_field_duplication(scanned: Scanned) -> None:
    """The same field five hundred times."""
    error = await scanned.refusal("{ " + "__typename " * 500 + "}")
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "name a field again" in error["message"]


async def test_field_suggestions(scanned: Scanned) -> None:
    """Whoever may not read the schema must not guess it from what is said of mistakes."""
    for query in ("{ item { id } }", "{ itemz { id } }", "{ items(fist: 1) { nodes { id } } }", "{ a: __schemaz }"):
        text = (await scanned.post({"query": query})).text
        assert scanned.is_open or "Did you mean" not in text
    assert ("Did you mean" in (await scanned.post({"query": "{ itemz { id } }"})).text) == scanned.is_open


async def test_get_method_mutation(scanned: Scanned) -> None:
    """A link that changes something is followed by whoever is shown it."""
    before = await scanned.slugs()
    response = await scanned.client.get(
        f"/graphql?{urlencode({'query': FORGED})}", headers={"authorization": scanned.credential}
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert await scanned.slugs() == before


async def test_get_method_query_from_a_page_of_another_site(scanned: Scanned) -> None:
    """GET runs queries, but not for a page that the browser has not asked for."""
    path = f"/graphql?{urlencode({'query': '{ __typename }'})}"
    assert (await scanned.client.get(path)).json() == {"data": {"__typename": "Query"}}
    foreign = await scanned.client.get(path, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})
    assert foreign.status_code == 403
    assert foreign.json()["errors"][0]["extensions"] == {"code": "PREFLIGHT_REQUIRED"}


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
async def test_post_based_forgery(scanned: Scanned, content_type: str) -> None:
    """A form of any page, which the browser sends without asking."""
    before = await scanned.slugs()
    body = urlencode({"query": FORGED}).encode() if "form" in content_type else orjson.dumps({"query": FORGED})
    response = await scanned.post(body, is_known=True, headers={"content-type": content_type})
    assert response.status_code == 415
    assert await scanned.slugs() == before


async def test_graphiql_exposure(scanned: Scanned) -> None:
    """The page is for those who develop; no other of the usual addresses has one."""
    page = await scanned.client.get("/graphql", headers={"accept": BROWSER})
    assert ("text/html" in page.headers["content-type"]) == scanned.is_open
    for path in ("/graphiql", "/playground", "/console", "/altair", "/voyager", "/graphql/console", "/api", "/"):
        assert (await scanned.client.get(path, headers={"accept": BROWSER})).status_code == 404


async def test_introspection(scanned: Scanned) -> None:
    """The whole schema at once is for those who develop."""
    response = await scanned.post({"query": get_introspection_query()})
    if scanned.is_open:
        assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"
    else:
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"] == {"code": "INTROSPECTION_DISABLED"}


async def test_introspection_by_another_way(scanned: Scanned) -> None:
    """In a fragment, under an alias, beside something else, by GET: the same is refused."""
    for query in (
        "{ ...F } fragment F on Query { a: __schema { types { name } } }",
        '{ __typename ... on Query { b: __type(name: "Item") { fields { name } } } }',
        'query A { __typename } query B { __type(name: "Item") { name } }',
    ):
        name = "B" if "query B" in query else None
        posted = await scanned.post({"query": query, "operationName": name})
        got = await scanned.client.get(f"/graphql?{urlencode({'query': query, 'operationName': name or ''})}")
        assert {posted.status_code, got.status_code} == ({200} if scanned.is_open else {403})


async def test_trace_mode(scanned: Scanned) -> None:
    """How long each resolver took tells of what there is; only the router that asks for it gets it, and nobody ``tracing``."""
    response = await scanned.post(
        {"query": "{ __typename }"}, headers={"x-apollo-tracing": "1", "apollo-query-plan-experimental": "1"}
    )
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_unhandled_errors(scanned: Scanned) -> None:
    """A mistake is answered as a mistake: no class, no file, no statement."""
    for content in (
        b'{"query": "qwerty { abc }"}', b"{", b'{"query": "{ item(key: {id: 5, sku: \\"x\\"}) { id } }"}',
        b'{"query": "{ items(after: \\"%%\\") { nodes { id } } }"}', b'{"query": "query($x: Nope) { __typename }"}',
    ):  # fmt: skip
        response = await scanned.post(content, is_known=True)
        assert response.status_code in {200, 400}
        for leak in ("Traceback", "Exception", 'File \\"', ".py", "asyncpg", "sqlalchemy", "SELECT", "inventory_graph"):
            assert leak not in response.text


@pytest.mark.parametrize("name", ["x-http-method-override", "x-forwarded-host", "x-original-url", "x-rewrite-url"])
async def test_headers_that_say_another_request(scanned: Scanned, name: str) -> None:
    """What some proxies write and others let through."""
    response = await scanned.client.get(
        f"/graphql?{urlencode({'query': '{ __typename }'})}", headers={name: "POST" if "method" in name else "/metrics"}
    )
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_cookie_or_a_password_is_no_credential(scanned: Scanned) -> None:
    """What a browser sends by itself must not count."""
    password = base64.b64encode(b"admin:admin").decode()
    for headers in (
        {"cookie": f"token={scanned.credential}; authorization={scanned.credential}"},
        {"authorization": f"Basic {password}"},
    ):
        response = await scanned.post({"query": "{ me { subject } }"}, headers=headers)
        assert "subject" not in str(response.json().get("data") or "")
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
