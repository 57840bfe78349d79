"""Advance shipping notices, made by the requests that callers send."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.given.purchases import SUPPLIER
from tests.graph import GraphClient

NOTICE = """advanceShippingNotice { id number status version carrier trackingNumber deliveryNote note expectedAt createdBy resolvedBy
  cancellationReason supplier { code } warehouse { code } purchaseOrders { number } goodsReceipt { id number }
  lines(first: 100) { nodes { position quantity announced lotCode expiresOn serials orderLine { id } variant { sku } unit { code } } } }"""


def announced(order: Mapping[str, Any], number: int, quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of a line of the order, the line by its number, that is in a delivery."""
    return {"purchaseOrderLineId": order["lines"]["nodes"][number]["id"], "quantity": str(quantity), **more}


def notice_of(*lines: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """What ACME says is in a delivery."""
    return {"supplierCode": SUPPLIER, "lines": lines, **fields}


async def given_notice(graph: GraphClient, *lines: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A notice of ACME of these lines."""
    payload = await graph.accepted("createAdvanceShippingNotice", notice_of(*lines, **fields), NOTICE)
    found: dict[str, Any] = payload["advanceShippingNotice"]
    return found


async def notice_now(graph: GraphClient, notice: Mapping[str, Any]) -> dict[str, Any]:
    """The notice as the query answers it."""
    fields = NOTICE.removeprefix("advanceShippingNotice")
    data = await graph(f"query($id: ID!) {{ advanceShippingNotice(id: $id) {fields} }}", {"id": notice["id"]})
    found: dict[str, Any] = data["advanceShippingNotice"]
    return found


def by_notice(notice: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A receipt of what ACME announced by it."""
    return {
        "idempotencyKey": uuid4().hex,
        "supplierCode": SUPPLIER,
        "advanceShippingNoticeId": notice["id"],
        **fields,
    }


def cancelled(notice: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """What cancelling the notice is given."""
    return {"advanceShippingNoticeId": notice["id"], "reason": "Truck broke down", **fields}
