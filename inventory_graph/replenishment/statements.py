"""The set-based SQL of replenishment, as text: arrays in, one statement for any number of variants."""

NOW = "SELECT clock_timestamp()"

RULE = """rule.variant_id, rule.warehouse_id, rule.method, balances.reorder_point, rule.maximum, rule.order_quantity, rule.service_level,
  rule.demand_days, rule.review_days, rule.supplier_id, rule.from_warehouse_id, rule.is_active, rule.updated_at, rule.updated_by"""

RULES_OF_PAIRS = f"""
SELECT {RULE}
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(variant_id, warehouse_id)
JOIN replenishment_rules AS rule ON rule.tenant_id = $1 AND rule.variant_id = wanted.variant_id
  AND rule.warehouse_id = wanted.warehouse_id
LEFT JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = rule.variant_id
  AND balances.warehouse_id = rule.warehouse_id
"""  # noqa: S608 - the text is put together from constants

RULES_OF_VARIANTS = f"""
SELECT {RULE}
FROM replenishment_rules AS rule
LEFT JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = rule.variant_id
  AND balances.warehouse_id = rule.warehouse_id
WHERE rule.tenant_id = $1 AND rule.variant_id = ANY($2::uuid[]) AND rule.is_active
"""  # noqa: S608 - the text is put together from constants

RULES_PAGE = f"""
SELECT {RULE}, variants.sku
FROM replenishment_rules AS rule
JOIN variants ON variants.tenant_id = $1 AND variants.id = rule.variant_id
LEFT JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = rule.variant_id
  AND balances.warehouse_id = rule.warehouse_id
WHERE rule.tenant_id = $1 AND ($2::uuid IS NULL OR rule.warehouse_id = $2)
  AND ($3::text IS NULL OR (variants.sku, rule.warehouse_id) > ($3, $4::uuid))
ORDER BY variants.sku, rule.warehouse_id LIMIT $5
"""  # noqa: S608 - the text is put together from constants

RULES_COUNT = """
SELECT count(*) FROM (
  SELECT FROM replenishment_rules WHERE tenant_id = $1 AND ($2::uuid IS NULL OR warehouse_id = $2) LIMIT $3
) AS bounded
"""

WRITE_RULE = """
INSERT INTO replenishment_rules AS rule (tenant_id, variant_id, warehouse_id, method, maximum, order_quantity, service_level,
  demand_days, review_days, supplier_id, from_warehouse_id, is_active, updated_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (tenant_id, variant_id, warehouse_id) DO UPDATE SET method = excluded.method, maximum = excluded.maximum,
  order_quantity = excluded.order_quantity, service_level = excluded.service_level, demand_days = excluded.demand_days,
  review_days = excluded.review_days, supplier_id = excluded.supplier_id, from_warehouse_id = excluded.from_warehouse_id,
  is_active = excluded.is_active, updated_by = excluded.updated_by, updated_at = clock_timestamp()
"""

REMOVE_RULE = """
DELETE FROM replenishment_rules WHERE tenant_id = $1 AND variant_id = $2 AND warehouse_id = $3 RETURNING true
"""

LOCK_LEVELS = """
SELECT reorder_point, safety_stock FROM balances
WHERE tenant_id = $1 AND variant_id = $2 AND warehouse_id = $3 FOR NO KEY UPDATE
"""

# All rules of the variants, whichever warehouse they are of: two warehouses do not take the same stock of a third.
LOCK_RULES = """
SELECT 1 FROM replenishment_rules
WHERE tenant_id = $1 AND variant_id IN (
  SELECT variant_id FROM replenishment_rules WHERE tenant_id = $1 AND warehouse_id = $2 AND is_active)
ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
"""

# Who sells it: whom the rule names, else the preferred supplier, else the first by code; none that is archived.
CANDIDATES = """
SELECT rule.variant_id, variants.sku, seller.id AS supplier_id, coalesce(seller.code, '') AS supplier_code
FROM replenishment_rules AS rule
JOIN variants ON variants.tenant_id = $1 AND variants.id = rule.variant_id AND variants.status <> 'ARCHIVED'
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id AND items.status <> 'ARCHIVED'
LEFT JOIN LATERAL (
  SELECT suppliers.id, suppliers.code
  FROM supplier_items AS offer
  JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = offer.supplier_id AND suppliers.is_active
  WHERE offer.tenant_id = $1 AND offer.variant_id = rule.variant_id
    AND (rule.supplier_id IS NULL OR offer.supplier_id = rule.supplier_id)
  ORDER BY offer.is_preferred DESC, suppliers.code LIMIT 1
) AS seller ON true
WHERE rule.tenant_id = $1 AND rule.warehouse_id = $2 AND rule.is_active
  AND ($3::text IS NULL OR seller.code = $3) AND ($4::uuid[] IS NULL OR rule.variant_id = ANY($4))
  AND ($5::text IS NULL OR (coalesce(seller.code, ''), variants.sku) > ($5, $6::text))
ORDER BY coalesce(seller.code, ''), variants.sku LIMIT $7
"""

