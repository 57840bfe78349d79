"""What reads cost: the number of statements does not grow with the number of rows."""

from collections.abc import Sequence
from typing import Any

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.warehouses import create_warehouse
from tests.given.items import given_item, given_variant
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

ROWS = 50


async def given_shop(graph: GraphClient, tenant: GivenTenant, rows: int = ROWS) -> list[str]:
    """So many items with stock in two warehouses, received in two commands; their SKUs."""
    skus = [f"R-{number:03}" for number in range(rows)]

    async def create(tx: Transaction) -> None:
        for sku in skus:
            await create_item(tx, sku=sku, name=f"Row {sku}", unit="PIECE")
        await create_warehouse(tx, code="STORE", name="Store")

    await tenant.database.write(tenant.actor, create)
    for code in ("MAIN", "STORE"):
        lines = [{"sku": sku, "quantity": "3"} for sku in skus]
        await done(graph, "receiveStock", {"lines": lines, "warehouse": {"code": code}}, "movements { id }")
    return skus


async def test_a_page_of_fifty_items_with_variants_and_balances_takes_three(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Items, their variants, their balances: one statement each."""
    await given_shop(graph, tenant)
    query = "{ items(first: 50) { nodes { sku variants { nodes { sku balances { onHand } } } } } }"
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(3)
    assert len(data["items"]["nodes"]) == ROWS
    assert all(
        [[each["onHand"] for each in variant["balances"]] for variant in item["variants"]["nodes"]] == [["3", "3"]]
        for item in data["items"]["nodes"]
    )


async def test_a_page_of_fifty_variants_with_balances_takes_three(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """The sizes and colours of one shirt."""
    shirt = await given_item(tenant, sku="SHIRT")
    for number in range(1, ROWS):
        await given_variant(tenant, shirt, sku=f"SHIRT-{number}")
    lines = [{"sku": f"SHIRT-{number}", "quantity": "1"} for number in range(1, ROWS)]
    await done(graph, "receiveStock", {"lines": lines}, "movements { id }")
    query = '{ item(key: {sku: "SHIRT"}) { variants(first: 50) { nodes { sku balances { onHand version } } } } }'
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(3)
    assert sum(len(each["balances"]) for each in data["item"]["variants"]["nodes"]) == ROWS - 1


async def test_a_point_read_takes_one(graph: GraphClient, tenant: GivenTenant, database: CountingDatabase) -> None:
    """The hottest read there is."""
    await given_item(tenant, sku="HOT")
    await given_stock(tenant, "HOT", "1")
    for query in ('{ stockBalance(sku: "HOT") { onHand available } }', '{ availability(skus: ["HOT"]) { available } }'):
        async with statements(database) as counted:
            await graph(query)
        counted.assert_at_most(1 if "stockBalance" in query else 2)


WAREHOUSE = """{ warehouse(key: {code: "MAIN"}) { balances(first: %d) { totalCount nodes {
  onHand variant { sku item { name unit { code } } } warehouse { code outlet { code } }
  movements(first: 3) { totalCount nodes { kind quantity lot { code } toLocation { code } variant { sku } } }
  lots(first: 3) { totalCount nodes { onHand lot { code places { quantity warehouse { code } }
    movements(first: 3) { totalCount nodes { quantity } } } } }
  asOf(at: "2027-01-01T00:00:00Z") { onHand value { amount } } } } } }"""


async def test_everything_about_the_balances_of_a_warehouse_takes_the_same_for_two_as_for_many(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Ledger, lots, their places and their histories, counts and snapshots are each read for all balances at once."""
    for number in range(20):
        await given_item(tenant, sku=f"L-{number:02}", tracking="LOT")
    lines = [{"sku": f"L-{number:02}", "quantity": "3", "lotCode": f"LOT-{number}"} for number in range(20)]
    await done(graph, "receiveStock", {"lines": lines}, "movements { id }")
    taken = []
    for first in (2, 20):
        async with statements(database) as counted:
            data = await graph(WAREHOUSE % first)
        assert len(data["warehouse"]["balances"]["nodes"]) == first
        taken.append(len(counted))
    assert taken[0] == taken[1], f"{taken[0]} statements for 2 balances, {taken[1]} for 20"


async def entities(graph: GraphClient, representations: Sequence[dict[str, Any]], select: str) -> list[Any]:
    query = f"query($given: [_Any!]!) {{ _entities(representations: $given) {{ __typename {select} }} }}"
    found: list[Any] = (await graph(query, {"given": list(representations)}))["_entities"]
    return found


SELECTS = {
    "StockBalance": "... on StockBalance { onHand available variant { sku } warehouse { code } }",
    "Variant": "... on Variant { sku item { name } balances { onHand } availability { available level } }",
    "Item": "... on Item { name unit { code } variants { nodes { sku } } availability { available } }",
    "Warehouse": "... on Warehouse { code outlet { id } balances(first: 1) { nodes { onHand } } }",
}


@pytest.mark.parametrize("typename", SELECTS)
async def test_a_hundred_references_take_the_same_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase, typename: str
) -> None:
    """A router asks for as many as its page has; each kind is loaded at once, by whichever key."""
    rows = 100
    await given_shop(graph, tenant, rows)

    async def create(tx: Transaction) -> None:
        for number in range(rows - 2):
            await create_warehouse(tx, code=f"W-{number}", name=f"Warehouse {number}")

    if typename == "Warehouse":
        await tenant.database.write(tenant.actor, create)
    representations = await keys_of(graph, typename)
    taken = []
    for count in (2, rows):
        async with statements(database) as counted:
            found = await entities(graph, representations[:count], SELECTS[typename])
        assert [each["__typename"] for each in found] == [typename] * count
        taken.append(len(counted))
    assert taken[0] == taken[1], f"{taken[0]} statements for 2, {taken[1]} for {rows}"


