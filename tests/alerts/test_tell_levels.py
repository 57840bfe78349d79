"""A reorder point that is set anew can be what makes stock low."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory_graph.stock.commands import Adjust, Command
from inventory_graph.stock.levels import set_stock_levels
from inventory_graph.stock.posting import post
from tests.alerts.asked import adjusted, alerts_about, given_alerts, given_levels, heard, somebody_waits
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, variant_of_sku
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient


@pytest.fixture(autouse=True)
async def four_teas(graph: GraphClient, tenant: GivenTenant) -> None:
    """Four of something, of a tenant who wants to hear of it."""
    await given_item(tenant, sku="TEA", name="Kenya tea")
    await given_stock(tenant, "TEA", "4")
    await given_alerts(graph)
    await forget_emitted(tenant)


async def test_a_point_above_what_is_there_is_told_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who plans hears that it is time to order, not again with every higher plan, and again after a lower one."""
    for point in ("3", "4", "6", "6", None, "5"):
        await given_levels(graph, "TEA", point)
    assert await heard(tenant) == [("low", "TEA", "4"), ("low", "TEA", "4")]
    told = [event.payload["reorder_level"] for event in await alerts_about(tenant)]
    assert told == ["4", "5"]


async def test_the_levels_are_told_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """The alert follows from them. No stock moved, so it is of no version."""
    await given_levels(graph, "TEA", "5")
    levels, low = await emitted(tenant)
    assert (levels.type, low.type) == ("inventory.stock.levels_changed", "inventory.stock.low")
    assert (low.aggregate_id, low.aggregate_version) == (levels.aggregate_id, None)
    assert (low.payload["item_name"], low.payload["outlet_name"]) == ("Kenya tea", "Main outlet")
    assert low.payload["notification"] == {"target": None, "enabled": False, "email": None}


async def test_stock_and_plan_do_not_both_tell(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is low by the plan does not get low again by a sale."""
    await given_levels(graph, "TEA", "5")
    await adjusted(graph, "TEA", "-1")
    assert await heard(tenant) == [("low", "TEA", "4")]


async def test_what_is_out_is_not_low(graph: GraphClient, tenant: GivenTenant) -> None:
    """That there is nothing is known. A plan for a place where nothing ever was is no news either."""
    await adjusted(graph, "TEA", "-4")
    await forget_emitted(tenant)
    await given_levels(graph, "TEA", "5")
    await given_item(tenant, sku="GIN")
    await given_levels(graph, "GIN", "5")
    assert await heard(tenant) == []


async def test_nobody_hears_who_did_not_ask(graph: GraphClient, tenant: GivenTenant) -> None:
    """A plan is told to those who want to hear of low stock."""
    await given_alerts(graph, "STOCK_OUT", "STOCK_IN")
    await given_levels(graph, "TEA", "5")
    assert await heard(tenant) == []


async def test_of_two_plans_at_once_one_is_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each sees the plan that it replaces, also where it had to wait for it: the first that makes it low tells."""
    variant = await variant_of_sku(tenant, "TEA")
    async with tenant.database.transaction(tenant.actor) as tx:
        await set_stock_levels(
            tx,
            variant_id=variant.id,
            warehouse_id=tenant.warehouse_id,
            reorder_point=Decimal(5),
            safety_stock=Decimal(0),
        )
        other = asyncio.create_task(given_levels(graph, "TEA", "6"))
        await somebody_waits(tx)
    await other
    assert [event.payload["reorder_point"] for event in await alerts_about(tenant)] == ["5"]


async def test_a_plan_waits_for_the_sale_that_it_meets(graph: GraphClient, tenant: GivenTenant) -> None:
    """The sale knew of no plan and told nothing: the plan is about what the sale left."""
    variant = await variant_of_sku(tenant, "TEA")
    line = Adjust(variant_id=variant.id, warehouse_id=tenant.warehouse_id, delta=Decimal(-2))
    async with tenant.database.transaction(tenant.actor) as tx:
        await post(tx, [Command(id=uuid4(), lines=(line,), recorded_by="user-test")])
        other = asyncio.create_task(given_levels(graph, "TEA", "2"))
        await somebody_waits(tx)
    await other
    assert await heard(tenant) == [("low", "TEA", "2")]


async def test_a_plan_and_a_sale_at_once_tell_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whichever comes first, it is low once."""
    for sku in (f"TEA-{number}" for number in range(10)):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "8")
        await forget_emitted(tenant)
        await asyncio.gather(adjusted(graph, sku, "-3"), given_levels(graph, sku, "5"))
        assert await heard(tenant) == [("low", sku, "5")]
