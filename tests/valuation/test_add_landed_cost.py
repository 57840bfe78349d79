"""Costs put on what arrived: spread to the last cent, also after a part was sold, and never lost."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.costs import LANDED, cost_of, given_landed, given_method, landing
from tests.given.items import given_item
from tests.given.purchases import RECEIPT, arrived, given_acme, given_order, receive, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.transfers import STORE, audited, given_transfer, going, of_line, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import done


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA and RICE by the piece, and ACME who sells them."""
    await given_item(tenant, sku="TEA")
    await given_item(tenant, sku="RICE")
    await given_acme(graph)


async def given_receipt(graph: GraphClient, *lines: dict[str, Any]) -> dict[str, Any]:
    """What an order of these lines brought."""
    order = await given_order(graph, *lines, status="SENT")
    receipt: dict[str, Any] = (await receive(graph, order))["goodsReceipt"]
    return receipt


async def refused(graph: GraphClient, amount: str, /, *receipts: Any, **fields: Any) -> tuple[str, list[str], str]:
    """The refusal, which left nothing behind."""
    actor = fields.pop("actor", None)
    async with unchanged(graph.tenant):
        error = await graph.refusal("addLandedCost", landing(amount, *receipts, **fields), actor=actor)
    return error["code"], error["path"], error["message"]


def shares(landed: dict[str, Any]) -> list[str]:
    return [each["valueChange"]["amount"] for each in landed["lines"]["nodes"]]


@pytest.mark.parametrize(
    ("by", "measures", "tea", "rice"),
    [
        # 3 pieces worth 30 and 4 worth 20: 60 and 40 of 100.
        ("VALUE", None, "60", "40"),
        # 3 of 7 of 100 are 42.857…, 4 of 7 are 57.142…: the larger remainder takes the cent.
        ("COUNT", None, "42.86", "57.14"),
        # 3 x 1 and 4 x 0.5 of 5.
        ("WEIGHT", ["1", "0.5"], "60", "40"),
        ("VOLUME", ["0", "2"], "0", "100"),
    ],
)
async def test_a_cost_is_spread_to_the_last_cent(
    graph: GraphClient, tenant: GivenTenant, by: str, measures: list[str] | None, tea: str, rice: str
) -> None:
    """By value, count, weight or volume."""
    await given_method(graph, "FIFO")
    receipt = await given_receipt(graph, wanted("TEA", 3, 10), wanted("RICE", 4, 5))
    await forget_emitted(tenant)
    measured = (
        [{"sku": sku, "perUnit": each} for sku, each in zip(("TEA", "RICE"), measures, strict=True)]
        if measures
        else None
    )
    landed = await given_landed(graph, "100", receipt, by=by, measures=measured)
    assert shares(landed) == [tea, rice]
    assert (landed["number"], landed["kind"], landed["by"]) == ("LC-000001", "LANDED_COST", by)
    assert (landed["stockValue"], landed["issuedValue"]) == ({"amount": "100"}, {"amount": "0"})
    assert [each["referenceId"] for each in landed["lines"]["nodes"]] == [receipt["id"]] * 2
    assert (await cost_of(graph, "TEA"))[1] == f"{30 + float(tea):g}"
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["stock_value"]) == ("inventory.cost.allocated", "100")
    assert [line["amount"] for line in event.payload["lines"]] == [tea, rice]
    assert await audited(tenant) == "nothing drifted"


@pytest.mark.parametrize("method", ["FIFO", "AVERAGE"])
async def test_a_late_cost_of_what_was_sold_is_cost_of_goods(
    graph: GraphClient, tenant: GivenTenant, method: str
) -> None:
    """Ten came, four are sold: of 10 of freight 6 make stock worth more, 4 are cost of goods, and no movement is rewritten."""
    await given_method(graph, method)
    receipt = await given_receipt(graph, wanted("TEA", 10, 5))
    await done(graph, "adjustStock", {"sku": "TEA", "delta": "-4", "reason": "WASTE"})
    landed = await given_landed(graph, "10", receipt)
    assert (landed["stockValue"], landed["issuedValue"]) == ({"amount": "6"}, {"amount": "4"})
    assert await cost_of(graph, "TEA") == ("6", "36", [("6", "36")] if method == "FIFO" else [])
    query = """{ stockBalance(sku: "TEA") { version costing { unitCost { amount } } movements { nodes {
      kind unitCost { amount } valueChange { amount } costAdjustments { kind valueChange { amount } issuedValue { amount } } } } } }"""
    seen = (await graph(query))["stockBalance"]
    assert (seen["version"], seen["costing"]["unitCost"]) == (2, {"amount": "6"})
    sold, came = seen["movements"]["nodes"]
    assert (sold["valueChange"], came["valueChange"]) == ({"amount": "-20"}, {"amount": "50"})
    assert came["costAdjustments"] == [
        {"kind": "LANDED_COST", "valueChange": {"amount": "6"}, "issuedValue": {"amount": "4"}}
    ]
    assert await audited(tenant) == "nothing drifted"


