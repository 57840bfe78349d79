"""Receiving a purchase order: in parts, in states, within the tolerance; stock, receipt and order change together."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.purchases import arrived, given_acme, given_order, order_now, order_step, receive, wanted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import balance

LINES_MAX = 1_000


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12; SALT by the kilogram; ACME who sells them."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_item(tenant, sku="SALT", unit="KG")
    await given_acme(graph)


async def refused(
    graph: GraphClient, order: dict[str, Any], *lines: dict[str, Any], **fields: Any
) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    given = {"idempotencyKey": uuid4().hex, "purchaseOrderId": order["id"], "lines": lines, **fields}
    actor = given.pop("actor", None)
    async with unchanged(graph.tenant):
        error = await graph.refusal("receivePurchaseOrder", given, actor=actor)
    return error["code"], ".".join(error["path"][1:]), error["message"]


async def received_of(graph: GraphClient, order: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was received, rejected and is outstanding of each line."""
    lines = (await order_now(graph, order))["lines"]["nodes"]
    return [(line["received"], line["rejected"], line["outstanding"]) for line in lines]


# ---------------------------------------------------------------- in parts
async def test_an_order_is_received_in_parts(graph: GraphClient) -> None:
    """Boxes are counted as boxes, and lie there as pieces; the last part makes it RECEIVED."""
    order = await given_order(graph, wanted("TEA", 4, 600, unit="BOX"), wanted("SALT", "2.5", 80), status="SENT")
    first = await receive(graph, order, arrived("TEA", 3), arrived("SALT", "500", unit="G"))
    assert (first["goodsReceipt"]["number"], first["purchaseOrder"]["status"]) == ("GRN-000001", "PARTIALLY_RECEIVED")
    assert await received_of(graph, order) == [("36", "0", "12"), ("0.5", "0", "2")]
    assert ((await balance(graph, "TEA"))["onHand"], (await balance(graph, "SALT"))["available"]) == ("36", "0.5")
    second = await receive(graph, order)
    assert (second["goodsReceipt"]["number"], second["purchaseOrder"]["status"]) == ("GRN-000002", "RECEIVED")
    assert [(line["variant"]["sku"], line["quantity"]) for line in second["goodsReceipt"]["lines"]["nodes"]] == [
        ("TEA", "12"), ("SALT", "2"),
    ]  # fmt: skip
    assert await received_of(graph, order) == [("48", "0", "0"), ("2.5", "0", "0")]
    read = await order_now(graph, order, "purchaseOrder { receipts { number } history { kind details } }")
    assert [each["number"] for each in read["receipts"]] == ["GRN-000002", "GRN-000001"]
    assert [step["details"] for step in read["history"][:2]] == [{"0": "12", "1": "2"}, {"0": "36", "1": "0.5"}]


async def test_the_cost_is_the_price_in_stock_units(graph: GraphClient) -> None:
    """600 a box of 12 are 50 a piece, without tax; another price at the door is the one that counts."""
    order = await given_order(graph, wanted("TEA", 4, 600, unit="BOX", taxPercent="16"), status="SENT")
    payload = await receive(
        graph, order, arrived("TEA", 1), arrived("TEA", 2, unitPrice={"amount": "660", "currency": "KES"})
    )
    receipt = payload["goodsReceipt"]
    assert [line["unitCost"] for line in receipt["lines"]["nodes"]] == [
        {"amount": "50", "currency": "KES"}, {"amount": "55", "currency": "KES"},
    ]  # fmt: skip
    assert receipt["netAmount"] == {"amount": "1920", "currency": "KES"}
    read = await balance(
        graph, "TEA", "movements { nodes { kind unitCost { amount } reference referenceType referenceId } }"
    )
    assert read["movements"]["nodes"] == [
        {"kind": "RECEIPT", "unitCost": {"amount": cost}, "referenceType": "goods_receipt", "referenceId": receipt["id"],
         "reference": "PO-000001"}
        for cost in ("55", "50")
    ]  # fmt: skip


