"""A list of goods or of stock says of each what the API says of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.given.items import given_category, given_item, given_variant
from tests.given.stock import given_stock
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_outlet
from tests.graph import GraphClient
from tests.printing.exported import rows, written

BALANCES = """{ warehouse(key: {code: "%s"}) { balances(first: 100) { nodes { variant { sku name item { name unit { code } } }
  warehouse { code name } onHand reserved quarantined damaged available reorderPoint safetyStock costing { method value { amount }
  unitCost { amount } } updatedAt id variantId warehouseId } } } }"""
MOVEMENTS = """{ stockBalance(sku: "%s") { movements(first: 100) { nodes { recordedAt occurredAt kind quantity fromState toState
  fromLocation { code } toLocation { code } lot { code } serials unitCost { amount } valueChange { amount currency } onHandAfter
  balanceVersion reason note referenceType referenceId reference recordedBy id variant { sku name item { name unit { code } } }
  warehouse { code } } } } }"""
ITEMS = """{ items(first: 100) { nodes { sku name type status tracking unit { code } category { slug } tags externalReference createdAt
  updatedAt id variants { nodes { sku name status externalReference id barcodes { code } } } } } }"""
SOLD = """{ supplier(code: "ACME") { code name items { nodes { variant { id sku name item { name } } supplierSku unit { code }
  unitPrice { amount currency } leadTimeDays orderMinimum orderMultiple isPreferred } } } }"""
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
async def _goods(graph: GraphClient, tenant: GivenTenant) -> None:
    """Tea by the lot on a shelf, a shirt in two sizes, a camera by number."""
    await given_category(tenant, "food")
    await given_category(tenant, "drinks", parent="food")
    await given_location(tenant, code="A-1", type="SHELF")
    await given_item(
        tenant, sku="TEA", name="Tea", unit="KG", tracking="LOT", category_slug="drinks", tags=["hot", "green"]
    )
    shirt = await given_item(tenant, sku="SHIRT", name="Shirt")
    await given_variant(tenant, shirt, sku="SHIRT-L", name="Large", barcodes=["SCAN-2", "SCAN-1"])
    await given_item(tenant, sku="CAM", name="Camera", tracking="SERIAL")
    await given_stock(tenant, "TEA", "10.5", unit_cost="3.3333", lot="L-1", location="A-1")
    await given_stock(tenant, "SHIRT-L", "7")
    await given_stock(tenant, "CAM", "2", unit_cost="99", serials=("C-1", "C-2"))
    await graph.accepted("reserveStock", {"idempotencyKey": "hold", "lines": [{"sku": "TEA", "quantity": "2"}]})
    waste = {"idempotencyKey": "w", "sku": "TEA", "delta": "-0.5", "reason": "WASTE", "note": '@spilt, "all"\nof it'}
    await graph.accepted("adjustStock", waste)


def named(node: dict[str, Any]) -> dict[str, str]:
    """How a row names a variant."""
    variant = node["variant"]
    return {"sku": variant["sku"], "itemName": variant["item"]["name"], "variantName": variant["name"]}


def balance_row(node: dict[str, Any]) -> dict[str, str]:
    """What stands in the row of a balance."""
    plain = (
        "onHand", "reserved", "quarantined", "damaged", "available", "reorderPoint", "safetyStock", "updatedAt", "id", "variantId",
        "warehouseId",
    )  # fmt: skip
    costing = node["costing"]
    return written(
        node, *plain, **named(node), warehouseCode=node["warehouse"]["code"], warehouseName=node["warehouse"]["name"],
        unit=node["variant"]["item"]["unit"]["code"], costingMethod=costing["method"], value=costing["value"],
        unitCost=costing["unitCost"], currency="KES",
    )  # fmt: skip


async def test_every_balance_is_the_warehouses(graph: GraphClient) -> None:
    """What is there, held and free, and what it is worth; nothing where no cost is known."""
    answered = (await graph(BALANCES % "MAIN"))["warehouse"]["balances"]["nodes"]
    found = await rows(graph, "stockBalances")
    assert found == [balance_row(node) for node in answered]
    by_sku = {
        row["sku"]: (row["onHand"], row["reserved"], row["available"], row["unitCost"], row["value"]) for row in found
    }
    assert by_sku == {
        "TEA": ("10", "2", "8", "3.3333", "33.333"),
        "SHIRT-L": ("7", "0", "7", "", ""),
        "CAM": ("2", "0", "2", "99", "198"),
    }


async def test_a_hold_past_its_time_holds_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """As everywhere else, before the sweeper comes by."""
    async with tenant.database.transaction(tenant.actor) as tx:
        for table, column in (("holds", "expires_at"), ("balances", "holds_expire_at")):
            await tx.raw.execute(f"UPDATE {table} SET {column} = '2020-01-01' WHERE tenant_id = $1", tenant.id)
    answered = (await graph(BALANCES % "MAIN"))["warehouse"]["balances"]["nodes"]
    found = await rows(graph, "stockBalances")
    assert found == [balance_row(node) for node in answered]
    assert {row["reserved"] for row in found} == {"0"}


async def test_balances_are_narrowed_by_place_and_state(graph: GraphClient, tenant: GivenTenant) -> None:
    """One warehouse, what is low, what is there."""
    branch = await given_outlet(tenant, code="branch")
    await given_stock(tenant, "SHIRT", "1", warehouse=branch.warehouse)
    await graph.accepted("setStockLevels", {"sku": "CAM", "reorderPoint": "5"})
    await graph.accepted(
        "setStock",
        {"idempotencyKey": "s", "sku": "SHIRT-L", "quantity": "0", "reason": "RECOUNT", "changeFromQuantity": None},
    )
    for given, skus in (
        ({"warehouse": {"code": branch.warehouse.code}}, {"SHIRT"}),
        ({"lowStock": True}, {"CAM"}),
        ({"inStock": True, "warehouse": {"code": "MAIN"}}, {"TEA", "CAM"}),
    ):
        assert {row["sku"] for row in await rows(graph, "stockBalances", **given)} == skus
    bound = tenant.actor_at(branch.outlet.id)
    assert {row["sku"] for row in await rows(graph, "stockBalances", actor=bound)} == {"SHIRT"}
    assert {row["sku"] for row in await rows(graph, "movements", actor=bound, recordedSince=LONG_AGO)} == {"SHIRT"}


async def test_every_movement_is_the_ledgers(graph: GraphClient) -> None:
    """In the order in which it was recorded."""
    found = await rows(graph, "movements", recordedSince=LONG_AGO)
    assert [row["recordedAt"] for row in found] == sorted(row["recordedAt"] for row in found)
    expected = {}
    for sku in ("TEA", "SHIRT-L", "CAM"):
        for node in (await graph(MOVEMENTS % sku))["stockBalance"]["movements"]["nodes"]:
            expected[node["id"]] = movement_row(node)
    assert {row["id"]: row for row in found} == expected
    assert len(found) == 5
    assert [row["note"] for row in found if row["note"]] == ['\'@spilt, "all"\nof it']


def movement_row(node: dict[str, Any]) -> dict[str, str]:
    """What stands in the row of a movement."""
    plain = (
        "recordedAt", "occurredAt", "kind", "quantity", "fromState", "toState", "serials", "unitCost", "valueChange", "onHandAfter",
        "balanceVersion", "reason", "referenceType", "referenceId", "reference", "recordedBy", "id",
    )  # fmt: skip
    places = {name: (node[name] or {}).get("code") for name in ("fromLocation", "toLocation")}
    return written(
        node, *plain, **named(node), **places, warehouseCode=node["warehouse"]["code"], currency=node["valueChange"]["currency"],
        unit=node["variant"]["item"]["unit"]["code"], lotCode=(node["lot"] or {}).get("code"),
        note=f"'{node['note']}" if node["note"] else None,
    )  # fmt: skip


async def test_movements_are_those_of_the_span(graph: GraphClient) -> None:
    """From an instant on, before another, of some kinds."""
    found = await rows(graph, "movements", recordedSince=LONG_AGO)
    middle = found[2]["recordedAt"]
    since = await rows(graph, "movements", recordedSince=middle)
    before = await rows(graph, "movements", recordedSince=LONG_AGO, recordedBefore=middle)
    assert (before, since) == (found[:2], found[2:])
    receipts = await rows(graph, "movements", recordedSince=LONG_AGO, kind=["RECEIPT"])
    assert receipts == [row for row in found if row["kind"] == "RECEIPT"] != found


async def test_every_variant_is_the_catalogues(graph: GraphClient) -> None:
    """A row each, with what its item says."""
    expected = []
    for item in (await graph(ITEMS))["items"]["nodes"]:
        plain = (
            "sku",
            "name",
            "type",
            "status",
            "tracking",
            "tags",
            "externalReference",
            "createdAt",
            "updatedAt",
            "id",
        )
        expected += [
            written(
                item, *plain, unit=item["unit"]["code"], category=(item["category"] or {}).get("slug"), variantSku=variant["sku"],
                variantName=variant["name"], variantStatus=variant["status"], variantExternalReference=variant["externalReference"],
                barcodes=sorted(each["code"] for each in variant["barcodes"]), variantId=variant["id"],
            )
            for variant in item["variants"]["nodes"]
        ]  # fmt: skip
    assert await rows(graph, "items") == expected
    assert [row["variantSku"] for row in expected] == ["CAM", "SHIRT", "SHIRT-L", "TEA"]


@pytest.mark.parametrize(
    "given",
    [
        {"text": "shi"},
        {"text": "TEA gre"},
        {"text": "scan-1"},
        {"text": "tea shirt"},
        {"categorySlug": "food"},
        {"tag": "hot"},
        {"status": ["ARCHIVED"]},
        {"type": ["GOODS"], "text": "cam"},
        {"lowStock": True},
        {"warehouse": {"code": "MAIN"}},
        {"warehouse": {"code": "MAIN"}, "lowStock": True},
        {"updatedSince": "2999-01-01T00:00:00Z"},
    ],
)
async def test_items_are_narrowed_as_the_query_is(graph: GraphClient, given: dict[str, Any]) -> None:
    """The filter is that of the query."""
    await graph.accepted("setStockLevels", {"sku": "CAM", "reorderPoint": "5"})
    query = "query($filter: ItemFilter) { items(first: 100, filter: $filter) { nodes { sku } } }"
    answered = [item["sku"] for item in (await graph(query, {"filter": given}))["items"]["nodes"]]
    assert list(dict.fromkeys(row["sku"] for row in await rows(graph, "items", **given))) == answered


async def test_what_suppliers_sell_is_the_suppliers(graph: GraphClient, tenant: GivenTenant) -> None:
    """Supplier by supplier, or of one."""
    for code in ("ACME", "OTHER"):
        await given_supplier(tenant, code=code)
        offer = {
            "supplierCode": code,
            "sku": "TEA",
            "unitPrice": {"amount": "2.75", "currency": "KES"},
            "leadTimeDays": 3,
        }
        await graph.accepted("setSupplierItem", {**offer, "supplierSku": "=T", "orderMultiple": "5"})
    await graph.accepted("setSupplierItem", {"supplierCode": "ACME", "sku": "CAM", "isPreferred": True})
    supplier = (await graph(SOLD))["supplier"]
    expected = [
        written(
            each, "unitPrice", "leadTimeDays", "orderMinimum", "orderMultiple", "isPreferred", **named(each),
            supplierCode="ACME", supplierName=supplier["name"], supplierSku=each["supplierSku"] and f"'{each['supplierSku']}",
            unit=each["unit"]["code"], currency="KES", variantId=each["variant"]["id"],
        )
        for each in supplier["items"]["nodes"]
    ]  # fmt: skip
    found = await rows(graph, "supplierItems", supplierCode="ACME")
    assert sorted(found, key=lambda row: row["sku"]) == expected
    assert len(await rows(graph, "supplierItems")) == 3


async def test_the_span_of_a_link_is_fixed(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is recorded later is not of it, however often it is opened."""
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    query = "query($of: ExportInput!) { export(of: $of) { url rowCount } }"
    found = (await graph(query, {"of": {"movements": {"recordedSince": since}}}))["export"]
    await given_stock(tenant, "SHIRT", "1")
    answer = await graph.client.get(found["url"])
    assert answer.text.count("\r\n") - 1 == found["rowCount"] == 5
