"""Listing items in pages: orders, filters, totals."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_pages import ItemFilter, ItemOrder, OrderField, items_count, items_page
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.items import archive_item, update_item
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.pages import Page
from inventory_graph.stock.queries import has_movements, has_stock, low_stock_items, stocked_items
from tests.given.items import given_category, given_item, given_stock, given_variant
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.statements import CountingDatabase, statements

ORDERS = [ItemOrder(field=field, is_descending=down) for field in get_args(OrderField) for down in (False, True)]


async def page_of(
    tenant: GivenTenant,
    *,
    first: int = 100,
    after: Sequence[Any] | None = None,
    order: ItemOrder | None = None,
    **wanted: Any,
) -> Page[ItemRecord]:
    async with tenant.database.read(tenant.actor) as tx:
        return await items_page(tx, first=first, after=after, filter=ItemFilter(**wanted), order_by=order)


async def skus_of(tenant: GivenTenant, **wanted: Any) -> list[str]:
    return [item.sku for item in (await page_of(tenant, **wanted)).records]


async def given_items(tenant: GivenTenant, *items: NewItem) -> None:
    await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=items))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.field}-{order.direction}")
async def test_goes_through_all_in_order(tenant: GivenTenant, order: ItemOrder) -> None:
    """Every page takes up where the last ended, also among items that are equal in what they are ordered by."""
    await given_items(
        tenant, *(NewItem(sku=f"S-{number:02}", name=f"Name {number % 3}", unit="pc") for number in range(11))
    )
    records: list[ItemRecord] = []
    after = None
    while True:
        page = await page_of(tenant, first=3, after=after, order=order)
        records.extend(page.records)
        if not page.has_next:
            break
        after = page.positions[-1]
    assert len(records) == len({item.id for item in records}) == 11
    values = [getattr(item, order.field.lower()) for item in records]
    assert values == sorted(values, reverse=order.is_descending)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.sampled_from(ORDERS),
    first=st.integers(min_value=1, max_value=4),
    inserted=st.lists(
        st.tuples(st.integers(0, 99), st.sampled_from(["a", "m", "z"])), max_size=6, unique_by=lambda x: x[0]
    ),
)
async def test_neither_skips_nor_repeats_while_items_come(
    database: CountingDatabase, order: ItemOrder, first: int, inserted: list[tuple[int, str]]
) -> None:
    """Somebody leafs through the list while somebody else adds to it: what was there before is seen exactly once."""
    tenant = await given_tenant(database)
    await given_items(
        tenant, *(NewItem(sku=f"S-{number:02}", name="amz"[number % 3], unit="pc") for number in range(9))
    )
    seen: list[str] = []
    after = None
    waiting = list(inserted)
    while True:
        page = await page_of(tenant, first=first, after=after, order=order)
        seen.extend(item.sku for item in page.records)
        if not page.has_next:
            break
        after = page.positions[-1]
        if waiting:
            number, name = waiting.pop()
            await given_items(tenant, NewItem(sku=f"S-{number:02}-new", name=name, unit="pc"))
    assert len(seen) == len(set(seen))
    assert {f"S-{number:02}" for number in range(9)} <= set(seen)


@pytest.mark.parametrize(
    "after",
    [
        ("NAME", "ASC", "S-1", "not a uuid"),
        ("NAME", "ASC", "S-1", "00000000-0000-0000-0000-000000000000"),
        ("SKU", "DESC", "S-1", "00000000-0000-0000-0000-000000000000"),
        ("SKU", "ASC", 7, "00000000-0000-0000-0000-000000000000"),
        ("SKU", "ASC", "\0", "00000000-0000-0000-0000-000000000000"),
        ("SKU", "ASC", None, None),
        ("SKU", "ASC", "S-1"),
        (),
    ],
)
async def test_refuses_a_position_of_another_list(tenant: GivenTenant, after: tuple[Any, ...]) -> None:
    """A cursor of another order would silently begin somewhere in the middle."""
    await given_item(tenant, sku="S-1")
    with pytest.raises(InvalidInput, match="This cursor is not of this list in this order") as refused:
        await page_of(tenant, after=after, order=ItemOrder(field="SKU"))
    assert refused.value.path == ("after",)


async def test_refuses_a_time_that_is_none(tenant: GivenTenant) -> None:
    """A time without an offset, one before or after all times, or no time at all, is no position among times."""
    ends = ("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01")
    for value in ("yesterday", "2026-01-01T00:00:00", 5, *ends):
        with pytest.raises(InvalidInput):
            await page_of(
                tenant,
                after=("UPDATED_AT", "ASC", value, "00000000-0000-0000-0000-000000000000"),
                order=ItemOrder(field="UPDATED_AT"),
            )


async def test_narrows_by_type_status_and_tag(tenant: GivenTenant) -> None:
    """Each part of the filter narrows; lists mean any of them; nothing given means all, archived ones included."""
    await given_items(
        tenant,
        NewItem(sku="A", name="A", unit="pc", tags=["x", "y"]),
        NewItem(sku="B", name="B", unit="pc", type="INGREDIENT", tags=["X"]),
        NewItem(sku="C", name="C", unit="pc", type="SERVICE", status="DISCONTINUED", tags=["y"]),
        NewItem(sku="D", name="D", unit="pc", type="SERVICE", status="ARCHIVED"),
    )
    assert await skus_of(tenant) == ["A", "B", "C", "D"]
    assert await skus_of(tenant, types=["GOODS", "SERVICE"]) == ["A", "C", "D"]
    assert await skus_of(tenant, types=["SERVICE"], statuses=["ACTIVE", "DISCONTINUED"]) == ["C"]
    assert await skus_of(tenant, types=[]) == []
    assert await skus_of(tenant, tag="y") == ["A", "C"]
    assert await skus_of(tenant, tag="x") == ["A"]
    with pytest.raises(InvalidInput) as refused:
        await page_of(tenant, tag="\0")
    assert refused.value.path == ("filter", "tag")


async def test_narrows_by_category_and_all_below(tenant: GivenTenant) -> None:
    """Who asks for drinks means the hot ones too; a category nobody knows has nothing in it."""
    await given_category(tenant, "drinks")
    await given_category(tenant, "hot", parent="drinks")
    await given_category(tenant, "tea", parent="hot")
    await given_category(tenant, "food")
    for sku, slug in (("A", "drinks"), ("B", "tea"), ("C", "food"), ("D", None)):
        await given_item(tenant, sku=sku, category_slug=slug)
    assert await skus_of(tenant, category_slug="drinks") == ["A", "B"]
    assert await skus_of(tenant, category_slug="tea") == ["B"]
    assert await skus_of(tenant, category_slug="nowhere") == []
    with pytest.raises(InvalidInput) as refused:
        await page_of(tenant, category_slug="\ud800")
    assert refused.value.path == ("filter", "category_slug")


async def test_narrows_to_what_changed_since(tenant: GivenTenant) -> None:
    """A shop that fetches what is new must hear of a new variant and a new barcode as well."""
    old = await given_item(tenant, sku="OLD")
    grown = await given_item(tenant, sku="GROWN")
    since = (await given_item(tenant, sku="MARK")).updated_at + timedelta(microseconds=1)
    await given_variant(tenant, grown, sku="GROWN-2")
    await given_item(tenant, sku="NEW")
    assert await skus_of(tenant, updated_since=since) == ["GROWN", "NEW"]
    await tenant.database.write(
        tenant.actor, lambda tx: update_item(tx, item_id=old.id, has_movements=has_movements, name="Newer")
    )
    assert await skus_of(tenant, updated_since=since) == ["GROWN", "NEW", "OLD"]
    assert await skus_of(tenant, updated_since=datetime.now(UTC) + timedelta(hours=1)) == []


async def test_narrows_to_what_other_domains_know(tenant: GivenTenant) -> None:
    """What is low or lies in a warehouse is the stock book's to say; the list takes its word as a statement."""
    back = await given_warehouse(tenant, code="BACK")
    for sku in ("A", "B", "C"):
        await given_item(tenant, sku=sku)
    await given_stock(tenant, "A", "5")
    await given_stock(tenant, "B", "5", warehouse_code="BACK")
    assert await skus_of(tenant, item_ids_in=[stocked_items(back.id)]) == ["B"]
    assert await skus_of(tenant, item_ids_in=[stocked_items(back.id), stocked_items(tenant.warehouse_id)]) == []
    assert await skus_of(tenant, item_ids_in=[low_stock_items(None)]) == []


