"""The set-based SQL of the stock book, as text: arrays in, one statement for any number of rows."""

from inventory_graph.arrays import spreading

LOCK = """
WITH gate AS MATERIALIZED (
  -- Closing a period waits for everybody who went through here before it (periods.py); nobody waits for another here.
  SELECT pg_advisory_xact_lock_shared(hashtextextended('postings ' || $1::uuid::text, 0))
), locked AS MATERIALIZED (
  SELECT id, on_hand, reserved, quarantined, damaged, average_cost, version, updated_at, reorder_point, safety_stock,
    holds_expire_at, costing_method, layers_value
  FROM balances WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND (SELECT count(*) FROM gate) = 1
    AND cardinality($2::uuid[])
      = (SELECT count(*) FROM balances AS known WHERE known.tenant_id = $1 AND known.id = ANY($2::uuid[]))
  ORDER BY id FOR UPDATE
), facts AS MATERIALIZED (
  SELECT wanted.id, variants.id AS variant_id, variants.sku AS variant_sku, items.id AS item_id, items.sku AS item_sku,
    items.name AS item_name, items.unit_code, items.tracking, items.removal_strategy, warehouses.id AS warehouse_id,
    warehouses.outlet_id, warehouses.timezone,
    coalesce(items.allow_negative, warehouses.allow_negative, tenants.allow_negative) AS allow_negative,
    items.type NOT IN ('SERVICE', 'VOUCHER', 'RECIPE', 'KIT') AS holds_stock,
    items.status <> 'ARCHIVED' AND variants.status <> 'ARCHIVED' AND warehouses.is_active AS is_active,
    tenants.alerts,
    coalesce((
      SELECT categories.costing_method_in_force FROM categories
      WHERE categories.tenant_id = $1 AND categories.id = items.category_id), tenants.costing_method) AS costing_method_in_force
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS wanted(id, variant_id, warehouse_id)
  JOIN variants ON variants.tenant_id = $1 AND variants.id = wanted.variant_id
  JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
  JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = wanted.warehouse_id
  JOIN tenants ON tenants.id = $1
  -- The balances are locked before all this is read.
  WHERE (SELECT count(*) FROM locked) >= 0
  -- Against archiving: who archives locks these rows against key shares, looks for stock, and waits for us or we for it.
  FOR KEY SHARE OF variants, warehouses
), closed AS MATERIALIZED (
  SELECT starts_at, ends_at FROM periods WHERE tenant_id = $1 AND status = 'CLOSED' ORDER BY ends_at DESC LIMIT 1
)
SELECT facts.*, locked.id IS NOT NULL AS is_locked, on_hand, reserved, quarantined, damaged, average_cost, version,
  locked.updated_at, reorder_point, safety_stock, holds_expire_at, costing_method, layers_value,
  (SELECT starts_at FROM closed) AS closed_from, (SELECT ends_at FROM closed) AS closed_until,
  -- Evaluated after the locks above are held; now() would be the start of the transaction.
  clock_timestamp() AS locked_at
-- Every locked balance has its facts, and still a full join, for it is never done row by row: the planner takes both sides
-- for a row or ten, and a thousand balances would be a million comparisons.
FROM facts FULL JOIN locked ON locked.id = facts.id
"""
"""Locks the balances in the order of their ids, and reads what the book must know to decide. Locks none while one of them
does not exist: who held some and waited for another to be created would wait out of order."""

LOCK_FREE = LOCK.replace(
    """    AND cardinality($2::uuid[])
      = (SELECT count(*) FROM balances AS known WHERE known.tenant_id = $1 AND known.id = ANY($2::uuid[]))
  ORDER BY id FOR UPDATE
""",
    "  ORDER BY id FOR UPDATE SKIP LOCKED\n",
)
"""Locks those that exist and that nobody else has locked: for who holds balances already, and may not wait."""

CREATE_BALANCES = """
INSERT INTO balances (tenant_id, id, variant_id, warehouse_id)
SELECT $1, id, variant_id, warehouse_id
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS wanted(id, variant_id, warehouse_id)
ORDER BY id
ON CONFLICT DO NOTHING
"""

LOCATIONS = """
SELECT id, path FROM locations WHERE tenant_id = $1 AND id = ANY($2::uuid[])
"""

QUANTS = """
SELECT quant.*, locations.path FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT balance_id, location_id, lot_id, state, quantity, received_at FROM quants
  WHERE tenant_id = $1 AND balance_id = wanted.id
  ORDER BY location_id, lot_id, state
) AS quant
LEFT JOIN locations ON locations.tenant_id = $1 AND locations.id = quant.location_id
"""

LOTS = """
SELECT id, item_id, code, status, manufactured_on, best_before, expires_on, received_at
FROM lots WHERE tenant_id = $1 AND id = ANY($2::uuid[])
ORDER BY id FOR SHARE
"""

