"""Traces by OpenTelemetry: a span for each operation, and below it one for each SQL statement and for each event that it made,
once that is published.

Needs the extra ``otel``; only ``cli`` loads it, and only where traces are wanted. Where they go is said by the variables that
OpenTelemetry itself defines (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …). Spans hold no values: neither variables, nor
the arguments of statements, nor what is in events.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from asyncpg.connection import LoggedQuery
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from inventory_graph.live.publishing import TRACEPARENT, Away, Carrier, Message, Refused
from inventory_graph.outbox import made_by
from inventory_graph.telemetry import FAULTS, RequestLabels

SERVICE = "inventory-graph"
TEXT_LENGTH_MAX = 2_000
NANOSECONDS = 1_000_000_000

_W3C = TraceContextTextMapPropagator()
"""How events name their operation, whatever else OpenTelemetry is told to understand of callers: consumers are told of this."""


class Traces:
    """The traces of one process. ``exporter`` is where they go, by default OpenTelemetry's own collector protocol over HTTP."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(SERVICE)

    @contextmanager
    def request(self, headers: Mapping[str, str], labels: RequestLabels) -> Iterator[Callable[[], None]]:
        """A span around one request, below the caller's where the headers name one; ``labels`` are read at its end. Events that
        are emitted for the request name its span.

        What it yields ends the span before the block does; statements that still run in the block are below it all the same.
        """
        span = self._tracer.start_span("request", context=propagate.extract(headers), kind=SpanKind.SERVER)
        try:
            with use_span(span, end_on_exit=False, record_exception=False), made_by(_traceparent(span)):
                yield lambda: _end(span, labels)
        finally:
            if span.is_recording():
                _end(span, labels)

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

    def publishing(self, carrier: Carrier, *, system: str, destination: str | None = None) -> Carrier:
        """The carrier, with a span for each message that it is given, below the operation that made the event. ``system`` is
        OpenTelemetry's name of what it publishes to, ``destination`` where there: by default each message's own subject."""
        return _TracedCarrier(carrier, self, system, destination)

    @contextmanager
    def message(self, message: Message, *, system: str, destination: str) -> Iterator[Message]:
        """A span around the publishing of one message; the message as it is to be sent, which names that span."""
        # In a context of its own: an event that no operation made belongs to none, whatever runs here.
        context = _W3C.extract(message.headers, Context())
        span = self._tracer.start_span(
            f"publish {message.subject}",
            context=context,
            kind=SpanKind.PRODUCER,
            attributes={
                "messaging.system": system,
                "messaging.operation.name": "publish",
                "messaging.operation.type": "send",
                "messaging.destination.name": destination,
                "messaging.message.id": message.id,
            },
        )
        try:
            traceparent = _traceparent(span)
            yield replace(message, headers={**message.headers, TRACEPARENT: traceparent}) if traceparent else message
        except (Away, Refused) as error:
            # By its class: what the server says may hold values.
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()


class _TracedCarrier:
    """A carrier whose messages are traced."""

    def __init__(self, carrier: Carrier, traces: Traces, system: str, destination: str | None) -> None:
        self._carrier = carrier
        self._traces = traces
        self._system = system
        self._destination = destination

    async def prepare(self) -> None:
        await self._carrier.prepare()

    async def publish(self, message: Message) -> None:
        destination = self._destination or message.subject
        with self._traces.message(message, system=self._system, destination=destination) as traced:
            await self._carrier.publish(traced)

    async def close(self) -> None:
        await self._carrier.close()


def _traceparent(span: Span) -> str | None:
    """The span as W3C's header names it; None where OpenTelemetry is switched off altogether."""
    written: dict[str, str] = {}
    _W3C.inject(written, set_span_in_context(span, Context()))
    return written.get(TRACEPARENT)


def _end(span: Span, labels: RequestLabels) -> None:
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
