"""Setting the levels of a balance: when stock is low, and what should never be planned away."""

from typing import Any
from uuid import UUID

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import balance, told

LEVELS = "reorderPoint safetyStock onHand version"


async def set_levels(graph: GraphClient, sku: str, **fields: Any) -> dict[str, Any]:
    payload = await graph.accepted("setStockLevels", {"sku": sku, **fields}, f"balance {{ id variantId {LEVELS} }}")
    found: dict[str, Any] = payload["balance"]
    return found


async def test_states_both_in_full(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is left out is taken away: there is no half of a plan. Levels are no change of stock and take no version."""
    await given_item(tenant, sku="GIN")
    await given_stock(tenant, "GIN", "8")
    await set_levels(graph, "GIN", reorderPoint="5", safetyStock="2")
    expected = {"reorderPoint": "5", "safetyStock": "2", "onHand": "8", "version": 1}
    assert await balance(graph, "GIN", LEVELS) == expected
    await set_levels(graph, "GIN", reorderPoint="6")
    assert await balance(graph, "GIN", LEVELS) == {**expected, "reorderPoint": "6", "safetyStock": "0"}
    await set_levels(graph, "GIN")
    assert await balance(graph, "GIN", LEVELS) == {**expected, "reorderPoint": None, "safetyStock": "0"}


async def test_are_kept_through_changes_of_stock(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of each warehouse its own, also where nothing ever was."""
    await given_item(tenant, sku="GIN")
    await given_warehouse(tenant, code="BAR")
    await set_levels(graph, "GIN", reorderPoint="5", warehouse={"code": "BAR"})
    await given_stock(tenant, "GIN", "8")
    assert (await balance(graph, "GIN", LEVELS, code="BAR"))["reorderPoint"] == "5"
    assert (await balance(graph, "GIN", LEVELS))["reorderPoint"] is None


async def test_tells_what_they_are_now(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who orders and who watches hears of it, once: saying the same again says nothing new."""
    item = await given_item(tenant, sku="GIN")
    await given_stock(tenant, "GIN", "8")
    await forget_emitted(tenant)
    found = await set_levels(graph, "GIN", reorderPoint="5", safetyStock="2.0")
    async with unchanged(tenant):
        await set_levels(graph, "GIN", reorderPoint="5.0", safetyStock="2")
    (event,) = await told(tenant)
    assert (event.type, event.aggregate_type, event.aggregate_id, event.aggregate_version) == (
        "inventory.stock.levels_changed", "balance", UUID(found["id"]), None,
    )  # fmt: skip
    assert event.payload == {
        "tenant_id": str(tenant.id), "balance_id": found["id"], "item_id": str(item.id), "variant_id": found["variantId"],
        "sku": "GIN", "warehouse_id": str(tenant.warehouse_id), "outlet_id": str(tenant.outlet_id),
        "reorder_point": "5", "safety_stock": "2", "available": "8", "changed_by": "user-administrator",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code", "argument"),
    [
        ({"reorderPoint": "-1"}, "INVALID_INPUT", "reorderPoint"),
        ({"safetyStock": "-0.5", "sku": "RUM"}, "INVALID_INPUT", "safetyStock"),
        ({"reorderPoint": "2.5"}, "INVALID_INPUT", "reorderPoint"),
        ({"safetyStock": "2.5"}, "INVALID_INPUT", "safetyStock"),
        ({"sku": "NONE"}, "NOT_FOUND", "sku"),
        ({"warehouse": {"code": ""}}, "NOT_FOUND", "warehouse.code"),
        ({"warehouse": {"id": "x"}}, "NOT_FOUND", "warehouse.id"),
    ],
)
async def test_refuses_what_is_no_level(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, argument: str
) -> None:
    """Half a bottle is never in stock, so it cannot be the point at which to order."""
    await given_item(tenant, sku="GIN")
    await given_item(tenant, sku="RUM", unit="LITRE")
    async with unchanged(tenant):
        error = await graph.refusal("setStockLevels", {"sku": "GIN", **fields})
    assert (error["code"], error["path"]) == (code, ["input", *argument.split(".")])


async def test_takes_a_permission_and_an_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who sells does not plan; who plans for one outlet does not plan for the others."""
    await given_item(tenant, sku="GIN")
    await given_warehouse(tenant, code="BAR")
    given = {"sku": "GIN", "reorderPoint": "1", "warehouse": {"code": "BAR"}}
    for actor in (
        tenant.actor_with("inventory.stock.change", "inventory.stock.add"),
        tenant.actor_at(tenant.outlet_id),
    ):
        async with unchanged(tenant):
            assert (await graph.refusal("setStockLevels", given, actor=actor))["code"] == "FORBIDDEN"
    here = {**given, "warehouse": {"outletId": str(tenant.outlet_id)}}
    await graph.accepted("setStockLevels", here, actor=tenant.actor_at(tenant.outlet_id))
    await graph.accepted("setStockLevels", given, actor=tenant.actor_with("inventory.stock.manage"))
