"""Where what arrives could be put: beside what is like it, else where there is room."""

from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.notices import announced, given_notice
from tests.given.purchases import arrived, given_acme, given_order, receive, wanted
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

SUGGEST = """query($sku: String!, $lotCode: String, $warehouse: WarehouseKey) {
  putAwaySuggestion(sku: $sku, lotCode: $lotCode, warehouse: $warehouse) { reason location { code } } }"""
RECEIPT = "query($id: ID!) { goodsReceipt(id: $id) { lines(first: 100) { nodes { suggestedLocation { reason location { code } } } } } }"
NOWHERE = ("NONE", None)


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA, COCOA and MILK in lots, ACME who sells them, and a zone of two shelves, of which the second has two bins."""
    for sku in ("TEA", "COCOA"):
        await given_item(tenant, sku=sku)
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_acme(graph)
    for code, kind, parent in (
        ("A", "ZONE", None), ("A-1", "SHELF", "A"), ("A-2", "SHELF", "A"), ("A-2-1", "BIN", "A-2"), ("A-2-2", "BIN", "A-2"),
    ):  # fmt: skip
        await given_location(tenant, code=code, type=kind, parent_code=parent)


def shown(suggestion: dict[str, Any] | None) -> tuple[str, str | None] | None:
    """The reason and the code of the location."""
    if suggestion is None:
        return None
    place = suggestion["location"]
    return suggestion["reason"], place["code"] if place is not None else None


async def suggested(graph: GraphClient, sku: str, **where: Any) -> tuple[str, str | None] | None:
    """Where so much of it could be put, and why."""
    return shown((await graph(SUGGEST, {"sku": sku, **where}))["putAwaySuggestion"])


async def put(graph: GraphClient, sku: str, quantity: int, code: str | None, **more: Any) -> None:
    """So much of it lies there."""
    line = {"sku": sku, "quantity": str(quantity), "locationCode": code, **more}
    await done(graph, "receiveStock", {"lines": [line]}, "replayed")


async def of_receipt(graph: GraphClient, receipt: dict[str, Any]) -> list[tuple[str, str | None] | None]:
    """Where each line of a receipt could be put."""
    data = await graph(RECEIPT, {"id": receipt["id"]})
    return [shown(line["suggestedLocation"]) for line in data["goodsReceipt"]["lines"]["nodes"]]


async def test_a_lot_goes_where_it_lies(graph: GraphClient) -> None:
    """Most of it, even where more of other lots lies elsewhere."""
    await put(graph, "MILK", 50, "A-1", lotCode="OLD")
    await put(graph, "MILK", 2, "A-2-1", lotCode="NEW")
    await put(graph, "MILK", 3, "A-2-2", lotCode="NEW")
    assert await suggested(graph, "MILK", lotCode="NEW") == ("SAME_LOT", "A-2-2")
    assert await suggested(graph, "MILK", lotCode="OTHER") == ("SAME_VARIANT", "A-1")
    assert await suggested(graph, "MILK") == ("SAME_VARIANT", "A-1")


async def test_a_variant_goes_where_most_of_it_lies(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is held counts, what is set aside, lies at no place or in another warehouse does not; of equals the first on the walk."""
    store = await given_warehouse(tenant)
    await put(graph, "TEA", 2, "A-2-2")
    await put(graph, "TEA", 2, "A-1")
    await put(graph, "TEA", 9, None)
    await put(graph, "TEA", 5, "A-2-1")
    assert await suggested(graph, "TEA") == ("SAME_VARIANT", "A-2-1")
    aside = {"sku": "TEA", "quantity": "5", "fromLocationCode": "A-2-1", "toState": "DAMAGED", "reason": "DAMAGED"}
    await done(graph, "moveStock", aside, "replayed")
    assert await suggested(graph, "TEA") == ("SAME_VARIANT", "A-1")
    assert await suggested(graph, "TEA", warehouse={"code": store.code}) == NOWHERE


async def test_what_is_new_goes_where_there_is_room(graph: GraphClient, tenant: GivenTenant) -> None:
    """The first empty shelf or bin by path: neither a zone, nor a shelf that is divided into bins, nor what is archived."""
    assert await suggested(graph, "TEA") == ("EMPTY", "A-1")
    await put(graph, "COCOA", 1, "A-1")
    assert await suggested(graph, "TEA") == ("EMPTY", "A-2-1")
    await graph.accepted("archiveLocation", {"warehouse": {"code": "MAIN"}, "code": "A-2-1"})
    assert await suggested(graph, "TEA") == ("EMPTY", "A-2-2")
    await put(graph, "COCOA", 1, "A-2-2")
    assert await suggested(graph, "TEA") == NOWHERE
    assert await suggested(graph, "COCOA") == ("SAME_VARIANT", "A-1")


