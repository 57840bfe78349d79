"""Purchase orders, made and moved on by the requests that callers send."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.suppliers import given_supplier
from tests.graph import GraphClient

SUPPLIER = "ACME"
ORDER = """purchaseOrder { id number status version currency expectedAt submittedBy approvedBy sentAt resolvedAt
  netAmount { amount } taxAmount { amount } shippingAmount { amount } totalAmount { amount }
  lines(first: 100) { nodes { id position quantity ordered received rejected outstanding unitPrice { amount currency }
    variant { sku } unit { code } } } }"""
STEPS_TO: Mapping[str, tuple[str, ...]] = {
    "DRAFT": (),
    "SUBMITTED": ("submit",),
    "APPROVED": ("submit", "approve"),
    "SENT": ("submit", "approve", "send"),
    "CANCELLED": ("cancel",),
    "PARTIALLY_RECEIVED": ("submit", "approve", "send", "receive one"),
    "RECEIVED": ("submit", "approve", "send", "receive"),
    "CLOSED": ("submit", "approve", "send", "receive one", "close"),
}
"""The steps that lead from a draft to each state; `receive one` receives one of the first line."""
RECEIPT = f"""goodsReceipt {{ id number status netAmount {{ amount currency }} exchangeRate receivedAt recordedAt recordedBy reversedBy
  lines(first: 100) {{ nodes {{ position disposition quantity unitCost {{ amount currency }} unitPrice {{ amount currency }} lotCode
    expiresOn serials reason variant {{ sku }} location {{ code }} orderLine {{ id }} }} }} }} {ORDER}"""


def wanted(sku: str, quantity: int | str, price: int | str | None = 10, **more: Any) -> dict[str, Any]:
    """So much of an SKU that is to be ordered, at that price in the tenant's currency; None: the supplier's."""
    given: dict[str, Any] = {"sku": sku, "quantity": str(quantity), **more}
    return given if price is None else {**given, "unitPrice": {"amount": str(price), "currency": "KES"}}


async def given_order(
    graph: GraphClient, *lines: Mapping[str, Any], status: str = "DRAFT", **fields: Any
) -> dict[str, Any]:
    """An order of the supplier ACME, who is there, with these lines in the default warehouse, moved on to the state."""
    given = {"supplierCode": SUPPLIER, "lines": lines, **fields}
    order: dict[str, Any] = (await graph.accepted("createPurchaseOrder", given, ORDER))["purchaseOrder"]
    for step in STEPS_TO[status]:
        if step.startswith("receive"):
            one = [{"lineId": order["lines"]["nodes"][0]["id"], "quantity": "1"}] if step == "receive one" else []
            order = (await receive(graph, order, *one))["purchaseOrder"]
        else:
            order = await order_step(graph, step, order)
    return order


async def order_step(
    graph: GraphClient, step: str, order: Mapping[str, Any], *, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The order after a step of it, such as ``submit``."""
    given = {"purchaseOrderId": order["id"], **fields}
    payload = await graph.accepted(f"{step}PurchaseOrder", given, ORDER, actor=actor)
    after: dict[str, Any] = payload["purchaseOrder"]
    return after


GOODS = """goodsReceipt { id number status deliveryNote exchangeRate netAmount { amount currency } purchaseOrder { id }
  purchaseOrders { id number status }
  lines(first: 100) { nodes { id position disposition quantity unitCost { amount currency } unitPrice { amount currency } lotCode
    serials variant { sku } orderLine { id } } } }"""


async def receive_goods(
    graph: GraphClient, *lines: Mapping[str, Any], actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The receipt of a delivery of ACME with these lines."""
    given = {"idempotencyKey": uuid4().hex, "supplierCode": SUPPLIER, "lines": lines, **fields}
    receipt: dict[str, Any] = (await graph.accepted("receiveGoods", given, GOODS, actor=actor))["goodsReceipt"]
    return receipt


async def receive(
    graph: GraphClient, order: Mapping[str, Any], *lines: Mapping[str, Any], actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The payload of a receipt of these lines, of everything that has not come without any."""
    given = {"idempotencyKey": uuid4().hex, "purchaseOrderId": order["id"], **fields}
    if lines:
        given["lines"] = lines
    return await graph.accepted("receivePurchaseOrder", given, RECEIPT, actor=actor)


def arrived(sku: str, quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of the order's line of an SKU that came."""
    return {"sku": sku, "quantity": str(quantity), **more}


async def order_now(graph: GraphClient, order: Mapping[str, Any], select: str = ORDER) -> dict[str, Any]:
    """The order as the query answers it."""
    fields = select.removeprefix("purchaseOrder")
    data = await graph(f"query($id: ID!) {{ purchaseOrder(id: $id) {fields} }}", {"id": order["id"]})
    found: dict[str, Any] = data["purchaseOrder"]
    return found


async def given_acme(graph: GraphClient, **fields: Any) -> None:
    """The supplier ACME, who bills in the tenant's currency unless the fields say otherwise."""
    await given_supplier(graph.tenant, code=SUPPLIER, **fields)
