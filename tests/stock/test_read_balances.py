"""Reading balances: by each key of the place, of a variant, of a warehouse, and those that are low."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item, given_variant
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, done

BALANCE = """id variantId warehouseId onHand reserved quarantined damaged available onOrder inTransit reorderPoint safetyStock
  version updatedAt variant { sku } warehouse { code }"""


async def levels(graph: GraphClient, sku: str, reorder_point: str | None, **warehouse: str) -> None:
    given = {"sku": sku, "reorderPoint": reorder_point, "warehouse": warehouse or None}
    await graph.accepted("setStockLevels", given, "balance { version }")


async def test_shows_what_one_variant_has_in_one_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """On hand is the sum of its parts; the time is that of the last command."""
    await given_item(tenant, sku="LIME")
    await given_stock(tenant, "LIME", "12")
    given = {"sku": "LIME", "quantity": "2", "toState": "DAMAGED", "reason": "DAMAGED"}
    moved = await done(graph, "moveStock", given, "balances { id variantId updatedAt }")
    assert await balance(graph, "LIME", BALANCE) == {
        **moved["balances"][0], "warehouseId": str(tenant.warehouse_id),
        "onHand": "12", "reserved": "0", "quarantined": "0", "damaged": "2", "available": "10",
        "onOrder": "0", "inTransit": "0", "reorderPoint": None, "safetyStock": "0", "version": 2,
        "variant": {"sku": "LIME"}, "warehouse": {"code": "MAIN"},
    }  # fmt: skip


async def test_finds_the_place_by_each_of_its_keys(graph: GraphClient, tenant: GivenTenant) -> None:
    """Id, code, outlet; the tenant's default without one."""
    await given_item(tenant, sku="LIME")
    store = await given_warehouse(tenant, code="STORE")
    await given_stock(tenant, "LIME", "3")
    await given_stock(tenant, "LIME", "7", warehouse=store)
    for key in ({}, {"code": "MAIN"}, {"id": str(tenant.warehouse_id)}, {"outletId": str(tenant.outlet_id)}):
        assert (await balance(graph, "LIME", "onHand", **key)) == {"onHand": "3"}, key
    for key in ({"code": "STORE"}, {"id": str(store.id)}, {"id": str(store.id).upper()}):
        assert (await balance(graph, "LIME", "onHand", **key)) == {"onHand": "7"}, key