async def test_a_third_of_a_cost_is_not_lost(graph: GraphClient, tenant: GivenTenant) -> None:
    """10 on three pieces at an average: what ten decimals cannot tell is told as of what left, and both are 10."""
    receipt = await given_receipt(graph, wanted("TEA", 3, 5))
    landed = await given_landed(graph, "10", receipt)
    assert landed["stockValue"]["amount"] == "9.9999999999"
    assert landed["issuedValue"]["amount"] == "0.0000000001"
    assert await audited(tenant) == "nothing drifted"


async def test_a_cost_in_another_currency_is_kept_at_its_rate(graph: GraphClient) -> None:
    """9.99 dollars at 129.5 are 1293.705 shillings, which are paid as 1293.71."""
    receipt = await given_receipt(graph, wanted("TEA", 1, 5))
    landed = await given_landed(graph, "0", receipt, amount={"amount": "9.99", "currency": "USD"}, exchangeRate="129.5")
    assert (landed["costAmount"], landed["exchangeRate"]) == ({"amount": "1293.71", "currency": "KES"}, "129.5")


async def test_one_cost_may_be_of_several_receipts(graph: GraphClient) -> None:
    """A container with two deliveries."""
    receipts = [await given_receipt(graph, wanted("TEA", 1, 10)), await given_receipt(graph, wanted("TEA", 3, 10))]
    landed = await given_landed(graph, "40", *receipts)
    assert sorted(shares(landed)) == ["10", "30"]
    assert (await cost_of(graph, "TEA"))[1] == "80"


@pytest.mark.parametrize("method", ["FIFO", "AVERAGE"])
async def test_freight_is_put_on_what_arrived(graph: GraphClient, tenant: GivenTenant, method: str) -> None:
    """Of ten on their way six have arrived: all of it is theirs."""
    await given_method(graph, method)
    await given_warehouse(tenant, code=STORE)
    await given_stock(tenant, "TEA", "10", unit_cost="4")
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    nothing = await refused(graph, "12", transferId=transfer["id"])
    assert nothing == (
        "INVALID_INPUT",
        ["input", "transferId"],
        "Nothing of it has come into stock that a cost could be put on.",
    )
    await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 6)])
    landed = await given_landed(graph, "12", transferId=transfer["id"], by="COUNT")
    assert (landed["kind"], landed["stockValue"]) == ("FREIGHT", {"amount": "12"})
    assert (await cost_of(graph, "TEA", STORE))[1] == "36"
    assert await audited(tenant) == "nothing drifted"


@pytest.mark.parametrize("method", ["FIFO", "AVERAGE"])
async def test_a_receipt_that_carries_a_cost_is_not_reversed_before_it_is_taken_back(
    graph: GraphClient, tenant: GivenTenant, method: str
) -> None:
    """The cost would stay behind without its goods. A negative amount takes it back."""
    await given_method(graph, method)
    await given_stock(tenant, "TEA", "5", unit_cost="2")
    receipt = await given_receipt(graph, wanted("TEA", 10, 5))
    await given_landed(graph, "10", receipt)
    reversal = {"idempotencyKey": uuid4().hex, "goodsReceiptId": receipt["id"], "reason": "Wrong"}
    async with unchanged(tenant):
        error = await graph.refusal("reverseGoodsReceipt", reversal)
    assert (error["code"], error["path"]) == (
        "INVALID_TRANSITION", ["input", "goodsReceiptId"],
    )  # fmt: skip
    assert "carries 10 of landed cost" in error["message"]
    await given_landed(graph, "-10", receipt)
    await graph.accepted("reverseGoodsReceipt", reversal, RECEIPT)
    assert (await cost_of(graph, "TEA"))[:2] == ("5", "10")
    assert await refused(graph, "10", receipt) == (
        "INVALID_TRANSITION", ["input", "goodsReceiptIds", "0"], f"{receipt['number']} was reversed: what it brought is not here.",
    )  # fmt: skip
    assert await audited(tenant) == "nothing drifted"


async def test_a_replay_adds_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """The same key and arguments: the same landed cost; other arguments are a conflict."""
    receipt = await given_receipt(graph, wanted("TEA", 1, 5))
    given = landing("10", receipt)
    first = await graph.accepted("addLandedCost", given, LANDED)
    async with unchanged(tenant):
        again = await graph.accepted("addLandedCost", given, LANDED)
        error = await graph.refusal("addLandedCost", {**given, "by": "COUNT"})
    assert (again["replayed"], again["landedCost"]) == (True, first["landedCost"])
    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await cost_of(graph, "TEA"))[1] == "15"


