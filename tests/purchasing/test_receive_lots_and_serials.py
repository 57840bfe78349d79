"""Receiving what is told apart: lots with their dates, pieces with their numbers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.given.items import given_item
from tests.given.purchases import arrived, given_acme, given_order, receive, wanted
from tests.given.tenants import TIMEZONE, GivenTenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

LOT = 'query($code: String!) { lot(sku: "MILK", code: $code) { manufacturedOn bestBefore expiresOn } }'


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """MILK in lots that last ten days, TILL by serial, and ACME who sells them."""
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT", shelf_life_days=10)
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


async def test_one_line_of_an_order_comes_in_several_lots(graph: GraphClient) -> None:
    """With the dates that the receipt says, else by the item's shelf life, at the warehouse's own day."""
    order = await given_order(graph, wanted("MILK", 10), status="SENT")
    payload = await receive(
        graph, order,
        arrived("MILK", 6, lotCode="A", manufacturedOn="2030-01-01", bestBefore="2030-01-05", expiresOn="2030-01-09"),
        arrived("MILK", 4, lotCode="B"),
    )  # fmt: skip
    today = datetime.now(UTC).astimezone(ZoneInfo(TIMEZONE)).date()
    lasts_until = (today + timedelta(days=10)).isoformat()
    lines = payload["goodsReceipt"]["lines"]["nodes"]
    assert [(line["lotCode"], line["expiresOn"]) for line in lines] == [("A", "2030-01-09"), ("B", lasts_until)]
    assert (await graph(LOT, {"code": "A"}))["lot"] == {
        "manufacturedOn": "2030-01-01", "bestBefore": "2030-01-05", "expiresOn": "2030-01-09",
    }  # fmt: skip
    assert (await graph(LOT, {"code": "B"}))["lot"]["expiresOn"] == lasts_until


async def test_a_lot_is_named_where_the_item_wants_one(graph: GraphClient) -> None:
    """Also where everything that is left is received at once."""
    order = await given_order(graph, wanted("MILK", 10), status="SENT")
    for lines in ({}, {"lines": [arrived("MILK", 1)]}):
        given = {"idempotencyKey": "k", "purchaseOrderId": order["id"], **lines}
        error = await graph.refusal("receivePurchaseOrder", given)
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "lotCode"])


async def test_pieces_come_with_their_numbers(graph: GraphClient) -> None:
    """Each is where its line put it; a number that is here already is refused."""
    order = await given_order(graph, wanted("TILL", 4), status="SENT")
    await receive(
        graph, order, arrived("TILL", 2, serials=["T-1", "T-2"]),
        arrived("TILL", 1, serials=["T-3"], disposition="DAMAGED"),
    )  # fmt: skip
    data = await graph(
        '{ good: serial(sku: "TILL", serial: "T-2") { status state } bad: serial(sku: "TILL", serial: "T-3") { status state } }'
    )
    assert data == {
        "good": {"status": "IN_STOCK", "state": "AVAILABLE"}, "bad": {"status": "IN_STOCK", "state": "DAMAGED"},
    }  # fmt: skip
    given = {"idempotencyKey": "k", "purchaseOrderId": order["id"], "lines": [arrived("TILL", 1, serials=["T-1"])]}
    error = await graph.refusal("receivePurchaseOrder", given)
    assert (error["code"], error["path"]) == ("SERIAL_NOT_AVAILABLE", ["input", "lines", "0", "serials"])


async def test_hundreds_of_lots_and_pieces_take_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """Lots take two statements more than goods that are all alike, pieces three."""
    counts = []
    for many in (1, 200):
        order = await given_order(graph, wanted("MILK", many), wanted("TILL", many), status="SENT")
        lines = [arrived("MILK", 1, lotCode=f"L-{many}-{number}") for number in range(many)]
        lines += [arrived("TILL", 1, serials=[f"S-{many}-{number}"]) for number in range(many)]
        given = {"idempotencyKey": f"many-{many}", "purchaseOrderId": order["id"], "lines": lines}
        async with statements(database) as counted:
            await graph.accepted("receivePurchaseOrder", given)
        counts.append(len(counted))
        counted.assert_at_most(25)
    # The balances of the first receipt were new.
    assert counts[1] <= counts[0]
