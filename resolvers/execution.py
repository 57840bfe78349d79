"""How an operation runs: by graphql-core's executor, with a short way for plain attributes.

graphql-core spends about 3 microseconds on each leaf. Where a field is an attribute of the object and its type a scalar or an
enum there is nothing to do but read and convert it. Whenever that does not go smoothly the field runs again as graphql-core
runs it, so that errors are its own to the letter.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, NoReturn, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    Undefined,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import Executor
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField


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


class InventoryExecutor(Executor[None]):
    """Executes as graphql-core does; plain attributes take the short way.

    A wrong value that a resolver returned is marked as a fault of the service. graphql-core reports it by the same class of
    error as a wrong argument, with the value in its message: an argument is the client's own, the value may be anything.
    """

    def __init__(self, *arguments: Any, leaves: LeafTable, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._leaves = leaves
        # Keyed by identity: the objects of a list share the very same collected fields, which are kept here alive.
        self._rows: dict[int, tuple[FieldsByName, list[tuple[str, Leaf]] | None]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: FieldsByName,
        position_context: None,
    ) -> Any:
        known = self._rows.get(id(grouped_field_set))
        if known is None:
            known = grouped_field_set, self._row(parent_type, grouped_field_set)
            self._rows[id(grouped_field_set)] = known
        row = known[1]
        if row is not None:
            try:
                return {name: leaf.complete(source_value) for name, leaf in row}
            except Exception:  # noqa: BLE001, S110 - the long way below meets the same exception and reports it
                pass
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def _row(self, parent_type: GraphQLObjectType, fields: FieldsByName) -> list[tuple[str, Leaf]] | None:
        """The leaves to read where nothing but leaves is selected, else None."""
        leaves = self._leaves.of(parent_type)
        row = [(name, leaves.get(details[0].node.name.value)) for name, details in fields.items()]
        return [(name, leaf) for name, leaf in row if leaf is not None] if all(leaf for _, leaf in row) else None

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: None
    ) -> Any:
        leaf = self._leaves.of(parent_type).get(field_details_list[0].node.name.value)
        if leaf is not None:
            try:
                return leaf.complete(source)
            except Exception:  # noqa: BLE001, S110 - the long way below meets the same exception and reports it
                pass
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

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


def _raise_unless_located(error: GraphQLError) -> NoReturn:
    # An error with a path was located at a field further in, where it was decided already what it is.
    if error.path is not None:
        raise error
    raise CompletionFault(error.message) from error
