"""What tests of the stock verbs send, and how they read what came of it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.emitted import Emitted, emitted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

QUANTITIES = "onHand reserved quarantined damaged available version"
MOVEMENT = "kind quantity fromState toState lot { code } serials balanceVersion onHandAfter"
PAYLOAD = f"balances {{ {QUANTITIES} variant {{ sku }} }} movements {{ {MOVEMENT} }}"


async def done(
    graph: GraphClient, mutation: str, given: Mapping[str, Any], select: str = PAYLOAD, *, actor: Actor | None = None
) -> dict[str, Any]:
    """The payload of a stock verb that is not refused; under a key of its own unless one is given."""
    return await graph.accepted(mutation, {"idempotencyKey": uuid4().hex, **given}, select, actor=actor)


async def received(graph: GraphClient, select: str = PAYLOAD, /, **line: Any) -> dict[str, Any]:
    """The payload of a receipt of one line."""
    return await done(graph, "receiveStock", {"lines": [line]}, select)


async def refused(
    graph: GraphClient, mutation: str, given: Mapping[str, Any], *, actor: Actor | None = None
) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left no row, no key and no event behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal(mutation, {"idempotencyKey": uuid4().hex, **given}, actor=actor)
    steps = error["path"]
    assert steps[:1] in (["input"], [])
    return error["code"], ".".join(steps[1:]), error["message"]


async def balance(graph: GraphClient, sku: str, select: str = QUANTITIES, **warehouse: str) -> dict[str, Any]:
    """The balance of an SKU as the query answers it, in the default warehouse unless a key names another."""
    data = await graph(
        f"query($sku: String!, $warehouse: WarehouseKey) {{"
        f" stockBalance(sku: $sku, warehouse: $warehouse) {{ {select} }} }}",
        {"sku": sku, "warehouse": warehouse or None},
    )
    found: dict[str, Any] = data["stockBalance"]
    return found


async def told(tenant: GivenTenant, *types: str) -> list[Emitted]:
    """The events about stock since the tenant was given or ``forget_emitted``, in their order."""
    return [event for event in await emitted(tenant, *types) if event.type.startswith("inventory.stock.")]


async def changes_told(tenant: GivenTenant) -> list[tuple[str, int | None, str, str, str]]:
    """Of every ``inventory.stock.updated``: the SKU, the version, and on hand before, by how much, and after."""
    return [
        (
            event.payload["sku"],
            event.aggregate_version,
            event.payload["quantity_before"],
            event.payload["quantity_change"],
            event.payload["quantity_after"],
        )
        for event in await told(tenant, "inventory.stock.updated")
    ]
