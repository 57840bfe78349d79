"""Receiving what was announced: its lots and pieces without typing them, and the notice in the same transaction."""

from fractions import Fraction
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.notices import announced, by_notice, given_notice, notice_now
from tests.given.purchases import GOODS, RECEIPT, arrived, given_acme, given_order, order_now, order_step, wanted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import balance, done

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12, MILK in lots, TILL by serial, and ACME who sells them."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


def of_order(order: dict[str, Any], notice: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A receipt of the order by its notice."""
    return {
        "idempotencyKey": f"receive {notice['number']}",
        "purchaseOrderId": order["id"],
        "advanceShippingNoticeId": notice["id"],
        **fields,
    }


async def refused(graph: GraphClient, verb: str, given: dict[str, Any]) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal(verb, given)
    return error["code"], ".".join(error["path"][1:]), error["message"]


async def test_an_order_is_received_as_announced(graph: GraphClient, tenant: GivenTenant) -> None:
    """With lots, dates, pieces and the delivery note; what was not announced stays outstanding."""
    order = await given_order(graph, wanted("TEA", 5, unit="BOX"), wanted("MILK", 10), wanted("TILL", 2), status="SENT")
    notice = await given_notice(
        graph, announced(order, 0, 2), announced(order, 1, 4, lotCode="A", expiresOn="2030-01-09"),
        announced(order, 1, 6, lotCode="B"), announced(order, 2, 2, serials=["T-1", "T-2"]), deliveryNote="9001",
    )  # fmt: skip
    await forget_emitted(tenant)
    payload = await graph.accepted(
        "receivePurchaseOrder", of_order(order, notice),
        "goodsReceipt { id number deliveryNote advanceShippingNotice { number status } lines { nodes { quantity disposition lotCode"
        " expiresOn serials } } } purchaseOrder { status lines { nodes { outstanding } } }",
    )  # fmt: skip
    receipt = payload["goodsReceipt"]
    assert [tuple(line.values()) for line in receipt["lines"]["nodes"]] == [
        ("24", "ACCEPTED", None, None, []), ("4", "ACCEPTED", "A", "2030-01-09", []), ("6", "ACCEPTED", "B", None, []),
        ("2", "ACCEPTED", None, None, ["T-1", "T-2"]),
    ]  # fmt: skip
    assert receipt["deliveryNote"] == "9001"
    assert receipt["advanceShippingNotice"] == {"number": "ASN-000001", "status": "RECEIVED"}
    assert payload["purchaseOrder"]["status"] == "PARTIALLY_RECEIVED"
    assert [line["outstanding"] for line in payload["purchaseOrder"]["lines"]["nodes"]] == ["36", "0", "0"]
    now = await notice_now(graph, notice)
    assert (now["status"], now["version"], now["resolvedBy"]) == ("RECEIVED", 2, tenant.actor.subject)
    assert now["goodsReceipt"] == {"id": receipt["id"], "number": "GRN-000001"}
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "advance_shipping_notice"]
    assert (event.type, event.aggregate_version) == ("inventory.advance_shipping_notice.received", 2)
    assert (event.payload["goods_receipt_id"], event.payload["status"]) == (receipt["id"], "received")


async def test_what_really_came_is_taken_as_it_is_said(graph: GraphClient) -> None:
    """Lines that are given are what came, less or other than announced; the notice is done all the same."""
    order = await given_order(graph, wanted("TEA", 50), wanted("MILK", 10), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 20), deliveryNote="9001")
    lines = [arrived("TEA", 3), arrived("TEA", 1, disposition="DAMAGED"), arrived("MILK", 2, lotCode="C")]
    payload = await graph.accepted(
        "receivePurchaseOrder",
        of_order(order, notice, lines=lines, deliveryNote="9002"),
        "goodsReceipt { deliveryNote lines { nodes { quantity disposition lotCode } } }",
    )
    receipt = payload["goodsReceipt"]
    assert [tuple(line.values()) for line in receipt["lines"]["nodes"]] == [
        ("3", "ACCEPTED", None), ("1", "DAMAGED", None), ("2", "ACCEPTED", "C"),
    ]  # fmt: skip
    assert receipt["deliveryNote"] == "9002"
    assert (await notice_now(graph, notice))["status"] == "RECEIVED"


async def test_a_delivery_of_several_orders_is_received_as_announced(graph: GraphClient, tenant: GivenTenant) -> None:
    """In the notice's warehouse, without naming it; each order takes its part."""
    store = await given_warehouse(tenant)
    here = {"warehouse": {"code": store.code}}
    first = await given_order(graph, wanted("TEA", 5, unit="BOX"), status="SENT", **here)
    second = await given_order(graph, wanted("TEA", 3), status="SENT", **here)
    notice = await given_notice(graph, announced(first, 0, 2), announced(second, 0, 3))
    receipt = (await graph.accepted("receiveGoods", by_notice(notice), GOODS))["goodsReceipt"]
    assert [(line["quantity"], line["orderLine"]["id"]) for line in receipt["lines"]["nodes"]] == [
        ("24", first["lines"]["nodes"][0]["id"]), ("3", second["lines"]["nodes"][0]["id"]),
    ]  # fmt: skip
    assert {each["number"]: each["status"] for each in receipt["purchaseOrders"]} == {
        "PO-000001": "PARTIALLY_RECEIVED", "PO-000002": "RECEIVED",
    }  # fmt: skip
    assert (await balance(graph, "TEA"))["onHand"] == "0"
    now = await notice_now(graph, notice)
    assert (now["status"], now["goodsReceipt"]["id"], now["warehouse"]["code"]) == (
        "RECEIVED", receipt["id"], store.code,
    )  # fmt: skip


async def test_what_is_announced_is_not_received_twice(graph: GraphClient) -> None:
    """Not by a second receipt, nor once it was called off."""
    order = await given_order(graph, wanted("TEA", 50), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 20))
    await graph.accepted("receivePurchaseOrder", of_order(order, notice))
    for verb, given in (
        ("receivePurchaseOrder", of_order(order, notice, idempotencyKey="again")),
        ("receivePurchaseOrder", of_order(order, notice, idempotencyKey="again", lines=[arrived("TEA", 1)])),
        ("receiveGoods", by_notice(notice)),
    ):
        code, path, message = await refused(graph, verb, given)
        assert (code, path) == ("INVALID_TRANSITION", "advanceShippingNoticeId")
        assert "ASN-000001 is RECEIVED;" in message


