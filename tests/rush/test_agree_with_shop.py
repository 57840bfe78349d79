"""PostgreSQL handles every batch as the naive shop does: the locks and the set-based reads and writes add and lose nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest

from inventory_graph.db import Database
from inventory_graph.stock.audit import drift
from tests.promises.mix import Mix
from tests.promises.settings import AGREED, FIRST_RECEIPTS, SECONDS_MAX, SEED
from tests.promises.shop import Shop
from tests.properties.telling import Tell
from tests.rush.agreed import assert_same
from tests.rush.registering import register
from tests.rush.story import Story, sizes

REQUESTS_PER_SHOP = 1_000
BATCH_SIZES = (1, 2, 5, 20, 60)


@pytest.fixture
async def plain(owner_url: str) -> AsyncIterator[Database]:
    """A database in which nothing happens that was not asked for."""
    opened = await Database.connect(owner_url)
    yield opened
    await opened.close()


@pytest.mark.timeout(SECONDS_MAX)
async def test_every_batch_is_handled_as_the_naive_shop_does(plain: Database, tell: Tell) -> None:
    """One caller, batches of any size: every answer is that of the naive shop, and so is every row in the end."""
    mix = Mix(SEED)
    for number in range(-(-AGREED // REQUESTS_PER_SHOP)):
        random = Random(f"{SEED} story {number}")
        shop = Shop.of(random, opening=datetime.now(UTC))
        story = Story(plain, await register(plain, shop), shop, random, mix)
        await story.batch(FIRST_RECEIPTS, receipts=True)
        for size in sizes(random, REQUESTS_PER_SHOP, BATCH_SIZES):
            await story.batch(size)
        async with plain.snapshot(story.actor) as tx:
            await assert_same(tx, story.naive)
            assert (await drift(tx)).drifts == []
    tell(mix.lines("Agreed with PostgreSQL"))
