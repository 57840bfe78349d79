"""Recipes over GraphQL: writing a bill of materials and reading it from the item."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emitted import assert_nothing_emitted, forget_emitted
from tests.given.recipes import component, given_item, given_loaf, given_recipe, given_version
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

BILL = """id version effectiveFrom effectiveUntil outputQuantity outputUnit { code } yieldPercent createdBy item { sku }
  components { position quantity unit { code } quantityInStockUnit wastePercent isOptional variant { sku } }"""


CLUB = {
    "item": {"sku": "SND-CLB-001"},
    "components": [
        {"sku": "RAW-BRD-001", "quantity": "3", "unit": "SLICE"},
        {"sku": "RAW-CKN-001", "quantity": "150", "unit": "g", "wastePercent": "2.5", "isOptional": True},
    ],
    "effectiveFrom": "2026-01-01T06:00:00+03:00",
    "idempotencyKey": "club",
}


async def test_writes_and_reads_the_club_sandwich(graph: GraphClient, tenant: GivenTenant) -> None:
    """Three slices are 0.15 loaf; the same key again is the same version."""
    await given_loaf(tenant)
    await given_item(tenant, "RAW-CKN-001")
    await given_item(tenant, "SND-CLB-001", type="RECIPE", unit="PIECE")
    first = await graph.accepted("createBillOfMaterials", CLUB, f"billOfMaterials {{ {BILL} }}")
    bill = first["billOfMaterials"]
    assert bill == {
        "id": bill["id"],
        "version": 1,
        "effectiveFrom": "2026-01-01T03:00:00Z",
        "effectiveUntil": None,
        "outputQuantity": "1",
        "outputUnit": {"code": "PIECE"},
        "yieldPercent": "100",
        "createdBy": "user-administrator",
        "item": {"sku": "SND-CLB-001"},
        "components": [
            {
                "position": 0,
                "quantity": "3",
                "unit": {"code": "SLICE"},
                "quantityInStockUnit": "0.15",
                "wastePercent": "0",
                "isOptional": False,
                "variant": {"sku": "RAW-BRD-001"},
            },
            {
                "position": 1,
                "quantity": "150",
                "unit": {"code": "GRAM"},
                "quantityInStockUnit": "0.15",
                "wastePercent": "2.5",
                "isOptional": True,
                "variant": {"sku": "RAW-CKN-001"},
            },
        ],
    }
    again = await graph.accepted("createBillOfMaterials", CLUB, f"billOfMaterials {{ {BILL} }}")
    assert again == first | {"replayed": True}
    refusal = await graph.refusal("createBillOfMaterials", CLUB | {"outputQuantity": "2"})
    assert refusal["code"] == "IDEMPOTENCY_CONFLICT"
    assert "outputQuantity" in refusal["message"]
    data = await graph(
        'query ($at: DateTime) { item(key: { sku: "SND-CLB-001" }) { billOfMaterials { id } then: billOfMaterials(at: $at)'
        " { id } billsOfMaterials { totalCount nodes { version } } } }",
        {"at": "2025-12-31T00:00:00Z"},
    )
    assert data["item"] == {
        "billOfMaterials": {"id": bill["id"]},
        "then": None,
        "billsOfMaterials": {"totalCount": 1, "nodes": [{"version": 1}]},
    }


async def test_reads_a_menu_in_few_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Items, bills, lines, their units and bridges, the units by name, the variants: the same for two dishes or fifty."""
    for sku in ("MILK", "COFFEE"):
        await given_item(tenant, sku)
    for number in range(5):
        await given_recipe(tenant, f"R{number}", component("MILK", "1"), component("COFFEE", "0.018"))
    query = """{ items(first: 50, filter: { type: [RECIPE] }) { nodes { sku billOfMaterials {
      version components { quantity unit { code } quantityInStockUnit variant { sku } } } } } }"""
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(7)
    assert [node["sku"] for node in data["items"]["nodes"]] == [f"R{number}" for number in range(5)]
    assert all(
        [line["variant"]["sku"] for line in node["billOfMaterials"]["components"]] == ["MILK", "COFFEE"]
        for node in data["items"]["nodes"]
    )


