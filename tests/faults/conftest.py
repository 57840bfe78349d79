"""One shop for this folder, and two processes that serve it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.shop import Counter, Shop, counter_at, opened_shop, serving
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
async def shop(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A tenant in a database of its own."""
    directory: Path = tmp_path_factory.mktemp("shop")
    async with opened_shop(postgres, directory) as made:
        yield made


@pytest.fixture(scope="session")
def ports(shop: Shop) -> Iterator[tuple[int, int]]:
    """Two processes that serve the shop."""
    with serving(shop) as first, serving(shop) as second:
        yield first, second


@pytest.fixture(scope="session")
async def counters(shop: Shop, ports: tuple[int, int]) -> AsyncIterator[tuple[Counter, Counter]]:
    """The two, as their callers have them."""
    with counter_at(shop, ports[0]) as first, counter_at(shop, ports[1]) as second:
        yield first, second
