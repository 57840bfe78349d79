"""The process is killed at every step of a batch: what it has acknowledged is there once, and what it has not becomes one effect
when it is asked for again elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.worker import one_sweep
from tests.faults.dying import POINTS, Point, victim
from tests.faults.shop import Counter, Shop, counter_at

CALLERS = 6
STOCK = 20
EACH = 2
"""What each caller asks for."""
SWEEP_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Verb:
    """What is asked of the process that dies, and what it comes to when all have it: on hand, reserved, and the steps of each
    reservation."""

    mutation: str
    needs_reservation: bool
    on_hand: int
    reserved: int
    steps: tuple[str, ...]

    def given(self, caller: "Caller") -> Mapping[str, Any]:
        """The caller's input, the same whenever it is asked."""
        key = {"idempotencyKey": f"{self.mutation} {caller.order_id}"}
        if self.needs_reservation:
            return {**key, "reservationId": caller.reservation_id}
        return {**key, "orderId": caller.order_id, "lines": [{"sku": caller.sku, "quantity": str(EACH)}]}


VERBS = (
    Verb("reserveStock", False, STOCK, CALLERS * EACH, ("HELD",)),
    Verb("commitReservation", True, STOCK - CALLERS * EACH, 0, ("HELD", "COMMITTED")),
    Verb("releaseReservation", True, STOCK, 0, ("HELD", "RELEASED")),
    Verb("consumeStock", False, STOCK - CALLERS * EACH, 0, ()),
)


@dataclass(slots=True)
class Caller:
    """Somebody with an order, and the reservation of it where there is one."""

    sku: str
    order_id: str
    reservation_id: str = ""


async def reserve(counter: Counter, caller: Caller, **more: Any) -> None:
    """Hold what the caller wants."""
    given = {
        "idempotencyKey": f"for {caller.order_id}", "orderId": caller.order_id,
        "lines": [{"sku": caller.sku, "quantity": str(EACH)}], **more,
    }  # fmt: skip
    caller.reservation_id = (await counter.accepted("reserveStock", given, "reservation { id }"))["reservation"]["id"]


async def steps_of(shop: Shop, caller: Caller) -> tuple[str, ...]:
    """What became of the reservations of the caller's order, all of them."""
    rows = await shop.fetch(
        "SELECT kind FROM reservation_steps JOIN reservations ON reservations.tenant_id = $1 AND id = reservation_id"
        " WHERE reservation_steps.tenant_id = $1 AND order_id = $2::text::uuid ORDER BY reservation_id, reservation_steps.version",
        caller.order_id,
    )
    return tuple(row["kind"] for row in rows)


async def told_of(shop: Shop, caller: Caller) -> int:
    """How many reservation and consumption events speak of the caller's order: waiting, or logged by a worker before it died."""
    (row,) = await shop.fetch(
        "SELECT count(*) AS count"
        " FROM (SELECT tenant_id, type, payload FROM outbox UNION ALL SELECT tenant_id, type, payload FROM event_log) AS events"
        " WHERE tenant_id = $1 AND payload::text LIKE '%' || $2 || '%' AND (type LIKE '%reserv%' OR type LIKE '%consum%')",
        caller.order_id,
    )
    count: int = row["count"]
    return count


async def sweep(shop: Shop, count: int) -> None:
    """End so many: what the database still keeps locked for the dead process is passed over until it has noticed."""
    swept = 0
    async with asyncio.timeout(SWEEP_SECONDS_MAX):
        while (swept := swept + await one_sweep(shop.worker)) < count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    assert swept == count


@pytest.fixture
async def callers(shop: Shop) -> AsyncIterator[list[Caller]]:
    """Six callers who want two each of the same twenty; nothing has drifted when they are served."""
    sku = f"SKU-{uuid4().hex[:10]}"
    await shop.stock(sku, str(STOCK))
    yield [Caller(sku, str(uuid4())) for _ in range(CALLERS)]
    await shop.assert_clean()


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", POINTS, ids=str)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.mutation)
async def test_a_killed_server_leaves_each_once(
    shop: Shop, counters: tuple[Counter, Counter], callers: list[Caller], verb: Verb, point: Point, nth: int
) -> None:
    """In the first batch nobody has an answer yet; when the second dies the first is acknowledged."""
    survivor = counters[0]
    if verb.needs_reservation:
        await asyncio.gather(*(reserve(survivor, caller) for caller in callers))
    with victim(shop, point, nth) as dying:
        with counter_at(shop, dying.port) as counter:
            answers = await asyncio.gather(*(counter.ask(verb.mutation, verb.given(caller)) for caller in callers))
        dying.wait_for_death()
    acknowledged = [caller for caller, answer in zip(callers, answers, strict=True) if answer is not None]
    assert [answer["errors"] for answer in answers if answer is not None] == [[]] * len(acknowledged)
    assert len(acknowledged) == nth - 1
    replayed = 0
    for caller in callers:
        again = await survivor.accepted(verb.mutation, verb.given(caller))
        assert again["replayed"] or caller not in acknowledged, "what was acknowledged is not there"
        replayed += again["replayed"]
    assert (replayed > len(acknowledged)) == point.is_committed
    assert await shop.balance(callers[0].sku) == (str(verb.on_hand), str(verb.reserved))
    assert [await steps_of(shop, caller) for caller in callers] == [verb.steps] * CALLERS
    assert {await told_of(shop, caller) for caller in callers} == {len(verb.steps) or 1}


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_a_killed_worker_leaves_each_expired_once(
    shop: Shop, counters: tuple[Counter, Counter], callers: list[Caller], point: Point
) -> None:
    """The sweeper dies while it ends what is due; the next one finds what is left, and says it once."""
    await asyncio.gather(*(reserve(counters[0], caller, expiresIn="PT1S") for caller in callers))
    await asyncio.sleep(1.1)
    with victim(shop, point, 1, command="worker") as dying:
        dying.wait_for_death()
    swept = ("HELD", "EXPIRED") if point.is_committed else ("HELD",)
    assert [await steps_of(shop, caller) for caller in callers] == [swept] * CALLERS
    await sweep(shop, 0 if point.is_committed else CALLERS)
    assert await one_sweep(shop.worker) == 0
    assert await shop.balance(callers[0].sku) == (str(STOCK), "0")
    assert [await steps_of(shop, caller) for caller in callers] == [("HELD", "EXPIRED")] * CALLERS
    assert {await told_of(shop, caller) for caller in callers} == {2}
