"""The live audit: does everything the stock book has written agree with itself?

The ledger of movements is the truth here; what else was stored is compared with it, and the ledger with its own rules. Each
check is one set-based statement that sees one instant, so that it may run while stock changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock import period_statements

HOOK = "audit"
"""The hook of those who keep documents about stock: called with the transaction, they answer checks of their own, by the kind of drift
that each finds. A check answers ``balance_id``, ``subject``, ``expected`` and ``found``, and nothing where all agrees."""
DRIFTS_MAX = 100
SECONDS_MAX = 600


class DriftKind(StrEnum):
    """What does not agree within the book. There should be none of any."""

    BALANCE_OFF_LEDGER = "BALANCE_OFF_LEDGER"
    QUANT_OFF_LEDGER = "QUANT_OFF_LEDGER"
    BELOW_ZERO = "BELOW_ZERO"
    VERSIONS_NOT_DENSE = "VERSIONS_NOT_DENSE"
    MOVEMENTS_NOT_DENSE = "MOVEMENTS_NOT_DENSE"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    COMMAND_NOT_ONE_STEP = "COMMAND_NOT_ONE_STEP"
    MOVEMENT_MISPLACED = "MOVEMENT_MISPLACED"
    SERIALS_OFF_QUANT = "SERIALS_OFF_QUANT"
    SERIAL_HISTORY_OFF_LEDGER = "SERIAL_HISTORY_OFF_LEDGER"
    VALUE_OFF_LEDGER = "VALUE_OFF_LEDGER"
    LAYERS_OFF_BALANCE = "LAYERS_OFF_BALANCE"
    POSTING_OFF_LEDGER = "POSTING_OFF_LEDGER"
    HOLDS_OFF_QUANT = "HOLDS_OFF_QUANT"
    HOLD_EXPIRES_UNSEEN = "HOLD_EXPIRES_UNSEEN"
    PERIOD_OFF_LEDGER = "PERIOD_OFF_LEDGER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that does not agree. ``kind`` is a ``DriftKind`` or one of those who answer the hook; ``subject`` says what of the
    balance: a state, a version, a document line.

    ``expected`` follows from the ledger and its rules, ``found`` is what is stored; quantities are in stock units, values in
    the tenant's currency.
    """

    kind: str
    balance_id: UUID | None
    sku: str | None
    warehouse_code: str | None
    subject: str
    expected: str
    found: str

    def describe(self) -> str:
        """The drift in one line."""
        place = f"{self.sku or '?'} in {self.warehouse_code or '?'}"
        return f"{self.kind}: {place}, {self.subject}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was looked at, and what did not agree: ``drifts`` are the first 100 of ``drift_count``.

    ``versions`` is the sum of the versions of all balances: the changes that the tenant's stock has seen.
    """

    balances: int
    quants: int
    serials: int
    movements: int
    versions: int
    postings: int
    drift_count: int
    drifts: Sequence[Drift]

    def summary(self) -> str:
        """The counts in one line."""
        drifted = f"{self.drift_count} drifted" if self.drift_count else "nothing drifted"
        return (
            f"{self.balances} balances, {self.versions} versions, {self.movements} movements, {self.quants} quants,"
            f" {self.serials} serials, {self.postings} postings: {drifted}"
        )


# For this transaction only: time to read the whole ledger, and memory to group it without writing to disk.
_SETTINGS = "SELECT set_config('statement_timeout', $1, true), set_config('work_mem', '64MB', true)"

_COUNTS = """
SELECT count(*) AS balances, coalesce(sum(version), 0)::bigint AS versions,
  (SELECT count(*) FROM quants WHERE tenant_id = $1) AS quants,
  (SELECT count(*) FROM serials WHERE tenant_id = $1) AS serials,
  (SELECT count(*) FROM movements WHERE tenant_id = $1) AS movements,
  (SELECT count(*) FROM postings WHERE tenant_id = $1) AS postings
