"""Lists as CSV, page by page: whoever reads one holds a page of it at a time, however long it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.masterdata.item_finding import all_with_words
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.printing.document_lists import GOODS_RECEIPTS, PURCHASE_ORDERS, TRANSFERS
from inventory_graph.printing.listings import FilterValue, Listing, ListKey, ListKind, instant_to_text
from inventory_graph.printing.paper import Cell
from inventory_graph.printing.spreadsheet import rows_as_csv
from inventory_graph.printing.stock_lists import ITEMS, MOVEMENTS, STOCK_BALANCES, SUPPLIER_ITEMS

ROWS_MAX = 100_000
"""The rows of the longest list that is handed out."""
PAGE_ROWS = 1_000

ITEMS_FOUND_MAX = 10_000
"""So many items that have the words of a list are found first and held by their ids; where more have them, items are gone through."""

Result = TypeVar("Result")


class Read(Protocol):
    """Runs a function in a short reading transaction."""

    async def __call__(self, function: Callable[[Transaction], Awaitable[Result]], /) -> Result: ...


LISTINGS: Mapping[ListKind, Listing] = {
    "purchase-orders": PURCHASE_ORDERS,
    "goods-receipts": GOODS_RECEIPTS,
    "transfers": TRANSFERS,
    "items": ITEMS,
    "supplier-items": SUPPLIER_ITEMS,
    "stock-balances": STOCK_BALANCES,
    "movements": MOVEMENTS,
}


def list_key(
    kind: ListKind, given: Mapping[str, Any], *, outlet_ids: frozenset[UUID] | None, path: tuple[str, ...] = ()
) -> ListKey:
    """The list with the conditions that are given, None for one that is not. Raises ``InvalidInput`` for a text that cannot be stored."""
    wanted: dict[str, FilterValue] = {}
    for name, value in given.items():
        if value is None or value is False:
            continue
        if not all(is_storable(each) for each in _texts_in(value)):
            raise InvalidInput(
                "The text holds a NUL character or half of a surrogate pair; remove it.", path=(*path, name)
            )
        wanted[name] = _text_of(value)
    bound = tuple(sorted(outlet_ids)) if outlet_ids is not None else None
    return ListKey(kind=kind, filter=wanted, outlet_ids=bound)


def list_name(key: ListKey, *, now: datetime) -> str:
    """What the file of a list is called: what it is of, and the day in UTC."""
    return f"{key.kind}-{now.astimezone(UTC):%Y-%m-%d}.csv"


def _texts_in(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else ()


def _text_of(value: Any) -> Any:
    """A value of a condition as it stands in a link."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


async def row_count(tx: Transaction, *, key: ListKey) -> int:
    """How many rows the list has, in one statement, with words in up to three. Raises ``LimitExceeded`` for more than 100,000, and
    says how to get fewer."""
    listing = LISTINGS[key.kind]
    statement, arguments = listing.count(await _by_ids(tx, key), many=ROWS_MAX + 1)
    count: int = await tx.raw.fetchval(statement, tx.tenant_id, *arguments)
    if count > ROWS_MAX:
        raise _too_long(listing)
    return count


async def _by_ids(tx: Transaction, key: ListKey) -> ListKey:
    """The same list with the ids of the items that have its words in place of the words, where they are not too many."""
    words = key.filter.get("words")
    if not isinstance(words, list):
        return key
    ids = await all_with_words(tx, words, at_most=ITEMS_FOUND_MAX)
    if ids is None:
        return key
    others = {name: value for name, value in key.filter.items() if name != "words"}
    return replace(key, filter={**others, "item_ids": ids})


async def list_pages(read: Read, *, key: ListKey) -> AsyncIterator[bytes]:
    """The list as CSV, a page of at most 1,000 rows at a time, each read by one statement in a transaction of its own: a slow reader
    keeps no connection. No row comes twice. Which items have the words of a list is found before its first page. Raises
    ``LimitExceeded`` where it has grown beyond 100,000 rows meanwhile."""
    listing = LISTINGS[key.kind]
    width = len(listing.columns)
    yield rows_as_csv([list(listing.columns)])
    if "words" in key.filter:
        wanted = key
        key = await read(lambda tx: _by_ids(tx, wanted))
    after: Sequence[Any] | None = None
    rows_left = ROWS_MAX
    while True:
        statement, arguments = listing.page(key, after=after, many=PAGE_ROWS)

        async def page(
            tx: Transaction, statement: str = statement, given: Sequence[Any] = arguments
        ) -> list[Sequence[Any]]:
            return [tuple(row) for row in await tx.raw.fetch(statement, tx.tenant_id, *given)]

        rows = await read(page)
        if len(rows) > rows_left:
            raise _too_long(listing)
        if rows:
            # A thousand rows take some milliseconds of computation.
            yield await asyncio.to_thread(rows_as_csv, [[cell_of(each) for each in row[:width]] for row in rows])
        if len(rows) < PAGE_ROWS:
            return
        rows_left -= len(rows)
        after = rows[-1][width:]


def cell_of(value: Any) -> Cell:
    """A value of the database as a cell: numbers stay numbers, instants are ISO 8601 in UTC, several texts are one."""
    if value is None or isinstance(value, str | Decimal):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return instant_to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, list) else str(value)


def _too_long(listing: Listing) -> LimitExceeded:
    return LimitExceeded(f"The list has more than {ROWS_MAX:,} rows: narrow it by {listing.narrowing}.")
