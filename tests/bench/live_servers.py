"""The comparison servers of ``make bench NAME=live``: ``python -m tests.bench.live_servers PORT KIND``.

Both make the changes themselves, from the moment that ``/begin`` is asked for, at the pace and of the size of this service's, and
tell at ``/end`` when each was made. KIND is one of ``KINDS``.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

import orjson
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from tests.bench.live_changes import Change, Published, pace

Sent = TypeVar("Sent")

CURSOR = "AQAAAAAAAYag"
HEARTBEAT = '{"type":"next","kind":"HEARTBEAT"}'
GOODBYE_SECONDS_MAX = 2
STOCK = Decimal(1_000_000)


class Changes(Generic[Sent]):
    """Makes the changes and puts each into the queue of everybody who waits for its SKU. ``make`` is called once for each."""

    def __init__(self, make: Callable[[int], Sent]) -> None:
        self._make = make
        self._queues: dict[int, list[asyncio.Queue[Sent]]] = defaultdict(list)
        self._published: Published = []
        self._publishing: asyncio.Task[None] | None = None

    def subscribe(self, sku: int) -> asyncio.Queue[Sent]:
        queue: asyncio.Queue[Sent] = asyncio.Queue()
        self._queues[sku].append(queue)
        return queue

    def routes(self) -> list[BaseRoute]:
        return [Route("/begin", self._begin), Route("/end", self._end)]

    async def _begin(self, _request: Request) -> Response:
        self._publishing = asyncio.create_task(pace(self._publish))
        return Response()

    async def _end(self, _request: Request) -> Response:
        if self._publishing is not None:
            self._publishing.cancel()
        return Response(orjson.dumps(self._published))

    async def _publish(self, together: Sequence[Change]) -> None:
        now = time.time()
        for sku, version in together:
            self._published.append((sku, version, now))
            sent = self._make(version)
            for queue in self._queues[sku]:
                queue.put_nowait(sent)


def _text(version: int) -> str:
    """The whole frame of a change, encoded once for everybody."""
    change = {
        "cursor": CURSOR,
        "kind": "CHANGE",
        "cause": "RECEIPT",
        "occurredAt": datetime.now(UTC),
        "balance": {
            "onHand": str(STOCK + version),
            "reserved": "0",
            "available": str(STOCK + version),
            "version": version,
        },
    }
    return orjson.dumps({"id": "1", "type": "next", "payload": {"data": {"stockChanged": change}}}).decode()


def _broadcast() -> Starlette:
    """Nothing but sockets: each waits for the next text and sends it."""
    changes = Changes(_text)

    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        queue = changes.subscribe(int(await socket.receive_text()))
        await socket.send_text(HEARTBEAT)
        while True:
            await socket.send_text(await queue.get())

    return Starlette(routes=[*changes.routes(), WebSocketRoute("/graphql", serve)])


@strawberry.enum(description="What a delivery is.")
class ChangeKind(Enum):
    CHANGE = "CHANGE"
    HEARTBEAT = "HEARTBEAT"


@strawberry.type(description="How much there is.")
class Balance:
    on_hand: Decimal = strawberry.field(description="All.")
    reserved: Decimal = strawberry.field(description="Held.")
    available: Decimal = strawberry.field(description="Free.")
    version: int = strawberry.field(description="One step for each change.")


@strawberry.type(description="One delivery.")
class StockChange:
    cursor: str = strawberry.field(description="Where one is.")
    kind: ChangeKind = strawberry.field(description="What it is.")
    cause: str | None = strawberry.field(description="Why.")
    occurred_at: datetime = strawberry.field(description="When.")
    balance: Balance | None = strawberry.field(description="How it stands.")


@strawberry.type(description="A schema needs one.")
class Query:
    hello: str = "world"


def _change(version: int) -> StockChange:
    return StockChange(
        cursor=CURSOR,
        kind=ChangeKind.CHANGE,
        cause="RECEIPT",
        occurred_at=datetime.now(UTC),
        balance=Balance(on_hand=STOCK + version, reserved=Decimal(0), available=STOCK + version, version=version),
    )


def _strawberry() -> Starlette:
    """Strawberry as it comes: each subscriber's delivery is executed and encoded for itself."""
    changes = Changes(_change)

    async def stock_changed(skus: list[str]) -> AsyncGenerator[StockChange, None]:
        queue = changes.subscribe(int(skus[0].rpartition("-")[2]))
        yield StockChange(
            cursor=CURSOR, kind=ChangeKind.HEARTBEAT, cause=None, occurred_at=datetime.now(UTC), balance=None
        )
        while True:
            yield await queue.get()

    field: StrawberryField = strawberry.subscription(stock_changed, description="The changes of a SKU.")
    schema = strawberry.Schema(Query, subscription=create_type("Subscription", [field]))
    endpoint: GraphQL[Any, Any] = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
    return Starlette(routes=[*changes.routes(), WebSocketRoute("/graphql", endpoint)])


KINDS: dict[str, Callable[[], Starlette]] = {"broadcast": _broadcast, "strawberry": _strawberry}


def main() -> None:
    port, kind = sys.argv[1:]
    uvicorn.run(
        KINDS[kind](),
        host="127.0.0.1",
        port=int(port),
        # Handlers that only send end by being cancelled, which uvicorn calls an error. A real one is a change that is missed.
        log_level="critical",
        access_log=False,
        loop="uvloop",
        ws="websockets-sansio",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS_MAX,
    )


if __name__ == "__main__":
    main()
