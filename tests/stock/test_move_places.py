"""Moving stock between locations of one warehouse, with its lots and its numbered pieces."""

from datetime import date
from typing import Any

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, refused

MOVED = "movements { quantity lot { code } serials fromLocation { code } toLocation { code } fromState toState }"


@pytest.fixture(autouse=True)
async def shelves(tenant: GivenTenant) -> None:
    """Three shelves in MAIN, one elsewhere."""
    for code in ("S-1", "S-2", "S-3"):
        await given_location(tenant, code=code, type="SHELF")
    await given_location(tenant, code="FAR-1", type="SHELF", warehouse=await given_warehouse(tenant, code="FAR"))


def move(sku: str, quantity: str, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "reason": "OTHER", **fields}


def ways(payload: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [
        (each["quantity"], *(each[end]["code"] if each[end] else None for end in ("fromLocation", "toLocation")))
        for each in payload["movements"]
    ]


async def test_takes_from_one_shelf_to_another(graph: GraphClient, tenant: GivenTenant) -> None:
    """The balance is the warehouse's, so no quantity of it changes; but a command touched it, and it has a version."""
    await given_item(tenant, sku="VASE")
    await given_stock(tenant, "VASE", "5", location="S-1")
    await forget_emitted(tenant)
    payload = await done(graph, "moveStock", move("VASE", "2", fromLocationCode="S-1", toLocationCode="S-2"), MOVED)
    assert ways(payload) == [("2", "S-1", "S-2")]
    assert await changes_told(tenant) == [("VASE", 2, "5", "0", "5")]
    back = await done(graph, "moveStock", move("VASE", "2", fromLocationCode="S-2", toLocationCode="S-1"), MOVED)
    assert ways(back) == [("2", "S-2", "S-1")]


async def test_takes_from_anywhere_else_unless_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """By the item's strategy, but not from where it is to go: that would move nothing."""
    await given_item(tenant, sku="VASE")
    for location in ("S-1", "S-2", None):
        await given_stock(tenant, "VASE", "5", location=location)
    payload = await done(graph, "moveStock", move("VASE", "7", toLocationCode="S-1"), MOVED)
    assert ways(payload) == [("5", "S-2", "S-1"), ("2", None, "S-1")]
    found = await refused(graph, "moveStock", move("VASE", "4", toLocationCode="S-1"))
    assert found[:2] == ("INSUFFICIENT_STOCK", "quantity")


async def test_changes_state_where_it_lies(graph: GraphClient, tenant: GivenTenant) -> None:
    """Without a location to go to it stays on its shelf; with one it changes both at once."""
    await given_item(tenant, sku="VASE")
    await given_stock(tenant, "VASE", "5", location="S-1")
    await done(graph, "moveStock", move("VASE", "2", toState="DAMAGED"))
    payload = await done(
        graph, "moveStock", move("VASE", "1", fromState="DAMAGED", toState="QUARANTINED", toLocationCode="S-3"), MOVED
    )
    assert ways(payload) == [("1", "S-1", "S-3")]
    shown = await balance(graph, "VASE", "available damaged quarantined onHand")
    assert shown == {"available": "3", "damaged": "1", "quarantined": "1", "onHand": "5"}


async def test_takes_lots_by_the_strategy_or_the_named_one(graph: GraphClient, tenant: GivenTenant) -> None:
    """What expires first is put in front."""
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_stock(tenant, "MILK", "5", lot="LATE", expires_on=date(2027, 9, 1))
    await given_stock(tenant, "MILK", "5", lot="SOON", expires_on=date(2027, 3, 1))
    first = await done(graph, "moveStock", move("MILK", "6", toLocationCode="S-1"), MOVED)
    assert [(each["lot"]["code"], each["quantity"]) for each in first["movements"]] == [("SOON", "5"), ("LATE", "1")]
    named = await done(graph, "moveStock", move("MILK", "3", lotCode="LATE", toState="QUARANTINED"), MOVED)
    assert {each["lot"]["code"] for each in named["movements"]} == {"LATE"}
    lots = await balance(graph, "MILK", "lots { nodes { lot { code } available quarantined } }")
    assert lots["lots"]["nodes"] == [
        {"lot": {"code": "LATE"}, "available": "2", "quarantined": "3"},
        {"lot": {"code": "SOON"}, "available": "5", "quarantined": "0"},
    ]


async def test_takes_named_pieces(graph: GraphClient, tenant: GivenTenant) -> None:
    """Those and no others; without names the oldest."""
    await given_item(tenant, sku="DRILL", tracking="SERIAL")
    await given_stock(tenant, "DRILL", "3", serials=("D-1", "D-2", "D-3"), location="S-1")
    named = await done(graph, "moveStock", move("DRILL", "1", serials=["D-3"], toLocationCode="S-2"), MOVED)
    unnamed = await done(graph, "moveStock", move("DRILL", "1", toState="DAMAGED"), MOVED)
    assert [each["serials"] for each in (*named["movements"], *unnamed["movements"])] == [["D-3"], ["D-1"]]
    data = await graph('{ serial(sku: "DRILL", serial: "D-3") { state location { code } } }')
    assert data["serial"] == {"state": "AVAILABLE", "location": {"code": "S-2"}}


@pytest.mark.parametrize(
    ("fields", "code", "argument"),
    [
        ({"serials": ["D-9"], "toState": "DAMAGED"}, "SERIAL_NOT_AVAILABLE", "serials"),
        ({"serials": ["D-1"], "fromLocationCode": "S-2", "toState": "DAMAGED"}, "SERIAL_NOT_AVAILABLE", "serials"),
        ({"serials": ["D-1"], "fromState": "DAMAGED"}, "SERIAL_NOT_AVAILABLE", "serials"),
        ({"serials": ["D-1", "D-2"], "toState": "DAMAGED"}, "INVALID_INPUT", "serials"),
        ({"serials": ["D-1"], "toLocationCode": "FAR-1"}, "NOT_FOUND", "toLocationCode"),
        ({"serials": ["D-1"], "fromLocationCode": "FAR-1", "toState": "DAMAGED"}, "NOT_FOUND", "fromLocationCode"),
        ({"serials": ["D-1"], "fromLocationCode": "S-1", "toLocationCode": "S-1"}, "INVALID_INPUT", "toState"),
        ({"lotCode": "L", "toState": "DAMAGED"}, "INVALID_INPUT", "lotCode"),
        ({"quantity": "0.5", "toState": "DAMAGED"}, "INVALID_INPUT", "quantity"),
    ],
)
async def test_refuses_what_is_not_there(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, argument: str
) -> None:
    """A piece that lies elsewhere, a shelf of another warehouse, a move to where it is."""
    await given_item(tenant, sku="DRILL", tracking="SERIAL")
    await given_stock(tenant, "DRILL", "2", serials=("D-1", "D-2"), location="S-1")
    assert (await refused(graph, "moveStock", {**move("DRILL", "1"), **fields}))[:2] == (code, argument)