async def test_pages_versions(graph: GraphClient, tenant: GivenTenant) -> None:
    """The newest first; the cursor of another list is refused."""
    await given_item(tenant, "MILK")
    latte, _ = await given_recipe(tenant, "LATTE", component("MILK", "1"))
    later = datetime.now(UTC) + timedelta(days=1)
    await given_version(tenant, latte, component("MILK", "2"), effective_from=later)
    query = """query ($after: String) { item(key: { sku: "LATTE" }) { billsOfMaterials(first: 1, after: $after) {
      nodes { version effectiveUntil } pageInfo { hasNextPage endCursor } } } }"""
    page = (await graph(query))["item"]["billsOfMaterials"]
    assert page["nodes"] == [{"version": 2, "effectiveUntil": None}]
    page = (await graph(query, {"after": page["pageInfo"]["endCursor"]}))["item"]["billsOfMaterials"]
    assert page["nodes"] == [{"version": 1, "effectiveUntil": later.isoformat().replace("+00:00", "Z")}]
    assert page["pageInfo"]["hasNextPage"] is False
    for cursor in ("nonsense", "WyJhIl0", "WzBd", "Wy0xXQ", "W3RydWVd"):
        (error,) = await graph.errors(query, {"after": cursor})
        assert error["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"item": {"sku": "NOTHING"}}, "NOT_FOUND", ["input", "item", "sku"]),
        ({"item": {"sku": "MILK"}}, "INVALID_TRANSITION", ["input", "item"]),
        ({"components": []}, "INVALID_INPUT", ["input", "components"]),
        ({"components": [{"quantity": "1"}]}, "INVALID_INPUT", ["input", "components", "0", "sku"]),
        (
            {"components": [{"sku": "MILK", "quantity": "1", "unit": "LITRE"}]},
            "UNIT_MISMATCH",
            ["input", "components", "0", "unit"],
        ),
        (
            {"components": [{"variantId": "no uuid", "quantity": "1"}]},
            "INVALID_INPUT",
            ["input", "components", "0", "variantId"],
        ),
        (
            {"components": [{"sku": "MILK", "quantity": "1", "wastePercent": "100"}]},
            "INVALID_INPUT",
            ["input", "components", "0", "wastePercent"],
        ),
        ({"components": [{"sku": "LATTE", "quantity": "1"}]}, "INVALID_INPUT", ["input", "components", "0"]),
        ({"yieldPercent": "0"}, "INVALID_INPUT", ["input", "yieldPercent"]),
        ({"outputUnit": "KG"}, "UNIT_MISMATCH", ["input", "outputUnit"]),
    ],
)
async def test_refuses_a_bill_that_is_not_valid(
    graph: GraphClient, tenant: GivenTenant, change: dict[str, Any], code: str, path: list[str]
) -> None:
    """Refusals are data with the path of the argument; no version is written."""
    await given_item(tenant, "MILK")
    await given_recipe(tenant, "LATTE", component("MILK", "1"))
    await forget_emitted(tenant)
    request = {"item": {"sku": "LATTE"}, "components": [{"sku": "MILK", "quantity": "1"}]} | change
    refusal = await graph.refusal("createBillOfMaterials", request)
    assert (refusal["code"], refusal["path"]) == (code, path)
    data = await graph('{ item(key: { sku: "LATTE" }) { billsOfMaterials { totalCount } } }')
    assert data["item"]["billsOfMaterials"]["totalCount"] == 1
    await assert_nothing_emitted(tenant)


async def test_needs_the_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who sees items need not see recipes, and a viewer of recipes writes none."""
    await given_item(tenant, "MILK")
    await given_recipe(tenant, "LATTE", component("MILK", "1"))
    await forget_emitted(tenant)
    query = '{ item(key: { sku: "LATTE" }) { sku billOfMaterials { id } } }'
    (error,) = await graph.errors(query, actor=tenant.actor_with("inventory.items.view"))
    assert "inventory.recipes.view" in error["message"]
    refusal = await graph.refusal(
        "createBillOfMaterials",
        {"item": {"sku": "LATTE"}, "components": [{"sku": "MILK", "quantity": "1"}]},
        actor=tenant.actor_as("viewer"),
    )
    assert refusal["code"] == "FORBIDDEN"
    assert "inventory.recipes.add" in refusal["message"]
    await assert_nothing_emitted(tenant)
