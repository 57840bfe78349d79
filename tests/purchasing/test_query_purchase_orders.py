"""Reading purchase orders: by id, in pages by every filter, in a constant number of statements."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item, variant_of_sku
from tests.given.purchases import STEPS_TO, SUPPLIER, given_acme, given_order, order_now, order_step, wanted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

PAGE = """
query($first: Int!, $after: String, $filter: PurchaseOrderFilter) {
  purchaseOrders(first: $first, after: $after, filter: $filter) {
    nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
ROWS = 30


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, and ACME who sells it."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)


async def page(graph: GraphClient, first: int = 20, after: str | None = None, **filter: Any) -> dict[str, Any]:  # noqa: A002 - the argument's name in the schema
    found: dict[str, Any] = (await graph(PAGE, {"first": first, "after": after, "filter": filter or None}))[
        "purchaseOrders"
    ]
    return found


async def ids(graph: GraphClient, **filter: Any) -> list[str]:  # noqa: A002 - the argument's name in the schema
    """Of what the filter lets through, the newest first."""
    return [each["id"] for each in (await page(graph, **filter))["nodes"]]


async def test_every_status_is_a_filter(graph: GraphClient) -> None:
    """One, several, none."""
    found = {status: (await given_order(graph, wanted("TEA", 2), status=status))["id"] for status in STEPS_TO}
    assert {status: await ids(graph, status=[status]) for status in found} == {
        status: [each] for status, each in found.items()
    }
    assert await ids(graph, status=["DRAFT", "SENT"]) == [found["SENT"], found["DRAFT"]]
    assert await ids(graph, status=[]) == []


async def test_every_other_filter_lets_through_what_it_says(graph: GraphClient, tenant: GivenTenant) -> None:
    """And only that; together they all must hold."""
    await given_item(tenant, sku="SALT")
    salt, store = await variant_of_sku(tenant, "SALT"), await given_warehouse(tenant)
    await given_supplier(tenant, code="DAIRY")
    first = await given_order(graph, wanted("TEA", 2), reference="Q 1", expectedAt="2030-01-01T00:00:00Z")
    second = await given_order(
        graph,
        wanted("SALT", 2),
        supplierCode="DAIRY",
        warehouse={"code": store.code},
        expectedAt="2031-01-01T00:00:00Z",
    )
    between = (await order_now(graph, second, "purchaseOrder { createdAt }"))["createdAt"]
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({"supplierCode": SUPPLIER}, [first["id"]]),
        ({"supplierCode": "NOBODY"}, []),
        ({"warehouseId": str(store.id)}, [second["id"]]),
        ({"variantId": str(salt.id)}, [second["id"]]),
        ({"number": "PO-000002"}, [second["id"]]),
        ({"reference": "Q 1"}, [first["id"]]),
        ({"expectedBefore": "2030-06-01T00:00:00Z"}, [first["id"]]),
        ({"createdSince": between}, [second["id"]]),
        ({"createdBefore": between}, [first["id"]]),
        ({"supplierCode": SUPPLIER, "number": "PO-000002"}, []),
    ]
    for chosen, expected in filters:
        assert await ids(graph, **chosen) == expected, chosen
    assert await ids(graph) == [second["id"], first["id"]]


async def test_pages_neither_skip_nor_repeat(graph: GraphClient) -> None:
    """Though something is drafted between the first and the second."""
    made = [(await given_order(graph, wanted("TEA", 2)))["id"] for _ in range(5)]
    first = await page(graph, first=2)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    await given_order(graph, wanted("TEA", 2))
    second = await page(graph, first=2, after=first["pageInfo"]["endCursor"])
    third = await page(graph, first=2, after=second["pageInfo"]["endCursor"])
    assert [each["id"] for part in (first, second, third) for each in part["nodes"]] == made[::-1]
    assert (third["pageInfo"]["hasNextPage"], third["totalCount"]) == (False, 6)


async def test_lines_come_in_pages_by_position(graph: GraphClient) -> None:
    """A thousand lines are not read at once."""
    order = await given_order(graph, *(wanted("TEA", number) for number in range(1, 6)))
    query = """query($id: ID!, $after: String) { purchaseOrder(id: $id) {
      lines(first: 2, after: $after) { nodes { quantity } totalCount pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    for more in (True, True, False):
        lines = (await graph(query, {"id": order["id"], "after": after}))["purchaseOrder"]["lines"]
        seen += [line["quantity"] for line in lines["nodes"]]
        after = lines["pageInfo"]["endCursor"]
        assert (lines["totalCount"], lines["pageInfo"]["hasNextPage"]) == (5, more)
    assert seen == ["1", "2", "3", "4", "5"]


async def test_an_unknown_order_reads_null(graph: GraphClient) -> None:
    """So does what is no id."""
    for unknown in (str(uuid4()), "nonsense"):
        assert await graph("query($id: ID!) { purchaseOrder(id: $id) { id } }", {"id": unknown}) == {
            "purchaseOrder": None
        }


async def test_who_receives_goods_sees_what_is_expected(graph: GraphClient, tenant: GivenTenant) -> None:
    """A clerk does; a counter, who does neither, does not."""
    order = await given_order(graph, wanted("TEA", 2), status="SENT")
    query = "query($id: ID!) { purchaseOrder(id: $id) { number } purchaseOrders { nodes { number } } }"
    data = await graph(query, {"id": order["id"]}, actor=tenant.actor_as("stock_clerk"))
    assert data == {"purchaseOrder": {"number": "PO-000001"}, "purchaseOrders": {"nodes": [{"number": "PO-000001"}]}}
    errors = await graph.errors(query, {"id": order["id"]}, actor=tenant.actor_as("stock_counter"))
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}


async def test_what_was_sent_is_on_order(graph: GraphClient, tenant: GivenTenant) -> None:
    """By balance, in stock units; what is not sent, cancelled, or for another warehouse is not."""
    store = await given_warehouse(tenant)
    await given_order(graph, wanted("TEA", 5), status="APPROVED")
    sent = await given_order(graph, wanted("TEA", 7), wanted("TEA", 2), status="SENT")
    await given_order(graph, wanted("TEA", 11), status="SENT", warehouse={"code": store.code})
    query = '{ stockBalance(sku: "TEA") { onOrder onHand version } }'
    assert await graph(query) == {"stockBalance": {"onOrder": "9", "onHand": "0", "version": 0}}
    await order_step(graph, "cancel", sent)
    assert await graph(query) == {"stockBalance": {"onOrder": "0", "onHand": "0", "version": 0}}


async def test_a_page_with_everything_takes_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """Orders and their count, lines, how many, variants, units, suppliers, warehouses, histories, receipts with their lines: as many
    for thirty as for two."""
    for _ in range(ROWS):
        await given_order(graph, wanted("TEA", 2), wanted("TEA", 1), status="PARTIALLY_RECEIVED")
    query = """
    query($first: Int!) { purchaseOrders(first: $first) { totalCount nodes {
      id number supplier { code } warehouse { code } history { kind by }
      lines(first: 10) { totalCount nodes { quantity variant { sku } unit { code } } }
      receipts { number lines(first: 10) { totalCount nodes { quantity variant { sku } orderLine { quantity } } } }
    } } }
    """
    counts = []
    for first in (2, ROWS):
        async with statements(database) as counted:
            data = await graph(query, {"first": first})
        assert len(data["purchaseOrders"]["nodes"]) == first
        counts.append(len(counted))
        counted.assert_at_most(13)
    assert counts[0] == counts[1]


async def test_a_receipt_reads_by_its_id_or_its_number(graph: GraphClient) -> None:
    """With its lines in pages, and the order that it is of; an unknown one reads null."""
    order = await given_order(graph, wanted("TEA", 3), wanted("TEA", 4), status="RECEIVED")
    fields = "id purchaseOrder { id } warehouse { code } lines(first: 1) { totalCount nodes { quantity orderLine { position } } }"
    data = await graph(
        f'{{ goodsReceipt(number: "GRN-000001") {{ {fields} }} unknown: goodsReceipt(number: "GRN-9") {{ id }} }}'
    )
    receipt = data["goodsReceipt"]
    assert {**receipt, "id": None} == {
        "id": None, "purchaseOrder": {"id": order["id"]}, "warehouse": {"code": "MAIN"},
        "lines": {"totalCount": 2, "nodes": [{"quantity": "3", "orderLine": {"position": 0}}]},
    }  # fmt: skip
    assert data["unknown"] is None
    by_id = await graph(f"query($id: ID!) {{ goodsReceipt(id: $id) {{ {fields} }} }}", {"id": receipt["id"]})
    assert by_id == {"goodsReceipt": receipt}
    (error,) = await graph.errors("{ goodsReceipt { id } }")
    assert error["extensions"]["code"] == "INVALID_INPUT"
