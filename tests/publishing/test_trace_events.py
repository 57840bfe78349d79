"""Events name the operation that made them: from the request over outbox and log to whoever consumes them, by W3C's traceparent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.cli.processes import cancelled
from inventory_graph.cli.publishing import publishing
from inventory_graph.config import Settings
from inventory_graph.live.dead_letters import replay_dead_letters
from inventory_graph.live.lanes import TRIES_MAX
from inventory_graph.live.publishing import KAFKA, NATS, Bus
from inventory_graph.live.verification import verify_chain
from inventory_graph.outbox import made_by
from inventory_graph.transport.opentelemetry import Traces
from inventory_graph.worker import WORKER
from tests.given.items import given_item, given_stock
from tests.graph import BASE_URL, GivenCallers, GraphClient
from tests.kafka_clusters import TOPIC, KafkaCluster, kafka_cluster
from tests.nats_servers import NatsServer, nats_server
from tests.publishing.conftest import Log
from tests.publishing.kafka import read
from tests.publishing.reading import Inbox, fetch

TRACES = [f"{number:032x}" for number in range(1, 4)]
CALLER = "00f067aa0ba902b7"
STORED = f"00-{TRACES[0]}-{CALLER}-01"
CATEGORY = 'mutation { createCategory(input: {slug: "tea", name: "Tea"}) { errors { code } } }'
RESERVE = "mutation($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } errors { code } } }"
SMALL = 8_192


@dataclass(slots=True)
class Traced:
    """The traces of one process; ``spans`` ends them and tells those of a kind."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    traces: Traces = field(init=False)

    def __post_init__(self) -> None:
        self.traces = Traces(self.exporter)

    def spans(self, kind: SpanKind) -> list[ReadableSpan]:
        self.traces.close()
        return [span for span in self.exporter.get_finished_spans() if span.kind is kind]


@pytest.fixture
def server() -> Iterator[Traced]:
    """The traces of the web process."""
    made = Traced()
    yield made
    made.traces.close()


@pytest.fixture
def worker() -> Iterator[Traced]:
    """The traces of the worker."""
    made = Traced()
    yield made
    made.traces.close()


@asynccontextmanager
async def serving(log: Log, traces: Traces | None) -> AsyncIterator[GraphClient]:
    """The web application on the test's database, asked by the tenant's administrator."""
    database, settings = log.tenant.database, Settings.load(dotenv=None)
    authenticator = Authenticator(database=database, settings=settings)
    callers = GivenCallers(authenticator)

    async def ready() -> bool:
        return True

    application = create_app(settings, database=database, authenticator=callers, ready=ready, tracer=traces)
    transport = httpx.ASGITransport(application)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        yield GraphClient(client, callers, log.tenant)
    await authenticator.close()


