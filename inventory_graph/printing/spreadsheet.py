"""Tables as CSV (RFC 4180): UTF-8, a heading, CRLF, quotes where they are needed."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from inventory_graph.printing.paper import Cell, Paper
from inventory_graph.quantities import quantity_to_text

FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula, and runs it."""


def csv_of(paper: Paper) -> bytes:
    """The lines of the paper below the keys of its columns."""
    rows: list[Sequence[Cell]] = [[column.key for column in paper.columns]]
    return rows_as_csv([*rows, *(line.cells for line in paper.lines)])


def rows_as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV. Numbers are exact, as in the API; a text that a spreadsheet would run gets an apostrophe before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_cell(each) for each in row] for row in rows)
    # Text of the database never holds a lone surrogate; what does would have no form in UTF-8 at all.
    return text.getvalue().encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return quantity_to_text(value)
    if isinstance(value, int):
        return str(value)
    return f"'{value}" if value.startswith(FORMULA_BEGINNINGS) else value
