"""A subscription over HTTP delivers as one over a socket does: server-sent events, and parts of a multipart body."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from inventory_graph.actor import Actor
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.sockets.conftest import SECONDS_MAX, Stand
from tests.stock.requests import received

EVENTS = "text/event-stream"
PARTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
STOCK = """
subscription ($skus: [String!], $after: String) {
  stockChanged(skus: $skus, after: $after) { cursor kind balance { onHand } }
}
"""


@dataclass(slots=True)
class Reader:
    """Reads a stream as its clients do: whatever is there, by the marks between."""

    response: httpx.Response
    chunks: AsyncIterator[bytes]
    _read: bytes = b""
    raw: list[bytes] = field(default_factory=list)

    async def until(self, mark: bytes) -> bytes:
        """What comes before the next mark."""
        async with asyncio.timeout(SECONDS_MAX):
            while mark not in self._read:
                self._read += await anext(self.chunks)
        found, _, self._read = self._read.partition(mark)
        self.raw.append(found)
        return found

    async def event(self) -> tuple[str, Any]:
        """The next server-sent event that is no comment: its name and its data."""
        while (text := (await self.until(b"\n\n")).decode()).startswith(":"):
            pass
        lines = dict(line.split(": ", 1) for line in text.split("\n"))
        return lines["event"], json.loads(lines["data"]) if lines["data"] else None

    async def part(self) -> Any:
        """The next part that is no heartbeat."""
        while True:
            part = (await self.until(b"\r\n--graphql")).decode()
            if not part:
                continue
            head, _, body = part.removeprefix("\r\n").partition("\r\n\r\n")
            assert head == "content-type: application/json"
            if (value := json.loads(body)) != {}:
                return value

    async def rest(self) -> bytes:
        """Everything to the end."""
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                try:
                    self._read += await anext(self.chunks)
                except StopAsyncIteration:
                    return self._read


@asynccontextmanager
async def reading(
    stand: Stand, actor: Actor, query: str, *, accept: str, method: str = "POST", **variables: Any
) -> AsyncIterator[Reader]:
    """The stream that the query is answered by."""
    headers = {"accept": accept, "authorization": stand.callers.credential_of(actor)}
    body = {"query": query, "variables": variables}
    sent = {"params": {"query": query, "variables": json.dumps(variables)}} if method == "GET" else {"json": body}
    url = f"http://127.0.0.1:{stand.port}/graphql"
    async with httpx.AsyncClient() as client, client.stream(method, url, headers=headers, **sent) as response:
        yield Reader(response, response.aiter_raw())


async def settled(reader: Reader, form: str) -> str:
    """The cursor of the heartbeat that says that the snapshot is complete."""
    while True:
        value = (await reader.event())[1] if form == EVENTS else (await reader.part())["payload"]
        change = value["data"]["stockChanged"]
        if change["kind"] == "HEARTBEAT":
            return str(change["cursor"])


async def changed(reader: Reader, form: str) -> str:
    """What is on hand after the next change."""
    while True:
        value = (await reader.event())[1] if form == EVENTS else (await reader.part())["payload"]
        change = value["data"]["stockChanged"]
        if change["kind"] == "CHANGE":
            return str(change["balance"]["onHand"])


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("form", [EVENTS, PARTS], ids=["events", "parts"])
async def test_delivers_changes_as_they_happen(
    form: str, method: str, stand: Stand, graph: GraphClient, tenant: GivenTenant
) -> None:
    """Each can be read before the next one comes, and another stream goes on from a cursor."""
    await given_item(tenant, sku="SCONE")
    async with reading(stand, tenant.actor, STOCK, accept=form, method=method, skus=["SCONE"]) as reader:
        cursor = await settled(reader, form)
        for total in ("2", "4"):
            await received(graph, sku="SCONE", quantity="2")
            assert await changed(reader, form) == total
    async with reading(stand, tenant.actor, STOCK, accept=form, skus=["SCONE"], after=cursor) as reader:
        assert [await changed(reader, form) for _ in range(2)] == ["2", "4"]


async def test_events_have_the_form_that_clients_read(stand: Stand, tenant: GivenTenant) -> None:
    """Lines end with LF alone, nothing between may keep or collect them."""
    async with reading(stand, tenant.actor, STOCK, accept=EVENTS) as reader:
        await settled(reader, EVENTS)
        assert b"\r" not in b"".join(reader.raw)
        headers = reader.response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert "no-cache" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (EVENTS, EVENTS),
        (PARTS, "multipart/mixed"),
        (f"{PARTS}, application/json", "multipart/mixed"),
        (f"application/json, {EVENTS}, {PARTS}", EVENTS),
        (f"{EVENTS};q=0.5, {PARTS}", "multipart/mixed"),
        ('multipart/mixed; subscriptionSpec="1.0"', "multipart/mixed"),
    ],
)
async def test_the_client_chooses_the_form(accept: str, media_type: str, stand: Stand, tenant: GivenTenant) -> None:
    """The one it likes best, of two liked as well the first."""
    async with reading(stand, tenant.actor, STOCK, accept=accept) as reader:
        assert reader.response.status_code == 200
        assert reader.response.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize("accept", ["application/json", "multipart/mixed", f"{EVENTS};q=0, application/json"])
async def test_one_answer_holds_no_subscription(accept: str, stand: Stand, tenant: GivenTenant) -> None:
    """The refusal says what to ask for; multipart of another kind is none of ours."""
    async with reading(stand, tenant.actor, STOCK, accept=accept) as reader:
        assert reader.response.status_code in {400, 406}
        assert b"text/event-stream" in await reader.rest()


async def test_queries_and_mutations_are_one_event(stand: Stand, tenant: GivenTenant) -> None:
    """Then the stream is complete. Who takes JSON, too, gets that."""
    async with reading(stand, tenant.actor, "{ __typename }", accept=EVENTS) as reader:
        assert await reader.event() == ("next", {"data": {"__typename": "Query"}})
        assert await reader.event() == ("complete", None)
    async with reading(stand, tenant.actor, "{ __typename }", accept=PARTS) as reader:
        assert await reader.part() == {"payload": {"data": {"__typename": "Query"}}}
        assert await reader.rest() == b"--\r\n"
    async with reading(stand, tenant.actor, "{ __typename }", accept=f"{EVENTS}, application/json") as reader:
        assert json.loads(await reader.rest()) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { stockChanged { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ('subscription { stockChanged(after: "nonsense") { kind } }', "CURSOR_INVALID"),
    ],
)
async def test_a_refused_operation_says_why_in_the_stream(
    query: str, code: str, stand: Stand, tenant: GivenTenant
) -> None:
    """A browser's EventSource shows nothing of an answer with another status."""
    async with reading(stand, tenant.actor, query, accept=EVENTS) as reader:
        name, value = await reader.event()
        assert (name, value["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await reader.event() == ("complete", None)
    async with reading(stand, tenant.actor, query, accept=PARTS) as reader:
        assert (await reader.part())["payload"]["errors"][0]["extensions"]["code"] == code
        assert await reader.rest() == b"--\r\n"


async def test_a_wrong_credential_has_its_status(stand: Stand) -> None:
    """Clients tell it from what the operation answers."""
    headers = {"accept": EVENTS, "authorization": "Bearer nonsense"}
    url = f"http://127.0.0.1:{stand.port}/graphql"
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, json={"query": STOCK}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_foreign_page_gets_no_stream(stand: Stand) -> None:
    """An EventSource sends a GET with cookies and without asking first."""
    headers = {"accept": EVENTS, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    url = f"http://127.0.0.1:{stand.port}/graphql"
    async with httpx.AsyncClient() as client:
        answer = await client.get(url, params={"query": STOCK}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "PREFLIGHT_REQUIRED")


@pytest.mark.parametrize("form", [EVENTS, PARTS], ids=["events", "parts"])
async def test_an_expired_token_ends_the_stream(form: str, stand: Stand, tenant: GivenTenant) -> None:
    """It says so, and nothing is delivered after it."""
    async with reading(stand, tenant.actor_until(1.0), STOCK, accept=form) as reader:
        await settled(reader, form)
        if form == EVENTS:
            name, value = await reader.event()
            assert (name, value["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
            assert await reader.event() == ("complete", None)
        else:
            value = await reader.part()
            assert value["payload"] is None
            assert value["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert await reader.rest() == b"--\r\n"


async def test_a_client_that_hangs_up_frees_its_room(stand: Stand, tenant: GivenTenant) -> None:
    """Nothing of it is left behind; deliveries and streams are counted while there are some."""
    async with reading(stand, tenant.actor, STOCK, accept=EVENTS) as reader:
        await settled(reader, EVENTS)
        assert await _metric(stand, "inventory_graph_streams") == 1
        assert await _metric(stand, "inventory_graph_deliveries_total") >= 1
    async with asyncio.timeout(SECONDS_MAX):
        while await _metric(stand, "inventory_graph_streams"):  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)
    assert await _metric(stand, "inventory_graph_requests_in_flight") == 0


async def _metric(stand: Stand, name: str) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{stand.port}/metrics")).text
    return next(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    )
