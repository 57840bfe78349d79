"""Sending goods back to their supplier: out of stock at the cost they came with, credited, or kept after all."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.actor import Actor
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import (
    SUPPLIER,
    arrived,
    given_acme,
    given_order,
    order_now,
    receive,
    receive_goods,
    wanted,
)
from tests.given.returns import RETURN, back, came, goods, return_of, return_step, sent_back
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import balance, done

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, MILK in lots, TILL by serial, and ACME who sells them."""
    await given_item(tenant, sku="TEA")
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


async def refused(
    graph: GraphClient, verb: str, request: dict[str, Any], *, actor: Actor | None = None
) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal(verb, request, actor=actor)
    return error["code"], ".".join(error["path"][1:]), error["message"]


# ---------------------------------------------------------------- back
async def test_goods_go_back_at_the_cost_they_came_with(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whatever has come since: the average is what it would be had they never come; the ledger says whose return it was."""
    opening = {"sku": "TEA", "quantity": "10", "unitCost": {"amount": "4", "currency": "KES"}}
    await done(graph, "receiveStock", {"lines": [opening]})
    order = await given_order(graph, wanted("TEA", 10, 6), status="SENT")
    payload = await receive(graph, order, arrived("TEA", 8), arrived("TEA", 2, disposition="DAMAGED"))
    good, broken = await lines_of(graph, payload["goodsReceipt"]["id"])
    await forget_emitted(tenant)
    after = await sent_back(graph, back(good, 3), back(broken, 2), reference="RMA 1")
    assert (after["number"], after["status"], after["netAmount"]) == (
        "SR-000001", "SHIPPED", {"amount": "30", "currency": "KES"},
    )  # fmt: skip
    assert after["goodsReceipt"] == {"number": "GRN-000001"}
    assert [(line["quantity"], line["fromState"], line["unitCost"]["amount"]) for line in after["lines"]["nodes"]] == [
        ("3", "AVAILABLE", "6"), ("2", "DAMAGED", "6"),
    ]  # fmt: skip
    read = await balance(
        graph, "TEA",
        "onHand damaged movements(first: 2) { nodes { kind unitCost { amount } note reference referenceType referenceId } }",
    )  # fmt: skip
    assert (read["onHand"], read["damaged"]) == ("15", "0")
    assert {tuple(each.values()) for each in (_flat(each) for each in read["movements"]["nodes"])} == {
        ("SUPPLIER_RETURN", "6", "Wrong blend", "RMA 1", "supplier_return", after["id"])
    }
    # What is ordered stays received: the supplier owes money and no goods.
    assert (await order_now(graph, order))["status"] == "RECEIVED"
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "supplier_return"]
    assert (event.type, str(event.aggregate_id)) == ("inventory.supplier_return.shipped", after["id"])
    names = ("return_number", "status", "supplier_code", "net_amount", "currency", "reason")
    assert [event.payload[name] for name in names] == ["SR-000001", "shipped", SUPPLIER, "30", "KES", "Wrong blend"]
    assert [(line["sku"], line["quantity"], line["amount"]) for line in event.payload["lines"]] == [
        ("TEA", "3", "18"), ("TEA", "2", "12"),
    ]  # fmt: skip


def _flat(movement: dict[str, Any]) -> dict[str, Any]:
    return {**movement, "unitCost": movement["unitCost"]["amount"]}


async def lines_of(graph: GraphClient, receipt_id: str) -> list[dict[str, Any]]:
    """The lines of a receipt."""
    query = "query($id: ID!) { goodsReceipt(id: $id) { lines(first: 100) { nodes { id quantity } } } }"
    found: list[dict[str, Any]] = (await graph(query, {"id": receipt_id}))["goodsReceipt"]["lines"]["nodes"]
    return found


async def test_lots_and_pieces_go_back_as_they_came(graph: GraphClient, tenant: GivenTenant) -> None:
    """The lot of the receipt, the pieces that are named; a lot that lies in two places is two lines."""
    await given_location(tenant, code="A-1", type="SHELF")
    milk, tills = await came(
        graph,
        goods("MILK", 5, 50, lotCode="A"),
        goods("TILL", 2, 900, serials=["T-1", "T-2"], disposition="QUARANTINED"),
    )
    await came(graph, goods("MILK", 5, 60, lotCode="B"))
    await done(
        graph, "moveStock", {"sku": "MILK", "quantity": "2", "lotCode": "A", "toLocationCode": "A-1", "reason": "OTHER"}
    )
    after = await sent_back(graph, back(milk, 4), back(tills, 1, serials=["T-2"]))
    lines = after["lines"]["nodes"]
    assert sorted((line["location"] or {"code": ""})["code"] for line in lines[:2]) == ["", "A-1"]
    assert sum(int(line["quantity"]) for line in lines[:2]) == 4
    assert {line["lotCode"] for line in lines[:2]} == {"A"}
    assert (lines[2]["serials"], lines[2]["fromState"], lines[2]["netAmount"]["amount"]) == (
        ["T-2"],
        "QUARANTINED",
        "900",
    )
    assert after["netAmount"]["amount"] == "1100"
    assert ((await balance(graph, "MILK"))["onHand"], (await balance(graph, "TILL"))["quarantined"]) == ("6", "1")
    query = '{ serial(sku: "TILL", serial: "T-2") { status } }'
    assert (await graph(query))["serial"] == {"status": "RETURNED"}


async def test_without_a_receipt_goods_go_back_at_the_average(graph: GraphClient) -> None:
    """Nobody knows by which receipt they came."""
    await came(graph, goods("TEA", 10, 10), goods("TEA", 10, 20))
    after = await sent_back(graph, {"sku": "TEA", "quantity": "4"})
    assert (after["goodsReceipt"], after["netAmount"]["amount"]) == (None, "60")
    assert after["lines"]["nodes"][0]["unitCost"] == {"amount": "15"}


async def test_what_came_in_another_currency_is_credited_in_it(graph: GraphClient) -> None:
    """At the price of then; its cost is in the tenant's."""
    dollars = {"unitPrice": {"amount": "6", "currency": "USD"}}
    (tea,) = await came(graph, goods("TEA", 10) | dollars, currency="USD", exchangeRate="130")
    (salt,) = await came(graph, goods("TEA", 1))
    after = await sent_back(graph, back(tea, 2))
    assert after["netAmount"] == {"amount": "12", "currency": "USD"}
    assert after["lines"]["nodes"][0]["unitCost"] == {"amount": "780"}
    code, path, message = await refused(graph, "returnToSupplier", return_of(back(tea, 1), back(salt, 1)))
    assert (code, path) == ("INVALID_INPUT", "lines")
    assert "KES and in USD" in message


# ---------------------------------------------------------------- no more than came
async def test_no_more_goes_back_than_came(graph: GraphClient) -> None:
    """Over all lines and all returns that stand; what was cancelled can go back again."""
    (tea,) = await came(graph, goods("TEA", 10))
    await came(graph, goods("TEA", 100))
    first = await sent_back(graph, back(tea, 6))
    code, path, message = await refused(graph, "returnToSupplier", return_of(back(tea, 2), back(tea, 3)))
    assert (code, path) == ("INVALID_INPUT", "lines.1.quantity")
    assert message == "3 of TEA cannot go back: 2 of the 10 that came by this line have not."
    await sent_back(graph, back(tea, 4))
    await graph.accepted(
        "cancelSupplierReturn", {"idempotencyKey": "c", "supplierReturnId": first["id"], "reason": "Not fetched"}
    )
    await sent_back(graph, back(tea, 6), goodsReceiptId=tea["receipt"])
    assert (await balance(graph, "TEA"))["onHand"] == "100"


async def test_what_is_held_or_gone_stays(graph: GraphClient) -> None:
    """A customer's hold is not sent away, and all lines stay with the one that cannot go."""
    tea, milk = await came(graph, goods("TEA", 10), goods("MILK", 5, lotCode="A"))
    held = {"idempotencyKey": "h", "orderId": str(uuid4()), "lines": [{"sku": "TEA", "quantity": "8"}]}
    await graph.accepted("reserveStock", held)
    code, path, message = await refused(graph, "returnToSupplier", return_of(back(milk, 1), back(tea, 3)))
    assert (code, path) == ("INSUFFICIENT_STOCK", "lines.1.quantity")
    assert "3 of TEA were asked but 2 are" in message
    await sent_back(graph, back(milk, 1), back(tea, 2))


async def test_a_receipt_of_which_something_went_back_is_not_reversed(graph: GraphClient) -> None:
    """Nor does anything go back of one that was."""
    (tea,) = await came(graph, goods("TEA", 10))
    await came(graph, goods("TEA", 10))
    first = await sent_back(graph, back(tea, 1))
    reversal = {"idempotencyKey": "r", "goodsReceiptId": tea["receipt"], "reason": "Wrong"}
    code, path, message = await refused(graph, "reverseGoodsReceipt", reversal)
    assert (code, path) == ("INVALID_TRANSITION", "goodsReceiptId")
    assert "by SR-000001: cancel that first" in message
    await graph.accepted(
        "cancelSupplierReturn", {"idempotencyKey": "c", "supplierReturnId": first["id"], "reason": "Wrong too"}
    )
    await graph.accepted("reverseGoodsReceipt", reversal)
    assert (await refused(graph, "returnToSupplier", return_of(back(tea, 1))))[:2] == (
        "INVALID_TRANSITION", "lines.0.goodsReceiptLineId",
    )  # fmt: skip


async def test_a_line_that_makes_no_sense_is_refused_where_it_stands(graph: GraphClient, tenant: GivenTenant) -> None:
    """However it is named."""
    store = await given_warehouse(tenant)
    await given_supplier(tenant, code="OTHER")
    tea, milk, gone = await came(
        graph, goods("TEA", 10), goods("MILK", 5, lotCode="A"), goods("TEA", 1, disposition="REJECTED")
    )
    (elsewhere,) = await came(graph, goods("TEA", 1), warehouse={"code": store.code})
    (theirs,) = await came(graph, goods("TEA", 1), supplierCode="OTHER")
    (tills,) = await came(graph, goods("TILL", 1, serials=["T-1"]))
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"quantity": "1"}, "INVALID_INPUT", "sku"),
        (back(tea, 1, sku="TEA"), "INVALID_INPUT", "sku"),
        ({"sku": "NONE", "quantity": "1"}, "NOT_FOUND", "sku"),
        ({"goodsReceiptLineId": UNKNOWN, "quantity": "1"}, "NOT_FOUND", "goodsReceiptLineId"),
        (back(gone, 1), "INVALID_INPUT", "goodsReceiptLineId"),
        (back(elsewhere, 1), "INVALID_INPUT", "goodsReceiptLineId"),
        (back(theirs, 1), "INVALID_INPUT", "goodsReceiptLineId"),
        (back(tea, 0), "INVALID_INPUT", "quantity"),
        (back(tea, 1, unit="KG"), "UNIT_MISMATCH", "unit"),
        (back(tea, 1, fromState="RESERVED"), "INVALID_INPUT", "fromState"),
        (back(tea, 1, fromState="DAMAGED"), "INSUFFICIENT_STOCK", "quantity"),
        (back(milk, 1, lotCode="B"), "INVALID_INPUT", "lotCode"),
        (back(tills, 1, serials=["T-9"]), "INVALID_INPUT", "serials"),
        (back(tills, 1), "INVALID_INPUT", "serials"),
        ({"sku": "MILK", "quantity": "1", "lotCode": "Z"}, "INVALID_INPUT", "lotCode"),
    ]
    for line, code, argument in cases:
        request = return_of(back(tea, 1), line)
        assert (await refused(graph, "returnToSupplier", request))[:2] == (code, f"lines.1.{argument}"), line
    for fields, code, path in (
        ({"lines": []}, "INVALID_INPUT", "lines"),
        ({"reason": " "}, "INVALID_INPUT", "reason"),
        ({"reference": "x" * 201}, "INVALID_INPUT", "reference"),
        ({"supplierCode": "NOBODY"}, "NOT_FOUND", "supplierCode"),
        ({"supplierCode": None}, "INVALID_INPUT", "supplierCode"),
        ({"supplierCode": None, "goodsReceiptId": UNKNOWN}, "NOT_FOUND", "goodsReceiptId"),
        ({"supplierCode": None, "goodsReceiptId": theirs["receipt"]}, "INVALID_INPUT", "lines.0.goodsReceiptLineId"),
    ):
        request = return_of(back(tea, 1), **{"supplierCode": SUPPLIER, **fields})
        assert (await refused(graph, "returnToSupplier", request))[:2] == (code, path), fields