async def test_reads_null_where_sku_or_place_is_unknown(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not an error: a client asks in order to know. What belongs to another tenant is unknown, and an empty key names
    nothing, least of all the default."""
    await given_item(tenant, sku="LIME")
    other = await given_tenant(tenant.database)
    await given_item(other, sku="THEIRS")
    keys = (
        {"code": "NOWHERE"}, {"code": ""}, {"code": "main"}, {"id": ""}, {"id": "MAIN"}, {"id": str(uuid4())},
        {"outletId": ""}, {"outletId": str(uuid4())}, {"id": str(other.warehouse_id)}, {"outletId": str(other.outlet_id)},
        {"id": f"{{{tenant.warehouse_id}}}"},
    )  # fmt: skip
    for key in keys:
        assert await balance(graph, "LIME", "onHand", **key) is None, key
    for sku in ("LEMON", "", "lime", " LIME", "THEIRS", "L" * 10_000, "🍋"):
        assert await balance(graph, sku, "onHand") is None, sku


async def test_reads_zeros_for_a_pair_never_touched(graph: GraphClient, tenant: GivenTenant) -> None:
    """Known, but nothing ever happened: version 0, and the same id that its first movement will have."""
    await given_item(tenant, sku="LIME")
    before = await balance(graph, "LIME", BALANCE)
    figures = {name: before[name] for name in ("onHand", "available", "reserved", "version", "reorderPoint")}
    assert figures == {"onHand": "0", "available": "0", "reserved": "0", "version": 0, "reorderPoint": None}
    nothing = await balance(
        graph, "LIME", 'lots { nodes { onHand } totalCount } movements { nodes { id } totalCount }'
        ' asOf(at: "2026-01-01T00:00:00Z") { onHand reserved available value { amount } }'
    )  # fmt: skip
    empty = {"nodes": [], "totalCount": 0}
    snapshot = {"onHand": "0", "reserved": "0", "available": "0", "value": None}
    assert nothing == {"lots": empty, "movements": empty, "asOf": snapshot}
    await given_stock(tenant, "LIME", "1")
    after = await balance(graph, "LIME", BALANCE)
    assert (after["id"], after["version"]) == (before["id"], 1)


async def test_answers_an_items_sku_while_it_has_one_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """With two the item's SKU is that of its first variant alone."""
    shirt = await given_item(tenant, sku="SHIRT")
    await given_variant(tenant, shirt, sku="SHIRT-L")
    await given_stock(tenant, "SHIRT-L", "2")
    assert await balance(graph, "SHIRT", "onHand") == {"onHand": "0"}
    assert await balance(graph, "SHIRT-L", "onHand") == {"onHand": "2"}


VARIANT_BALANCES = """query($warehouses: [ID!], $outlets: [ID!]) { variant(key: {sku: "LIME"}) {
  balances(warehouseIds: $warehouses, outletIds: $outlets) { warehouse { code } onHand } } }"""


async def test_shows_a_variant_in_every_warehouse_or_in_some(graph: GraphClient, tenant: GivenTenant) -> None:
    """Ids narrow; one that names nothing here narrows to nothing and is no error."""
    await given_item(tenant, sku="LIME")
    store = await given_warehouse(tenant, code="STORE")
    await given_stock(tenant, "LIME", "3")
    await given_stock(tenant, "LIME", "7", warehouse=store)
    main = str(tenant.warehouse_id)

    async def shown(**variables: Any) -> list[tuple[str, str]]:
        data = await graph(VARIANT_BALANCES, variables)
        return sorted((each["warehouse"]["code"], each["onHand"]) for each in data["variant"]["balances"])

    assert await shown() == [("MAIN", "3"), ("STORE", "7")]
    assert await shown(warehouses=[str(store.id)]) == [("STORE", "7")]
    assert await shown(warehouses=[main, str(uuid4()), "no id", ""]) == [("MAIN", "3")]
    assert await shown(outlets=[str(tenant.outlet_id)]) == [("MAIN", "3")]
    assert await shown(outlets=[str(tenant.outlet_id)], warehouses=[str(store.id)]) == []
    assert await shown(warehouses=[]) == []


WAREHOUSE_BALANCES = """query($first: Int! = 50, $after: String, $filter: BalanceFilter) {
  warehouse(key: {code: "MAIN"}) { balances(first: $first, after: $after, filter: $filter) {
    nodes { variant { sku } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@pytest.fixture
async def five(graph: GraphClient, tenant: GivenTenant) -> None:
    """LOW and EDGE are at their reorder point or below, FULL above it, EMPTY has none and no point, PLANNED never had any."""
    for sku in ("LOW", "EDGE", "FULL", "EMPTY", "PLANNED", "UNTOUCHED"):
        await given_item(tenant, sku=sku)
    for sku, quantity, point in (("LOW", "4", "5"), ("EDGE", "5", "5"), ("FULL", "6", "5"), ("EMPTY", "1", None)):
        await given_stock(tenant, sku, quantity)
        await levels(graph, sku, point)
    await done(graph, "adjustStock", {"sku": "EMPTY", "delta": "-1", "reason": "WASTE"})
    await levels(graph, "PLANNED", "2")


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [
        (None, {"LOW", "EDGE", "FULL", "EMPTY", "PLANNED"}),
        ({}, {"LOW", "EDGE", "FULL", "EMPTY", "PLANNED"}),
        ({"lowStock": True}, {"LOW", "EDGE", "PLANNED"}),
        ({"inStock": True}, {"LOW", "EDGE", "FULL"}),
        ({"lowStock": True, "inStock": True}, {"LOW", "EDGE"}),
    ],
)
async def test_shows_what_a_warehouse_has(
    graph: GraphClient, tenant: GivenTenant, narrowing: dict[str, bool] | None, expected: set[str]
) -> None:
    """At the reorder point is low already: that is when to order. What nobody touched has no balance there."""
    store = await given_warehouse(tenant, code="STORE")
    await given_stock(tenant, "UNTOUCHED", "1", warehouse=store)
    data = await graph(WAREHOUSE_BALANCES, {"filter": narrowing})
    found = data["warehouse"]["balances"]
    assert {each["variant"]["sku"] for each in found["nodes"]} == expected
    assert found["totalCount"] == len(expected)


@pytest.mark.usefixtures("five")
async def test_pages_through_a_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each once, though one more comes in between; the last page says that it is the last."""
    seen: list[str] = []
    after, pages = None, 0
    while True:
        found = (await graph(WAREHOUSE_BALANCES, {"first": 2, "after": after}))["warehouse"]["balances"]
        seen += [each["variant"]["sku"] for each in found["nodes"]]
        pages += 1
        assert found["pageInfo"]["hasPreviousPage"] == (pages > 1)
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
        await given_stock(tenant, "LOW", "1")
    assert sorted(seen) == ["EDGE", "EMPTY", "FULL", "LOW", "PLANNED"]
    assert pages == 3


ITEMS = """query($filter: ItemFilter) { items(first: 100, filter: $filter) { nodes { sku } totalCount } }"""


@pytest.mark.usefixtures("five")
async def test_lists_items_of_which_something_is_low(graph: GraphClient, tenant: GivenTenant) -> None:
    """In one warehouse or anywhere; it is low in a store that has none of it and should."""
    await given_warehouse(tenant, code="STORE")
    await levels(graph, "FULL", "1", code="STORE")

    async def low(**narrowing: Any) -> list[str]:
        found = (await graph(ITEMS, {"filter": {"lowStock": True, **narrowing}}))["items"]
        assert found["totalCount"] == len(found["nodes"])
        return [each["sku"] for each in found["nodes"]]

    assert await low() == ["EDGE", "FULL", "LOW", "PLANNED"]
    assert await low(warehouse={"code": "MAIN"}) == ["EDGE", "LOW", "PLANNED"]
    assert await low(warehouse={"code": "STORE"}) == ["FULL"]
    assert await low(warehouse={"code": "NOWHERE"}) == []
    await given_stock(tenant, "LOW", "2")
    assert await low(warehouse={"code": "MAIN"}) == ["EDGE", "PLANNED"]
