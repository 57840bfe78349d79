"""The little schema on a real server, and the ways to speak to it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from redis.asyncio import Redis as Client
from redis.exceptions import RedisError
from starlette.applications import Starlette

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Database
from resolvers.schema import InventorySchema, build_schema
from tests.graph import GivenCallers
from tests.http import kiosk
from tests.servers import free_port

Opened = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
REDIS_URL_SETTING = "INVENTORY_TEST_REDIS_URL"
REDIS_URL_DEFAULT = "redis://127.0.0.1:6379/0"
ROUTER_SECRET = "the-secret-of-the-router"


@dataclass(frozen=True, slots=True)
class Served:
    """An application behind a real server on a port of its own."""

    url: str
    client: httpx.AsyncClient
    callers: GivenCallers

    async def post(self, content: bytes, **headers: str) -> httpx.Response:
        """POST the bytes as they are, as JSON unless a header says otherwise."""
        sent = {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.client.post("/graphql", content=content, headers=sent)

    async def query(
        self, query: str, variables: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """POST a well-formed request."""
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


async def answer_yes() -> bool:
    return True


def settings_for_tests(**changes: Any) -> Settings:
    """Settings of development, whatever the environment of the test run says."""
    return Settings.load(dotenv=None, environment="development", **changes)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


@asynccontextmanager
async def serving(application: Starlette, callers: GivenCallers) -> AsyncIterator[Served]:
    """Serve the application until the end of the block."""
    port = free_port()
    server = _Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, lifespan="on", ws="none")
    )
    running = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Served(f"http://127.0.0.1:{port}", client, callers)
    finally:
        server.should_exit = True
        await running


@pytest.fixture(scope="session")
def schema() -> InventorySchema:
    """The little schema."""
    return build_schema([kiosk])


@pytest.fixture(scope="session")
async def served(database: Database, callers: GivenCallers, schema: InventorySchema) -> AsyncIterator[Served]:
    """The little schema, served with the settings of development and with a router secret."""
    application = create_app(
        settings_for_tests(router_secrets=(ROUTER_SECRET,)),
        database=database,
        authenticator=callers,
        ready=answer_yes,
        schema=schema,
    )
    async with serving(application, callers) as running:
        yield running


@pytest.fixture
def opened(database: Database, callers: GivenCallers, schema: InventorySchema) -> Opened:
    """A client of an application made with other settings."""

    @asynccontextmanager
    async def open_application(ready: Any = answer_yes, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        token = settings.pop("development_token", None)
        shopper = settings.pop("shopper", None)
        application = create_app(
            settings_for_tests(**settings),
            database=database,
            authenticator=callers,
            ready=ready,
            schema=schema,
            development_token=token,
            shopper=shopper,
        )
        client = httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost:4102")
        async with application.router.lifespan_context(application), client:
            yield client

    return open_application


@pytest.fixture(scope="session")
async def redis_url(pytestconfig: pytest.Config) -> str:
    """A Redis that answers; tests skip where there is none. They use keys that nobody else has."""
    url = os.environ.get(REDIS_URL_SETTING, REDIS_URL_DEFAULT)
    client = Client.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        await client.ping()
    except RedisError:
        pytest.skip(f"no Redis answers at {url} (set {REDIS_URL_SETTING} to name one)")
    finally:
        await client.aclose()
    return url
