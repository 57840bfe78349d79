"""Following purchase orders: those that are open, then every step of them, each once."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import UUID

import pytest

from inventory_graph.live.feeds import Delivery
from inventory_graph.live.selections import PurchaseOrderSelection
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_step, receive, wanted
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.live.following import SECONDS_MAX, Following
from tests.replenishment.asked import given_offer, given_rule
from tests.replenishment.asked import order as order_suggested

ALL = PurchaseOrderSelection()
HEARTBEAT = ("HEARTBEAT", None, None)


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def deliveries(
    tail: Following,
    tenant: GivenTenant,
    count: int,
    *,
    after: str | None = None,
    chosen: PurchaseOrderSelection = ALL,
) -> list[Delivery]:
    """The next deliveries of the tenant's purchase orders."""
    found: list[Delivery] = []
    async with (
        asyncio.timeout(SECONDS_MAX),
        aclosing(tail.feeds.purchase_orders(tenant.actor, selection=chosen, after=after)) as feed,
    ):
        async for delivery in feed:
            found.append(delivery)
            if len(found) == count:
                break
    return found


def told(found: Sequence[Delivery]) -> list[tuple[str, str | None, str | None]]:
    """What each delivery says: its kind, the order and the step."""
    return [(each.kind, str(each.document_id) if each.document_id is not None else None, each.cause) for each in found]


async def test_begins_with_what_is_open_and_goes_on_with_every_step(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """What is closed or cancelled is no part of the snapshot."""
    await given_order(graph, wanted("TEA", 2), status="CANCELLED")
    await given_order(graph, wanted("TEA", 2), status="CLOSED")
    order = await given_order(graph, wanted("TEA", 2), status="SENT")
    await number_events()
    first = await deliveries(tail, tenant, 2)
    assert told(first) == [("SNAPSHOT", order["id"], None), HEARTBEAT]
    payload = await receive(graph, order)
    await order_step(graph, "close", payload["purchaseOrder"])
    await number_events()
    cursor = first[-1].cursor.text()
    assert told(await deliveries(tail, tenant, 2, after=cursor)) == [
        ("CHANGE", order["id"], "RECEIVED"), ("CHANGE", order["id"], "CLOSED"),
    ]  # fmt: skip


async def test_a_draft_from_suggestions_is_one_step(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """That it was drafted automatically is news of its own, and no change of the order."""
    await given_offer(graph, "TEA")
    await given_rule(graph)
    await number_events()
    cursor = (await deliveries(tail, tenant, 1))[-1].cursor.text()
    (draft,) = (await order_suggested(graph))["purchaseOrders"]
    step = await graph.accepted("cancelPurchaseOrder", {"number": draft["number"]}, "purchaseOrder { id }")
    await number_events()
    order_id = step["purchaseOrder"]["id"]
    assert told(await deliveries(tail, tenant, 2, after=cursor)) == [
        ("CHANGE", order_id, "CREATED"), ("CHANGE", order_id, "CANCELLED"),
    ]  # fmt: skip


async def test_follows_one_order_to_its_end(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Also one that has ended; steps of others are none of its business."""
    order = await given_order(graph, wanted("TEA", 2))
    other = await given_order(graph, wanted("TEA", 2))
    await number_events()
    chosen = PurchaseOrderSelection(id=UUID(order["id"]))
    cursor = (await deliveries(tail, tenant, 2, chosen=chosen))[-1].cursor.text()
    await order_step(graph, "submit", other)
    await order_step(graph, "cancel", order)
    await number_events()
    assert told(await deliveries(tail, tenant, 1, after=cursor, chosen=chosen)) == [
        ("CHANGE", order["id"], "CANCELLED")
    ]
    assert told(await deliveries(tail, tenant, 2, chosen=chosen)) == [("SNAPSHOT", order["id"], None), HEARTBEAT]


async def test_follows_the_orders_for_a_warehouse(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """In the snapshot and after it."""
    store = await given_warehouse(tenant)
    ours = await given_order(graph, wanted("TEA", 2), warehouse={"code": store.code})
    theirs = await given_order(graph, wanted("TEA", 2))
    await number_events()
    chosen = PurchaseOrderSelection(warehouse_ids=frozenset({store.id}))
    first = await deliveries(tail, tenant, 2, chosen=chosen)
    assert told(first) == [("SNAPSHOT", ours["id"], None), HEARTBEAT]
    await order_step(graph, "submit", theirs)
    await order_step(graph, "submit", ours)
    await number_events()
    cursor = first[-1].cursor.text()
    assert told(await deliveries(tail, tenant, 1, after=cursor, chosen=chosen)) == [("CHANGE", ours["id"], "SUBMITTED")]


async def test_a_step_that_the_snapshot_shows_is_not_told_again(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """It is committed and not numbered yet when the snapshot is read; the next one is told."""
    order = await given_order(graph, wanted("TEA", 2))
    await number_events()
    await order_step(graph, "submit", order)
    seen: list[Delivery] = []
    feed = tail.feeds.purchase_orders(tenant.actor, selection=ALL, after=None)
    async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as following:
        async for delivery in following:
            seen.append(delivery)
            if delivery.kind == "HEARTBEAT":
                await order_step(graph, "approve", order)
                await number_events()
            if delivery.kind == "CHANGE":
                break
    assert told(seen) == [("SNAPSHOT", order["id"], None), HEARTBEAT, ("CHANGE", order["id"], "APPROVED")]
