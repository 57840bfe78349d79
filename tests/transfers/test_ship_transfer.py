"""Shipping: what leaves the source, of which lots and pieces, at which cost; and what may not leave."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import (
    audited,
    given_transfer,
    going,
    line_of,
    of_line,
    step_input,
    stock_of,
    transfer_step,
    where_it_is,
)
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")


async def refused(graph: GraphClient, transfer: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Why it may not leave like that, which left nothing behind."""
    async with unchanged(graph.tenant):
        return await graph.refusal("shipTransfer", step_input("shipTransfer", transfer, **fields))


async def test_what_leaves_is_on_its_way_at_the_cost_it_had(graph: GraphClient, tenant: GivenTenant) -> None:
    """Gone from the source, not yet at the destination, and told as both."""
    transfer = await given_transfer(graph, going("TEA", 30), status="APPROVED")
    shipped = await transfer_step(graph, "shipTransfer", transfer, expectedAt="2999-01-01T00:00:00Z")
    assert await where_it_is(graph, "TEA") == ("70", "30", "0")
    assert (shipped["status"], shipped["isFullyShipped"]) == ("SHIPPED", True)
    assert shipped["expectedAt"].startswith("2999-01-01")
    line = line_of(shipped)
    assert (line["shipped"], line["inTransit"], line["received"]) == ("30", "30", "0")
    assert line["parcels"] == [
        {"lot": None, "serials": [], "quantity": "30", "inTransit": "30", "unitCost": {"amount": "4"}}
    ]
    assert await audited(tenant) == "nothing drifted"


async def test_the_ledger_names_the_transfer(graph: GraphClient) -> None:
    """The movement out of the source says what it was for."""
    await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    query = """{ stockBalance(sku: "TEA") { movements(first: 1) { nodes {
      kind quantity fromState toState reference unitCost { amount } } } } }"""
    assert (await graph(query))["stockBalance"]["movements"]["nodes"] == [
        {
            "kind": "TRANSFER_SHIPMENT", "quantity": "30", "fromState": "AVAILABLE", "toState": None, "reference": "TR-000001",
            "unitCost": {"amount": "4"},
        },
    ]  # fmt: skip


async def test_what_others_hold_stays(graph: GraphClient) -> None:
    """A transfer takes what is available and nothing else."""
    line = {"sku": "TEA", "quantity": "80"}
    await graph.accepted("reserveStock", {"idempotencyKey": "k", "reference": "cart", "lines": [line]})
    transfer = await given_transfer(graph, going("TEA", 21), status="APPROVED")
    error = await refused(graph, transfer)
    assert (error["code"], error["path"]) == ("INSUFFICIENT_STOCK", ["input", "transferId", "quantity"])
    error = await refused(graph, transfer, lines=[of_line(transfer, 0, 21)])
    assert (error["code"], error["path"]) == ("INSUFFICIENT_STOCK", ["input", "lines", "0", "quantity"])
    await transfer_step(graph, "shipTransfer", transfer, lines=[of_line(transfer, 0, 20)])
    assert await where_it_is(graph, "TEA") == ("80", "20", "0")