# ---------------------------------------------------------------- who, once, how many
async def test_it_takes_a_permission_and_the_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """A clerk sends goods back, an officer says what was credited, a manager takes a return back."""
    (tea,) = await came(graph, goods("TEA", 10))
    clerk, officer = tenant.actor_as("stock_clerk"), tenant.actor_as("purchasing_officer")
    request = return_of(back(tea, 1))
    for actor in (tenant.actor_as("viewer"), officer, tenant.actor_at()):
        assert (await refused(graph, "returnToSupplier", request, actor=actor))[0] == "FORBIDDEN"
    payload = await graph.accepted("returnToSupplier", request, RETURN, actor=clerk)
    found = payload["supplierReturn"]
    for verb in ("credit", "cancel"):
        for actor in (clerk, tenant.actor_at()):
            assert (await refused(graph, f"{verb}SupplierReturn", return_step(verb, found), actor=actor))[
                0
            ] == "FORBIDDEN"
    await graph.accepted("creditSupplierReturn", return_step("credit", found), actor=officer)


async def test_the_same_key_again_sends_nothing_more(graph: GraphClient) -> None:
    """Of each of the three."""
    (tea,) = await came(graph, goods("TEA", 10))
    request = return_of(back(tea, 1))
    first = await graph.accepted("returnToSupplier", request, RETURN)
    second = await sent_back(graph, back(tea, 1))
    credit, cancel = return_step("credit", first["supplierReturn"]), return_step("cancel", second)
    answers = [
        await graph.accepted("creditSupplierReturn", credit, RETURN),
        await graph.accepted("cancelSupplierReturn", cancel, RETURN),
    ]
    async with unchanged(graph.tenant):
        again = await graph.accepted("returnToSupplier", request, "supplierReturn { number }")
        assert again == {"supplierReturn": {"number": "SR-000001"}, "errors": [], "replayed": True}
        assert await graph.accepted("creditSupplierReturn", credit, RETURN) == answers[0] | {"replayed": True}
        assert await graph.accepted("cancelSupplierReturn", cancel, RETURN) == answers[1] | {"replayed": True}


