"""Live stock: thousands of sockets on one server process, each following one of a hundred SKUs, against the least that sockets cost
and against Strawberry as it comes.

The least is a text encoded once and sent by handlers that do nothing else. The sides run one after the other, round by round;
what is compared is the server's processor time, which hardly depends on what else the machine does meanwhile.
"""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeAlias

import httpx
import uvloop

from tests.bench.live_changes import CHANGES_SECOND, SKUS, TOGETHER, Published
from tests.bench.live_deliveries import following
from tests.bench.live_shop import live_shop
from tests.bench.load import Measured as Latencies
from tests.bench.processes import Serving, module, module_with_database, worker
from tests.bench.redis_server import REDIS_URL, redis_answers
from tests.bench.tables import print_table
from tests.servers import PostgresServer, embedded_server

SOCKETS: Final = 5_000
SECONDS: Final = 15.0
WARM_SECONDS: Final = 3.0
ROUNDS: Final = 3
END_SECONDS: Final = 10.0
"""What has been changed at the end arrives within these."""
FILES_MAX: Final = 2 * SOCKETS
SETTINGS: Final = {
    "INVENTORY_SUBSCRIPTIONS_AT_ONCE_MAX": str(2 * SOCKETS),
    "INVENTORY_SOCKETS_MAX": str(2 * SOCKETS),
    "INVENTORY_DATABASE_WAIT_SECONDS_MAX": "30",
    "INVENTORY_LOG_LEVEL": "WARNING",
}

LEAST: Final = "bare sockets: a text encoded once"
STRAWBERRY: Final = "Strawberry as it comes"
OWN: Final = "this service"

Begin: TypeAlias = Callable[[], Awaitable[None]]
End: TypeAlias = Callable[[], Awaitable[Published]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server, how its changes are begun and ended, and when the event log had them where there is one."""

    serving: Serving
    begin: Begin
    end: End
    logged: End | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round. ``log_p50`` and ``log_p99`` are None where there is no log."""

    cpu_us: float
    socket_kb: float
    rate: float
    p50_ms: float
    p99_ms: float
    log_p50_ms: float | None = None
    log_p99_ms: float | None = None


def run() -> None:
    """Measure and print."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with embedded_server() as server:
        found = uvloop.run(_measure(server))
    _print(server.description, found)


def _print(server: str, found: Mapping[str, list[Measured]]) -> None:
    middle = {name: _middle(rounds) for name, rounds in found.items()}
    least = middle[LEAST]
    print_table(
        f"{SOCKETS:,} sockets, {SKUS} SKUs, {CHANGES_SECOND} changes a second by {TOGETHER} in a commit, median of {ROUNDS} rounds of {SECONDS:.0f} s"
        f" ({server}, fsync off)",
        (
            "what",
            "CPU µs a delivery",
            "ratio",
            "kB a socket",
            "ratio",
            "deliveries/s",
            "p50 ms from the commit",
            "p99 ms",
            "p50 ms from the log",
            "p99 ms",
        ),
        [
            (
                name,
                each.cpu_us,
                each.cpu_us / least.cpu_us,
                each.socket_kb,
                each.socket_kb / least.socket_kb,
                each.rate,
                each.p50_ms,
                each.p99_ms,
                each.log_p50_ms if each.log_p50_ms is not None else "",
                each.log_p99_ms if each.log_p99_ms is not None else "",
            )
            for name, each in middle.items()
        ],
    )


def _middle(rounds: list[Measured]) -> Measured:
    def of(read: Callable[[Measured], float | None]) -> float | None:
        values = [value for each in rounds if (value := read(each)) is not None]
        return median(values) if values else None

    return Measured(
        cpu_us=median(each.cpu_us for each in rounds),
        socket_kb=median(each.socket_kb for each in rounds),
        rate=median(each.rate for each in rounds),
        p50_ms=median(each.p50_ms for each in rounds),
        p99_ms=median(each.p99_ms for each in rounds),
        log_p50_ms=of(lambda each: each.log_p50_ms),
        log_p99_ms=of(lambda each: each.log_p99_ms),
    )


async def _measure(server: PostgresServer) -> dict[str, list[Measured]]:
    url = await server.clone()
    redis_url = REDIS_URL if await redis_answers() else None
    found: dict[str, list[Measured]] = {}
    for _ in range(ROUNDS):
        for name, kind in ((LEAST, "broadcast"), (STRAWBERRY, "strawberry")):
            with module("tests.bench.live_servers", kind) as serving:
                side = _comparison(serving, token="" if kind == "strawberry" else None)
                found.setdefault(name, []).append(await _measure_side(side))
        async with _service(url, redis_url) as side:
            found.setdefault(OWN, []).append(await _measure_side(side))
    return found


def _comparison(serving: Serving, *, token: str | None) -> Side:
    address = f"http://127.0.0.1:{serving.port}"

    async def begin() -> None:
        async with httpx.AsyncClient() as client:
            (await client.get(f"{address}/begin")).raise_for_status()

    async def end() -> Published:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{address}/end")
        return [(sku, version, made) for sku, version, made in answer.raise_for_status().json()]

    return Side(serving=serving, begin=begin, end=end, token=token)


@asynccontextmanager
async def _service(url: str, redis_url: str | None) -> AsyncIterator[Side]:
    settings = {**SETTINGS, **({"REDIS_URL": redis_url} if redis_url is not None else {})}
    async with live_shop(url, redis_url) as shop:
        with worker(url, settings), module_with_database(None, url, settings) as (serving, token_for):
            # What was there at first is numbered before anybody follows: it is a snapshot then, and no change.
            await asyncio.sleep(WARM_SECONDS)
            yield Side(serving=serving, begin=shop.begin, end=shop.end, logged=shop.logged, token=token_for(shop.shop))


async def _measure_side(side: Side) -> Measured:
    memory = side.serving.memory_bytes()
    async with following(side.serving.port, sockets=SOCKETS, token=side.token) as subscribers:
        await side.begin()
        await asyncio.sleep(WARM_SECONDS)
        began, used = time.time(), side.serving.cpu_seconds()
        await asyncio.sleep(SECONDS)
        ended, used = time.time(), side.serving.cpu_seconds() - used
        memory = side.serving.memory_bytes() - memory
        published = await side.end()
        await asyncio.sleep(END_SECONDS)
        delivered = await subscribers.end()
    delivered.check(published, sockets=SOCKETS)
    during = [each for each in published if began <= each[2] < ended]
    latencies = Latencies.of(delivered.latencies(during), ended - began)
    log = Latencies.of(delivered.latencies(await side.logged()), SECONDS) if side.logged is not None else None
    return Measured(
        cpu_us=used / delivered.count(began, ended) * 1e6,
        socket_kb=memory / SOCKETS / 1_000,
        rate=delivered.count(began, ended) / (ended - began),
        p50_ms=latencies.p50_ms,
        p99_ms=latencies.p99_ms,
        log_p50_ms=log.p50_ms if log is not None else None,
        log_p99_ms=log.p99_ms if log is not None else None,
    )
