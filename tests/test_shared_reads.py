"""Reads that many callers make at once are made together, and each caller gets what it would have got alone."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.reading import SharedReads
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase

asked: list[list[str]] = []


async def slugs(tx: Transaction, keys: Sequence[str]) -> Mapping[str, str]:
    """For each key the slug of the tenant that row-level security shows; refuses the key ``bad``."""
    asked.append(list(keys))
    found = await tx.raw.fetch("SELECT slug, pg_sleep(0.05) FROM tenants")
    if "bad" in keys:
        raise InvalidInput("This key is refused.")
    return {key: row["slug"] for row in found for key in keys if key != "unknown"}


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    asked.clear()


async def test_what_comes_during_a_read_is_the_next_read(database: CountingDatabase, tenant: GivenTenant) -> None:
    """A lone caller waits for nobody; a hundred more become one read of two keys."""
    reads = SharedReads(database)
    first = asyncio.create_task(reads.load(tenant.actor, slugs, "a"))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(reads.load(tenant.actor, slugs, "bc"[number % 2])) for number in range(100)]
    assert await asyncio.gather(first, *rest) == [tenant.slug] * 101
    assert asked == [["a"], ["b", "c"]]
    assert await reads.load(tenant.actor, slugs, "unknown") is None


async def test_tenants_never_share_a_read(database: CountingDatabase, tenant: GivenTenant) -> None:
    """The same key of two tenants is two reads, each under its own row-level security."""
    other = await given_tenant(database)
    reads = SharedReads(database)
    callers = [tenant, other] * 10
    found = await asyncio.gather(*(reads.load(each.actor, slugs, "a") for each in callers))
    assert found == [each.slug for each in callers]


async def test_a_refused_key_spoils_nobody_else(database: CountingDatabase, tenant: GivenTenant) -> None:
    """The others are answered, and the one that asked for it hears why."""
    reads = SharedReads(database)
    keys = ["first", "a", "bad", "b"]
    found = await asyncio.gather(*(reads.load(tenant.actor, slugs, key) for key in keys), return_exceptions=True)
    assert [found[0], found[1], found[3]] == [tenant.slug] * 3
    assert isinstance(found[2], InvalidInput)


async def test_a_caller_who_leaves_takes_nobody_along(database: CountingDatabase, tenant: GivenTenant) -> None:
    """Also the one whose question began the read."""
    reads = SharedReads(database)
    leaving = asyncio.create_task(reads.load(tenant.actor, slugs, "a"))
    await asyncio.sleep(0.01)
    staying = asyncio.create_task(reads.load(tenant.actor, slugs, "a"))
    leaving.cancel()
    assert await staying == tenant.slug
    assert leaving.cancelled() or leaving.cancelling()
