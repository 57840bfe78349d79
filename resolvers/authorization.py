"""Who may call each root field, said to routers that check it before they ask.

The service checks for itself in any case: this is the same rule as a table, and a test holds the two together.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

Authorization: TypeAlias = Literal["none", "authenticated", "scopes"]
"""What the schema says of it: nothing, where a caller has to be known, or which permission it needs besides."""

OPEN = ("availability", "_service", "_entities")
"""What callers without a credential may call: shoppers, and the router, which proves itself by its secret."""

ANY_CALLER: Mapping[str, str] = {
    "me": "for every caller that is known",
    "createTenant": "for platform owners",
}
"""What depends on more than a permission, and for whom it is."""

RESERVATION_STEP = (
    "inventory.reservations.change",
    "inventory.reservations.change_own",
    "inventory.reservations.add",
)
"""Any one of these: the last two for who made the reservation."""

RECEIVING = ("inventory.purchasing.view", "inventory.stock.add")
"""Any one of these: who receives goods has to see what is expected."""

EXPORTING = (
    "inventory.stock.view",
    "inventory.items.view",
    "inventory.purchasing.view",
    "inventory.stock.add",
    "inventory.transfers.view",
)
"""Any one of these, by what the list is of: the permission of the query that shows the same."""

PERMISSIONS: Mapping[str, str | tuple[str, ...]] = {
    "advanceShippingNotice": RECEIVING,
    "advanceShippingNotices": RECEIVING,
    "apiKeys": "inventory.users.manage",
    "categories": "inventory.categories.view",
    "category": "inventory.categories.view",
    "deadLetters": "inventory.config.view",
    "export": EXPORTING,
    "item": "inventory.items.view",
    "goodsReceipt": RECEIVING,
    "inventoryEvents": "inventory.config.view",
    "items": "inventory.items.view",
    "landedCost": "inventory.stock.view",
    "landedCosts": "inventory.stock.view",
    "lot": "inventory.stock.view",
    "pickWave": "inventory.stock.view",
    "pickWaves": "inventory.stock.view",
    "periods": "inventory.periods.view",
    "purchaseMatch": RECEIVING,
    "purchaseOrder": RECEIVING,
    "purchaseOrderChanged": RECEIVING,
    "purchaseOrders": RECEIVING,
    "putAwaySuggestion": RECEIVING,
    "replenishmentRules": "inventory.purchasing.view",
    "replenishmentSuggestions": "inventory.purchasing.view",
    "reservation": "inventory.reservations.view",
    "reservationChanged": "inventory.reservations.view",
    "reservations": "inventory.reservations.view",
    "roles": "inventory.users.view",
    "saleStops": "inventory.stock.view",
    "serial": "inventory.stock.view",
    "stockAudit": "inventory.stock.manage",
    "stockBalance": "inventory.stock.view",
    "stockChanged": "inventory.stock.view",
    "supplierInvoice": RECEIVING,
    "supplierReturn": RECEIVING,
    "supplierReturns": RECEIVING,
    "supplier": "inventory.purchasing.view",
    "suppliers": "inventory.purchasing.view",
    "tasksToPick": "inventory.stock.view",
    "transfer": "inventory.transfers.view",
    "transferChanged": "inventory.transfers.view",
    "transfers": "inventory.transfers.view",
    "units": "inventory.units.view",
    "valuation": "inventory.stock.view",
    "variant": "inventory.items.view",
    "warehouse": "inventory.warehouses.view",
    "warehouses": "inventory.warehouses.view",
    "addBarcode": "inventory.variants.change",
    "addLandedCost": "inventory.purchasing.change",
    "adjustStock": "inventory.stock.change",
    "approvePurchaseOrder": "inventory.purchasing.change",
    "approveTransfer": "inventory.transfers.manage",
    "archiveItem": "inventory.items.delete",
    "archiveLocation": "inventory.warehouses.delete",
    "archiveVariant": "inventory.variants.delete",
    "archiveWarehouse": "inventory.warehouses.delete",
    "assignPickWave": "inventory.stock.manage",
    "assignReservation": RESERVATION_STEP,
    "cancelAdvanceShippingNotice": "inventory.purchasing.change",
    "cancelPickWave": "inventory.stock.manage",
    "cancelPurchaseOrder": "inventory.purchasing.change",
    "closePeriod": "inventory.periods.manage",
    "closePurchaseOrder": "inventory.purchasing.change",
    "cancelSupplierReturn": "inventory.stock.manage",
    "cancelTransfer": "inventory.transfers.change",
    "commitReservation": RESERVATION_STEP,
    "consumeStock": "inventory.consumptions.add",
    "createAdvanceShippingNotice": "inventory.purchasing.change",
    "createApiKey": "inventory.users.manage",
    "createBillOfMaterials": "inventory.recipes.add",
    "createCategory": "inventory.categories.add",
    "createItem": "inventory.items.add",
    "createLocation": "inventory.warehouses.add",
    "createOutlet": "inventory.config.manage",
    "createPickWave": "inventory.stock.manage",
    "createPurchaseOrder": "inventory.purchasing.add",
    "createPurchaseOrdersFromSuggestions": "inventory.purchasing.add",
    "createSupplier": "inventory.purchasing.add",
    "createTransfer": "inventory.transfers.add",
    "createTransfersFromSuggestions": "inventory.transfers.add",
    "createUnit": "inventory.units.add",
    "createVariant": "inventory.variants.add",
    "createWarehouse": "inventory.warehouses.add",
    "creditSupplierReturn": "inventory.purchasing.change",
    "extendReservation": RESERVATION_STEP,
    "grantRole": "inventory.users.manage",
    "markReservationNoShow": RESERVATION_STEP,
    "markReservationReady": RESERVATION_STEP,
    "moveStock": "inventory.stock.change",
    "packPickWave": "inventory.stock.change",
    "pickTasks": "inventory.stock.change",
    "reactivateItem": "inventory.items.delete",
    "reactivateVariant": "inventory.variants.delete",
    "receiveGoods": "inventory.stock.add",
    "receivePurchaseOrder": "inventory.stock.add",
    "receiveStock": "inventory.stock.add",
    "receiveTransfer": "inventory.transfers.change",
    "recordTransferDelivery": "inventory.transfers.change",
    "recordSupplierInvoice": "inventory.purchasing.change",
    "rejectPurchaseOrder": "inventory.purchasing.change",
    "rejectTransfer": "inventory.transfers.manage",
    "releasePickWave": "inventory.stock.manage",
    "releaseReservation": RESERVATION_STEP,
    "removeBarcode": "inventory.variants.change",
    "removeReplenishmentRule": "inventory.purchasing.change",
    "removeSubstitute": "inventory.items.change",
    "reopenPeriod": "inventory.periods.manage",
    "replayDeadLetters": "inventory.config.manage",
    "reportTransferLoss": "inventory.transfers.change",
    "reserveStock": "inventory.reservations.add",
    "reschedulePurchaseOrder": "inventory.purchasing.change",
    "resumeSale": "inventory.stock.change",
    "returnToSupplier": "inventory.stock.change",
    "reverseGoodsReceipt": "inventory.stock.manage",
    "reverseConsumption": "inventory.consumptions.change",
    "revokeApiKey": "inventory.users.manage",
    "revokeRole": "inventory.users.manage",
    "rotateApiKey": "inventory.users.manage",
    "sendPurchaseOrder": "inventory.purchasing.change",
    "setReplenishmentRule": "inventory.purchasing.change",
    "setRoleApprovalLimit": "inventory.users.manage",
    "setStock": "inventory.stock.change",
    "setStockLevels": "inventory.stock.manage",
    "setSubstitute": "inventory.items.change",
    "setSupplierContacts": "inventory.purchasing.change",
    "setSupplierItem": "inventory.purchasing.change",
    "setSupplierPayment": "inventory.purchasing.manage",
    "setSupplierPrices": "inventory.purchasing.change",
    "setUnitBridge": "inventory.items.change",
    "shipPickWave": "inventory.stock.change",
    "shipTransfer": "inventory.transfers.change",
    "stopSale": "inventory.stock.change",
    "submitPurchaseOrder": "inventory.purchasing.change",
    "submitTransfer": "inventory.transfers.change",
    "updateCategory": "inventory.categories.change",
    "updateItem": "inventory.items.change",
    "updateLocation": "inventory.warehouses.change",
    "updatePurchaseOrder": "inventory.purchasing.change",
    "updateSupplier": "inventory.purchasing.change",
    "updateTenant": "inventory.config.manage",
    "updateTransfer": "inventory.transfers.change",
    "updateVariant": "inventory.variants.change",
    "updateWarehouse": "inventory.warehouses.change",
    "voidSupplierInvoice": "inventory.purchasing.manage",
}
"""The permission that each other root field takes, or any one of several; some inputs and inner fields take more."""


def permissions_for(name: str) -> tuple[str, ...]:
    """The permissions of which a caller of the root field needs one. Raises ``KeyError`` for one without a rule."""
    found = PERMISSIONS[name]
    return (found,) if isinstance(found, str) else found


def authorized(fields: Iterable[StrawberryField], authorization: Authorization) -> list[StrawberryField]:
    """The root fields, with what the schema is to say of their callers. Raises ``KeyError`` for one without a rule."""
    if authorization == "none":
        return list(fields)
    return [_authorized(field, has_scopes=authorization == "scopes") for field in fields]


def _authorized(field: StrawberryField, *, has_scopes: bool) -> StrawberryField:
    name = field.graphql_name or to_camel_case(field.python_name)
    if name in OPEN:
        return field
    said: list[object] = [Authenticated()]
    if has_scopes and name not in ANY_CALLER:
        said.append(RequiresScopes(scopes=[[each] for each in permissions_for(name)]))
    # The field itself is the module's, and every schema's.
    changed = copy.copy(field)
    changed.directives = [*field.directives, *said]
    return changed
