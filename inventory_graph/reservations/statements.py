"""The set-based SQL of reservations and consumption, as text: arrays in, one statement for any number of rows."""

from inventory_graph.arrays import spreading

RESERVATION = """id, owner, type, status, order_id, reference, warehouse_id, outlet_id, priority, fills_partially,
  minimum_shelf_life_days, expires_at, pickup_at, pickup_until, ready_at, collected_at, no_show_at, resolved_at, version,
  created_at, created_by"""

LOCK_RESERVATIONS = f"""
SELECT {RESERVATION} FROM reservations
WHERE tenant_id = $1 AND id IN (
  SELECT wanted.id FROM unnest($2::uuid[]) AS wanted(id)
  UNION
  SELECT live.id FROM unnest($3::text[]) AS wanted(owner)
  JOIN reservations AS live ON live.tenant_id = $1 AND live.owner = wanted.owner
    AND live.status IN ('HELD', 'PARTIALLY_COMMITTED'))
ORDER BY id FOR UPDATE
"""  # noqa: S608 - the text is put together from constants

LINES = """
SELECT line.id, line.reservation_id, line.position, line.line_reference, line.variant_id, variants.sku, line.requested,
  line.reserved, line.committed, line.released, line.backordered, line.step, line.needs, line.lot_code
FROM reservation_lines AS line
JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
WHERE line.tenant_id = $1 AND line.reservation_id = ANY($2::uuid[])
ORDER BY line.reservation_id, line.position
"""

HELD_BALANCES = """
SELECT DISTINCT variant_id, warehouse_id FROM holds WHERE tenant_id = $1 AND owner_id = ANY($2::uuid[]) AND quantity > 0
"""

LOCK_CONSUMPTIONS = """
SELECT id, scope, source, reservation_id, line_reference, variant_id, quantity, shortfall, claimed, reversed, step, reason,
  occurred_at, recorded_at, recorded_by
FROM consumptions WHERE tenant_id = $1 AND scope = ANY($2::text[])
ORDER BY id FOR UPDATE
"""

COMPONENTS = """
SELECT consumption_id, ordinal, variant_id, warehouse_id, location_id, lot_id, serials, quantity, reversed, unit_cost
FROM consumption_components WHERE tenant_id = $1 AND consumption_id = ANY($2::uuid[])
ORDER BY consumption_id, ordinal
"""

_IF_KNOWN = """  ON CONFLICT (tenant_id, id) DO UPDATE SET
    owner = excluded.owner, type = excluded.type, status = excluded.status, order_id = excluded.order_id,
    warehouse_id = excluded.warehouse_id, outlet_id = excluded.outlet_id, priority = excluded.priority,
    fills_partially = excluded.fills_partially, minimum_shelf_life_days = excluded.minimum_shelf_life_days,
    expires_at = excluded.expires_at, pickup_at = excluded.pickup_at, pickup_until = excluded.pickup_until,
    ready_at = excluded.ready_at, collected_at = excluded.collected_at, no_show_at = excluded.no_show_at,
    resolved_at = excluded.resolved_at, version = excluded.version"""
_IF_LINE_KNOWN = """  ON CONFLICT (tenant_id, id) DO UPDATE SET
    variant_id = excluded.variant_id, requested = excluded.requested, reserved = excluded.reserved,
    committed = excluded.committed, released = excluded.released, backordered = excluded.backordered, step = excluded.step,
    needs = excluded.needs, lot_code = excluded.lot_code"""


def _writing(if_known: str = "", if_line_known: str = "") -> str:
    sql = f"""
WITH heads AS (
  INSERT INTO reservations (tenant_id, {RESERVATION})
  SELECT $1, * FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::uuid[], $10::int[], $11::bool[],
    $12::int[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
    $18::timestamptz[], $19::timestamptz[], $20::bigint[], $21::timestamptz[], $22::text[])
{if_known}
), lines AS (
  INSERT INTO reservation_lines (tenant_id, id, reservation_id, position, line_reference, variant_id, requested, reserved,
    committed, released, backordered, step, needs, lot_code)
  SELECT $1, * FROM unnest(
    $23::uuid[], $24::uuid[], $25::smallint[], $26::text[], $27::uuid[], $28::numeric[], $29::numeric[], $30::numeric[],
    $31::numeric[], $32::numeric[], $33::numeric[], $34::jsonb[], $35::text[])
{if_line_known}
)
INSERT INTO reservation_steps (tenant_id, reservation_id, version, kind, at, by, reason, details)
SELECT $1, * FROM unnest(
  $36::uuid[], $37::bigint[], $38::text[], $39::timestamptz[], $40::text[], $41::text[], $42::jsonb[])
"""  # noqa: S608 - the text is put together from constants
    # The ids of the reservations, of the lines, and of the reservations that took the steps are each sent whole.
    for whole, last in ((2, 22), (23, 35), (36, 42)):
        sql = spreading(sql, range(whole, last + 1), whole=whole)
    return sql


