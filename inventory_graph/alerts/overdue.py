"""What did not come when it was expected, looked for by the worker: purchase orders that were sent, transfers that left.

Told once for each time that it was expected at: whoever puts that off is told again when it has passed, too. What was told is
remembered in the transaction that tells it, under the lock of the document: of two workers, or of one that died and came back, one
tells it, and an event of it stands behind those of all steps that it knew.
"""

from uuid import UUID

from inventory_graph.alerts.events import PurchaseOrderOverdue, TransferOverdue
from inventory_graph.alerts.subjects import DocumentSubject, Notification
from inventory_graph.db import Record, Transaction
from inventory_graph.outbox import emit_all

TOLD_MAX = 500
"""How many documents of a kind one transaction tells of."""

_TENANTS = """
SELECT id, slug FROM tenants
WHERE alerts && ARRAY['PURCHASE_ORDER_OVERDUE', 'TRANSFER_OVERDUE']::text[] AND status = 'ACTIVE' ORDER BY id
"""

_TELL_ORDERS = """
WITH due AS MATERIALIZED (
  SELECT orders.id, orders.number, orders.status, orders.expected_at, orders.supplier_id, orders.warehouse_id, orders.currency,
    orders.net_amount + orders.tax_amount + orders.shipping_amount AS total_amount
  FROM purchase_orders AS orders
  WHERE orders.tenant_id = $1 AND orders.status IN ('SENT', 'PARTIALLY_RECEIVED') AND orders.expected_at < clock_timestamp()
    AND EXISTS (SELECT FROM tenants WHERE id = $1 AND 'PURCHASE_ORDER_OVERDUE' = ANY(alerts))
    AND NOT EXISTS (SELECT FROM overdue_alerts AS told
      WHERE told.tenant_id = $1 AND told.document_id = orders.id AND told.expected_at = orders.expected_at)
  ORDER BY orders.id LIMIT $2
  FOR NO KEY UPDATE OF orders SKIP LOCKED
), told AS (
  INSERT INTO overdue_alerts (tenant_id, document_id, expected_at) SELECT $1, id, expected_at FROM due
  ON CONFLICT DO NOTHING RETURNING document_id
)
SELECT due.*, suppliers.code AS supplier_code, suppliers.name AS supplier_name, warehouses.code AS warehouse_code,
  warehouses.name AS warehouse_name, warehouses.outlet_id, outlets.name AS outlet_name, tenants.alert_target, tenants.alert_email
FROM due JOIN told ON told.document_id = due.id
JOIN tenants ON tenants.id = $1
JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = due.supplier_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = due.warehouse_id
LEFT JOIN outlets ON outlets.tenant_id = $1 AND outlets.id = warehouses.outlet_id
ORDER BY due.expected_at, due.id
"""

_TELL_TRANSFERS = """
WITH due AS MATERIALIZED (
  SELECT transfers.id, number, transfers.status, expected_at, from_warehouse_id, to_warehouse_id AS warehouse_id
  FROM transfers
  WHERE tenant_id = $1 AND transfers.status IN ('SHIPPED', 'PARTIALLY_RECEIVED') AND expected_at < clock_timestamp()
    AND EXISTS (SELECT FROM tenants WHERE id = $1 AND 'TRANSFER_OVERDUE' = ANY(alerts))
    AND NOT EXISTS (SELECT FROM overdue_alerts AS told
      WHERE told.tenant_id = $1 AND told.document_id = transfers.id AND told.expected_at = transfers.expected_at)
  ORDER BY transfers.id LIMIT $2
  FOR NO KEY UPDATE OF transfers SKIP LOCKED
), told AS (
  INSERT INTO overdue_alerts (tenant_id, document_id, expected_at) SELECT $1, id, expected_at FROM due
  ON CONFLICT DO NOTHING RETURNING document_id
)
SELECT due.*, source.code AS from_warehouse_code, source.name AS from_warehouse_name, warehouses.code AS warehouse_code,
  warehouses.name AS warehouse_name, warehouses.outlet_id, outlets.name AS outlet_name, tenants.alert_target, tenants.alert_email
FROM due JOIN told ON told.document_id = due.id
JOIN tenants ON tenants.id = $1
JOIN warehouses AS source ON source.tenant_id = $1 AND source.id = due.from_warehouse_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = due.warehouse_id
LEFT JOIN outlets ON outlets.tenant_id = $1 AND outlets.id = warehouses.outlet_id
ORDER BY due.expected_at, due.id
"""


async def tenants_to_tell(tx: Transaction) -> list[tuple[UUID, str]]:
    """The tenants that want to hear of what is late, by id. For the worker, who sees all."""
    return [(row["id"], row["slug"]) for row in await tx.raw.fetch(_TENANTS)]


async def tell_overdue(tx: Transaction, *, limit: int = TOLD_MAX) -> int:
    """Emit ``inventory.purchase_order.overdue`` and ``inventory.transfer.overdue`` for what the transaction's tenant still waits
    for after it was expected, where it wants to hear of it; at most so many of each kind. Answers how many in all.

    What somebody changes at this moment is left for the next time.
    """
    orders = await tx.raw.fetch(_TELL_ORDERS, tx.tenant_id, limit)
    transfers = await tx.raw.fetch(_TELL_TRANSFERS, tx.tenant_id, limit)
    await emit_all(
        tx,
        [*(_order(tx.tenant_id, row) for row in orders), *(_transfer(tx.tenant_id, row) for row in transfers)],
    )
    return len(orders) + len(transfers)


def _order(tenant_id: UUID, row: Record) -> PurchaseOrderOverdue:
    return PurchaseOrderOverdue(
        aggregate_id=row["id"],
        subject=_subject(tenant_id, row),
        supplier_id=row["supplier_id"],
        supplier_code=row["supplier_code"],
        supplier_name=row["supplier_name"],
        total_amount=row["total_amount"],
        currency=row["currency"],
    )


def _transfer(tenant_id: UUID, row: Record) -> TransferOverdue:
    return TransferOverdue(
        aggregate_id=row["id"],
        subject=_subject(tenant_id, row),
        from_warehouse_id=row["from_warehouse_id"],
        from_warehouse_code=row["from_warehouse_code"],
        from_warehouse_name=row["from_warehouse_name"],
    )


def _subject(tenant_id: UUID, row: Record) -> DocumentSubject:
    return DocumentSubject(
        tenant_id=tenant_id,
        number=row["number"],
        status=row["status"],
        expected_at=row["expected_at"],
        warehouse_id=row["warehouse_id"],
        warehouse_code=row["warehouse_code"],
        warehouse_name=row["warehouse_name"],
        outlet_id=row["outlet_id"],
        outlet_name=row["outlet_name"],
        notification=Notification(target=row["alert_target"], email=row["alert_email"]),
    )
