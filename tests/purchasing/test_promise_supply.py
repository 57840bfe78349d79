"""What was ordered says when there will be more."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tests.given.items import given_item, given_unit_bridge
from tests.given.notices import announced, cancelled, given_notice
from tests.given.purchases import SUPPLIER, arrived, given_acme, given_order, order_step, receive, wanted
from tests.given.recipes import component, given_recipe
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

QUERY = """query($skus: [String!]!, $warehouseId: ID) {
  availability(skus: $skus, warehouseId: $warehouseId) { available nextAvailableAt nextAvailableQuantity } }"""
TODAY = datetime.now(UTC).replace(microsecond=0)
NOTHING = (None, None)


def day(number: int) -> str:
    """So many days from now."""
    return (TODAY + timedelta(days=number)).isoformat()


async def coming(graph: GraphClient, sku: str, **where: str) -> tuple[int | None, str | None]:
    """In how many days more is expected, and how much."""
    (found,) = (await graph(QUERY, {"skus": [sku], **where}))["availability"]
    at = found["nextAvailableAt"]
    days = (datetime.fromisoformat(at) - TODAY).days if at is not None else None
    return days, found["nextAvailableQuantity"]


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12, and ACME who sells it."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_acme(graph)


async def test_an_order_that_was_sent_is_on_its_way(graph: GraphClient) -> None:
    """In stock units, from the day it is expected; not before it is sent."""
    order = await given_order(
        graph, wanted("TEA", 2, unit="BOX"), wanted("TEA", 1), status="APPROVED", expectedAt=day(3)
    )
    assert await coming(graph, "TEA") == NOTHING
    await order_step(graph, "send", order)
    assert await coming(graph, "TEA") == (3, "25")


async def test_what_came_is_not_expected_any_more(graph: GraphClient) -> None:
    """Only the rest, until there is none or nobody waits for it."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    payload = await receive(graph, order, arrived("TEA", 4), arrived("TEA", 1, disposition="REJECTED"))
    assert await coming(graph, "TEA") == (3, "6")
    await order_step(graph, "close", payload["purchaseOrder"])
    assert await coming(graph, "TEA") == NOTHING


async def test_what_is_cancelled_does_not_come(graph: GraphClient) -> None:
    """At once."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    await order_step(graph, "cancel", order)
    assert await coming(graph, "TEA") == NOTHING


@pytest.mark.parametrize("fields", [{}, {"expectedAt": day(-1)}, {"expectedAt": day(3), "inspectOnReceipt": True}])
async def test_what_nobody_can_promise_is_not_promised(graph: GraphClient, fields: dict[str, Any]) -> None:
    """No day, a day that has passed, or goods that somebody has to look at first; on order it is all the same."""
    await given_order(graph, wanted("TEA", 10), status="SENT", **fields)
    assert await coming(graph, "TEA") == NOTHING
    assert await graph('{ stockBalance(sku: "TEA") { onOrder } }') == {"stockBalance": {"onOrder": "10"}}


async def test_the_lead_time_of_the_supplier_is_the_day(graph: GraphClient) -> None:
    """Where nobody said one: counted from when it is sent."""
    await graph.accepted("setSupplierItem", {"supplierCode": SUPPLIER, "sku": "TEA", "leadTimeDays": 5})
    await given_order(graph, wanted("TEA", 10), status="SENT")
    assert await coming(graph, "TEA") == (5, "10")


async def test_it_comes_where_it_was_ordered_to(graph: GraphClient, tenant: GivenTenant) -> None:
    """And nowhere else."""
    store = await given_warehouse(tenant)
    await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3), warehouse={"code": store.code})
    assert await coming(graph, "TEA", warehouseId=str(store.id)) == (3, "10")
    assert await coming(graph, "TEA", warehouseId=str(tenant.warehouse_id)) == NOTHING


async def test_a_refusal_says_when_there_will_be_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also of a dish: once what it is made of has come."""
    await given_recipe(tenant, "POT", component("TEA", "2"))
    await given_stock(tenant, "TEA", "1")
    await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(3))
    given = {"idempotencyKey": "k", "lines": [{"sku": "TEA", "quantity": "5"}], "warehouse": {"code": "MAIN"}}
    data = await graph(
        """mutation($input: ReserveStockInput!) { reserveStock(input: $input) {
          errors { code ... on InsufficientStock { nextAvailableAt } } } }""",
        {"input": given},
    )
    (error,) = data["reserveStock"]["errors"]
    assert error["code"] == "INSUFFICIENT_STOCK"
    assert datetime.fromisoformat(error["nextAvailableAt"]) == TODAY + timedelta(days=3)
    assert await coming(graph, "POT") == (3, "5")


