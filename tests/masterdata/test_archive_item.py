"""Taking an item out of use, and bringing it back."""

import pytest

from inventory_graph.errors import NotFound
from inventory_graph.masterdata.items import ItemHasStock, archive_item, reactivate_item, update_item
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.masterdata.variants import archive_variant
from inventory_graph.stock.queries import has_movements, has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import (
    given_item,
    given_no_stock_left,
    given_stock,
    given_variant,
    item_now,
    variant_now,
    variant_of_sku,
)
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def archived(tenant: GivenTenant, item: ItemRecord) -> ItemRecord:
    return await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))


async def reactivated(tenant: GivenTenant, item: ItemRecord) -> ItemRecord:
    return await tenant.database.write(tenant.actor, lambda tx: reactivate_item(tx, item_id=item.id))


async def test_keeps_its_history(tenant: GivenTenant) -> None:
    """Nothing is deleted: reports of last year still name it."""
    item = await given_item(tenant, sku="A-1")
    await given_stock(tenant, "A-1", "5")
    await given_no_stock_left(tenant, "A-1", "5")
    await forget_emitted(tenant)
    assert (await archived(tenant, item)).status == "ARCHIVED"
    assert (await item_now(tenant, item)).status == "ARCHIVED"
    assert (await variant_of_sku(tenant, "A-1")).status == "ARCHIVED"
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["status"], event.payload["is_active"]) == (
        "inventory.item.updated", "ARCHIVED", False,
    )  # fmt: skip


async def test_refuses_what_has_stock(tenant: GivenTenant) -> None:
    """What lies on a shelf cannot vanish from the books."""
    item = await given_item(tenant, sku="A-1")
    await given_variant(tenant, item, sku="A-2")
    await given_stock(tenant, "A-2", "1")
    await forget_emitted(tenant)
    with pytest.raises(ItemHasStock, match="There is stock of A-1"):
        await archived(tenant, item)
    assert (await item_now(tenant, item)).status == "ACTIVE"
    await assert_nothing_emitted(tenant)


async def test_once_more_changes_nothing(tenant: GivenTenant) -> None:
    """A button pressed twice does no harm."""
    item = await given_item(tenant)
    once = await archived(tenant, item)
    await forget_emitted(tenant)
    assert await archived(tenant, item) == once
    await assert_nothing_emitted(tenant)


async def test_comes_back_with_its_variants_as_they_were(tenant: GivenTenant) -> None:
    """A size that was given up before stays given up."""
    item = await given_item(tenant, sku="A-1")
    dropped = await given_variant(tenant, item, sku="A-2")
    await tenant.database.write(
        tenant.actor, lambda tx: archive_variant(tx, variant_id=dropped.id, has_stock=has_stock)
    )
    await archived(tenant, item)
    assert (await reactivated(tenant, item)).status == "ACTIVE"
    assert (await variant_of_sku(tenant, "A-1")).status == "ACTIVE"
    assert (await variant_now(tenant, dropped)).status == "ARCHIVED"
    await forget_emitted(tenant)
    await reactivated(tenant, item)
    await assert_nothing_emitted(tenant)


async def test_discontinued_is_still_sold(tenant: GivenTenant) -> None:
    """Discontinued is no archive: it may have stock, and siblings keep offering it."""
    item = await given_item(tenant, sku="A-1")
    await given_stock(tenant, "A-1", "5")
    await forget_emitted(tenant)
    after = await tenant.database.write(
        tenant.actor,
        lambda tx: update_item(tx, item_id=item.id, has_movements=has_movements, status="DISCONTINUED"),
    )
    assert after.status == "DISCONTINUED"
    assert (await variant_of_sku(tenant, "A-1")).status == "DISCONTINUED"
    (event,) = await emitted(tenant)
    assert event.payload["is_active"] is True


async def test_does_not_reach_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """An id that leaked is of no use."""
    item = await given_item(tenant)
    other = await given_tenant(database)
    with pytest.raises(NotFound):
        await archived(other, item)
    assert await item_now(tenant, item) == item
