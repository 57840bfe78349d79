"""A consumer as BengoBox's services are: a durable pull consumer, and an inbox that knows what it has seen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig

from inventory_graph.transport.nats import STREAM

FETCHED_MAX = 500
CALM_SECONDS = 0.5

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Inbox:
    """What arrived, each event once, in the order in which it came first."""

    envelopes: list[dict[str, Any]] = field(default_factory=list)
    messages: list[Msg] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)
    """Where each event stands in the stream, first."""
    doubles: int = 0

    def take(self, message: Msg) -> None:
        """Read the message unless it is known."""
        envelope = orjson.loads(message.data)
        place = message.metadata.sequence.stream
        self.places[envelope["id"]] = min(place, self.places.get(envelope["id"], place))
        if envelope["id"] in self.ids:
            self.doubles += 1
            return
        self.ids.add(envelope["id"])
        self.envelopes.append(envelope)
        self.messages.append(message)

    def texts(self, aggregate_id: UUID) -> list[str]:
        """What the events of the aggregate say, in the order of the stream. A message that was delivered and not acknowledged, as
        when the server was killed, arrives again after later ones."""
        found = [each for each in self.envelopes if each["aggregate_id"] == str(aggregate_id)]
        return [each["payload"]["text"] for each in sorted(found, key=lambda each: self.places[each["id"]])]

    def of(self, tenant_id: UUID) -> list[dict[str, Any]]:
        """What arrived of one tenant."""
        return [each for each in self.envelopes if each["tenant_id"] == str(tenant_id)]


async def quiet(_: Exception) -> None:
    """A client's error callback that says nothing."""


async def ask(url: str, question: Callable[[Client], Awaitable[Answer]]) -> Answer:
    """The answer of a client of the moment."""
    client = await nats.connect(url, allow_reconnect=False, connect_timeout=2, error_cb=quiet)
    try:
        return await question(client)
    finally:
        await client.close()


async def fetch(url: str, inbox: Inbox, *, until: Callable[[], bool], seconds_max: float = 60.0) -> None:
    """Fetch into the inbox until the condition holds; a server that is away is waited for."""
    async with asyncio.timeout(seconds_max):
        while not until():
            try:
                await ask(url, lambda client: _fetch(client, inbox, until))
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(0.1)


async def _fetch(client: Client, inbox: Inbox, until: Callable[[], bool]) -> None:
    stream = client.jetstream(timeout=2)
    subscription = await stream.pull_subscribe(
        "inventory.>", durable="shop", stream=STREAM, config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=5)
    )
    while not until():
        for message in await subscription.fetch(FETCHED_MAX, timeout=1):
            inbox.take(message)
            await message.ack()


async def stored(url: str) -> int:
    """How many messages the stream holds."""

    async def count(client: Client) -> int:
        return int((await client.jetstream(timeout=2).stream_info(STREAM)).state.messages)

    return await ask(url, count)
