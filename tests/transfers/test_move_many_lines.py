"""A transfer of 200 lines: each step in a number of statements that does not grow with its lines."""

import pytest

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, step_input
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("store")

LINES = 200
KINDS = 40


async def counted_steps(graph: GraphClient, database: CountingDatabase, lines: int) -> dict[str, int]:
    """How many statements each step of a transfer of so many lines takes."""
    counts = {}
    async with statements(database) as counted:
        transfer = await given_transfer(graph, *(going(f"T{number % KINDS}", 1) for number in range(lines)))
    counts["createTransfer"] = len(counted)
    for step in ("approveTransfer", "shipTransfer", "receiveTransfer"):
        async with statements(database) as counted:
            await graph.accepted(step, step_input(step, transfer))
        counted.assert_at_most(30)
        counts[step] = len(counted)
    return counts


async def test_two_hundred_lines_cost_as_many_statements_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Drafted, approved, shipped and received whole."""
    for number in range(KINDS):
        await given_item(tenant, sku=f"T{number}")
        await given_stock(tenant, f"T{number}", "100", unit_cost="4")
    # The first delivery makes the balances that it goes to.
    await counted_steps(graph, database, KINDS)
    few = await counted_steps(graph, database, 2)
    assert await counted_steps(graph, database, LINES) == few
    assert await audited(tenant) == "nothing drifted"
