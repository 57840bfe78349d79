"""Sockets have an end: that of their limits, of their client's patience and of what its credential allows."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import orjson
import pytest

from inventory_graph.wakeups import Wakeup
from resolvers.socket_settings import UNSAID_MAX
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.sockets.conftest import SECONDS_MAX, Opened, Stand, Wire, live_application, served
from tests.statements import CountingDatabase

FOLLOW = 'subscription { stockChanged(skus: ["NONE"]) { cursor kind } }'


async def test_a_silent_client_is_pinged_and_then_given_up(opened: Opened, tenant: GivenTenant) -> None:
    """Two pings may stay unanswered; any frame counts as an answer. The code is one after which clients come back."""
    async with opened(ping_seconds=0.3) as (_, stand), stand.wire(tenant.actor) as wire:
        for _ in range(4):
            assert orjson.loads(await wire.connection.recv()) == {"type": "ping"}
            await wire.say({"type": "pong"})
        assert (await wire.closed())[0] == 4499


async def test_a_client_that_takes_nothing_is_given_up(opened: Opened, tenant: GivenTenant) -> None:
    """While there is something for it, for longer than may be; its place is free then."""
    async with (
        opened(ping_seconds=0.1, say_seconds_max=0.5) as (sockets, stand),
        stand.wire(tenant.actor, max_queue=1, close_timeout=0) as wire,
    ):
        asking = asyncio.create_task(_ask_and_never_read(wire))
        try:
            async with asyncio.timeout(SECONDS_MAX):
                while sockets._open:  # noqa: ASYNC110 - the client, who reads nothing, does not hear of it
                    await asyncio.sleep(0.05)
        finally:
            asking.cancel()
            wire.connection.transport.abort()


async def _ask_and_never_read(wire: Wire) -> None:
    while True:
        await wire.say({"type": "ping", "payload": {"text": "x" * 100_000}})


async def _ask_much_and_never_read(wire: Wire) -> None:
    for number in range(90):
        await wire.subscribe("query($text: String!) { echo(text: $text) }", str(number), text="x" * 100_000)


async def test_who_reads_no_answers_asks_nothing_more(opened: Opened, tenant: GivenTenant) -> None:
    """Two megabytes of them wait, where nothing else is said, and what was asked with the last; nothing else is begun."""
    async with opened() as (sockets, stand), stand.wire(tenant.actor, max_queue=1, close_timeout=0) as wire:
        asking = asyncio.create_task(_ask_much_and_never_read(wire))
        await asyncio.sleep(2)
        (socket,) = sockets._open
        assert sockets.unsaid.characters < UNSAID_MAX + 1_000_000
        assert len(socket._running) < 40
        asking.cancel()
        wire.connection.transport.abort()


async def test_whoever_reads_least_is_given_up_where_too_much_waits(opened: Opened, tenant: GivenTenant) -> None:
    """Not who reads: it hears of nothing."""
    async with opened(unsaid_of_all_max=1_000_000) as (sockets, stand), stand.wire(tenant.actor) as good:
        async with stand.wire(tenant.actor, max_queue=1, close_timeout=0) as wire:
            asking = asyncio.create_task(_ask_much_and_never_read(wire))
            async with asyncio.timeout(SECONDS_MAX):
                while len(sockets._open) > 1:  # noqa: ASYNC110 - the client, who reads nothing, does not hear of it
                    await asyncio.sleep(0.05)
            asking.cancel()
            wire.connection.transport.abort()
        await good.subscribe("{ __typename }")
        assert (await good.hear())["type"] == "next"
        assert sockets.unsaid.characters < 1_000_000


async def test_frames_are_held_to_the_depth_of_values(
    database: CountingDatabase, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """That is set."""
    application = live_application(database, database, callers, log=Wakeup(), value_depth_max=5)
    async with served(application) as port, Stand(port, callers).wire(tenant.actor) as wire:
        await wire.say({"type": "ping", "payload": {"a": [[[[[]]]]]}})
        assert (await wire.hear())["type"] == "pong"
        await wire.say({"type": "ping", "payload": {"a": [[[[[[]]]]]]}})
        reason = "The payload of ping is over 5 levels deep, or has NUL or a number outside 64 bits."
        assert await wire.closed() == (4400, reason)


async def test_changed_rights_end_what_runs(opened: Opened, tenant: GivenTenant) -> None:
    """The credential is checked again, and its operations hear why."""
    actor = replace(tenant.actor, subject="user-demoted")
    async with opened(recheck_seconds=0.5) as (_, stand), stand.wire(actor) as wire:
        await wire.subscribe("{ __typename }")
        assert (await wire.hear())["type"] == "next"
        stand.callers._actors[stand.callers.credential_of(actor)] = replace(actor, permissions=frozenset())
        code, reason = await wire.closed()
        assert (code, "changed" in (reason or "")) == (4403, True)


async def test_a_long_document_counts_as_several_subscriptions(
    database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """It is kept while it is followed, as its variables are: of eight places a tenant has six, and three thousand characters take three."""
    application = live_application(database, reader, callers, log=Wakeup(), subscriptions_at_once_max=8)
    long = f"{FOLLOW}{' ' * (2_900 - len(FOLLOW))}"
    async with served(application) as port, Stand(port, callers).wire(tenant.actor) as wire:
        for id_, query, outcome in (
            ("1", long, "next"), ("2", long, "next"), ("3", FOLLOW, "error"), ("4", long, "error"),
        ):  # fmt: skip
            await wire.subscribe(query, id_)
            frame = await wire.hear()
            assert (frame["id"], frame["type"]) == (id_, outcome), frame
            if outcome == "error":
                assert frame["payload"][0]["extensions"] == {"code": "UNAVAILABLE"}
        await wire.say({"type": "complete", "id": "1"})
        async with asyncio.timeout(SECONDS_MAX):
            # Its end takes a moment.
            while frame["type"] == "error":
                await asyncio.sleep(0.05)
                await wire.subscribe(long, "5")
                frame = await wire.hear()
        await wire.subscribe(FOLLOW, "6")
        assert (await wire.hear())["type"] == "error"


@pytest.mark.parametrize(
    ("each", "characters", "outcome"),
    [(1_000, 5_900, "next"), (1_000, 6_000, "error"), (2_000, 11_900, "next"), (2_000, 12_000, "error")],
)
async def test_variables_count_as_the_document_does(
    database: CountingDatabase,
    reader: CountingDatabase,
    callers: GivenCallers,
    tenant: GivenTenant,
    each: int,
    characters: int,
    outcome: str,
) -> None:
    """Also those that it does not use: six places are six thousand characters of both together, or six times what is set."""
    limits = {"subscriptions_at_once_max": 8, "subscription_characters_max": each}
    application = live_application(database, reader, callers, log=Wakeup(), **limits)
    kept = len(FOLLOW) + len(orjson.dumps({"nothing": ""}))
    async with served(application) as port, Stand(port, callers).wire(tenant.actor) as wire:
        await wire.subscribe(FOLLOW, nothing="x" * (characters - kept + 1))
        assert (await wire.hear())["type"] == outcome


async def test_a_tenant_leaves_sockets_for_the_others(opened: Opened, tenant: GivenTenant) -> None:
    """Three quarters are one tenant's at most; all together are the process's."""
    async with opened(sockets_max=4) as (_, stand), AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(stand.wire(tenant.actor))
        fourth = await stack.enter_async_context(stand.wire())
        await fourth.say(
            {"type": "connection_init", "payload": {"authorization": stand.callers.credential_of(tenant.actor)}}
        )
        assert (await fourth.closed())[0] == 1013


async def test_there_are_no_more_sockets_than_allowed(opened: Opened, tenant: GivenTenant) -> None:
    """The one too many sees why, and there is room again when one has gone."""
    async with opened(sockets_max=1) as (_, stand):
        async with stand.wire(tenant.actor), stand.wire() as second:
            assert (await second.closed())[0] == 1013
        await asyncio.sleep(0.2)
        async with stand.wire(tenant.actor):
            pass


async def test_a_service_that_starts_sends_everybody_away(opened: Opened) -> None:
    """With the code for coming again."""
    async with opened(is_ready=False) as (_, stand), stand.wire() as wire:
        assert (await wire.closed())[0] == 1013


async def test_a_service_that_stops_waits_for_nobody(opened: Opened, tenant: GivenTenant) -> None:
    """Sockets that have not begun are closed as well, and new ones are refused."""
    async with opened() as (sockets, stand), stand.wire(tenant.actor) as begun, stand.wire() as silent:
        await asyncio.wait_for(sockets.close(), 2)
        assert [(await each.closed())[0] for each in (begun, silent)] == [1001, 1001]
        async with stand.wire() as late:
            assert (await late.closed())[0] == 1013


async def test_the_extensions_of_a_subscribe_count(opened: Opened, tenant: GivenTenant) -> None:
    """A document by its hash, and what an operation costs."""
    async with opened() as (_, stand), stand.wire(tenant.actor) as wire:
        unknown = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        await wire.say({"type": "subscribe", "id": "a", "payload": {"extensions": unknown}})
        refused = await wire.hear()
        assert refused["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        payload = {"query": "{ __typename }", "extensions": {"cost": True}}
        await wire.say({"type": "subscribe", "id": "b", "payload": payload})
        assert "estimated" in (await wire.hear())["payload"]["extensions"]["cost"]


async def test_a_hundred_wrong_credentials_change_nothing(opened: Opened, tenant: GivenTenant) -> None:
    """Each is closed; the socket beside them answers."""
    async with opened() as (_, stand), stand.wire(tenant.actor) as neighbour:
        for number in range(100):
            async with stand.wire() as wire:
                payload = {"authorization": f"Bearer nonsense-{number}"}
                await wire.say({"type": "connection_init", "payload": payload})
                assert (await wire.closed())[0] == 4403
        await neighbour.say({"type": "ping"})
        assert (await neighbour.hear())["type"] == "pong"
