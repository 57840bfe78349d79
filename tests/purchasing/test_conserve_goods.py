"""Random steps of many at once: whatever was refused and whatever was done, goods and money add up at the end."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_now, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

SEED = 20_261_128
STEPS = 300
TASKS = 8
ORDERS = 3
SKUS = ("TEA", "SALT", "RICE")
DISPOSITIONS = ("ACCEPTED", "ACCEPTED", "QUARANTINED", "DAMAGED", "REJECTED")
EXPECTED = {"INVALID_TRANSITION", "INSUFFICIENT_STOCK", "INVALID_INPUT"}
"""What a step may be refused with, and why: another was first, what came is gone, or nothing is left."""

_STOCK = """
SELECT variants.sku, balances.on_hand, coalesce(sum(movements.value_change), 0) AS value FROM balances
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
LEFT JOIN movements ON movements.tenant_id = $1 AND movements.balance_id = balances.id
WHERE balances.tenant_id = $1 GROUP BY variants.sku, balances.on_hand
"""
_CAME = """
SELECT line.purchase_order_line_id, variants.sku,
  sum(line.quantity) FILTER (WHERE line.disposition <> 'REJECTED') AS let_in,
  sum(line.quantity) FILTER (WHERE line.disposition = 'REJECTED') AS rejected,
  sum(line.quantity * line.unit_cost) FILTER (WHERE line.disposition <> 'REJECTED') AS cost
FROM goods_receipt_lines AS line
JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = line.goods_receipt_id AND receipt.status = 'POSTED'
JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
WHERE line.tenant_id = $1 GROUP BY line.purchase_order_line_id, variants.sku
"""


class Storm:
    """What many do to a few orders: receive, reverse, cancel, close, and now and then order anew."""

    def __init__(self, graph: GraphClient, orders: list[dict[str, Any]]) -> None:
        self.graph = graph
        self.orders = orders
        self.everything = list(orders)
        self.receipts: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.chance = random.Random(SEED)

    async def run(self) -> None:
        async def task(steps: int) -> None:
            for _ in range(steps):
                await self.step()

        await asyncio.gather(*(task(STEPS // TASKS) for _ in range(TASKS)))

    async def step(self) -> None:
        place = self.chance.randrange(len(self.orders))
        match self.chance.random():
            case roll if roll < 0.65:
                await self.receive(self.orders[place])
            case roll if roll < 0.85 and self.receipts:
                reversal = {"goodsReceiptId": self.chance.choice(self.receipts), "reason": "Miscounted"}
                await self.send("reverseGoodsReceipt", {"idempotencyKey": uuid4().hex, **reversal})
            case _:
                verb = self.chance.choice(("cancelPurchaseOrder", "closePurchaseOrder"))
                payload = await self.send(verb, {"purchaseOrderId": self.orders[place]["id"]})
                if not payload["errors"]:
                    self.orders[place] = await new_order(self.graph)
                    self.everything.append(self.orders[place])

    async def receive(self, order: Mapping[str, Any]) -> None:
        lines = [
            {
                "lineId": self.chance.choice(order["lines"]["nodes"])["id"],
                "quantity": str(self.chance.randint(1, 4)),
                "disposition": self.chance.choice(DISPOSITIONS),
            }
            for _ in range(self.chance.randint(1, 4))
        ]
        given = {"idempotencyKey": uuid4().hex, "purchaseOrderId": order["id"], "lines": lines}
        payload = await self.send("receivePurchaseOrder", given, "goodsReceipt { id }")
        if payload["goodsReceipt"] is not None:
            self.receipts.append(payload["goodsReceipt"]["id"])

    async def send(self, mutation: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
        payload = await self.graph.payload(mutation, given, select)
        for error in payload["errors"]:
            assert error["code"] in EXPECTED, error
            self.outcomes[f"{mutation} {error['code']}"] += 1
        if not payload["errors"]:
            self.outcomes[mutation] += 1
        return payload


async def new_order(graph: GraphClient) -> dict[str, Any]:
    """Each SKU twice, at another price each time."""
    lines = [wanted(sku, 10, price) for price in (3, 5) for sku in SKUS]
    return await given_order(graph, *lines, status="SENT")


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """Three goods, and ACME who sells them."""
    for sku in SKUS:
        await given_item(tenant, sku=sku)
    await given_acme(graph)


async def test_goods_and_money_add_up_after_a_storm(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of every line what came is what its standing receipts say; stock is the sum of it, and its value their cost."""
    storm = Storm(graph, [await new_order(graph) for _ in range(ORDERS)])
    await storm.run()
    assert (
        min(storm.outcomes[name] for name in ("receivePurchaseOrder", "reverseGoodsReceipt", "closePurchaseOrder")) > 5
    )
    async with tenant.database.read(tenant.actor) as tx:
        came = {row["purchase_order_line_id"]: row for row in await tx.raw.fetch(_CAME, tenant.id)}
        stock = {row["sku"]: row for row in await tx.raw.fetch(_STOCK, tenant.id)}
    for order in storm.everything:
        await assert_follows(graph, order, came)
    for sku in SKUS:
        rows = [row for row in came.values() if row["sku"] == sku]
        assert stock[sku]["on_hand"] == sum((row["let_in"] or 0 for row in rows), Decimal(0))
        cost = sum((row["cost"] or 0 for row in rows), Decimal(0))
        # Each movement rounds the average to ten decimals.
        assert abs(stock[sku]["value"] - cost) < Decimal("0.000001")
    assert (await graph("{ stockAudit { drifts { subject } } }"))["stockAudit"]["drifts"] == []


async def assert_follows(graph: GraphClient, order: Mapping[str, Any], came: Mapping[Any, Any]) -> None:
    """The order says of each line what its receipts do, is in the state that follows, and has a version for each step."""
    select = "purchaseOrder { status version history { version } lines { nodes { id received rejected outstanding } } }"
    read = await order_now(graph, order, select)
    by_line = {str(line_id): row for line_id, row in came.items()}
    for line in read["lines"]["nodes"]:
        row = by_line.get(line["id"])
        let_in, rejected = (row["let_in"] or 0, row["rejected"] or 0) if row is not None else (0, 0)
        assert (Decimal(line["received"]), Decimal(line["rejected"])) == (let_in, rejected)
    has_come = any(line["received"] != "0" for line in read["lines"]["nodes"])
    is_all_there = all(line["outstanding"] == "0" for line in read["lines"]["nodes"])
    expected = {(False, False): "SENT", (True, False): "PARTIALLY_RECEIVED", (True, True): "RECEIVED"}
    assert read["status"] in {expected[has_come, is_all_there], "CLOSED", *(() if has_come else ("CANCELLED",))}
    assert [step["version"] for step in read["history"]] == list(range(read["version"], 0, -1))
