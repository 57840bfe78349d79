"""An order is deducted once, however often and by whom it is told."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.given.items import given_item, given_stock
from tests.given.tenants import GivenTenant
from tests.reservations.asked import commit, consume, line, on_hand, reserve, used


@pytest.mark.parametrize("is_committed", [True, False], ids=["after its hold was committed", "out of its hold"])
async def test_a_named_line_that_a_hold_covered_is_not_deducted_again(tenant: GivenTenant, is_committed: bool) -> None:
    """The line is told twice under different keys: what the hold covered the first time is not taken from the shelf the
    second time."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "10")
    order_id = uuid4()
    reservation = await reserve(tenant, line("MUG", "4"), order_id=order_id)
    if is_committed:
        await commit(tenant, reservation)
    await consume(tenant, used("MUG", "4", line_reference="1"), order_id=order_id)
    again = await consume(tenant, used("MUG", "4", line_reference="1"), order_id=order_id)
    assert again.movements == []
    assert await on_hand(tenant, "MUG") == Decimal(6)
