"""How a subscription runs: its source yields, and each delivery is executed and encoded once for all who asked the same of it."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias, cast

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    VariableNode,
    create_source_event_stream,
    visit,
)
from graphql.language import Visitor

from inventory_graph.actor import Actor
from inventory_graph.errors import InventoryError
from resolvers.admission import Admitted
from resolvers.answers import compact
from resolvers.context import RequestContext
from resolvers.execution import InventoryExecutor, OperationPlan, prepare
from resolvers.masking import INTERNAL, error_body, masked, told
from resolvers.requests import Request
from resolvers.schema import InventorySchema

SHARED_MAX = 4_096
"""How many encoded deliveries are remembered. Whoever asks the same of one does so within moments of the first."""

Key: TypeAlias = tuple[object, ...]
Audience: TypeAlias = object
"""Those who get the same to see of the same event: nothing but itself, so that it is compared at once."""

logger = logging.getLogger(__name__)


class Subscribers:
    """Runs the subscriptions of one process. ``points_max`` is what one delivery may cost."""

    def __init__(self, schema: InventorySchema, *, points_max: int) -> None:
        self._schema = schema._schema
        self._points_max = points_max
        self._variables: OrderedDict[int, tuple[OperationPlan, tuple[str, ...]]] = OrderedDict()
        self._audiences: OrderedDict[Key, Audience] = OrderedDict()
        self._shared: OrderedDict[tuple[Audience, int], bytes | asyncio.Future[bytes]] = OrderedDict()

    async def events(
        self, admitted: Admitted, request: Request, *, make_context: Callable[[], RequestContext]
    ) -> AsyncGenerator[bytes, None]:
        """The JSON of a GraphQL result for each delivery.

        A result with errors in place of a delivery is the last and says why: ``extensions.code``, and ``extensions.cursor`` to
        resume from where there is one. ``make_context`` is called for each delivery that is executed.
        """
        context = make_context()
        executor = self._prepare(admitted, request, context)
        if isinstance(executor, list):
            yield orjson.dumps({"errors": masked(executor, request_id=context.request_id)})
            return
        source = create_source_event_stream(executor)
        # It is not needed again, and would be kept for as long as the subscription lasts.
        del executor
        if not isinstance(source, AsyncIterable | ExecutionResult):
            source = await source
        if isinstance(source, ExecutionResult):
            yield orjson.dumps({"errors": masked(source.errors or (), request_id=context.request_id)})
            return
        audience = self._audience(admitted.operation.plan, request)
        cursor: str | None = None
        async with aclosing(cast("AsyncGenerator[Any, None]", source)) as deliveries:
            try:
                async for delivery in deliveries:
                    encoded = self._encoded(audience, delivery, admitted, request, make_context)
                    yield encoded if isinstance(encoded, bytes) else await encoded
                    cursor = delivery.cursor
            except InventoryError as error:
                body = told(error)
                if cursor is not None:
                    body["extensions"]["cursor"] = cursor
                yield orjson.dumps({"errors": [body]})
            except Exception:
                logger.exception("The subscription of request %s failed.", context.request_id)
                body = error_body("Internal error", code=INTERNAL, requestId=context.request_id)
                yield orjson.dumps({"errors": [body]})

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

    def _audience(self, plan: OperationPlan, request: Request) -> Audience:
        """Whom the caller has to have in common with another for deliveries of the same event to be the same: what is selected, by
        whom it may be seen, and the variables that make a difference to it. Those that only choose which events are delivered make
        none."""
        known = self._variables.get(id(plan))
        if known is None or known[0] is not plan:
            known = self._variables[id(plan)] = plan, variables_below_root(plan)
            if len(self._variables) > SHARED_MAX:
                self._variables.popitem(last=False)
        given = request.envelope.variables or {}
        values = compact(orjson.dumps([given.get(name) for name in known[1]])) if known[1] else b""
        # The plan itself, not its identity: as long as an audience is remembered nothing else may come to have that.
        key = (plan, values, *_rights(request.actor))
        audience = self._audiences.setdefault(key, object())
        if len(self._audiences) > SHARED_MAX:
            self._audiences.popitem(last=False)
        return audience

    def _encoded(
        self,
        audience: Audience,
        delivery: Any,
        admitted: Admitted,
        request: Request,
        make_context: Callable[[], RequestContext],
    ) -> bytes | Awaitable[bytes]:
        if delivery.shared_as is None:
            return self._execute(delivery, admitted, request, make_context())
        key = audience, delivery.shared_as
        known = self._shared.get(key)
        if known is None:
            executed = self._execute(delivery, admitted, request, make_context())
            # A task of its own: whoever asked first may leave while the others still wait.
            known = executed if isinstance(executed, bytes) else asyncio.ensure_future(executed)
            self._shared[key] = known
            if len(self._shared) > SHARED_MAX:
                self._shared.popitem(last=False)
        return known if isinstance(known, bytes) else asyncio.shield(known)

    def _execute(
        self, delivery: object, admitted: Admitted, request: Request, context: RequestContext
    ) -> bytes | Awaitable[bytes]:
        executor = self._prepare(admitted, request, context, delivery)
        if isinstance(executor, list):
            return orjson.dumps({"errors": masked(executor, request_id=context.request_id)})
        result: Any = executor.execute_operation()
        if isinstance(result, ExecutionResult):
            return _encode(result, context)
        return _encode_later(result, context)


async def _encode_later(result: Awaitable[ExecutionResult], context: RequestContext) -> bytes:
    return _encode(await result, context)


def _encode(result: ExecutionResult, context: RequestContext) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = masked(result.errors, request_id=context.request_id)
    return compact(orjson.dumps(body))


def _rights(actor: Actor | None) -> Key:
    """What decides what a caller may see."""
    if actor is None:
        return (None,)
    return (
        actor.tenant_id, actor.permissions, actor.roles, actor.outlet_ids, actor.is_anonymous, actor.is_platform_owner,
        actor.currency,
    )  # fmt: skip


def variables_below_root(plan: OperationPlan) -> tuple[str, ...]:
    """The variables of the operation that are used anywhere but in the arguments of its root field, in order."""
    names = _Names()
    for selection in plan.node.selection_set.selections:
        if not isinstance(selection, FieldNode):
            # The root field stands in a fragment, which few write: every variable may make a difference.
            return tuple(sorted(each.variable.name.value for each in plan.node.variable_definitions or ()))
        for part in (*(selection.directives or ()), selection.selection_set):
            if part is not None:
                visit(part, names)
    for fragment in plan.fragments.definitions.values():
        visit(fragment.selection_set, names)
    return tuple(sorted(names.found))


class _Names(Visitor):
    """Collects the names of variables."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.found.add(node.name.value)
