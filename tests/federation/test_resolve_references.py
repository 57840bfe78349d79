"""Entities by reference, each by each of its keys: a thousand at once at the cost of a few, each place for itself."""

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from resolvers.entities import KEY_LENGTH_MAX, keys_by_type
from tests.federation.references import ANY_IS_ONE, BY_KEY, Reference, Row, given_rows, unknown_row
from tests.given.tenants import given_tenant
from tests.graph import GivenCallers, GraphClient
from tests.selections import schema
from tests.statements import CountingDatabase, statements

ROWS = 200
REFERENCES_MAX = 1_000

FIELDS = {
    "Item": "id sku name unit { code } availability { available }",
    "Variant": "id sku item { sku } balances { onHand }",
    "Product": "sku availability { available } variant { balances { onHand } } item { name }",
    "Warehouse": "id code outlet { id }",
    "Outlet": "id code warehouses { code }",
    "Order": "id reservations { id lines { requested } }",
    "Reservation": "id orderId lines { variant { sku } }",
    "PurchaseOrder": "id number lines(first: 2) { nodes { variant { sku } } }",
    "AdvanceShippingNotice": "id number lines(first: 2) { nodes { variant { sku } } }",
    "SupplierReturn": "id number lines(first: 2) { nodes { variant { sku } } }",
    "Transfer": "id number lines(first: 2) { nodes { variant { sku } } }",
    "PickWave": "id number tasks(first: 2) { nodes { variant { sku } } }",
    "StockBalance": "id variantId warehouseId onHand variant { sku }",
}
"""What is asked of each entity: what it is known by, and something that needs rows of other tables."""

entities = pytest.mark.parametrize("key", BY_KEY, ids=lambda key: f"{key[0]} by {key[1]}")


@pytest.fixture(scope="module")
async def given(
    database: CountingDatabase, http_client: httpx.AsyncClient, callers: GivenCallers, owner_url: str
) -> tuple[GraphClient, list[Row]]:
    """A tenant with many of everything; nothing here changes it."""
    graph = GraphClient(http_client, callers, await given_tenant(database))
    return graph, await given_rows(graph, ROWS, owner_url=owner_url)


def named(key: tuple[str, str], rows: Sequence[Row]) -> list[Reference]:
    """The references as a router sends them."""
    return [{"__typename": key[0], **BY_KEY[key](row)} for row in rows]


async def resolved(graph: GraphClient, key: tuple[str, str], references: Sequence[Any]) -> list[dict[str, Any] | None]:
    """The entities, with what they are known by and more."""
    query = (
        f"query($given: [_Any!]!) {{ _entities(representations: $given) {{ ... on {key[0]} {{ {FIELDS[key[0]]} }} }} }}"
    )
    found: list[dict[str, Any] | None] = (await graph(query, {"given": list(references)}))["_entities"]
    return found


def known_by(key: tuple[str, str], entity: dict[str, Any] | None) -> dict[str, Any] | None:
    """The entity as a reference by the key."""
    return {"__typename": key[0], **{part: entity[part] for part in key[1].split()}} if entity is not None else None


def test_every_key_of_every_entity_is_tried() -> None:
    """A key that nobody tried is one that may load entities one by one."""
    keys = {(name, " ".join(parts)) for name, several in keys_by_type(schema().type_map).items() for parts in several}
    assert set(BY_KEY) == keys, "say in tests/federation/references.py how the entity is referred to"


@entities
async def test_a_thousand_cost_as_many_statements_as_two(
    given: tuple[GraphClient, list[Row]], database: CountingDatabase, key: tuple[str, str]
) -> None:
    """A router asks for all that a page names, in the page's order, once for each distinct thing or several times."""
    graph, rows = given
    some = [*rows, *(unknown_row() for _ in range(REFERENCES_MAX - 2 * ROWS)), *rows]
    random.Random(7).shuffle(some)
    async with statements(database) as few:
        await resolved(graph, key, named(key, [rows[0], unknown_row()]))
    async with statements(database) as many:
        found = await resolved(graph, key, named(key, some))
    many.assert_at_most(len(few))
    asked, known = named(key, some), {row.sku for row in rows}
    assert len(found) == REFERENCES_MAX
    assert [known_by(key, entity) for entity in found] == [
        reference if row.sku in known or key[0] in ANY_IS_ONE else None
        for reference, row in zip(asked, some, strict=True)
    ]


