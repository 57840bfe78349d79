"""Bad input: whatever is sent at whatever place, the answer says what and where, nothing changes, and nothing breaks.

The requests are those of ``tests/operations.py``, each accepted as it is, with one value replaced by one of
``tests/hostile.py``: so it is this value that is refused.
"""

import json
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
)

from resolvers.variables import OBJECTS_MAX, VALUES_MAX
from tests.bad_input.answers import answer, assert_told, refusals
from tests.bad_input.inner import nested_arguments
from tests.bad_input.requests import operations, send, some_of
from tests.given.worlds import World
from tests.hostile import (
    Arguments,
    Place,
    at,
    body,
    is_told,
    literals,
    objects,
    places,
    plausible,
    put,
    with_unknown_field,
    without_required,
)
from tests.operations import OPERATIONS, Operation
from tests.rows import unchanged
from tests.selections import document, is_mutation, schema


def test_every_input_is_reached() -> None:
    """The places of the requests are those of the whole schema: no input hides behind an argument that is not tried."""
    reached = {str(get_named_type(place.type)) for operation in OPERATIONS for place in places(operation.field, {})} | {
        argument_type.strip("[]!") for *_, argument_type in nested_arguments()
    }
    inputs = {name for name, type_ in schema().type_map.items() if isinstance(type_, GraphQLInputObjectType)}
    assert inputs - reached == set()


@operations
async def test_what_is_of_the_wrong_kind_is_refused_where_it_stands(world: World, operation: Operation) -> None:
    """NaN and exponents, digits of other scripts, half of a date, a list for a text, NUL: at every place of every request,
    whether it comes as a variable or is written in the document."""
    arguments = await operation.arguments(world)
    async with unchanged(world.graph.tenant):
        for number, place in enumerate(places(operation.field, arguments)):
            for value in some_of(place.refused(), number):
                changed = put(operation.field, arguments, place, value)
                errors = await send(world, operation, changed)
                assert_told(errors, place.names[-1:] or ["input"], value)


@operations
async def test_what_is_written_in_a_document_is_refused_where_it_stands(world: World, operation: Operation) -> None:
    """A literal is no variable: other code reads it, and the place is told by line and column."""
    arguments = await operation.arguments(world)
    async with unchanged(world.graph.tenant):
        for number, place in enumerate(places(operation.field, arguments)):
            written_alike = [value for value in place.refused() if not isinstance(value, list | dict)]
            for value in some_of(written_alike, number + 1):
                changed = put(operation.field, arguments, place, value)
                text = document(operation.field, [], "errors { message }" if is_mutation(operation.field) else None)
                written = text.replace(operation.field, f"{operation.field}({literals(operation.field, changed)})", 1)
                errors = refusals(await answer(world.graph, body(written, {})))
                assert errors, f"{place}: {value!r} was taken"
                assert all(error.get("locations") for error in errors), f"{place} = {value!r}: {errors}"


@operations
async def test_unknown_and_missing_fields_are_refused_by_name(world: World, operation: Operation) -> None:
    """A misspelt field is no field that was left out."""
    arguments = await operation.arguments(world)
    async with unchanged(world.graph.tenant):
        for place in objects(operation.field, arguments):
            assert_told(await send(world, operation, with_unknown_field(arguments, place)), ["nope"], place)
            for name, changed in without_required(arguments, place):
                assert_told(await send(world, operation, changed), [name], None)


RAW_VALUES = {
    "half a surrogate pair": ('"\\ud800"', "surrogate"),
    "the other half": ('"a\\udc00b"', "surrogate"),
    "not a number": ("NaN", "JSON"),
    "infinity": ("Infinity", "JSON"),
    "a number of 5,000 digits": ("9" * 5_000, "number"),
    "a negative one": ("-" + "9" * 5_000, "number"),
    "an exponent beyond all numbers": ("1e999", "JSON"),
    "a number with leading zeros": ("007", "JSON"),
    "a plus": ("+1", "JSON"),
    "a deep nest": ("[" * 5_000 + "]" * 5_000, ""),
    "an open string": ('"abc', "JSON"),
}


