"""An order is deducted once, however often and by whom it is told."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.given.items import given_item, given_stock
from tests.graph import GraphClient
from tests.reservations.asked import consume, line, on_hand, reserve, step


@pytest.mark.parametrize("is_committed", [True, False], ids=["after its hold was committed", "out of its hold"])
async def test_a_named_line_that_a_hold_covered_is_not_deducted_again(graph: GraphClient, is_committed: bool) -> None:
    """The line is told twice under different keys: what the hold covered the first time is not taken from the shelf the
    second time."""
    await given_item(graph.tenant, sku="MUG")
    await given_stock(graph.tenant, "MUG", "10")
    order_id = str(uuid4())
    reservation = await reserve(graph, line("MUG", 4), orderId=order_id)
    if is_committed:
        await step(graph, "commitReservation", reservation)
    await consume(graph, line("MUG", 4, lineReference="1"), orderId=order_id)
    assert await consume(graph, line("MUG", 4, lineReference="1"), orderId=order_id) == []
    assert await on_hand(graph, "MUG") == Decimal(6)
