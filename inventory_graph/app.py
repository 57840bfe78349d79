"""The web application: what answers where, and under which names it may be asked."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any

import stamina.instrumentation
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from inventory_graph.batching import Batcher, Handle
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.graphiql import ASSETS, CONTENT_SECURITY_POLICY, render_page
from inventory_graph.rates import Rate, RateLimiter
from inventory_graph.reservations.batch import handle as handle_requests
from inventory_graph.telemetry import METRICS_CONTENT_TYPE, Metrics, Tracer
from inventory_graph.transport.redis import Redis
from inventory_graph.trusted_documents import load_trusted_documents
from resolvers.document_limits import DocumentLimits
from resolvers.examples import EXAMPLES
from resolvers.http import CallersByHeader, EndpointSettings, GraphQLEndpoint
from resolvers.inline_traces import TracedEndpoint
from resolvers.masking import error_body
from resolvers.schema import InventorySchema, build_schema

ENDPOINT = "/graphql"
READY_SECONDS_MAX = 2.0
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

logger = logging.getLogger(__name__)

IsReady = Callable[[], Awaitable[bool]]


def create_app(
    settings: Settings,
    *,
    database: Database,
    authenticator: CallersByHeader,
    ready: IsReady,
    development_token: str | None = None,
    schema: InventorySchema | None = None,
    handle: Handle[Any, Any] = handle_requests,
    tracer: Tracer | None = None,
    more_metrics: CollectorRegistry | None = None,
) -> Starlette:
    """The application of one process.

    ``ready`` tells whether the database is migrated and seeded; until it once said so /graphql answers 503. A
    ``development_token`` is shown to whoever can open GraphiQL: give one on a developer's machine only. ``handle``
    makes the changes that are made in batches.
    """
    metrics = Metrics()
    metrics.watch_pool(database.pool)
    batcher = _batcher(settings, database, handle, metrics)
    metrics.name_operations(settings.metrics_operations)
    if more_metrics is not None:
        metrics.add(more_metrics)
    database.on_wait = metrics.waited
    redis = Redis(settings.redis_url) if settings.redis_url is not None else None
    endpoint = GraphQLEndpoint(
        schema=schema or build_schema(authorization=settings.federation_authorization),
        database=database,
        callers=authenticator,
        is_ready=ready,
        metrics=metrics,
        settings=_endpoint_settings(settings),
        limiter=_limiter(settings, redis),
        tracer=tracer,
        shared_texts=redis,
        page=_graphiql_page(development_token) if settings.graphiql else None,
        batcher=batcher,
    )
    probes = _Probes(database=database, ready=ready, metrics=metrics)
    routes: list[BaseRoute] = [
        Route("/healthz", probes.health),
        Route("/readyz", probes.readiness),
        Route("/metrics", probes.metrics),
    ]
    if settings.graphiql:
        routes.append(Mount(f"{ENDPOINT}/assets", HashedFiles(directory=ASSETS)))
    application = Starlette(
        routes=routes,
        middleware=_middleware(settings, TracedEndpoint(endpoint)),
        exception_handlers={HTTPException: _http_error, Exception: _server_error},
        lifespan=_lifespan(metrics, batcher, redis),
    )
    # A redirect would be built from the Host header; there is one address for everything.
    application.router.redirect_slashes = False
    return application


def _endpoint_settings(settings: Settings) -> EndpointSettings:
    return EndpointSettings(
        introspection=settings.introspection,
        suggestions=settings.introspection,
        router_secrets=tuple(secret.get_secret_value().encode() for secret in settings.router_secrets),
        trusted_documents=load_trusted_documents(settings.trusted_documents) if settings.trusted_documents else {},
        trusted_only=settings.trusted_documents_only,
        limits=DocumentLimits(cost_max=settings.cost_max),
        introspection_roles=frozenset(settings.introspection_roles),
        deadline_seconds=settings.operation_seconds_max,
        slow_seconds=settings.slow_operation_seconds,
        body_bytes_max=settings.body_bytes_max,
        at_once_max={
            "query": settings.queries_at_once_max,
            "mutation": settings.mutations_at_once_max,
            "subscription": settings.subscriptions_at_once_max,
        },
    )


def _limiter(settings: Settings, redis: Redis | None) -> RateLimiter | None:
    """The rates of the settings; None where there are none, so that nothing is counted."""

    def rate(points_second: int) -> Rate | None:
        capacity = max(points_second * settings.rate_burst_seconds, settings.cost_max)
        return Rate(points_second, capacity) if points_second else None

    tenant, client = rate(settings.rate_tenant_points), rate(settings.rate_client_points)
    return RateLimiter(tenant=tenant, client=client, shared=redis) if tenant or client else None


def _middleware(settings: Settings, endpoint: ASGIApp) -> list[Middleware]:
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
    middleware.append(Middleware(Front, allowed_hosts=settings.allowed_hosts, endpoint=endpoint))
    return middleware


def _batcher(settings: Settings, database: Database, handle: Handle[Any, Any], metrics: Metrics) -> Batcher[Any, Any]:
    batcher = Batcher(
        database,
        handle,
        batch_max=settings.batch_max,
        waiting_max_tenant=settings.batch_waiting_max // 4,
        waiting_max=settings.batch_waiting_max,
        # The other connections are for those who read.
        batches_at_once_max=max(1, database.pool.get_max_size() // 2),
        observe=metrics.batches,
    )
    metrics.batches.watch_waiting(lambda: batcher.waiting)
    return batcher


def _lifespan(
    metrics: Metrics, batcher: Batcher[Any, Any] | None, redis: Redis | None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        metrics.watch_retries()
        thresholds = gc.get_threshold()
        _spare_the_collector()
        try:
            yield
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            stamina.instrumentation.set_on_retry_hooks(None)
            if batcher is not None:
                await batcher.close()
            if redis is not None:
                await redis.close()

    return lifespan


def _spare_the_collector() -> None:
    """What was made at start stays to the end: the collector need not look at it again with every burst of requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def create_worker_app(registry: CollectorRegistry) -> Starlette:
    """What the worker answers to those who watch over it."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": METRICS_CONTENT_TYPE})

    return Starlette(routes=[Route("/healthz", health), Route("/metrics", metrics)])


class Front:
    """Answers only under the allowed host names, and tells browsers to take every answer for what it says it is.

    /graphql goes straight to its endpoint, which sees to its own errors: routing would cost a third of the shortest answer.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Collection[str], endpoint: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint
        self._hosts = None if "*" in allowed_hosts else frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_allowed = self._hosts is None or scope["type"] == "lifespan" or self._is_allowed(scope)
        if scope["type"] != "http":
            await (self._app if is_allowed else WebSocketClose())(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY_HEADERS]
            await send(message)

        if not is_allowed:
            await _misdirected()(scope, receive, send_guarded)
        elif scope["path"] == ENDPOINT:
            await self._endpoint(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _is_allowed(self, scope: Scope) -> bool:
        return scope["path"] in ASKED_WITHOUT_NAME or _host_of(scope) in (self._hosts or ())


def _host_of(scope: Scope) -> str:
    """The host name that the client asked for, without its port."""
    for name, value in scope["headers"]:
        if name == b"host":
            named: str = value.decode("latin-1").lower()
            return named.partition("]")[0].lstrip("[") if named.startswith("[") else named.partition(":")[0]
    return ""


def _misdirected() -> Response:
    error = error_body(
        "The service does not answer under this host name; INVENTORY_ALLOWED_HOSTS lists those it does.",
        code="BAD_REQUEST",
    )
    return JSONResponse({"errors": [error]}, HTTPStatus.MISDIRECTED_REQUEST)


class HashedFiles(StaticFiles):
    """Files whose names contain a hash of their content, so that a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == HTTPStatus.OK:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class _Probes:
    """What operators and orchestrators ask."""

    def __init__(self, *, database: Database, ready: IsReady, metrics: Metrics) -> None:
        self._database = database
        self._ready = ready
        self._metrics = metrics

    async def health(self, _request: Request) -> Response:
        """Whether the event loop turns; nothing else, or a slow database would have every process restarted."""
        return JSONResponse({"status": "alive"})

    async def readiness(self, _request: Request) -> Response:
        """Whether requests can be answered: the database gives a connection, is migrated and seeded."""
        pool = self._database.pool
        connections = {"open": pool.get_size(), "idle": pool.get_idle_size(), "allowed": pool.get_max_size()}
        reason = await self._reason_why_not()
        if reason is None:
            return JSONResponse({"status": "ready", "connections": connections})
        return JSONResponse(
            {"status": "not ready", "reason": reason, "connections": connections}, HTTPStatus.SERVICE_UNAVAILABLE
        )

    async def _reason_why_not(self) -> str | None:
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                is_ready = await self._ready()
        except TimeoutError:
            return f"The database did not answer within {READY_SECONDS_MAX:g} seconds."
        except Unavailable as error:
            return error.message
        except Exception:
            logger.exception("The readiness probe failed.")
            return "The database did not answer; the log says why."
        return None if is_ready else "The database is not migrated to this version, or not seeded."

    async def metrics(self, _request: Request) -> Response:
        """The metrics of this process for Prometheus."""
        return Response(self._metrics.text(), headers={"content-type": METRICS_CONTENT_TYPE})


def _graphiql_page(token: str | None) -> ASGIApp:
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-store", "vary": "accept"}
    return HTMLResponse(render_page(endpoint=ENDPOINT, token=token, tabs=EXAMPLES), headers=headers)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    body = error_body(HTTPStatus(status).phrase, code="BAD_REQUEST")
    return JSONResponse({"errors": [body]}, status, headers=getattr(error, "headers", None))


async def _server_error(_request: Request, _error: Exception) -> Response:
    body = error_body("Internal error", code="INTERNAL")
    return JSONResponse({"errors": [body]}, HTTPStatus.INTERNAL_SERVER_ERROR)
