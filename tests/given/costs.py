"""What stock is worth, as callers ask for it, and costs put on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

LANDED = """landedCost { id number kind by description exchangeRate recordedBy amount { amount currency } costAmount { amount currency }
  stockValue { amount } issuedValue { amount }
  lines(first: 100) { totalCount nodes { kind referenceType referenceId movementId valueChange { amount } issuedValue { amount } } } }"""


async def given_method(graph: GraphClient, method: str) -> None:
    """The tenant keeps its stock by this method from here on."""
    payload = await graph.accepted("updateTenant", {"costingMethod": method}, "tenant { costingMethod }")
    assert payload["tenant"] == {"costingMethod": method}


def landing(amount: str, /, *receipts: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """So much that is put on what the receipts brought, by value unless the fields say otherwise."""
    documents = {"goodsReceiptIds": [each["id"] for each in receipts]} if receipts else {}
    return {
        "idempotencyKey": uuid4().hex, "amount": {"amount": amount, "currency": "KES"}, "by": "VALUE",
        "description": "Freight bill 7", **documents, **fields,
    }  # fmt: skip


async def given_landed(
    graph: GraphClient, amount: str, /, *receipts: Mapping[str, Any], actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The landed cost of so much on what the receipts brought."""
    payload = await graph.accepted("addLandedCost", landing(amount, *receipts, **fields), LANDED, actor=actor)
    found: dict[str, Any] = payload["landedCost"]
    return found


async def cost_of(graph: GraphClient, sku: str, code: str = "MAIN") -> tuple[str, str | None, list[tuple[str, str]]]:
    """How much there is of an SKU, what it is worth, and its layers: quantity and value of each."""
    query = """query($sku: String!, $code: String!) { stockBalance(sku: $sku, warehouse: {code: $code}) {
      onHand costing { value { amount } layers(first: 100) { nodes { quantity value { amount } } } } } }"""
    found = (await graph(query, {"sku": sku, "code": code}))["stockBalance"]
    value = found["costing"]["value"]
    layers = [(each["quantity"], each["value"]["amount"]) for each in found["costing"]["layers"]["nodes"]]
    return found["onHand"], value["amount"] if value is not None else None, layers


async def worth(graph: GraphClient, at: datetime | None = None, **scope: Any) -> tuple[str, str]:
    """What all stock was worth at an instant, now without one, and what was on its way."""
    query = """query($at: DateTime, $warehouse: WarehouseKey, $categorySlug: String) {
      valuation(at: $at, warehouse: $warehouse, categorySlug: $categorySlug) { total { amount } inTransit { amount } } }"""
    given = {"at": at.isoformat() if at is not None else None, **scope}
    found = (await graph(query, given))["valuation"]
    return found["total"]["amount"], found["inTransit"]["amount"]


async def clock(tenant: GivenTenant) -> datetime:
    """The database's own time."""
    async with tenant.database.read(tenant.actor) as tx:
        now: datetime = await tx.raw.fetchval("SELECT clock_timestamp()")
    return now
