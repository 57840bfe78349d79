"""Which lots a hold takes: none that will have expired, and first those that expire first."""

from datetime import date, timedelta

import pytest

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.graph import GraphClient

SHORT = """mutation($input: ReserveStockInput!) { reserveStock(input: $input) {
  reservation { id } errors { code ... on InsufficientStock { requested available } } } }"""
LOTS = "reservation { lines { allocations { quantity lot { code } } } }"
TODAY = date.today()  # noqa: DTZ011 - lots expire by calendars, and these by none that is a day away


@pytest.fixture
async def milk(graph: GraphClient) -> None:
    """Two that expired last week, four for a month and three for a week, in this order of arrival."""
    await given_item(graph.tenant, sku="MILK", tracking="LOT")
    for code, quantity, days in (("OLD", "2", -7), ("MONTH", "4", 30), ("WEEK", "3", 7)):
        await given_stock(graph.tenant, "MILK", quantity, lot=code, expires_on=TODAY + timedelta(days=days))


async def test_expired_lots_are_not_promised(graph: GraphClient, milk: None) -> None:
    """Nine lie there, seven can be sold."""
    given = {"idempotencyKey": "all", "lines": [{"sku": "MILK", "quantity": "8"}]}
    data = await graph(SHORT, {"input": given})
    assert data["reserveStock"] == {
        "reservation": None,
        "errors": [{"code": "INSUFFICIENT_STOCK", "requested": "8", "available": "7"}],
    }


async def test_what_expires_first_goes_first(graph: GraphClient, milk: None) -> None:
    """Though it came last; a line takes as many lots as it needs."""
    given = {"idempotencyKey": "some", "lines": [{"sku": "MILK", "quantity": "5"}]}
    (line,) = (await graph.accepted("reserveStock", given, LOTS))["reservation"]["lines"]
    found = {each["lot"]["code"]: each["quantity"] for each in line["allocations"]}
    assert found == {"WEEK": "3", "MONTH": "2"}
