"""What receivers of callbacks do: slowly, for ever, with cookies. Whoever else is posted to does not notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.wakeups import Wakeup
from resolvers import callbacks
from resolvers.envelope import envelope_of_body
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GivenCallers
from tests.sockets.conftest import SECONDS_MAX, served
from tests.sockets.test_follow_by_callback import Router, asked, port, router
from tests.statements import CountingDatabase

__all__ = ["port", "router"]

SHARE = 75
"""How many posts of one tenant are under way at once, of a hundred in all."""


@dataclass(slots=True)
class Receiver:
    """Whoever is posted to: answers a check at once, and everything else when ``is_open`` is set. ``connections`` are those that it
    was posted to over, ``cookies`` what was sent as such."""

    port: int = 0
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[int] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    posted: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def receive(self, request: Request) -> Response:
        """Answer, with a cookie."""
        message = await request.json()
        self.posted.put_nowait(message)
        self.connections.append(request.client.port if request.client is not None else 0)
        self.cookies += request.headers.getlist("cookie")
        if message["action"] == "check":
            return Response(status_code=204, headers={"set-cookie": "route=one; Path=/"})
        await self.is_open.wait()
        return Response(status_code=200, content=b"a body")

    async def next(self, action: str) -> dict[str, Any]:
        """The next message of the action."""
        async with asyncio.timeout(SECONDS_MAX):
            while (message := await self.posted.get())["action"] != action:
                pass
            return message

    def asked(self) -> dict[str, Any]:
        """``extensions.subscription`` for this receiver."""
        return {
            "callbackUrl": f"http://127.0.0.1:{self.port}/",
            "subscriptionId": "1",
            "verifier": "v",
            "heartbeatIntervalMs": 0,
        }


@pytest.fixture
async def receivers() -> AsyncIterator[tuple[Receiver, Receiver]]:
    """Two of them; both end what they hold back with the test."""
    slow, quick = Receiver(), Receiver()
    quick.is_open.set()
    async with AsyncExitStack() as stack:
        for each in (slow, quick):
            application = Starlette(routes=[Route("/", each.receive, methods=["POST"])])
            each.port = await stack.enter_async_context(served(application))
        yield slow, quick
        slow.is_open.set()


async def test_posts_go_over_one_connection_and_bring_no_cookies_back(
    port: int, receivers: tuple[Receiver, Receiver], callers: GivenCallers, tenant: GivenTenant
) -> None:
    """What one receiver sets is not sent with what everybody else is posted; and a connection each would cost more than the posts."""
    _, receiver = receivers
    await asked(port, callers, tenant.actor, receiver.asked())
    await receiver.next("next")
    await asked(port, callers, tenant.actor, receiver.asked())
    await receiver.next("next")
    assert len(receiver.connections) == 4
    assert len(set(receiver.connections)) == 1
    assert receiver.cookies == []


async def test_a_tenant_whose_receiver_is_slow_holds_up_only_itself(
    port: int,
    receivers: tuple[Receiver, Receiver],
    callers: GivenCallers,
    tenant: GivenTenant,
    database: CountingDatabase,
) -> None:
    """Three quarters of the connections are one tenant's at most."""
    slow, quick = receivers
    for _ in range(SHARE):
        assert (await asked(port, callers, tenant.actor, slow.asked())).status_code == 200
        await slow.next("next")
    more = [asyncio.create_task(asked(port, callers, tenant.actor, slow.asked())) for _ in range(SHARE)]
    done, _ = await asyncio.wait(more, timeout=2)
    assert done == set()
    other = await given_tenant(database, slug="other")
    assert (await asked(port, callers, other.actor, quick.asked())).status_code == 200
    assert (await quick.next("next"))["payload"]["data"]["stockChanged"]["kind"] == "HEARTBEAT"
    for task in more:
        task.cancel()
    await asyncio.gather(*more, return_exceptions=True)


async def test_an_answer_that_never_ends_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, port: int, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """Some of it comes again and again, so that no read takes long; nothing is posted, and the request is answered."""
    monkeypatch.setattr(callbacks, "POST_SECONDS_MAX", 0.5)
    dripped = 0

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 204 No Content\r\n")
        while await asyncio.wait_for(reader.read(10_000), 0.1) if not dripped else not writer.is_closing():
            dripped += 1
            writer.write(b"x: y\r\n")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        receiver = Receiver(port=server.sockets[0].getsockname()[1])
        async with asyncio.timeout(SECONDS_MAX):
            answer = await asked(port, callers, tenant.actor, receiver.asked())
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (502, "CALLBACK_FAILED")
    assert dripped > 1


async def test_without_secrets_nobody_is_called_back(
    database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, router: Router, tenant: GivenTenant
) -> None:
    """Whoever asks is taken for the router then, and would have the service post for anybody."""

    async def ready() -> bool:
        return True

    settings = Settings.load(dotenv=None, callback_hosts=("127.0.0.1",))
    application = create_app(
        settings, database=database, authenticator=callers, ready=ready, reader=reader, log=Wakeup()
    )
    async with served(application) as opened:
        answer = await asked(opened, callers, tenant.actor, router.asked())
    assert answer.status_code == 403
    assert "INVENTORY_ROUTER_SECRETS" in answer.json()["errors"][0]["message"]
    assert router.posted == []


def test_of_what_a_router_says_only_what_is_understood_is_kept() -> None:
    """It is kept as long as the subscription: a quarter of a megabyte of lists took five for each, also of those over sockets."""
    known = {"callbackUrl": "http://a/", "subscriptionId": "1", "verifier": "v", "heartbeatIntervalMs": 5_000}
    for sent, kept in (
        ({**known, "more": [[]] * 80_000}, known),
        ({**known, "verifier": "v" * 2_049, "heartbeatIntervalMs": [1]}, {**known, "verifier": None, "heartbeatIntervalMs": None}),
        ([[]] * 80_000, {}),
        (None, None),
    ):  # fmt: skip
        body = orjson.dumps({"query": "{ a }", "extensions": {"subscription": sent}})
        assert envelope_of_body(body).subscription == kept
