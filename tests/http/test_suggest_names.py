"""Whoever misspells a name of the schema is told which one was meant."""

from random import Random

import pytest

from resolvers.spelling import LENGTH_MAX, meant
from tests.graph import GraphClient
from tests.properties.settings import SEED
from tests.selections import root_fields, schema


def slip(random: Random, name: str) -> str:
    """The name as somebody in a hurry types it: a letter left out, doubled, another, or two swapped."""
    place = random.randrange(1, len(name) - 1)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    return random.choice(
        [before + after, before + letter * 2 + after, f"{before}q{after}", before + after[0] + letter + after[1:]]
    )


def test_each_type_and_field_is_suggested_for_a_slip_of_it() -> None:
    """Among all others, and by itself; names of four letters and more."""
    random = Random(SEED)
    types = list(schema().type_map)
    for known in (types, list(root_fields())):
        for name in known:
            if len(name) > 3:
                slipped = slip(random, name)
                assert name in meant(slipped, known), f"{slipped} for {name}"


@pytest.mark.parametrize(
    "name", ["", "zzzzzzzzzzzz", "Item" * (LENGTH_MAX // 4 + 1), "\N{GREEK SMALL LETTER ALPHA}" * 20]
)
def test_what_is_like_nothing_has_no_suggestion(name: str) -> None:
    """Nor has what is longer than any name."""
    assert meant(name, list(schema().type_map)) == []


async def test_the_error_names_what_was_meant(graph: GraphClient) -> None:
    """The type, and the field of an object."""
    errors = await graph.errors("query($key: ItemKee) { itms { totalCount } }")
    assert [error["message"] for error in errors] == [
        "Unknown type 'ItemKee'. Did you mean 'ItemKey', 'Item', 'ItemEdge', or 'ItemType'?",
        "Cannot query field 'itms' on type 'Query'. Did you mean 'items' or 'item'?",
    ]