async def test_the_same_key_again_receives_nothing_more(graph: GraphClient) -> None:
    """By either verb."""
    order = await given_order(graph, wanted("TEA", 50), status="SENT")
    one, two = [await given_notice(graph, announced(order, 0, 1)) for _ in range(2)]
    receipt, delivery = of_order(order, one), by_notice(two)
    first = await graph.accepted("receivePurchaseOrder", receipt, RECEIPT)
    second = await graph.accepted("receiveGoods", delivery, GOODS)
    async with unchanged(graph.tenant):
        again = await graph.accepted("receivePurchaseOrder", receipt, "goodsReceipt { number }")
        assert again == {"goodsReceipt": {"number": first["goodsReceipt"]["number"]}, "errors": [], "replayed": True}
        again = await graph.accepted("receiveGoods", delivery, "goodsReceipt { number }")
        assert again["goodsReceipt"]["number"] == second["goodsReceipt"]["number"]


async def test_a_notice_that_does_not_fit_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """Unknown, of another order, of several, of another supplier, for another warehouse; and no lines without one."""
    await given_supplier(tenant, code="OTHER")
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    other = await given_order(graph, wanted("TEA", 5), status="SENT")
    notice = await given_notice(graph, announced(other, 0, 1))
    both = await given_notice(graph, announced(order, 0, 1), announced(other, 0, 1))
    store = await given_warehouse(tenant)
    path = "advanceShippingNoticeId"
    for verb, given, code, said in (
        ("receivePurchaseOrder", of_order(order, notice, **{path: UNKNOWN}), "NOT_FOUND", "no advance shipping notice"),
        ("receivePurchaseOrder", of_order(order, notice, **{path: "no id"}), "INVALID_INPUT", "id"),
        ("receivePurchaseOrder", of_order(order, notice), "INVALID_INPUT", "ASN-000001 is not of PO-000001"),
        ("receivePurchaseOrder", of_order(order, both), "INVALID_INPUT", "of 2 orders: receive it by receiveGoods"),
        ("receiveGoods", by_notice(both, supplierCode="OTHER"), "INVALID_INPUT", "of another supplier"),
        ("receiveGoods", by_notice(both, warehouse={"code": store.code}), "INVALID_INPUT", "for another warehouse"),
        ("receiveGoods", by_notice(both, **{path: UNKNOWN}), "NOT_FOUND", "no advance shipping notice"),
    ):
        found = await refused(graph, verb, given)
        assert found[:2] == (code, path)
        assert said in found[2]
    nothing = by_notice(both)
    del nothing[path]
    assert (await refused(graph, "receiveGoods", nothing))[:2] == ("INVALID_INPUT", "lines")


