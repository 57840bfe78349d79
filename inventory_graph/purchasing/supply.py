"""What purchase orders bring: their answer to ``stock.supply``."""

from collections.abc import Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock.supply import ExpectedSupply

# What is inspected first is not available when it comes, and nobody knows when it will be.
_EXPECTED = """
SELECT line.variant_id, orders.warehouse_id, orders.expected_at AS at, sum(line.ordered - line.received) AS quantity
FROM purchase_order_lines AS line
JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
  AND orders.status IN ('SENT', 'PARTIALLY_RECEIVED') AND orders.expected_at IS NOT NULL AND NOT orders.is_inspected
WHERE line.tenant_id = $1 AND line.variant_id = ANY ($2::uuid[]) AND line.received < line.ordered
GROUP BY line.variant_id, orders.warehouse_id, orders.expected_at
"""


async def expected_by_orders(tx: Transaction, *, variant_ids: Sequence[UUID]) -> Sequence[ExpectedSupply]:
    """What is left of orders that the supplier has and whose day is known, in stock units; in one statement."""
    return [ExpectedSupply(**row) for row in await tx.raw.fetch(_EXPECTED, tx.tenant_id, list(variant_ids))]
