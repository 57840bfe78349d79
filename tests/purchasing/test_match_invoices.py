"""Suppliers' invoices, recorded and voided, and the match of an order with what came and what is asked for it."""

from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.actor import Actor
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.purchases import (
    SUPPLIER,
    arrived,
    given_acme,
    given_order,
    order_now,
    receive,
    wanted,
)
from tests.given.returns import back, return_of
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"
INVOICE = """supplierInvoice { id number status issuedOn netAmount { amount } taxAmount { amount } shippingAmount { amount }
  totalAmount { amount currency } voidReason supplier { code }
  lines { totalCount nodes { position quantity unitPrice { amount } taxPercent netAmount { amount } orderLine { id } } } }"""
MATCH = """purchaseOrder { match { status orderedTotal { amount } invoicedTotal { amount } difference { amount }
  lines { totalCount nodes { position ordered received returned orderedQuantity invoicedQuantity variances { kind } orderLine { id } } }
  variances { totalCount nodes { kind position quantity amount { amount } withinTolerance } } } }"""


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA in boxes of 12, SALT by the piece; ACME who sells them."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_item(tenant, sku="SALT")
    await given_acme(graph)


def billed(
    order: dict[str, Any], quantity: int | str, price: int | str, *, position: int = 0, **more: Any
) -> dict[str, Any]:
    """So much of a line of an order at that price."""
    line = order["lines"]["nodes"][position]
    price_given = {"amount": str(price), "currency": "KES"}
    return {"purchaseOrderLineId": line["id"], "quantity": str(quantity), "unitPrice": price_given, **more}


