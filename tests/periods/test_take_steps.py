"""The states of a period: which step leads on from which, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.periods import (
    NOVEMBER,
    OCTOBER,
    PERIOD,
    SEPTEMBER,
    closing,
    given_closed,
    given_reopened,
    reopening,
    text_of,
)
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("corn")

STATES = ("last closed", "closed, and a later one too", "first open", "open, and an earlier one too")
"""Of the period of September, which is between those of August and October."""

LEADS_TO: dict[tuple[str, str], str | None] = {
    ("last closed", "close"): None,
    ("last closed", "reopen"): "OPEN",
    ("closed, and a later one too", "close"): None,
    ("closed, and a later one too", "reopen"): None,
    ("first open", "close"): "CLOSED",
    ("first open", "reopen"): None,
    ("open, and an earlier one too", "close"): None,
    ("open, and an earlier one too", "reopen"): None,
}
"""Where each step leads from each state; None: it is refused."""


async def given_september(graph: GraphClient, state: str) -> dict[str, Any]:
    """The period of September in that state."""
    august = await given_closed(graph, SEPTEMBER)
    september = await given_closed(graph, OCTOBER)
    if state == "closed, and a later one too":
        await given_closed(graph, NOVEMBER)
    elif state != "last closed":
        september = await given_reopened(graph, september)
        if state == "open, and an earlier one too":
            await given_reopened(graph, august)
    return september


@pytest.mark.parametrize("step", ["close", "reopen"])
@pytest.mark.parametrize("state", STATES)
async def test_every_step_from_every_state(graph: GraphClient, tenant: GivenTenant, state: str, step: str) -> None:
    """Where the table says so it is done, tells of itself and makes a version; anywhere else it is refused and nothing changes."""
    september = await given_september(graph, state)
    mutation, given = f"{step}Period", closing(OCTOBER) if step == "close" else reopening(september)
    status = LEADS_TO[state, step]
    if status is None:
        async with unchanged(tenant):
            error = await graph.refusal(mutation, given)
        argument = "endsAt" if step == "close" else "periodId"
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", argument])
        return
    await forget_emitted(tenant)
    after = (await graph.accepted(mutation, given, PERIOD))["period"]
    assert (after["id"], after["status"], after["version"]) == (september["id"], status, september["version"] + 1)
    (event,) = await emitted(tenant)
    told = "closed" if status == "CLOSED" else "reopened"
    assert (event.type, event.aggregate_version) == (f"inventory.period.{told}", after["version"])


def test_the_table_has_every_pair() -> None:
    """Four states, two steps."""
    assert set(LEADS_TO) == {(state, step) for state in STATES for step in ("close", "reopen")}


async def test_an_end_beside_that_of_a_reopened_period_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither within it nor beyond: first it is closed as it was."""
    await given_reopened(graph, await given_closed(graph, OCTOBER))
    for end in (SEPTEMBER, NOVEMBER):
        async with unchanged(tenant):
            error = await graph.refusal("closePeriod", closing(end))
        assert (error["code"], text_of(OCTOBER) in error["message"]) == ("INVALID_TRANSITION", True)


async def test_a_refusal_to_reopen_says_which_comes_first(graph: GraphClient) -> None:
    """By its end and its id, so that it can be done."""
    august = await given_closed(graph, SEPTEMBER)
    september = await given_closed(graph, OCTOBER)
    error = await graph.refusal("reopenPeriod", reopening(august))
    assert september["id"] in error["message"]
    assert text_of(OCTOBER) in error["message"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "endsAt"),
        ({"endsAt": "2025-09-01T00:00:00Z", "endsOn": "2025-08-31"}, "endsAt"),
        ({"endsAt": "2999-01-01T00:00:00Z"}, "endsAt"),
        ({"endsOn": "2999-01-01"}, "endsOn"),
        ({"endsAt": "1899-01-01T00:00:00Z"}, "endsAt"),
        ({"endsOn": "9999-12-31"}, "endsOn"),
        ({"endsAt": "2025-09-01T00:00:00Z", "note": " "}, "note"),
        ({"endsAt": "2025-09-01T00:00:00Z", "note": "n" * 1_001}, "note"),
    ],
)
async def test_what_is_no_end_is_refused(graph: GraphClient, given: dict[str, Any], path: str) -> None:
    """Neither or both, what is not over, what nobody can have meant."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("closePeriod", {"idempotencyKey": "k", **given})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", path])


async def test_steps_take_a_permission_of_their_own(graph: GraphClient, tenant: GivenTenant) -> None:
    """To run a warehouse is not to close the books; what is closed its manager may see."""
    august = await given_closed(graph, SEPTEMBER)
    manager = tenant.actor_as("warehouse_manager")
    async with unchanged(tenant):
        for mutation, given in (("closePeriod", closing(OCTOBER)), ("reopenPeriod", reopening(august))):
            error = await graph.refusal(mutation, given, actor=manager)
            assert (error["code"], "inventory.periods.manage" in error["message"]) == ("FORBIDDEN", True)
        unknown = {**august, "id": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}
        error = await graph.refusal("reopenPeriod", reopening(unknown))
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "periodId"])
        error = await graph.refusal("reopenPeriod", reopening(august, reason=" "))
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "reason"])
    seen = await graph("{ periods { nodes { id } } }", actor=manager)
    assert seen["periods"]["nodes"] == [{"id": august["id"]}]
    (error,) = await graph.errors("{ periods { nodes { id } } }", actor=tenant.actor_as("stock_clerk"))
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_the_same_key_again_closes_nothing_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """The period as it is now, and that it was done before."""
    given = closing(SEPTEMBER)
    period = (await graph.accepted("closePeriod", given, PERIOD))["period"]
    async with unchanged(tenant):
        again = await graph.accepted("closePeriod", given, PERIOD)
        error = await graph.refusal("closePeriod", {**given, "endsAt": text_of(OCTOBER)})
    assert (again["period"], again["replayed"]) == (period, True)
    assert error["code"] == "IDEMPOTENCY_CONFLICT"


async def test_a_day_ends_by_the_calendar_of_the_tenant(graph: GraphClient) -> None:
    """In Nairobi it is over three hours before it is in Greenwich."""
    given = {"idempotencyKey": "k", "endsOn": "2025-08-31"}
    period = (await graph.accepted("closePeriod", given, PERIOD))["period"]
    assert period["endsAt"] == text_of(SEPTEMBER - timedelta(hours=3))
