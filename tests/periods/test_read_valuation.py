"""What stock was worth: read from what closed periods wrote down, it is what all movements and adjustments add up to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from inventory_graph.db import Transaction
from inventory_graph.stock.commands import balance_id
from inventory_graph.valuation.queries import By, Scope, valuation_page, valuation_total
from tests.given.items import given_item, variant_of_sku
from tests.given.periods import SEPTEMBER, given_closed, given_reopened, text_of
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.periods.stories import DAYS, FIRST_COST, SUM_OF_MOVEMENTS, given_step, steps
from tests.statements import CountingDatabase, statements

SKUS = ("CORN", "RICE")
CLOSING = ("close", SEPTEMBER + timedelta(days=1))
ENDS = tuple(SEPTEMBER + timedelta(days=days) for days in (0, 10, 20))

VALUATION = """query($at: DateTime!) { valuation(at: $at, by: ITEM) { total { amount }
  rows(first: 10) { nodes { onHand value { amount } item { sku } } } } }"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(st.tuples(st.integers(0, 1), steps), min_size=1, max_size=16))
@example(story=[(0, FIRST_COST[0]), (0, FIRST_COST[1]), (1, FIRST_COST[0]), (0, CLOSING)])
@example(story=[(0, FIRST_COST[0]), (0, CLOSING), (0, ("receive", SEPTEMBER + timedelta(days=2), *FIRST_COST[1][2:]))])
async def test_any_instant_is_worth_what_its_movements_add_up_to(
    tenant: GivenTenant, story: Sequence[tuple[int, Sequence[object]]]
) -> None:
    """Of two items, whatever is recorded, closed and reopened in whatever order: each row, the warehouse and the total, to the last
    digit, from before the first movement to an hour ago, which is counted back from now."""
    own = await given_tenant(tenant.database)
    for sku in SKUS:
        await given_item(own, sku=sku, unit="KG")
    variants = [(await variant_of_sku(own, sku)).id for sku in SKUS]
    for which, step in story:
        await given_step(own, variants[which], step)
    asked = [SEPTEMBER + timedelta(days=day, microseconds=part) for day in range(-1, DAYS + 1) for part in (-1, 0, 1)]
    async with own.database.read(own.actor) as tx:
        for at in (*asked, datetime.now(UTC) - timedelta(hours=1)):
            scope = Scope(at=at, warehouse_id=own.warehouse_id)
            summed = await _summed(tx, variants, own.warehouse_id, at)
            page = await valuation_page(tx, by=By.ITEM, scope=scope, first=10, after=None)
            assert {row.key: (row.on_hand, row.value) for row in page.records} == summed, at
            total = sum((value for _, value in summed.values()), Decimal(0))
            by_warehouse = await valuation_page(tx, by=By.WAREHOUSE, scope=scope, first=10, after=None)
            assert sum((row.value for row in by_warehouse.records), Decimal(0)) == total, at
            assert await valuation_total(tx, scope=scope) == total, at


async def _summed(
    tx: Transaction, variants: Sequence[UUID], warehouse_id: UUID, at: datetime
) -> dict[str, tuple[Decimal, Decimal]]:
    """What the ledger of each item adds up to, where that is anything: on hand and value."""
    found = {}
    for sku, variant_id in zip(SKUS, variants, strict=True):
        row = await tx.raw.fetchrow(SUM_OF_MOVEMENTS, tx.tenant_id, balance_id(variant_id, warehouse_id), at)
        assert row is not None
        if row["on_hand"] or row["value"]:
            found[sku] = (row["on_hand"], row["value"])
    return found


async def worth_on(graph: GraphClient, day: int) -> tuple[str, list[tuple[str, str, str]]]:
    """The total, and each item with its quantity and value, on a day of September."""
    found = (await graph(VALUATION, {"at": text_of(SEPTEMBER + timedelta(days=day))}))["valuation"]
    rows = [(row["item"]["sku"], row["onHand"], row["value"]["amount"]) for row in found["rows"]["nodes"]]
    return found["total"]["amount"], rows


@pytest.mark.usefixtures("corn")
async def test_an_instant_reads_one_period_only(graph: GraphClient, tenant: GivenTenant) -> None:
    """From what was written down, not from the ledger: were a row of it wrong, the answer would be, from there on until it is nearer to
    count back from now."""
    await given_closed(graph, *ENDS)
    async with tenant.database.transaction(tenant.actor) as tx:
        # A later revision is what counts; the application may add one, not change one.
        written = await tx.raw.execute(
            "INSERT INTO period_balances SELECT tenant_id, balance_id, ends_at, 2, on_hand + 700, reserved, quarantined, damaged,"
            " value + 7000 FROM period_balances WHERE tenant_id = $1 AND ends_at = $2",
            tenant.id, ENDS[0],
        )  # fmt: skip
    assert written == "INSERT 0 1"
    before, after = await worth_on(graph, -1), await worth_on(graph, 0)
    assert (before[1][0][1], after[1][0][1]) == ("10", "710")
    assert Decimal(after[0]) == Decimal(before[0]) + 7000
    assert {day: (await worth_on(graph, day))[1][0][1] for day in (5, 19, 20, 21)} == {
        5: "710",
        19: "710",
        20: "730",
        21: "730",
    }
    lately = (await graph(VALUATION, {"at": text_of(datetime.now(UTC) - timedelta(minutes=1))}))["valuation"]
    assert lately["rows"]["nodes"][0]["onHand"] == "60"


@pytest.mark.usefixtures("corn")
async def test_what_a_reopened_period_wrote_down_does_not_count(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is recorded late is there at once, before the period is closed again and after, in it and behind its end."""
    await given_stock(tenant, "CORN", "3", occurred_at=SEPTEMBER + timedelta(days=12))
    period = await given_closed(graph, *ENDS)
    assert [(await worth_on(graph, day))[1][0][1] for day in (11, 15, 20)] == ["10", "13", "33"]
    await given_reopened(graph, period)
    await given_stock(tenant, "CORN", "5", occurred_at=SEPTEMBER + timedelta(days=15))
    assert [(await worth_on(graph, day))[1][0][1] for day in (11, 15, 20)] == ["10", "18", "38"]
    await given_closed(graph, ENDS[-1])
    assert [(await worth_on(graph, day))[1][0][1] for day in (11, 15, 20)] == ["10", "18", "38"]


@pytest.mark.usefixtures("corn")
async def test_a_valuation_takes_as_many_statements_however_many_periods(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """The rows with their items, and the total: before anything is closed and after three periods are."""

    async def counted() -> int:
        async with statements(database) as found:
            await worth_on(graph, 5)
        return len(found)

    await counted()
    before = await counted()
    await given_closed(graph, *ENDS)
    assert await counted() == before
