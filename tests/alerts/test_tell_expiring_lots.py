"""Lots that will soon be past their date are told of once for each place, at the place's own day."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.alerts.expiry import tell_expiring
from inventory_graph.db import Transaction
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.worker import one_look
from tests.alerts.asked import EXPIRING, adjusted, given_alerts, somebody_waits
from tests.emitted import Emitted, emitted, forget_emitted
from tests.given.items import given_item, given_variant
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase

TODAY = date(2030, 3, 10)
NOON = datetime(2030, 3, 10, 9, tzinfo=UTC)
"""Noon in Nairobi, where the tenant's outlet is."""


@pytest.fixture(autouse=True)
async def milk(graph: GraphClient, tenant: GivenTenant) -> None:
    """Something in lots, of a tenant who wants to hear of them a week ahead."""
    await given_item(tenant, sku="MILK", name="Fresh milk", tracking="LOT")
    await given_alerts(graph, "LOT_EXPIRING", lotExpiryAlertDays=7, alertEmail="stock@example.com")


async def given_lot(
    tenant: GivenTenant, code: str, days: int, quantity: str = "5", *, sku: str = "MILK", **place: Any
) -> None:
    """So much of a lot that may be used for so many days after today."""
    await given_stock(tenant, sku, quantity, lot=code, expires_on=TODAY + timedelta(days=days), **place)


async def looked(tenant: GivenTenant, now: datetime = NOON, **limit: int) -> int:
    """The worker come by at an instant; how many lots it told of."""
    return await tenant.database.write(tenant.actor, lambda tx: tell_expiring(tx, now=now, **limit))


async def told(tenant: GivenTenant) -> list[Emitted]:
    return await emitted(tenant, EXPIRING)


async def lots_told(tenant: GivenTenant) -> list[tuple[str, int]]:
    return [(event.payload["lot_number"], event.payload["days_left"]) for event in await told(tenant)]


async def test_lots_within_the_days_are_told_the_next_to_expire_first(tenant: GivenTenant) -> None:
    """Not those with more time, and not those that are past it: nothing can be done about them any more."""
    for code, days in (("SAFE", 8), ("SEVEN", 7), ("LAST-DAY", 0), ("PAST", -1)):
        await given_lot(tenant, code, days)
    assert await looked(tenant) == 2
    assert await lots_told(tenant) == [("LAST-DAY", 0), ("SEVEN", 7)]


async def test_the_payload_has_what_every_sibling_reads(tenant: GivenTenant) -> None:
    """Which lot, where, how much of it, and until when."""
    await given_lot(tenant, "L1", 3, "2")
    await given_lot(tenant, "L1", 3, "1")
    await looked(tenant)
    (event,) = await told(tenant)
    assert (event.aggregate_type, str(event.aggregate_id)) == ("lot", event.payload["lot_id"])
    item_id = event.payload.pop("item_id")
    assert event.payload == {
        "tenant_id": str(tenant.id), "lot_id": str(event.aggregate_id), "lot_number": "L1", "item_name": "Fresh milk",
        "sku": "MILK", "uom": "PIECE", "warehouse_id": str(tenant.warehouse_id), "outlet_id": str(tenant.outlet_id),
        "outlet_name": "Main outlet", "expiry_date": "2030-03-13", "days_left": 3, "quantity_remaining": "3",
        "notification": {"target": None, "enabled": True, "email": "stock@example.com"},
    }  # fmt: skip
    assert len(item_id) == len(str(tenant.id))


async def test_a_lot_is_told_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not every day until it is gone, not when more of it comes, and not when the tenant wants to hear earlier."""
    await given_lot(tenant, "L1", 3)
    assert await looked(tenant) == 1
    assert await looked(tenant, NOON + timedelta(days=1)) == 0
    await given_lot(tenant, "L1", 3)
    await given_alerts(graph, "LOT_EXPIRING", lotExpiryAlertDays=30)
    assert await looked(tenant, NOON + timedelta(days=2)) == 0
    assert await lots_told(tenant) == [("L1", 3)]


async def test_each_place_hears_of_its_own(tenant: GivenTenant) -> None:
    """Somebody has to look at each shelf. A store without an outlet has one too."""
    store = await given_warehouse(tenant, code="STORE")
    await given_lot(tenant, "L1", 3)
    await looked(tenant)
    await given_lot(tenant, "L1", 3, "2", warehouse=store)
    assert await looked(tenant) == 1
    assert [
        (event.payload["warehouse_id"], event.payload["outlet_id"], event.payload["quantity_remaining"])
        for event in await told(tenant)
    ] == [(str(tenant.warehouse_id), str(tenant.outlet_id), "5"), (str(store.id), None, "2")]


async def test_a_day_begins_where_the_lot_lies(tenant: GivenTenant) -> None:
    """Each shelf is looked at in the morning of those who stand before it."""
    honolulu: WarehouseRecord = await given_warehouse(tenant, code="FAR", timezone="Pacific/Honolulu")
    auckland: WarehouseRecord = await given_warehouse(tenant, code="EARLY", timezone="Pacific/Auckland")
    for place in (None, honolulu, auckland):
        await given_lot(tenant, "L1", 8, warehouse=place)
    # The eighth day before its last begins in Auckland at 11:00 UTC, in Nairobi at 21:00 UTC, in Honolulu at 10:00 the day after.
    counts = [
        await looked(tenant, datetime(2030, 3, day, hour, minute, tzinfo=UTC))
        for day, hour, minute in ((10, 10, 59), (10, 11, 0), (10, 20, 59), (10, 21, 0), (11, 9, 59), (11, 10, 0))
    ]
    assert counts == [0, 1, 0, 1, 0, 1]
    assert [event.payload["days_left"] for event in await told(tenant)] == [7, 7, 7]


async def test_what_is_gone_is_not_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """A lot that was sold in time is nobody's trouble."""
    await given_lot(tenant, "L1", 3, "2")
    await adjusted(graph, "MILK", "-2")
    assert await looked(tenant) == 0


