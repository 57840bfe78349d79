"""Availability of what is made: how many portions the components allow, and which of them allow no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.recipes import component, given_loaf, given_recipe, given_version
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import done

QUERY = """query($sku: String!, $warehouseId: ID, $at: DateTime) { item(key: {sku: $sku}) {
  availability(warehouseId: $warehouseId, at: $at) { available isAvailable level reasons limitingComponents { sku } } } }"""


async def portions(graph: GraphClient, sku: str, **where: Any) -> tuple[str, str, list[str], set[str]]:
    """How many, the level, the reasons, and what allows no more."""
    data = await graph(QUERY, {"sku": sku, **{name: str(value) for name, value in where.items()}})
    found = data["item"]["availability"]
    assert found["isAvailable"] == (not found["reasons"])
    limiting = {each["sku"] for each in found["limitingComponents"]}
    return found["available"], found["level"], found["reasons"], limiting


@pytest.fixture
async def toast(tenant: GivenTenant) -> None:
    """A cheese toast takes two slices of a loaf and 50 g of cheese; there is one loaf and a kilogram."""
    await given_loaf(tenant, "LOAF")
    await given_item(tenant, sku="CHEESE", unit="KG")
    await given_stock(tenant, "LOAF", "1")
    await given_stock(tenant, "CHEESE", "1")


LINES = (component("LOAF", "2", "SLICE"), component("CHEESE", "50", "GRAM"))


@pytest.mark.usefixtures("toast")
@pytest.mark.parametrize("kind", ["RECIPE", "KIT"])
async def test_is_what_the_scarcest_component_allows(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """Twenty slices make ten toasts, a kilogram of cheese twenty. Only whole ones count."""
    await given_recipe(tenant, "TOAST", *LINES, type=kind)
    assert await portions(graph, "TOAST") == ("10", "IN_STOCK", [], {"LOAF"})
    await done(
        graph, "setStock", {"sku": "CHEESE", "quantity": "0.499", "changeFromQuantity": "1", "reason": "RECOUNT"}
    )
    assert await portions(graph, "TOAST") == ("9", "IN_STOCK", [], {"CHEESE"})
    found = (await graph('{ availability(skus: ["TOAST"]) { sku available } }'))["availability"]
    assert found == [{"sku": "TOAST", "available": "9"}]


@pytest.mark.usefixtures("toast")
async def test_says_which_component_is_short(graph: GraphClient, tenant: GivenTenant) -> None:
    """All that are equally short, also one that was never here."""
    await given_item(tenant, sku="TRUFFLE", unit="KG")
    await given_recipe(tenant, "TOAST", *LINES, component("TRUFFLE", "1", "GRAM"))
    assert await portions(graph, "TOAST") == ("0", "OUT", ["COMPONENT_SHORT"], {"TRUFFLE"})
    await done(
        graph, "setStock", {"sku": "CHEESE", "quantity": "0.02", "changeFromQuantity": None, "reason": "RECOUNT"}
    )
    assert await portions(graph, "TOAST") == ("0", "OUT", ["COMPONENT_SHORT"], {"TRUFFLE", "CHEESE"})


@pytest.mark.usefixtures("toast")
async def test_does_without_what_is_optional(graph: GraphClient, tenant: GivenTenant) -> None:
    """A sprig of parsley stops no kitchen."""
    await given_item(tenant, sku="PARSLEY", unit="KG")
    await given_recipe(tenant, "TOAST", *LINES, component("PARSLEY", "1", "GRAM", is_optional=True))
    assert await portions(graph, "TOAST") == ("10", "IN_STOCK", [], {"LOAF"})


@pytest.mark.usefixtures("toast")
async def test_adds_up_what_is_taken_twice(graph: GraphClient, tenant: GivenTenant) -> None:
    """A component that comes directly and in a sauce is one pile: counted once, needed twice."""
    await given_recipe(tenant, "SAUCE", component("CHEESE", "100", "GRAM"))
    await given_recipe(tenant, "GRATIN", component("CHEESE", "150", "GRAM"), component("SAUCE", "1"))
    assert await portions(graph, "GRATIN") == ("4", "IN_STOCK", [], {"CHEESE"})


@pytest.mark.usefixtures("toast")
async def test_counts_yield_and_waste(graph: GraphClient, tenant: GivenTenant) -> None:
    """A batch for ten of which eight can be served, from cheese with a quarter lost on top: 500 g take 625, for 8."""
    line = component("CHEESE", "500", "GRAM", waste_percent=25)
    await given_recipe(tenant, "DIP", line, output_quantity=10, yield_percent=80)
    assert await portions(graph, "DIP") == ("12", "IN_STOCK", [], {"CHEESE"})


@pytest.mark.usefixtures("toast")
async def test_leaves_out_what_may_not_be_used(graph: GraphClient, tenant: GivenTenant) -> None:
    """Quarantined bread makes no toast, nor does milk that is over."""
    await given_recipe(tenant, "TOAST", *LINES)
    given = {"sku": "LOAF", "quantity": "15", "unit": "SLICE", "toState": "QUARANTINED", "reason": "INSPECTION"}
    await done(graph, "moveStock", given)
    assert await portions(graph, "TOAST") == ("2", "IN_STOCK", [], {"LOAF"})
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    over = datetime.now(UTC).date() - timedelta(days=3)
    await given_stock(tenant, "MILK", "9", lot="OVER", expires_on=over)
    await given_recipe(tenant, "SHAKE", component("MILK", "1"))
    assert await portions(graph, "SHAKE") == ("0", "OUT", ["COMPONENT_SHORT"], {"MILK"})


@pytest.mark.usefixtures("toast")
async def test_is_made_in_one_place(graph: GraphClient, tenant: GivenTenant) -> None:
    """Bread here and cheese there make nothing together; what each kitchen can make adds up."""
    bar = await given_warehouse(tenant, code="BAR")
    await given_recipe(tenant, "TOAST", *LINES)
    await given_stock(tenant, "LOAF", "5", warehouse=bar)
    assert await portions(graph, "TOAST", warehouseId=bar.id) == ("0", "OUT", ["COMPONENT_SHORT"], {"CHEESE"})
    assert (await portions(graph, "TOAST"))[:3] == ("10", "IN_STOCK", [])
    await given_stock(tenant, "CHEESE", "0.1", warehouse=bar)
    assert (await portions(graph, "TOAST"))[0] == "12"
    assert await portions(graph, "TOAST", warehouseId=tenant.warehouse_id) == ("10", "IN_STOCK", [], {"LOAF"})


@pytest.mark.usefixtures("toast")
async def test_is_low_when_a_component_is(graph: GraphClient, tenant: GivenTenant) -> None:
    """The kitchen should know before the guests do."""
    await given_recipe(tenant, "TOAST", *LINES)
    await graph.accepted("setStockLevels", {"sku": "CHEESE", "reorderPoint": "2"})
    assert await portions(graph, "TOAST") == ("10", "LOW", [], {"LOAF"})


@pytest.mark.usefixtures("toast")
async def test_takes_the_version_in_force_at_an_instant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Tomorrow's recipe is thicker; today's guests get today's."""
    now = datetime.now(UTC)
    item, _ = await given_recipe(tenant, "TOAST", *LINES, effective_from=now - timedelta(days=10))
    thicker = (component("LOAF", "4", "SLICE"), component("CHEESE", "50", "GRAM"))
    await given_version(tenant, item, *thicker, effective_from=now + timedelta(days=1))
    assert (await portions(graph, "TOAST"))[0] == "10"
    assert (await portions(graph, "TOAST", at=(now + timedelta(days=2)).isoformat()))[0] == "5"
    before = await portions(graph, "TOAST", at=(now - timedelta(days=11)).isoformat())
    assert before == ("0", "OUT", ["COMPONENT_SHORT"], set())


async def test_is_none_without_a_recipe(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nobody knows how to make it."""
    await given_item(tenant, sku="IDEA", type="RECIPE")
    assert await portions(graph, "IDEA") == ("0", "OUT", ["COMPONENT_SHORT"], set())
