"""The set-based SQL of suppliers' invoices, as text."""

HEAD = """id, number, supplier_id, status, issued_on, currency, net_amount, tax_amount, shipping_amount, recorded_at, recorded_by, voided_at,
  voided_by, void_reason"""

INSERT = """
INSERT INTO supplier_invoices (tenant_id, id, number, supplier_id, status, issued_on, currency, net_amount, tax_amount, shipping_amount,
  recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, 'RECORDED', $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id, supplier_id, number) WHERE status = 'RECORDED' DO NOTHING
RETURNING true
"""
"""Null where the supplier has an invoice of this number that stands."""

INSERT_LINES = """
WITH lines AS (
  INSERT INTO supplier_invoice_lines (tenant_id, supplier_invoice_id, id, position, purchase_order_line_id, quantity, unit_price,
    tax_percent, net_amount, tax_amount)
  SELECT $1, $2, * FROM unnest($3::uuid[], $4::smallint[], $5::uuid[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[],
    $10::numeric[])
)
INSERT INTO supplier_invoice_orders (tenant_id, supplier_invoice_id, purchase_order_id, shipping_amount)
SELECT $1, $2, * FROM unnest($11::uuid[], $12::numeric[])
"""

ORDERS = """
SELECT purchase_order_id AS id FROM supplier_invoice_orders WHERE tenant_id = $1 AND supplier_invoice_id = $2 ORDER BY 1
"""

LOCK = f"""
SELECT {HEAD}, clock_timestamp() AS now FROM supplier_invoices WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants

VOID = """
UPDATE supplier_invoices SET status = 'VOIDED', voided_at = $3, voided_by = $4, void_reason = $5 WHERE tenant_id = $1 AND id = $2
"""
