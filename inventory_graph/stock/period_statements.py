"""The set-based SQL of periods, as text."""

PERIOD = "id, starts_at, ends_at, status, value, movement_count, note, version, closed_at, closed_by"

STANDING = f"""
SELECT period.*, tenants.timezone
FROM tenants LEFT JOIN (
  (SELECT 'closed' AS role, {PERIOD} FROM periods WHERE tenant_id = $1 AND status = 'CLOSED' ORDER BY ends_at DESC LIMIT 1)
  UNION ALL
  (SELECT 'reopened', {PERIOD} FROM periods WHERE tenant_id = $1 AND status = 'OPEN' ORDER BY ends_at LIMIT 1)
  UNION ALL
  (SELECT 'named', {PERIOD} FROM periods WHERE tenant_id = $1 AND id = $2::uuid)
) AS period ON true
WHERE tenants.id = $1
"""  # noqa: S608 - the text is put together from constants
"""The last period that is closed, the first that is open again, and the one named; with the tenant's timezone in any case."""

UPSERT = """
INSERT INTO periods (tenant_id, id, starts_at, ends_at, status, value, movement_count, note, version, closed_at, closed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, value = excluded.value,
  movement_count = excluded.movement_count, note = excluded.note, version = excluded.version, closed_at = excluded.closed_at,
  closed_by = excluded.closed_by
"""

INSERT_STEP = """
INSERT INTO period_steps (tenant_id, period_id, version, kind, at, by, reason, value, balance_count)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# What happened in the period, on top of what each balance was before it: its newest earlier row. Where the same was written down
# by an earlier closing of the period, nothing is written. Partitions of the ledger older than $5 are not looked at.
WRITE_BALANCES = """
WITH moved AS MATERIALIZED (
  SELECT balance_id, count(*) FILTER (WHERE is_movement) AS movement_count,
    coalesce(sum(quantity) FILTER (WHERE from_state IS NULL), 0)
      - coalesce(sum(quantity) FILTER (WHERE to_state IS NULL), 0) AS on_hand,
    coalesce(sum(quantity) FILTER (WHERE to_state = 'RESERVED'), 0)
      - coalesce(sum(quantity) FILTER (WHERE from_state = 'RESERVED'), 0) AS reserved,
    coalesce(sum(quantity) FILTER (WHERE to_state = 'QUARANTINED'), 0)
      - coalesce(sum(quantity) FILTER (WHERE from_state = 'QUARANTINED'), 0) AS quarantined,
    coalesce(sum(quantity) FILTER (WHERE to_state = 'DAMAGED'), 0)
      - coalesce(sum(quantity) FILTER (WHERE from_state = 'DAMAGED'), 0) AS damaged,
    sum(value_change) AS value
  FROM (
    SELECT balance_id, true AS is_movement, from_state, to_state, quantity, value_change FROM movements
    WHERE tenant_id = $1 AND occurred_at >= coalesce($2::timestamptz, '-infinity') AND occurred_at < $3::timestamptz
      AND recorded_at >= coalesce($5::timestamptz, '-infinity')
    UNION ALL
    -- What changed the value and moved nothing: landed costs, true-ups.
    SELECT balance_id, false, NULL, NULL, 0, value_change FROM cost_adjustments
    WHERE tenant_id = $1 AND occurred_at >= coalesce($2::timestamptz, '-infinity') AND occurred_at < $3::timestamptz
  ) AS changes
  GROUP BY balance_id
), found AS MATERIALIZED (
  SELECT moved.balance_id, coalesce(earlier.on_hand, 0) + moved.on_hand AS on_hand,
    coalesce(earlier.reserved, 0) + moved.reserved AS reserved,
    coalesce(earlier.quarantined, 0) + moved.quarantined AS quarantined,
    coalesce(earlier.damaged, 0) + moved.damaged AS damaged, coalesce(earlier.value, 0) + moved.value AS value
  FROM moved LEFT JOIN LATERAL (
    SELECT on_hand, reserved, quarantined, damaged, value FROM period_balances
    WHERE tenant_id = $1 AND balance_id = moved.balance_id AND ends_at <= $2
    ORDER BY ends_at DESC, revision DESC LIMIT 1
  ) AS earlier ON true
), written AS (
  INSERT INTO period_balances (tenant_id, balance_id, ends_at, revision, on_hand, reserved, quarantined, damaged, value)
  SELECT $1, found.balance_id, $3, $4, found.on_hand, found.reserved, found.quarantined, found.damaged, found.value
  FROM found LEFT JOIN LATERAL (
    SELECT on_hand, reserved, quarantined, damaged, value FROM period_balances
    WHERE tenant_id = $1 AND balance_id = found.balance_id AND ends_at = $3 ORDER BY revision DESC LIMIT 1
  ) AS reported ON true
  WHERE (found.on_hand, found.reserved, found.quarantined, found.damaged, found.value)
    IS DISTINCT FROM (reported.on_hand, reported.reserved, reported.quarantined, reported.damaged, reported.value)
  RETURNING balance_id
)
SELECT (SELECT count(*) FROM written) AS balance_count, coalesce(sum(movement_count), 0)::bigint AS movement_count,
  coalesce(sum(value), 0) AS value
