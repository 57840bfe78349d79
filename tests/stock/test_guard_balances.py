"""What keeps a balance true when everything above it fails: its constraint, its version, its locks."""

from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest

from inventory_graph.db import LostRace
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.stock.commands import Adjust, Command
from inventory_graph.stock.posting import open_book
from tests.given.items import given_item, given_stock, variant_of_sku
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

QUANTS = "SELECT state, trim_scale(quantity)::text AS quantity FROM quants WHERE tenant_id = $1 ORDER BY state"


@pytest.fixture
async def tea(tenant: GivenTenant) -> VariantRecord:
    """Five of it."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "5")
    return await variant_of_sku(tenant, "TEA")


async def test_no_statement_leaves_less_than_nothing(tenant: GivenTenant, tea: VariantRecord) -> None:
    """Should a decision ever be wrong, the database does not take it."""
    with pytest.raises(asyncpg.CheckViolationError, match="ck_balances_available_not_negative"):
        async with tenant.database.transaction(tenant.actor) as tx:
            await tx.raw.execute(
                "UPDATE balances SET on_hand = 2, reserved = 3 WHERE tenant_id = $1 AND variant_id = $2",
                tenant.id,
                tea.id,
            )


async def test_what_changed_since_it_was_read_is_not_overwritten(tenant: GivenTenant, tea: VariantRecord) -> None:
    """Should a lock ever be missing, the version tells: the transaction is undone and runs again."""
    key = (tea.id, tenant.warehouse_id)
    line = Adjust(variant_id=key[0], warehouse_id=key[1], delta=Decimal(-1))
    async with tenant.database.transaction(tenant.actor) as tx:
        book = await open_book(tx, [key], lines=[line])
        book.post(Command(id=uuid4(), lines=(line,), recorded_by="user-test"))
        await tx.raw.execute(
            "UPDATE balances SET version = version + 1 WHERE tenant_id = $1 AND variant_id = $2", tenant.id, tea.id
        )
        with pytest.raises(LostRace):
            await book.write()


async def test_who_decides_holds_the_lock(tenant: GivenTenant, tea: VariantRecord) -> None:
    """Nobody else gets at a balance between what is read of it and what is written."""
    async with tenant.database.transaction(tenant.actor) as tx:
        await open_book(tx, [(tea.id, tenant.warehouse_id)])
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with tenant.database.transaction(tenant.actor) as other:
                await other.raw.execute(
                    "SELECT FROM balances WHERE tenant_id = $1 AND variant_id = $2 FOR UPDATE NOWAIT", tenant.id, tea.id
                )


async def test_each_command_is_one_version(graph: GraphClient) -> None:
    """A receipt, a hold and a release: dense from one, however many movements each makes."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "5")
    given = {"idempotencyKey": "hold", "lines": [{"sku": "TEA", "quantity": "2"}, {"sku": "TEA", "quantity": "3"}]}
    held = await graph.accepted("reserveStock", given, "reservation { id }")
    await graph.accepted("releaseReservation", {"idempotencyKey": "free", "reservationId": held["reservation"]["id"]})
    data = await graph('{ stockBalance(sku: "TEA") { version } stockAudit { driftCount } }')
    assert data == {"stockBalance": {"version": 3}, "stockAudit": {"driftCount": 0}}


async def test_what_runs_empty_is_gone(graph: GraphClient, tea: VariantRecord) -> None:
    """Everything is held: nothing is left of the heap that was available."""
    given = {"idempotencyKey": "hold", "lines": [{"sku": "TEA", "quantity": "5"}]}
    await graph.accepted("reserveStock", given)
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        found = [dict(row) for row in await tx.raw.fetch(QUANTS, tx.tenant_id)]
    assert found == [{"state": "RESERVED", "quantity": "5"}]
