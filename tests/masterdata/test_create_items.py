"""Making many items at once, as imports do."""

import asyncio
from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded, Refusal
from inventory_graph.masterdata.item_creation import CreatedItem, create_items
from inventory_graph.masterdata.item_pages import ItemFilter, items_count, items_page
from inventory_graph.masterdata.item_reading import variants_by_barcode
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.items import given_category, given_item, given_variant
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase, statements


async def made(tenant: GivenTenant, *items: NewItem) -> list[CreatedItem]:
    return await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=items))


def shirt(number: int, **fields: Any) -> NewItem:
    """A shirt in two sizes whose own SKU no variant bears."""
    handle = f"shirt-{number}"
    sizes = [
        NewVariant(sku=f"{handle}-{size}", attributes=[("Size", size)], barcodes=[f"{handle}-{size}"]) for size in "SM"
    ]
    return NewItem(sku=handle, name=f"Shirt {number}", unit="pc", variants=sizes, **fields)


async def count_of(tenant: GivenTenant) -> int | None:
    async with tenant.database.read(tenant.actor) as tx:
        return await items_count(tx)


async def test_makes_them_with_their_variants(tenant: GivenTenant) -> None:
    """An import gets back what it made, in the order in which it gave it."""
    created = await made(tenant, shirt(2), NewItem(sku="MUG", name="Mug", unit="PIECE"), shirt(1))
    assert [each.item.sku for each in created] == ["shirt-2", "MUG", "shirt-1"]
    assert [variant.sku for variant in created[0].variants] == ["shirt-2-S", "shirt-2-M"]
    assert [variant.position for variant in created[0].variants] == [0, 1]
    assert [variant.name for variant in created[0].variants] == ["Shirt 2 – S", "Shirt 2 – M"]
    assert [variant.sku for variant in created[1].variants] == ["MUG"]
    async with tenant.database.read(tenant.actor) as tx:
        assert await variants_by_barcode(tx, ["shirt-2-M"]) == {"shirt-2-M": created[0].variants[1]}
        found = await items_page(tx, first=10, filter=ItemFilter(text="shirt-2-m"))
    assert list(found.records) == [created[0].item]
    events = await emitted(tenant)
    assert [event.payload["sku"] for event in events] == ["shirt-2", "MUG", "shirt-1"]


async def test_gives_a_variant_the_stricter_status(tenant: GivenTenant) -> None:
    """A shop's unpublished article comes in as archived, and so do its variants."""
    (created,) = await made(tenant, shirt(1, status="DISCONTINUED"))
    assert {variant.status for variant in created.variants} == {"DISCONTINUED"}


async def test_costs_the_same_statements_however_many(tenant: GivenTenant, database: CountingDatabase) -> None:
    """A thousand items one by one would take a minute."""
    await given_category(tenant, "shirts")
    counts = []
    for start, number in ((0, 1), (1, 200)):
        async with statements(database) as counted:
            await made(tenant, *(shirt(each, category_slug="shirts") for each in range(start, start + number)))
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 9
    assert await count_of(tenant) == 201


@pytest.mark.parametrize(
    ("second", "error", "path"),
    [
        (NewItem(sku="A", name="A", unit="pc"), AlreadyExists, ("items", "1", "sku")),
        (shirt(1, external_reference="ref"), AlreadyExists, ("items", "1", "external_reference")),
        (
            NewItem(sku="B", name="B", unit="pc", variants=[NewVariant(sku="A")]),
            AlreadyExists,
            ("items", "1", "variants", "0", "sku"),
        ),
        (
            NewItem(sku="B", name="B", unit="pc", variants=[NewVariant(sku="B1"), NewVariant(sku="B1")]),
            AlreadyExists,
            ("items", "1", "variants", "1", "sku"),
        ),
        (NewItem(sku="B", name="B", unit="pc", barcodes=["X"]), AlreadyExists, ("items", "1", "barcodes", "0")),
        (NewItem(sku="B", name="", unit="pc"), InvalidInput, ("items", "1", "name")),
        (
            NewItem(sku="B", name="B", unit="pc", variants=[NewVariant(sku="B", attributes=[("Size", "")])]),
            InvalidInput,
            ("items", "1", "variants", "0", "attributes", "0", "value"),
        ),
        (
            NewItem(sku="B", name="B", unit="pc", barcodes=["Y"], variants=[NewVariant(sku="B")]),
            InvalidInput,
            ("items", "1", "barcodes"),
        ),
    ],
)
async def test_makes_all_or_none(
    tenant: GivenTenant, second: NewItem, error: type[Refusal], path: tuple[str, ...]
) -> None:
    """Half an import would have to be cleaned up by hand; the refusal names the line and the field."""
    first = NewItem(sku="A", name="A", unit="pc", barcodes=["X"], external_reference="ref")
    with pytest.raises(error) as refused:
        await made(tenant, first, second)
    assert refused.value.path == path
    assert await count_of(tenant) == 0
    await assert_nothing_emitted(tenant)


async def test_refuses_the_sku_of_another_items_variant(tenant: GivenTenant) -> None:
    """An item's SKU that no variant of its own bears could still be the SKU of somebody else's variant."""
    mug = await given_item(tenant, sku="MUG")
    await given_variant(tenant, mug, sku="shirt-1")
    with pytest.raises(AlreadyExists, match="'shirt-1' names a variant of another item") as refused:
        await made(tenant, shirt(1))
    assert refused.value.path == ("items", "0", "sku")
    assert await count_of(tenant) == 1


async def test_a_handle_and_a_variant_at_once_do_not_share_an_sku(tenant: GivenTenant) -> None:
    """No unique key spans the two tables: whoever comes second must see the first."""
    mug = await given_item(tenant, sku="MUG")
    outcomes = await asyncio.gather(
        made(tenant, shirt(1)), given_variant(tenant, mug, sku="shirt-1"), return_exceptions=True
    )
    assert sum(isinstance(each, AlreadyExists) for each in outcomes) == 1, outcomes


async def test_has_an_end(tenant: GivenTenant) -> None:
    """One transaction holds its locks until it is done."""
    with pytest.raises(LimitExceeded, match="1001 items are given; at most 1000"):
        await made(tenant, *(NewItem(sku=f"S-{number}", name="S", unit="pc") for number in range(1_001)))
    many = NewItem(sku="S", name="S", unit="pc", variants=[NewVariant(sku=f"S-{number}") for number in range(1_001)])
    with pytest.raises(LimitExceeded, match="at most 1000"):
        await made(tenant, many)
    assert await count_of(tenant) == 0


async def test_of_nothing_makes_nothing(tenant: GivenTenant) -> None:
    """An empty file is no error."""
    assert await made(tenant) == []
    await assert_nothing_emitted(tenant)
