"""Listing what is off sale."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.masterdata.item_values import NewVariant
from tests.given.items import given_item, given_variant
from tests.given.selling import given_stop, given_stop_lifted
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

QUERY = """query($filter: SaleStopFilter, $first: Int!, $after: String) {
  saleStops(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { reason } } }"""


async def stopped(graph: GraphClient, reason: str, what: dict[str, Any], **fields: Any) -> str:
    return await given_stop(graph, what, reason=reason, **fields)


async def reasons(graph: GraphClient, **given: Any) -> list[str]:
    page = (await graph(QUERY, {"filter": given or None, "first": 100}))["saleStops"]
    assert page["totalCount"] == len(page["nodes"])
    return [each["reason"] for each in page["nodes"]]


async def test_shows_the_newest_first_page_by_page(graph: GraphClient, tenant: GivenTenant) -> None:
    """Pages neither skip nor repeat."""
    await given_item(tenant, sku="A")
    for number in range(5):
        await stopped(graph, f"Reason {number}", {"item": {"sku": "A"}}, channel=f"channel-{number}")
    seen, after, pages = [], None, 0
    while True:
        page = (await graph(QUERY, {"first": 2, "after": after}))["saleStops"]
        seen += [each["reason"] for each in page["nodes"]]
        after, pages = page["pageInfo"]["endCursor"], pages + 1
        assert page["totalCount"] == 5
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (seen, pages) == ([f"Reason {number}" for number in (4, 3, 2, 1, 0)], 3)


async def test_filters_by_where_they_hold(graph: GraphClient, tenant: GivenTenant) -> None:
    """At an outlet and on a channel also what holds at all of them: that is what its staff has to know."""
    await given_item(tenant, sku="A")
    kiosk = await given_outlet(tenant, code="kiosk")
    await stopped(graph, "everywhere", {"item": {"sku": "A"}})
    await stopped(graph, "main", {"item": {"sku": "A"}}, outletId=str(tenant.outlet_id))
    await stopped(graph, "kiosk web", {"item": {"sku": "A"}}, outletId=str(kiosk.outlet.id), channel="web")
    await stopped(graph, "web", {"item": {"sku": "A"}}, channel="web")
    assert await reasons(graph) == ["web", "kiosk web", "main", "everywhere"]
    assert await reasons(graph, outletId=str(tenant.outlet_id)) == ["web", "main", "everywhere"]
    assert await reasons(graph, channel="WEB") == ["web", "kiosk web", "main", "everywhere"]
    assert await reasons(graph, channel="pos") == ["main", "everywhere"]
    assert await reasons(graph, outletId=str(kiosk.outlet.id), channel="pos") == ["everywhere"]
    assert await reasons(graph, outletId=str(uuid4())) == ["web", "everywhere"]


async def test_filters_by_sku(graph: GraphClient, tenant: GivenTenant) -> None:
    """A variant's: what takes it off sale, alone or with its item. An item's: those of all its variants."""
    shirt = await given_item(tenant, sku="SHIRT")
    await given_item(tenant, sku="OTHER")
    for sku in ("SHIRT-M", "SHIRT-L"):
        await given_variant(tenant, shirt, sku=sku)
    await stopped(graph, "shirt", {"item": {"sku": "SHIRT"}})
    await stopped(graph, "large", {"variant": {"sku": "SHIRT-L"}})
    await stopped(graph, "other", {"item": {"sku": "OTHER"}})
    assert await reasons(graph, sku="SHIRT-L") == ["large", "shirt"]
    assert await reasons(graph, sku="SHIRT-M") == ["shirt"]
    assert await reasons(graph, sku="SHIRT") == ["shirt"]
    assert await reasons(graph, sku="NOBODY") == []


async def test_takes_an_items_sku_for_all_its_variants(graph: GraphClient, tenant: GivenTenant) -> None:
    """Where no variant bears it."""
    await given_item(tenant, sku="CAP", variants=[NewVariant(sku="CAP-RED"), NewVariant(sku="CAP-BLUE")])
    await stopped(graph, "red", {"variant": {"sku": "CAP-RED"}})
    await stopped(graph, "all", {"item": {"sku": "CAP"}})
    assert await reasons(graph, sku="CAP") == ["all", "red"]
    assert await reasons(graph, sku="CAP-BLUE") == ["all"]


async def test_filters_by_whether_they_hold_now(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was lifted is history; without the filter both are there."""
    await given_item(tenant, sku="A")
    lifted = await stopped(graph, "lifted", {"item": {"sku": "A"}}, channel="web")
    await stopped(graph, "holds", {"item": {"sku": "A"}})
    await given_stop_lifted(graph, lifted)
    assert await reasons(graph, active=True) == ["holds"]
    assert await reasons(graph, active=False) == ["lifted"]
    assert await reasons(graph) == ["holds", "lifted"]


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"outletId": "Main"}, ["filter", "outletId"]),
        ({"channel": "two words"}, ["filter", "channel"]),
        ({"channel": ""}, ["filter", "channel"]),
    ],
)
async def test_refuses(graph: GraphClient, given: dict[str, Any], argument: list[str]) -> None:
    """What names nothing that could be is a mistake worth telling."""
    (error,) = await graph.errors(QUERY, {"filter": given, "first": 1})
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": argument}


async def test_takes_its_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is off sale tells of the stock; who may see the catalogue does not see it for that."""
    (error,) = await graph.errors(QUERY, {"first": 1}, actor=tenant.actor_with("inventory.items.view"))
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "inventory.stock.view" in error["message"]


async def test_shows_nothing_of_others(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not by SKU, not by outlet."""
    other = await given_tenant(tenant.database)
    await given_item(other, sku="A")
    theirs = GraphClient(graph.client, graph.callers, other)
    await stopped(theirs, "theirs", {"item": {"sku": "A"}}, outletId=str(other.outlet_id))
    assert await reasons(graph) == []
    assert await reasons(graph, sku="A", outletId=str(other.outlet_id)) == []


async def test_of_a_page_with_all_about_them_takes_five(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Stops, their items, variants and outlets, and the count: one statement each, for two as for fifty."""
    item = await given_item(tenant, sku="I")
    for number in range(50):
        await given_variant(tenant, item, sku=f"V-{number}")
        await stopped(graph, "x", {"variant": {"sku": f"V-{number}"}}, outletId=str(tenant.outlet_id))
    query = "{ saleStops(first: %d) { totalCount nodes { item { sku } variant { sku } outlet { code } } } }"
    for first in (2, 50):
        async with statements(database) as counted:
            data = await graph(query % first)
        counted.assert_at_most(5)
        assert len(data["saleStops"]["nodes"]) == first
