"""Finding items by words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.item_pages import ItemFilter, items_page
from inventory_graph.masterdata.item_search import WORDS_MAX, after_prefix, item_words, searched_words, words_of
from inventory_graph.masterdata.variants import remove_barcode
from tests.given.items import given_item, given_variant
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def found_by(tenant: GivenTenant, text: str) -> list[str]:
    async with tenant.database.read(tenant.actor) as tx:
        return [item.sku for item in (await items_page(tx, first=100, filter=ItemFilter(text=text))).records]


@pytest.mark.parametrize(
    "text",
    [
        "cre", "CREME", "crème brûlée", "brulee", "BEV-CRM", "bev", "001", "bev-crm-001", "dessert", "4006381333931",
        "40063", "brulee creme", "crm-lrg", "  creme  ", '"creme"', "",
    ],
)  # fmt: skip
async def test_finds_by_the_beginning_of_each_word(tenant: GivenTenant, text: str) -> None:
    """People type the beginning of what they remember, in any order, without accents and capitals."""
    item = await given_item(
        tenant, sku="BEV-CRM-001", name="Crème Brûlée", tags=["Dessert"], barcodes=["4006381333931"]
    )
    await given_variant(tenant, item, sku="CRM-LRG")
    assert await found_by(tenant, text) == ["BEV-CRM-001"]


@pytest.mark.parametrize("text", ["reme", "creme coffee", "ev-crm", "%", "creme%", "_reme", "cr\u00e8mee"])
async def test_finds_nothing_else(tenant: GivenTenant, text: str) -> None:
    """Every word must begin a word of the item; there are no wildcards to stumble over."""
    await given_item(tenant, sku="BEV-CRM-001", name="Crème Brûlée")
    expected = ["BEV-CRM-001"] if not words_of(text) or text == "creme%" else []
    assert await found_by(tenant, text) == expected


@pytest.mark.parametrize("text", ["x" * 201, "a b c d e f g h i", "no\0", "\ud800"])
async def test_refuses_a_search_without_end(tenant: GivenTenant, text: str) -> None:
    """Each word is a look-up of its own."""
    await given_item(tenant)
    with pytest.raises(InvalidInput) as refused:
        await found_by(tenant, text)
    assert refused.value.path == ("filter", "text")


async def test_forgets_what_is_gone(tenant: GivenTenant) -> None:
    """A barcode that was taken away leads nowhere."""
    await given_item(tenant, sku="A-1", barcodes=["GONE", "KEPT"])
    await tenant.database.write(tenant.actor, lambda tx: remove_barcode(tx, code="GONE"))
    assert (await found_by(tenant, "gone"), await found_by(tenant, "kept")) == ([], ["A-1"])


async def test_searches_its_own_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """The same words of another tenant do not show."""
    await given_item(tenant, sku="A-1", name="Secret")
    assert await found_by(await given_tenant(database), "secret") == []


def test_keeps_the_words_that_matter_first() -> None:
    """An item with a thousand variants keeps 64 words: its own names before those of its variants."""
    words = item_words(
        name="T-Shirt", sku="SHIRT-1", tags=["summer"], variant_skus=[f"V{number}" for number in range(1_000)]
    )
    assert words[:7] == ["shirt-1", "shirt", "1", "t-shirt", "t", "summer", "v0"]
    assert len(words) == WORDS_MAX


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_a_prefix_range_holds_what_begins_with_it(prefix: str, rest: str) -> None:
    """The range search relies on the order of code points, which is that of the column."""
    if prefix.strip("\U0010ffff"):
        end = after_prefix(prefix)
        assert prefix <= prefix + rest < end
        assert end.encode()  # no half of a surrogate pair


@given(st.text(max_size=300))
def test_words_can_be_stored(text: str) -> None:
    """Whatever the name, its words are short, folded and free of space."""
    for word in words_of(text):
        assert 1 <= len(word) <= 64
        assert not any(character.isspace() for character in word)


def test_a_word_that_begins_another_is_not_looked_for() -> None:
    """Whatever has the longer word has the shorter one."""
    assert searched_words("a ab Abc x ab y xyz") == ["abc", "y", "xyz"]
