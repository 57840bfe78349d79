"""Making an item, with its first variant."""

import asyncio
from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.barcodes import barcodes_by_item
from inventory_graph.masterdata.item_pages import VariantsKey, items_count, variants_by_item
from inventory_graph.masterdata.item_reading import items_by_sku, variants_by_sku
from inventory_graph.masterdata.records import ItemRecord, VariantRecord, unit_id
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_category, given_item, given_variant
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase

EAN = "4006381333931"


async def variants_of(tenant: GivenTenant, item: ItemRecord) -> list[VariantRecord]:
    async with tenant.database.read(tenant.actor) as tx:
        key = VariantsKey(item.id, 100)
        return list((await variants_by_item(tx, [key]))[key].records)


async def count_of(tenant: GivenTenant) -> int | None:
    async with tenant.database.read(tenant.actor) as tx:
        return await items_count(tx)


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """Everything that a caller may say about an item is there again when it is read."""
    category = await given_category(tenant, "tea")
    given: dict[str, Any] = {
        "name": "Green tea",
        "description": "Loose leaf.\n\tFirst flush.",
        "type": "INGREDIENT",
        "tracking": "LOT",
        "tags": ["organic", "Fair trade"],
        "metadata": {"brand_name": "Kericho", "nested": {"list": [1, 2.5, None, True]}},
        "shelf_life_days": 365,
        "allow_negative": True,
        "removal_strategy": "FIFO",
        "allergens": ["celery", "tree nuts"],
        "controlled_class": "Schedule 2",
        "external_reference": "shop-77",
    }
    made = await given_item(tenant, sku="TEA-GRN-001", unit="kilogram", category_slug="tea", **given)
    async with tenant.database.read(tenant.actor) as tx:
        assert (await items_by_sku(tx, ["TEA-GRN-001"]))["TEA-GRN-001"] == made
    assert {name: getattr(made, name) for name in given} == given
    assert (made.unit_code, made.category_id, made.status) == ("KG", category.id, "ACTIVE")


async def test_makes_the_first_variant_by_the_same_sku(tenant: GivenTenant) -> None:
    """Stock lies on variants: an item without one could never have any."""
    item = await given_item(tenant, sku="TEA-1", name="Tea", barcodes=[EAN, "OWN-1"])
    (variant,) = await variants_of(tenant, item)
    assert (variant.sku, variant.name, variant.position, variant.status) == ("TEA-1", "Tea", 0, "ACTIVE")
    assert variant.attributes == []
    async with tenant.database.read(tenant.actor) as tx:
        barcodes = (await barcodes_by_item(tx, [item.id]))[item.id]
    assert [(each.code, each.symbology, each.unit_code, each.variant_id) for each in barcodes] == [
        (EAN, "EAN13", "PIECE", variant.id),
        ("OWN-1", "CODE128", "PIECE", variant.id),
    ]


async def test_tells_siblings_what_they_read(tenant: GivenTenant) -> None:
    """Points of sale, shops and books keep a copy of the item; these are the names by which they read it."""
    category = await given_category(tenant, "tea", name="Tea")
    await forget_emitted(tenant)
    item = await given_item(
        tenant,
        sku="TEA-1",
        name="Tea",
        category_slug="tea",
        barcodes=[EAN],
        metadata={"cost_price": "75", "manufacturer": "Acme", "use_case": "RETAIL"},
    )
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, event.aggregate_id) == ("inventory.item.created", "item", item.id)
    expected: dict[str, Any] = {
        "id": str(item.id),
        "sku": "TEA-1",
        "name": "Tea",
        "description": None,
        "type": "GOODS",
        "use_case": "RETAIL",
        "category_id": str(category.id),
        "category_name": "Tea",
        "unit_id": str(unit_id(tenant.id, "PIECE")),
        "unit_name": "PIECE",
        "is_active": True,
        "image_url": None,
        "tags": [],
        "barcode": EAN,
        "barcode_type": "EAN13",
        "requires_age_verification": None,
        "weight_kg": None,
        "dimensions_cm": None,
        "duration_minutes": None,
        "tax_code_id": None,
        "cost_price": "75",
        "manufacturer": "Acme",
        "brand_name": None,
    }
    assert {name: event.payload[name] for name in expected} == expected


async def test_knows_an_allergen_however_it_is_written(tenant: GivenTenant) -> None:
    """Peanuts are peanuts in capitals too, and an accent may come as a letter of its own."""
    composed, decomposed = "c\u00e9leri", "CE\u0301LERI"
    item = await given_item(tenant, allergens=[" Peanuts", composed, "PEANUTS", decomposed])
    assert item.allergens == ["peanuts", composed]


