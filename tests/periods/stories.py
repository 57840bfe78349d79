"""Stories of a month: stock comes and goes at times of the past while periods are closed and reopened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import hypothesis.strategies as st

from inventory_graph.db import Transaction
from inventory_graph.errors import Refusal
from inventory_graph.stock.commands import Adjust, Command, Move, Receive, StockState
from inventory_graph.stock.period_queries import periods_page
from inventory_graph.stock.periods import close_period, reopen_period
from inventory_graph.stock.posting import post_one
from tests.given.periods import SEPTEMBER
from tests.given.tenants import GivenTenant

DAYS = 12
SUM_OF_MOVEMENTS = """
SELECT coalesce(sum(CASE WHEN from_state IS NULL THEN quantity WHEN to_state IS NULL THEN -quantity END), 0) AS on_hand,
  coalesce(sum(CASE 'AVAILABLE' WHEN to_state THEN quantity ELSE 0 END - CASE 'AVAILABLE' WHEN from_state THEN quantity ELSE 0 END), 0)
    AS available,
  coalesce(sum(value_change), 0) + (
    SELECT coalesce(sum(value_change), 0) FROM cost_adjustments WHERE tenant_id = $1 AND balance_id = $2 AND occurred_at <= $3
  ) AS value
FROM movements WHERE tenant_id = $1 AND balance_id = $2 AND occurred_at <= $3
"""

days = st.integers(0, DAYS - 1)
instants = st.builds(lambda day, part: SEPTEMBER + timedelta(days=day, microseconds=part), days, st.integers(0, 1))
quantities = st.decimals("0.1", "20", places=1)
steps = st.one_of(
    st.tuples(st.just("receive"), instants, quantities, st.none() | st.decimals("0.01", "9", places=2)),
    st.tuples(st.just("adjust"), instants, quantities.map(lambda quantity: -quantity)),
    st.tuples(st.just("quarantine"), instants, quantities),
    st.tuples(st.just("close"), instants),
    st.tuples(st.just("reopen")),
)


# A cost that becomes known for what had come without one is an adjustment beside the movements.
FIRST_COST: list[tuple[object, ...]] = [
    ("receive", SEPTEMBER, Decimal("0.1"), None),
    ("receive", SEPTEMBER, Decimal("0.1"), Decimal("0.01")),
]


async def given_step(tenant: GivenTenant, variant_id: UUID, step: Sequence[object]) -> None:
    """One step of the story; what is refused, such as the past of a closed period, is left out of it."""
    try:
        await tenant.database.write(tenant.actor, lambda tx: _take(tx, variant_id, tenant.warehouse_id, step))
    except Refusal:
        return


async def _take(tx: Transaction, variant_id: UUID, warehouse_id: UUID, step: Sequence[object]) -> None:
    key: dict[str, Any] = {"variant_id": variant_id, "warehouse_id": warehouse_id}
    match step:
        case ("receive", datetime() as at, Decimal() as quantity, Decimal() | None as cost):
            await _post(tx, Receive(quantity=quantity, unit_cost=cost, **key), at)
        case ("adjust", datetime() as at, Decimal() as delta):
            await _post(tx, Adjust(delta=delta, **key), at)
        case ("quarantine", datetime() as at, Decimal() as quantity):
            await _post(tx, Move(quantity=quantity, to_state=StockState.QUARANTINED, **key), at)
        case ("close", datetime() as at):
            await close_period(tx, ends_at=at)
        case _:
            page = await periods_page(tx, first=50, after=None)
            closed = [period for period in page.records if period.status == "CLOSED"]
            if closed:
                await reopen_period(tx, period_id=closed[0].id, reason="Late")


async def _post(tx: Transaction, line: Receive | Adjust | Move, at: datetime) -> None:
    await post_one(tx, Command(id=uuid4(), lines=(line,), recorded_by="user", occurred_at=at))
