"""Requests about purchasing: suppliers and what they sell, and what is ordered from them."""

from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query


def _order(world: World) -> dict[str, Any]:
    return {
        "supplierCode": world.code("ACME"), "warehouse": {"id": world.ids["warehouse"]},
        "lines": [{"sku": world.code("BREAD"), "quantity": "2"}],
    }  # fmt: skip


async def _of_a_new_order(world: World, *steps: str, **fields: Any) -> Arguments:
    """A step of an order that has taken these steps."""
    order_id = await world.made("createPurchaseOrder", _order(world), "purchaseOrder")
    for step in steps:
        await world.changed(f"{step}PurchaseOrder", {"purchaseOrderId": order_id})
    return {
        "purchaseOrderId": order_id, "expectedVersion": 1 + len(steps), "reason": world.text("Wanted"),
        "idempotencyKey": world.key(), **fields,
    }  # fmt: skip


async def received_order(world: World) -> Arguments:
    """A receipt of all of a new order."""
    return await _of_a_sent_order(world)


async def _of_a_sent_order(world: World, **fields: Any) -> Arguments:
    """A receipt of an order that was sent."""
    given = await _of_a_new_order(world, "submit", "approve", "send", **fields)
    del given["reason"]
    return given


async def _line_of(world: World, order_id: str) -> str:
    """The id of the line of an order."""
    data = await world.graph("query($id: ID!) { purchaseOrder(id: $id) { lines { nodes { id } } } }", {"id": order_id})
    line_id: str = data["purchaseOrder"]["lines"]["nodes"][0]["id"]
    return line_id


async def _line_of_a_sent_order(world: World) -> str:
    """The id of the line of an order that the supplier has."""
    return await _line_of(world, (await _of_a_sent_order(world))["purchaseOrderId"])


def _notice(world: World, line_id: str) -> dict[str, Any]:
    return {
        "supplierCode": world.code("ACME"), "lines": [{"purchaseOrderLineId": line_id, "quantity": "1"}],
        "carrier": world.text("Carrier"), "trackingNumber": world.text("Parcel"), "deliveryNote": world.text("Note"),
        "note": world.text("Two pallets"), "expectedAt": "2999-01-01T00:00:00Z",
    }  # fmt: skip


async def _announced(world: World) -> Arguments:
    line_id = await _line_of_a_sent_order(world)
    return {**_notice(world, line_id), "idempotencyKey": world.key()}


async def _announcement(world: World, line_id: str) -> str:
    """The id of a new notice of the line of an order."""
    return await world.made("createAdvanceShippingNotice", _notice(world, line_id), "advanceShippingNotice")


async def _of_a_new_notice(world: World) -> Arguments:
    notice = await _announcement(world, await _line_of_a_sent_order(world))
    return {
        "advanceShippingNoticeId": notice,
        "reason": world.text("Truck broke down"),
        "idempotencyKey": world.key(),
    }


async def _received(world: World) -> Arguments:
    line = {
        "quantity": "1", "sku": world.code("BREAD"), "unit": "PIECE", "disposition": "QUARANTINED",
        "unitPrice": {"amount": "39.5", "currency": "KES"}, "locationCode": world.code("SHELF"),
        "reason": world.text("Looks dry"), "serials": [],
    }  # fmt: skip
    given = await _of_a_sent_order(
        world, lines=[{"quantity": "1", "sku": world.code("BREAD")}, line], exchangeRate="1", deliveryNote=world.text("Note"), note=world.text("Late"),
        occurredAt="2025-01-01T00:00:00Z",
    )  # fmt: skip
    line_id = await _line_of(world, given["purchaseOrderId"])
    return {**given, "advanceShippingNoticeId": await _announcement(world, line_id)}


async def _delivered(world: World) -> Arguments:
    line = {
        "quantity": "1", "sku": world.code("BREAD"), "unit": "PIECE", "disposition": "QUARANTINED",
        "unitPrice": {"amount": "39.5", "currency": "KES"}, "locationCode": world.code("SHELF"),
        "reason": world.text("Looks dry"), "serials": [],
    }  # fmt: skip
    line_id = await _line_of_a_sent_order(world)
    return {
        "idempotencyKey": world.key(), "supplierCode": world.code("ACME"), "warehouse": {"id": world.ids["warehouse"]},
        "advanceShippingNoticeId": await _announcement(world, line_id),
        "lines": [{"purchaseOrderLineId": line_id, "quantity": "1"}, line], "currency": "KES",
        "exchangeRate": "1", "deliveryNote": world.text("Note"), "note": world.text("Late"), "occurredAt": "2025-01-01T00:00:00Z",
    }  # fmt: skip


async def _of_a_received_order(world: World) -> Arguments:
    given = await _of_a_sent_order(world)
    line = {"quantity": "1", "sku": world.code("BREAD")}
    await world.changed("receivePurchaseOrder", {**given, "lines": [line]})
    return {
        "purchaseOrderId": given["purchaseOrderId"], "expectedVersion": 5, "reason": world.text("Enough"),
        "idempotencyKey": world.key(),
    }  # fmt: skip