def invoice_of(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What ACME asks for these lines."""
    return {
        "idempotencyKey": uuid4().hex, "supplierCode": SUPPLIER, "number": f"INV {uuid4().hex[:8]}", "issuedOn": "2031-05-04",
        "currency": "KES", "lines": lines, **fields,
    }  # fmt: skip


async def invoiced(graph: GraphClient, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The invoice after it was recorded."""
    payload = await graph.accepted("recordSupplierInvoice", invoice_of(*lines, **fields), INVOICE)
    found: dict[str, Any] = payload["supplierInvoice"]
    return found


async def match_now(graph: GraphClient, order: dict[str, Any]) -> dict[str, Any]:
    """How the order stands."""
    found: dict[str, Any] = (await order_now(graph, order, MATCH))["match"]
    return found


def told(match: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """The variances by kind, quantity and amount."""
    return [(each["kind"], each["quantity"], each["amount"]["amount"]) for each in match["variances"]["nodes"]]


async def refused(
    graph: GraphClient, request: dict[str, Any], verb: str = "recordSupplierInvoice", *, actor: Actor | None = None
) -> tuple[str, str]:
    """The code and the argument of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal(verb, request, actor=actor)
    return error["code"], ".".join(error["path"][1:])


# ---------------------------------------------------------------- match
async def test_what_came_and_is_asked_as_ordered_matches(graph: GraphClient, tenant: GivenTenant) -> None:
    """In two deliveries and two invoices; the first leaves it open, the second closes it."""
    order = await given_order(
        graph,
        wanted("TEA", 4, 600, unit="BOX", taxPercent="16"),
        status="SENT",
        shipping={"amount": "100", "currency": "KES"},
    )
    assert (await match_now(graph, order))["status"] == "NOT_INVOICED"
    await receive(graph, order, arrived("TEA", 1), arrived("TEA", 1, disposition="QUARANTINED"))
    await forget_emitted(tenant)
    first = await invoiced(graph, billed(order, 2, 600), number="INV 1", shipping={"amount": "60", "currency": "KES"})
    assert (first["number"], first["status"], first["issuedOn"]) == ("INV 1", "RECORDED", "2031-05-04")
    amounts = [first[name]["amount"] for name in ("netAmount", "taxAmount", "shippingAmount", "totalAmount")]
    assert amounts == ["1200", "192", "60", "1452"]
    match = await match_now(graph, order)
    assert told(match) == [("NOT_RECEIVED", "-2", "-1392"), ("SHIPPING", None, "-40")]
    assert (match["orderedTotal"]["amount"], match["invoicedTotal"]["amount"]) == ("2884", "1452")
    assert match["difference"]["amount"] == "-1432"
    (event,) = await emitted(tenant)
    assert (event.type, str(event.aggregate_id)) == ("inventory.supplier_invoice.recorded", first["id"])
    (of_order,) = event.payload["purchase_orders"]
    assert (of_order["po_number"], of_order["match_status"], of_order["invoiced_total"]) == (
        "PO-000001",
        "variances",
        "1452",
    )
    assert [each["kind"] for each in of_order["variances"]] == ["not_received", "shipping"]
    await receive(graph, order)
    await invoiced(graph, billed(order, 2, 600), number="INV 2", shipping={"amount": "40", "currency": "KES"})
    match = await match_now(graph, order)
    assert (match["status"], match["difference"]["amount"], match["variances"]["totalCount"]) == ("MATCHED", "0", 0)
    read = await order_now(graph, order, "purchaseOrder { invoices { number } }")
    assert [each["number"] for each in read["invoices"]] == ["INV 2", "INV 1"]


async def test_every_variance_of_every_line_is_told(graph: GraphClient) -> None:
    """What went back, what was asked too much, too dear and with too much tax: each its own, none hides another."""
    order = await given_order(
        graph, wanted("TEA", 4, 600, unit="BOX"), wanted("SALT", 10, 5), wanted("SALT", 2, 7), status="SENT"
    )
    receipt = (await receive(graph, order))["goodsReceipt"]
    query = "query($id: ID!) { goodsReceipt(id: $id) { lines { nodes { id } } } }"
    lines = (await graph(query, {"id": receipt["id"]}))["goodsReceipt"]["lines"]["nodes"]
    await graph.accepted("returnToSupplier", return_of(back(lines[0], 12)))
    await invoiced(
        graph, billed(order, 4, 650), billed(order, 9, 5, position=1), billed(order, 2, 6, position=2, taxPercent="16"),
        shipping={"amount": "15", "currency": "KES"},
    )  # fmt: skip
    match = await match_now(graph, order)
    assert match["status"] == "VARIANCES"
    assert told(match) == [
        ("RETURNED", "-1", "-600"), ("QUANTITY_OVER_INVOICED", "1", "600"), ("PRICE_OVER", None, "200"),
        ("QUANTITY_UNDER_INVOICED", "-1", "-5"), ("PRICE_UNDER", None, "-2"), ("TAX", None, "1.92"), ("SHIPPING", None, "15"),
    ]  # fmt: skip
    assert sum(float(amount) for *_, amount in told(match)) == pytest.approx(float(match["difference"]["amount"]))
    first = match["lines"]["nodes"][0]
    names = ("ordered", "received", "returned", "orderedQuantity", "invoicedQuantity")
    assert [first[name] for name in names] == ["48", "48", "12", "4", "4"]
    assert [each["kind"] for each in first["variances"]] == ["RETURNED", "QUANTITY_OVER_INVOICED", "PRICE_OVER"]
    assert first["orderLine"]["id"] == order["lines"]["nodes"][0]["id"]
    query = """query($number: String, $after: String) { purchaseMatch(number: $number) {
      lines(first: 2, after: $after) { nodes { position } pageInfo { endCursor hasNextPage } } } }"""
    page = (await graph(query, {"number": "PO-000001"}))["purchaseMatch"]["lines"]
    assert ([each["position"] for each in page["nodes"]], page["pageInfo"]["hasNextPage"]) == ([0, 1], True)
    rest = await graph(query, {"number": "PO-000001", "after": page["pageInfo"]["endCursor"]})
    assert [each["position"] for each in rest["purchaseMatch"]["lines"]["nodes"]] == [2]
    assert (await graph(query, {"number": "PO-9"})) == {"purchaseMatch": None}


async def test_the_tenant_lets_small_ones_pass(graph: GraphClient) -> None:
    """By updateTenant: a percent of quantities and prices, an amount of the rest."""
    order = await given_order(graph, wanted("SALT", 100, 5), status="RECEIVED")
    await invoiced(graph, billed(order, 99, "5.1"), shipping={"amount": "3", "currency": "KES"})
    assert (await match_now(graph, order))["status"] == "VARIANCES"
    select = "tenant { matchQuantityPercent matchPricePercent matchAmount { amount currency } }"
    given = {"matchQuantityPercent": "1", "matchPricePercent": "2", "matchAmount": {"amount": "3", "currency": "KES"}}
    assert (await graph.accepted("updateTenant", given, select))["tenant"] == given
    match = await match_now(graph, order)
    assert match["status"] == "WITHIN_TOLERANCE"
    assert {each["withinTolerance"] for each in match["variances"]["nodes"]} == {True}
    assert len(match["variances"]["nodes"]) == 3
    for fields, path in (
        ({"matchQuantityPercent": "101"}, "matchQuantityPercent"),
        ({"matchPricePercent": "-1"}, "matchPricePercent"),
        ({"matchAmount": {"amount": "-1", "currency": "KES"}}, "matchAmount.amount"),
        ({"matchAmount": {"amount": "1", "currency": "USD"}}, "matchAmount.currency"),
    ):
        assert await refused(graph, fields, "updateTenant") == ("INVALID_INPUT", path)


async def test_an_invoice_of_two_orders_shares_its_shipping(graph: GraphClient) -> None:
    """By what their lines come to, to the cent; each is matched by itself."""
    first = await given_order(graph, wanted("SALT", 1, 100), status="RECEIVED")
    second = await given_order(graph, wanted("SALT", 2, 100), status="RECEIVED")
    await invoiced(graph, billed(first, 1, 100), billed(second, 2, 100), shipping={"amount": "10", "currency": "KES"})
    amounts = [told(await match_now(graph, order))[0] for order in (first, second)]
    assert sorted(amounts) in (
        [("SHIPPING", None, "3.33"), ("SHIPPING", None, "6.67")],
        [("SHIPPING", None, "3.34"), ("SHIPPING", None, "6.66")],
    )


# ---------------------------------------------------------------- void
async def test_a_voided_invoice_counts_no_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """Its number is free again; it stays to be read, and is voided once."""
    order = await given_order(graph, wanted("SALT", 10, 5), status="RECEIVED")
    wrong = await invoiced(graph, billed(order, 10, 6), number="INV 1")
    again = invoice_of(billed(order, 10, 5), number="INV 1")
    assert await refused(graph, again) == ("ALREADY_EXISTS", "number")
    await forget_emitted(tenant)
    request = {"supplierInvoiceId": wrong["id"], "reason": "Typing error", "idempotencyKey": "v"}
    after = await graph.accepted("voidSupplierInvoice", request, INVOICE)
    found = after["supplierInvoice"]
    assert (found["status"], found["voidReason"]) == ("VOIDED", "Typing error")
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["reason"]) == ("inventory.supplier_invoice.voided", "Typing error")
    assert event.payload["purchase_orders"][0]["match_status"] == "not_invoiced"
    assert (await match_now(graph, order))["status"] == "NOT_INVOICED"
    async with unchanged(tenant):
        assert await graph.accepted("voidSupplierInvoice", request, INVOICE) == after | {"replayed": True}
    fresh = {**request, "idempotencyKey": "w"}
    assert await refused(graph, fresh, "voidSupplierInvoice") == ("INVALID_TRANSITION", "supplierInvoiceId")
    await graph.accepted("recordSupplierInvoice", again)
    assert (await match_now(graph, order))["status"] == "MATCHED"
    read = await graph("query($id: ID!) { supplierInvoice(id: $id) { status } }", {"id": wrong["id"]})
    assert read == {"supplierInvoice": {"status": "VOIDED"}}
    for fields, code, path in (
        ({"supplierInvoiceId": UNKNOWN}, "NOT_FOUND", "supplierInvoiceId"),
        ({"reason": " "}, "INVALID_INPUT", "reason"),
    ):
        assert await refused(graph, {**fresh, **fields}, "voidSupplierInvoice") == (code, path)


async def test_two_suppliers_may_use_one_number(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is theirs."""
    await given_supplier(tenant, code="OTHER")
    ours = await given_order(graph, wanted("SALT", 1), status="SENT")
    theirs = await given_order(graph, wanted("SALT", 1), status="SENT", supplierCode="OTHER")
    await invoiced(graph, billed(ours, 1, 10), number="INV 1")
    await invoiced(graph, billed(theirs, 1, 10), number="INV 1", supplierCode="OTHER")
    assert await refused(graph, invoice_of(billed(theirs, 1, 10))) == ("INVALID_INPUT", "lines.0.purchaseOrderLineId")


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    "status", ["DRAFT", "SUBMITTED", "APPROVED", "CANCELLED", "SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED"]
)
async def test_an_order_is_invoiced_once_the_supplier_has_it(graph: GraphClient, status: str) -> None:
    """Before anything came, too; what was never sent, or is cancelled, is not."""
    order = await given_order(graph, wanted("SALT", 2), status=status)
    request = invoice_of(billed(order, 1, 10))
    if status in {"DRAFT", "SUBMITTED", "APPROVED", "CANCELLED"}:
        assert await refused(graph, request) == ("INVALID_TRANSITION", "lines.0.purchaseOrderLineId")
    else:
        await graph.accepted("recordSupplierInvoice", request)


async def test_an_invoice_that_makes_no_sense_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """At the argument; and who only receives goods records none."""
    order = await given_order(graph, wanted("SALT", 2), status="SENT")
    good = billed(order, 1, 10)
    dollars = {"amount": "1", "currency": "USD"}
    for line, code, path in (
        ({**good, "purchaseOrderLineId": UNKNOWN}, "NOT_FOUND", "purchaseOrderLineId"),
        ({**good, "quantity": "0"}, "INVALID_INPUT", "quantity"),
        ({**good, "unitPrice": {"amount": "-1", "currency": "KES"}}, "INVALID_INPUT", "unitPrice.amount"),
        ({**good, "unitPrice": dollars}, "INVALID_INPUT", "unitPrice.currency"),
        ({**good, "taxPercent": "101"}, "INVALID_INPUT", "taxPercent"),
    ):
        assert await refused(graph, invoice_of(good, line)) == (code, f"lines.1.{path}"), line
    for fields, code, path in (
        ({"lines": []}, "INVALID_INPUT", "lines"),
        ({"number": ""}, "INVALID_INPUT", "number"),
        ({"currency": "kes"}, "INVALID_INPUT", "currency"),
        ({"currency": "USD"}, "INVALID_INPUT", "lines.0.purchaseOrderLineId"),
        ({"supplierCode": "NOBODY"}, "NOT_FOUND", "supplierCode"),
        ({"shipping": dollars}, "INVALID_INPUT", "shipping.currency"),
        ({"shipping": {"amount": "-1", "currency": "KES"}}, "INVALID_INPUT", "shipping.amount"),
    ):
        assert await refused(graph, invoice_of(good, **fields)) == (code, path), fields
    assert (await refused(graph, invoice_of(good), actor=tenant.actor_as("stock_clerk")))[0] == "FORBIDDEN"
    assert (await refused(graph, invoice_of(good), actor=tenant.actor_at()))[0] == "FORBIDDEN"
    found = await invoiced(graph, good)
    void = {"supplierInvoiceId": found["id"], "reason": "Wrong"}
    buyer = tenant.actor_with("inventory.purchasing.change")
    assert (await refused(graph, void, "voidSupplierInvoice", actor=buyer))[0] == "FORBIDDEN"


async def test_the_same_key_again_records_nothing_more(graph: GraphClient) -> None:
    """The invoice of the first time."""
    order = await given_order(graph, wanted("SALT", 2), status="SENT")
    request = invoice_of(billed(order, 1, 10))
    first = await graph.accepted("recordSupplierInvoice", request, INVOICE)
    async with unchanged(graph.tenant):
        assert await graph.accepted("recordSupplierInvoice", request, INVOICE) == first | {"replayed": True}
    assert await refused(graph, {**request, "number": "Other"}) == ("IDEMPOTENCY_CONFLICT", "number")


async def test_another_tenants_orders_and_invoices_do_not_exist(graph: GraphClient, database: CountingDatabase) -> None:
    """Neither to invoice, nor to void, nor to read."""
    order = await given_order(graph, wanted("SALT", 2), status="SENT")
    found = await invoiced(graph, billed(order, 1, 10))
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    await given_acme(other)
    async with unchanged(graph.tenant):
        assert (await refused(other, invoice_of(billed(order, 1, 10))))[0] == "NOT_FOUND"
        void = {"supplierInvoiceId": found["id"], "reason": "Wrong"}
        assert (await refused(other, void, "voidSupplierInvoice"))[0] == "NOT_FOUND"
    query = "query($i: ID!, $o: ID!) { supplierInvoice(id: $i) { id } purchaseMatch(purchaseOrderId: $o) { status } }"
    assert await other(query, {"i": found["id"], "o": order["id"]}) == {"supplierInvoice": None, "purchaseMatch": None}


# ---------------------------------------------------------------- budgets
async def test_a_thousand_lines_are_recorded_in_as_many_statements_as_two(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """And matched in the same transaction."""
    order = await given_order(graph, *(wanted("SALT", 1) for _ in range(1_000)), status="SENT")
    query = """query($id: ID!, $after: String) { purchaseOrder(id: $id) {
      lines(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } }"""
    ids: list[str] = []
    after = None
    while after is not None or not ids:
        page = (await graph(query, {"id": order["id"], "after": after}))["purchaseOrder"]["lines"]
        ids += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    price = {"amount": "10", "currency": "KES"}
    counts = []
    for some in (ids[:2], ids):
        lines = [{"purchaseOrderLineId": each, "quantity": "1", "unitPrice": price} for each in some]
        async with statements(database) as counted:
            await graph.accepted("recordSupplierInvoice", invoice_of(*lines), "supplierInvoice { id }")
        counts.append(len(counted))
        counted.assert_at_most(15)
    assert counts[0] == counts[1]


async def test_a_page_of_matches_takes_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """As many for six orders as for two."""
    for _ in range(6):
        order = await given_order(graph, wanted("SALT", 2), wanted("TEA", 1), status="RECEIVED")
        await invoiced(graph, billed(order, 2, 10))
    # One at a time: what both ask for, lines of orders, takes one statement or two, as the one is ready with the other or not.
    invoices = "invoices { number supplier { code } lines { totalCount nodes { quantity orderLine { quantity } } } }"
    match = (
        "match { status lines(first: 10) { nodes { received orderLine { quantity } } } variances { nodes { kind } } }"
    )
    for asked in (f"{invoices} match {{ status }}", match):
        query = f"query($first: Int!) {{ purchaseOrders(first: $first) {{ nodes {{ {asked} }} }} }}"
        counts = []
        for first in (2, 6):
            async with statements(database) as counted:
                data = await graph(query, {"first": first})
            assert [each["match"]["status"] for each in data["purchaseOrders"]["nodes"]] == ["VARIANCES"] * first
            counts.append(len(counted))
        assert counts[0] == counts[1]
