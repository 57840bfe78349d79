"""Writers that change aggregates under row locks and tell of it, as every domain does, as fast as they can."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.db import Database, Transaction
from inventory_graph.outbox import Event, emit_all
from tests.given.tenants import GivenTenant

LOCK = "SELECT id FROM warehouses WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"


@dataclass(frozen=True, kw_only=True)
class Counted(Event):
    """One more for an aggregate."""

    type: ClassVar[str] = "test.counted"
    aggregate_type: ClassVar[str] = "warehouse"

    number: int

    def payload(self) -> dict[str, Any]:
        return {"number": self.number}


@dataclass(slots=True)
class Writers:
    """What was written: how many events of each aggregate, and when the transaction of each event was committed."""

    database: Database
    tenant: GivenTenant
    aggregate_ids: list[UUID]
    random: random.Random
    versions: Counter[UUID] = field(default_factory=Counter)
    committed_at: dict[int, float] = field(default_factory=dict)
    _numbers: int = 0

    async def write(self, *, writers: int, events: int) -> None:
        """So many events, by so many writers at once."""
        async with asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(self._writer(events))

    async def _writer(self, events: int) -> None:
        while self._numbers < events:
            chosen = self.random.sample(self.aggregate_ids, self.random.randint(1, 3))
            numbers = range(self._numbers, self._numbers + len(chosen))
            self._numbers += len(chosen)
            await self.database.write(self.tenant.actor, partial(self._change, aggregate_ids=chosen, numbers=numbers))
            now = time.perf_counter()
            self.committed_at.update(dict.fromkeys(numbers, now))

    async def _change(self, tx: Transaction, *, aggregate_ids: list[UUID], numbers: range) -> None:
        await tx.raw.execute(LOCK, tx.tenant_id, aggregate_ids)
        events: list[Event] = []
        for aggregate_id, number in zip(sorted(aggregate_ids), numbers, strict=True):
            # Counted under the lock: nobody else has the same number, and nothing here rolls back.
            self.versions[aggregate_id] += 1
            events.append(
                Counted(aggregate_id=aggregate_id, aggregate_version=self.versions[aggregate_id], number=number)
            )
        await emit_all(tx, events)
        if self.random.random() < 0.02:
            await asyncio.sleep(self.random.random() * 0.01)
