"""A head that was taken once tells whether the log still leads on from it, also when everything after it was made to fit."""

import asyncpg
import pytest

from inventory_graph.live.chain import link
from inventory_graph.live.heads import Head, current_head, fault_after
from inventory_graph.live.verification import verify_chain
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents

COLUMNS = """tenant_id, tenant_seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::text AS payload,
  occurred_at"""


async def taken_from(tenant: GivenTenant) -> Head:
    """The head as it is now."""
    async with tenant.database.snapshot(tenant.actor) as tx:
        return await current_head(tx)


async def fault(tenant: GivenTenant, taken: Head) -> str | None:
    """What is wrong with the log, by the head that was taken."""
    async with tenant.database.snapshot(tenant.actor) as tx:
        return await fault_after(tx, taken)


async def falsify(owner_url: str, tenant: GivenTenant, *statements: str) -> None:
    """Change the log as only a superuser can."""
    connection = await asyncpg.connect(owner_url)
    for statement in statements:
        await connection.execute(statement, tenant.id)
    await connection.close()


async def make_fit(owner_url: str, tenant: GivenTenant) -> None:
    """Write every hash of the tenant anew, and the head with them."""
    connection = await asyncpg.connect(owner_url)
    digest = b""
    for row in await connection.fetch(
        f"SELECT {COLUMNS} FROM event_log WHERE tenant_id = $1 ORDER BY tenant_seq", tenant.id
    ):
        digest = link(digest, **dict(row))
        await connection.execute(
            "UPDATE event_log SET hash = $3 WHERE tenant_id = $1 AND tenant_seq = $2",
            tenant.id,
            row["tenant_seq"],
            digest,
        )
        await connection.execute(
            "UPDATE tenant_heads SET last_seq = $2, last_hash = $3 WHERE tenant_id = $1",
            tenant.id,
            row["tenant_seq"],
            digest,
        )
    await connection.close()


async def happen(graph: GraphClient, number_events: NumberEvents, *slugs: str) -> None:
    """Something happens for each slug, and is numbered."""
    for slug in slugs:
        await graph.accepted("createCategory", {"slug": slug, "name": slug})
    await number_events()


@pytest.fixture
async def taken(graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents) -> Head:
    """The head of a log of some events; two more have happened since."""
    await happen(graph, number_events, "tea", "coffee", "cake", "bread")
    head = await taken_from(tenant)
    await happen(graph, number_events, "milk", "salt")
    return head


async def test_a_head_is_the_last_event(taken: Head, tenant: GivenTenant) -> None:
    """Its position, its hash and when it was numbered."""
    async with tenant.database.read(tenant.actor) as tx:
        row = await tx.raw.fetchrow(
            "SELECT hash, logged_at FROM event_log WHERE tenant_id = $1 AND tenant_seq = $2", tenant.id, taken.seq
        )
        last = await tx.raw.fetchval("SELECT last_seq FROM tenant_heads WHERE tenant_id = $1", tenant.id)
    assert row is not None
    assert (taken.hash, taken.logged_at, taken.seq + 2) == (row["hash"], row["logged_at"], last)
    assert (taken.tenant_id, taken.tenant_slug) == (tenant.id, tenant.slug)


async def test_an_honest_log_leads_on(taken: Head, tenant: GivenTenant) -> None:
    """From the head that was taken, and from the one of now."""
    assert await fault(tenant, taken) is None
    assert await fault(tenant, await taken_from(tenant)) is None


async def test_a_tenant_without_events_leads_on(
    tenant: GivenTenant, graph: GraphClient, number_events: NumberEvents, owner_url: str
) -> None:
    """From nothing to whatever came."""
    nothing = Head(tenant_id=tenant.id, tenant_slug=tenant.slug, seq=0, hash=b"", logged_at=None)
    assert await fault(tenant, nothing) is None
    await happen(graph, number_events, "tea")
    assert await fault(tenant, nothing) is None


async def test_a_log_that_was_made_to_fit_is_another(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """What the audit cannot see: one event was changed, and every hash after it with it."""
    await falsify(owner_url, tenant, "UPDATE event_log SET payload = '{}' WHERE tenant_id = $1 AND tenant_seq = 2")
    await make_fit(owner_url, tenant)
    async with tenant.database.snapshot(tenant.actor) as tx:
        assert (await verify_chain(tx)).broken_at is None
    assert await fault(tenant, taken) == f"what led to position {taken.seq} was changed: its hash is another"


async def test_a_log_that_was_cut_and_made_to_fit_is_shorter(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """The audit cannot see this either."""
    await falsify(owner_url, tenant, f"DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq >= {taken.seq}")
    await make_fit(owner_url, tenant)
    async with tenant.database.snapshot(tenant.actor) as tx:
        assert (await verify_chain(tx)).broken_at is None
    assert await fault(tenant, taken) == f"the log is shorter: it ends at position {taken.seq - 1}"


async def test_a_log_that_is_gone_is_shorter(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """With everything that told of it."""
    await falsify(
        owner_url,
        tenant,
        "DELETE FROM event_log WHERE tenant_id = $1",
        "DELETE FROM tenant_heads WHERE tenant_id = $1",
    )
    assert await fault(tenant, taken) == "the log is shorter: it ends at position 0"


async def test_a_missing_event_is_named(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """The one that was the head."""
    await falsify(owner_url, tenant, f"DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq = {taken.seq}")
    assert await fault(tenant, taken) == f"the event at position {taken.seq} is missing"


async def test_what_follows_is_checked(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """A change after the head breaks the chain, and is named as the audit names it."""
    changed = taken.seq + 1
    await falsify(
        owner_url, tenant, f"UPDATE event_log SET payload = '{{}}' WHERE tenant_id = $1 AND tenant_seq = {changed}"
    )
    assert await fault(tenant, taken) == f"the event log breaks at position {changed}: its hash does not follow from it"


FORGET = """UPDATE tenant_heads SET forgotten_seq = {0}, forgotten_hash = (SELECT hash FROM event_log WHERE tenant_id = $1
  AND tenant_seq = {0}) WHERE tenant_id = $1"""


@pytest.mark.parametrize("later", [0, 1])
async def test_what_is_forgotten_can_be_told_to_its_end(
    taken: Head, tenant: GivenTenant, owner_url: str, later: int
) -> None:
    """The last event that was dropped for its age is still known by its hash; of one before it nothing can be said."""
    kept_after = taken.seq + later
    await falsify(
        owner_url,
        tenant,
        FORGET.format(kept_after),
        f"DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq <= {kept_after}",
    )
    expected = f"nothing can be said: the log is kept from position {kept_after + 1} on, so verify a head taken since"
    assert await fault(tenant, taken) == (expected if later else None)


async def test_a_forgotten_event_that_was_changed_is_told(taken: Head, tenant: GivenTenant, owner_url: str) -> None:
    """Its hash is all that there is, and it is another."""
    await falsify(
        owner_url,
        tenant,
        FORGET.format(taken.seq),
        f"DELETE FROM event_log WHERE tenant_id = $1 AND tenant_seq <= {taken.seq}",
        "UPDATE tenant_heads SET forgotten_hash = 'x' WHERE tenant_id = $1",
    )
    assert await fault(tenant, taken) == f"what led to position {taken.seq} was changed: its hash is another"
