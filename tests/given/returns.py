"""Goods that came and go back to their supplier, by the requests that callers send."""

from typing import Any
from uuid import uuid4

from tests.given.purchases import SUPPLIER, receive_goods
from tests.graph import GraphClient

RETURN = """supplierReturn { id number status reason reference netAmount { amount currency } creditNote creditAmount { amount } resolvedBy
  cancellationReason supplier { code } warehouse { code } goodsReceipt { number }
  lines(first: 100) { nodes { position quantity fromState unitCost { amount } netAmount { amount } lotCode serials
    goodsReceiptLineId variant { sku } location { code } } } }"""


def back(line: dict[str, Any], quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of a line of a receipt that goes back."""
    return {"goodsReceiptLineId": line["id"], "quantity": str(quantity), **more}


def return_of(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A return of these lines to ACME."""
    to = {} if "goodsReceiptId" in fields else {"supplierCode": SUPPLIER}
    return {"idempotencyKey": uuid4().hex, "reason": "Wrong blend", "lines": lines, **to, **fields}


async def sent_back(graph: GraphClient, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The return after these lines went back."""
    found: dict[str, Any] = (await graph.accepted("returnToSupplier", return_of(*lines, **fields), RETURN))[
        "supplierReturn"
    ]
    return found


async def came(graph: GraphClient, *lines: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The lines of a receipt of these goods, which nobody ordered."""
    receipt = await receive_goods(graph, *lines, **fields)
    found: list[dict[str, Any]] = receipt["lines"]["nodes"]
    return [{**line, "receipt": receipt["id"]} for line in found]


def goods(sku: str, quantity: int | str, price: int | str = 10, **more: Any) -> dict[str, Any]:
    """So much that came at that price."""
    return {"sku": sku, "quantity": str(quantity), "unitPrice": {"amount": str(price), "currency": "KES"}, **more}


def return_step(verb: str, found: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What a step of a return is given."""
    named = {"supplierReturnId": found["id"], "idempotencyKey": uuid4().hex}
    if verb == "credit":
        return {**named, "creditNote": "CN 7", "amount": {"amount": "18.005", "currency": "KES"}, **fields}
    return {**named, "reason": "Not fetched", **fields}
