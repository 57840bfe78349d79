"""A transfer on paper says what the query of it says, and nothing of costs."""

from decimal import Decimal
from typing import Any

import pytest

from inventory_graph.printing.paper import grouped
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.transfers import STORE, given_transfer, going, of_line, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.printing.printed import codes_of, file_of, has, lines_of, rows_of


@pytest.fixture
async def transfer(graph: GraphClient) -> dict[str, Any]:
    """Five of ten teas arrived, one of them damaged, two are lost."""
    await given_warehouse(graph.tenant, code=STORE, name="The store", address="Ring road 5, Nairobi")
    await given_item(graph.tenant, sku="TEA", name="Tea")
    await given_stock(graph.tenant, "TEA", "20", unit_cost="7.77")
    sent = await given_transfer(graph, going("TEA", 10), status="SHIPPED", reference="REF-1")
    arrived = [of_line(sent, 0, 4), of_line(sent, 0, 1, condition="DAMAGED", reason="DAMAGED")]
    sent = await transfer_step(graph, "receiveTransfer", sent, lines=arrived)
    return await transfer_step(graph, "reportTransferLoss", sent, reason="LOST", lines=[of_line(sent, 0, 2)])


async def test_every_line_is_the_querys(graph: GraphClient, transfer: dict[str, Any]) -> None:
    """What was to go, left, is under way and came, and what became of the rest."""
    text = lines_of(await file_of(graph, "transfer", transfer["id"]))
    (line,) = transfer["lines"]["nodes"]
    amounts = [grouped(Decimal(line[each])) for each in ("shipped", "inTransit", "received")]
    assert has(text, "1", "TEA", "Tea", "Damaged 1", "Lost 2", "10 pc", *amounts), text
    assert amounts == ["10", "3", "5"]
    assert not any("7.77" in each for each in text)


async def test_says_from_where_to_where(graph: GraphClient, transfer: dict[str, Any]) -> None:
    """The driver reads the address, the clerk scans the number."""
    content = await file_of(graph, "transfer", transfer["id"])
    text = lines_of(content)
    assert has(text, "The store (STORE)", "Ring road 5, Nairobi"), text
    assert has(text, "Reference", "REF-1")
    assert set(codes_of(content)) == {("Code128", transfer["number"]), ("Code128", "TEA")}


async def test_is_marked_while_it_is_a_draft(graph: GraphClient, transfer: dict[str, Any]) -> None:
    """Nothing leaves by a draft."""
    draft = await given_transfer(graph, going("TEA", 1))
    assert "DRAFT" in lines_of(await file_of(graph, "transfer", draft["id"]))
    assert "DRAFT" not in lines_of(await file_of(graph, "transfer", transfer["id"]))


async def test_spreadsheet_is_the_query(graph: GraphClient, transfer: dict[str, Any]) -> None:
    """Every quantity by its name in the API."""
    (row,) = rows_of(await file_of(graph, "transfer", transfer["id"], "CSV"))
    (line,) = transfer["lines"]["nodes"]
    same = ("quantity", "shipped", "inTransit", "received", "damaged", "lost", "returned", "over")
    assert {name: row[name] for name in same} == {name: line[name] for name in same}
    assert (row["sku"], row["unit"]) == ("TEA", "PIECE")
