"""What an operator sees: metrics for Prometheus and log lines."""

import itertools
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
import orjson
import stamina.instrumentation
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from stamina.instrumentation import RetryDetails

from inventory_graph.config import Settings

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BATCH_SIZE_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)

NAMES_MAX = 1_000
FAULTS = frozenset({"failed", "late", "unavailable"})
"""Outcomes that are the service's fault and not the caller's."""


@dataclass(slots=True)
class RequestLabels:
    """What is known of the request that a task works for; it grows while the request is answered.

    ``kind`` is query, mutation, subscription or none, ``operation`` the name that the client gave it, ``outcome`` how it ended,
    ``points`` what it cost. Every log line of the task bears the id, the tenant and the operation.
    """

    request_id: str
    tenant: str | None = None
    operation: str | None = None
    kind: str = "none"
    outcome: str = "none"
    points: int = 0


class Tracer(Protocol):
    """What follows requests beyond this process (``inventory_graph.transport.opentelemetry.Traces``)."""

    def request(
        self, headers: Mapping[str, str], labels: RequestLabels
    ) -> AbstractContextManager[Callable[[], None]]: ...


current_request: ContextVar[RequestLabels | None] = ContextVar("current_request", default=None)
"""The request that this task works for."""


class BatchMetrics:
    """What a batcher does (a ``BatchObserver``)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._size = Histogram(
            "inventory_graph_batch_size",
            "Changes made in one batch.",
            buckets=BATCH_SIZE_BUCKETS,
            registry=registry,
        )
        self._seconds = Histogram(
            "inventory_graph_batch_seconds",
            "Time from the begin of a batch to its answers, with its commit and what was run again.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self._wait_seconds = Histogram(
            "inventory_graph_batch_wait_seconds",
            "Time that a change waited for its batch to begin.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self._refused = Counter(
            "inventory_graph_batch_refused", "Changes refused because too many were waiting.", registry=registry
        )
        self._expired = Counter(
            "inventory_graph_batch_expired",
            "Changes not made because their time was over while they waited.",
            registry=registry,
        )
        self._isolated = Counter(
            "inventory_graph_batch_isolated",
            "Changes that made their batch fail and failed again by themselves.",
            registry=registry,
        )

    def watch_waiting(self, waiting: Callable[[], int]) -> None:
        """Report how many changes wait at the moment."""
        Gauge(
            "inventory_graph_batch_waiting", "Changes that wait for their batch.", registry=self._registry
        ).set_function(waiting)

    def begun(self, *, waited_seconds: float) -> None:
        self._wait_seconds.observe(waited_seconds)

    def done(self, *, size: int, seconds: float) -> None:
        self._size.observe(size)
        self._seconds.observe(seconds)

    def refused(self) -> None:
        self._refused.inc()

    def expired(self) -> None:
        self._expired.inc()

    def isolated(self) -> None:
        self._isolated.inc()


class Metrics:
    """The metrics of one process. Labels take few values, none of them a client's: only operations that the operator
    named are counted by name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._names: set[str] = set()
        self._others: list[CollectorRegistry] = []
        self._requests = Counter(
            "inventory_graph_requests",
            "GraphQL requests by operation type and how they ended.",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "inventory_graph_request_seconds",
            "Time from the first byte of a GraphQL request read to its answer handed to the server.",
            ("operation",),
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self._named = Counter(
            "inventory_graph_operations",
            "Operations by their name, of the names that the operator listed, and how they ended.",
            ("name", "outcome"),
            registry=self.registry,
        )
        self._named_seconds = Histogram(
            "inventory_graph_operation_seconds",
            "Time of operations by their name, of the names that the operator listed.",
            ("name",),
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self._retries = Counter(
            "inventory_graph_transaction_retries",
            "Transactions that ran again because another was in the way, by the error that said so.",
            ("error",),
            registry=self.registry,
        )
        self.batches = BatchMetrics(self.registry)
        self._wait = Histogram(
            "inventory_graph_database_wait_seconds",
            "Time that transactions waited for a connection of the pool.",
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self._deliveries = 0
        self.registry.register(_DeliveriesCollector(lambda: self._deliveries))
        self.in_flight = 0
        Gauge(
            "inventory_graph_requests_in_flight", "GraphQL requests being answered.", registry=self.registry
        ).set_function(lambda: self.in_flight)
        # Looking a label up takes a lock and a tuple each time; the handful of them is kept here instead.
        self._children: dict[tuple[str, str], tuple[Any, Any]] = {}

    def name_operations(self, names: Iterable[str]) -> None:
        """Count operations of these names by name, a thousand of them at most."""
        self._names |= set(itertools.islice(names, max(0, NAMES_MAX - len(self._names))))

    def answered(self, operation: str, outcome: str, seconds: float, *, name: str | None = None) -> None:
        """Count one request: ``operation`` is query, mutation, subscription or none, ``outcome`` one of a few words, ``name``
        what the client calls its operation."""
        if name in self._names:
            self._named.labels(name, outcome).inc()
            self._named_seconds.labels(name).observe(seconds)
        children = self._children.get((operation, outcome))
        if children is None:
            children = self._requests.labels(operation, outcome), self._seconds.labels(operation)
            self._children[operation, outcome] = children
        counter, histogram = children
        counter.inc()
        histogram.observe(seconds)

    def retried(self, details: RetryDetails) -> None:
        """Count a transaction that is about to run again."""
        self._retries.labels(type(details.caused_by).__name__).inc()

    def watch_pool(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        """Report how many connections the pool has, how many of them are idle and how many it may have."""
        self.registry.register(_PoolCollector(pool))

    def waited(self, seconds: float) -> None:
        """Count the wait of one transaction for its connection."""
        self._wait.observe(seconds)

    def watch_running(self, running: Mapping[str, int], waiting: Callable[[], Mapping[str, int]]) -> None:
        """Report how many operations of each kind run now, and how many wait for their turn."""
        self.registry.register(_RunningCollector(running, waiting))

    def watch_sockets(self, open_now: Callable[[], int]) -> None:
        """Report how many WebSockets are open."""
        Gauge("inventory_graph_sockets", "WebSockets that are open.", registry=self.registry).set_function(open_now)

    def watch_streams(self, open_now: Callable[[], int]) -> None:
        """Report how many HTTP responses go on until their subscription ends."""
        Gauge(
            "inventory_graph_streams", "Subscriptions that are answered over HTTP.", registry=self.registry
        ).set_function(open_now)

    def watch_callbacks(self, open_now: Callable[[], int]) -> None:
        """Report how many subscriptions are posted to a callback."""
        Gauge(
            "inventory_graph_callbacks", "Subscriptions that are posted to a router.", registry=self.registry
        ).set_function(open_now)

    def delivered(self) -> None:
        """Count one result that a subscription delivered."""
        # By hand: a counter's lock would be a good part of what a delivery costs.
        self._deliveries += 1

    def add(self, registry: CollectorRegistry) -> None:
        """Show the metrics of another part of the same process, too."""
        self._others.append(registry)

    def watch_retries(self) -> None:
        """Count the retries of the whole process here, in place of stamina's own metrics."""
        stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook, self.retried])

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return b"".join(generate_latest(registry) for registry in (self.registry, *self._others))


class _PoolCollector(Collector):
    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "inventory_graph_database_connections", "Database connections of the pool by state.", labels=("state",)
        )
        idle = self._pool.get_idle_size()
        family.add_metric(("idle",), idle)
        family.add_metric(("busy",), self._pool.get_size() - idle)
        family.add_metric(("allowed",), self._pool.get_max_size())
        yield family


class _DeliveriesCollector(Collector):
    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "inventory_graph_deliveries", "Results that subscriptions delivered.", value=self._count()
        )


