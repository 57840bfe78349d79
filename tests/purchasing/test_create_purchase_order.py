"""Drafting a purchase order: lines in purchase units, at the supplier's prices, with totals that add up."""

import asyncio
from fractions import Fraction
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.purchases import ORDER, SUPPLIER, given_acme, given_order, wanted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

LINES_MAX = 1_000


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12, sold by ACME: 600 a box, at least 2, in twos, in 5 days."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_acme(graph, payment_terms_days=30)
    await graph.accepted(
        "setSupplierItem",
        {
            "supplierCode": SUPPLIER, "sku": "TEA", "unit": "BOX", "unitPrice": {"amount": "600", "currency": "KES"},
            "leadTimeDays": 5, "orderMinimum": "2", "orderMultiple": "2",
        },
    )  # fmt: skip


async def refused(graph: GraphClient, *lines: dict[str, Any], **fields: Any) -> tuple[str, str]:
    """The code and the argument of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("createPurchaseOrder", {"supplierCode": SUPPLIER, "lines": lines, **fields})
    return error["code"], ".".join(error["path"][1:])


async def test_an_order_is_drafted_at_the_suppliers_terms(graph: GraphClient, tenant: GivenTenant) -> None:
    """Unit, price, currency and payment terms are those that the supplier is known for; the stock unit is counted out."""
    select = f"{ORDER} ".replace(
        "id number", "id number paymentTermsDays createdBy warehouse { code } supplier { code }", 1
    )
    payload = await graph.accepted(
        "createPurchaseOrder", {"supplierCode": SUPPLIER, "lines": [wanted("TEA", 4, None)]}, select
    )
    order = payload["purchaseOrder"]
    assert {name: order[name] for name in ("number", "status", "version", "currency", "paymentTermsDays", "createdBy")} == {
        "number": "PO-000001", "status": "DRAFT", "version": 1, "currency": "KES", "paymentTermsDays": 30,
        "createdBy": tenant.actor.subject,
    }  # fmt: skip
    assert (order["warehouse"], order["supplier"]) == ({"code": "MAIN"}, {"code": SUPPLIER})
    (line,) = order["lines"]["nodes"]
    assert {**line, "id": None} == {
        "id": None, "position": 0, "quantity": "4", "ordered": "48", "received": "0", "rejected": "0", "outstanding": "48",
        "unitPrice": {"amount": "600", "currency": "KES"}, "variant": {"sku": "TEA"}, "unit": {"code": "BOX"},
    }  # fmt: skip
    assert order["totalAmount"] == {"amount": "2400"}


async def test_totals_add_up_line_by_line(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each line is rounded, taxed and rounded again, as on an invoice; then come the tax and what it costs to ship."""
    await given_item(tenant, sku="SALT", unit="KG")
    order = await given_order(
        graph,
        wanted("SALT", "3", "0.333", taxPercent="16"),
        wanted("TEA", "2", "600.125", taxPercent="8"),
        shipping={"amount": "150.5", "currency": "KES"},
    )
    assert {name: order[name]["amount"] for name in ("netAmount", "taxAmount", "shippingAmount", "totalAmount")} == {
        "netAmount": "1201.25", "taxAmount": "96.18", "shippingAmount": "150.5", "totalAmount": "1447.93",
    }  # fmt: skip


async def test_an_order_may_be_in_another_currency(graph: GraphClient, tenant: GivenTenant) -> None:
    """Then every price is, and what the supplier asks in its own is no price for it."""
    price = {"unitPrice": {"amount": "4.5", "currency": "USD"}}
    order = await given_order(graph, wanted("TEA", 2, None, **price), currency="USD")
    assert (order["currency"], order["totalAmount"]) == ("USD", {"amount": "9"})
    assert await refused(graph, wanted("TEA", 2, None), currency="USD") == ("INVALID_INPUT", "lines.0.unitPrice")


async def test_it_tells_of_what_was_drafted(graph: GraphClient, tenant: GivenTenant) -> None:
    """With the names that siblings read."""
    await forget_emitted(tenant)
    order = await given_order(graph, wanted("TEA", 2, None), reference="Quotation 7")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, str(event.aggregate_id), event.aggregate_version) == (
        "inventory.purchase_order.created", "purchase_order", order["id"], 1,
    )  # fmt: skip
    told = event.payload
    assert {name: told[name] for name in ("po_number", "po_status", "total_amount", "pay_term_days", "reference")} == {
        "po_number": "PO-000001", "po_status": "draft", "total_amount": "1200", "pay_term_days": 30,
        "reference": "Quotation 7",
    }  # fmt: skip
    (line,) = told["lines"]
    assert (line["sku"], line["name"], line["uom"], line["quantity"], line["unit_price"], line["ordered_qty"]) == (
        "TEA", "Item TEA", "BOX", "2", "600", "24",
    )  # fmt: skip


async def test_the_same_key_again_is_the_same_order(graph: GraphClient) -> None:
    """Nobody orders twice because an answer was lost; other lines under the same key are a mistake."""
    given = {"supplierCode": SUPPLIER, "lines": [wanted("TEA", 2)], "idempotencyKey": "once"}
    first = await graph.accepted("createPurchaseOrder", given, "purchaseOrder { id number }")
    assert await graph.accepted("createPurchaseOrder", given, "purchaseOrder { id number }") == first | {
        "replayed": True
    }
    error = await graph.refusal("createPurchaseOrder", given | {"lines": [wanted("TEA", 4)]})
    assert (error["code"], error["path"]) == ("IDEMPOTENCY_CONFLICT", ["input", "lines"])


