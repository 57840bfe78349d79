"""How well suppliers do, counted from orders and what was received of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.quantities import ZERO

HUNDRED = Decimal(100)
STEP = Decimal("0.0001")


class PerformanceKey(NamedTuple):
    """A supplier, by the orders that were sent from ``since`` on and before ``until``."""

    supplier_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many percent of ``count``; None of nothing."""

    percent: Decimal | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimeRecord:
    """Days from the sending of an order to the first that came of it, over ``count`` orders. ``deviation`` is the sample's standard
    deviation, None of fewer than two."""

    average: Decimal | None
    deviation: Decimal | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceRecord:
    """How well a supplier did by orders sent in a period, cancelled ones left out.

    ``on_time``: of the lines that were promised for a day and are due or complete, those of which all had come by then; the first
    day counts, for who puts it off is late all the same. ``in_full``:
    of the lines of finished orders, those of which all came. ``accepted`` and ``rejected``: of what arrived, by value at cost, what
    was taken in, and what was damaged or refused at the door; ``count`` is lines of receipts. ``price_drift``: by how much what was
    paid is above (or below 0: under) what the same would have cost at the price of the first order of the period. Receipts that were
    reversed count for nothing.
    """

    orders: int
    lines: int
    on_time: Share
    in_full: Share
    accepted: Share
    rejected: Share
    price_drift: Share
    lead_time: LeadTimeRecord


# Of one supplier and period each: prices in the unit and the currency that they were stated in, values in the tenant's currency.
_PERFORMANCE = """
WITH sent AS MATERIALIZED (
  SELECT wanted.position, orders.id, orders.sent_at, orders.status, orders.currency,
    coalesce((SELECT (step.details ->> 'from')::timestamptz FROM purchase_order_steps AS step
      WHERE step.tenant_id = $1 AND step.purchase_order_id = orders.id AND step.kind = 'RESCHEDULED' AND step.details ? 'from'
      ORDER BY step.version LIMIT 1), orders.expected_at) AS expected_at
  FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY AS wanted(supplier_id, since, until, position)
  JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.supplier_id = wanted.supplier_id
    AND orders.sent_at >= wanted.since AND orders.sent_at < wanted.until AND orders.status <> 'CANCELLED'
), ordered AS MATERIALIZED (
  SELECT sent.position, sent.id AS order_id, sent.expected_at, sent.status, line.id, line.quantity, line.ordered, line.received,
    first_value(line.unit_price) OVER (
      PARTITION BY sent.position, line.variant_id, line.unit_code, sent.currency ORDER BY sent.sent_at, sent.id, line.position
    ) AS first_price
  FROM sent JOIN purchase_order_lines AS line ON line.tenant_id = $1 AND line.purchase_order_id = sent.id
), came AS MATERIALIZED (
  SELECT ordered.position, ordered.order_id, ordered.id, receipt.received_at, line.disposition, line.quantity,
    line.quantity * line.unit_cost AS value,
    line.quantity * ordered.quantity / ordered.ordered * receipt.exchange_rate * line.unit_price AS paid,
    line.quantity * ordered.quantity / ordered.ordered * receipt.exchange_rate * ordered.first_price AS paid_at_first
  FROM ordered
  JOIN goods_receipt_lines AS line ON line.tenant_id = $1 AND line.purchase_order_line_id = ordered.id
  JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = line.goods_receipt_id AND receipt.status = 'POSTED'
), judged AS (
  SELECT ordered.position, ordered.status IN ('RECEIVED', 'CLOSED') AS is_finished, ordered.received >= ordered.ordered AS is_full,
    ordered.expected_at IS NOT NULL
      AND (ordered.expected_at < statement_timestamp() OR ordered.received >= ordered.ordered) AS is_due,
    coalesce((SELECT sum(came.quantity) FROM came
      WHERE came.position = ordered.position AND came.id = ordered.id AND came.disposition <> 'REJECTED'
        AND came.received_at <= ordered.expected_at), 0) >= ordered.ordered AS is_on_time
  FROM ordered
), lines AS (
  SELECT position, count(*) AS lines, count(*) FILTER (WHERE is_due) AS due,
    count(*) FILTER (WHERE is_due AND is_on_time) AS on_time, count(*) FILTER (WHERE is_finished) AS finished,
    count(*) FILTER (WHERE is_finished AND is_full) AS full_lines
  FROM judged GROUP BY position
), goods AS (
  SELECT position, count(*) AS arrived, sum(value) AS value,
    sum(value) FILTER (WHERE disposition IN ('ACCEPTED', 'QUARANTINED')) AS accepted_value,
    count(*) FILTER (WHERE disposition <> 'REJECTED') AS paid_lines,
    sum(paid) FILTER (WHERE disposition <> 'REJECTED') AS paid,
    sum(paid_at_first) FILTER (WHERE disposition <> 'REJECTED') AS paid_at_first
  FROM came GROUP BY position
), waits AS (
  SELECT position, count(*) AS waits, avg(days) AS average, stddev_samp(days) AS deviation
  FROM (
    SELECT sent.position, extract(epoch FROM min(came.received_at) - sent.sent_at) / 86400 AS days
    FROM sent JOIN came ON came.position = sent.position AND came.order_id = sent.id
    GROUP BY sent.position, sent.id, sent.sent_at
  ) AS waited GROUP BY position
), counts AS (
  SELECT position, count(*) AS orders FROM sent GROUP BY position
)
SELECT * FROM counts LEFT JOIN lines USING (position) LEFT JOIN goods USING (position) LEFT JOIN waits USING (position)
"""


async def performance_by_key(
    tx: Transaction, keys: Sequence[PerformanceKey]
) -> Mapping[PerformanceKey, PerformanceRecord]:
    """How well each supplier did in each period, in one statement however many are asked for."""
    rows = await tx.raw.fetch(
        _PERFORMANCE, tx.tenant_id, [key.supplier_id for key in keys], [key.since for key in keys],
        [key.until for key in keys],
    )  # fmt: skip
    found = {keys[row["position"] - 1]: _performance(row) for row in rows}
    return {key: found.get(key, NOTHING) for key in keys}


def _performance(row: Record) -> PerformanceRecord:
    arrived, value = row["arrived"] or 0, row["value"]
    accepted = row["accepted_value"] or ZERO
    drift = _percent(row["paid"], row["paid_at_first"])
    return PerformanceRecord(
        orders=row["orders"],
        lines=row["lines"] or 0,
        on_time=Share(percent=_percent(row["on_time"], row["due"]), count=row["due"] or 0),
        in_full=Share(percent=_percent(row["full_lines"], row["finished"]), count=row["finished"] or 0),
        accepted=Share(percent=_percent(accepted, value), count=arrived),
        rejected=Share(percent=_percent(value - accepted, value) if value else None, count=arrived),
        price_drift=Share(percent=drift - HUNDRED if drift is not None else None, count=row["paid_lines"] or 0),
        lead_time=LeadTimeRecord(
            average=_rounded(row["average"]), deviation=_rounded(row["deviation"]), count=row["waits"] or 0
        ),
    )


def _percent(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    return _rounded(Decimal(part or 0) * HUNDRED / Decimal(whole)) if whole else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return value.quantize(STEP, ROUND_HALF_UP) if value is not None else None


_NONE = Share(percent=None, count=0)
NOTHING = PerformanceRecord(
    orders=0, lines=0, on_time=_NONE, in_full=_NONE, accepted=_NONE, rejected=_NONE, price_drift=_NONE,
    lead_time=LeadTimeRecord(average=None, deviation=None, count=0),
)  # fmt: skip
"""Of a supplier of whom nothing was ordered in the period."""
