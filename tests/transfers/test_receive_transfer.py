"""Receiving: in parts, short, over, damaged; lots, pieces and cost as they left."""

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
    transfer_now,
    transfer_step,
    where_it_is,
)
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")


async def refused(graph: GraphClient, transfer: dict[str, Any], *lines: dict[str, Any]) -> dict[str, Any]:
    """Why it may not be received like that, which left nothing behind."""
    async with unchanged(graph.tenant):
        return await graph.refusal("receiveTransfer", step_input("receiveTransfer", transfer, lines=lines))


def outcomes(transfer: dict[str, Any], position: int = 0) -> list[tuple[str | None, ...]]:
    """What became of a line: kind, state, quantity, reason."""
    return [
        (each["kind"], each["state"], each["quantity"], each["reason"])
        for each in line_of(transfer, position)["outcomes"]
    ]


async def test_what_left_arrives_at_the_cost_it_left_with(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """30 at 4 join 10 at 8: the average there is 5, whatever the source costs by then."""
    await given_stock(tenant, "TEA", "10", warehouse=store, unit_cost="8")
    transfer = await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    await given_stock(tenant, "TEA", "70", unit_cost="100")
    done = await transfer_step(graph, "receiveTransfer", transfer)
    assert (done["status"], outcomes(done)) == ("COMPLETED", [("RECEIVED", "AVAILABLE", "30", None)])
    assert await where_it_is(graph, "TEA") == ("140", "0", "40")
    query = """{ stockBalance(sku: "TEA", warehouse: {code: "STORE"}) { asOf(at: "2999-01-01T00:00:00Z") { value { amount } }
      movements(first: 1) { nodes { kind reference unitCost { amount } } } } }"""
    balance = (await graph(query))["stockBalance"]
    assert balance["asOf"]["value"] == {"amount": "200"}
    assert balance["movements"]["nodes"] == [
        {"kind": "TRANSFER_RECEIPT", "reference": "TR-000001", "unitCost": {"amount": "4"}}
    ]
    assert await audited(tenant) == "nothing drifted"


async def test_it_arrives_in_parts(graph: GraphClient) -> None:
    """What has not come stays on its way until the last of it is there."""
    transfer = await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    first = await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 12)])
    assert (first["status"], line_of(first)["inTransit"]) == ("PARTIALLY_RECEIVED", "18")
    assert await where_it_is(graph, "TEA") == ("70", "18", "12")
    second = await transfer_step(graph, "receiveTransfer", first, lines=[of_line(transfer, 0, 18)])
    assert (second["status"], line_of(second)["received"]) == ("COMPLETED", "30")
    assert await where_it_is(graph, "TEA") == ("70", "0", "30")


async def test_a_delivery_is_counted_by_what_it_is_like(graph: GraphClient, tenant: GivenTenant) -> None:
    """20 good, 4 broken, 3 to be looked at, 2 missing: one receipt, and each in its state with its reason."""
    transfer = await given_transfer(graph, going("TEA", 29), status="SHIPPED")
    lines = [
        of_line(transfer, 0, 20),
        of_line(transfer, 0, 4, condition="DAMAGED", reason="DAMAGED", note="Fell off the ramp"),
        of_line(transfer, 0, 3, condition="QUARANTINED"),
        of_line(transfer, 0, 2, condition="MISSING", reason="SHORT_SHIPPED"),
    ]
    done = await transfer_step(graph, "receiveTransfer", transfer, lines=lines)
    assert (done["status"], outcomes(done)) == (
        "COMPLETED",
        [
            ("RECEIVED", "AVAILABLE", "20", None), ("RECEIVED", "DAMAGED", "4", "DAMAGED"),
            ("RECEIVED", "QUARANTINED", "3", None), ("LOST", None, "2", "SHORT_SHIPPED"),
        ],
    )  # fmt: skip
    assert {key: line_of(done)[key] for key in ("received", "damaged", "lost", "inTransit")} == {
        "received": "27", "damaged": "4", "lost": "2", "inTransit": "0",
    }  # fmt: skip
    assert await stock_of(graph, "TEA", "STORE") == {
        "onHand": "27", "available": "20", "quarantined": "3", "damaged": "4", "inTransit": "0",
    }  # fmt: skip
    assert await audited(tenant) == "nothing drifted"


async def test_more_than_left_arrives_with_a_reason(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is put into stock at the same cost, as a receipt of its own: it never left by the book."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    error = await refused(graph, transfer, of_line(transfer, 0, 12))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "reason"])
    done = await transfer_step(
        graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 12, reason="OVER_SHIPPED")]
    )
    assert outcomes(done) == [
        ("RECEIVED", "AVAILABLE", "10", None), ("OVER", "AVAILABLE", "2", "OVER_SHIPPED"),
    ]  # fmt: skip
    assert (line_of(done)["received"], line_of(done)["over"]) == ("10", "2")
    assert line_of(done)["outcomes"][1]["unitCost"] == {"amount": "4"}
    assert await where_it_is(graph, "TEA") == ("90", "0", "12")
    assert await audited(tenant) == "nothing drifted"


