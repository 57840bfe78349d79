"""What the tables refuse, whoever writes them."""

from uuid import uuid4

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


async def test_a_line_never_holds_more_than_was_asked(tenant: GivenTenant) -> None:
    """The last line of defence: a line whose parts exceed what was asked cannot be written."""
    reservation_id = uuid4()
    with pytest.raises(asyncpg.CheckViolationError, match="ck_reservation_lines_quantities_add_up"):
        async with tenant.database.transaction(tenant.actor) as tx:
            await tx.raw.execute(RESERVATION, tenant.id, reservation_id, "order:1")
            await tx.raw.execute(LINE, tenant.id, uuid4(), reservation_id)


async def test_an_owner_has_one_live_reservation(tenant: GivenTenant) -> None:
    """Two servers that reserve for one order at the same instant cannot both make a reservation."""
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_reservations_live_owner"):
        async with tenant.database.transaction(tenant.actor) as tx:
            await tx.raw.execute(RESERVATION, tenant.id, uuid4(), "order:1")
            await tx.raw.execute(RESERVATION, tenant.id, uuid4(), "order:1")
