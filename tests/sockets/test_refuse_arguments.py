"""Arguments of subscriptions: what is wrong is refused by its name before anything is delivered, over sockets and over streams."""

import asyncio
import itertools
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest

from tests.given.tenants import given_tenant
from tests.given.worlds import given_world
from tests.graph import GraphClient
from tests.hostile import Place, is_told
from tests.operations import platform_graph
from tests.selections import schema
from tests.sockets.conftest import SECONDS_MAX, Stand, Wire

SUBSCRIPTIONS = schema().subscription_type
assert SUBSCRIPTIONS is not None
ARGUMENTS = [
    (field, name, argument.type)
    for field, definition in SUBSCRIPTIONS.fields.items()
    for name, argument in definition.args.items()
]
SILENCE_SECONDS = 0.5
"""Who follows events hears nothing before there is one."""
_ids = itertools.count(1)


def query_of(field: str, argument: str, type_: Any) -> str:
    return f"subscription($value: {type_}) {{ {field}({argument}: $value) {{ __typename cursor }} }}"


async def asked(wire: Wire, query: str, value: Any) -> list[dict[str, Any]]:
    """The errors of the subscription; none where something is delivered, or nothing is said, and then it is ended."""
    id_ = str(next(_ids))
    await wire.subscribe(query, id_, value=value)
    errors: list[dict[str, Any]] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_SECONDS):
            while True:
                frame = await wire.hear()
                if frame.get("id") != id_:
                    continue  # of one that was ended
                if frame["type"] == "error":
                    return list(frame["payload"])
                errors = list(frame["payload"].get("errors", ()))
                break
    await wire.say({"type": "complete", "id": id_})
    return errors


@pytest.mark.parametrize(("field", "argument", "type_"), ARGUMENTS, ids=str)
async def test_wrong_values_are_told_by_name(wire: Wire, field: str, argument: str, type_: Any) -> None:
    """The socket goes on: what is right is delivered on it afterwards."""
    place, query = Place(("value",), type_), query_of(field, argument, type_)
    for value in place.refused():
        errors = await asked(wire, query, value)
        assert errors, f"{value!r} was taken"
        assert all(is_told(error, [argument, "value"]) for error in errors), f"{value!r}: {errors}"
    for value in place.doubtful():
        errors = await asked(wire, query, value)
        assert all(is_told(error, [argument, "value"]) for error in errors), f"{value!r}: {errors}"
    assert await asked(wire, f"subscription {{ {field} {{ cursor }} }}", None) == []


@pytest.mark.parametrize(("field", "argument"), [("stockChanged", "skus"), ("inventoryEvents", "types")])
async def test_lists_have_an_end(wire: Wire, field: str, argument: str) -> None:
    """A thousand names; one more is refused and says how many there may be."""
    query = query_of(field, argument, "[String!]")
    names = [f"inventory.name{number}" for number in range(1_001)]
    assert await asked(wire, query, names[:1_000]) == []
    (error,) = await asked(wire, query, names)
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": [argument]}
    assert error["message"] == f"{argument} names 1001; name 1 to 1,000, or leave it out for all."


async def test_streams_refuse_the_same(stand: Stand, graph: GraphClient) -> None:
    """As an answer with errors instead of a stream that never says anything."""
    headers = {
        "authorization": stand.callers.credential_of(graph.tenant.actor) or "",
        "accept": "text/event-stream",
    }
    query = query_of("stockChanged", "after", "String")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stand.port}", timeout=SECONDS_MAX) as client:
        answer = await client.post("/graphql", json={"query": query, "variables": {"value": "x"}}, headers=headers)
    data = next(line for line in answer.text.splitlines() if line.startswith("data:"))
    (error,) = orjson.loads(data.removeprefix("data:"))["errors"]
    assert is_told(error, ["after"])


async def test_names_of_another_tenant_name_nothing(wire: Wire, graph: GraphClient) -> None:
    """Their warehouse, their outlet, their reservation and their order: no state is shown, and no change would be."""
    other = await given_tenant(graph.tenant.database)
    theirs = await given_world(platform_graph(GraphClient(graph.client, graph.callers, other)))
    for field, argument, type_, value in (
        ("stockChanged", "warehouseIds", "[ID!]", [str(other.warehouse_id)]),
        ("stockChanged", "outletIds", "[ID!]", [str(theirs.ids["outlet"])]),
        ("reservationChanged", "id", "ID", str(theirs.ids["reservation"])),
    ):
        id_ = str(next(_ids))
        query = f"subscription($value: {type_}) {{ {field}({argument}: $value) {{ kind }} }}"
        await wire.subscribe(query, id_, value=value)
        frame = await wire.hear()
        await wire.say({"type": "complete", "id": id_})
        assert frame == {"type": "next", "id": id_, "payload": {"data": {field: {"kind": "HEARTBEAT"}}}}, field
