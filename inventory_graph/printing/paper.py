"""What stands on a paper, before it is set: the same for every form of file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias
from unicodedata import category
from uuid import UUID

from inventory_graph.quantities import quantity_to_text

Kind: TypeAlias = Literal["purchase-order", "goods-receipt", "transfer"]
KINDS: tuple[Kind, ...] = ("purchase-order", "goods-receipt", "transfer")

Form: TypeAlias = Literal["PDF", "CSV"]
MEDIA_TYPES: dict[Form, str] = {"PDF": "application/pdf", "CSV": "text/csv; charset=utf-8"}

LINES_MAX = 1_000
"""The lines of the longest document that there is."""

Cell: TypeAlias = str | Decimal | int | None
"""A text, or a number that stays one in a spreadsheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKey:
    """One version of one document of the transaction's tenant."""

    kind: Kind
    id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of lines. ``key`` heads it in a spreadsheet and is what the API calls it; ``title`` heads it on paper, where ``share``
    is its part of the width. A column without a title stands in spreadsheets only."""

    key: str
    title: str = ""
    share: int = 0
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A line. ``cells`` are those of the spreadsheet, ``printed`` those on paper, each in the order of its columns; ``sku`` is printed as
    a bar code beside them."""

    sku: str
    cells: Sequence[Cell]
    printed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as it is to be printed. ``parties`` are headings with the lines below them, ``facts`` and ``totals`` labels with their
    values; ``mark`` is written across every page of what is not in force. ``made_at`` is the document's own time."""

    title: str
    number: str
    tenant_name: str
    made_at: datetime
    mark: str | None = None
    parties: Sequence[tuple[str, Sequence[str]]] = ()
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    lines: Sequence[PaperLine] = ()
    totals: Sequence[tuple[str, str]] = ()
    note: str | None = None
    signatures: Sequence[str] = field(default_factory=tuple)

    @property
    def printed_columns(self) -> list[Column]:
        """The columns that stand on paper."""
        return [column for column in self.columns if column.title]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is handed out."""

    name: str
    media_type: str
    content: bytes


def grouped(value: Decimal) -> str:
    """A number for people: exact, with commas between thousands, such as 1,234.5."""
    whole, point, fraction = quantity_to_text(value).partition(".")
    return f"{int(whole):,}{point}{fraction}" if whole not in {"-0", "0"} else f"{whole}{point}{fraction}"


def printable(text: str) -> str:
    """The text in one line without what cannot be printed: control characters, marks of direction, lone surrogates."""
    spaced = "".join(" " if category(each) in {"Cc", "Zl", "Zp"} else each for each in text)
    return "".join(each for each in spaced if category(each) not in {"Cf", "Cs", "Co", "Cn"}).strip()
