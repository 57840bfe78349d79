"""A request of every root field of the schema that is accepted in a given world.

Tests that speak of the whole schema (isolation, bad input) start from these. A field without one fails ``test_operations``.
"""

from typing import Any

from tests.given.worlds import World, unknown_id
from tests.operation import NOT_FOUND, NOTHING, OWN, Arguments, Operation, mutation, platform_graph, query
from tests.operations_of_costs import COSTS
from tests.operations_of_lists import LISTS
from tests.operations_of_periods import PERIODS
from tests.operations_of_picking import PICKING
from tests.operations_of_purchasing import PURCHASING, SUPPLIERS
from tests.operations_of_replenishment import REPLENISHMENT
from tests.operations_of_selling import SELLING
from tests.operations_of_transfers import TRANSFERS

__all__ = ["NOTHING", "NOT_FOUND", "OPERATIONS", "OWN", "PAPERWORK", "Operation", "platform_graph"]


async def _of_a_new_api_key(world: World, **fields: Any) -> Arguments:
    given = {"name": world.text("Till"), "scopes": ["viewer"], "idempotencyKey": world.key()}
    return {"id": await world.made("createApiKey", given, "apiKey"), "idempotencyKey": world.key(), **fields}


async def _of_a_new_role(world: World) -> Arguments:
    given = {"subject": world.fresh("user"), "roleCode": "viewer"}
    await world.changed("grantRole", given)
    return {**given, "idempotencyKey": world.key()}


async def _of_a_new_barcode(world: World) -> Arguments:
    code = world.fresh("SCAN")
    await world.changed("addBarcode", {"variant": {"id": world.ids["SHIRT-L"]}, "code": code})
    return {"code": code}


async def _of_a_new_warehouse(world: World) -> Arguments:
    given = {"code": world.fresh("W"), "name": world.text("Warehouse")}
    return {"warehouse": {"id": await world.made("createWarehouse", given, "warehouse")}}


async def _of_a_new_reservation(world: World, **fields: Any) -> Arguments:
    # A service holds nothing, so that any number of requests finds what it needs.
    given = {"lines": [{"sku": world.code("CUT"), "quantity": "1"}], "type": "CLICK_AND_COLLECT"}
    made = await world.made("reserveStock", {**given, "idempotencyKey": world.key()}, "reservation")
    return {"idempotencyKey": world.key(), "reservationId": made, **fields}


async def _of_a_consumed_order(world: World) -> Arguments:
    order_id = unknown_id()
    lines = [{"sku": world.code("CUT"), "quantity": "1"}]
    await world.changed("consumeStock", {"idempotencyKey": world.key(), "orderId": order_id, "lines": lines})
    return {"idempotencyKey": world.key(), "orderId": order_id, "lines": lines, "reason": world.text("Cold")}


QUERIES = (
    query("me", lambda _: {}, OWN),
    query("roles", lambda _: {}, OWN),
    query("apiKeys", lambda _: {}, OWN),
    query("units", lambda _: {}, OWN),
    query("categories", lambda _: {}, OWN),
    query("warehouses", lambda _: {}, OWN),
    query("stockAudit", lambda _: {}, OWN),
    query("deadLetters", lambda _: {"first": 5}, OWN),
    query("_service", lambda _: {}, OWN),
    query("category", lambda w: {"slug": w.code("food")}),
    query("item", lambda w: {"key": {"id": w.ids["BREAD"]}}, label="by id"),
    query("item", lambda w: {"key": {"sku": w.code("TOAST")}}, label="by SKU"),
    query("item", lambda w: {"key": {"barcode": w.code("SCAN")}}, label="by barcode"),
    query("variant", lambda w: {"key": {"id": w.ids["SHIRT-L"]}}, label="by id"),
    query("variant", lambda w: {"key": {"sku": w.code("MILK")}}, label="by SKU"),
    query("items", lambda _: {"first": 5}, OWN),
    query(
        "items",
        lambda w: {
            "first": 100, "filter": {"text": w.code("BREAD"), "categorySlug": w.code("food")},
            "orderBy": {"field": "NAME", "direction": "DESC"},
        },
        label="filtered",
    ),
    query(
        "items",
        lambda w: {"filter": {"lowStock": True, "warehouse": {"id": w.ids["warehouse"]}, "type": ["GOODS"]}},
        label="low",
    ),
    query("suppliers", lambda _: {"filter": {"isActive": True}}, OWN),
    query("supplier", lambda w: {"code": w.code("ACME")}),
    query("warehouse", lambda w: {"key": {"id": w.ids["store"]}}, label="by id"),
    query("warehouse", lambda w: {"key": {"outletId": w.ids["outlet"]}}, label="by outlet"),
    query("warehouse", lambda w: {"key": {"code": w.code("STORE")}}, label="by code"),
    query("stockBalance", lambda w: {"sku": w.code("MILK")}),
    query("stockBalance", lambda w: {"sku": w.code("BREAD"), "warehouse": {"id": w.ids["store"]}}, label="elsewhere"),
    query("lot", lambda w: {"sku": w.code("MILK"), "code": w.code("LOT")}),
    query("serial", lambda w: {"sku": w.code("TILL"), "serial": w.code("T-1")}),
    query("reservation", lambda w: {"id": w.ids["reservation"]}),
    query("reservations", lambda _: {"first": 5}, OWN),
    query(
        "reservations",
        lambda w: {
            "filter": {
                "orderId": w.ids["order"], "status": ["HELD"], "type": ["ORDER"], "createdSince": "2025-01-01T00:00:00Z",
                "warehouseId": w.ids["warehouse"], "variantId": w.ids["BREAD variant"], "createdBefore": "2999-01-01T00:00:00Z",
            }
        },
        label="filtered",
    ),
    query("availability", lambda w: {"skus": [w.code(sku) for sku in ("BREAD", "TOAST", "CUT")]}, OWN),
    query(
        "availability",
        lambda w: {"skus": [w.code("BREAD")], "outletId": w.ids["outlet"], "warehouseId": w.ids["warehouse"],
            "channel": w.code("web"),
        },
        OWN,
        label="at an outlet",
    ),
)  # fmt: skip

