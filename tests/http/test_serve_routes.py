"""What else answers beside GraphQL: probes, metrics, GraphiQL; and under which names."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from inventory_graph.app import Front
from inventory_graph.errors import Unavailable
from inventory_graph.graphiql import ASSETS
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import Opened, Served

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_a_browser_gets_graphiql(opened: Opened) -> None:
    """With the token in its header editor, and forbidden to load anything from elsewhere."""
    async with opened(development_token="the-demo-token") as client:
        page = await client.get("/graphql", headers={"accept": BROWSER})
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert "the-demo-token" in page.text
        asset = re.search(r"/graphql/assets/[\w.-]+\.js", page.text)
        assert asset is not None
        script = await client.get(asset[0])
        assert script.status_code == 200
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert script.content == (ASSETS / asset[0].rpartition("/")[2]).read_bytes()


async def test_no_file_outside_the_assets_is_served(opened: Opened) -> None:
    """Paths are taken from the directory and nowhere else, and what is missing is JSON too."""
    async with opened() as client:
        for path in ("/graphql/assets/../__init__.py", "/graphql/assets/%2e%2e/__init__.py", "/graphql/assets/none.js"):
            response = await client.get(path)
            assert response.status_code == 404
            assert response.json()["errors"][0]["message"] == "Not Found"


async def test_graphiql_can_be_switched_off(opened: Opened) -> None:
    """A browser then gets what a program gets."""
    async with opened(graphiql=False) as client:
        answer = await client.get("/graphql", headers={"accept": BROWSER})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert (await client.get("/graphql/assets/index.css")).status_code == 404


async def test_introspection_can_be_switched_off(opened: Opened) -> None:
    """Neither the schema nor a suggestion of it is told; asking for the name of a type is no introspection."""
    async with opened(introspection=False) as client:
        for query in (
            "{ __schema { types { name } } }",
            '{ me ...F } fragment F on Query { __type(name: "Thing") { name } }',
        ):
            refused = await client.post("/graphql", json={"query": query})
            assert refused.status_code == 403
            assert refused.json()["errors"][0]["extensions"] == {"code": "INTROSPECTION_DISABLED"}
        wrong = await client.post("/graphql", json={"query": "{ thingz { id } }"})
        assert "Did you mean" not in wrong.json()["errors"][0]["message"]
        named = await client.post("/graphql", json={"query": "{ __typename things(first: 1) { __typename } }"})
        assert named.json() == {"data": {"__typename": "Query", "things": [{"__typename": "Thing"}]}}


async def test_some_roles_may_read_the_schema_where_others_may_not(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """Whoever develops against production; nobody is let in by a header, and a visitor has no role."""
    developer = {"authorization": callers.credential_of(replace(tenant.actor, roles=frozenset({"developer"})))}
    viewer = {"authorization": callers.credential_of(replace(tenant.actor, roles=frozenset({"viewer"})))}
    visitor = {"x-tenant-slug": tenant.slug}
    wrong = "{ thingz { id } }"
    unknown = {"query": "query($key: ThingKey!) { thing(key: $key) { id } }", "variables": {"key": {"skuu": "x"}}}
    async with opened(introspection=False, introspection_roles=("developer", "owner")) as client:

        async def answer(headers: dict[str, str], body: dict[str, Any]) -> httpx.Response:
            return await client.post("/graphql", json=body, headers=headers)

        introspection = {"query": "{ __schema { queryType { name } } }"}
        assert (await answer(developer, introspection)).json()["data"]["__schema"]["queryType"] == {"name": "Query"}
        assert "Did you mean" in (await answer(developer, {"query": wrong})).text
        assert "Did you mean" in (await answer(developer, unknown)).text
        for headers in (viewer, visitor, {}):
            assert (await answer(headers, introspection)).status_code == 403
            assert "Did you mean" not in (await answer(headers, {"query": wrong})).text
            assert "Did you mean" not in (await answer(headers, unknown)).text


async def test_nothing_is_answered_before_the_seed_is_committed(opened: Opened) -> None:
    """``{__typename}`` is how everybody asks whether the service is there; 200 means that the data is."""
    answers = iter([False, False, True])

    async def ready() -> bool:
        return next(answers)

    async with opened(ready) as client:
        for _ in range(2):
            response = await client.post("/graphql", json={"query": "{ __typename }"})
            assert response.status_code == 503
            assert response.headers["retry-after"] == "1"
            assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
            assert "data" not in response.json()
        for _ in range(3):
            response = await client.post("/graphql", json={"query": "{ __typename }"})
            assert response.status_code == 200
            assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_readiness_that_cannot_be_told_is_no_readiness(opened: Opened) -> None:
    """A database that is down is 503, not 500."""

    async def ready() -> bool:
        raise Unavailable("The database does not answer.")

    async with opened(ready) as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"})
        assert response.status_code == 503
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
        probe = await client.get("/readyz")
        assert probe.status_code == 503
        assert probe.json()["reason"] == "The database does not answer."
        assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_readiness_is_asked_anew_each_time(opened: Opened) -> None:
    """A load balancer has to learn when it ends, and a database that hangs must not hang the probe."""
    answers = iter([True, False])

    async def ready() -> bool:
        return next(answers)

    async def hang() -> bool:
        await asyncio.sleep(60)
        return True

    async with opened(ready) as client:
        first, second = await client.get("/readyz"), await client.get("/readyz")
        assert (first.status_code, first.json()["status"]) == (200, "ready")
        assert set(first.json()["connections"]) == {"open", "idle", "allowed"}
        assert (second.status_code, second.json()["status"]) == (503, "not ready")
    async with opened(hang) as client:
        late = await client.get("/readyz")
        assert late.json()["reason"] == "The database did not answer within 2 seconds."


async def test_requests_are_counted(opened: Opened) -> None:
    """By the kind of operation and how it ended, and by nothing that a client chooses."""
    async with opened() as client:
        for query in ("{ __typename }", "{ me }", "{ boom }", "{", "{ busy }"):
            await client.post("/graphql", json={"query": query})
        response = await client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    counted = dict(re.findall(r"^inventory_graph_requests_total\{(.*)\} (.*)$", response.text, re.MULTILINE))
    assert counted == {
        'operation="query",outcome="ok"': "1.0",
        'operation="query",outcome="errors"': "1.0",
        'operation="query",outcome="failed"': "1.0",
        'operation="none",outcome="refused"': "1.0",
        'operation="query",outcome="unavailable"': "1.0",
    }
    assert 'inventory_graph_request_seconds_count{operation="query"} 4.0' in response.text
    assert "inventory_graph_requests_in_flight 0.0" in response.text
    assert re.search(r'inventory_graph_database_connections\{state="allowed"\} \d+\.0', response.text)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:4102", "[::2]"])
async def test_a_foreign_host_name_is_refused(opened: Opened, host: str) -> None:
    """A web page whose name is made to point here could otherwise read everything that its visitor may."""
    async with opened() as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"host": host})
        assert response.status_code == 421
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert (await client.get("/graphql", headers={"host": host, "accept": BROWSER})).status_code == 421
        assert (await client.get("/healthz", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:4102", "127.0.0.1:9", "[::1]:4102"])
async def test_an_allowed_host_name_passes(opened: Opened, host: str) -> None:
    """With any port: the process does not know how it is reached."""
    async with opened() as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"host": host})
        assert response.status_code == 200


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/metrics"])
async def test_two_host_names_are_a_bad_request(opened: Opened, path: str) -> None:
    """A proxy in front may have read the other one (RFC 9112, section 3.2)."""
    async with opened() as client:
        headers = [("host", "localhost"), ("host", "localhost"), ("content-type", "application/json")]
        response = await client.post(path, content='{"query": "{ __typename }"}', headers=headers)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(("host", "is_let_in"), [(b"localhost:4102", True), (b"evil.example", False)])
async def test_a_socket_under_a_foreign_host_name_is_closed(host: bytes, is_let_in: bool) -> None:
    """The same web page could open a socket, which no preflight guards."""
    let_in: list[str] = []
    sent: list[str] = []

    async def behind(scope: Scope, _receive: Receive, _send: Send) -> None:
        let_in.append(scope["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    front = Front(behind, allowed_hosts=("localhost",), endpoint=behind, sockets=behind)
    await front({"type": "websocket", "path": "/graphql", "headers": [(b"host", host)]}, receive, send)
    assert let_in == (["websocket"] if is_let_in else [])
    assert sent == ([] if is_let_in else ["websocket.close"])


async def test_only_allowed_origins_may_call_from_a_browser(opened: Opened) -> None:
    """The browser asks first, because the content type is none that it sends unasked."""
    async with opened(allowed_origins=("https://shop.example",)) as client:
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        allowed = await client.options("/graphql", headers={"origin": "https://shop.example", **asked})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
        foreign = await client.options("/graphql", headers={"origin": "https://evil.example", **asked})
        assert foreign.status_code == 400
        assert "access-control-allow-origin" not in foreign.headers
    async with opened() as client:
        unasked = await client.options("/graphql", headers={"origin": "https://shop.example", **asked})
        assert unasked.status_code == 405
        assert "access-control-allow-origin" not in unasked.headers


async def test_every_answer_tells_browsers_to_take_it_as_it_is(served: Served) -> None:
    """JSON that is shown as a page could run what it contains."""
    for path in ("/graphql", "/healthz", "/nothing"):
        response = await served.client.get(path)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"


async def test_other_addresses_are_404_in_json(served: Served) -> None:
    """There is one address; a slash behind it is another."""
    for path in ("/", "/graphql/", "/graphql/x", "/admin"):
        response = await served.client.post(path, json={"query": "{ __typename }"})
        assert response.status_code == 404
        assert response.json()["errors"][0]["message"] == "Not Found"
