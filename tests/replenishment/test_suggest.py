"""What is suggested for a warehouse now, with every number that led to it."""

from datetime import date
from typing import Any

import pytest

from inventory_graph.masterdata.warehouses import warehouses_by_code
from tests.given.items import given_item
from tests.given.purchases import given_order, receive, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.transfers import given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.replenishment.asked import given_offer, given_rule, suggested
from tests.reservations.asked import line, reserve
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("tea")

STORE = {"code": "STORE"}


async def only(graph: GraphClient, **arguments: Any) -> dict[str, Any]:
    """The one suggestion."""
    (suggestion,) = await suggested(graph, **arguments)
    return suggestion


async def test_a_suggestion_explains_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """8 are there, 5 of them held. 3 are at or below 10; up to 60 takes 57, which is 4.75 boxes of 12."""
    await given_stock(tenant, "TEA", "8")
    await reserve(graph, line("TEA", 5))
    await given_rule(graph)
    assert await only(graph) == {
        "method": "MIN_MAX", "unit": "PIECE", "variant": {"sku": "TEA"}, "warehouse": {"code": "MAIN"}, "onHand": "8",
        "reserved": "5", "available": "3", "unusable": "0", "onOrder": "0", "inDraftOrders": "0", "inTransit": "0",
        "toBeShippedHere": "0", "toBeShippedAway": "0", "backordered": "0", "projected": "3", "demandPerDay": "0",
        "demandDays": 28, "leadTimeDays": "5", "leadTimeDeviation": "0", "safetyStock": "0", "reorderPoint": "10",
        "target": "60", "shortfall": "57", "transfer": None,
        "purchase": {
            "quantity": "5", "unit": "BOX", "ordered": "60", "unitPrice": {"amount": "600", "currency": "KES"},
            "estimatedCost": {"amount": "3000", "currency": "KES"}, "supplier": {"code": "ACME"},
        },
        "reason": "3 PIECE are projected (3 available), at or below the reorder point of 10; 57 are missing up to 60. Buy 5 BOX of"
        " ACME, which is 60 PIECE.",
    }  # fmt: skip


