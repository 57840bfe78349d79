"""How an operation runs: by graphql-core's executor, with a short way for plain attributes.

graphql-core spends about 3 microseconds on each leaf. Where a field is an attribute of the object and its type a scalar or an
enum there is nothing to do but read and convert it. Whenever that does not go smoothly the field runs again as graphql-core
runs it, so that errors are its own to the letter.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, NoReturn

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
)
from graphql.execution import Executor, default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from resolvers.context import RequestContext
from resolvers.costs import CHARACTERS_OF_A_POINT, ERROR_POINTS, OBJECT_POINTS
from resolvers.leaves import CompletionFault
from resolvers.meters import CostExceeded, Meter
from resolvers.plans import FieldsByName, OperationPlan

VARIABLE_ERRORS_MAX = 20
_NO_ARGUMENTS: dict[str, Any] = {}


class InventoryExecutor(Executor[None]):
    """Executes as graphql-core does; plain attributes take the short way.

    A wrong value that a resolver returned is marked as a fault of the service. graphql-core reports it by the same class of
    error as a wrong argument, with the value in its message: an argument is the client's own, the value may be anything.
    """

    reads_rows = True
    """Whether an object of which nothing but attributes is selected is read at once, its fields not being executed one by one."""

    def __init__(self, plan: OperationPlan, *, points_max: int, **options: Any) -> None:
        super().__init__(
            fragment_definitions=plan.fragments.definitions,
            fragments=plan.fragments.details,
            operation=plan.node,
            field_resolver=default_field_resolver,
            type_resolver=default_type_resolver,
            subscribe_field_resolver=default_field_resolver,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            **options,
        )
        self._leaves = plan.leaves
        self._selections = plan.selections()
        self.meter = Meter(points_max)
        self._characters = 0
        self._arguments: dict[int, dict[str, Any]] = {}

    @property
    def points(self) -> int:
        """What the operation has cost so far."""
        return self.meter.points

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        key = return_type, tuple(id(details.node) for details in field_details_list)
        known = self._selections.collected.get(key)
        if known is None:
            found = super().collect_subfields(return_type, field_details_list)
            known = self._selections.keep(key, field_details_list[0].node, found)
        return known

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: FieldsByName,
        position_context: None,
    ) -> Any:
        # The fields of the root are collected anew for every execution and are nothing to remember.
        if path is not None:
            self.meter.add(self._selections.points[id(grouped_field_set)])
            row = self._selections.row(parent_type, grouped_field_set) if self.reads_rows else None
            if row is not None:
                with suppress(Exception):  # the long way meets the same exception and reports it
                    values = {name: leaf.complete(source_value) for name, leaf in row.leaves}
                    # A loop: there are thousands of short texts, and a generator takes twice as long.
                    characters = 0
                    for name, length in row.lengths:
                        value = values[name]
                        if value is not None:
                            characters += length(value)
                    self.meter.points += characters // CHARACTERS_OF_A_POINT
                    return values
        characters_outside, self._characters = self._characters, 0
        try:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        finally:
            # All attributes of the object have been read; what else it has may come later. Whether they were too many is seen before
            # the next object is.
            self.meter.points += self._characters // CHARACTERS_OF_A_POINT
            self._characters = characters_outside

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> Any:
        node = field_details_list[0].node
        name = node.name.value
        leaf = self._leaves.of(parent_type).get(name)
        if leaf is not None:
            with suppress(Exception):  # the long way meets the same exception and reports it
                value = leaf.complete(source)
                if leaf.length is not None and value is not None:
                    self._characters += leaf.length(value)
                return value
        field = parent_type.fields.get(name)
        if leaf is not None or field is None or field.resolve is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return_type = field.type
        try:
            info = self.build_resolve_info(field, [each.node for each in field_details_list], parent_type, path)
            result = field.resolve(source, info, **self._arguments_of(field, node))
            if self.is_awaitable(result):
                return self._complete_later(return_type, field_details_list, info, path, result)
            self._count_nothing(node, result)
            completed = self.complete_value(return_type, field_details_list, info, path, result, None)
            if self.is_awaitable(completed):
                return self._completed_later(return_type, field_details_list, path, completed)
        except Exception as error:  # noqa: BLE001 - every error of a field is an error of the answer
            self.handle_field_error(error, return_type, field_details_list, path)
            return None
        return completed

    def _count_nothing(self, node: FieldNode, found: Any) -> None:
        """Count looking for objects that are not there; those that are count themselves."""
        if node.selection_set is not None and (found is None or (isinstance(found, list) and not found)):
            self.meter.add(OBJECT_POINTS)

    def _arguments_of(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The field's arguments: the same for each object of a list, because variables stay as they are."""
        if not field.args:
            return _NO_ARGUMENTS
        known = self._arguments.get(id(node))
        if known is None:
            known = get_argument_values(field, node, self.variable_values, None, self.hide_suggestions)
            self._arguments[id(node)] = known
        return known

    async def _complete_later(
        self, return_type: GraphQLOutputType, details: FieldDetailsList, info: Any, path: Path, result: Awaitable[Any]
    ) -> Any:
        try:
            found = await result
            self._count_nothing(details[0].node, found)
            completed = self.complete_value(return_type, details, info, path, found, None)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001 - every error of a field is an error of the answer
            self.handle_field_error(error, return_type, details, path)
            return None

    async def _completed_later(
        self, return_type: GraphQLOutputType, details: FieldDetailsList, path: Path, completed: Awaitable[Any]
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - every error of a field is an error of the answer
            self.handle_field_error(error, return_type, details, path)
            return None

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: FieldDetailsList, path: Path
    ) -> None:
        """Report the error at the field's first node, and count what it costs, once for all the fields that it takes with it."""
        is_new = not isinstance(raw_error, GraphQLError) or raw_error.path is None
        if is_new and not isinstance(raw_error, CostExceeded):
            self.meter.points += ERROR_POINTS
        super().handle_field_error(raw_error, return_type, field_details_list[:1], path)

    @staticmethod
    def complete_leaf_value(return_type: GraphQLLeafType, result: Any) -> Any:
        try:
            return Executor.complete_leaf_value(return_type, result)
        except GraphQLError as error:
            raise CompletionFault(error.message) from error

    def complete_list_value(self, *arguments: Any) -> Any:
        try:
            return super().complete_list_value(*arguments)
        except GraphQLError as error:
            _raise_unless_located(error)

    def complete_abstract_value(self, *arguments: Any) -> Any:
        try:
            return super().complete_abstract_value(*arguments)
        except GraphQLError as error:
            _raise_unless_located(error)

    def complete_object_value(self, *arguments: Any) -> Any:
        try:
            return super().complete_object_value(*arguments)
        except GraphQLError as error:
            _raise_unless_located(error)


