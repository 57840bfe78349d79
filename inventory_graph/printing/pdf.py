"""Papers as PDF, on A4. Plain computation: it reads nothing but the fonts, and may run in any thread."""

import io
from collections.abc import Sequence
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from inventory_graph.errors import LimitExceeded
from inventory_graph.printing.codes import code_of
from inventory_graph.printing.paper import LINES_MAX, Column, Paper, PaperLine, printable
from inventory_graph.printing.sheet import FAINT, INK, MARGIN, RULE, WIDTH, Sheet
from inventory_graph.printing.typeface import BOLD, REGULAR, load_fonts

BYTES_MAX = 16 * 1024 * 1024
CELL_LENGTH_MAX = 1_000
CELL_LINES_MAX = 40
"""The most characters, and lines that somebody broke, of one cell: a row has to fit onto a page."""
NOTE_LENGTH_MAX = 1_500
QR_LINES_MAX = 250
"""The longest paper with QR codes: to compute one takes as long as to set ten lines."""
_PADDING = 1.2 * mm
_SHORT = 80

_TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=8.5, leading=11, textColor=INK)
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=7.5, leading=9.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEADING = ParagraphStyle("heading", parent=_CELL, fontName=BOLD, fontSize=7)
_NUMBER_HEADING = ParagraphStyle("number heading", parent=_HEADING, alignment=TA_RIGHT)
_LABEL = ParagraphStyle("label", parent=_TEXT, fontSize=7.5, textColor=FAINT)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontName=BOLD, fontSize=17, leading=21)
_TENANT = ParagraphStyle("tenant", parent=_TEXT, fontName=BOLD, fontSize=10, leading=13)
_TOTAL = ParagraphStyle("total", parent=_TEXT, alignment=TA_RIGHT)
_LAST_TOTAL = ParagraphStyle("last total", parent=_TOTAL, fontName=BOLD, fontSize=10, leading=13)

_BARE: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0.6 * mm),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0.6 * mm),
]
_RULED = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 1.2 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2 * mm),
        # For what fits into its cell and is set as it is.
        ("FONT", (0, 1), (-1, -1), REGULAR, 7.5, 9.5),
        ("TEXTCOLOR", (0, 1), (-1, -1), INK),
    ]
)


def pdf_of(paper: Paper) -> bytes:
    """The paper as PDF. Raises ``LimitExceeded`` beyond 1,000 lines and 16 MiB."""
    if len(paper.lines) > LINES_MAX:
        raise LimitExceeded(f"{paper.number} has {len(paper.lines)} lines; {LINES_MAX} can be printed.")
    load_fonts()
    output = io.BytesIO()
    document = SimpleDocTemplate(
        output,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=15 * mm,
        title=printable(f"{paper.title} {paper.number}"),
        author=printable(paper.tenant_name),
        creator="inventory-graph",
    )
    story = [_head(paper), Spacer(1, 4 * mm), _parties(paper), Spacer(1, 4 * mm), _lines(paper), Spacer(1, 3 * mm)]
    if paper.totals:
        story.append(_totals(paper.totals))
    if paper.note:
        story += [Spacer(1, 4 * mm), _text("Note", _LABEL), _text(paper.note, _TEXT, length_max=NOTE_LENGTH_MAX)]
    if paper.signatures:
        story += [Spacer(1, 16 * mm), _signatures(paper.signatures)]
    document.build(story, canvasmaker=partial(Sheet, paper=paper))
    content = output.getvalue()
    if len(content) > BYTES_MAX:
        raise LimitExceeded(
            f"{paper.number} makes a file of {len(content)} bytes; {BYTES_MAX} are allowed. Take the CSV."
        )
    return content


def _text(text: str, style: ParagraphStyle, *, length_max: int = CELL_LENGTH_MAX) -> Paragraph:
    """The text in its lines, shortened where it is too long, with nothing in it that the library takes for markup."""
    shown = (text if len(text) <= length_max else f"{text[:length_max]}…").splitlines()
    if len(shown) > CELL_LINES_MAX:
        shown = [*shown[:CELL_LINES_MAX], "…"]
    return Paragraph("<br/>".join(escape(printable(line)) for line in shown), style)


