"""The fields that take the short way: attributes of the object whose type is a scalar or an enum."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLObjectType, Undefined, get_nullable_type, is_leaf_type, is_non_null_type
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
