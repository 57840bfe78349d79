"""Limits of roles: who approves an order has a role that covers its total."""

from typing import Any

import pytest

from inventory_graph.actor import Actor
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_step, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

ROLE = "role { code purchaseApprovalLimit { amount currency } }"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def limit(graph: GraphClient, role: str, amount: str | None) -> dict[str, Any]:
    """The role after its limit was set."""
    given = {"limit": {"amount": amount, "currency": "KES"}} if amount is not None else {}
    return (await graph.accepted("setRoleApprovalLimit", {"roleCode": role, **given}, ROLE))["role"]  # type: ignore[no-any-return]


async def refusal(graph: GraphClient, order: dict[str, Any], actor: Actor) -> str:
    """Why the actor may not approve, which left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("approvePurchaseOrder", {"purchaseOrderId": order["id"]}, actor=actor)
    assert error["code"] == "FORBIDDEN"
    message: str = error["message"]
    return message


def with_roles(tenant: GivenTenant, *roles: str) -> Actor:
    """Somebody who has these standard roles."""
    found = [tenant.actor_as(role, subject="ann") for role in roles]
    permissions = frozenset().union(*(each.permissions for each in found))
    return type(found[0])(
        tenant_id=tenant.id, tenant_slug=tenant.slug, subject="ann", roles=frozenset(roles), permissions=permissions
    )


async def test_a_role_approves_up_to_its_limit(graph: GraphClient, tenant: GivenTenant) -> None:
    """Tax and shipping count; whoever may approve anything by the role may no more."""
    order = await given_order(
        graph, wanted("TEA", 2, 50, taxPercent="16"), status="SUBMITTED", shipping={"amount": "4", "currency": "KES"}
    )
    officer = tenant.actor_as("purchasing_officer")
    assert await limit(graph, "purchasing_officer", "119.99") == {
        "code": "purchasing_officer", "purchaseApprovalLimit": {"amount": "119.99", "currency": "KES"},
    }  # fmt: skip
    message = await refusal(graph, order, officer)
    assert "comes to 120 KES; the role purchasing_officer approves up to 119.99 KES" in message
    await limit(graph, "purchasing_officer", "120")
    assert (await order_step(graph, "approve", order, actor=officer))["status"] == "APPROVED"


async def test_without_a_limit_all_is_as_before(graph: GraphClient, tenant: GivenTenant) -> None:
    """Taken away again, or set for a role that the approver does not have."""
    await limit(graph, "viewer", "1")
    await limit(graph, "purchasing_officer", "1")
    assert (await limit(graph, "purchasing_officer", None))["purchaseApprovalLimit"] is None
    order = await given_order(graph, wanted("TEA", 2, 50), status="SUBMITTED")
    buyer = tenant.actor_with("inventory.purchasing.change", subject="buyer")
    assert "needs the permission inventory.purchasing.manage" in await refusal(graph, order, buyer)
    officer = tenant.actor_as("purchasing_officer")
    assert (await order_step(graph, "approve", order, actor=officer))["status"] == "APPROVED"


async def test_the_widest_role_counts(graph: GraphClient, tenant: GivenTenant) -> None:
    """A limit makes nobody smaller who has another role; who may approve anything without a limit still may."""
    await limit(graph, "purchasing_officer", "10")
    await limit(graph, "warehouse_manager", "99")
    order = await given_order(graph, wanted("TEA", 2, 50), status="SUBMITTED")
    both = with_roles(tenant, "purchasing_officer", "warehouse_manager")
    assert "the role warehouse_manager approves up to 99 KES" in await refusal(graph, order, both)
    await limit(graph, "warehouse_manager", "100")
    approved = await order_step(graph, "approve", order, actor=both)
    assert approved["status"] == "APPROVED"
    dearer = await given_order(graph, wanted("TEA", 200, 50), status="SUBMITTED")
    assert "up to 100 KES" in await refusal(graph, dearer, both)
    admin = with_roles(tenant, "purchasing_officer", "inventory_admin")
    assert (await order_step(graph, "approve", dearer, actor=admin))["status"] == "APPROVED"


async def test_what_is_in_another_currency_is_beyond_every_limit(graph: GraphClient, tenant: GivenTenant) -> None:
    """Its worth here is not known yet."""
    await limit(graph, "purchasing_officer", "1000000")
    price = {"unitPrice": {"amount": "1", "currency": "USD"}}
    order = await given_order(graph, wanted("TEA", 1, None, **price), currency="USD", status="SUBMITTED")
    message = await refusal(graph, order, tenant.actor_as("purchasing_officer"))
    assert "is in USD; the role purchasing_officer approves up to 1000000 KES" in message


async def test_setting_a_limit_is_told_and_done_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """What changes nothing is not told; the same key answers again."""
    await forget_emitted(tenant)
    await limit(graph, "purchasing_officer", "10")
    (event,) = await emitted(tenant)
    names = ("role_code", "purchase_approval_limit", "currency", "by")
    assert [event.payload[name] for name in names] == ["purchasing_officer", "10", "KES", tenant.actor.subject]
    assert event.type == "inventory.role.updated"
    async with unchanged(tenant):
        await limit(graph, "purchasing_officer", "10.0")
    given = {"roleCode": "viewer", "limit": {"amount": "5", "currency": "KES"}, "idempotencyKey": "once"}
    first = await graph.accepted("setRoleApprovalLimit", given, ROLE)
    async with unchanged(tenant):
        assert await graph.accepted("setRoleApprovalLimit", given, ROLE) == first | {"replayed": True}
    data = await graph("{ roles { code purchaseApprovalLimit { amount } } }")
    found = {each["code"]: each["purchaseApprovalLimit"] for each in data["roles"]}
    assert (found["viewer"], found["stock_clerk"]) == ({"amount": "5"}, None)


async def test_a_limit_that_makes_no_sense_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """And so is one by somebody who may not approve himself, or sees one outlet only."""
    good = {"amount": "5", "currency": "KES"}
    cases: list[tuple[dict[str, Any], Actor | None, str, list[str]]] = [
        ({"roleCode": "viewer", "limit": {**good, "amount": "-1"}}, None, "INVALID_INPUT", ["limit", "amount"]),
        ({"roleCode": "viewer", "limit": {**good, "amount": "1e3"}}, None, "INVALID_INPUT", ["limit", "amount"]),
        ({"roleCode": "viewer", "limit": {**good, "currency": "USD"}}, None, "INVALID_INPUT", ["limit", "currency"]),
        ({"roleCode": "nobody", "limit": good}, None, "NOT_FOUND", ["roleCode"]),
        ({"roleCode": "viewer"}, tenant.actor_with("inventory.users.manage"), "FORBIDDEN", ["roleCode"]),
        ({"roleCode": "viewer"}, tenant.actor_as("purchasing_officer"), "FORBIDDEN", []),
        ({"roleCode": "viewer"}, tenant.actor_at(), "FORBIDDEN", []),
    ]
    for given, actor, code, path in cases:
        async with unchanged(tenant):
            error = await graph.refusal("setRoleApprovalLimit", given, actor=actor)
        assert (error["code"], error["path"][1:]) == (code, path), given
