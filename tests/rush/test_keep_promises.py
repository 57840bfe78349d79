"""Sixteen connections, hot and cold goods, batches of any size and callers that go away: every promise is kept once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from random import Random

import pytest

from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from tests.promises.mix import Mix
from tests.promises.settings import HANDLED, SECONDS_MAX, SEED
from tests.promises.shop import Shop
from tests.properties.telling import Tell
from tests.rush.crowd import Rush
from tests.rush.registering import register
from tests.rush.whole import assert_whole

CONNECTIONS = 16
REQUESTS_PER_SHOP = 10_000
COLD_GOODS = 200


@pytest.fixture
async def pool(owner_url: str) -> AsyncIterator[Database]:
    """A pool of its own, of sixteen connections."""
    opened = await Database.connect(owner_url, connections_max=CONNECTIONS, hooks=HOOKS)
    yield opened
    await opened.close()


@pytest.mark.timeout(SECONDS_MAX)
async def test_every_promise_is_kept_once(pool: Database, tell: Tell) -> None:
    """Everything that callers were told is there, once, and nothing else; what is held is what is reserved, versions are
    dense, no order is deducted twice, and the live audit finds nothing."""
    mix = Mix(SEED)
    told: list[str] = []
    for number in count():
        if mix.requests >= HANDLED:
            break
        random = Random(f"{SEED} rush {number}")
        shop = Shop.of(random, opening=datetime.now(UTC), cold=COLD_GOODS)
        rush = Rush(pool, await register(pool, shop), shop, random, mix)
        await rush.open()
        await rush.rage(tasks=CONNECTIONS, requests=min(REQUESTS_PER_SHOP, HANDLED))
        await rush.settle()
        async with pool.snapshot(rush.actor) as tx:
            await assert_whole(tx, shop, rush.told)
        told += rush.told.lines()
    mix.assert_not_narrow()
    tell([*mix.lines("Handled by PostgreSQL"), *told])
    assert pool.pool.get_idle_size() == pool.pool.get_size() <= CONNECTIONS