SERIALS = """
WITH wanted AS (
  SELECT id FROM unnest($2::uuid[]) AS named(id)
  UNION
  SELECT candidate.id
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::int[])
    AS take(variant_id, warehouse_id, state, location_id, lot_id, leaving_out, pieces)
  CROSS JOIN LATERAL (
    SELECT serials.id FROM serials
    WHERE serials.tenant_id = $1 AND serials.variant_id = take.variant_id AND serials.warehouse_id = take.warehouse_id
      AND serials.state = take.state AND (take.location_id IS NULL OR serials.location_id = take.location_id)
      AND (take.lot_id IS NULL OR serials.lot_id = take.lot_id)
      AND (take.leaving_out IS NULL OR serials.location_id IS DISTINCT FROM take.leaving_out)
    -- The order of the book, whatever the database's collation is.
    ORDER BY serials.received_at, serials.serial COLLATE "C" LIMIT take.pieces
  ) AS candidate
)
SELECT id, item_id, variant_id, serial, status, warehouse_id, location_id, lot_id, state, received_at, updated_at
FROM serials WHERE tenant_id = $1 AND id IN (SELECT id FROM wanted)
ORDER BY id FOR UPDATE
"""
"""The named serials, and for each place that gives pieces unnamed as many of the oldest as it may have to give."""

POSTINGS = """
SELECT document_type, document_id, line, kind FROM postings
JOIN unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS wanted(document_type, document_id, line, kind)
  USING (document_type, document_id, line, kind)
WHERE tenant_id = $1
"""

INSERT_POSTINGS = """
INSERT INTO postings (tenant_id, document_type, document_id, line, kind, command_id)
SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[])
ON CONFLICT DO NOTHING
RETURNING line
"""
"""Writes no line that another transaction has posted meanwhile, for another balance."""

UPSERT_LOTS = """
INSERT INTO lots (tenant_id, id, item_id, code, manufactured_on, best_before, expires_on, received_at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::date[], $8::timestamptz[])
ON CONFLICT (tenant_id, id) DO UPDATE SET
  manufactured_on = excluded.manufactured_on, best_before = excluded.best_before, expires_on = excluded.expires_on
WHERE coalesce(lots.manufactured_on, excluded.manufactured_on) IS NOT DISTINCT FROM excluded.manufactured_on
  AND coalesce(lots.best_before, excluded.best_before) IS NOT DISTINCT FROM excluded.best_before
  AND coalesce(lots.expires_on, excluded.expires_on) IS NOT DISTINCT FROM excluded.expires_on
RETURNING id
"""
"""Writes only where no date that is recorded changes: a lot made by another transaction meanwhile may differ."""

UPSERT_SERIALS = """
INSERT INTO serials (
  tenant_id, id, item_id, variant_id, serial, status, warehouse_id, location_id, lot_id, state, received_at, updated_at)
SELECT $1, * FROM unnest(
  $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[],
  $11::timestamptz[], $12::timestamptz[])
ON CONFLICT (tenant_id, id) DO UPDATE SET
  variant_id = excluded.variant_id, status = excluded.status, warehouse_id = excluded.warehouse_id,
  location_id = excluded.location_id, lot_id = excluded.lot_id, state = excluded.state,
  received_at = excluded.received_at, updated_at = excluded.updated_at
-- A piece that was unknown when it was read must not be one that another transaction received meanwhile.
WHERE serials.id = ANY($13::uuid[])
RETURNING id
"""

INSERT_MOVEMENT_SERIALS = """
INSERT INTO movement_serials (tenant_id, serial_id, recorded_at, movement_id)
SELECT $1, * FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[])
"""

_HOLD = """id, owner_id, line_id, balance_id, variant_id, warehouse_id, location_id, lot_id, serials, quantity, committed, released,
  received_at, expires_at"""

HOLDS_OF_OWNERS = f"""
SELECT hold.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_HOLD} FROM holds WHERE tenant_id = $1 AND owner_id = wanted.id AND quantity > 0 ORDER BY id
) AS hold
"""  # noqa: S608 - the text is put together from constants
"""What the owners still hold, in the order in which it was taken."""

OVERDUE_HOLDS = f"""
SELECT {_HOLD} FROM holds
WHERE tenant_id = $1 AND balance_id = ANY($2::uuid[]) AND quantity > 0 AND expires_at <= $3
ORDER BY expires_at, id LIMIT $4
"""  # noqa: S608 - the text is put together from constants

NEXT_EXPIRIES = """
SELECT balance_id, min(expires_at) AS expires_at FROM holds
WHERE tenant_id = $1 AND balance_id = ANY($2::uuid[]) AND quantity > 0 AND expires_at > $3 GROUP BY balance_id
"""

