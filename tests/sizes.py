"""``python -m tests.sizes``: what a variant, a movement and an event take on disk, measured on tables that the service filled.

An embedded PostgreSQL gets one tenant with ``--variants`` items of one variant each; then the stock book posts ``--movements``
single-line commands in batches of 500, each with a reference and a subject as long as a UUID, and ``--keys`` calls go through
the verb that records an idempotency key. The tables are vacuumed, not rewritten: what updates left behind counts. The second
table multiplies the bytes by ``--for-variants`` and ``--for-movements``.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import asyncpg

from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Refusal
from inventory_graph.hooks import HOOKS
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.stock.commands import Adjust, Command, Line, Receive
from inventory_graph.stock.posting import post
from inventory_graph.stock.service import Place, adjust_stock
from migrations.roles import APP
from tests.given.tenants import GivenTenant, given_tenant
from tests.servers import PostgresServer, embedded_server

SEED = 20261122
ITEMS_BATCH = 1_000
COMMANDS_BATCH = 500

PER_VARIANT = ("items", "variants", "item_words", "balances", "quants")
PER_MOVEMENT = ("movements",)
PER_CHANGE = ("outbox", "idempotency_keys")

_SIZES = """
SELECT coalesce(parent.relname, c.relname) AS name, sum(pg_table_size(c.oid))::bigint AS heap, sum(pg_indexes_size(c.oid))::bigint AS indexes
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
WHERE c.relkind = 'r' AND coalesce(parent.relname, c.relname) = ANY ($1) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Size:
    """What one table takes: its rows, the mean bytes of a row's values, and the bytes of heap and indexes."""

    name: str
    rows: int
    values: float
    heap: int
    indexes: int

    @property
    def bytes_per_row(self) -> float:
        return (self.heap + self.indexes) / self.rows


async def _fill(tenant: GivenTenant, *, variants: int, movements: int, keys: int) -> None:
    chance = random.Random(SEED)
    ids: list[UUID] = []
    for start in range(0, variants, ITEMS_BATCH):
        numbers = range(start, min(start + ITEMS_BATCH, variants))
        items = [NewItem(sku=f"SKU-{n:07}", name=f"Article {n:07} of the catalogue", unit="PIECE") for n in numbers]
        made = await tenant.database.write(tenant.actor, partial(_create, items=items))
        ids += made
    for commands in _commands(tenant, ids, movements, chance):
        await tenant.database.write(tenant.actor, partial(_post, commands=commands))
    for number in range(keys):
        await tenant.database.write(tenant.actor, partial(_adjust, number=number))


def _commands(
    tenant: GivenTenant, ids: Sequence[UUID], movements: int, chance: random.Random
) -> Iterator[list[Command]]:
    """Each variant is received once; what is left of the movements takes a piece of some variant each."""
    batch: list[Command] = []
    for number in range(movements):
        line: Line
        if number < len(ids):
            line = Receive(variant_id=ids[number], warehouse_id=tenant.warehouse_id, quantity=Decimal(1_000_000))
        else:
            line = Adjust(variant_id=chance.choice(ids), warehouse_id=tenant.warehouse_id, delta=Decimal(-1))
        batch.append(
            Command(
                id=uuid4(), lines=(line,), recorded_by=str(uuid4()), reason="CORRECTION", reference=f"ORDER-{number:09}"
            )
        )
        if len(batch) == COMMANDS_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _create(tx: Transaction, *, items: Sequence[NewItem]) -> list[UUID]:
    return [variant.id for each in await create_items(tx, items=items) for variant in each.variants]


async def _post(tx: Transaction, *, commands: Sequence[Command]) -> None:
    refused = [outcome for outcome in await post(tx, commands) if isinstance(outcome, Refusal)]
    if refused:
        raise refused[0]


async def _adjust(tx: Transaction, *, number: int) -> None:
    await adjust_stock(
        tx,
        idempotency_key=str(uuid4()),
        sku=f"SKU-{number % 100:07}",
        place=Place(),
        delta=Decimal(-1),
        reason="CORRECTION",
    )


async def _measure(url: str) -> list[Size]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
        names = [*PER_VARIANT, *PER_MOVEMENT, *PER_CHANGE]
        sizes = {row["name"]: row for row in await connection.fetch(_SIZES, names)}
        found = []
        for name in names:
            query = f"SELECT count(*) AS rows, coalesce(avg(pg_column_size(t.*)), 0) AS mean FROM {name} AS t"
            (row,) = await connection.fetch(query)
            size = sizes[name]
            found.append(Size(name, row["rows"], float(row["mean"]), size["heap"], size["indexes"]))
        return found
    finally:
        await connection.close()


def _table(sizes: Sequence[Size]) -> Iterator[str]:
    yield f"{'table':<18}{'rows':>10}{'bytes of values':>17}{'heap a row':>12}{'indexes a row':>15}{'total a row':>13}"
    for size in sizes:
        heap, indexes = size.heap / size.rows, size.indexes / size.rows
        yield (
            f"{size.name:<18}{size.rows:>10,}{size.values:>17.0f}{heap:>12.0f}{indexes:>15.0f}{size.bytes_per_row:>13.0f}"
        )


def _projection(sizes: Sequence[Size], *, variants: int, movements: int, filled_variants: int) -> Iterator[str]:
    def total(names: Sequence[str]) -> int:
        return sum(size.heap + size.indexes for size in sizes if size.name in names)

    per_variant = total(PER_VARIANT) / filled_variants
    per_movement = next(size.bytes_per_row for size in sizes if size.name in PER_MOVEMENT)
    yield f"{variants:,} variants with a balance each: {variants * per_variant / 1e9:.1f} GB ({per_variant:.0f} bytes each)"
    yield f"{movements:,} movements: {movements * per_movement / 1e9:.1f} GB ({per_movement:.0f} bytes each)"


async def _run(server: PostgresServer, options: argparse.Namespace) -> None:
    url = await server.clone()
    database = await Database.connect(url, role=APP, hooks=HOOKS)
    try:
        began = time.monotonic()
        tenant = await given_tenant(database)
        await _fill(tenant, variants=options.variants, movements=options.movements, keys=options.keys)
        seconds = time.monotonic() - began
    finally:
        await database.close()
    sizes = await _measure(url)
    projection = _projection(
        sizes, variants=options.for_variants, movements=options.for_movements, filled_variants=options.variants
    )
    sys.stdout.write("\n".join((*_table(sizes), "", *projection, f"Filled in {seconds:.0f} s.", "")))


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.sizes", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--variants", type=int, default=20_000)
    parser.add_argument("--movements", type=int, default=400_000)
    parser.add_argument("--keys", type=int, default=2_000)
    parser.add_argument("--for-variants", type=int, default=1_000_000)
    parser.add_argument("--for-movements", type=int, default=100_000_000)
    options = parser.parse_args()
    with embedded_server() as server:
        sys.stdout.write(f"{server.description}, seed {SEED}\n")
        asyncio.run(_run(server, options))


if __name__ == "__main__":
    main()
