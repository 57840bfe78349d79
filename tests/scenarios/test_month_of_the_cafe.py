"""One month of the café: from a suggestion to the last cent of what is left, by FIFO and at a moving average.

Milk is bought by the litre in lots and carried to the second kitchen; a latte takes a quarter of a litre of it and 20 g of beans.

| | what happens | FIFO: milk | average: milk | beans |
|-|-|-|-|-|
| 1 | 2 kg of beans lie there, at 1,000 a kilogram | | | 2,000 |
| 2 | there is no milk: 60 l are suggested, ordered at 60, and approved by two people | | | |
| 3 | 40 l of lot A come; then 20 l of lot B, for which 66 is asked at the door | 2,400 + 1,320 = 3,720 | 3,720: 62 a litre | |
| 4 | 10 l of lot B are sour and go back at 66 | 3,060 | 3,060 for 50 l: 61.20 a litre | |
| 5 | 24 l go to the second kitchen, where they arrive | 24 x 60 = 1,440 | 24 x 61.20 = 1,468.80 | |
| 6 | 80 lattes are sold: 20 l of milk, 1.6 kg of beans | 16 x 60 + 4 x 66 = 1,224 | 20 x 61.20 = 1,224 | 1,600 |
| 7 | 8 of them come back at once: 2 l of lot A, 0.16 kg | 2 x 60 = 120 | 122.40 | 160 |
| 8 | what is left here: 8 l, 0.56 kg | 3,060 - 1,440 - 1,224 + 120 = 516 | 8 x 61.20 = 489.60 | 560 |
| 9 | the bill is for 50 l at 62, 3,100 where 3,600 was ordered: 10 l went back (-600), 2 too much for each of 50 (+100) | | | |

With the 24 l there, 1,440 or 1,468.80, all of it is worth 2,516 by FIFO and 2,518.40 at an average. What was paid and kept is
3,060 + 2,000; the rest, 2,544 and 2,541.60, is what the 72 lattes cost.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.given.costs import given_method, worth
from tests.given.purchases import ORDER, given_acme, order_step, receive
from tests.given.recipes import component, given_item, given_recipe
from tests.given.returns import back, sent_back
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, audited, given_transfer, going, stock_of, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient

LATTE, MILK, BEANS = "LATTE", "MILK", "BEANS"
LOT_A, LOT_B = date(2031, 5, 20), date(2031, 6, 9)
WORTH: Mapping[str, Mapping[tuple[str, str], str]] = {
    "FIFO": {(MILK, "MAIN"): "516", (MILK, STORE): "1440", (BEANS, "MAIN"): "560"},
    "AVERAGE": {(MILK, "MAIN"): "489.6", (MILK, STORE): "1468.8", (BEANS, "MAIN"): "560"},
}
TOTAL = {"FIFO": "2516", "AVERAGE": "2518.4"}
SOLD = {"FIFO": Decimal(2_544), "AVERAGE": Decimal("2541.6")}
PAID = Decimal(3_060 + 2_000)


async def given_cafe(graph: GraphClient, tenant: GivenTenant, method: str) -> None:
    """Beans on the shelf, a recipe, a second kitchen, somebody who sells milk, and a rule that says how much of it there should be."""
    await given_method(graph, method)
    await graph.accepted("updateTenant", {"purchaseApprovers": 2})
    await given_item(tenant, MILK, unit="LITRE", tracking="LOT")
    await given_item(tenant, BEANS)
    await given_recipe(tenant, LATTE, component(MILK, "0.25"), component(BEANS, "0.02"))
    await given_warehouse(tenant, code=STORE)
    await given_stock(tenant, BEANS, "2", unit_cost="1000")
    await given_acme(graph)
    price = {
        "unit": "LITRE",
        "unitPrice": {"amount": "60", "currency": "KES"},
        "orderMultiple": "10",
        "leadTimeDays": 2,
    }
    await graph.accepted("setSupplierItem", {"supplierCode": "ACME", "sku": MILK, "isPreferred": True, **price})
    rule = {"sku": MILK, "method": "MIN_MAX", "reorderPoint": "20", "maximum": "60", "supplierCode": "ACME"}
    await graph.accepted("setReplenishmentRule", rule)


async def buy_what_is_suggested(graph: GraphClient, tenant: GivenTenant) -> dict[str, Any]:
    """The order of 60 l that the rule asks for, sent once two people have approved it."""
    data = await graph("{ replenishmentSuggestions { nodes { shortfall variant { sku } purchase { quantity } } } }")
    assert data["replenishmentSuggestions"]["nodes"] == [
        {"shortfall": "60", "variant": {"sku": MILK}, "purchase": {"quantity": "60"}}
    ]
    drafted = await graph.accepted(
        "createPurchaseOrdersFromSuggestions",
        {"idempotencyKey": uuid4().hex},
        ORDER.replace("purchaseOrder {", "purchaseOrders {"),
    )
    (order,) = drafted["purchaseOrders"]
    assert (order["status"], order["netAmount"]["amount"]) == ("DRAFT", "3600")
    order = await order_step(graph, "submit", order)
    for person in ("user-manager", "user-owner"):
        order = await order_step(graph, "approve", order, actor=replace(tenant.actor, subject=person))
    assert order["approvedBy"] == ["user-manager", "user-owner"]
    return await order_step(graph, "send", order)


async def receive_in_two_lots(graph: GraphClient, order: dict[str, Any]) -> dict[str, Any]:
    """40 l as agreed; the other 20 l at what is asked at the door. The second receipt."""
    first = {"sku": MILK, "quantity": "40", "lotCode": "A", "expiresOn": LOT_A.isoformat()}
    order = (await receive(graph, order, first))["purchaseOrder"]
    assert order["status"] == "PARTIALLY_RECEIVED"
    second = {"sku": MILK, "quantity": "20", "lotCode": "B", "expiresOn": LOT_B.isoformat()}
    dearer = {**second, "unitPrice": {"amount": "66", "currency": "KES"}}
    payload = await receive(graph, order, dearer)
    assert payload["purchaseOrder"]["status"] == "RECEIVED"
    receipt: dict[str, Any] = payload["goodsReceipt"]
    return receipt


async def send_sour_milk_back(graph: GraphClient, receipt: dict[str, Any]) -> None:
    """10 l of what came last."""
    query = "query($id: ID!) { goodsReceipt(id: $id) { lines { nodes { id } } } }"
    (line,) = (await graph(query, {"id": receipt["id"]}))["goodsReceipt"]["lines"]["nodes"]
    returned = await sent_back(graph, back(line, 10), goodsReceiptId=receipt["id"], reason="Sour")
    assert (returned["status"], returned["lines"]["nodes"][0]["lotCode"]) == ("SHIPPED", "B")


async def match_the_bill(graph: GraphClient, order: dict[str, Any]) -> None:
    """It says 50 l, as were kept, at 62 instead of 60."""
    line = {
        "purchaseOrderLineId": order["lines"]["nodes"][0]["id"], "quantity": "50",
        "unitPrice": {"amount": "62", "currency": "KES"},
    }  # fmt: skip
    bill = {"supplierCode": "ACME", "number": "4711", "issuedOn": "2031-05-04", "currency": "KES", "lines": [line]}
    await graph.accepted("recordSupplierInvoice", {"idempotencyKey": uuid4().hex, **bill})
    data = await graph(
        """query($number: String!) { purchaseMatch(number: $number) { status orderedTotal { amount } invoicedTotal { amount }
          difference { amount } variances { nodes { kind quantity amount { amount } } } } }""",
        {"number": order["number"]},
    )
    assert data["purchaseMatch"] == {
        "status": "VARIANCES", "orderedTotal": {"amount": "3600"}, "invoicedTotal": {"amount": "3100"},
        "difference": {"amount": "-500"},
        "variances": {"nodes": [
            {"kind": "RETURNED", "quantity": "-10", "amount": {"amount": "-600"}},
            {"kind": "PRICE_OVER", "quantity": None, "amount": {"amount": "100"}},
        ]},
    }  # fmt: skip


async def carry_to_the_second_kitchen(graph: GraphClient) -> None:
    """24 l, the oldest lot first."""
    transfer = await given_transfer(graph, going(MILK, 24), status="SHIPPED")
    transfer = await transfer_step(graph, "receiveTransfer", transfer)
    assert transfer["status"] == "COMPLETED"
    (parcel,) = transfer["lines"]["nodes"][0]["parcels"]
    assert parcel["lot"] == {"code": "A"}


async def sell_and_take_back(graph: GraphClient) -> None:
    """80 lattes on one bill, of which 8 come back."""
    bill = str(uuid4())
    sale = {"idempotencyKey": uuid4().hex, "orderId": bill, "lines": [{"sku": LATTE, "quantity": "80"}]}
    await graph.accepted("consumeStock", sale)
    back = {"idempotencyKey": uuid4().hex, "orderId": bill, "lines": [{"sku": LATTE, "quantity": "8"}]}
    await graph.accepted("reverseConsumption", back)


async def worth_of_each(graph: GraphClient) -> dict[tuple[str, str], str]:
    """What there is of each in each kitchen, in money."""
    found: dict[tuple[str, str], str] = {}
    for code in ("MAIN", STORE):
        query = """query($code: String!) { valuation(warehouse: {code: $code}) { rows { nodes { item { sku } value { amount } } } } }"""
        rows = (await graph(query, {"code": code}))["valuation"]["rows"]["nodes"]
        found |= {(row["item"]["sku"], code): row["value"]["amount"] for row in rows}
    return found


async def cost_of_sales(graph: GraphClient) -> Decimal:
    """What the ledger says was sold for, less what came back."""
    total = Decimal(0)
    for sku in (MILK, BEANS):
        query = """query($sku: String!) { stockBalance(sku: $sku) { movements(first: 100) { nodes { kind valueChange { amount } } } } }"""
        movements = (await graph(query, {"sku": sku}))["stockBalance"]["movements"]["nodes"]
        sold = [each for each in movements if each["kind"] in ("CONSUMPTION", "REVERSAL")]
        total -= sum((Decimal(each["valueChange"]["amount"]) for each in sold), Decimal(0))
    return total


@pytest.mark.parametrize("method", sorted(WORTH))
async def test_the_month_ends_with_what_the_table_says(graph: GraphClient, tenant: GivenTenant, method: str) -> None:
    """To the cent, in each kitchen; what was paid is what is left and what was sold."""
    await given_cafe(graph, tenant, method)
    order = await buy_what_is_suggested(graph, tenant)
    await send_sour_milk_back(graph, await receive_in_two_lots(graph, order))
    await carry_to_the_second_kitchen(graph)
    await sell_and_take_back(graph)
    await match_the_bill(graph, order)
    here, there = await stock_of(graph, MILK, "MAIN"), await stock_of(graph, MILK, STORE)
    assert (here["onHand"], there["onHand"], there["inTransit"]) == ("8", "24", "0")
    assert (await stock_of(graph, BEANS, "MAIN"))["onHand"] == "0.56"
    assert await worth_of_each(graph) == WORTH[method]
    assert await worth(graph) == (TOTAL[method], "0")
    assert await cost_of_sales(graph) == SOLD[method]
    assert Decimal(TOTAL[method]) + SOLD[method] == PAID
    assert await audited(tenant) == "nothing drifted"