async def _of_a_new_receipt(world: World) -> Arguments:
    receipt = await world.made("receivePurchaseOrder", await _of_a_sent_order(world), "goodsReceipt")
    return {"goodsReceiptId": receipt, "reason": world.text("Miscounted"), "idempotencyKey": world.key()}


async def _returned(world: World) -> Arguments:
    arrived = {
        "idempotencyKey": world.key(), "supplierCode": world.code("ACME"),
        "lines": [{"sku": world.code("BREAD"), "quantity": "3"}, {"sku": world.code("MILK"), "quantity": "2",
            "lotCode": world.code("LOT"), "unitPrice": {"amount": "9", "currency": "KES"}}],
    }  # fmt: skip
    receipt = await world.made("receiveGoods", arrived, "goodsReceipt")
    query = "query($id: ID!) { goodsReceipt(id: $id) { lines { nodes { id } } } }"
    lines = (await world.graph(query, {"id": receipt}))["goodsReceipt"]["lines"]["nodes"]
    return {
        "idempotencyKey": world.key(), "reason": world.text("Stale"), "supplierCode": world.code("ACME"),
        "warehouse": {"id": world.ids["warehouse"]}, "reference": world.text("Permission"),
        "lines": [
            {"goodsReceiptLineId": lines[0]["id"], "quantity": "1", "unit": "PIECE", "fromState": "AVAILABLE", "serials": []},
            {"sku": world.code("MILK"), "quantity": "1", "lotCode": world.code("LOT")},
        ],
    }  # fmt: skip


async def _of_a_new_return(world: World, **fields: Any) -> Arguments:
    found = await world.made("returnToSupplier", await _returned(world), "supplierReturn")
    return {"supplierReturnId": found, "idempotencyKey": world.key(), **fields}


async def _invoiced(world: World) -> Arguments:
    line = {
        "purchaseOrderLineId": await _line_of_a_sent_order(world), "quantity": "2", "unitPrice": {"amount": "41", "currency": "KES"},
        "taxPercent": "16",
    }  # fmt: skip
    return {
        "idempotencyKey": world.key(), "supplierCode": world.code("ACME"), "number": world.fresh("INV"), "issuedOn": "2025-01-01",
        "currency": "KES", "lines": [line], "shipping": {"amount": "150", "currency": "KES"},
    }  # fmt: skip


async def _of_a_new_invoice(world: World) -> Arguments:
    found = await world.made("recordSupplierInvoice", await _invoiced(world), "supplierInvoice")
    return {"supplierInvoiceId": found, "reason": world.text("Typing error"), "idempotencyKey": world.key()}


async def _changed(world: World) -> Arguments:
    given = await _of_a_new_order(world)
    del given["reason"]
    line = {
        "variantId": world.ids["BREAD variant"], "quantity": "3", "unit": "PIECE",
        "unitPrice": {"amount": "41.5", "currency": "KES"}, "taxPercent": "16",
    }  # fmt: skip
    return {
        **given, "lines": [line], "shipping": {"amount": "150", "currency": "KES"}, "paymentTermsDays": 14,
        "expectedAt": "2999-01-01T00:00:00Z", "inspectOnReceipt": True, "reference": world.text("Quotation"),
        "note": world.text("Ring the bell"),
    }  # fmt: skip