async def test_a_lot_without_expiry_is_told_by_its_best_before(tenant: GivenTenant) -> None:
    """Where a producer gives only one of the two dates, that is the one to watch; where both, the last day of use is."""
    for code in ("BEST", "BOTH", "NONE"):
        await given_stock(
            tenant, "MILK", "1", lot=code, expires_on=TODAY + timedelta(days=90) if code == "BOTH" else None
        )
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(
            "UPDATE lots SET best_before = $2 WHERE tenant_id = $1 AND code <> 'NONE'",
            tenant.id,
            TODAY + timedelta(days=2),
        )
    assert await looked(tenant) == 1
    assert await lots_told(tenant) == [("BEST", 2)]


async def test_a_lot_of_several_variants_goes_by_the_item(tenant: GivenTenant) -> None:
    """One lot, one event: its quantity is that of all of them."""
    tea = await given_item(tenant, sku="TEA", tracking="LOT")
    await given_variant(tenant, tea, sku="TEA-GREEN")
    await given_variant(tenant, tea, sku="TEA-BLACK")
    for sku in ("TEA-GREEN", "TEA-BLACK"):
        await given_lot(tenant, "L1", 3, "2", sku=sku)
    await given_lot(tenant, "L2", 4, "1", sku="TEA-GREEN")
    await looked(tenant)
    assert [(event.payload["sku"], event.payload["quantity_remaining"]) for event in await told(tenant)] == [
        ("TEA", "4"), ("TEA-GREEN", "1"),
    ]  # fmt: skip


async def test_a_worker_leaves_out_what_another_is_telling(tenant: GivenTenant) -> None:
    """It found the lot untold, and waits for the other: what that one has told by then is not told again."""
    await given_lot(tenant, "L1", 3)
    async with tenant.database.transaction(tenant.actor) as tx:
        assert await tell_expiring(tx, now=NOON) == 1
        other = asyncio.create_task(looked(tenant))
        await somebody_waits(tx)
    assert await other == 0
    assert await lots_told(tenant) == [("L1", 3)]


async def test_many_workers_tell_once(tenant: GivenTenant) -> None:
    """Each lot of the twenty is told by one of them, whichever comes first; an hour later nothing is left."""
    for number in range(20):
        await given_lot(tenant, f"L{number}", number % 7)
    counts = await asyncio.gather(*(looked(tenant) for _ in range(4)))
    assert sum(counts) == 20
    assert await looked(tenant) == 0
    assert len(await told(tenant)) == len({event.aggregate_id for event in await told(tenant)}) == 20


async def test_what_was_rolled_back_is_told_the_next_time(tenant: GivenTenant) -> None:
    """A worker that dies before its transaction commits has told nothing and remembers nothing."""
    await given_lot(tenant, "L1", 3)

    class Died(Exception):
        pass

    async def tell_and_die(tx: Transaction) -> None:
        assert await tell_expiring(tx, now=NOON) == 1
        raise Died

    with pytest.raises(Died):
        await tenant.database.write(tenant.actor, tell_and_die)
    assert await told(tenant) == []
    assert await looked(tenant) == 1


async def test_many_are_told_in_parts(tenant: GivenTenant) -> None:
    """No transaction grows with the stock."""
    for number in range(5):
        await given_lot(tenant, f"L{number}", 1)
    assert [await looked(tenant, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_the_worker_goes_to_those_who_asked(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Tenant by tenant, as the role that sees them all; who did not ask, or no longer does, hears nothing."""
    await given_lot(tenant, "L1", 3)
    await given_alerts(graph, "STOCK_OUT")
    await forget_emitted(tenant)
    await one_look(worker_database, now=NOON)
    assert await looked(tenant) == 0
    await given_alerts(graph, "LOT_EXPIRING")
    assert await one_look(worker_database, now=NOON) >= 1
    assert await lots_told(tenant) == [("L1", 3)]
    assert await one_look(worker_database, now=NOON) == 0
