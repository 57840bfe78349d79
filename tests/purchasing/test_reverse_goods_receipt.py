"""Reversing a goods receipt: what it brought leaves again, and the order waits for it as before."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import RECEIPT, arrived, given_acme, given_order, order_now, order_step, receive, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import balance, done


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, MILK in lots, TILL by serial, and ACME who sells them."""
    await given_item(tenant, sku="TEA")
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


def reversal(receipt: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"idempotencyKey": uuid4().hex, "goodsReceiptId": receipt["id"], "reason": "Miscounted", **fields}


async def refused(graph: GraphClient, receipt: dict[str, Any], **fields: Any) -> tuple[str, list[str], str]:
    """The refusal, which left nothing behind."""
    actor = fields.pop("actor", None)
    async with unchanged(graph.tenant):
        error = await graph.refusal("reverseGoodsReceipt", reversal(receipt, **fields), actor=actor)
    return error["code"], error["path"], error["message"]


async def test_a_wrong_receipt_leaves_as_it_came(graph: GraphClient, tenant: GivenTenant) -> None:
    """Out of every state, lot by lot, piece by piece, at its own cost: the average is what it was before."""
    first = await given_order(graph, wanted("TEA", 10, 4), status="SENT")
    await receive(graph, first)
    order = await given_order(graph, wanted("TEA", 11, 6), wanted("MILK", 5), wanted("TILL", 1), status="SENT")
    payload = await receive(
        graph, order, arrived("TEA", 8), arrived("TEA", 2, disposition="DAMAGED"), arrived("TEA", 1, disposition="REJECTED"),
        arrived("MILK", 5, lotCode="A"), arrived("TILL", 1, serials=["T-1"], disposition="QUARANTINED"),
    )  # fmt: skip
    receipt = payload["goodsReceipt"]
    assert payload["purchaseOrder"]["status"] == "PARTIALLY_RECEIVED"
    await forget_emitted(tenant)
    after = await graph.accepted("reverseGoodsReceipt", reversal(receipt), RECEIPT)
    assert (after["goodsReceipt"]["status"], after["goodsReceipt"]["reversedBy"]) == ("REVERSED", tenant.actor.subject)
    assert after["purchaseOrder"]["status"] == "SENT"
    lines = after["purchaseOrder"]["lines"]["nodes"]
    assert [(line["received"], line["rejected"], line["outstanding"]) for line in lines] == [
        ("0", "0", "11"), ("0", "0", "5"), ("0", "0", "1"),
    ]  # fmt: skip
    tea = await balance(graph, "TEA", "onHand damaged movements(first: 1) { nodes { kind note unitCost { amount } } }")
    assert (tea["onHand"], tea["damaged"]) == ("10", "0")
    assert tea["movements"]["nodes"] == [
        {"kind": "RECEIPT_REVERSAL", "note": "Miscounted", "unitCost": {"amount": "6"}}
    ]
    assert [(await balance(graph, sku))["onHand"] for sku in ("MILK", "TILL")] == ["0", "0"]
    assert (await graph("{ stockAudit { drifts { subject } } }"))["stockAudit"]["drifts"] == []
    told = [event.type for event in await emitted(tenant) if "stock" not in event.type]
    assert told == ["inventory.goods_receipt.reversed", "inventory.purchase_order.updated"]
    waste = await done(
        graph, "adjustStock", {"sku": "TEA", "delta": "-1", "reason": "WASTE"}, "movements { unitCost { amount } }"
    )
    assert waste["movements"] == [{"unitCost": {"amount": "4"}}]


async def test_what_is_reversed_can_be_received_again(graph: GraphClient) -> None:
    """As it should have been the first time; the pieces too."""
    order = await given_order(graph, wanted("TILL", 1), status="SENT")
    receipt = (await receive(graph, order, arrived("TILL", 1, serials=["T-1"])))["goodsReceipt"]
    await graph.accepted("reverseGoodsReceipt", reversal(receipt))
    again = await receive(graph, order, arrived("TILL", 1, serials=["T-1"]))
    assert (again["goodsReceipt"]["number"], again["purchaseOrder"]["status"]) == ("GRN-000002", "RECEIVED")


async def test_an_order_that_was_closed_stays_closed(graph: GraphClient) -> None:
    """Nobody expects what was given up."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 4))
    await order_step(graph, "close", payload["purchaseOrder"])
    await graph.accepted("reverseGoodsReceipt", reversal(payload["goodsReceipt"]))
    assert (await order_now(graph, order))["status"] == "CLOSED"
    assert await balance(graph, "TEA", "onHand onOrder") == {"onHand": "0", "onOrder": "0"}


async def test_a_receipt_is_reversed_once(graph: GraphClient) -> None:
    """The same key answers again, another is told that it is done."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    receipt = (await receive(graph, order))["goodsReceipt"]
    first = await graph.accepted("reverseGoodsReceipt", reversal(receipt, idempotencyKey="once"), RECEIPT)
    async with unchanged(graph.tenant):
        again = await graph.accepted("reverseGoodsReceipt", reversal(receipt, idempotencyKey="once"), RECEIPT)
    assert again == first | {"replayed": True}
    code, path, message = await refused(graph, receipt)
    assert (code, path) == ("INVALID_TRANSITION", ["input", "goodsReceiptId"])
    assert message.startswith("GRN-000001 was reversed by ")


async def test_what_is_gone_cannot_be_taken_back(graph: GraphClient) -> None:
    """All or nothing: the line that is still there stays, too."""
    order = await given_order(graph, wanted("TEA", 10), wanted("MILK", 5), status="SENT")
    receipt = (await receive(graph, order, arrived("TEA", 10), arrived("MILK", 5, lotCode="A")))["goodsReceipt"]
    await done(graph, "adjustStock", {"sku": "MILK", "delta": "-1", "reason": "WASTE"})
    code, _, message = await refused(graph, receipt)
    assert code == "INSUFFICIENT_STOCK"
    assert "5 of MILK were asked but 4 are" in message


async def test_reversing_takes_a_permission_a_receipt_and_a_reason(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who receives does not undo; what another tenant has does not exist."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    receipt = (await receive(graph, order))["goodsReceipt"]
    assert (await refused(graph, receipt, actor=tenant.actor_as("stock_clerk")))[0] == "FORBIDDEN"
    assert (await refused(graph, receipt, actor=tenant.actor_at()))[0] == "FORBIDDEN"
    assert (await refused(graph, {"id": str(uuid4())}))[:2] == ("NOT_FOUND", ["input", "goodsReceiptId"])
    for reason in ("", " ", "x" * 1001):
        assert (await refused(graph, receipt, reason=reason))[:2] == ("INVALID_INPUT", ["input", "reason"])
