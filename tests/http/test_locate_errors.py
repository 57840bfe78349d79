"""Where in the document an error is: as graphql-core says it, and however many errors and lines there are."""

import pytest
from graphql import Source
from hypothesis import given, strategies

from resolvers.sources import IndexedSource
from tests.http.conftest import Served

PIECES = strategies.sampled_from(["\n", "\r", "\r\n", "a", " ", "é", "\u2028", "\x0b", "🍞"])


@given(strategies.lists(PIECES, max_size=60))
def test_a_place_is_where_graphql_core_finds_it(pieces: list[str]) -> None:
    """Of each character of any text, also with the line ends of other systems; only those that graphql knows end a line."""
    text = "".join(pieces)
    places = [position for position in range(len(text) + 1) if text[position - 1 : position + 1] != "\r\n"]
    indexed, stock = IndexedSource(text), Source(text)
    assert [indexed.get_location(each) for each in places] == [stock.get_location(each) for each in places]


@pytest.mark.parametrize(
    "query",
    [
        "{\n  refused(first: 101)\n  refused(first: 101)\n}",
        "\r\n{ ...A ...A }\nfragment A on Query { refused(first: 101) }",
    ],
)
async def test_a_field_that_is_asked_for_twice_fails_at_its_first_place(served: Served, query: str) -> None:
    """One field, one error, one place; how often it was written makes an error no dearer."""
    (error,) = (await served.query(query)).json()["errors"]
    line = 2 if query.startswith("{") else 3
    assert error["path"] == ["refused"]
    assert error["locations"] == [{"line": line, "column": 3 if line == 2 else 23}]
