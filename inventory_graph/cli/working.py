"""The command worker. It serves no GraphQL, so it does not load it."""

import asyncio
import socket
from contextlib import nullcontext, suppress

import typer
import uvloop
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inventory_graph.cli.processes import (
    cancelled,
    carrying,
    end_on_sigterm,
    listen,
    say,
    serve_application,
    worker_database,
)
from inventory_graph.cli.publishing import publishing
from inventory_graph.cli.traces import Traces, traces_of
from inventory_graph.config import Settings
from inventory_graph.live.sequencer import IDLE_SECONDS, UNWOKEN_SECONDS
from inventory_graph.outbox_age import OutboxAge
from inventory_graph.telemetry import METRICS_CONTENT_TYPE, configure_logging
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import work


def worker() -> None:
    """Do what runs beside the requests, from DATABASE_URL: numbering events and publishing them where EVENTS_NATS_URL or
    EVENTS_KAFKA_BROKERS is set, overdue holds, partitions ahead, what is too old to keep."""
    end_on_sigterm()
    settings = Settings.load()
    configure_logging(settings)
    port = settings.worker_http_port
    listener = listen(settings.http_host, port) if port is not None else None
    with listener or nullcontext(), suppress(SystemExit, KeyboardInterrupt):
        uvloop.run(_work(settings, listener))


async def _work(settings: Settings, listener: socket.socket | None) -> None:
    with traces_of(settings) as traces:
        await _work_traced(settings, listener, traces)


async def _work_traced(settings: Settings, listener: socket.socket | None, traces: Traces | None) -> None:
    database = await worker_database(settings)
    outbox_age = OutboxAge()
    outbox, log = Wakeup(), Wakeup()
    database.on_events = outbox.ring
    tasks = [*carrying(settings, outbox=outbox, log=log), asyncio.create_task(outbox_age.watch(database))]
    idle_seconds = IDLE_SECONDS if settings.redis_url is not None else UNWOKEN_SECONDS
    working = work(
        database, outbox=outbox, log=log, idle_seconds=idle_seconds, events_kept_days=settings.events_kept_days
    )
    tasks.append(asyncio.create_task(working))
    tasks += publishing(settings, database, log=log, registry=outbox_age.registry, traces=traces)
    try:
        say("Working.")
        if listener is not None:
            await serve_application(create_worker_app(outbox_age.registry), settings, listener, lambda: None)
        else:
            await asyncio.gather(*tasks)
    finally:
        await cancelled(tasks)
        await database.close()


def create_worker_app(registry: CollectorRegistry) -> Starlette:
    """What the worker answers to those who watch over it."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": METRICS_CONTENT_TYPE})

    return Starlette(routes=[Route("/healthz", health), Route("/metrics", metrics)])


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(worker)