async def test_hundred_variants_take_as_many_statements_as_one(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """What is on its way is asked once."""
    skus = [f"I-{number}" for number in range(100)]
    for sku in skus:
        await given_item(tenant, sku=sku)
    await given_order(graph, *(wanted(sku, 1) for sku in skus), status="SENT", expectedAt=day(3))
    counts = []
    for some in (skus[:1], skus):
        async with statements(database) as counted:
            data = await graph(QUERY, {"skus": some})
        assert {each["nextAvailableQuantity"] for each in data["availability"]} == {"1"}
        counts.append(len(counted))
    assert counts[0] == counts[1]


async def test_what_is_announced_comes_when_its_notice_says(graph: GraphClient) -> None:
    """And the rest when its order does; not any more once it is called off, or has come."""
    order = await given_order(graph, wanted("TEA", 2, unit="BOX"), status="SENT", expectedAt=day(9))
    notice = await given_notice(graph, announced(order, 0, 1), expectedAt=day(3))
    assert await coming(graph, "TEA") == (3, "12")
    await graph.accepted("cancelAdvanceShippingNotice", cancelled(notice))
    assert await coming(graph, "TEA") == (9, "24")
    await given_notice(graph, announced(order, 0, 1), expectedAt=day(12))
    assert await coming(graph, "TEA") == (9, "12")
    again = await given_notice(graph, announced(order, 0, 1), expectedAt=day(4))
    await receive(graph, order, advanceShippingNoticeId=again["id"])
    assert await coming(graph, "TEA") == (12, "12")


async def test_a_notice_promises_no_more_than_is_outstanding(graph: GraphClient) -> None:
    """Of several of one line the soonest count first."""
    order = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(9))
    for days, quantity in ((5, 7), (3, 6), (7, 8)):
        await given_notice(graph, announced(order, 0, quantity), expectedAt=day(days))
    assert await coming(graph, "TEA") == (3, "6")
    await receive(graph, order, arrived("TEA", 5))
    assert await coming(graph, "TEA") == (3, "5")


async def test_a_notice_without_a_day_comes_with_its_order(graph: GraphClient) -> None:
    """Nobody promises what neither of them knows; a notice knows where its order does not."""
    known = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(9))
    await given_notice(graph, announced(known, 0, 4))
    assert await coming(graph, "TEA") == (9, "10")
    await order_step(graph, "cancel", known)
    unknown = await given_order(graph, wanted("TEA", 10), status="SENT")
    await given_notice(graph, announced(unknown, 0, 4))
    assert await coming(graph, "TEA") == NOTHING
    await given_notice(graph, announced(unknown, 0, 2), expectedAt=day(5))
    assert await coming(graph, "TEA") == (5, "2")


async def test_what_is_announced_late_is_not_promised(graph: GraphClient) -> None:
    """Its day has passed, and so nobody knows; what is inspected first is not available when it comes."""
    late = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(9))
    await given_notice(graph, announced(late, 0, 10), expectedAt=day(-1))
    inspected = await given_order(graph, wanted("TEA", 10), status="SENT", expectedAt=day(9), inspectOnReceipt=True)
    await given_notice(graph, announced(inspected, 0, 10), expectedAt=day(3))
    assert await coming(graph, "TEA") == NOTHING