INSERT_RESERVATIONS = _writing()
"""Reservations that are all new, with their lines and steps: what cannot be there need not be looked for."""

WRITE_RESERVATIONS = _writing(_IF_KNOWN, _IF_LINE_KNOWN)
"""Reservations with their lines and the steps they took, new or not."""

DELETE_BACKORDERS = "DELETE FROM backorders WHERE tenant_id = $1 AND reservation_id = ANY($2::uuid[])"

INSERT_BACKORDERS = """
INSERT INTO backorders (tenant_id, variant_id, line_id, reservation_id, warehouse_id, priority, created_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::timestamptz[])
"""

WRITE_CONSUMPTIONS = """
WITH heads AS (
  INSERT INTO consumptions (tenant_id, id, scope, source, reservation_id, line_reference, variant_id, quantity, shortfall,
    claimed, reversed, step, reason, occurred_at, recorded_at, recorded_by)
  SELECT $1, * FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::numeric[], $9::numeric[], $10::numeric[],
    $11::numeric[], $12::numeric[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::text[])
  ON CONFLICT (tenant_id, id) DO UPDATE SET claimed = excluded.claimed, reversed = excluded.reversed
)
INSERT INTO consumption_components (tenant_id, consumption_id, ordinal, variant_id, warehouse_id, location_id, lot_id, serials,
  quantity, reversed, unit_cost)
SELECT $1, consumption_id, ordinal, variant_id, warehouse_id, location_id, lot_id,
  coalesce(string_to_array(serials, chr(31)), '{}'), quantity, reversed, unit_cost
FROM unnest(
  $17::uuid[], $18::smallint[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23::text[], $24::numeric[],
  $25::numeric[], $26::numeric[]
) AS c(consumption_id, ordinal, variant_id, warehouse_id, location_id, lot_id, serials, quantity, reversed, unit_cost)
ON CONFLICT (tenant_id, consumption_id, ordinal) DO UPDATE SET reversed = excluded.reversed
"""

EXISTING_BALANCES = """
SELECT balances.variant_id, balances.warehouse_id
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(variant_id, warehouse_id)
JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = wanted.variant_id
  AND balances.warehouse_id = wanted.warehouse_id
"""

LOCK_RESERVATIONS_FREE = f"""
SELECT {RESERVATION} FROM reservations WHERE tenant_id = $1 AND id = ANY($2::uuid[])
ORDER BY id FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - the text is put together from constants
"""Those that nobody else is working on: who holds balances already may not wait for a reservation."""

WAITING = """
SELECT reservation_id, min(backorders.warehouse_id::text)::uuid AS warehouse_id FROM backorders
JOIN unnest($2::uuid[], $3::uuid[]) AS raised(variant_id, warehouse_id) ON raised.variant_id = backorders.variant_id
  AND (backorders.warehouse_id IS NULL OR backorders.warehouse_id = raised.warehouse_id)
WHERE tenant_id = $1
GROUP BY reservation_id ORDER BY max(priority) DESC, min(backorders.created_at), reservation_id LIMIT $4
"""

STOCK_FOR_BACKORDERS = """
SELECT DISTINCT balances.variant_id, balances.warehouse_id FROM backorders
JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = backorders.variant_id AND balances.available > 0
  AND (backorders.warehouse_id IS NULL OR balances.warehouse_id = backorders.warehouse_id)
WHERE backorders.tenant_id = $1 LIMIT $2
"""

TENANTS_WITH_DUE = """
SELECT tenants.id, tenants.slug FROM tenants
WHERE id IN (
  SELECT tenant_id FROM reservations
  WHERE status IN ('HELD', 'PARTIALLY_COMMITTED') AND expires_at <= clock_timestamp()
  UNION SELECT tenant_id FROM backorders)
ORDER BY random() LIMIT $1
"""

DUE = """
SELECT id FROM reservations
WHERE tenant_id = $1 AND status IN ('HELD', 'PARTIALLY_COMMITTED') AND expires_at <= clock_timestamp()
ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
