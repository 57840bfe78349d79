"""GraphQL over HTTP: one request in, one JSON answer out, whatever was sent."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from inventory_graph.errors import Unauthenticated, Unavailable
from inventory_graph.telemetry import Metrics, RequestLabels, Tracer, current_request
from resolvers.admission import Admitted, DocumentRefusedError
from resolvers.answers import Answer, internal_answer, retry_after, send_answer
from resolvers.bulkheads import UNAVAILABLE
from resolvers.callbacks import Callbacks
from resolvers.envelope import (
    GRAPHQL_RESPONSE,
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
from resolvers.leases import Lease
from resolvers.masking import error_body
from resolvers.operating import EndpointSettings, Operations
from resolvers.requests import OUTCOMES, Request, address_of, request_id_of
from resolvers.stream_formats import StreamFormat, stream_format
from resolvers.streams import STOPPING, Stream, Streams, send_once

HEADER_LENGTH_MAX = 500
UNAUTHENTICATED = "UNAUTHENTICATED"

_ACCEPTABLE = (
    f"Answers are {JSON} or {GRAPHQL_RESPONSE}, subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0;"
    " accept one of these."
)
_ALLOW_ALL = {"allow": "GET, POST"}
_CHALLENGE = {"www-authenticate": "Bearer"}

logger = logging.getLogger(__name__)


class GraphQLEndpoint:
    """The ASGI application of /graphql over HTTP. ``page``, where there is one, answers browsers that open the address."""

    def __init__(
        self,
        operations: Operations,
        *,
        is_ready: Callable[[], Awaitable[bool]],
        metrics: Metrics,
        settings: EndpointSettings,
        streams: Streams,
        callbacks: Callbacks,
        page: ASGIApp | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._operations = operations
        self._streams = streams
        self._callbacks = callbacks
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
        labels = RequestLabels(request_id_of(headers))
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
        accept = headers.get("accept", "")[:HEADER_LENGTH_MAX]
        media_type, form = answer_type(accept), stream_format(accept)
        self._metrics.in_flight += 1
        try:
            answer = await self._answer(scope, receive, headers, media_type, form, labels)
            if isinstance(answer, Answer):
                if media_type is None and form is not None and answer.status == HTTPStatus.OK:
                    await send_once(send, form, answer.body, labels.request_id)
                else:
                    await send_answer(send, answer, media_type or JSON, labels.request_id)
        except ClientGoneError:
            return
        finally:
            self._metrics.in_flight -= 1
        if isinstance(answer, Stream):
            labels.outcome = await self._streams.send(answer, receive, send, labels)
            seconds = time.perf_counter() - began
        else:
            labels.outcome = answer.outcome
            seconds = time.perf_counter() - began
            if seconds >= self._settings.slow_seconds:
                logger.warning(
                    "Slow: a %s of %d points took %.3f s (%s).", labels.kind, labels.points, seconds, answer.outcome
                )
        self._metrics.answered(labels.kind, labels.outcome, seconds, name=labels.operation)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
        media_type: str | None,
        form: StreamFormat | None,
        labels: RequestLabels,
    ) -> Answer | Stream:
        try:
            await self._check_ready()
            if media_type is None and form is None:
                raise RequestRefusedError(406, _ACCEPTABLE)
            envelope = await self._envelope(scope, receive, headers)
            actor = await self._operations.callers.authenticate(headers)
            labels.tenant = actor.tenant_slug if actor is not None else None
            request = self._operations.request(
                envelope,
                actor,
                headers,
                address=address_of(scope),
                is_get=scope["method"] == "GET",
                is_stream=form is not None or (envelope.subscription is not None and scope["method"] == "POST"),
                # A client that names GraphQL's own type wants the status to tell of a refused request, too.
                refused_status=400 if media_type == GRAPHQL_RESPONSE else 200,
            )
            return await self._operate(request, form, headers, labels)
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

    async def _operate(
        self, request: Request, form: StreamFormat | None, headers: Mapping[str, str], labels: RequestLabels
    ) -> Answer | Stream:
        if request.is_stream:
            try:
                admitted = await self._operations.admit_subscription(request, labels)
            except DocumentRefusedError as refused:
                return Answer(request.refused_status, {"errors": list(refused.errors)}, "refused")
            if admitted is not None:
                return await self._subscribe(form, request, admitted, headers, labels)
        return await self._operations.answer(request, labels)

    async def _subscribe(
        self,
        form: StreamFormat | None,
        request: Request,
        admitted: Admitted,
        headers: Mapping[str, str],
        labels: RequestLabels,
    ) -> Answer | Stream:
        """The subscription as a stream, else by callback; raises ``RequestRefusedError`` where there is no room."""
        if self._streams.is_closing:
            raise RequestRefusedError(503, STOPPING, code=UNAVAILABLE, headers={"retry-after": "1"})
        operations = self._operations
        lease = Lease(
            operations.callers.authenticate, headers, request.actor, recheck_seconds=self._streams.recheck_seconds
        )
        results = operations.results(request, admitted, labels)
        room = ExitStack()
        if form is not None:
            room.enter_context(operations.room(request, admitted))
            return Stream(form, results, lease, room)
        callback = self._callbacks.callback_of(request)
        room.enter_context(operations.room(request, admitted))
        return await self._callbacks.begin(callback, results, lease=lease, room=room, labels=labels)

    async def _unauthenticated(self, error: Unauthenticated, scope: Scope) -> Answer:
        try:
            await self._operations.charge_refused(None, address_of(scope))
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


def _refused(refused: RequestRefusedError) -> Answer:
    outcome = OUTCOMES.get(refused.status, "refused")
    return Answer(refused.status, {"errors": [refused.error]}, outcome, refused.headers)
