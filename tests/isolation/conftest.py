"""One pair of databases for all tests of isolation."""

from collections.abc import AsyncIterator

import pytest

from tests.given.worlds import World
from tests.isolation.twins import Served, twins
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
async def pair(postgres: PostgresServer) -> AsyncIterator[tuple[Served, Served, World]]:
    """The database of a tenant that is alone, its copy, which others may share, and the tenant's world."""
    async with twins(postgres) as found:
        yield found