@pytest.mark.parametrize("sku", ["A", "Ä-1", "a/b c", "SKU#1", "茶-001", "S" * 255])
async def test_takes_any_printable_sku(tenant: GivenTenant, sku: str) -> None:
    """Shops bring the SKUs they have; they are kept to the letter."""
    assert (await given_item(tenant, sku=sku, name="Whatever")).sku == sku


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"sku": " A"}, InvalidInput, ("sku",)),
        ({"sku": "A "}, InvalidInput, ("sku",)),
        ({"sku": "A\nB"}, InvalidInput, ("sku",)),
        ({"sku": "A\0"}, InvalidInput, ("sku",)),
        ({"sku": "A\u200bB"}, InvalidInput, ("sku",)),
        ({"sku": "\ud800"}, InvalidInput, ("sku",)),
        ({"sku": "S" * 256}, InvalidInput, ("sku",)),
        ({"name": ""}, InvalidInput, ("name",)),
        ({"name": "\0"}, InvalidInput, ("name",)),
        ({"name": "x" * 256}, InvalidInput, ("name",)),
        ({"name": "two\nlines"}, InvalidInput, ("name",)),
        ({"description": "x" * 100_001}, InvalidInput, ("description",)),
        ({"description": "\x07"}, InvalidInput, ("description",)),
        ({"type": "THING"}, InvalidInput, ("type",)),
        ({"tracking": "ALWAYS"}, InvalidInput, ("tracking",)),
        ({"removal_strategy": "HIFO"}, InvalidInput, ("removal_strategy",)),
        ({"unit": "furlong"}, NotFound, ("unit",)),
        ({"unit": "KG", "tracking": "SERIAL"}, InvalidInput, ("tracking",)),
        ({"category_slug": "nowhere"}, NotFound, ("category_slug",)),
        ({"category_slug": "no\0where"}, NotFound, ("category_slug",)),
        ({"tags": ["x"] * 251}, InvalidInput, ("tags",)),
        ({"tags": ["fine", ""]}, InvalidInput, ("tags", "1")),
        ({"tags": ["x" * 256]}, InvalidInput, ("tags", "0")),
        ({"metadata": ["a list"]}, InvalidInput, ("metadata",)),
        ({"metadata": {"a": "x" * 16_384}}, InvalidInput, ("metadata",)),
        ({"metadata": {"a": "\0"}}, InvalidInput, ("metadata",)),
        ({"metadata": {"\ud800": 1}}, InvalidInput, ("metadata",)),
        ({"metadata": {"a": float("inf")}}, InvalidInput, ("metadata",)),
        ({"metadata": {"a": 2**64}}, InvalidInput, ("metadata",)),
        ({"allergens": [f"allergen {number}" for number in range(31)]}, InvalidInput, ("allergens",)),
        ({"allergens": ["celery", " "]}, InvalidInput, ("allergens", "1")),
        ({"allergens": ["x" * 65]}, InvalidInput, ("allergens", "0")),
        ({"controlled_class": ""}, InvalidInput, ("controlled_class",)),
        ({"controlled_class": "x" * 65}, InvalidInput, ("controlled_class",)),
        ({"shelf_life_days": 0}, InvalidInput, ("shelf_life_days",)),
        ({"shelf_life_days": 36_501}, InvalidInput, ("shelf_life_days",)),
        ({"external_reference": ""}, InvalidInput, ("external_reference",)),
        ({"external_reference": "x" * 201}, InvalidInput, ("external_reference",)),
        ({"barcodes": ["4006381333930"]}, InvalidInput, ("barcodes", "0")),
        ({"barcodes": [EAN, EAN]}, AlreadyExists, ("barcodes", "1")),
        ({"barcodes": [f"B-{number}" for number in range(51)]}, LimitExceeded, ("barcodes",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, fields: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """What could not be printed, found or kept is named and refused, and nothing is made."""
    with pytest.raises(error) as refused:
        await given_item(tenant, **fields)
    assert refused.value.path == path
    assert await count_of(tenant) == 0
    await assert_nothing_emitted(tenant)


async def test_refuses_metadata_nested_without_end(tenant: GivenTenant) -> None:
    """A thousand brackets must neither exhaust the stack nor reach the database."""
    nested: Any = "core"
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(InvalidInput, match="deeper than 20 levels"):
        await given_item(tenant, metadata={"a": nested})
    assert await count_of(tenant) == 0


async def test_refuses_a_name_that_is_taken(tenant: GivenTenant) -> None:
    """An SKU, a barcode and a reference each name one thing; the refusal says which of them was taken, and by what."""
    first = await given_item(tenant, sku="A-1", barcodes=[EAN], external_reference="ref-1")
    await given_variant(tenant, first, sku="A-2", external_reference="ref-2")
    await forget_emitted(tenant)
    for fields, path, words in (
        ({"sku": "A-1"}, ("sku",), "'A-1' names an item"),
        ({"sku": "A-2"}, ("sku",), "'A-2' names a variant"),
        ({"barcodes": [f"0{EAN}"]}, ("barcodes", "0"), EAN),
        ({"external_reference": "ref-1"}, ("external_reference",), "'ref-1' names an item"),
    ):
        with pytest.raises(AlreadyExists, match=words) as refused:
            await given_item(tenant, **fields)
        assert refused.value.path == path
    assert await count_of(tenant) == 1
    await assert_nothing_emitted(tenant)


async def test_lets_one_of_two_at_once_win(tenant: GivenTenant) -> None:
    """Two tills adding the same article at the same moment: one is made, the other hears that it exists."""
    made = await asyncio.gather(
        *(given_item(tenant, sku="A-1", barcodes=[EAN]) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in made) == ["AlreadyExists"] * 3 + ["ItemRecord"]
    assert await count_of(tenant) == 1
    assert len(await emitted(tenant, "inventory.item.created")) == 1


async def test_belongs_to_its_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Another tenant reads nothing by any name of it, and may use every one of them."""
    mine = await given_item(tenant, sku="A-1", barcodes=[EAN], external_reference="ref-1")
    other = await given_tenant(database)
    async with database.read(other.actor) as tx:
        assert await items_by_sku(tx, ["A-1"]) == {}
        assert await variants_by_sku(tx, ["A-1"]) == {}
    theirs = await given_item(other, sku="A-1", barcodes=[EAN], external_reference="ref-1")
    assert theirs.id != mine.id
