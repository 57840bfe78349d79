"""A goods receipt on paper says what the query of it says."""

from decimal import Decimal
from typing import Any

import pytest

from inventory_graph.printing.paper import grouped
from tests.given.items import given_item
from tests.given.purchases import arrived, given_acme, given_order, receive, wanted
from tests.graph import GraphClient
from tests.printing.printed import codes_of, file_of, has, lines_of, rows_of


@pytest.fixture
async def receipt(graph: GraphClient) -> dict[str, Any]:
    """Milk of a lot that expires, two cameras by number and broken rice."""
    await given_item(graph.tenant, sku="MILK", name="Milk", tracking="LOT")
    await given_item(graph.tenant, sku="CAM", name="Camera", tracking="SERIAL")
    await given_item(graph.tenant, sku="RICE", name="Rice")
    await given_acme(graph)
    order = await given_order(
        graph, wanted("MILK", 10, "12.25"), wanted("CAM", 2, 1500), wanted("RICE", 3, 4), status="SENT"
    )
    payload = await receive(
        graph,
        order,
        arrived("MILK", 8, lotCode="L-1", expiresOn="2031-05-06"),
        arrived("CAM", 2, serials=["C-1", "C-2"]),
        arrived("RICE", 3, disposition="DAMAGED", reason="Wet"),
        deliveryNote="DN-9",
    )
    found: dict[str, Any] = {**payload["goodsReceipt"], "order": payload["purchaseOrder"]["number"]}
    return found


async def test_every_line_is_the_querys(graph: GraphClient, receipt: dict[str, Any]) -> None:
    """What came, in which state, of which lot, at which price."""
    text = lines_of(await file_of(graph, "goodsReceipt", receipt["id"]))
    details = {
        "MILK": ["Milk", "Lot L-1, expires 2031-05-06"],
        "CAM": ["Camera", "Serials C-1, C-2"],
        "RICE": ["Rice", "Wet"],
    }
    for line in receipt["lines"]["nodes"]:
        sku = line["variant"]["sku"]
        row = [
            str(line["position"] + 1), sku, *details[sku], line["disposition"].capitalize(),
            f"{grouped(Decimal(line['quantity']))} pc", grouped(Decimal(line["unitPrice"]["amount"])),
            grouped(Decimal(line["unitCost"]["amount"])),
        ]  # fmt: skip
        assert has(text, *row), (row, text)
    assert has(text, "Net", f"KES {grouped(Decimal(receipt['netAmount']['amount']))}")


async def test_says_of_which_order_and_delivery(graph: GraphClient, receipt: dict[str, Any]) -> None:
    """So that it finds its place among the papers of the supplier."""
    content = await file_of(graph, "goodsReceipt", receipt["id"])
    text = lines_of(content)
    assert f"Goods receipt note {receipt['number']}" in text
    assert has(text, "Purchase order", receipt["order"])
    assert has(text, "Delivery note", "DN-9")
    assert ("Code128", receipt["number"]) in codes_of(content)


async def test_is_marked_when_it_was_reversed(graph: GraphClient, receipt: dict[str, Any]) -> None:
    """It was wrong; the paper that was printed before is not to be had any more."""
    before = await file_of(graph, "goodsReceipt", receipt["id"])
    assert "REVERSED" not in lines_of(before)
    given = {"idempotencyKey": "reverse", "goodsReceiptId": receipt["id"], "reason": "Another order's"}
    await graph.accepted("reverseGoodsReceipt", given)
    text = lines_of(await file_of(graph, "goodsReceipt", receipt["id"]))
    assert "REVERSED" in text
    assert has(text, "Reversed because", "Another order's")


async def test_spreadsheet_is_the_query(graph: GraphClient, receipt: dict[str, Any]) -> None:
    """All numbers of pieces are in it, as the dates and lots are."""
    rows = rows_of(await file_of(graph, "goodsReceipt", receipt["id"], "CSV"))
    assert [
        (row["sku"], row["disposition"], row["quantity"], row["unitPrice"], row["unitCost"], row["lotCode"], row["expiresOn"], row["serials"], row["reason"])
        for row in rows
    ] == [
        (
            line["variant"]["sku"], line["disposition"], line["quantity"], line["unitPrice"]["amount"], line["unitCost"]["amount"],
            line["lotCode"] or "", line["expiresOn"] or "", " ".join(line["serials"]), line["reason"] or "",
        )
        for line in receipt["lines"]["nodes"]
    ]  # fmt: skip
