"""Bad input: whatever is sent at whatever place, the answer says what and where, nothing changes, and nothing breaks.

The requests are those of ``tests/operations.py``, each accepted as it is, with one value replaced by one of
``tests/hostile.py``: so it is this value that is refused.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from resolvers.kit import identifier_or_none
from tests.given.tenants import given_tenant
from tests.given.worlds import World, given_world
from tests.graph import GivenCallers, GraphClient
from tests.hostile import (
    UNKNOWN_ID,
    Arguments,
    Place,
    body,
    is_told,
    literals,
    objects,
    places,
    put,
    with_unknown_field,
    without_required,
)
from tests.operations import OPERATIONS, Operation, platform_graph
from tests.rows import checksums, unchanged
from tests.selections import ARGUMENTS, document, is_mutation, schema
from tests.statements import CountingDatabase

WORDS_OF_OUR_OWN_MAX = 1_000
"""How much longer than what was sent a message may be: it may say a value back, and no more than that."""

operations = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@pytest.fixture(scope="module")
async def world(database: CountingDatabase, http_client: httpx.AsyncClient, callers: GivenCallers) -> World:
    """One tenant for all: what is refused leaves nothing behind, and what is accepted is made anew."""
    graph = GraphClient(http_client, callers, await given_tenant(database))
    return await given_world(platform_graph(graph))


async def answer(graph: GraphClient, content: bytes) -> dict[str, Any]:
    """The JSON that is answered to a body; never a failure of the service, and never an essay."""
    headers = {"authorization": graph.callers.credential_of(graph.tenant.actor), "content-type": "application/json"}
    response = await graph.client.post("/graphql", content=content, headers=headers)
    sent = content[:600].decode()
    assert response.status_code in {200, 400}, f"{response.status_code} {response.text[:300]} for {sent}"
    assert response.headers["content-type"].startswith("application/json")
    found: dict[str, Any] = response.json()
    for error in found.get("errors", ()):
        assert error["extensions"]["code"] not in {"INTERNAL", "UNAVAILABLE"}, f"{error} for {sent}"
    for error in refusals(found):
        assert len(error["message"]) <= len(content) + WORDS_OF_OUR_OWN_MAX, f"{error['message'][:300]} for {sent}"
    return found


def refusals(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The errors of an answer, at its top and in its payloads."""
    payloads = [each for each in (found.get("data") or {}).values() if isinstance(each, dict)]
    return [*found.get("errors", ()), *(error for payload in payloads for error in payload.get("errors") or ())]


def some_of(values: Sequence[Any], number: int) -> Sequence[Any]:
    """A third of the values, another one for each number. Their type refuses them, wherever it stands: the places of the
    requests see them all together, many times over."""
    return values[number % 3 :: 3]


def text_of(operation: Operation, arguments: Arguments) -> str:
    """The request, selecting what tells whether it was refused."""
    select = "errors { message code path }" if is_mutation(operation.field) else None
    return document(operation.field, list(arguments), select)


async def send(world: World, operation: Operation, arguments: Arguments) -> list[dict[str, Any]]:
    """What is refused of the request."""
    return refusals(await answer(world.graph, body(text_of(operation, arguments), arguments)))


def assert_told(errors: Sequence[Mapping[str, Any]], names: Sequence[str], sent: object) -> None:
    """Every error says which argument is wrong, and there is one."""
    assert errors, f"{'.'.join(names)}: {str(sent)[:200]!r} was taken"
    for error in errors:
        assert is_told(error, names), f"{'.'.join(names)} = {str(sent)[:100]!r}: {error}"


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
async def test_what_some_take_is_taken_or_refused_with_its_place(world: World, operation: Operation) -> None:
    """Empty texts, ten thousand characters, emoji, marks of other directions, unknown ids, the edges of numbers and of the
    calendar: each argument decides for itself, and either does what it is told or says why it does not."""
    arguments = await operation.arguments(world)
    before = await checksums(world.graph.tenant)
    for place in list(places(operation.field, arguments)):
        values = place.doubtful()
        taken, arguments = await tried(world, operation, place, values, arguments)
        if taken and is_mutation(operation.field):
            # What is refused, once more by itself: only now can be seen that it changes nothing.
            before = await checksums(world.graph.tenant)
            refused = [value for position, value in enumerate(values) if position not in taken]
            again, arguments = await tried(world, operation, place, refused, arguments)
            assert not again, f"{place}: refused at first and then taken"
        assert await checksums(world.graph.tenant) == before, f"{place}: a refusal changed rows"


