"""Suggestions become drafts: one order for each supplier, one transfer from each warehouse that gives."""

import asyncio
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import GraphClient
from tests.replenishment.asked import ORDERS, TRANSFERS, bring, given_offer, given_rule, order, suggested
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("tea")


async def test_one_draft_for_each_supplier(graph: GraphClient, tenant: GivenTenant) -> None:
    """In the suppliers' units, at their prices; what nobody is known to sell, or at what price, is named and left out."""
    for sku, supplier, price in (
        ("CUP", "BETA", "10"),
        ("MUG", "BETA", "20"),
        ("GIFT", "BETA", None),
        ("LID", None, None),
    ):
        await given_item(tenant, sku=sku, name=f"The {sku}")
        await given_rule(graph, sku)
        if supplier is not None:
            await given_offer(graph, sku, supplier=supplier, price=price)
    await given_rule(graph)
    await graph.accepted("updateTenant", {"alertTarget": "buyers"})
    await forget_emitted(tenant)
    payload = await order(graph)
    first, second = payload["purchaseOrders"]
    assert (first["supplier"], first["status"], first["warehouse"]) == ({"code": "ACME"}, "DRAFT", {"code": "MAIN"})
    assert first["lines"]["nodes"] == [
        {
            "quantity": "5",
            "ordered": "60",
            "unitPrice": {"amount": "600"},
            "variant": {"sku": "TEA"},
            "unit": {"code": "BOX"},
        }
    ]
    assert second["supplier"] == {"code": "BETA"}
    assert [(each["variant"]["sku"], each["quantity"]) for each in second["lines"]["nodes"]] == [
        ("CUP", "60"),
        ("MUG", "60"),
    ]
    assert payload["leftOutSkus"] == ["LID", "GIFT"]
    told = await emitted(tenant, "inventory.purchase_order.auto_created")
    assert [event.payload["po_number"] for event in told] == [first["number"], second["number"]]
    assert {name: told[1].payload[name] for name in ("sku", "item_name", "quantity_ordered", "available", "reorder_level")} == {
        "sku": "CUP", "item_name": "The CUP", "quantity_ordered": "60", "available": "0", "reorder_level": "10",
    }  # fmt: skip
    assert [each["sku"] for each in told[1].payload["lines"]] == ["CUP", "MUG"]
    assert told[1].payload["notification"] == {"target": "buyers", "enabled": True, "email": None}
    created = await emitted(tenant, "inventory.purchase_order.created")
    assert [event.aggregate_id for event in created] == [event.aggregate_id for event in told]


async def test_drafts_count_as_ordered(graph: GraphClient) -> None:
    """Asked again at once, nothing is drafted; when the draft is cancelled, it is suggested again."""
    await given_rule(graph)
    (draft,) = (await order(graph))["purchaseOrders"]
    assert await suggested(graph) == []
    assert (await order(graph))["purchaseOrders"] == []
    await graph.accepted("cancelPurchaseOrder", {"number": draft["number"]})
    assert len(await suggested(graph)) == 1


async def test_two_who_ask_at_once_order_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """The second waits for the first and finds its drafts."""
    await given_rule(graph)
    answers = await asyncio.gather(*(order(graph) for _ in range(4)))
    assert sorted(len(answer["purchaseOrders"]) for answer in answers) == [0, 0, 0, 1]
    assert len(await emitted(tenant, "inventory.purchase_order.created")) == 1


