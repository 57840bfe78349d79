"""What the standard roles may do, held against the auth service's documents and against the database."""

import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.identity.permissions import (
    ACTIONS,
    GLOBAL_ROLE_ALIASES,
    MODULES,
    PERMISSIONS,
    STANDARD_ROLE_NAMES,
    STANDARD_ROLES,
    standing_for,
)
from tests.given.tenants import GivenTenant

OLD_MODULES = [
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
]


async def test_database_knows_exactly_the_permissions_of_the_program(database: Database, tenant: GivenTenant) -> None:
    """A code that only one of the two knows could be neither granted nor required."""
    async with database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT code FROM permissions")
    assert {row["code"] for row in rows} == PERMISSIONS
    assert len(PERMISSIONS) == len(MODULES) * len(ACTIONS) == 135


def test_keeps_the_99_codes_of_the_sibling_services() -> None:
    """Other services name permissions by these codes."""
    assert {f"inventory.{module}.{action}" for module in OLD_MODULES for action in ACTIONS} <= PERMISSIONS
    assert len(OLD_MODULES) * len(ACTIONS) == 99


def test_every_standard_role_has_a_name_and_known_permissions() -> None:
    """A typing error in a role would silently grant nothing."""
    assert STANDARD_ROLES.keys() == STANDARD_ROLE_NAMES.keys()
    assert all(permissions <= PERMISSIONS for permissions in STANDARD_ROLES.values())


def _may(role: str, permission: str) -> bool:
    return permission in STANDARD_ROLES[role]


def test_administrator_may_do_everything() -> None:
    """The administrator's role lists its permissions like any other: nothing bypasses the list."""
    assert STANDARD_ROLES["inventory_admin"] == PERMISSIONS


def test_viewer_sees_everything_and_changes_nothing() -> None:
    """View only."""
    assert STANDARD_ROLES["viewer"] == {f"inventory.{module}.view" for module in MODULES}


def test_warehouse_manager_runs_stock_but_not_the_people() -> None:
    """Warehouses, stock, reservations, recipes and consumptions, and neither users nor settings nor orders to suppliers."""
    for module in ("warehouses", "stock", "reservations", "recipes", "consumptions", "transfers", "counting"):
        assert all(_may("warehouse_manager", f"inventory.{module}.{action}") for action in ACTIONS)
    assert not any(
        code.startswith(("inventory.users.", "inventory.config.")) for code in STANDARD_ROLES["warehouse_manager"]
    )
    assert _may("warehouse_manager", "inventory.purchasing.view")
    assert not _may("warehouse_manager", "inventory.purchasing.add")
    assert not _may("warehouse_manager", "inventory.items.change")


def test_stock_clerk_sees_and_changes_stock_and_its_own_consumptions() -> None:
    """View and change stock; view items and warehouses; own consumptions."""
    for permission in (
        "inventory.stock.view",
        "inventory.stock.add",
        "inventory.stock.change",
        "inventory.items.view",
        "inventory.warehouses.view",
        "inventory.consumptions.view_own",
    ):
        assert _may("stock_clerk", permission)
    for permission in (
        "inventory.stock.manage",
        "inventory.items.change",
        "inventory.warehouses.change",
        "inventory.consumptions.view",
        "inventory.reservations.view",
    ):
        assert not _may("stock_clerk", permission)


def test_counter_does_not_see_the_expected_quantity() -> None:
    """A count that knows the answer finds it; approving it is for others."""
    assert _may("stock_counter", "inventory.counting.change")
    assert not _may("stock_counter", "inventory.counting.manage")
    assert not _may("stock_counter", "inventory.stock.view")


def test_purchasing_and_transfer_roles_keep_to_their_documents() -> None:
    """The modules that the older service lacked have roles of their own, which do not touch stock."""
    assert all(_may("purchasing_officer", f"inventory.purchasing.{action}") for action in ACTIONS)
    assert not _may("purchasing_officer", "inventory.stock.change")
    assert _may("transfer_clerk", "inventory.transfers.change")
    assert not _may("transfer_clerk", "inventory.transfers.manage")
    assert not _may("transfer_clerk", "inventory.stock.change")


@pytest.mark.parametrize("role", ["superuser", "admin", "tenant_admin", "owner", "administrator", "org_admin"])
def test_administrators_of_the_auth_service_are_administrators_here(role: str) -> None:
    """Six names for the same thing are in use."""
    assert standing_for([role]) == {"inventory_admin"}


def test_manager_of_the_auth_service_manages_warehouses_here() -> None:
    """A manager runs the stock, not the service."""
    assert standing_for(["manager"]) == {"warehouse_manager"}


def test_other_roles_of_the_auth_service_give_nothing_by_themselves() -> None:
    """A waiter's token opens nothing until somebody grants it something."""
    others = {"cashier", "waiter", "kitchen", "bar", "receptionist", "staff", "member", "rider"}
    assert standing_for(others) == others
    assert not others & STANDARD_ROLES.keys()
    assert not others & GLOBAL_ROLE_ALIASES.keys()


def test_own_roles_stand_for_themselves() -> None:
    """A token may carry roles of this service."""
    assert standing_for(["viewer", "stock_clerk"]) == {"viewer", "stock_clerk"}


async def test_platform_owner_may_do_what_is_on_no_list(tenant: GivenTenant) -> None:
    """The one bypass there is."""
    owner = Actor(tenant_id=tenant.id, tenant_slug=tenant.slug, subject="owner", is_platform_owner=True)
    assert owner.may("inventory.users.manage")
    assert not Actor(tenant_id=tenant.id, tenant_slug=tenant.slug, subject="nobody").may("inventory.users.manage")
