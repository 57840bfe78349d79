"""What the log is read for one reader alone comes out of its budget, as its queries do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from inventory_graph.actor import Actor
from inventory_graph.live.log import LOOKED_AT_MAX
from inventory_graph.wakeups import Wakeup
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.live.noise import given_changes
from tests.sockets.conftest import Stand, Wire, live_application, served
from tests.sockets.test_keep_tenants_apart import BEGINNING, numbered
from tests.statements import CountingDatabase

STOCK = 'subscription ($after: String) { stockChanged(skus: ["TEA"], after: $after) { cursor kind } }'
COSTLY = "{ items(first: 55) { nodes { sku } } }"
"""Some 57 points."""


@asynccontextmanager
async def limited(
    database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, points_second: int
) -> AsyncIterator[Stand]:
    """The service where a client may save up a hundred points, or those of a second if that is more."""
    settings: dict[str, Any] = {"rate_client_points": points_second, "rate_burst_seconds": 1, "cost_max": 100}
    async with served(live_application(database, reader, callers, log=Wakeup(), **settings)) as port:
        yield Stand(port, callers)


@pytest.fixture
async def long_log(stand: Stand, tenant: GivenTenant, worker_database: CountingDatabase) -> None:
    """Tea, then six thousand changes of something else, then tea."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await numbered(worker_database)
    await given_changes(tenant, worker_database, 6 * LOOKED_AT_MAX, like="TEA")
    await numbered(worker_database)
    await given_stock(tenant, "TEA", "1")
    await numbered(worker_database)


async def followed(wire: Wire, after: str) -> str:
    """The cursor of the first delivery of the subscription 1."""
    await wire.subscribe(STOCK, after=after)
    frame = await wire.hear()
    assert frame["type"] == "next", frame
    return str(frame["payload"]["data"]["stockChanged"]["cursor"])


async def asked(stand: Stand, actor: Actor) -> list[str] | None:
    """The codes of what the costly query is refused with, None where it is answered."""
    async with stand.wire(actor) as wire:
        await wire.subscribe(COSTLY, id_="2")
        frame = await wire.hear()
    if frame["type"] == "error":
        return [error["extensions"]["code"] for error in frame["payload"]]
    assert [each["sku"] for each in frame["payload"]["data"]["items"]["nodes"]] == ["TEA"]
    return None


async def test_a_long_replay_uses_up_the_budget_of_its_client(
    long_log: None, tenant: GivenTenant, database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers
) -> None:
    """A thousand positions are fifty points. Another client of the tenant has its own, and so has one that is up to date."""
    greedy, current, other = (replace(tenant.actor, subject=f"user-{number}") for number in range(3))
    async with limited(database, reader, callers, 1) as stand, stand.wire(greedy) as wire:
        first = await followed(wire, BEGINNING)
        assert await asked(stand, greedy) == ["RATE_LIMITED"]
        assert await asked(stand, other) is None
    async with limited(database, reader, callers, 1_000) as stand, stand.wire(current) as wire:
        last = await followed(wire, first)
    async with limited(database, reader, callers, 1) as stand, stand.wire(current) as wire:
        await wire.subscribe(STOCK, after=last)
        await asyncio.sleep(0.2)  # in which it could draw what it should not
        assert await asked(stand, current) is None


async def test_a_replay_waits_for_its_points_and_goes_on(
    long_log: None, tenant: GivenTenant, database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers
) -> None:
    """It is not sent away: with 200 points to begin with, six thousand positions take half a second at least."""
    async with limited(database, reader, callers, 200) as stand, stand.wire(tenant.actor) as wire:
        began = asyncio.get_running_loop().time()
        first = await followed(wire, BEGINNING)
        frame = await wire.hear()
        assert asyncio.get_running_loop().time() - began >= 0.5
    change = frame["payload"]["data"]["stockChanged"]
    assert change["kind"] == "CHANGE"
    assert change["cursor"] != first
