"""Reservations side by side: the service's batcher, the service over HTTP, the same rows by pgbench, and Medusa's inventory
module. Rounds are interleaved, so that what else the machine does falls on all sides."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any, Final
from uuid import uuid4

import asyncpg
import uvloop

from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from inventory_graph.stock import audit
from inventory_graph.stock.commands import Command, SetOnHand
from inventory_graph.stock.posting import post_one
from tests.bench import plain_reservation, postgraphile, reserve_http
from tests.bench.load import Measured
from tests.bench.medusa import CALLERS as MEDUSA_CALLERS
from tests.bench.medusa import Medusa, Way, medusa
from tests.bench.pgbench import pgbench
from tests.bench.plain_reservation import SAMPLE_KEY, Places, PlainReservation
from tests.bench.reserve_callers import CALLERS, reserve_batched, reserve_one
from tests.bench.reserve_tables import Found, print_all
from tests.bench.shop import Shop, open_shop
from tests.servers import DURABLE, FORGETFUL, PostgresServer, embedded_server

SECONDS: Final = 2.0
ROUNDS: Final = 3
SKUS: Final = 10_000
PLENTY: Final = 100_000_000
CLIENTS: Final = (1, 8, 32, 64)
LAST_UNITS: Final = 200
"""How many there are of what everybody wants in the measurement of oversold units."""
SCARCE: Final = ("batcher", "http", "one statement", "four round trips")
MEDUSA_ITEMS: Final = 500
MEDUSA_WAYS: Final[dict[str, Way]] = {"Medusa's module, bare": "bare", "Medusa's module, in its lock": "locked"}

Measure = Callable[[], Awaitable[Measured]]


def run() -> None:
    """Measure and print."""
    for settings, how, is_whole in ((DURABLE, "every commit on disk", True), (FORGETFUL, "fsync off", False)):
        with embedded_server(settings) as server:
            found = uvloop.run(_measure(server, is_whole=is_whole))
        print_all(found, f"{server.description}, {how}", rounds=ROUNDS, seconds=SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """One database with a shop, of which the last SKUs are scarce, and what is measured on it."""

    url: str
    database: Database
    connection: "asyncpg.Connection[Any]"
    shop: Shop
    plain: PlainReservation
    found: Found = field(default_factory=Found)

    @property
    def skus(self) -> list[str]:
        """Those of which there is plenty."""
        return self.shop.skus[:SKUS]

    async def plainly(self, script: str, *, clients: int, transactions: int | None = None) -> Measured:
        """The script by pgbench, which says the mean latency: given here as both."""
        done = await asyncio.to_thread(
            pgbench,
            self.url,
            script,
            clients=clients,
            seconds=None if transactions else SECONDS,
            transactions=transactions,
            settings=self.plain.settings,
        )
        return Measured(rate=done.rate, p50_ms=done.mean_ms, p99_ms=done.mean_ms)


async def _measure(server: PostgresServer, *, is_whole: bool) -> Found:
    """``is_whole``: HTTP and the peer too, which do not depend on the disk."""
    url = await server.clone()
    database = await Database.connect(url, connections_max=10, hooks=HOOKS)
    connection = await asyncpg.connect(url)
    try:
        shop = await open_shop(database, variants=SKUS + len(SCARCE), quantity=PLENTY)
        for sku in range(SKUS, SKUS + len(SCARCE)):
            await _leave(database, shop, sku)
        await plain_reservation.create_places(connection, shop)
        plain = await _sample(url, database, connection, shop)
        bench = _Bench(url=url, database=database, connection=connection, shop=shop, plain=plain)
        sides = _sides(bench)
        async with AsyncExitStack() as stack:
            if is_whole:
                peer = await stack.enter_async_context(medusa(server.database_url(await server.create_database())))
                sides |= _medusa_sides(peer)
                await _oversell_medusa(bench.found, peer)
                await postgraphile.create_function(connection, plain)
                service = stack.enter_context(reserve_http.serving(url, shop, plain, bench.skus, SECONDS))
                bench.found.over_http = await _rounds(bench, service.sides())
                await _oversell(bench, "http", service.exhaust(shop.skus[SKUS + SCARCE.index("http")]))
            bench.found.side_by_side = await _rounds(bench, sides)
        await _oversell_here(bench)
        await _check(database, shop)
        return bench.found
    finally:
        await connection.close()
        await database.close()


async def _leave(database: Database, shop: Shop, number: int) -> None:
    line = SetOnHand(variant_id=shop.variant_ids[number], warehouse_id=shop.warehouse_id, quantity=Decimal(LAST_UNITS))
    command = Command(id=uuid4(), lines=(line,), recorded_by="bench", reason="CORRECTION")
    await database.write(shop.actor, lambda tx: post_one(tx, command))


async def _sample(url: str, database: Database, connection: "asyncpg.Connection[Any]", shop: Shop) -> PlainReservation:
    """One reservation read back; raises ``RuntimeError`` when plain SQL does not leave as many rows in the same tables."""
    tenant_id = shop.actor.tenant_id
    await reserve_one(database, shop, shop.skus[0])
    before = await plain_reservation.snapshot_of(connection)
    await reserve_one(database, shop, shop.skus[0], SAMPLE_KEY)
    plain = PlainReservation(
        rows=await plain_reservation.rows_since(connection, before, tenant_id), tenant_id=tenant_id
    )
    for script in (plain.one_statement((1, 1)), plain.four_round_trips((1, 1))):
        before = await plain_reservation.snapshot_of(connection)
        await asyncio.to_thread(pgbench, url, script, clients=1, transactions=1, settings=plain.settings)
        written = await plain_reservation.rows_since(connection, before, tenant_id)
        counts = PlainReservation(rows=written, tenant_id=tenant_id).counts()
        if counts != plain.counts():
            raise RuntimeError(f"The service wrote {plain.counts()}, plain SQL {counts}.")
    return plain


def _sides(bench: _Bench) -> dict[tuple[str, str], Measure]:
    sides: dict[tuple[str, str], Measure] = {}
    everywhere: dict[str, tuple[Places, list[str]]] = {
        "hot": ((1, 1), bench.skus[:1]),
        "cold": ((1, SKUS), bench.skus),
    }
    for where, (places, skus) in everywhere.items():
        for shape, script in (
            ("one statement", bench.plain.one_statement(places)),
            ("four round trips", bench.plain.four_round_trips(places)),
        ):
            for clients in CLIENTS:
                sides[f"pgbench, {shape}, {clients} clients", where] = _plain(bench, script, clients)
        sides[f"the batcher, {CALLERS} callers", where] = _batched(bench, skus)
    return sides


def _plain(bench: _Bench, script: str, clients: int) -> Measure:
    return lambda: bench.plainly(script, clients=clients)


def _batched(bench: _Bench, skus: list[str]) -> Measure:
    return lambda: reserve_batched(bench.database, bench.shop, skus, seconds=SECONDS)


def _medusa_sides(peer: Medusa) -> dict[tuple[str, str], Measure]:
    async def measure(way: Way, items: int) -> Measured:
        done = await peer.reserve(way, quantity=PLENTY, items=items, seconds=SECONDS)
        return Measured(rate=done.rate, p50_ms=done.p50_ms, p99_ms=done.p99_ms)

    def side(way: Way, items: int) -> Measure:
        return lambda: measure(way, items)

    return {
        (f"{name}, {MEDUSA_CALLERS} calls", where): side(way, items)
        for name, way in MEDUSA_WAYS.items()
        for where, items in (("hot", 1), ("cold", MEDUSA_ITEMS))
    }


async def _rounds(bench: _Bench, sides: dict[tuple[str, str], Measure]) -> dict[tuple[str, str], Measured]:
    """The median of each side, all sides once in every round. The first, which only warms up, is not counted."""
    rounds: dict[tuple[str, str], list[Measured]] = {side: [] for side in sides}
    for number in range(ROUNDS + 1):
        for side, measure in sides.items():
            if number == 0 and side[0].startswith("pgbench") and "64" not in side[0]:
                continue
            measured = await measure()
            if number:
                rounds[side].append(measured)
        if number == 0:
            # What autovacuum does within a minute of such a load.
            await bench.connection.execute("VACUUM ANALYZE")
    return {
        side: Measured(
            rate=median(each.rate for each in found),
            p50_ms=median(each.p50_ms for each in found),
            p99_ms=median(each.p99_ms for each in found),
        )
        for side, found in rounds.items()
    }


async def _oversell_here(bench: _Bench) -> None:
    """Everybody wants the same last units."""
    place = {name: SKUS + 1 + position for position, name in enumerate(SCARCE)}
    for name, script in (
        ("one statement", bench.plain.one_statement((place["one statement"],) * 2)),
        ("four round trips", bench.plain.four_round_trips((place["four round trips"],) * 2)),
    ):
        await _oversell(bench, name, bench.plainly(script, clients=64, transactions=20))
    sku = bench.shop.skus[place["batcher"] - 1]
    await _oversell(bench, "batcher", reserve_batched(bench.database, bench.shop, [sku], calls=LAST_UNITS * 4))


async def _oversell(bench: _Bench, name: str, exhaust: Awaitable[object]) -> None:
    await exhaust
    held = await bench.connection.fetchval(
        "SELECT coalesce(sum(quantity), 0) FROM holds WHERE tenant_id = $1 AND variant_id = $2",
        bench.shop.actor.tenant_id,
        bench.shop.variant_ids[SKUS + SCARCE.index(name)],
    )
    bench.found.oversold[name] = (LAST_UNITS, int(held))


async def _oversell_medusa(found: Found, peer: Medusa) -> None:
    for name, way in MEDUSA_WAYS.items():
        done = await peer.reserve(way, quantity=200, calls=1_000)
        found.oversold[name] = (200, done.held)


async def _check(database: Database, shop: Shop) -> None:
    """Everything that both sides wrote agrees; raises ``RuntimeError`` when it does not."""
    async with database.snapshot(shop.actor) as tx:
        report = await audit.drift(tx)
    if report.drifts:
        raise RuntimeError(f"The audit found {report.drifts[:3]}.")
