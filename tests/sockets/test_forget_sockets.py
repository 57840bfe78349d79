"""Nothing of a socket is kept when it is closed: neither by a timer nor as garbage that waits for its collector."""

import asyncio
from typing import Any

import pytest
from websockets.server import ServerProtocol

from inventory_graph.cli.wire import WebSocketWire
from resolvers.socket_operations import SocketOperations
from resolvers.sockets import Socket
from tests.garbage import kept, no_collector
from tests.given.tenants import GivenTenant
from tests.sockets.conftest import Opened

KEPT = (Socket, SocketOperations, WebSocketWire, ServerProtocol)
LAST_WORDS: tuple[Any, ...] = (
    "{",
    b"x",
    {"type": "connection_init"},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ sleep(seconds: 9) }"}},
    "x" * 262_145,
    None,
)


@pytest.mark.parametrize("said", LAST_WORDS, ids=range(len(LAST_WORDS)))
async def test_a_closed_socket_is_forgotten(said: Any, opened: Opened, tenant: GivenTenant) -> None:
    """Whoever closed it, and why."""
    async with opened() as (_, stand):
        with no_collector():
            async with stand.wire(tenant.actor) as wire:
                if said is not None:
                    await wire.say(said)
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
            assert kept(*KEPT) == []
