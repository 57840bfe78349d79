"""Receiving a delivery: one receipt of several orders, with what nobody ordered, or of no order at all."""

from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.actor import Actor
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.purchases import (
    SUPPLIER,
    given_acme,
    given_order,
    order_now,
    order_step,
    receive_goods,
    wanted,
)
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import balance

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12; SALT by the kilogram; ACME who sells them."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_item(tenant, sku="SALT", unit="KG")
    await given_acme(graph)


def line_of(order: dict[str, Any], quantity: int | str, *, position: int = 0, **more: Any) -> dict[str, Any]:
    """So much of a line of an order that came."""
    line_id = order["lines"]["nodes"][position]["id"]
    return {"purchaseOrderLineId": line_id, "quantity": str(quantity), **more}


async def refused(
    graph: GraphClient, *lines: dict[str, Any], actor: Actor | None = None, **fields: Any
) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    given = {"idempotencyKey": uuid4().hex, "supplierCode": SUPPLIER, "lines": lines, **fields}
    async with unchanged(graph.tenant):
        error = await graph.refusal("receiveGoods", given, actor=actor)
    return error["code"], ".".join(error["path"][1:]), error["message"]


async def test_one_delivery_of_two_orders_and_a_present(graph: GraphClient, tenant: GivenTenant) -> None:
    """One van, one note, one receipt: each order takes what is its own, what nobody ordered lies there too."""
    first = await given_order(graph, wanted("TEA", 2, 600, unit="BOX"), status="SENT")
    second = await given_order(graph, wanted("SALT", 5, 80), wanted("TEA", 10, 52), status="SENT")
    await forget_emitted(tenant)
    free = {"amount": "0", "currency": "KES"}
    receipt = await receive_goods(
        graph, line_of(second, 3, position=1), line_of(first, 2), line_of(second, 5), {"sku": "SALT", "quantity": "500", "unit": "G",
        "unitPrice": free}, deliveryNote="DN 7",
    )  # fmt: skip
    assert receipt["number"] == "GRN-000001"
    assert receipt["purchaseOrder"] is None
    assert sorted((each["number"], each["status"]) for each in receipt["purchaseOrders"]) == [
        ("PO-000001", "RECEIVED"), ("PO-000002", "PARTIALLY_RECEIVED"),
    ]  # fmt: skip
    lines = receipt["lines"]["nodes"]
    assert [(each["variant"]["sku"], each["quantity"], each["unitCost"]["amount"]) for each in lines] == [
        ("TEA", "3", "52"), ("TEA", "24", "50"), ("SALT", "5", "80"), ("SALT", "0.5", "0"),
    ]  # fmt: skip
    assert [each["orderLine"] is not None for each in lines] == [True, True, True, False]
    assert (receipt["netAmount"]["amount"], receipt["deliveryNote"]) == ("1756", "DN 7")
    assert ((await balance(graph, "TEA"))["onHand"], (await balance(graph, "SALT"))["onHand"]) == ("27", "5.5")
    for order in (first, second):
        read = await order_now(graph, order, "purchaseOrder { receipts { number } }")
        assert read["receipts"] == [{"number": "GRN-000001"}]
    told = [event for event in await emitted(tenant) if not event.type.startswith("inventory.stock")]
    assert sorted(event.type for event in told) == [
        "inventory.goods_receipt.created", "inventory.goods_receipt.posted", "inventory.purchase_order.received",
        "inventory.purchase_order.updated",
    ]  # fmt: skip
    posted = next(event.payload for event in told if event.type.endswith("posted"))
    assert (posted["po_id"], posted["supplier_code"], posted["received_amount"]) == (None, SUPPLIER, "1756")
    assert sorted((each["po_number"], each["po_status"]) for each in posted["purchase_orders"]) == [
        ("PO-000001", "received"), ("PO-000002", "partially_received"),
    ]  # fmt: skip
    assert [each["po_number"] for each in posted["lines"]] == ["PO-000002", "PO-000001", "PO-000002", None]


async def test_goods_that_nobody_ordered_come_in(graph: GraphClient, tenant: GivenTenant) -> None:
    """At what is given or what the supplier is known to ask, in states like any other; without an order to look at."""
    offer = {"supplierCode": SUPPLIER, "sku": "TEA", "unit": "BOX", "unitPrice": {"amount": "600", "currency": "KES"}}
    await graph.accepted("setSupplierItem", {**offer, "orderMultiple": "10"})
    receipt = await receive_goods(
        graph, {"sku": "TEA", "quantity": "1"}, {"sku": "TEA", "quantity": "4", "unit": "PIECE", "disposition": "QUARANTINED",
        "unitPrice": {"amount": "45", "currency": "KES"}},
    )  # fmt: skip
    assert (receipt["purchaseOrder"], receipt["purchaseOrders"]) == (None, [])
    lines = receipt["lines"]["nodes"]
    assert [(each["quantity"], each["unitPrice"]["amount"], each["unitCost"]["amount"]) for each in lines] == [
        ("12", "50", "50"), ("4", "45", "45"),
    ]  # fmt: skip
    found = await balance(graph, "TEA")
    assert (found["available"], found["quarantined"]) == ("12", "4")
    reversal = {"idempotencyKey": "r", "goodsReceiptId": receipt["id"], "reason": "Another shop's"}
    select = "goodsReceipt { status } purchaseOrder { id }"
    after = await graph.accepted("reverseGoodsReceipt", reversal, select)
    assert (after["goodsReceipt"]["status"], after["purchaseOrder"]) == ("REVERSED", None)
    assert (await balance(graph, "TEA"))["onHand"] == "0"


