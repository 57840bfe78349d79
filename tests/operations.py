"""A request of every root field of the schema that is accepted in a given world.

Tests that speak of the whole schema (isolation, bad input) start from these. A field without one fails ``test_operations``.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tests.given.worlds import World, unknown_id
from tests.graph import GraphClient
from tests.selections import document

Arguments: TypeAlias = dict[str, Any]
Builder: TypeAlias = Callable[[World], Arguments | Awaitable[Arguments]]

OWN = "own"
NOTHING = "nothing"
NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request. ``foreign`` is what a caller gets who sends that of another tenant's world: ``OWN`` where it names
    nothing that is another's, ``NOTHING`` where unknown things read null or empty, else the code of the refusal."""

    field: str
    builder: Builder
    foreign: str
    label: str = ""

    @property
    def name(self) -> str:
        return f"{self.field} {self.label}".strip()

    async def arguments(self, world: World) -> Arguments:
        """The arguments by name; made anew at every call, so that what a request uses up is there."""
        built = self.builder(world)
        return await built if inspect.isawaitable(built) else built

    def document(self, arguments: Mapping[str, Any]) -> str:
        """The text of the operation, which selects everything."""
        return document(self.field, list(arguments))


def platform_graph(graph: GraphClient) -> GraphClient:
    """The tenant's administrator who is the platform's owner besides: nothing is forbidden."""
    owner = replace(graph.tenant.actor, is_platform_owner=True)
    return replace(graph, tenant=replace(graph.tenant, actor=owner))


def _query(field: str, builder: Builder, foreign: str = NOTHING, label: str = "") -> Operation:
    return Operation(field=field, builder=builder, foreign=foreign, label=label)


def _mutation(field: str, builder: Builder, foreign: str = NOT_FOUND) -> Operation:
    async def arguments(world: World) -> Arguments:
        built = builder(world)
        return {"input": await built if inspect.isawaitable(built) else built}

    return Operation(field=field, builder=arguments, foreign=foreign)


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


QUERIES = (
    _query("me", lambda _: {}, OWN),
    _query("roles", lambda _: {}, OWN),
    _query("apiKeys", lambda _: {}, OWN),
    _query("units", lambda _: {}, OWN),
    _query("categories", lambda _: {}, OWN),
    _query("warehouses", lambda _: {}, OWN),
    _query("stockAudit", lambda _: {}, OWN),
    _query("_service", lambda _: {}, OWN),
    _query("category", lambda w: {"slug": w.code("food")}),
    _query("item", lambda w: {"key": {"id": w.ids["BREAD"]}}, label="by id"),
    _query("item", lambda w: {"key": {"sku": w.code("TOAST")}}, label="by SKU"),
    _query("item", lambda w: {"key": {"barcode": w.code("SCAN")}}, label="by barcode"),
    _query("variant", lambda w: {"key": {"id": w.ids["SHIRT-L"]}}, label="by id"),
    _query("variant", lambda w: {"key": {"sku": w.code("MILK")}}, label="by SKU"),
    _query("items", lambda _: {"first": 5}, OWN),
    _query(
        "items",
        lambda w: {
            "first": 100, "filter": {"text": w.code("BREAD"), "categorySlug": w.code("food")},
            "orderBy": {"field": "NAME", "direction": "DESC"},
        },
        label="filtered",
    ),
    _query(
        "items",
        lambda w: {"filter": {"lowStock": True, "warehouse": {"id": w.ids["warehouse"]}, "type": ["GOODS"]}},
        label="low",
    ),
    _query("suppliers", lambda _: {"filter": {"isActive": True}}, OWN),
    _query("supplier", lambda w: {"code": w.code("ACME")}),
    _query("warehouse", lambda w: {"key": {"id": w.ids["store"]}}, label="by id"),
    _query("warehouse", lambda w: {"key": {"outletId": w.ids["outlet"]}}, label="by outlet"),
    _query("warehouse", lambda w: {"key": {"code": w.code("STORE")}}, label="by code"),
    _query("stockBalance", lambda w: {"sku": w.code("MILK")}),
    _query("stockBalance", lambda w: {"sku": w.code("BREAD"), "warehouse": {"id": w.ids["store"]}}, label="elsewhere"),
    _query("lot", lambda w: {"sku": w.code("MILK"), "code": w.code("LOT")}),
    _query("serial", lambda w: {"sku": w.code("TILL"), "serial": w.code("T-1")}),
    _query("availability", lambda w: {"skus": [w.code(sku) for sku in ("BREAD", "TOAST", "CUT")]}, OWN),
    _query(
        "availability",
        lambda w: {"skus": [w.code("BREAD")], "outletId": w.ids["outlet"], "warehouseId": w.ids["warehouse"]},
        OWN,
        label="at an outlet",
    ),
)  # fmt: skip

