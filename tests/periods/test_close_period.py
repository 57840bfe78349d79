"""Closing a period: what is written down, what is told, what it leaves alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted
from tests.given.items import given_item
from tests.given.periods import (
    NOVEMBER,
    OCTOBER,
    PERIOD,
    SEPTEMBER,
    closing,
    given_closed,
    given_reopened,
    reopening,
    rows_written,
    text_of,
)
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done
from tests.stock.test_read_budgets import given_shop

pytestmark = pytest.mark.usefixtures("corn")


async def late(graph: GraphClient, delta: str, days_before_october: int) -> None:
    """A correction that belongs into September."""
    at = text_of(OCTOBER - timedelta(days=days_before_october))
    await done(graph, "adjustStock", {"sku": "CORN", "delta": delta, "reason": "SHRINKAGE", "occurredAt": at})


async def drifts(graph: GraphClient) -> list[Any]:
    """What the live audit finds."""
    found: list[Any] = (await graph("{ stockAudit { drifts { kind subject expected found } } }"))["stockAudit"][
        "drifts"
    ]
    return found


async def test_a_period_begins_where_the_last_one_ends(graph: GraphClient, tenant: GivenTenant) -> None:
    """And says what the stock was worth then, and how much happened in it."""
    august = await given_closed(graph, SEPTEMBER, note="August")
    september = await given_closed(graph, OCTOBER)
    ours = tenant.actor.subject
    assert august["closedAt"]
    del august["closedAt"], august["history"][0]["at"]
    value = {"amount": "40", "currency": "KES"}
    assert august == {
        "id": august["id"], "startsAt": None, "endsAt": text_of(SEPTEMBER), "status": "CLOSED", "movementCount": 1,
        "note": "August", "version": 1, "closedBy": ours, "value": value,
        "history": [
            {
                "version": 1, "kind": "CLOSED", "by": ours, "reason": "August", "balanceCount": 1, "value": {"amount": "40"},
            }
        ],
    }  # fmt: skip
    assert (september["startsAt"], september["value"]["amount"]) == (text_of(SEPTEMBER), "120")
    assert await drifts(graph) == []


async def test_what_happens_at_the_end_belongs_to_the_next(graph: GraphClient, tenant: GivenTenant) -> None:
    """The end is the first instant that stays open."""
    await given_stock(tenant, "CORN", "1", occurred_at=SEPTEMBER)
    await given_stock(tenant, "CORN", "1", occurred_at=SEPTEMBER - timedelta(microseconds=1))
    assert [(await given_closed(graph, end))["movementCount"] for end in (SEPTEMBER, OCTOBER)] == [2, 2]


async def test_events_say_what_was_closed_and_reopened(graph: GraphClient, tenant: GivenTenant) -> None:
    """With what an earlier closing had found, so that who reported it knows."""
    august = await given_closed(graph, SEPTEMBER)
    await graph.accepted("reopenPeriod", reopening(august, reason="Found a crate"))
    at = text_of(SEPTEMBER - timedelta(days=1))
    await done(graph, "adjustStock", {"sku": "CORN", "delta": "1", "reason": "FOUND", "occurredAt": at})
    await given_closed(graph, SEPTEMBER, note="Again")
    events = [event for event in await emitted(tenant) if event.aggregate_type == "period"]
    assert [event.type for event in events] == [f"inventory.period.{each}" for each in ("closed", "reopened", "closed")]
    assert [event.aggregate_version for event in events] == [1, 2, 3]
    told = [
        [
            event.payload[name]
            for name in ("status", "value", "value_before", "movement_count", "balance_count", "reason")
        ]
        for event in events
    ]
    assert told == [
        ["closed", "40", None, 1, 1, None], ["open", "40", None, 1, None, "Found a crate"],
        ["closed", "44", "40", 2, 1, "Again"],
    ]  # fmt: skip
    last = events[-1].payload
    assert (last["period_id"], last["ends_at"], last["starts_at"]) == (august["id"], "2025-09-01T00:00:00+00:00", None)
    assert (last["tenant_id"], last["currency"], last["recorded_by"]) == (str(tenant.id), "KES", tenant.actor.subject)


async def test_a_late_movement_costs_a_row_of_its_period_and_no_other(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of fifty balances one is written down anew, when its period is closed again; later periods only where they held it."""
    await given_shop(graph, tenant)
    for number in range(50):
        await given_stock(tenant, f"R-{number:03}", "2", occurred_at=OCTOBER - timedelta(days=5))
    await given_closed(graph, SEPTEMBER)
    september = await given_closed(graph, OCTOBER)
    assert await rows_written(tenant) == 1 + 51
    await given_reopened(graph, september)
    await late(graph, "-1", 5)
    assert await rows_written(tenant) == 1 + 51
    again = await given_closed(graph, OCTOBER)
    assert (again["history"][0]["balanceCount"], await rows_written(tenant)) == (1, 1 + 51 + 1)
    # What was reported first is still there, in the history and below the newer row.
    assert [step["value"] and step["value"]["amount"] for step in again["history"]] == ["116", None, "120"]
    assert await drifts(graph) == []


