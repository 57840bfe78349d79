"""A list of documents has a row for each that the query answers, and says the same of it."""

from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, receive_goods, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, given_transfer, going
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import GraphClient
from tests.printing.exported import content, export, rows, written
from tests.printing.printed import fetched

ORDERS = """{ purchaseOrders(first: 100) { nodes { number status supplier { code name } warehouse { code name } netAmount { amount }
  taxAmount { amount } shippingAmount { amount } totalAmount { amount } currency paymentTermsDays expectedAt inspectOnReceipt reference
  note submittedBy approvedBy sentAt resolvedAt version createdAt createdBy id } } }"""
RECEIPT = """query($number: String!) { goodsReceipt(number: $number) { number status purchaseOrder { number } supplier { code name }
  warehouse { code name } netAmount { amount currency } exchangeRate deliveryNote note receivedAt recordedAt recordedBy reversedAt
  reversedBy reversalReason id } }"""
TRANSFERS = """{ transfers(first: 100) { nodes { number status fromWarehouse { code name } toWarehouse { code name } isFullyShipped
  expectedAt reference note submittedBy approvedBy shippedAt receivedAt resolvedAt version createdAt createdBy id } } }"""


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA, of which there is some in MAIN; ACME who sells it; STORE."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await given_acme(graph, name='Acme, the "best"')
    await given_warehouse(tenant, code=STORE)


async def given_orders(graph: GraphClient) -> None:
    """An order of each state, with everything that an order can say."""
    for status in ("DRAFT", "SUBMITTED", "APPROVED", "SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED"):
        await given_order(
            graph, wanted("TEA", 3, "10.2525", taxPercent="16"), status=status, reference=f"R-{status}",
            note="=SUM(A1)\nsecond line", shipping={"amount": "3", "currency": "KES"}, expectedAt="2031-05-02T06:00:00+03:00",
        )  # fmt: skip


def order_row(order: dict[str, Any]) -> dict[str, str]:
    """What stands in the row of an order."""
    plain = (
        "number", "status", "netAmount", "taxAmount", "shippingAmount", "totalAmount", "currency", "paymentTermsDays", "expectedAt",
        "inspectOnReceipt", "reference", "submittedBy", "approvedBy", "sentAt", "resolvedAt", "version", "createdAt", "createdBy", "id",
    )  # fmt: skip
    supplier, warehouse = order["supplier"], order["warehouse"]
    return written(
        order, *plain, supplierCode=supplier["code"], supplierName=supplier["name"], warehouseCode=warehouse["code"],
        # What a spreadsheet would run is a text there.
        warehouseName=warehouse["name"], note=f"'{order['note']}",
    )  # fmt: skip


async def test_every_order_is_the_querys(graph: GraphClient) -> None:
    """In its order, to the last digit."""
    await given_orders(graph)
    answered = (await graph(ORDERS))["purchaseOrders"]["nodes"]
    assert len(answered) == 8
    assert await rows(graph, "purchaseOrders") == [order_row(order) for order in answered]


async def test_the_bytes_are_the_file(graph: GraphClient) -> None:
    """UTF-8 with CRLF, whichever way it is taken."""
    await given_orders(graph)
    found = await export(graph, "purchaseOrders")
    answer = await fetched(graph, found["url"])
    assert answer.headers["content-type"] == found["mediaType"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{found["fileName"]}"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"number,status,supplierCode,")
    assert answer.content.endswith(b"\r\n")
    assert await content(graph, "purchaseOrders") == answer.content


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ({"status": ["SENT", "DRAFT"]}, ["PO-000004", "PO-000001"]),
        ({"supplierCode": "ACME", "reference": "R-SENT"}, ["PO-000004"]),
        ({"number": "PO-000002"}, ["PO-000002"]),
        ({"supplierCode": "NOBODY"}, []),
        ({"createdBefore": "2020-01-01T00:00:00Z"}, []),
        ({"expectedBefore": "2031-05-02T03:00:00Z"}, []),
        ({"expectedBefore": "2031-05-02T03:00:01Z", "status": ["CLOSED"]}, ["PO-000007"]),
    ],
)
async def test_is_narrowed_as_the_query_is(graph: GraphClient, given: dict[str, Any], numbers: list[str]) -> None:
    """The filter is that of the query."""
    await given_orders(graph)
    query = "query($filter: PurchaseOrderFilter) { purchaseOrders(filter: $filter) { nodes { number } } }"
    answered = (await graph(query, {"filter": given}))["purchaseOrders"]["nodes"]
    assert [order["number"] for order in answered] == numbers
    assert [row["number"] for row in await rows(graph, "purchaseOrders", **given)] == numbers


