"""A list takes as much memory and as many statements as its pages, and is refused where it is too long, never cut off."""

from typing import Any

import pytest

from inventory_graph.db import Transaction
from inventory_graph.errors import LimitExceeded
from inventory_graph.printing.listings import ListKey
from inventory_graph.printing.lists import ROWS_MAX, list_pages
from tests.given.purchases import given_acme
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.printing.exported import BYTES, EXPORT, export
from tests.printing.printed import rows_of
from tests.statements import CountingDatabase, statements

ORDERS = ListKey(kind="purchase-orders", filter={})
PART = 10_000
_GIVEN = """
INSERT INTO purchase_orders (tenant_id, id, number, supplier_id, warehouse_id, status, currency, net_amount, tax_amount, shipping_amount,
  version, created_at, created_by)
SELECT $1, gen_random_uuid(), 'X-' || n, (SELECT id FROM suppliers WHERE tenant_id = $1), $2, 'DRAFT', 'KES', n, 0, 0, 1,
  -- Several at one instant: they are told apart by their ids.
  '2026-01-01'::timestamptz + n / 7 * interval '1 second', 'ada'
FROM generate_series($3::int, $4) AS n
"""


async def given_orders(graph: GraphClient, many: int) -> None:
    """So many orders, written as a migration would."""
    await given_acme(graph)
    for start in range(1, many + 1, PART):
        await _given(graph, start, min(start + PART - 1, many))


async def _given(graph: GraphClient, start: int, end: int) -> None:
    tenant = graph.tenant
    await tenant.database.write(
        tenant.actor, lambda tx: tx.raw.execute(_GIVEN, tenant.id, tenant.warehouse_id, start, end)
    )


async def test_thousands_of_rows_come_page_by_page(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """One statement for each thousand, and no more than a thousand at a time in memory; each row once, none left out."""
    await given_orders(graph, 4_321)

    async def read(function: Any) -> Any:
        async with database.read(tenant.actor) as tx:
            return await function(tx)

    async with statements(database) as ran:
        pages = [page async for page in list_pages(read, key=ORDERS)]
    assert len(ran) == 5
    assert [page.count(b"\r\n") for page in pages] == [1, 1_000, 1_000, 1_000, 1_000, 321]
    found = [row["number"] for row in rows_of(b"".join(pages))]
    assert sorted(found) == sorted(f"X-{number}" for number in range(1, 4_322))


async def test_a_link_is_handed_out_by_a_statement_a_page(graph: GraphClient, database: CountingDatabase) -> None:
    """And one that counts, before anything is sent."""
    await given_orders(graph, 2_500)
    url = (await export(graph, "purchaseOrders"))["url"]
    async with statements(database) as ran:
        answer = await graph.client.get(url)
    assert len(rows_of(answer.content)) == 2_500
    assert "content-length" not in answer.headers
    assert len(ran) == 4


@pytest.mark.parametrize("many", [1, 999, 1_000, 1_001, 2_000])
async def test_the_last_page_ends_it(graph: GraphClient, many: int) -> None:
    """However full it is."""
    await given_orders(graph, many)
    url = (await export(graph, "purchaseOrders"))["url"]
    assert len(rows_of((await graph.client.get(url)).content)) == many


async def test_refuses_what_is_too_long(graph: GraphClient) -> None:
    """And says by what it becomes shorter; a link that was made before hands out nothing, too."""
    await given_orders(graph, ROWS_MAX)
    found = await export(graph, "purchaseOrders")
    assert found["rowCount"] == ROWS_MAX
    await _given(graph, ROWS_MAX + 1, ROWS_MAX + 1)
    (error,) = await graph.errors(EXPORT, {"of": {"purchaseOrders": {}}})
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["message"] == "The list has more than 100,000 rows: narrow it by createdSince and createdBefore."
    answer = await graph.client.get(found["url"])
    assert answer.status_code == 413
    assert "content-disposition" not in answer.headers
    assert (await export(graph, "purchaseOrders", number="X-7"))["rowCount"] == 1


async def test_what_grows_too_long_meanwhile_is_broken_off(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever reads it sees that it is not whole."""

    async def endless(function: Any) -> Any:
        return [("X",) * 24 + (tenant.actor, tenant.id)] * 1_000

    pages = list_pages(endless, key=ORDERS)
    for _ in range(1 + ROWS_MAX // 1_000):
        await anext(pages)
    with pytest.raises(LimitExceeded):
        await anext(pages)


async def test_refuses_bytes_of_more_than_an_answer_holds(graph: GraphClient) -> None:
    """The link has them."""
    await given_orders(graph, 20_000)
    await graph.tenant.database.write(graph.tenant.actor, _with_long_notes)
    (error,) = await graph.errors(BYTES, {"of": {"purchaseOrders": {}}})
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "follow `url`" in error["message"]


async def _with_long_notes(tx: Transaction) -> None:
    await tx.raw.execute("UPDATE purchase_orders SET note = repeat('x', 300) WHERE tenant_id = $1", tx.tenant_id)


@pytest.mark.parametrize(
    ("of", "code", "argument"),
    [
        ({"purchaseOrders": {"warehouseId": "here"}}, "INVALID_INPUT", ["of", "purchaseOrders", "warehouseId"]),
        ({"stockBalances": {"warehouse": {"code": "NOWHERE"}}}, "NOT_FOUND", ["of", "stockBalances", "warehouse"]),
        ({"items": {"text": "a b c d e f g h i"}}, "INVALID_INPUT", ["of", "items", "text"]),
    ],
)
async def test_refuses_a_filter_that_is_none(
    graph: GraphClient, of: dict[str, Any], code: str, argument: list[str]
) -> None:
    """And names it."""
    (error,) = await graph.errors(EXPORT, {"of": of})
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == (code, argument)


async def test_refuses_a_span_that_ends_before_it_begins(graph: GraphClient) -> None:
    """An empty list would look like the truth."""
    span = {"recordedSince": "2026-01-02T00:00:00Z", "recordedBefore": "2026-01-01T00:00:00Z"}
    (error,) = await graph.errors(EXPORT, {"of": {"movements": span}})
    assert error["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize("of", [{}, {"items": {}, "transfers": {}}])
async def test_is_of_exactly_one_list(graph: GraphClient, of: dict[str, Any]) -> None:
    """Not of none and not of two."""
    (error,) = await graph.errors(EXPORT, {"of": of})
    assert error["extensions"]["code"] == "INVALID_INPUT"
