"""A desk for each test."""

import pytest

from tests.batching.desk import Desk, Watcher
from tests.statements import CountingDatabase


@pytest.fixture
def watcher() -> Watcher:
    """Sees what the desk's batcher does."""
    return Watcher()


@pytest.fixture
async def desk(database: CountingDatabase, watcher: Watcher) -> Desk:
    """A desk with the limits that a process has unless told otherwise."""
    return await Desk.open(database, observe=watcher)
