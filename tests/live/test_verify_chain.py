"""The audit follows the chain of events and names the first position that does not fit."""

import asyncpg
import pytest

from inventory_graph.live.verification import ChainReport, verify_chain
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents

CHANGES = {
    "payload": "UPDATE event_log SET payload = '{}' WHERE tenant_id = $1 AND tenant_seq = 2",
    "type": "UPDATE event_log SET type = 'inventory.stock.out' WHERE tenant_id = $1 AND tenant_seq = 2",
    "time": "UPDATE event_log SET occurred_at = occurred_at + interval '1 s' WHERE tenant_id = $1 AND tenant_seq = 2",
    "version": "UPDATE event_log SET aggregate_version = 77 WHERE tenant_id = $1 AND tenant_seq = 2",
    "hash": "UPDATE event_log SET hash = '' WHERE tenant_id = $1 AND tenant_seq = 2",
}


async def found(tenant: GivenTenant) -> ChainReport:
    """What the audit says."""
    async with tenant.database.snapshot(tenant.actor) as tx:
        return await verify_chain(tx)


async def falsify(owner_url: str, tenant: GivenTenant, *statements: str) -> None:
    """Change the log as only a superuser can."""
    connection = await asyncpg.connect(owner_url)
    for statement in statements:
        await connection.execute(statement, tenant.id)
    await connection.close()


@pytest.fixture
async def four_events(graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents) -> int:
    """The tenant's log: at least four events; answers how many."""
    for slug in ("tea", "coffee", "cake", "bread"):
        await graph.accepted("createCategory", {"slug": slug, "name": slug})
    await number_events()
    return (await found(tenant)).events


async def test_an_honest_log_fits(four_events: int) -> None:
    """Every event is followed."""
    assert four_events >= 4


async def test_a_tenant_without_events_fits(tenant: GivenTenant) -> None:
    """There is nothing to follow."""
    assert (await found(tenant)).broken_at is None


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_event_is_named(change: str, four_events: int, tenant: GivenTenant, owner_url: str) -> None:
    """Whatever of it was changed; the events before it fit."""
    await falsify(owner_url, tenant, CHANGES[change])
    assert await found(tenant) == ChainReport(events=1, broken_at=2, fault="its hash does not follow from it")


async def test_a_missing_event_is_named(four_events: int, tenant: GivenTenant, owner_url: str) -> None:
    """One that was taken out leaves a gap."""
    await falsify(owner_url, tenant, "DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq = 3")
    assert await found(tenant) == ChainReport(events=2, broken_at=3, fault="it is missing")


async def test_a_cut_end_is_named(four_events: int, tenant: GivenTenant, owner_url: str) -> None:
    """The head knows how many there were."""
    await falsify(
        owner_url,
        tenant,
        "DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq = (SELECT max(tenant_seq) FROM event_log WHERE tenant_id = $1)",
    )
    assert (await found(tenant)).broken_at == four_events


async def test_what_is_forgotten_is_not_missing(four_events: int, tenant: GivenTenant, owner_url: str) -> None:
    """The chain is followed from the last event that was dropped for its age."""
    await falsify(
        owner_url,
        tenant,
        "UPDATE tenant_heads SET forgotten_seq = 2, forgotten_hash = (SELECT hash FROM event_log WHERE tenant_id = $1"
        " AND tenant_seq = 2) WHERE tenant_id = $1",
        "DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq <= 2",
    )
    assert await found(tenant) == ChainReport(events=four_events - 2)
