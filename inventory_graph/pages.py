"""Pages of lists: keyset positions, limits, totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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


async def total_count(tx: Transaction, statement: Select[Any]) -> int | None:
    """How many rows the statement finds: exact up to 10,000, None beyond, at the cost of at most 10,001 rows."""
    bounded = statement.order_by(None).limit(TOTAL_COUNT_MAX + 1).subquery()
    count: int = await tx.value(select(func.count()).select_from(bounded))
    return count if count <= TOTAL_COUNT_MAX else None
