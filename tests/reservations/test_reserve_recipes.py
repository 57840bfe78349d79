"""Reserving what is made: only leaf components are held, by the version in force, exactly."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.given.items import given_item
from tests.given.recipes import component, given_recipe, given_version
from tests.given.reservations import given_reservation, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import amounts, held, refusal_of, reservation_now, stock


async def given_ingredients(tenant: GivenTenant, **quantities: str) -> None:
    """So many kilograms of each."""
    for sku, quantity in quantities.items():
        await given_item(tenant, sku=sku, type="INGREDIENT", unit="KG")
        if quantity != "0":
            await given_stock(tenant, sku, quantity)


async def held_for(graph: GraphClient, *lines: dict[str, Any], **fields: Any) -> dict[str, str]:
    """How much of each leaf a new reservation of the lines holds."""
    return held(await reservation_now(graph, await given_reservation(graph, *lines, **fields)))


def request(tenant: GivenTenant, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": list(lines), "outletId": str(tenant.outlet_id), **fields}


async def test_only_leaves_are_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """Down through sub-recipes; neither the dish nor the dough has a balance."""
    await given_ingredients(tenant, FLOUR="2", CHEESE="2")
    await given_recipe(tenant, "DOUGH", component("FLOUR", "0.2"))
    await given_recipe(tenant, "PIZZA", component("DOUGH", "2"), component("CHEESE", "0.1"))
    assert await held_for(graph, wanted("PIZZA", 3)) == {"FLOUR": "1.2", "CHEESE": "0.3"}
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetchval("SELECT count(*) FROM balances WHERE tenant_id = $1", tx.tenant_id)
    assert rows == 2


async def test_lines_that_share_a_leaf_are_summed(graph: GraphClient, tenant: GivenTenant) -> None:
    """Either dish alone could be made, both cannot: the refusal names the component."""
    await given_ingredients(tenant, FLOUR="1")
    await given_recipe(tenant, "BREAD", component("FLOUR", "0.6"))
    await given_recipe(tenant, "CAKE", component("FLOUR", "0.5"))
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("BREAD", 1), wanted("CAKE", 1)))
    assert (error["code"], error["sku"], error["available"]) == ("INSUFFICIENT_STOCK", "CAKE", "0")
    assert error["component"] == {"sku": "FLOUR"}
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("BREAD", 1), wanted("FLOUR", "0.5")))
    assert (error["sku"], error["requested"], error["available"]) == ("FLOUR", "0.5", "0.4")


async def test_yield_and_waste_raise_what_is_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """An espresso of 18 g with 5 % waste takes 18.9 g; at a yield of 80 % a kilogram is 1.25."""
    await given_ingredients(tenant, BEANS="5", STEAK="5")
    await given_recipe(tenant, "ESPRESSO", component("BEANS", "0.018", waste_percent=Decimal(5)))
    assert await held_for(graph, wanted("ESPRESSO", 2)) == {"BEANS": "0.0378"}
    await given_recipe(tenant, "GRILL", component("STEAK", "1"), yield_percent=Decimal(80))
    assert await held_for(graph, wanted("GRILL", 2)) == {"STEAK": "2.5"}


async def test_what_is_optional_is_held_where_there_is_enough(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dish is not refused for the herb on top of it."""
    await given_ingredients(tenant, FISH="1", DILL="0.01")
    await given_recipe(tenant, "PLATE", component("FISH", "0.2"), component("DILL", "0.01", is_optional=True))
    assert await held_for(graph, wanted("PLATE", 1)) == {"FISH": "0.2", "DILL": "0.01"}
    assert await held_for(graph, wanted("PLATE", 1)) == {"FISH": "0.2"}


