"""What was asked for each day, counted from the ledger by the worker, and what rules by demand make of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from inventory_graph.replenishment.demand import count_demand
from inventory_graph.worker import one_count
from tests.given.stock import given_stock
from tests.given.tenants import TIMEZONE, GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.replenishment.asked import given_rule, suggested
from tests.reservations.asked import consume, line, reserve, reverse, step
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("tea")

_DEMAND = "SELECT day, quantity FROM daily_demand WHERE tenant_id = $1 ORDER BY day"


def days_ago(days: int, hour: int = 12) -> datetime:
    """That hour of a day by the calendar of the tenant's warehouses."""
    today = datetime.now(ZoneInfo(TIMEZONE)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


async def counted(tenant: GivenTenant) -> dict[date, Decimal]:
    """The demand of each day after the worker's round."""
    now = datetime.now(UTC) + timedelta(minutes=1)
    assert await tenant.database.write(tenant.actor, lambda tx: count_demand(tx, now=now))
    return await known(tenant)


async def known(tenant: GivenTenant) -> dict[date, Decimal]:
    async with tenant.database.read(tenant.actor) as tx:
        return {row["day"]: row["quantity"] for row in await tx.raw.fetch(_DEMAND, tenant.id)}


async def sell(graph: GraphClient, quantity: int, days: int, hour: int = 12) -> None:
    """So much tea sold so many days ago, now for none."""
    await consume(graph, line("TEA", quantity), **({"occurredAt": days_ago(days, hour).isoformat()} if days else {}))


async def test_days_are_those_of_the_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """An hour past midnight in Nairobi is still yesterday in Greenwich."""
    await given_stock(tenant, "TEA", "100", occurred_at=days_ago(9))
    await sell(graph, 2, 3, hour=1)
    await sell(graph, 3, 3, hour=23)
    await sell(graph, 4, 2, hour=0)
    assert await counted(tenant) == {days_ago(3).date(): 5, days_ago(2).date(): 4}


async def test_only_what_was_sold_or_used_is_demand(graph: GraphClient, tenant: GivenTenant) -> None:
    """Holds when they are taken; what comes back is less. Receipts, corrections and moves are no demand."""
    await given_stock(tenant, "TEA", "100", occurred_at=days_ago(9))
    reservation = await reserve(graph, line("TEA", 7))
    await step(graph, "commitReservation", reservation)
    await consume(graph, line("TEA", 4), orderId=(order := "6b7c4a4e-30fb-4a3c-b2f7-2b62a5b3d4f1"))
    await reverse(graph, line("TEA", 1), orderId=order)
    given = {"sku": "TEA", "delta": "-5", "reason": "DAMAGED", "idempotencyKey": "correction"}
    await graph.accepted("adjustStock", given)
    await reserve(graph, line("TEA", 9))
    assert await counted(tenant) == {days_ago(0).date(): 10}


async def test_what_is_told_late_is_counted_on_its_day(graph: GraphClient, tenant: GivenTenant) -> None:
    """A round more counts the day anew, and a round without news changes nothing."""
    await given_stock(tenant, "TEA", "100", occurred_at=days_ago(9))
    await sell(graph, 2, 1)
    assert await counted(tenant) == {days_ago(1).date(): 2}
    await sell(graph, 3, 5)
    await sell(graph, 1, 1)
    found = await counted(tenant)
    assert found == {days_ago(5).date(): 3, days_ago(1).date(): 3}
    assert await counted(tenant) == found


async def test_the_worker_counts_every_tenant(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Each under its own tenant; another tenant does not see it."""
    await given_stock(tenant, "TEA", "100", occurred_at=days_ago(9))
    await sell(graph, 2, 1)
    await one_count(worker_database, now=datetime.now(UTC) + timedelta(minutes=1))
    assert await known(tenant) == {days_ago(1).date(): 2}
    assert await known(await given_tenant(tenant.database)) == {}


async def test_a_round_takes_as_many_statements_for_many_movements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Set by set: five of them, and posting takes none."""
    await given_stock(tenant, "TEA", "100", occurred_at=days_ago(9))
    for number in range(6):
        await sell(graph, 1, number)
    async with statements(database) as texts:
        assert len(await counted(tenant)) == 6
    # The last is this test's own.
    texts.assert_at_most(5)


async def test_a_rule_by_demand_suggests_what_sells(graph: GraphClient, tenant: GivenTenant) -> None:
    """In 10 days 3, 5, 3, 5 …: d = 4, s^2 = 10/9 = 1.111111. ACME takes 5 days; 95 %: z = 1.644854.

    Safety stock = 1.644854 * sqrt(5 * 1.111111) = 3.876958, so 4; reorder point = 20 + 3.88, so 24; for 7 days more 28: 52.
    What is sold today is of a day that is not over yet.
    """
    await given_stock(tenant, "TEA", "60", occurred_at=days_ago(20))
    for number in range(1, 11):
        await sell(graph, 5 if number % 2 else 3, number)
    await sell(graph, 4, 0)
    await sell(graph, 9, 11)
    await counted(tenant)
    await given_rule(graph, method="DEMAND", serviceLevel="95", demandDays=10)
    (found,) = await suggested(graph)
    numbers = (
        "demandPerDay",
        "demandDays",
        "leadTimeDays",
        "safetyStock",
        "reorderPoint",
        "target",
        "projected",
        "shortfall",
    )
    assert [found[name] for name in numbers] == ["4", 10, "5", "4", "24", "52", "7", "45"]
    assert (found["purchase"]["quantity"], found["purchase"]["ordered"]) == ("4", "48")