async def test_another_currency_is_turned_into_ours_at_the_rate_of_the_day(graph: GraphClient) -> None:
    """The rate is frozen with the receipt; without one nobody knows what it cost."""
    price = {"unitPrice": {"amount": "6", "currency": "USD"}}
    order = await given_order(graph, wanted("TEA", 4, None, unit="BOX", **price), currency="USD", status="SENT")
    code, path, message = await refused(graph, order, arrived("TEA", 1))
    assert (code, path) == ("INVALID_INPUT", "exchangeRate")
    assert "how much KES one USD is worth" in message
    for rate, said in (("0", "A rate is more than 0"), ("1e3", "is not a rate"), ("-1", "A rate is more than 0")):
        code, path, message = await refused(graph, order, arrived("TEA", 1), exchangeRate=rate)
        assert (code, path) == ("INVALID_INPUT", "exchangeRate")
        assert said in message
    first = await receive(graph, order, arrived("TEA", 2), exchangeRate="129.5")
    second = await receive(graph, order, arrived("TEA", 1), exchangeRate="130")
    assert [each["goodsReceipt"]["exchangeRate"] for each in (first, second)] == ["129.5", "130"]
    costs = [each["goodsReceipt"]["lines"]["nodes"][0]["unitCost"] for each in (first, second)]
    assert costs == [{"amount": "64.75", "currency": "KES"}, {"amount": "65", "currency": "KES"}]
    assert first["goodsReceipt"]["netAmount"] == {"amount": "12", "currency": "USD"}


async def test_our_own_currency_is_worth_itself(graph: GraphClient) -> None:
    """A rate of anything but 1 is a mistake."""
    order = await given_order(graph, wanted("TEA", 4), status="SENT")
    assert (await refused(graph, order, arrived("TEA", 1), exchangeRate="1.1"))[:2] == ("INVALID_INPUT", "exchangeRate")
    assert (await receive(graph, order, arrived("TEA", 1), exchangeRate="1"))["goodsReceipt"]["exchangeRate"] == "1"


# ---------------------------------------------------------------- states
async def test_each_line_goes_where_it_belongs(graph: GraphClient) -> None:
    """Good to the shelf, doubtful aside, broken apart; what is rejected never comes in, and is still to come."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    payload = await receive(
        graph, order, arrived("TEA", 5), arrived("TEA", 2, disposition="QUARANTINED", reason="Wet box"),
        arrived("TEA", 1, disposition="DAMAGED"), arrived("TEA", 2, disposition="REJECTED", reason="Wrong blend"),
    )  # fmt: skip
    found = await balance(graph, "TEA")
    assert found == {
        "onHand": "8", "reserved": "0", "quarantined": "2", "damaged": "1", "available": "5", "version": 1,
    }  # fmt: skip
    assert await received_of(graph, order) == [("8", "2", "2")]
    lines = payload["goodsReceipt"]["lines"]["nodes"]
    assert [(line["disposition"], line["quantity"], line["reason"]) for line in lines] == [
        ("ACCEPTED", "5", None), ("QUARANTINED", "2", "Wet box"), ("DAMAGED", "1", None), ("REJECTED", "2", "Wrong blend"),
    ]  # fmt: skip
    assert payload["goodsReceipt"]["netAmount"]["amount"] == "80"


async def test_what_is_all_rejected_leaves_the_order_sent(graph: GraphClient) -> None:
    """With a receipt that says so, and no movement."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 10, disposition="REJECTED"))
    assert (payload["purchaseOrder"]["status"], payload["goodsReceipt"]["status"]) == ("SENT", "POSTED")
    assert await balance(graph, "TEA", "version onOrder") == {"version": 0, "onOrder": "10"}


async def test_an_order_that_is_inspected_goes_to_quarantine_first(graph: GraphClient) -> None:
    """Whoever receives cannot pass the gate; a release afterwards makes it available."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", inspectOnReceipt=True)
    payload = await receive(graph, order, arrived("TEA", 6), arrived("TEA", 1, disposition="DAMAGED"))
    assert [line["disposition"] for line in payload["goodsReceipt"]["lines"]["nodes"]] == ["QUARANTINED", "DAMAGED"]
    found = await balance(graph, "TEA")
    assert (found["available"], found["quarantined"], found["damaged"]) == ("0", "6", "1")


async def test_goods_are_put_where_the_receipt_says(graph: GraphClient, tenant: GivenTenant) -> None:
    """A location of the order's warehouse."""
    await given_location(tenant, code="A-1", type="SHELF")
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 6, locationCode="A-1"))
    assert payload["goodsReceipt"]["lines"]["nodes"][0]["location"] == {"code": "A-1"}
    assert (await refused(graph, order, arrived("TEA", 1, locationCode="Z-9")))[:2] == (
        "NOT_FOUND", "lines.0.locationCode",
    )  # fmt: skip


