"""Purchase orders over a WebSocket: who receives goods hears of what is on its way."""

from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_step, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.sockets.conftest import Stand, Wire

ORDERS = """
subscription ($id: ID) {
  purchaseOrderChanged(id: $id) { kind cause purchaseOrder { number status version supplier { code } } }
}
"""


async def test_delivers_the_order_as_it_stands(wire: Wire, graph: GraphClient, tenant: GivenTenant) -> None:
    """First as it is, then after every step."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)
    order = await given_order(graph, wanted("TEA", 2))
    await wire.subscribe(ORDERS, id=order["id"])
    first = (await wire.hear())["payload"]["data"]["purchaseOrderChanged"]
    assert first == {
        "kind": "SNAPSHOT", "cause": None,
        "purchaseOrder": {"number": "PO-000001", "status": "DRAFT", "version": 1, "supplier": {"code": "ACME"}},
    }  # fmt: skip
    await order_step(graph, "submit", order)
    while (change := (await wire.hear())["payload"]["data"]["purchaseOrderChanged"])["kind"] == "HEARTBEAT":
        assert change["purchaseOrder"] is None
    assert (change["kind"], change["cause"], change["purchaseOrder"]["status"]) == ("CHANGE", "SUBMITTED", "SUBMITTED")


async def test_is_for_those_who_buy_or_receive(stand: Stand, tenant: GivenTenant) -> None:
    """A counter does neither."""
    async with stand.wire(tenant.actor_as("stock_counter")) as wire:
        await wire.subscribe(ORDERS)
        heard = await wire.hear()
    assert "FORBIDDEN" in str(heard["payload"])
