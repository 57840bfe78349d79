"""The fields that take the short way: attributes of the object whose type is a scalar or an enum."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import orjson
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    Undefined,
    get_nullable_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.types.field import StrawberryField

VALUE_LENGTH_MIN = 50
"""As how many characters a value in a list counts at least."""


class CompletionFault(Exception):
    """A resolver answered a value that its field's type does not allow."""


class Leaf(NamedTuple):
    """A field that is an attribute of a scalar or enum type."""

    read: Callable[[Any], Any]
    coerce: Callable[[Any], Any]
    is_nullable: bool
    length: Callable[[Any], int] | None = None
    """How many characters a value of it has, where there may be many."""

    def complete(self, source: Any) -> Any:
        """The field's value as it is answered; raises anything where graphql-core should see to it."""
        value = self.read(source)
        if value is None:
            return self._null()
        coerced = self.coerce(value)
        if coerced is None or coerced is Undefined:
            raise CompletionFault("a value that cannot be answered")
        return coerced

    def _null(self) -> None:
        if not self.is_nullable:
            raise CompletionFault("null in a field that is never null")


class ListLeaf(Leaf):
    """A field that is a list of scalars or enums, of which none is null. A class of its own, because every attribute that is no list
    would have to ask."""

    __slots__ = ()

    def complete(self, source: Any) -> Any:
        values = self.read(source)
        if values is None:
            return self._null()
        if not isinstance(values, list | tuple):
            raise CompletionFault("no list")
        coerced = [self.coerce(value) if value is not None else None for value in values]
        if None in coerced or Undefined in coerced:
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
        read = _reader_of(object_type, field)
        if read is None:
            continue
        answered = get_nullable_type(field.type)
        is_list = is_list_type(answered) and is_non_null_type(answered.of_type)
        leaf_type = answered.of_type.of_type if is_list else answered
        if is_leaf_type(leaf_type):
            make = ListLeaf if is_list else Leaf
            leaves[name] = make(
                read,
                leaf_type.coerce_output_value,
                is_nullable=not is_non_null_type(field.type),
                length=_length_of_list if is_list else _LENGTHS.get(leaf_type.name),
            )
    return leaves


def _length_of_json(value: object) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return 0  # it cannot be answered, which is found out when it is


def _length_of_list(values: list[Any]) -> int:
    """A value that is short, or no text, is made and written as well."""
    return sum(max(VALUE_LENGTH_MIN, len(each)) if type(each) is str else VALUE_LENGTH_MIN for each in values)


_LENGTHS: dict[str, Callable[[Any], int]] = {"String": len, "JSON": _length_of_json}


def _reader_of(object_type: GraphQLObjectType, field: GraphQLField) -> Callable[[Any], Any] | None:
    """What reads the field of an object, where nothing needs to know for which operation it is read."""
    definition = field.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryField) and definition.is_basic_field:
        return attrgetter(definition.python_name)
    resolve = field.resolve
    # Those of introspection look at the type, the field or the argument alone.
    if is_introspection_type(object_type) and resolve is not None and not field.args:
        return lambda source: resolve(source, None)
    return None