async def test_orders_drafted_at_once_have_numbers_of_their_own(graph: GraphClient) -> None:
    """However they race."""
    orders = await asyncio.gather(*(given_order(graph, wanted("TEA", 2)) for _ in range(12)))
    assert sorted(order["number"] for order in orders) == [f"PO-{number:06}" for number in range(1, 13)]


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("line", "code", "path"),
    [
        ({"sku": "NONE", "quantity": "2"}, "NOT_FOUND", "lines.0.sku"),
        ({"quantity": "2"}, "INVALID_INPUT", "lines.0.sku"),
        (wanted("TEA", "0"), "INVALID_INPUT", "lines.0.quantity"),
        (wanted("TEA", "-2"), "INVALID_INPUT", "lines.0.quantity"),
        (wanted("TEA", "1"), "INVALID_INPUT", "lines.0.quantity"),
        (wanted("TEA", "3"), "INVALID_INPUT", "lines.0.quantity"),
        (wanted("TEA", "0.5", unit="PIECE"), "INVALID_INPUT", "lines.0.quantity"),
        (wanted("TEA", "2", unit="CRATE"), "NOT_FOUND", "lines.0.unit"),
        (wanted("TEA", "2", unit="KG"), "UNIT_MISMATCH", "lines.0.unit"),
        (wanted("TEA", "2", None, unit="PIECE"), "INVALID_INPUT", "lines.0.unitPrice"),
        (wanted("TEA", "2", "-1"), "INVALID_INPUT", "lines.0.unitPrice.amount"),
        (wanted("TEA", "2", taxPercent="101"), "INVALID_INPUT", "lines.0.taxPercent"),
        ({**wanted("TEA", "2"), "unitPrice": {"amount": "1", "currency": "USD"}}, "INVALID_INPUT", "lines.0.unitPrice.currency"),
    ],
)  # fmt: skip
async def test_a_line_that_makes_no_sense_is_refused_where_it_stands(
    graph: GraphClient, line: dict[str, Any], code: str, path: str
) -> None:
    """Sizes that the supplier does not sell, units that do not convert, prices in another currency."""
    assert await refused(graph, line) == (code, path)


async def test_what_holds_no_stock_is_not_ordered(graph: GraphClient, tenant: GivenTenant) -> None:
    """A recipe is made, a service is done: neither arrives."""
    await given_item(tenant, sku="CUT", unit="HOUR", type="SERVICE")
    assert await refused(graph, wanted("CUT", 1)) == ("INVALID_INPUT", "lines.0.sku")


async def test_an_order_has_lines(graph: GraphClient) -> None:
    """One at least."""
    assert await refused(graph) == ("INVALID_INPUT", "lines")


async def test_who_is_archived_sells_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nor does who is unknown; and nothing is brought to a warehouse that is closed."""
    await given_supplier(tenant, code="GONE")
    await graph.accepted("updateSupplier", {"supplierCode": "GONE", "isActive": False})
    for supplier, code in (("GONE", "INVALID_TRANSITION"), ("NOBODY", "NOT_FOUND")):
        assert await refused(graph, wanted("TEA", 2), supplierCode=supplier) == (code, "supplierCode")
    closed = await given_warehouse(tenant)
    await graph.accepted("archiveWarehouse", {"warehouse": {"code": closed.code}})
    given = {"warehouse": {"code": closed.code}}
    assert await refused(graph, wanted("TEA", 2), **given) == ("INVALID_TRANSITION", "warehouse.code")


async def test_who_is_bound_to_an_outlet_orders_for_it_only(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is brought elsewhere is none of its business."""
    kiosk = await given_outlet(tenant, code="kiosk")
    given = {"supplierCode": SUPPLIER, "lines": [wanted("TEA", 2)]}
    async with unchanged(tenant):
        error = await graph.refusal("createPurchaseOrder", given, actor=tenant.actor_at(kiosk.outlet.id))
    assert error["code"] == "FORBIDDEN"
    await graph.accepted("createPurchaseOrder", given, actor=tenant.actor_at(tenant.outlet_id))


async def test_drafting_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """A clerk who receives goods does not order them."""
    given = {"supplierCode": SUPPLIER, "lines": [wanted("TEA", 2)]}
    error = await graph.refusal("createPurchaseOrder", given, actor=tenant.actor_as("stock_clerk"))
    assert error["code"] == "FORBIDDEN"
    await graph.accepted("createPurchaseOrder", given, actor=tenant.actor_as("purchasing_officer"))


# ---------------------------------------------------------------- budgets
async def test_a_thousand_lines_are_drafted_in_twenty_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """As many as for one line: nothing is looked up line by line."""
    counts = []
    for many in (1, LINES_MAX):
        lines = [wanted("TEA", 2) for _ in range(many)]
        async with statements(database) as counted:
            payload = await graph.accepted(
                "createPurchaseOrder",
                {"supplierCode": SUPPLIER, "lines": lines},
                "purchaseOrder { netAmount { amount } }",
            )
        assert payload["purchaseOrder"]["netAmount"]["amount"] == str(20 * many)
        counted.assert_at_most(20)
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert await refused(graph, *(wanted("TEA", 2) for _ in range(LINES_MAX + 1))) == ("INVALID_INPUT", "lines")