async def test_lots_arrive_as_they_left(graph: GraphClient, tenant: GivenTenant) -> None:
    """The same lots with the same dates; where only some come, somebody says which."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    for lot, year in (("A", 2998), ("B", 2999)):
        await given_stock(tenant, "MILK", "5", lot=lot, expires_on=date(year, 1, 1))
    transfer = await given_transfer(graph, going("MILK", 8), status="SHIPPED")
    error = await refused(graph, transfer, of_line(transfer, 0, 4))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "lotCode"])
    part = await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 2, lotCode="B")])
    assert [(each["lot"]["code"], each["inTransit"]) for each in line_of(part)["parcels"]] == [("A", "5"), ("B", "1")]
    await transfer_step(graph, "receiveTransfer", part)
    query = """{ stockBalance(sku: "MILK", warehouse: {code: "STORE"}) {
      lots { nodes { lot { code expiresOn } onHand } } } }"""
    lots = (await graph(query))["stockBalance"]["lots"]["nodes"]
    assert lots == [
        {"lot": {"code": "A", "expiresOn": "2998-01-01"}, "onHand": "5"},
        {"lot": {"code": "B", "expiresOn": "2999-01-01"}, "onHand": "3"},
    ]
    assert await audited(tenant) == "nothing drifted"


async def test_numbered_pieces_arrive_as_they_left(graph: GraphClient, tenant: GivenTenant) -> None:
    """By name where not all of them come; a piece that is not on its way by this line is none of it."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "TILL", "4", serials=("A", "B", "C", "D"))
    transfer = await given_transfer(graph, going("TILL", 3, serials=["A", "B", "C"]), status="SHIPPED")
    error = await refused(graph, transfer, of_line(transfer, 0, 1))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "serials"])
    error = await refused(graph, transfer, of_line(transfer, 0, 1, serials=["D"], reason="OVER_SHIPPED"))
    assert (error["code"], error["path"]) == ("SERIAL_NOT_AVAILABLE", ["input", "lines", "0", "serials"])
    part = await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 1, serials=["B"])])
    assert (line_of(part)["inTransit"], line_of(part)["outcomes"][0]["serials"]) == ("2", ["B"])
    await transfer_step(graph, "receiveTransfer", part)
    query = 'query($s: String!) { serial(sku: "TILL", serial: $s) { status warehouse { code } } }'
    assert [(await graph(query, {"s": each}))["serial"]["warehouse"]["code"] for each in "ABCD"] == [
        "STORE", "STORE", "STORE", "MAIN",
    ]  # fmt: skip
    assert await audited(tenant) == "nothing drifted"


async def test_it_is_put_where_somebody_says(graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord) -> None:
    """At a location of the destination; one of another warehouse is none there."""
    await given_location(tenant, code="COLD", type="ZONE", warehouse=store)
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    error = await refused(graph, transfer, of_line(transfer, 0, 10, locationCode="WARM"))
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "lines", "0", "locationCode"])
    done = await transfer_step(
        graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 10, locationCode="COLD")]
    )
    assert line_of(done)["outcomes"][0]["location"] == {"code": "COLD"}


@pytest.mark.parametrize(
    ("quantity", "more", "path"),
    [
        ("0", {}, ["quantity"]),
        ("1", {"condition": "DAMAGED"}, ["reason"]),
        ("1", {"condition": "MISSING"}, ["reason"]),
        ("11", {"condition": "MISSING", "reason": "LOST"}, ["quantity"]),
        ("1", {"serials": ["A", "B"]}, ["serials"]),
        ("1", {"lotCode": ""}, ["lotCode"]),
        ("1", {"lineId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"}, ["lineId"]),
    ],
)
async def test_what_makes_no_sense_is_refused(
    graph: GraphClient, quantity: str, more: dict[str, Any], path: list[str]
) -> None:
    """At its line, and nothing of the delivery is received."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    error = await refused(graph, transfer, {**of_line(transfer, 0, quantity), **more})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", *path])


async def test_the_destination_receives(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever is bound to its outlet; the source has shipped and cannot say what arrived."""
    made = await graph.accepted("createOutlet", {"code": "kitchen", "name": "Kitchen"}, "outlet { id }")
    kitchen = made["outlet"]["id"]
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED", toWarehouse={"outletId": kitchen})
    async with unchanged(tenant):
        given = step_input("receiveTransfer", transfer)
        error = await graph.refusal("receiveTransfer", given, actor=tenant.actor_at(tenant.outlet_id))
    assert error["code"] == "FORBIDDEN"
    await transfer_step(graph, "receiveTransfer", transfer, actor=tenant.actor_at(UUID(kitchen)))


async def test_what_arrives_fills_what_waits_for_it(graph: GraphClient) -> None:
    """A backorder at the destination is served in the same transaction."""
    given = {
        "idempotencyKey": "k", "reference": "order", "warehouse": {"code": "STORE"}, "onShortage": "BACKORDER",
        "lines": [{"sku": "TEA", "quantity": "5"}],
    }  # fmt: skip
    await graph.accepted("reserveStock", given)
    await given_transfer(graph, going("TEA", 8), status="COMPLETED")
    assert (await stock_of(graph, "TEA", "STORE"))["available"] == "3"


async def test_a_line_of_another_transfer_is_none_of_this(graph: GraphClient) -> None:
    """Though both are on their way."""
    first = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    second = await given_transfer(graph, going("TEA", 4), status="SHIPPED")
    error = await refused(graph, first, of_line(second, 0, 4))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "lineId"])
    assert (await transfer_now(graph, second))["status"] == "SHIPPED"
