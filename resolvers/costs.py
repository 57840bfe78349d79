"""What a field costs, in points: an object is one point, an attribute none, a value that is worked out one, a field of Mutation ten.
Where there is no object for a field, looking for it is a point. What an object has of texts and of values in lists is a point for every
thousand characters.

``@cost`` on a field, its type or an argument says otherwise, and ``@listSize`` how many objects a list has, by the rules of the
federation specification, so that a router that estimates before it asks comes to the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from strawberry.federation.schema_directives import Cost, ListSize

from inventory_graph.pages import FIRST_MAX

OBJECT_POINTS = 1
ERROR_POINTS = 1
"""Of each error that an answer has."""
MUTATION_POINTS = 10
CHARACTERS_OF_A_POINT = 1_000
LIST_SIZE_ASSUMED = 5
SIZED_FIELDS = frozenset({"edges", "nodes"})

Directive = TypeVar("Directive")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCost:
    """The cost of one field.

    ``points`` are those of one object (or value) of it. ``slicing`` names the arguments that say how many there are: numbers,
    or lists by their length; where none is given, there are ``size_assumed``. A field with ``sized_fields`` is one object, and
    these fields of it have so many.
    """

    definition: GraphQLField
    points: int
    slicing: tuple[str, ...] = ()
    sized_fields: frozenset[str] = frozenset()
    size_assumed: int = 1
    argument_points: Mapping[str, int] = field(default_factory=dict)


class CostTable:
    """The costs of a schema's fields, each looked at when it is first asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._costs: dict[tuple[str, str], FieldCost | None] = {}

    def of(self, parent: GraphQLNamedType | None, name: str) -> FieldCost | None:
        """The cost of a field of the type, None where there is no such field."""
        if parent is None or not is_composite_type(parent):
            return None
        key = parent.name, name
        if key not in self._costs:
            found = self._schema.get_field(parent, name)
            self._costs[key] = self._cost(parent, found) if found is not None else None
        return self._costs[key]

    def _cost(self, parent: GraphQLNamedType, definition: GraphQLField) -> FieldCost:
        is_list = is_list_type(get_nullable_type(definition.type))
        size = _directive(definition, ListSize)
        slicing = _slicing(definition, size, is_list=is_list)
        sized_fields = frozenset(getattr(size, "sized_fields", None) or ())
        if "first" in definition.args and not is_list and not sized_fields:
            sized_fields = SIZED_FIELDS
        assumed = getattr(size, "assumed_size", None)
        return FieldCost(
            definition=definition,
            points=self._points(parent, definition),
            slicing=slicing,
            sized_fields=sized_fields,
            size_assumed=assumed or _size_assumed(definition, slicing, is_list=is_list),
            argument_points={
                name: cost.weight
                for name, argument in definition.args.items()
                if (cost := _directive(argument, Cost)) is not None
            },
        )

    def _points(self, parent: GraphQLNamedType, definition: GraphQLField) -> int:
        named = get_named_type(definition.type)
        cost = _directive(definition, Cost) or _directive(named, Cost)
        if cost is not None:
            return cost.weight
        if parent is self._schema.mutation_type:
            return MUTATION_POINTS
        return OBJECT_POINTS if is_composite_type(named) else 0


def _slicing(definition: GraphQLField, size: ListSize | None, *, is_list: bool) -> tuple[str, ...]:
    """The arguments that say how many: those of ``@listSize``, else ``first``, else every list of a field that is a list."""
    named = tuple(getattr(size, "slicing_arguments", None) or ())
    if named:
        return named
    if "first" in definition.args:
        return ("first",)
    return tuple(
        name for name, argument in definition.args.items() if is_list and is_list_type(get_nullable_type(argument.type))
    )


def _size_assumed(definition: GraphQLField, slicing: tuple[str, ...], *, is_list: bool) -> int:
    """How many there may be where no argument and no directive says it."""
    if any(not is_list_type(get_nullable_type(definition.args[name].type)) for name in slicing):
        return FIRST_MAX
    return LIST_SIZE_ASSUMED if is_list else 1


def _directive(definition: Any, kind: type[Directive]) -> Directive | None:
    """The directive on a part of the schema that Strawberry made."""
    strawberry_definition = definition.extensions.get("strawberry-definition")
    directives = getattr(strawberry_definition, "directives", None) or ()
    return next((each for each in directives if isinstance(each, kind)), None)