class _RunningCollector(Collector):
    def __init__(self, running: Mapping[str, int], waiting: Callable[[], Mapping[str, int]]) -> None:
        self._running = running
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "inventory_graph_operations_running", "Operations being executed, by type.", labels=("operation",)
        )
        for operation in ("query", "mutation", "subscription"):
            family.add_metric((operation,), self._running.get(operation, 0))
        yield family
        family = GaugeMetricFamily(
            "inventory_graph_operations_waiting", "Operations that wait for their turn, by type.", labels=("operation",)
        )
        for operation, number in self._waiting().items():
            family.add_metric((operation,), number)
        yield family


class JsonLines(logging.Formatter):
    """Each record as one JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            # A message may quote what a client sent; what is no text must not lose the line.
            "message": record.getMessage().encode(errors="replace").decode(),
        }
        if (labels := current_request.get()) is not None:
            line["requestId"] = labels.request_id
            line |= {"tenant": labels.tenant} if labels.tenant else {}
            line |= {"operation": labels.operation} if labels.operation else {}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info).encode(errors="replace").decode()
        return orjson.dumps(line).decode()


class TextLines(logging.Formatter):
    """Each record for people, with the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        labels = current_request.get()
        return f"{text} [{labels.request_id}]" if labels is not None else text


def configure_logging(settings: Settings) -> None:
    """Send the log of the process to stderr in the form and from the level that the settings name."""
    formatter: logging.Formatter
    if settings.log_format == "json":
        formatter = JsonLines()
    else:
        formatter = TextLines("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # It would tell of each post of a callback and of its whole address, which is as good as a secret to whoever reads the log.
    logging.getLogger("httpx").setLevel(max(logging.WARNING, root.level))
