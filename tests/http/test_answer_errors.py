"""What a caller gets to see of an error, and what only the log does."""

import logging
import re
from typing import Any

import pytest

from tests.http.conftest import Served
from tests.http.kiosk import SECRET


async def errors_of(served: Served, query: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = (await served.query(query, variables)).json()["errors"]
    return errors


async def test_a_refusal_brings_its_code_and_the_argument(served: Served) -> None:
    """A program reacts to the code, a person reads the message, a form marks the argument."""
    response = await served.query("{ refused(first: 101) }")
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "first is 101; it must be 1 to 100.",
                "extensions": {"code": "INVALID_INPUT", "argument": ["pageSize", "first"]},
                "locations": [{"line": 1, "column": 3}],
                "path": ["refused"],
            }
        ],
        "data": {"refused": None},
    }


async def test_an_unexpected_error_is_masked_and_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Its message may hold a password; the request id leads from the answer to the log line with the traceback."""
    with caplog.at_level(logging.ERROR):
        response = await served.query("{ boom }", headers={"x-request-id": "the-request-7"})
    assert response.status_code == 200
    assert response.json()["errors"][0]["message"] == "Internal error"
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "the-request-7"}
    assert SECRET not in response.text
    assert [record.getMessage() for record in caplog.records] == ["Request the-request-7 failed at boom."]
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == SECRET


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ("count: 4294967296", ["odd", "count"]),
        ('count: "many"', ["odd", "count"]),
        ("weight: true, count: [1]", ["odd", "count"]),
        ('size: "MEDIUM"', ["odd", "size"]),
        ("note: null", ["odd", "note"]),
        ("note: {a: 1}", ["odd", "note"]),
    ],
)
async def test_a_value_that_the_schema_forbids_is_the_services_fault(
    served: Served, caplog: pytest.LogCaptureFixture, arguments: str, path: list[str]
) -> None:
    """graphql-core would tell the client the value, which may be anything; it comes from us, not from the client."""
    with caplog.at_level(logging.ERROR):
        errors = await errors_of(served, f"{{ odd({arguments}) {{ sku count weight size note }} }}")
    assert [error["message"] for error in errors] == ["Internal error"]
    assert errors[0]["extensions"]["code"] == "INTERNAL"
    assert errors[0]["path"] == path
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (
            "query ($value: Quantity!) { quantity(value: $value) }",
            {"value": "NaN"},
            "Variable '$value' has invalid value: Quantity: 'NaN' is not a decimal",
        ),
        (
            "query ($value: Quantity!) { quantity(value: $value) }",
            {"value": 1.5},
            "Variable '$value' has invalid value: Quantity takes a string such as",
        ),
        (
            "query ($key: ThingKey!) { thing(key: $key) { id } }",
            {"key": {}},
            "Variable '$key' has invalid value: Within OneOf Input Object type 'ThingKey', exactly one field must be specified",
        ),
        (
            "query ($key: ThingKey!) { thing(key: $key) { id } }",
            {"key": {"id": "1", "sku": "2"}},
            "Variable '$key' has invalid value: Within OneOf Input Object type 'ThingKey', exactly one field must be specified",
        ),
        (
            "query ($key: ThingKey!) { thing(key: $key) { id } }",
            {"key": {"barcode": "1"}},
            "Variable '$key' has invalid value: Expected value of type 'ThingKey' not to include unknown field 'barcode'",
        ),
        ("query ($first: Int) { things(first: $first) { id } }", {"first": None}, "Argument 'first' has invalid value"),
        ("query ($first: Int) { things(first: $first) { id } }", {"first": 2**40}, "Int cannot represent non 32-bit"),
        ("query ($first: Int!) { things(first: $first) { id } }", {"first": 0}, "first is 0; it must be 1 to 100."),
        ("query ($first: Int!) { things(first: $first) { id } }", {"first": 101}, "first is 101; it must be 1 to 100."),
    ],
)
async def test_a_wrong_variable_says_which_and_why(
    served: Served, query: str, variables: dict[str, Any], message: str
) -> None:
    """A wrong argument is the caller's to correct, so nothing is hidden and nothing is logged as a failure."""
    errors = await errors_of(served, query, variables)
    assert message in errors[0]["message"]
    assert errors[0]["extensions"]["code"] == "INVALID_INPUT"
    assert errors[0]["locations"][0]["line"] == 1


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ('{ quantity(value: "1e3") }', 19, "Quantity: '1e3' is not a decimal"),
        ("{ quantity(value: 1.5) }", 19, "Quantity takes a string"),
        ('{ thing(key: {id: "1", sku: "2"}) { id } }', 14, "exactly one field must be specified"),
        ("{ thing(key: {id: null}) { id } }", 14, "must be non-null"),
        ("query ($id: ID) { thing(key: {id: $id}) { id } }", 35, "must be non-nullable"),
    ],
)
async def test_a_wrong_literal_says_where_it_stands(served: Served, query: str, column: int, words: str) -> None:
    """The place in the document is what an editor marks."""
    errors = await errors_of(served, query)
    assert words in errors[0]["message"]
    assert {"line": 1, "column": column} in errors[0]["locations"]
    assert errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_unavailable_is_503_when_nothing_was_answered(served: Served) -> None:
    """A client and a proxy know by the status that trying again is worth it, and when."""
    response = await served.query("{ busy }")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    assert response.json()["data"] == {"busy": None}


async def test_unavailable_is_200_beside_an_answer(served: Served) -> None:
    """What was answered is not thrown away by a status."""
    response = await served.query('{ echo(text: "x") busy }')
    assert response.status_code == 200
    assert response.json()["data"] == {"echo": "x", "busy": None}


async def test_a_lost_commit_has_a_code_of_its_own(served: Served) -> None:
    """The caller has to ask again with the same key instead of assuming that nothing happened."""
    response = await served.query("{ unknownOutcome }")
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"] == {"code": "OUTCOME_UNKNOWN"}


async def test_an_answer_that_is_no_json_is_masked(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Even the last step, writing the answer, fails as GraphQL does."""
    with caplog.at_level(logging.ERROR):
        response = await served.query("{ unprintable }")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "no JSON" in caplog.text


async def test_each_request_has_an_id(served: Served) -> None:
    """The caller's own where it can be printed anywhere, else one of ours."""
    assert (await served.query("{ __typename }", headers={"x-request-id": "a.b:c-1_2"})).headers[
        "x-request-id"
    ] == "a.b:c-1_2"
    made = {(await served.query("{ __typename }")).headers["x-request-id"] for _ in range(5)}
    assert len(made) == 5
    for sent in ("two words", "x" * 129, "a\tb", "<script>"):
        answered = (await served.query("{ __typename }", headers={"x-request-id": sent})).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", answered)


async def test_a_long_value_is_not_repeated_in_full(served: Served) -> None:
    """An error must not be a way to have the service send back what it was sent."""
    response = await served.query("query ($key: ThingKey!) { thing(key: $key) { id } }", {"key": {"x" * 50_000: 1}})
    assert len(response.content) < 3_000