async def ask(graph: GraphClient, trace: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """An operation of a caller who is traced."""
    return await graph(query, variables, headers={"traceparent": f"00-{trace}-{CALLER}-01"})


async def publish(log: Log, traces: Traces | None, *, buses: Sequence[Bus] = (NATS,), **settings: Any) -> None:
    """Number what there is, and publish it as a worker with these settings does."""
    await log.number()
    tasks = publishing(
        Settings.load(dotenv=None, **settings), log.worker, log=log.bell, registry=CollectorRegistry(), traces=traces
    )
    try:
        for bus in buses:
            await log.published(30, bus=bus)
    finally:
        await cancelled(tasks)


async def names(log: Log, bus: NatsServer) -> dict[str, list[str | None]]:
    """What the messages name as their operation, by the types of their events."""
    inbox, expected = Inbox(), len(await log.logged())
    await fetch(bus.url, inbox, until=lambda: len(inbox.ids) == expected)
    found: dict[str, list[str | None]] = {}
    for message in inbox.messages:
        found.setdefault(message.subject, []).append((message.headers or {}).get("traceparent"))
    return found


def name_of(span: ReadableSpan) -> str:
    """The span as W3C writes it."""
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


async def test_a_message_is_below_the_operation_that_made_its_event(
    log: Log, bus: NatsServer, server: Traced, worker: Traced
) -> None:
    """In the trace of whoever sent the operation: the operation's span, below it that of publishing, which the header names."""
    async with serving(log, server.traces) as graph:
        await ask(graph, TRACES[0], CATEGORY)
    await publish(log, worker.traces, events_nats_url=bus.url)
    (operation,) = server.spans(SpanKind.SERVER)
    (span,) = [each for each in worker.spans(SpanKind.PRODUCER) if each.name == "publish inventory.category.created"]
    async with log.worker.read(WORKER) as tx:
        (row,) = await tx.raw.fetch(
            "SELECT event_id, traceparent FROM event_log WHERE type = 'inventory.category.created'"
        )
    assert name_of(operation).startswith(f"00-{TRACES[0]}-")
    assert row["traceparent"] == name_of(operation)
    assert (span.parent and span.parent.span_id) == (operation.context and operation.context.span_id)
    assert dict(span.attributes or {}) == {
        "messaging.system": "nats",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": "inventory.category.created",
        "messaging.message.id": str(row["event_id"]),
    }
    assert span.status.status_code is StatusCode.UNSET
    assert (await names(log, bus))["inventory.category.created"] == [name_of(span)]


async def test_a_worker_without_traces_names_the_operation_itself(log: Log, bus: NatsServer, server: Traced) -> None:
    """Who consumes is in the same trace all the same."""
    async with serving(log, server.traces) as graph:
        await ask(graph, TRACES[0], CATEGORY)
    await publish(log, None, events_nats_url=bus.url)
    (operation,) = server.spans(SpanKind.SERVER)
    assert (await names(log, bus))["inventory.category.created"] == [name_of(operation)]


async def test_without_traces_there_is_no_header(log: Log, bus: NatsServer) -> None:
    """Nor is anything stored, whatever the caller sends."""
    async with serving(log, None) as graph:
        await ask(graph, TRACES[0], CATEGORY)
    await publish(log, None, events_nats_url=bus.url)
    found = await names(log, bus)
    assert found["inventory.category.created"] == [None]
    assert {name for named in found.values() for name in named} == {None}
    async with log.worker.read(WORKER) as tx:
        assert await tx.raw.fetchval("SELECT count(traceparent) FROM event_log") == 0


async def test_what_no_operation_made_has_a_trace_of_its_own(log: Log, bus: NatsServer, worker: Traced) -> None:
    """Where the worker is traced: such as what the worker itself does."""
    await log.write(uuid4(), "expired")
    await publish(log, worker.traces, events_nats_url=bus.url)
    (span,) = [each for each in worker.spans(SpanKind.PRODUCER) if each.name == "publish inventory.test.happened"]
    assert span.parent is None
    assert (await names(log, bus))["inventory.test.happened"] == [name_of(span)]


async def test_requests_of_one_batch_keep_their_own(log: Log, bus: NatsServer, server: Traced) -> None:
    """Two callers hold stock in one transaction: the hold, and what it does to the stock, is each caller's own."""
    await given_item(log.tenant, sku="TEA")
    await given_stock(log.tenant, "TEA", "9")
    async with serving(log, server.traces) as graph:
        await reserve_together(log, graph)
    await publish(log, None, events_nats_url=bus.url)
    operations = [name_of(span) for span in server.spans(SpanKind.SERVER)]
    assert sorted(name[3:35] for name in operations) == TRACES
    found = await names(log, bus)
    assert sorted(str(name) for name in found["inventory.reservation.held"]) == sorted(operations)
    # The first is of the stock that was given before.
    assert sorted(str(name) for name in found["inventory.stock.updated"][1:]) == sorted(operations)


async def reserve_together(log: Log, graph: GraphClient) -> None:
    """Each caller holds one TEA: the first in a batch alone, which waits for a lock, and the others, who wait for it, in the next."""
    asked = []
    async with stock_locked(log) as is_waited_for:
        for number, trace in enumerate(TRACES):
            line = {"sku": "TEA", "quantity": "1"}
            given = {
                "idempotencyKey": trace,
                "orderId": str(UUID(trace)),
                "lines": [line],
                "warehouse": {"code": "MAIN"},
            }
            asked.append(asyncio.create_task(ask(graph, trace, RESERVE, {"input": given})))
            while not await is_waited_for() or await metric(graph, "batch_waiting") != number:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.01)
    assert [(await each)["reserveStock"]["errors"] for each in asked] == [[], [], []]
    assert await metric(graph, "batch_size_count") == 2