FROM balances WHERE tenant_id = $1
"""

# What the movements did to each part of each balance.
_EFFECTS = """
SELECT balance_id, to_state AS state, to_location_id AS location_id, lot_id, quantity
FROM movements WHERE tenant_id = $1 AND to_state IS NOT NULL
UNION ALL
SELECT balance_id, from_state, from_location_id, lot_id, -quantity
FROM movements WHERE tenant_id = $1 AND from_state IS NOT NULL
"""

_STATES = """
(VALUES ('AVAILABLE', on_hand - reserved - quarantined - damaged), ('RESERVED', reserved), ('QUARANTINED', quarantined),
  ('DAMAGED', damaged)) AS stored(state, quantity)
"""

_HEAP = """
concat(state,
  ' at ' || (SELECT code FROM locations WHERE tenant_id = $1 AND id = location_id),
  ' of lot ' || (SELECT code FROM lots WHERE tenant_id = $1 AND id = lot_id))
"""

# Each answers balance_id, subject, expected and found; nothing where all agrees.
_CHECKS: dict[DriftKind, str] = {
    DriftKind.BALANCE_OFF_LEDGER: f"""
SELECT balances.id AS balance_id, stored.state AS subject, trim_scale(coalesce(ledger.quantity, 0))::text AS expected,
  trim_scale(stored.quantity)::text AS found
FROM balances CROSS JOIN LATERAL {_STATES}
LEFT JOIN (SELECT balance_id, state, sum(quantity) AS quantity FROM ({_EFFECTS}) AS effects GROUP BY 1, 2) AS ledger
  ON ledger.balance_id = balances.id AND ledger.state = stored.state
WHERE balances.tenant_id = $1 AND stored.quantity <> coalesce(ledger.quantity, 0)
""",  # noqa: S608 - parts of this file
    DriftKind.QUANT_OFF_LEDGER: f"""
SELECT balance_id, {_HEAP} AS subject, trim_scale(sum(moved))::text AS expected,
  trim_scale(sum(stored))::text AS found
FROM (
  SELECT balance_id, state, location_id, lot_id, quantity AS moved, 0 AS stored FROM ({_EFFECTS}) AS effects
  UNION ALL
  SELECT balance_id, state, location_id, lot_id, 0, quantity FROM quants WHERE tenant_id = $1
) AS heaps
GROUP BY balance_id, state, location_id, lot_id HAVING sum(moved) <> sum(stored)
""",  # noqa: S608 - parts of this file
    DriftKind.BELOW_ZERO: f"""
SELECT balances.id AS balance_id, stored.state AS subject, '0 or more' AS expected,
  trim_scale(stored.quantity)::text AS found
FROM balances CROSS JOIN LATERAL {_STATES}
WHERE balances.tenant_id = $1 AND stored.quantity < 0 AND NOT (stored.state = 'AVAILABLE' AND negative_allowed)
UNION ALL
-- What is missing by the negative policy lies at no location and is of no lot.
SELECT balance_id, 'quant ' || {_HEAP}, '0 or more', trim_scale(quantity)::text
FROM quants
WHERE tenant_id = $1 AND quantity < 0 AND NOT (state = 'AVAILABLE' AND location_id IS NULL AND lot_id IS NULL)
""",  # noqa: S608 - parts of this file
    DriftKind.VERSIONS_NOT_DENSE: """
SELECT balances.id AS balance_id, 'versions' AS subject, concat('1 to ', balances.version) AS expected,
  CASE WHEN ledger.count IS NULL THEN 'none' ELSE concat(ledger.count, ' from ', ledger.first, ' to ', ledger.last) END
    AS found
FROM balances LEFT JOIN (
  SELECT balance_id, count(*) AS count, min(balance_version) AS first, max(balance_version) AS last
  FROM (SELECT DISTINCT balance_id, balance_version FROM movements WHERE tenant_id = $1) AS versions GROUP BY balance_id
) AS ledger ON ledger.balance_id = balances.id
WHERE balances.tenant_id = $1 AND (balances.version, balances.version) <> (coalesce(ledger.count, 0), coalesce(ledger.last, 0))
""",
    DriftKind.MOVEMENTS_NOT_DENSE: """
SELECT balance_id, concat('movement ', place, ' of version ', balance_version) AS subject,
  concat('ordinal ', place - 1) AS expected, concat('ordinal ', ordinal) AS found
