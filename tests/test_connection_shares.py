"""No kind of work takes another's last connection."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from inventory_graph.connection_shares import OTHERS_SECONDS, USES, ConnectionShares, Use, kept_of
from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.turns import NoTurnError
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase

BUSY = "All database connections are busy"


@asynccontextmanager
async def connected(owner_url: str, connections: int, *, wait: float = 0.1) -> AsyncIterator[Database]:
    database = await Database.connect(owner_url, connections_max=connections, acquire_seconds_max=wait)
    try:
        yield database
    finally:
        await database.close()


def test_of_every_number_each_use_has_some() -> None:
    """And what is kept for all of them leaves one to go round. From six on each has one of its own, and who has no use, too."""
    for connections in range(1, 201):
        kept, shares = kept_of(connections), ConnectionShares(connections)
        assert sum(kept.values()) < connections, connections
        assert all(1 <= shares.most_of(use) <= connections for use in USES), connections
        if connections >= 6:
            assert min(kept.values()) >= 1
            assert max(map(shares.most_of, USES)) < connections
    assert kept_of(10) == {"caller": 1, "mutation": 2, "subscription": 1, "query": 2}
    assert {use: ConnectionShares(10).most_of(use) for use in USES} == {
        "caller": 4,
        "mutation": 5,
        "subscription": 4,
        "query": 5,
    }


@pytest.mark.parametrize("flood", USES)
async def test_a_flood_of_one_use_leaves_the_others_theirs(flood: Use, owner_url: str, tenant: GivenTenant) -> None:
    """However many of it there are: changes go on, callers are known, and the probe of readiness is answered."""
    async with connected(owner_url, 10) as database, AsyncExitStack() as stack:
        for _ in range(database.shares.most_of(flood)):
            await stack.enter_async_context(database.for_use(flood).read(tenant.actor))
        with pytest.raises(Unavailable, match=BUSY):
            await stack.enter_async_context(database.for_use(flood).read(tenant.actor))
        for use in USES:
            if use != flood:
                await stack.enter_async_context(database.for_use(use).read(tenant.actor))
        assert await database.pool.fetchval("SELECT 1", timeout=1) == 1


async def test_tenants_take_turns_at_connections(
    owner_url: str, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Who has thirty changes in line delays another by one."""
    other, done = await given_tenant(database), list[str]()
    async with connected(owner_url, 2, wait=5) as narrow:
        changes = narrow.for_use("mutation")

        async def change(actor: GivenTenant) -> None:
            async with changes.transaction(actor.actor) as tx:
                await tx.raw.execute("SELECT pg_sleep(0.01)")
                done.append(actor.slug)

        flood = [asyncio.create_task(change(tenant)) for _ in range(30)]
        await asyncio.sleep(0)
        await change(other)
        assert done.index(other.slug) <= 5
        await asyncio.gather(*flood)


async def test_no_tenant_reads_with_the_last_connection_while_there_are_others(
    owner_url: str, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Its reads may take as long as a statement may: it has all of them only where it is alone."""
    other = await given_tenant(database)
    async with connected(owner_url, 10) as wide, AsyncExitStack() as stack:
        queries = wide.for_use("query")
        async with queries.read(other.actor):
            pass
        most = wide.shares.most_of("query")
        for _ in range(most - 1):
            await stack.enter_async_context(queries.read(tenant.actor))
        with pytest.raises(Unavailable, match=BUSY):
            await stack.enter_async_context(queries.read(tenant.actor))
        async with queries.read(other.actor) as tx:
            assert await tx.raw.fetchval("SELECT 1") == 1


async def test_who_was_alone_for_a_while_reads_with_all() -> None:
    """A tenant that nobody shares the service with loses nothing, and one that came by is forgotten."""
    now = 0.0
    shares = ConnectionShares(10, clock=lambda: now)
    most = shares.most_of("query")

    async def taken(party: str) -> int:
        count = 0
        with suppress(NoTurnError):
            while True:
                await shares.take("query", party, seconds_max=0.01, is_patient=False)
                count += 1
        for _ in range(count):
            shares.give_back("query", party)
        return count

    assert await taken("one") == most
    assert await taken("two") == most - 1
    now = OTHERS_SECONDS - 0.01
    assert await taken("two") == most - 1
    now = OTHERS_SECONDS
    assert await taken("two") == most
    assert await taken("one") == most - 1


async def test_what_is_begun_waits_for_its_connection(owner_url: str, tenant: GivenTenant) -> None:
    """Until the operation's end, past the wait of one that has done nothing yet."""
    async with connected(owner_url, 1) as database:
        changes = database.for_use("mutation")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(changes.transaction(tenant.actor))
            began = time.monotonic()
            with pytest.raises(Unavailable, match=BUSY):
                async with changes.transaction(tenant.actor):
                    pass

            async def go_on() -> float:
                async with changes.transaction(tenant.actor, ends_at=began + 10, is_begun=True):
                    return time.monotonic() - began

            going_on = asyncio.create_task(go_on())
            await asyncio.sleep(0.4)
            assert not going_on.done()
        assert 0.4 < await going_on < 5


async def test_a_connection_that_was_not_to_be_had_is_nobodys(owner_url: str, tenant: GivenTenant) -> None:
    """What fails, or is cancelled while it waits, leaves the share as it was."""
    async with connected(owner_url, 2) as database:
        queries = database.for_use("query")
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with queries.read(tenant.actor):
                    raise ZeroDivisionError
        raw = [await database.pool.acquire() for _ in range(2)]
        for _ in range(3):
            with pytest.raises(Unavailable, match=BUSY):
                async with queries.read(tenant.actor):
                    pass
        for each in raw:
            await database.pool.release(each)
        async with queries.read(tenant.actor) as tx:
            assert await tx.raw.fetchval("SELECT 1") == 1
