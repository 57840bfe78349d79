"""Committing: what was held is issued, whole or in part, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.reservations import (
    RESERVATION,
    given_reservation,
    given_step,
    given_swept,
    given_time_passed,
    wanted,
)
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import amounts, held, lots, refusal_of, reservation_now, stock

COMMIT = "commitReservation"


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10", unit_cost="2.5")


def part(reservation: dict[str, Any], quantity: str, line: int = 0) -> list[dict[str, str]]:
    return [{"lineId": reservation["lines"][line]["id"], "quantity": quantity}]


async def test_everything_is_issued_without_lines(graph: GraphClient) -> None:
    """On hand falls by what was held, available stays as it was."""
    reservation = await given_reservation(graph, wanted("TEA", 4), wanted("TEA", 2))
    done = await given_step(graph, COMMIT, reservation)
    assert (done["status"], done["version"]) == ("COMMITTED", 2)
    assert amounts(done) == [("4", "0", "4", "0", "0"), ("2", "0", "2", "0", "0")]
    assert await stock(graph, "TEA") == ("4", "0", "4")
    assert done["resolvedAt"] is not None


@pytest.mark.parametrize(
    ("remainder", "status", "line", "left"),
    [
        ("KEEP", "PARTIALLY_COMMITTED", ("5", "2", "3", "0", "0"), ("7", "2", "5")),
        ("RELEASE", "COMMITTED", ("5", "0", "3", "2", "0"), ("7", "0", "7")),
        (None, "COMMITTED", ("5", "0", "3", "2", "0"), ("7", "0", "7")),
    ],
)
async def test_three_of_five_are_shipped(
    graph: GraphClient, remainder: str | None, status: str, line: tuple[str, ...], left: tuple[str, ...]
) -> None:
    """The rest is kept or released by choice; released if nobody chooses."""
    reservation = await given_reservation(graph, wanted("TEA", 5))
    more: dict[str, Any] = {} if remainder is None else {"remainder": remainder}
    done = await given_step(graph, COMMIT, reservation, lines=part(reservation, "3"), **more)
    assert (done["status"], amounts(done)) == (status, [line])
    assert await stock(graph, "TEA") == left


async def test_what_was_kept_can_be_committed_later(graph: GraphClient) -> None:
    """In as many parts as it takes; the last one resolves it."""
    reservation = await given_reservation(graph, wanted("TEA", 5))
    for quantity in ("1", "3"):
        done = await given_step(graph, COMMIT, reservation, lines=part(reservation, quantity), remainder="KEEP")
        assert done["status"] == "PARTIALLY_COMMITTED"
    done = await given_step(graph, COMMIT, reservation, remainder="KEEP")
    assert (done["status"], done["version"], amounts(done)) == ("COMMITTED", 4, [("5", "0", "5", "0", "0")])
    assert await stock(graph, "TEA") == ("5", "0", "5")


async def test_lines_that_are_not_named_are_released_or_kept(graph: GraphClient) -> None:
    """The remainder is that of the whole reservation."""
    reservation = await given_reservation(graph, wanted("TEA", 2), wanted("TEA", 3))
    done = await given_step(graph, COMMIT, reservation, lines=part(reservation, "3", line=1))
    assert amounts(done) == [("2", "0", "0", "2", "0"), ("3", "0", "3", "0", "0")]


@pytest.mark.parametrize("quantity", ["6", "0", "-1", "2.5"])
async def test_not_more_is_issued_than_is_held(graph: GraphClient, quantity: str) -> None:
    """Nor nothing, nor less, nor half a piece."""
    reservation = await given_reservation(graph, wanted("TEA", 5))
    given = {"reservationId": reservation["id"], "lines": part(reservation, quantity)}
    error = await refusal_of(graph, COMMIT, given)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "quantity"])


async def test_lines_must_be_its_own_and_named_once(graph: GraphClient) -> None:
    """Another reservation's line is not issued by accident."""
    reservation, other = [await given_reservation(graph, wanted("TEA", 2)) for _ in range(2)]
    foreign = await refusal_of(graph, COMMIT, {"reservationId": reservation["id"], "lines": part(other, "1")})
    twice = await refusal_of(graph, COMMIT, {"reservationId": reservation["id"], "lines": part(reservation, "1") * 2})
    assert [(error["code"], error["path"]) for error in (foreign, twice)] == [
        ("INVALID_INPUT", ["input", "lines", "0", "lineId"]), ("INVALID_INPUT", ["input", "lines", "1", "lineId"]),
    ]  # fmt: skip


async def test_nothing_is_issued_of_what_waits(graph: GraphClient) -> None:
    """A backorder that holds nothing yet has nothing to give."""
    await given_reservation(graph, wanted("TEA", 10))
    waiting = await given_reservation(graph, wanted("TEA", 1), onShortage="BACKORDER")
    error = await refusal_of(graph, COMMIT, {"reservationId": waiting["id"]})
    assert error["code"] == "INVALID_TRANSITION"


