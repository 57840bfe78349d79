"""Under FIFO a thousand lines cost as many statements as two, and a thousand layers of one balance add up to the last digit."""

from typing import Any

import pytest

from tests.given.costs import given_method, worth
from tests.given.purchases import SUPPLIER, given_acme, given_order, receive, wanted
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, audited, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

MANY = 1_000
TRANSFERRED = 500
"""The lines of the longest transfer."""
_ITEMS = """
WITH made AS (
  SELECT gen_random_uuid() AS item_id, gen_random_uuid() AS variant_id, 'F-' || n AS sku FROM generate_series(1, $2::int) AS n
), items AS (
  INSERT INTO items (tenant_id, id, sku, name, type, unit_code) SELECT $1, item_id, sku, sku, 'GOODS', 'PIECE' FROM made
)
INSERT INTO variants (tenant_id, id, item_id, sku, name) SELECT $1, variant_id, item_id, sku, sku FROM made
"""


@pytest.fixture(autouse=True)
async def _goods(graph: GraphClient, tenant: GivenTenant) -> None:
    """F-1 to F-1002 under FIFO, ACME who sells them, STORE."""
    await given_method(graph, "FIFO")
    await given_acme(graph)
    await given_warehouse(tenant, code=STORE)
    await tenant.database.write(tenant.actor, lambda tx: tx.raw.execute(_ITEMS, tenant.id, MANY + 2))


async def given_sent(graph: GraphClient, *lines: dict[str, Any]) -> dict[str, Any]:
    """An order of the lines, which the supplier has."""
    return await given_order(graph, *lines, status="SENT")


async def test_thousand_lines_cost_as_many_statements_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Received, sent on and sent back: the layers of all of them are read once and written once."""

    async def received(many: int, behind: int = 0) -> int:
        numbers = range(behind + 1, behind + many + 1)
        order = await given_sent(graph, *(wanted(f"F-{number}", 4, number) for number in numbers))
        async with statements(database) as counted:
            await receive(graph, order)
        return len(counted)

    async def shipped(many: int) -> int:
        lines = [going(f"F-{number}", 1) for number in range(1, many + 1)]
        transfer = await given_transfer(graph, *lines, status="APPROVED")
        async with statements(database) as counted:
            await transfer_step(graph, "shipTransfer", transfer)
        return len(counted)

    async def returned(many: int) -> int:
        lines = [{"sku": f"F-{number}", "quantity": "1"} for number in range(1, many + 1)]
        given = {"idempotencyKey": f"back-{many}", "supplierCode": SUPPLIER, "reason": "Stale", "lines": lines}
        async with statements(database) as counted:
            await graph.accepted("returnToSupplier", given, "supplierReturn { id }")
        return len(counted)

    assert await received(MANY) == await received(2, behind=MANY)
    assert await shipped(TRANSFERRED) == await shipped(2)
    assert await returned(MANY) == await returned(2)
    assert await audited(tenant) == "nothing drifted"


async def test_thousand_layers_of_one_balance_add_up(graph: GraphClient, tenant: GivenTenant) -> None:
    """2 pieces at 1, 2 at 2 and so on to 1,000; the oldest 500 pieces leave line by line with what they cost."""
    order = await given_sent(graph, *(wanted("F-1", 2, number) for number in range(1, MANY + 1)))
    await receive(graph, order)
    assert await worth(graph) == ("1001000", "0")
    lines = [going("F-1", 1) for _ in range(TRANSFERRED)]
    await given_transfer(graph, *lines, status="SHIPPED")
    # Both pieces of each of the first 250 layers.
    on_its_way = 2 * sum(range(1, 251))
    assert await worth(graph) == (str(1_001_000 - on_its_way), str(on_its_way))
    assert await audited(tenant) == "nothing drifted"
