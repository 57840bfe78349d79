"""Traces over sockets: the span of an operation is the one that it would have over HTTP, below its caller's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.transport.opentelemetry import Traces
from inventory_graph.wakeups import Wakeup
from migrations.roles import APP
from resolvers.schema import build_schema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http import kiosk
from tests.recorded import RecordsSpans
from tests.sockets.conftest import Stand, Wire, served
from tests.statements import CountingDatabase

TRACES = ("0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736")
PARENTS = ("00f067aa0ba902b7", "b7ad6b7169203331")
FIRST, SECOND = (f"00-{trace}-{parent}-01" for trace, parent in zip(TRACES, PARENTS, strict=True))
STOCK = "subscription Stock { stockChanged { kind } }"


@dataclass(slots=True)
class Traced(RecordsSpans):
    """A traced service; ``spans`` ends its traces and tells of them."""

    stand: Stand
    traces: Traces
    exporter: InMemorySpanExporter


@pytest.fixture
async def traced(
    owner_url: str, reader: CountingDatabase, callers: GivenCallers, request: pytest.FixtureRequest
) -> AsyncIterator[Traced]:
    """The service and its database, traced; of another schema where the test is given one."""

    async def ready() -> bool:
        return True

    exporter = InMemorySpanExporter()
    traces = Traces(exporter)
    database = await Database.connect(owner_url, role=APP, on_query=traces.statement)
    application = create_app(
        Settings.load(dotenv=None), database=database, authenticator=callers, ready=ready, tracer=traces, reader=reader,
        log=Wakeup(), schema=getattr(request, "param", None),
    )  # fmt: skip
    async with served(application) as port:
        yield Traced(Stand(port, callers), traces, exporter)
    await database.close()


@asynccontextmanager
async def opened(traced: Traced, tenant: GivenTenant, **headers: str) -> AsyncIterator[Wire]:
    """A socket of the tenant's administrator, opened with the headers."""
    async with traced.stand.wire(tenant.actor, additional_headers=headers) as wire:
        yield wire


async def ask(wire: Wire, query: str, **extensions: Any) -> list[Any]:
    """Every frame for the operation, to its last."""
    await wire.say({"type": "subscribe", "id": "1", "payload": {"query": query, "extensions": extensions}})
    frames = [await wire.hear()]
    while frames[-1]["type"] == "next":
        frames.append(await wire.hear())
    return frames


def place_of(span: ReadableSpan) -> tuple[str, str] | None:
    """The trace of the span and the span it is below; None for the first of a trace."""
    assert span.context is not None
    return (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") if span.parent is not None else None


async def test_an_operation_has_the_span_that_it_has_over_http(traced: Traced, tenant: GivenTenant) -> None:
    """With the same names and attributes; each operation of a socket has its own."""
    async with opened(traced, tenant) as wire:
        await ask(wire, "query Me { me { subject } }")
        await ask(wire, 'mutation Add { createCategory(input: {slug: "traced", name: "T"}) { errors { code } } }')
    spans = traced.requests()
    assert [span.name for span in spans] == ["query", "mutation"]
    attributes = [dict(span.attributes or {}) for span in spans]
    assert len({each.pop("inventory.request_id") for each in attributes}) == 2
    same = {"inventory.tenant": tenant.slug, "inventory.outcome": "ok"}
    assert attributes == [
        {"graphql.operation.type": "query", "graphql.operation.name": "Me", "inventory.cost": 1, **same},
        {"graphql.operation.type": "mutation", "graphql.operation.name": "Add", "inventory.cost": 11, **same},
    ]


async def test_its_caller_is_named_by_the_message_or_by_the_handshake(traced: Traced, tenant: GivenTenant) -> None:
    """A message that says so itself is believed before the headers that the socket was opened with."""
    async with opened(traced, tenant, traceparent=FIRST) as wire:
        await ask(wire, "{ __typename }")
        await ask(wire, "{ __typename }", traceparent=SECOND)
        await ask(wire, "{ __typename }", traceparent=["odd"])
    first, second = zip(TRACES, PARENTS, strict=True)
    assert [place_of(span) for span in traced.requests()] == [first, second, first]


@pytest.mark.parametrize(
    "parent", ["", "00-", "漢", 7, None, [], {}, "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 9_000]
)
async def test_what_names_no_caller_begins_a_trace(parent: object, traced: Traced, tenant: GivenTenant) -> None:
    """Whatever stands there, the operation is answered."""
    async with opened(traced, tenant) as wire:
        frames = await ask(wire, "{ __typename }", traceparent=parent)
    assert [frame["type"] for frame in frames] == ["next", "complete"]
    assert [place_of(span) for span in traced.requests()] == [None]


async def test_statements_are_below_the_operation(traced: Traced, tenant: GivenTenant) -> None:
    """As those of a request over HTTP are."""
    async with opened(traced, tenant) as wire:
        await ask(wire, "{ categories { slug } }")
    spans = traced.spans()
    (request,) = [span for span in spans if span.kind is SpanKind.SERVER]
    assert request.context is not None
    below = [span for span in spans if span.parent is not None and span.parent.span_id == request.context.span_id]
    assert [span.name for span in below][-3:] == ["BEGIN", "SELECT", "COMMIT"]


async def test_a_subscription_has_a_span_for_its_beginning(traced: Traced, tenant: GivenTenant) -> None:
    """To its first delivery: it is told of while the subscription goes on, for hours perhaps."""
    async with opened(traced, tenant) as wire:
        await wire.say(
            {
                "type": "subscribe",
                "id": "1",
                "payload": {"query": STOCK, "extensions": {"traceparent": SECOND}},
            }
        )
        assert (await wire.hear())["type"] == "next"
        (span,) = traced.requests()
    assert (span.name, place_of(span)) == ("subscription", (TRACES[1], PARENTS[1]))
    attributes = dict(span.attributes or {})
    assert (attributes["graphql.operation.name"], attributes["inventory.outcome"]) == ("Stock", "ok")


@pytest.mark.parametrize("traced", [build_schema([kiosk])], ids=["kiosk"], indirect=True)
async def test_a_fault_is_marked(traced: Traced, tenant: GivenTenant) -> None:
    """As over HTTP: what the service is to blame for is what an alarm should count, also where a part was answered."""
    async with opened(traced, tenant) as wire:
        for query in ("{ boom }", "{ __typename boom }", "{ busy }", "{ refused(first: 7) }"):
            assert (await ask(wire, query))[-1]["type"] == "complete"
    assert [(span.name, span.status.status_code, span.status.description) for span in traced.requests()] == [
        ("query", StatusCode.ERROR, "failed"),
        ("query", StatusCode.ERROR, "failed"),
        ("query", StatusCode.ERROR, "unavailable"),
        ("query", StatusCode.UNSET, None),
    ]


async def test_what_is_refused_is_no_fault(traced: Traced, tenant: GivenTenant) -> None:
    """And has a span all the same, with how it ended."""
    async with opened(traced, tenant) as wire:
        for query in (
            "{",
            "{ nothing }",
            "subscription { nothing }",
            'subscription { stockChanged(after: "x") { kind } }',
        ):
            assert (await ask(wire, query))[-1]["type"] in {"error", "complete"}
    spans = traced.requests()
    outcomes = [(span.name, (span.attributes or {})["inventory.outcome"]) for span in spans]
    assert outcomes == [("none", "refused")] * 3 + [("subscription", "ok")]
    assert {span.status.status_code for span in spans} == {StatusCode.UNSET}
