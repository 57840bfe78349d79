"""How an operation runs: by graphql-core's executor, with a short way for plain attributes.

graphql-core spends about 3 microseconds on each leaf. Where a field is an attribute of the object and its type a scalar or an
enum there is nothing to do but read and convert it. Whenever that does not go smoothly the field runs again as graphql-core
runs it, so that errors are its own to the letter.
"""

import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, NamedTuple, NoReturn, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import Executor, default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, FragmentDetails
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable
from strawberry.types.field import StrawberryField

from resolvers.context import RequestContext
from resolvers.costs import ERROR_POINTS, OBJECT_POINTS
from resolvers.document_limits import nodes_below
from resolvers.meters import CostExceeded, Meter

VARIABLE_ERRORS_MAX = 20
_NO_ARGUMENTS: dict[str, Any] = {}


class CompletionFault(Exception):
    """A resolver answered a value that its field's type does not allow."""


class Leaf(NamedTuple):
    """A field that is an attribute of a scalar or enum type."""

    read: Callable[[Any], Any]
    coerce: Callable[[Any], Any]
    is_nullable: bool

    def complete(self, source: Any) -> Any:
        """The field's value as it is answered; raises anything where graphql-core should see to it."""
        value = self.read(source)
        if value is None:
            if self.is_nullable:
                return None
            raise CompletionFault("null in a field that is never null")
        coerced = self.coerce(value)
        if coerced is None or coerced is Undefined:
            raise CompletionFault("a value that cannot be answered")
        return coerced


Leaves: TypeAlias = dict[str, Leaf]
FieldsByName: TypeAlias = dict[str, Any]


class LeafTable:
    """The leaves of the schema's object types, each type looked at when it is first answered."""

    def __init__(self) -> None:
        self._leaves: dict[GraphQLObjectType, Leaves] = {}

    def of(self, object_type: GraphQLObjectType) -> Leaves:
        leaves = self._leaves.get(object_type)
        if leaves is None:
            leaves = self._leaves[object_type] = _leaves_of(object_type)
        return leaves


def _leaves_of(object_type: GraphQLObjectType) -> Leaves:
    leaves: Leaves = {"__typename": Leaf(lambda _: object_type.name, lambda name: name, is_nullable=False)}
    for name, field in object_type.fields.items():
        definition = field.extensions.get("strawberry-definition")
        named = get_nullable_type(field.type)
        if isinstance(definition, StrawberryField) and definition.is_basic_field and is_leaf_type(named):
            leaves[name] = Leaf(
                attrgetter(definition.python_name), named.coerce_output_value, not is_non_null_type(field.type)
            )
    return leaves


class Fragments:
    """The fragments of one document, in the two forms that graphql-core wants them in."""

    def __init__(self, document: DocumentNode) -> None:
        self.definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.details = {name: FragmentDetails(definition, None) for name, definition in self.definitions.items()}
        self._uses: dict[str, Counter[str]] = {}

    def uses_in(self, node: Node) -> Counter[str]:
        """How often each variable is used below the node, as often again as a fragment with it is spread."""
        uses: Counter[str] = Counter()
        for each, _ in nodes_below(node):
            if isinstance(each, VariableNode):
                uses[each.name.value] += 1
            elif isinstance(each, FragmentSpreadNode):
                uses += self._uses_of(each.name.value)
        return uses

    def _uses_of(self, name: str) -> Counter[str]:
        known = self._uses.get(name)
        if known is None:
            known = self._uses[name] = self.uses_in(self.definitions[name].selection_set)
        return known


