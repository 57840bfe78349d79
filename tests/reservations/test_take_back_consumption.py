"""What comes back is what was taken: whole where it was whole, and all of it in the end."""

from uuid import uuid4

import pytest

from tests.given.items import given_item, given_stock
from tests.given.recipes import component, given_recipe
from tests.given.stock import given_stock as given_stock_of_lot
from tests.graph import GraphClient
from tests.reservations.asked import consume, line, on_hand, reverse


@pytest.fixture
async def order(graph: GraphClient) -> str:
    """An order that had four cups of two lots, two of each."""
    await given_item(graph.tenant, sku="CUP", tracking="LOT")
    for lot in ("L1", "L2"):
        await given_stock_of_lot(graph.tenant, "CUP", "2", lot=lot)
    order_id = str(uuid4())
    await consume(graph, line("CUP", 4), orderId=order_id)
    return order_id


async def test_whole_pieces_come_back_whole_from_several_lots(graph: GraphClient, order: str) -> None:
    """One of four is one of the first lot, not half of one of each."""
    returned = [
        (each["lot"]["code"], each["quantity"])
        for _ in range(4)
        for each in await reverse(graph, line("CUP", 1), orderId=order)
    ]
    assert sorted(returned) == [("L1", "1"), ("L1", "1"), ("L2", "1"), ("L2", "1")]


async def test_numbered_pieces_come_back_as_many_as_asked(graph: GraphClient) -> None:
    """Three of four pieces in two lots are three, whatever rounding would make of one and a half and one and a half."""
    await given_item(graph.tenant, sku="PHONE", tracking="SERIAL")
    for lot, serials in (("L1", ("A", "B")), ("L2", ("C", "D"))):
        await given_stock_of_lot(graph.tenant, "PHONE", "2", lot=lot, serials=serials)
    order_id = str(uuid4())
    await consume(graph, line("PHONE", 4), orderId=order_id)
    movements = await reverse(graph, line("PHONE", 3), orderId=order_id)
    assert sum(len(each["serials"]) for each in movements) == 3
    assert await on_hand(graph, "PHONE") == 3


async def test_a_fraction_of_a_piece_is_refused(graph: GraphClient, order: str) -> None:
    """Half a cup comes back no more than it could be sold."""
    given = {"idempotencyKey": "half", "orderId": order, "lines": [line("CUP", "0.5")]}
    refusal = await graph.refusal("reverseConsumption", given)
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "quantity"])
    assert await on_hand(graph, "CUP") == 0


async def test_what_a_dish_took_comes_back_although_something_was_missing(graph: GraphClient) -> None:
    """No cups were there to deduct, so that none of the coffees counts as deducted; their milk comes back all the same."""
    for sku in ("CUP", "MILK"):
        await given_item(graph.tenant, sku=sku)
    await given_stock(graph.tenant, "MILK", "10")
    await given_recipe(graph.tenant, "LATTE", component("CUP", "1"), component("MILK", "2"))
    order_id = str(uuid4())
    await consume(graph, line("LATTE", 3), orderId=order_id, onShortage="PARTIAL")
    assert await on_hand(graph, "MILK") == 4
    await reverse(graph, orderId=order_id)
    assert await on_hand(graph, "MILK") == 10
