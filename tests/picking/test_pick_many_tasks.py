"""A wave of a thousand tasks: each step in a number of statements that does not grow with them."""

import pytest

from tests.given.items import given_item
from tests.given.picking import given_wave, wave_input
from tests.given.reservations import given_reservation, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("store")

KINDS = 25


async def counted_steps(
    graph: GraphClient, database: CountingDatabase, *, reservations: int, lines: int
) -> dict[str, int]:
    """How many statements each step takes of a wave of so many reservations, and of one transfer, of so many lines each."""
    skus = [f"K{number % KINDS}" for number in range(lines)]
    for _ in range(reservations):
        await given_reservation(graph, *(wanted(sku, 1, lineReference=str(n)) for n, sku in enumerate(skus)))
    await given_transfer(graph, *(going(sku, 1) for sku in skus), status="APPROVED")
    wave = await given_wave(graph, status="RELEASED", maximumTasks=1000)
    total = wave["progress"]["total"]
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT id FROM pick_tasks WHERE tenant_id = $1 AND is_open", tx.tenant_id)
    picks = [{"taskId": str(row["id"]), "quantity": "1"} for row in rows]
    counts = {}
    for step, fields in (("pickTasks", {"picks": picks}), ("packPickWave", {}), ("shipPickWave", {})):
        async with statements(database) as counted:
            await graph.accepted(step, wave_input(step, wave, **fields))
        counted.assert_at_most(50)
        counts[step] = len(counted)
    assert total == len(rows) == (reservations + 1) * lines
    return counts


async def test_a_thousand_tasks_cost_as_many_statements_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Gathered, picked, packed and shipped: ten reservations and a transfer, of ninety lines each."""
    for number in range(KINDS):
        await given_item(tenant, sku=f"K{number}")
        await given_stock(tenant, f"K{number}", "1000", location="A-1")
    few = await counted_steps(graph, database, reservations=1, lines=1)
    assert await counted_steps(graph, database, reservations=10, lines=90) == few
    assert await audited(tenant) == "nothing drifted"


async def test_gathering_costs_as_many_statements_as_well(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Whatever there is to gather."""
    counts = []
    for many in (1, 90):
        await given_reservation(graph, *(wanted("TEA", 1, lineReference=str(number)) for number in range(many)))
        await given_transfer(graph, *(going("TEA", 1) for _ in range(min(many, 5))), status="APPROVED")
        async with statements(database) as counted:
            await graph.accepted("createPickWave", {"warehouse": {"code": "MAIN"}, "maximumTasks": 1000})
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 15
