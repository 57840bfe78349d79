"""The web application: what answers where, and under which names it may be asked."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import stamina.instrumentation
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from inventory_graph.actor import Actor
from inventory_graph.batching import Batcher, Handle
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.demo import Shopper, storefront_routes
from inventory_graph.edge import endpoint_settings, rate_limiter, redis_of
from inventory_graph.graphiql.serving import asset_routes, page_response
from inventory_graph.live.feeds import Feeds
from inventory_graph.live.hub import UNWOKEN_SECONDS, Hub
from inventory_graph.printing.desk import Desk
from inventory_graph.printing.links import Links
from inventory_graph.probes import IsReady, Probes
from inventory_graph.reservations.batch import handle as handle_requests
from inventory_graph.telemetry import Metrics, Tracer
from inventory_graph.transport.redis import Redis
from inventory_graph.wakeups import Wakeup
from resolvers.callbacks import Callbacks
from resolvers.downloads import Downloads
from resolvers.examples import EXAMPLES
from resolvers.http import GraphQLEndpoint
from resolvers.inline_traces import TracedEndpoint
from resolvers.masking import error_body
from resolvers.operating import CallersByHeader, Operations
from resolvers.schema import InventorySchema, build_schema
from resolvers.socket_settings import SocketSettings
from resolvers.sockets import Sockets
from resolvers.streams import Streams

ENDPOINT = "/graphql"
READER = Actor(tenant_id=UUID(int=0), tenant_slug="", subject="reader")
GARBAGE_THRESHOLDS = (50_000, 50, 100)
"""A page of fifty makes some 20,000 objects. By Python's own thresholds half of the time of sixteen pages at once goes into
looking for garbage among them; nearly all of it goes away by itself."""
ASKED_WITHOUT_NAME = frozenset({"/healthz", "/readyz"})
"""Where a prober asks that knows the address of a process but not the name of the service."""

_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_HEADERS_FROM_BROWSERS = (
    "authorization",
    "content-type",
    "x-api-key",
    "x-graphql-cost",
    "x-request-id",
    "x-tenant-slug",
)


@dataclass(frozen=True, slots=True)
class Transports:
    """How operations come in and answers go out."""

    endpoint: GraphQLEndpoint
    sockets: Sockets
    streams: Streams
    callbacks: Callbacks

    async def close(self) -> None:
        """Say good-bye to all who subscribe, while their connections are open."""
        await asyncio.gather(self.sockets.close(), self.streams.close(), self.callbacks.close())


def create_app(
    settings: Settings,
    *,
    database: Database,
    authenticator: CallersByHeader,
    ready: IsReady,
    development_token: str | None = None,
    shopper: Shopper | None = None,
    schema: InventorySchema | None = None,
    handle: Handle[Any, Any] = handle_requests,
    tracer: Tracer | None = None,
    more_metrics: CollectorRegistry | None = None,
    reader: Database | None = None,
    log: Wakeup | None = None,
) -> Starlette:
    """The application of one process.

    ``reader`` is the database as the role that follows the event log, for subscriptions; ``log`` is the bell that rings when
    events were numbered, None where nobody rings it here.

    ``ready`` tells whether the database is migrated and seeded; until it once said so /graphql answers 503. A
    ``development_token`` is shown to whoever can open GraphiQL, and what ``shopper`` makes to whoever opens the storefront:
    give them on a developer's machine only. ``handle`` makes the changes that are made in batches.
    """
    metrics = _metrics(settings, database, more_metrics)
    batcher = _batcher(settings, database, handle, metrics)
    redis = redis_of(settings)
    hub = _hub(reader, log) if reader is not None else None
    feeds = _feeds(settings, database.for_use("subscription"), hub)
    limiter = rate_limiter(settings, redis)
    desk = Desk(Links(settings.link_secrets(), base_url=settings.public_url or ""))
    operations = Operations(
        schema=schema or build_schema(authorization=settings.federation_authorization),
        database=database,
        callers=authenticator,
        metrics=metrics,
        settings=endpoint_settings(settings),
        limiter=limiter,
        shared_texts=redis,
        batcher=batcher,
        feeds=feeds,
        desk=desk,
    )
    transports = _transports(settings, operations, metrics, ready=ready, tracer=tracer, token=development_token)
    probes = Probes(database=database, ready=ready, metrics=metrics)
    downloads = Downloads(database=database, desk=desk, limiter=limiter)
    application = Starlette(
        routes=[*_routes(settings, probes, shopper), *downloads.routes()],
        middleware=_middleware(settings, TracedEndpoint(transports.endpoint), transports.sockets),
        exception_handlers={HTTPException: _http_error, Exception: _server_error},
        lifespan=_lifespan(metrics, transports, batcher, redis, hub),
    )
    application.state.say_goodbye = transports.close
    # A redirect would be built from the Host header; there is one address for everything.
    application.router.redirect_slashes = False
    return application


def _hub(reader: Database, log: Wakeup | None) -> Hub:
    if log is None:
        # Nobody rings, so it looks more often.
        return Hub(reader, READER, log=Wakeup(), idle_seconds=UNWOKEN_SECONDS)
    return Hub(reader, READER, log=log)


def _feeds(settings: Settings, database: Database, hub: Hub | None) -> Feeds | None:
    """What subscriptions deliver; None in a process that does not follow the event log."""
    if hub is None:
        return None
    return Feeds(database, hub, clock=_now, read_seconds_max=settings.operation_seconds_max)


def _transports(
    settings: Settings,
    operations: Operations,
    metrics: Metrics,
    *,
    ready: IsReady,
    tracer: Tracer | None,
    token: str | None,
) -> Transports:
    callbacks = Callbacks(hosts=settings.callback_hosts, metrics=metrics)
    streams = Streams(metrics, recheck_seconds=settings.recheck_seconds)
    endpoint = GraphQLEndpoint(
        operations,
        streams=streams,
        callbacks=callbacks,
        is_ready=ready,
        metrics=metrics,
        settings=endpoint_settings(settings),
        tracer=tracer,
        page=page_response(endpoint=ENDPOINT, token=token, tabs=EXAMPLES) if settings.graphiql else None,
    )
    sockets = Sockets(
        operations,
        tracer=tracer,
        settings=SocketSettings(
            origins=settings.allowed_origins,
            operations_max=settings.socket_operations_max,
            sockets_max=settings.sockets_max,
            recheck_seconds=settings.recheck_seconds,
            unsaid_max=settings.socket_unread_max,
            unsaid_of_all_max=settings.sockets_unread_max,
        ),
        metrics=metrics,
        is_ready=ready,
    )
    return Transports(endpoint, sockets, streams, callbacks)


def _metrics(settings: Settings, database: Database, more: CollectorRegistry | None) -> Metrics:
    """The metrics of the process, which hear of the database's connections from now on."""
    metrics = Metrics()
    metrics.watch_pool(database.pool)
    metrics.name_operations(settings.metrics_operations)
    if more is not None:
        metrics.add(more)
    database.on_wait = metrics.waited
    return metrics