# ---------------------------------------------------------------- too much
async def test_more_than_was_ordered_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Beyond what the tenant tolerates, which is nothing at first; over all receipts together."""
    order = await given_order(graph, wanted("TEA", 100), status="SENT")
    clerk = tenant.actor_as("stock_clerk")
    await receive(graph, order, arrived("TEA", 60), actor=clerk)
    code, path, message = await refused(graph, order, arrived("TEA", 20), arrived("TEA", 21), actor=clerk)
    assert (code, path) == ("FORBIDDEN", "lines.1.quantity")
    assert message.startswith("101 of TEA would have come where 100 were ordered; more than 0 % over")
    await graph.accepted("updateTenant", {"overReceiptPercent": "2.5"})
    await receive(graph, order, arrived("TEA", 42), actor=clerk)
    assert (await refused(graph, order, arrived("TEA", 1), actor=clerk))[0] == "FORBIDDEN"
    after = await receive(graph, order, arrived("TEA", 5))
    assert after["purchaseOrder"]["status"] == "RECEIVED"
    assert await received_of(graph, order) == [("107", "0", "0")]


async def test_nothing_is_left_to_receive_by_itself(graph: GraphClient) -> None:
    """What has all come is received again only by naming it."""
    order = await given_order(graph, wanted("TEA", 1), status="RECEIVED")
    given = {"idempotencyKey": "k", "purchaseOrderId": order["id"]}
    async with unchanged(graph.tenant):
        error = await graph.refusal("receivePurchaseOrder", given)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines"])


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("line", "code", "path"),
    [
        (arrived("SALT", 1), "NOT_FOUND", "lines.0.sku"),
        ({"quantity": "1"}, "INVALID_INPUT", "lines.0.sku"),
        ({"lineId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11", "quantity": "1"}, "NOT_FOUND", "lines.0.lineId"),
        (arrived("TEA", 0), "INVALID_INPUT", "lines.0.quantity"),
        (arrived("TEA", "0.5"), "INVALID_INPUT", "lines.0.quantity"),
        (arrived("TEA", 1, unit="KG"), "UNIT_MISMATCH", "lines.0.unit"),
        (arrived("TEA", 1, lotCode="A"), "INVALID_INPUT", "lines.0.lotCode"),
        (arrived("TEA", 1, serials=["A"]), "INVALID_INPUT", "lines.0.serials"),
        (arrived("TEA", 1, expiresOn="2030-01-01"), "INVALID_INPUT", "lines.0.expiresOn"),
        (arrived("TEA", 1, unitPrice={"amount": "1", "currency": "USD"}), "INVALID_INPUT", "lines.0.unitPrice.currency"),
        (arrived("TEA", 1, disposition="REJECTED", lotCode="A"), "INVALID_INPUT", "lines.0.disposition"),
        (arrived("TEA", 1, reason="x" * 1001), "INVALID_INPUT", "lines.0.reason"),
    ],
)  # fmt: skip
async def test_a_line_that_makes_no_sense_is_refused_where_it_stands(
    graph: GraphClient, line: dict[str, Any], code: str, path: str
) -> None:
    """And nothing of the whole receipt happens."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    assert (await refused(graph, order, line))[:2] == (code, path)
    good = arrived("TEA", 1, disposition="REJECTED")
    assert (await refused(graph, order, good, line))[1] == path.replace(".0.", ".1.")


async def test_a_sku_on_two_lines_is_named_by_line(graph: GraphClient) -> None:
    """Which of them came is not guessed."""
    order = await given_order(graph, wanted("TEA", 10, 5), wanted("TEA", 2, 0), status="SENT")
    assert (await refused(graph, order, arrived("TEA", 1)))[:2] == ("INVALID_INPUT", "lines.0.sku")
    free = order["lines"]["nodes"][1]["id"]
    await receive(graph, order, {"lineId": free, "quantity": "2"})
    assert await received_of(graph, order) == [("0", "0", "10"), ("2", "0", "0")]


async def test_what_came_long_ago_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two days are anybody's; what lies ahead has not come."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    clerk, now = tenant.actor_as("stock_clerk"), datetime.now(UTC)
    old, soon = ((now + timedelta(days=days)).isoformat() for days in (-3, 1))
    assert (await refused(graph, order, arrived("TEA", 1), occurredAt=old, actor=clerk))[:2] == (
        "FORBIDDEN",
        "occurredAt",
    )
    assert (await refused(graph, order, arrived("TEA", 1), occurredAt=soon))[:2] == ("INVALID_INPUT", "occurredAt")
    rejected = arrived("TEA", 1, disposition="REJECTED")
    assert (await refused(graph, order, rejected, occurredAt=soon))[:2] == ("INVALID_INPUT", "occurredAt")
    payload = await receive(graph, order, arrived("TEA", 1), occurredAt=old)
    assert datetime.fromisoformat(payload["goodsReceipt"]["receivedAt"]) == datetime.fromisoformat(old)


async def test_a_closed_warehouse_receives_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """Though it was open when the order was sent."""
    store = await given_warehouse(tenant)
    order = await given_order(graph, wanted("TEA", 10), status="SENT", warehouse={"code": store.code})
    await graph.accepted("archiveWarehouse", {"warehouse": {"code": store.code}})
    assert (await refused(graph, order, arrived("TEA", 1)))[:2] == ("INVALID_TRANSITION", "purchaseOrderId")


