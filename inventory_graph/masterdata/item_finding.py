"""Which items have words that begin with those searched for, at a cost that does not depend on what the planner guesses.

PostgreSQL knows little of how often a range of words is met, and before a table is analyzed next to nothing. So a look-up here is a
subquery with an order or a LIMIT: it is never turned into a join, and one index has its order.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    Uuid,
    func,
    intersect,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from inventory_graph.db import Transaction
from inventory_graph.masterdata.item_search import after_prefix
from inventory_graph.masterdata.models import Item, ItemWord

FEW = 1_000
"""A word that so many words of items begin with is rare: the items are looked at one by one."""

# True of every row and in no index: whoever need not look into the table would rather read all words of the tenant in the primary key.
_IN_TABLE = "item_words.ctid <> '(0,0)'"

# Ordered by the primary key and cut off, each word is one short scan of it. Where a range ends is looked at afterwards: a planner
# that takes a range for small reads all of it and sorts. The items of the rarest word are tried for the others.
_FEW = f"""
WITH wanted AS MATERIALIZED (SELECT * FROM unnest($2::text[], $3::text[]) AS wanted(word, behind)),
rarest AS MATERIALIZED (
  SELECT found.ids FROM wanted CROSS JOIN LATERAL (
    SELECT array_agg(met.item_id) AS ids, count(*) AS many FROM (
      SELECT word, item_id FROM item_words
      WHERE tenant_id = $1 AND word >= wanted.word ORDER BY word, item_id LIMIT $4 + 1
    ) AS met
    WHERE met.word < wanted.behind
  ) AS found
  WHERE found.many <= $4 ORDER BY found.many LIMIT 1
)
SELECT ARRAY(
  SELECT DISTINCT each.id FROM unnest(rarest.ids) AS each(id)
  WHERE cardinality($2) = 1 OR cardinality($2) = (
    SELECT count(DISTINCT wanted.word)
    FROM (
      SELECT word FROM item_words
      WHERE tenant_id = $1 AND item_id >= each.id AND item_id <= each.id AND {_IN_TABLE} ORDER BY item_id
    ) AS has
    JOIN wanted ON starts_with(has.word, wanted.word))
) AS ids
FROM rarest
"""  # noqa: S608 - the text is put together from constants


async def few_with_words(tx: Transaction, words: Sequence[str]) -> list[UUID] | None:
    """The ids of the items that have all the words, where one of the words is rare; None where each is common.

    Looks at no more than 1,001 entries of the index for each word, and at the words of no more than 1,000 items.
    """
    found: list[UUID] | None = await tx.raw.fetchval(
        _FEW, tx.tenant_id, list(words), [after_prefix(word) for word in words], FEW
    )
    return found


async def all_with_words(tx: Transaction, words: Sequence[str], *, at_most: int) -> list[UUID] | None:
    """The ids of the items that have all the words; None where they are more than so many.

    Where every word is common this reads all entries of the index for each.
    """
    few = await few_with_words(tx, words)
    if few is not None:
        return few
    found = ids_with_words(tx.tenant_id, words)
    rows = await tx.rows(select(found.c.id).limit(at_most + 1))
    return [row["id"] for row in rows] if len(rows) <= at_most else None


def ids_with_words(tenant_id: UUID, words: Sequence[str]) -> FromClause:
    """What selects as ``id`` the items that have all the words, by the index of words alone."""
    each = [
        select(
            select(ItemWord.item_id.label("id"))
            .where(ItemWord.tenant_id == tenant_id, ItemWord.word >= word, ItemWord.word < after_prefix(word))
            .order_by(ItemWord.word, ItemWord.item_id)
            .subquery()
            .c.id
        )
        for word in words
    ]
    return (intersect(*each) if len(each) > 1 else each[0].distinct()).subquery("found")


def ids_given(ids: Sequence[UUID]) -> FromClause:
    """What selects these ids as ``id``."""
    return func.unnest(literal(list(ids), ARRAY(Uuid))).table_valued("id").render_derived("found")


def items_among(tenant_id: UUID, found: FromClause) -> tuple[type[Item], FromClause]:
    """The items whose ids ``found`` selects, and what to select them from: each is looked up by its key, whatever is asked of it."""
    one = select(*Item.__table__.columns).where(Item.tenant_id == tenant_id, Item.id == found.c.id).limit(1)
    found_items = one.lateral("found_items")
    return aliased(Item, found_items), found.join(found_items, true())


def has_words(tenant_id: UUID, items: FromClause, words: Sequence[str]) -> ColumnElement[bool]:
    """That an item has all the words, by its ``id``: its own words are read once, at most 64, by the index of its id."""
    wanted = func.unnest(literal(list(words), ARRAY(Text))).table_valued("word").render_derived("wanted")
    has = (
        select(ItemWord.word)
        .where(
            ItemWord.tenant_id == tenant_id,
            ItemWord.item_id >= items.c.id,
            ItemWord.item_id <= items.c.id,
            text(_IN_TABLE),
        )
        .order_by(ItemWord.item_id)
        .correlate(items)
        .lateral("has")
    )
    met = (
        select(func.count(wanted.c.word.distinct()))
        .select_from(has.join(wanted, func.starts_with(has.c.word, wanted.c.word)))
        .correlate(items)
        .scalar_subquery()
    )
    return met == literal(len(words), Integer)