async def test_every_receipt_is_the_querys(graph: GraphClient) -> None:
    """Of an order, of nobody's order, and reversed."""
    order = await given_order(graph, wanted("TEA", 2, "10.25"), status="RECEIVED")
    loose = {"sku": "TEA", "quantity": "3", "unitPrice": {"amount": "4", "currency": "KES"}}
    wrong = await receive_goods(graph, loose, deliveryNote="DN-1", note="+1", occurredAt="2025-01-01T00:00:00Z")
    await graph.accepted(
        "reverseGoodsReceipt", {"goodsReceiptId": wrong["id"], "reason": "Miscounted", "idempotencyKey": "r"}
    )
    found = await rows(graph, "goodsReceipts")
    assert [(row["purchaseOrder"], row["status"]) for row in found] == [("", "REVERSED"), (order["number"], "POSTED")]
    for row in found:
        receipt = (await graph(RECEIPT, {"number": row["number"]}))["goodsReceipt"]
        plain = (
            "number", "status", "netAmount", "exchangeRate", "deliveryNote", "receivedAt", "recordedAt", "recordedBy", "reversedAt",
            "reversedBy", "reversalReason", "id",
        )  # fmt: skip
        assert row == written(
            receipt, *plain, note=f"'{receipt['note']}" if receipt["note"] else None, currency=receipt["netAmount"]["currency"],
            purchaseOrder=receipt["purchaseOrder"] and receipt["purchaseOrder"]["number"],
            supplierCode=receipt["supplier"]["code"], supplierName=receipt["supplier"]["name"],
            warehouseCode=receipt["warehouse"]["code"], warehouseName=receipt["warehouse"]["name"],
        )  # fmt: skip
    assert [row["deliveryNote"] for row in await rows(graph, "goodsReceipts", deliveryNote="DN-1")] == ["DN-1"]


async def test_every_transfer_is_the_querys(graph: GraphClient) -> None:
    """On its way and not."""
    for status in ("DRAFT", "SHIPPED", "COMPLETED", "CANCELLED"):
        await given_transfer(graph, going("TEA", 1), status=status, reference=f"R-{status}")
    answered = (await graph(TRANSFERS))["transfers"]["nodes"]
    plain = [name for name in answered[0] if name not in {"fromWarehouse", "toWarehouse"}]
    assert await rows(graph, "transfers") == [
        written(
            each, *plain, fromWarehouseCode=each["fromWarehouse"]["code"], fromWarehouseName=each["fromWarehouse"]["name"],
            toWarehouseCode=each["toWarehouse"]["code"], toWarehouseName=each["toWarehouse"]["name"],
        )
        for each in answered
    ]  # fmt: skip
    assert [row["reference"] for row in await rows(graph, "transfers", status=["SHIPPED"])] == ["R-SHIPPED"]


async def test_whoever_is_bound_to_an_outlet_gets_its_rows(graph: GraphClient, tenant: GivenTenant) -> None:
    """Orders for it, transfers that come to it or leave it; of another outlet nothing."""
    branch = await given_outlet(tenant, code="branch")
    here = await given_order(graph, wanted("TEA", 1))
    there = await given_order(graph, wanted("TEA", 1), warehouse={"code": branch.warehouse.code})
    moved = await given_transfer(graph, going("TEA", 1))
    for outlet_id, numbers, transfers in (
        (tenant.outlet_id, [here["number"]], [moved["number"]]),
        (branch.outlet.id, [there["number"]], []),
    ):
        bound = tenant.actor_at(outlet_id)
        assert [row["number"] for row in await rows(graph, "purchaseOrders", actor=bound)] == numbers
        assert [row["number"] for row in await rows(graph, "transfers", actor=bound)] == transfers
