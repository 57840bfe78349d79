"""The spans of a traced service, kept in memory."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from inventory_graph.transport.opentelemetry import Traces


class RecordsSpans:
    """A stand of a test that is traced into memory."""

    traces: Traces
    exporter: InMemorySpanExporter

    def spans(self) -> Sequence[ReadableSpan]:
        """All spans; ends the traces."""
        self.traces.close()
        return self.exporter.get_finished_spans()

    def requests(self) -> list[ReadableSpan]:
        """Those of operations."""
        return [span for span in self.spans() if span.kind is SpanKind.SERVER]
