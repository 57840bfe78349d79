"""What the tables refuse, whoever writes them."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.given.tenants import GivenTenant

RESERVATION = """
INSERT INTO reservations (tenant_id, id, owner, type, status, version, created_at, created_by)
VALUES ($1, $2, $3, 'ORDER', 'HELD', 1, clock_timestamp(), 'test')
"""
LINE = """
INSERT INTO reservation_lines (tenant_id, id, reservation_id, position, line_reference, variant_id, requested, reserved, committed,
  released, backordered, step)
VALUES ($1, $2, $3, 1, '1', $2, 3, 2, 1, 1, 0, 1)
"""


async def write(tenant: GivenTenant, *statements: tuple[str, UUID, object]) -> None:
    """Run the statements with their two arguments in one transaction of the tenant."""
    async with tenant.database.transaction(tenant.actor) as tx:
        for sql, *arguments in statements:
            await tx.raw.execute(sql, tenant.id, *arguments)


async def test_a_line_never_holds_more_than_was_asked(tenant: GivenTenant) -> None:
    """The last line of defence: a line whose parts exceed what was asked cannot be written."""
    reservation_id = uuid4()
    with pytest.raises(asyncpg.CheckViolationError, match="ck_reservation_lines_quantities_add_up"):
        await write(tenant, (RESERVATION, reservation_id, "order:1"), (LINE, uuid4(), reservation_id))


async def test_an_owner_has_one_live_reservation(tenant: GivenTenant) -> None:
    """Two servers that reserve for one order at the same instant cannot both make a reservation."""
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_reservations_live_owner"):
        await write(tenant, (RESERVATION, uuid4(), "order:1"), (RESERVATION, uuid4(), "order:1"))
