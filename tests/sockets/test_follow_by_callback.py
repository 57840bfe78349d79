"""A router that names an address gets the results of a subscription posted there, by Apollo's callback protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inventory_graph.actor import Actor
from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.wakeups import Wakeup
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, GraphClient
from tests.sockets.conftest import SECONDS_MAX, Stand, served
from tests.statements import CountingDatabase
from tests.stock.requests import received

STOCK = "subscription ($skus: [String!]) { stockChanged(skus: $skus) { kind balance { onHand } } }"
SECRET = "the-secret-of-the-router"
ID, VERIFIER = "c4a9d1b8", "XXX"


@dataclass(slots=True)
class Router:
    """The receiving end: everything that was posted, and the status that is answered to it."""

    port: int = 0
    posted: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str | None] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: Request) -> Response:
        """Answer as a router does: 204 to a check, 200 to anything else, unless told otherwise."""
        message = await request.json()
        self.posted.append(message)
        self.headers.append(request.headers.get("subscription-protocol"))
        self._more.set()
        waiting = self.statuses.get(message["action"])
        status = waiting.pop(0) if waiting else {"check": 204}.get(message["action"], 200)
        return Response(status_code=status, headers={"subscription-protocol": "callback/1.0"})

    async def until(self, action: str, count: int = 1) -> list[dict[str, Any]]:
        """The messages of the action, as soon as there are so many."""
        async with asyncio.timeout(SECONDS_MAX):
            while len(found := [each for each in self.posted if each["action"] == action]) < count:
                self._more.clear()
                await self._more.wait()
        return found

    def asked(self, **changes: Any) -> dict[str, Any]:
        """``extensions.subscription`` as the router sends it."""
        url = f"http://127.0.0.1:{self.port}/callback/{ID}"
        return {"callbackUrl": url, "subscriptionId": ID, "verifier": VERIFIER, "heartbeatIntervalMs": 0, **changes}


@pytest.fixture
async def router() -> AsyncIterator[Router]:
    """A router that listens."""
    listening = Router()
    application = Starlette(routes=[Route(f"/callback/{ID}", listening.receive, methods=["POST"])])
    async with served(application) as listening.port:
        yield listening


@asynccontextmanager
async def calling(
    stand: Stand, database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, *hosts: str
) -> AsyncIterator[int]:
    """The service that may call these hosts, at a port. Events are numbered by the other one, which also wakes nobody here."""

    async def ready() -> bool:
        return True

    settings = Settings.load(dotenv=None, callback_hosts=hosts, router_secrets=(SECRET,))
    application = create_app(
        settings, database=database, authenticator=callers, ready=ready, reader=reader, log=Wakeup()
    )
    async with served(application) as port:
        yield port


@pytest.fixture
async def port(
    stand: Stand, database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers
) -> AsyncIterator[int]:
    """The service that may call this machine."""
    async with calling(stand, database, reader, callers, "127.0.0.1") as opened:
        yield opened


async def asked(
    port: int, callers: GivenCallers, actor: Actor, subscription: Any, *, secret: str = SECRET, **variables: Any
) -> httpx.Response:
    """The answer to the subscription."""
    headers = {
        "accept": "application/json;callbackSpec=1.0",
        "authorization": callers.credential_of(actor),
        "x-router-secret": secret,
    }
    body = {"query": STOCK, "variables": variables, "extensions": {"subscription": subscription}}
    # Nothing is encrypted here: a client takes long to read who could have signed certificates.
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501
        return await client.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers)


async def test_posts_what_changes(
    port: int, router: Router, callers: GivenCallers, graph: GraphClient, tenant: GivenTenant
) -> None:
    """After a check that the router answers; each message says whose it is."""
    await given_item(tenant, sku="TART")
    answer = await asked(port, callers, tenant.actor, router.asked(), skus=["TART"])
    assert (answer.status_code, answer.json()) == (200, {"data": None})
    assert answer.headers["subscription-protocol"] == "callback/1.0"
    assert router.posted[0] == {"kind": "subscription", "action": "check", "id": ID, "verifier": VERIFIER}
    await router.until("next")
    await received(graph, sku="TART", quantity="5")
    last = (await router.until("next", 2))[-1]
    assert last == {
        "kind": "subscription",
        "action": "next",
        "id": ID,
        "verifier": VERIFIER,
        "payload": {"data": {"stockChanged": {"kind": "CHANGE", "balance": {"onHand": "5"}}}},
    }
    assert set(router.headers) == {"callback/1.0"}


async def test_heartbeats_are_checks(port: int, router: Router, callers: GivenCallers, tenant: GivenTenant) -> None:
    """As often as the router asked; one that it does not know ends the subscription, and nothing is posted any more."""
    router.statuses["check"] = [204, 204, 404]
    await asked(port, callers, tenant.actor, router.asked(heartbeatIntervalMs=1_000))
    await router.until("check", 3)
    await _ended(port)
    assert [each["action"] for each in router.posted if each["action"] == "complete"] == []


async def test_a_router_that_does_not_know_it_gets_nothing(
    port: int, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """The request is refused, and no result is posted."""
    router.statuses["check"] = [404]
    answer = await asked(port, callers, tenant.actor, router.asked())
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (502, "CALLBACK_FAILED")
    await _ended(port)
    assert [each["action"] for each in router.posted] == ["check"]


async def test_posts_again_what_did_not_arrive(
    port: int, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """The same message; a router that says 404 to it has had enough."""
    router.statuses["next"] = [503, 500, 404]
    await asked(port, callers, tenant.actor, router.asked())
    first, second, third = await router.until("next", 3)
    assert first == second == third
    await _ended(port)


async def test_an_expired_token_completes_it(
    port: int, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """With the error that says why."""
    await asked(port, callers, tenant.actor_until(1.0), router.asked())
    (end,) = await router.until("complete")
    assert end["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await _ended(port)


async def test_the_end_of_the_service_completes_it(
    stand: Stand,
    database: CountingDatabase,
    reader: CountingDatabase,
    callers: GivenCallers,
    router: Router,
    tenant: GivenTenant,
) -> None:
    """A router would otherwise wait for heartbeats in vain."""
    async with calling(stand, database, reader, callers, f"127.0.0.1:{router.port}") as port:
        await asked(port, callers, tenant.actor, router.asked())
        await router.until("next")
    (end,) = await router.until("complete")
    assert end["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"callbackUrl": "http://169.254.169.254/latest"}, 403),
        ({"callbackUrl": "http://127.0.0.1@evil.example/"}, 403),
        ({"callbackUrl": "http://evil.example@127.0.0.1/"}, 403),
        ({"callbackUrl": "http://127.0.0.1.evil.example/"}, 403),
        ({"callbackUrl": "file://127.0.0.1/etc/passwd"}, 403),
        ({"callbackUrl": "http://127.0.0.1:port/"}, 403),
        ({"callbackUrl": "nonsense"}, 403),
        ({"callbackUrl": "http://xn--a/"}, 403),
        ({"callbackUrl": "http://xn--zzzzzzz99999/"}, 403),
        ({"callbackUrl": None}, 400),
        ({"verifier": 7}, 400),
        ({"subscriptionId": ""}, 400),
        ({"heartbeatIntervalMs": -1}, 400),
        ({"heartbeatIntervalMs": True}, 400),
    ],
)
async def test_other_hosts_are_never_called(
    changes: dict[str, Any], status: int, port: int, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """Whatever is made of the address; the refusal is the only thing that happens."""
    answer = await asked(port, callers, tenant.actor, router.asked(**changes))
    assert (answer.status_code, "data" in answer.json()) == (status, False)
    assert router.posted == []


async def test_only_routers_are_called_back(
    port: int, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """A client that is none could have results posted past the router."""
    answer = await asked(port, callers, tenant.actor, router.asked(), secret="wrong")
    assert answer.status_code == 403
    assert router.posted == []


async def test_without_hosts_it_is_switched_off(
    stand: Stand, router: Router, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """The refusal names the setting."""
    answer = await asked(stand.port, callers, tenant.actor, router.asked())
    assert answer.status_code == 400
    assert "INVENTORY_CALLBACK_HOSTS" in answer.json()["errors"][0]["message"]
    assert router.posted == []


async def _ended(port: int) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(SECONDS_MAX):
        while "inventory_graph_callbacks 0.0" not in (await client.get(f"http://127.0.0.1:{port}/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
