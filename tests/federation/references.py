"""References to every entity by every key, as other subgraphs hold them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg

from inventory_graph.db import Transaction
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.outlets import register_outlet
from tests.graph import GraphClient

Reference: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One of many: an item with its variant and balance, an outlet with its warehouse, an order with its reservation, a purchase order,
    what is announced of another, a transfer, a wave, a return to a supplier."""

    sku: str
    code: str
    ids: Mapping[str, str]


BY_KEY: Mapping[tuple[str, str], Callable[[Row], Reference]] = {
    ("Item", "id"): lambda row: {"id": row.ids["item"]},
    ("Item", "sku"): lambda row: {"sku": row.sku},
    ("Variant", "id"): lambda row: {"id": row.ids["variant"]},
    ("Variant", "sku"): lambda row: {"sku": row.sku},
    ("Product", "sku"): lambda row: {"sku": row.sku},
    ("Warehouse", "id"): lambda row: {"id": row.ids["warehouse"]},
    ("Warehouse", "code"): lambda row: {"code": row.code},
    ("Outlet", "id"): lambda row: {"id": row.ids["outlet"]},
    ("Order", "id"): lambda row: {"id": row.ids["order"]},
    ("Reservation", "id"): lambda row: {"id": row.ids["reservation"]},
    ("PurchaseOrder", "id"): lambda row: {"id": row.ids["purchase order"]},
    ("AdvanceShippingNotice", "id"): lambda row: {"id": row.ids["notice"]},
    ("SupplierReturn", "id"): lambda row: {"id": row.ids["supplier return"]},
    ("Transfer", "id"): lambda row: {"id": row.ids["transfer"]},
    ("PickWave", "id"): lambda row: {"id": row.ids["pick wave"]},
    ("StockBalance", "id"): lambda row: {"id": row.ids["balance"]},
    ("StockBalance", "variantId warehouseId"): lambda row: {
        "variantId": row.ids["variant"],
        "warehouseId": row.ids["main"],
    },
}
"""How a row is referred to, by entity and key. A new key of an entity is added here, and what it needs to ``given_rows``."""


ANY_IS_ONE = frozenset({"Order"})
"""Entities of others of which nothing is kept here but what refers to them: whatever is named is one, with nothing to it."""

RESERVED_AT_ONCE = 10


def unknown_row() -> Row:
    """One that nobody has."""
    name = uuid4().hex[:12]
    kinds = (
        "item",
        "variant",
        "warehouse",
        "outlet",
        "balance",
        "main",
        "order",
        "reservation",
        "purchase order",
        "notice",
        "supplier return",
        "transfer",
        "pick wave",
    )
    return Row(sku=f"U-{name}", code=f"u-{name}", ids={kind: str(uuid4()) for kind in kinds})


async def given_rows(graph: GraphClient, count: int, *, owner_url: str | None = None) -> list[Row]:
    """So many items in stock in the tenant's warehouse MAIN, each reserved for an order, and as many outlets.

    With the owner's URL the planner learns of them, as it does from autovacuum within a minute.
    """
    tenant, mark = graph.tenant, uuid4().hex[:6]
    skus = [f"R-{mark}-{number:03}" for number in range(count)]

    async def create(tx: Transaction) -> list[tuple[str, str, str, str]]:
        made = []
        for number, sku in enumerate(skus):
            item = await create_item(tx, sku=sku, name=f"Row {sku}", unit="PIECE")
            place = await register_outlet(tx, code=f"o-{mark}-{number:03}", name=f"Outlet {number}")
            made.append((str(item.id), place.warehouse.code, str(place.warehouse.id), str(place.outlet.id)))
        return made

    made = await tenant.database.write(tenant.actor, create)
    await _analyze(owner_url)
    balances = await _received(graph, skus)
    reserved = await _reserved(graph, skus)
    ordered = await _ordered(graph, skus)
    notices = await _announced(graph, skus)
    moved, waves = await _moved(graph, skus), await _picked(graph, reserved)
    returned = await _returned(graph, skus)
    await _analyze(owner_url)
    return [
        Row(
            sku=sku,
            code=code,
            ids={
                "item": item,
                "variant": balances[sku]["variantId"],
                "warehouse": warehouse,
                "outlet": outlet,
                "balance": balances[sku]["id"],
                "main": str(tenant.warehouse_id),
                "order": reserved[sku]["orderId"],
                "reservation": reserved[sku]["id"],
                "purchase order": ordered[sku],
                "notice": notices[sku],
                "supplier return": returned[sku],
                "transfer": moved[sku],
                "pick wave": waves[sku],
            },
        )
        for sku, (item, code, warehouse, outlet) in zip(skus, made, strict=True)
    ]


async def _analyze(owner_url: str | None) -> None:
    if owner_url is not None:
        owner = await asyncpg.connect(owner_url)
        try:
            await owner.execute("ANALYZE")
        finally:
            await owner.close()


