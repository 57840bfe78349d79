"""GraphQL over HTTP: one request in, one JSON answer out, whatever was sent."""

import asyncio
import hmac
import itertools
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid4

from graphql import ExecutionResult
from starlette.types import ASGIApp, Receive, Scope, Send

from inventory_graph.actor import Actor
from inventory_graph.batching import Batcher
from inventory_graph.db import Database
from inventory_graph.errors import Unauthenticated, Unavailable
from inventory_graph.rates import RateLimiter
from inventory_graph.reading import SharedReads
from inventory_graph.telemetry import Metrics, RequestLabels, Tracer, current_request
from resolvers.admission import Admission, AdmissionSettings, DocumentRefusedError
from resolvers.answers import Answer, failed_answer, internal_answer, late_answer, retry_after, send_answer
from resolvers.bulkheads import UNAVAILABLE, Bulkheads
from resolvers.context import DEADLINE_SECONDS, RequestContext
from resolvers.envelope import (
    JSON,
    ClientGoneError,
    Envelope,
    RequestRefusedError,
    answer_type,
    check_origin,
    envelope_of_body,
    envelope_of_query_string,
    is_json,
    read_body,
)
from resolvers.execution import InventoryExecutor, prepare
from resolvers.masking import error_body, masked
from resolvers.persisted import SharedTexts
from resolvers.requests import Request
from resolvers.schema import InventorySchema

BODY_BYTES_MAX = 262_144
AT_ONCE_MAX = {"query": 500, "mutation": 10_000, "subscription": 5_000}
"""The room for operations that run at once. Changes wait for each other in batches, so there are more of them."""
HEADER_LENGTH_MAX = 500
SLOW_SECONDS = 1.0
UNAUTHENTICATED = "UNAUTHENTICATED"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# An id is to find a log line by; nothing depends on nobody guessing it.
_PROCESS = uuid4().hex[:16]
_numbers = itertools.count(1)
_ALLOW_ALL = {"allow": "GET, POST"}
_OUTCOMES = {429: "limited", 503: "unavailable"}
_CHALLENGE = {"www-authenticate": "Bearer"}

logger = logging.getLogger(__name__)


class CallersByHeader(Protocol):
    """Who proves by headers who a caller is (``inventory_graph.auth.Authenticator``)."""

    async def authenticate(self, headers: Mapping[str, str]) -> Actor | None: ...

    async def visitor(self, tenant_slug: str | None = None, outlet_id: UUID | None = None) -> Actor | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings(AdmissionSettings):
    """What the endpoint allows. Without router secrets every caller counts as the router."""

    router_secrets: Sequence[bytes] = ()
    body_bytes_max: int = BODY_BYTES_MAX
    deadline_seconds: float = DEADLINE_SECONDS
    slow_seconds: float = SLOW_SECONDS
    at_once_max: Mapping[str, int] = field(default_factory=lambda: dict(AT_ONCE_MAX))


