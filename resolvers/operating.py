"""What runs operations, however their requests arrive: over HTTP, over a socket or as a stream."""

import asyncio
import hmac
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import orjson
from graphql import ExecutionResult, OperationType

from inventory_graph.actor import Actor
from inventory_graph.batching import Batcher
from inventory_graph.connection_shares import USES
from inventory_graph.db import Database
from inventory_graph.live.feeds import Feeds
from inventory_graph.printing.desk import Desk
from inventory_graph.rates import RateLimiter
from inventory_graph.reading import SharedReads
from inventory_graph.telemetry import Metrics, RequestLabels
from resolvers.admission import Admission, AdmissionSettings, Admitted, DocumentRefusedError
from resolvers.answers import Answer, failed_answer, late_answer
from resolvers.bulkheads import Bulkheads, Room
from resolvers.context import DEADLINE_SECONDS, RequestContext
from resolvers.envelope import Envelope
from resolvers.execution import InventoryExecutor, prepare
from resolvers.masking import masked
from resolvers.persisted import SharedTexts
from resolvers.requests import Request
from resolvers.schema import InventorySchema
from resolvers.subscribing import Subscribers

BODY_BYTES_MAX = 262_144
AT_ONCE_MAX = {"query": 500, "mutation": 10_000, "subscription": 20_000}
"""The room for operations that run at once. Changes wait for each other in batches, and subscriptions for something to happen, so
there are more of them."""
SLOW_SECONDS = 1.0
SUBSCRIPTION_CHARACTERS_MAX = 1_000
"""How long the document and the variables of a subscription may be that counts as one; parsed they take 150 bytes for a character."""


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
    room: Room = field(default_factory=lambda: Room(at_once_max=AT_ONCE_MAX))
    subscription_characters_max: int = SUBSCRIPTION_CHARACTERS_MAX


