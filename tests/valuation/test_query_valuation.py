"""What stock is worth: by item, category and warehouse, now and then, in pages, with what is on its way."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.given.costs import clock, cost_of, given_landed, given_method, worth
from tests.given.items import given_category, given_item
from tests.given.purchases import given_acme, given_order, receive, wanted
from tests.given.reservations import given_reservation, given_step
from tests.given.reservations import wanted as held
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.transfers import STORE, audited, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

ROWS = """query($by: ValuationBy!, $at: DateTime, $first: Int!, $after: String, $warehouse: WarehouseKey, $slug: String) {
  valuation(by: $by, at: $at, warehouse: $warehouse, categorySlug: $slug) { total { amount currency }
    rows(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { onHand value { amount } unitCost { amount }
      item { sku } category { slug } warehouse { code } } } } }"""


@pytest.fixture(autouse=True)
async def _stock(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA of black-tea below drinks, COLA of drinks, RICE of nothing; in MAIN 10 at 4, 5 at 2 and 3 at 7, in STORE 1 RICE at 9."""
    await given_category(tenant, "drinks")
    await given_category(tenant, "black-tea", parent="drinks")
    store = await given_warehouse(tenant, code=STORE)
    await given_item(tenant, sku="TEA", category_slug="black-tea")
    await given_item(tenant, sku="COLA", category_slug="drinks")
    await given_item(tenant, sku="RICE")
    await given_item(tenant, sku="NEVER")
    await given_stock(tenant, "TEA", "10", unit_cost="4")
    await given_stock(tenant, "COLA", "5", unit_cost="2")
    await given_stock(tenant, "RICE", "3", unit_cost="7")
    await given_stock(tenant, "RICE", "1", unit_cost="9", warehouse=store)


async def rows(graph: GraphClient, by: str = "ITEM", **given: Any) -> list[tuple[str, str | None, str]]:
    """The name, the quantity and the value of each row."""
    found = (await graph(ROWS, {"by": by, "first": 100, **given}))["valuation"]["rows"]["nodes"]
    return [(_name(each), each["onHand"], each["value"]["amount"]) for each in found]


def _name(row: dict[str, Any]) -> str:
    subjects = [
        row["item"] and row["item"]["sku"],
        row["category"] and row["category"]["slug"],
        row["warehouse"] and row["warehouse"]["code"],
    ]
    return "".join(each for each in subjects if each)


async def test_rows_are_of_items_categories_or_warehouses(graph: GraphClient) -> None:
    """Each way they add up to the same; what there never was is left out."""
    assert await rows(graph) == [("COLA", "5", "10"), ("RICE", "4", "30"), ("TEA", "10", "40")]
    assert await rows(graph, "CATEGORY") == [("", None, "30"), ("black-tea", None, "40"), ("drinks", None, "10")]
    assert await rows(graph, "WAREHOUSE") == [("MAIN", None, "71"), (STORE, None, "9")]
    found = (await graph(ROWS, {"by": "ITEM", "first": 1}))["valuation"]
    assert found["total"] == {"amount": "80", "currency": "KES"}
    assert found["rows"]["nodes"][0]["unitCost"] == {"amount": "2"}


async def test_a_warehouse_and_a_category_narrow_it(graph: GraphClient) -> None:
    """A category with all that lies below it; for one that is unknown there is no answer."""
    assert await rows(graph, warehouse={"code": STORE}) == [("RICE", "1", "9")]
    assert await rows(graph, slug="drinks") == [("COLA", "5", "10"), ("TEA", "10", "40")]
    assert await rows(graph, slug="black-tea", warehouse={"code": STORE}) == []
    for unknown in ({"slug": "nothing"}, {"warehouse": {"code": "NOWHERE"}}):
        assert (await graph(ROWS, {"by": "ITEM", "first": 1, **unknown}))["valuation"] is None


