"""Finding items by words among thousands: the same items as by reading them all, for a few looks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_graph.db import Transaction
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_pages import (
    ItemFilter,
    ItemOrder,
    OrderField,
    items_count,
    items_page,
)
from inventory_graph.masterdata.item_search import item_words, searched_words
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.printing.lists import list_key, list_pages, row_count
from tests.given.tenants import GivenTenant
from tests.printing.printed import rows_of
from tests.statements import CountingDatabase, statements

Result = TypeVar("Result")

MANY = 2_600
ORDERS = [ItemOrder(field=field, is_descending=down) for field in get_args(OrderField) for down in (False, True)]
# Begins words of all items, of half of them, of the last half in the order of names, of every fortieth, of one, of none.
WORDS = ["item", "i", "even", "odd", "late", "early", "lat", "fortieth", "tag7", "s-0", "s-02", "s-02599", "nothing"]
_LOOKED_AT = """
SELECT sum(pg_stat_get_xact_tuples_returned(oid))::int FROM pg_class
WHERE relkind = 'i' AND oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('items'::regclass, 'item_words'::regclass))
  OR oid IN ('items'::regclass, 'item_words'::regclass)
"""
"""The entries of indexes and the rows of tables that this connection has read."""


@dataclass(frozen=True, slots=True)
class Stocked:
    """A tenant and its items, with the words of each."""

    tenant: GivenTenant
    words: dict[str, list[str]] = field(repr=False)


@pytest.fixture
async def stocked(tenant: GivenTenant) -> Stocked:
    """Items whose names, in their order, have words that are common, rare, early and late."""
    new = [
        NewItem(
            sku=f"S-{number:05}",
            name=f"Item {'late' if number >= MANY // 2 else 'early'} {number:05}",
            tags=["odd" if number % 2 else "even", f"tag{number % 9}", *(["fortieth"] if number % 40 == 0 else [])],
            unit="PIECE",
        )
        for number in range(MANY)
    ]
    for start in range(0, MANY, 500):
        part = new[start : start + 500]
        await tenant.database.write(tenant.actor, lambda tx, part=part: create_items(tx, items=part))  # type: ignore[misc]
    return Stocked(tenant, {each.sku: item_words(name=each.name, sku=each.sku, tags=each.tags) for each in new})


def matching(stocked: Stocked, text: str) -> set[str]:
    """The SKUs of all items that have the words of the text, looked at one by one."""
    wanted = searched_words(text)
    return {
        sku
        for sku, words in stocked.words.items()
        if all(any(word.startswith(each) for word in words) for each in wanted)
    }


async def pages(tx: Transaction, order: ItemOrder, *, text: str, first: int) -> list[ItemRecord]:
    """The items of all pages."""
    found: list[ItemRecord] = []
    after: Sequence[Any] | None = None
    while True:
        page = await items_page(tx, first=first, after=after, filter=ItemFilter(text=text), order_by=order)
        assert len(page.records) <= first
        found += page.records
        if not page.has_next:
            return found
        assert len(page.records) == first
        after = page.positions[-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    order=st.sampled_from(ORDERS),
    first=st.sampled_from([37, 100]),
)
async def test_finds_what_reading_all_items_finds(
    stocked: Stocked, words: list[str], order: ItemOrder, first: int
) -> None:
    """However rare or common the words are and wherever their items stand: each once, in order, and counted."""
    text = " ".join(words)
    expected = matching(stocked, text)
    async with stocked.tenant.database.read(stocked.tenant.actor) as tx:
        found = await pages(tx, order, text=text, first=first)
        assert await items_count(tx, filter=ItemFilter(text=text)) == len(expected)
    assert {item.sku for item in found} == expected
    assert len(found) == len(expected)
    keys = [getattr(item, order.field.lower()) for item in found]
    assert keys == sorted(keys, reverse=order.is_descending)


@pytest.mark.parametrize(("text", "found"), [("even tag8", 144), ("early item", 1_300), ("odd late", 650)])
async def test_other_conditions_narrow_what_is_found(stocked: Stocked, text: str, found: int) -> None:
    """The words are one condition among others, whichever way the items are found."""
    async with stocked.tenant.database.read(stocked.tenant.actor) as tx:
        assert await items_count(tx, filter=ItemFilter(text=text)) == found
        assert (
            await items_count(tx, filter=ItemFilter(text=text, tag="fortieth"))
            == {"even tag8": 7, "early item": 33, "odd late": 0}[text]
        )
        assert await items_count(tx, filter=ItemFilter(text=text, types=["SERVICE"])) == 0
        page = await items_page(tx, first=20, filter=ItemFilter(text=text, types=["SERVICE"]))
    assert page.records == []


@pytest.mark.parametrize(
    ("text", "found", "run", "looks_max"),
    [
        # Rare, and the last by name: the items before it are not looked at.
        ("s-02599", 1, 2, 1_010),
        ("nothing", 0, 2, 1_010),
        ("s-02599 late", 1, 2, 2_030),
        # Common, and at the beginning: the items behind the page are not looked at.
        ("item", 5, 2, 1_100),
        ("item early", 5, 2, 2_100),
        # Common each, and far away or never together: their entries in the index of words are read, and no item that lacks one.
        ("item late", 5, 3, 9_000),
        ("early late", 0, 3, 6_000),
    ],
)
async def test_looks_at_few(
    stocked: Stocked,
    database: CountingDatabase,
    owner_url: str,
    text: str,
    found: int,
    run: int,
    looks_max: int,
) -> None:
    """A page reads at most 1,001 entries of the index for each word, and then a few items for each that it shows: to try all
    2,600 items in turn would read more than 18,000 rows."""
    # As PostgreSQL does by itself within a minute of such a load.
    owner = await asyncpg.connect(owner_url)
    await owner.execute("ANALYZE items, item_words")
    await owner.close()
    async with database.read(stocked.tenant.actor) as tx, statements(database) as ran:
        before = await tx.raw.fetchval(_LOOKED_AT)
        page = await items_page(tx, first=5, filter=ItemFilter(text=text), order_by=ItemOrder(field="NAME"))
        looks = await tx.raw.fetchval(_LOOKED_AT) - before
    assert len(page.records) == found
    assert len(ran) == run + 2
    assert looks <= looks_max


async def test_a_list_of_a_rare_word_looks_at_few(stocked: Stocked, owner_url: str) -> None:
    """A list that is handed out finds its items as a page does, before it counts them and before it reads them."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("ANALYZE items, item_words, variants")
    await owner.close()
    key = list_key("items", {"words": ["fortieth", "late"]}, outlet_ids=None)
    async with stocked.tenant.database.read(stocked.tenant.actor) as tx:

        async def read(function: Callable[[Transaction], Awaitable[Result]]) -> Result:
            return await function(tx)

        before = await tx.raw.fetchval(_LOOKED_AT)
        assert await row_count(tx, key=key) == 32
        found = b"".join([page async for page in list_pages(read, key=key)])
        looks = await tx.raw.fetchval(_LOOKED_AT) - before
    expected = sorted(matching(stocked, "fortieth late"))
    assert [row["sku"] for row in rows_of(found)] == expected
    # Twice as much as finding them takes: 1,001 entries for each word, and the words of 65 items.
    assert looks <= 2 * (2 * 1_001 + 2 * 65 * 12)
