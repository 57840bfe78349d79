"""Traces: a span for each operation below its caller's, one for each statement below that, and no value in any of them."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from inventory_graph.app import create_app
from inventory_graph.cli.traces import traces_of
from inventory_graph.config import SettingsError
from inventory_graph.db import Database
from inventory_graph.transport.opentelemetry import Traces
from migrations.roles import APP
from resolvers.schema import InventorySchema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, settings_for_tests
from tests.recorded import RecordsSpans

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "00f067aa0ba902b7"
SECRET = "what-nobody-should-read"


@dataclass(slots=True)
class Traced(RecordsSpans):
    """A traced application; ``spans`` ends it and tells what it traced."""

    client: httpx.AsyncClient
    traces: Traces
    exporter: InMemorySpanExporter
    headers: dict[str, str]

    async def ask(self, query: str, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/graphql", json={"query": query}, headers={**self.headers, **sent})


@pytest.fixture
async def traced(
    owner_url: str, callers: GivenCallers, schema: InventorySchema, tenant: GivenTenant
) -> AsyncIterator[Traced]:
    """The application and its database, traced, asked by the tenant's administrator."""
    exporter = InMemorySpanExporter()
    traces = Traces(exporter)
    database = await Database.connect(owner_url, role=APP, on_query=traces.statement)
    application = create_app(
        settings_for_tests(), database=database, authenticator=callers, ready=answer_yes, schema=schema, tracer=traces
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://localhost:4102"
    ) as client:
        yield Traced(client, traces, exporter, {"authorization": callers.credential_of(tenant.actor)})
    await database.close()


async def test_an_operation_is_a_span_below_its_callers(traced: Traced, tenant: GivenTenant) -> None:
    """By W3C's header; what the client calls it is an attribute and not the name, because there is no end of such names."""
    answer = await traced.ask(
        "query Keys { claimed(keys: []) }", traceparent=f"00-{TRACE}-{PARENT}-01", x_request_id="request-9"
    )
    assert answer.json() == {"data": {"claimed": []}}
    (span,) = traced.requests()
    assert span.name == "query"
    assert span.context is not None
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert dict(span.attributes or {}) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Keys",
        "inventory.tenant": tenant.slug,
        "inventory.request_id": "request-9",
        "inventory.outcome": "ok",
        "inventory.cost": 0,
    }


async def test_each_statement_is_a_span_below_the_operation(traced: Traced) -> None:
    """In their order, with their texts, as long as they took."""
    await traced.ask('{ claimed(keys: ["a"]) }')
    spans = traced.spans()
    (request,) = [span for span in spans if span.kind is SpanKind.SERVER]
    statements = [span for span in spans if span.kind is SpanKind.CLIENT]
    assert [span.name for span in statements][-3:] == ["BEGIN", "SELECT", "COMMIT"]
    assert request.context is not None
    for span in statements:
        assert span.parent is not None
        assert span.parent.span_id == request.context.span_id
        assert (span.attributes or {})["db.system.name"] == "postgresql"
        assert (span.end_time or 0) >= (span.start_time or 0) > 0
    assert "FROM idempotency_keys" in str((statements[-2].attributes or {})["db.query.text"])


async def test_a_fault_is_marked_and_a_refusal_is_not(traced: Traced) -> None:
    """What the service is to blame for is what an alarm should count."""
    for query in ("{ boom }", "{ busy }", "{ refused(first: 7) }", "{ nothing }", "{"):
        await traced.ask(query)
    assert [(span.name, span.status.status_code, span.status.description) for span in traced.requests()] == [
        ("query", StatusCode.ERROR, "failed"),
        ("query", StatusCode.ERROR, "unavailable"),
        ("query", StatusCode.UNSET, None),
        ("none", StatusCode.UNSET, None),
        ("none", StatusCode.UNSET, None),
    ]


async def test_no_value_is_in_a_span(traced: Traced) -> None:
    """Neither what the client sent, nor who it is, nor what a failed statement was about."""
    await traced.client.post(
        "/graphql",
        json={
            "query": "query($text: String!, $keys: [String!]!) { echo(text: $text) claimed(keys: $keys) boom }",
            "variables": {"text": SECRET, "keys": [SECRET, "\u0001"]},
        },
        headers=traced.headers,
    )
    await traced.ask(f'mutation {{ claimKey(input: {{key: "{SECRET}"}}) {{ key }} }}')
    await traced.ask(f'mutation {{ claimKey(input: {{key: "{SECRET}{"x" * 500}"}}) {{ key errors {{ code }} }} }}')
    written = "".join(span.to_json() for span in traced.spans())
    assert written.count('"kind"') > 6
    assert SECRET not in written
    assert traced.headers["authorization"] not in written


def test_opentelemetry_need_not_be_installed_when_it_is_off() -> None:
    """And costs nothing: nothing of it is loaded by this program."""
    program = (
        "import sys; sys.modules['opentelemetry'] = None; import inventory_graph.cli, resolvers.http;"
        " print([name for name in sys.modules if name.startswith('inventory_graph') and name.endswith('opentelemetry')])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    assert printed.strip() == "[]"
    with traces_of(settings_for_tests()) as traces:
        assert traces is None


def test_traces_without_the_extra_are_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that helps, and not with a traceback."""
    monkeypatch.setitem(sys.modules, "inventory_graph.transport.opentelemetry", None)
    with (
        pytest.raises(SettingsError, match=r"INVENTORY_TRACES is true .*pip install 'inventory-graph\[otel\]'"),
        traces_of(settings_for_tests(traces=True)),
    ):
        pass
