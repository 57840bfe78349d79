"""Loading whole trees of bills for explosion: few statements, any depth, the versions of one instant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from inventory_graph.errors import UnitMismatch
from inventory_graph.masterdata.recipe_explosion import Portions, Requirement, portions, quantity_of, requirements
from inventory_graph.masterdata.recipe_reading import bills_in_force
from tests.given.recipes import component, given_item, given_loaf, given_recipe, given_version, variant_ids
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase, statements

NOW = datetime.now(UTC)
LAST_WEEK, YESTERDAY = NOW - timedelta(days=7), NOW - timedelta(days=1)


async def test_explodes_the_club_sandwich(tenant: GivenTenant) -> None:
    """Ten sandwiches take a loaf and a half, and six loaves are good for forty."""
    await given_loaf(tenant)
    await given_item(tenant, "RAW-CKN-001")
    sandwich, _ = await given_recipe(
        tenant, "SND-CLB-001", component("RAW-BRD-001", "3", "SLICE"), component("RAW-CKN-001", "0.15")
    )
    bread, chicken = await variant_ids(tenant, "RAW-BRD-001", "RAW-CKN-001")
    async with tenant.database.read(tenant.actor) as tx:
        bills = await bills_in_force(tx, [sandwich.id])
    needs = requirements(sandwich.id, bills=bills, quantity=10)
    assert {variant: quantity_of(need.quantity) for variant, need in needs.items()} == {
        bread: Decimal("1.5"),
        chicken: Decimal("1.5"),
    }
    one = requirements(sandwich.id, bills=bills)
    assert portions(one, available={bread: Decimal(6), chicken: Decimal(100)}) == Portions(40, (bread,))


async def test_applies_units_waste_yield_and_output(tenant: GivenTenant) -> None:
    """A pot of 5 litres of stock, of which 90 % is ladled out; a soup takes 300 ml of it."""
    await given_item(tenant, "BONES")
    await given_item(tenant, "HERBS")
    await given_recipe(
        tenant,
        "STOCK",
        component("BONES", "1500", "g", waste_percent=Decimal(20)),
        unit="ML",
        output_quantity=Decimal(5),
        output_unit="LITRE",
        yield_percent=Decimal(90),
    )
    soup, _ = await given_recipe(
        tenant, "SOUP", component("STOCK", "0.3", "LITRE"), component("HERBS", "2", "g", is_optional=True), unit="BOWL"
    )
    bones, herbs = await variant_ids(tenant, "BONES", "HERBS")
    async with tenant.database.read(tenant.actor) as tx:
        bills = await bills_in_force(tx, [soup.id])
    assert requirements(soup.id, bills=bills) == {
        bones: Requirement(needed=300 * (Fraction("1.5") * Fraction(12, 10)) / (5_000 * Fraction(9, 10))),
        herbs: Requirement(optional=Fraction(1, 500)),
    }


async def test_loads_any_tree_in_three_statements(database: CountingDatabase, tenant: GivenTenant) -> None:
    """However many dishes are asked for and however deep they go."""
    await given_item(tenant, "MILK", unit="LITRE")
    await given_recipe(tenant, "LEVEL-0", component("MILK", "2"), unit="LITRE")
    for level in range(1, 6):
        lines = component(f"LEVEL-{level - 1}", "2"), component("MILK", "1")
        await given_recipe(tenant, f"LEVEL-{level}", *lines, unit="LITRE")
    dish, _ = await given_recipe(tenant, "DISH", component("LEVEL-5", "1"))
    other, _ = await given_recipe(tenant, "OTHER", component("LEVEL-3", "1"))
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        bills = await bills_in_force(tx, [dish.id, other.id])
    assert len(counted) == 3
    assert len(bills) == 8
    (milk,) = await variant_ids(tenant, "MILK")
    assert requirements(dish.id, bills=bills) == {milk: Requirement(needed=Fraction(2**6 + 2**5 - 1))}


async def test_takes_the_versions_of_one_instant(tenant: GivenTenant) -> None:
    """A late sale takes what the kitchen did then, on every level."""
    await given_item(tenant, "MILK", unit="LITRE")
    sauce, _ = await given_recipe(tenant, "SAUCE", component("MILK", "1"), unit="LITRE", effective_from=LAST_WEEK)
    dish, _ = await given_recipe(tenant, "DISH", component("SAUCE", "1"), effective_from=LAST_WEEK)
    await given_version(tenant, sauce, component("MILK", "10"), effective_from=YESTERDAY)
    await given_version(tenant, dish, component("SAUCE", "3"))
    (milk,) = await variant_ids(tenant, "MILK")
    taken = []
    for moment in (LAST_WEEK, YESTERDAY, None):
        async with tenant.database.read(tenant.actor) as tx:
            bills = await bills_in_force(tx, [dish.id], at=moment)
        taken.append(requirements(dish.id, bills=bills)[milk].quantity)
    assert taken == [1, 10, 30]
    async with tenant.database.read(tenant.actor) as tx:
        assert await bills_in_force(tx, [dish.id], at=LAST_WEEK - timedelta(seconds=1)) == {}


async def test_leaves_out_what_is_not_made(database: CountingDatabase, tenant: GivenTenant) -> None:
    """Asked for goods alone it answers nothing, in one statement."""
    milk = await given_item(tenant, "MILK", unit="LITRE")
    bare = await given_item(tenant, "BARE", type="RECIPE", unit="PIECE")
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        assert await bills_in_force(tx, [milk.id, bare.id]) == {}
    assert len(counted) == 1


async def test_says_which_recipe_lost_its_bridge(tenant: GivenTenant) -> None:
    """Without the bridge the line cannot be taken, and the raw number must not be."""
    loaf = await given_loaf(tenant, "BREAD")
    toast, _ = await given_recipe(tenant, "TOAST", component("BREAD", "2", "SLICE"))
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute("DELETE FROM unit_bridges WHERE tenant_id = $1 AND item_id = $2", tenant.id, loaf.id)
    async with tenant.database.read(tenant.actor) as tx:
        with pytest.raises(UnitMismatch, match=r"TOAST \(version 1\) takes BREAD"):
            await bills_in_force(tx, [toast.id])