async def test_what_stock_refuses_leaves_the_notice_as_it_was(graph: GraphClient) -> None:
    """A lot that nobody named, a piece that is here already, more than is tolerated, an order that was closed."""
    order = await given_order(graph, wanted("MILK", 10), wanted("TILL", 2), wanted("TEA", 2), status="SENT")
    await done(graph, "receiveStock", {"lines": [{"sku": "TILL", "quantity": "1", "serials": ["T-1"]}]}, "replayed")
    for line, code, path in (
        (announced(order, 0, 4), "INVALID_INPUT", "lines.0.lotCode"),
        (announced(order, 1, 1, serials=["T-1"]), "SERIAL_NOT_AVAILABLE", "lines.0.serials"),
    ):
        notice = await given_notice(graph, line)
        assert (await refused(graph, "receivePurchaseOrder", of_order(order, notice)))[:2] == (code, path)
        assert await notice_now(graph, notice) == notice
    notice = await given_notice(graph, announced(order, 2, 9))
    clerk = graph.tenant.actor_as("stock_clerk")
    async with unchanged(graph.tenant):
        error = await graph.refusal("receivePurchaseOrder", of_order(order, notice), actor=clerk)
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["input", "lines", "0", "quantity"])
    await order_step(graph, "cancel", order)
    code, path, message = await refused(graph, "receiveGoods", by_notice(notice))
    assert (code, path) == ("INVALID_TRANSITION", "lines.0.purchaseOrderLineId")
    assert "PO-000001 is CANCELLED;" in message


async def test_a_receipt_that_was_wrong_has_its_notice_wait_again(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is received anew, by another receipt."""
    order = await given_order(graph, wanted("TEA", 50), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 20))
    wrong = (await graph.accepted("receivePurchaseOrder", of_order(order, notice), RECEIPT))["goodsReceipt"]
    await forget_emitted(tenant)
    reversal = {"idempotencyKey": "back", "goodsReceiptId": wrong["id"], "reason": "Miscounted"}
    payload = await graph.accepted("reverseGoodsReceipt", reversal, "goodsReceipt { advanceShippingNotice { id } }")
    assert payload["goodsReceipt"]["advanceShippingNotice"] is None
    assert await notice_now(graph, notice) == {**notice, "version": 3}
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "advance_shipping_notice"]
    assert (event.type, event.aggregate_version, event.payload["status"]) == (
        "inventory.advance_shipping_notice.reopened", 3, "announced",
    )  # fmt: skip
    given = of_order(order, notice, idempotencyKey="anew")
    right = (await graph.accepted("receivePurchaseOrder", given, RECEIPT))["goodsReceipt"]
    now = await notice_now(graph, notice)
    assert (now["status"], now["version"], now["goodsReceipt"]["id"]) == ("RECEIVED", 4, right["id"])
    assert (await order_now(graph, order))["lines"]["nodes"][0]["received"] == "20"


async def test_hundreds_of_announced_lots_take_as_many_statements_as_one(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """At most seven more than without a notice."""
    counts = []
    for many in (1, 200):
        order = await given_order(graph, wanted("MILK", many), status="SENT")
        lines = [announced(order, 0, 1, lotCode=f"L-{many}-{number}") for number in range(many)]
        notice = await given_notice(graph, *lines)
        async with statements(database) as counted:
            await graph.accepted("receivePurchaseOrder", of_order(order, notice))
        counts.append(len(counted))
        counted.assert_at_most(28)
    # The balance of the first receipt was new.
    assert counts[1] <= counts[0]
