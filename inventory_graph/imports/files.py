"""Reading CSV files: rows with the line they begin in, columns by name."""

import csv
import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory_graph.errors import InvalidInput
from inventory_graph.imports.reports import ImportRefused, Problem

BYTES_MAX = 200 * 1024 * 1024
CELL_LENGTH_MAX = 131_072


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: the line it begins in, counted from 1 with the header, and its cells by column, stripped."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read: its rows, its columns, and the SHA-256 of its bytes."""

    rows: list[Row]
    columns: list[str]
    digest: bytes


def read_table(path: Path, *, required: Collection[str]) -> Table:
    """Read a CSV file in UTF-8 (a byte order mark is fine), else in Windows-1252, as spreadsheets write it.

    Raises ``InvalidInput`` for a file that cannot be read and ``ImportRefused`` for one that is no such table.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The file {path} cannot be read: {error.strerror}.") from error
    if len(content) > BYTES_MAX:
        raise InvalidInput(f"The file {path} has {len(content)} bytes; at most {BYTES_MAX} are read at once.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InvalidInput(f"The file {path} holds NUL characters: it is not a CSV file in UTF-8.")
    rows, columns = _rows(text)
    missing = [column for column in required if column not in columns]
    if missing:
        raise ImportRefused([Problem(1, f"The column {column!r} is missing.") for column in missing])
    return Table(rows=list(rows), columns=columns, digest=hashlib.sha256(content).digest())


def _rows(text: str) -> tuple[Iterator[Row], list[str]]:
    csv.field_size_limit(CELL_LENGTH_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise ImportRefused([Problem(1, f"The header cannot be read: {error}.")]) from None
    repeated = {name for name in columns if name and columns.count(name) > 1}
    if repeated:
        raise ImportRefused([Problem(1, f"The column {name!r} stands twice.") for name in sorted(repeated)])
    return _data_rows(reader, columns), columns


def _data_rows(reader: Any, columns: list[str]) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ImportRefused([Problem(line, f"The row that begins here cannot be read: {error}.")]) from None
        if cells is None:
            return
        if len(cells) > len(columns):
            raise ImportRefused(
                [Problem(line, f"The row has {len(cells)} cells, the header {len(columns)}: is a quote missing?")]
            )
        if any(cell.strip() for cell in cells):
            yield Row(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=False)})
