"""What a dish can do without is taken only where it is there, and never from those that cannot do without it."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.given.recipes import component, given_item, given_recipe
from tests.given.stock import given_stock
from tests.graph import GraphClient
from tests.reservations.asked import consume, line, on_hand, reserve


@pytest.fixture
async def cafe(graph: GraphClient) -> GraphClient:
    """Coffee for ten; five of sugar, which a coffee takes one of where there is some."""
    for sku in ("COFFEE", "SUGAR"):
        await given_item(graph.tenant, sku)
    await given_recipe(graph.tenant, "CUPPA", component("COFFEE", "1"), component("SUGAR", "1", is_optional=True))
    await given_stock(graph.tenant, "COFFEE", "10")
    await given_stock(graph.tenant, "SUGAR", "5")
    return graph


async def test_a_dish_leaves_what_another_line_of_the_cart_needs(cafe: GraphClient) -> None:
    """There are five of sugar and five are wanted: the coffee in the same cart goes without."""
    reservation = await reserve(cafe, line("CUPPA", 2), line("SUGAR", 5))
    assert [each["reserved"] for each in reservation["lines"]] == ["2", "5"]
    async with cafe.tenant.database.read(cafe.tenant.actor) as tx:
        held = await tx.raw.fetch("SELECT quantity FROM holds WHERE tenant_id = $1 ORDER BY quantity", tx.tenant_id)
    assert [row["quantity"] for row in held] == [Decimal(2), Decimal(5)]


@pytest.mark.parametrize("policy", ["ALL_OR_NOTHING", "PARTIAL"])
async def test_what_is_sold_leaves_what_another_line_needs(cafe: GraphClient, policy: str) -> None:
    """The same at the till, whatever is to be done about a shortage: nothing is short."""
    await consume(cafe, line("CUPPA", 2), line("SUGAR", 5), orderId=str(uuid4()), onShortage=policy)
    assert (await on_hand(cafe, "COFFEE"), await on_hand(cafe, "SUGAR")) == (Decimal(8), Decimal(0))
    async with cafe.tenant.database.read(cafe.tenant.actor) as tx:
        short = await tx.raw.fetchval("SELECT sum(shortfall) FROM consumptions WHERE tenant_id = $1", tx.tenant_id)
    assert short == 0