async def test_what_waits_keeps_waiting_when_the_remainder_is_kept(graph: GraphClient, tenant: GivenTenant) -> None:
    """Ship what is there now, the rest when it comes; released, it waits no more."""
    reservation = await given_reservation(graph, wanted("TEA", 12), onShortage="BACKORDER", reference="kept")
    done = await given_step(graph, COMMIT, reservation, remainder="KEEP")
    assert (done["status"], amounts(done)) == ("PARTIALLY_COMMITTED", [("12", "0", "10", "0", "2")])
    await given_stock(tenant, "TEA", "1")
    assert amounts(await reservation_now(graph, reservation)) == [("12", "1", "10", "0", "1")]
    done = await given_step(graph, COMMIT, reservation)
    assert (done["status"], amounts(done)) == ("COMMITTED", [("12", "0", "11", "0", "0")])
    await given_stock(tenant, "TEA", "5")
    assert await stock(graph, "TEA") == ("5", "0", "5")


async def test_a_recipe_in_parts_comes_to_exactly_the_whole(graph: GraphClient, tenant: GivenTenant) -> None:
    """A third of a kilogram a piece: whatever the rounding of each part, the last one takes what is left."""
    await given_item(tenant, sku="DOUGH", unit="KG")
    await given_stock(tenant, "DOUGH", "1")
    await given_recipe(tenant, "ROLL", component("DOUGH", "1"), output_quantity=3)
    reservation = await given_reservation(graph, wanted("ROLL", 3))
    assert held(await reservation_now(graph, reservation)) == {"DOUGH": "1"}
    seen = []
    for _ in range(3):
        await given_step(graph, COMMIT, reservation, lines=part(reservation, "1"), remainder="KEEP")
        seen.append(await stock(graph, "DOUGH"))
    assert seen == [("0.666667", "0.666667", "0"), ("0.333333", "0.333333", "0"), ("0", "0", "0")]