def _routes(settings: Settings, probes: Probes, shopper: Shopper | None) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/healthz", probes.health),
        Route("/readyz", probes.readiness),
        Route("/metrics", probes.metrics),
    ]
    if settings.graphiql:
        routes += asset_routes(endpoint=ENDPOINT)
    if settings.demo:
        routes += storefront_routes(endpoint=ENDPOINT, shopper=shopper)
    return routes


def _middleware(settings: Settings, endpoint: ASGIApp, sockets: ASGIApp) -> list[Middleware]:
    """From the outermost to the innermost."""
    middleware: list[Middleware] = []
    if settings.trusted_proxies:
        middleware.append(Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)))
    if settings.allowed_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=("GET", "POST"),
                allow_headers=_HEADERS_FROM_BROWSERS,
                expose_headers=("retry-after", "x-request-id"),
            )
        )
    middleware.append(Middleware(Front, allowed_hosts=settings.allowed_hosts, endpoint=endpoint, sockets=sockets))
    return middleware


def _batcher(settings: Settings, database: Database, handle: Handle[Any, Any], metrics: Metrics) -> Batcher[Any, Any]:
    batcher = Batcher(
        database.for_use("mutation"),
        handle,
        batch_max=settings.batch_max,
        waiting_max_tenant=settings.batch_waiting_max // 4,
        waiting_max=settings.batch_waiting_max,
        batches_at_once_max=database.shares.most_of("mutation"),
        observe=metrics.batches,
    )
    metrics.batches.watch_waiting(lambda: batcher.waiting)
    return batcher