PURCHASING = (
    query("purchaseOrder", lambda w: {"id": w.ids["purchase order"]}, label="by id"),
    query("goodsReceipt", lambda w: {"id": w.ids["goods receipt"]}, label="by id"),
    query("purchaseOrders", lambda _: {"first": 5}, OWN),
    query(
        "purchaseOrders",
        lambda w: {
            "filter": {
                "status": ["DRAFT", "SENT"], "supplierCode": w.code("ACME"), "warehouseId": w.ids["warehouse"],
                "variantId": w.ids["BREAD variant"], "number": "PO-000001", "reference": w.text("Quotation"),
                "expectedBefore": "2999-01-01T00:00:00Z", "createdSince": "2025-01-01T00:00:00Z",
                "createdBefore": "2999-01-01T00:00:00Z",
            },
        },
        label="filtered",
    ),
    mutation(
        "createPurchaseOrder",
        lambda w: {
            **_order(w), "currency": "KES", "shipping": {"amount": "150", "currency": "KES"}, "paymentTermsDays": 14,
            "expectedAt": "2999-01-01T00:00:00Z", "inspectOnReceipt": False, "reference": w.text("Quotation"),
            "note": w.text("Ring the bell"), "idempotencyKey": w.key(),
        },
    ),
    mutation("updatePurchaseOrder", _changed),
    mutation("submitPurchaseOrder", _of_a_new_order),
    mutation("approvePurchaseOrder", lambda w: _of_a_new_order(w, "submit")),
    mutation("rejectPurchaseOrder", lambda w: _of_a_new_order(w, "submit")),
    mutation("sendPurchaseOrder", lambda w: _of_a_new_order(w, "submit", "approve", expectedAt="2999-01-01T00:00:00Z")),
    mutation("reschedulePurchaseOrder", lambda w: _of_a_new_order(w, "submit", "approve", "send", expectedAt="2999-02-01T00:00:00Z")),
    mutation("cancelPurchaseOrder", _of_a_new_order),
    mutation("closePurchaseOrder", _of_a_received_order),
    mutation("receivePurchaseOrder", _received),
    mutation("receiveGoods", _delivered),
    mutation("reverseGoodsReceipt", _of_a_new_receipt),
    query("advanceShippingNotice", lambda w: {"id": w.ids["notice"]}, label="by id"),
    query("advanceShippingNotices", lambda _: {"first": 5}, OWN),
    query(
        "advanceShippingNotices",
        lambda w: {
            "filter": {
                "status": ["ANNOUNCED"], "supplierCode": w.code("ACME"), "warehouseId": w.ids["warehouse"],
                "purchaseOrderId": w.ids["purchase order"], "number": "ASN-000001", "trackingNumber": w.text("Parcel"),
                "expectedBefore": "2999-01-01T00:00:00Z", "createdSince": "2025-01-01T00:00:00Z",
                "createdBefore": "2999-01-01T00:00:00Z",
            },
        },
        label="filtered",
    ),
    mutation("createAdvanceShippingNotice", _announced),
    mutation("cancelAdvanceShippingNotice", _of_a_new_notice),
    query(
        "putAwaySuggestion",
        lambda w: {"sku": w.code("MILK"), "lotCode": w.code("LOT"), "warehouse": {"id": w.ids["warehouse"]}},
    ),
    query("supplierReturn", lambda w: {"id": w.ids["supplier return"]}, label="by id"),
    query("supplierReturns", lambda _: {"first": 5}, OWN),
    query(
        "supplierReturns",
        lambda w: {
            "filter": {
                "status": ["SHIPPED"], "supplierCode": w.code("ACME"), "warehouseId": w.ids["warehouse"],
                "goodsReceiptId": w.ids["goods receipt"], "number": "SR-000001", "reference": w.text("Permission"),
                "shippedSince": "2025-01-01T00:00:00Z", "shippedBefore": "2999-01-01T00:00:00Z",
            },
        },
        label="filtered",
    ),
    query("purchaseMatch", lambda w: {"purchaseOrderId": w.ids["purchase order"]}, label="by id"),
    query("supplierInvoice", lambda w: {"id": w.ids["supplier invoice"]}),
    mutation("recordSupplierInvoice", _invoiced),
    mutation("voidSupplierInvoice", _of_a_new_invoice),
    mutation("returnToSupplier", _returned),
    mutation("creditSupplierReturn", lambda w: _of_a_new_return(
        w, creditNote=w.text("CN"), amount={"amount": "40", "currency": "KES"})),
    mutation("cancelSupplierReturn", lambda w: _of_a_new_return(w, reason=w.text("Not fetched"))),
)  # fmt: skip

SUPPLIERS = (
    mutation(
        "createSupplier",
        lambda w: {
            "code": w.fresh("S"), "name": w.text("Supplier"), "email": "s@example.com", "phone": "+254 700 000 000",
            "currency": "KES", "paymentTermsDays": 30, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation(
        "updateSupplier",
        lambda w: {
            "supplierCode": w.code("ACME"), "name": w.text("Acme"), "email": "a@example.com", "phone": "+254 700 000 001",
            "currency": "KES", "paymentTermsDays": 7, "isActive": True,
        },
    ),
    mutation(
        "setSupplierItem",
        lambda w: {
            "supplierCode": w.code("ACME"), "sku": w.code("MILK"), "supplierSku": w.text("Milk"), "unit": "LITRE",
            "unitPrice": {"amount": "90", "currency": "KES"}, "leadTimeDays": 2, "orderMinimum": "1",
            "orderMultiple": "1", "isPreferred": False,
        },
    ),
    mutation(
        "setSupplierPrices",
        lambda w: {
            "supplierCode": w.code("ACME"), "sku": w.code("BREAD"),
            "prices": [
                {
                    "unitPrice": {"amount": "35", "currency": "KES"}, "minimumQuantity": "100",
                    "validFrom": "2025-01-01T00:00:00Z", "validTo": "2999-01-01T00:00:00Z",
                },
            ],
        },
    ),
    mutation(
        "setSupplierContacts",
        lambda w: {
            "supplierCode": w.code("ACME"),
            "contacts": [
                {"name": w.text("Wanjiku"), "role": w.text("Deliveries"), "email": "w@example.com", "phone": "+254 700 000 002"},
            ],
        },
    ),
    mutation(
        "setSupplierPayment",
        lambda w: {
            "supplierCode": w.code("ACME"), "method": "MPESA", "taxPin": "P051234567X", "mpesaPhone": "+254700000003",
            "mpesaBusinessName": w.text("Acme"), "bankName": w.text("Bank"), "bankAccountNumber": "0011223344",
            "paystackRecipientCode": "RCP_1", "requiresInvoice": True, "isAutomatic": False,
        },
    ),
)  # fmt: skip