# ---------------------------------------------------------------- once
async def test_the_same_key_again_receives_nothing_more(graph: GraphClient) -> None:
    """The receipt of the first time; other lines under the same key are a mistake."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    first = await receive(graph, order, arrived("TEA", 4), idempotencyKey="once")
    async with unchanged(graph.tenant):
        again = await receive(graph, order, arrived("TEA", "4.0"), idempotencyKey="once")
    assert again == first | {"replayed": True}
    code, path, _ = await refused(graph, order, arrived("TEA", 5), idempotencyKey="once")
    assert (code, path) == ("IDEMPOTENCY_CONFLICT", "lines")


async def test_it_tells_of_receipt_stock_and_order(graph: GraphClient, tenant: GivenTenant) -> None:
    """In the order in which they follow from each other, with the names that treasury reads."""
    order = await given_order(graph, wanted("TEA", 4, 600, unit="BOX"), status="SENT")
    await forget_emitted(tenant)
    payload = await receive(
        graph, order, arrived("TEA", 18, unit="PIECE"), arrived("TEA", 1, disposition="REJECTED", reason="Wet"),
        deliveryNote="DN 7",
    )  # fmt: skip
    told = await emitted(tenant)
    assert [event.type for event in told] == [
        "inventory.stock.updated", "inventory.goods_receipt.created", "inventory.goods_receipt.posted",
        "inventory.purchase_order.updated",
    ]  # fmt: skip
    posted = told[2].payload
    assert str(told[2].aggregate_id) == payload["goodsReceipt"]["id"] == posted["goods_receipt_id"]
    names = (
        "gr_number",
        "grn_number",
        "po_number",
        "po_status",
        "currency",
        "received_amount",
        "delivery_note",
        "supplier_name",
    )
    assert {name: posted[name] for name in names} == {
        "gr_number": "GRN-000001", "grn_number": "GRN-000001", "po_number": "PO-000001", "po_status": "partially_received",
        "currency": "KES", "received_amount": "900", "delivery_note": "DN 7", "supplier_name": "Supplier ACME",
    }  # fmt: skip
    first, second = posted["lines"]
    in_lines = (
        "sku",
        "quantity_received",
        "quantity_accepted",
        "quantity_rejected",
        "stock_quantity",
        "unit_price",
        "unit_cost",
    )
    assert [first[name] for name in in_lines] == ["TEA", "1.5", "1.5", "0", "18", "600", "50"]
    assert [second[name] for name in in_lines] == ["TEA", "0", "0", "1", "12", "600", "50"]
    assert second["rejection_reason"] == "Wet"


async def test_what_comes_goes_to_who_waits(graph: GraphClient) -> None:
    """In the same transaction: a backorder is filled, and a dish that had run out can be made again."""
    waiting = await graph.accepted(
        "reserveStock",
        {"idempotencyKey": "w", "onShortage": "BACKORDER", "lines": [{"sku": "TEA", "quantity": "3"}], "expiresIn": "P7D"},
        "reservation { id }",
    )  # fmt: skip
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    await receive(graph, order, arrived("TEA", 5))
    data = await graph(
        'query($id: ID!) { reservation(id: $id) { lines { reserved backordered } } availability(skus: ["TEA"]) { available } }',
        {"id": waiting["reservation"]["id"]},
    )
    assert data == {
        "reservation": {"lines": [{"reserved": "3", "backordered": "0"}]}, "availability": [{"available": "2"}],
    }  # fmt: skip


async def test_on_order_falls_by_what_came(graph: GraphClient) -> None:
    """And is nothing once the order is closed."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 4))
    assert (await balance(graph, "TEA", "onOrder"))["onOrder"] == "6"
    await order_step(graph, "close", payload["purchaseOrder"])
    assert (await balance(graph, "TEA", "onOrder"))["onOrder"] == "0"


# ---------------------------------------------------------------- budgets
async def test_a_thousand_lines_are_received_in_twenty_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A hundred items ten times each, none of which was ever here: nothing is looked up line by line."""
    for number in range(100):
        await given_item(tenant, sku=f"I-{number}")
    order = await given_order(graph, *(wanted(f"I-{number % 100}", 1) for number in range(LINES_MAX)), status="SENT")
    given = {"idempotencyKey": "all", "purchaseOrderId": order["id"]}
    async with statements(database) as counted:
        payload = await graph.accepted("receivePurchaseOrder", given, "goodsReceipt { netAmount { amount } }")
    assert payload["goodsReceipt"]["netAmount"]["amount"] == "10000"
    counted.assert_at_most(20)
    assert (await balance(graph, "I-99"))["onHand"] == "10"
