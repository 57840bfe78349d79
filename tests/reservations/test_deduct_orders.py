"""An order is deducted once, however often and by whom it is told."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.given.items import given_item, given_stock
from tests.given.stock import given_stock as given_stock_of_lot
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


@pytest.fixture
async def phones(graph: GraphClient) -> GraphClient:
    """Four phones, A to D."""
    await given_item(graph.tenant, sku="PHONE", tracking="SERIAL")
    await given_stock_of_lot(graph.tenant, "PHONE", "4", serials=("A", "B", "C", "D"))
    return graph


async def test_the_pieces_that_were_sold_are_deducted_not_those_held(phones: GraphClient) -> None:
    """A and B are held, B and C are sold: B comes out of the hold, C from the shelf, and A stays held."""
    order_id = str(uuid4())
    await reserve(phones, line("PHONE", 2), orderId=order_id)
    movements = await consume(phones, line("PHONE", 2, serials=["B", "C"]), orderId=order_id)
    assert [(each["kind"], each["serials"]) for each in movements] == [("HOLD_COMMIT", ["B"]), ("CONSUMPTION", ["C"])]
    again = await consume(phones, line("PHONE", 2, serials=["A", "D"]), orderId=order_id)
    assert [(each["kind"], each["serials"]) for each in again] == [("HOLD_COMMIT", ["A"]), ("CONSUMPTION", ["D"])]


async def test_pieces_beyond_what_was_committed_are_deducted(phones: GraphClient) -> None:
    """The order's hold of A was committed; A and C are reported: A was deducted already, C is now."""
    order_id = str(uuid4())
    await step(phones, "commitReservation", await reserve(phones, line("PHONE", 1), orderId=order_id))
    movements = await consume(phones, line("PHONE", 2, serials=["A", "C"]), orderId=order_id)
    assert [each["serials"] for each in movements] == [["C"]]


async def test_the_lot_that_was_used_is_deducted_not_the_one_held(graph: GraphClient) -> None:
    """Of the first lot two are held, of the second two were used: the hold stays, the second lot is empty."""
    await given_item(graph.tenant, sku="MILK", tracking="LOT")
    for lot in ("L1", "L2"):
        await given_stock_of_lot(graph.tenant, "MILK", "2", lot=lot)
    order_id = str(uuid4())
    await reserve(graph, line("MILK", 2, lotCode="L1"), orderId=order_id)
    movements = await consume(graph, line("MILK", 2, lotCode="L2"), orderId=order_id)
    assert [(each["kind"], each["lot"]["code"]) for each in movements] == [("CONSUMPTION", "L2")]
