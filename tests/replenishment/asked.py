"""Rules, suggestions and their drafts over GraphQL, in a test's words."""

from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.suppliers import given_supplier
from tests.graph import GraphClient

RULE = """rule { method reorderPoint maximum orderQuantity serviceLevel demandDays reviewDays isActive updatedBy variant { sku }
  warehouse { code } supplier { code } fromWarehouse { code } }"""
SUGGESTION = """reason method unit onHand reserved available unusable onOrder inDraftOrders inTransit toBeShippedHere toBeShippedAway
  backordered projected demandPerDay demandDays leadTimeDays leadTimeDeviation safetyStock reorderPoint target shortfall
  variant { sku } warehouse { code } transfer { quantity spare fromWarehouse { code } }
  purchase { quantity unit ordered unitPrice { amount currency } estimatedCost { amount currency } supplier { code } }"""
ORDERS = """purchaseOrders { number status currency supplier { code } warehouse { code }
  lines(first: 100) { nodes { quantity ordered unitPrice { amount } variant { sku } unit { code } } } } leftOutSkus"""
TRANSFERS = """transfers { number status fromWarehouse { code } toWarehouse { code }
  lines(first: 100) { nodes { quantity variant { sku } } } }"""


async def given_offer(
    graph: GraphClient,
    sku: str,
    *,
    supplier: str = "ACME",
    unit: str = "PIECE",
    price: str | None = "10",
    **fields: Any,
) -> None:
    """The supplier, made where it is not there, sells the SKU at that price for one unit."""
    if (await graph("query($code: String!) { supplier(code: $code) { id } }", {"code": supplier}))["supplier"] is None:
        await given_supplier(graph.tenant, code=supplier)
    given = {"supplierCode": supplier, "sku": sku, "unit": unit, **fields}
    if price is not None:
        given["unitPrice"] = {"amount": price, "currency": "KES"}
    await graph.accepted("setSupplierItem", given)


async def given_rule(graph: GraphClient, sku: str = "TEA", **fields: Any) -> dict[str, Any]:
    """A rule for the SKU in MAIN: from 10 up to 60, unless the fields say otherwise."""
    given = {
        "sku": sku,
        **({"method": "MIN_MAX", "reorderPoint": "10", "maximum": "60"} if "method" not in fields else {}),
    }
    payload = await graph.accepted("setReplenishmentRule", {**given, **fields}, RULE)
    rule: dict[str, Any] = payload["rule"]
    return rule


async def suggested(graph: GraphClient, *, warehouse: str = "MAIN", **arguments: Any) -> list[dict[str, Any]]:
    """What is suggested for a warehouse now."""
    query = f"""query($warehouse: String!, $supplier: String) {{ replenishmentSuggestions(first: 100,
      warehouse: {{code: $warehouse}}, supplierCode: $supplier) {{ nodes {{ {SUGGESTION} }} }} }}"""
    data = await graph(query, {"warehouse": warehouse, **arguments})
    nodes: list[dict[str, Any]] = data["replenishmentSuggestions"]["nodes"]
    return nodes


async def order(graph: GraphClient, *, actor: Actor | None = None, **fields: Any) -> dict[str, Any]:
    """The payload of drafting orders of what is suggested for MAIN."""
    given = {"idempotencyKey": uuid4().hex, **fields}
    return await graph.accepted("createPurchaseOrdersFromSuggestions", given, ORDERS, actor=actor)


async def bring(graph: GraphClient, **fields: Any) -> dict[str, Any]:
    """The payload of drafting transfers of what is suggested for MAIN."""
    given = {"idempotencyKey": uuid4().hex, **fields}
    return await graph.accepted("createTransfersFromSuggestions", given, TRANSFERS)