@entities
async def test_what_is_said_of_one_is_its_own(given: tuple[GraphClient, list[Row]], key: tuple[str, str]) -> None:
    """In a batch as when it is asked for alone."""
    graph, rows = given
    together = await resolved(graph, key, named(key, rows[:5]))
    assert together == [(await resolved(graph, key, named(key, [row])))[0] for row in rows[:5]]
    assert None not in together


@entities
@pytest.mark.parametrize(
    "bad", ["", "x", "x" * 36, "\x7f", "R-\u202e", "é" * 10_000, "00000000-0000-0000-0000-000000000000"]
)
async def test_a_name_of_nothing_is_null_alone(
    given: tuple[GraphClient, list[Row]], key: tuple[str, str], bad: str
) -> None:
    """One stale or garbled reference in an order must not empty the page of orders."""
    graph, rows = given
    first, last = named(key, [rows[0], rows[1]])
    garbled = [{**first, part: bad} for part in key[1].split()]
    incomplete = [{name: value for name, value in first.items() if name != part} for part in key[1].split()]
    found = await resolved(graph, key, [first, *garbled, *incomplete, {"__typename": key[0]}, last])
    # What anybody may name is shown as it was named, up to what a key may have.
    nothing = garbled if key[0] in ANY_IS_ONE and len(bad) <= KEY_LENGTH_MAX else [None] * len(garbled)
    assert [known_by(key, entity) for entity in found] == [first, *nothing, *[None] * len(incomplete), None, last]


@entities
async def test_another_tenants_is_null(
    given: tuple[GraphClient, list[Row]], database: CountingDatabase, key: tuple[str, str]
) -> None:
    """Whoever may send references may send any: that it exists elsewhere cannot be told from that it does not."""
    graph, rows = given
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    foreign = await given_rows(other, 2)
    ours, theirs = named(key, rows[:1]), named(key, foreign)
    found = await resolved(graph, key, [theirs[0], ours[0], theirs[1]])
    if key[0] in ANY_IS_ONE:
        assert [(each or {})["reservations"] == [] for each in found] == [True, False, True]
    else:
        assert [known_by(key, entity) for entity in found] == [None, ours[0], None]
    assert None not in await resolved(other, key, theirs)


@entities
async def test_without_a_credential_there_is_nothing(
    given: tuple[GraphClient, list[Row]], key: tuple[str, str]
) -> None:
    """The router hands on whom it asks for; nobody is told once why there is nothing, however much was asked for."""
    graph, rows = given
    query = f"query($given: [_Any!]!) {{ _entities(representations: $given) {{ ... on {key[0]} {{ __typename }} }} }}"
    body = {"query": query, "variables": {"given": named(key, rows[:2])}}
    answer = (await graph.client.post("/graphql", json=body)).json()
    if key[0] in {"Outlet", *ANY_IS_ONE}:
        # Whoever names one learns what they said themselves; an outlet names its tenant, and what else is asked is refused.
        assert answer == {"data": {"_entities": [{"__typename": key[0]}] * 2}}
        return
    assert answer["data"] is None
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [
        (["_entities"], "UNAUTHENTICATED")
    ]


async def test_without_a_credential_what_anybody_may_see_is_there(graph: GraphClient) -> None:
    """Who names an order learns what they said; beside it each place tells that it is for somebody who is known."""
    query = "query($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
    unknown = {"__typename": "Item", "id": str(UUID(int=7))}
    given = [unknown, {"__typename": "Order", "id": str(UUID(int=8))}, unknown]
    answer = (await graph.client.post("/graphql", json={"query": query, "variables": {"given": given}})).json()
    assert answer["data"] == {"_entities": [None, {"__typename": "Order"}, None]}
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [
        (["_entities", 0], "UNAUTHENTICATED"),
        (["_entities", 2], "UNAUTHENTICATED"),
    ]
