"""Which permissions exist, and what the roles that every tenant starts with may do.

A permission is a code ``inventory.<module>.<action>``. The codes are rows of the table ``permissions``, written by the
migrations; this is the same list for the program, and a test holds the two together.
"""

from collections.abc import Iterable, Mapping

MODULES = (
    "items",
    "variants",
    "categories",
    "warehouses",
    "stock",
    "recipes",
    "consumptions",
    "reservations",
    "units",
    "config",
    "users",
    "purchasing",
    "transfers",
    "counting",
    "periods",
)
ACTIONS = ("add", "view", "view_own", "change", "change_own", "delete", "delete_own", "manage", "manage_own")

PERMISSIONS = frozenset(f"inventory.{module}.{action}" for module in MODULES for action in ACTIONS)
"""Every permission there is. ``…_own`` reaches only what the caller made itself; ``manage`` includes approving."""

CATALOGUE = ("items", "variants", "categories", "units", "warehouses")
"""What anyone who works with stock has to see."""


def _codes(modules: Iterable[str], actions: Iterable[str]) -> frozenset[str]:
    chosen = tuple(actions)
    return frozenset(f"inventory.{module}.{action}" for module in modules for action in chosen)


STANDARD_ROLES: Mapping[str, frozenset[str]] = {
    "inventory_admin": PERMISSIONS,
    "warehouse_manager": (
        _codes(
            ("warehouses", "stock", "reservations", "recipes", "consumptions", "transfers", "counting"),
            ACTIONS,
        )
        | _codes((*CATALOGUE, "purchasing", "periods"), ("view",))
    ),
    "stock_clerk": (
        # Receiving (add) is the change of stock that a clerk makes most.
        _codes(("stock",), ("view", "add", "change"))
        | _codes(CATALOGUE, ("view",))
        | _codes(("consumptions",), ("add", "view_own", "change_own", "delete_own", "manage_own"))
    ),
    "purchasing_officer": (_codes(("purchasing",), ACTIONS) | _codes((*CATALOGUE, "stock", "transfers"), ("view",))),
    "transfer_clerk": (_codes(("transfers",), ("add", "view", "change")) | _codes((*CATALOGUE, "stock"), ("view",))),
    # A counter does not see what the book expects: a count that knows the answer finds it.
    "stock_counter": _codes(("counting",), ("add", "view", "change")) | _codes(CATALOGUE, ("view",)),
    "viewer": _codes(MODULES, ("view",)),
}
"""What each standard role may do, by role code. A tenant's own roles and permissions are rows and start as these."""

STANDARD_ROLE_NAMES: Mapping[str, str] = {
    "inventory_admin": "Inventory administrator",
    "warehouse_manager": "Warehouse manager",
    "stock_clerk": "Stock clerk",
    "purchasing_officer": "Purchasing officer",
    "transfer_clerk": "Transfer clerk",
    "stock_counter": "Stock counter",
    "viewer": "Viewer",
}

GLOBAL_ROLE_ALIASES: Mapping[str, str] = {
    "superuser": "inventory_admin",
    "admin": "inventory_admin",
    "tenant_admin": "inventory_admin",
    "owner": "inventory_admin",
    "administrator": "inventory_admin",
    "org_admin": "inventory_admin",
    "manager": "warehouse_manager",
}
"""The role of this service that a role of the auth service stands for.

``viewer`` has the same name in both. Every other role of the auth service (cashier, waiter, kitchen, bar, receptionist,
staff, member, rider) gives nothing here by itself: what such a person may do is granted by a role assignment.
"""


def standing_for(role_codes: Iterable[str]) -> frozenset[str]:
    """The roles of this service that the roles of a token stand for; a code that is no alias stands for itself."""
    return frozenset(GLOBAL_ROLE_ALIASES.get(code, code) for code in role_codes)