async def test_what_is_not_there_is_not_shipped_though_stock_may_go_below_zero(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """A till may sell what the book does not know of; a van does not carry it."""
    await graph.accepted("updateWarehouse", {"warehouse": {"code": "MAIN"}, "allowNegative": True})
    transfer = await given_transfer(graph, going("TEA", 101), status="APPROVED")
    assert (await refused(graph, transfer))["code"] == "INSUFFICIENT_STOCK"


async def test_it_leaves_in_parts_where_the_rest_is_kept(graph: GraphClient) -> None:
    """And the transfer can be shipped until nothing is left to ship."""
    transfer = await given_transfer(graph, going("TEA", 30), status="APPROVED")
    first = await transfer_step(graph, "shipTransfer", transfer, lines=[of_line(transfer, 0, 10)], remainder="KEEP")
    assert (first["status"], first["isFullyShipped"], line_of(first)["inTransit"]) == ("SHIPPED", False, "10")
    arrived = await transfer_step(graph, "receiveTransfer", first)
    assert (arrived["status"], arrived["version"]) == ("PARTIALLY_RECEIVED", 5)
    second = await transfer_step(graph, "shipTransfer", arrived)
    assert (second["status"], second["isFullyShipped"], line_of(second)["shipped"]) == (
        "PARTIALLY_RECEIVED",
        True,
        "30",
    )
    assert await where_it_is(graph, "TEA") == ("70", "20", "10")
    error = await refused(graph, second)
    assert "nothing of it is left to ship" in error["message"]


async def test_what_is_left_out_is_dropped_unless_it_is_kept(graph: GraphClient) -> None:
    """10 of 30 left: when they are there, all is done."""
    transfer = await given_transfer(graph, going("TEA", 30), status="APPROVED")
    shipped = await transfer_step(graph, "shipTransfer", transfer, lines=[of_line(transfer, 0, 10)])
    assert (await transfer_step(graph, "receiveTransfer", shipped))["status"] == "COMPLETED"
    assert await where_it_is(graph, "TEA") == ("90", "0", "10")


async def test_the_lots_that_end_first_leave_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """A parcel for each lot; what is past its date stays unless it is named."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_stock(tenant, "MILK", "4", lot="OLD", expires_on=date(2020, 1, 1))
    await given_stock(tenant, "MILK", "5", lot="LATE", expires_on=date(2999, 6, 1))
    await given_stock(tenant, "MILK", "3", lot="SOON", expires_on=date(2999, 5, 1))
    transfer = await given_transfer(graph, going("MILK", 6), going("MILK", 2, lotCode="OLD"), status="APPROVED")
    shipped = await transfer_step(graph, "shipTransfer", transfer)
    assert [(each["lot"]["code"], each["quantity"]) for each in line_of(shipped)["parcels"]] == [
        ("SOON", "3"), ("LATE", "3"),
    ]  # fmt: skip
    assert [(each["lot"]["code"], each["quantity"]) for each in line_of(shipped, 1)["parcels"]] == [("OLD", "2")]
    assert (await stock_of(graph, "MILK", "MAIN"))["onHand"] == "4"


async def test_a_lot_is_named_at_the_ramp(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two lots of one line, as they are scanned."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    for lot in ("A", "B"):
        await given_stock(tenant, "MILK", "5", lot=lot)
    transfer = await given_transfer(graph, going("MILK", 6), status="APPROVED")
    lines = [of_line(transfer, 0, 2, lotCode="B"), of_line(transfer, 0, 4, lotCode="A")]
    shipped = await transfer_step(graph, "shipTransfer", transfer, lines=lines)
    assert [(each["lot"]["code"], each["quantity"]) for each in line_of(shipped)["parcels"]] == [("B", "2"), ("A", "4")]


async def test_numbered_pieces_leave_and_are_on_their_way(graph: GraphClient, tenant: GivenTenant) -> None:
    """Those that are named; a piece on its way is nowhere else, and cannot be received by other means."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "TILL", "3", serials=("A", "B", "C"))
    await given_transfer(graph, going("TILL", 2, serials=["C", "A"]), status="SHIPPED")
    query = 'query($s: String!) { serial(sku: "TILL", serial: $s) { status state warehouse { code } } }'
    found = {each: (await graph(query, {"s": each}))["serial"] for each in "ABC"}
    gone = {"status": "IN_TRANSIT", "state": None, "warehouse": None}
    assert found == {
        "A": gone, "B": {"status": "IN_STOCK", "state": "AVAILABLE", "warehouse": {"code": "MAIN"}}, "C": gone,
    }  # fmt: skip
    line = {"sku": "TILL", "quantity": "1", "serials": ["A"]}
    async with unchanged(tenant):
        error = await graph.refusal("receiveStock", {"idempotencyKey": "k", "lines": [line]})
    assert (error["code"], "on its way by a transfer" in error["message"]) == ("SERIAL_NOT_AVAILABLE", True)


@pytest.mark.parametrize(
    ("quantity", "more", "code", "path"),
    [
        ("31", {}, "INVALID_INPUT", ["quantity"]),
        ("0", {}, "INVALID_INPUT", ["quantity"]),
        ("-1", {}, "INVALID_INPUT", ["quantity"]),
        ("1", {"lotCode": "A"}, "INVALID_INPUT", ["lotCode"]),
        ("1", {"serials": ["A"]}, "INVALID_INPUT", ["serials"]),
        ("1", {"serials": [" A"]}, "INVALID_INPUT", ["serials"]),
        ("1", {"lineId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}, "INVALID_INPUT", ["lineId"]),
        ("1", {"lineId": None}, "INVALID_INPUT", ["lineId"]),
        ("1", {"sku": "TEA"}, "INVALID_INPUT", ["lineId"]),
        ("1", {"lineId": None, "sku": "TEA"}, "INVALID_INPUT", ["sku"]),
        ("1", {"lineId": None, "sku": "SALT"}, "INVALID_INPUT", ["sku"]),
    ],
)
async def test_what_cannot_leave_is_refused(
    graph: GraphClient, quantity: str, more: dict[str, Any], code: str, path: list[str]
) -> None:
    """At its line, and all of the shipment stays."""
    transfer = await given_transfer(graph, going("TEA", 10), going("TEA", 30), status="APPROVED")
    lines = [of_line(transfer, 0, 10), {**of_line(transfer, 1, quantity), **more}]
    error = await refused(graph, transfer, lines=lines)
    assert (error["code"], error["path"]) == (code, ["input", "lines", "1", *path])


async def test_the_source_ships(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever is bound to the outlet of MAIN; not who is bound to another."""
    transfer = await given_transfer(graph, going("TEA", 3), status="APPROVED")
    kitchen = await graph.accepted("createOutlet", {"code": "kitchen", "name": "Kitchen"}, "outlet { id }")
    other = tenant.actor_at(UUID(kitchen["outlet"]["id"]))
    async with unchanged(tenant):
        error = await graph.refusal("shipTransfer", step_input("shipTransfer", transfer), actor=other)
    assert error["code"] == "FORBIDDEN"
    await transfer_step(graph, "shipTransfer", transfer, actor=tenant.actor_at(tenant.outlet_id))