async def test_pieces_are_issued_in_the_order_they_were_taken(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each is sold, and no other piece goes."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_stock(tenant, "PHONE", "3", serials=("P1", "P2", "P3"))
    reservation = await given_reservation(graph, wanted("PHONE", 2, serials=["P3", "P1"]))
    await given_step(graph, COMMIT, reservation, lines=part(reservation, "1"), remainder="KEEP")
    states = {}
    for number in ("P1", "P2", "P3"):
        data = await graph('query($n: String!) { serial(sku: "PHONE", serial: $n) { status } }', {"n": number})
        states[number] = data["serial"]["status"]
    assert sorted(states.values()) == ["IN_STOCK", "RESERVED", "SOLD"]
    assert states["P2"] == "IN_STOCK"


async def test_the_lots_that_were_held_are_the_ones_that_go(graph: GraphClient, tenant: GivenTenant) -> None:
    """Though a lot that expires sooner has come since."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_stock(tenant, "MILK", "5", lot="JUNE", expires_on=datetime.now(UTC).date() + timedelta(days=60))
    reservation = await given_reservation(graph, wanted("MILK", 3))
    await given_stock(tenant, "MILK", "5", lot="MAY", expires_on=datetime.now(UTC).date() + timedelta(days=30))
    await given_step(graph, COMMIT, reservation)
    assert lots(await reservation_now(graph, reservation)) == [("JUNE", "3")]
    data = await graph('{ stockBalance(sku: "MILK") { lots { nodes { lot { code } onHand } } } }')
    assert [(each["lot"]["code"], each["onHand"]) for each in data["stockBalance"]["lots"]["nodes"]] == [
        ("JUNE", "2"), ("MAY", "5"),
    ]  # fmt: skip


async def test_it_is_recorded_for_when_it_happened(graph: GraphClient) -> None:
    """An hour ago needs no permission; the day before yesterday does."""
    reservation = await given_reservation(graph, wanted("TEA", 1))
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    await given_step(graph, COMMIT, reservation, occurredAt=an_hour_ago.isoformat())
    read = '{ stockBalance(sku: "TEA") { movements(first: 1) { nodes { kind occurredAt unitCost { amount } } } } }'
    (movement,) = (await graph(read))["stockBalance"]["movements"]["nodes"]
    assert datetime.fromisoformat(movement["occurredAt"]) == an_hour_ago
    assert movement["unitCost"] == {"amount": "2.5"}


async def test_of_a_commit_and_a_release_at_the_same_time_one_wins(graph: GraphClient) -> None:
    """And the other is told so: what was given back is not issued, what was issued not given back."""
    for _ in range(20):
        reservation = await given_reservation(graph, wanted("TEA", 1))
        before = await stock(graph, "TEA")
        given = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"]}
        verbs = (COMMIT, "releaseReservation")
        payloads = await asyncio.gather(*(graph.payload(verb, given, RESERVATION) for verb in verbs))
        assert sorted(error["code"] for each in payloads for error in each["errors"]) == ["ALREADY_RESOLVED"]
        (winner,) = [each["reservation"]["status"] for each in payloads if not each["errors"]]
        gone = {"COMMITTED": 1, "RELEASED": 0}[winner]
        assert await stock(graph, "TEA") == (str(int(before[0]) - gone), "0", str(int(before[0]) - gone))
        if gone:
            await given_stock(graph.tenant, "TEA", "1")


# ---------------------------------------------------------------- the state machine
VERBS: dict[str, dict[str, Any]] = {
    "extendReservation": {"expiresIn": "PT1H"},
    "commitReservation": {},
    "releaseReservation": {},
    "markReservationReady": {},
    "markReservationNoShow": {},
    "assignReservation": {"orderId": str(uuid4())},
}
ALLOWED = {
    "HELD": {
        "extendReservation": "HELD", "commitReservation": "COMMITTED", "releaseReservation": "RELEASED",
        "markReservationReady": "HELD", "markReservationNoShow": "RELEASED", "assignReservation": "HELD",
    },
    "PARTIALLY_COMMITTED": {
        "extendReservation": "PARTIALLY_COMMITTED", "commitReservation": "COMMITTED", "releaseReservation": "COMMITTED",
        "markReservationReady": "PARTIALLY_COMMITTED", "markReservationNoShow": "COMMITTED", "assignReservation": "",
    },
}  # fmt: skip
"""What each verb makes of what is still held, nothing where it is refused; of what is resolved no verb makes anything."""
REFUSED = {
    "COMMITTED": "AlreadyResolved", "RELEASED": "AlreadyResolved",
    "OVERDUE": "ReservationExpired", "PARTIALLY_OVERDUE": "ReservationExpired",
    "OVERDUE and swept": "ReservationExpired", "PARTIALLY_OVERDUE and swept": "ReservationExpired",
}  # fmt: skip


async def given_in_state(graph: GraphClient, state: str) -> dict[str, Any]:
    """A reservation to be collected, of three, in that state."""
    reservation = await given_reservation(graph, wanted("TEA", 3), type="CLICK_AND_COLLECT")
    if state.startswith("PARTIALLY"):
        reservation = await given_step(graph, COMMIT, reservation, lines=part(reservation, "1"), remainder="KEEP")
    if "OVERDUE" in state:
        await given_time_passed(graph.tenant, reservation)
        # Whoever locks the balance next frees what was held, also a step that is refused: here somebody did before.
        await given_stock(graph.tenant, "TEA", "1")
    if state.endswith("swept"):
        await given_swept(graph.tenant)
    if state == "COMMITTED":
        return await given_step(graph, COMMIT, reservation)
    if state == "RELEASED":
        return await given_step(graph, "releaseReservation", reservation)
    return await reservation_now(graph, reservation)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", ALLOWED)
async def test_a_live_reservation_takes_every_step(graph: GraphClient, state: str, verb: str) -> None:
    """And takes one version for it. Only what was issued in part stays its order's."""
    reservation = await given_in_state(graph, state)
    if not ALLOWED[state][verb]:
        error = await refusal_of(graph, verb, {"reservationId": reservation["id"], **VERBS[verb]})
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "reservationId"])
        return
    assert reservation["status"] == state
    after = await given_step(graph, verb, reservation, select=RESERVATION, **VERBS[verb])
    assert (after["status"], after["version"]) == (ALLOWED[state][verb], reservation["version"] + 1)


@pytest.mark.parametrize("state", REFUSED)
async def test_a_resolved_reservation_takes_none(graph: GraphClient, state: str) -> None:
    """A late step says what it was resolved into and when, and changes nothing; what ended with its time says so before the
    sweeper has come by and after."""
    reservation = await given_in_state(graph, state)
    for verb, fields in VERBS.items():
        error = await refusal_of(graph, verb, {"reservationId": reservation["id"], **fields})
        assert (error["__typename"], error["path"]) == (REFUSED[state], ["input", "reservationId"]), verb
        if "OVERDUE" in state:
            assert (error["code"], error["expiredAt"]) == ("RESERVATION_EXPIRED", reservation["expiresAt"])
        else:
            assert (error["code"], error["status"]) == ("ALREADY_RESOLVED", state)
            assert error["resolvedAt"] == reservation["resolvedAt"]


@pytest.mark.parametrize("verb", VERBS)
async def test_an_unknown_reservation_takes_none(graph: GraphClient, verb: str) -> None:
    """Whether it never was or belongs to another tenant cannot be told apart."""
    error = await refusal_of(graph, verb, {"reservationId": str(uuid4()), **VERBS[verb]})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "reservationId"])
