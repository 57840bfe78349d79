"""Reservations over HTTP: the service as a process on one core against Strawberry as it comes on the same core."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import uuid4

import orjson

from tests.bench import postgraphile
from tests.bench.load import Measured, load
from tests.bench.plain_reservation import PlainReservation
from tests.bench.processes import service, stock_strawberry
from tests.bench.reserve_callers import STRIDE
from tests.bench.shop import Shop

CONNECTIONS: Final = 64
LINES: Final = 100
LINES_CONNECTIONS: Final = 16
NAME: Final = "{__typename}"
RESERVE: Final = """
mutation Reserve($input: ReserveStockInput!) {
  reserveStock(input: $input) { reservation { id status expiresAt } replayed errors { code message } }
}
"""
SOLD_OUT: Final = b'"INSUFFICIENT_STOCK"'

STRAWBERRY: Final = "Strawberry as it comes, caches on: {__typename}"
OWN_NAME: Final = "this service: {__typename}"
ONE_LINE: Final = "this service: reserveStock, one line"
MANY_LINES: Final = f"this service: reserveStock, {LINES} lines"
ALONE_ONE_LINE: Final = f"{ONE_LINE}, one caller"
ALONE_MANY_LINES: Final = f"{MANY_LINES}, one caller"
POSTGRAPHILE: Final = "PostGraphile: one statement as a mutation"

_PATTERN: Final = b'{"input":{"idempotencyKey":"%b-%d","lines":[%b]}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The servers, with what is asked of them."""

    port: int
    strawberry_port: int
    postgraphile_port: int
    token: str
    skus: list[str]
    seconds: float

    def sides(self) -> dict[tuple[str, str], Callable[[], Awaitable[Measured]]]:
        """What is measured, by name and whether the stock is one SKU or many."""
        return {
            (STRAWBERRY, ""): lambda: self._ask(NAME, port=self.strawberry_port),
            (OWN_NAME, ""): lambda: self._ask(NAME),
            (ONE_LINE, "hot"): lambda: self._reserve(self.skus[:1], lines=1),
            (ONE_LINE, "cold"): lambda: self._reserve(self.skus, lines=1),
            (MANY_LINES, "cold"): lambda: self._reserve(self.skus, lines=LINES, connections=LINES_CONNECTIONS),
            (ALONE_ONE_LINE, "cold"): lambda: self._reserve(self.skus, lines=1, connections=1),
            (ALONE_MANY_LINES, "cold"): lambda: self._reserve(self.skus, lines=LINES, connections=1),
            (POSTGRAPHILE, "hot"): lambda: self._call(1),
            (POSTGRAPHILE, "cold"): lambda: self._call(len(self.skus)),
        }

    async def exhaust(self, sku: str) -> Measured:
        """Everybody wants this one; that it is sold out is an answer."""
        return await self._reserve([sku], lines=1, refusal=SOLD_OUT)

    async def _ask(self, query: str, port: int | None = None) -> Measured:
        return await load(
            port=port or self.port,
            query=query,
            token=None if port else self.token,
            seconds=self.seconds,
            connections=CONNECTIONS,
        )

    async def _call(self, places: int) -> Measured:
        numbers = count()
        return await load(
            port=self.postgraphile_port,
            query=postgraphile.RESERVE,
            token=None,
            seconds=self.seconds,
            connections=CONNECTIONS,
            variables=lambda: b'{"number":%d}' % (1 + next(numbers) * STRIDE % places),
        )

    async def _reserve(
        self, skus: list[str], *, lines: int, connections: int = CONNECTIONS, refusal: bytes | None = None
    ) -> Measured:
        run = uuid4().hex.encode()
        written = [orjson.dumps({"sku": sku, "quantity": "1"}) for sku in skus]
        numbers = count()

        def variables() -> bytes:
            number = next(numbers)
            first = number * lines
            wanted = (written[(first + line) * STRIDE % len(written)] for line in range(lines))
            return _PATTERN % (run, number, b",".join(wanted))

        return await load(
            port=self.port,
            query=RESERVE,
            token=self.token,
            seconds=self.seconds,
            connections=connections,
            variables=variables,
            refusal=refusal,
        )


@contextmanager
def serving(
    database_url: str, shop: Shop, plain: PlainReservation, skus: list[str], seconds: float
) -> Iterator[Served]:
    """Start them all."""
    with (
        service(database_url) as (port, token_for),
        stock_strawberry() as strawberry_port,
        postgraphile.serving(database_url, plain) as postgraphile_port,
    ):
        yield Served(
            port=port,
            strawberry_port=strawberry_port,
            postgraphile_port=postgraphile_port,
            token=token_for(shop),
            skus=skus,
            seconds=seconds,
        )
