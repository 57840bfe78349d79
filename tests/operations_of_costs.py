"""Requests about what stock costs and is worth."""

from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, mutation, query
from tests.operations_of_purchasing import received_order


async def _landing(world: World) -> dict[str, Any]:
    receipt = await world.made("receivePurchaseOrder", await received_order(world), "goodsReceipt")
    return {
        "goodsReceiptIds": [receipt], "amount": {"amount": "10.5", "currency": "KES"}, "exchangeRate": "1", "by": "WEIGHT",
        "measures": [{"sku": world.code("BREAD"), "perUnit": "0.5"}], "description": world.text("Freight"),
        "idempotencyKey": world.key(),
    }  # fmt: skip


COSTS = (
    query("landedCost", lambda w: {"id": w.ids["landed cost"]}, label="by id"),
    query("landedCosts", lambda w: {"first": 5, "documentId": w.ids["goods receipt"]}),
    query("landedCosts", lambda _: {"first": 5}, OWN, label="of anything"),
    query("valuation", lambda _: {"by": "CATEGORY"}, OWN, label="now"),
    query(
        "valuation",
        lambda w: {
            "at": "2999-01-01T00:00:00Z", "warehouse": {"code": w.code("MAIN")}, "categorySlug": w.code("food"), "by": "ITEM",
        },
        label="then",
    ),
    mutation("addLandedCost", _landing),
)  # fmt: skip
