"""What is held is issued in parts and comes back in parts: exact to the component, and never more than there was."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item, given_stock
from tests.given.recipes import component, given_recipe
from tests.given.recipes import given_item as given_ingredient
from tests.graph import GraphClient

HELD = "reservation { id status lines { id reserved committed released } }"
CHANGED = "movements { quantity }"


async def balance(graph: GraphClient, sku: str) -> tuple[str, str]:
    """On hand and reserved."""
    query = "query($sku: String!) { stockBalance(sku: $sku) { onHand reserved } }"
    found = (await graph(query, {"sku": sku}))["stockBalance"]
    return found["onHand"], found["reserved"]


async def held(graph: GraphClient, sku: str, quantity: str, **more: Any) -> Any:
    """So much of the SKU held."""
    given = {"idempotencyKey": uuid4().hex, "lines": [{"sku": sku, "quantity": quantity}], **more}
    return (await graph.accepted("reserveStock", given, HELD))["reservation"]


async def committed(graph: GraphClient, reservation: Any, quantity: str, **more: Any) -> Any:
    """So much of its only line issued."""
    line = {"lineId": reservation["lines"][0]["id"], "quantity": quantity}
    given = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"], "lines": [line], **more}
    return (await graph.accepted("commitReservation", given, HELD))["reservation"]


@pytest.fixture
async def tea(graph: GraphClient) -> None:
    """Ten of it."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "10")


async def test_a_part_of_a_recipe_takes_its_share_of_each_leaf(graph: GraphClient) -> None:
    """One loaf of three is issued: a third of the flour that is held for them, not one kilogram."""
    await given_ingredient(graph.tenant, "FLOUR")
    await given_stock(graph.tenant, "FLOUR", "6")
    await given_recipe(graph.tenant, "LOAF", component("FLOUR", "0.25"))
    loaves = await held(graph, "LOAF", "3")
    assert await balance(graph, "FLOUR") == ("6", "0.75")
    await committed(graph, loaves, "1", remainder="KEEP")
    assert await balance(graph, "FLOUR") == ("5.75", "0.5")


async def test_what_is_not_issued_is_given_back(graph: GraphClient, tea: None) -> None:
    """Three of five are shipped, and nobody wants the other two any more."""
    done = await committed(graph, await held(graph, "TEA", "5"), "3")
    assert done["status"] == "COMMITTED"
    assert await balance(graph, "TEA") == ("7", "0")


async def test_what_is_kept_stays_held(graph: GraphClient, tea: None) -> None:
    """Three of five are shipped today, two tomorrow."""
    kept = await committed(graph, await held(graph, "TEA", "5"), "3", remainder="KEEP")
    assert kept["status"] == "PARTIALLY_COMMITTED"
    assert await balance(graph, "TEA") == ("7", "2")


async def test_what_was_committed_is_not_consumed_again(graph: GraphClient, tea: None) -> None:
    """The shop commits the hold, then the till tells of the sale: the order is deducted once."""
    order_id = str(uuid4())
    await committed(graph, await held(graph, "TEA", "4", orderId=order_id), "4")
    sale = {"idempotencyKey": "sale", "orderId": order_id, "lines": [{"sku": "TEA", "quantity": "4"}]}
    assert (await graph.accepted("consumeStock", sale, CHANGED))["movements"] == []
    assert await balance(graph, "TEA") == ("6", "0")


async def test_what_is_held_for_an_order_is_consumed_first(graph: GraphClient, tea: None) -> None:
    """The sale is told while the hold still stands: it is issued from the hold, not from what others may have."""
    order_id = str(uuid4())
    await held(graph, "TEA", "4", orderId=order_id)
    sale = {"idempotencyKey": "sale", "orderId": order_id, "lines": [{"sku": "TEA", "quantity": "4"}]}
    await graph.accepted("consumeStock", sale)
    assert await balance(graph, "TEA") == ("6", "0")


async def test_no_more_comes_back_than_was_deducted(graph: GraphClient, tea: None) -> None:
    """Six of ten came back; of ten more that are claimed four do, then none."""
    order_id = str(uuid4())
    sale = {"idempotencyKey": "sale", "orderId": order_id, "lines": [{"sku": "TEA", "quantity": "10"}]}
    await graph.accepted("consumeStock", sale)
    came_back = []
    for quantity in ("6", "10", "1"):
        given = {"idempotencyKey": quantity, "orderId": order_id, "lines": [{"sku": "TEA", "quantity": quantity}]}
        payload = await graph.accepted("reverseConsumption", given, CHANGED)
        came_back.append([movement["quantity"] for movement in payload["movements"]])
    assert came_back == [["6"], ["4"], []]
    assert await balance(graph, "TEA") == ("10", "0")
