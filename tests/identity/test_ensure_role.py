"""A role of the tenant's own is there from the first time it is asked for."""

import pytest

from inventory_graph.errors import Forbidden
from inventory_graph.identity.records import RoleRecord
from inventory_graph.identity.roles import ensure_role, rights_of, roles
from tests.given.tenants import GivenTenant
from tests.identity.given import read, write

CODE = "kiosk"
SEES = "inventory.stock.view"
SELLS = "inventory.reservations.add"


async def _role(tenant: GivenTenant) -> RoleRecord | None:
    found = await read(tenant, roles)
    return next((each for each in found if each.code == CODE), None)


async def test_gives_a_role_with_its_permissions(tenant: GivenTenant) -> None:
    """Whoever has the role by its token may do just that."""
    await write(tenant, lambda tx: ensure_role(tx, code=CODE, name="Kiosk", permissions=[SEES, SELLS]))
    assert await _role(tenant) == RoleRecord(code=CODE, name="Kiosk", permissions=(SELLS, SEES))
    rights = await read(tenant, lambda tx: rights_of(tx, subject="till", role_codes=[CODE]))
    assert (rights.roles, rights.permissions) == (frozenset({CODE}), frozenset({SEES, SELLS}))


async def test_takes_nothing_away_when_repeated(tenant: GivenTenant) -> None:
    """Each start of the program asks; what the tenant has made of the role meanwhile stays."""
    await write(tenant, lambda tx: ensure_role(tx, code=CODE, name="Kiosk", permissions=[SEES, SELLS]))
    await write(tenant, lambda tx: ensure_role(tx, code=CODE, name="Another name", permissions=[SEES]))
    assert await _role(tenant) == RoleRecord(code=CODE, name="Kiosk", permissions=(SELLS, SEES))


async def test_nobody_makes_up_rights(tenant: GivenTenant) -> None:
    """A role may only permit what its maker may do; nothing is made."""
    clerk = tenant.actor_as("stock_clerk")
    with pytest.raises(Forbidden, match=SELLS):
        await write(tenant, lambda tx: ensure_role(tx, code=CODE, name="Kiosk", permissions=[SEES, SELLS]), actor=clerk)
    assert await _role(tenant) is None