async def test_what_makes_no_sense_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """And leaves nothing behind."""
    receipt = await given_receipt(graph, wanted("TEA", 2, 5), wanted("RICE", 2, 5))
    elsewhere = str(uuid4())
    assert await refused(graph, "10") == (
        "INVALID_INPUT", ["input", "goodsReceiptIds"], "Name goodsReceiptIds or a transferId, and one of the two only.",
    )  # fmt: skip
    cases: list[tuple[tuple[Any, ...], dict[str, Any], str, str]] = [
        (("10", receipt), {"transferId": elsewhere}, "INVALID_INPUT", "goodsReceiptIds"),
        (("10", {"id": elsewhere}), {}, "NOT_FOUND", "goodsReceiptIds.0"),
        (("10",), {"transferId": elsewhere}, "NOT_FOUND", "transferId"),
        (("0", receipt), {}, "INVALID_INPUT", "amount.amount"),
        (("0.001", receipt), {}, "INVALID_INPUT", "amount.amount"),
        (("-20.01", receipt), {}, "INVALID_INPUT", "amount"),
        (("10", receipt), {"exchangeRate": "2"}, "INVALID_INPUT", "exchangeRate"),
        (("0", receipt), {"amount": {"amount": "1", "currency": "USD"}}, "INVALID_INPUT", "exchangeRate"),
        (("10", receipt), {"by": "WEIGHT"}, "INVALID_INPUT", "measures"),
        (("10", receipt), {"measures": [{"sku": "TEA", "perUnit": "1"}]}, "INVALID_INPUT", "measures"),
        (("10", receipt), {"description": " "}, "INVALID_INPUT", "description"),
    ]
    for arguments, fields, code, path in cases:
        found = await refused(graph, *arguments, **fields)
        assert (found[0], ".".join(found[1][1:])) == (code, path), found


async def test_whoever_may_not_purchase_adds_no_cost(graph: GraphClient, tenant: GivenTenant) -> None:
    """Receiving is not enough; nor is another tenant's permission."""
    receipt = await given_receipt(graph, wanted("TEA", 1, 5))
    clerk = tenant.actor_with("inventory.stock.add", "inventory.stock.view")
    assert (await refused(graph, "10", receipt, actor=clerk))[0] == "FORBIDDEN"
    elsewhere = tenant.actor_at(uuid4())
    assert (await refused(graph, "10", receipt, actor=elsewhere))[0] == "FORBIDDEN"
    other = await given_tenant(tenant.database)
    assert (await refused(graph, "10", receipt, actor=other.actor))[0] == "NOT_FOUND"
    landed = await given_landed(graph, "10", receipt)
    query = "query($id: ID!) { landedCost(id: $id) { number } landedCosts { totalCount nodes { number } } }"
    assert (await graph(query, {"id": landed["id"]}))["landedCosts"] == {
        "totalCount": 1,
        "nodes": [{"number": "LC-000001"}],
    }
    assert await graph(query, {"id": landed["id"]}, actor=other.actor) == {
        "landedCost": None, "landedCosts": {"totalCount": 0, "nodes": []},
    }  # fmt: skip


async def test_what_was_rejected_carries_nothing(graph: GraphClient) -> None:
    """It never came in."""
    order = await given_order(graph, wanted("TEA", 4, 5), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 3), arrived("TEA", 1, disposition="REJECTED"))
    landed = await given_landed(graph, "9", payload["goodsReceipt"])
    assert shares(landed) == ["9"]


@pytest.mark.parametrize("method", ["FIFO", "AVERAGE"])
async def test_costs_sales_and_receipts_at_once_lose_nothing(
    graph: GraphClient, tenant: GivenTenant, method: str
) -> None:
    """What was paid, 100 + 40 + 5 x 1, is what it is worth and what left, however they came one after the other."""
    await given_method(graph, method)
    receipt = await given_receipt(graph, wanted("TEA", 10, 10))
    await asyncio.gather(
        *(given_landed(graph, "1", receipt) for _ in range(5)),
        *(done(graph, "adjustStock", {"sku": "TEA", "delta": "-1", "reason": "WASTE"}) for _ in range(8)),
        *(given_stock(tenant, "TEA", "1", unit_cost="10") for _ in range(4)),
    )
    query = """{ stockBalance(sku: "TEA") { onHand costing { value { amount } adjustments { nodes { issuedValue { amount } } } }
      movements(first: 100) { nodes { valueChange { amount } } } } }"""
    seen = (await graph(query))["stockBalance"]
    moved = [Decimal(each["valueChange"]["amount"]) for each in seen["movements"]["nodes"]]
    left = -sum((each for each in moved if each < 0), Decimal(0))
    left += sum(Decimal(each["issuedValue"]["amount"]) for each in seen["costing"]["adjustments"]["nodes"])
    assert seen["onHand"] == "6"
    assert round(Decimal(seen["costing"]["value"]["amount"]) + left, 6) == 145
    assert await audited(tenant) == "nothing drifted"
