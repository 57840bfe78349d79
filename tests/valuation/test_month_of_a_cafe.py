"""A month of a café in beans and money, by FIFO and by a moving average, against a table that was computed by hand.

| | what happens | FIFO: what it costs | worth | average: what it costs | worth |
|-|-|-|-|-|-|
| 1 | 10 kg come at 100, 10 kg at 130 | | 2300 | | 2300 |
| 2 | 12 kg are sold | 10 x 100 + 2 x 130 = 1260 | 1040 | 12 x 115 = 1380 | 920 |
| 3 | 2 kg of them come back | 2 x 105 = 210 | 1250 | 2 x 115 = 230 | 1150 |
| 4 | 150 of duty on the second delivery, 8 of 10 kg of which are there by FIFO, all 10 at an average | 120 and 30 sold | 1370 | 150 | 1300 |
| 5 | 4 kg leave for the second kitchen | 4 x 145 = 580 | 790 | 4 x 130 = 520 | 780 |
| 6 | they arrive there, with 20 of freight | 600 | 1390 | 540 | 1320 |
| 7 | 1 kg is sold there | 150 | 1240 | 135 | 1185 |
| 8 | 8 kg are sold here, of 6 that there are | 790 + 2 x 105 = 1000 | 240 | 8 x 130 = 1040 | 145 |
| 9 | 10 kg come at 140: the 2 kg cost 140 as well | 1400 - 70 | 1570 | 1400 - 20 | 1525 |

What was paid is 2300 + 150 + 20 + 1400 = 3870; what it is worth and what was sold add up to it.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.given.costs import clock, cost_of, given_landed, given_method, worth
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, receive, wanted
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, audited, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient

WORTH: Mapping[str, list[tuple[str, str]]] = {
    "FIFO": [
        ("2300", "0"), ("1040", "0"), ("1250", "0"), ("1370", "0"), ("790", "580"), ("1390", "0"), ("1240", "0"), ("240", "0"),
        ("1570", "0"),
    ],
    "AVERAGE": [
        ("2300", "0"), ("920", "0"), ("1150", "0"), ("1300", "0"), ("780", "520"), ("1320", "0"), ("1185", "0"), ("145", "0"),
        ("1525", "0"),
    ],
}  # fmt: skip
"""What lies in both kitchens and what is on its way, after each step."""

SOLD = {"FIFO": "2300", "AVERAGE": "2345"}
"""What was sold without what came back, with what was said later about its cost."""


class Cafe:
    """The café, its steps, and when each was over."""

    def __init__(self, graph: GraphClient, tenant: GivenTenant) -> None:
        self.graph = graph
        self.tenant = tenant
        self.seen: list[tuple[str, str]] = []
        self.times: list[datetime] = []

    async def over(self) -> None:
        self.seen.append(await worth(self.graph))
        self.times.append(await clock(self.tenant))

    async def buys(self, kilograms: str, price: str) -> dict[str, Any]:
        order = await given_order(self.graph, wanted("BEANS", kilograms, price), status="SENT")
        receipt: dict[str, Any] = (await receive(self.graph, order))["goodsReceipt"]
        return receipt

    async def sells(self, kilograms: str, order: str, code: str = "MAIN") -> None:
        await self.graph.accepted(
            "consumeStock",
            {
                "idempotencyKey": uuid4().hex, "orderId": order, "warehouse": {"code": code},
                "lines": [{"sku": "BEANS", "quantity": kilograms}],
            },
        )  # fmt: skip


async def the_month(cafe: Cafe) -> None:
    """The nine steps of the table."""
    graph, order = cafe.graph, str(uuid4())
    await cafe.buys("10", "100")
    second = await cafe.buys("10", "130")
    await cafe.over()
    await cafe.sells("12", order)
    await cafe.over()
    back = {"idempotencyKey": uuid4().hex, "orderId": order, "lines": [{"sku": "BEANS", "quantity": "2"}]}
    await graph.accepted("reverseConsumption", back)
    await cafe.over()
    await given_landed(graph, "150", second, description="Import duty")
    await cafe.over()
    transfer = await given_transfer(graph, going("BEANS", 4), status="SHIPPED")
    await cafe.over()
    await transfer_step(graph, "receiveTransfer", transfer)
    await given_landed(graph, "20", transferId=transfer["id"], description="Van")
    await cafe.over()
    await cafe.sells("1", str(uuid4()), STORE)
    await cafe.over()
    await cafe.sells("8", str(uuid4()))
    await cafe.over()
    await cafe.buys("10", "140")
    await cafe.over()


@pytest.mark.parametrize("method", WORTH)
async def test_the_month_is_what_the_table_says(graph: GraphClient, tenant: GivenTenant, method: str) -> None:
    """To the cent after each step, and again at the end as of the time when each was over."""
    await given_item(tenant, sku="BEANS", unit="KG")
    await given_acme(graph)
    await given_warehouse(tenant, code=STORE)
    await given_method(graph, method)
    await graph.accepted("updateTenant", {"allowNegative": True})
    cafe = Cafe(graph, tenant)
    await the_month(cafe)
    assert cafe.seen == WORTH[method]
    assert [await worth(graph, at) for at in cafe.times] == WORTH[method]
    assert await _sold(graph) == SOLD[method]
    fifo = method == "FIFO"
    assert await cost_of(graph, "BEANS") == ("8", "1120", [("8", "1120")] if fifo else [])
    assert await cost_of(graph, "BEANS", STORE) == (("3", "450", [("3", "450")]) if fifo else ("3", "405", []))
    assert await audited(tenant) == "nothing drifted"


async def _sold(graph: GraphClient) -> str:
    """What the movements of sales and returns say, and what was said about them later."""
    total = Decimal(0)
    for code in ("MAIN", STORE):
        query = """query($code: String!) { stockBalance(sku: "BEANS", warehouse: {code: $code}) {
          movements(first: 100) { nodes { kind valueChange { amount } } }
          costing { adjustments(first: 100) { nodes { issuedValue { amount } } } } } }"""
        found = (await graph(query, {"code": code}))["stockBalance"]
        moves = found["movements"]["nodes"]
        total -= sum(
            Decimal(each["valueChange"]["amount"]) for each in moves if each["kind"] in ("CONSUMPTION", "REVERSAL")
        )
        total += sum(Decimal(each["issuedValue"]["amount"]) for each in found["costing"]["adjustments"]["nodes"])
    return f"{total.normalize():f}"