async def test_nothing_is_suggested_above_the_point(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nor by a rule that is not active, nor for what is archived, nor without a level."""
    await given_stock(tenant, "TEA", "11")
    await given_rule(graph)
    assert await suggested(graph) == []
    await given_rule(graph, reorderPoint="20", method="MIN_MAX", maximum="60", isActive=False)
    assert await suggested(graph) == []
    await given_rule(graph, reorderPoint="20", method="MIN_MAX", maximum="60")
    assert len(await suggested(graph)) == 1
    await graph.accepted("setStockLevels", {"sku": "TEA", "reorderPoint": None})
    assert await suggested(graph) == []
    # Archived while nothing lies there.
    await given_item(tenant, sku="OLD")
    await given_rule(graph, "OLD")
    assert len(await suggested(graph)) == 1
    await graph.accepted("archiveItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    assert await suggested(graph) == []


async def test_open_orders_count_once_in_every_state(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two boxes are 24 pieces from the draft on; when they have come they are there and on order no more."""
    await given_rule(graph, reorderPoint="30", method="MIN_MAX", maximum="60")
    order = await given_order(graph, wanted("TEA", 2, None))
    found = await only(graph)
    assert (found["onOrder"], found["inDraftOrders"], found["projected"], found["shortfall"]) == ("0", "24", "24", "36")
    for step in ("submit", "approve"):
        await graph.accepted(f"{step}PurchaseOrder", {"purchaseOrderId": order["id"]})
        assert (await only(graph))["inDraftOrders"] == "24"
    await graph.accepted("sendPurchaseOrder", {"purchaseOrderId": order["id"]})
    found = await only(graph)
    assert (found["onOrder"], found["inDraftOrders"], found["projected"]) == ("24", "0", "24")
    await receive(graph, order, {"sku": "TEA", "quantity": "1"})
    found = await only(graph)
    assert (found["onHand"], found["onOrder"], found["projected"]) == ("12", "12", "24")
    await graph.accepted("closePurchaseOrder", {"purchaseOrderId": order["id"]})
    found = await only(graph)
    assert (found["onHand"], found["onOrder"], found["projected"]) == ("12", "0", "12")


async def test_open_transfers_count_once_at_both_ends(graph: GraphClient, tenant: GivenTenant) -> None:
    """From the draft on they are to come here and to leave there, then in transit, then here."""
    await given_stock(tenant, "TEA", "40")
    await given_rule(graph, reorderPoint="45", method="MIN_MAX", maximum="60")
    await given_rule(graph, warehouse=STORE, reorderPoint="30", method="MIN_MAX", maximum="60")
    transfer = await given_transfer(graph, going("TEA", 10))

    async def numbers() -> tuple[str, ...]:
        main, store = await only(graph), await only(graph, warehouse="STORE")
        return (
            main["available"], main["toBeShippedAway"], main["projected"],
            store["toBeShippedHere"], store["inTransit"], store["available"], store["projected"],
        )  # fmt: skip

    assert await numbers() == ("40", "10", "30", "10", "0", "0", "10")
    await transfer_step(graph, "approveTransfer", transfer)
    assert await numbers() == ("40", "10", "30", "10", "0", "0", "10")
    transfer = await transfer_step(graph, "shipTransfer", transfer)
    assert await numbers() == ("30", "0", "30", "0", "10", "0", "10")
    part = {"lineId": transfer["lines"]["nodes"][0]["id"], "quantity": "4"}
    await transfer_step(graph, "receiveTransfer", transfer, lines=[part])
    assert await numbers() == ("30", "0", "30", "0", "6", "4", "10")


async def test_backorders_and_bad_lots_do_not_count_as_stock(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is past its date, and what is promised and not there."""
    await given_item(tenant, sku="MILK", tracking="LOT", unit="LITRE")
    await given_stock(tenant, "MILK", "30", lot="OLD", expires_on=date(2024, 1, 1))
    await given_stock(tenant, "MILK", "12", lot="GOOD", expires_on=date(2999, 1, 1))
    await given_rule(graph, "MILK")
    assert await suggested(graph) == []
    await reserve(graph, line("MILK", 20), onShortage="BACKORDER")
    found = await only(graph)
    assert (found["available"], found["unusable"], found["backordered"]) == ("30", "30", "8")
    assert (found["projected"], found["shortfall"], found["purchase"]) == ("-8", "68", None)
    assert found["reason"].endswith("Nobody is known to sell it.")


async def test_another_warehouse_gives_before_anything_is_bought(graph: GraphClient, tenant: GivenTenant) -> None:
    """STORE keeps the maximum of its own rule: of 90 it can spare 40. 40 are above the point, so that nothing is bought."""
    store = await given_warehouse(tenant, code="CELLAR")
    await given_rule(graph)
    await given_stock(tenant, "TEA", "90", warehouse=store)
    # Nobody knows what the cellar needs: nothing is taken from there, unless the rule says so.
    assert (await only(graph))["transfer"] is None
    await given_rule(graph, warehouse={"code": "CELLAR"}, method="MIN_MAX", reorderPoint="20", maximum="50")
    found = await only(graph)
    assert found["transfer"] == {"quantity": "40", "spare": "40", "fromWarehouse": {"code": "CELLAR"}}
    assert (found["shortfall"], found["purchase"]) == ("60", None)
    assert found["reason"].endswith("Bring 40 from CELLAR, which can spare 40.")
    # A rule that names another source takes it from there only.
    await given_rule(graph, method="MIN_MAX", reorderPoint="10", maximum="60", fromWarehouse=STORE)
    assert (await only(graph))["transfer"] is None
    await given_stock(tenant, "TEA", "9", warehouse=await _store(graph))
    found = await only(graph)
    assert (found["transfer"]["quantity"], found["transfer"]["fromWarehouse"]) == ("9", STORE)
    # 9 are not above the point: the 51 that are missing then are bought, 4.25 boxes.
    assert found["purchase"]["quantity"] == "5"


async def _store(graph: GraphClient) -> Any:
    """The warehouse STORE, as builders take it."""
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        return (await warehouses_by_code(tx, ["STORE"]))["STORE"]


async def test_the_supplier_is_the_rules_else_the_preferred_else_the_first(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """An archived one sells nothing; suggestions come supplier by supplier, and can be asked of one."""
    await given_rule(graph)
    await given_item(tenant, sku="CUP")
    await given_rule(graph, "CUP")
    await given_offer(graph, "TEA", supplier="BEST", isPreferred=True)
    await given_offer(graph, "TEA", supplier="AAA")
    assert [(each["variant"]["sku"], (each["purchase"] or {}).get("supplier")) for each in await suggested(graph)] == [
        ("CUP", None), ("TEA", {"code": "BEST"}),
    ]  # fmt: skip
    assert await suggested(graph, supplier="ACME") == []
    await given_rule(graph, method="MIN_MAX", reorderPoint="10", maximum="60", supplierCode="ACME")
    assert (await only(graph, supplier="ACME"))["variant"] == {"sku": "TEA"}
    await given_rule(graph)
    await graph.accepted("updateSupplier", {"supplierCode": "BEST", "isActive": False})
    assert (await only(graph, supplier="AAA"))["purchase"]["quantity"] == "60"


async def test_the_price_break_of_the_quantity_is_the_estimate(graph: GraphClient) -> None:
    """Five boxes reach the break of five."""
    break_of_five = {
        "unitPrice": {"amount": "550", "currency": "KES"}, "minimumQuantity": "5", "validFrom": "2025-01-01T00:00:00Z",
    }  # fmt: skip
    given = {"supplierCode": "ACME", "sku": "TEA", "prices": [break_of_five]}
    await graph.accepted("setSupplierPrices", given)
    await given_rule(graph)
    purchase = (await only(graph))["purchase"]
    assert (purchase["quantity"], purchase["unitPrice"]["amount"], purchase["estimatedCost"]["amount"]) == (
        "5",
        "550",
        "2750",
    )


async def test_suggestions_page_within_a_budget(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """As many statements for ten variants as for eight, of whom some have a supplier, and fewer where a page has all; pages neither skip
    nor repeat."""
    for number in range(11):
        await given_item(tenant, sku=f"A{number:02}")
        await given_rule(graph, f"A{number:02}")
        if number % 2:
            await given_offer(graph, f"A{number:02}", supplier=f"S{number % 3}")
    await given_rule(graph)
    query = """query($first: Int!, $after: String) { replenishmentSuggestions(first: $first, after: $after) {
      totalCount nodes { variant { sku } warehouse { code } purchase { supplier { code } } } pageInfo { endCursor hasNextPage } } }"""
    counts = []
    for first in (8, 10, 12):
        async with statements(database) as counted:
            page = (await graph(query, {"first": first}))["replenishmentSuggestions"]
        counts.append(len(counted))
        counted.assert_at_most(36)
    assert counts[0] == counts[1] > counts[2]
    whole = [
        (each["purchase"] or {}).get("supplier", {}).get("code", "") + each["variant"]["sku"] for each in page["nodes"]
    ]
    assert (len(whole), page["totalCount"], whole) == (12, 12, sorted(whole, key=lambda name: name))
    paged, after = [], None
    while True:
        page = (await graph(query, {"first": 5, "after": after}))["replenishmentSuggestions"]
        paged += [
            (each["purchase"] or {}).get("supplier", {}).get("code", "") + each["variant"]["sku"]
            for each in page["nodes"]
        ]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert paged == whole


@pytest.mark.parametrize(("first", "looks"), [(2, 2 * 3), (3, 3)])
async def test_each_rule_that_is_looked_at_is_a_point(
    graph: GraphClient, tenant: GivenTenant, first: int, looks: int
) -> None:
    """For the page and for the total, unless the page has all of them, whether it needs anything or not."""
    for number in range(3):
        await given_item(tenant, sku=f"A{number}")
        await given_rule(graph, f"A{number}")
    query = f"{{ replenishmentSuggestions(first: {first}) {{ totalCount nodes {{ reason }} }} }}"
    answer = (await graph.response(query, headers={"x-graphql-cost": "1"})).json()
    assert answer["data"]["replenishmentSuggestions"]["totalCount"] == 3
    assert answer["extensions"]["cost"]["actual"] == 20 + first + looks + 10


async def test_another_tenant_sees_no_suggestions_of_this_one(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither its rules nor its stock."""
    await given_rule(graph)
    other = await given_tenant(tenant.database)
    data = await graph("{ replenishmentSuggestions { totalCount nodes { reason } } }", actor=other.actor)
    assert data == {"replenishmentSuggestions": {"totalCount": 0, "nodes": []}}