async def test_a_receipt_of_several_orders_is_taken_back_whole(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each order waits for its part as before."""
    first = await given_order(graph, wanted("TEA", 3), status="SENT")
    second = await given_order(graph, wanted("SALT", 5), status="SENT")
    receipt = await receive_goods(graph, line_of(first, 3), line_of(second, 2))
    await forget_emitted(tenant)
    await graph.accepted(
        "reverseGoodsReceipt", {"idempotencyKey": "r", "goodsReceiptId": receipt["id"], "reason": "Wrong"}
    )
    for order, outstanding in ((first, "3"), (second, "5")):
        read = await order_now(graph, order)
        assert (read["status"], read["lines"]["nodes"][0]["outstanding"]) == ("SENT", outstanding)
    assert sorted(event.type for event in await emitted(tenant) if "stock" not in event.type) == [
        "inventory.goods_receipt.reversed", "inventory.purchase_order.updated", "inventory.purchase_order.updated",
    ]  # fmt: skip


async def test_a_delivery_is_of_one_supplier_warehouse_and_currency(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is not is told at its line, and nothing of the delivery comes in."""
    store = await given_warehouse(tenant)
    await given_supplier(tenant, code="OTHER")
    ours = await given_order(graph, wanted("TEA", 3), status="SENT")
    theirs = await given_order(graph, wanted("TEA", 3), status="SENT", supplierCode="OTHER")
    elsewhere = await given_order(graph, wanted("TEA", 3), status="SENT", warehouse={"code": store.code})
    dollars = {"unitPrice": {"amount": "1", "currency": "USD"}}
    abroad = await given_order(graph, wanted("TEA", 3, None, **dollars), status="SENT", currency="USD")
    for order, said in ((theirs, "is not of ACME"), (elsewhere, "is not for MAIN"), (abroad, "a receipt has one rate")):
        code, path, message = await refused(graph, line_of(ours, 1), line_of(order, 1))
        assert (code, path) == ("INVALID_INPUT", "lines.1.purchaseOrderLineId")
        assert said in message
    assert (await refused(graph, line_of(ours, 1), currency="USD"))[:2] == ("INVALID_INPUT", "currency")
    assert (await refused(graph, line_of(abroad, 1)))[:2] == ("INVALID_INPUT", "exchangeRate")
    assert (await receive_goods(graph, line_of(abroad, 1), exchangeRate="130"))["exchangeRate"] == "130"


async def test_a_line_that_makes_no_sense_is_refused_where_it_stands(graph: GraphClient) -> None:
    """However it is named, and behind a line that is good."""
    draft = await given_order(graph, wanted("TEA", 3))
    order = await given_order(graph, wanted("TEA", 3), status="SENT")
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"quantity": "1"}, "INVALID_INPUT", "sku"),
        (line_of(order, 1, sku="TEA"), "INVALID_INPUT", "sku"),
        ({"purchaseOrderLineId": UNKNOWN, "quantity": "1"}, "NOT_FOUND", "purchaseOrderLineId"),
        ({"purchaseOrderLineId": "x", "quantity": "1"}, "INVALID_INPUT", "purchaseOrderLineId"),
        (line_of(draft, 1), "INVALID_TRANSITION", "purchaseOrderLineId"),
        ({"sku": "NONE", "quantity": "1"}, "NOT_FOUND", "sku"),
        ({"sku": "TEA", "quantity": "1"}, "INVALID_INPUT", "unitPrice"),
        ({"sku": "TEA", "quantity": "0"}, "INVALID_INPUT", "quantity"),
        (line_of(order, 1, unit="KG"), "UNIT_MISMATCH", "unit"),
        (line_of(order, 1, lotCode="A"), "INVALID_INPUT", "lotCode"),
    ]
    for line, code, argument in cases:
        assert (await refused(graph, line_of(order, 1), line))[:2] == (code, f"lines.1.{argument}"), line
    assert (await refused(graph))[:2] == ("INVALID_INPUT", "lines")
    assert (await refused(graph, line_of(order, 1), supplierCode="NOBODY"))[:2] == ("NOT_FOUND", "supplierCode")


