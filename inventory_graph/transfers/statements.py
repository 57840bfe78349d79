"""The set-based SQL of transfers, as text: arrays in, one statement for any number of rows."""

LOCK = """
SELECT id, number, from_warehouse_id, to_warehouse_id, status, is_fully_shipped, expected_at, reference, note, submitted_by,
  approved_by, shipped_at, received_at, resolved_at, version, created_at, created_by
FROM transfers WHERE tenant_id = $1 AND (id = $2 OR number = $3) FOR NO KEY UPDATE
"""

LINES = """
SELECT line.id, line.position, line.variant_id, variants.item_id, variants.sku, coalesce(nullif(variants.name, ''), items.name) AS name,
  items.unit_code, line.quantity, line.lot_code, line.serials, line.shipped, line.received, line.damaged, line.lost, line.returned,
  line.over
FROM transfer_lines AS line
JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
WHERE line.tenant_id = $1 AND line.transfer_id = $2
ORDER BY line.position
"""

PARCELS = """
SELECT id, line_id, position, lot_id, serials, serials_left, quantity, in_transit, unit_cost, from_location_id, shipped_at
FROM transfer_parcels WHERE tenant_id = $1 AND transfer_id = $2 ORDER BY position
"""

INSERT_LINES = """
INSERT INTO transfer_lines (tenant_id, transfer_id, id, position, variant_id, quantity, lot_code, serials)
SELECT $1, $2, id, position, variant_id, quantity, lot_code, coalesce(string_to_array(serials, chr(31)), '{}')
FROM unnest($3::uuid[], $4::smallint[], $5::uuid[], $6::numeric[], $7::text[], $8::text[])
  AS line(id, position, variant_id, quantity, lot_code, serials)
"""

DELETE_LINES = "DELETE FROM transfer_lines WHERE tenant_id = $1 AND transfer_id = $2"

UPDATE_LINES = """
UPDATE transfer_lines AS line SET shipped = changed.shipped, received = changed.received, damaged = changed.damaged,
  lost = changed.lost, returned = changed.returned, over = changed.over
FROM unnest($2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[])
  AS changed(id, shipped, received, damaged, lost, returned, over)
WHERE line.tenant_id = $1 AND line.id = changed.id
"""

INSERT_PARCELS = """
INSERT INTO transfer_parcels (tenant_id, transfer_id, id, line_id, position, variant_id, lot_id, serials, serials_left, quantity,
  in_transit, unit_cost, from_location_id, shipped_at)
SELECT $1, $2, id, line_id, position, variant_id, lot_id, coalesce(string_to_array(serials, chr(31)), '{}'),
  coalesce(string_to_array(serials, chr(31)), '{}'), quantity, quantity, unit_cost, from_location_id, shipped_at
FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::uuid[], $7::uuid[], $8::text[], $9::numeric[], $10::numeric[], $11::uuid[],
  $12::timestamptz[])
  AS parcel(id, line_id, position, variant_id, lot_id, serials, quantity, unit_cost, from_location_id, shipped_at)
"""

UPDATE_PARCELS = """
UPDATE transfer_parcels AS parcel SET in_transit = changed.in_transit,
  serials_left = coalesce(string_to_array(changed.serials, chr(31)), '{}')
FROM unnest($2::uuid[], $3::numeric[], $4::text[]) AS changed(id, in_transit, serials)
WHERE parcel.tenant_id = $1 AND parcel.id = changed.id
"""

INSERT_OUTCOMES = """
INSERT INTO transfer_outcomes (tenant_id, transfer_id, at, by, id, line_id, parcel_id, position, kind, state, quantity, unit_cost,
  lot_id, serials, location_id, reason, note)
SELECT $1, $2, $3, $4, id, line_id, parcel_id, position, kind, state, quantity, unit_cost, lot_id,
  coalesce(string_to_array(serials, chr(31)), '{}'), location_id, reason, note
FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::int[], $9::text[], $10::text[], $11::numeric[], $12::numeric[], $13::uuid[],
  $14::text[], $15::uuid[], $16::text[], $17::text[])
  AS outcome(id, line_id, parcel_id, position, kind, state, quantity, unit_cost, lot_id, serials, location_id, reason, note)
"""

INSERT_STEPS = """
INSERT INTO transfer_steps (tenant_id, transfer_id, version, kind, at, by, reason, details)
SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::jsonb[])
"""

NOW = "SELECT clock_timestamp()"