def _lifespan(
    metrics: Metrics,
    transports: Transports,
    batcher: Batcher[Any, Any] | None,
    redis: Redis | None,
    hub: Hub | None,
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        metrics.watch_retries()
        thresholds = gc.get_threshold()
        _spare_the_collector()
        tail = asyncio.create_task(hub.run()) if hub is not None else None
        try:
            yield
        finally:
            await transports.close()
            if tail is not None:
                tail.cancel()
                await asyncio.gather(tail, return_exceptions=True)
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            stamina.instrumentation.set_on_retry_hooks(None)
            if batcher is not None:
                await batcher.close()
            if redis is not None:
                await redis.close()

    return lifespan


def _now() -> datetime:
    return datetime.now(UTC)


def _spare_the_collector() -> None:
    """What was made at start stays to the end: the collector need not look at it again with every burst of requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


class Front:
    """Answers only under the allowed host names, and tells browsers to take every answer for what it says it is.

    /graphql goes straight to its endpoint, which sees to its own errors: routing would cost a third of the shortest answer.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Collection[str], endpoint: ASGIApp, sockets: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint
        self._sockets = sockets
        self._hosts = None if "*" in allowed_hosts else frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_allowed = self._hosts is None or scope["path"] in ASKED_WITHOUT_NAME or _name_of(hosts) in self._hosts
        if scope["type"] == "websocket":
            is_refused = len(hosts) > 1 or not is_allowed
            application = self._sockets if scope["path"] == ENDPOINT else self._app
            await (WebSocketClose() if is_refused else application)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY_HEADERS]
            await send(message)

        if len(hosts) > 1:
            await _ambiguous()(scope, receive, send_guarded)
        elif not is_allowed:
            await _misdirected()(scope, receive, send_guarded)
        elif scope["path"] == ENDPOINT:
            await self._endpoint(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)


def _name_of(hosts: Sequence[bytes]) -> str:
    """The host name that the client asked for, without its port."""
    named = hosts[0].decode("latin-1").lower() if hosts else ""
    return named.partition("]")[0].lstrip("[") if named.startswith("[") else named.partition(":")[0]


def _ambiguous() -> Response:
    """Whoever stands in front may have read another of them (RFC 9112, 3.2)."""
    error = error_body("The request has more than one Host header; send one.", code="BAD_REQUEST")
    return JSONResponse({"errors": [error]}, HTTPStatus.BAD_REQUEST)


def _misdirected() -> Response:
    error = error_body(
        "The service does not answer under this host name; INVENTORY_ALLOWED_HOSTS lists those it does.",
        code="BAD_REQUEST",
    )
    return JSONResponse({"errors": [error]}, HTTPStatus.MISDIRECTED_REQUEST)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    body = error_body(HTTPStatus(status).phrase, code="BAD_REQUEST")
    return JSONResponse({"errors": [body]}, status, headers=getattr(error, "headers", None))


async def _server_error(_request: Request, _error: Exception) -> Response:
    body = error_body("Internal error", code="INTERNAL")
    return JSONResponse({"errors": [body]}, HTTPStatus.INTERNAL_SERVER_ERROR)
