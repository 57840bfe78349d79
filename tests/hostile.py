"""Values that nobody should send, for every place of a request where a value can stand.

The places are found by walking the schema's inputs, so that an argument of tomorrow is tried too.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_required_input_field,
)

from tests.selections import root_fields

Path: TypeAlias = tuple[str | int, ...]
Arguments: TypeAlias = dict[str, Any]

NUL = "a\0b"
DIGITS_5000 = "9" * 5_000
UNKNOWN_ID = "5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11"

_NO_STRINGS: tuple[Any, ...] = (5, 1.5, True, ["a", "b"], {"a": 1}, NUL)
_NO_TIMES: tuple[Any, ...] = ("", "-", "NaN", "yesterday", "2026", 1_700_000_000, True, {}, "9" * 5_000, NUL)

REFUSED: Mapping[str, tuple[Any, ...]] = {
    "Quantity": (
        "NaN", "Infinity", "-Infinity", "nan", "1e5", "1E5", "1" + "0" * 30, "-1" + "0" * 30, "", "-", "+1", "٣", "１２",
        "1_000", "1,5", " 1", "1 ", "1\n", ".5", "1.", "0x1F", "1.0000001", DIGITS_5000, "1" + "." + DIGITS_5000,
        "ten", 5, 1.5, True, {}, ["1", "2"], 10**30, NUL, "🍞", "1\u200f",
    ),
    "DateTime": (
        *_NO_TIMES, "2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-22T25:00:00Z", "٢٠٢٦-١١-٢٢T00:00:00Z", "0001-01-01T00:00:00+03:00", "9999-12-31T23:59:59-03:00",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T20:59:59.999999-03:00",
        "2026-11-22T10:00:00+99:00", "10000-01-01T00:00:00Z",
    ),
    "Date": (*_NO_TIMES, "2026-13-01", "2026-02-30", "22.11.2026", "20261122", "2026-W47-7", "٢٠٢٦-١١-٢٢", "10000-01-01"),
    "Duration": (*_NO_TIMES, "P", "PT", "P1Y", "P1M", "-PT5M", "PT1.5M", "15 minutes", f"PT{DIGITS_5000}S", "pt5m"),
    "Float": ("1.5", "", "NaN", True, {}, [1.5, 2.5], NUL, "٣"),
    "Int": (2**31, -(2**31) - 1, 2**63, 10**30, "1", "", 1.5, True, {}, [1, 2], "٣"),
    "Boolean": ("true", "", 1, 0, {}, [True, False]),
    "ID": (1.5, True, {}, ["a", "b"], NUL, 10**30),
    "String": _NO_STRINGS,
    "JSON": ({"a": NUL}, {NUL: 1}, {"a": 10**30}),
}  # fmt: skip
"""By scalar: what is refused wherever it stands."""

DOUBTFUL: Mapping[str, tuple[Any, ...]] = {
    "String": (
        "", " ", "-", "NaN", "٣", "🍞", "a\u200fb", "a\u0007b", "a\nb", "x" * 10_000, "'; DROP TABLE items; --", "%",
        "\u202e\u2066",
    ),
    "ID": ("", "no id", UNKNOWN_ID, f"{{{UNKNOWN_ID}}}", "x" * 10_000, 5, "00000000-0000-0000-0000-000000000000"),
    "Float": (0, -0.0, 90.5, -180.5, 1e308, -1e308, 1e-308, 2**63),
    "Int": (0, -1, 2**31 - 1, -(2**31)),
    "Quantity": ("0", "-1", "-0", "0.000001", "999999999999.999999", "-999999999999.999999"),
    "DateTime": ("0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59.999998Z", "9999-12-31T23:59:60Z"),
    "Date": ("0001-01-01", "9999-12-31"),
    "Duration": ("PT0S", "P9999D", "PT99999999S"),
    "JSON": ("text", [], 5, {"a": {"b": [1.5, None]}}, {"x": "y" * 20_000}, {"🍞": "a\u0007b"}),
}  # fmt: skip
"""By scalar: what some arguments take and others refuse."""


PLAUSIBLE: Mapping[str, Any] = {
    "String": "BREAD", "ID": UNKNOWN_ID, "Int": 1, "Float": 1.5, "Boolean": True, "Quantity": "1", "Date": "2026-11-22",
    "DateTime": "2026-11-22T10:00:00Z", "Duration": "PT5M", "JSON": {}, "_Any": {"__typename": "Item", "id": UNKNOWN_ID},
}  # fmt: skip
"""By scalar: what has the right form."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in the arguments of a request, and of which type it must be."""

    path: Path
    type: GraphQLInputType

    @property
    def names(self) -> list[str]:
        """The names on the way to it, without positions in lists and without the word input."""
        return [step for step in self.path if isinstance(step, str) and step != "input"]

    def __str__(self) -> str:
        return ".".join(map(str, self.path))

    def refused(self) -> list[Any]:
        """What must never be taken here."""
        inner = get_nullable_type(self.type)
        values: list[Any] = [None] if isinstance(self.type, GraphQLNonNull) else []
        if isinstance(inner, GraphQLList):
            element = inner.of_type
            return [*values, *([[None]] if isinstance(element, GraphQLNonNull) else []), [[]], True, {}]
        if isinstance(inner, GraphQLEnumType):
            return [*values, "NOPE", "", 1, True, next(iter(inner.values)).lower(), NUL, {}, "x" * 5_000]
        if isinstance(inner, GraphQLScalarType):
            return [*values, *REFUSED[inner.name]]
        return [*values, 5, "text", True, [{}, {}]]

    def doubtful(self) -> list[Any]:
        """What may be taken here or refused."""
        inner = get_nullable_type(self.type)
        if isinstance(inner, GraphQLList):
            return [[]]
        return list(DOUBTFUL.get(inner.name, ())) if isinstance(inner, GraphQLScalarType) else []


