"""Transfers over a WebSocket: both ends hear of what is on its way."""

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.sockets.conftest import Stand, Wire

TRANSFERS = """
subscription ($id: ID) {
  transferChanged(id: $id) { kind cause transfer { number status version toWarehouse { code } } }
}
"""


async def test_delivers_the_transfer_as_it_stands(wire: Wire, graph: GraphClient, tenant: GivenTenant) -> None:
    """First as it is, then after every step."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await given_warehouse(tenant, code=STORE)
    transfer = await given_transfer(graph, going("TEA", 2), status="APPROVED")
    await wire.subscribe(TRANSFERS, id=transfer["id"])
    first = (await wire.hear())["payload"]["data"]["transferChanged"]
    assert first == {
        "kind": "SNAPSHOT", "cause": None,
        "transfer": {"number": "TR-000001", "status": "APPROVED", "version": 3, "toWarehouse": {"code": STORE}},
    }  # fmt: skip
    await transfer_step(graph, "shipTransfer", transfer)
    while (change := (await wire.hear())["payload"]["data"]["transferChanged"])["kind"] == "HEARTBEAT":
        assert change["transfer"] is None
    assert (change["kind"], change["cause"], change["transfer"]["status"]) == ("CHANGE", "SHIPPED", "SHIPPED")


async def test_is_for_those_who_may_see_transfers(stand: Stand, tenant: GivenTenant) -> None:
    """A counter may not."""
    async with stand.wire(tenant.actor_as("stock_counter")) as wire:
        await wire.subscribe(TRANSFERS)
        heard = await wire.hear()
    assert "FORBIDDEN" in str(heard["payload"])
