"""Two at once: whatever the order in which they come, stock, receipts and order tell the same story."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.purchases import arrived, given_acme, given_order, order_now, receive, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance

ROUNDS = 6


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def sent(graph: GraphClient, mutation: str, given: dict[str, Any], actor: Any = None) -> list[str]:
    """The codes of what was refused; empty for what was done."""
    payload = await graph.payload(mutation, given, actor=actor)
    return [error["code"] for error in payload["errors"]]


def receipt_of(order: dict[str, Any], quantity: int, key: str | None = None) -> dict[str, Any]:
    return {
        "idempotencyKey": key or uuid4().hex, "purchaseOrderId": order["id"], "lines": [arrived("TEA", quantity)],
    }  # fmt: skip


async def assert_adds_up(graph: GraphClient, order: dict[str, Any], on_hand: int) -> None:
    """Stock is what the order says came, less nothing; the audit agrees."""
    assert (await balance(graph, "TEA"))["onHand"] == str(on_hand)
    assert (await graph("{ stockAudit { drifts { subject } } }"))["stockAudit"]["drifts"] == []
    select = "purchaseOrder { version history { version } }"
    read = await order_now(graph, order, select)
    assert [step["version"] for step in read["history"]] == list(range(read["version"], 0, -1))


async def test_receipts_at_once_all_count(graph: GraphClient) -> None:
    """Twelve clerks at twelve doors: nothing is lost and no number comes twice."""
    order = await given_order(graph, wanted("TEA", 12), status="SENT")
    payloads = await asyncio.gather(*(receive(graph, order, arrived("TEA", 1)) for _ in range(12)))
    numbers = sorted(payload["goodsReceipt"]["number"] for payload in payloads)
    assert numbers == [f"GRN-{number:06}" for number in range(1, 13)]
    after = await order_now(graph, order)
    assert (after["status"], after["lines"]["nodes"][0]["received"]) == ("RECEIVED", "12")
    await assert_adds_up(graph, order, 12)


async def test_more_than_is_tolerated_never_comes_however_it_is_split(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of ten clerks who each bring three of ten ordered, three are let in."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    clerk = tenant.actor_as("stock_clerk")
    answers = await asyncio.gather(
        *(sent(graph, "receivePurchaseOrder", receipt_of(order, 3), clerk) for _ in range(10))
    )
    assert sorted(answers) == [[]] * 3 + [["FORBIDDEN"]] * 7
    await assert_adds_up(graph, order, 9)


async def test_the_same_receipt_sent_at_once_happens_once(graph: GraphClient) -> None:
    """A double click, a retry that overtakes."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT")
    given = receipt_of(order, 4, "once")
    answers = await asyncio.gather(*(sent(graph, "receivePurchaseOrder", given) for _ in range(8)))
    assert answers == [[]] * 8
    await assert_adds_up(graph, order, 4)


async def test_cancelling_while_goods_arrive_is_one_or_the_other(graph: GraphClient) -> None:
    """An order of which something came is not cancelled, and of a cancelled one nothing comes."""
    came = 0
    for number in range(ROUNDS):
        order = await given_order(graph, wanted("TEA", 5), status="SENT")
        both = [
            sent(graph, "receivePurchaseOrder", receipt_of(order, 5)),
            sent(graph, "cancelPurchaseOrder", {"purchaseOrderId": order["id"]}),
        ]
        answers = await asyncio.gather(*(both if number % 2 else reversed(both)))
        assert sorted(answers) == [[], ["INVALID_TRANSITION"]]
        status = (await order_now(graph, order))["status"]
        assert status in {"RECEIVED", "CANCELLED"}
        came += 5 if status == "RECEIVED" else 0
        await assert_adds_up(graph, order, came)


async def test_reversing_while_more_arrives_keeps_both(graph: GraphClient) -> None:
    """What is taken back and what comes are told apart, whoever is first."""
    total = Decimal(0)
    for _ in range(ROUNDS):
        order = await given_order(graph, wanted("TEA", 10), status="SENT")
        first = (await receive(graph, order, arrived("TEA", 4)))["goodsReceipt"]
        reversal = {"idempotencyKey": uuid4().hex, "goodsReceiptId": first["id"], "reason": "Miscounted"}
        answers = await asyncio.gather(
            sent(graph, "reverseGoodsReceipt", reversal), sent(graph, "receivePurchaseOrder", receipt_of(order, 3))
        )
        assert list(answers) == [[], []]
        total += 3
        after = await order_now(graph, order)
        assert (after["status"], after["lines"]["nodes"][0]["received"]) == ("PARTIALLY_RECEIVED", "3")
        await assert_adds_up(graph, order, int(total))


async def test_orders_of_the_same_goods_do_not_lock_each_other_out(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lines in opposite orders: the balances are locked in one order whatever the lines say."""
    await given_item(tenant, sku="SALT")
    one = await given_order(graph, wanted("TEA", 50), wanted("SALT", 50), status="SENT")
    other = await given_order(graph, wanted("SALT", 50), wanted("TEA", 50), status="SENT")
    await asyncio.gather(
        *(receive(graph, one, arrived("TEA", 1), arrived("SALT", 1)) for _ in range(8)),
        *(receive(graph, other, arrived("SALT", 1), arrived("TEA", 1)) for _ in range(8)),
    )
    assert [(await balance(graph, sku))["onHand"] for sku in ("TEA", "SALT")] == ["16", "16"]
