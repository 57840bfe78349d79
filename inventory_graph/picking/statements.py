"""The set-based SQL of picking, as text: arrays in, one statement for any number of rows."""

HEAD = """id, number, warehouse_id, zone, status, picker_id, scheduled_at, released_at, completed_at, packed_at, resolved_at, version,
  created_at, created_by"""

LOCK = f"""
SELECT {HEAD} FROM pick_waves WHERE tenant_id = $1 AND (id = $2 OR number = $3) FOR NO KEY UPDATE
"""  # noqa: S608 - the text is put together from constants

LOCK_RESERVATIONS = """
SELECT id FROM reservations WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE
"""
LOCK_TRANSFERS = """
SELECT id FROM transfers WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

REMAINING = """CASE
    WHEN task.source = 'RESERVATION' AND reservations.expires_at <= clock_timestamp() THEN 0
    WHEN task.source = 'RESERVATION' THEN coalesce(hold.quantity, 0)
    WHEN NOT transfers.is_fully_shipped AND transfers.status IN ('APPROVED', 'SHIPPED', 'PARTIALLY_RECEIVED')
      THEN transfer_line.quantity - transfer_line.shipped
    ELSE 0 END"""
"""What the source of a task still wants of it: nothing once it is gone."""

SOURCES = """
LEFT JOIN holds AS hold ON hold.tenant_id = $1 AND hold.id = task.source_id AND task.source = 'RESERVATION'
LEFT JOIN reservations ON reservations.tenant_id = $1 AND reservations.id = task.document_id AND task.source = 'RESERVATION'
LEFT JOIN transfer_lines AS transfer_line
  ON transfer_line.tenant_id = $1 AND transfer_line.id = task.source_id AND task.source = 'TRANSFER'
LEFT JOIN transfers ON transfers.tenant_id = $1 AND transfers.id = task.document_id AND task.source = 'TRANSFER'
"""

TASKS = f"""
SELECT task.id, task.position, task.halt, task.source, task.document_id, task.line_id, task.source_id, task.part, task.variant_id,
  variants.sku, items.tracking, task.location_id, coalesce(locations.path, '') AS location_path, task.lot_id,
  lots.code AS lot_code, task.serials, task.quantity, task.picked, task.short, task.short_reason, task.picked_serials,
  task.status, task.is_open, task.picked_by, task.picked_at, task.packed_at, {REMAINING} AS remaining,
  CASE WHEN reservations.status IN ('HELD', 'PARTIALLY_COMMITTED') AND reservations.expires_at <= clock_timestamp()
    THEN 'EXPIRED' ELSE coalesce(reservations.status, transfers.status, 'gone') END AS source_status
FROM pick_tasks AS task
JOIN variants ON variants.tenant_id = $1 AND variants.id = task.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
LEFT JOIN locations ON locations.tenant_id = $1 AND locations.id = task.location_id
LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = task.lot_id
{SOURCES}
WHERE task.tenant_id = $1 AND task.wave_id = $2
ORDER BY task.position
"""  # noqa: S608 - the text is put together from constants

SOURCES_OF_TASKS = """
SELECT id, source, document_id FROM pick_tasks WHERE tenant_id = $1 AND wave_id = $2 AND is_open
  AND ($3::uuid[] IS NULL OR id = ANY($3))
"""

HOLDS = """
SELECT hold.id, hold.owner_id AS document_id, hold.line_id, hold.variant_id, variants.sku, items.tracking, hold.location_id,
  coalesce(locations.path, '') AS location_path, hold.lot_id, lots.code AS lot_code,
  hold.serials[(hold.committed + hold.released)::int + 1:] AS serials, hold.quantity,
  coalesce(reservations.pickup_at, reservations.expires_at) AS due_at, reservations.created_at
FROM reservations
JOIN holds AS hold ON hold.tenant_id = $1 AND hold.owner_id = reservations.id AND hold.warehouse_id = $2 AND hold.quantity > 0
JOIN variants ON variants.tenant_id = $1 AND variants.id = hold.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
LEFT JOIN locations ON locations.tenant_id = $1 AND locations.id = hold.location_id
LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = hold.lot_id
WHERE reservations.tenant_id = $1 AND reservations.status IN ('HELD', 'PARTIALLY_COMMITTED')
  AND (reservations.expires_at IS NULL OR reservations.expires_at > clock_timestamp())
  AND ($3::text IS NULL OR split_part(locations.path, '/', 1) = $3)
  AND (reservations.id = ANY($4::uuid[]) OR reservations.order_id = ANY($5::uuid[]) OR $6 AND reservations.type <> 'POS')
  AND NOT EXISTS (
    SELECT FROM pick_tasks AS task WHERE task.tenant_id = $1 AND task.source_id = hold.id AND task.is_open)
