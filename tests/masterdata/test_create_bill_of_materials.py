"""Writing a bill of materials: a new version each time, convertible to stock, without circles at any instant."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.errors import (
    AlreadyExists,
    InvalidInput,
    ItemInactive,
    LimitExceeded,
    NotFound,
    Refusal,
    UnitMismatch,
)
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.recipe_explosion import BillOfMaterialsMissing
from inventory_graph.masterdata.recipe_reading import (
    BillOfMaterialsRecord,
    bill_of_materials_counts,
    components_by_bill,
)
from inventory_graph.masterdata.recipes import (
    COMPONENTS_MAX,
    BillDraft,
    NotMadeOfComponents,
    create_bill_of_materials,
    create_bills_of_materials,
)
from inventory_graph.masterdata.records import ItemRecord
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.recipes import component, given_item, given_loaf, given_recipe, given_version
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase, statements

NOW = datetime.now(UTC)
YESTERDAY, TOMORROW, DAY_AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1), NOW + timedelta(days=2)


async def create(tenant: GivenTenant, item: ItemRecord, *lines: Any, **fields: Any) -> BillOfMaterialsRecord:
    return await tenant.database.write(
        tenant.actor, lambda tx: create_bill_of_materials(tx, item_id=item.id, components=lines, **fields)
    )


async def refused(tenant: GivenTenant, item: ItemRecord, *lines: Any, **fields: Any) -> Refusal:
    """The refusal of a bill; nothing is written and nothing is said."""
    await forget_emitted(tenant)
    before = await count(tenant, item)
    with pytest.raises(Refusal) as caught:
        await create(tenant, item, *lines, **fields)
    assert await count(tenant, item) == before
    await assert_nothing_emitted(tenant)
    return caught.value


async def count(tenant: GivenTenant, item: ItemRecord) -> int:
    async with tenant.database.read(tenant.actor) as tx:
        return (await bill_of_materials_counts(tx, [item.id])).get(item.id, 0)


async def test_writes_the_club_sandwich(tenant: GivenTenant) -> None:
    """Three slices of a loaf of twenty are 0.15 loaf: recipes speak in kitchen units, stock in its own."""
    await given_loaf(tenant)
    await given_item(tenant, "RAW-CKN-001")
    sandwich = await given_item(tenant, "SND-CLB-001", type="RECIPE", unit="PIECE")
    await forget_emitted(tenant)
    bill = await create(
        tenant, sandwich, component("RAW-BRD-001", "3", "SLICE"), component("RAW-CKN-001", "150", "g", is_optional=True)
    )
    assert (bill.version, bill.item_id, bill.output_quantity, bill.output_unit_code) == (
        1,
        sandwich.id,
        Decimal(1),
        "PIECE",
    )
    assert (bill.yield_percent, bill.created_by, bill.effective_until) == (Decimal(100), "user-administrator", None)
    async with tenant.database.read(tenant.actor) as tx:
        bread, chicken = (await components_by_bill(tx, [bill.id]))[bill.id]
    assert (bread.position, bread.sku, bread.quantity, bread.unit_code) == (0, "RAW-BRD-001", Decimal(3), "SLICE")
    assert (bread.quantity_in_stock_unit, bread.is_optional) == (Decimal("0.15"), False)
    assert (chicken.unit_code, chicken.quantity_in_stock_unit, chicken.is_optional) == ("GRAM", Decimal("0.15"), True)
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.bill_of_materials.created", sandwich.id)
    assert (event.payload["sku"], event.payload["version"]) == ("SND-CLB-001", 1)
    assert [(line["sku"], line["quantity"], line["unit"]) for line in event.payload["components"]] == [
        ("RAW-BRD-001", "3", "SLICE"),
        ("RAW-CKN-001", "150", "GRAM"),
    ]


async def test_counts_versions_and_keeps_the_old_ones(tenant: GivenTenant) -> None:
    """What a sale of yesterday took must be known for ever."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, first = await given_recipe(tenant, "LATTE", component("MILK", "0.25"))
    second = await given_version(tenant, latte, component("MILK", "0.3"), effective_from=TOMORROW)
    third = await given_version(tenant, latte, component("MILK", "0.2"))
    assert [bill.version for bill in (first, second, third)] == [1, 2, 3]
    assert [bill.effective_until for bill in (first, second, third)] == [None, None, TOMORROW]
    assert await count(tenant, latte) == 3


