"""The event log of a test: numbered when the test says so, by the same code as the worker's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from inventory_graph.leading import lead
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.live.sequencing import LOCK, SEQUENCED_MAX
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from migrations.roles import READER
from tests.live.following import Following, following
from tests.statements import CountingDatabase

NumberEvents = Callable[[], Awaitable[None]]


@pytest.fixture
def number_events(worker_database: CountingDatabase) -> NumberEvents:
    """Move everything that is committed to the log."""
    sequencer = Sequencer(worker_database, WORKER, outbox=Wakeup(), log=Wakeup())

    async def number() -> None:
        async with lead(worker_database, LOCK) as leader:
            assert leader is not None, "another test leads"
            while await sequencer.one_round(leader) == SEQUENCED_MAX:
                pass

    return number


@pytest.fixture(scope="session")
async def reader_database(owner_url: str) -> AsyncIterator[CountingDatabase]:
    """The database as those see it who follow the log of all tenants."""
    opened = await CountingDatabase.connect(owner_url, role=READER)
    yield opened
    await opened.close()


@pytest.fixture
async def tail(database: CountingDatabase, reader_database: CountingDatabase) -> AsyncIterator[Following]:
    """A process that follows the log."""
    async with following(database, reader_database) as opened:
        yield opened


@pytest.fixture
async def owner_connection(owner_url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A superuser's connection, for what no caller of the service may do."""
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()