IDENTITY = (
    mutation("replayDeadLetters", lambda w: {"aggregateId": w.ids["BREAD"]}, OWN),
    mutation(
        "createTenant",
        lambda w: {
            "slug": w.fresh("tenant"), "name": w.text("Tenant"), "id": unknown_id(), "currency": "KES",
            "timezone": "Africa/Nairobi", "allowNegative": False, "publicLevels": False, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation(
        "updateTenant",
        lambda w: {
            "name": w.text("Tenant"), "timezone": "Africa/Nairobi", "allocationStrategy": "NEAREST",
            "maySplitReservations": True, "idempotencyKey": w.key(), "alerts": ["STOCK_LOW", "STOCK_OUT"],
            "alertTarget": w.text("clerks"), "alertEmail": "stock@example.com", "lotExpiryAlertDays": 14,
            "purchaseApprovers": 1, "purchaseApprovalLimit": {"amount": "50000", "currency": "KES"},
            "overReceiptPercent": "5", "costingMethod": "FIFO", "matchQuantityPercent": "1", "matchPricePercent": "2",
            "matchAmount": {"amount": "10", "currency": "KES"},
        },
        OWN,
    ),
    mutation(
        "createApiKey",
        lambda w: {
            "name": w.text("Till"), "scopes": ["viewer"], "outletIds": [w.ids["outlet"]], "idempotencyKey": w.key(),
            "expiresAt": "2999-01-01T00:00:00Z",
        },
    ),
    mutation("rotateApiKey", lambda w: _of_a_new_api_key(w, grace="PT5M")),
    mutation("revokeApiKey", _of_a_new_api_key),
    mutation(
        "setRoleApprovalLimit",
        lambda w: {
            "roleCode": "purchasing_officer", "limit": {"amount": "50000", "currency": "KES"}, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation(
        "grantRole",
        lambda w: {
            "subject": w.text("somebody"), "roleCode": "viewer", "expiresAt": "2999-01-01T00:00:00Z",
            "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation("revokeRole", _of_a_new_role),
)  # fmt: skip


MASTERDATA = (
    mutation(
        "createUnit",
        lambda w: {
            "code": w.fresh("U").replace("-", "_"), "name": w.fresh("Unit"), "abbreviation": w.fresh("u"),
            "dimension": "MASS", "baseQuantity": "2.5", "quantity": "1", "isWhole": False, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation(
        "createCategory",
        lambda w: {
            "slug": w.fresh("cat"), "name": w.text("Category"), "code": w.fresh("C"), "parentSlug": w.code("food"),
            "position": 3, "costingMethod": "FIFO", "idempotencyKey": w.key(),
        },
    ),
    mutation(
        "updateCategory",
        lambda w: {"slug": w.code("bakery"), "name": w.text("Bakery"), "code": "B", "parentSlug": w.code("food"), "position": 1, "costingMethod": "FIFO"},
    ),
    mutation(
        "createItem",
        lambda w: {
            "sku": w.fresh("ITEM"), "name": w.text("Item"), "description": w.text("Described"), "type": "GOODS",
            "tracking": "NONE", "unit": "PIECE", "categorySlug": w.code("bakery"), "barcodes": [w.fresh("SCAN")],
            "tags": [w.text("tag")], "metadata": {"note": w.text("kept")}, "shelfLifeDays": 3, "allowNegative": False,
            "removalStrategy": "FIFO", "allergens": ["gluten"], "controlledClass": w.text("schedule"),
            "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    mutation(
        "updateItem",
        lambda w: {
            "item": {"id": w.ids["SHIRT"]}, "name": w.text("Shirt"), "description": w.text("Described"),
            "tags": [w.text("tag")], "metadata": {}, "allergens": [w.text("sesame")], "controlledClass": None,
            "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    mutation("archiveItem", lambda w: {"item": {"id": w.ids["SPARE"]}}),
    mutation("reactivateItem", lambda w: {"item": {"id": w.ids["SPARE"]}}),
    mutation(
        "createVariant",
        lambda w: {
            "item": {"id": w.ids["SHIRT"]}, "sku": w.fresh("SHIRT"), "name": w.text("Another"),
            "attributes": [{"name": "Size", "value": w.text("M")}], "barcodes": [w.fresh("SCAN")],
            "metadata": {"note": w.text("kept")}, "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    mutation(
        "updateVariant",
        lambda w: {
            "variant": {"id": w.ids["SHIRT-L"]}, "name": w.text("Large"), "metadata": {"note": w.text("kept")},
            "attributes": [{"name": "Size", "value": w.text("L")}], "externalReference": w.fresh("other"),
            "idempotencyKey": w.key(),
        },
    ),
    mutation("archiveVariant", lambda w: {"variant": {"id": w.ids["SPARE variant"]}}),
    mutation("reactivateVariant", lambda w: {"variant": {"id": w.ids["SPARE variant"]}}),
    mutation(
        "addBarcode",
        lambda w: {
            "variant": {"id": w.ids["SHIRT-L"]}, "code": w.fresh("SCAN"), "unit": "PIECE", "symbology": "CODE128",
        },
    ),
    mutation("removeBarcode", _of_a_new_barcode),
    mutation(
        "setUnitBridge",
        lambda w: {
            "item": {"id": w.ids["BREAD"]}, "fromUnit": "BOX", "fromQuantity": "1", "toUnit": "PIECE", "toQuantity": "12",
        },
    ),
    mutation(
        "createBillOfMaterials",
        lambda w: {
            "item": {"id": w.ids["TOAST"]}, "outputQuantity": "1", "outputUnit": "PIECE", "yieldPercent": "100",
            "components": [
                {"sku": w.code("BREAD"), "quantity": "2", "unit": "SLICE", "wastePercent": "5", "isOptional": False},
            ],
            "idempotencyKey": w.key(),
        },
    ),
)  # fmt: skip


PLACES = (
    mutation(
        "createWarehouse",
        lambda w: {
            "code": w.fresh("W"), "name": w.text("Warehouse"), "type": "WAREHOUSE", "timezone": "Africa/Nairobi",
            "isDefault": False, "priority": 50, "allowNegative": False, "address": w.text("There"), "idempotencyKey": w.key(),
            "coordinates": {"latitude": -1.2921, "longitude": 36.8219},
        },
        OWN,
    ),
    mutation(
        "updateWarehouse",
        lambda w: {
            "warehouse": {"id": w.ids["store"]}, "name": w.text("Store"), "type": "WAREHOUSE", "priority": 20,
            "timezone": "Africa/Nairobi", "address": w.text("There"), "isDefault": False, "isActive": True,
            "coordinates": {"latitude": -1.2921, "longitude": 36.8219},
        },
    ),
    mutation("archiveWarehouse", _of_a_new_warehouse),
    mutation(
        "createOutlet",
        lambda w: {
            "id": unknown_id(), "code": w.fresh("outlet"), "name": w.text("Outlet"), "address": w.text("There"),
            "useCase": "hospitality", "isHq": False, "timezone": "Africa/Nairobi", "idempotencyKey": w.key(),
        },
        OWN,
    ),
    mutation(
        "createLocation",
        lambda w: {
            "warehouse": {"id": w.ids["warehouse"]}, "code": w.fresh("L"), "name": w.text("Place"), "type": "BIN",
            "parentCode": w.code("SHELF"), "idempotencyKey": w.key(),
        },
    ),
    mutation(
        "updateLocation",
        lambda w: {
            "warehouse": {"id": w.ids["warehouse"]}, "code": w.code("BOX"), "name": w.text("Box"),
            "parentCode": w.code("SHELF"), "isActive": True,
        },
    ),
    mutation("archiveLocation", lambda w: {"warehouse": {"id": w.ids["warehouse"]}, "code": w.code("EMPTY")}),
)  # fmt: skip


STOCK = (
    mutation(
        "setStockLevels",
        lambda w: {
            "sku": w.code("BREAD"), "reorderPoint": "10", "safetyStock": "2", "warehouse": {"id": w.ids["warehouse"]},
        },
    ),
    mutation(
        "receiveStock",
        lambda w: {
            "idempotencyKey": w.key(), "warehouse": {"id": w.ids["warehouse"]}, "reference": w.text("Note"),
            "occurredAt": "2025-01-01T00:00:00Z",
            "lines": [
                {
                    "sku": w.code("MILK"), "quantity": "5", "unit": "LITRE", "lotCode": w.fresh("LOT"),
                    "unitCost": {"amount": "80", "currency": "KES"}, "locationCode": w.code("SHELF"),
                    "expiresOn": "2999-01-01", "serials": [],
                }
            ],
        },
    ),
    mutation(
        "adjustStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("BREAD"), "delta": "1", "unit": "PIECE", "reason": "FOUND",
            "warehouse": {"id": w.ids["warehouse"]}, "note": w.text("Found"), "locationCode": w.code("SHELF"),
            "occurredAt": "2025-01-01T00:00:00Z",
        },
    ),
    mutation(
        "setStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("SHIRT-L"), "quantity": "31", "changeFromQuantity": None,
            "reason": "RECOUNT", "warehouse": {"id": w.ids["warehouse"]},
        },
    ),
    mutation(
        "moveStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("MILK"), "quantity": "0.001", "unit": "LITRE", "reason": "INSPECTION",
            "warehouse": {"id": w.ids["warehouse"]}, "lotCode": w.code("LOT"), "fromState": "AVAILABLE",
            "toState": "QUARANTINED", "toLocationCode": w.code("SHELF"), "note": w.text("Sour"),
        },
    ),
)  # fmt: skip

RESERVATIONS = (
    mutation(
        "reserveStock",
        lambda w: {
            "idempotencyKey": w.key(), "type": "ORDER", "orderId": unknown_id(), "expiresIn": "PT30M", "priority": 1,
            "pickupAt": None, "onShortage": "PARTIAL", "minimumShelfLifeDays": 1, "fillPartially": True, "channel": "web", "deliverTo": {"latitude": -1.28, "longitude": 36.82},
            "warehouse": {"id": w.ids["warehouse"]},
            "lines": [
                {"sku": w.code("MILK"), "quantity": "1", "unit": "LITRE", "lotCode": w.code("LOT"), "lineReference": "a"},
                {"sku": w.code("TOAST"), "quantity": "1", "modifiers": [{"sku": w.code("MILK"), "quantity": "0.01"}]},
            ],
        },
    ),
    mutation("extendReservation", lambda w: _of_a_new_reservation(w, expiresIn="PT1H")),
    mutation("markReservationReady", _of_a_new_reservation),
    mutation("markReservationNoShow", lambda w: _of_a_new_reservation(w, reason=w.text("Nobody came"))),
    mutation("assignReservation", lambda w: _of_a_new_reservation(w, orderId=unknown_id())),
    mutation("commitReservation", lambda w: _of_a_new_reservation(w, remainder="KEEP", occurredAt="2025-01-01T00:00:00Z")),
    mutation("releaseReservation", lambda w: _of_a_new_reservation(w, reason=w.text("Changed"))),
    mutation(
        "consumeStock",
        lambda w: {
            "idempotencyKey": w.key(), "orderId": unknown_id(), "outletId": w.ids["outlet"], "reason": "SALE",
            "occurredAt": "2025-01-01T00:00:00Z", "onShortage": "PARTIAL", "isAdditional": False,
            "lines": [{"sku": w.code("BREAD"), "quantity": "1", "unit": "PIECE", "lineReference": "a"}],
        },
    ),
    mutation("reverseConsumption", _of_a_consumed_order),
)  # fmt: skip

PAPERWORK = (*PURCHASING, *TRANSFERS, *REPLENISHMENT, *SUPPLIERS, *PICKING, *COSTS, *LISTS)
"""What is asked about documents; the rest is about stock, who may have it, and what it is of."""

OPERATIONS = (
    *QUERIES,
    *STOCK,
    *PERIODS,
    *RESERVATIONS,
    *SELLING,
    *PAPERWORK,
    *MASTERDATA,
    *PLACES,
    *IDENTITY,
)
"""In an order in which each finds what it needs."""