executor_class: ContextVar[Callable[..., InventoryExecutor]] = ContextVar("executor_class", default=InventoryExecutor)
"""What makes the executor of a request's operation, from its plan and the options that ``prepare`` gives."""


def prepare(
    schema: GraphQLSchema,
    plan: OperationPlan,
    *,
    context: Any,
    variables: dict[str, Any] | None,
    suggestions: bool,
    points_max: int,
    root_value: Any = None,
) -> InventoryExecutor | list[GraphQLError]:
    """What runs the operation with these variables, else the errors of those that are wrong. ``root_value`` is the event of a
    subscription."""
    definitions = plan.node.variable_definitions
    values: VariableValues | list[GraphQLError] = VariableValues({}, {})
    if definitions:
        values = get_variable_values(
            schema, definitions, variables or {}, max_errors=VARIABLE_ERRORS_MAX, hide_suggestions=not suggestions
        )
        if isinstance(values, list):
            return values
    executor = executor_class.get()(
        plan,
        points_max=points_max,
        schema=schema,
        root_value=root_value,
        context_value=context,
        variable_values=values,
        hide_suggestions=not suggestions,
    )
    if isinstance(context, RequestContext):
        context.meter = executor.meter
    return executor


def _raise_unless_located(error: GraphQLError) -> NoReturn:
    # An error with a path was located at a field further in, where it was decided already what it is.
    if error.path is not None:
        raise error
    raise CompletionFault(error.message) from error
