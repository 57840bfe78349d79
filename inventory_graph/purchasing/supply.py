"""What purchase orders bring: their answer to ``stock.supply``."""

from collections.abc import Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock.supply import ExpectedSupply

# What is inspected first is not available when it comes, and nobody knows when it will be. What is announced comes when its notice says,
# but never more of a line than is outstanding: the soonest notices take of it first. The rest comes when its order says.
_EXPECTED = """
WITH open AS MATERIALIZED (
  SELECT line.id, line.variant_id, orders.warehouse_id, orders.expected_at AS at, line.ordered - line.received AS quantity
  FROM purchase_order_lines AS line
  JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
    AND orders.status IN ('SENT', 'PARTIALLY_RECEIVED') AND NOT orders.is_inspected
  WHERE line.tenant_id = $1 AND line.variant_id = ANY ($2::uuid[]) AND line.received < line.ordered
), announced AS (
  SELECT open.id, open.variant_id, open.warehouse_id, coalesce(notice.expected_at, open.at) AS at, part.announced,
    open.quantity - coalesce(sum(part.announced) OVER (
      PARTITION BY open.id ORDER BY coalesce(notice.expected_at, open.at), part.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS remaining
  FROM open
  JOIN advance_shipping_notice_lines AS part ON part.tenant_id = $1 AND part.purchase_order_line_id = open.id
  JOIN advance_shipping_notices AS notice ON notice.tenant_id = $1 AND notice.id = part.advance_shipping_notice_id
    AND notice.status = 'ANNOUNCED'
), told AS (
  SELECT id, sum(announced) AS quantity FROM announced GROUP BY id
)
SELECT variant_id, warehouse_id, at, sum(quantity) AS quantity FROM (
  SELECT variant_id, warehouse_id, at, least(announced, remaining) AS quantity FROM announced WHERE remaining > 0
  UNION ALL
  SELECT open.variant_id, open.warehouse_id, open.at, open.quantity - coalesce(told.quantity, 0)
  FROM open LEFT JOIN told ON told.id = open.id
  WHERE open.quantity > coalesce(told.quantity, 0)
) AS expected
WHERE at IS NOT NULL
GROUP BY variant_id, warehouse_id, at
"""


async def expected_by_orders(tx: Transaction, *, variant_ids: Sequence[UUID]) -> Sequence[ExpectedSupply]:
    """What is left of orders that the supplier has, in stock units: when its notice says, else when its order does, as far as anybody
    knows; in one statement."""
    return [ExpectedSupply(**row) for row in await tx.raw.fetch(_EXPECTED, tx.tenant_id, list(variant_ids))]
