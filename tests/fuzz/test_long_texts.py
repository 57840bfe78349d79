"""A text is written wherever it is used: used many times, it is too much however short the document is."""

from itertools import count
from typing import Any

import pytest

from tests.fuzz.target import Answer, Target
from tests.servers import token_of

LONG = "a" * 240_000
ORDERS = f"{{ ... on Order {{ id {' '.join(f'a{number}: id' for number in range(29))} }} }}"
ENTITIES = f"_entities(representations: [{'$text ' * 880}]) {ORDERS}"
SERIALS = f'{{quantity: "1", sku: "a", serials: [{"$text " * 850}]}}'
METADATA = f"{{z: [{'$text ' * 850}]}}"

TOO_MUCH: dict[str, tuple[str, Any, str | None]] = {
    "ids of entities": (f"query($text: _Any!) {{ {ENTITIES} }}", {"__typename": "Order", "id": LONG}, None),
    "ids of entities by default": (
        f'query($text: _Any! = {{__typename: "Order", id: "{LONG[:14_000]}"}}) {{ {ENTITIES} }}', None, None
    ),
    "what is no key": (
        f'query($text: _Any!) {{ _entities(representations: [{{__typename: "Item", id: "x", z: {METADATA}}}]) {{ __typename }} }}',
        LONG,
        None,
    ),
    "serials": (
        f'mutation($text: String!) {{ receiveStock(input: {{idempotencyKey: "a", lines: [{SERIALS}]}}) {{ replayed }} }}',
        LONG,
        "stock_clerk",
    ),
    "metadata": (
        f'mutation($text: JSON) {{ createItem(input: {{sku: "a", name: "a", unit: "PIECE", metadata: {METADATA}}}) {{ item {{ id }} }} }}',
        LONG,
        "inventory_admin",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_long_text_that_is_used_often_is_refused(target: Target, name: str) -> None:
    """Before anything is made of it: one such request took all the memory that there was, from nobody."""
    query, value, role = TOO_MUCH[name]
    token = (
        token_of("urban-loft", data_directory=target.service.data_directory, role=role) if role is not None else None
    )
    numbers = count()

    def ask() -> Answer:
        return target.query(f"{query}#{next(numbers)}", {"text": value} if value is not None else None, token=token)

    answer = ask()
    (error,) = answer.body["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    target.assert_cheap(answer, ask, sent=name)


def test_what_is_longer_than_a_key_names_no_entity(target: Target) -> None:
    """An order is answered with the id that it was named by, as often as it is asked for."""
    given = [{"__typename": "Order", "id": "a" * length} for length in (255, 256)]
    query = "query($given: [_Any!]!) { _entities(representations: $given) { ... on Order { id } } }"
    assert target.query(query, {"given": given}).body["data"] == {"_entities": [{"id": "a" * 255}, None]}