@pytest.mark.parametrize("name", RAW_VALUES)
async def test_what_is_no_json_is_refused_before_anything_else(world: World, name: str) -> None:
    """A number that no computer word holds must not become another number on its way in; half a character is none."""
    raw, said = RAW_VALUES[name]
    query = "mutation($input: AdjustStockInput!) { adjustStock(input: $input) { errors { message path } } }"
    fields = ("idempotencyKey", "sku", "delta", "note", "lotCode", "occurredAt", "reason")
    async with unchanged(world.graph.tenant):
        for field in fields:
            given = {"idempotencyKey": "k", "sku": "BREAD", "delta": "1", "reason": "FOUND", field: "MARK"}
            content = body(query, {"input": given}).replace(b'"MARK"', raw.encode())
            errors = refusals(await answer(world.graph, content))
            assert errors
            for error in errors:
                assert said in error["message"] or is_told(error, [field]), error


@pytest.mark.parametrize(
    "representation", [5, "text", [], {}, {"__typename": 5}, {"__typename": "Item", "id": {}}, None]
)
async def test_a_representation_that_names_nothing_reads_null_or_is_refused(world: World, representation: Any) -> None:
    """The router's own field takes what other subgraphs say; nonsense among it must not take the rest down."""
    query = "query($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
    content = body(query, {"given": [representation, {"__typename": "Item", "sku": "BREAD"}]})
    found = await answer(world.graph, content)
    if refusals(found):
        assert all(is_told(error, ["given", "representations"]) for error in refusals(found))
    else:
        assert found["data"] == {"_entities": [None, {"__typename": "Item"}]}


FAR_TOO_LONG = 120_000
"""Characters of a text: no argument takes so many."""
LIST_BYTES_MAX = 200_000
OBJECTS_FAR_TOO_MANY, ELEMENTS_FAR_TOO_MANY = OBJECTS_MAX - 1, VALUES_MAX - 5_000
"""Elements of a list, as far as a body may be so long: no argument takes so many, and the field is asked, because the variables may just
hold so many."""


def far_too_long(place: Place, arguments: Arguments) -> Any:
    """What is too long for the place, whatever it is for; None where nothing is. A list of an enum's values has no more
    different ones than the enum."""
    inner = get_nullable_type(place.type)
    if isinstance(inner, GraphQLList):
        if isinstance(get_nullable_type(inner.of_type), GraphQLEnumType):
            return None
        there = at(arguments, place.path)
        element = there[0] if there else plausible(inner.of_type)
        many = OBJECTS_FAR_TOO_MANY if isinstance(element, dict) else ELEMENTS_FAR_TOO_MANY
        many = min(many, LIST_BYTES_MAX // (len(json.dumps(element)) + 8))
        return [f"{element}{number}" if isinstance(element, str) else element for number in range(many)]
    is_text = isinstance(inner, GraphQLScalarType) and inner.name in {"String", "ID"}
    return "x" * FAR_TOO_LONG if is_text else None


@operations
async def test_what_is_far_too_long_is_refused_where_it_stands(world: World, operation: Operation) -> None:
    """Every text and every list that is written ends somewhere, and not only where the body does. A question may name what
    cannot be there, as any other that is not."""
    arguments = await operation.arguments(world)
    async with unchanged(world.graph.tenant):
        for place in places(operation.field, arguments):
            value = far_too_long(place, arguments)
            if value is None:
                continue
            errors = await send(world, operation, put(operation.field, arguments, place, value))
            if not errors:
                assert not is_mutation(operation.field), f"{place}: was taken"
                assert isinstance(value, str), f"{place}: {len(value)} elements were taken"
            for error in errors:
                is_of_size = error.get("extensions", {}).get("code") == "LIMIT_EXCEEDED"
                assert is_of_size or is_told(error, place.names), f"{place}: {error}"
