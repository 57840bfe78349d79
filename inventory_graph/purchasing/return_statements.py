"""The set-based SQL of returns to suppliers, as text."""

HEAD = """id, number, supplier_id, warehouse_id, goods_receipt_id, status, reason, reference, currency, net_amount, shipped_at, shipped_by,
  credit_note, credit_amount, resolved_at, resolved_by, cancellation_reason"""

LINE = """line.id, line.supplier_return_id, line.position, line.goods_receipt_line_id, line.variant_id, variants.item_id, variants.sku,
  coalesce(nullif(variants.name, ''), items.name) AS name, line.quantity, line.state, line.unit_cost, line.net_amount, line.location_id,
  line.lot_id, lots.code AS lot_code, line.serials, head.currency, tenants.currency AS cost_currency"""

LINE_SOURCES = """supplier_return_lines AS line
  JOIN supplier_returns AS head ON head.tenant_id = $1 AND head.id = line.supplier_return_id
  JOIN tenants ON tenants.id = $1
  JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
  JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
  LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = line.lot_id"""

# A receipt is locked as who reverses it does; its lines never change.
LOCK_RECEIPTS = """
SELECT id, number, supplier_id, warehouse_id, status, currency FROM goods_receipts
WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

RECEIPTS_OF_LINES = """
SELECT DISTINCT goods_receipt_id FROM goods_receipt_lines WHERE tenant_id = $1 AND id = ANY($2::uuid[])
"""

RECEIPT_LINES = """
SELECT line.id, line.goods_receipt_id, line.variant_id, line.disposition, line.quantity, line.unit_price, line.unit_cost, line.lot_code,
  line.serials, ordered.quantity AS ordered_quantity, ordered.ordered, coalesce(gone.quantity, 0) AS returned
FROM goods_receipt_lines AS line
LEFT JOIN purchase_order_lines AS ordered ON ordered.tenant_id = $1 AND ordered.id = line.purchase_order_line_id
LEFT JOIN (
  SELECT back.goods_receipt_line_id, sum(back.quantity) AS quantity FROM supplier_return_lines AS back
  JOIN supplier_returns AS head ON head.tenant_id = $1 AND head.id = back.supplier_return_id AND head.status <> 'CANCELLED'
  WHERE back.tenant_id = $1 AND back.goods_receipt_line_id = ANY($2::uuid[]) GROUP BY back.goods_receipt_line_id
) AS gone ON gone.goods_receipt_line_id = line.id
WHERE line.tenant_id = $1 AND line.id = ANY($2::uuid[])
"""
"""Lines of receipts with how much of each has gone back: asked under the lock of their receipts."""

WRITE = """
WITH series AS (
  INSERT INTO document_numbers AS series (tenant_id, series, last) VALUES ($1, $2, 1)
  ON CONFLICT (tenant_id, series) DO UPDATE SET last = series.last + 1
  RETURNING last::text AS last
), head AS (
  INSERT INTO supplier_returns (tenant_id, id, number, supplier_id, warehouse_id, goods_receipt_id, status, reason, reference, currency,
    net_amount, shipped_at, shipped_by)
  SELECT $1, $3, $2 || '-' || lpad(last, greatest(6, length(last)), '0'), $4, $5, $6, 'SHIPPED', $7, $8, $9, $10, $11, $12 FROM series
  RETURNING number
), lines AS (
  INSERT INTO supplier_return_lines (tenant_id, supplier_return_id, id, position, goods_receipt_line_id, variant_id, quantity, state,
    unit_cost, net_amount, location_id, lot_id, serials)
  SELECT $1, $3, id, position, receipt_line_id, variant_id, quantity, state, unit_cost, net_amount, location_id, lot_id,
    coalesce(string_to_array(serials, chr(31)), '{}')
  FROM unnest($13::uuid[], $14::smallint[], $15::uuid[], $16::uuid[], $17::numeric[], $18::text[], $19::numeric[], $20::numeric[],
    $21::uuid[], $22::uuid[], $23::text[])
    AS line(id, position, receipt_line_id, variant_id, quantity, state, unit_cost, net_amount, location_id, lot_id, serials)
)
SELECT number FROM head
"""
"""A return with its lines, in one statement; answers its number."""

LINES = f"""
SELECT {LINE} FROM {LINE_SOURCES} WHERE line.tenant_id = $1 AND line.supplier_return_id = $2 ORDER BY line.position
"""  # noqa: S608 - the text is put together from constants

LOCK = f"""
SELECT {HEAD}, clock_timestamp() AS now FROM supplier_returns
WHERE tenant_id = $1
  AND id = coalesce($2, (SELECT id FROM supplier_returns WHERE tenant_id = $1 AND number = $3)) FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants

RESOLVE = """
UPDATE supplier_returns SET status = $3, credit_note = $4, credit_amount = $5, resolved_at = $6, resolved_by = $7, cancellation_reason = $8
WHERE tenant_id = $1 AND id = $2
"""

RETURNED_OF_RECEIPT = """
SELECT head.number FROM supplier_return_lines AS line
JOIN supplier_returns AS head ON head.tenant_id = $1 AND head.id = line.supplier_return_id AND head.status <> 'CANCELLED'
JOIN goods_receipt_lines AS received ON received.tenant_id = $1 AND received.id = line.goods_receipt_line_id
WHERE line.tenant_id = $1 AND received.goods_receipt_id = $2 ORDER BY head.number LIMIT 1
"""
"""The first return that stands of something that a receipt brought."""