async def test_numbers_versions_densely_when_many_write_at_once(tenant: GivenTenant) -> None:
    """Each waits for the one before it."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, _ = await given_recipe(tenant, "LATTE", component("MILK", "0.25"))
    made = await asyncio.gather(*(create(tenant, latte, component("MILK", "0.3")) for _ in range(6)))
    assert sorted(bill.version for bill in made) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("kind", ["GOODS", "INGREDIENT", "EQUIPMENT", "SERVICE", "VOUCHER"])
async def test_refuses_what_is_not_made(tenant: GivenTenant, kind: str) -> None:
    """Bought goods have stock of their own."""
    await given_item(tenant, "MILK", unit="LITRE")
    bought = await given_item(tenant, "BOUGHT", unit="PIECE", type=kind)
    refusal = await refused(tenant, bought, component("MILK", "1"))
    assert isinstance(refusal, NotMadeOfComponents)
    assert refusal.path == ("item",)


async def test_takes_a_kit(tenant: GivenTenant) -> None:
    """A kit is exploded like a recipe."""
    await given_item(tenant, "CUP-1", unit="PIECE", type="GOODS")
    _, bill = await given_recipe(tenant, "GIFT", component("CUP-1", "2"), type="KIT")
    assert bill.version == 1


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"quantity": "0"}, ("components", "0", "quantity")),
        ({"quantity": "-1"}, ("components", "0", "quantity")),
        ({"waste_percent": Decimal(100)}, ("components", "0", "waste_percent")),
        ({"waste_percent": Decimal(-1)}, ("components", "0", "waste_percent")),
    ],
)
async def test_refuses_a_line_that_is_not_valid(
    tenant: GivenTenant, line: dict[str, Any], path: tuple[str, ...]
) -> None:
    """The path counts the lines from 0."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, latte, component("MILK", **({"quantity": "1"} | line)))
    assert isinstance(refusal, InvalidInput)
    assert refusal.path == path


@pytest.mark.parametrize(
    ("field", "value"),
    [("output_quantity", Decimal(0)), ("yield_percent", Decimal(0)), ("yield_percent", Decimal("100.000001"))],
)
async def test_refuses_a_head_that_is_not_valid(tenant: GivenTenant, field: str, value: Decimal) -> None:
    """Nothing comes of nothing, and no kitchen serves more than it makes."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, latte, component("MILK", "1"), **{field: value})
    assert isinstance(refusal, InvalidInput)
    assert refusal.path == (field,)


async def test_refuses_no_components_and_only_optional_ones(tenant: GivenTenant) -> None:
    """A recipe without ingredients once sold its own stock below zero; one without a needed line limits nothing."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    for lines in ((), (component("MILK", "1", is_optional=True),)):
        refusal = await refused(tenant, latte, *lines)
        assert isinstance(refusal, InvalidInput)
        assert refusal.path == ("components",)


async def test_refuses_too_many_components(tenant: GivenTenant) -> None:
    """Two hundred are allowed, one more is not."""
    skus = [f"I{number}" for number in range(COMPONENTS_MAX + 1)]
    for sku in skus:
        await given_item(tenant, sku)
    stew = await given_item(tenant, "STEW", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, stew, *(component(sku, "1") for sku in skus))
    assert isinstance(refusal, LimitExceeded)
    assert (await create(tenant, stew, *(component(sku, "1") for sku in skus[:-1]))).version == 1


async def test_refuses_units_that_do_not_convert(tenant: GivenTenant) -> None:
    """The raw number must never be deducted: 30 ml are not 30 bottles."""
    await given_item(tenant, "GIN", unit="BOTTLE")
    tonic = await given_item(tenant, "G-AND-T", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, tonic, component("GIN", "30", "ml"))
    assert isinstance(refusal, UnitMismatch)
    assert refusal.path == ("components", "0", "unit")
    refusal = await refused(tenant, tonic, component("GIN", "1"), output_unit="LITRE")
    assert isinstance(refusal, UnitMismatch)
    assert refusal.path == ("output_unit",)


async def test_takes_fractions_of_what_is_counted_whole(tenant: GivenTenant) -> None:
    """Half an avocado goes into a wrap although avocados are counted: it is the sum that leaves the shelf."""
    await given_item(tenant, "AVOCADO", unit="PIECE")
    _, bill = await given_recipe(tenant, "WRAP", component("AVOCADO", "0.5"))
    async with tenant.database.read(tenant.actor) as tx:
        (line,) = (await components_by_bill(tx, [bill.id]))[bill.id]
    assert line.quantity_in_stock_unit == Decimal("0.5")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"sku": "NOTHING"}, ("components", "1", "sku")),
        ({"sku": "nul\0"}, ("components", "1", "sku")),
        ({"unit": "FURLONG"}, ("components", "1", "unit")),
    ],
)
async def test_refuses_what_does_not_exist(tenant: GivenTenant, line: dict[str, Any], path: tuple[str, ...]) -> None:
    """The path names the line and the argument."""
    await given_item(tenant, "MILK", unit="LITRE")
    await given_item(tenant, "SUGAR")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    second: dict[str, Any] = {"sku": "SUGAR", "quantity": "1"} | line
    refusal = await refused(tenant, latte, component("MILK", "1"), component(**second))
    assert isinstance(refusal, NotFound)
    assert refusal.path == path


async def test_refuses_an_unknown_item(tenant: GivenTenant) -> None:
    """Nothing is written."""
    await given_item(tenant, "MILK", unit="LITRE")
    with pytest.raises(NotFound) as caught:
        await tenant.database.write(
            tenant.actor,
            lambda tx: create_bill_of_materials(tx, item_id=uuid4(), components=[component("MILK", "1")]),
        )
    assert caught.value.path == ("item",)