async def keys_of(graph: GraphClient, typename: str) -> list[dict[str, Any]]:
    """A hundred representations, in turn by one key and by another, the first two by both."""
    if typename == "Warehouse":
        found = (await graph("{ warehouses { id code } }"))["warehouses"]
        names: tuple[tuple[str, ...], tuple[str, ...]] = (("id",), ("code",))
    else:
        query = "{ items(first: 100) { nodes { id sku variants { nodes { id sku balances { id variantId warehouseId } } } } } }"
        items = (await graph(query))["items"]["nodes"]
        variants = [variant for item in items for variant in item["variants"]["nodes"]]
        names = (("id",), ("sku",))
        found = {"Item": items, "Variant": variants}.get(typename)
        if found is None:
            found = [variant["balances"][0] for variant in variants]
            names = (("id",), ("variantId", "warehouseId"))
    return [
        {"__typename": typename, **{name: row[name] for name in names[number % 2]}} for number, row in enumerate(found)
    ]


async def test_unknown_and_foreign_references_read_null(graph: GraphClient, tenant: GivenTenant) -> None:
    """In their places among the others; a pair never touched is known by its pair alone."""
    item = await given_item(tenant, sku="KNOWN")
    data = await graph('{ stockBalance(sku: "KNOWN") { id variantId warehouseId } }')
    pair = {name: data["stockBalance"][name] for name in ("variantId", "warehouseId")}
    unknown = "5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11"
    found = await entities(
        graph,
        [
            {"__typename": "StockBalance", **pair},
            {"__typename": "StockBalance", "id": data["stockBalance"]["id"]},
            {"__typename": "StockBalance", "id": "no id"},
            {"__typename": "StockBalance", **pair, "warehouseId": unknown},
            {"__typename": "StockBalance", "variantId": pair["variantId"]},
            {"__typename": "Item", "id": str(item.id)},
            {"__typename": "Item", "sku": "UNKNOWN"},
            {"__typename": "Lot", "id": unknown},
        ],
        "... on StockBalance { onHand version } ... on Item { sku }",
    )
    assert found == [
        {"__typename": "StockBalance", "onHand": "0", "version": 0}, None, None, None, None,
        {"__typename": "Item", "sku": "KNOWN"}, None, None,
    ]  # fmt: skip
