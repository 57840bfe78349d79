"""Answers of the verbs of reservations: the same key with the same arguments answers the same, and does nothing more."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.reservations import RESERVATION, given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, stock
from tests.rows import unchanged
from tests.statements import CountingDatabase

STOCK = "balances { onHand reserved available version } movements { id quantity }"
DIFFERENT: dict[str, tuple[dict[str, Any], str]] = {
    "reserveStock": ({"lines": [wanted("TEA", 2)]}, "lines"),
    "extendReservation": ({"expiresIn": "PT2H"}, "expiresIn"),
    "commitReservation": ({"remainder": "KEEP"}, "remainder"),
    "releaseReservation": ({"reason": "Another"}, "reason"),
    "markReservationReady": ({"reservationId": str(uuid4())}, "reservationId"),
    "markReservationNoShow": ({"reason": "Another"}, "reason"),
    "assignReservation": ({"orderId": str(uuid4())}, "orderId"),
    "consumeStock": ({"lines": [wanted("TEA", 2)]}, "lines"),
    "reverseConsumption": ({"reason": "Another"}, "reason"),
}
"""What another request under the same key says differently, and what the refusal names."""

verbs = pytest.mark.parametrize("verb", DIFFERENT)


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")


async def given_request(graph: GraphClient, verb: str) -> dict[str, Any]:
    """A request of the verb that will be accepted, under one key."""
    key = {"idempotencyKey": "once"}
    if verb in ("reserveStock", "consumeStock"):
        return {**key, "lines": [wanted("TEA", 1)], "warehouse": {"code": "MAIN"}, "reference": "r"}
    if verb == "reverseConsumption":
        sold = {"idempotencyKey": "sold", "lines": [wanted("TEA", 1)], "reference": "r"}
        await graph.accepted("consumeStock", sold)
        return {**key, "reference": "r"}
    reservation = await given_reservation(graph, wanted("TEA", 1), type="CLICK_AND_COLLECT")
    more = {"extendReservation": {"expiresIn": "PT1H"}, "assignReservation": {"orderId": str(uuid4())}}
    return {**key, "reservationId": reservation["id"], **more.get(verb, {})}


def selected(verb: str) -> str:
    return STOCK if verb in ("consumeStock", "reverseConsumption") else RESERVATION


@verbs
async def test_the_first_answer_comes_again(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """Though more has happened since; and nothing happens again."""
    given = await given_request(graph, verb)
    first = await graph.accepted(verb, given, selected(verb))
    await given_reservation(graph, wanted("TEA", 3))
    async with unchanged(tenant):
        again = await graph.accepted(verb, given, selected(verb))
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert again == first


@verbs
async def test_another_request_under_the_key_is_refused(graph: GraphClient, verb: str) -> None:
    """And told what is different, by the name that the caller has for it."""
    given = await given_request(graph, verb)
    await graph.accepted(verb, given)
    more, named = DIFFERENT[verb]
    error = await refusal_of(graph, verb, {**given, **more})
    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    assert error["path"] == ["input", named]


@pytest.mark.parametrize("key", ["", "k" * 256])
@verbs
async def test_a_key_has_1_to_255_characters(graph: GraphClient, verb: str, key: str) -> None:
    """An empty one would make strangers' requests the same."""
    given = await given_request(graph, verb)
    error = await refusal_of(graph, verb, {**given, "idempotencyKey": key})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "idempotencyKey"])


async def test_the_same_key_at_the_same_time_is_done_once(graph: GraphClient) -> None:
    """A client that lost patience sends again while the first is under way: all are answered the same."""
    given = {"idempotencyKey": "once", "lines": [wanted("TEA", 1)], "warehouse": {"code": "MAIN"}}
    payloads = await asyncio.gather(*(graph.accepted("reserveStock", given, RESERVATION) for _ in range(8)))
    assert len({payload["reservation"]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 7
    assert await stock(graph, "TEA") == ("10", "1", "9")


async def test_different_requests_of_a_key_at_the_same_time_have_one_winner(graph: GraphClient) -> None:
    """The others are told that the key is taken."""
    asked = [
        {"idempotencyKey": "once", "lines": [wanted("TEA", quantity)], "warehouse": {"code": "MAIN"}}
        for quantity in (1, 2, 3)
    ]
    payloads = await asyncio.gather(*(graph.payload("reserveStock", each, RESERVATION) for each in asked))
    codes = sorted(error["code"] for payload in payloads for error in payload["errors"])
    assert codes == ["IDEMPOTENCY_CONFLICT"] * 2
    (winner,) = [payload["reservation"] for payload in payloads if not payload["errors"]]
    assert (await stock(graph, "TEA"))[1] == winner["lines"][0]["reserved"]


async def test_a_refusal_leaves_the_key_free(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was short then may be there now: it is decided anew."""
    given = {"idempotencyKey": "once", "lines": [wanted("TEA", 11)], "warehouse": {"code": "MAIN"}}
    assert (await refusal_of(graph, "reserveStock", given))["code"] == "INSUFFICIENT_STOCK"
    await given_stock(tenant, "TEA", "1")
    payload = await graph.accepted("reserveStock", given, RESERVATION)
    assert (payload["replayed"], payload["reservation"]["status"]) == (False, "HELD")


async def test_a_key_belongs_to_its_verb_and_its_tenant(graph: GraphClient, database: CountingDatabase) -> None:
    """The same words of another verb, or of a stranger, are another request."""
    reservation = await given_reservation(graph, wanted("TEA", 1), idempotencyKey="k")
    await given_step(graph, "releaseReservation", reservation, idempotencyKey="k")
    stranger = await given_tenant(database)
    await given_item(stranger, sku="TEA")
    await given_stock(stranger, "TEA", "1")
    theirs = GraphClient(graph.client, graph.callers, stranger)
    other = await given_reservation(theirs, wanted("TEA", 1), idempotencyKey="k")
    assert other["id"] != reservation["id"]
    assert await stock(theirs, "TEA") == ("1", "1", "0")
