"""The book against the same writes in plain SQL: post() in batches of 1, 50 and 500 on one hot balance, and pgbench with 1
and 32 clients running a transaction for each command."""

import asyncio
import json
import re
import time
from decimal import Decimal
from functools import partial
from uuid import uuid4

from inventory_graph.db import Database
from inventory_graph.stock.commands import Adjust, Command, balance_id
from inventory_graph.stock.posting import post
from tests.bench.pgbench import pgbench
from tests.bench.shop import Shop, open_shop
from tests.bench.tables import print_table
from tests.servers import DURABLE, FORGETFUL, PostgresServer, embedded_server

SECONDS = 4
ROUNDS = 3
PLAIN_NAME = "pgbench, {} clients, a transaction each"

# One command as a program without the book would write it: the balance under its lock, its quant, the ledger row with all its
# columns, and the two events. No lots, no refusals, no idempotency: what is left out is to pgbench's advantage.
PLAIN = r"""
BEGIN;
SELECT set_config('app.tenant_id', '{tenant}', true);
SELECT on_hand, version FROM balances WHERE tenant_id = '{tenant}' AND id = '{balance}' FOR UPDATE \gset
UPDATE balances SET on_hand = on_hand - 1, version = version + 1, updated_at = clock_timestamp()
  WHERE tenant_id = '{tenant}' AND id = '{balance}';
UPDATE quants SET quantity = quantity - 1 WHERE tenant_id = '{tenant}' AND balance_id = '{balance}' AND state = 'AVAILABLE';
INSERT INTO movements (tenant_id, recorded_at, id, balance_id, balance_version, ordinal, variant_id, warehouse_id, kind,
    quantity, from_state, unit_cost, value_change, on_hand_after, reserved_after, quarantined_after, damaged_after, reason,
    command_id, occurred_at, recorded_by)
  VALUES ('{tenant}', clock_timestamp(), gen_random_uuid(), '{balance}', :version::bigint + 1, 0, '{variant}', '{warehouse}',
    'ADJUSTMENT', 1, 'AVAILABLE', NULL, 0, :on_hand::numeric - 1, 0, 0, 0, 'CORRECTION', gen_random_uuid(), clock_timestamp(), 'bench');
INSERT INTO outbox (tenant_id, event_id, aggregate_type, aggregate_id, aggregate_version, type, payload)
  VALUES ('{tenant}', gen_random_uuid(), 'balance', '{balance}', :version::bigint + 1, 'inventory.stock.updated', '{updated}');
INSERT INTO outbox (tenant_id, event_id, aggregate_type, aggregate_id, aggregate_version, type, payload)
  VALUES ('{tenant}', gen_random_uuid(), 'balance', '{balance}', :version::bigint + 1, 'inventory.stock.adjusted', '{adjusted}');
COMMIT;
"""


def run() -> None:
    """Measure and print."""
    for settings, how in ((DURABLE, "every commit on disk"), (FORGETFUL, "fsync off")):
        with embedded_server(settings) as server:
            rates = asyncio.run(_rates(server))
        medians = {name: sorted(each)[len(each) // 2] for name, each in rates.items()}
        base = medians[PLAIN_NAME.format(32)]
        print_table(
            f"Commands per second on one hot balance, median of {ROUNDS} rounds of {SECONDS} s ({server.description}, {how})",
            ("what", "commands/s", "ratio to pgbench, 32 clients"),
            [(name, rate, rate / base) for name, rate in medians.items()],
        )


async def _rates(server: PostgresServer) -> dict[str, list[float]]:
    url = await server.clone()
    database = await Database.connect(url, connections_max=4)
    shop = await open_shop(database, variants=1, quantity=1_000_000_000)
    script = await _script(database, shop)
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for clients in (1, 32):
            plain = await asyncio.to_thread(pgbench, url, script, clients=clients, seconds=SECONDS)
            rates.setdefault(PLAIN_NAME.format(clients), []).append(plain.rate)
        for size in (1, 50, 500):
            rates.setdefault(f"post() in batches of {size}, one caller", []).append(await _post(database, shop, size))
    await database.close()
    return rates


async def _script(database: Database, shop: Shop) -> str:
    """The plain transaction, with events as large as the book's own."""
    async with database.read(shop.actor) as tx:
        written = await tx.raw.fetchval("SELECT payload FROM outbox WHERE type = 'inventory.stock.updated' LIMIT 1")
    # To pgbench a colon before a letter or digit is a variable; what is left is as long as the original.
    updated = re.sub(r":(?=\w)", ".", json.dumps(json.loads(written)))
    return PLAIN.format(
        tenant=shop.actor.tenant_id,
        balance=balance_id(shop.variant_ids[0], shop.warehouse_id),
        variant=shop.variant_ids[0],
        warehouse=shop.warehouse_id,
        updated=updated,
        adjusted=updated[: len(updated) // 2].rpartition(",")[0] + "}",
    )


async def _post(database: Database, shop: Shop, size: int) -> float:
    posted = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        commands = [
            Command(
                id=uuid4(),
                lines=(Adjust(variant_id=shop.variant_ids[0], warehouse_id=shop.warehouse_id, delta=Decimal(-1)),),
                recorded_by="bench",
                reason="CORRECTION",
            )
            for _ in range(size)
        ]
        await database.write(shop.actor, partial(post, commands=commands))
        posted += size
    return posted / elapsed
