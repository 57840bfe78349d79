"""Variables as wide as a body may be: refused before anything is made of them, whoever sends them."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from resolvers.operating import BODY_BYTES_MAX
from resolvers.variables import HOLDER_VALUES, OBJECTS_MAX, VALUES_MAX
from tests.fuzz.target import Answer, Target

ENTITIES = "query($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
AVAILABILITY = "query($given: [String!]!) { availability(skus: $given) { sku } }"
RECEIVE = "mutation($given: ReceiveStockInput!) { receiveStock(input: $given) { errors { code path } } }"
RESERVE = "mutation($given: ReserveStockInput!) { reserveStock(input: $given) { errors { code path } } }"
DELIVER = "mutation($given: ReceiveGoodsInput!) { receiveGoods(input: $given) { errors { code path } } }"
UPDATE = "mutation($given: UpdateItemInput!) { updateItem(input: $given) { errors { code path } } }"
STATUSES = "query($given: [ItemStatus!]) { items(filter: {status: $given}) { pageInfo { hasNextPage } } }"
BALANCES = """query($given: [ID!]) {
  items(first: 100) { nodes { variants(first: 1) { nodes { balances(warehouseIds: $given) { onHand } } } } }
}"""
LINE = {"sku": "A", "quantity": "1"}


def lines(many: int, **more: Any) -> dict[str, Any]:
    return {"idempotencyKey": "a", "lines": [{**LINE, **more}] * many}


def aliased(query: str, times: int) -> str:
    """The document with its field so many times over, all with the same variable."""
    head, _, field = query.removesuffix("}").partition("{")
    return f"{head}{{{' '.join(f'alias{number}: {field}' for number in range(times))}}}"


TOO_WIDE: Mapping[str, tuple[str, Any, list[str]]] = {
    "numbers for representations": (ENTITIES, [0] * 125_001, ["given"]),
    "empty representations": (ENTITIES, [{}] * 80_000, ["given"]),
    "lists for representations": (ENTITIES, [[]] * 80_000, ["given"]),
    "empty SKUs": (AVAILABILITY, [""] * 80_001, ["given"]),
    "states of one filter": (STATUSES, ["ACTIVE"] * 26_000, ["given"]),
    "lines of a receipt": (RECEIVE, lines(9_000), ["given", "lines"]),
    "lines of a reservation": (RESERVE, lines(9_000), ["given", "lines"]),
    "empty lines": (RECEIVE, {"idempotencyKey": "a", "lines": [{}] * 80_000}, ["given", "lines"]),
    "members that no input has": (RECEIVE, {f"k{number}": 0 for number in range(20_000)}, ["given"]),
    "a document of anything": (UPDATE, {"item": {"sku": "A"}, "metadata": [0] * 100_000}, ["given", "metadata"]),
    "serials of many lines": (RECEIVE, lines(80, serials=[""] * 1_000), ["given", "lines", "17", "serials"]),
    "lines that are used thirty times": (aliased(RECEIVE, 30), lines(1_000), ["given", "lines"]),
    "states of thirty filters": (aliased(STATUSES, 30), ["ACTIVE"] * 15_000, ["given"]),
}
AS_WIDE_AS_ALLOWED: Mapping[str, tuple[str, Any]] = {
    "numbers for representations": (ENTITIES, [0] * (VALUES_MAX - 10)),
    "empty representations": (ENTITIES, [{}] * OBJECTS_MAX),
    "empty SKUs": (AVAILABILITY, [""] * (VALUES_MAX - 10)),
    "states of one filter": (STATUSES, ["ACTIVE"] * (VALUES_MAX - 10)),
    "states of ten filters": (aliased(STATUSES, 10), ["ACTIVE"] * (VALUES_MAX // 10 - 5)),
    "lines of a receipt": (RECEIVE, lines(OBJECTS_MAX)),
    "lines of a reservation": (RESERVE, lines(OBJECTS_MAX)),
    "lines of a delivery": (
        DELIVER,
        {"supplierCode": "A", "idempotencyKey": "a", "lines": [{"quantity": "1"}] * OBJECTS_MAX},
    ),
    "lists of anything": (UPDATE, {"item": {"sku": "A"}, "metadata": [[]] * (VALUES_MAX // (HOLDER_VALUES + 1) - 10)}),
    "warehouses of each of many balances": (BALANCES, ["5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11"] * 400),
}
UNDECLARED: Mapping[str, Any] = {
    "lists": {"n": 1, "other": [[]] * 83_000},
    "numbers beside a long one": {"n": 10**18, "other": [0] * 125_000},
    "names": {f"k{number}": 0 for number in range(20_000)},
}


def send(target: Target, query: str, variables: Mapping[str, Any], token: str | None, remark: int) -> Answer:
    """The request without the header that asks for its cost: it is estimated more exactly then, and refused for that."""
    sent = {"query": f"{query}#{remark}", "variables": variables}
    content = json.dumps(sent, separators=(",", ":")).encode()
    assert len(content) <= BODY_BYTES_MAX
    headers = {"content-type": "application/json"}
    return target.post(content, {**headers, "authorization": f"Bearer {token}"} if token is not None else headers)


def sent_cheaply(target: Target, query: str, variables: Mapping[str, Any], *, is_known: bool) -> Answer:
    """The answer; fails where it cost more than a request may that is worth nothing."""
    token = target.service.token if is_known else None
    remarks = count()
    answer = send(target, query, variables, token, next(remarks))
    target.assert_cheap(answer, lambda: send(target, query, variables, token, next(remarks)), sent=query)
    return answer


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("name", TOO_WIDE)
def test_what_is_too_wide_is_refused_before_it_is_read(target: Target, name: str, is_known: bool) -> None:
    """With the place of it; making values of a hundred thousand took a quarter of a second."""
    query, given, place = TOO_WIDE[name]
    answer = sent_cheaply(target, query, {"given": given}, is_known=is_known)
    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "argument": place}
    assert f"The variable ${'.'.join(place)} " in error["message"]


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("name", AS_WIDE_AS_ALLOWED)
def test_what_is_just_not_too_wide_costs_little(target: Target, name: str, is_known: bool) -> None:
    """Whether the field takes it or refuses it."""
    query, given = AS_WIDE_AS_ALLOWED[name]
    answer = sent_cheaply(target, query, {"given": given}, is_known=is_known)
    told = json.dumps(answer.body)
    assert "The variable $given" not in told
    assert "INTERNAL" not in told


@pytest.mark.parametrize("name", UNDECLARED)
def test_what_no_variable_is_called_counts_as_well(target: Target, name: str) -> None:
    """Nobody uses it; looking whether it can be stored took as long."""
    answer = sent_cheaply(target, "{ __typename }", UNDECLARED[name], is_known=False)
    (error,) = answer.body["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_what_is_too_wide_is_refused_over_a_socket_too(target: Target) -> None:
    """A subscription comes to the same."""
    query = "subscription($given: [String!]) { stockChanged(skus: $given) { cursor } }"
    payload = {"query": query, "variables": {"given": [""] * 80_000}}
    frame = json.dumps({"type": "subscribe", "id": "1", "payload": payload}, separators=(",", ":"))
    with connect(
        f"ws://127.0.0.1:{target.service.port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
    ) as socket:
        credential = {"authorization": f"Bearer {target.service.token}"}
        socket.send(json.dumps({"type": "connection_init", "payload": credential}))
        assert json.loads(socket.recv(timeout=10))["type"] == "connection_ack"

        def ask() -> Answer:
            before = target.cpu_seconds()
            socket.send(frame)
            answer = socket.recv(timeout=10, decode=False)
            return Answer(200, answer, target.cpu_seconds() - before)

        answer = ask()
        (error,) = answer.body["payload"]
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "argument": ["given"]}
        target.assert_cheap(answer, ask, sent=query)