# A lot may be used to the end of the day on which it expires, by the calendar of the place where it lies.
BALANCES = """
SELECT balances.variant_id, balances.warehouse_id, warehouses.code AS warehouse_code, balances.on_hand, balances.reserved,
  balances.available, balances.reorder_point, balances.safety_stock, coalesce((
    SELECT sum(quants.quantity) FROM quants
    JOIN lots ON lots.tenant_id = $1 AND lots.id = quants.lot_id
    WHERE quants.tenant_id = $1 AND quants.balance_id = balances.id AND quants.state = 'AVAILABLE'
      AND (lots.status <> 'ACTIVE' OR lots.expires_on < ($3::timestamptz AT TIME ZONE warehouses.timezone)::date)
  ), 0) AS unusable
FROM balances
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id AND warehouses.is_active
  AND warehouses.type <> 'TRANSIT'
WHERE balances.tenant_id = $1 AND balances.variant_id = ANY($2::uuid[])
"""

ORDERS = """
SELECT line.variant_id, orders.warehouse_id,
  coalesce(sum(line.ordered - line.received) FILTER (WHERE orders.status IN ('SENT', 'PARTIALLY_RECEIVED')), 0) AS on_order,
  coalesce(sum(line.ordered - line.received) FILTER (WHERE orders.status IN ('DRAFT', 'SUBMITTED', 'APPROVED')), 0)
    AS in_draft_orders
FROM purchase_order_lines AS line
JOIN purchase_orders AS orders ON orders.tenant_id = $1 AND orders.id = line.purchase_order_id
  AND orders.status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SENT', 'PARTIALLY_RECEIVED')
WHERE line.tenant_id = $1 AND line.variant_id = ANY($2::uuid[]) AND line.received < line.ordered
GROUP BY line.variant_id, orders.warehouse_id
"""

TRANSFERS = """
SELECT line.variant_id, transfers.from_warehouse_id, transfers.to_warehouse_id,
  sum(line.shipped - line.received - line.lost - line.returned) AS in_transit,
  sum(CASE WHEN transfers.is_fully_shipped THEN 0 ELSE line.quantity - line.shipped END) AS to_be_shipped
FROM transfer_lines AS line
JOIN transfers ON transfers.tenant_id = $1 AND transfers.id = line.transfer_id
  AND transfers.status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SHIPPED', 'PARTIALLY_RECEIVED')
WHERE line.tenant_id = $1 AND line.variant_id = ANY($2::uuid[])
GROUP BY line.variant_id, transfers.from_warehouse_id, transfers.to_warehouse_id
"""

# A backorder from anywhere counts at the default warehouse, so that it counts once.
BACKORDERS = """
SELECT backorder.variant_id,
  coalesce(backorder.warehouse_id, (SELECT id FROM warehouses WHERE tenant_id = $1 AND is_default)) AS warehouse_id,
  sum(line.backordered * coalesce((
    SELECT (leaf ->> 1)::numeric / (leaf ->> 2)::numeric FROM jsonb_array_elements(line.needs -> 'leaves') AS leaf
    WHERE (leaf ->> 0)::uuid = backorder.variant_id), 1)) AS backordered
FROM backorders AS backorder
JOIN reservation_lines AS line ON line.tenant_id = $1 AND line.id = backorder.line_id
WHERE backorder.tenant_id = $1 AND backorder.variant_id = ANY($2::uuid[])
GROUP BY 1, 2
"""

DEMAND = """
SELECT wanted.balance_id, sum(demand.quantity) AS total, sum(demand.quantity * demand.quantity) AS squares
FROM unnest($2::uuid[], $3::date[], $4::date[]) AS wanted(balance_id, since, until)
JOIN daily_demand AS demand ON demand.tenant_id = $1 AND demand.balance_id = wanted.balance_id
  AND demand.day >= wanted.since AND demand.day < wanted.until
GROUP BY wanted.balance_id
"""