async def test_counts_what_the_filter_finds(tenant: GivenTenant) -> None:
    """The total is that of the filter, not of the page."""
    await given_items(
        tenant,
        *(NewItem(sku=f"S-{number}", name="S", unit="pc", tags=["odd"] * (number % 2)) for number in range(7)),
    )
    async with tenant.database.read(tenant.actor) as tx:
        assert await items_count(tx) == 7
        assert await items_count(tx, filter=ItemFilter(tag="odd")) == 3


@pytest.mark.parametrize(("text", "many"), [(None, 1), ("item i", 2)])
async def test_costs_one_statement(
    tenant: GivenTenant, database: CountingDatabase, text: str | None, many: int
) -> None:
    """However many filters there are, a page is one round trip; a text takes another, which tells how rare its words are."""
    await given_item(tenant)
    async with statements(database) as counted:
        await page_of(
            tenant,
            text=text,
            types=["GOODS"],
            statuses=["ACTIVE"],
            category_slug="none",
            tag="x",
            updated_since=datetime.now(UTC),
            item_ids_in=[low_stock_items(None)],
        )
    counted.assert_at_most(many)


async def test_shows_nothing_of_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Lists and totals are the tenant's own."""
    item = await given_item(tenant)
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))
    other = await given_tenant(database)
    assert await skus_of(other) == []
    async with database.read(other.actor) as tx:
        assert await items_count(tx) == 0
