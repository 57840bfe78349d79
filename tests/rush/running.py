"""A shop in a process of its own, so that two use both cores."""

import asyncio
from datetime import UTC, datetime
from random import Random

from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from inventory_graph.stock.audit import drift
from tests.promises.mix import Mix
from tests.promises.settings import FIRST_RECEIPTS, SEED
from tests.promises.shop import Shop
from tests.rush.agreed import assert_same
from tests.rush.crowd import Rush
from tests.rush.registering import register
from tests.rush.story import Story, sizes
from tests.rush.whole import assert_whole

CONNECTIONS = 16
COLD_GOODS = 200
STORY_REQUESTS = 1_000
STORY_BATCH_SIZES = (1, 2, 5, 20, 60)


def run_rush(url: str, number: int, requests: int) -> tuple[Mix, list[str]]:
    """Open a shop, ask it so many requests from many tasks, and check what is there in the end; what was asked and told."""
    return asyncio.run(_run_rush(url, number, requests))


async def _run_rush(url: str, number: int, requests: int) -> tuple[Mix, list[str]]:
    random, mix = Random(f"{SEED} rush {number}"), Mix(SEED)
    database = await Database.connect(url, connections_max=CONNECTIONS, hooks=HOOKS)
    try:
        shop = Shop.of(random, opening=datetime.now(UTC), cold=COLD_GOODS)
        rush = Rush(database, await register(database, shop), shop, random, mix)
        await rush.open()
        await rush.rage(tasks=CONNECTIONS, requests=requests)
        await rush.settle()
        async with database.snapshot(rush.actor) as tx:
            await assert_whole(tx, shop, rush.told)
        assert database.pool.get_idle_size() == database.pool.get_size() <= CONNECTIONS
    finally:
        await database.close()
    return mix, rush.told.lines()


def run_story(url: str, number: int) -> Mix:
    """Open a shop and ask it and the naive shop the same, one caller alone, and compare what is there in the end; what was asked."""
    return asyncio.run(_run_story(url, number))


async def _run_story(url: str, number: int) -> Mix:
    random, mix = Random(f"{SEED} story {number}"), Mix(SEED)
    # Without hooks: a database in which nothing happens that was not asked for.
    database = await Database.connect(url)
    try:
        shop = Shop.of(random, opening=datetime.now(UTC))
        story = Story(database, await register(database, shop), shop, random, mix)
        await story.batch(FIRST_RECEIPTS, receipts=True)
        for size in sizes(random, STORY_REQUESTS, STORY_BATCH_SIZES):
            await story.batch(size)
        async with database.snapshot(story.actor) as tx:
            await assert_same(tx, story.naive)
            assert (await drift(tx)).drifts == []
    finally:
        await database.close()
    return mix