IDENTITY = (
    _mutation(
        "createTenant",
        lambda w: {
            "slug": w.fresh("tenant"), "name": w.text("Tenant"), "id": unknown_id(), "currency": "KES",
            "timezone": "Africa/Nairobi", "allowNegative": False, "publicLevels": False, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation(
        "updateTenant",
        lambda w: {
            "name": w.text("Tenant"), "timezone": "Africa/Nairobi", "allocationStrategy": "NEAREST",
            "maySplitReservations": True, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation(
        "createApiKey",
        lambda w: {
            "name": w.text("Till"), "scopes": ["viewer"], "outletIds": [w.ids["outlet"]], "idempotencyKey": w.key(),
            "expiresAt": "2999-01-01T00:00:00Z",
        },
    ),
    _mutation("rotateApiKey", lambda w: _of_a_new_api_key(w, grace="PT5M")),
    _mutation("revokeApiKey", _of_a_new_api_key),
    _mutation(
        "grantRole",
        lambda w: {
            "subject": w.text("somebody"), "roleCode": "viewer", "expiresAt": "2999-01-01T00:00:00Z",
            "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation("revokeRole", _of_a_new_role),
)  # fmt: skip


MASTERDATA = (
    _mutation(
        "createUnit",
        lambda w: {
            "code": w.fresh("U").replace("-", "_"), "name": w.fresh("Unit"), "abbreviation": w.fresh("u"),
            "dimension": "MASS", "baseQuantity": "2.5", "quantity": "1", "isWhole": False, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation(
        "createCategory",
        lambda w: {
            "slug": w.fresh("cat"), "name": w.text("Category"), "code": w.fresh("C"), "parentSlug": w.code("food"),
            "position": 3, "idempotencyKey": w.key(),
        },
    ),
    _mutation(
        "updateCategory",
        lambda w: {"slug": w.code("bakery"), "name": w.text("Bakery"), "code": "B", "parentSlug": w.code("food"), "position": 1},
    ),
    _mutation(
        "createItem",
        lambda w: {
            "sku": w.fresh("ITEM"), "name": w.text("Item"), "description": w.text("Described"), "type": "GOODS",
            "tracking": "NONE", "unit": "PIECE", "categorySlug": w.code("bakery"), "barcodes": [w.fresh("SCAN")],
            "tags": [w.text("tag")], "metadata": {"note": w.text("kept")}, "shelfLifeDays": 3, "allowNegative": False,
            "removalStrategy": "FIFO", "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    _mutation(
        "updateItem",
        lambda w: {
            "item": {"id": w.ids["SHIRT"]}, "name": w.text("Shirt"), "description": w.text("Described"),
            "tags": [w.text("tag")], "metadata": {}, "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    _mutation("archiveItem", lambda w: {"item": {"id": w.ids["SPARE"]}}),
    _mutation("reactivateItem", lambda w: {"item": {"id": w.ids["SPARE"]}}),
    _mutation(
        "createVariant",
        lambda w: {
            "item": {"id": w.ids["SHIRT"]}, "sku": w.fresh("SHIRT"), "name": w.text("Another"),
            "attributes": [{"name": "Size", "value": w.text("M")}], "barcodes": [w.fresh("SCAN")],
            "metadata": {"note": w.text("kept")}, "externalReference": w.fresh("other"), "idempotencyKey": w.key(),
        },
    ),
    _mutation(
        "updateVariant",
        lambda w: {
            "variant": {"id": w.ids["SHIRT-L"]}, "name": w.text("Large"), "metadata": {"note": w.text("kept")},
            "attributes": [{"name": "Size", "value": w.text("L")}], "externalReference": w.fresh("other"),
            "idempotencyKey": w.key(),
        },
    ),
    _mutation("archiveVariant", lambda w: {"variant": {"id": w.ids["SPARE variant"]}}),
    _mutation("reactivateVariant", lambda w: {"variant": {"id": w.ids["SPARE variant"]}}),
    _mutation(
        "addBarcode",
        lambda w: {
            "variant": {"id": w.ids["SHIRT-L"]}, "code": w.fresh("SCAN"), "unit": "PIECE", "symbology": "CODE128",
        },
    ),
    _mutation("removeBarcode", _of_a_new_barcode),
    _mutation(
        "setUnitBridge",
        lambda w: {
            "item": {"id": w.ids["BREAD"]}, "fromUnit": "BOX", "fromQuantity": "1", "toUnit": "PIECE", "toQuantity": "12",
        },
    ),
    _mutation(
        "createBillOfMaterials",
        lambda w: {
            "item": {"id": w.ids["TOAST"]}, "outputQuantity": "1", "outputUnit": "PIECE", "yieldPercent": "100",
            "components": [
                {"sku": w.code("BREAD"), "quantity": "2", "unit": "SLICE", "wastePercent": "5", "isOptional": False},
            ],
            "idempotencyKey": w.key(),
        },
    ),
    _mutation(
        "createSupplier",
        lambda w: {
            "code": w.fresh("S"), "name": w.text("Supplier"), "email": "s@example.com", "phone": "+254 700 000 000",
            "currency": "KES", "paymentTermsDays": 30, "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation(
        "updateSupplier",
        lambda w: {
            "supplierCode": w.code("ACME"), "name": w.text("Acme"), "email": "a@example.com", "phone": "+254 700 000 001",
            "currency": "KES", "paymentTermsDays": 7, "isActive": True,
        },
    ),
    _mutation(
        "setSupplierItem",
        lambda w: {
            "supplierCode": w.code("ACME"), "sku": w.code("MILK"), "supplierSku": w.text("Milk"), "unit": "LITRE",
            "unitPrice": {"amount": "90", "currency": "KES"}, "leadTimeDays": 2, "orderMinimum": "1",
            "orderMultiple": "1", "isPreferred": False,
        },
    ),
)  # fmt: skip


PLACES = (
    _mutation(
        "createWarehouse",
        lambda w: {
            "code": w.fresh("W"), "name": w.text("Warehouse"), "type": "WAREHOUSE", "timezone": "Africa/Nairobi",
            "isDefault": False, "priority": 50, "allowNegative": False, "address": w.text("There"), "idempotencyKey": w.key(),
            "coordinates": {"latitude": -1.2921, "longitude": 36.8219},
        },
        OWN,
    ),
    _mutation(
        "updateWarehouse",
        lambda w: {
            "warehouse": {"id": w.ids["store"]}, "name": w.text("Store"), "type": "WAREHOUSE", "priority": 20,
            "timezone": "Africa/Nairobi", "address": w.text("There"), "isDefault": False, "isActive": True,
            "coordinates": {"latitude": -1.2921, "longitude": 36.8219},
        },
    ),
    _mutation("archiveWarehouse", _of_a_new_warehouse),
    _mutation(
        "createOutlet",
        lambda w: {
            "id": unknown_id(), "code": w.fresh("outlet"), "name": w.text("Outlet"), "address": w.text("There"),
            "useCase": "hospitality", "isHq": False, "timezone": "Africa/Nairobi", "idempotencyKey": w.key(),
        },
        OWN,
    ),
    _mutation(
        "createLocation",
        lambda w: {
            "warehouse": {"id": w.ids["warehouse"]}, "code": w.fresh("L"), "name": w.text("Place"), "type": "BIN",
            "parentCode": w.code("SHELF"), "idempotencyKey": w.key(),
        },
    ),
    _mutation(
        "updateLocation",
        lambda w: {
            "warehouse": {"id": w.ids["warehouse"]}, "code": w.code("BOX"), "name": w.text("Box"),
            "parentCode": w.code("SHELF"), "isActive": True,
        },
    ),
    _mutation("archiveLocation", lambda w: {"warehouse": {"id": w.ids["warehouse"]}, "code": w.code("EMPTY")}),
)  # fmt: skip


STOCK = (
    _mutation(
        "setStockLevels",
        lambda w: {
            "sku": w.code("BREAD"), "reorderPoint": "10", "safetyStock": "2", "warehouse": {"id": w.ids["warehouse"]},
        },
    ),
    _mutation(
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
    _mutation(
        "adjustStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("BREAD"), "delta": "1", "unit": "PIECE", "reason": "FOUND",
            "warehouse": {"id": w.ids["warehouse"]}, "note": w.text("Found"), "locationCode": w.code("SHELF"),
            "occurredAt": "2025-01-01T00:00:00Z",
        },
    ),
    _mutation(
        "setStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("SHIRT-L"), "quantity": "31", "changeFromQuantity": None,
            "reason": "RECOUNT", "warehouse": {"id": w.ids["warehouse"]},
        },
    ),
    _mutation(
        "moveStock",
        lambda w: {
            "idempotencyKey": w.key(), "sku": w.code("MILK"), "quantity": "0.001", "unit": "LITRE", "reason": "INSPECTION",
            "warehouse": {"id": w.ids["warehouse"]}, "lotCode": w.code("LOT"), "fromState": "AVAILABLE",
            "toState": "QUARANTINED", "toLocationCode": w.code("SHELF"), "note": w.text("Sour"),
        },
    ),
)  # fmt: skip

OPERATIONS = (*QUERIES, *STOCK, *MASTERDATA, *PLACES, *IDENTITY)
"""In an order in which each finds what it needs."""