def places(field: str, arguments: Arguments) -> Iterator[Place]:
    """Every place of a root field's arguments, whether anything stands there or not."""
    for name, argument in root_fields()[field].args.items():
        yield from _places(argument.type, arguments.get(name), (name,))


def _places(type_: GraphQLInputType, value: Any, path: Path) -> Iterator[Place]:
    yield Place(path, type_)
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        yield from _places(inner.of_type, value[0] if value else None, (*path, 0))
    elif isinstance(inner, GraphQLInputObjectType):
        for name, field in inner.fields.items():
            yield from _places(field.type, value.get(name) if isinstance(value, dict) else None, (*path, name))


def plausible(type_: GraphQLInputType) -> Any:
    """A value of the type that its form allows; whether there is such a thing is another question."""
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        return [plausible(inner.of_type)]
    if isinstance(inner, GraphQLEnumType):
        return next(iter(inner.values))
    if isinstance(inner, GraphQLInputObjectType):
        fields = list(inner.fields.items())
        chosen = fields[:1] if inner.is_one_of else [each for each in fields if is_required_input_field(each[1])]
        return {name: plausible(field.type) for name, field in chosen}
    return PLAUSIBLE[inner.name]


def put(field: str, arguments: Arguments, place: Place, value: Any) -> Arguments:
    """The arguments of a root field with the value at the place; what is missing on the way there is made."""
    name, *rest = place.path
    type_ = root_fields()[field].args[str(name)].type
    return {**arguments, str(name): _put(arguments.get(str(name)), type_, rest, value)}


def _put(there: Any, type_: GraphQLInputType, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        return [_put(there[0] if there else None, inner.of_type, rest, value)]
    assert isinstance(inner, GraphQLInputObjectType)
    name = str(step)
    fields = dict(there or {})
    changed = _put(fields.get(name), inner.fields[name].type, rest, value)
    return {name: changed} if inner.is_one_of else {**fields, name: changed}


def objects(field: str, arguments: Arguments) -> list[Place]:
    """The places at which an input object stands."""
    return [
        place
        for place in places(field, arguments)
        if isinstance(get_nullable_type(place.type), GraphQLInputObjectType) and at(arguments, place.path)
    ]


def at(arguments: Arguments, path: Path) -> Any:
    """What stands at the path, None where nothing does."""
    found: Any = arguments
    for step in path:
        if isinstance(found, dict):
            found = found.get(str(step))
        elif isinstance(found, list) and found and isinstance(step, int):
            found = found[step]
        else:
            return None
    return found


def with_unknown_field(arguments: Arguments, place: Place) -> Arguments:
    """The arguments with a field that the input object at the place does not have."""
    changed = copy.deepcopy(arguments)
    at(changed, place.path)["nope"] = 1
    return changed


def without_required(arguments: Arguments, place: Place) -> Iterator[tuple[str, Arguments]]:
    """For each field that the input object at the place must have: its name, and the arguments without it."""
    object_type = get_nullable_type(place.type)
    assert isinstance(object_type, GraphQLInputObjectType)
    for name, field in object_type.fields.items():
        if is_required_input_field(field):
            changed = copy.deepcopy(arguments)
            del at(changed, place.path)[name]
            yield name, changed


def body(query: str, variables: Mapping[str, Any]) -> bytes:
    """A request as JSON in ASCII: every other character, and half a surrogate pair, goes as an escape."""
    return json.dumps({"query": query, "variables": variables}, ensure_ascii=True).encode()


def literal(value: Any, type_: GraphQLInputType) -> str:
    """A value as it is written in a document."""
    inner = get_nullable_type(type_)
    if value is None:
        return "null"
    if isinstance(value, list):
        element = inner.of_type if isinstance(inner, GraphQLList) else type_
        return f"[{', '.join(literal(each, element) for each in value)}]"
    if isinstance(value, dict):
        fields = inner.fields if isinstance(inner, GraphQLInputObjectType) else {}
        parts = (
            f"{name}: {literal(each, fields[name].type if name in fields else type_)}" for name, each in value.items()
        )
        return f"{{{', '.join(parts)}}}"
    if isinstance(inner, GraphQLEnumType) and isinstance(value, str) and value.isidentifier():
        return value
    return json.dumps(value)


def literals(field: str, arguments: Arguments) -> str:
    """The arguments of a root field as they are written in a document."""
    types = root_fields()[field].args
    return ", ".join(f"{name}: {literal(value, types[name].type)}" for name, value in arguments.items())


def is_told(error: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether an error says which argument is wrong: by its path, by the name of the argument, or in its message."""
    told = [str(step) for step in (*error.get("path", ()), *error.get("extensions", {}).get("argument", ()))]
    return any(name in told or name in error["message"] for name in names)