async def _received(graph: GraphClient, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The balances after seven of each SKU were received, by SKU."""
    given = {"idempotencyKey": uuid4().hex, "lines": [{"sku": sku, "quantity": "7"} for sku in skus]}
    payload = await graph.accepted("receiveStock", given, "balances { id variantId variant { sku } }")
    return {each["variant"]["sku"]: each for each in payload["balances"]}


async def _reserved(graph: GraphClient, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A reservation of one of each SKU, by SKU, each for an order of its own."""

    async def reserve(sku: str) -> dict[str, Any]:
        given = {"idempotencyKey": uuid4().hex, "orderId": str(uuid4()), "lines": [{"sku": sku, "quantity": "1"}]}
        payload = await graph.accepted("reserveStock", given, "reservation { id orderId }")
        found: dict[str, Any] = payload["reservation"]
        return found

    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(skus), RESERVED_AT_ONCE):
        some = skus[begin : begin + RESERVED_AT_ONCE]
        found |= zip(some, await asyncio.gather(*(reserve(sku) for sku in some)), strict=True)
    return found


async def _ordered(graph: GraphClient, skus: Sequence[str]) -> dict[str, str]:
    """The id of a purchase order of one of each SKU, by SKU."""
    supplier = f"S-{uuid4().hex[:12]}"
    await graph.accepted("createSupplier", {"code": supplier, "name": "Supplier"})
    found: dict[str, str] = {}
    for sku in skus:
        line = {"sku": sku, "quantity": "1", "unitPrice": {"amount": "1", "currency": "KES"}}
        given = {"supplierCode": supplier, "lines": [line]}
        payload = await graph.accepted("createPurchaseOrder", given, "purchaseOrder { id }")
        found[sku] = payload["purchaseOrder"]["id"]
    return found


async def _announced(graph: GraphClient, skus: Sequence[str]) -> dict[str, str]:
    """The id of a notice of one of each SKU, by SKU; all of one order."""
    supplier = f"S-{uuid4().hex[:12]}"
    await graph.accepted("createSupplier", {"code": supplier, "name": "Supplier"})
    price = {"amount": "1", "currency": "KES"}
    lines = [{"sku": sku, "quantity": "1", "unitPrice": price} for sku in skus]
    given: dict[str, Any] = {"supplierCode": supplier, "lines": lines}
    order = (await graph.accepted("createPurchaseOrder", given, "purchaseOrder { id }"))["purchaseOrder"]["id"]
    for step in ("submit", "approve", "send"):
        await graph.accepted(f"{step}PurchaseOrder", {"purchaseOrderId": order})
    query = """query($id: ID!, $after: String) { purchaseOrder(id: $id) {
      lines(first: 100, after: $after) { nodes { id variant { sku } } pageInfo { endCursor } } } }"""
    found: dict[str, str] = {}
    after = None
    while len(found) < len(skus):
        page = (await graph(query, {"id": order, "after": after}))["purchaseOrder"]["lines"]
        for line in page["nodes"]:
            of_line = [{"purchaseOrderLineId": line["id"], "quantity": "1"}]
            payload = await graph.accepted(
                "createAdvanceShippingNotice",
                {"supplierCode": supplier, "lines": of_line},
                "advanceShippingNotice { id }",
            )
            found[line["variant"]["sku"]] = payload["advanceShippingNotice"]["id"]
        after = page["pageInfo"]["endCursor"]
    return found


async def _returned(graph: GraphClient, skus: Sequence[str]) -> dict[str, str]:
    """The id of a return of one of each SKU to a supplier, by SKU."""
    supplier = f"S-{uuid4().hex[:12]}"
    await graph.accepted("createSupplier", {"code": supplier, "name": "Supplier"})
    found: dict[str, str] = {}
    for sku in skus:
        line = {"sku": sku, "quantity": "1"}
        given = {"idempotencyKey": uuid4().hex, "supplierCode": supplier, "reason": "Broken", "lines": [line]}
        payload = await graph.accepted("returnToSupplier", given, "supplierReturn { id }")
        found[sku] = payload["supplierReturn"]["id"]
    return found


async def _moved(graph: GraphClient, skus: Sequence[str]) -> dict[str, str]:
    """The id of a transfer of one of each SKU, by SKU."""
    code = f"W-{uuid4().hex[:12]}"
    await graph.accepted("createWarehouse", {"code": code, "name": "Store"})
    found: dict[str, str] = {}
    for sku in skus:
        ends = {"fromWarehouse": {"code": "MAIN"}, "toWarehouse": {"code": code}}
        given = {**ends, "lines": [{"sku": sku, "quantity": "1"}]}
        payload = await graph.accepted("createTransfer", given, "transfer { id }")
        found[sku] = payload["transfer"]["id"]
    return found


async def _picked(graph: GraphClient, reserved: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The id of a wave of the reservation of each SKU, by SKU."""
    found: dict[str, str] = {}
    for sku, reservation in reserved.items():
        given = {"warehouse": {"code": "MAIN"}, "reservationIds": [reservation["id"]]}
        payload = await graph.accepted("createPickWave", given, "pickWave { id }")
        found[sku] = payload["pickWave"]["id"]
    return found
