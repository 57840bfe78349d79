"""The clients that people use run what the README shows, against the service as it is started there."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import pytest
from gql import Client, gql
from gql.graphql_request import GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from tests.gateway.gateways import PACKAGE
from tests.pages import Operation, Page, masked
from tests.servers import Service, running_service

Document: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Service, str, Sequence[Document]], list[Answer]]

SHOWN = [example for example in Page.read("README.md").examples() if isinstance(example, Operation)]


def from_node(client: str) -> Send:
    """A client of a browser, in Node.js."""

    def send(service: Service, token: str, documents: Sequence[Document]) -> list[Answer]:
        answers: list[Answer] = PACKAGE.run("clients.mjs", client, service.url, token, json.dumps(documents))
        return [{**answer, "data": _without_type_names(answer["data"])} for answer in answers]

    return send


def _without_type_names(value: Any) -> Any:
    """The value without ``__typename``, for which these clients ask by themselves, to know what is in their caches."""
    if isinstance(value, dict):
        return {key: _without_type_names(each) for key, each in value.items() if key != "__typename"}
    return [_without_type_names(each) for each in value] if isinstance(value, list) else value


def from_python(service: Service, token: str, documents: Sequence[Document]) -> list[Answer]:
    """``gql``, which reads the schema first and checks every document against it."""
    return asyncio.run(_from_python(service, token, documents))


async def _from_python(service: Service, token: str, documents: Sequence[Document]) -> list[Answer]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = HTTPXAsyncTransport(url=service.url, headers=headers)
    answers: list[Answer] = []
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        for document in documents:
            request = GraphQLRequest(gql(document["query"]), variable_values=document.get("variables"))
            try:
                answers.append({"data": await session.execute(request), "errors": []})
            except TransportQueryError as error:
                answers.append({"data": error.data, "errors": error.errors or []})
    return answers


CLIENTS: Mapping[str, Send] = {"urql": from_node("urql"), "apollo": from_node("apollo"), "gql": from_python}
clients = pytest.mark.parametrize("client", CLIENTS)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """What ``make run`` starts, for what changes nothing."""
    with running_service() as running:
        yield running


@clients
def test_the_readme_happens_as_shown(client: str) -> None:
    """Queries, a change and a refusal, in the order of the page, on a service that was started a moment ago."""
    with running_service() as fresh:
        answers = CLIENTS[client](fresh, fresh.token, [{"query": example.query} for example in SHOWN])
    assert len(SHOWN) >= 3
    for example, answer in zip(SHOWN, answers, strict=True):
        assert answer["errors"] == []
        assert _comparable(answer["data"]) == _comparable(example.answer["data"]), f"README.md:{example.line}"


def _comparable(value: Any) -> Any:
    return json.loads(masked(json.dumps(value)))


@clients
def test_variables_enums_and_nulls_arrive_as_they_are(service: Service, client: str) -> None:
    """A client sends its own idea of JSON; what it names is found, and what there is not is null."""
    query = """query Find($key: ItemKey!, $first: Int!, $filter: ItemFilter, $after: String) {
      item(key: $key) { sku description }
      items(first: $first, filter: $filter, after: $after) { nodes { sku type } totalCount }
    }"""
    variables = {
        "key": {"sku": "NO-SUCH"}, "first": 1, "filter": {"text": "milk", "type": ["INGREDIENT"]}, "after": None,
    }  # fmt: skip
    (answer,) = CLIENTS[client](service, service.token, [{"query": query, "variables": variables}])
    assert answer["errors"] == []
    assert answer["data"]["item"] is None
    assert [each["type"] for each in answer["data"]["items"]["nodes"]] == ["INGREDIENT"]


@clients
def test_errors_reach_the_caller_with_their_codes(service: Service, client: str) -> None:
    """Which of several fields went wrong, why, and what the others answered."""
    query = '{ item(key: {sku: "RAW-MLK-001"}) { sku variants(first: 0) { totalCount } } warehouses { code } }'
    (answer,) = CLIENTS[client](service, service.token, [{"query": query}])
    assert answer["data"] == {"item": None, "warehouses": [{"code": "MAIN"}, {"code": "STORE"}]}
    (error,) = answer["errors"]
    assert error["message"] == "first is 0; it must be 1 to 100."
    assert error["path"] == ["item", "variants"]
    assert error["extensions"]["code"] == "INVALID_INPUT"


@clients
def test_nobody_is_told_to_sign_in(service: Service, client: str) -> None:
    """A client without a token gets an answer that it understands, not a broken connection."""
    (answer,) = CLIENTS[client](service, "", [{"query": '{ item(key: {sku: "RAW-MLK-001"}) { sku } }'}])
    assert (answer["data"] or {}).get("item") is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


def test_urql_queries_by_get(service: Service) -> None:
    """For caches between the shop and the service; variables travel in the address."""
    query = "query($key: ItemKey!) { item(key: $key) { sku name } }"
    documents = [{"query": query, "variables": {"key": {"sku": "RAW-MLK-001"}}}]
    (answer,) = from_node("urql-get")(service, service.token, documents)
    assert answer == {"data": {"item": {"sku": "RAW-MLK-001", "name": "Fresh Milk"}}, "errors": []}
