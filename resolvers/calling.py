"""How a field's resolver is called: by a function made once for each field, when the schema is built.

Strawberry finds out anew at every call which arguments a resolver takes, what they are called in Python and of which class
each input is, through three layers of coroutines. None of that changes, so it is found out once.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLResolveInfo,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from strawberry import Info
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField

Convert: TypeAlias = Callable[[Any], Any]
"""Makes a Python value of what graphql-core coerced; never called with None."""

_DEFINITION = "strawberry-definition"


class _Part(NamedTuple):
    """An argument or a field of an input: its name in GraphQL and in Python, and how its value is converted."""

    name: str
    python_name: str
    convert: Convert | None

    def add(self, given: Mapping[str, Any], arguments: dict[str, Any]) -> None:
        if self.name in given:
            value = given[self.name]
            arguments[self.python_name] = value if self.convert is None or value is None else self.convert(value)


class Callers:
    """Gives the fields of one schema their calling functions."""

    def __init__(self, config: StrawberryConfig) -> None:
        self._names = config.name_converter
        self._inputs: dict[str, Convert] = {}

    def give_to(self, field: GraphQLField) -> None:
        """Replace the field's resolver, unless it has anything about it that Strawberry alone knows how to call."""
        definition = field.extensions.get(_DEFINITION)
        if isinstance(definition, StrawberryField) and definition.base_resolver and not definition.extensions:
            types = [argument.type for argument in field.args.values()]
            if field.subscribe is None and all(self._is_plain(type_, set()) for type_ in types):
                field.resolve = self._caller(field, definition)

    def _is_plain(self, type_: GraphQLInputType, seen: set[str]) -> bool:
        """Whether values of the type are made by calling its class with what was given, all the way down."""
        named = get_named_type(type_)
        definition = named.extensions.get(_DEFINITION)
        if not isinstance(named, GraphQLInputObjectType) or named.name in seen:
            return True
        if definition is None or definition.from_input is not None:
            return False
        seen.add(named.name)
        return not any(isinstance(field.type, StrawberryMaybe) for field in definition.fields) and all(
            self._is_plain(field.type, seen) for field in named.fields.values()
        )

    def _caller(self, field: GraphQLField, definition: StrawberryField) -> Callable[..., Any]:
        resolver = definition.base_resolver
        if resolver is None or isinstance(resolver.wrapped_func, staticmethod | classmethod):
            raise TypeError(f"{definition.python_name} has no resolver that can be called.")
        function: Callable[..., Any] = resolver.wrapped_func
        parts = [
            _Part(name, str(argument.python_name), self._convert(field.args[name].type))
            for argument in definition.arguments
            for name in [self._names.from_argument(argument)]
        ]
        is_method = resolver.self_parameter is not None
        sources = [each.name for each in (resolver.root_parameter, resolver.parent_parameter) if each is not None]
        info_name = resolver.info_parameter.name if resolver.info_parameter is not None else None

        def call(source: Any, info: GraphQLResolveInfo[Any], /, **given: Any) -> Any:
            arguments: dict[str, Any] = {}
            for part in parts:
                part.add(given, arguments)
            for name in sources:
                arguments[name] = source
            if info_name is not None:
                arguments[info_name] = Info(_raw_info=info, _field=definition)
            return function(source, **arguments) if is_method else function(**arguments)

        return call

    def _convert(self, type_: GraphQLInputType) -> Convert | None:
        """How values of the type are converted, None for those that are right as graphql-core coerced them."""
        nullable = get_nullable_type(type_)
        if is_list_type(nullable):
            inner = self._convert(nullable.of_type)
            # A copy, because graphql-core hands the same default to every request.
            return list if inner is None else _each(inner)
        return self._input(nullable) if isinstance(nullable, GraphQLInputObjectType) else None

    def _input(self, type_: GraphQLInputObjectType) -> Convert:
        known = self._inputs.get(type_.name)
        if known is not None:
            return known
        definition = type_.extensions[_DEFINITION]
        # Nullable fields without a default of their own read None when they are left out.
        absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        parts: list[_Part] = []

        def make(value: Mapping[str, Any]) -> Any:
            arguments: dict[str, Any] = dict(absent)
            for part in parts:
                part.add(value, arguments)
            return definition.origin(**arguments)

        # Known before its parts are, because an input may contain itself.
        self._inputs[type_.name] = make
        for field in definition.fields:
            name = self._names.from_field(field)
            parts.append(_Part(name, field.python_name, self._convert(type_.fields[name].type)))
        return make


def _each(convert: Convert) -> Convert:
    return lambda values: [None if value is None else convert(value) for value in values]