@pytest.mark.parametrize("by", ["ITEM", "CATEGORY", "WAREHOUSE"])
async def test_pages_neither_skip_nor_repeat(graph: GraphClient, by: str) -> None:
    """One row at a time is what all at once are."""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await graph(ROWS, {"by": by, "first": 1, "after": after}))["valuation"]["rows"]
        found += [_name(each) for each in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [name for name, _, _ in await rows(graph, by)]
    assert page["totalCount"] == len(found)


async def test_the_past_is_by_when_things_happened(graph: GraphClient, tenant: GivenTenant) -> None:
    """A sale told late counts for the day it was made; a receipt that had not come was not there."""
    await given_acme(graph)
    before = await clock(tenant)
    order = await given_order(graph, wanted("TEA", 10, 6), status="SENT")
    receipt = (await receive(graph, order))["goodsReceipt"]
    come = await clock(tenant)
    await given_landed(graph, "20", receipt)
    assert await rows(graph, slug="black-tea") == [("TEA", "20", "120")]
    assert await rows(graph, slug="black-tea", at=come.isoformat()) == [("TEA", "20", "100")]
    assert await rows(graph, slug="black-tea", at=before.isoformat()) == [("TEA", "10", "40")]
    assert await worth(graph, before - timedelta(days=1)) == ("0", "0")
    query = 'query($at: DateTime!) { stockBalance(sku: "TEA") { asOf(at: $at) { onHand value { amount } } } }'
    seen = [(await graph(query, {"at": at.isoformat()}))["stockBalance"]["asOf"] for at in (before, come)]
    assert seen == [{"onHand": "10", "value": {"amount": "40"}}, {"onHand": "20", "value": {"amount": "100"}}]


async def test_what_is_on_its_way_is_told_beside(graph: GraphClient, tenant: GivenTenant) -> None:
    """Both warehouses and the van are always worth the same together."""
    transfer = await given_transfer(graph, going("TEA", 4), status="SHIPPED")
    gone = await clock(tenant)
    assert await worth(graph) == ("64", "16")
    assert await worth(graph, warehouse={"code": STORE}) == ("9", "16")
    assert await worth(graph, warehouse={"code": "MAIN"}) == ("55", "0")
    assert await worth(graph, categorySlug="black-tea") == ("24", "16")
    await transfer_step(graph, "receiveTransfer", transfer)
    assert await worth(graph) == ("80", "0")
    assert await worth(graph, gone) == ("64", "16")


async def test_others_see_nothing_of_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """Another tenant has its own stock; without the permission there is no answer."""
    other = await given_tenant(tenant.database)
    found = (await graph(ROWS, {"by": "ITEM", "first": 10}, actor=other.actor))["valuation"]
    assert (found["total"]["amount"], found["rows"]["nodes"]) == ("0", [])
    (error,) = await graph.errors(
        ROWS, {"by": "ITEM", "first": 10}, actor=tenant.actor_with("inventory.purchasing.view")
    )
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_a_page_takes_as_many_statements_however_many_rows(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """The rows and their items, the total and the count: one each."""
    for number in range(30):
        await given_item(tenant, sku=f"R-{number:02}")
        await given_stock(tenant, f"R-{number:02}", "1", unit_cost="1")
    async with statements(database) as counted:
        found = await graph(ROWS, {"by": "ITEM", "first": 50})
    assert len(found["valuation"]["rows"]["nodes"]) == 33
    counted.assert_at_most(4)


@pytest.mark.parametrize("by", ["ITEM", "CATEGORY", "WAREHOUSE"])
async def test_what_it_is_worth_now_looks_at_nothing_that_happened(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase, by: str
) -> None:
    """Balances say it themselves, and the same as when it is asked for by the instant that has just passed."""
    async with statements(database) as counted:
        now = await graph(ROWS, {"by": by, "first": 100})
    assert not any(table in text for text in counted.texts for table in ("movements", "cost_adjustments", "period"))
    assert now == await graph(ROWS, {"by": by, "first": 100, "at": (await clock(tenant)).isoformat()})


async def test_a_category_says_how_its_items_are_kept(graph: GraphClient, tenant: GivenTenant) -> None:
    """The nearest one above that says it; the tenant's setting elsewhere. What is there goes on as one layer."""
    changed = await graph.accepted(
        "updateCategory",
        {"slug": "drinks", "costingMethod": "FIFO"},
        "category { costingMethod children { slug costingMethod } }",
    )
    assert changed["category"] == {"costingMethod": "FIFO", "children": [{"slug": "black-tea", "costingMethod": None}]}
    for sku in ("TEA", "COLA", "RICE"):
        await given_stock(tenant, sku, "1", unit_cost="8")
    assert await cost_of(graph, "TEA") == ("11", "48", [("10", "40"), ("1", "8")])
    assert (await cost_of(graph, "RICE"))[2] == []
    query = """{ stockBalance(sku: "TEA") { costing { method adjustments { totalCount nodes { kind valueChange { amount } } } } } }"""
    assert (await graph(query))["stockBalance"]["costing"] == {
        "method": "FIFO", "adjustments": {"totalCount": 1, "nodes": [{"kind": "METHOD", "valueChange": {"amount": "0"}}]},
    }  # fmt: skip
    await graph.accepted("updateCategory", {"slug": "black-tea", "costingMethod": "AVERAGE"})
    await given_category(tenant, "green-tea", parent="black-tea")
    await given_item(tenant, sku="SENCHA", category_slug="green-tea")
    await given_method(graph, "FIFO")
    for sku in ("TEA", "SENCHA", "RICE"):
        await given_stock(tenant, sku, "1", unit_cost="8")
    assert [(await cost_of(graph, sku))[2] for sku in ("TEA", "SENCHA")] == [[], []]
    assert len((await cost_of(graph, "RICE"))[2]) == 2
    await graph.accepted("updateCategory", {"slug": "black-tea", "costingMethod": None})
    await given_stock(tenant, "SENCHA", "1", unit_cost="10")
    assert (await cost_of(graph, "SENCHA"))[2] == [("1", "8"), ("1", "10")]
    assert await audited(tenant) == "nothing drifted"


async def test_a_hold_reads_no_layer_and_its_commitment_takes_the_oldest(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Whoever only holds or lets go pays nothing for FIFO; an average pays nothing at all."""
    await given_method(graph, "FIFO")
    await given_stock(tenant, "RICE", "2", unit_cost="1")
    async with statements(database) as counted:
        reservation = await given_reservation(graph, held("RICE", 4))
    assert not any("cost_" in text for text in counted.texts)
    await given_step(graph, "commitReservation", reservation)
    assert await cost_of(graph, "RICE") == ("1", "1", [("1", "1")])
    await given_method(graph, "AVERAGE")
    async with statements(database) as counted:
        await done(graph, "adjustStock", {"sku": "COLA", "delta": "-1", "reason": "WASTE"})
    assert not any("cost_" in text for text in counted.texts)
    assert await audited(tenant) == "nothing drifted"


async def test_a_cost_is_never_rewritten(graph: GraphClient, tenant: GivenTenant) -> None:
    """The role of the service may add to what was told of costs, and change none of it."""
    await given_method(graph, "FIFO")
    await given_stock(tenant, "RICE", "2", unit_cost="1")
    for statement in (
        "UPDATE cost_adjustments SET value_change = 0",
        "DELETE FROM cost_adjustments",
        "TRUNCATE cost_adjustments",
        "UPDATE landed_costs SET amount = 0",
        "DELETE FROM landed_costs",
        "DELETE FROM cost_layers",
        "UPDATE movements SET value_change = 0",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tenant.database.transaction(tenant.actor) as tx:
                await tx.raw.execute(statement)
