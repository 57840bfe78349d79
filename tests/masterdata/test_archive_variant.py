"""Taking a variant out of use, and bringing it back."""

import pytest

from inventory_graph.errors import ItemInactive
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.masterdata.variants import VariantHasStock, archive_variant, reactivate_variant
from inventory_graph.stock.queries import has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_stock, given_variant, item_now, variant_now, variant_of_sku
from tests.given.tenants import GivenTenant


async def archived(tenant: GivenTenant, variant: VariantRecord) -> VariantRecord:
    return await tenant.database.write(
        tenant.actor, lambda tx: archive_variant(tx, variant_id=variant.id, has_stock=has_stock)
    )


async def reactivated(tenant: GivenTenant, variant: VariantRecord) -> VariantRecord:
    return await tenant.database.write(tenant.actor, lambda tx: reactivate_variant(tx, variant_id=variant.id))


async def test_leaves_its_siblings_in_use(tenant: GivenTenant) -> None:
    """A size is given up; stock of the others is no hindrance."""
    item = await given_item(tenant, sku="TEE")
    variant = await given_variant(tenant, item, sku="TEE-L")
    await given_stock(tenant, "TEE", "3")
    await forget_emitted(tenant)
    assert (await archived(tenant, variant)).status == "ARCHIVED"
    assert (await variant_of_sku(tenant, "TEE")).status == "ACTIVE"
    assert (await item_now(tenant, item)).status == "ACTIVE"
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["is_active"]) == ("inventory.variant.updated", False)
    assert (await reactivated(tenant, variant)).status == "ACTIVE"


async def test_refuses_what_has_stock(tenant: GivenTenant) -> None:
    """What lies on a shelf cannot vanish from the books."""
    variant = await given_variant(tenant, await given_item(tenant, sku="TEE"), sku="TEE-L")
    await given_stock(tenant, "TEE-L", "3")
    await forget_emitted(tenant)
    with pytest.raises(VariantHasStock, match="There is stock of TEE-L"):
        await archived(tenant, variant)
    assert (await variant_now(tenant, variant)).status == "ACTIVE"
    await assert_nothing_emitted(tenant)


async def test_once_more_changes_nothing(tenant: GivenTenant) -> None:
    """A button pressed twice does no harm, either way."""
    variant = await given_variant(tenant, await given_item(tenant))
    once = await archived(tenant, variant)
    await forget_emitted(tenant)
    assert await archived(tenant, variant) == once
    await assert_nothing_emitted(tenant)
    back = await reactivated(tenant, variant)
    await forget_emitted(tenant)
    assert await reactivated(tenant, variant) == back
    await assert_nothing_emitted(tenant)


async def test_does_not_come_back_before_its_item(tenant: GivenTenant) -> None:
    """A variant in use of an item out of use would be neither."""
    variant = await given_variant(tenant, await given_item(tenant))
    await archived(tenant, variant)
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=variant.item_id, has_stock=has_stock))
    with pytest.raises(ItemInactive):
        await reactivated(tenant, variant)
    assert (await variant_now(tenant, variant)).status == "ARCHIVED"