def _head(paper: Paper) -> Table:
    number = code_of(paper.number, width=80 * mm)
    left = [_text(paper.tenant_name, _TENANT), _text(f"{paper.title} {paper.number}", _TITLE)]
    table = Table([[left, [number] if number is not None else ""]], colWidths=[WIDTH - 60 * mm, 60 * mm])
    table.setStyle(TableStyle([*_BARE, ("ALIGN", (1, 0), (1, 0), "RIGHT")]))
    return table


def _parties(paper: Paper) -> Table:
    """Who and where on the left, what is to be known of it on the right."""
    parties: list[Any] = []
    for heading, lines in paper.parties:
        parties += [_text(heading, _LABEL), *(_text(line, _TEXT) for line in lines), Spacer(1, 2 * mm)]
    facts = Table(
        [[_text(label, _LABEL), _text(value, _TEXT, length_max=200)] for label, value in paper.facts],
        colWidths=[28 * mm, WIDTH / 2 - 28 * mm],
        style=_BARE,
    )
    table = Table([[parties, facts]], colWidths=[WIDTH / 2, WIDTH / 2])
    table.setStyle(TableStyle(_BARE))
    return table


def _lines(paper: Paper) -> LongTable:
    columns = paper.printed_columns
    shares = sum(column.share for column in columns)
    widths = [WIDTH * column.share / shares for column in columns]
    rows: list[list[Any]] = [
        [_text(column.title, _NUMBER_HEADING if column.is_number else _HEADING) for column in columns]
    ]
    squares = len(paper.lines) <= QR_LINES_MAX
    rows += [_row(line, columns, widths, squares=squares) for line in paper.lines]
    numbers = [("ALIGN", (index, 1), (index, -1), "RIGHT") for index, column in enumerate(columns) if column.is_number]
    return LongTable(rows, colWidths=widths, repeatRows=1, style=TableStyle(numbers, parent=_RULED))


def _row(line: PaperLine, columns: Sequence[Column], widths: Sequence[float], *, squares: bool) -> list[Any]:
    cells: list[Any] = [
        _cell(text, column, width - 2 * _PADDING)
        for text, column, width in zip(line.printed, columns, widths, strict=True)
    ]
    place = next(index for index, column in enumerate(columns) if column.key == "sku")
    code = code_of(line.sku, width=widths[place] - 2 * _PADDING, squares=squares)
    if code is not None:
        cells[place] = [code, Spacer(1, 0.5 * mm), _text(line.sku, _CELL)]
    return cells


def _cell(text: str, column: Column, width: float) -> Paragraph | str:
    """The text, wrapped where it does not fit: wrapping is most of the work of a long paper, and most cells are short."""
    lines = [printable(line) for line in text.splitlines()] if len(text) <= _SHORT else []
    if lines and all(stringWidth(line, REGULAR, _CELL.fontSize) <= width for line in lines):
        return "\n".join(lines)
    return _text(text, _NUMBER if column.is_number else _CELL)


def _totals(totals: Sequence[tuple[str, str]]) -> Table:
    rows = [[_text(label, _TOTAL), _text(value, _TOTAL)] for label, value in totals[:-1]]
    rows.append([_text(totals[-1][0], _LAST_TOTAL), _text(totals[-1][1], _LAST_TOTAL)])
    style = [*_BARE, ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK)]
    return Table(rows, colWidths=[30 * mm, 60 * mm], hAlign="RIGHT", style=style)


def _signatures(names: Sequence[str]) -> Table:
    width = min(60 * mm, WIDTH / len(names))
    gap = 4 * mm
    cells = [[each for name in names for each in (_text(name, _LABEL), "")]]
    style = [*_BARE, *(("LINEABOVE", (2 * index, 0), (2 * index, 0), 0.5, INK) for index in range(len(names)))]
    return Table(cells, colWidths=[width - gap, gap] * len(names), hAlign="LEFT", style=style)