async def test_another_tenants_receipts_and_returns_do_not_exist(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """Neither to send back, nor to read."""
    (tea,) = await came(graph, goods("TEA", 10))
    found = await sent_back(graph, back(tea, 1))
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    await given_item(other.tenant, sku="TEA")
    await given_acme(other)
    async with unchanged(graph.tenant):
        assert (await refused(other, "returnToSupplier", return_of(back(tea, 1))))[0] == "NOT_FOUND"
        assert (await refused(other, "cancelSupplierReturn", return_step("cancel", found)))[0] == "NOT_FOUND"
    query = "query($id: ID!) { supplierReturn(id: $id) { id } supplierReturns { totalCount } }"
    assert await other(query, {"id": found["id"]}) == {"supplierReturn": None, "supplierReturns": {"totalCount": 0}}


async def test_a_thousand_lines_go_back_in_as_many_statements_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A hundred items ten times each."""
    for number in range(100):
        await given_item(tenant, sku=f"I-{number}")
    receipt = await receive_goods(graph, *(goods(f"I-{number % 100}", 3) for number in range(1_000)))
    query = """query($id: ID!, $after: String) { goodsReceipt(id: $id) {
      lines(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } }"""
    lines: list[dict[str, Any]] = []
    after = None
    while after is not None or not lines:
        page = (await graph(query, {"id": receipt["id"], "after": after}))["goodsReceipt"]["lines"]
        lines += page["nodes"]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    counts = []
    for some in (lines[:2], lines):
        async with statements(database) as counted:
            payload = await graph.accepted(
                "returnToSupplier",
                return_of(*(back(line, 1) for line in some)),
                "supplierReturn { netAmount { amount } }",
            )
        counts.append(len(counted))
        counted.assert_at_most(24)
    assert payload["supplierReturn"]["netAmount"]["amount"] == "10000"
    assert counts[0] == counts[1]


async def test_returns_are_read_in_pages_in_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """The newest first, by what they are filtered by; as many statements for six as for two."""
    (tea,) = await came(graph, goods("TEA", 100))
    made = [await sent_back(graph, back(tea, 1), reference=f"R{number}") for number in range(6)]
    await graph.accepted("creditSupplierReturn", return_step("credit", made[0]))
    query = """query($first: Int!, $filter: SupplierReturnFilter) { supplierReturns(first: $first, filter: $filter) { totalCount
      nodes { number supplier { code } warehouse { code } goodsReceipt { number }
        lines(first: 5) { totalCount nodes { variant { sku } location { code } } } } } }"""
    counts = []
    for first in (2, 6):
        async with statements(database) as counted:
            data = await graph(query, {"first": first})
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert [each["number"] for each in data["supplierReturns"]["nodes"]] == [f"SR-00000{n}" for n in range(6, 0, -1)]
    for wanted_by, numbers in (
        ({"status": ["CREDITED"]}, ["SR-000001"]),
        ({"reference": "R3"}, ["SR-000004"]),
        ({"number": "SR-000002", "supplierCode": SUPPLIER}, ["SR-000002"]),
        ({"supplierCode": "NOBODY"}, []),
        ({"goodsReceiptId": tea["receipt"], "status": ["CREDITED", "CANCELLED"]}, ["SR-000001"]),
        ({"shippedBefore": "2020-01-01T00:00:00Z"}, []),
    ):
        data = await graph(query, {"first": 6, "filter": wanted_by})
        assert [each["number"] for each in data["supplierReturns"]["nodes"]] == numbers, wanted_by
        assert data["supplierReturns"]["totalCount"] == len(numbers)
