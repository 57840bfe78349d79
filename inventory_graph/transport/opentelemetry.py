"""Traces by OpenTelemetry: a span for each operation, and below it one for each SQL statement.

Needs the extra ``otel``; only ``cli`` loads it, and only where traces are wanted. Where they go is said by the variables that
OpenTelemetry itself defines (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …). Spans hold no values: neither variables nor
the arguments of statements.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from asyncpg.connection import LoggedQuery
from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode, use_span

from inventory_graph.telemetry import FAULTS, RequestLabels

SERVICE = "inventory-graph"
TEXT_LENGTH_MAX = 2_000
NANOSECONDS = 1_000_000_000


class Traces:
    """The traces of one process. ``exporter`` is where they go, by default OpenTelemetry's own collector protocol over HTTP."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(SERVICE)

    @contextmanager
    def request(self, headers: Mapping[str, str], labels: RequestLabels) -> Iterator[None]:
        """A span around one request, below the caller's where the headers name one; ``labels`` are read at its end."""
        span = self._tracer.start_span("request", context=propagate.extract(headers), kind=SpanKind.SERVER)
        try:
            with use_span(span, end_on_exit=False, record_exception=False):
                yield
        finally:
            # By the type: names of operations are the clients' and too many to be names of spans.
            span.update_name(labels.kind)
            span.set_attributes(
                {
                    "graphql.operation.type": labels.kind,
                    "graphql.operation.name": labels.operation or "",
                    "inventory.tenant": labels.tenant or "",
                    "inventory.request_id": labels.request_id,
                    "inventory.outcome": labels.outcome,
                    "inventory.cost": labels.points,
                }
            )
            if labels.outcome in FAULTS:
                span.set_status(StatusCode.ERROR, labels.outcome)
            span.end()

    def statement(self, query: LoggedQuery) -> None:
        """A span for a statement that has just run, below that of the request it ran for."""
        ended_at = time.time_ns()
        text = query.query.strip()
        span = self._tracer.start_span(
            text.split(maxsplit=1)[0].strip(";").upper() if text else "SQL",
            kind=SpanKind.CLIENT,
            start_time=ended_at - int(query.elapsed * NANOSECONDS),
            attributes={"db.system.name": "postgresql", "db.query.text": text[:TEXT_LENGTH_MAX]},
        )
        if query.exception is not None:
            # By its class: the message may hold values.
            span.set_status(StatusCode.ERROR, type(query.exception).__name__)
        span.end(ended_at)

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()
