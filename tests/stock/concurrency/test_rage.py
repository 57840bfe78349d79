"""Sixteen connections, ten balances, tasks cancelled and backends killed at random: the book stays whole."""

from collections.abc import AsyncIterator
from random import Random

import asyncpg
import pytest

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.stock.audit import drift
from tests.given.tenants import given_tenant
from tests.properties.settings import SEED
from tests.properties.telling import Tell
from tests.properties.world import World, register
from tests.stock.concurrency.storm import GOODS, Storm, Told, during, killing_backends

CONNECTIONS = 16
APPLICATION_NAME = "inventory-graph inventory_app"

_MOVEMENTS = (
    "SELECT command_id, count(*) AS count, count(DISTINCT id) AS ids FROM movements WHERE tenant_id = $1 GROUP BY 1"
)
_BALANCES = "SELECT id, version FROM balances WHERE tenant_id = $1"
_TOLD = """
SELECT aggregate_id, array_agg(aggregate_version ORDER BY id) AS versions FROM outbox
WHERE tenant_id = $1 AND type = 'inventory.stock.updated' GROUP BY 1
"""
_CONNECTIONS = """
SELECT state, count(*) AS count FROM pg_stat_activity
WHERE application_name = $1 AND datname = current_database() GROUP BY state
"""


@pytest.fixture
async def pool(owner_url: str) -> AsyncIterator[Database]:
    """A pool of its own, of sixteen connections."""
    opened = await Database.connect(owner_url, connections_max=CONNECTIONS)
    yield opened
    await opened.close()


async def test_every_answer_holds(pool: Database, owner_url: str, tell: Tell) -> None:
    """Nobody is cut off: every acknowledged command is there once, every refused one left nothing."""
    storm = await _given_storm(pool, seed=SEED)
    await storm.rage(tasks=CONNECTIONS, transactions=500)
    tell(storm.told.lines("Storm"))
    assert storm.told.answers.keys() <= {"answered", "retry"}
    await _assert_whole(pool, storm.actor, storm.told)
    await _assert_healthy(pool, owner_url)


async def test_cancelled_tasks_leave_all_or_nothing(pool: Database, owner_url: str, tell: Tell) -> None:
    """A caller that went away, at whatever await: its commands are there once or not at all, and its connection serves
    the next."""
    storm = await _given_storm(pool, seed=SEED + 1)
    await storm.rage(tasks=CONNECTIONS, transactions=500, cut_percent=40)
    tell(storm.told.lines("Storm with cancelled tasks"))
    assert storm.told.answers["cancelled"] > 50
    await _assert_whole(pool, storm.actor, storm.told)
    await _assert_healthy(pool, owner_url)


async def test_killed_backends_leave_all_or_nothing(pool: Database, owner_url: str, tell: Tell) -> None:
    """A connection that broke: the caller is told that nothing was done, or that it is not known; both are true."""
    storm = await _given_storm(pool, seed=SEED + 2)
    killing = killing_backends(owner_url, application_name=APPLICATION_NAME, random=Random(SEED), every_seconds=0.08)
    killed = await during(killing, lambda: storm.rage(tasks=CONNECTIONS, transactions=400, cut_percent=15))
    tell([*storm.told.lines("Storm with killed backends"), f"  {killed} backends killed"])
    assert killed >= 5
    assert storm.told.answers["unavailable"] + storm.told.answers["outcome unknown"] >= 3
    await _assert_whole(pool, storm.actor, storm.told)
    await _assert_healthy(pool, owner_url)


async def _given_storm(pool: Database, *, seed: int) -> Storm:
    world = World.of(Random(seed), GOODS)
    tenant = await given_tenant(pool)
    await pool.write(tenant.actor, lambda tx: register(tx, world))
    return Storm(pool, tenant.actor, world, seed=seed)


async def _assert_whole(pool: Database, actor: Actor, told: Told) -> None:
    """The ledger holds what the callers were told, once each; the audit is clean; every version has its event."""
    async with pool.snapshot(actor) as tx:
        report = await drift(tx)
        rows = await tx.raw.fetch(_MOVEMENTS, tx.tenant_id)
        versions = {row["id"]: row["version"] for row in await tx.raw.fetch(_BALANCES, tx.tenant_id)}
        events = {row["aggregate_id"]: row["versions"] for row in await tx.raw.fetch(_TOLD, tx.tenant_id)}
    assert report.drifts == []
    ledger = {row["command_id"]: row["count"] for row in rows}
    assert all(row["count"] == row["ids"] for row in rows), "a command is there twice"
    acknowledged = {command: count for command, count in told.posted.items() if count}
    assert {command: ledger.get(command) for command in acknowledged} == acknowledged
    assert not told.nothing_done & ledger.keys()
    assert ledger.keys() <= acknowledged.keys() | told.unanswered
    assert events == {id_: list(range(1, version + 1)) for id_, version in versions.items() if version}
    assert len(versions) == len(GOODS) * 2
    assert min(versions.values()) > 10


async def _assert_healthy(pool: Database, owner_url: str) -> None:
    """Every connection is back and idle, outside a transaction."""
    assert pool.pool.get_idle_size() == pool.pool.get_size() <= CONNECTIONS
    # Only a superuser sees what the connections of others do.
    connection = await asyncpg.connect(owner_url)
    try:
        rows = await connection.fetch(_CONNECTIONS, APPLICATION_NAME)
    finally:
        await connection.close()
    states = {row["state"]: row["count"] for row in rows}
    assert states.keys() <= {"idle"}, f"connections are {states}"