class GraphQLEndpoint:
    """The ASGI application of /graphql. ``page``, where there is one, answers browsers that open the address; ``batcher`` makes
    the changes that operations ask of it."""

    def __init__(
        self,
        *,
        schema: InventorySchema,
        database: Database,
        callers: CallersByHeader,
        is_ready: Callable[[], Awaitable[bool]],
        metrics: Metrics,
        settings: EndpointSettings,
        page: ASGIApp | None = None,
        batcher: Batcher[Any, Any] | None = None,
        limiter: RateLimiter | None = None,
        tracer: Tracer | None = None,
        shared_texts: SharedTexts | None = None,
    ) -> None:
        self._schema = schema._schema
        self._admission = Admission(schema, settings, limiter=limiter, shared_texts=shared_texts)
        self._bulkheads = Bulkheads(settings.at_once_max)
        metrics.watch_running(self._bulkheads.running)
        metrics.name_operations(sorted(self._admission.trusted_names))
        self._database = database
        self._shared_reads = SharedReads(database)
        self._batcher = batcher
        self._callers = callers
        self._is_ready = is_ready
        self._was_ready = False
        self._metrics = metrics
        self._tracer = tracer
        self._settings = settings
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        accept = headers.get("accept", "")[:HEADER_LENGTH_MAX]
        if self._page is not None and scope["method"] == "GET" and "text/html" in accept:
            await self._page(scope, receive, send)
            return
        labels = RequestLabels(_request_id(headers))
        current_request.set(labels)
        if self._tracer is None:
            await self._respond(scope, receive, send, headers, labels)
        else:
            with self._tracer.request(headers, labels):
                await self._respond(scope, receive, send, headers, labels)

    async def _respond(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str], labels: RequestLabels
    ) -> None:
        began = time.perf_counter()
        media_type = answer_type(headers.get("accept", "")[:HEADER_LENGTH_MAX])
        self._metrics.in_flight += 1
        try:
            answer = await self._answer(scope, receive, headers, media_type, labels)
            await send_answer(send, answer, media_type or JSON, labels.request_id)
        except ClientGoneError:
            return
        finally:
            self._metrics.in_flight -= 1
        seconds = time.perf_counter() - began
        labels.outcome = answer.outcome
        self._metrics.answered(labels.kind, answer.outcome, seconds, name=labels.operation)
        if seconds >= self._settings.slow_seconds:
            logger.warning(
                "Slow: a %s of %d points took %.3f s (%s).", labels.kind, labels.points, seconds, answer.outcome
            )

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
        media_type: str | None,
        labels: RequestLabels,
    ) -> Answer:
        try:
            await self._check_ready()
            if media_type is None:
                raise RequestRefusedError(406, f"Answers are {JSON} or application/graphql-response+json; accept one.")
            envelope = await self._envelope(scope, receive, headers)
            actor = await self._callers.authenticate(headers)
            labels.tenant = actor.tenant_slug if actor is not None else None
            is_router = self._is_router(headers)
            request = Request(
                envelope=envelope,
                actor=actor,
                is_get=scope["method"] == "GET",
                is_proven_router=is_router and bool(self._settings.router_secrets),
                # A client that names GraphQL's own type wants the status to tell of a refused request, too.
                refused_status=200 if media_type == JSON else 400,
                address=address_of(scope),
                wants_cost=envelope.wants_cost or "x-graphql-cost" in headers,
            )
            context = RequestContext(
                database=self._database,
                actor=actor,
                request_id=labels.request_id,
                is_router=is_router,
                visitor_of_outlet=self._visitor_of_outlet,
                shared_reads=self._shared_reads,
                batcher=self._batcher,
                deadline_seconds=self._settings.deadline_seconds,
            )
            return await self._run(request, context, labels)
        except RequestRefusedError as refused:
            return _refused(refused)
        except Unauthenticated as error:
            return await self._unauthenticated(error, scope)
        except Unavailable as error:
            body = error_body(error.message, code=error.code)
            return Answer(503, {"errors": [body]}, "unavailable", retry_after(error))
        except ClientGoneError:
            raise
        except Exception:
            logger.exception("Request %s failed outside of execution.", labels.request_id)
            return internal_answer(labels.request_id)

    async def _unauthenticated(self, error: Unauthenticated, scope: Scope) -> Answer:
        try:
            await self._admission.charge_refused(None, address_of(scope))
        except RequestRefusedError as refused:
            return _refused(refused)
        body = error_body(error.message, code=UNAUTHENTICATED)
        return Answer(401, {"errors": [body]}, "unauthenticated", _CHALLENGE)

    async def _check_ready(self) -> None:
        if not self._was_ready:
            self._was_ready = await self._is_ready()
            if not self._was_ready:
                raise RequestRefusedError(
                    503,
                    "The service is starting; try again in a moment.",
                    code=UNAVAILABLE,
                    headers={"retry-after": "1"},
                )

    async def _envelope(self, scope: Scope, receive: Receive, headers: Mapping[str, str]) -> Envelope:
        method = scope["method"]
        if method == "GET":
            check_origin(headers)
            return envelope_of_query_string(scope["query_string"])
        if method != "POST":
            raise RequestRefusedError(405, f"{method} is not for this address; use POST.", headers=_ALLOW_ALL)
        if not is_json(headers.get("content-type", "")[:HEADER_LENGTH_MAX]):
            raise RequestRefusedError(415, f"Send the request as JSON, with the header Content-Type: {JSON}.")
        if headers.get("content-encoding", "identity") != "identity":
            raise RequestRefusedError(415, "Send the request without a content encoding.")
        body = await read_body(
            receive, announced=headers.get("content-length"), bytes_max=self._settings.body_bytes_max
        )
        return envelope_of_body(body)

    def _is_router(self, headers: Mapping[str, str]) -> bool:
        secrets = self._settings.router_secrets
        if not secrets:
            return True
        sent = headers.get("x-router-secret", "").encode("latin-1")
        return any(hmac.compare_digest(sent, secret) for secret in secrets)

    async def _visitor_of_outlet(self, outlet_id: UUID) -> Actor | None:
        return await self._callers.visitor(outlet_id=outlet_id)

    async def _run(self, request: Request, context: RequestContext, labels: RequestLabels) -> Answer:
        try:
            admitted = await self._admission.admit(request)
        except DocumentRefusedError as refused:
            return Answer(request.refused_status, {"errors": refused.errors}, "refused")
        labels.kind, labels.operation = admitted.kind, admitted.name
        executor = prepare(
            self._schema,
            admitted.operation.plan,
            context=context,
            variables=request.envelope.variables,
            suggestions=admitted.suggestions,
            points_max=self._settings.limits.cost_max,
        )
        if isinstance(executor, list):
            errors = masked(executor, request_id=context.request_id)
            return Answer(request.refused_status, {"errors": errors}, "refused")
        try:
            with self._bulkheads.room(admitted.kind, request.tenant_id):
                answer = await self._execute(executor, admitted.kind, context)
        finally:
            labels.points = executor.points
            self._admission.settle(request, admitted, points_used=executor.points)
        if request.wants_cost:
            cost = {**self._admission.cost(admitted.points), "actual": executor.points, "remaining": admitted.remaining}
            answer.body["extensions"] = {"cost": cost}
        return answer

    async def _execute(self, executor: InventoryExecutor, kind: str, context: RequestContext) -> Answer:
        try:
            result: Any = executor.execute_operation()
            if not isinstance(result, ExecutionResult):
                async with asyncio.timeout(context.ends_at - time.monotonic()):
                    result = await result
        except TimeoutError:
            return late_answer(kind, seconds_max=self._settings.deadline_seconds)
        if not result.errors:
            return Answer(200, {"data": result.data}, "ok")
        return failed_answer(result.data, result.errors, kind, context.request_id)


def address_of(scope: Scope) -> str:
    """Where the request came from, as far as is known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _refused(refused: RequestRefusedError) -> Answer:
    outcome = _OUTCOMES.get(refused.status, "refused")
    return Answer(refused.status, {"errors": [refused.error]}, outcome, refused.headers)


def _request_id(headers: Mapping[str, str]) -> str:
    sent = headers.get("x-request-id")
    return sent if sent is not None and _REQUEST_ID.fullmatch(sent) else f"{_PROCESS}-{next(_numbers):x}"
