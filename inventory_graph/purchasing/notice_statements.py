"""The set-based SQL of advance shipping notices, as text."""

HEAD = """notice.id, notice.number, notice.supplier_id, notice.warehouse_id, notice.status, notice.carrier, notice.tracking_number,
  notice.delivery_note, notice.note, notice.expected_at, notice.goods_receipt_id, notice.version, notice.created_at, notice.created_by,
  notice.resolved_at, notice.resolved_by, notice.cancellation_reason"""

LINE = """line.id, line.advance_shipping_notice_id, line.position, line.purchase_order_line_id, ordered.purchase_order_id,
  orders.number AS order_number, notice.warehouse_id, ordered.variant_id, variants.item_id, variants.sku,
  coalesce(nullif(variants.name, ''), items.name) AS name, ordered.unit_code, line.quantity, line.announced, line.lot_code, line.expires_on,
  line.serials"""

LINE_SOURCES = """advance_shipping_notice_lines AS line
  JOIN advance_shipping_notices AS notice ON notice.tenant_id = $1 AND notice.id = line.advance_shipping_notice_id
  JOIN purchase_order_lines AS ordered ON ordered.tenant_id = $1 AND ordered.id = line.purchase_order_line_id
  JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = ordered.purchase_order_id
  JOIN variants ON variants.tenant_id = $1 AND variants.id = ordered.variant_id
  JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id"""

WRITE = """
WITH series AS (
  INSERT INTO document_numbers AS series (tenant_id, series, last) VALUES ($1, $2, 1)
  ON CONFLICT (tenant_id, series) DO UPDATE SET last = series.last + 1
  RETURNING last::text AS last
), head AS (
  INSERT INTO advance_shipping_notices (tenant_id, id, number, supplier_id, warehouse_id, status, carrier, tracking_number, delivery_note,
    note, expected_at, version, created_at, created_by)
  SELECT $1, $3, $2 || '-' || lpad(last, greatest(6, length(last)), '0'), $4, $5, 'ANNOUNCED', $6, $7, $8, $9, $10, 1, $11, $12 FROM series
  RETURNING number
), lines AS (
  INSERT INTO advance_shipping_notice_lines (tenant_id, advance_shipping_notice_id, id, position, purchase_order_line_id, quantity,
    announced, lot_code, expires_on, serials)
  SELECT $1, $3, id, position, order_line_id, quantity, announced, lot_code, expires_on,
    coalesce(string_to_array(serials, chr(31)), '{}')
  FROM unnest($13::uuid[], $14::smallint[], $15::uuid[], $16::numeric[], $17::numeric[], $18::text[], $19::date[], $20::text[])
    AS line(id, position, order_line_id, quantity, announced, lot_code, expires_on, serials)
)
SELECT number FROM head
"""
"""A notice with its lines, in one statement; answers its number."""

LINES = f"""
SELECT {LINE} FROM {LINE_SOURCES} WHERE line.tenant_id = $1 AND line.advance_shipping_notice_id = $2 ORDER BY line.position
"""  # noqa: S608 - the text is put together from constants

LOCK = f"""
SELECT {HEAD}, clock_timestamp() AS now FROM advance_shipping_notices AS notice
WHERE notice.tenant_id = $1
  AND notice.id = coalesce($2, (SELECT id FROM advance_shipping_notices WHERE tenant_id = $1 AND number = $3)) FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants

LOCK_OF_RECEIPT = f"""
SELECT {HEAD} FROM advance_shipping_notices AS notice
WHERE notice.tenant_id = $1 AND notice.goods_receipt_id = $2 FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants

STEP = """
UPDATE advance_shipping_notices
SET status = $3, version = $4, goods_receipt_id = $5, resolved_at = $6, resolved_by = $7, cancellation_reason = $8
WHERE tenant_id = $1 AND id = $2
"""
