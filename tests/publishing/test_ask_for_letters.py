"""Listing dead letters and asking for them again, over GraphQL."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.live.dead_letters import park
from inventory_graph.live.log import Entry
from inventory_graph.worker import WORKER
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
QUERY = """query($first: Int!, $after: String) { deadLetters(first: $first, after: $after) { totalCount
  pageInfo { hasNextPage endCursor } nodes { sequence reader type aggregateType aggregateId error tries queuedAt } } }"""


async def given_letters(
    worker: CountingDatabase, tenant: GivenTenant, aggregate_id: UUID, *sequences: int, reader: str = "nats"
) -> None:
    """Parked events of an aggregate at these positions."""
    entries = [
        Entry(
            tenant_id=tenant.id, tenant_seq=sequence, seq=sequence, event_id=uuid4(), type="inventory.stock.updated",
            aggregate_type="balance", aggregate_id=aggregate_id, aggregate_version=1, payload="{}", occurred_at=NOW,
            logged_at=NOW,
        )
        for sequence in sequences
    ]  # fmt: skip
    async with worker.transaction(WORKER) as tx:
        await park(tx, entries, reader=reader, error="too large", tries=8)


async def page(graph: GraphClient, first: int = 100, after: str | None = None) -> dict[str, Any]:
    """A page of the tenant's letters."""
    found: dict[str, Any] = (await graph(QUERY, {"first": first, "after": after}))["deadLetters"]
    return found


async def test_lists_them_in_order(graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase) -> None:
    """Page by page, with why they are there; those of others are not among them."""
    thing, other = uuid4(), await given_tenant(tenant.database)
    await given_letters(worker_database, tenant, thing, 9, 7, 8)
    await given_letters(worker_database, other, uuid4(), 1)
    first = await page(graph, 2)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert first["nodes"][0] == {
        "sequence": "7", "reader": "nats", "type": "inventory.stock.updated", "aggregateType": "balance", "aggregateId": str(thing),
        "error": "too large", "tries": 8, "queuedAt": None,
    }  # fmt: skip
    second = await page(graph, 2, first["pageInfo"]["endCursor"])
    assert [each["sequence"] for each in (*first["nodes"], *second["nodes"])] == ["7", "8", "9"]


async def test_lists_what_neither_takes_for_each(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Side by side, also where a page ends between the two; both are asked for again at once."""
    thing = uuid4()
    await given_letters(worker_database, tenant, thing, 7, 8, reader="nats")
    await given_letters(worker_database, tenant, thing, 7, reader="kafka")
    first = await page(graph, 1)
    second = await page(graph, 5, first["pageInfo"]["endCursor"])
    nodes = [*first["nodes"], *second["nodes"]]
    assert [(each["sequence"], each["reader"]) for each in nodes] == [("7", "kafka"), ("7", "nats"), ("8", "nats")]
    payload = await graph.accepted("replayDeadLetters", {"aggregateId": str(thing)}, "queuedCount")
    assert payload["queuedCount"] == 3


async def test_asks_for_those_of_one_aggregate(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """All of it, and nothing else; asked twice it is the same."""
    thing = uuid4()
    await given_letters(worker_database, tenant, thing, 1, 2)
    await given_letters(worker_database, tenant, uuid4(), 3)
    for _ in range(2):
        payload = await graph.accepted("replayDeadLetters", {"aggregateId": str(thing)}, "queuedCount")
        assert payload["queuedCount"] == 2
    assert [each["queuedAt"] is not None for each in (await page(graph))["nodes"]] == [True, True, False]


async def test_nothing_parked_is_nothing_to_ask_for(graph: GraphClient) -> None:
    """As when it was published meanwhile."""
    payload = await graph.accepted("replayDeadLetters", {"aggregateId": str(uuid4())}, "queuedCount")
    assert payload["queuedCount"] == 0


async def test_asking_needs_the_permission(
    graph: GraphClient, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Who may see them may not have them published again; nothing is asked for then."""
    thing = uuid4()
    await given_letters(worker_database, tenant, thing, 1)
    viewer = tenant.actor_with("inventory.config.view")
    error = await graph.refusal("replayDeadLetters", {"aggregateId": str(thing)}, actor=viewer)
    assert error["code"] == "FORBIDDEN"
    assert [each["queuedAt"] for each in (await page(graph))["nodes"]] == [None]


async def test_listing_needs_the_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Even managing does without it only where it is held as well."""
    stranger = tenant.actor_with("inventory.stock.view")
    errors = await graph.errors(QUERY, {"first": 1}, actor=stranger)
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("after", ["nonsense", "WyJ0ZXh0Il0", "Wy0xLCJuYXRzIl0", "WzEsMV0", "WzEsIlx1MDAwMCJd"])
async def test_a_cursor_of_something_else_is_refused(graph: GraphClient, after: str) -> None:
    """By name."""
    errors = await graph.errors(QUERY, {"first": 1, "after": after})
    assert errors[0]["extensions"]["code"] == "INVALID_INPUT"


async def test_the_application_parks_and_forgets_nothing(
    tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """It asks again, and that is all that its role may do."""
    await given_letters(worker_database, tenant, uuid4(), 1)
    for statement in (
        "DELETE FROM dead_letters WHERE tenant_id = $1",
        "UPDATE dead_letters SET payload = '{}' WHERE tenant_id = $1",
        "INSERT INTO dead_letters SELECT * FROM dead_letters WHERE tenant_id = $1",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant.database.transaction(tenant.actor) as tx:
                await tx.raw.execute(statement, tenant.id)
    async with tenant.database.read(tenant.actor) as tx:
        assert await tx.raw.fetchval("SELECT count(*) FROM dead_letters WHERE tenant_id = $1", tenant.id) == 1
