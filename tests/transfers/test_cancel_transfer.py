"""Cancelling: what has not arrived is back where it left."""

from typing import Any

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
    transfer_step,
    where_it_is,
)
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")


async def test_before_it_leaves_nothing_moves(graph: GraphClient, tenant: GivenTenant) -> None:
    """No movement, no parcel."""
    transfer = await given_transfer(graph, going("TEA", 30), status="APPROVED")
    done = await transfer_step(graph, "cancelTransfer", transfer, reason="Not needed")
    assert (done["status"], line_of(done)["returned"]) == ("CANCELLED", "0")
    assert await where_it_is(graph, "TEA") == ("100", "0", "0")


async def test_what_has_not_arrived_comes_back(graph: GraphClient, tenant: GivenTenant) -> None:
    """To the location and lot it left from, at the cost it left with; what has arrived stays there."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_location(tenant, code="COLD", type="ZONE")
    await given_stock(tenant, "MILK", "10", lot="A", location="COLD", unit_cost="3")
    transfer = await given_transfer(graph, going("MILK", 6), status="SHIPPED")
    part = await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 2)])
    done = await transfer_step(graph, "cancelTransfer", part)
    assert (done["status"], line_of(done)["returned"], line_of(done)["inTransit"]) == ("CANCELLED", "4", "0")
    assert await where_it_is(graph, "MILK") == ("8", "0", "2")
    query = """{ stockBalance(sku: "MILK") { asOf(at: "2999-01-01T00:00:00Z") { value { amount } }
      lots { nodes { lot { code } onHand } }
      movements(first: 1) { nodes { kind toLocation { code } unitCost { amount } } } } }"""
    assert (await graph(query))["stockBalance"] == {
        "asOf": {"value": {"amount": "24"}},
        "lots": {"nodes": [{"lot": {"code": "A"}, "onHand": "8"}]},
        "movements": {
            "nodes": [{"kind": "TRANSFER_RETURN", "toLocation": {"code": "COLD"}, "unitCost": {"amount": "3"}}]
        },
    }
    assert await audited(tenant) == "nothing drifted"


async def test_pieces_come_back(graph: GraphClient, tenant: GivenTenant) -> None:
    """Those that have not arrived."""
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    await given_stock(tenant, "TILL", "2", serials=("A", "B"))
    transfer = await given_transfer(graph, going("TILL", 2), status="SHIPPED")
    await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 1, serials=["A"])])
    await transfer_step(graph, "cancelTransfer", transfer)
    query = 'query($s: String!) { serial(sku: "TILL", serial: $s) { status warehouse { code } } }'
    assert [(await graph(query, {"s": each}))["serial"] for each in "AB"] == [
        {"status": "IN_STOCK", "warehouse": {"code": "STORE"}}, {"status": "IN_STOCK", "warehouse": {"code": "MAIN"}},
    ]  # fmt: skip
    assert await audited(tenant) == "nothing drifted"


async def test_what_has_left_is_called_back_by_the_source(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """The destination may say that it does not want it while nothing has left, and no longer."""
    made = await graph.accepted("createOutlet", {"code": "kitchen", "name": "Kitchen"}, "outlet { id }")
    from_kitchen: dict[str, Any] = {
        "fromWarehouse": {"outletId": made["outlet"]["id"]},
        "toWarehouse": {"code": "MAIN"},
    }
    line = {"idempotencyKey": "k", "warehouse": from_kitchen["fromWarehouse"]}
    await graph.accepted("receiveStock", {**line, "lines": [{"sku": "TEA", "quantity": "5"}]})
    cook = tenant.actor_at(tenant.outlet_id)
    transfer = await given_transfer(graph, going("TEA", 5), status="SHIPPED", **from_kitchen)
    async with unchanged(tenant):
        error = await graph.refusal("cancelTransfer", step_input("cancelTransfer", transfer), actor=cook)
    assert error["code"] == "FORBIDDEN"
    draft = await given_transfer(graph, going("TEA", 5), **from_kitchen)
    assert (await transfer_step(graph, "cancelTransfer", draft, actor=cook))["status"] == "CANCELLED"