ORDER BY due_at NULLS LAST, reservations.created_at, reservations.id, hold.id
LIMIT $7
"""
"""What is held in a warehouse and in no open wave, in the order in which it is due. A till hands over what it holds by itself."""

LEAVING = """
SELECT line.id, transfers.id AS document_id, line.position, line.variant_id, variants.sku, items.tracking, line.lot_code,
  line.quantity - line.shipped AS quantity, array(SELECT piece FROM unnest(line.serials) AS piece WHERE NOT EXISTS (
    SELECT FROM transfer_parcels AS parcel WHERE parcel.tenant_id = $1 AND parcel.line_id = line.id AND piece = ANY(parcel.serials))
  ) AS serials, transfers.expected_at AS due_at, transfers.created_at
FROM transfers
JOIN transfer_lines AS line ON line.tenant_id = $1 AND line.transfer_id = transfers.id AND line.quantity > line.shipped
JOIN variants ON variants.tenant_id = $1 AND variants.id = line.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
WHERE transfers.tenant_id = $1 AND transfers.from_warehouse_id = $2 AND NOT transfers.is_fully_shipped
  AND transfers.status IN ('APPROVED', 'SHIPPED', 'PARTIALLY_RECEIVED')
  AND (transfers.id = ANY($3::uuid[]) OR $4)
  AND NOT EXISTS (
    SELECT FROM pick_tasks AS task WHERE task.tenant_id = $1 AND task.source_id = line.id AND task.is_open)
ORDER BY due_at NULLS LAST, transfers.created_at, transfers.id, line.position
LIMIT $5
"""
"""What is to leave a warehouse with transfers and is in no open wave, in the order in which it is due."""

KNOWN = """
SELECT wanted.id, CASE wanted.kind
  WHEN 'reservation_ids' THEN EXISTS (SELECT FROM reservations WHERE tenant_id = $1 AND id = wanted.id)
  WHEN 'transfer_ids' THEN EXISTS (SELECT FROM transfers WHERE tenant_id = $1 AND id = wanted.id)
  ELSE EXISTS (SELECT FROM reservations WHERE tenant_id = $1 AND order_id = wanted.id) END AS is_known
FROM unnest($2::text[], $3::uuid[]) AS wanted(kind, id)
"""
ORDERS = (
    "SELECT DISTINCT order_id FROM reservations WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND order_id IS NOT NULL"
)

INSERT_TASKS = """
INSERT INTO pick_tasks (tenant_id, wave_id, id, position, halt, source, document_id, line_id, source_id, part, variant_id, location_id,
  lot_id, serials, quantity, status)
SELECT $1, $2, id, position, halt, source, document_id, line_id, source_id, part, variant_id, location_id, lot_id,
  coalesce(string_to_array(serials, chr(31)), '{}'), quantity, 'OPEN'
FROM unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::smallint[],
  $11::uuid[], $12::uuid[], $13::uuid[], $14::text[], $15::numeric[])
  AS task(id, position, halt, source, document_id, line_id, source_id, part, variant_id, location_id, lot_id, serials, quantity)
"""

UPDATE_TASKS = """
UPDATE pick_tasks AS task SET picked = changed.picked, short = changed.short, short_reason = changed.short_reason,
  picked_serials = coalesce(string_to_array(changed.serials, chr(31)), '{}'), status = changed.status, is_open = changed.is_open,
  picked_by = changed.picked_by, picked_at = changed.picked_at, packed_at = changed.packed_at
FROM unnest($2::uuid[], $3::numeric[], $4::numeric[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::text[],
  $10::timestamptz[], $11::timestamptz[])
  AS changed(id, picked, short, short_reason, serials, status, is_open, picked_by, picked_at, packed_at)
WHERE task.tenant_id = $1 AND task.id = changed.id
"""

HELD_BALANCES = """
SELECT DISTINCT variant_id, warehouse_id FROM holds WHERE tenant_id = $1 AND owner_id = ANY($2::uuid[]) AND quantity > 0
"""

UNSHIPPED = """
SELECT transfer_id, sum(quantity - shipped) AS quantity FROM transfer_lines
WHERE tenant_id = $1 AND transfer_id = ANY($2::uuid[]) GROUP BY transfer_id
"""

NOW = "SELECT clock_timestamp()"
