"""Purchase orders and transfers that did not all come when they were expected are told of once for each such time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.alerts.overdue import tell_overdue
from inventory_graph.db import Transaction
from inventory_graph.worker import one_look_for_overdue
from tests.alerts.asked import given_alerts
from tests.emitted import Emitted, emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, receive, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, given_transfer, going, of_line, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase

TYPES = ("inventory.purchase_order.overdue", "inventory.transfer.overdue")
PAST = "2020-05-02T06:00:00Z"
LATER = "2020-05-03T06:00:00Z"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA, of which there is some in MAIN; ACME who sells it; STORE; a tenant who wants to hear of what is late."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await given_acme(graph)
    await given_warehouse(tenant, code=STORE)
    await given_alerts(graph, "PURCHASE_ORDER_OVERDUE", "TRANSFER_OVERDUE", alertTarget="buyers")


async def looked(tenant: GivenTenant, **limit: int) -> int:
    """The worker come by; how many documents it told of."""
    return await tenant.database.write(tenant.actor, lambda tx: tell_overdue(tx, **limit))


async def told(tenant: GivenTenant) -> list[Emitted]:
    return await emitted(tenant, *TYPES)


async def numbers_told(tenant: GivenTenant) -> list[tuple[str, str]]:
    """The numbers of the documents told of, and their states."""
    return [(event.payload["number"], event.payload["status"]) for event in await told(tenant)]


async def given_late_order(graph: GraphClient, status: str = "SENT", expected_at: str = PAST) -> dict[str, Any]:
    """An order of ten teas that was expected long ago, moved on to the state."""
    return await given_order(graph, wanted("TEA", 10), status=status, expectedAt=expected_at)


# ---------------------------------------------------------------- which
async def test_orders_that_were_sent_are_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing is late that nobody was asked for, that is not expected yet, that came, or that was given up."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    states = ("DRAFT", "SUBMITTED", "APPROVED", "SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED")
    for state in states:
        await given_late_order(graph, state)
    await given_late_order(graph, expected_at=tomorrow)
    assert await looked(tenant) == 2
    assert sorted(await numbers_told(tenant)) == [("PO-000004", "SENT"), ("PO-000005", "PARTIALLY_RECEIVED")]


async def test_transfers_that_left_are_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not those that nobody has shipped, and not those that have arrived."""
    states = ("DRAFT", "SUBMITTED", "APPROVED", "SHIPPED", "COMPLETED", "CANCELLED")
    for state in states:
        await given_transfer(graph, going("TEA", 1), status=state, expectedAt=PAST)
    transfer = await given_transfer(graph, going("TEA", 2), status="SHIPPED", expectedAt=PAST)
    await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 1)])
    assert await looked(tenant) == 2
    assert sorted(await numbers_told(tenant)) == [("TR-000004", "SHIPPED"), ("TR-000007", "PARTIALLY_RECEIVED")]


# ---------------------------------------------------------------- what
async def test_the_payload_of_an_order_has_what_every_sibling_reads(graph: GraphClient, tenant: GivenTenant) -> None:
    """The document under both names, the supplier, who waits, and whom to tell."""
    order = await given_late_order(graph)
    await looked(tenant)
    (event,) = await told(tenant)
    assert (event.type, str(event.aggregate_id)) == ("inventory.purchase_order.overdue", order["id"])
    supplier_id = event.payload["supplier_id"]
    assert event.payload == {
        "tenant_id": str(tenant.id), "number": "PO-000001", "status": "SENT", "expected_at": "2020-05-02T06:00:00+00:00",
        "expected_date": "2020-05-02T06:00:00+00:00", "warehouse_id": str(tenant.warehouse_id), "warehouse_code": "MAIN",
        "warehouse_name": "Main outlet", "outlet_id": str(tenant.outlet_id), "outlet_name": "Main outlet",
        "notification": {"target": "buyers", "enabled": True, "email": None}, "purchase_order_id": order["id"],
        "po_id": order["id"], "po_number": "PO-000001", "supplier_id": supplier_id, "supplier_code": "ACME",
        "supplier_name": "Supplier ACME", "total_amount": "100", "currency": "KES",
    }  # fmt: skip


