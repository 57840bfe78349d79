"""Every pair of state and step over GraphQL: taken, or refused by name with nothing changed."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.transfers import given_transfer, going, step_input, transfer_now, transfer_step
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")

STATES = ("DRAFT", "SUBMITTED", "APPROVED", "SHIPPED", "PARTIALLY_RECEIVED", "COMPLETED", "CANCELLED")
STEPS: Mapping[str, Mapping[str, Any]] = {
    "updateTransfer": {"note": "Changed"},
    "submitTransfer": {},
    "approveTransfer": {},
    "rejectTransfer": {"reason": "Too much"},
    "shipTransfer": {},
    "receiveTransfer": {},
    "reportTransferLoss": {"reason": "LOST"},
    "cancelTransfer": {"reason": "Not needed"},
}
"""The steps, each with what it is given."""

LEADS_TO = {
    ("DRAFT", "updateTransfer"): ("DRAFT", ["updated"]),
    ("DRAFT", "submitTransfer"): ("SUBMITTED", ["submitted"]),
    ("DRAFT", "approveTransfer"): ("APPROVED", ["approved"]),
    ("DRAFT", "cancelTransfer"): ("CANCELLED", ["cancelled"]),
    ("SUBMITTED", "approveTransfer"): ("APPROVED", ["approved"]),
    ("SUBMITTED", "rejectTransfer"): ("DRAFT", ["rejected"]),
    ("SUBMITTED", "cancelTransfer"): ("CANCELLED", ["cancelled"]),
    ("APPROVED", "rejectTransfer"): ("DRAFT", ["rejected"]),
    ("APPROVED", "shipTransfer"): ("SHIPPED", ["shipped"]),
    ("APPROVED", "cancelTransfer"): ("CANCELLED", ["cancelled"]),
    ("SHIPPED", "receiveTransfer"): ("COMPLETED", ["received", "completed"]),
    ("SHIPPED", "reportTransferLoss"): ("COMPLETED", ["loss_reported", "completed"]),
    ("SHIPPED", "cancelTransfer"): ("CANCELLED", ["cancelled"]),
    ("PARTIALLY_RECEIVED", "receiveTransfer"): ("COMPLETED", ["received", "completed"]),
    ("PARTIALLY_RECEIVED", "reportTransferLoss"): ("COMPLETED", ["loss_reported", "completed"]),
    ("PARTIALLY_RECEIVED", "cancelTransfer"): ("CANCELLED", ["cancelled"]),
}
"""What can be done in a state, where it leads and which events tell of it. Everything else is refused."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
async def test_every_pair_of_state_and_step(graph: GraphClient, tenant: GivenTenant, state: str, step: str) -> None:
    """One version and one event for each step; for what is refused the state it is in, and no trace."""
    transfer = await given_transfer(graph, going("TEA", 3), status=state)
    await forget_emitted(tenant)
    if (state, step) not in LEADS_TO:
        async with unchanged(tenant):
            error = await graph.refusal(step, step_input(step, transfer, **STEPS[step]))
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "transferId"])
        assert f"TR-000001 is {state}" in error["message"]
        return
    after = await transfer_step(graph, step, transfer, **STEPS[step])
    status, told = LEADS_TO[state, step]
    assert (after["status"], after["version"]) == (status, transfer["version"] + len(told))
    events = [event for event in await emitted(tenant) if event.aggregate_type == "transfer"]
    assert [event.type for event in events] == [f"inventory.transfer.{each}" for each in told]
    assert [event.aggregate_version for event in events] == [
        transfer["version"] + number for number in range(1, len(told) + 1)
    ]
    assert events[-1].payload["status"] == status
    assert after == await transfer_now(graph, after)


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_of_what_has_changed_since_it_was_read_is_refused(graph: GraphClient, step: str) -> None:
    """Whoever says which version he looked at acts on that one or not at all."""
    state = next(state for state, taken in LEADS_TO if taken == step)
    transfer = await given_transfer(graph, going("TEA", 3), status=state)
    given = step_input(step, transfer, **STEPS[step])
    async with unchanged(graph.tenant):
        error = await graph.refusal(step, {**given, "expectedVersion": transfer["version"] - 1})
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "expectedVersion"])
    await graph.accepted(step, {**given, "expectedVersion": transfer["version"]})


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_takes_a_permission_and_a_transfer(graph: GraphClient, tenant: GivenTenant, step: str) -> None:
    """To see transfers is not to decide about them; and what another tenant has does not exist."""
    state = next(state for state, taken in LEADS_TO if taken == step)
    transfer = await given_transfer(graph, going("TEA", 3), status=state)
    given = step_input(step, transfer, **STEPS[step])
    async with unchanged(tenant):
        error = await graph.refusal(step, given, actor=tenant.actor_as("purchasing_officer"))
        assert error["code"] == "FORBIDDEN"
        unknown = {**given, "transferId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}
        error = await graph.refusal(step, unknown)
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "transferId"])
        error = await graph.refusal(step, given, actor=tenant.actor_at())
        assert error["code"] == "FORBIDDEN"


