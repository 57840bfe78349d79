"""Receiving numbered pieces: as many numbers as pieces, each new here or known to have left."""

from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.stock.requests import balance, done, received, refused

SERIAL = "status state variant { sku } warehouse { code } location { code } lot { code }"


async def serial(graph: GraphClient, sku: str, number: str) -> dict[str, Any]:
    data = await graph(f"query($sku: String!, $serial: String!) {{ serial(sku: $sku, serial: $serial) {{ {SERIAL} }} }}",
                       {"sku": sku, "serial": number})  # fmt: skip
    found: dict[str, Any] = data["serial"]
    return found


async def test_takes_a_number_for_each_piece(graph: GraphClient, tenant: GivenTenant) -> None:
    """One movement for all of them, each found by its number afterwards where it was put."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_location(tenant, code="SHELF-1", type="SHELF")
    payload = await received(graph, sku="TILL", quantity="2", serials=["A-1", "A-2"], locationCode="SHELF-1")
    assert [(each["quantity"], each["serials"]) for each in payload["movements"]] == [("2", ["A-1", "A-2"])]
    assert await serial(graph, "TILL", "A-2") == {
        "status": "IN_STOCK", "state": "AVAILABLE", "variant": {"sku": "TILL"}, "warehouse": {"code": "MAIN"},
        "location": {"code": "SHELF-1"}, "lot": None,
    }  # fmt: skip


async def test_may_come_in_a_lot(graph: GraphClient, tenant: GivenTenant) -> None:
    """A pallet of numbered devices has a batch, too: it is kept where it is given and not asked for."""
    await given_item(tenant, sku="PUMP", tracking="SERIAL")
    await received(graph, sku="PUMP", quantity="1", serials=["P-1"], lotCode="BATCH-9")
    await received(graph, sku="PUMP", quantity="1", serials=["P-2"])
    assert (await serial(graph, "PUMP", "P-1"))["lot"] == {"code": "BATCH-9"}
    assert (await serial(graph, "PUMP", "P-2"))["lot"] is None


async def test_comes_back_after_it_left(graph: GraphClient, tenant: GivenTenant) -> None:
    """A piece that was written off may be found again; its history is one."""
    await given_item(tenant, sku="RADIO", tracking="SERIAL")
    await received(graph, sku="RADIO", quantity="1", serials=["R-1"])
    await done(graph, "adjustStock", {"sku": "RADIO", "delta": "-1", "reason": "SHRINKAGE"})
    gone = await serial(graph, "RADIO", "R-1")
    assert (gone["status"], gone["state"], gone["warehouse"]) == ("SCRAPPED", None, None)
    await received(graph, sku="RADIO", quantity="1", serials=["R-1"])
    assert (await serial(graph, "RADIO", "R-1"))["status"] == "IN_STOCK"


async def test_keeps_the_numbers_of_two_items_apart(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two makers number from 1."""
    for sku in ("DRILL", "SAW"):
        await given_item(tenant, sku=sku, tracking="SERIAL")
        await received(graph, sku=sku, quantity="1", serials=["1"])
    assert (await serial(graph, "SAW", "1"))["variant"] == {"sku": "SAW"}


@pytest.mark.parametrize(
    ("sku", "line", "code", "argument", "said"),
    [
        ("PHONE", {"quantity": "2", "serials": ["N-2"]}, "INVALID_INPUT", "serials", "2 pieces take as many serials, 1 were given"),
        ("PHONE", {"quantity": "1"}, "INVALID_INPUT", "serials", "1 pieces take as many serials, 0 were given"),
        ("PHONE", {"quantity": "2", "serials": ["N-2", "N-2"]}, "INVALID_INPUT", "serials", "named twice"),
        ("PHONE", {"quantity": "1", "serials": ["N-1"]}, "SERIAL_NOT_AVAILABLE", "serials", "Serial N-1 of PHONE is in stock already"),
        ("PHONE", {"quantity": "1", "serials": [""]}, "INVALID_INPUT", "serials", "'' is no code"),
        ("PHONE", {"quantity": "1", "serials": ["a\u001fb"]}, "INVALID_INPUT", "serials", "printable"),
        ("PHONE", {"quantity": "1.5", "serials": ["N-2"]}, "INVALID_INPUT", "quantity", "not a whole number"),
        ("PLAIN", {"quantity": "1", "serials": ["N-2"]}, "INVALID_INPUT", "serials", "is not tracked by serial"),
    ],
)  # fmt: skip
async def test_refuses_numbers_that_do_not_fit(
    graph: GraphClient, tenant: GivenTenant, sku: str, line: dict[str, Any], code: str, argument: str, said: str
) -> None:
    """A piece without a number, or a number in two places, makes every later look-up a guess."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_item(tenant, sku="PLAIN")
    await received(graph, sku="PHONE", quantity="1", serials=["N-1"])
    found_code, found_argument, message = await refused(graph, "receiveStock", {"lines": [{"sku": sku, **line}]})
    assert (found_code, found_argument) == (code, f"lines.0.{argument}")
    assert said in message
    assert (await balance(graph, "PHONE"))["onHand"] == "1"


async def test_refuses_a_number_that_an_earlier_line_brought(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lines are decided in order: the second sees what the first did."""
    await given_item(tenant, sku="WATCH", tracking="SERIAL")
    line = {"sku": "WATCH", "quantity": "1", "serials": ["W-1"]}
    found = await refused(graph, "receiveStock", {"lines": [line, line]})
    assert found[:2] == ("SERIAL_NOT_AVAILABLE", "lines.1.serials")
