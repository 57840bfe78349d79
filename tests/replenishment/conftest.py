"""Two warehouses, and who sells tea."""

from fractions import Fraction

import pytest

from tests.given.items import given_item, given_unit_bridge
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.replenishment.asked import given_offer


@pytest.fixture
async def tea(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece; ACME sells boxes of 12 at 600, at least 2 of them, in 5 days. There is a second warehouse, STORE."""
    item = await given_item(tenant, sku="TEA", name="Tea")
    await given_unit_bridge(tenant, item, "BOX", "PIECE", Fraction(12))
    await given_warehouse(tenant, code="STORE")
    await given_offer(graph, "TEA", unit="BOX", price="600", orderMinimum="2", leadTimeDays=5)
