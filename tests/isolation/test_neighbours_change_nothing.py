"""A tenant that shares its database with another gets the answers of one that is alone, word for word."""

import json
import logging
from secrets import token_hex
from typing import Any

import httpx
import pytest

from tests.given.worlds import World
from tests.isolation.twins import Served, Story
from tests.operations import OPERATIONS, Operation
from tests.rows import checksums
from tests.selections import document, fields_of, schema

CANARY = f"canary{token_hex(12)}"


def sung(value: str) -> str:
    """What the other tenant writes wherever there is room for words."""
    return f"{value} {CANARY}"


async def sent(world: World, operation: Operation) -> httpx.Response:
    arguments = await operation.arguments(world)
    return await world.graph.response(operation.document(arguments), arguments)


def refused(body: dict[str, Any]) -> list[Any]:
    """The errors of an answer, at its top and in its payload: nothing is proved by two equal refusals."""
    payloads = [each for each in (body.get("data") or {}).values() if isinstance(each, dict)]
    return [*body.get("errors", ()), *(error for payload in payloads for error in payload.get("errors") or ())]


def entity_queries() -> list[tuple[str, str]]:
    """For every entity type, a query of representations that selects everything."""
    union = schema().type_map["_Entity"]
    types = schema().get_possible_types(union)  # type: ignore[arg-type]
    return [
        (
            each.name,
            document("_entities", ["representations"], f"__typename ... on {each.name} {{ {fields_of(each)} }}"),
        )
        for each in types
    ]


def representations(world: World) -> dict[str, list[dict[str, Any]]]:
    """Of every entity, by each of its keys."""
    warehouse, variant = world.ids["warehouse"], world.ids["BREAD variant"]
    return {
        "Item": [{"id": world.ids["BREAD"]}, {"sku": world.code("TOAST")}],
        "Variant": [{"id": world.ids["SHIRT-L"]}, {"sku": world.code("MILK")}],
        "Product": [{"sku": world.code("BREAD")}, {"sku": world.code("TOAST")}],
        "Warehouse": [{"id": warehouse}, {"code": world.code("STORE")}],
        "Outlet": [{"id": world.ids["outlet"]}],
        "StockBalance": [{"variantId": variant, "warehouseId": warehouse}],
        "Reservation": [{"id": world.ids["reservation"]}],
        "Order": [{"id": world.ids["order"]}],
        "PurchaseOrder": [{"id": world.ids["purchase order"]}],
        "AdvanceShippingNotice": [{"id": world.ids["notice"]}],
        "SupplierReturn": [{"id": world.ids["supplier return"]}],
        "Transfer": [{"id": world.ids["transfer"]}],
        "PickWave": [{"id": world.ids["pick wave"]}],
    }


async def sent_entities(world: World, name: str, query: str) -> httpx.Response:
    given = [{"__typename": name, **key} for key in representations(world)[name]]
    return await world.graph.response(query, {"representations": given})


async def test_no_answer_differs(pair: tuple[Served, Served, World], caplog: pytest.LogCaptureFixture) -> None:
    """Every request of the schema as one tenant on both databases. In the second another tenant, with things of the
    same names and codes and keys, sends the same request first, each time. Nothing that it writes is seen, not in a body,
    a header, a number, a message, nor in a line of a log."""
    alone, shared, world = pair
    mine, mine_beside_others = alone.same_world(world), shared.same_world(world)
    theirs = await shared.world("tenant-b", text=sung)
    here, there = Story(), Story()
    seen: list[str] = []
    caplog.set_level(logging.DEBUG)

    async def compare(name: str, first: httpx.Response, second: httpx.Response) -> None:
        expected, found = here.of(first), there.of(second)
        assert not refused(expected["body"]), f"{name}: {refused(expected['body'])}"
        assert found == expected, f"{name}: {json.dumps(found)[:2000]}\n\nalone:\n{json.dumps(expected)[:2000]}"
        seen.extend((second.text, str(second.headers)))

    for operation in OPERATIONS:
        first = await sent(mine, operation)
        await sent(theirs, operation)
        caplog.clear()
        second = await sent(mine_beside_others, operation)
        seen.append(caplog.text)
        await compare(operation.name, first, second)
    for name, query in entity_queries():
        await sent_entities(theirs, name, query)
        await compare(
            name, await sent_entities(mine, name, query), await sent_entities(mine_beside_others, name, query)
        )
    assert CANARY not in "".join(seen)
    assert world.ids["BREAD"] in "".join(seen)
    assert not theirs.ids.keys() - mine.ids.keys()
    assert not [name for name, value in theirs.ids.items() if value in "".join(seen)]
    before = await checksums(mine.graph.tenant)
    after = await checksums(mine_beside_others.graph.tenant)
    assert {name: rows.partition(",")[0] for name, rows in after.items()} == {
        name: rows.partition(",")[0] for name, rows in before.items()
    }
    metrics = (await shared.client.get("/metrics")).text
    assert CANARY not in metrics
    assert "tenant-b" not in metrics


async def test_the_canary_would_be_heard(pair: tuple[Served, Served, World]) -> None:
    """Whoever may hear it does: the other tenant's own answers are full of it, so its absence elsewhere means something."""
    _, shared, _ = pair
    theirs = await shared.world("tenant-c", text=sung)
    heard = [operation.name for operation in OPERATIONS if CANARY in (await sent(theirs, operation)).text]
    assert {"item by id", "items", "warehouses", "categories", "supplier", "apiKeys", "stockBalance", "lot"} <= set(
        heard
    )
    assert {"createItem", "adjustStock", "receiveStock", "updateWarehouse", "createSupplier"} <= set(heard)


async def test_a_difference_would_be_found(pair: tuple[Served, Served, World]) -> None:
    """One answer with a number changed, an id in another place, or a name more: each is told apart."""
    alone, _, world = pair
    response = await sent(alone.same_world(world), OPERATIONS[-1])
    ids = ("5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11", "6f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a12")
    assert Story().of(response) == Story().of(response)
    assert Story().told([ids[0], ids[1], ids[0]]) == Story().told([ids[1], ids[0], ids[1]])
    assert Story().told([ids[0], ids[1], ids[0]]) != Story().told([ids[0], ids[1], ids[1]])
    assert Story().told({"onHand": "1"}) != Story().told({"onHand": "2"})
    assert Story().told({"at": "2026-11-22T10:00:00Z"}) == Story().told({"at": "2027-01-01T10:00:00.5Z"})
