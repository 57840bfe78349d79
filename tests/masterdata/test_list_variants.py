"""Listing the variants of items, many items at a time."""

from uuid import uuid4

from inventory_graph.masterdata.item_creation import CreatedItem, create_items
from inventory_graph.masterdata.item_pages import VariantsKey, variant_counts_by_item, variants_by_item
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase, statements


async def given_shirts(tenant: GivenTenant, *, items: int, variants: int) -> list[CreatedItem]:
    news = [
        NewItem(
            sku=f"SHIRT-{number}",
            name="Shirt",
            unit="pc",
            variants=[NewVariant(sku=f"SHIRT-{number}-{size}") for size in range(variants)],
        )
        for number in range(items)
    ]
    return await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=news))


async def test_gives_each_item_its_own_page(tenant: GivenTenant) -> None:
    """A list of items shows the first variants of each, and each goes on where its own page ended."""
    first, second = await given_shirts(tenant, items=2, variants=3)
    keys = [
        VariantsKey(first.item.id, 2),
        VariantsKey(first.item.id, 2, after=1),
        VariantsKey(second.item.id, 100),
        VariantsKey(second.item.id, 1, after=2),
        VariantsKey(uuid4(), 5),
    ]
    async with tenant.database.read(tenant.actor) as tx:
        pages = await variants_by_item(tx, keys)
        counts = await variant_counts_by_item(tx, [first.item.id, keys[4].item_id])
    assert [list(pages[key].records) for key in keys] == [
        list(first.variants[:2]), list(first.variants[2:]), list(second.variants), [], [],
    ]  # fmt: skip
    assert [pages[key].has_next for key in keys] == [True, False, False, False, False]
    assert list(pages[keys[0]].positions) == [(0,), (1,)]
    assert counts == {first.item.id: 3, keys[4].item_id: 0}


async def test_costs_one_statement_however_many_items(tenant: GivenTenant, database: CountingDatabase) -> None:
    """A hundred items with their variants must not be a hundred queries."""
    created = await given_shirts(tenant, items=30, variants=2)
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        await variants_by_item(tx, [VariantsKey(each.item.id, 20) for each in created])
    counted.assert_at_most(1)


async def test_shows_nothing_of_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """The id of another tenant's item has no variants."""
    (created,) = await given_shirts(tenant, items=1, variants=2)
    other = await given_tenant(database)
    key = VariantsKey(created.item.id, 10)
    async with database.read(other.actor) as tx:
        assert list((await variants_by_item(tx, [key]))[key].records) == []
        assert await variant_counts_by_item(tx, [created.item.id]) == {created.item.id: 0}
