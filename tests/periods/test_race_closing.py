"""Closing while the past is being recorded: one of the two is first, and the books say so."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.db import Transaction
from inventory_graph.stock.periods import close_period, reopen_period
from inventory_graph.stock.refusals import PeriodClosed
from inventory_graph.stock.service import Place, adjust_stock
from tests.given.items import given_item
from tests.given.periods import OCTOBER, SEPTEMBER, closing, given_closed, given_reopened, text_of
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance

pytestmark = pytest.mark.usefixtures("corn")

ROUNDS = 8
LATE = SEPTEMBER - timedelta(days=1)
WAITS_SECONDS = 0.3


async def post_late(tx: Transaction, occurred_at: datetime | None = LATE) -> None:
    """A piece that was found in August; or now, without a time."""
    await adjust_stock(
        tx, idempotency_key=uuid4().hex, sku="CORN", place=Place(), delta=Decimal(1), reason="FOUND",
        occurred_at=occurred_at,
    )  # fmt: skip


async def assert_sound(graph: GraphClient) -> None:
    """What was written down is what the ledger says."""
    assert (await graph("{ stockAudit { drifts { subject expected found } } }"))["stockAudit"]["drifts"] == []


@pytest.mark.parametrize(("occurred_at", "count", "amount"), [(LATE, 2, "44"), (None, 1, "40")])
async def test_closing_waits_for_what_is_being_recorded(
    graph: GraphClient, tenant: GivenTenant, occurred_at: datetime | None, count: int, amount: str
) -> None:
    """The posting is through the book and not yet committed: the period closes after it, and holds what belongs there. Also where
    the posting names no time: by the time it is committed, now may lie in the period."""
    posted, go = asyncio.Event(), asyncio.Event()

    async def posting(tx: Transaction) -> None:
        await post_late(tx, occurred_at)
        posted.set()
        await go.wait()

    late = asyncio.create_task(tenant.database.write(tenant.actor, posting))
    await posted.wait()
    closed = asyncio.create_task(given_closed(graph, SEPTEMBER))
    done, _ = await asyncio.wait([closed], timeout=WAITS_SECONDS)
    assert not done
    go.set()
    await late
    assert ((await closed)["movementCount"], (await closed)["value"]["amount"]) == (count, amount)
    await assert_sound(graph)


async def test_what_is_being_recorded_waits_for_closing_and_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """The period is written down and not yet committed: the past waits, then it is closed; today does not wait."""
    written, go = asyncio.Event(), asyncio.Event()

    async def closing_slowly(tx: Transaction) -> None:
        await close_period(tx, ends_at=SEPTEMBER)
        written.set()
        await go.wait()

    closed = asyncio.create_task(tenant.database.write(tenant.actor, closing_slowly))
    await written.wait()
    late = asyncio.create_task(tenant.database.write(tenant.actor, post_late))
    done, _ = await asyncio.wait([late], timeout=WAITS_SECONDS)
    assert not done
    # CORN itself is locked by the posting that waits; what is about anything else goes by.
    await given_item(tenant, sku="SALT")
    await asyncio.wait_for(given_stock(tenant, "SALT", "1"), timeout=WAITS_SECONDS * 5)
    go.set()
    await closed
    with pytest.raises(PeriodClosed):
        await late
    assert (await balance(graph, "CORN"))["onHand"] == "60"
    await assert_sound(graph)


async def test_a_period_reopened_and_a_late_movement_at_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Either it was still closed, or it is open by now."""
    period = await given_closed(graph, SEPTEMBER)

    async def reopening(tx: Transaction) -> None:
        await reopen_period(tx, period_id=UUID(period["id"]), reason="Late")

    outcomes = await asyncio.gather(
        tenant.database.write(tenant.actor, post_late),
        tenant.database.write(tenant.actor, reopening),
        return_exceptions=True,
    )
    assert outcomes[1] is None
    assert outcomes[0] is None or isinstance(outcomes[0], PeriodClosed)
    await assert_sound(graph)


async def test_closings_and_late_movements_at_once_never_disagree(graph: GraphClient) -> None:
    """Again and again: every movement that was let in is in what was written down, every other one is nowhere."""
    let_in = 0
    for number in range(ROUNDS):
        late = {"sku": "CORN", "delta": "1", "reason": "FOUND", "occurredAt": text_of(LATE)}
        requests: list[Any] = [graph.payload("adjustStock", {**late, "idempotencyKey": uuid4().hex}) for _ in range(4)]
        requests.insert(number % 5, graph.accepted("closePeriod", closing(SEPTEMBER), "period { id movementCount }"))
        answers = await asyncio.gather(*requests)
        (closed,) = (answer["period"] for answer in answers if "period" in answer)
        codes = [[error["code"] for error in answer["errors"]] for answer in answers if "period" not in answer]
        assert all(code in ([], ["PERIOD_CLOSED"]) for code in codes), codes
        let_in += codes.count([])
        assert closed["movementCount"] == 1 + let_in
        await assert_sound(graph)
        await given_reopened(graph, closed)
    assert (await balance(graph, "CORN"))["onHand"] == str(60 + let_in)
    await given_closed(graph, SEPTEMBER, OCTOBER)
    await assert_sound(graph)
