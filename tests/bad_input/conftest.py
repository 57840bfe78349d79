"""What the tests of bad input have at hand."""

import httpx
import pytest

from tests.given.tenants import given_tenant
from tests.given.worlds import World, given_world
from tests.graph import GivenCallers, GraphClient
from tests.operations import platform_graph
from tests.statements import CountingDatabase


@pytest.fixture(scope="module")
async def world(database: CountingDatabase, http_client: httpx.AsyncClient, callers: GivenCallers) -> World:
    """One tenant for all: what is refused leaves nothing behind, and what is accepted is made anew."""
    graph = GraphClient(http_client, callers, await given_tenant(database))
    return await given_world(platform_graph(graph))
