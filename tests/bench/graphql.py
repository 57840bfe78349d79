"""What each layer of the endpoint costs, against Strawberry as it comes and against no GraphQL at all.

Every server is one process on one core; all answer from memory (``graphql_servers``). The layers of this service are switched on
one at a time, each beside the service as it is shipped.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import uvloop

from inventory_graph.db import Database
from tests.bench.graphql_servers import LIST
from tests.bench.load import load
from tests.bench.processes import Serving, module, module_with_database
from tests.bench.redis_server import REDIS_URL, redis_answers
from tests.bench.shop import open_shop
from tests.bench.tables import print_table
from tests.servers import embedded_server

SECONDS = 2.0
ROUNDS = 3
NAME = "{__typename}"
BASE = "Strawberry, its parser and validation caches"
SHIPPED = "this service as shipped, with a token"
RATES = {"INVENTORY_RATE_CLIENT_POINTS": "1000000000", "INVENTORY_RATE_TENANT_POINTS": "1000000000"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One way to ask this service: its settings, and how the request differs from a plain one."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    has_token: bool = True
    by_hash: bool = False
    asks_cost: bool = False
    is_anew: bool = False


STRAWBERRY = {
    "no GraphQL: Starlette and orjson": "raw",
    "Strawberry as it comes": "strawberry",
    BASE: "strawberry-caches",
    "the same with its limiters": "strawberry-limits",
    "the same with its OpenTelemetry extension": "strawberry-traces",
}
LAYERS = (
    Layer("this service as shipped, without a token", has_token=False),
    Layer(SHIPPED),
    Layer("… asked for the cost", asks_cost=True),
    Layer("… by the hash of the document", by_hash=True),
    Layer("… a new document each time", is_anew=True),
    Layer("… with rate limits, in process", settings=RATES),
    Layer("… with rate limits, in Redis", settings={**RATES, "REDIS_URL": REDIS_URL}),
    Layer("… with traces", settings={"INVENTORY_TRACES": "true"}),
)


@dataclass(slots=True)
class Target:
    """A server with a way to ask it, and what was measured: seconds of its processor for one request, and requests a second."""

    name: str
    serving: Serving
    token: str | None = None
    layer: Layer = field(default_factory=lambda: Layer("plain"))
    cpu_seconds: dict[str, list[float]] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)

    async def measure(self, query: str) -> None:
        more: dict[str, Any] = {"extensions": {"cost": True}} if self.layer.asks_cost else {}
        if self.layer.by_hash:
            digest = hashlib.sha256(query.encode()).hexdigest()
            taught = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
            await load(port=self.serving.port, query=query, token=self.token, seconds=0.1, connections=1, more=taught)
            more = {**taught, "query": None}
        before = self.serving.cpu_seconds()
        measured = await load(
            port=self.serving.port,
            query=query,
            token=self.token,
            seconds=SECONDS,
            more=more,
            is_anew=self.layer.is_anew,
        )
        used = self.serving.cpu_seconds() - before
        self.cpu_seconds.setdefault(query, []).append(used / (measured.rate * SECONDS))
        self.rates.setdefault(query, []).append(measured.rate)


def run() -> None:
    """Measure and print."""
    with embedded_server() as server:
        url = asyncio.run(server.clone())
        targets = uvloop.run(_measure(url))
    for query, what in ((NAME, "{__typename}"), (LIST, "a list of 100 objects with 20 attributes")):
        cost = {target.name: median(target.cpu_seconds[query]) * 1e6 for target in targets}
        print_table(
            f"Microseconds of the server's processor for {what}, median of {ROUNDS} rounds of {SECONDS:.0f} s",
            ("what", "microseconds", f"to {BASE}", "to the service as shipped", "requests/s"),
            [
                (name, used, used / cost[BASE], used / cost[SHIPPED], median(target.rates[query]))
                for target in targets
                for name, used in [(target.name, cost[target.name])]
            ],
        )


async def _measure(url: str) -> list[Target]:
    database = await Database.connect(url)
    shop = await open_shop(database, variants=1)
    await database.close()
    layers = [layer for layer in LAYERS if "REDIS_URL" not in layer.settings or await redis_answers()]
    with ExitStack() as stack:
        targets = [
            Target(name, stack.enter_context(module("tests.bench.graphql_servers", kind)))
            for name, kind in STRAWBERRY.items()
        ]
        for layer in layers:
            serving, token_for = stack.enter_context(
                module_with_database("tests.bench.graphql_service", url, dict(layer.settings))
            )
            targets.append(Target(layer.name, serving, token_for(shop) if layer.has_token else None, layer))
        # In turns, so that what else the machine does meanwhile meets all of them alike.
        for _ in range(ROUNDS):
            for target in targets:
                for query in (NAME, LIST):
                    await target.measure(query)
    return targets
