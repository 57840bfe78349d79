"""Collecting: held until the pickup window ends, ready, collected, or nobody came."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, given_swept, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, reservation_now, stock

READY, NO_SHOW, COMMIT = "markReservationReady", "markReservationNoShow", "commitReservation"
COLLECT: dict[str, Any] = {"type": "CLICK_AND_COLLECT"}


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")


def in_hours(hours: float) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def given_pickup(graph: GraphClient, **fields: Any) -> dict[str, Any]:
    """Four to be collected in three hours, unless the fields say otherwise."""
    given: dict[str, Any] = {**COLLECT, "pickupAt": in_hours(3).isoformat(), **fields}
    return await given_reservation(graph, wanted("TEA", 4), **given)


# ---------------------------------------------------------------- the window
@pytest.mark.parametrize(("until", "ends"), [(None, 5), (8, 8)], ids=["two hours of grace", "the window's end"])
async def test_it_is_held_to_the_end_of_the_window(graph: GraphClient, until: int | None, ends: int) -> None:
    """Which is two hours after it begins unless somebody says."""
    begins = in_hours(3)
    window: dict[str, Any] = {} if until is None else {"pickupUntil": (begins + timedelta(hours=until - 3)).isoformat()}
    read = await reservation_now(graph, await given_pickup(graph, pickupAt=begins.isoformat(), **window))
    expected = begins + timedelta(hours=ends - 3)
    assert (instant(read["pickupAt"]), instant(read["pickupUntil"]), instant(read["expiresAt"])) == (
        begins, expected, expected,
    )  # fmt: skip


@pytest.mark.parametrize("expires_in", ["P2D", None])
async def test_a_window_is_kept_where_the_hold_ends_at_another_time(graph: GraphClient, expires_in: str | None) -> None:
    """Or never: who collects is told the window that was agreed."""
    window = {"pickupAt": in_hours(3).isoformat(), "pickupUntil": in_hours(8).isoformat()}
    read = await reservation_now(graph, await given_pickup(graph, **window, expiresIn=expires_in))
    assert {name: instant(read[name]) for name in window} == {name: instant(text) for name, text in window.items()}
    assert (read["expiresAt"] is None) is (expires_in is None)


@pytest.mark.parametrize(
    ("begins", "ends", "path"),
    [
        (None, 5, "pickupUntil"), (3, 2, "pickupUntil"), (3, 3, "pickupUntil"), (-1, None, "pickupAt"),
        (31 * 24, None, "pickupAt"), (24, 31 * 24, "pickupUntil"),
    ],
)  # fmt: skip
async def test_a_window_that_makes_no_sense_is_refused(
    graph: GraphClient, begins: int | None, ends: int | None, path: str
) -> None:
    """Without a beginning, ended before it begins, past, or beyond thirty days."""
    base = in_hours(0)
    window = {
        name: (base + timedelta(hours=hours)).isoformat()
        for name, hours in (("pickupAt", begins), ("pickupUntil", ends))
        if hours is not None
    }
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 1)], **COLLECT, **window})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", path])


# ---------------------------------------------------------------- ready
async def test_it_is_told_that_it_lies_ready(graph: GraphClient, tenant: GivenTenant) -> None:
    """Once: the second time is no step."""
    reservation = await given_pickup(graph)
    await forget_emitted(tenant)
    versions = [(await given_step(graph, READY, reservation))["version"] for _ in range(2)]
    read = await reservation_now(graph, reservation)
    assert (versions, read["status"], read["readyAt"]) == ([2, 2], "HELD", read["history"][0]["at"])
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["step"]) == ("inventory.reservation.updated", "READY")


async def test_what_still_waits_cannot_be_ready(graph: GraphClient) -> None:
    """The customer would come in vain."""
    waiting = await given_reservation(
        graph, wanted("TEA", 11), **COLLECT, pickupAt=in_hours(3).isoformat(), onShortage="BACKORDER"
    )
    error = await refusal_of(graph, READY, {"reservationId": waiting["id"]})
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "reservationId"])


@pytest.mark.parametrize("verb", [READY, NO_SHOW])
@pytest.mark.parametrize("kind", ["ORDER", "POS", "TRANSFER", "PRODUCTION"])
async def test_only_what_is_collected_is_ready_or_not_collected(graph: GraphClient, kind: str, verb: str) -> None:
    """An order that is delivered is not waited for."""
    reservation = await given_reservation(graph, wanted("TEA", 1), type=kind)
    error = await refusal_of(graph, verb, {"reservationId": reservation["id"]})
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "reservationId"])


# ---------------------------------------------------------------- collected, or not
async def test_a_commit_says_that_it_was_collected(graph: GraphClient) -> None:
    """When: with the first part; an order that is delivered is not collected."""
    reservation = await given_pickup(graph)
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}]
    await given_step(graph, COMMIT, reservation, lines=part, remainder="KEEP")
    read = await reservation_now(graph, reservation)
    assert read["collectedAt"] == read["history"][0]["at"]
    await given_step(graph, COMMIT, reservation)
    assert (await reservation_now(graph, reservation))["collectedAt"] == read["collectedAt"]
    order = await given_reservation(graph, wanted("TEA", 1))
    await given_step(graph, COMMIT, order)
    assert (await reservation_now(graph, order))["collectedAt"] is None


async def test_a_no_show_is_given_back_by_hand(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who knows that nobody comes need not wait for the window's end."""
    reservation = await given_pickup(graph)
    await forget_emitted(tenant)
    done = await given_step(graph, NO_SHOW, reservation, reason="Called, will not come")
    read = await reservation_now(graph, reservation)
    assert (done["status"], read["noShowAt"]) == ("RELEASED", read["history"][0]["at"])
    assert (read["history"][0]["kind"], read["history"][0]["reason"]) == ("NO_SHOW", "Called, will not come")
    assert await stock(graph, "TEA") == ("10", "0", "10")
    (event,) = await emitted(tenant, "inventory.reservation.released")
    assert event.payload["step"] == "NO_SHOW"


async def test_a_no_show_is_noted_by_the_sweeper(graph: GraphClient, tenant: GivenTenant) -> None:
    """When the window has ended and nothing was collected; of what was collected in part nobody failed to show up."""
    nobody, somebody = await given_pickup(graph), await given_pickup(graph)
    part = [{"lineId": somebody["lines"][0]["id"], "quantity": "1"}]
    await given_step(graph, COMMIT, somebody, lines=part, remainder="KEEP")
    for reservation in (nobody, somebody):
        await given_time_passed(tenant, reservation)
    await given_swept(tenant)
    reads = [await reservation_now(graph, each) for each in (nobody, somebody)]
    assert [(read["status"], read["noShowAt"] is not None) for read in reads] == [
        ("EXPIRED", True),
        ("COMMITTED", False),
    ]
    assert await stock(graph, "TEA") == ("9", "0", "9")