_INSERT_HOLDS = """
INSERT INTO holds (
  tenant_id, id, owner_id, line_id, balance_id, variant_id, warehouse_id, location_id, lot_id, serials, quantity, committed,
  released, received_at, expires_at)
SELECT $1, id, owner_id, line_id, balance_id, variant_id, warehouse_id, location_id, lot_id,
  coalesce(string_to_array(serials, chr(31)), '{}'), quantity, committed, released, received_at, expires_at
FROM unnest(
  $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[],
  $11::numeric[], $12::numeric[], $13::numeric[], $14::timestamptz[], $15::timestamptz[]
) AS h(
  id, owner_id, line_id, balance_id, variant_id, warehouse_id, location_id, lot_id, serials, quantity, committed, released,
  received_at, expires_at)
"""
INSERT_HOLDS = spreading(_INSERT_HOLDS, range(2, 16), whole=2)
"""Holds that are all new: what cannot be there need not be looked for."""

UPSERT_HOLDS = f"""{INSERT_HOLDS}ON CONFLICT (tenant_id, id) DO UPDATE SET
  quantity = excluded.quantity, committed = excluded.committed, released = excluded.released,
  serials = excluded.serials, expires_at = excluded.expires_at
"""

_WRITE = """
WITH written AS (
  UPDATE balances SET
    on_hand = new.on_hand, reserved = new.reserved, quarantined = new.quarantined, damaged = new.damaged,
    average_cost = new.average_cost, negative_allowed = new.negative_allowed, version = new.version,
    updated_at = new.updated_at, holds_expire_at = new.holds_expire_at
  FROM unnest(
    $2::uuid[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::bool[],
    $10::bigint[], $11::timestamptz[], $51::timestamptz[]
  ) AS new(
    id, version_before, on_hand, reserved, quarantined, damaged, average_cost, negative_allowed, version, updated_at,
    holds_expire_at)
  WHERE balances.tenant_id = $1 AND balances.id = new.id AND balances.version = new.version_before
  RETURNING balances.id
), kept_quants AS (
  INSERT INTO quants (tenant_id, id, balance_id, location_id, lot_id, state, quantity, received_at)
  SELECT $1, gen_random_uuid(), * FROM unnest(
    $12::uuid[], $13::uuid[], $14::uuid[], $15::text[], $16::numeric[], $17::timestamptz[])
  ON CONFLICT (tenant_id, balance_id, location_id, lot_id, state)
  DO UPDATE SET quantity = excluded.quantity, received_at = excluded.received_at
), emptied_quants AS (
  DELETE FROM quants USING unnest($18::uuid[], $19::uuid[], $20::uuid[], $21::text[])
    AS empty(balance_id, location_id, lot_id, state)
  WHERE quants.tenant_id = $1 AND quants.balance_id = empty.balance_id AND quants.state = empty.state
    AND quants.location_id IS NOT DISTINCT FROM empty.location_id AND quants.lot_id IS NOT DISTINCT FROM empty.lot_id
), ledger AS (
  INSERT INTO movements (
    tenant_id, recorded_at, id, balance_id, balance_version, ordinal, variant_id, warehouse_id, kind, quantity,
    from_state, to_state, from_location_id, to_location_id, lot_id, serials, unit_cost, value_change,
    on_hand_after, reserved_after, quarantined_after, damaged_after, reason, note, reference_type, reference_id, reference,
    command_id, occurred_at, recorded_by)
  SELECT $1, recorded_at, id, balance_id, balance_version, ordinal, variant_id, warehouse_id, kind, quantity,
    from_state, to_state, from_location_id, to_location_id, lot_id,
    coalesce(string_to_array(serials, chr(31)), '{}'), unit_cost, value_change,
    on_hand_after, reserved_after, quarantined_after, damaged_after, reason, note, reference_type, reference_id, reference,
    command_id, occurred_at, recorded_by
  FROM unnest(
    $22::timestamptz[], $23::uuid[], $24::uuid[], $25::bigint[], $26::smallint[], $27::uuid[], $28::uuid[], $29::text[],
    $30::numeric[], $31::text[], $32::text[], $33::uuid[], $34::uuid[], $35::uuid[], $36::text[], $37::numeric[],
    $38::numeric[], $39::numeric[], $40::numeric[], $41::numeric[], $42::numeric[], $43::text[], $44::text[], $45::text[],
    $46::uuid[], $47::text[], $48::uuid[], $49::timestamptz[], $50::text[]
  ) AS m(
    recorded_at, id, balance_id, balance_version, ordinal, variant_id, warehouse_id, kind, quantity, from_state, to_state,
    from_location_id, to_location_id, lot_id, serials, unit_cost, value_change, on_hand_after, reserved_after,
    quarantined_after, damaged_after, reason, note, reference_type, reference_id, reference, command_id, occurred_at,
    recorded_by)
)
SELECT count(*) FROM written
"""
# The ids of the balances, those that the quants are of, and the ids of the movements are each sent whole.
WRITE = spreading(
    spreading(spreading(_WRITE, [*range(2, 12), 51], whole=2), range(12, 18), whole=12), range(22, 51), whole=23
)
"""Balances, quants and ledger of any number of commands in one round trip; answers how many balances were written."""

SERIAL_SEPARATOR = "\x1f"
