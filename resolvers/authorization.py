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

PERMISSIONS: Mapping[str, str | tuple[str, ...]] = {
    "apiKeys": "inventory.users.manage",
    "categories": "inventory.categories.view",
    "category": "inventory.categories.view",
    "item": "inventory.items.view",
    "items": "inventory.items.view",
    "lot": "inventory.stock.view",
    "reservation": "inventory.reservations.view",
    "reservations": "inventory.reservations.view",
    "roles": "inventory.users.view",
    "saleStops": "inventory.stock.view",
    "serial": "inventory.stock.view",
    "stockAudit": "inventory.stock.manage",
    "stockBalance": "inventory.stock.view",
    "supplier": "inventory.purchasing.view",
    "suppliers": "inventory.purchasing.view",
    "units": "inventory.units.view",
    "variant": "inventory.items.view",
    "warehouse": "inventory.warehouses.view",
    "warehouses": "inventory.warehouses.view",
    "addBarcode": "inventory.variants.change",
    "adjustStock": "inventory.stock.change",
    "archiveItem": "inventory.items.delete",
    "archiveLocation": "inventory.warehouses.delete",
    "archiveVariant": "inventory.variants.delete",
    "archiveWarehouse": "inventory.warehouses.delete",
    "assignReservation": RESERVATION_STEP,
    "commitReservation": RESERVATION_STEP,
    "consumeStock": "inventory.consumptions.add",
    "createApiKey": "inventory.users.manage",
    "createBillOfMaterials": "inventory.recipes.add",
    "createCategory": "inventory.categories.add",
    "createItem": "inventory.items.add",
    "createLocation": "inventory.warehouses.add",
    "createOutlet": "inventory.config.manage",
    "createSupplier": "inventory.purchasing.add",
    "createUnit": "inventory.units.add",
    "createVariant": "inventory.variants.add",
    "createWarehouse": "inventory.warehouses.add",
    "extendReservation": RESERVATION_STEP,
    "grantRole": "inventory.users.manage",
    "markReservationNoShow": RESERVATION_STEP,
    "markReservationReady": RESERVATION_STEP,
    "moveStock": "inventory.stock.change",
    "reactivateItem": "inventory.items.delete",
    "reactivateVariant": "inventory.variants.delete",
    "receiveStock": "inventory.stock.add",
    "releaseReservation": RESERVATION_STEP,
    "removeBarcode": "inventory.variants.change",
    "removeSubstitute": "inventory.items.change",
    "reserveStock": "inventory.reservations.add",
    "resumeSale": "inventory.stock.change",
    "reverseConsumption": "inventory.consumptions.change",
    "revokeApiKey": "inventory.users.manage",
    "revokeRole": "inventory.users.manage",
    "rotateApiKey": "inventory.users.manage",
    "setStock": "inventory.stock.change",
    "setStockLevels": "inventory.stock.manage",
    "setSubstitute": "inventory.items.change",
    "setSupplierItem": "inventory.purchasing.change",
    "setUnitBridge": "inventory.items.change",
    "stopSale": "inventory.stock.change",
    "updateCategory": "inventory.categories.change",
    "updateItem": "inventory.items.change",
    "updateLocation": "inventory.warehouses.change",
    "updateSupplier": "inventory.purchasing.change",
    "updateTenant": "inventory.config.manage",
    "updateVariant": "inventory.variants.change",
    "updateWarehouse": "inventory.warehouses.change",
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
