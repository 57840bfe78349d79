"""Reading lots and serials: where they are, and where they went."""

from datetime import date
from typing import Any

import pytest

from tests.given.items import given_item, given_variant
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, done

LOT = """query($sku: String!, $code: String!, $first: Int! = 50, $after: String) { lot(sku: $sku, code: $code) {
  code status expiresOn item { sku }
  places { state quantity variant { sku } warehouse { code } location { code } }
  movements(first: $first, after: $after) {
    nodes { kind quantity warehouse { code } } totalCount pageInfo { hasNextPage endCursor } } } }"""
SERIAL = """query($sku: String!, $serial: String!, $first: Int! = 50, $after: String) { serial(sku: $sku, serial: $serial) {
  serial status state variant { sku } warehouse { code } location { code } lot { code }
  movements(first: $first, after: $after) {
    nodes { kind quantity serials fromState toState } totalCount pageInfo { hasNextPage endCursor } } } }"""


async def test_shows_where_a_lot_lies_and_where_it_went(graph: GraphClient, tenant: GivenTenant) -> None:
    """Over warehouses, locations and states: what a recall begins with."""
    await given_item(tenant, sku="EGGS", tracking="LOT")
    store = await given_warehouse(tenant, code="STORE")
    await given_location(tenant, code="FRIDGE", type="ZONE")
    await given_stock(tenant, "EGGS", "30", lot="E-1", expires_on=date(2027, 1, 31), location="FRIDGE")
    await given_stock(tenant, "EGGS", "12", lot="E-1", warehouse=store)
    await given_stock(tenant, "EGGS", "99", lot="E-2")
    await done(
        graph,
        "moveStock",
        {"sku": "EGGS", "quantity": "4", "lotCode": "E-1", "toState": "DAMAGED", "reason": "DAMAGED"},
    )
    await done(graph, "adjustStock", {"sku": "EGGS", "delta": "-6", "lotCode": "E-1", "reason": "WASTE"})
    found = (await graph(LOT, {"sku": "EGGS", "code": "E-1"}))["lot"]
    places = [
        (each["warehouse"]["code"], (each["location"] or {}).get("code"), each["state"], each["quantity"])
        for each in found.pop("places")
    ]
    assert sorted(places, key=str) == [
        ("MAIN", "FRIDGE", "AVAILABLE", "20"), ("MAIN", "FRIDGE", "DAMAGED", "4"), ("STORE", None, "AVAILABLE", "12"),
    ]  # fmt: skip
    movements = found.pop("movements")
    assert [(each["kind"], each["quantity"], each["warehouse"]["code"]) for each in movements["nodes"]] == [
        ("ADJUSTMENT", "6", "MAIN"), ("MOVE", "4", "MAIN"), ("RECEIPT", "12", "STORE"), ("RECEIPT", "30", "MAIN"),
    ]  # fmt: skip
    assert movements["totalCount"] == 4
    assert found == {"code": "E-1", "status": "ACTIVE", "expiresOn": "2027-01-31", "item": {"sku": "EGGS"}}


