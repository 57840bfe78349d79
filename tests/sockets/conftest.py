"""The service behind a real socket: uvicorn as it is run, in this process, with the tail and the sequencer at work."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from inventory_graph.actor import Actor
from inventory_graph.app import create_app
from inventory_graph.cli.wire import WebSocketWire
from inventory_graph.config import Settings
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.telemetry import Metrics
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from migrations.roles import READER
from resolvers.operating import EndpointSettings, Operations
from resolvers.schema import build_schema
from resolvers.socket_settings import SocketSettings
from resolvers.sockets import Sockets
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http import kiosk
from tests.servers import free_port
from tests.statements import CountingDatabase

PROTOCOL = Subprotocol("graphql-transport-ws")
SECONDS_MAX = 10.0


@dataclass(slots=True)
class Wire:
    """One socket to the service, and who opened it."""

    connection: ClientConnection
    number: int = 0
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, frame: Any) -> None:
        """Send a frame: text as it is, anything else as JSON."""
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        """The next frame that is no ping."""
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                frame: dict[str, Any] = orjson.loads(await self.connection.recv())
                if frame["type"] != "ping":
                    return frame
                await self.say({"type": "pong"})

    async def begin(self, credential: str | None = None) -> dict[str, Any]:
        """The answer to a connection_init."""
        await self.say({"type": "connection_init", "payload": {"authorization": credential} if credential else {}})
        return await self.hear()

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        """Ask for the operation."""
        await self.say({"type": "subscribe", "id": id_, "payload": {"query": query, "variables": variables}})

    async def closed(self) -> tuple[int | None, str | None]:
        """How the service closes the socket."""
        async with asyncio.timeout(SECONDS_MAX):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


Opened = Callable[..., AbstractAsyncContextManager[tuple[Sockets, "Stand"]]]


@dataclass(slots=True)
class Stand:
    """The service at a port."""

    port: int
    callers: GivenCallers

    @asynccontextmanager
    async def wire(self, actor: Actor | None = None, **options: Any) -> AsyncIterator[Wire]:
        """A socket, already begun where it is somebody's."""
        settings = {"subprotocols": [PROTOCOL], "ping_interval": None, **options}
        async with connect(f"ws://127.0.0.1:{self.port}/graphql", **settings) as connection:
            wire = Wire(connection)
            if actor is not None:
                assert await wire.begin(self.callers.credential_of(actor)) == {"type": "connection_ack"}
            yield wire


@asynccontextmanager
async def served(application: ASGIApp) -> AsyncIterator[int]:
    """The application by uvicorn on a port of its own, as ``inventory-graph serve`` runs it."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            application, host="127.0.0.1", port=port, log_config=None, ws=WebSocketWire, ws_ping_interval=None,
            ws_per_message_deflate=False, ws_max_size=262_144, lifespan="on", timeout_graceful_shutdown=5,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


def live_application(
    database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, *, log: Wakeup, **settings: Any
) -> Starlette:
    """The service, following the log, with these of its settings changed."""

    async def ready() -> bool:
        return True

    changed = Settings.load(dotenv=None).model_copy(update=settings)
    return create_app(changed, database=database, authenticator=callers, ready=ready, reader=reader, log=log)


@pytest.fixture(scope="session")
async def reader(owner_url: str) -> AsyncIterator[CountingDatabase]:
    """The database as web processes follow the log."""
    opened = await CountingDatabase.connect(owner_url, role=READER)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def stand(
    database: CountingDatabase, worker_database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers
) -> AsyncIterator[Stand]:
    """The service with everything that makes it live; gone with the module, because other tests look at events that wait."""
    outbox, log = Wakeup(), Wakeup()
    database.on_events = outbox.ring
    sequencer = asyncio.create_task(Sequencer(worker_database, WORKER, outbox=outbox, log=log).run())
    async with served(live_application(database, reader, callers, log=log)) as port:
        yield Stand(port, callers)
    sequencer.cancel()
    await asyncio.gather(sequencer, return_exceptions=True)
    database.on_events = None


@pytest.fixture
async def wire(stand: Stand, tenant: GivenTenant) -> AsyncIterator[Wire]:
    """A socket of the tenant's administrator."""
    async with stand.wire(tenant.actor) as opened:
        yield opened


@pytest.fixture
def opened(database: CountingDatabase, callers: GivenCallers) -> Opened:
    """The sockets alone, with other settings."""

    @asynccontextmanager
    async def open_sockets(*, is_ready: bool = True, **settings: Any) -> AsyncIterator[tuple[Sockets, Stand]]:
        async def ready() -> bool:
            return is_ready

        metrics = Metrics()
        operations = Operations(
            schema=build_schema([kiosk]),
            database=database,
            callers=callers,
            metrics=metrics,
            settings=EndpointSettings(),
        )
        sockets = Sockets(operations, settings=SocketSettings(**settings), metrics=metrics, is_ready=ready)
        async with served(Starlette(routes=[WebSocketRoute("/graphql", sockets)])) as port:
            yield sockets, Stand(port, callers)

    return open_sockets
