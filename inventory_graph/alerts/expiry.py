"""Lots that will soon be past their date, looked for by the worker.

A day begins at each warehouse when it begins there. What was told is remembered in the transaction that tells it, under a key: of
two workers, or of one that died and came back, one tells it.
"""

from datetime import datetime
from uuid import UUID

from inventory_graph.alerts.events import LotExpiringSoon
from inventory_graph.alerts.subjects import LotSubject, Notification
from inventory_graph.db import Record, Transaction
from inventory_graph.outbox import emit_all

TOLD_MAX = 500
"""How many lots one transaction tells of."""

_TENANTS = "SELECT id, slug FROM tenants WHERE 'LOT_EXPIRING' = ANY(alerts) AND status = 'ACTIVE' ORDER BY id"

# The first window is wide enough for every time zone and an index finds it; the second is each warehouse's own.
_TELL = """
WITH tenant AS MATERIALIZED (
  SELECT lot_expiry_alert_days AS days, alert_target, alert_email FROM tenants
  WHERE id = $1 AND 'LOT_EXPIRING' = ANY(alerts)
), dated AS MATERIALIZED (
  SELECT lots.id, lots.item_id, lots.code, coalesce(lots.expires_on, lots.best_before) AS expiry_date
  FROM lots
  WHERE lots.tenant_id = $1
    AND (lots.expires_on BETWEEN ($2::timestamptz AT TIME ZONE 'UTC')::date - 1
        AND ($2::timestamptz AT TIME ZONE 'UTC')::date + 1 + (SELECT days FROM tenant)
      OR lots.expires_on IS NULL AND lots.best_before BETWEEN ($2::timestamptz AT TIME ZONE 'UTC')::date - 1
        AND ($2::timestamptz AT TIME ZONE 'UTC')::date + 1 + (SELECT days FROM tenant))
), due AS MATERIALIZED (
  SELECT dated.id AS lot_id, dated.item_id, dated.code, dated.expiry_date, balances.warehouse_id,
    sum(quants.quantity) AS quantity,
    CASE WHEN count(DISTINCT balances.variant_id) = 1 THEN min(variants.sku) ELSE min(items.sku) END AS sku,
    min(items.name) AS item_name, min(items.unit_code) AS unit_code, warehouses.outlet_id, min(outlets.name) AS outlet_name,
    dated.expiry_date - ($2::timestamptz AT TIME ZONE warehouses.timezone)::date AS days_left
  FROM dated
  JOIN quants ON quants.tenant_id = $1 AND quants.lot_id = dated.id
  JOIN balances ON balances.tenant_id = $1 AND balances.id = quants.balance_id
  JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
  JOIN items ON items.tenant_id = $1 AND items.id = dated.item_id
  JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id AND warehouses.is_active
  LEFT JOIN outlets ON outlets.tenant_id = $1 AND outlets.id = warehouses.outlet_id
  WHERE dated.expiry_date - ($2::timestamptz AT TIME ZONE warehouses.timezone)::date
      BETWEEN 0 AND (SELECT days FROM tenant)
    AND NOT EXISTS (SELECT FROM lot_expiry_alerts AS told
      WHERE told.tenant_id = $1 AND told.lot_id = dated.id AND told.warehouse_id = balances.warehouse_id)
  GROUP BY dated.id, dated.item_id, dated.code, dated.expiry_date, balances.warehouse_id, warehouses.outlet_id,
    warehouses.timezone
  HAVING sum(quants.quantity) > 0
  ORDER BY dated.id, balances.warehouse_id LIMIT $3
), told AS (
  INSERT INTO lot_expiry_alerts (tenant_id, lot_id, warehouse_id)
  SELECT $1, lot_id, warehouse_id FROM due ORDER BY lot_id, warehouse_id
  ON CONFLICT DO NOTHING
  RETURNING lot_id, warehouse_id
)
SELECT due.*, tenant.alert_target, tenant.alert_email FROM due JOIN told USING (lot_id, warehouse_id) CROSS JOIN tenant
ORDER BY expiry_date, lot_id, warehouse_id
"""


async def tenants_to_tell(tx: Transaction) -> list[tuple[UUID, str]]:
    """The tenants that want to hear of lots, by id. For the worker, who sees all."""
    return [(row["id"], row["slug"]) for row in await tx.raw.fetch(_TENANTS)]


async def tell_expiring(tx: Transaction, *, now: datetime, limit: int = TOLD_MAX) -> int:
    """Emit ``inventory.lot.expiring_soon`` for lots of the transaction's tenant that are in stock, are not past their date, and
    will be within its number of days; at most so many, none a second time. Answers how many."""
    rows = await tx.raw.fetch(_TELL, tx.tenant_id, now, limit)
    await emit_all(tx, [_event(tx.tenant_id, row) for row in rows])
    return len(rows)


def _event(tenant_id: UUID, row: Record) -> LotExpiringSoon:
    return LotExpiringSoon(
        aggregate_id=row["lot_id"],
        subject=LotSubject(
            tenant_id=tenant_id,
            item_id=row["item_id"],
            item_name=row["item_name"],
            sku=row["sku"],
            unit_code=row["unit_code"],
            warehouse_id=row["warehouse_id"],
            outlet_id=row["outlet_id"],
            outlet_name=row["outlet_name"],
            notification=Notification(target=row["alert_target"], email=row["alert_email"]),
        ),
        lot_number=row["code"],
        expiry_date=row["expiry_date"],
        days_left=row["days_left"],
        quantity=row["quantity"],
    )
