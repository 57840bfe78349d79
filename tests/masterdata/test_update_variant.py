"""Changing a variant."""

from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, ItemInactive, NotFound, Refusal
from inventory_graph.masterdata.item_pages import ItemFilter, items_page
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.masterdata.variants import VariantArchived, archive_variant, update_variant
from inventory_graph.stock.queries import has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_variant, item_now, variant_now, variant_of_sku
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def changed(tenant: GivenTenant, variant: VariantRecord, **changes: Any) -> VariantRecord:
    return await tenant.database.write(tenant.actor, lambda tx: update_variant(tx, variant_id=variant.id, **changes))


async def given_second_variant(tenant: GivenTenant, **fields: Any) -> VariantRecord:
    return await given_variant(tenant, await given_item(tenant, sku="TEE", name="Tee"), sku="TEE-L", **fields)


async def test_changes_what_is_given_and_nothing_else(tenant: GivenTenant) -> None:
    """A form that sends one field must not blank the others, nor touch another item."""
    variant = await given_second_variant(tenant, name="L", attributes=[("Size", "L")], external_reference="ref")
    unrelated = await given_item(tenant)
    await forget_emitted(tenant)
    after = await changed(tenant, variant, attributes=[("Size", "XL")], metadata={"k": 1}, status="DISCONTINUED")
    assert (after.name, after.sku, after.external_reference) == ("L", "TEE-L", "ref")
    assert after.attributes == [{"name": "Size", "value": "XL"}]
    assert (after.metadata, after.status) == ({"k": 1}, "DISCONTINUED")
    assert await variant_now(tenant, variant) == after
    assert (await changed(tenant, variant, external_reference=None)).external_reference is None
    assert [event.type for event in await emitted(tenant)] == ["inventory.variant.updated"] * 2
    assert await item_now(tenant, unrelated) == unrelated


async def test_is_found_by_its_new_sku(tenant: GivenTenant) -> None:
    """Search follows a rename."""
    variant = await given_second_variant(tenant)
    assert (await changed(tenant, variant, sku="TEE-XL")).sku == "TEE-XL"
    async with tenant.database.read(tenant.actor) as tx:
        assert [each.sku for each in (await items_page(tx, first=5, filter=ItemFilter(text="tee-xl"))).records] == [
            "TEE"
        ]
        assert (await items_page(tx, first=5, filter=ItemFilter(text="tee-l"))).records == []


async def test_says_nothing_when_nothing_changes(tenant: GivenTenant) -> None:
    """Consumers need not be told what they know."""
    variant = await given_second_variant(tenant, attributes=[("Size", "L")])
    await forget_emitted(tenant)
    assert await changed(tenant, variant, sku="TEE-L", attributes=[("Size", "L")], status="ACTIVE") == variant
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("changes", "error", "path"),
    [
        ({"sku": "TEE"}, AlreadyExists, ("sku",)),
        ({"sku": "OTHER"}, AlreadyExists, ("sku",)),
        ({"external_reference": "taken"}, AlreadyExists, ("external_reference",)),
        ({"sku": None}, InvalidInput, ("sku",)),
        ({"sku": " X"}, InvalidInput, ("sku",)),
        ({"name": "\0"}, InvalidInput, ("name",)),
        ({"status": "ARCHIVED"}, InvalidInput, ("status",)),
        ({"attributes": [("Size", "")]}, InvalidInput, ("attributes", "0", "value")),
    ],
)
async def test_refuses(
    tenant: GivenTenant, changes: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """What is wrong is named, and nothing changes."""
    variant = await given_second_variant(tenant)
    other = await given_item(tenant, sku="OTHER")
    await given_variant(tenant, other, external_reference="taken")
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await changed(tenant, variant, **changes)
    assert refused.value.path == path
    assert await variant_now(tenant, variant) == variant
    await assert_nothing_emitted(tenant)


async def test_does_not_part_a_variant_from_the_sku_of_its_item(tenant: GivenTenant) -> None:
    """An item with one variant shares its SKU with it: they are renamed together, by the item."""
    await given_item(tenant, sku="TEE")
    variant = await variant_of_sku(tenant, "TEE")
    with pytest.raises(InvalidInput, match="rename the item") as refused:
        await changed(tenant, variant, sku="T-1")
    assert refused.value.path == ("sku",)
    assert (await variant_now(tenant, variant)).sku == "TEE"


async def test_refuses_what_is_archived(tenant: GivenTenant) -> None:
    """Neither an archived variant nor one of an archived item changes."""
    variant = await given_second_variant(tenant)
    first = await variant_of_sku(tenant, "TEE")
    await tenant.database.write(
        tenant.actor, lambda tx: archive_variant(tx, variant_id=variant.id, has_stock=has_stock)
    )
    with pytest.raises(VariantArchived):
        await changed(tenant, variant, name="New")
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=variant.item_id, has_stock=has_stock))
    with pytest.raises(ItemInactive):
        await changed(tenant, first, name="New")
    assert (await variant_now(tenant, first)).name == first.name


async def test_does_not_reach_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """An id that leaked is of no use."""
    variant = await given_second_variant(tenant)
    with pytest.raises(NotFound):
        await changed(await given_tenant(database), variant, name="Stolen")
    assert await variant_now(tenant, variant) == variant