async def test_the_version_in_force_counts(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not the one that begins tomorrow; and what is held stays as it was when the recipe changes."""
    await given_ingredients(tenant, BEANS="1")
    now = datetime.now(UTC)
    espresso, _ = await given_recipe(
        tenant, "ESPRESSO", component("BEANS", "0.02"), effective_from=now - timedelta(days=2)
    )
    await given_version(tenant, espresso, component("BEANS", "0.03"), effective_from=now + timedelta(days=1))
    reservation = await given_reservation(graph, wanted("ESPRESSO", 1))
    await given_version(tenant, espresso, component("BEANS", "0.018"), effective_from=now - timedelta(hours=1))
    assert held(await reservation_now(graph, reservation)) == {"BEANS": "0.02"}
    assert await held_for(graph, wanted("ESPRESSO", 1)) == {"BEANS": "0.018"}


async def test_a_kit_is_held_as_what_is_in_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lot and pieces are those of its parts, so none can be named for the kit."""
    for sku in ("CUP", "SAUCER"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "8")
    await given_recipe(tenant, "SET", component("CUP", "6"), component("SAUCER", "6"), type="KIT")
    assert await held_for(graph, wanted("SET", 1)) == {"CUP": "6", "SAUCER": "6"}
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("SET", 1, lotCode="L")))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "lotCode"])


async def test_partial_holds_whole_dishes(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of five sets three can be made: nothing is held for a fourth."""
    await given_item(tenant, sku="CUP")
    await given_stock(tenant, "CUP", "7")
    await given_recipe(tenant, "PAIR", component("CUP", "2"), type="KIT")
    reservation = await given_reservation(graph, wanted("PAIR", 5), onShortage="PARTIAL")
    assert amounts(reservation) == [("5", "3", "0", "0", "0")]
    assert await stock(graph, "CUP") == ("7", "6", "1")


# ---------------------------------------------------------------- modifiers
async def test_a_modifier_is_scaled_once_by_the_quantity(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two slices a unit: two burgers take four more, not eight."""
    await given_ingredients(tenant, BUN="9", CHEESE="9")
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("CHEESE", "1"))
    more = [{"sku": "CHEESE", "quantity": "2"}]
    assert await held_for(graph, wanted("BURGER", 2, modifiers=more)) == {"BUN": "2", "CHEESE": "6"}


async def test_a_modifier_takes_away_but_never_below_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """No cheese is no cheese, and no credit of cheese."""
    await given_ingredients(tenant, BUN="9", CHEESE="9")
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("CHEESE", "1"))
    for less in ("-1", "-3"):
        line = wanted("BURGER", 2, modifiers=[{"sku": "CHEESE", "quantity": less}])
        assert await held_for(graph, line) == {"BUN": "2"}


async def test_a_modifier_may_be_a_recipe_and_a_good_may_have_one(graph: GraphClient, tenant: GivenTenant) -> None:
    """A sauce is added as what it is made of; a bottle of water comes with a slice of lemon."""
    await given_ingredients(tenant, OIL="9", LEMON="9")
    await given_recipe(tenant, "SAUCE", component("OIL", "0.5"))
    await given_item(tenant, sku="WATER")
    await given_stock(tenant, "WATER", "5")
    sauce = [{"sku": "SAUCE", "quantity": "1"}, {"sku": "LEMON", "quantity": "0.1"}]
    found = await held_for(graph, wanted("WATER", 2, modifiers=sauce))
    assert found == {"WATER": "2", "OIL": "1", "LEMON": "0.2"}


async def test_an_unknown_modifier_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is not left away silently: the customer would be told that there is cheese on it."""
    await given_ingredients(tenant, BUN="9")
    line = wanted("BUN", 1, modifiers=[{"sku": "NOPE", "quantity": "1"}])
    error = await refusal_of(graph, "reserveStock", request(tenant, line))
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "lines", "0", "modifiers", "0", "sku"])


async def test_a_recipe_without_components_is_never_held_as_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """It holds nothing it has not, and its own balance stays untouched."""
    await given_item(tenant, sku="GHOST", type="RECIPE")
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("GHOST", 1)))
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "lines", "0"])
