"""A purchase order on paper says what the query of it says, to the last digit."""

from decimal import Decimal
from typing import Any

import pytest

from inventory_graph.printing.paper import grouped
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_step, wanted
from tests.graph import GraphClient
from tests.printing.printed import codes_of, document, file_of, has, lines_of, page_lines, rows_of
from tests.statements import CountingDatabase, statements

ALL = """query($id: ID!, $after: String) { purchaseOrder(id: $id) { lines(first: 100, after: $after) {
  nodes { position quantity unit { abbreviation code } unitPrice { amount } netAmount { amount } taxAmount { amount currency } taxPercent
    received outstanding variant { sku name item { unit { code } } } } pageInfo { hasNextPage endCursor } } } }"""


async def all_lines(graph: GraphClient, id: str) -> list[dict[str, Any]]:  # noqa: A002 - the argument's name in the schema
    """Every line of the order as the query answers it, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await graph(ALL, {"id": id, "after": after}))["purchaseOrder"]["lines"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def number(text: str) -> str:
    """A number of the API as it stands on paper."""
    return grouped(Decimal(text))


def expected_row(line: dict[str, Any]) -> list[str]:
    """A line of the query as it stands on paper."""
    net, tax = line["netAmount"]["amount"], line["taxAmount"]["amount"]
    return [
        str(line["position"] + 1),
        line["variant"]["sku"],
        line["variant"]["name"],
        f"{number(line['quantity'])} {line['unit']['abbreviation']}",
        number(line["unitPrice"]["amount"]),
        number(net),
        number(tax),
        f"{number(line['taxPercent'])} %",
        grouped(Decimal(net) + Decimal(tax)),
    ]


@pytest.fixture
async def order(graph: GraphClient) -> dict[str, Any]:
    """A draft of three lines with tax and shipping, from a supplier who can be reached."""
    for sku, name in (("MILK", "Milk, fresh"), ("TEA", "Tea"), ("RICE", "Rice")):
        await given_item(graph.tenant, sku=sku, name=name)
    await given_acme(graph, email="orders@acme.example", phone="+254 700 000 000")
    lines = (
        wanted("MILK", 1234, "1234.565", taxPercent="16"),
        wanted("TEA", 3, "0.5"),
        wanted("RICE", 7, 20, taxPercent="8.5"),
    )
    shipping = {"amount": "1500.25", "currency": "KES"}
    return await given_order(graph, *lines, shipping=shipping, reference="Q-17", note="Ring\nthe bell")


async def test_every_line_and_total_is_the_querys(graph: GraphClient, order: dict[str, Any]) -> None:
    """A supplier delivers and bills what is on the paper."""
    text = lines_of(await file_of(graph, "purchaseOrder", order["id"]))
    lines = await all_lines(graph, order["id"])
    assert len(lines) == 3
    assert [line["variant"]["sku"] for line in lines if not has(text, *expected_row(line))] == []
    for label, field in (
        ("Net", "netAmount"),
        ("Tax", "taxAmount"),
        ("Shipping", "shippingAmount"),
        ("Total", "totalAmount"),
    ):
        assert has(text, label, f"KES {number(order[field]['amount'])}")


async def test_says_who_to_whom_and_when(graph: GraphClient, order: dict[str, Any]) -> None:
    """What a stranger needs to act on it; times are those of the warehouse."""
    text = lines_of(await file_of(graph, "purchaseOrder", order["id"]))
    for said in ("orders@acme.example", "+254 700 000 000", "Q-17", "Ring", "the bell", "1 of 1"):
        assert said in text
    assert f"Purchase order {order['number']}" in text
    assert any(line.endswith("(MAIN)") for line in text)
    assert any(line.endswith(" EAT") for line in text)


async def test_scanner_reads_the_number_and_each_sku(graph: GraphClient, order: dict[str, Any]) -> None:
    """From the printed page, as a clerk at the door does."""
    codes = codes_of(await file_of(graph, "purchaseOrder", order["id"]))
    assert set(codes) == {("Code128", text) for text in (order["number"], "MILK", "TEA", "RICE")}


@pytest.mark.parametrize(
    ("status", "mark"), [("DRAFT", "DRAFT"), ("SUBMITTED", "NOT APPROVED"), ("CANCELLED", "CANCELLED"), ("SENT", None)]
)
async def test_is_marked_while_it_is_not_in_force(graph: GraphClient, status: str, mark: str | None) -> None:
    """Nobody delivers by a draft."""
    await given_item(graph.tenant, sku="MILK")
    await given_acme(graph)
    order = await given_order(graph, wanted("MILK", 1), status=status)
    text = lines_of(await file_of(graph, "purchaseOrder", order["id"]))
    assert [line for line in text if line in {"DRAFT", "NOT APPROVED", "CANCELLED"}] == ([mark] if mark else [])


async def test_is_the_same_bytes_until_it_changes(graph: GraphClient, order: dict[str, Any]) -> None:
    """So that whoever keeps files knows whether it has one."""
    first = await file_of(graph, "purchaseOrder", order["id"])
    assert await file_of(graph, "purchaseOrder", order["id"]) == first
    await order_step(graph, "submit", order)
    assert await file_of(graph, "purchaseOrder", order["id"]) != first


async def test_spreadsheet_is_the_query(graph: GraphClient, order: dict[str, Any]) -> None:
    """Exact numbers, by the names that the API has for them."""
    rows = rows_of(await file_of(graph, "purchaseOrder", order["id"], "CSV"))
    lines = await all_lines(graph, order["id"])
    assert rows == [
        {
            "position": str(line["position"]),
            "sku": line["variant"]["sku"],
            "name": line["variant"]["name"],
            "quantity": line["quantity"],
            "unit": line["unit"]["code"],
            "unitPrice": line["unitPrice"]["amount"],
            "netAmount": line["netAmount"]["amount"],
            "taxPercent": line["taxPercent"],
            "taxAmount": line["taxAmount"]["amount"],
            "totalAmount": number(
                str(Decimal(line["netAmount"]["amount"]) + Decimal(line["taxAmount"]["amount"]))
            ).replace(",", ""),
            "currency": "KES",
            "received": line["received"],
            "outstanding": line["outstanding"],
            "stockUnit": line["variant"]["item"]["unit"]["code"],
        }
        for line in lines
    ]


async def test_thousand_lines(graph: GraphClient) -> None:
    """All of them are there, below a heading on every page, and the pages know how many they are."""
    await given_acme(graph)
    for number_ in range(10):
        await given_item(graph.tenant, sku=f"S-{number_}", name=f"Thing {number_}")
    order = await given_order(graph, *(wanted(f"S-{each % 10}", each + 1, "3.5") for each in range(1_000)))
    content = await file_of(graph, "purchaseOrder", order["id"])
    assert len(content) < 2_000_000
    pages = page_lines(content)
    assert all(has(page, "#", "SKU", "Item") for page in pages[:-1])
    assert all(f"{index} of {len(pages)}" in page for index, page in enumerate(pages, start=1))
    wanted_rows = {tuple(expected_row(line)) for line in await all_lines(graph, order["id"])}
    text = lines_of(content)
    found = {tuple(text[start : start + 9]) for start in range(len(text))}
    assert len(wanted_rows) == 1_000
    assert wanted_rows - found == set()


async def test_reads_as_much_for_many_lines_as_for_one(graph: GraphClient, database: CountingDatabase) -> None:
    """A long order is no more work for the database."""
    await given_acme(graph)
    counts = []
    for lines in (1, 60):
        for each in range(lines):
            await given_item(graph.tenant, sku=f"S-{lines}-{each}")
        order = await given_order(graph, *(wanted(f"S-{lines}-{each}", 1) for each in range(lines)))
        url = (await document(graph, "purchaseOrder", order["id"]))["url"]
        async with statements(database) as ran:
            assert (await graph.client.get(url)).status_code == 200
        counts.append(len(ran))
    assert counts == [9, 9]
