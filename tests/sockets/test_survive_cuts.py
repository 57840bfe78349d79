"""Two hundred clients whose connections break again and again: each receives every event exactly once, in order."""

import asyncio
import random
from dataclasses import dataclass, field

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.sockets.conftest import Stand

CLIENTS = 200
EVENTS = 500
CUTS = 5
SECONDS_MAX = 240
SEED = 20_261_127
EVENTS_AFTER = "subscription ($after: String) { inventoryEvents(after: $after) { cursor sequence type } }"


@dataclass(slots=True)
class Client:
    """Follows the tenant's events over one socket after another."""

    stand: Stand
    tenant: GivenTenant
    cursor: str
    cuts: list[int]
    sequences: list[int] = field(default_factory=list)

    async def follow(self, until: int) -> None:
        """Receive until the position, with a break wherever one is due."""
        for cut in (*self.cuts, until):
            await self._connect(cut, until)

    async def _connect(self, cut: int, until: int) -> None:
        async with self.stand.wire(self.tenant.actor, close_timeout=0) as wire:
            await wire.subscribe(EVENTS_AFTER, after=self.cursor)
            while len(self.sequences) < cut:
                frame = await wire.hear()
                event = frame["payload"]["data"]["inventoryEvents"]
                self.cursor = event["cursor"]
                self.sequences.append(int(event["sequence"]))
                if self.sequences[-1] == until:
                    return
            # The connection breaks: no close frame, and whatever was on its way is lost.
            wire.connection.transport.abort()


async def test_each_client_receives_everything_once(stand: Stand, tenant: GivenTenant) -> None:
    """200 clients, 500 events, 5 cuts each."""
    dice = random.Random(SEED)
    await given_item(tenant, sku="CROISSANT")
    begin = await _beginning(stand, tenant)
    clients = [Client(stand, tenant, begin, sorted(dice.sample(range(1, EVENTS), CUTS))) for _ in range(CLIENTS)]
    first = await _position(tenant)
    async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.follow(first + EVENTS))
        for _ in range(EVENTS):
            await given_stock(tenant, "CROISSANT", "1")
            await asyncio.sleep(0.005)
    assert {tuple(client.sequences) for client in clients} == {tuple(range(first + 1, first + EVENTS + 1))}


async def _beginning(stand: Stand, tenant: GivenTenant) -> str:
    """The cursor of the last event that there is."""
    total = await _position(tenant)
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(EVENTS_AFTER, after="AQAAAAAAAAAA")
        while True:
            event = (await wire.hear())["payload"]["data"]["inventoryEvents"]
            if int(event["sequence"]) == total:
                cursor: str = event["cursor"]
                return cursor


async def _position(tenant: GivenTenant) -> int:
    """How many events the tenant has, numbered or not."""
    async with tenant.database.read(tenant.actor) as tx:
        return int(
            await tx.raw.fetchval(
                "SELECT coalesce((SELECT last_seq FROM tenant_heads WHERE tenant_id = $1), 0)"
                " + (SELECT count(*) FROM outbox WHERE tenant_id = $1)",
                tenant.id,
            )
        )
