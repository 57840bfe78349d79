"""No bill of materials contains what it makes, at no instant, whoever writes at the same time; nor more than ten levels."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.errors import LimitExceeded, Refusal
from inventory_graph.masterdata.recipe_circles import BillOfMaterialsCircle
from inventory_graph.masterdata.recipe_explosion import DEPTH_MAX
from inventory_graph.masterdata.recipe_reading import BillOfMaterialsRecord, bill_of_materials_counts, bills_in_force
from inventory_graph.masterdata.recipes import BillDraft, create_bill_of_materials, create_bills_of_materials
from inventory_graph.masterdata.records import ItemRecord
from tests.emitted import assert_nothing_emitted, forget_emitted
from tests.given.recipes import component, given_item, given_recipe, given_version
from tests.given.tenants import GivenTenant

NOW = datetime.now(UTC)
YESTERDAY, TOMORROW = NOW - timedelta(days=1), NOW + timedelta(days=1)


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


async def test_refuses_itself(tenant: GivenTenant) -> None:
    """The shortest circle."""
    await given_item(tenant, "MILK", unit="LITRE")
    sauce, _ = await given_recipe(tenant, "SAUCE", component("MILK", "1"), unit="LITRE")
    refusal = await refused(tenant, sauce, component("MILK", "1"), component("SAUCE", "0.1"))
    assert isinstance(refusal, BillOfMaterialsCircle)
    assert refusal.path == ("components", "1")
    assert "SAUCE contains SAUCE" in refusal.message


async def test_refuses_a_circle_through_others(tenant: GivenTenant) -> None:
    """The message names the way."""
    await given_item(tenant, "MILK", unit="LITRE")
    base, _ = await given_recipe(tenant, "BASE", component("MILK", "1"), unit="LITRE")
    await given_recipe(tenant, "SAUCE", component("BASE", "1"), unit="LITRE")
    await given_recipe(tenant, "DISH", component("SAUCE", "1"))
    refusal = await refused(tenant, base, component("DISH", "1"))
    assert isinstance(refusal, BillOfMaterialsCircle)
    assert refusal.path == ("components", "0")
    assert any(
        way in refusal.message
        for way in (
            "BASE contains DISH contains SAUCE contains BASE",
            "DISH contains SAUCE contains BASE contains DISH",
            "SAUCE contains BASE contains DISH contains SAUCE",
        )
    )


async def test_refuses_a_circle_with_a_version_of_the_future(tenant: GivenTenant) -> None:
    """From tomorrow on nobody could explode either."""
    await given_item(tenant, "MILK", unit="LITRE")
    base, _ = await given_recipe(tenant, "BASE", component("MILK", "1"), unit="LITRE")
    sauce, _ = await given_recipe(tenant, "SAUCE", component("MILK", "1"), unit="LITRE")
    await given_version(tenant, sauce, component("BASE", "1"), effective_from=TOMORROW)
    assert isinstance(await refused(tenant, base, component("SAUCE", "1")), BillOfMaterialsCircle)


async def test_refuses_a_circle_of_the_past(tenant: GivenTenant) -> None:
    """A backdated version must not meet what was in force then: late sales explode at the time they happened."""
    week_ago = NOW - timedelta(days=7)
    await given_item(tenant, "MILK", unit="LITRE")
    base, _ = await given_recipe(tenant, "BASE", component("MILK", "1"), unit="LITRE", effective_from=week_ago)
    sauce, _ = await given_recipe(tenant, "SAUCE", component("BASE", "1"), unit="LITRE", effective_from=week_ago)
    await given_version(tenant, sauce, component("MILK", "1"))
    refusal = await refused(tenant, base, component("SAUCE", "1"), effective_from=YESTERDAY)
    assert isinstance(refusal, BillOfMaterialsCircle)


async def test_forgets_versions_that_are_over(tenant: GivenTenant) -> None:
    """What was contained once may contain from now on."""
    await given_item(tenant, "MILK", unit="LITRE")
    base, _ = await given_recipe(tenant, "BASE", component("MILK", "1"), unit="LITRE")
    sauce, _ = await given_recipe(tenant, "SAUCE", component("BASE", "1"), unit="LITRE")
    await given_version(tenant, sauce, component("MILK", "1"))
    assert (await create(tenant, base, component("SAUCE", "1"))).version == 2


async def test_swaps_two_in_one_call(tenant: GivenTenant) -> None:
    """The versions that are replaced in the same call count no more."""
    await given_item(tenant, "MILK", unit="LITRE")
    base, _ = await given_recipe(tenant, "BASE", component("MILK", "1"), unit="LITRE")
    sauce, _ = await given_recipe(tenant, "SAUCE", component("BASE", "1"), unit="LITRE")
    drafts = [
        BillDraft(item_id=base.id, components=[component("SAUCE", "1")]),
        BillDraft(item_id=sauce.id, components=[component("MILK", "1")]),
    ]
    made = await tenant.database.write(tenant.actor, lambda tx: create_bills_of_materials(tx, drafts))
    assert [bill.version for bill in made] == [2, 2]


async def test_lets_one_of_two_close_a_circle(tenant: GivenTenant) -> None:
    """Each half is innocent, and the two touch no row in common: what links them was written before."""
    await given_item(tenant, "MILK", unit="LITRE")
    for number in range(5):
        left, _ = await given_recipe(tenant, f"L{number}", component("MILK", "1"), unit="LITRE")
        right, _ = await given_recipe(tenant, f"R{number}", component("MILK", "1"), unit="LITRE")
        of_left, _ = await given_recipe(tenant, f"OL{number}", component(left.sku, "1"), unit="LITRE")
        of_right, _ = await given_recipe(tenant, f"OR{number}", component(right.sku, "1"), unit="LITRE")
        outcomes = await asyncio.gather(
            create(tenant, left, component(of_right.sku, "1")),
            create(tenant, right, component(of_left.sku, "1")),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, BillOfMaterialsRecord) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, BillOfMaterialsCircle) for outcome in outcomes) == 1
        async with tenant.database.read(tenant.actor) as tx:
            bills = await bills_in_force(tx, [left.id, right.id])
        assert sorted(bills[item.id].version for item in (left, right)) == [1, 2]


async def test_refuses_more_than_ten_above_one_another(tenant: GivenTenant) -> None:
    """Counted through what stands above as well as below the new bill."""
    await given_item(tenant, "MILK", unit="LITRE")
    chain = ["MILK"]
    for level in range(DEPTH_MAX):
        await given_recipe(tenant, f"LEVEL-{level}", component(chain[-1], "1"), unit="LITRE")
        chain.append(f"LEVEL-{level}")
    top = await given_item(tenant, "TOP", type="RECIPE", unit="LITRE")
    refusal = await refused(tenant, top, component(chain[-1], "1"))
    assert isinstance(refusal, LimitExceeded)
    assert "11 bills" in refusal.message
    await given_recipe(tenant, "UNDER", component("MILK", "1"), unit="LITRE")
    async with tenant.database.read(tenant.actor) as tx:
        lowest = await tx.raw.fetchval("SELECT id FROM items WHERE tenant_id = $1 AND sku = 'LEVEL-0'", tenant.id)
    with pytest.raises(LimitExceeded):
        await tenant.database.write(
            tenant.actor,
            lambda tx: create_bill_of_materials(tx, item_id=lowest, components=[component("UNDER", "1")]),
        )
