"""Transfers, made and moved on by the requests that callers send."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from inventory_graph.stock.audit import drift
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

STORE = "STORE"
"""The code of the warehouse that the transfers of these tests go to; they leave MAIN."""
TRANSFER = """transfer { id number status version isFullyShipped expectedAt submittedBy approvedBy shippedAt receivedAt resolvedAt
  fromWarehouse { code } toWarehouse { code }
  lines(first: 100) { nodes { id position quantity lotCode serials shipped inTransit received damaged lost returned over
    variant { sku } parcels { lot { code } serials quantity inTransit unitCost { amount } }
    outcomes { kind state quantity serials reason note lot { code } location { code } unitCost { amount } } } } }"""
MOVES_STOCK = ("shipTransfer", "receiveTransfer", "reportTransferLoss", "cancelTransfer")
STEPS_TO: Mapping[str, tuple[str, ...]] = {
    "DRAFT": (),
    "SUBMITTED": ("submitTransfer",),
    "APPROVED": ("submitTransfer", "approveTransfer"),
    "SHIPPED": ("submitTransfer", "approveTransfer", "shipTransfer"),
    "COMPLETED": ("submitTransfer", "approveTransfer", "shipTransfer", "receiveTransfer"),
    "CANCELLED": ("cancelTransfer",),
}
"""The steps that lead from a draft to each state."""


def going(sku: str, quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of an SKU that is to go."""
    return {"sku": sku, "quantity": str(quantity), **more}


async def given_transfer(
    graph: GraphClient, *lines: Mapping[str, Any], status: str = "DRAFT", **fields: Any
) -> dict[str, Any]:
    """A transfer of these lines from MAIN to STORE, moved on to the state."""
    given = {"fromWarehouse": {"code": "MAIN"}, "toWarehouse": {"code": STORE}, "lines": lines, **fields}
    transfer: dict[str, Any] = (await graph.accepted("createTransfer", given, TRANSFER))["transfer"]
    for step in STEPS_TO["SHIPPED" if status == "PARTIALLY_RECEIVED" else status]:
        transfer = await transfer_step(graph, step, transfer)
    if status == "PARTIALLY_RECEIVED":
        transfer = await transfer_step(graph, "receiveTransfer", transfer, lines=[of_line(transfer, 0, 1)])
    return transfer


def of_line(transfer: Mapping[str, Any], position: int, quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of a line of the transfer, to be shipped, received or lost."""
    return {"lineId": line_of(transfer, position)["id"], "quantity": str(quantity), **more}


def line_of(transfer: Mapping[str, Any], position: int = 0) -> dict[str, Any]:
    """A line of the transfer as it was answered."""
    found: dict[str, Any] = transfer["lines"]["nodes"][position]
    return found


def step_input(step: str, transfer: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """What a step of the transfer is given, with a key of its own where it moves stock."""
    key = {"idempotencyKey": uuid4().hex} if step in MOVES_STOCK else {}
    return {"transferId": transfer["id"], **key, **fields}


async def transfer_step(
    graph: GraphClient, step: str, transfer: Mapping[str, Any], *, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The transfer after a step of it, such as ``shipTransfer``."""
    payload = await graph.accepted(step, step_input(step, transfer, **fields), TRANSFER, actor=actor)
    after: dict[str, Any] = payload["transfer"]
    return after


async def transfer_now(graph: GraphClient, transfer: Mapping[str, Any], select: str = TRANSFER) -> dict[str, Any]:
    """The transfer as the query answers it."""
    fields = select.removeprefix("transfer")
    data = await graph(f"query($id: ID!) {{ transfer(id: $id) {fields} }}", {"id": transfer["id"]})
    found: dict[str, Any] = data["transfer"]
    return found


async def stock_of(graph: GraphClient, sku: str, code: str) -> dict[str, str]:
    """On hand, available, damaged, quarantined and in transit of an SKU in a warehouse."""
    query = """query($sku: String!, $code: String!) { stockBalance(sku: $sku, warehouse: {code: $code}) {
      onHand available quarantined damaged inTransit } }"""
    found: dict[str, str] = (await graph(query, {"sku": sku, "code": code}))["stockBalance"]
    return found


async def where_it_is(graph: GraphClient, sku: str) -> tuple[str, str, str]:
    """How much of an SKU lies in MAIN, is on its way to STORE, and lies there."""
    main, store = await stock_of(graph, sku, "MAIN"), await stock_of(graph, sku, STORE)
    return main["onHand"], store["inTransit"], store["onHand"]


async def audited(tenant: GivenTenant) -> str:
    """What the live audit says of the tenant."""
    async with tenant.database.read(tenant.actor) as tx:
        report = await drift(tx)
    return report.summary().partition(": ")[2]
