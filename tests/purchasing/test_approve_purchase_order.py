"""Approving a purchase order by the rules that the tenant has set."""

from typing import Any

import pytest

from inventory_graph.actor import Actor
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_now, order_step, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

CHANGE = "inventory.purchasing.change"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def refusal(graph: GraphClient, order: dict[str, Any], actor: Actor) -> str:
    """Why the actor may not approve, which left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("approvePurchaseOrder", {"purchaseOrderId": order["id"]}, actor=actor)
    assert error["code"] == "FORBIDDEN"
    message: str = error["message"]
    return message


async def test_it_takes_the_right_to_manage_at_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever only writes orders approves none, until the tenant says up to how much."""
    order = await given_order(graph, wanted("TEA", 2, 50), status="SUBMITTED")
    buyer = tenant.actor_with(CHANGE, subject="buyer")
    assert "needs the permission inventory.purchasing.manage" in await refusal(graph, order, buyer)
    await graph.accepted("updateTenant", {"purchaseApprovalLimit": {"amount": "99.99", "currency": "KES"}})
    assert "comes to 100 KES; approving more than 99.99" in await refusal(graph, order, buyer)
    await graph.accepted("updateTenant", {"purchaseApprovalLimit": {"amount": "100", "currency": "KES"}})
    after = await order_step(graph, "approve", order, actor=buyer)
    assert (after["status"], after["approvedBy"]) == ("APPROVED", ["buyer"])


async def test_two_people_where_the_tenant_asks(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither of them is who submitted it, and the order can be sent only then."""
    await graph.accepted("updateTenant", {"purchaseApprovers": 2})
    order = await given_order(graph, wanted("TEA", 2), status="SUBMITTED")
    assert "submitted PO-000001: two others" in await refusal(graph, order, tenant.actor)
    ann, bob = (tenant.actor_as("purchasing_officer", subject=name) for name in ("ann", "bob"))
    first = await order_step(graph, "approve", order, actor=ann)
    assert (first["status"], first["approvedBy"]) == ("SUBMITTED", ["ann"])
    assert "ann has approved PO-000001 already" in await refusal(graph, first, ann)
    second = await order_step(graph, "approve", first, actor=bob)
    assert (second["status"], second["approvedBy"]) == ("APPROVED", ["ann", "bob"])
    assert (await order_step(graph, "send", second))["status"] == "SENT"


async def test_what_is_rejected_is_approved_anew(graph: GraphClient, tenant: GivenTenant) -> None:
    """Approvals of what it said before count no more."""
    await graph.accepted("updateTenant", {"purchaseApprovers": 2})
    order = await given_order(graph, wanted("TEA", 2), status="SUBMITTED")
    ann, bob = (tenant.actor_as("purchasing_officer", subject=name) for name in ("ann", "bob"))
    await order_step(graph, "approve", order, actor=ann)
    back = await order_step(graph, "reject", order, actor=bob, reason="Too dear")
    assert (back["status"], back["approvedBy"]) == ("DRAFT", [])
    again = await order_step(graph, "submit", await order_step(graph, "update", back, lines=[wanted("TEA", 1)]))
    assert (await order_step(graph, "approve", again, actor=bob))["status"] == "SUBMITTED"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"purchaseApprovers": 0}, "purchaseApprovers"),
        ({"purchaseApprovers": 3}, "purchaseApprovers"),
        ({"purchaseApprovalLimit": {"amount": "-1", "currency": "KES"}}, "purchaseApprovalLimit.amount"),
        ({"purchaseApprovalLimit": {"amount": "1", "currency": "USD"}}, "purchaseApprovalLimit.currency"),
        ({"overReceiptPercent": "-1"}, "overReceiptPercent"),
        ({"overReceiptPercent": "100.1"}, "overReceiptPercent"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(graph: GraphClient, fields: dict[str, Any], path: str) -> None:
    """And the tenant's stay as they were."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("updateTenant", fields)
    assert (error["code"], ".".join(error["path"][1:])) == ("INVALID_INPUT", path)


async def test_the_tenant_says_its_rules(graph: GraphClient) -> None:
    """One approver, no limit and no tolerance at first; 0 takes the limit away again."""
    select = "tenant { purchaseApprovers purchaseApprovalLimit { amount currency } overReceiptPercent }"
    first = await graph.accepted("updateTenant", {"name": "Tea house"}, select)
    assert first["tenant"] == {"purchaseApprovers": 1, "purchaseApprovalLimit": None, "overReceiptPercent": "0"}
    given = {
        "purchaseApprovers": 2, "purchaseApprovalLimit": {"amount": "5000", "currency": "KES"}, "overReceiptPercent": "2.5",
    }  # fmt: skip
    assert (await graph.accepted("updateTenant", given, select))["tenant"] == given
    without = {"purchaseApprovalLimit": {"amount": "0", "currency": "KES"}}
    assert (await graph.accepted("updateTenant", without, select))["tenant"] == {**given, "purchaseApprovalLimit": None}


async def test_submitting_says_who_asks(graph: GraphClient, tenant: GivenTenant) -> None:
    """So that the one who asks is not the one who answers."""
    order = await given_order(graph, wanted("TEA", 2))
    officer = tenant.actor_as("purchasing_officer", subject="mary")
    await order_step(graph, "submit", order, actor=officer)
    assert (await order_now(graph, order))["submittedBy"] == "mary"