@pytest.mark.parametrize("step", ["approveTransfer", "rejectTransfer"])
async def test_a_clerk_does_not_decide(graph: GraphClient, tenant: GivenTenant, step: str) -> None:
    """Who ships and receives is not who lets things go."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SUBMITTED")
    async with unchanged(tenant):
        error = await graph.refusal(step, step_input(step, transfer), actor=tenant.actor_as("transfer_clerk"))
    assert (error["code"], "inventory.transfers.manage" in error["message"]) == ("FORBIDDEN", True)


async def test_a_transfer_is_named_by_its_number_too(graph: GraphClient, tenant: GivenTenant) -> None:
    """As it stands on the paper; and a line by its SKU, where there is one of it."""
    await given_transfer(graph, going("TEA", 3), status="APPROVED")
    line = {"sku": "TEA", "quantity": "2"}
    select = "transfer { status }"
    given = {"number": "TR-000001", "idempotencyKey": "k", "lines": [line]}
    assert (await graph.accepted("shipTransfer", given, select))["transfer"] == {"status": "SHIPPED"}
    assert (await graph.accepted("receiveTransfer", given, select))["transfer"] == {"status": "COMPLETED"}
    async with unchanged(tenant):
        error = await graph.refusal("submitTransfer", {"number": "TR-000009"})
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "number"])
        for named in ({}, {"number": "TR-000001", "transferId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}):
            error = await graph.refusal("submitTransfer", named)
            assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "transferId"])


async def test_the_same_key_again_takes_no_second_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """The transfer as it is now, and that it was done before."""
    transfer = await given_transfer(graph, going("TEA", 3), status="APPROVED")
    given = step_input("shipTransfer", transfer)
    await graph.accepted("shipTransfer", given)
    async with unchanged(tenant):
        again = await graph.accepted("shipTransfer", given, "transfer { status version }")
    assert again == {"transfer": {"status": "SHIPPED", "version": 4}, "errors": [], "replayed": True}


async def test_the_history_says_who_did_what_and_why(graph: GraphClient, tenant: GivenTenant) -> None:
    """The newest first, one entry for each version."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SUBMITTED")
    manager = tenant.actor_as("warehouse_manager", subject="mary")
    await transfer_step(graph, "approveTransfer", transfer, actor=manager, reason="Go")
    await transfer_step(graph, "shipTransfer", transfer)
    read = await transfer_now(graph, transfer, "transfer { history { version kind by reason details } }")
    ours = tenant.actor.subject
    assert [tuple(step.values()) for step in read["history"]] == [
        (4, "SHIPPED", ours, None, {"0": "3"}), (3, "APPROVED", "mary", "Go", None), (2, "SUBMITTED", ours, None, None),
        (1, "CREATED", ours, None, None),
    ]  # fmt: skip
