"""Bad input to fields within others: pages, cursors, filters and instants."""

import base64
import json

import pytest

from resolvers.kit import identifier_or_none
from tests.bad_input.answers import answer, assert_told, refusals
from tests.bad_input.inner import nested_arguments, nested_query
from tests.given.worlds import World
from tests.hostile import (
    UNKNOWN_ID,
    Place,
    body,
    is_told,
)
from tests.selections import ENTRIES, schema


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
        assert all(is_told(error, [argument_name, "value"]) for error in errors), f"{value!r}: {errors}"


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


OUT_OF_CALENDAR = [
    base64.urlsafe_b64encode(json.dumps([instant, UNKNOWN_ID]).encode()).decode()
    for instant in ("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01")
]
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
        found = found[0] if isinstance(found, list) else next(iter(found.values()))
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
    for cursor in (*OUT_OF_CALENDAR, *(each for each in cursors if kind_of(each) not in takes)):
        (error,) = refusals(await answer(world.graph, body(page_query(connection), {"after": cursor})))
        assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["after"]}, cursor
    assert not refusals(
        await answer(world.graph, body(page_query(connection), {"after": await a_cursor_of(world, connection)}))
    )
