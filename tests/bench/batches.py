"""The batcher against a transaction for each command: 256 callers at once on one balance and on many, and a lone caller."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import count
from typing import NamedTuple
from uuid import uuid4

import asyncpg

from inventory_graph.batching import Batcher
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Retry, Unavailable
from inventory_graph.stock.commands import Adjust, Command
from inventory_graph.stock.posting import Outcome, post
from tests.bench.shop import Shop, open_shop
from tests.bench.tables import print_table
from tests.servers import DURABLE, PostgresServer, embedded_server

SECONDS = 4.0
ROUNDS = 3
CALLERS = 256
VARIANTS = 10_000
SECONDS_MAX = 30.0


class Measured(NamedTuple):
    """Changes a second, milliseconds of this process's processor time for each, and how many requests were not done."""

    rate: float
    milliseconds: float
    refused: int


@dataclass(slots=True)
class Callers:
    """So many callers who each ask for the next change when the last is answered; which way is decided by ``batcher``."""

    database: Database
    shop: Shop
    batcher: Batcher[Command, Outcome] | None
    callers: int
    variants: int
    done: int = 0
    refused: int = 0

    async def run(self) -> Measured:
        """Do it for a few seconds."""
        ends = time.monotonic() + SECONDS
        began, used = time.perf_counter(), time.process_time()
        numbers = count()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.callers):
                group.create_task(self._call(numbers, ends))
        milliseconds = (time.process_time() - used) * 1_000 / self.done
        return Measured(self.done / (time.perf_counter() - began), milliseconds, self.refused)

    async def _call(self, numbers: "count[int]", ends: float) -> None:
        while time.monotonic() < ends:
            variant_id = self.shop.variant_ids[next(numbers) * 7_919 % self.variants]
            line = Adjust(variant_id=variant_id, warehouse_id=self.shop.warehouse_id, delta=Decimal(-1))
            command = Command(id=uuid4(), lines=(line,), recorded_by="bench", reason="CORRECTION")
            try:
                if self.batcher is not None:
                    await self.batcher.submit(self.shop.actor, command, seconds_max=SECONDS_MAX)
                else:
                    await self.database.write(self.shop.actor, partial(post, commands=[command]))
            except (Retry, Unavailable):
                self.refused += 1
            else:
                self.done += 1


async def handle(tx: Transaction, commands: Sequence[Command]) -> list[Outcome]:
    """What the batcher runs."""
    return await post(tx, commands)


def run() -> None:
    """Measure and print."""
    with embedded_server(DURABLE) as server:
        rows = asyncio.run(_rows(server))
    print_table(
        f"Changes per second, median of {ROUNDS} rounds of {SECONDS:g} s ({server.description}, every commit on disk)",
        ("what", "a transaction each", "batched", "ratio", "CPU ms", "CPU ms, batched", "refused", "refused, batched"),
        rows,
    )


async def _analyze(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _rows(server: PostgresServer) -> list[tuple[object, ...]]:
    url = await server.clone()
    database = await Database.connect(url, connections_max=10)
    shop = await open_shop(database, variants=VARIANTS, quantity=1_000_000)
    # As in production after a minute; until then PostgreSQL plans for tables that are empty.
    await _analyze(url)
    rows: list[tuple[object, ...]] = []
    for callers, variants, what in (
        (1, 1, "one caller"),
        (CALLERS, 1, f"{CALLERS} callers, one balance"),
        (CALLERS, VARIANTS, f"{CALLERS} callers, {VARIANTS:,} balances"),
    ):
        found: dict[bool, list[Measured]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for is_batched, results in found.items():
                batcher: Batcher[Command, Outcome] | None = Batcher(database, handle) if is_batched else None
                results.append(await Callers(database, shop, batcher, callers, variants).run())
        each, batched = (sorted(results)[ROUNDS // 2] for results in found.values())
        rows.append(
            (
                *(what, each.rate, batched.rate, batched.rate / each.rate),
                *(each.milliseconds, batched.milliseconds, each.refused, batched.refused),
            )
        )
    await database.close()
    return rows
