"""Old events are forgotten by the day; the chain still holds, and whoever comes for them is told."""

from typing import Any

import pytest

from inventory_graph.live.cursors import Cursor
from inventory_graph.live.refusals import CursorExpired
from inventory_graph.live.retention import forget_oldest
from inventory_graph.live.verification import verify_chain
from inventory_graph.worker import WORKER
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.live.following import Following, stock_deliveries
from tests.statements import CountingDatabase

DAY = """
SET ROLE inventory_owner;
CREATE TABLE event_log_2020_02_29 PARTITION OF event_log FOR VALUES FROM ('2020-02-29+00') TO ('2020-03-01+00');
RESET ROLE
"""
AGE = "UPDATE event_log SET logged_at = '2020-02-29 10:00+00' WHERE tenant_id = $1 AND tenant_seq <= 2"


@pytest.fixture
async def old_events(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents, owner_connection: Any
) -> None:
    """The first two events of the tenant are of a day in 2020."""
    for slug in ("tea", "coffee", "cake"):
        await graph.accepted("createCategory", {"slug": slug, "name": slug})
    await number_events()
    await owner_connection.execute(DAY)
    await owner_connection.execute(AGE, tenant.id)


async def positions(tenant: GivenTenant) -> list[int]:
    """What is kept."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT tenant_seq FROM event_log WHERE tenant_id = $1 ORDER BY 1", tenant.id)
    return [row["tenant_seq"] for row in rows]


async def test_an_old_day_goes_and_the_chain_holds(
    old_events: None, tenant: GivenTenant, worker_database: CountingDatabase, tail: Following, owner_connection: Any
) -> None:
    """What stood last before the rest stays known; a cursor before it is refused by name; nothing else goes."""
    before = await positions(tenant)
    assert await worker_database.write(WORKER, lambda tx: forget_oldest(tx, kept_days=10_000)) is None
    await owner_connection.execute("INSERT INTO log_positions VALUES ('slow', 1, '2020-02-29 09:00+00')")
    assert await worker_database.write(WORKER, lambda tx: forget_oldest(tx, kept_days=30)) is None
    await owner_connection.execute("DELETE FROM log_positions WHERE reader = 'slow'")
    assert await positions(tenant) == before
    assert await worker_database.write(WORKER, lambda tx: forget_oldest(tx, kept_days=30)) == "event_log_2020_02_29"
    assert await worker_database.write(WORKER, lambda tx: forget_oldest(tx, kept_days=30)) is None
    assert await positions(tenant) == before[2:]
    async with tenant.database.snapshot(tenant.actor) as tx:
        report = await verify_chain(tx)
    assert (report.broken_at, report.events) == (None, len(before) - 2)
    with pytest.raises(CursorExpired):
        await stock_deliveries(tail.feeds, tenant, 1, after=Cursor(1).text())
