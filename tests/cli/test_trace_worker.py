"""The worker sends its traces where OpenTelemetry's own variables say."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from inventory_graph.db import Database
from migrations.roles import APP
from tests.given.tenants import given_tenant
from tests.nats_servers import nats_server
from tests.servers import PostgresServer, end

START_SECONDS_MAX = 60


@dataclass(slots=True)
class Collector:
    """What takes spans by OpenTelemetry's protocol; ``names`` are those that came."""

    url: str
    names: "Queue[str]" = field(default_factory=Queue)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        collector.names.put(span.name)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name in the library
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()


@contextmanager
def working(url: str, **environment: str) -> Iterator[None]:
    """A worker with these variables besides."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("inventory-graph"), "worker"],
        env={**os.environ, "DATABASE_URL": url, **environment},
        cwd=sys.prefix,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        end(process)


async def test_the_worker_sends_a_span_for_each_event_that_it_publishes(postgres: PostgresServer) -> None:
    """The setting that traces operations in web processes traces publishing in the worker."""
    url = await postgres.clone()
    database = await Database.connect(url, role=APP)
    await given_tenant(database)
    await database.close()
    with (
        nats_server() as bus,
        collecting() as collector,
        working(
            url,
            EVENTS_NATS_URL=bus.url,
            INVENTORY_TRACES="true",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_BSP_SCHEDULE_DELAY="50",
        ),
    ):
        names = set()
        while "publish inventory.outlet.created" not in names:
            try:
                names.add(collector.names.get(timeout=START_SECONDS_MAX))
            except Empty:
                pytest.fail(f"only these spans came: {names}")
    assert {name.partition(" ")[0] for name in names} == {"publish"}
