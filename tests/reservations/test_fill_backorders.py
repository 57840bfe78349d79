"""What waits is filled by what comes, in the same transaction."""

import asyncio
from typing import Any

from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.stock import given_stock
from tests.graph import GraphClient
from tests.reservations.asked import on_hand

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


async def test_who_waits_for_a_lot_is_not_given_another(graph: GraphClient) -> None:
    """A line for one lot waits while others come, and is filled from its own."""
    await given_item(graph.tenant, sku="TEA", tracking="LOT")
    await given_stock(graph.tenant, "TEA", "1", lot="L1")
    line = {"sku": "TEA", "quantity": "3", "lotCode": "L1"}
    waiting = await reserved(graph, "picky", "3", lines=[line])
    await given_stock(graph.tenant, "TEA", "5", lot="L2")
    assert await now(graph, waiting) == [("1", "2")]
    await given_stock(graph.tenant, "TEA", "5", lot="L1")
    assert await now(graph, waiting) == [("3", "0")]


async def test_pieces_that_were_there_fill_with_those_that_come(graph: GraphClient) -> None:
    """Somebody waits for two pieces at once; one lies there, and one arrives."""
    await given_item(graph.tenant, sku="TEA", tracking="SERIAL")
    waiting = await reserved(graph, "both", "2", fillPartially=False)
    for serial in ("A", "B"):
        await given_stock(graph.tenant, "TEA", "1", serials=(serial,))
    assert await now(graph, waiting) == [("2", "0")]


async def test_who_cannot_be_filled_keeps_nothing_from_coming(graph: GraphClient) -> None:
    """A kit whose ribbon was archived while somebody waited for it: the tea arrives all the same."""
    await given_item(graph.tenant, sku="TEA")
    ribbon = await given_item(graph.tenant, sku="RIBBON", allow_negative=True)
    await given_recipe(graph.tenant, "GIFT", component("TEA", "1"), component("RIBBON", "1"), type="KIT")
    waiting = await reserved(graph, "gift", "1", lines=[{"sku": "GIFT", "quantity": "1"}])
    async with graph.tenant.database.transaction(graph.tenant.actor) as tx:
        await tx.raw.execute(
            "UPDATE items SET status = 'ARCHIVED' WHERE tenant_id = $1 AND id = $2", tx.tenant_id, ribbon.id
        )
    await given_stock(graph.tenant, "TEA", "4")
    assert await now(graph, waiting) == [("0", "1")]
    assert await on_hand(graph, "TEA") == 4


async def test_numbered_pieces_that_were_held_too_long_fill_a_kit(graph: GraphClient) -> None:
    """A kit waits for tea while its phone is held for somebody whose time has passed: what comes fills it with that phone."""
    tenant = graph.tenant
    await given_item(tenant, sku="TEA")
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_recipe(tenant, "GIFT", component("TEA", "1"), component("PHONE", "1"), type="KIT")
    await given_stock(tenant, "PHONE", "1", serials=("A",))
    await reserved(graph, "late", "1", lines=[{"sku": "PHONE", "quantity": "1"}], expiresIn="PT1S")
    waiting = await reserved(graph, "gift", "1", lines=[{"sku": "GIFT", "quantity": "1"}])
    await asyncio.sleep(1.1)
    await given_stock(tenant, "TEA", "1")
    assert await now(graph, waiting) == [("1", "0")]
