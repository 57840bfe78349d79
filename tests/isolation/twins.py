"""Two databases that began as one: in the second another tenant lives and writes beside the first."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx

from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from migrations.roles import APP
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.worlds import Said, World, as_it_is, given_world
from tests.graph import BASE_URL, GivenCallers, GraphClient
from tests.operations import platform_graph
from tests.servers import PostgresServer

_NUMBERS_AFTER_TEMPLATE = 1_000

_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_CURSORS = frozenset({"cursor", "startCursor", "endCursor"})
_SECRETS = frozenset({"secret", "prefix"})
_FILES = frozenset({"bytes", "url"})
"""What is printed bears ids and times within, and so does the link to it."""
_HEADERS_OF_ONE_ANSWER = frozenset({"x-request-id", "content-length"})


@asynccontextmanager
async def serving(url: str, *, connections_max: int = 10) -> AsyncIterator["Served"]:
    """The whole web application over a database of its own, in this process."""
    database = await Database.connect(url, role=APP, connections_max=connections_max, hooks=HOOKS)
    settings = Settings.load(dotenv=None)
    authenticator = Authenticator(database=database, settings=settings)
    callers = GivenCallers(authenticator)

    async def ready() -> bool:
        return True

    application = create_app(settings, database=database, authenticator=callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        yield Served(database=database, client=client, callers=callers)
    await authenticator.close()
    await database.close()


@dataclass(frozen=True, slots=True)
class Served:
    """An application and the database below it."""

    database: Database
    client: httpx.AsyncClient
    callers: GivenCallers

    def graph(self, tenant: GivenTenant) -> GraphClient:
        """GraphQL as the tenant's administrator, who is the platform's owner where a request needs that."""
        return platform_graph(GraphClient(self.client, self.callers, replace(tenant, database=self.database)))

    async def world(self, slug: str, *, text: Said = as_it_is, code: Said = as_it_is) -> World:
        """A new tenant with some of everything."""
        tenant = await given_tenant(self.database, slug=slug)
        return await given_world(self.graph(tenant), text=text, code=code)

    def same_world(self, world: World) -> World:
        """The world of a template, as it is in this copy."""
        return World(graph=self.graph(world.graph.tenant), ids=dict(world.ids), _numbers=count(_NUMBERS_AFTER_TEMPLATE))


@asynccontextmanager
async def twins(postgres: PostgresServer) -> AsyncIterator[tuple[Served, Served, World]]:
    """Two applications over copies of a database in which one tenant has some of everything; and its world."""
    template = await postgres.clone()
    async with serving(template) as served:
        world = await served.world("tenant-a")
    name = urlsplit(template).path.removeprefix("/")
    alone, shared = [postgres.database_url(await postgres.create_database(name)) for _ in range(2)]
    async with serving(alone) as first, serving(shared) as second:
        yield first, second, world


@dataclass(slots=True)
class Story:
    """Answers, told without what is made up anew every time: ids and cursors go by the order in which they first appear.

    Times lose their value altogether: which of two stamps of the same microsecond is equal to the other is chance.
    """

    names: dict[str, str] = field(default_factory=dict)

    def of(self, response: httpx.Response) -> dict[str, Any]:
        """An answer: its status, its headers and its body."""
        headers = {name: value for name, value in response.headers.items() if name not in _HEADERS_OF_ONE_ANSWER}
        return {"status": response.status_code, "headers": headers, "body": self.told(response.json())}

    def told(self, value: Any, name: str = "") -> Any:
        """A value of a body, under the name of its field."""
        if isinstance(value, Mapping):
            return {key: self.told(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.told(each, name) for each in value]
        if not isinstance(value, str):
            return "request" if name == "requestId" else value
        if name in _FILES:
            return f"<{name}>"
        if name in _CURSORS | _SECRETS:
            return self._name_of(value, name)
        return _IDENTIFIER.sub(lambda match: self._name_of(match[0], "id"), _TIME.sub("<time>", value))

    def _name_of(self, value: str, kind: str) -> str:
        return self.names.setdefault(value, f"<{kind} {len(self.names)}>")