async def test_too_much_takes_a_permission_over_all_lines(graph: GraphClient, tenant: GivenTenant) -> None:
    """As with an order by itself; and who may not receive goods receives none."""
    order = await given_order(graph, wanted("TEA", 3), status="SENT")
    clerk = tenant.actor_as("stock_clerk")
    code, path, _ = await refused(graph, line_of(order, 2), line_of(order, 2), actor=clerk)
    assert (code, path) == ("FORBIDDEN", "lines.1.quantity")
    assert (await refused(graph, line_of(order, 1), actor=tenant.actor_as("viewer")))[0] == "FORBIDDEN"
    assert (await refused(graph, line_of(order, 1), actor=tenant.actor_at()))[0] == "FORBIDDEN"


async def test_the_same_key_again_receives_nothing_more(graph: GraphClient) -> None:
    """The receipt of the first time."""
    order = await given_order(graph, wanted("TEA", 3), status="SENT")
    given = {"idempotencyKey": "once", "supplierCode": SUPPLIER, "lines": [line_of(order, 1), line_of(order, 1)]}
    first = await graph.accepted("receiveGoods", given, "goodsReceipt { id number }")
    async with unchanged(graph.tenant):
        again = await graph.accepted("receiveGoods", given, "goodsReceipt { id number }")
    assert again == first | {"replayed": True}
    async with unchanged(graph.tenant):
        error = await graph.refusal("receiveGoods", {**given, "note": "Other"})
    assert error["code"] == "IDEMPOTENCY_CONFLICT"


async def test_orders_of_another_tenant_do_not_exist(
    graph: GraphClient, database: CountingDatabase, tenant: GivenTenant
) -> None:
    """Their lines are unknown here, and stay as they are."""
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    await given_item(other.tenant, sku="TEA")
    await given_acme(other)
    order = await given_order(other, wanted("TEA", 3), status="SENT")
    async with unchanged(other.tenant):
        assert (await refused(graph, line_of(order, 1)))[:2] == ("NOT_FOUND", "lines.0.purchaseOrderLineId")


async def test_a_thousand_lines_of_ten_orders_take_as_many_statements_as_three(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A hundred items in ten orders: nothing is looked up order by order or line by line."""
    for number in range(100):
        await given_item(tenant, sku=f"I-{number}")
    orders = [
        await given_order(graph, *(wanted(f"I-{number}", 2) for number in range(90)), status="SENT") for _ in range(10)
    ]
    ordered = [line_of(order, 1, position=position) for order in orders for position in range(90)]
    free = {"unitPrice": {"amount": "1", "currency": "KES"}, "quantity": "1"}
    lines = [*ordered, *({"sku": f"I-{number}", **free} for number in range(100))]
    counts = []
    for name, some in (("three", [lines[0], lines[90], lines[-1]]), ("all", lines)):
        given = {"idempotencyKey": name, "supplierCode": SUPPLIER, "lines": some}
        async with statements(database) as counted:
            payload = await graph.accepted("receiveGoods", given, "goodsReceipt { netAmount { amount } }")
        counts.append(len(counted))
        counted.assert_at_most(25)
    assert payload["goodsReceipt"]["netAmount"]["amount"] == "9100"
    assert counts[0] == counts[1]
    assert (await balance(graph, "I-0"))["onHand"] == "13"
    assert (await order_now(graph, orders[9]))["status"] == "PARTIALLY_RECEIVED"


async def test_a_receipt_is_of_at_most_a_hundred_orders(graph: GraphClient) -> None:
    """One more is refused before anything is locked."""
    orders = [await given_order(graph, wanted("TEA", 3)) for _ in range(101)]
    assert (await refused(graph, *(line_of(order, 1) for order in orders)))[:2] == ("LIMIT_EXCEEDED", "lines")
    # A hundred are looked at: these are drafts yet.
    assert (await refused(graph, *(line_of(order, 1) for order in orders[1:])))[0] == "INVALID_TRANSITION"


async def test_nothing_comes_of_an_order_that_is_closed(graph: GraphClient) -> None:
    """Whoever waits no longer has to say so first."""
    order = await given_order(graph, wanted("TEA", 3), status="PARTIALLY_RECEIVED")
    closed = await order_step(graph, "close", order)
    assert (await refused(graph, line_of(closed, 1)))[:2] == ("INVALID_TRANSITION", "lines.0.purchaseOrderLineId")


async def test_receipts_with_their_orders_are_read_in_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """As many for six receipts of an order as for one."""
    query = "query($id: ID!) { purchaseOrder(id: $id) { receipts { supplier { code } purchaseOrders { number } } } }"
    first = await given_order(graph, wanted("TEA", 30), status="SENT")
    other = await given_order(graph, wanted("SALT", 30), status="SENT")
    counts = []
    for times in (1, 5):
        for _ in range(times):
            await receive_goods(graph, line_of(first, 1), line_of(other, 1))
        async with statements(database) as counted:
            data = await graph(query, {"id": first["id"]})
        counts.append(len(counted))
    assert [len(each["purchaseOrders"]) for each in data["purchaseOrder"]["receipts"]] == [2] * 6
    assert counts[0] == counts[1]
