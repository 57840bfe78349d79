"""Pages of items and of the variants of items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.item_finding import few_with_words, has_words, ids_given, ids_with_words, items_among
from inventory_graph.masterdata.item_reading import ITEM_COLUMNS
from inventory_graph.masterdata.item_search import searched_words
from inventory_graph.masterdata.models import Category, Item
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from inventory_graph.masterdata.texts import Path, is_storable
from inventory_graph.pages import Page, page_of, total_count

OrderField: TypeAlias = Literal["SKU", "NAME", "UPDATED_AT", "CREATED_AT"]

LOOKS_PER_ITEM = 25
"""So many items a page looks at in order for each that it asks for, before it turns to the index of words."""

_ORDER_COLUMNS: Mapping[OrderField, InstrumentedAttribute[Any]] = {
    "SKU": Item.sku,
    "NAME": Item.name,
    "UPDATED_AT": Item.updated_at,
    "CREATED_AT": Item.created_at,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items a page shows: those that meet everything given.

    ``text``: every word begins a word of the item's name, SKUs, barcodes or tags. ``category_slug``: the category or one
    below it. ``updated_since``: changed at or after the instant. ``item_ids_in``: statements that select item ids, for
    what other domains know (low stock, what a warehouse keeps).
    """

    text: str | None = None
    types: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    category_slug: str | None = None
    tag: str | None = None
    updated_since: datetime | None = None
    item_ids_in: Sequence[Select[Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOrder:
    """How a page is ordered; items that are equal there go by id."""

    field: OrderField = "SKU"
    is_descending: bool = False

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        return _ORDER_COLUMNS[self.field]

    @property
    def direction(self) -> str:
        return "DESC" if self.is_descending else "ASC"


async def items_page(
    tx: Transaction,
    *,
    first: int,
    after: Sequence[Any] | None = None,
    filter: ItemFilter | None = None,  # noqa: A002 - the word of the contract
    order_by: ItemOrder | None = None,
) -> Page[ItemRecord]:
    """One page of the items: in one statement, with a text in two, and in three where its words are all common and seldom meet.
    ``after`` is a position of a page of the same order.

    Positions are (field, direction, value, id): pages neither skip nor repeat while items come and go. Raises
    ``InvalidInput`` at ``after`` for a position of another order, and at ``filter`` for a search that is too long.
    """
    order = order_by or ItemOrder()
    behind = _position_of(after, order) if after is not None else None
    given = filter or ItemFilter()
    words = _words_of(given)
    few = await few_with_words(tx, words) if words else None
    rows: list[Record] | None = None
    if not words:
        rows = await tx.rows(_ordered(_matching(tx, given, Item), Item, order, behind).limit(first + 1))
    elif few is None:
        rows = await _walked(tx, given, words, order, behind, first=first)
    if rows is None:
        statement, item = _found(tx, given, words, few)
        rows = await tx.rows(_ordered(statement, item, order, behind).limit(first + 1))
    return page_of(
        rows,
        first=first,
        row=_item,
        position=lambda row: (order.field, order.direction, row[order.column.key], row["id"]),
    )


async def _walked(
    tx: Transaction,
    given: ItemFilter,
    words: Sequence[str],
    order: ItemOrder,
    behind: tuple[Any, UUID] | None,
    *,
    first: int,
) -> list[Record] | None:
    """The rows of a page, found among the next 25 items for each that is asked for; None where these do not make it full and
    more follow."""
    looks = LOOKS_PER_ITEM * (first + 1)
    place = func.row_number().over(order_by=_keys(Item, order)).label("place")
    next_items = _ordered(_matching(tx, given, Item).add_columns(place), Item, order, behind).limit(looks + 1)
    candidates = next_items.subquery("candidates")
    candidate = aliased(Item, candidates)
    # The row behind the last look tells that there are more.
    statement = select(candidates).where(or_(candidates.c.place > looks, has_words(tx.tenant_id, candidates, words)))
    rows = await tx.rows(statement.order_by(*_keys(candidate, order)).limit(first + 1))
    return None if rows and rows[-1]["place"] > looks else rows


async def items_count(tx: Transaction, *, filter: ItemFilter | None = None) -> int | None:  # noqa: A002 - as above
    """How many items meet the filter: exact up to 10,000, None beyond. With a text it takes a statement more."""
    given = filter or ItemFilter()
    words = _words_of(given)
    if not words:
        return await total_count(tx, _matching(tx, given, Item).with_only_columns(Item.id))
    few = await few_with_words(tx, words)
    statement, item = _found(tx, given, words, few)
    return await total_count(tx, statement.with_only_columns(item.id))


def _found(
    tx: Transaction, given: ItemFilter, words: Sequence[str], few: Sequence[UUID] | None
) -> tuple[Select[Any], type[Item]]:
    """The items that have the words and meet the filter, and what to order them by; ``few`` are those that had them a moment ago."""
    if few is None:
        item, source = items_among(tx.tenant_id, ids_with_words(tx.tenant_id, words))
        return _matching(tx, given, item).select_from(source), item
    found = ids_given(few)
    item, source = items_among(tx.tenant_id, found)
    # Each statement sees what is committed when it starts: an item may have been renamed since.
    return _matching(tx, given, item).select_from(source).where(has_words(tx.tenant_id, found, words)), item


def _item(row: Record) -> ItemRecord:
    return ItemRecord(**{name: value for name, value in row.items() if name != "place"})


def _words_of(given: ItemFilter) -> list[str]:
    return searched_words(given.text, path=("filter", "text")) if given.text is not None else []


def _keys(item: type[Item], order: ItemOrder) -> list[ColumnElement[Any]]:
    """What a page is ordered by. An SKU is unique by itself; the other orders need the id to be total."""
    column = getattr(item, order.column.key)
    columns = [column] if order.field == "SKU" else [column, item.id]
    return [each.desc() for each in columns] if order.is_descending else columns


def _ordered(
    statement: Select[Any], item: type[Item], order: ItemOrder, behind: tuple[Any, UUID] | None
) -> Select[Any]:
    if behind is not None:
        columns = [getattr(item, order.column.key), *([item.id] if order.field != "SKU" else [])]
        here = tuple_(*columns)
        there = tuple_(*(literal(value, each.type) for value, each in zip(behind, columns, strict=False)))
        statement = statement.where(here < there if order.is_descending else here > there)
    return statement.order_by(*_keys(item, order))


def _matching(tx: Transaction, given: ItemFilter, item: type[Item]) -> Select[Any]:
    """The items that meet the filter but for its text."""
    conditions: list[ColumnElement[bool]] = [item.tenant_id == tx.tenant_id]
    if given.types is not None:
        conditions.append(any_of(item.type, given.types))
    if given.statuses is not None:
        conditions.append(any_of(item.status, given.statuses))
    if given.category_slug is not None:
        slug = _storable(given.category_slug, path=("filter", "category_slug"))
        conditions.append(item.category_id.in_(_category_ids(tx.tenant_id, slug)))
    if given.tag is not None:
        conditions.append(literal(_storable(given.tag, path=("filter", "tag"))) == any_(item.tags))
    if given.updated_since is not None:
        conditions.append(item.updated_at >= given.updated_since)
    conditions.extend(item.id.in_(statement) for statement in given.item_ids_in)
    return select(*(getattr(item, each.key) for each in ITEM_COLUMNS)).where(*conditions)


def _storable(text: str, *, path: Path) -> str:
    if not is_storable(text):
        raise InvalidInput("The text holds a NUL character or half of a surrogate pair; remove it.", path=path)
    return text


def _category_ids(tenant_id: UUID, slug: str) -> Select[Any]:
    """The category and all that lie below it."""
    below = (
        select(Category.id)
        .where(Category.tenant_id == tenant_id, Category.slug == slug)
        .cte("categories_below", recursive=True)
    )
    children = select(Category.id).join(below, and_(Category.tenant_id == tenant_id, Category.parent_id == below.c.id))
    return select(below.union_all(children).c.id)


def _position_of(after: Sequence[Any], order: ItemOrder) -> tuple[Any, UUID]:
    """The value and the id of a position, typed; a position of another order is refused."""
    try:
        field, direction, value, item_id = after
        if (field, direction) != (order.field, order.direction):
            raise ValueError
        if order.field in {"UPDATED_AT", "CREATED_AT"}:
            value = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            if value.tzinfo is None:
                raise ValueError
            # At the ends of the calendar an offset leads out of it, where the database's driver does not follow.
            value = value.astimezone(UTC)
        elif not is_storable(value):
            raise ValueError
        return value, item_id if isinstance(item_id, UUID) else UUID(item_id)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise InvalidInput(
            "This cursor is not of this list in this order; begin again without `after`.", path=("after",)
        ) from None


@dataclass(frozen=True, slots=True)
class VariantsKey:
    """A page of one item's variants: ``after`` is the position of the variant behind which it begins."""

    item_id: UUID
    first: int
    after: int | None = None


_VARIANTS_BY_ITEM = """
SELECT k.number, v.id, v.item_id, v.sku, v.name, v.attributes,
  CASE WHEN i.status = 'ARCHIVED' THEN 'ARCHIVED'
       WHEN i.status = 'DISCONTINUED' AND v.status = 'ACTIVE' THEN 'DISCONTINUED'
       ELSE v.status END AS status,
  v.position, v.external_reference, v.metadata, v.created_at, v.updated_at
FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS k(item_id, first, after, number)
JOIN items i ON i.tenant_id = $1 AND i.id = k.item_id
CROSS JOIN LATERAL (
  SELECT * FROM variants
  WHERE tenant_id = $1 AND item_id = k.item_id AND position > k.after
  ORDER BY position LIMIT k.first + 1
) v
ORDER BY k.number, v.position
"""
_VARIANT_COUNTS = """
SELECT item_id, count(*) FROM variants WHERE tenant_id = $1 AND item_id = ANY ($2::uuid[]) GROUP BY item_id
"""


async def variants_by_item(tx: Transaction, keys: Sequence[VariantsKey]) -> Mapping[VariantsKey, Page[VariantRecord]]:
    """One page of variants for each key, in the order of their positions, in one statement; every key is answered."""
    rows = await tx.raw.fetch(
        _VARIANTS_BY_ITEM,
        tx.tenant_id,
        [key.item_id for key in keys],
        [key.first for key in keys],
        [-1 if key.after is None else key.after for key in keys],
    )
    found: dict[int, list[Record]] = {}
    for row in rows:
        found.setdefault(row["number"], []).append(row)
    return {
        key: page_of(found.get(number, []), first=key.first, row=_variant_of, position=lambda row: (row["position"],))
        for number, key in enumerate(keys, start=1)
    }


async def variant_counts_by_item(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many variants each item has; every key is answered."""
    rows = await tx.raw.fetch(_VARIANT_COUNTS, tx.tenant_id, list(keys))
    return {**dict.fromkeys(keys, 0), **{row["item_id"]: row["count"] for row in rows}}


def _variant_of(row: Record) -> VariantRecord:
    values = dict(row)
    del values["number"]
    return VariantRecord(**values)
