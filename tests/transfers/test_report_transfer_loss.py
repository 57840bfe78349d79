"""Reporting a loss: what is on its way never arrives, and the ledger says so."""

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


async def test_a_part_is_lost_and_the_rest_still_comes(graph: GraphClient, tenant: GivenTenant) -> None:
    """A movement in and a movement out at the destination, at the cost it left with: no stock, but a trace of its worth."""
    transfer = await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    after = await transfer_step(
        graph, "reportTransferLoss", transfer, reason="STOLEN", lines=[of_line(transfer, 0, 5)], note="At the lights"
    )
    assert (after["status"], line_of(after)["lost"], line_of(after)["inTransit"]) == ("PARTIALLY_RECEIVED", "5", "25")
    assert await where_it_is(graph, "TEA") == ("70", "25", "0")
    query = """{ stockBalance(sku: "TEA", warehouse: {code: "STORE"}) { version movements { nodes {
      kind fromState toState quantity reason note unitCost { amount } } } } }"""
    balance = (await graph(query))["stockBalance"]
    lost = {
        "kind": "TRANSFER_LOSS",
        "quantity": "5",
        "reason": "STOLEN",
        "note": "At the lights",
        "unitCost": {"amount": "4"},
    }
    assert balance == {
        "version": 1,
        "movements": {
            "nodes": [
                {**lost, "fromState": "AVAILABLE", "toState": None}, {**lost, "fromState": None, "toState": "AVAILABLE"},
            ]
        },
    }  # fmt: skip
    assert (await transfer_step(graph, "receiveTransfer", after))["status"] == "COMPLETED"
    assert await where_it_is(graph, "TEA") == ("70", "0", "25")
    assert await audited(tenant) == "nothing drifted"


async def test_the_cost_of_what_is_there_stays(graph: GraphClient, tenant: GivenTenant) -> None:
    """What never came changes no average."""
    await given_stock(tenant, "TEA", "100", unit_cost="8")
    transfer = await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 10)])
    await transfer_step(graph, "reportTransferLoss", transfer, reason="LOST")
    query = '{ stockBalance(sku: "TEA", warehouse: {code: "STORE"}) { asOf(at: "2999-01-01T00:00:00Z") { value { amount } } } }'
    assert (await graph(query))["stockBalance"]["asOf"]["value"] == {"amount": "60"}
    assert await audited(tenant) == "nothing drifted"


async def test_a_lost_piece_is_written_off(graph: GraphClient, tenant: GivenTenant) -> None:
    """And can be received again when it turns up."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "TILL", "2", serials=("A", "B"))
    transfer = await given_transfer(graph, going("TILL", 2), status="SHIPPED")
    await transfer_step(
        graph, "reportTransferLoss", transfer, reason="LOST", lines=[of_line(transfer, 0, 1, serials=["B"])]
    )
    query = '{ serial(sku: "TILL", serial: "B") { status warehouse { code } } }'
    assert (await graph(query))["serial"] == {"status": "SCRAPPED", "warehouse": None}
    assert await audited(tenant) == "nothing drifted"
    await given_stock(tenant, "TILL", "1", serials=("B",))
    assert (await stock_of(graph, "TILL", "MAIN"))["onHand"] == "1"


async def test_what_is_lost_needs_room_at_the_destination(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """It comes and goes there; where the ledger could not tell of so much, the loss waits until it could."""
    transfer = await given_transfer(graph, going("TEA", 30), status="SHIPPED")
    await given_stock(tenant, "TEA", "999999999999", warehouse=store)
    async with unchanged(tenant):
        error = await graph.refusal(
            "reportTransferLoss",
            step_input("reportTransferLoss", transfer, reason="LOST", lines=[of_line(transfer, 0, 1)]),
        )
    assert (error["code"], error["path"]) == ("LIMIT_EXCEEDED", ["input", "lines", "0", "quantity"])


async def test_more_than_is_on_its_way_cannot_be_lost(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing changes."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    given = step_input("reportTransferLoss", transfer, reason="LOST", lines=[of_line(transfer, 0, 4)])
    async with unchanged(tenant):
        error = await graph.refusal("reportTransferLoss", given)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "quantity"])
