"""A client that goes while the log is read for it leaves no event behind, by whatever it was connected."""

import asyncio

import pytest

from inventory_graph.live.hub import Subscriber
from inventory_graph.live.log import REPLAYED_MAX, Entry
from tests.garbage import kept, no_collector
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.live.noise import given_changes
from tests.sockets.conftest import SECONDS_MAX, Stand
from tests.sockets.test_follow_as_streams import EVENTS, reading
from tests.sockets.test_keep_tenants_apart import BEGINNING, STOCK, numbered
from tests.statements import CountingDatabase

CHANGES = 10 * REPLAYED_MAX
"""More than fits between the service and a client that does not read."""
HEARD = 5


async def over_socket(stand: Stand, tenant: GivenTenant, how: str) -> None:
    """Hear a few and go: with good manners, or without."""
    async with stand.wire(tenant.actor, max_queue=1) as wire:
        await wire.subscribe(STOCK, after=BEGINNING)
        for _ in range(HEARD):
            assert (await wire.hear())["payload"]["data"]["stockChanged"]["kind"] == "CHANGE"
        assert kept(Entry)
        if how == "complete":
            await wire.say({"type": "complete", "id": "1"})
        elif how == "abort":
            wire.connection.transport.abort()


async def over_stream(stand: Stand, tenant: GivenTenant) -> None:
    """The same by server-sent events."""
    async with reading(stand, tenant.actor, STOCK, accept=EVENTS, after=BEGINNING) as reader:
        for _ in range(HEARD):
            assert (await reader.event())[1]["data"]["stockChanged"]["kind"] == "CHANGE"
        assert kept(Entry)


@pytest.mark.parametrize("how", ["complete", "close", "abort", "stream"])
async def test_a_client_that_goes_leaves_no_event_behind(
    how: str, stand: Stand, tenant: GivenTenant, worker_database: CountingDatabase
) -> None:
    """Not until the collector of garbage comes either."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await numbered(worker_database)
    await given_changes(tenant, worker_database, CHANGES, like="TEA")
    await numbered(worker_database)
    with no_collector():
        if how == "stream":
            await over_stream(stand, tenant)
        else:
            await over_socket(stand, tenant, how)
        async with asyncio.timeout(SECONDS_MAX):
            while kept(Entry, Subscriber):  # noqa: ASYNC110 - what is forgotten tells nobody
                await asyncio.sleep(0.05)