FROM (
  SELECT balance_id, balance_version, ordinal,
    row_number() OVER (PARTITION BY balance_id, balance_version ORDER BY ordinal, recorded_at) AS place
  FROM movements WHERE tenant_id = $1
) AS placed
WHERE ordinal <> place - 1
""",
    DriftKind.CHAIN_BROKEN: """
SELECT balance_id, concat(link.name, ' after movement ', balance_version, '.', ordinal) AS subject,
  trim_scale(link.expected)::text AS expected, trim_scale(link.found)::text AS found
FROM (
  SELECT balance_id, balance_version, ordinal, on_hand_after, reserved_after, quarantined_after, damaged_after,
    lag(on_hand_after::numeric, 1, 0::numeric) OVER chain
      + CASE WHEN from_state IS NULL THEN quantity WHEN to_state IS NULL THEN -quantity ELSE 0 END AS on_hand,
    lag(reserved_after::numeric, 1, 0::numeric) OVER chain
      + CASE to_state WHEN 'RESERVED' THEN quantity ELSE 0 END
      - CASE from_state WHEN 'RESERVED' THEN quantity ELSE 0 END AS reserved,
    lag(quarantined_after::numeric, 1, 0::numeric) OVER chain
      + CASE to_state WHEN 'QUARANTINED' THEN quantity ELSE 0 END
      - CASE from_state WHEN 'QUARANTINED' THEN quantity ELSE 0 END AS quarantined,
    lag(damaged_after::numeric, 1, 0::numeric) OVER chain
      + CASE to_state WHEN 'DAMAGED' THEN quantity ELSE 0 END
      - CASE from_state WHEN 'DAMAGED' THEN quantity ELSE 0 END AS damaged
  FROM movements WHERE tenant_id = $1
  WINDOW chain AS (PARTITION BY balance_id ORDER BY balance_version, ordinal, recorded_at)
) AS linked CROSS JOIN LATERAL (VALUES
  ('on hand', on_hand_after, on_hand), ('reserved', reserved_after, reserved),
  ('quarantined', quarantined_after, quarantined), ('damaged', damaged_after, damaged)
) AS link(name, found, expected)
-- The first condition keeps the sound rows, all of them as a rule, from being taken apart.
WHERE (on_hand_after, reserved_after, quarantined_after, damaged_after) <> (on_hand, reserved, quarantined, damaged)
  AND link.found <> link.expected
""",
    DriftKind.COMMAND_NOT_ONE_STEP: """
SELECT balance_id, concat('command ', command_id) AS subject, '1 version' AS expected,
  concat('versions ', min(balance_version), ' to ', max(balance_version)) AS found
FROM movements WHERE tenant_id = $1
GROUP BY balance_id, command_id HAVING min(balance_version) <> max(balance_version)
UNION ALL
SELECT balance_id, concat('version ', balance_version), '1 command',
  concat('commands ', min(command_id::text), ' and ', max(command_id::text))
FROM movements WHERE tenant_id = $1
GROUP BY balance_id, balance_version HAVING min(command_id::text) <> max(command_id::text)
""",
    DriftKind.MOVEMENT_MISPLACED: """
SELECT balances.id AS balance_id, concat('movement ', balance_version, '.', ordinal) AS subject,
  concat(balances.variant_id, ' in ', balances.warehouse_id) AS expected,
  concat(movements.variant_id, ' in ', movements.warehouse_id) AS found
FROM movements JOIN balances ON balances.tenant_id = $1 AND balances.id = movements.balance_id
WHERE movements.tenant_id = $1
  AND (movements.variant_id, movements.warehouse_id) <> (balances.variant_id, balances.warehouse_id)
""",
    DriftKind.SERIALS_OFF_QUANT: f"""
SELECT balance_id, {_HEAP} AS subject, concat(trim_scale(sum(stored)), ' pieces') AS expected,
  concat(sum(pieces), ' pieces') AS found
