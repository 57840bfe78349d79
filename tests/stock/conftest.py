"""The service with something on its way: a source of supply of the tests' own, over rows that they write."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg
import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Transaction
from inventory_graph.stock.supply import HOOK, ExpectedSupply
from migrations.roles import APP
from tests.given.tenants import GivenTenant
from tests.graph import BASE_URL, GivenCallers, GraphClient
from tests.statements import CountingDatabase

# In a schema of its own: it is none of the service's tables, which tests of all tables look at.
_TABLE = f"""
CREATE SCHEMA given;
CREATE TABLE given.supplies (
  tenant_id uuid NOT NULL, variant_id uuid NOT NULL, warehouse_id uuid NOT NULL, at timestamptz NOT NULL,
  quantity numeric(18, 6) NOT NULL
);
GRANT USAGE ON SCHEMA given TO {APP};
GRANT SELECT, INSERT ON given.supplies TO {APP}
"""
_OF_VARIANTS = """
SELECT variant_id, warehouse_id, at, quantity FROM given.supplies
WHERE tenant_id = $1 AND variant_id = ANY ($2::uuid[])
"""


async def given_rows(tx: Transaction, *, variant_ids: Sequence[UUID]) -> Sequence[ExpectedSupply]:
    """A source of supply: what the tests wrote into their table."""
    return [ExpectedSupply(**row) for row in await tx.raw.fetch(_OF_VARIANTS, tx.tenant_id, list(variant_ids))]


@pytest.fixture(scope="session")
async def supplied_database(owner_url: str) -> AsyncIterator[CountingDatabase]:
    """The tests' database, whose transactions ask the tests' source what is on its way."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(_TABLE)
    await owner.close()
    opened = await CountingDatabase.connect(owner_url, role=APP, hooks={HOOK: (given_rows,)})
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def supplied_client(
    supplied_database: CountingDatabase, callers: GivenCallers
) -> AsyncIterator[httpx.AsyncClient]:
    """The web application over that database."""

    async def ready() -> bool:
        return True

    application = create_app(Settings.load(dotenv=None), database=supplied_database, authenticator=callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        yield client


@pytest.fixture
def supplied(supplied_client: httpx.AsyncClient, callers: GivenCallers, tenant: GivenTenant) -> GraphClient:
    """GraphQL as the administrator of the test's tenant, of a service that knows what is on its way."""
    return GraphClient(supplied_client, callers, tenant)
