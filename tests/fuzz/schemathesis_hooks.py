"""What the fuzzer schemathesis is told of this service: values of its scalars, and which refusals are right.

By itself it takes every error without data for a failure of the server. Here arguments have ranges that no schema can tell, so
that a page of -5 is refused; what it must never find is a failure of ours, or a document refused that fits the schema.
"""

from datetime import UTC, datetime
from typing import Any

import schemathesis
from graphql import ObjectValueNode, StringValueNode
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, Response
from schemathesis.graphql import nodes

from tests.fuzz.target import OUR_FAULT

REFUSALS = frozenset({"INVALID_INPUT", "LIMIT_EXCEEDED"})
"""Of values, with the argument, and of sizes."""
INVALID = "GRAPHQL_VALIDATION_FAILED"
UNKNOWN_TO_THE_FUZZER = ("Within OneOf Input Object type", "contains the character NUL")
"""It makes inputs of exactly one field without knowing of ``@oneOf``, and NUL on purpose."""

NO_FIELDS = ObjectValueNode(fields=())


QUANTITY_MAX = 999_999_999_999
FIRST, LAST = datetime(1, 1, 1, microsecond=1), datetime(9999, 12, 31, 23, 59, 59, 999_998)  # noqa: DTZ001 - the zone is put on
"""The first and the last instant that the schema says it takes."""


def texts(values: st.SearchStrategy[Any]) -> st.SearchStrategy[StringValueNode]:
    """Values of a scalar as they are written in a document."""
    return values.map(str).map(nodes.String)


schemathesis.graphql.scalar("Quantity", texts(st.decimals(-QUANTITY_MAX, QUANTITY_MAX, places=6)))
schemathesis.graphql.scalar("Duration", texts(st.integers(0, 10_000).map(lambda minutes: f"PT{minutes}M")))
schemathesis.graphql.scalar("Date", texts(st.dates()))
schemathesis.graphql.scalar(
    "DateTime", texts(st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda instant: instant.isoformat()))
)
schemathesis.graphql.scalar("JSON", st.just(NO_FIELDS) | texts(st.text()))
schemathesis.graphql.scalar("_Any", st.just(NO_FIELDS))


@schemathesis.check
def refusals_are_of_what_was_sent(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every error of an answer is about the values that were sent, whatever they were."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    is_negative = case.meta is not None and case.meta.generation.mode.is_negative
    found: dict[str, Any] = response.json()
    for error in found.get("errors", ()):
        code = error["extensions"]["code"]
        assert code not in OUR_FAULT, error
        if not is_negative and code not in REFUSALS:
            assert code == INVALID, error
            assert any(words in error["message"] for words in UNKNOWN_TO_THE_FUZZER), error