FROM (
  SELECT balances.id AS balance_id, serials.state, serials.location_id, serials.lot_id, 0 AS stored, 1 AS pieces
  FROM serials LEFT JOIN balances ON balances.tenant_id = $1
    AND balances.variant_id = serials.variant_id AND balances.warehouse_id = serials.warehouse_id
  WHERE serials.tenant_id = $1 AND serials.state IS NOT NULL
  UNION ALL
  SELECT quants.balance_id, quants.state, quants.location_id, quants.lot_id, quants.quantity, 0
  FROM quants
  JOIN balances ON balances.tenant_id = $1 AND balances.id = quants.balance_id
  JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
  JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id AND items.tracking = 'SERIAL'
  WHERE quants.tenant_id = $1
) AS heaps
GROUP BY balance_id, state, location_id, lot_id HAVING sum(stored) <> sum(pieces)
""",  # noqa: S608 - parts of this file
    DriftKind.SERIAL_HISTORY_OFF_LEDGER: """
SELECT movements.balance_id, concat('movement ', balance_version, '.', ordinal) AS subject,
  concat(trim_scale(quantity), ' pieces named and remembered') AS expected,
  concat(cardinality(serials), ' named, ', coalesce(history.count, 0), ' remembered') AS found
FROM movements
JOIN variants ON variants.tenant_id = $1 AND variants.id = movements.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id AND items.tracking = 'SERIAL'
LEFT JOIN (
  SELECT recorded_at, movement_id, count(*) AS count FROM movement_serials WHERE tenant_id = $1 GROUP BY 1, 2
) AS history ON history.recorded_at = movements.recorded_at AND history.movement_id = movements.id
WHERE movements.tenant_id = $1
  AND (cardinality(serials), coalesce(history.count, 0)) <> (movements.quantity, movements.quantity)
""",
    DriftKind.VALUE_OFF_LEDGER: """
SELECT balances.id AS balance_id, 'value' AS subject, trim_scale(coalesce(ledger.value, 0))::text AS expected,
  trim_scale(coalesce(layers_value, round(on_hand * coalesce(average_cost, 0), 10)))::text AS found
FROM balances LEFT JOIN (
  SELECT balance_id, sum(value) AS value, sum(count) AS count FROM (
    SELECT balance_id, sum(value_change) AS value, count(*) AS count FROM movements WHERE tenant_id = $1 GROUP BY balance_id
    UNION ALL
    SELECT balance_id, sum(value_change), count(*) FROM cost_adjustments WHERE tenant_id = $1 GROUP BY balance_id
  ) AS changes GROUP BY balance_id
) AS ledger ON ledger.balance_id = balances.id
-- At an average each movement may round once; layers are worth what was written, to the last digit.
WHERE balances.tenant_id = $1
  AND abs(coalesce(layers_value, on_hand * coalesce(average_cost, 0)) - coalesce(ledger.value, 0))
    > CASE WHEN layers_value IS NULL THEN coalesce(ledger.count, 0) * 0.000000001 ELSE 0 END
""",
    # What is owed has no layer: it is worth the last known cost.
    DriftKind.LAYERS_OFF_BALANCE: """
SELECT balances.id AS balance_id, 'layers' AS subject,
  concat(trim_scale(CASE WHEN layers_value IS NULL THEN 0 ELSE greatest(on_hand, 0) END), ' worth ',
    trim_scale(CASE WHEN on_hand > 0 THEN coalesce(layers_value, 0) ELSE 0 END)) AS expected,
  concat(trim_scale(coalesce(open.quantity, 0)), ' worth ', trim_scale(coalesce(open.value, 0))) AS found
FROM balances LEFT JOIN (
  SELECT balance_id, sum(quantity) AS quantity, sum(value) AS value FROM cost_layers
  WHERE tenant_id = $1 AND quantity > 0 GROUP BY balance_id
) AS open ON open.balance_id = balances.id
WHERE balances.tenant_id = $1 AND (coalesce(open.quantity, 0), coalesce(open.value, 0)) <> (
  CASE WHEN layers_value IS NULL THEN 0 ELSE greatest(on_hand, 0) END,
  CASE WHEN on_hand > 0 THEN coalesce(layers_value, 0) ELSE 0 END)
""",
    # A posting whose command had nothing to do has no movements; one that lost them shows in the versions.
    DriftKind.POSTING_OFF_LEDGER: """
SELECT DISTINCT movements.balance_id, concat('command ', movements.command_id) AS subject,
  concat('a posting of ', reference_type, ' ', reference_id) AS expected, 'none' AS found
FROM movements LEFT JOIN postings ON postings.tenant_id = $1 AND postings.command_id = movements.command_id
  AND postings.document_type = movements.reference_type AND postings.document_id = movements.reference_id
