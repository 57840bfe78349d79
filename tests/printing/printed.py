"""Files read back: what a person, a scanner and a spreadsheet see."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pypdfium2
import zxingcpp
from pypdf import PdfReader

from inventory_graph.printing.orders import MARKS
from inventory_graph.printing.paper import Column, Paper, PaperLine
from tests.graph import GraphClient

DOCUMENT = "document(format: %s) { url fileName mediaType expiresAt }"
MADE_AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
COLUMNS = (
    Column(key="position", title="#", share=10, is_number=True),
    Column(key="sku", title="SKU", share=38),
    Column(key="name", title="Item", share=80),
    Column(key="quantity", title="Quantity", share=30, is_number=True),
)


async def document(graph: GraphClient, kind: str, id: str, form: str = "PDF") -> dict[str, Any]:  # noqa: A002 - the column's name
    """The document of a purchaseOrder, goodsReceipt or transfer, as the API answers it."""
    data = await graph(f"query($id: ID!) {{ {kind}(id: $id) {{ {DOCUMENT % form} }} }}", {"id": id})
    found: dict[str, Any] = data[kind]["document"]
    return found


async def file_of(graph: GraphClient, kind: str, id: str, form: str = "PDF") -> bytes:  # noqa: A002 - the column's name
    """The file behind the link of a document, fetched as a browser does: without a credential."""
    answer = await fetched(graph, (await document(graph, kind, id, form))["url"])
    assert answer.status_code == 200, answer.text
    return answer.content


async def fetched(graph: GraphClient, url: str) -> httpx.Response:
    """What the address answers to somebody without a credential."""
    return await graph.client.get(url)


def lines_of(content: bytes) -> list[str]:
    """The lines of text of all pages, in the order in which they are set."""
    pages = PdfReader(io.BytesIO(content)).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines() if line.strip()]


def page_lines(content: bytes) -> list[list[str]]:
    """The same for each page."""
    return [
        [line.strip() for line in page.extract_text().splitlines() if line.strip()]
        for page in PdfReader(io.BytesIO(content)).pages
    ]


def codes_of(content: bytes, page: int = 0) -> list[tuple[str, str]]:
    """What a scanner reads on a printed page: (kind, text) of each code."""
    with pypdfium2.PdfDocument(content) as pdf:
        picture = pdf[page].render(scale=4).to_pil()
    return [(str(each.format).replace(" ", ""), each.text) for each in zxingcpp.read_barcodes(picture)]


def has(lines: Sequence[str], *wanted: str) -> bool:
    """Whether these lines stand one below the other."""
    return any(list(lines[start : start + len(wanted)]) == list(wanted) for start in range(len(lines)))


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV by the keys of their columns."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def given_paper(*lines: Mapping[str, str], status: str = "SENT", **fields: Any) -> Paper:
    """A paper with these lines (sku, name, quantity)."""
    return Paper(
        **{
            "title": "Purchase order",
            "number": "PO-000042",
            "tenant_name": "Urban Loft",
            "made_at": MADE_AT,
            "mark": MARKS.get(status),
            "facts": (("Status", status.capitalize()),),
            "columns": COLUMNS,
            "lines": [
                PaperLine(
                    sku=line["sku"],
                    cells=(position, line["sku"], line["name"], line["quantity"]),
                    printed=(str(position + 1), line["sku"], line["name"], line["quantity"]),
                )
                for position, line in enumerate(lines)
            ],
            "totals": (("Total", "KES 10"),),
            **fields,
        }
    )
