"""Traces, where they are wanted: loaded only then, so that whoever does without needs none of OpenTelemetry."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, cast

from inventory_graph.config import Settings, SettingsError
from inventory_graph.live.publishing import Carrier
from inventory_graph.telemetry import RequestLabels

MODULE = "inventory_graph.transport.opentelemetry"


class Traces(Protocol):
    """``inventory_graph.transport.opentelemetry.Traces``."""

    def statement(self, query: Any) -> None: ...

    def request(
        self, headers: Mapping[str, str], labels: RequestLabels
    ) -> AbstractContextManager[Callable[[], None]]: ...

    def publishing(self, carrier: Carrier, *, system: str, destination: str | None = None) -> Carrier: ...

    def close(self) -> None: ...


@contextmanager
def traces_of(settings: Settings) -> Iterator[Traces | None]:
    """The traces of the process while the block runs, None where they are not wanted; raises ``SettingsError``."""
    if not settings.traces:
        yield None
        return
    try:
        module = importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"INVENTORY_TRACES is true and {error.name} is not installed: pip install 'inventory-graph[otel]'."
        ) from error
    traces = cast("Traces", module.Traces())
    try:
        yield traces
    finally:
        traces.close()
