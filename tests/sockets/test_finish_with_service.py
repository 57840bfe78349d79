"""When the service stops, queries and mutations that it has begun are finished and answered, over a socket as over HTTP."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from tests.given.tenants import GivenTenant
from tests.servers import free_port, temporary_directory, token_of
from tests.sockets.conftest import PROTOCOL, SECONDS_MAX, Opened, Wire
from tests.sockets.test_end_with_service import served_from, stopped, subscribed

OPERATIONS = 20
MUTATIONS = 29
UNTIL_SIGTERM_SECONDS = 0.15


def adding(operation: int) -> dict[str, Any]:
    """An operation of many changes, one after the other; it takes longer than there is until the service is told to stop."""
    declared = " ".join(f"$a{number}: CreateCategoryInput!" for number in range(MUTATIONS))
    fields = " ".join(
        f"a{number}: createCategory(input: $a{number}) {{ errors {{ message }} }}" for number in range(MUTATIONS)
    )
    given = {f"a{number}": {"slug": f"s{operation}-{number}", "name": "S"} for number in range(MUTATIONS)}
    return {"query": f"mutation({declared}) {{ {fields} }}", "variables": given}


async def missing(url: str, authorization: str, slugs: Sequence[str]) -> list[str]:
    """Those of the slugs that no category has."""
    async with httpx.AsyncClient(headers={"authorization": authorization}) as client:
        found: set[str] = set()
        for first in range(0, len(slugs), MUTATIONS):
            some = slugs[first : first + MUTATIONS]
            fields = " ".join(f'a{n}: category(slug: "{slug}") {{ slug }}' for n, slug in enumerate(some))
            answer = (await client.post(url, json={"query": f"{{ {fields} }}"})).json()
            found |= {each["slug"] for each in answer["data"].values() if each is not None}
    return [slug for slug in slugs if slug not in found]


def acknowledged(answers: Mapping[int, Any]) -> list[str]:
    """The slugs that the answers say there are."""
    return [
        f"s{operation}-{number}"
        for operation, answer in answers.items()
        for number in range(MUTATIONS)
        if answer["data"][f"a{number}"]["errors"] == []
    ]


async def ask_over_socket(port: int, authorization: str, ending: "asyncio.Event") -> dict[int, Any]:
    """Ask for all at once, beside a subscription; the answers by number, when the socket has been closed for the service's stop."""
    answers: dict[int, Any] = {}
    completed: set[str] = set()
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as socket:
        await subscribed(socket, authorization)
        for number in range(OPERATIONS):
            frame = {"type": "subscribe", "id": f"m{number}", "payload": adding(number)}
            await socket.send(orjson.dumps(frame).decode())
        await asyncio.sleep(UNTIL_SIGTERM_SECONDS)
        assert not answers
        ending.set()
        async with asyncio.timeout(SECONDS_MAX * 2):
            async for text in socket:
                frame = orjson.loads(text)
                # Nothing more for the subscription: its client is to come back with its cursor.
                assert frame["id"] != "1" or frame["type"] == "next", frame
                if frame["type"] == "next" and frame["id"] != "1":
                    answers[int(frame["id"][1:])] = frame["payload"]
                elif frame["type"] == "complete":
                    completed.add(frame["id"])
        assert (socket.close_code, completed) == (1001, {f"m{number}" for number in answers})
    return answers


async def ask_over_http(port: int, authorization: str, ending: "asyncio.Event") -> dict[int, Any]:
    """Ask for all at once, each over a connection of its own; the answers by number."""
    url, headers = f"http://127.0.0.1:{port}/graphql", {"authorization": authorization}
    async with httpx.AsyncClient(headers=headers, timeout=SECONDS_MAX * 2) as client:
        asking = [asyncio.create_task(client.post(url, json=adding(n))) for n in range(OPERATIONS)]
        await asyncio.sleep(UNTIL_SIGTERM_SECONDS)
        ending.set()
        return {number: answer.json() for number, answer in enumerate(await asyncio.gather(*asking))}


@pytest.mark.parametrize("ask", [ask_over_socket, ask_over_http])
async def test_sigterm_leaves_no_operation_unanswered(ask: Any) -> None:
    """Each that was begun is answered in full before the connection ends, and what the answers say is there when the service is back."""
    with temporary_directory() as directory:
        port, data, log = free_port(), directory / "data", directory / "service.log"
        with served_from(data, port, log) as process:
            authorization = f"Bearer {token_of('urban-loft', data_directory=data)}"
            ending = asyncio.Event()
            asking = asyncio.create_task(ask(port, authorization, ending))
            await asyncio.wait([asyncio.create_task(ending.wait()), asking], return_when=asyncio.FIRST_COMPLETED)
            stopping = asyncio.create_task(stopped(process))
            answers = await asking
            await stopping
        assert answers.keys() == set(range(OPERATIONS))
        slugs = acknowledged(answers)
        assert len(slugs) == OPERATIONS * MUTATIONS
        said = log.read_text()
        assert "Traceback" not in said
        assert "ERROR" not in said
        with served_from(data, port, directory / "second.log"):
            assert await missing(f"http://127.0.0.1:{port}/graphql", authorization, slugs) == []


async def test_a_socket_that_finishes_begins_nothing(opened: Opened, tenant: GivenTenant) -> None:
    """What comes late is refused, and may be sent again elsewhere; what runs is answered, then the socket is closed."""
    async with opened() as (sockets, stand), stand.wire(tenant.actor) as wire:
        await wire.subscribe("{ sleep(seconds: 1) }", "early")
        await wire.say({"type": "ping"})
        assert (await wire.hear())["type"] == "pong"
        closing = asyncio.create_task(sockets.close())
        await asyncio.sleep(0.1)
        await wire.subscribe("{ __typename }", "late")
        refused = await wire.hear()
        assert (refused["type"], refused["id"]) == ("error", "late")
        assert refused["payload"][0]["extensions"] == {"code": "UNAVAILABLE"}
        assert (await wire.hear())["payload"] == {"data": {"sleep": "awake"}}
        assert await wire.hear() == {"type": "complete", "id": "early"}
        assert (await wire.closed())[0] == 1001
        await closing


async def test_what_takes_too_long_is_told_so(opened: Opened, tenant: GivenTenant) -> None:
    """It may have changed something or not, and the socket is closed all the same."""
    async with opened(finish_seconds_max=0.5) as (sockets, stand), stand.wire(tenant.actor) as wire:
        await wire.subscribe("{ sleep(seconds: 25) }")
        await wire.say({"type": "ping"})
        assert (await wire.hear())["type"] == "pong"
        closing = asyncio.create_task(sockets.close())
        cut = await wire.hear()
        assert (cut["type"], cut["payload"][0]["extensions"]) == ("error", {"code": "OUTCOME_UNKNOWN"})
        assert (await wire.closed())[0] == 1001
        await closing


async def test_a_client_that_reads_nothing_is_not_waited_for(opened: Opened, tenant: GivenTenant) -> None:
    """Its answers are there, and it does not take them."""
    async with opened() as (sockets, stand), stand.wire(tenant.actor, max_queue=1, close_timeout=0) as wire:
        asking = asyncio.create_task(ask_and_never_read(wire))
        await asyncio.sleep(1)
        began = time.monotonic()
        await sockets.close()
        assert time.monotonic() - began < SECONDS_MAX
        asking.cancel()
        wire.connection.transport.abort()


async def ask_and_never_read(wire: Wire) -> None:
    for number in range(100):
        await wire.subscribe(f'{{ echo(text: "{"x" * 100_000}") }}', str(number))
