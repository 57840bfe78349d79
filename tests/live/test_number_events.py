"""The sequencer gives committed events their positions: dense, in order, linked, each once."""

from itertools import pairwise

import pytest
from sqlalchemy import func, select

from inventory_graph.db import LostRace, Record
from inventory_graph.leading import lead
from inventory_graph.live.chain import BEGINNING, link
from inventory_graph.live.sequencing import LOCK, SEQUENCED_MAX, WAITING, number
from inventory_graph.outbox import OutboxRow
from inventory_graph.worker import WORKER
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.live.conftest import NumberEvents
from tests.statements import CountingDatabase

LOG = "SELECT *, payload::text AS text FROM event_log WHERE tenant_id = $1 ORDER BY tenant_seq"


async def logged(tenant: GivenTenant) -> list[Record]:
    """The tenant's log."""
    async with tenant.database.read(tenant.actor) as tx:
        return await tx.raw.fetch(LOG, tenant.id)


async def waiting(tenant: GivenTenant) -> int:
    """How many events of the tenant are not numbered."""
    async with tenant.database.read(tenant.actor) as tx:
        return int(await tx.value(select(func.count()).where(OutboxRow.tenant_id == tenant.id)))


async def make_categories(graph: GraphClient, *slugs: str) -> None:
    """Each makes one event."""
    for slug in slugs:
        await graph.accepted("createCategory", {"slug": slug, "name": slug})


async def test_positions_are_dense_and_in_order(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents
) -> None:
    """From 1 without a gap, in the order in which things were done."""
    await make_categories(graph, "tea", "coffee", "cake")
    await number_events()
    rows = await logged(tenant)
    assert [row["tenant_seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["type"] for row in rows[-3:]] == ["inventory.category.created"] * 3
    assert ['"slug":"tea"' in rows[-3]["text"], '"slug":"cake"' in rows[-1]["text"]] == [True, True]
    assert all(
        first["seq"] < second["seq"] and first["logged_at"] <= second["logged_at"] for first, second in pairwise(rows)
    )


async def test_outbox_is_empty_then(graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents) -> None:
    """An event is either waiting or at its position, never both."""
    await make_categories(graph, "tea")
    assert await waiting(tenant) > 0
    await number_events()
    assert await waiting(tenant) == 0


async def test_numbering_goes_on_where_it_ended(
    graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents
) -> None:
    """The head of the tenant is remembered, whoever leads next."""
    await make_categories(graph, "tea")
    await number_events()
    before = len(await logged(tenant))
    await make_categories(graph, "coffee")
    await number_events()
    assert [row["tenant_seq"] for row in await logged(tenant)] == list(range(1, before + 2))


async def test_events_are_linked(graph: GraphClient, tenant: GivenTenant, number_events: NumberEvents) -> None:
    """Each hash follows from the event and the hash before it, and the head keeps the last."""
    await make_categories(graph, "tea", "coffee")
    await number_events()
    previous = BEGINNING
    for row in await logged(tenant):
        previous = link(
            previous, tenant_id=tenant.id, tenant_seq=row["tenant_seq"], event_id=row["event_id"], type=row["type"],
            aggregate_type=row["aggregate_type"], aggregate_id=row["aggregate_id"],
            aggregate_version=row["aggregate_version"], payload=row["text"], occurred_at=row["occurred_at"],
        )  # fmt: skip
        assert row["hash"] == previous
    async with tenant.database.read(tenant.actor) as tx:
        head = await tx.raw.fetchval("SELECT last_hash FROM tenant_heads WHERE tenant_id = $1", tenant.id)
    assert head == previous


async def test_one_process_leads(worker_database: CountingDatabase) -> None:
    """Whoever comes second stands by, and leads once the first is gone."""
    async with lead(worker_database, LOCK) as first, lead(worker_database, LOCK) as second:
        assert (first is not None, second) == (True, None)
    async with lead(worker_database, LOCK) as third:
        assert third is not None


async def test_a_deposed_leader_changes_nothing(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase, number_events: NumberEvents
) -> None:
    """Who looked while it led and writes when another has numbered the same events is refused as a whole."""
    await make_categories(graph, "tea")
    async with lead(worker_database, LOCK) as leader:
        assert leader is not None
        rows = await leader.raw.fetch(WAITING, SEQUENCED_MAX)
    await number_events()
    before = await logged(tenant)
    with pytest.raises(LostRace):
        async with worker_database.transaction(WORKER) as tx:
            await number(tx, rows)
    assert await logged(tenant) == before


async def test_the_application_cannot_write_the_log(tenant: GivenTenant, number_events: NumberEvents) -> None:
    """Only the worker's role numbers events, and not even that changes or deletes one."""
    await number_events()
    for statement in (
        "INSERT INTO tenant_heads (tenant_id, last_seq, last_hash) VALUES ($1, 9, '')",
        "DELETE FROM event_log WHERE tenant_id = $1",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant.database.transaction(tenant.actor) as tx:
                await tx.raw.execute(statement, tenant.id)
