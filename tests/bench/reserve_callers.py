"""Callers of the batcher in this process: each asks for the next reservation when its last is answered."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import count
from uuid import uuid4

from inventory_graph.app import GARBAGE_THRESHOLDS
from inventory_graph.batching import Batcher
from inventory_graph.db import Database
from inventory_graph.reservations.batch import Outcome, handle, handle_one
from inventory_graph.reservations.requests import AnyRequest, Reserve, ReserveLine
from inventory_graph.stock.refusals import InsufficientStock
from tests.bench.load import Measured
from tests.bench.shop import Shop

CALLERS = 256
SECONDS_MAX = 60.0
STRIDE = 7_919
"""A prime: so many SKUs on from one reservation to the next, so that all have their turn and none soon again."""


def reservation(shop: Shop, sku: str, key: str | None = None) -> Reserve:
    """One unit of the SKU, under a key of its own."""
    line = ReserveLine(sku=sku, quantity=Decimal(1))
    return Reserve(actor=shop.actor, idempotency_key=key or str(uuid4()), lines=(line,))


async def reserve_one(database: Database, shop: Shop, sku: str, key: str | None = None) -> None:
    """Reserve one unit in a transaction of its own."""
    request = reservation(shop, sku, key)
    await database.write(shop.actor, lambda tx: handle_one(tx, request=request))


async def reserve_batched(
    database: Database, shop: Shop, skus: Sequence[str], *, seconds: float = SECONDS_MAX, calls: int | None = None
) -> Measured:
    """256 callers at once, for so long or so often, through a batcher as the service has it. Refusals for want of stock are
    answers like others."""
    batcher: Batcher[AnyRequest, Outcome] = Batcher(database, handle)
    latencies: list[float] = []
    numbers = iter(range(calls)) if calls else count()
    began = time.perf_counter()
    ends_at = began + seconds

    async def call() -> None:
        for number in numbers:
            sent_at = time.perf_counter()
            if sent_at >= ends_at:
                return
            request = reservation(shop, skus[number * STRIDE % len(skus)])
            with suppress(InsufficientStock):
                await batcher.submit(shop.actor, request, seconds_max=SECONDS_MAX)
            latencies.append(time.perf_counter() - sent_at)

    with _collector_as_in_the_service():
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(call())
        elapsed = time.perf_counter() - began
    await batcher.close()
    return Measured.of(latencies, elapsed)


@contextmanager
def _collector_as_in_the_service() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
