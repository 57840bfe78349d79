"""A key tells the truth, also to who repeats a request while it is still being done."""

import asyncio
from decimal import Decimal
from uuid import uuid4

from inventory_graph.reservations.batch import handle_one
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import AnyRequest, ConsumeLine, ConsumeStock, Reserve, ReserveLine
from inventory_graph.stock import answers
from inventory_graph.stock.service import Place
from tests.given.items import given_item, given_stock
from tests.given.tenants import GivenTenant

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def twice(tenant: GivenTenant, request: AnyRequest) -> list[ReservationAnswer | answers.Answer]:
    """The answers to a request that is repeated while the first is done but not committed, and holds its locks."""
    async with tenant.database.transaction(tenant.actor) as tx:
        first = await handle_one(tx, request=request)
        second = asyncio.create_task(
            tenant.database.write(tenant.actor, lambda other: handle_one(other, request=request))
        )
        while not await tx.raw.fetchval(_WAITING):
            assert not second.done(), second
            await asyncio.sleep(0.01)
    return [first, await second]


async def test_the_last_unit_is_not_refused_to_who_reserved_it(tenant: GivenTenant) -> None:
    """The repetition finds nothing left, for the first took it: its answer is that of the first, not that there is none."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "1")
    request = Reserve(
        actor=tenant.actor,
        idempotency_key=uuid4().hex,
        place=Place(),
        lines=(ReserveLine(sku="MUG", quantity=Decimal(1)),),
    )
    first, second = await twice(tenant, request)
    assert isinstance(first, ReservationAnswer)
    assert isinstance(second, ReservationAnswer)
    assert (second.reservation, second.replayed) == (first.reservation, True)


async def test_the_last_unit_is_not_refused_to_who_used_it(tenant: GivenTenant) -> None:
    """The same at the till."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "1")
    request = ConsumeStock(
        actor=tenant.actor, idempotency_key=uuid4().hex, lines=(ConsumeLine(sku="MUG", quantity=Decimal(1)),)
    )
    first, second = await twice(tenant, request)
    assert isinstance(first, answers.Answer)
    assert isinstance(second, answers.Answer)
    assert (second.movements, second.replayed) == (first.movements, True)
