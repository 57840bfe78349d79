"""A tenant with some of everything, made by the requests that callers send."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from tests.graph import GraphClient

Said = Callable[[str], str]


def as_it_is(value: str) -> str:
    return value


@dataclass(slots=True, kw_only=True)
class World:
    """What there is in a tenant and what it is called.

    ``text`` is what becomes of every text for people, ``code`` of every name that is a key, so that two worlds can be told
    apart by either. ``ids`` are those of what was made, by name.
    """

    graph: GraphClient
    text: Said = as_it_is
    code: Said = as_it_is
    ids: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, prefix: str) -> str:
        """A name that nothing bears yet; the same for the same question in another world."""
        return self.code(f"{prefix}-{next(self._numbers)}")

    def key(self) -> str:
        """A key of idempotency not used before."""
        return f"key-{next(self._numbers)}"

    async def made(self, mutation: str, given: Mapping[str, Any], what: str, *, input_type: str | None = None) -> str:
        """The id of what a mutation made or changed, ``what`` being its field in the payload."""
        payload = await self.graph.accepted(mutation, given, f"{what} {{ id }}", input_type=input_type)
        found: str = payload[what]["id"]
        return found

    async def changed(self, mutation: str, given: Mapping[str, Any]) -> None:
        """Send a mutation of which nothing needs to be known."""
        await self.graph.accepted(mutation, given)


async def given_world(graph: GraphClient, *, text: Said = as_it_is, code: Said = as_it_is) -> World:
    """Items of every kind, stock of all of it in two warehouses, suppliers, places and keys."""
    world = World(graph=graph, text=text, code=code)
    world.ids["outlet"], world.ids["warehouse"] = str(graph.tenant.outlet_id), str(graph.tenant.warehouse_id)
    await _given_places(world)
    await _given_items(world)
    await _given_made(world)
    await _given_suppliers(world)
    await _given_selling(world)
    await _given_stock(world)
    await _given_reservations(world)
    await _given_purchases(world)
    await _given_costs(world)
    await _given_transfers(world)
    await _given_rules(world)
    await _given_waves(world)
    await _given_rights(world)
    return world


async def _given_places(world: World) -> None:
    store = {"code": world.code("STORE"), "name": world.text("Back store"), "address": world.text("Behind the house")}
    world.ids["store"] = await world.made("createWarehouse", store, "warehouse")
    shelves = (("SHELF", "SHELF", None), ("BOX", "BIN", "SHELF"), ("EMPTY", "SHELF", None))
    for code, kind, parent in shelves:
        place = {
            "warehouse": {"id": world.ids["warehouse"]}, "code": world.code(code), "name": world.text("Place"),
            "type": kind, "parentCode": world.code(parent) if parent else None,
        }  # fmt: skip
        world.ids[code] = await world.made("createLocation", place, "location")


async def _given_items(world: World) -> None:
    await world.changed(
        "createUnit",
        {
            "code": world.code("TRAY"),
            "name": world.text("Tray"),
            "abbreviation": world.code("tr"),
            "dimension": "COUNT",
        },
    )
    for slug, parent in (("food", None), ("bakery", "food")):
        category = {
            "slug": world.code(slug), "name": world.text(slug), "parentSlug": world.code(parent) if parent else None,
        }  # fmt: skip
        world.ids[slug] = await world.made("createCategory", category, "category")
    kinds: tuple[dict[str, Any], ...] = (
        {"sku": "BREAD", "unit": "PIECE", "categorySlug": world.code("bakery"), "barcodes": [world.code("SCAN")]},
        {"sku": "MILK", "unit": "LITRE", "tracking": "LOT", "shelfLifeDays": 10},
        {"sku": "TILL", "unit": "PIECE", "tracking": "SERIAL", "type": "EQUIPMENT"},
        {"sku": "CUT", "unit": "HOUR", "type": "SERVICE"},
        {"sku": "SHIRT", "unit": "PIECE"},
        {"sku": "SPARE", "unit": "PIECE"},
    )
    for kind in kinds:
        more = {
            "name": world.text(f"Item {kind['sku']}"), "description": world.text("Described"), "tags": [world.text("tag")],
            "metadata": {"note": world.text("kept")}, "externalReference": world.text(f"other-{kind['sku']}"),
        }  # fmt: skip
        given = {**kind, **more, "sku": world.code(kind["sku"])}
        world.ids[kind["sku"]] = await world.made("createItem", given, "item")
    variant = {
        "item": {"id": world.ids["SHIRT"]}, "sku": world.code("SHIRT-L"), "name": world.text("Large"),
        "attributes": [{"name": world.text("Size"), "value": world.text("L")}],
        "externalReference": world.text("other-variant"),
    }  # fmt: skip
    world.ids["SHIRT-L"] = await world.made("createVariant", variant, "variant")
    for sku in ("BREAD", "SPARE"):
        query = "query($id: ID!) { item(key: {id: $id}) { variants { nodes { id } } } }"
        data = await world.graph(query, {"id": world.ids[sku]})
        world.ids[f"{sku} variant"] = data["item"]["variants"]["nodes"][0]["id"]


async def _given_made(world: World) -> None:
    """A toast of two slices of bread and some milk."""
    bridge = {
        "item": {"id": world.ids["BREAD"]}, "fromUnit": "SLICE", "fromQuantity": "20", "toUnit": "PIECE", "toQuantity": "1",
    }  # fmt: skip
    await world.changed("setUnitBridge", bridge)
    toast = {"sku": world.code("TOAST"), "name": world.text("Toast"), "unit": "PIECE", "type": "RECIPE"}
    world.ids["TOAST"] = await world.made("createItem", toast, "item")
    bill = {
        "item": {"id": world.ids["TOAST"]},
        "components": [
            {"sku": world.code("BREAD"), "quantity": "2", "unit": "SLICE"},
            {"sku": world.code("MILK"), "quantity": "10", "unit": "ML", "isOptional": True},
        ],
    }
    world.ids["bill"] = await world.made("createBillOfMaterials", bill, "billOfMaterials")


async def _given_suppliers(world: World) -> None:
    supplier = {
        "code": world.code("ACME"), "name": world.text("Acme"), "email": f"a@{world.code('acme')}.example",
        "phone": "+254700000000",
    }  # fmt: skip
    world.ids["supplier"] = await world.made("createSupplier", supplier, "supplier")
    sold = {
        "supplierCode": world.code("ACME"), "sku": world.code("BREAD"), "supplierSku": world.text("Their loaf"),
        "unitPrice": {"amount": "40", "currency": "KES"}, "isPreferred": True,
    }  # fmt: skip
    await world.changed("setSupplierItem", sold)
    price = {
        "unitPrice": {"amount": "38", "currency": "KES"},
        "minimumQuantity": "50",
        "validFrom": "2025-01-01T00:00:00Z",
    }
    terms = {"supplierCode": world.code("ACME")}
    await world.changed("setSupplierPrices", {**terms, "sku": world.code("BREAD"), "prices": [price]})
    await world.changed("setSupplierContacts", {**terms, "contacts": [{"name": world.text("Wanjiku")}]})
    payment = {"method": "BANK_TRANSFER", "bankAccountNumber": world.code("0011"), "bankName": world.text("Bank")}
    await world.changed("setSupplierPayment", {**terms, **payment})


async def _given_selling(world: World) -> None:
    bread = {"variant": {"sku": world.code("SHIRT-L")}, "substitute": {"sku": world.code("BREAD")}}
    await world.changed("setSubstitute", bread)
    fryer = {"reason": world.text("Broken"), "channel": world.code("web"), "outletId": world.ids["outlet"]}
    stop = {"idempotencyKey": world.key(), "variant": {"sku": world.code("SHIRT-L")}, **fryer}
    world.ids["stop"] = await world.made("stopSale", stop, "saleStop")


async def _given_stock(world: World) -> None:
    lines: list[dict[str, Any]] = [
        {"sku": "BREAD", "quantity": "100", "unitCost": {"amount": "45.5", "currency": "KES"}},
        {"sku": "BREAD", "quantity": "20", "locationCode": world.code("SHELF")},
        {"sku": "MILK", "quantity": "50", "lotCode": world.code("LOT"), "expiresOn": "2999-01-01"},
        {"sku": "TILL", "quantity": "2", "serials": [world.code("T-1"), world.code("T-2")]},
        {"sku": "SHIRT-L", "quantity": "30"},
    ]
    named = [{**line, "sku": world.code(line["sku"])} for line in lines]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    receipt = {
        "idempotencyKey": world.key(),
        "lines": named,
        "reference": world.text("Opening"),
        "occurredAt": yesterday,
    }
    await world.changed("receiveStock", receipt)
    elsewhere = {"lines": [named[0]], "warehouse": {"code": world.code("STORE")}}
    await world.changed("receiveStock", {"idempotencyKey": world.key(), **elsewhere})
    waste = {"sku": world.code("BREAD"), "delta": "-3", "reason": "WASTE", "note": world.text("Burnt")}
    await world.changed("adjustStock", {"idempotencyKey": world.key(), **waste})
    aside = {"sku": world.code("MILK"), "quantity": "1", "toState": "QUARANTINED", "reason": "INSPECTION"}
    await world.changed("moveStock", {"idempotencyKey": world.key(), **aside, "note": world.text("Sour")})
    await world.changed("setStockLevels", {"sku": world.code("MILK"), "reorderPoint": "60", "safetyStock": "1"})


async def _given_reservations(world: World) -> None:
    world.ids["order"] = unknown_id()
    held = {"orderId": world.ids["order"], "lines": [{"sku": world.code("BREAD"), "quantity": "2"}]}
    world.ids["reservation"] = await world.made(
        "reserveStock",
        {"idempotencyKey": world.key(), **held, "warehouse": {"id": world.ids["warehouse"]}},
        "reservation",
    )


async def _given_purchases(world: World) -> None:
    """An order that the supplier has, and of which some has come."""
    order = {
        "supplierCode": world.code("ACME"), "lines": [{"sku": world.code("BREAD"), "quantity": "24"}],
        "reference": world.text("Quotation"), "note": world.text("Ring the bell"), "expectedAt": "2998-01-01T00:00:00Z",
    }  # fmt: skip
    world.ids["purchase order"] = await world.made("createPurchaseOrder", order, "purchaseOrder")
    for step in ("submit", "approve", "send"):
        given = {"purchaseOrderId": world.ids["purchase order"], "reason": world.text("Wanted")}
        await world.changed(f"{step}PurchaseOrder", given)
    arrived = {
        "purchaseOrderId": world.ids["purchase order"], "lines": [{"sku": world.code("BREAD"), "quantity": "4"}],
        "deliveryNote": world.text("Note"), "idempotencyKey": world.key(),
    }  # fmt: skip
    world.ids["goods receipt"] = await world.made("receivePurchaseOrder", arrived, "goodsReceipt")
    query = "query($id: ID!) { goodsReceipt(id: $id) { lines { nodes { id } } } }"
    data = await world.graph(query, {"id": world.ids["goods receipt"]})
    line_id = data["goodsReceipt"]["lines"]["nodes"][0]["id"]
    returned = {
        "goodsReceiptId": world.ids["goods receipt"], "reason": world.text("Stale"), "reference": world.text("Permission"),
        "lines": [{"goodsReceiptLineId": line_id, "quantity": "1"}], "idempotencyKey": world.key(),
    }  # fmt: skip
    world.ids["supplier return"] = await world.made("returnToSupplier", returned, "supplierReturn")
    query = "query($id: ID!) { purchaseOrder(id: $id) { lines { nodes { id } } } }"
    data = await world.graph(query, {"id": world.ids["purchase order"]})
    line_id = data["purchaseOrder"]["lines"]["nodes"][0]["id"]
    notice = {
        "supplierCode": world.code("ACME"), "lines": [{"purchaseOrderLineId": line_id, "quantity": "2"}],
        "carrier": world.text("Carrier"), "trackingNumber": world.text("Parcel"), "deliveryNote": world.text("Note"),
        "note": world.text("Two pallets"), "expectedAt": "2997-01-01T00:00:00Z",
    }  # fmt: skip
    world.ids["notice"] = await world.made("createAdvanceShippingNotice", notice, "advanceShippingNotice")
    billed = {"quantity": "4", "unitPrice": {"amount": "41", "currency": "KES"}}
    invoice = {
        "idempotencyKey": world.key(), "supplierCode": world.code("ACME"), "number": world.text("Invoice"), "issuedOn": "2025-01-01",
        "currency": "KES", "lines": [{"purchaseOrderLineId": line_id, **billed}],
    }  # fmt: skip
    world.ids["supplier invoice"] = await world.made("recordSupplierInvoice", invoice, "supplierInvoice")


async def _given_costs(world: World) -> None:
    """A cost put on what came, and stock that is kept by another method from then on."""
    landing = {
        "goodsReceiptIds": [world.ids["goods receipt"]], "amount": {"amount": "10", "currency": "KES"}, "by": "COUNT",
        "description": world.text("Freight"), "idempotencyKey": world.key(),
    }  # fmt: skip
    world.ids["landed cost"] = await world.made("addLandedCost", landing, "landedCost")
    await world.changed("updateTenant", {"costingMethod": "FIFO"})
    lines = [{"sku": world.code("BREAD"), "quantity": "1"}]
    await world.changed("receiveStock", {"lines": lines, "idempotencyKey": world.key()})


async def _given_transfers(world: World) -> None:
    """A transfer to the store, of which a part has arrived."""
    transfer = {
        "fromWarehouse": {"id": world.ids["warehouse"]}, "toWarehouse": {"code": world.code("STORE")},
        "lines": [{"sku": world.code("MILK"), "quantity": "3", "lotCode": world.code("LOT")}],
        "reference": world.text("List"), "note": world.text("Before noon"), "expectedAt": "2998-01-01T00:00:00Z",
    }  # fmt: skip
    select = "transfer { id lines { nodes { id } } }"
    made = (await world.graph.accepted("createTransfer", transfer, select))["transfer"]
    world.ids["transfer"], world.ids["transfer line"] = made["id"], made["lines"]["nodes"][0]["id"]
    named = {"transferId": made["id"], "reason": world.text("Wanted")}
    await world.changed("approveTransfer", named)
    await world.changed("shipTransfer", {**named, "idempotencyKey": world.key()})
    broken = {
        "lineId": world.ids["transfer line"], "quantity": "1", "condition": "DAMAGED", "reason": "DAMAGED",
        "note": world.text("Fell off"),
    }  # fmt: skip
    await world.changed("receiveTransfer", {**named, "idempotencyKey": world.key(), "lines": [broken]})


async def _given_rules(world: World) -> None:
    """Bread is short in the store, and the warehouse has enough; nobody sells spare parts."""
    rule = {
        "sku": world.code("BREAD"), "method": "MIN_MAX", "warehouse": {"id": world.ids["store"]}, "reorderPoint": "500",
        "maximum": "900", "supplierCode": world.code("ACME"), "fromWarehouse": {"id": world.ids["warehouse"]},
    }  # fmt: skip
    await world.changed("setReplenishmentRule", rule)
    spare = {"sku": world.code("SPARE"), "method": "REORDER_POINT", "reorderPoint": "3", "orderQuantity": "5"}
    await world.changed("setReplenishmentRule", spare)


async def _given_waves(world: World) -> None:
    """A wave of a transfer that is to leave, released to a picker."""
    transfer = {
        "fromWarehouse": {"id": world.ids["warehouse"]}, "toWarehouse": {"code": world.code("STORE")},
        "lines": [{"sku": world.code("BREAD"), "quantity": "1"}],
    }  # fmt: skip
    world.ids["picked transfer"] = await world.made("createTransfer", transfer, "transfer")
    await world.changed("approveTransfer", {"transferId": world.ids["picked transfer"]})
    wave = {
        "warehouse": {"id": world.ids["warehouse"]}, "transferIds": [world.ids["picked transfer"]],
        "pickerId": world.text("Mary"),
    }  # fmt: skip
    world.ids["pick wave"] = await world.made("createPickWave", wave, "pickWave")
    await world.changed("releasePickWave", {"waveId": world.ids["pick wave"]})


async def _given_rights(world: World) -> None:
    api_key = {"name": world.text("Till"), "scopes": ["viewer"], "outletIds": [world.ids["outlet"]]}
    world.ids["api key"] = await world.made("createApiKey", api_key, "apiKey")
    await world.changed("grantRole", {"subject": world.text("somebody"), "roleCode": "viewer"})


def unknown_id() -> str:
    """An id of nothing."""
    return str(uuid4())