async def test_a_late_movement_far_back_is_carried_through_every_period_that_is_closed_again(
    graph: GraphClient,
) -> None:
    """One row for each of them, and the sums follow."""
    periods = [await given_closed(graph, end) for end in (SEPTEMBER, OCTOBER, NOVEMBER)]
    for period in reversed(periods):
        await given_reopened(graph, period)
    at = text_of(SEPTEMBER - timedelta(days=3))
    await done(graph, "adjustStock", {"sku": "CORN", "delta": "-2", "reason": "SHRINKAGE", "occurredAt": at})
    again = [await given_closed(graph, end) for end in (SEPTEMBER, OCTOBER, NOVEMBER)]
    assert [period["id"] for period in again] == [period["id"] for period in periods]
    assert [period["value"]["amount"] for period in periods] == ["40", "120", "240"]
    assert [period["value"]["amount"] for period in again] == ["32", "112", "232"]
    assert [period["history"][0]["balanceCount"] for period in again] == [1, 1, 1]
    assert await drifts(graph) == []


async def test_a_balance_that_did_not_move_costs_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """An earlier row tells what it was."""
    await given_item(tenant, sku="SALT")
    await given_stock(tenant, "SALT", "5", occurred_at=SEPTEMBER - timedelta(days=2))
    counts = [(await given_closed(graph, end))["history"][0]["balanceCount"] for end in (SEPTEMBER, OCTOBER)]
    assert counts == [2, 1]


async def test_closing_takes_a_constant_number_of_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """One balance or fifty-one: the same nine, with the key's two and the event."""
    await given_shop(graph, tenant)
    for number in range(50):
        await given_stock(tenant, f"R-{number:03}", "2", occurred_at=OCTOBER - timedelta(days=5))
    for end in (SEPTEMBER, OCTOBER):
        async with statements(database) as counted:
            await graph.accepted("closePeriod", closing(end))
        counted.assert_at_most(9)


async def test_what_other_tenants_close_is_theirs(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither seen, nor reopened, nor in the way."""
    period = await given_closed(graph, OCTOBER)
    other = await given_tenant(tenant.database)
    theirs = GraphClient(graph.client, graph.callers, other)
    assert (await theirs("{ periods { nodes { id } totalCount } }"))["periods"] == {"nodes": [], "totalCount": 0}
    error = await theirs.refusal("reopenPeriod", reopening(period))
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "periodId"])
    await given_item(other, sku="CORN", unit="KG")
    await given_stock(other, "CORN", "1", occurred_at=SEPTEMBER)
    assert (await given_closed(theirs, SEPTEMBER))["movementCount"] == 0
    seen = (await graph("{ periods { nodes { id status } } }"))["periods"]["nodes"]
    assert seen == [{"id": period["id"], "status": "CLOSED"}]


PAGE = f"""query($first: Int!, $after: String) {{ periods(first: $first, after: $after) {{
  nodes {{ {PERIOD.removeprefix("period {")} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"""


async def test_periods_come_in_pages_the_newest_first(graph: GraphClient, database: CountingDatabase) -> None:
    """With their histories in one statement."""
    ends = [SEPTEMBER, OCTOBER, NOVEMBER, NOVEMBER + timedelta(days=7)]
    made = [(await given_closed(graph, end))["id"] for end in ends]
    async with statements(database) as counted:
        first = (await graph(PAGE, {"first": 3, "after": None}))["periods"]
    counted.assert_at_most(3)
    rest = (await graph(PAGE, {"first": 3, "after": first["pageInfo"]["endCursor"]}))["periods"]
    assert [each["id"] for page in (first, rest) for each in page["nodes"]] == made[::-1]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (4, True, False)
    (error,) = await graph.errors(PAGE, {"first": 3, "after": uuid4().hex})
    assert error["extensions"]["code"] == "INVALID_INPUT"