class OperationPlan:
    """What every execution of one operation has in common.

    Which fields a selection comes to depends on variables only by directives such as @skip. Without them it is constant, and
    the executions of a cached document share what the first of them found out.
    """

    def __init__(
        self,
        node: OperationDefinitionNode,
        fragments: Fragments,
        *,
        leaves: LeafTable,
        points: Mapping[int, int],
        is_constant: bool,
    ) -> None:
        self.node = node
        self.fragments = fragments
        self.leaves = leaves
        self._points = points
        self._shared = Selections(leaves, points) if is_constant else None

    @functools.cached_property
    def uses(self) -> Mapping[str, int]:
        """How often the operation uses each of its variables, fragments expanded."""
        uses = self.fragments.uses_in(self.node.selection_set)
        for directive in self.node.directives or ():
            uses += self.fragments.uses_in(directive)
        return uses

    @functools.cached_property
    def most_uses(self) -> int:
        """How often it uses the variable that it uses most; at least once."""
        return max(self.uses.values(), default=1)

    def selections(self) -> "Selections":
        return self._shared or Selections(self.leaves, self._points)


class Selections:
    """The fields selected on each object type, what an object of them costs, and of those that are leaves only, how to read
    them. ``points_by_node`` are the points of the fields' nodes that are not the usual ones, by their identity."""

    def __init__(self, leaves: LeafTable, points_by_node: Mapping[int, int]) -> None:
        self._leaves = leaves
        self._points_by_node = points_by_node
        self.points: dict[int, int] = {}
        self.collected: dict[tuple[GraphQLObjectType, tuple[int, ...]], CollectedFields] = {}
        # Keyed by identity: ``collected`` keeps the fields alive.
        self._rows: dict[int, list[tuple[str, Leaf]] | None] = {}

    def keep(
        self, key: tuple[GraphQLObjectType, tuple[int, ...]], field: FieldNode, collected: CollectedFields
    ) -> CollectedFields:
        """Remember the fields collected for the objects that ``field`` answers, and what each object costs."""
        self.collected[key] = collected
        values = (details[0].node for details in collected.grouped_field_set.values())
        self.points[id(collected.grouped_field_set)] = self._points_by_node.get(id(field), OBJECT_POINTS) + sum(
            self._points_by_node.get(id(node), 0) for node in values if node.selection_set is None
        )
        return collected

    def row(self, parent_type: GraphQLObjectType, fields: FieldsByName) -> list[tuple[str, Leaf]] | None:
        """The leaves to read where nothing but leaves is selected, else None."""
        identity = id(fields)
        if identity not in self._rows:
            leaves = self._leaves.of(parent_type)
            row = [(name, leaves.get(details[0].node.name.value)) for name, details in fields.items()]
            leaves_only = [(name, leaf) for name, leaf in row if leaf is not None]
            self._rows[identity] = leaves_only if len(leaves_only) == len(row) else None
        return self._rows[identity]


class InventoryExecutor(Executor[None]):
    """Executes as graphql-core does; plain attributes take the short way.

    A wrong value that a resolver returned is marked as a fault of the service. graphql-core reports it by the same class of
    error as a wrong argument, with the value in its message: an argument is the client's own, the value may be anything.
    """

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
            row = self._selections.row(parent_type, grouped_field_set)
            if row is not None:
                with suppress(Exception):  # the long way meets the same exception and reports it
                    return {name: leaf.complete(source_value) for name, leaf in row}
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

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
                return leaf.complete(source)
        field = parent_type.fields.get(name)
        if leaf is not None or field is None or field.resolve is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return_type = field.type
        try:
            info = self.build_resolve_info(field, [each.node for each in field_details_list], parent_type, path)
            result = field.resolve(source, info, **self._arguments_of(field, node))
            if self.is_awaitable(result):
                return self._complete_later(return_type, field_details_list, info, path, result)
            completed = self.complete_value(return_type, field_details_list, info, path, result, None)
            if self.is_awaitable(completed):
                return self._completed_later(return_type, field_details_list, path, completed)
        except Exception as error:  # noqa: BLE001 - every error of a field is an error of the answer
            self.handle_field_error(error, return_type, field_details_list, path)
            return None
        return completed

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
            completed = self.complete_value(return_type, details, info, path, await result, None)
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
