"""What a subscription was asked by is forgotten with its last subscriber: memory follows what runs, not what has run."""

import json
from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.fuzz.target import Target, running_target
from tests.sockets.conftest import PROTOCOL

SUBSCRIPTIONS = 240
WARM = 30
"""So many fill what is kept of documents."""
GROWTH_BYTES_MAX = 48 * 1024**2
"""Kept, these subscriptions take 95 MB. The collector of garbage comes seldom: until it does, half of this is waiting for it."""
LEAVES = "id sku name status metadata externalReference createdAt updatedAt attributes { name value }"
CHARACTERS = 19_000
"""A few documents as long as they may be leave no room for others in what is kept of them."""
SECONDS_MAX = 30


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """The service as a process."""
    with running_target() as running:
        yield running


def document(number: int) -> str:
    """As many fields as a document may ask for, in a document that nobody else asks by."""
    variant = f"... on Variant {{ {LEAVES} }} " * 29
    text = (
        f'subscription {{ stockChanged(skus: ["RAW-MLK-001"]) {{ kind balance {{ variant {{ {variant} }}'
        f" warehouse {{ id code name }} }} }} }} # {number}"
    )
    return text.ljust(CHARACTERS)


def follow(connection: ClientConnection, number: int) -> None:
    """Subscribe, take one delivery, and leave."""
    frame = {"id": str(number), "type": "subscribe", "payload": {"query": document(number)}}
    connection.send(json.dumps(frame))
    while (heard := json.loads(connection.recv(timeout=SECONDS_MAX))).get("id") != str(number):
        if heard["type"] == "ping":
            connection.send('{"type": "pong"}')
    assert heard["payload"]["data"]["stockChanged"]["kind"] == "SNAPSHOT", heard
    connection.send(json.dumps({"id": str(number), "type": "complete"}))


def test_subscriptions_that_have_ended_take_no_memory(target: Target) -> None:
    """Hundreds, one after the other on one socket, each by a document of its own."""
    with connect(f"ws://{target.address[0]}:{target.address[1]}/graphql", subprotocols=[PROTOCOL]) as connection:
        payload = {"authorization": f"Bearer {target.service.token}"}
        connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(connection.recv(timeout=SECONDS_MAX)) == {"type": "connection_ack"}
        for number in range(WARM):
            follow(connection, number)
        before = target.resident_bytes()
        for number in range(WARM, WARM + SUBSCRIPTIONS):
            follow(connection, number)
        grown = target.resident_bytes() - before
        assert grown < GROWTH_BYTES_MAX, f"{grown / 1024**2:.0f} MB for {SUBSCRIPTIONS} subscriptions"
