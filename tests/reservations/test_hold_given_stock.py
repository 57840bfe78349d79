"""Lots and pieces that are named: where they are, only while they may be used, and never a reservation of nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.reservations.asked import consume, consumed, line, on_hand, reserve, reserved

YESTERDAY = datetime.now(UTC).date() - timedelta(days=2)


@pytest.mark.parametrize("mutation", ["reserveStock", "consumeStock"])
async def test_a_named_piece_of_an_expired_lot_is_refused(graph: GraphClient, mutation: str) -> None:
    """Naming the piece is no way around the date of its lot."""
    await given_item(graph.tenant, sku="EPIPEN", tracking="SERIAL")
    await given_stock(graph.tenant, "EPIPEN", "1", lot="L1", expires_on=YESTERDAY, serials=("S1",))
    wanted = line("EPIPEN", 1, serials=["S1"])
    given = reserved(wanted) if mutation == "reserveStock" else consumed(wanted)
    refusal = await graph.refusal(mutation, given)
    assert (refusal["code"], refusal["path"]) == ("LOT_NOT_ELIGIBLE", ["input", "lines", "0", "serials"])
    assert await on_hand(graph, "EPIPEN") == 1


async def test_a_named_piece_is_found_in_whichever_warehouse_it_is(graph: GraphClient) -> None:
    """No warehouse is named, and the first one has pieces enough, but not this one."""
    await given_item(graph.tenant, sku="PHONE", tracking="SERIAL")
    far = await given_warehouse(graph.tenant, code="FAR", priority=200)
    await given_stock(graph.tenant, "PHONE", "2", serials=("A", "B"))
    await given_stock(graph.tenant, "PHONE", "1", serials=("C",), warehouse=far)
    reservation = await reserve(graph, line("PHONE", 1, serials=["C"]), warehouse=None)
    assert reservation["lines"][0]["reserved"] == "1"


async def test_partial_with_nothing_of_the_lot_is_refused(graph: GraphClient) -> None:
    """A lot that has run out is a shortage like any other: there is no reservation of nothing."""
    await given_item(graph.tenant, sku="MILK", tracking="LOT")
    await given_stock(graph.tenant, "MILK", "1", lot="L1")
    await consume(graph, line("MILK", 1), orderId=str(uuid4()))
    refusal = await graph.refusal("reserveStock", reserved(line("MILK", 1, lotCode="L1"), onShortage="PARTIAL"))
    assert refusal["code"] == "INSUFFICIENT_STOCK"
    assert (await graph("{ reservations(first: 1) { nodes { id } } }"))["reservations"]["nodes"] == []


@pytest.mark.parametrize("policy", ["ALL_OR_NOTHING", "PARTIAL", "BACKORDER"])
@pytest.mark.parametrize("tracking", ["NONE", "LOT"])
async def test_a_lot_that_there_is_not_is_a_mistake(graph: GraphClient, policy: str, tracking: str) -> None:
    """Nobody waits for a lot that the item does not have, nor for one of an item that has none; in any warehouse."""
    await given_warehouse(graph.tenant, code="FAR")
    await given_item(graph.tenant, sku="MILK", tracking=tracking)
    wanted = reserved(line("MILK", 1, lotCode="L9"), onShortage=policy)
    for given in (wanted, {**wanted, "warehouse": None, "idempotencyKey": "anywhere"}):
        refusal = await graph.refusal("reserveStock", given)
        assert refusal["code"] == "INVALID_INPUT"
        assert refusal["path"][:3] == ["input", "lines", "0"]


async def test_pieces_of_what_is_nowhere_are_not_available(graph: GraphClient) -> None:
    """An item that has never been anywhere: the refusal says so, and the batch it came in goes on."""
    await given_warehouse(graph.tenant, code="FAR")
    await given_item(graph.tenant, sku="PHONE", tracking="SERIAL")
    wanted = reserved(line("PHONE", 1, serials=["S1"]), warehouse=None)
    assert (await graph.refusal("reserveStock", wanted))["code"] == "SERIAL_NOT_AVAILABLE"


async def test_of_a_lot_is_consumed_what_is_there(graph: GraphClient) -> None:
    """PARTIAL counts what the lot has, not what the item has."""
    await given_item(graph.tenant, sku="MILK", tracking="LOT")
    await given_stock(graph.tenant, "MILK", "2", lot="L1")
    await given_stock(graph.tenant, "MILK", "5", lot="L2")
    movements = await consume(graph, line("MILK", 3, lotCode="L1"), onShortage="PARTIAL")
    assert [(each["quantity"], each["lot"]["code"]) for each in movements] == [("2", "L1")]


async def test_what_expired_is_wasted_as_far_as_it_is_there(graph: GraphClient) -> None:
    """What may not be sold may be thrown away, also where only what is there is deducted."""
    await given_item(graph.tenant, sku="MILK", tracking="LOT")
    await given_stock(graph.tenant, "MILK", "2", lot="L1", expires_on=YESTERDAY)
    await consume(graph, line("MILK", 3), onShortage="PARTIAL", reason="WASTE")
    assert await on_hand(graph, "MILK") == Decimal(0)
