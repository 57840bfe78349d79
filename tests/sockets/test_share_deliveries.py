"""Those who ask the same of a change share the work of it, for as long as any of them follows."""

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from resolvers.documents import CHARACTERS_KEPT_MAX
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.sockets.conftest import Stand, Wire
from tests.sockets.test_keep_tenants_apart import numbered
from tests.statements import CountingDatabase, statements
from tests.stock.requests import received

STOCK = """
subscription ($skus: [String!]) {
  stockChanged(skus: $skus) { kind balance { onHand variant { sku barcodes { code } } } }
}
"""
SKU = "OAT-MILK"
LONG = 19_000
"""Characters of a document, which may have 20,000."""


async def followed(stack: AsyncExitStack, stand: Stand, actor: Actor, skus: list[str] | None) -> Wire:
    """A socket that follows, told how things stand."""
    wire: Wire = await stack.enter_async_context(stand.wire(actor))
    await wire.subscribe(STOCK, skus=skus)
    while (await delivered(wire))["kind"] != "HEARTBEAT":
        pass
    return wire


async def delivered(wire: Wire) -> dict[str, Any]:
    found: dict[str, Any] = (await wire.hear())["payload"]["data"]["stockChanged"]
    return found


async def stocked(tenant: GivenTenant, worker_database: CountingDatabase) -> None:
    """Ten of the milk, which the log knows."""
    await given_item(tenant, sku=SKU)
    await given_stock(tenant, SKU, "10")
    await numbered(worker_database)


async def change(database: CountingDatabase, graph: GraphClient, wires: list[Wire], on_hand: str) -> Counter[str]:
    """The statements of one receipt and of telling all of it."""
    async with statements(database) as counted:
        await received(graph, sku=SKU, quantity="1")
        for wire in wires:
            assert (await delivered(wire))["balance"] == {"onHand": on_hand, "variant": {"sku": SKU, "barcodes": []}}
    return Counter(counted.texts)


async def test_a_change_is_read_once_for_all(
    stand: Stand, tenant: GivenTenant, graph: GraphClient, database: CountingDatabase, worker_database: CountingDatabase
) -> None:
    """Three sockets cost the statements of one, also where they chose by different arguments, where one of them left and where other
    documents were read meanwhile, so many that this one had to be read anew."""
    await stocked(tenant, worker_database)
    async with AsyncExitStack() as stack:
        wires = [await followed(stack, stand, tenant.actor, [SKU])]
        for_one = await change(database, graph, wires, "11")
        wires.append(await followed(stack, stand, tenant.actor, [SKU, "ANOTHER"]))
        for number in range(CHARACTERS_KEPT_MAX // LONG + 2):
            await graph.response(f"{{ __typename }} # {uuid4().hex} {number}".ljust(LONG), {})
        async with AsyncExitStack() as briefly:
            staying = await followed(briefly, stand, tenant.actor, None)
            assert await change(database, graph, [*wires, staying], "12") == for_one
        wires.append(await followed(stack, stand, tenant.actor, None))
        assert await change(database, graph, wires, "13") == for_one


async def test_whoever_may_see_something_else_is_told_for_himself(
    stand: Stand, tenant: GivenTenant, graph: GraphClient, database: CountingDatabase, worker_database: CountingDatabase
) -> None:
    """The same document of one with other rights is executed with those."""
    await stocked(tenant, worker_database)
    async with AsyncExitStack() as stack:
        wires = [await followed(stack, stand, tenant.actor, [SKU])]
        for_one = await change(database, graph, wires, "11")
        lesser = replace(tenant.actor, permissions=tenant.actor.permissions - {"inventory.config.view"})
        wires.append(await followed(stack, stand, lesser, [SKU]))
        both = await change(database, graph, wires, "12")
        assert sum(both.values()) > sum(for_one.values())