@asynccontextmanager
async def stock_locked(log: Log) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """All stock locked while the block runs; what it gets answers whether somebody waits for it."""
    owner, watcher = await asyncpg.connect(log.owner_url), await asyncpg.connect(log.owner_url)

    async def is_waited_for() -> bool:
        found: bool = await watcher.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
        )
        return found

    try:
        async with owner.transaction():
            await owner.execute("SELECT FROM balances FOR UPDATE")
            yield is_waited_for
    finally:
        await owner.close()
        await watcher.close()


async def metric(graph: GraphClient, name: str) -> float:
    """What Prometheus reads of this name."""
    lines = (await graph.client.get("/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"inventory_graph_{name} "))


async def test_a_letter_keeps_its_name(log: Log, worker: Traced) -> None:
    """What was refused and is published again belongs to its operation still; each try is a span, which says how it ended."""
    thing = uuid4()
    with made_by(STORED):
        await log.write(thing, "x" * SMALL, "after")
    with nats_server(max_payload=SMALL) as bus:
        await publish(log, worker.traces, events_nats_url=bus.url)
        bus.stop()
        bus.max_payload = 1_048_576
        await asyncio.to_thread(bus.start)
        replay = log.tenant.database.write(log.tenant.actor, lambda tx: replay_dead_letters(tx, aggregate_id=thing))
        assert await replay == 2
        async with log.publisher(bus.url):
            found = await names(log, bus)
    assert found["inventory.test.happened"] == [STORED, STORED]
    spans = [each for each in worker.spans(SpanKind.PRODUCER) if each.name == "publish inventory.test.happened"]
    assert [(each.status.status_code, each.status.description) for each in spans] == [
        (StatusCode.ERROR, "Refused")
    ] * TRIES_MAX
    assert {(each.attributes or {})["error.type"] for each in spans} == {"Refused"}
    assert not any("max_payload" in each.to_json() for each in spans)


async def test_kafka_has_the_same_header(log: Log, worker: Traced) -> None:
    """The destination of the span is the topic."""
    thing = uuid4()
    with made_by(STORED):
        await log.write(thing, "tea")
    with kafka_cluster() as cluster:
        await publish(
            log, worker.traces, buses=(KAFKA,), events_kafka_brokers=",".join(cluster.brokers), events_kafka_topic=TOPIC
        )
        header = await header_of(cluster, log, str(thing))
    (span,) = [each for each in worker.spans(SpanKind.PRODUCER) if each.name == "publish inventory.test.happened"]
    assert header == name_of(span).encode()
    assert name_of(span).startswith(f"00-{TRACES[0]}-")
    attributes = span.attributes or {}
    assert (attributes["messaging.system"], attributes["messaging.destination.name"]) == ("kafka", TOPIC)


async def test_the_chain_is_not_over_names(log: Log) -> None:
    """The audit finds nothing in a log whose events are named, nor once the names are gone."""
    with made_by(STORED):
        await log.write(uuid4(), "tea")
    await log.number()
    connection = await asyncpg.connect(log.owner_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM event_log WHERE traceparent = $1", STORED) == 1
        for statement in ("SELECT 1", "UPDATE event_log SET traceparent = NULL"):
            await connection.execute(statement)
            async with log.tenant.database.snapshot(log.tenant.actor) as tx:
                assert (await verify_chain(tx)).broken_at is None
    finally:
        await connection.close()


async def header_of(cluster: KafkaCluster, log: Log, aggregate_id: str) -> bytes | None:
    """What the one message about the aggregate names."""
    expected = len(await log.logged())
    inbox = await read(cluster, until=lambda inbox: len(inbox.ids) == expected)
    (record,) = [each for each in inbox.records if each.key == aggregate_id.encode()]
    header: bytes | None = dict(record.headers).get("traceparent")
    return header