async def test_the_same_key_is_the_same_drafts(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also when nothing is suggested any more; other arguments under the key are refused."""
    await given_item(tenant, sku="LID")
    await given_rule(graph, "LID")
    await given_rule(graph)
    first = await order(graph, idempotencyKey="friday")
    async with unchanged(tenant):
        assert await order(graph, idempotencyKey="friday") == first | {"replayed": True}
        given = {"idempotencyKey": "friday", "skus": ["TEA"]}
        error = await graph.refusal("createPurchaseOrdersFromSuggestions", given)
    assert (error["code"], error["path"]) == ("IDEMPOTENCY_CONFLICT", ["input", "skus"])


async def test_a_supplier_or_skus_can_be_chosen(graph: GraphClient, tenant: GivenTenant) -> None:
    """The rest stays suggested."""
    for sku in ("CUP", "MUG"):
        await given_item(tenant, sku=sku)
        await given_offer(graph, sku, supplier="BETA")
        await given_rule(graph, sku)
    await given_rule(graph)
    (draft,) = (await order(graph, skus=["MUG"]))["purchaseOrders"]
    assert [each["variant"]["sku"] for each in draft["lines"]["nodes"]] == ["MUG"]
    (draft,) = (await order(graph, supplierCode="BETA"))["purchaseOrders"]
    assert [each["variant"]["sku"] for each in draft["lines"]["nodes"]] == ["CUP"]
    assert [each["variant"]["sku"] for each in await suggested(graph)] == ["TEA"]


async def test_transfers_are_drafted_from_who_can_spare(graph: GraphClient, tenant: GivenTenant) -> None:
    """They count at both ends: nothing is suggested again, and the cellar gives nothing twice."""
    cellar = await given_warehouse(tenant, code="CELLAR")
    await given_stock(tenant, "TEA", "90", warehouse=cellar)
    await given_rule(graph, warehouse={"code": "CELLAR"}, method="MIN_MAX", reorderPoint="20", maximum="50")
    await given_rule(graph)
    await given_rule(graph, warehouse={"code": "STORE"})
    # What is brought over is not ordered.
    assert (await order(graph))["purchaseOrders"] == []
    (transfer,) = (await bring(graph))["transfers"]
    assert {**transfer, "number": None} == {
        "number": None, "status": "DRAFT", "fromWarehouse": {"code": "CELLAR"}, "toWarehouse": {"code": "MAIN"},
        "lines": {"nodes": [{"quantity": "40", "variant": {"sku": "TEA"}}]},
    }  # fmt: skip
    assert (await suggested(graph), (await bring(graph))["transfers"]) == ([], [])
    (store,) = await suggested(graph, warehouse="STORE")
    assert (store["transfer"], store["purchase"]["quantity"]) == (None, "5")


async def test_two_warehouses_do_not_take_the_same_stock(graph: GraphClient, tenant: GivenTenant) -> None:
    """The cellar can spare 40, and both ask for it at once: one gets it."""
    cellar = await given_warehouse(tenant, code="CELLAR")
    await given_stock(tenant, "TEA", "90", warehouse=cellar)
    await given_rule(graph, warehouse={"code": "CELLAR"}, method="MIN_MAX", reorderPoint="20", maximum="50")
    await given_rule(graph)
    await given_rule(graph, warehouse={"code": "STORE"})
    both = await asyncio.gather(bring(graph), bring(graph, warehouse={"code": "STORE"}))
    assert sorted(len(payload["transfers"]) for payload in both) == [0, 1]


async def test_many_lines_cost_as_many_statements_as_few(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Two lines of one supplier, or all the rest."""
    counts = []
    for number in range(40):
        await given_item(tenant, sku=f"A{number:02}")
        await given_offer(graph, f"A{number:02}")
        await given_rule(graph, f"A{number:02}")
    for skus in (["A00", "A01"], [f"A{number:02}" for number in range(2, 40)]):
        async with statements(database) as counted:
            payload = await order(graph, skus=skus)
        counts.append(len(counted))
        counted.assert_at_most(50)
    assert len(payload["purchaseOrders"][0]["lines"]["nodes"]) == 38
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"warehouse": {"code": "NOWHERE"}}, "NOT_FOUND", "warehouse.code"),
        ({"supplierCode": "NOBODY"}, "NOT_FOUND", "supplierCode"),
        ({"skus": ["TEA", "NOTHING"]}, "NOT_FOUND", "skus.1"),
        ({"skus": ["TEA"] * 1_001}, "LIMIT_EXCEEDED", "skus"),
    ],
)
async def test_refuses_what_is_not_there(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, path: str
) -> None:
    """Nothing is drafted, and the key is free."""
    await given_rule(graph)
    async with unchanged(tenant):
        error = await graph.refusal("createPurchaseOrdersFromSuggestions", {"idempotencyKey": "k", **fields})
    assert (error["code"], ".".join(error["path"][1:])) == (code, path)


async def test_drafting_takes_permissions_and_the_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """A buyer orders and brings nothing over, a transfer clerk the other way round; nobody for another outlet's warehouse."""
    await given_rule(graph)
    buyer, clerk = tenant.actor_as("purchasing_officer"), tenant.actor_as("transfer_clerk")
    away = tenant.actor_at((await given_outlet(tenant, code="away")).outlet.id)
    orders, transfers = "createPurchaseOrdersFromSuggestions", "createTransfersFromSuggestions"
    async with unchanged(tenant):
        for mutation, actor in ((orders, clerk), (transfers, buyer), (orders, away), (transfers, away)):
            error = await graph.refusal(mutation, {"idempotencyKey": "k"}, actor=actor)
            assert error["code"] == "FORBIDDEN"
    assert len((await order(graph, actor=buyer))["purchaseOrders"]) == 1
    assert (await graph.accepted(transfers, {"idempotencyKey": "k"}, TRANSFERS, actor=clerk))["transfers"] == []


async def test_another_tenant_drafts_nothing_of_this_one(graph: GraphClient, tenant: GivenTenant) -> None:
    """It has no rules of its own, and finds none of ours."""
    await given_rule(graph)
    other = await given_tenant(tenant.database)
    given = {"idempotencyKey": "k"}
    async with unchanged(tenant):
        payload = await graph.accepted("createPurchaseOrdersFromSuggestions", given, ORDERS, actor=other.actor)
    assert (payload["purchaseOrders"], payload["leftOutSkus"]) == ([], [])
