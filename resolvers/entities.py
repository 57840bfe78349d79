"""The federation field ``_entities``: each type's representations are loaded in one call, each distinct one once.

An entity class offers ``resolve_references(info, representations)``: a class method that takes distinct representations of
its type and answers one object or None for each, in their order. It never sees a representation without a complete @key.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson
from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)
from strawberry.federation.schema_directives import Key

from inventory_graph.errors import LimitExceeded, Unauthenticated
from resolvers.context import Info
from resolvers.costs import OBJECT_POINTS

REPRESENTATIONS_MAX = 1_000
KEY_LENGTH_MAX = 255
"""No key of anything here is longer, and some entities are answered with the one that they were named by."""

EntityKey: TypeAlias = Mapping[str, "EntityKey | None"]
"""A key as the names of its fields; a field that is an object has the fields of it that belong to the key."""


@dataclass(slots=True)
class _Group:
    """The distinct representations of one type, and where in the answer each of them stands."""

    representations: list[Mapping[str, Any]] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)

    def add(self, representation: Mapping[str, Any], place: int) -> None:
        identity = orjson.dumps(representation, option=orjson.OPT_SORT_KEYS)
        number = self.known.setdefault(identity, len(self.representations))
        if number == len(self.representations):
            self.representations.append(representation)
            self.places.append([])
        self.places[number].append(place)


async def resolve_entities(
    info: Info,
    representations: Sequence[Any],
    *,
    types: Mapping[str, GraphQLNamedType],
    keys: Mapping[str, Sequence[EntityKey]],
) -> list[Any]:
    """One entity for each representation, in their order; None for an unknown, foreign or malformed one.

    Raises ``LimitExceeded`` for more than 1,000, and ``Unauthenticated`` where every type of them is refused for that: nobody
    is told a thousand times to say who they are. Where loading a type fails otherwise, its places hold the exception, so that
    the other types are still answered.
    """
    if len(representations) > REPRESENTATIONS_MAX:
        raise LimitExceeded(
            f"_entities takes at most {REPRESENTATIONS_MAX} representations at once, not {len(representations)}.",
            path=("representations",),
        )
    groups: dict[str, _Group] = {}
    for place, representation in enumerate(representations):
        if isinstance(representation, dict) and _has_key(representation, keys):
            groups.setdefault(representation["__typename"], _Group()).add(representation, place)
    entities: list[Any] = [None] * len(representations)
    answers = await asyncio.gather(
        *(_resolve_group(info, types[name], group.representations) for name, group in groups.items())
    )
    unknown = [answer for answer in answers if isinstance(answer, Unauthenticated)]
    if unknown and len(unknown) == len(answers):
        raise unknown[0]
    for group, answer in zip(groups.values(), answers, strict=True):
        found = [answer] * len(group.places) if isinstance(answer, Exception) else answer
        for places, entity in zip(group.places, found, strict=True):
            for place in places:
                entities[place] = entity
    # What is found is paid for as it is answered.
    info.context.meter.add(sum(entity is None for entity in entities) * OBJECT_POINTS)
    return entities


async def _resolve_group(
    info: Info, graphql_type: GraphQLNamedType, representations: Sequence[Mapping[str, Any]]
) -> Sequence[Any] | Exception:
    entity_class = graphql_type.extensions["strawberry-definition"].origin
    try:
        found: Sequence[Any] = await entity_class.resolve_references(info, representations)
        if len(found) != len(representations):
            raise TypeError(f"{entity_class.__name__}.resolve_references must answer one for each representation.")
    except Exception as error:  # noqa: BLE001 - reported at each place by graphql-core, masked where it is a bug
        return error
    return found


def _has_key(representation: dict[str, Any], keys: Mapping[str, Sequence[EntityKey]]) -> bool:
    """Whether the representation names an entity type and brings one of its keys, whole and as strings."""
    name = representation.get("__typename")
    return isinstance(name, str) and any(_is_whole(key, representation) for key in keys.get(name, ()))


def _is_whole(key: EntityKey, given: Any) -> bool:
    return isinstance(given, dict) and all(
        _is_key(given.get(part)) if inner is None else _is_whole(inner, given.get(part)) for part, inner in key.items()
    )


def _is_key(given: Any) -> bool:
    return isinstance(given, str) and len(given) <= KEY_LENGTH_MAX


def keys_by_type(types: Mapping[str, GraphQLNamedType]) -> dict[str, list[EntityKey]]:
    """The keys by which each entity type is found here."""
    keys: dict[str, list[EntityKey]] = {}
    for name, graphql_type in types.items():
        definition = graphql_type.extensions.get("strawberry-definition")
        if not isinstance(graphql_type, GraphQLObjectType) or definition is None:
            continue
        for directive in definition.directives or ():
            if isinstance(directive, Key) and directive.resolvable is not False:
                keys.setdefault(name, []).append(_key_of(f"{{{directive.fields}}}"))
    return keys


def _key_of(selection: str) -> EntityKey:
    """The key in the text of a selection, such as ``{sku maker {code}}``."""
    (operation,) = parse(selection).definitions
    if not isinstance(operation, OperationDefinitionNode):
        raise TypeError(f"{selection} is no set of fields.")
    return _fields_of(operation.selection_set)


def _fields_of(selection_set: SelectionSetNode) -> EntityKey:
    return {
        field.name.value: _fields_of(field.selection_set) if field.selection_set is not None else None
        for field in selection_set.selections
        if isinstance(field, FieldNode)
    }
