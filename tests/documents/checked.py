"""What has to be true of all documents and of the ledger together, whoever did what in which order."""

from decimal import Decimal

from inventory_graph.db import Transaction
from inventory_graph.stock.audit import drift
from tests.given.tenants import GivenTenant

ROUNDING = Decimal("0.000001")
"""Each movement rounds its worth to ten decimals."""

# One statement, so one instant. Goods: what came by standing receipts and too many lies somewhere, is on its way, was lost or issued.
_GOODS = """
SELECT variants.sku, came.quantity AS came, lying.quantity AS lying, going.quantity AS going, moved.lost, moved.over, moved.issued
FROM variants
CROSS JOIN LATERAL (
  SELECT coalesce(sum(line.quantity), 0) AS quantity FROM goods_receipt_lines AS line
  JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = line.goods_receipt_id AND receipt.status = 'POSTED'
  WHERE line.tenant_id = $1 AND line.variant_id = variants.id AND line.disposition <> 'REJECTED'
) AS came
CROSS JOIN LATERAL (
  SELECT coalesce(sum(on_hand), 0) AS quantity FROM balances WHERE tenant_id = $1 AND variant_id = variants.id
) AS lying
CROSS JOIN LATERAL (
  SELECT coalesce(sum(in_transit), 0) AS quantity FROM transfer_parcels WHERE tenant_id = $1 AND variant_id = variants.id
) AS going
CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity) FILTER (WHERE kind = 'TRANSFER_LOSS' AND to_state IS NULL), 0) AS lost,
    coalesce(sum(quantity) FILTER (WHERE kind = 'RECEIPT' AND reference_type = 'TRANSFER'), 0) AS over,
    coalesce(sum(CASE WHEN kind = 'REVERSAL' THEN -quantity ELSE quantity END)
      FILTER (WHERE kind IN ('CONSUMPTION', 'HOLD_COMMIT', 'REVERSAL')), 0) AS issued
  FROM movements WHERE tenant_id = $1 AND variant_id = variants.id
) AS moved
WHERE variants.tenant_id = $1 ORDER BY variants.sku
"""

# Money: what lies there is worth what all movements made of it; what left on transfers is worth what is on its way, arrived, came back
# or was lost of them; what standing receipts brought is worth what they say.
_WORTH = """
SELECT
  (SELECT coalesce(sum(on_hand * coalesce(average_cost, 0)), 0) FROM balances WHERE tenant_id = $1) AS lying,
  (SELECT coalesce(sum(value_change), 0) FROM movements WHERE tenant_id = $1) AS moved,
  (SELECT coalesce(sum(value_change), 0) FROM movements
    WHERE tenant_id = $1 AND kind IN ('TRANSFER_SHIPMENT', 'TRANSFER_RECEIPT', 'TRANSFER_RETURN')) AS by_transfers,
  (SELECT coalesce(sum(-value_change), 0) FROM movements
    WHERE tenant_id = $1 AND kind = 'TRANSFER_LOSS' AND to_state IS NULL) AS lost,
  (SELECT coalesce(sum(in_transit * coalesce(unit_cost, 0)), 0) FROM transfer_parcels WHERE tenant_id = $1) AS going,
  (SELECT coalesce(sum(line.quantity * line.unit_cost), 0) FROM goods_receipt_lines AS line
    WHERE line.tenant_id = $1 AND line.disposition <> 'REJECTED') AS billed,
  (SELECT coalesce(sum(value_change), 0) FROM movements
    WHERE tenant_id = $1 AND kind = 'RECEIPT' AND reference_type = 'goods_receipt') AS received,
  (SELECT count(*) FROM movements WHERE tenant_id = $1) AS movements
"""

_ORDERS = """
SELECT orders.number, orders.status, orders.version,
  (SELECT count(*) FROM purchase_order_steps AS step WHERE step.tenant_id = $1 AND step.purchase_order_id = orders.id) AS steps,
  (SELECT bool_or(line.received > 0) FROM purchase_order_lines AS line
    WHERE line.tenant_id = $1 AND line.purchase_order_id = orders.id) AS has_come,
  (SELECT bool_and(line.received >= line.ordered) FROM purchase_order_lines AS line
    WHERE line.tenant_id = $1 AND line.purchase_order_id = orders.id) AS is_all_there,
  (SELECT bool_or(line.received <> coalesce(came.let_in, 0) OR line.rejected <> coalesce(came.rejected, 0))
    FROM purchase_order_lines AS line
    LEFT JOIN LATERAL (
      SELECT sum(part.quantity) FILTER (WHERE part.disposition <> 'REJECTED') AS let_in,
        sum(part.quantity) FILTER (WHERE part.disposition = 'REJECTED') AS rejected
      FROM goods_receipt_lines AS part
      JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = part.goods_receipt_id AND receipt.status = 'POSTED'
      WHERE part.tenant_id = $1 AND part.purchase_order_line_id = line.id
    ) AS came ON true
    WHERE line.tenant_id = $1 AND line.purchase_order_id = orders.id) AS is_off
FROM purchase_orders AS orders WHERE orders.tenant_id = $1
"""
_STATUS = {(False, False): "SENT", (True, False): "PARTIALLY_RECEIVED", (True, True): "RECEIVED"}


async def assert_sound(tenant: GivenTenant) -> None:
    """Goods and money add up, each order says what its receipts say, and the live audit finds nothing."""
    async with tenant.database.snapshot(tenant.actor) as tx:
        await _assert_goods(tx)
        await _assert_worth(tx)
        await _assert_orders(tx)
        report = await drift(tx)
    assert report.drifts == []


async def _assert_goods(tx: Transaction) -> None:
    for row in await tx.raw.fetch(_GOODS, tx.tenant_id):
        assert row["came"] + row["over"] == row["lying"] + row["going"] + row["lost"] + row["issued"], dict(row)


async def _assert_worth(tx: Transaction) -> None:
    row = await tx.raw.fetchrow(_WORTH, tx.tenant_id)
    assert row is not None
    rounding = row["movements"] * ROUNDING
    assert abs(row["lying"] - row["moved"]) <= rounding, dict(row)
    assert abs(row["by_transfers"] + row["lost"] + row["going"]) <= rounding, dict(row)
    assert abs(row["billed"] - row["received"]) <= rounding, dict(row)


async def _assert_orders(tx: Transaction) -> None:
    for row in await tx.raw.fetch(_ORDERS, tx.tenant_id):
        assert not row["is_off"], dict(row)
        assert row["steps"] == row["version"], dict(row)
        follows = _STATUS[row["has_come"], row["is_all_there"]]
        assert row["status"] in {follows, "CLOSED", *(() if row["has_come"] else ("CANCELLED",))}, dict(row)