WHERE movements.tenant_id = $1 AND movements.reference_type NOT IN ('RESERVATION', 'ORDER') AND postings.command_id IS NULL
UNION ALL
SELECT DISTINCT movements.balance_id,
  concat('line ', line, ' of ', document_type, ' ', document_id, ', ', postings.kind),
  concat('movements of command ', postings.command_id, ' for this document'),
  coalesce('for ' || reference_type || ' ' || reference_id, 'for no document')
FROM postings JOIN movements ON movements.tenant_id = $1 AND movements.command_id = postings.command_id
WHERE postings.tenant_id = $1
  AND (document_type, document_id) IS DISTINCT FROM (movements.reference_type, movements.reference_id)
""",
    # Overdue holds included: what nobody has ended yet is still stored as reserved.
    DriftKind.HOLDS_OFF_QUANT: f"""
SELECT balance_id, {_HEAP} AS subject, trim_scale(sum(stored))::text AS expected, trim_scale(sum(held))::text AS found
FROM (
  SELECT balance_id, state, location_id, lot_id, quantity AS stored, 0 AS held
  FROM quants WHERE tenant_id = $1 AND state = 'RESERVED'
  UNION ALL
  SELECT balance_id, 'RESERVED', location_id, lot_id, 0, quantity FROM holds WHERE tenant_id = $1 AND quantity > 0
) AS heaps
GROUP BY balance_id, state, location_id, lot_id HAVING sum(stored) <> sum(held)
""",  # noqa: S608 - parts of this file
    # A balance knows of no later end than that of its first hold to end, or reads would not look for what is overdue.
    DriftKind.HOLD_EXPIRES_UNSEEN: """
SELECT balances.id AS balance_id, 'holds_expire_at' AS subject, concat('at most ', min(holds.expires_at)) AS expected,
  coalesce(balances.holds_expire_at::text, 'none') AS found
FROM balances JOIN holds ON holds.tenant_id = $1 AND holds.balance_id = balances.id AND holds.quantity > 0
WHERE balances.tenant_id = $1
GROUP BY balances.id, balances.holds_expire_at
HAVING min(holds.expires_at) < coalesce(balances.holds_expire_at, 'infinity')
""",
    DriftKind.PERIOD_OFF_LEDGER: period_statements.AUDIT,
}

_NAMED = """
SELECT drifts.*, variants.sku, warehouses.code AS warehouse_code, count(*) OVER () AS drift_count
FROM ({check}) AS drifts
LEFT JOIN balances ON balances.tenant_id = $1 AND balances.id = drifts.balance_id
LEFT JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
LEFT JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
ORDER BY variants.sku, warehouses.code, drifts.subject LIMIT $2
"""


async def drift(tx: Transaction, *, seconds_max: int = SECONDS_MAX) -> AuditReport:
    """Check everything the stock book has written for the tenant of the transaction.

    Reads the whole ledger, about ten seconds for a million movements; each statement may take ``seconds_max``. Changes nothing.
    """
    await tx.raw.execute(_SETTINGS, str(seconds_max * 1_000))
    drifts: list[Drift] = []
    drift_count = 0
    checks: dict[str, str] = {str(kind): check for kind, check in _CHECKS.items()}
    for ask in tx.hooks.get(HOOK, ()):
        answered: Mapping[str, str] = await ask(tx)
        checks |= answered
    for kind, check in checks.items():
        rows = await tx.raw.fetch(_NAMED.format(check=check), tx.tenant_id, DRIFTS_MAX, timeout=seconds_max)
        drift_count += rows[0]["drift_count"] if rows else 0
        drifts += [
            Drift(
                kind=kind,
                balance_id=row["balance_id"],
                sku=row["sku"],
                warehouse_code=row["warehouse_code"],
                subject=row["subject"],
                expected=row["expected"],
                found=row["found"],
            )
            for row in rows
        ]
    counts = await tx.raw.fetchrow(_COUNTS, tx.tenant_id, timeout=seconds_max)
    if counts is None:
        raise AssertionError("an aggregate answers one row")
    return AuditReport(**dict(counts), drift_count=drift_count, drifts=drifts[:DRIFTS_MAX])