async def test_the_payload_of_a_transfer_names_both_ends(graph: GraphClient, tenant: GivenTenant) -> None:
    """The warehouse that waits is the one it goes to."""
    transfer = await given_transfer(graph, going("TEA", 1), status="SHIPPED", expectedAt=PAST)
    await looked(tenant)
    (event,) = await told(tenant)
    assert (event.type, str(event.aggregate_id)) == ("inventory.transfer.overdue", transfer["id"])
    found = {
        name: event.payload[name] for name in ("transfer_id", "transfer_number", "from_warehouse_code", "outlet_id")
    }
    assert found == {
        "transfer_id": transfer["id"], "transfer_number": "TR-000001", "from_warehouse_code": "MAIN", "outlet_id": None,
    }  # fmt: skip
    assert event.payload["warehouse_code"] == event.payload["to_warehouse_code"] == STORE
    assert event.payload["warehouse_id"] == event.payload["to_warehouse_id"] != event.payload["from_warehouse_id"]


# ---------------------------------------------------------------- once
async def test_a_document_is_told_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also after a part of it came."""
    order = await given_late_order(graph)
    assert await looked(tenant) == 1
    await receive(graph, order, {"sku": "TEA", "quantity": "1"})
    assert await looked(tenant) == 0
    assert await numbers_told(tenant) == [("PO-000001", "SENT")]


async def test_another_time_is_told_anew(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever is put off waits anew, and has waited too long anew; no time is told twice."""
    order = await given_late_order(graph)
    assert await looked(tenant) == 1
    for expected_at, count in ((LATER, 1), (PAST, 0)):
        async with tenant.database.transaction(tenant.actor) as tx:
            await tx.raw.execute(
                "UPDATE purchase_orders SET expected_at = $3 WHERE tenant_id = $1 AND id = $2",
                tenant.id, order["id"], datetime.fromisoformat(expected_at),
            )  # fmt: skip
        assert await looked(tenant) == count
    assert [event.payload["expected_at"][:10] for event in await told(tenant)] == ["2020-05-02", "2020-05-03"]


async def test_many_workers_tell_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each document is told by one of them, whichever comes first."""
    for _ in range(5):
        await given_late_order(graph)
    await asyncio.gather(*(looked(tenant) for _ in range(4)))
    await looked(tenant)
    assert sorted(number for number, _ in await numbers_told(tenant)) == [f"PO-00000{number}" for number in range(1, 6)]


async def test_what_was_rolled_back_is_told_the_next_time(graph: GraphClient, tenant: GivenTenant) -> None:
    """A worker that dies before its transaction commits has told nothing and remembers nothing."""
    await given_late_order(graph)

    class Died(Exception):
        pass

    async def tell_and_die(tx: Transaction) -> None:
        assert await tell_overdue(tx) == 1
        raise Died

    with pytest.raises(Died):
        await tenant.database.write(tenant.actor, tell_and_die)
    assert await told(tenant) == []
    assert await looked(tenant) == 1


async def test_what_is_being_changed_is_left_for_the_next_time(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nobody waits for a clerk, and none is told in front of a step that was taken before."""
    order = await given_late_order(graph)
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.fetch(
            "SELECT FROM purchase_orders WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant.id, order["id"]
        )
        assert await looked(tenant) == 0
    assert await looked(tenant) == 1


async def test_many_are_told_in_parts(graph: GraphClient, tenant: GivenTenant) -> None:
    """No transaction grows with the number of documents."""
    for _ in range(3):
        await given_late_order(graph)
    assert [await looked(tenant, limit=2) for _ in range(3)] == [2, 1, 0]


# ---------------------------------------------------------------- whom
async def test_each_kind_is_asked_for_by_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who wants to hear of transfers hears of transfers."""
    await given_late_order(graph)
    await given_transfer(graph, going("TEA", 1), status="SHIPPED", expectedAt=PAST)
    await given_alerts(graph, "TRANSFER_OVERDUE")
    assert await looked(tenant) == 1
    assert await numbers_told(tenant) == [("TR-000001", "SHIPPED")]


async def test_the_worker_goes_to_those_who_asked(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Tenant by tenant, as the role that sees them all; who did not ask, or no longer does, hears nothing."""
    await given_late_order(graph)
    await given_alerts(graph, "STOCK_OUT")
    await forget_emitted(tenant)
    await one_look_for_overdue(worker_database)
    assert await told(tenant) == []
    await given_alerts(graph, "PURCHASE_ORDER_OVERDUE")
    await one_look_for_overdue(worker_database)
    await one_look_for_overdue(worker_database)
    assert await numbers_told(tenant) == [("PO-000001", "SENT")]
