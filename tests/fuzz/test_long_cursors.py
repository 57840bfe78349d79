"""A cursor is read for each object that has a page within: one that is longer than any of ours is not read at all."""

import base64
import json
from itertools import count

import pytest

from tests.fuzz.target import Answer, Target

LONG = {
    "lists": b"[" + b"[]," * 40_000 + b"1]",
    "numbers": b"[" + b"1," * 70_000 + b"1]",
    "a text": json.dumps(["a" * 150_000]).encode(),
}
QUERY = "query($after: String) { items(first: 100) { nodes { variants(first: 1, after: $after) { nodes { sku } } } } }"


@pytest.mark.parametrize("name", LONG)
def test_a_long_cursor_of_many_pages_is_refused(target: Target, name: str) -> None:
    """For what a short wrong one costs; a hundred of these once took a third of a second."""
    cursor = base64.urlsafe_b64encode(LONG[name]).decode()
    numbers = count()

    def ask() -> Answer:
        return target.query(f"{QUERY}#{next(numbers)}", {"after": cursor}, token=target.service.token)

    answer = ask()
    error = answer.body["errors"][0]
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["after"]}
    target.assert_cheap(answer, ask, sent=name)
