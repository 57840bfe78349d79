"""This service with the schema of ``graphql_servers``: ``python -m tests.bench.graphql_service PORT``; settings from the
environment, as always."""

import sys
from collections.abc import Sequence

import uvicorn
import uvloop
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.transport.opentelemetry import Traces
from resolvers.schema import build_schema
from tests.bench import graphql_servers


class _Nowhere(SpanExporter):
    """Takes every span: what is measured is making them, not a collector."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - the interface
        return SpanExportResult.SUCCESS


async def _ready() -> bool:
    return True


async def _serve(port: int) -> None:
    settings = Settings.load(dotenv=None)
    traces = Traces(_Nowhere()) if settings.traces else None
    database = await Database.connect(
        settings.require_database_url(), on_query=traces.statement if traces is not None else None
    )
    authenticator = Authenticator(database=database, settings=settings)
    application = create_app(
        settings,
        database=database,
        authenticator=authenticator,
        ready=_ready,
        schema=build_schema([graphql_servers]),
        tracer=traces,
    )
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_config=None, access_log=False, ws="none", proxy_headers=False
    )
    await uvicorn.Server(config).serve()
    await authenticator.close()
    await database.close()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