async def tried(
    world: World, operation: Operation, place: Place, values: Sequence[Any], arguments: Arguments
) -> tuple[set[int], Arguments]:
    """The positions of the values that are taken at the place, and the arguments to go on with; each other value is
    refused with an argument that is wrong."""
    taken = set()
    for position, value in enumerate(values):
        errors = await send(world, operation, put(operation.field, arguments, place, value))
        if not errors:
            taken.add(position)
            arguments = await operation.arguments(world) if is_mutation(operation.field) else arguments
        # A name may come to name something else, which the rest of the request does not fit: then that is told.
        assert all(len(error.get("path") or ()) > 1 or is_told(error, place.names) for error in errors), errors
    return taken, arguments


@operations
async def test_unknown_and_missing_fields_are_refused_by_name(world: World, operation: Operation) -> None:
    """A misspelt field is no field that was left out."""
    arguments = await operation.arguments(world)
    async with unchanged(world.graph.tenant):
        for place in objects(operation.field, arguments):
            assert_told(await send(world, operation, with_unknown_field(arguments, place)), ["nope"], place)
            for name, changed in without_required(arguments, place):
                assert_told(await send(world, operation, changed), [name], None)


ENTRIES = {
    "Item": 'item(key: {sku: "TOAST"})',
    "Variant": 'variant(key: {sku: "BREAD"})',
    "Warehouse": 'warehouse(key: {code: "MAIN"})',
    "Product": 'variant(key: {sku: "BREAD"}) { product',
    "Outlet": 'warehouse(key: {code: "MAIN"}) { outlet',
    "StockBalance": 'stockBalance(sku: "MILK")',
    "Supplier": 'supplier(code: "ACME")',
    "Lot": 'lot(sku: "MILK", code: "LOT")',
    "Serial": 'serial(sku: "TILL", serial: "T-1")',
}
"""How to come to an object of each type that has fields with arguments; a new one is added here."""


def nested_arguments() -> list[tuple[str, str, str, str]]:
    """The type, the field, the argument and its type, of every field with arguments but the roots."""
    roots = {"Query", "Mutation"}
    return [
        (name, field_name, argument_name, str(argument.type))
        for name, type_ in schema().type_map.items()
        if name not in roots and not name.startswith("__") and hasattr(type_, "fields")
        for field_name, field in type_.fields.items()
        for argument_name, argument in getattr(field, "args", {}).items()
    ]


def nested_query(type_name: str, field: str, argument: str, argument_type: str) -> str:
    """A query of one field with one argument, given as the variable ``value``, besides those without which there is none."""
    entry = ENTRIES[type_name]
    end = " }" * (entry.count("{ ") + 2)
    others = "" if argument_type.endswith("!") else ARGUMENTS.get((type_name, field), "").strip("()")
    return f"query($value: {argument_type}) {{ {entry} {{ {field}({argument}: $value {others}) {{ __typename }}{end}"


