"""Counting the SQL statements that a piece of work costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery

from inventory_graph.db import Database, Hooks

# What every transaction says before and after its work, and what the driver asks once to learn the types of columns.
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT set_config(", "SET ROLE")
_DRIVER = ("typeinfo_tree", "pg_catalog.pg_type", "current_setting('jit')")


@dataclass(slots=True)
class Counted:
    """The statements that ran, in their order; ``len()`` of it is their number."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __call__(self, query: LoggedQuery) -> None:
        text = query.query.strip()
        if not text.startswith(_FRAME) and not any(mark in text for mark in _DRIVER):
            self.texts.append(text)

    def assert_at_most(self, number: int) -> None:
        """Fail with the statements themselves when there were more."""
        listing = "\n\n".join(f"{position}. {text}" for position, text in enumerate(self.texts, 1))
        assert len(self.texts) <= number, f"{len(self.texts)} statements where {number} are allowed:\n\n{listing}"


class CountingDatabase(Database):
    """A database whose statements can be counted while they run."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", hooks: Hooks | None = None) -> None:
        super().__init__(pool, hooks)
        self.counters: list[Counted] = []

    @classmethod
    async def connect(cls, url: str, **settings: Any) -> "CountingDatabase":
        counters: list[Counted] = []

        def tell(query: LoggedQuery) -> None:
            for counter in counters:
                counter(query)

        database = await super().connect(url, on_query=tell, **settings)
        assert isinstance(database, CountingDatabase)
        database.counters = counters
        return database


@asynccontextmanager
async def statements(database: CountingDatabase) -> AsyncIterator[Counted]:
    """Count what runs on the database inside the block, without BEGIN, COMMIT and the setting of the tenant."""
    counted = Counted()
    # The driver tells of a statement in the loop's next turn, so a turn is given to it before and after.
    await asyncio.sleep(0)
    database.counters.append(counted)
    try:
        yield counted
        await asyncio.sleep(0)
    finally:
        database.counters.remove(counted)
