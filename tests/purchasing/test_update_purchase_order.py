"""Changing a draft: what is left out stays, lines are stated in full."""

import pytest

from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_now, order_step, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

TERMS = (
    "purchaseOrder { version shippingAmount { amount } paymentTermsDays expectedAt inspectOnReceipt reference note }"
)


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA and SALT, and ACME who sells them."""
    for sku in ("TEA", "SALT"):
        await given_item(tenant, sku=sku)
    await given_acme(graph)


async def test_terms_change_one_by_one(graph: GraphClient) -> None:
    """What is left out stays, null takes away."""
    order = await given_order(graph, wanted("TEA", 2), reference="Quotation 7", note="Ring the bell")
    given = {
        "purchaseOrderId": order["id"], "shipping": {"amount": "99.5", "currency": "KES"}, "paymentTermsDays": 7,
        "expectedAt": "2030-01-01T08:00:00Z", "inspectOnReceipt": True, "note": None,
    }  # fmt: skip
    changed = await graph.accepted("updatePurchaseOrder", given, TERMS)
    assert changed["purchaseOrder"] == {
        "version": 2, "shippingAmount": {"amount": "99.5"}, "paymentTermsDays": 7, "inspectOnReceipt": True,
        "expectedAt": "2030-01-01T08:00:00Z", "reference": "Quotation 7", "note": None,
    }  # fmt: skip
    assert (await order_now(graph, order))["lines"] == order["lines"]


async def test_lines_are_stated_anew(graph: GraphClient) -> None:
    """The totals follow."""
    order = await given_order(graph, wanted("TEA", 2, 10), wanted("SALT", 1, 3))
    changed = await order_step(graph, "update", order, lines=[wanted("SALT", 4, 2)])
    assert [(line["variant"]["sku"], line["quantity"]) for line in changed["lines"]["nodes"]] == [("SALT", "4")]
    assert changed["totalAmount"] == {"amount": "8"}


async def test_a_change_that_changes_nothing_is_no_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who saves a form unchanged tells nobody anything."""
    order = await given_order(graph, wanted("TEA", 2), note="Ring the bell")
    async with unchanged(tenant):
        after = await order_step(graph, "update", order, note="Ring the bell")
    assert after == order


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [wanted("TEA", 0)]}, "lines.0.quantity"),
        ({"shipping": {"amount": "1", "currency": "USD"}}, "shipping.currency"),
        ({"shipping": {"amount": "-1", "currency": "KES"}}, "shipping.amount"),
        ({"paymentTermsDays": -1}, "paymentTermsDays"),
        ({"expectedAt": "1066-10-14T09:00:00Z"}, "expectedAt"),
        ({"reference": "x" * 201}, "reference"),
        ({"inspectOnReceipt": None}, "inspectOnReceipt"),
    ],
)
async def test_what_makes_no_sense_is_refused(graph: GraphClient, fields: dict[str, object], path: str) -> None:
    """And the draft stays as it was."""
    order = await given_order(graph, wanted("TEA", 2))
    async with unchanged(graph.tenant):
        error = await graph.refusal("updatePurchaseOrder", {"purchaseOrderId": order["id"], **fields})
    assert (error["code"], ".".join(error["path"][1:])) == ("INVALID_INPUT", path)
