"""Lists are handed out to a few at a time, for as long as they are read: who is slow keeps a place, who goes away leaves it."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from inventory_graph.errors import Unavailable
from inventory_graph.printing.desk import Desk
from inventory_graph.printing.links import Link, Links, ListLink
from inventory_graph.printing.listings import ListKey
from inventory_graph.printing.paper import DocumentKey
from inventory_graph.rates import Rate, RateLimiter
from resolvers.downloads import Downloads
from tests.given.items import given_item
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import BASE_URL
from tests.statements import CountingDatabase, statements

ITEMS = ListKey(kind="items", filter={})
LINKS = Links([b"a secret of the service, shared by all"])


@pytest.fixture
async def path(tenant: GivenTenant) -> str:
    """A link to a list of one item."""
    await given_item(tenant, sku="TEA")
    return path_of(ListLink(tenant_id=tenant.id, subject="ada", key=ITEMS))


def path_of(link: Link | ListLink) -> str:
    signed = LINKS.sign(link, file_name="a file", now=datetime.now(UTC))
    assert signed is not None
    return signed.url


def missing(tenant: GivenTenant) -> Link:
    """A link to what there is not."""
    document = DocumentKey(kind="transfer", id=uuid4(), version=1)
    return Link(tenant_id=tenant.id, subject="ada", document=document, form="PDF")


def application(database: CountingDatabase, **limits: Any) -> Starlette:
    """What answers links, with limits of the test's own."""
    return Starlette(routes=Downloads(database=database, desk=Desk(LINKS), **limits).routes())


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)


class SlowReader:
    """Somebody who takes the beginning of a list, and nothing more for now."""

    def __init__(self, app: Starlette, path: str) -> None:
        self._began = asyncio.Event()
        self._goes_on = asyncio.Event()
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET", "path": path,
            "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"", "headers": [],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        }  # fmt: skip
        self._task = asyncio.create_task(app(scope, self._receive, self._send))

    async def began(self) -> None:
        """Until the first of it came."""
        await self._began.wait()

    async def end(self) -> None:
        """Read the rest."""
        self._goes_on.set()
        await self._task

    async def leave(self) -> None:
        """Close the connection."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _receive(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            self._began.set()
            await self._goes_on.wait()


@pytest.mark.parametrize("goes_away", [False, True])
async def test_a_place_is_free_when_its_reader_is_done(
    database: CountingDatabase, path: str, *, goes_away: bool
) -> None:
    """Or has gone away; until then others hear when to come back."""
    app = application(database, lists_at_once_max=1)
    reader = SlowReader(app, path)
    await reader.began()
    async with client_of(app) as client:
        full = await client.get(path)
        assert (full.status_code, full.headers["retry-after"]) == (503, "2")
        await (reader.leave() if goes_away else reader.end())
        for _ in range(2):
            assert (await client.get(path)).status_code == 200


async def test_a_slow_reader_keeps_no_connection(database: CountingDatabase, path: str) -> None:
    """The database has other things to do meanwhile."""
    readers = [SlowReader(application(database), path) for _ in range(5)]
    for reader in readers:
        await reader.began()
    assert database.pool.get_idle_size() == database.pool.get_size()
    for reader in readers:
        await reader.end()


async def test_breaks_off_what_is_read_too_slowly(database: CountingDatabase, path: str) -> None:
    """The reader sees that it is not whole: its end is missing."""
    async with client_of(application(database, list_seconds_max=-1)) as client:
        with pytest.raises(Unavailable, match="read too slowly"):
            await client.get(path)


async def test_a_tenant_leaves_places_for_others(database: CountingDatabase, path: str) -> None:
    """Three of four are its at most; what is one too many is refused before anything is read for it."""
    other = await given_tenant(database)
    others = path_of(ListLink(tenant_id=other.id, subject="bob", key=ITEMS))
    app = application(database, lists_at_once_max=4)
    readers = [SlowReader(app, path) for _ in range(3)]
    for reader in readers:
        await reader.began()
    async with client_of(app) as client:
        async with statements(database) as ran:
            assert (await client.get(path)).status_code == 503
        ran.assert_at_most(0)
        assert (await client.get(others)).status_code == 200
    for reader in readers:
        await reader.end()


async def test_files_of_a_tenant_leave_places_for_others(database: CountingDatabase, tenant: GivenTenant) -> None:
    """The fourth of four that are asked for at once is refused; another tenant's is looked for."""
    other = await given_tenant(database)
    async with client_of(application(database, files_at_once_max=4)) as client:
        asked = [client.get(path_of(missing(each))) for each in (tenant, tenant, tenant, tenant, other)]
        answers = await asyncio.gather(*asked)
    assert [each.status_code for each in answers] == [404, 404, 404, 503, 404]


async def test_whoever_asked_for_a_link_pays_each_time_that_it_is_followed(
    database: CountingDatabase, tenant: GivenTenant, path: str
) -> None:
    """As much as for the file among the answers; what is not paid for is neither read nor made."""
    limiter = RateLimiter(tenant=None, client=Rate(points_second=1, capacity=2_000), clock=lambda: 0.0)
    async with client_of(application(database, limiter=limiter)) as client:
        for followed in (path, path_of(missing(tenant))):
            await client.get(followed)
        async with statements(database) as counted:
            refused = await client.get(path)
        assert len(counted) == 0
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1000")
        (error,) = refused.json()["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "cost": {"estimated": 1_000, "remaining": 0}}
        colleague = path_of(ListLink(tenant_id=tenant.id, subject="bea", key=ITEMS))
        assert (await client.get(colleague)).status_code == 200