class Operations:
    """Runs the operations of one process. ``batcher`` makes the changes that they ask of it, ``feeds`` is what subscriptions
    deliver, and ``desk`` makes files of documents."""

    def __init__(
        self,
        *,
        schema: InventorySchema,
        database: Database,
        callers: CallersByHeader,
        metrics: Metrics,
        settings: EndpointSettings,
        batcher: Batcher[Any, Any] | None = None,
        feeds: Feeds | None = None,
        desk: Desk | None = None,
        limiter: RateLimiter | None = None,
        shared_texts: SharedTexts | None = None,
    ) -> None:
        self._schema = schema._schema
        self._admission = Admission(
            schema,
            settings,
            limiter=limiter,
            shared_texts=shared_texts,
            wait_seconds_max=settings.room.wait_seconds_max,
        )
        self._bulkheads = Bulkheads(settings.room)
        self._subscribers = Subscribers(schema, points_max=settings.limits.cost_max)
        metrics.watch_running(self._bulkheads.running, lambda: self._bulkheads.waiting)
        metrics.name_operations(sorted(self._admission.trusted_names))
        self._databases: dict[str, Database] = {use: database.for_use(use) for use in USES}
        self._shared_reads = SharedReads(self._databases["query"])
        self._batcher = batcher
        self._feeds = feeds
        self._desk = desk
        self._settings = settings
        self.callers = callers
        self.body_bytes_max = settings.body_bytes_max
        self.value_depth_max = settings.limits.value_depth_max

    def request(
        self,
        envelope: Envelope,
        actor: Actor | None,
        headers: Mapping[str, str],
        *,
        address: str,
        is_get: bool = False,
        is_stream: bool = False,
        refused_status: int = 200,
    ) -> Request:
        """The request that was sent by the caller with the headers."""
        is_router = self._is_router(headers)
        return Request(
            envelope=envelope,
            actor=actor,
            is_get=is_get,
            is_stream=is_stream,
            is_router=is_router,
            is_proven_router=is_router and bool(self._settings.router_secrets),
            refused_status=refused_status,
            address=address,
            wants_cost=envelope.wants_cost or "x-graphql-cost" in headers,
        )

    async def answer(self, request: Request, labels: RequestLabels) -> Answer:
        """What a query or mutation answers; raises ``RequestRefusedError``."""
        try:
            admitted = await self._admission.admit(request)
        except DocumentRefusedError as refused:
            return Answer(request.refused_status, {"errors": refused.errors}, "refused")
        labels.kind, labels.operation = admitted.kind, admitted.name
        context = self._context(request, labels, admitted.kind)
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
            async with self._bulkheads.turn(admitted.kind, request.party, points=admitted.points):
                answer = await self._execute(executor, admitted, context)
        finally:
            labels.points = executor.points
            self._admission.settle(request, admitted, points_used=executor.points)
        if request.wants_cost:
            cost = {**self._admission.cost(admitted.points), "actual": executor.points, "remaining": admitted.remaining}
            answer.body["extensions"] = {"cost": cost}
        return answer

    async def admit_subscription(self, request: Request, labels: RequestLabels) -> Admitted | None:
        """The subscription that may run, None for a query or mutation (which ``answer`` answers); raises ``DocumentRefusedError`` and
        ``RequestRefusedError``. A request for anything else is charged by ``answer``."""
        if await self._admission.kind_of(request) is not OperationType.SUBSCRIPTION:
            return None
        admitted = await self._admission.admit(request)
        labels.kind, labels.operation = admitted.kind, admitted.name
        return admitted

    def room(self, request: Request, admitted: Admitted) -> AbstractContextManager[None]:
        """Room for one subscription; entering it raises ``RequestRefusedError`` where there is none."""
        # All are kept as long as it lasts, in memory that nothing else bounds.
        kept = admitted.operation.characters + len(orjson.dumps(request.envelope.variables))
        if request.envelope.subscription is not None:
            kept += len(orjson.dumps(request.envelope.subscription))
        places = -(-kept // self._settings.subscription_characters_max)
        return self._bulkheads.room("subscription", request.party, places=places)

    def results(self, request: Request, admitted: Admitted, labels: RequestLabels) -> AsyncGenerator[bytes, None]:
        """The results of a subscription as JSON, each for one delivery; one with errors alone is the last."""
        return self._subscribers.events(
            admitted, request, make_context=lambda: self._context(request, labels, "subscription")
        )

    async def charge_refused(self, actor: Actor | None, address: str) -> None:
        """Draw for a request that is refused; raises ``RequestRefusedError`` where that is one too many."""
        await self._admission.charge_refused(actor, address)

    def _is_router(self, headers: Mapping[str, str]) -> bool:
        secrets = self._settings.router_secrets
        if not secrets:
            return True
        # The bytes that were sent: every header is held as latin-1, also what a socket has in place of one.
        sent = headers.get("x-router-secret", "").encode("latin-1")
        return any(hmac.compare_digest(sent, secret) for secret in secrets)

    def _context(self, request: Request, labels: RequestLabels, kind: str) -> RequestContext:
        return RequestContext(
            database=self._databases[kind],
            actor=request.actor,
            request_id=labels.request_id,
            is_router=request.is_router,
            visitor_of_outlet=self._visitor_of_outlet,
            shared_reads=self._shared_reads,
            batcher=self._batcher,
            feeds=self._feeds,
            desk=self._desk,
            pay=partial(self._admission.pay, request),
            deadline_seconds=self._settings.deadline_seconds,
            # A query had its turn, and a subscription runs: only a change that has changed nothing yet may be sent away.
            is_begun=kind != "mutation",
        )

    async def _visitor_of_outlet(self, outlet_id: UUID) -> Actor | None:
        return await self.callers.visitor(outlet_id=outlet_id)

    async def _execute(self, executor: InventoryExecutor, admitted: Admitted, context: RequestContext) -> Answer:
        try:
            result: Any = executor.execute_operation()
            if not isinstance(result, ExecutionResult):
                async with asyncio.timeout(context.ends_at - time.monotonic()):
                    result = await result
        except TimeoutError:
            return late_answer(admitted.kind, seconds_max=self._settings.deadline_seconds)
        if not result.errors:
            return Answer(200, {"data": result.data}, "ok")
        return failed_answer(
            result.data, result.errors, admitted.kind, context.request_id, remaining=admitted.remaining
        )
