"""What the tests of picking have at hand."""

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE
from tests.given.warehouses import given_location, given_warehouse


@pytest.fixture
async def store(tenant: GivenTenant) -> WarehouseRecord:
    """The warehouse STORE, of no outlet; and 100 pieces of TEA in MAIN at 4 each, at the location A-1."""
    await given_item(tenant, sku="TEA")
    await given_location(tenant, code="A-1", type="BIN")
    await given_stock(tenant, "TEA", "100", unit_cost="4", location="A-1")
    return await given_warehouse(tenant, code=STORE)
