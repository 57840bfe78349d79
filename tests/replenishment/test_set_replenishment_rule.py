"""Stating how a variant in a warehouse is replenished, and taking that back."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.replenishment.asked import RULE, given_offer, given_rule, suggested
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("tea")

LEVELS = '{ stockBalance(sku: "TEA") { reorderPoint safetyStock } }'


async def rules(graph: GraphClient, arguments: str = "first: 50", **more: Any) -> dict[str, Any]:
    data = await graph(
        f"{{ replenishmentRules({arguments}) {{ totalCount nodes {RULE[5:]} pageInfo {{ endCursor hasNextPage }} }} }}",
        **more,
    )
    found: dict[str, Any] = data["replenishmentRules"]
    return found


async def test_a_rule_is_kept_and_sets_the_level_of_the_balance(graph: GraphClient, tenant: GivenTenant) -> None:
    """One truth: what alerts call low is where the rule begins; the safety stock that a person set stays."""
    await graph.accepted("setStockLevels", {"sku": "TEA", "reorderPoint": "4", "safetyStock": "3"})
    await forget_emitted(tenant)
    rule = await given_rule(graph, supplierCode="ACME", fromWarehouse={"code": "STORE"})
    assert rule == {
        "method": "MIN_MAX", "reorderPoint": "10", "maximum": "60", "orderQuantity": None, "serviceLevel": None,
        "demandDays": 28, "reviewDays": 7, "isActive": True, "updatedBy": tenant.actor.subject, "variant": {"sku": "TEA"},
        "warehouse": {"code": "MAIN"}, "supplier": {"code": "ACME"}, "fromWarehouse": {"code": "STORE"},
    }  # fmt: skip
    assert await graph(LEVELS) == {"stockBalance": {"reorderPoint": "10", "safetyStock": "3"}}
    levels, told = await emitted(tenant)
    assert (levels.type, told.type) == ("inventory.stock.levels_changed", "inventory.replenishment_rule.set")
    assert (told.payload["sku"], told.payload["reorder_point"], told.payload["maximum"]) == ("TEA", "10", "60")
    # And the other way round: whoever sets the level sets the point of the rule.
    await graph.accepted("setStockLevels", {"sku": "TEA", "reorderPoint": "12", "safetyStock": "3"})
    assert (await rules(graph))["nodes"][0]["reorderPoint"] == "12"


async def test_a_rule_is_stated_in_full(graph: GraphClient) -> None:
    """What is left out the second time is none; a rule by demand leaves the level alone."""
    await given_rule(graph, supplierCode="ACME")
    rule = await given_rule(graph, method="DEMAND", serviceLevel="97.5", demandDays=60, isActive=False)
    assert (rule["method"], rule["serviceLevel"], rule["demandDays"]) == ("DEMAND", "97.5", 60)
    assert (rule["maximum"], rule["supplier"], rule["reorderPoint"], rule["isActive"]) == (None, None, "10", False)
    assert (await rules(graph))["totalCount"] == 1


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"sku": "COFFEE"}, "NOT_FOUND", "sku"),
        ({"sku": "HOUR"}, "INVALID_INPUT", "sku"),
        ({"warehouse": {"code": "NOWHERE"}}, "NOT_FOUND", "warehouse.code"),
        ({"supplierCode": "NOBODY"}, "NOT_FOUND", "supplierCode"),
        ({"supplierCode": "OTHER"}, "INVALID_INPUT", "supplierCode"),
        ({"fromWarehouse": {"code": "MAIN"}}, "INVALID_INPUT", "fromWarehouse"),
        ({"fromWarehouse": {"code": "NOWHERE"}}, "NOT_FOUND", "fromWarehouse.code"),
        ({"reorderPoint": None}, "INVALID_INPUT", "reorderPoint"),
        ({"maximum": None}, "INVALID_INPUT", "maximum"),
        ({"maximum": "9"}, "INVALID_INPUT", "maximum"),
        ({"maximum": "60.5"}, "INVALID_INPUT", "maximum"),
        ({"reorderPoint": "-1"}, "INVALID_INPUT", "reorderPoint"),
        ({"orderQuantity": "5"}, "INVALID_INPUT", "orderQuantity"),
        ({"serviceLevel": "95"}, "INVALID_INPUT", "serviceLevel"),
        ({"method": "REORDER_POINT", "maximum": None, "orderQuantity": "0"}, "INVALID_INPUT", "orderQuantity"),
        ({"method": "DEMAND", "maximum": None}, "INVALID_INPUT", "serviceLevel"),
        ({"method": "DEMAND", "maximum": None, "serviceLevel": "49"}, "INVALID_INPUT", "serviceLevel"),
        ({"method": "DEMAND", "maximum": None, "serviceLevel": "100"}, "INVALID_INPUT", "serviceLevel"),
        ({"demandDays": 6}, "INVALID_INPUT", "demandDays"),
        ({"demandDays": 181}, "INVALID_INPUT", "demandDays"),
        ({"reviewDays": -1}, "INVALID_INPUT", "reviewDays"),
    ],
)
async def test_refuses_what_is_not_valid(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, path: str
) -> None:
    """Each method has its numbers and no others; nothing is left behind, no level either."""
    await given_item(tenant, sku="HOUR", type="SERVICE", unit="HOUR")
    await given_item(tenant, sku="COCOA")
    await given_offer(graph, "COCOA", supplier="OTHER")
    given = {"sku": "TEA", "method": "MIN_MAX", "reorderPoint": "10", "maximum": "60", **fields}
    async with unchanged(tenant):
        error = await graph.refusal("setReplenishmentRule", given)
    assert (error["code"], ".".join(error["path"][1:])) == (code, path)


async def test_a_rule_is_taken_away(graph: GraphClient, tenant: GivenTenant) -> None:
    """It suggests nothing any more; the level stays, and a second time there is nothing to take."""
    await given_rule(graph)
    assert len(await suggested(graph)) == 1
    await forget_emitted(tenant)
    payload = await graph.accepted("removeReplenishmentRule", {"sku": "TEA"}, RULE)
    assert payload["rule"]["maximum"] == "60"
    assert [event.type for event in await emitted(tenant)] == ["inventory.replenishment_rule.removed"]
    assert await suggested(graph) == []
    assert await graph(LEVELS) == {"stockBalance": {"reorderPoint": "10", "safetyStock": "0"}}
    async with unchanged(tenant):
        error = await graph.refusal("removeReplenishmentRule", {"sku": "TEA"})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "sku"])


async def test_rules_page_within_a_budget(graph: GraphClient, tenant: GivenTenant, database: CountingDatabase) -> None:
    """By SKU and warehouse, of one warehouse or of all; as many statements for five as for two."""
    for number in range(4):
        await given_item(tenant, sku=f"A{number}")
        await given_rule(graph, f"A{number}")
    await given_rule(graph, warehouse={"code": "STORE"})
    counts = []
    for first in (2, 5):
        async with statements(database) as counted:
            page = await rules(graph, f"first: {first}")
        assert len(page["nodes"]) == first
        counts.append(len(counted))
        counted.assert_at_most(5)
    assert counts[0] == counts[1]
    page = await rules(graph, "first: 3")
    assert [each["variant"]["sku"] for each in page["nodes"]] == ["A0", "A1", "A2"]
    page = await rules(graph, f'first: 3, after: "{page["pageInfo"]["endCursor"]}"')
    assert [each["variant"]["sku"] for each in page["nodes"]] == ["A3", "TEA"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, False)
    assert (await rules(graph, 'warehouse: {code: "STORE"}'))["totalCount"] == 1
    assert (await rules(graph, 'warehouse: {code: "NOWHERE"}'))["nodes"] == []


async def test_rules_take_permissions_and_the_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """A clerk neither sees nor sets them; who is bound to an outlet sets them there only."""
    clerk = tenant.actor_as("stock_clerk")
    given = {"sku": "TEA", "method": "MIN_MAX", "reorderPoint": "10", "maximum": "60"}
    for query in ("{ replenishmentRules { nodes { method } } }", "{ replenishmentSuggestions { nodes { unit } } }"):
        (error,) = await graph.errors(query, actor=clerk)
        assert "inventory.purchasing.view" in error["message"]
    away = await given_outlet(tenant, code="away")
    async with unchanged(tenant):
        for actor in (clerk, tenant.actor_as("viewer"), tenant.actor_at(away.outlet.id)):
            assert (await graph.refusal("setReplenishmentRule", given, actor=actor))["code"] == "FORBIDDEN"
            assert (await graph.refusal("removeReplenishmentRule", {"sku": "TEA"}, actor=actor))["code"] == "FORBIDDEN"


async def test_another_tenants_rules_are_not_there(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither read nor taken away."""
    await given_rule(graph)
    other = await given_tenant(tenant.database)
    assert await rules(graph, actor=other.actor) == {
        "totalCount": 0, "nodes": [], "pageInfo": {"endCursor": None, "hasNextPage": False},
    }  # fmt: skip
    async with unchanged(tenant):
        error = await graph.refusal("removeReplenishmentRule", {"sku": "TEA"}, actor=other.actor)
    assert error["code"] == "NOT_FOUND"