async def test_what_nobody_knows_is_put_nowhere(graph: GraphClient, database: CountingDatabase) -> None:
    """No SKU, no warehouse; another tenant's are none."""
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    assert await suggested(graph, "NOTHING") is None
    assert await suggested(graph, "TEA", warehouse={"code": "NOWHERE"}) is None
    assert await suggested(graph, "TEA", warehouse={"id": "no id"}) is None
    assert await suggested(other, "TEA") is None
    assert await suggested(graph, "MILK", lotCode="NEVER") == ("EMPTY", "A-1")


async def test_lines_of_a_receipt_know_where_to_go(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is new to the warehouse gets a place each; what has a place, is damaged or was sent away gets none. It moves nothing."""
    await put(graph, "MILK", 2, "A-1", lotCode="NEW")
    order = await given_order(graph, wanted("TEA", 50), wanted("MILK", 50), wanted("COCOA", 5), status="SENT")
    payload = await receive(
        graph, order, arrived("TEA", 5), arrived("TEA", 1, disposition="QUARANTINED"), arrived("TEA", 1, disposition="DAMAGED"),
        arrived("TEA", 1, disposition="REJECTED"), arrived("MILK", 4, lotCode="NEW"), arrived("MILK", 4, lotCode="NEWER"),
        arrived("COCOA", 5), arrived("MILK", 1, lotCode="NEWER", locationCode="A-1"),
    )  # fmt: skip
    async with unchanged(tenant):
        assert await of_receipt(graph, payload["goodsReceipt"]) == [
            ("EMPTY", "A-2-1"), ("EMPTY", "A-2-1"), None, None, ("SAME_LOT", "A-1"), ("SAME_LOT", "A-1"), ("EMPTY", "A-2-2"), None,
        ]  # fmt: skip


async def test_what_was_reversed_goes_nowhere(graph: GraphClient) -> None:
    """It has left again."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    receipt = (await receive(graph, order))["goodsReceipt"]
    assert await of_receipt(graph, receipt) == [("EMPTY", "A-1")]
    reversal = {"idempotencyKey": "k", "goodsReceiptId": receipt["id"], "reason": "Miscounted"}
    await graph.accepted("reverseGoodsReceipt", reversal)
    assert await of_receipt(graph, receipt) == [None]


async def test_what_is_announced_knows_where_it_will_go(graph: GraphClient) -> None:
    """Before it comes."""
    await put(graph, "MILK", 2, "A-1", lotCode="NEW")
    order = await given_order(graph, wanted("TEA", 5), wanted("MILK", 5), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 5), announced(order, 1, 5, lotCode="NEW"))
    query = """query($id: ID!) { advanceShippingNotice(id: $id) { lines { nodes {
      suggestedLocation { reason location { code } } } } } }"""
    lines = (await graph(query, {"id": notice["id"]}))["advanceShippingNotice"]["lines"]["nodes"]
    assert [shown(line["suggestedLocation"]) for line in lines] == [("EMPTY", "A-2-1"), ("SAME_LOT", "A-1")]


async def test_a_hundred_lines_take_as_many_statements_as_one(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Of things that lie somewhere and of things that are new."""
    for number in range(50):
        await given_item(tenant, sku=f"I-{number}")
        await given_item(tenant, sku=f"N-{number}")
        await given_location(tenant, code=f"B-{number:02}", type="BIN")
    lines = [{"sku": f"I-{number}", "quantity": "1", "locationCode": f"B-{number:02}"} for number in range(50)]
    await done(graph, "receiveStock", {"lines": lines}, "replayed")
    counts = []
    for many in (1, 50):
        skus = [f"{kind}-{number}" for number in range(many) for kind in ("I", "N")]
        order = await given_order(graph, *(wanted(sku, 1) for sku in skus), status="SENT")
        receipt = (await receive(graph, order))["goodsReceipt"]
        async with statements(database) as counted:
            found = await of_receipt(graph, receipt)
        counts.append(len(counted))
    assert counts == [5, 5]
    assert found[::2] == [("SAME_VARIANT", f"B-{number:02}") for number in range(50)]
    assert [each for each in found[1::2] if each != NOWHERE] == [
        ("EMPTY", "A-1"), ("EMPTY", "A-2-1"), ("EMPTY", "A-2-2"),
    ]  # fmt: skip
