"""Which media type an answer has, which status goes with it, and what GET may do."""

import httpx
import pytest

from tests.http.conftest import Served

JSON = "application/json; charset=utf-8"
RESPONSE = "application/graphql-response+json; charset=utf-8"


async def ask(served: Served, accept: str | None, query: str = "{ __typename }") -> httpx.Response:
    headers = {"accept": accept} if accept is not None else {"accept": ""}
    return await served.query(query, headers=headers)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", RESPONSE),
        ("application/json, application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json, */*;q=0.1", RESPONSE),
        ("text/html, application/json;q=0.2", JSON),
        ("multipart/mixed;deferSpec=20220824, application/json", JSON),
    ],
)
async def test_the_client_chooses_the_media_type(served: Served, accept: str | None, content_type: str) -> None:
    """Without a wish it is JSON, which every client can read."""
    response = await ask(served, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "accept", ["text/plain", "application/json;q=0", "application/json; charset=utf-16", "image/*"]
)
async def test_a_client_that_takes_neither_is_told_so(served: Served, accept: str) -> None:
    """The refusal itself is JSON all the same."""
    response = await ask(served, accept)
    assert response.status_code == 406
    assert response.headers["content-type"] == JSON
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "BAD_REQUEST"),
        ("query ($text: String!) { echo(text: $text) }", "INVALID_INPUT"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_refused_document_is_200_as_json_and_400_as_graphql_response(
    served: Served, query: str, code: str
) -> None:
    """Clients of plain JSON take any other status for a failure of the network; GraphQL's own type is free of that."""
    for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        response = await ask(served, accept, query)
        assert response.status_code == status
        assert list(response.json()) == ["errors"]
        assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_field_errors_are_200_in_both_types(served: Served) -> None:
    """Data came along with them."""
    for accept in ("application/json", "application/graphql-response+json"):
        response = await ask(served, accept, '{ echo(text: "x") boom }')
        assert response.status_code == 200
        assert response.json()["data"] == {"echo": "x", "boom": None}


async def test_get_runs_a_query(served: Served) -> None:
    """With variables and the name of an operation, all of them in the address."""
    response = await served.client.get(
        "/graphql",
        params={
            "query": "query A { me } query B($text: String!) { echo(text: $text) }",
            "operationName": "B",
            "variables": '{"text": "tea & sugar"}',
            "extensions": "{}",
        },
    )
    assert response.status_code == 200
    assert response.json() == {"data": {"echo": "tea & sugar"}}
    assert response.headers["cache-control"] == "no-store"


async def test_get_runs_no_mutation(served: Served) -> None:
    """A link or an image on a foreign page is a GET."""
    response = await served.client.get(
        "/graphql", params={"query": 'mutation { claimKey(input: {key: "by-get"}) { key } }'}
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/graphql", 400, "query is missing"),
        ("/graphql?variables={}", 400, "query is missing"),
        ("/graphql?query={__typename}&variables=[", 400, "variables is not JSON"),
        ("/graphql?query={__typename}&variables=[]", 400, "variables is a list"),
        ("/graphql?query={__typename}&extensions=1", 400, "extensions is a number"),
        ('/graphql?query={__typename}&variables={"a":"%5Cu0000"}', 400, "$a contains the character NUL"),
        ("/graphql?query=%ff", 400, "percent-encoded UTF-8"),
        ("/graphql?query=" + "x" * 40_000, 414, "32768 bytes"),
        ("/graphql?" + "a=1&" * 60 + "query={__typename}", 400, "parameters of the address"),
    ],
)
async def test_a_get_that_is_no_request_says_why(served: Served, address: str, status: int, words: str) -> None:
    """An address is no less hostile than a body."""
    response = await served.client.get(address)
    assert response.status_code == status
    assert words in response.json()["errors"][0]["message"]


async def test_empty_parameters_of_get_count_as_absent(served: Served) -> None:
    """Clients leave ``variables=`` in the address when there are none."""
    response = await served.client.get("/graphql?query={__typename}&variables=&operationName=&extensions=")
    assert response.json() == {"data": {"__typename": "Query"}}


FOREIGN_PAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}


@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN_PAGE,
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "cross-site", "content-type": "text/plain"},
    ],
)
async def test_a_foreign_page_asks_nothing_unasked(served: Served, headers: dict[str, str]) -> None:
    """An image or a link on it would make its visitors' browsers ask, from inside their networks."""
    response = await served.client.get("/graphql?query={__typename}", headers=headers)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"] == {"code": "PREFLIGHT_REQUIRED"}
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
        {**FOREIGN_PAGE, "graphql-require-preflight": "1"},
        {**FOREIGN_PAGE, "apollo-require-preflight": "true"},
        {**FOREIGN_PAGE, "x-apollo-operation-name": "Q"},
        {"sec-fetch-mode": "cors"},
    ],
)
async def test_programs_own_pages_and_whoever_was_allowed_may_get(served: Served, headers: dict[str, str]) -> None:
    """A header that a foreign page could set only after the browser had asked here is as good as having been asked."""
    response = await served.client.get("/graphql?query={__typename}", headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}
