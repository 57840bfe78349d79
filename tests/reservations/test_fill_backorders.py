"""What waits is filled by what comes, in the same transaction."""

from typing import Any

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.graph import GraphClient

RESERVATION = "reservation { id status lines { reserved backordered } }"
READ = "query($id: ID!) { reservation(id: $id) { status lines { reserved backordered } history { kind by details } } }"


async def reserved(graph: GraphClient, key: str, quantity: str, **fields: Any) -> Any:
    given = {
        "idempotencyKey": key, "reference": key, "onShortage": "BACKORDER",
        "lines": [{"sku": "TEA", "quantity": quantity}], "expiresIn": "P7D", **fields,
    }  # fmt: skip
    return (await graph.accepted("reserveStock", given, RESERVATION))["reservation"]


async def now(graph: GraphClient, reservation: Any) -> list[tuple[str, str]]:
    found = (await graph(READ, {"id": reservation["id"]}))["reservation"]
    return [(line["reserved"], line["backordered"]) for line in found["lines"]]


async def test_a_receipt_fills_by_priority_then_age(graph: GraphClient) -> None:
    """Who matters most is served first, among equals who came first; the last of them gets what is left."""
    await given_item(graph.tenant, sku="TEA")
    old, young = await reserved(graph, "old", "3"), await reserved(graph, "young", "3")
    vip = await reserved(graph, "vip", "2", priority=10)
    assert [old["status"], old["lines"]] == ["HELD", [{"reserved": "0", "backordered": "3"}]]
    await given_stock(graph.tenant, "TEA", "6")
    assert await now(graph, vip) == [("2", "0")]
    assert await now(graph, old) == [("3", "0")]
    assert await now(graph, young) == [("1", "2")]
    history = (await graph(READ, {"id": young["id"]}))["reservation"]["history"]
    assert history[0] == {"kind": "BACKORDER_FILLED", "by": "system", "details": {"1": "1"}}


async def test_what_must_be_filled_whole_waits_for_enough(graph: GraphClient) -> None:
    """A customer who wants all at once leaves what is too little to those behind."""
    await given_item(graph.tenant, sku="TEA")
    whole = await reserved(graph, "whole", "5", fillPartially=False)
    part = await reserved(graph, "part", "5")
    await given_stock(graph.tenant, "TEA", "4")
    assert (await now(graph, whole), await now(graph, part)) == ([("0", "5")], [("4", "1")])
    await given_stock(graph.tenant, "TEA", "6")
    assert (await now(graph, whole), await now(graph, part)) == ([("5", "0")], [("5", "0")])


async def test_what_is_released_fills_too(graph: GraphClient) -> None:
    """A backorder waits for stock, not for a receipt: what somebody gives back is as good."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "2")
    first = await reserved(graph, "first", "2")
    waiting = await reserved(graph, "waiting", "2")
    await graph.accepted("releaseReservation", {"idempotencyKey": "give back", "reservationId": first["id"]})
    assert await now(graph, waiting) == [("2", "0")]
