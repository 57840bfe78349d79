"""The set-based SQL of purchasing, as text: arrays in, one statement for any number of rows."""

HEAD = """orders.id, orders.number, orders.supplier_id, orders.warehouse_id, orders.status, orders.currency, orders.net_amount,
  orders.tax_amount, orders.shipping_amount, orders.payment_terms_days, orders.lead_time_days, orders.expected_at,
  orders.is_inspected, orders.reference, orders.note, orders.submitted_by, orders.approved_by, orders.sent_at, orders.resolved_at,
  orders.version, orders.created_at, orders.created_by"""

LOCK_ORDERS = f"""
SELECT {HEAD}, suppliers.code AS supplier_code, suppliers.name AS supplier_name, suppliers.email AS supplier_email,
  suppliers.phone AS supplier_phone, to_jsonb(payment) AS supplier_payment, warehouses.outlet_id, warehouses.is_active AS is_open, warehouses.timezone,
  tenants.purchase_approvers, tenants.purchase_approval_limit, tenants.over_receipt_percent, tenants.currency AS tenant_currency
FROM purchase_orders AS orders
JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = orders.supplier_id
LEFT JOIN supplier_payments AS payment ON payment.tenant_id = $1 AND payment.supplier_id = orders.supplier_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = orders.warehouse_id
JOIN tenants ON tenants.id = $1
WHERE orders.tenant_id = $1
  AND orders.id = ANY(coalesce($2::uuid[], ARRAY(SELECT id FROM purchase_orders WHERE tenant_id = $1 AND number = $3)))
ORDER BY orders.id
FOR NO KEY UPDATE OF orders
"""  # noqa: S608 - the text is put together from constants
"""Orders by their ids, or one by its number, locked in the order of their ids."""

LINES = """
SELECT line.purchase_order_id, line.id, line.position, line.variant_id, variants.item_id, variants.sku,
  coalesce(nullif(variants.name, ''), items.name) AS name, line.unit_code, line.quantity, line.unit_price, line.tax_percent,
  line.net_amount, line.tax_amount, line.ordered, line.received, line.rejected, clock_timestamp() AS now
FROM purchase_order_lines AS line
JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
WHERE line.tenant_id = $1 AND line.purchase_order_id = ANY($2::uuid[])
ORDER BY line.purchase_order_id, line.position
"""
"""The lines, and the time: asked under the lock of their orders, each of which has one line at least."""

ORDERS_OF_LINES = """
SELECT id, purchase_order_id FROM purchase_order_lines WHERE tenant_id = $1 AND id = ANY($2::uuid[])
"""

INSERT_LINES = """
INSERT INTO purchase_order_lines (tenant_id, purchase_order_id, id, position, variant_id, unit_code, quantity, unit_price, tax_percent,
  net_amount, tax_amount, ordered)
SELECT $1, $2, * FROM unnest($3::uuid[], $4::smallint[], $5::uuid[], $6::text[], $7::numeric[], $8::numeric[], $9::numeric[],
  $10::numeric[], $11::numeric[], $12::numeric[])
"""

DELETE_LINES = "DELETE FROM purchase_order_lines WHERE tenant_id = $1 AND purchase_order_id = $2"

INSERT_STEPS = """
INSERT INTO purchase_order_steps (tenant_id, purchase_order_id, version, kind, at, by, reason, details)
SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::jsonb[])
"""

NOW = "SELECT clock_timestamp()"

