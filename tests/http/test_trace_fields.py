"""Traces for the router: which fields an answer took, and how long; only when asked, and for nobody else."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.conftest import ROUTER_SECRET, Served

ASK = {"apollo-federation-include-trace": "ftv1"}
ROUTER = {"x-router-secret": ROUTER_SECRET}

TRACE_ROOT, DURATION = 14, 11
NAME, INDEX, TYPE, PARENT, BEGINS, ENDS, ERROR, CHILD, ORIGINAL = 1, 2, 3, 13, 8, 9, 11, 12, 14


def fields_of(message: bytes) -> Iterator[tuple[int, Any]]:
    """The numbered fields of a protocol buffer: integers, and bytes for texts and messages within."""
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while position < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            length = varint()
            yield tag >> 3, message[position : position + length]
            position += length


def told(node: bytes) -> dict[str, Any]:
    """A node as it is to be compared: names, types and children. Its times must make sense."""
    found = list(fields_of(node))
    values = dict(found)
    if TYPE in values:
        assert 0 <= values[BEGINS] <= values[ENDS]
    texts = {name: values[tag].decode() for name, tag in (("type", TYPE), ("parent", PARENT)) if tag in values}
    key = values[INDEX] if INDEX in values else values.get(NAME, b"").decode()
    return {
        "key": key,
        **texts,
        **({"field": values[ORIGINAL].decode()} if ORIGINAL in values else {}),
        **({"errors": [each for tag, each in found if tag == ERROR]} if ERROR in values else {}),
        **({"below": [told(each) for tag, each in found if tag == CHILD]} if CHILD in values else {}),
    }


def trace_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The root of an answer's trace."""
    trace = dict(fields_of(base64.b64decode(answer["extensions"]["ftv1"])))
    assert trace[DURATION] > 0
    return told(trace[TRACE_ROOT])


async def ask(served: Served, query: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await served.query(query, variables, headers={**ASK, **ROUTER})).json()
    return answer


async def test_tells_every_field_with_its_type_and_place(served: Served) -> None:
    """The router shows how long each took; an alias is known by its field, an item of a list by its number."""
    answer = await ask(served, "{ __typename shop: things(first: 2) { sku again { id } } }")
    assert answer["data"]["shop"] == [{"sku": f"S{n}", "again": {"id": str(n)}} for n in range(2)]
    item = [
        {"key": "sku", "type": "String!", "parent": "Thing"},
        {
            "key": "again",
            "type": "Thing!",
            "parent": "Thing",
            "below": [{"key": "id", "type": "ID!", "parent": "Thing"}],
        },
    ]
    assert trace_of(answer) == {
        "key": "",
        "below": [
            {"key": "__typename", "type": "String!", "parent": "Query"},
            {
                "key": "shop",
                "field": "things",
                "type": "[Thing!]!",
                "parent": "Query",
                "below": [{"key": 0, "below": item}, {"key": 1, "below": item}],
            },
        ],
    }


async def test_a_field_that_waits_takes_as_long_as_it_waits(served: Served) -> None:
    """And the field beside it does not."""
    answer = await ask(served, '{ sleep(seconds: 0.05) echo(text: "x") }')
    trace = dict(fields_of(base64.b64decode(answer["extensions"]["ftv1"])))
    nodes = [dict(fields_of(each)) for tag, each in fields_of(trace[TRACE_ROOT]) if tag == CHILD]
    took = {node[NAME].decode(): (node[ENDS] - node[BEGINS]) / 1e9 for node in nodes}
    assert took["sleep"] >= 0.05
    assert took["echo"] < took["sleep"] <= trace[DURATION] / 1e9


async def test_errors_stand_at_their_fields_as_the_caller_sees_them(served: Served) -> None:
    """Masked: the router's reports are no way around that."""
    answer = await ask(served, "{ boom refused(first: 3) }")
    assert {error["message"] for error in answer["errors"]} == {
        "Internal error",
        "first is 3; it must be 1 to 100.",
    }
    nodes = {each["key"]: each for each in trace_of(answer)["below"]}
    assert [dict(fields_of(error))[1].decode() for error in nodes["boom"]["errors"]] == ["Internal error"]
    assert [dict(fields_of(error))[1].decode() for error in nodes["refused"]["errors"]] == [
        "first is 3; it must be 1 to 100."
    ]
    assert b"hunter2" not in base64.b64decode(answer["extensions"]["ftv1"])


async def test_entities_are_traced_too(served: Served) -> None:
    """They are what a router asks for most."""
    query = "query($given: [_Any!]!) { _entities(representations: $given) { ... on Thing { sku } } }"
    answer = await ask(served, query, given=[{"__typename": "Thing", "sku": "A"}, {"__typename": "Nothing"}])
    (entities,) = trace_of(answer)["below"]
    assert (entities["key"], entities["type"]) == ("_entities", "[_Entity]!")
    assert [each["key"] for each in entities["below"]] == [0]


@pytest.mark.parametrize(
    "headers",
    [{}, ROUTER, ASK, {**ASK, "x-router-secret": "another"}, {**ROUTER, "apollo-federation-include-trace": "other"}],
)
async def test_nobody_else_gets_one(served: Served, headers: dict[str, str]) -> None:
    """A trace tells what an answer cost inside; and who does not ask does not pay for one."""
    answer = (await served.query("{ things(first: 1) { sku } }", headers=headers)).json()
    assert answer == {"data": {"things": [{"sku": "S0"}]}}


@pytest.mark.parametrize("query", ["{ nothing }", "{", "query($first: Int!) { things(first: $first) { sku } }"])
async def test_what_does_not_run_has_none(served: Served, query: str) -> None:
    """Nothing took any time."""
    answer = await ask(served, query)
    assert "extensions" not in answer
    assert "data" not in answer


async def test_a_trace_has_a_limit(served: Served) -> None:
    """The answer is whole; the trace tells of the first ten thousand."""
    answer = await ask(
        served, "{ things(first: 100) { " + " ".join(f"a{n}: sku" for n in range(30)) + " copies(first: 100) { id } } }"
    )
    assert [len(each["copies"]) for each in answer["data"]["things"]] == [100] * 100

    def count(node: dict[str, Any]) -> int:
        return 1 + sum(count(each) for each in node.get("below", ()))

    assert count(trace_of(answer)) == 10_000


async def test_the_answer_is_the_same_and_its_length_right(served: Served) -> None:
    """A client reads as many bytes as the header says."""
    plain = await served.query("{ things(first: 3) { sku later { id } } }")
    traced = await served.query("{ things(first: 3) { sku later { id } } }", headers={**ASK, **ROUTER})
    assert traced.json()["data"] == plain.json()["data"]
    assert traced.headers["content-length"] == str(len(traced.content))
    assert len(traced.content) > len(plain.content)


async def test_a_traced_operation_costs_what_it_costs(served: Served) -> None:
    """Where each field is executed by itself, its objects and texts are counted as well."""
    query = "{ things(first: 3) { sku again { id } maker { code } } tagged(tags: 200) { tags } }"
    costs = [
        (await served.query(query, headers={"x-graphql-cost": "1", **more})).json()["extensions"]["cost"]
        for more in (ROUTER, {**ASK, **ROUTER})
    ]
    assert [cost["actual"] for cost in costs] == [3 * 3 + 1 + 10] * 2