FROM moved
"""

# What was written down as periods were closed, the newest revision of each, against all that happened before their ends. The earliest
# end comes first: what it has wrong, the later ones have too.
AUDIT = """
WITH ends AS MATERIALIZED (
  SELECT array_agg(ends_at ORDER BY ends_at) AS instants, max(ends_at) AS last
  FROM periods WHERE tenant_id = $1 AND status = 'CLOSED'
), moved AS MATERIALIZED (
  SELECT balance_id, width_bucket(occurred_at, ends.instants) AS place,
    sum(CASE WHEN from_state IS NULL THEN quantity WHEN to_state IS NULL THEN -quantity ELSE 0 END) AS on_hand,
    sum((CASE to_state WHEN 'RESERVED' THEN quantity ELSE 0 END)
      - (CASE from_state WHEN 'RESERVED' THEN quantity ELSE 0 END)) AS reserved,
    sum((CASE to_state WHEN 'QUARANTINED' THEN quantity ELSE 0 END)
      - (CASE from_state WHEN 'QUARANTINED' THEN quantity ELSE 0 END)) AS quarantined,
    sum((CASE to_state WHEN 'DAMAGED' THEN quantity ELSE 0 END)
      - (CASE from_state WHEN 'DAMAGED' THEN quantity ELSE 0 END)) AS damaged,
    sum(value_change) AS value
  FROM (
    SELECT balance_id, occurred_at, from_state, to_state, quantity, value_change FROM movements WHERE tenant_id = $1
    UNION ALL
    SELECT balance_id, occurred_at, NULL, NULL, 0, value_change FROM cost_adjustments WHERE tenant_id = $1
  ) AS changes CROSS JOIN ends WHERE occurred_at < ends.last GROUP BY 1, 2
), summed AS (
  SELECT balance_id, ends.instants[place + 1] AS ends_at, sum(on_hand) OVER before AS on_hand, sum(reserved) OVER before AS reserved,
    sum(quarantined) OVER before AS quarantined, sum(damaged) OVER before AS damaged, sum(value) OVER before AS value
  FROM moved CROSS JOIN ends WINDOW before AS (PARTITION BY balance_id ORDER BY place)
), written AS (
  SELECT DISTINCT ON (balance_id, ends_at) balance_id, ends_at, on_hand, reserved, quarantined, damaged, value
  FROM period_balances CROSS JOIN ends WHERE tenant_id = $1 AND ends_at <= ends.last ORDER BY balance_id, ends_at, revision DESC
)
SELECT balance_id, concat('at the end ', ends_at, ', ', part.name) AS subject, coalesce(trim_scale(part.expected)::text, 'nothing')
    AS expected, coalesce(trim_scale(part.found)::text, 'nothing') AS found
FROM summed FULL JOIN written USING (balance_id, ends_at) CROSS JOIN LATERAL (VALUES
  ('on hand', summed.on_hand, written.on_hand), ('reserved', summed.reserved, written.reserved),
  ('quarantined', summed.quarantined, written.quarantined), ('damaged', summed.damaged, written.damaged),
  ('value', summed.value, written.value)
) AS part(name, expected, found)
WHERE part.expected IS DISTINCT FROM part.found
UNION ALL
SELECT NULL, concat('at the end ', ends_at, ', value of everything'), trim_scale(total.value)::text, trim_scale(closed.value)::text
FROM (
  SELECT ends_at, value, row_number() OVER (ORDER BY ends_at) AS place FROM periods WHERE tenant_id = $1 AND status = 'CLOSED'
) AS closed
CROSS JOIN LATERAL (SELECT coalesce(sum(value), 0) AS value FROM moved WHERE moved.place < closed.place) AS total
WHERE closed.value <> total.value
"""