WRITE_RECEIPT = """
WITH heads AS (
  UPDATE purchase_orders AS head SET status = changed.status, version = changed.version
  FROM unnest($2::uuid[], $3::text[], $4::bigint[]) AS changed(id, status, version)
  WHERE head.tenant_id = $1 AND head.id = changed.id
), steps AS (
  INSERT INTO purchase_order_steps (tenant_id, purchase_order_id, version, kind, at, by, details)
  SELECT $1, id, version, 'RECEIVED', $6, $7, details FROM unnest($2::uuid[], $4::bigint[], $5::jsonb[]) AS step(id, version, details)
), lines AS (
  UPDATE purchase_order_lines AS line SET received = changed.received, rejected = changed.rejected
  FROM unnest($8::uuid[], $9::numeric[], $10::numeric[]) AS changed(id, received, rejected)
  WHERE line.tenant_id = $1 AND line.id = changed.id
), series AS (
  INSERT INTO document_numbers AS series (tenant_id, series, last) VALUES ($1, $11, 1)
  ON CONFLICT (tenant_id, series) DO UPDATE SET last = series.last + 1
  RETURNING last::text AS last
), receipt AS (
  INSERT INTO goods_receipts (tenant_id, id, number, purchase_order_id, supplier_id, warehouse_id, status, delivery_note, note, currency,
    exchange_rate, net_amount, received_at, recorded_at, recorded_by)
  SELECT $1, $12, $11 || '-' || lpad(last, greatest(6, length(last)), '0'), CASE cardinality($2) WHEN 1 THEN ($2)[1] END, $13, $14,
    'POSTED', $15, $16, $17, $18, $19, $20, $6, $7 FROM series
  RETURNING number
), receipt_lines AS (
  INSERT INTO goods_receipt_lines (tenant_id, goods_receipt_id, id, position, purchase_order_line_id, variant_id, disposition, quantity,
    unit_price, unit_cost, location_id, lot_code, expires_on, serials, reason)
  SELECT $1, $12, id, position, order_line_id, variant_id, disposition, quantity, unit_price, unit_cost, location_id, lot_code, expires_on,
    coalesce(string_to_array(serials, chr(31)), '{}'), reason
  FROM unnest($21::uuid[], $22::smallint[], $23::uuid[], $24::uuid[], $25::text[], $26::numeric[], $27::numeric[], $28::numeric[],
    $29::uuid[], $30::text[], $31::date[], $32::text[], $33::text[])
    AS line(id, position, order_line_id, variant_id, disposition, quantity, unit_price, unit_cost, location_id, lot_code, expires_on,
      serials, reason)
)
SELECT number FROM receipt
"""
"""A receipt with its lines, and what it makes of its orders, in one statement; answers its number. It bears the id of its order where
it has just one."""

RECEIPT = """id, number, purchase_order_id, supplier_id, warehouse_id, status, delivery_note, note, currency, exchange_rate, net_amount,
  received_at, recorded_at, recorded_by, reversed_at, reversed_by, reversal_reason"""

LOCK_RECEIPTS = f"""
SELECT {RECEIPT} FROM goods_receipts WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants
LOCK_RECEIPT = f"SELECT {RECEIPT} FROM goods_receipts WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"  # noqa: S608 - the text is put together from constants

RECEIPT_LINES = """
SELECT line.id, line.goods_receipt_id, line.position, line.purchase_order_line_id, line.variant_id, line.disposition, line.quantity,
  line.unit_price, line.unit_cost, line.location_id, line.lot_code, line.expires_on, line.serials, line.reason, receipt.currency,
  tenants.currency AS cost_currency
FROM goods_receipt_lines AS line
JOIN goods_receipts AS receipt ON receipt.tenant_id = $1 AND receipt.id = line.goods_receipt_id
JOIN tenants ON tenants.id = $1
WHERE line.tenant_id = $1 AND line.goods_receipt_id = $2 ORDER BY line.position
"""

ORDERS_OF_RECEIPTS = """
SELECT DISTINCT line.goods_receipt_id, ordered.purchase_order_id
FROM goods_receipt_lines AS line
JOIN purchase_order_lines AS ordered ON ordered.tenant_id = $1 AND ordered.id = line.purchase_order_line_id
WHERE line.tenant_id = $1 AND line.goods_receipt_id = ANY($2::uuid[])
ORDER BY ordered.purchase_order_id
"""
"""Which orders receipts are of; lines of receipts never change."""

REVERSE_RECEIPT = """
WITH heads AS (
  UPDATE purchase_orders AS head SET status = changed.status, version = changed.version
  FROM unnest($2::uuid[], $3::text[], $4::bigint[]) AS changed(id, status, version)
  WHERE head.tenant_id = $1 AND head.id = changed.id
), steps AS (
  INSERT INTO purchase_order_steps (tenant_id, purchase_order_id, version, kind, at, by, reason, details)
  SELECT $1, id, version, 'RECEIPT_REVERSED', $6, $7, $8, details
  FROM unnest($2::uuid[], $4::bigint[], $5::jsonb[]) AS step(id, version, details)
), lines AS (
  UPDATE purchase_order_lines AS line SET received = changed.received, rejected = changed.rejected
  FROM unnest($9::uuid[], $10::numeric[], $11::numeric[]) AS changed(id, received, rejected)
  WHERE line.tenant_id = $1 AND line.id = changed.id
)
UPDATE goods_receipts SET status = 'REVERSED', reversed_at = $6, reversed_by = $7, reversal_reason = $8
WHERE tenant_id = $1 AND id = $12
"""
"""A receipt that was reversed, and what that makes of its orders, in one statement."""
