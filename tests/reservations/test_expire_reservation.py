"""Expiring: a hold that is past its time holds nothing, from that instant, whoever looks and whether or not a sweeper came by."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory_graph.worker import one_sweep
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, given_swept, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import amounts, refusal_of, reservation_now, stock
from tests.statements import CountingDatabase
from tests.stock.requests import balance, changes_told


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")


async def given_overdue(graph: GraphClient, quantity: int = 4, **fields: Any) -> dict[str, Any]:
    reservation = await given_reservation(graph, wanted("TEA", quantity), **fields)
    await given_time_passed(graph.tenant, reservation)
    return reservation


# ---------------------------------------------------------------- how long
@pytest.mark.parametrize(
    ("fields", "lasts"),
    [
        ({}, timedelta(minutes=15)),
        ({"expiresIn": "PT90S"}, timedelta(seconds=90)),
        ({"expiresIn": "P30D"}, timedelta(days=30)),
    ],
)
async def test_a_hold_lasts_fifteen_minutes_or_as_long_as_is_asked(
    graph: GraphClient, fields: dict[str, Any], lasts: timedelta
) -> None:
    """Exactly, from the instant at which it was made."""
    reservation = await given_reservation(graph, wanted("TEA", 1), **fields)
    made, ends = (datetime.fromisoformat(reservation[name]) for name in ("createdAt", "expiresAt"))
    assert ends - made == lasts


@pytest.mark.parametrize("asked", ["P31D", "PT0S", "P30DT1S"])
async def test_a_hold_lasts_more_than_no_time_and_at_most_thirty_days(graph: GraphClient, asked: str) -> None:
    """Stock that is held for ever by mistake is lost."""
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 1)], "expiresIn": asked})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "expiresIn"])


async def test_an_explicit_null_holds_for_good(graph: GraphClient, tenant: GivenTenant) -> None:
    """Which takes a permission of its own."""
    hard = await given_reservation(graph, wanted("TEA", 1), expiresIn=None)
    assert hard["expiresAt"] is None
    clerk = tenant.actor_with("inventory.reservations.add", "inventory.reservations.view")
    given = {"lines": [wanted("TEA", 1)], "expiresIn": None}
    error = await refusal_of(graph, "reserveStock", given, actor=clerk)
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["input", "expiresIn"])


# ---------------------------------------------------------------- read at once
async def test_every_read_knows_at_once(graph: GraphClient) -> None:
    """The reservation, its lines, its allocations, the lists, the balance and the availability: no sweeper has been there."""
    reservation = await given_overdue(graph)
    read = await reservation_now(graph, reservation)
    assert (read["status"], amounts(read)) == ("EXPIRED", [("4", "0", "0", "4", "0")])
    assert read["resolvedAt"] == read["expiresAt"]
    assert read["lines"][0]["allocations"] == []
    assert await stock(graph, "TEA") == ("10", "0", "10")
    data = await graph(
        "{ expired: reservations(filter: { status: [EXPIRED] }) { nodes { id } } live: reservations(filter: { status: [HELD] })"
        ' { nodes { id } totalCount } availability(skus: ["TEA"]) { available } }'
    )
    assert data["expired"]["nodes"] == [{"id": reservation["id"]}]
    assert data["live"] == {"nodes": [], "totalCount": 0}
    assert data["availability"] == [{"available": "10"}]
    assert read["version"] == 1, "reading is no step"


async def test_what_was_issued_in_part_reads_committed(graph: GraphClient) -> None:
    """Something went out: only the rest has expired."""
    reservation = await given_reservation(graph, wanted("TEA", 4))
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}]
    await given_step(graph, "commitReservation", reservation, lines=part, remainder="KEEP")
    await given_time_passed(graph.tenant, reservation)
    for _ in ("before the sweeper", "after it"):
        read = await reservation_now(graph, reservation)
        assert (read["status"], amounts(read)) == ("COMMITTED", [("4", "0", "1", "3", "0")])
        assert read["resolvedAt"] == read["expiresAt"]
        await given_swept(graph.tenant)


async def test_a_backorder_waits_no_longer_than_its_time(graph: GraphClient, tenant: GivenTenant) -> None:
    """What comes afterwards is for others."""
    reservation = await given_overdue(graph, 12, onShortage="BACKORDER")
    await given_stock(tenant, "TEA", "5")
    assert amounts(await reservation_now(graph, reservation)) == [("12", "0", "0", "10", "0")]
    assert await stock(graph, "TEA") == ("15", "0", "15")


# ---------------------------------------------------------------- commands
async def test_a_command_that_touches_the_balance_ends_the_hold_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """With a version and an event of its own: nobody sees stock come from nowhere."""
    await given_overdue(graph)
    await forget_emitted(tenant)
    again = await given_reservation(graph, wanted("TEA", 10))
    assert amounts(again) == [("10", "10", "0", "0", "0")]
    read = "version movements(first: 3) { nodes { kind quantity fromState toState balanceVersion recordedBy } }"
    found = await balance(graph, "TEA", read)
    assert found["version"] == 4
    held, expired, first = found["movements"]["nodes"]
    assert (held["balanceVersion"], held["quantity"], held["toState"]) == (4, "10", "RESERVED")
    assert (expired["balanceVersion"], expired["quantity"], expired["fromState"], expired["toState"]) == (
        3, "4", "RESERVED", "AVAILABLE",
    )  # fmt: skip
    assert expired["recordedBy"] == "system"
    assert first["balanceVersion"] == 2
    assert [version for _, version, *_ in await changes_told(tenant)] == [3, 4]


async def test_a_late_commit_is_refused_and_issues_nothing(graph: GraphClient) -> None:
    """The stock may be somebody else's already."""
    reservation = await given_overdue(graph)
    await given_reservation(graph, wanted("TEA", 10))
    error = await refusal_of(graph, "commitReservation", {"reservationId": reservation["id"]})
    assert (error["code"], error["expiredAt"]) == (
        "RESERVATION_EXPIRED", (await reservation_now(graph, reservation))["expiresAt"],
    )  # fmt: skip
    assert await stock(graph, "TEA") == ("10", "10", "0")


