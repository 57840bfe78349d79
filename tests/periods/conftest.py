"""What the tests of periods have at hand."""

from datetime import timedelta

import pytest

from tests.given.items import given_item
from tests.given.periods import NOVEMBER, OCTOBER, SEPTEMBER
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant


@pytest.fixture
async def corn(tenant: GivenTenant) -> None:
    """CORN by the kilogram in MAIN: 10 at 4 each came in August 2025, 20 at 4 in September, 30 at 4 in October."""
    await given_item(tenant, sku="CORN", unit="KG")
    for month, quantity in ((SEPTEMBER, "10"), (OCTOBER, "20"), (NOVEMBER, "30")):
        await given_stock(tenant, "CORN", quantity, unit_cost="4", occurred_at=month - timedelta(days=10))