@pytest.mark.parametrize("nested", nested_arguments(), ids=lambda nested: ".".join(nested[:3]))
async def test_arguments_of_inner_fields_are_refused_where_they_stand(
    world: World, nested: tuple[str, str, str, str]
) -> None:
    """Pages, filters and instants of lists within lists."""
    type_name, field_name, argument_name, argument_type = nested
    definition = schema().type_map[type_name].fields[field_name].args[argument_name]  # type: ignore[attr-defined]
    place = Place(("value",), definition.type)
    query = nested_query(type_name, field_name, argument_name, argument_type)
    for value in place.refused():
        errors = refusals(await answer(world.graph, body(query, {"value": value})))
        assert_told(errors, [argument_name, "value"], value)
    for value in place.doubtful():
        errors = refusals(await answer(world.graph, body(query, {"value": value})))
        assert all(is_told(error, [argument_name]) for error in errors), f"{value!r}: {errors}"


CONNECTIONS = {
    "items": "items(first: $first, after: $after)",
    "suppliers": "suppliers(first: $first, after: $after)",
    **{
        f"{type_name}.{field}": f"{ENTRIES[type_name]} {{ {field}(first: $first, after: $after)"
        for type_name, field, argument, _ in nested_arguments()
        if argument == "after"
    },
}


def page_query(connection: str) -> str:
    text = CONNECTIONS[connection]
    end = "}" * (text.count("{") - text.count("}"))
    return f"query($first: Int! = 20, $after: String) {{ {text} {{ pageInfo {{ endCursor }} }} }}{end}"


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1, -(2**31)])
async def test_a_page_has_one_to_a_hundred(world: World, connection: str, first: int) -> None:
    """Anything else is an error that says so, never a silent cap."""
    (error,) = refusals(await answer(world.graph, body(page_query(connection), {"first": first})))
    if error["extensions"]["code"] == "LIMIT_EXCEEDED":
        assert str(first) in error["message"] or "first" in error["message"]
        return
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["first"]}
    assert error["message"] == f"first is {first}; it must be 1 to 100."


BAD_CURSORS = (
    "", "-", "%%%", "W10", "bnVsbA", "WzFd", "WzEsMl0", "WyJhIiwiYiJd", "WyJhIiwiYiIsImMiLCJkIl0", "WzEuNV0", "W3RydWVd",
    "eyJhIjoxfQ", "W1tdXQ", "W3t9XQ", "WyJcdTAwMDAiXQ", "WyJcdTAwMDAiLDFd", "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsMF0", "W251bGxd",
    "W251bGwsbnVsbF0", "🍞", "x" * 10_000, "WyIyMDI2LTExLTIyIiwiYSJd", "W1siYSJdLDFd", UNKNOWN_ID,
)  # fmt: skip
"""Texts that are no base64, base64 that is no JSON, and JSON that is no position of anything."""


async def a_cursor_of(world: World, connection: str) -> str:
    """One that the connection gives."""
    (found,) = (await answer(world.graph, body(page_query(connection), {})))["data"].values()
    while "pageInfo" not in found:
        (found,) = found.values()
    cursor: str = found["pageInfo"]["endCursor"]
    return cursor


def kind_of(cursor: str) -> tuple[str, ...]:
    """What the position in a cursor is made of: numbers, texts and ids; nothing for what is no position."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return ()
    return tuple(
        "id" if identifier_or_none(part) is not None else type(part).__name__
        for part in (position if isinstance(position, list) else ())
    )


@pytest.mark.parametrize("connection", CONNECTIONS)
async def test_a_cursor_is_one_that_this_connection_gave(world: World, connection: str) -> None:
    """Not one that somebody made up, nor one of a connection whose places are of another kind: a page that begins anywhere
    would look like a page that begins where it should."""
    own_kind = kind_of(await a_cursor_of(world, connection))
    takes = {own_kind, *([("id",)] if own_kind == ("str",) else [])}
    cursors = [*BAD_CURSORS, *[await a_cursor_of(world, other) for other in CONNECTIONS]]
    for cursor in (each for each in cursors if kind_of(each) not in takes):
        (error,) = refusals(await answer(world.graph, body(page_query(connection), {"after": cursor})))
        assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["after"]}, cursor
    assert not refusals(
        await answer(world.graph, body(page_query(connection), {"after": await a_cursor_of(world, connection)}))
    )


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
