"""How a subscription runs: its source yields, and each delivery is executed and encoded once for all who asked the same of it."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

import orjson
from graphql import ExecutionResult, GraphQLError, create_source_event_stream

from inventory_graph.errors import InventoryError
from resolvers.admission import Admitted
from resolvers.answers import compact, late_error, too_costly_error
from resolvers.audiences import Audience, Audiences
from resolvers.context import RequestContext
from resolvers.execution import InventoryExecutor, prepare
from resolvers.masking import INTERNAL, error_body, masked, told
from resolvers.requests import Request
from resolvers.schema import InventorySchema

KIND = "subscription"

logger = logging.getLogger(__name__)


class Subscribers:
    """Runs the subscriptions of one process. ``points_max`` is what one delivery may cost."""

    def __init__(self, schema: InventorySchema, *, points_max: int) -> None:
        self._schema = schema._schema
        self._points_max = points_max
        self._audiences = Audiences()

    async def events(
        self, admitted: Admitted, request: Request, *, make_context: Callable[[], RequestContext]
    ) -> AsyncGenerator[bytes, None]:
        """The JSON of a GraphQL result for each delivery.

        A result with errors alone is the last and says why: ``extensions.code``, and ``extensions.cursor`` to resume from where
        there is one. One with errors and without data is a delivery that could not be made, and the next ones follow.
        ``make_context`` is called for each delivery that is executed.
        """
        context = make_context()
        cursor: str | None = None
        try:
            source = await self._source(admitted, request, context)
            if isinstance(source, list):
                yield orjson.dumps({"errors": masked(source, request_id=context.request_id)})
                return
            plan, variables = admitted.operation.plan, request.envelope.variables
            with self._audiences.joined(plan, variables, request.actor) as audience:
                async with aclosing(source) as deliveries:
                    async for delivery in deliveries:
                        encoded = self._encoded(audience, delivery, admitted, request, make_context)
                        yield encoded if isinstance(encoded, bytes) else await encoded
                        cursor = delivery.cursor
        except InventoryError as error:
            yield _last(told(error), cursor)
        except TimeoutError:
            yield _last(late_error(KIND, seconds_max=context.deadline_seconds), cursor)
        except Exception:
            logger.exception("The subscription of request %s failed.", context.request_id)
            yield _last(error_body("Internal error", code=INTERNAL, requestId=context.request_id), None)

    async def _source(
        self, admitted: Admitted, request: Request, context: RequestContext
    ) -> AsyncGenerator[Any, None] | list[GraphQLError]:
        """What yields the deliveries, or the errors why there are none. Nothing of the executor stays with it, which would be kept for
        as long as the subscription lasts."""
        executor = self._prepare(admitted, request, context)
        if isinstance(executor, list):
            return executor
        source = create_source_event_stream(executor)
        if not isinstance(source, AsyncIterable | ExecutionResult):
            async with asyncio.timeout(context.ends_at - time.monotonic()):
                source = await source
        if isinstance(source, ExecutionResult):
            return source.errors or []
        return cast("AsyncGenerator[Any, None]", source)

    def _prepare(
        self, admitted: Admitted, request: Request, context: RequestContext, delivery: object = None
    ) -> InventoryExecutor | list[GraphQLError]:
        return prepare(
            self._schema,
            admitted.operation.plan,
            context=context,
            variables=request.envelope.variables,
            suggestions=admitted.suggestions,
            points_max=self._points_max,
            root_value=delivery,
        )

    def _encoded(
        self,
        audience: Audience,
        delivery: Any,
        admitted: Admitted,
        request: Request,
        make_context: Callable[[], RequestContext],
    ) -> bytes | Awaitable[bytes]:
        number: int | None = delivery.shared_as
        if number is None or audience.members == 1:
            return self._execute(delivery, admitted, request, make_context())
        known = audience.encoded.get(number)
        if known is None:
            executed = self._execute(delivery, admitted, request, make_context())
            known = self._audiences.keep(audience, number, executed)
        return known if isinstance(known, bytes) else asyncio.shield(known)

    def _execute(
        self, delivery: Any, admitted: Admitted, request: Request, context: RequestContext
    ) -> bytes | Awaitable[bytes]:
        executor = self._prepare(admitted, request, context, delivery)
        if isinstance(executor, list):
            return orjson.dumps({"errors": masked(executor, request_id=context.request_id)})
        result: Any = executor.execute_operation()
        if isinstance(result, ExecutionResult):
            return _encode(result, delivery, context)
        return _encode_later(result, delivery, context)


async def _encode_later(result: Awaitable[ExecutionResult], delivery: Any, context: RequestContext) -> bytes:
    try:
        async with asyncio.timeout(context.ends_at - time.monotonic()):
            executed = await result
    except TimeoutError:
        return _left_out(late_error(KIND, seconds_max=context.deadline_seconds), delivery)
    return _encode(executed, delivery, context)


def _encode(result: ExecutionResult, delivery: Any, context: RequestContext) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        too_costly = too_costly_error(result.errors, KIND)
        if too_costly is not None:
            return _left_out(too_costly, delivery)
        body["errors"] = masked(result.errors, request_id=context.request_id)
    return compact(orjson.dumps(body))


def _left_out(error: dict[str, Any], delivery: Any) -> bytes:
    """In place of a delivery that could not be made. With its cursor: whoever comes again does not have to meet it again."""
    error["extensions"]["cursor"] = delivery.cursor
    return compact(orjson.dumps({"data": None, "errors": [error]}))


def _last(error: dict[str, Any], cursor: str | None) -> bytes:
    """Why a subscription ends, with the cursor of the last delivery there was."""
    if cursor is not None:
        error["extensions"]["cursor"] = cursor
    return orjson.dumps({"errors": [error]})
