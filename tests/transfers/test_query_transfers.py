"""Reading transfers: by id, in pages by every filter, in a constant number of statements; and what is on its way."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.given.items import given_item, variant_of_sku
from tests.given.tenants import GivenTenant
from tests.given.transfers import given_transfer, going, of_line, transfer_now, transfer_step
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("store")

PAGE = """
query($first: Int!, $after: String, $filter: TransferFilter) {
  transfers(first: $first, after: $after, filter: $filter) {
    nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
ROWS = 30


async def page(graph: GraphClient, first: int = 20, after: str | None = None, **filter: Any) -> dict[str, Any]:  # noqa: A002 - the argument's name in the schema
    found: dict[str, Any] = (await graph(PAGE, {"first": first, "after": after, "filter": filter or None}))["transfers"]
    return found


async def ids(graph: GraphClient, **filter: Any) -> list[str]:  # noqa: A002 - the argument's name in the schema
    """Of what the filter lets through, the newest first."""
    return [each["id"] for each in (await page(graph, **filter))["nodes"]]


async def test_every_status_is_a_filter(graph: GraphClient) -> None:
    """One, several, none."""
    states = ("DRAFT", "SUBMITTED", "APPROVED", "SHIPPED", "PARTIALLY_RECEIVED", "COMPLETED", "CANCELLED")
    found = {state: (await given_transfer(graph, going("TEA", 2), status=state))["id"] for state in states}
    assert {state: await ids(graph, status=[state]) for state in found} == {
        state: [each] for state, each in found.items()
    }
    assert await ids(graph, status=["DRAFT", "SHIPPED"]) == [found["SHIPPED"], found["DRAFT"]]
    assert await ids(graph, status=[]) == []


async def test_every_other_filter_lets_through_what_it_says(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """And only that; together they all must hold."""
    await given_item(tenant, sku="SALT")
    salt = await variant_of_sku(tenant, "SALT")
    first = await given_transfer(graph, going("TEA", 2), reference="R 1", expectedAt="2030-01-01T00:00:00Z")
    back: dict[str, Any] = {
        "fromWarehouse": {"code": "STORE"},
        "toWarehouse": {"code": "MAIN"},
        "expectedAt": "2031-01-01T00:00:00Z",
    }
    second = await given_transfer(graph, going("SALT", 2), **back)
    between = (await transfer_now(graph, second, "transfer { createdAt }"))["createdAt"]
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({"fromWarehouseId": str(store.id)}, [second["id"]]),
        ({"toWarehouseId": str(store.id)}, [first["id"]]),
        ({"variantId": str(salt.id)}, [second["id"]]),
        ({"number": "TR-000002"}, [second["id"]]),
        ({"reference": "R 1"}, [first["id"]]),
        ({"expectedBefore": "2030-06-01T00:00:00Z"}, [first["id"]]),
        ({"createdSince": between}, [second["id"]]),
        ({"createdBefore": between}, [first["id"]]),
        ({"reference": "R 1", "number": "TR-000002"}, []),
    ]
    for chosen, expected in filters:
        assert await ids(graph, **chosen) == expected, chosen
    assert await ids(graph) == [second["id"], first["id"]]


async def test_pages_neither_skip_nor_repeat(graph: GraphClient) -> None:
    """Though something is drafted between the first and the second."""
    made = [(await given_transfer(graph, going("TEA", 2)))["id"] for _ in range(5)]
    first = await page(graph, first=2)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    await given_transfer(graph, going("TEA", 2))
    second = await page(graph, first=2, after=first["pageInfo"]["endCursor"])
    third = await page(graph, first=2, after=second["pageInfo"]["endCursor"])
    assert [each["id"] for part in (first, second, third) for each in part["nodes"]] == made[::-1]
    assert (third["pageInfo"]["hasNextPage"], third["totalCount"]) == (False, 6)


async def test_lines_come_in_pages_by_position(graph: GraphClient) -> None:
    """Five hundred lines are not read at once."""
    transfer = await given_transfer(graph, *(going("TEA", number) for number in range(1, 6)))
    query = """query($id: ID!, $after: String) { transfer(id: $id) {
      lines(first: 2, after: $after) { nodes { quantity } totalCount pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    for more in (True, True, False):
        lines = (await graph(query, {"id": transfer["id"], "after": after}))["transfer"]["lines"]
        seen += [line["quantity"] for line in lines["nodes"]]
        after = lines["pageInfo"]["endCursor"]
        assert (lines["totalCount"], lines["pageInfo"]["hasNextPage"]) == (5, more)
    assert seen == ["1", "2", "3", "4", "5"]


async def test_an_unknown_transfer_reads_null(graph: GraphClient) -> None:
    """So does what is no id."""
    for unknown in (str(uuid4()), "nonsense"):
        assert await graph("query($id: ID!) { transfer(id: $id) { id } }", {"id": unknown}) == {"transfer": None}


async def test_a_transfer_is_found_by_its_number(graph: GraphClient) -> None:
    """As it stands on the paper; by one of the two."""
    transfer = await given_transfer(graph, going("TEA", 2))
    query = "query($id: ID, $number: String) { transfer(id: $id, number: $number) { id } }"
    assert await graph(query, {"number": "TR-000001"}) == {"transfer": {"id": transfer["id"]}}
    assert await graph(query, {"number": "TR-000002"}) == {"transfer": None}
    for named in ({}, {"id": transfer["id"], "number": "TR-000001"}):
        (error,) = await graph.errors(query, named)
        assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_reading_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """A counter sees none."""
    transfer = await given_transfer(graph, going("TEA", 2))
    query = "query($id: ID!) { transfer(id: $id) { number } transfers { nodes { number } } }"
    data = await graph(query, {"id": transfer["id"]}, actor=tenant.actor_as("transfer_clerk"))
    assert data == {"transfer": {"number": "TR-000001"}, "transfers": {"nodes": [{"number": "TR-000001"}]}}
    errors = await graph.errors(query, {"id": transfer["id"]}, actor=tenant.actor_as("stock_counter"))
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}


async def test_what_is_on_its_way_is_when_it_will_be_available(graph: GraphClient) -> None:
    """Until it is there; of what nobody expects at a time nothing is promised."""
    soon = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    await given_transfer(graph, going("TEA", 2), status="SHIPPED")
    await given_transfer(graph, going("TEA", 3), status="APPROVED", expectedAt=soon.isoformat())
    query = """{ availability(skus: ["TEA"], warehouseId: "%s") { available nextAvailableAt nextAvailableQuantity } }"""
    store = (await graph('{ warehouse(key: {code: "STORE"}) { id } }'))["warehouse"]["id"]
    empty = {"available": "0", "nextAvailableAt": None, "nextAvailableQuantity": None}
    assert (await graph(query % store))["availability"] == [empty]
    coming = await given_transfer(graph, going("TEA", 5), status="SHIPPED", expectedAt=soon.isoformat())
    (found,) = (await graph(query % store))["availability"]
    assert datetime.fromisoformat(found["nextAvailableAt"]) == soon
    assert (found["available"], found["nextAvailableQuantity"]) == ("0", "5")
    await transfer_step(graph, "receiveTransfer", coming)
    (found,) = (await graph(query % store))["availability"]
    assert (found["available"], found["nextAvailableAt"]) == ("5", None)


async def test_a_page_with_everything_takes_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """Transfers and their count, lines, how many, variants, parcels, outcomes, warehouses, histories: as many for thirty as for two."""
    for _ in range(ROWS):
        transfer = await given_transfer(graph, going("TEA", 2), going("TEA", 1), status="SHIPPED")
        await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 1)])
    query = """
    query($first: Int!) { transfers(first: $first) { totalCount nodes {
      id number fromWarehouse { code } toWarehouse { code } history { kind by }
      lines(first: 10) { totalCount nodes { inTransit variant { sku } parcels { inTransit } outcomes { kind } } }
    } } }
    """
    counts = []
    for first in (2, ROWS):
        async with statements(database) as counted:
            data = await graph(query, {"first": first})
        assert len(data["transfers"]["nodes"]) == first
        counts.append(len(counted))
        counted.assert_at_most(9)
    assert counts[0] == counts[1]