# ---------------------------------------------------------------- the sweeper
async def test_the_sweeper_tells_of_each(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """One step, one event, under the name of the system; twice is once."""
    reservations = [await given_overdue(graph, 1) for _ in range(3)]
    kept = await given_reservation(graph, wanted("TEA", 1))
    await forget_emitted(tenant)
    for _ in range(20):
        await one_sweep(worker_database)
        if len(await emitted(tenant, "inventory.reservation.expired")) == len(reservations):
            break
    events = await emitted(tenant, "inventory.reservation.expired")
    assert sorted(str(event.aggregate_id) for event in events) == sorted(each["id"] for each in reservations)
    assert {(event.aggregate_version, event.payload["status"]) for event in events} == {(2, "EXPIRED")}
    read = await reservation_now(graph, reservations[0])
    assert [(each["kind"], each["by"]) for each in read["history"]] == [
        ("EXPIRED", "system"), ("HELD", tenant.actor.subject),
    ]  # fmt: skip
    await forget_emitted(tenant)
    assert await given_swept(tenant) == 0
    assert await emitted(tenant) == []
    assert (await reservation_now(graph, kept))["status"] == "HELD"


async def test_the_sweeper_takes_as_many_as_it_may(graph: GraphClient, tenant: GivenTenant) -> None:
    """Those that ended first, first."""
    first, second = [await given_overdue(graph, 1) for _ in range(2)]
    assert await given_swept(tenant, limit=1) == 1
    histories = [(await reservation_now(graph, each))["history"][0]["kind"] for each in (first, second)]
    assert histories == ["EXPIRED", "HELD"]
    assert await given_swept(tenant, limit=1) == 1
