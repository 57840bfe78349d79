"""Pages of lists: keyset positions, limits, totals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select

from inventory_graph.db import Record, Transaction

FIRST_MAX = 100
TOTAL_COUNT_MAX = 10_000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The records of one page in order, the keyset position of each, and whether more follow."""

    records: Sequence[Row]
    positions: Sequence[tuple[Any, ...]]
    has_next: bool


def page_of(
    records: Sequence[Record],
    *,
    first: int,
    row: Callable[[Record], Row],
    position: Callable[[Record], tuple[Any, ...]],
) -> Page[Row]:
    """The page of a query that asked for ``first + 1`` records."""
    shown = records[:first]
    return Page([row(each) for each in shown], [position(each) for each in shown], has_next=len(records) > first)


class LinePageKey(NamedTuple):
    """A page of the lines of a document: behind the position ``after``, None for the first."""

    document_id: UUID
    first: int
    after: int | None


async def line_pages(
    tx: Transaction, statement: str, keys: Sequence[LinePageKey], *, line: Callable[[Record], Row]
) -> Mapping[LinePageKey, Page[Row]]:
    """For each key a page of lines; the keyset position is (position,). The statement takes the tenant and, as arrays, the
    documents, how many lines of each, and behind which position; its rows have ``position`` and ``page``, which of the keys, from 1."""
    found = await tx.raw.fetch(
        statement,
        tx.tenant_id,
        [key.document_id for key in keys],
        [key.first + 1 for key in keys],
        [key.after if key.after is not None else -1 for key in keys],
    )
    rows: dict[LinePageKey, list[Record]] = {key: [] for key in keys}
    for row in found:
        rows[keys[row["page"] - 1]].append(row)
    return {
        key: page_of(each, first=key.first, row=line, position=lambda row: (row["position"],))
        for key, each in rows.items()
    }


async def total_count(tx: Transaction, statement: Select[Any]) -> int | None:
    """How many rows the statement finds: exact up to 10,000, None beyond, at the cost of at most 10,001 rows."""
    bounded = statement.order_by(None).limit(TOTAL_COUNT_MAX + 1).subquery()
    count: int = await tx.value(select(func.count()).select_from(bounded))
    return count if count <= TOTAL_COUNT_MAX else None
