"""Every pair of state and step over GraphQL: taken, or refused by name with nothing changed."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import STEPS_TO, given_acme, given_order, order_now, order_step, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

STEPS: Mapping[str, Mapping[str, Any]] = {
    "update": {"note": "Changed"},
    "submit": {},
    "approve": {},
    "reject": {"reason": "Too much"},
    "send": {},
    "reschedule": {"expectedAt": "2031-05-02T06:00:00Z", "reason": "The ship is late"},
    "cancel": {"reason": "Not needed"},
    "receive": {"lines": [{"sku": "TEA", "quantity": "1"}]},
    "close": {"reason": "Enough"},
}
"""The steps, each with what it is given."""

LEADS_TO = {
    ("DRAFT", "update"): ("DRAFT", "updated"),
    ("DRAFT", "submit"): ("SUBMITTED", "submitted"),
    ("DRAFT", "cancel"): ("CANCELLED", "cancelled"),
    ("SUBMITTED", "approve"): ("APPROVED", "approved"),
    ("SUBMITTED", "reject"): ("DRAFT", "rejected"),
    ("SUBMITTED", "cancel"): ("CANCELLED", "cancelled"),
    ("APPROVED", "reject"): ("DRAFT", "rejected"),
    ("APPROVED", "send"): ("SENT", "sent"),
    ("APPROVED", "cancel"): ("CANCELLED", "cancelled"),
    ("SENT", "reschedule"): ("SENT", "updated"),
    ("SENT", "cancel"): ("CANCELLED", "cancelled"),
    ("SENT", "receive"): ("PARTIALLY_RECEIVED", "updated"),
    ("PARTIALLY_RECEIVED", "receive"): ("RECEIVED", "received"),
    ("PARTIALLY_RECEIVED", "reschedule"): ("PARTIALLY_RECEIVED", "updated"),
    ("PARTIALLY_RECEIVED", "close"): ("CLOSED", "closed"),
    ("RECEIVED", "receive"): ("RECEIVED", "updated"),
    ("RECEIVED", "close"): ("CLOSED", "closed"),
}
"""What can be done in a state, where it leads and which event tells of it. Everything else is refused."""


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


def given_to(step: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """What a step of the order is given; what changes stock always has a key."""
    key = {"idempotencyKey": uuid4().hex} if step == "receive" else {}
    return {"purchaseOrderId": order["id"], **STEPS[step], **key}


@pytest.mark.parametrize("state", STEPS_TO)
@pytest.mark.parametrize("step", STEPS)
async def test_every_pair_of_state_and_step(graph: GraphClient, tenant: GivenTenant, state: str, step: str) -> None:
    """One version and one event for what is taken; for what is refused the state it is in, and no trace."""
    order = await given_order(graph, wanted("TEA", 2), status=state)
    await forget_emitted(tenant)
    if (state, step) not in LEADS_TO:
        async with unchanged(tenant):
            error = await graph.refusal(f"{step}PurchaseOrder", given_to(step, order))
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "purchaseOrderId"])
        assert f"PO-000001 is {state};" in error["message"]
        return
    after = await order_step(graph, step, order, **given_to(step, order))
    status, told = LEADS_TO[state, step]
    assert (after["status"], after["version"]) == (status, order["version"] + 1)
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "purchase_order"]
    assert (event.type, event.aggregate_version) == (f"inventory.purchase_order.{told}", after["version"])
    assert (event.payload["status"], event.payload["reason"]) == (status, STEPS[step].get("reason"))
    assert after == await order_now(graph, after)


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_of_what_has_changed_since_it_was_read_is_refused(graph: GraphClient, step: str) -> None:
    """Whoever says which version he looked at acts on that one or not at all."""
    state = next(state for state, taken in LEADS_TO if taken == step)
    order = await given_order(graph, wanted("TEA", 2), status=state)
    given = given_to(step, order)
    async with unchanged(graph.tenant):
        error = await graph.refusal(f"{step}PurchaseOrder", {**given, "expectedVersion": order["version"] - 1})
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "expectedVersion"])
    await graph.accepted(f"{step}PurchaseOrder", {**given, "expectedVersion": order["version"]})


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_takes_a_permission_and_an_order(graph: GraphClient, tenant: GivenTenant, step: str) -> None:
    """To see purchases is not to decide about them; and what another tenant has does not exist."""
    order = await given_order(graph, wanted("TEA", 2))
    given = given_to(step, order)
    async with unchanged(tenant):
        error = await graph.refusal(f"{step}PurchaseOrder", given, actor=tenant.actor_as("viewer"))
        assert error["code"] == "FORBIDDEN"
        unknown = {**given, "purchaseOrderId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}
        error = await graph.refusal(f"{step}PurchaseOrder", unknown)
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "purchaseOrderId"])
        error = await graph.refusal(f"{step}PurchaseOrder", given, actor=tenant.actor_at())
        assert error["code"] == "FORBIDDEN"


async def test_the_same_key_again_takes_no_second_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """The order as it is now, and that it was done before."""
    order = await given_order(graph, wanted("TEA", 2))
    given = {"purchaseOrderId": order["id"], "idempotencyKey": "once"}
    await graph.accepted("submitPurchaseOrder", given)
    async with unchanged(tenant):
        again = await graph.accepted("submitPurchaseOrder", given, "purchaseOrder { status version }")
    assert again == {"purchaseOrder": {"status": "SUBMITTED", "version": 2}, "errors": [], "replayed": True}


async def test_the_history_says_who_did_what_and_why(graph: GraphClient, tenant: GivenTenant) -> None:
    """The newest first, one entry for each version."""
    order = await given_order(graph, wanted("TEA", 2), status="SUBMITTED")
    officer = tenant.actor_as("purchasing_officer", subject="mary")
    await order_step(graph, "reject", order, actor=officer, reason="Twice the price of last month")
    read = await order_now(graph, order, "purchaseOrder { history { version kind by reason } }")
    ours = tenant.actor.subject
    assert [tuple(step.values()) for step in read["history"]] == [
        (3, "REJECTED", "mary", "Twice the price of last month"), (2, "SUBMITTED", ours, None), (1, "CREATED", ours, None),
    ]  # fmt: skip


async def test_an_order_is_named_by_its_id_or_its_number(graph: GraphClient) -> None:
    """A number is what stands on paper; both at once might be two orders."""
    order = await given_order(graph, wanted("TEA", 2))
    payload = await graph.accepted("submitPurchaseOrder", {"number": "PO-000001"}, "purchaseOrder { id status }")
    assert payload["purchaseOrder"] == {"id": order["id"], "status": "SUBMITTED"}
    data = await graph(
        '{ known: purchaseOrder(number: "PO-000001") { id } unknown: purchaseOrder(number: "PO-9") { id } }'
    )
    assert data == {"known": {"id": order["id"]}, "unknown": None}
    for given, code, path in (
        ({}, "INVALID_INPUT", "purchaseOrderId"),
        ({"number": "PO-000001", "purchaseOrderId": order["id"]}, "INVALID_INPUT", "number"),
        ({"number": "PO-000009"}, "NOT_FOUND", "number"),
        ({"number": "PO-000001"}, "INVALID_TRANSITION", "number"),
    ):
        async with unchanged(graph.tenant):
            error = await graph.refusal("submitPurchaseOrder", given)
        assert (error["code"], error["path"]) == (code, ["input", path])
    (error,) = await graph.errors("{ purchaseOrder { id } }")
    assert error["extensions"]["code"] == "INVALID_INPUT"
