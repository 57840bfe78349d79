"""Following transfers: those that are open, then every step of them, each once."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import UUID

import pytest

from inventory_graph.live.feeds import Delivery
from inventory_graph.live.selections import TransferSelection
from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.live.following import SECONDS_MAX, Following

ALL = TransferSelection()
HEARTBEAT = ("HEARTBEAT", None, None)


@pytest.fixture(autouse=True)
async def store(tenant: GivenTenant) -> WarehouseRecord:
    """The warehouse STORE, and 100 pieces of TEA in MAIN."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "100")
    return await given_warehouse(tenant, code=STORE)


async def deliveries(
    tail: Following, tenant: GivenTenant, count: int, *, after: str | None = None, chosen: TransferSelection = ALL
) -> list[Delivery]:
    """The next deliveries of the tenant's transfers."""
    found: list[Delivery] = []
    async with (
        asyncio.timeout(SECONDS_MAX),
        aclosing(tail.feeds.transfers(tenant.actor, selection=chosen, after=after)) as feed,
    ):
        async for delivery in feed:
            found.append(delivery)
            if len(found) == count:
                break
    return found


def told(found: Sequence[Delivery]) -> list[tuple[str, str | None, str | None]]:
    """What each delivery says: its kind, the transfer and the step."""
    return [(each.kind, str(each.document_id) if each.document_id is not None else None, each.cause) for each in found]


async def test_begins_with_what_is_open_and_goes_on_with_every_step(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """What is completed or cancelled is no part of the snapshot."""
    await given_transfer(graph, going("TEA", 2), status="CANCELLED")
    await given_transfer(graph, going("TEA", 2), status="COMPLETED")
    transfer = await given_transfer(graph, going("TEA", 2), status="SHIPPED")
    await number_events()
    first = await deliveries(tail, tenant, 2)
    assert told(first) == [("SNAPSHOT", transfer["id"], None), HEARTBEAT]
    await transfer_step(graph, "receiveTransfer", transfer)
    await number_events()
    assert told(await deliveries(tail, tenant, 2, after=first[-1].cursor.text())) == [
        ("CHANGE", transfer["id"], "RECEIVED"), ("CHANGE", transfer["id"], "COMPLETED"),
    ]  # fmt: skip


async def test_follows_one_transfer_to_its_end(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """Also one that has ended; steps of others are none of its business."""
    transfer = await given_transfer(graph, going("TEA", 2))
    other = await given_transfer(graph, going("TEA", 2))
    await number_events()
    chosen = TransferSelection(id=UUID(transfer["id"]))
    cursor = (await deliveries(tail, tenant, 2, chosen=chosen))[-1].cursor.text()
    await transfer_step(graph, "submitTransfer", other)
    await transfer_step(graph, "cancelTransfer", transfer)
    await number_events()
    assert told(await deliveries(tail, tenant, 1, after=cursor, chosen=chosen)) == [
        ("CHANGE", transfer["id"], "CANCELLED")
    ]
    assert told(await deliveries(tail, tenant, 2, chosen=chosen)) == [("SNAPSHOT", transfer["id"], None), HEARTBEAT]


async def test_follows_what_leaves_or_comes_to_a_warehouse(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following, store: WarehouseRecord
) -> None:
    """At either end, in the snapshot and after it."""
    await given_warehouse(tenant, code="OTHER")
    main, elsewhere = {"code": "MAIN"}, {"code": "OTHER"}
    coming = await given_transfer(graph, going("TEA", 2))
    leaving = await given_transfer(graph, going("TEA", 2), fromWarehouse={"code": STORE}, toWarehouse=elsewhere)
    theirs = await given_transfer(graph, going("TEA", 2), fromWarehouse=main, toWarehouse=elsewhere)
    await number_events()
    chosen = TransferSelection(warehouse_ids=frozenset({store.id}))
    first = await deliveries(tail, tenant, 3, chosen=chosen)
    assert {each[1] for each in told(first)[:2]} == {coming["id"], leaving["id"]}
    for transfer in (theirs, leaving, coming):
        await transfer_step(graph, "submitTransfer", transfer)
    await number_events()
    assert told(await deliveries(tail, tenant, 2, after=first[-1].cursor.text(), chosen=chosen)) == [
        ("CHANGE", leaving["id"], "SUBMITTED"), ("CHANGE", coming["id"], "SUBMITTED"),
    ]  # fmt: skip


async def test_a_step_that_the_snapshot_shows_is_not_told_again(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, tail: Following
) -> None:
    """It is committed and not numbered yet when the snapshot is read; the next one is told."""
    transfer = await given_transfer(graph, going("TEA", 2))
    await number_events()
    await transfer_step(graph, "submitTransfer", transfer)
    seen: list[Delivery] = []
    feed = tail.feeds.transfers(tenant.actor, selection=ALL, after=None)
    async with asyncio.timeout(SECONDS_MAX), aclosing(feed) as following:
        async for delivery in following:
            seen.append(delivery)
            if delivery.kind == "HEARTBEAT":
                await transfer_step(graph, "approveTransfer", transfer)
                await number_events()
            if delivery.kind == "CHANGE":
                break
    assert told(seen) == [("SNAPSHOT", transfer["id"], None), HEARTBEAT, ("CHANGE", transfer["id"], "APPROVED")]