@pytest.mark.parametrize("kind", ["SERVICE", "VOUCHER"])
async def test_refuses_what_has_no_stock(tenant: GivenTenant, kind: str) -> None:
    """A service lies on no shelf."""
    await given_item(tenant, "DELIVERY", unit="PIECE", type=kind)
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, latte, component("DELIVERY", "1"))
    assert isinstance(refusal, InvalidInput)
    assert refusal.path == ("components", "0", "sku")


async def test_refuses_a_component_twice(tenant: GivenTenant) -> None:
    """Two lines of one thing are more likely a slip than a wish."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    refusal = await refused(tenant, latte, component("MILK", "0.2"), component("MILK", "50", "ML"))
    assert isinstance(refusal, InvalidInput)
    assert refusal.path == ("components", "1", "sku")


async def test_refuses_what_is_archived(tenant: GivenTenant) -> None:
    """As what is made and as what is taken."""
    milk = await given_item(tenant, "MILK", unit="LITRE")
    await given_item(tenant, "WATER", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")

    async def has_stock(*_: object, **__: object) -> bool:
        return False

    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=milk.id, has_stock=has_stock))
    refusal = await refused(tenant, latte, component("MILK", "1"))
    assert isinstance(refusal, ItemInactive)
    assert refusal.path == ("components", "0", "sku")
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=latte.id, has_stock=has_stock))
    refusal = await refused(tenant, latte, component("WATER", "1"))
    assert isinstance(refusal, ItemInactive)
    assert refusal.path == ("item",)


async def test_refuses_two_versions_from_one_instant_on(tenant: GivenTenant) -> None:
    """Only one could be in force."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, _ = await given_recipe(tenant, "LATTE", component("MILK", "1"), effective_from=TOMORROW)
    refusal = await refused(tenant, latte, component("MILK", "2"), effective_from=TOMORROW)
    assert isinstance(refusal, AlreadyExists)
    assert refusal.path == ("effective_from",)


async def test_refuses_a_recipe_that_has_no_components_yet(tenant: GivenTenant) -> None:
    """Nothing would be taken for it, and nobody would notice."""
    await given_item(tenant, "MILK", unit="LITRE")
    sauce = await given_item(tenant, "SAUCE", type="RECIPE", unit="LITRE")
    dish = await given_item(tenant, "DISH", type="RECIPE", unit="PLATE")
    refusal = await refused(tenant, dish, component("SAUCE", "0.1"))
    assert isinstance(refusal, BillOfMaterialsMissing)
    assert refusal.path == ("components", "0")
    await given_version(tenant, sauce, component("MILK", "1"), effective_from=TOMORROW)
    refusal = await refused(tenant, dish, component("SAUCE", "0.1"))
    assert isinstance(refusal, BillOfMaterialsMissing)
    assert (await create(tenant, dish, component("SAUCE", "0.1"), effective_from=DAY_AFTER)).version == 1


async def test_writes_many_in_a_fixed_number_of_statements(database: CountingDatabase, tenant: GivenTenant) -> None:
    """The seed writes a whole menu; a draft may take what another of the drafts makes."""
    await given_item(tenant, "MILK", unit="LITRE")
    items = [await given_item(tenant, f"R{number}", type="RECIPE", unit="LITRE") for number in range(8)]
    drafts = [
        BillDraft(item_id=item.id, components=[component("MILK" if item is items[-1] else f"R{number + 1}", "1")])
        for number, item in enumerate(items)
    ]
    async with statements(database) as counted:
        made = await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, drafts))
    assert [bill.item_id for bill in made] == [item.id for item in items]
    counted.assert_at_most(13)


async def test_writes_all_or_none(tenant: GivenTenant) -> None:
    """The path names the draft; the good one before it is not written either."""
    await given_item(tenant, "MILK", unit="LITRE")
    good = await given_item(tenant, "GOOD", type="RECIPE", unit="LITRE")
    bad = await given_item(tenant, "BAD", type="RECIPE", unit="LITRE")
    await forget_emitted(tenant)
    drafts = [
        BillDraft(item_id=good.id, components=[component("MILK", "1")]),
        BillDraft(item_id=bad.id, components=[component("MILK", "1", "KG")]),
    ]
    with pytest.raises(UnitMismatch) as caught:
        await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, drafts))
    assert caught.value.path == ("bills", "1", "components", "0", "unit")
    assert (await count(tenant, good), await count(tenant, bad)) == (0, 0)
    await assert_nothing_emitted(tenant)


async def test_refuses_one_item_twice_in_a_call(tenant: GivenTenant) -> None:
    """Which of the two would be in force?"""
    await given_item(tenant, "MILK", unit="LITRE")
    latte = await given_item(tenant, "LATTE", type="RECIPE", unit="PIECE")
    draft = BillDraft(item_id=latte.id, components=[component("MILK", "1")])
    with pytest.raises(InvalidInput) as caught:
        await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, [draft, draft]))
    assert caught.value.path == ("bills", "1", "item")
    assert await count(tenant, latte) == 0
