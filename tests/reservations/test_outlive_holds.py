"""A hold whose time has passed holds nothing from that instant, though nobody has swept it."""

import asyncio
from typing import Any

from tests.given.items import given_item, given_stock
from tests.graph import GraphClient

STORED = """
SELECT trim_scale(on_hand)::text AS on_hand, trim_scale(reserved)::text AS reserved, version, holds_expire_at FROM balances
WHERE tenant_id = $1
"""


async def reserved(graph: GraphClient, key: str, **more: Any) -> Any:
    """Three of five held."""
    given = {"idempotencyKey": key, "reference": key, "lines": [{"sku": "TEA", "quantity": "3"}], **more}
    return (await graph.accepted("reserveStock", given, "reservation { id status expiresAt }"))["reservation"]


async def outlived(graph: GraphClient) -> Any:
    """A reservation of three of five, one second after it was made for a second."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "5")
    made = await reserved(graph, "outlived", expiresIn="PT1S")
    await asyncio.sleep(1.1)
    return made


async def stored(graph: GraphClient) -> dict[str, Any]:
    """The balance as it is stored."""
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        (row,) = await tx.raw.fetch(STORED, tx.tenant_id)
        return dict(row)


async def test_a_late_commit_is_refused(graph: GraphClient) -> None:
    """What was promised until then may be somebody else's by now; nothing is issued."""
    made = await outlived(graph)
    refusal = await graph.refusal("commitReservation", {"idempotencyKey": "late", "reservationId": made["id"]})
    assert (refusal["__typename"], refusal["code"]) == ("ReservationExpired", "RESERVATION_EXPIRED")
    assert (await stored(graph))["on_hand"] == "5"


async def test_the_next_reservation_takes_its_place(graph: GraphClient) -> None:
    """Whoever locks the balance ends what is overdue first, as a step of its own: receipt, hold, end, hold."""
    await outlived(graph)
    assert (await reserved(graph, "next"))["status"] == "HELD"
    found = await stored(graph)
    assert (found["reserved"], found["version"]) == ("3", 4)


async def test_availability_has_it_again(graph: GraphClient) -> None:
    """Shoppers see it at once: reading changes nothing, and needs nobody to have tidied up."""
    await outlived(graph)
    data = await graph('{ availability(skus: ["TEA"]) { available isAvailable } }')
    assert data["availability"] == [{"available": "5", "isAvailable": True}]
    assert (await stored(graph))["version"] == 2


async def test_a_balance_knows_when_its_first_hold_ends(graph: GraphClient) -> None:
    """By that reads know whether to look for holds whose time has passed: never later than the first of them."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "9")
    await reserved(graph, "long", expiresIn="PT2H")
    short = await reserved(graph, "short", expiresIn="PT1H")
    await reserved(graph, "longer", expiresIn="PT3H")
    known = (await stored(graph))["holds_expire_at"]
    assert known.isoformat(timespec="milliseconds")[:23] == short["expiresAt"][:23]
