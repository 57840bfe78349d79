"""Whatever somebody calls a thing, its paper can be printed."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from inventory_graph.errors import LimitExceeded
from inventory_graph.printing.paper import printable
from inventory_graph.printing.pdf import CELL_LENGTH_MAX, pdf_of
from tests.printing.printed import codes_of, given_paper, has, lines_of, page_lines

HOSTILE = {
    "markup": "<b>bold</b> &amp; <para> <font size=99> ]]>",
    "formula": '=HYPERLINK("http://x.example")',
    "control characters": "a\x00b\x07c\x1b[31md\u202ee",
    "right to left": "حليب טרי",
    "Chinese, Japanese, Korean": "牛奶 ミルク 우유",
    "emoji": "🥛👩\u200d👩\u200d👧",
    "half a surrogate pair": "half \ud83d",
    "private": "\ue000\U000f0000",
    "one long word": "W" * 2_000,
    "many words": "milk and honey " * 134,
    "many lines": "line\n" * 400,
    "spaces": " " * 300,
    "nothing": "",
    "accents": "Z̷̡͔a̶l̵g̸o̶ Ünïcôdé Ψυχή Київ",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_prints_every_name(name: str) -> None:
    """Everywhere a name may stand; the lines around it are as ever."""
    line = {"sku": "MILK", "name": name, "quantity": "3 pc"}
    after = {"sku": "TEA", "name": "Tea", "quantity": "5 pc"}
    paper = given_paper(
        line, after, tenant_name=name, note=name, parties=(("Supplier", [name]),), facts=(("Reference", name),)
    )
    text = lines_of(pdf_of(paper))
    assert has(text, "2", "TEA", "Tea", "5 pc")
    assert has(text, "Total", "KES 10")


def test_markup_is_text() -> None:
    """A name is what it says."""
    text = lines_of(pdf_of(given_paper({"sku": "A", "name": "<b>&amp;</b>", "quantity": "1"})))
    assert "<b>&amp;</b>" in text


def test_long_names_wrap_and_stay_whole() -> None:
    """All of what a name may have stands there, in as many lines as it takes."""
    name = " ".join(f"word{number}" for number in range(40))
    assert len(name) > 255
    text = " ".join(lines_of(pdf_of(given_paper({"sku": "A", "name": name, "quantity": "1"}))))
    assert name in text


def test_shortens_what_no_page_would_hold() -> None:
    """And says so by an ellipsis."""
    paper = given_paper({"sku": "A", "name": "x" * (CELL_LENGTH_MAX + 1), "quantity": "1"})
    assert any(line.endswith("…") for line in lines_of(pdf_of(paper)))


def test_letters_of_many_languages_are_embedded() -> None:
    """A printer that has no such font prints them all the same."""
    content = pdf_of(given_paper({"sku": "A", "name": "Šálek ß Ψ Київ", "quantity": "1"}))
    (page,) = PdfReader(io.BytesIO(content)).pages
    resources: Any = page["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    embedded = [font for font in fonts if "DejaVu" in font["/BaseFont"]]
    assert embedded
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)
    assert "Šálek ß Ψ Київ" in lines_of(content)


@pytest.mark.parametrize(
    ("sku", "code"),
    [
        ("MILK-1", ("Code128", "MILK-1")),
        ("4006381333931", ("Code128", "4006381333931")),
        ("A-VERY-LONG-STOCK-KEEPING-UNIT-0001", ("QRCode", "A-VERY-LONG-STOCK-KEEPING-UNIT-0001")),
        ("茶-青", ("QRCode", "茶-青")),
    ],
)
def test_scanner_reads_every_sku(sku: str, code: tuple[str, str]) -> None:
    """Bars where they fit, else squares."""
    assert code in codes_of(pdf_of(given_paper({"sku": sku, "name": "Thing", "quantity": "1"})))


def test_has_no_code_that_could_not_be_read() -> None:
    """The SKU itself is there, whole."""
    content = pdf_of(given_paper({"sku": "x" * 255, "name": "Thing", "quantity": "1"}))
    assert [text for _, text in codes_of(content)] == ["PO-000042"]
    assert sum(line.count("x") for line in lines_of(content)) == 255


def test_long_paper_has_squares_for_none() -> None:
    """They take long to compute; bars are for all."""
    lines = [{"sku": f"{'LONG-' * 8}{number}", "name": "Thing", "quantity": "1"} for number in range(251)]
    assert [kind for kind, _ in codes_of(pdf_of(given_paper(*lines)))] == ["Code128"]


def test_every_page_has_the_mark_and_its_number() -> None:
    """A page by itself is no order either."""
    lines = [{"sku": f"S-{number}", "name": "Thing", "quantity": "1"} for number in range(60)]
    pages = page_lines(pdf_of(given_paper(*lines, status="DRAFT")))
    assert len(pages) > 2
    assert all("DRAFT" in page and f"{number} of {len(pages)}" in page for number, page in enumerate(pages, start=1))


def test_refuses_more_lines_than_a_document_has() -> None:
    """Before anything is set."""
    lines = [{"sku": "A", "name": "Thing", "quantity": "1"}] * 1_001
    with pytest.raises(LimitExceeded, match="1001 lines; 1000 can be printed"):
        pdf_of(given_paper(*lines))


def test_takes_its_time_from_the_document() -> None:
    """And nothing from the clock: the same paper is the same bytes."""
    paper = given_paper({"sku": "A", "name": "Thing", "quantity": "1"})
    content = pdf_of(paper)
    information = PdfReader(io.BytesIO(content)).metadata
    assert information is not None
    assert information.creation_date == paper.made_at
    assert information.title == "Purchase order PO-000042"
    assert pdf_of(paper) == content


def test_printable_keeps_what_is_printed() -> None:
    """Control characters become spaces, what has no form at all goes."""
    assert printable("a\x00b\u202ec\ud83dd\u2028e 茶") == "a bcd e 茶"
