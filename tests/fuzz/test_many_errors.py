"""Errors by the thousand below as many empty lines as there may be: each is looked for in the text, and none twice."""

from itertools import count
from typing import Any
from uuid import UUID

import pytest

from resolvers.document_limits import DocumentLimits
from tests.fuzz.target import Answer, Target
from tests.servers import token_of

LIMITS = DocumentLimits()
ENTITIES = "query($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
ORDER = {"__typename": "PurchaseOrder", "id": "01890000-0000-7000-8000-000000000000"}
END_OF_LINES = ("\n", "\r", "\r\n")


def below_lines(query: str, end_of_line: str) -> str:
    """The document at the very end of all the characters that one may have, but for a few."""
    return end_of_line * ((LIMITS.characters_max - len(query) - 20) // len(end_of_line)) + query


def assert_told_cheaply(
    target: Target, query: str, given: Any, end_of_line: str, *, token: str | None = None
) -> Answer:
    """The answer, once it took no longer than it may."""
    numbers = count()

    def ask() -> Answer:
        return target.query(below_lines(query, end_of_line) + f"#{next(numbers)}", given, token=token)

    answer = ask()
    target.assert_cheap(answer, ask, sent=query)
    return answer


@pytest.mark.parametrize("end_of_line", END_OF_LINES, ids=repr)
def test_nobody_is_told_once_however_much_was_asked_for(target: Target, end_of_line: str) -> None:
    """The thousand places of a router's page have one error; those of fields beside each other are in the last line."""
    page = assert_told_cheaply(target, ENTITIES, {"given": [ORDER] * 1_000}, end_of_line)
    assert page.body["data"] is None
    assert [each["path"] for each in page.body["errors"]] == [["_entities"]]
    names = [f"a{number}" for number in range(LIMITS.aliases_max)]
    fields = " ".join(f'{name}: item(key: {{sku: "x"}}) {{ id }}' for name in names)
    beside = assert_told_cheaply(target, f"{{ {fields} }}", None, end_of_line)
    assert [each["path"] for each in beside.body["errors"]] == [[name] for name in names]
    assert len({each["locations"][0]["line"] for each in beside.body["errors"]}) == 1


def test_outlets_that_nobody_knows_are_not_all_looked_for(target: Target) -> None:
    """A visitor's tenant is that of an outlet; of a thousand others each would be a question to the database."""
    outlets = [{"__typename": "Outlet", "id": str(UUID(int=number))} for number in range(1_000)]
    answer = assert_told_cheaply(target, ENTITIES, {"given": outlets}, "\n")
    assert [(each["path"], each["extensions"]["code"]) for each in answer.body["errors"]] == [
        (["_entities"], "UNAUTHENTICATED")
    ]


def test_who_may_not_is_told_at_each_place(target: Target) -> None:
    """And pays for each, like for an object; also where the field is written twice."""
    token = token_of("urban-loft", data_directory=target.service.data_directory, role="stock_counter")
    for query in (ENTITIES, f"{ENTITIES[:-1]} _entities(representations: $given) {{ __typename }} }}"):
        answer = assert_told_cheaply(target, query, {"given": [ORDER] * 1_000}, "\n", token=token)
        assert answer.body["data"] == {"_entities": [None] * 1_000}
        assert [(each["path"], each["extensions"]["code"]) for each in answer.body["errors"]] == [
            (["_entities", place], "FORBIDDEN") for place in range(1_000)
        ]
        assert answer.points == 1_000