async def test_keeps_a_lot_that_is_used_up(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing lies anywhere, but where it went is still known."""
    await given_item(tenant, sku="EGGS", tracking="LOT")
    await given_stock(tenant, "EGGS", "2", lot="E-1")
    await done(graph, "adjustStock", {"sku": "EGGS", "delta": "-2", "reason": "WASTE"})
    found = (await graph(LOT, {"sku": "EGGS", "code": "E-1"}))["lot"]
    assert found["places"] == []
    assert [each["kind"] for each in found["movements"]["nodes"]] == ["ADJUSTMENT", "RECEIPT"]


async def test_finds_a_lot_by_the_sku_of_any_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """A lot is the item's; its variants share it."""
    eggs = await given_item(tenant, sku="EGGS", tracking="LOT")
    await given_variant(tenant, eggs, sku="EGGS-L")
    await given_stock(tenant, "EGGS-L", "2", lot="E-1")
    for sku in ("EGGS", "EGGS-L"):
        found = (await graph(LOT, {"sku": sku, "code": "E-1"}))["lot"]
        assert [each["variant"]["sku"] for each in found["places"]] == ["EGGS-L"]


async def test_pages_through_the_history_of_a_lot(graph: GraphClient, tenant: GivenTenant) -> None:
    """Newest first, each once, while more is written."""
    await given_item(tenant, sku="EGGS", tracking="LOT")
    lines = [{"sku": "EGGS", "quantity": str(number), "lotCode": "E-1"} for number in (1, 2, 3)]
    await done(graph, "receiveStock", {"lines": lines})
    await given_stock(tenant, "EGGS", "4", lot="E-1")
    seen: list[str] = []
    after, has_next = None, True
    while has_next:
        found = (await graph(LOT, {"sku": "EGGS", "code": "E-1", "first": 2, "after": after}))["lot"]["movements"]
        seen += [each["quantity"] for each in found["nodes"]]
        after, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        await given_stock(tenant, "EGGS", "9", lot="E-1")
    assert seen == ["4", "3", "2", "1"]


async def test_shows_what_of_a_balance_is_of_which_lot(graph: GraphClient, tenant: GivenTenant) -> None:
    """By code, with the states; one line for a lot, on however many shelves it lies."""
    await given_item(tenant, sku="EGGS", tracking="LOT")
    await given_location(tenant, code="FRIDGE", type="ZONE")
    for code, location in (("B", None), ("A", None), ("C", "FRIDGE"), ("A", "FRIDGE")):
        await given_stock(tenant, "EGGS", "5", lot=code, location=location)
    quarantine = {"sku": "EGGS", "quantity": "3", "lotCode": "A", "toState": "QUARANTINED", "reason": "INSPECTION"}
    await done(graph, "moveStock", quarantine)
    select = "lot { code } onHand available reserved quarantined damaged"
    shown = await balance(
        graph, "EGGS", f"lots(first: 2) {{ nodes {{ {select} }} totalCount pageInfo {{ endCursor hasNextPage }} }}"
    )
    lots = shown["lots"]
    assert lots["nodes"] == [
        {"lot": {"code": "A"}, "onHand": "10", "available": "7", "reserved": "0", "quarantined": "3", "damaged": "0"},
        {"lot": {"code": "B"}, "onHand": "5", "available": "5", "reserved": "0", "quarantined": "0", "damaged": "0"},
    ]
    assert (lots["totalCount"], lots["pageInfo"]["hasNextPage"]) == (3, True)
    rest = await balance(
        graph, "EGGS", f'lots(first: 2, after: "{lots["pageInfo"]["endCursor"]}") {{ nodes {{ {select} }} }}'
    )
    assert [each["lot"]["code"] for each in rest["lots"]["nodes"]] == ["C"]


async def test_shows_where_a_piece_is_and_was(graph: GraphClient, tenant: GivenTenant) -> None:
    """Its whole life under one number, although it left and came back."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_location(tenant, code="SHELF", type="SHELF")
    await given_stock(tenant, "TILL", "2", serials=("T-1", "T-2"))
    move = {"sku": "TILL", "quantity": "1", "serials": ["T-1"], "toLocationCode": "SHELF", "reason": "OTHER"}
    await done(graph, "moveStock", move)
    await done(graph, "moveStock", {**move, "toLocationCode": None, "toState": "DAMAGED"})
    found = (await graph(SERIAL, {"sku": "TILL", "serial": "T-1"}))["serial"]
    assert [(each["kind"], each["toState"], each["serials"]) for each in found["movements"]["nodes"]] == [
        ("MOVE", "DAMAGED", ["T-1"]), ("MOVE", "AVAILABLE", ["T-1"]), ("RECEIPT", "AVAILABLE", ["T-1", "T-2"]),
    ]  # fmt: skip
    assert found["movements"]["totalCount"] == 3
    del found["movements"]
    assert found == {
        "serial": "T-1", "status": "IN_STOCK", "state": "DAMAGED", "variant": {"sku": "TILL"},
        "warehouse": {"code": "MAIN"}, "location": {"code": "SHELF"}, "lot": None,
    }  # fmt: skip


async def test_pages_through_the_life_of_a_piece(graph: GraphClient, tenant: GivenTenant) -> None:
    """Newest first, each once."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "TILL", "1", serials=("T-1",))
    for state, other in (("DAMAGED", "AVAILABLE"), ("QUARANTINED", "DAMAGED"), ("AVAILABLE", "QUARANTINED")):
        given = {"sku": "TILL", "quantity": "1", "fromState": other, "toState": state, "reason": "INSPECTION"}
        await done(graph, "moveStock", given)
    seen: list[str] = []
    after, has_next = None, True
    while has_next:
        wanted = {"sku": "TILL", "serial": "T-1", "first": 3, "after": after}
        found = (await graph(SERIAL, wanted))["serial"]["movements"]
        seen += [each["toState"] for each in found["nodes"]]
        after, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert seen == ["AVAILABLE", "QUARANTINED", "DAMAGED", "AVAILABLE"]


@pytest.mark.parametrize(("sku", "code"), [("EGGS", "E-9"), ("EGGS", ""), ("NONE", "E-1"), ("", ""), ("EGGS", "e-1")])
async def test_reads_null_for_what_is_unknown(graph: GraphClient, tenant: GivenTenant, sku: str, code: str) -> None:
    """Also for what another tenant has under the same SKU and code."""
    other = await given_tenant(tenant.database)
    for each in (tenant, other):
        await given_item(each, sku="EGGS", tracking="LOT")
        await given_item(each, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "EGGS", "1", lot="E-1")
    await given_stock(other, "EGGS", "1", lot="E-9")
    await given_stock(other, "TILL", "1", serials=("E-9",))
    assert (await graph(LOT, {"sku": sku, "code": code}))["lot"] is None
    unknown: dict[str, Any] = {"sku": sku.replace("EGGS", "TILL"), "serial": code}
    assert (await graph(SERIAL, unknown))["serial"] is None
