"""Where what arrives could be put: beside what is like it, else where there is room. Read without locks: a suggestion binds nobody."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.unlocked import dataclass

# What is set aside as quarantined or damaged lies where it was set aside: nothing good belongs beside it.
_LIKE_IT = """
SELECT wanted.position, place.location_id, place.of_lot > 0 AS is_same_lot
FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS wanted(warehouse_id, variant_id, lot_code, position)
CROSS JOIN LATERAL (
  SELECT quant.location_id, coalesce(sum(quant.quantity) FILTER (WHERE lots.code = wanted.lot_code), 0) AS of_lot
  FROM balances
  JOIN quants AS quant ON quant.tenant_id = $1 AND quant.balance_id = balances.id AND quant.quantity > 0
    AND quant.state IN ('AVAILABLE', 'RESERVED')
  JOIN locations ON locations.tenant_id = $1 AND locations.id = quant.location_id AND locations.is_active
  LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = quant.lot_id
  WHERE balances.tenant_id = $1 AND balances.variant_id = wanted.variant_id AND balances.warehouse_id = wanted.warehouse_id
  GROUP BY quant.location_id, locations.path
  ORDER BY of_lot DESC, sum(quant.quantity) DESC, locations.path LIMIT 1
) AS place
"""

# What lies within a place comes right behind it by path, whose separator is followed by '0' among the characters.
_EMPTY = """
SELECT wanted.warehouse_id, place.id
FROM unnest($2::uuid[], $3::int[]) AS wanted(warehouse_id, many)
CROSS JOIN LATERAL (
  SELECT free.id, free.path FROM locations AS free
  WHERE free.tenant_id = $1 AND free.warehouse_id = wanted.warehouse_id AND free.is_active AND free.type IN ('SHELF', 'BIN')
    AND NOT EXISTS (
      SELECT FROM quants WHERE quants.tenant_id = $1 AND quants.location_id = free.id AND quants.quantity <> 0)
    AND NOT EXISTS (
      SELECT FROM locations AS part WHERE part.tenant_id = $1 AND part.warehouse_id = wanted.warehouse_id AND part.is_active
        AND part.path > free.path || '/' COLLATE "C" AND part.path < free.path || '0' COLLATE "C")
  ORDER BY free.path LIMIT wanted.many
) AS place
ORDER BY wanted.warehouse_id, place.path
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAwayKey:
    """Something that arrives in a warehouse; ``lot_code`` None where it is of no lot, or nobody knows of which."""

    warehouse_id: UUID
    variant_id: UUID
    lot_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAway:
    """Where it could be put and why: ``SAME_LOT``, ``SAME_VARIANT``, ``EMPTY``, or ``NONE`` where there is no place for it."""

    location_id: UUID | None
    reason: str


NOWHERE = PutAway(location_id=None, reason="NONE")


async def put_away_by_key(tx: Transaction, keys: Sequence[PutAwayKey]) -> Mapping[PutAwayKey, PutAway]:
    """Where each could be put, in at most two statements: where most of its lot lies, else most of its variant, else the first empty
    shelf or bin of a picker's walk. Variants that are asked for together get empty places of their own, in the order of the keys."""
    rows = await tx.raw.fetch(
        _LIKE_IT,
        tx.tenant_id,
        [key.warehouse_id for key in keys],
        [key.variant_id for key in keys],
        [key.lot_code for key in keys],
    )
    found = {
        keys[row["position"] - 1]: PutAway(
            location_id=row["location_id"], reason="SAME_LOT" if row["is_same_lot"] else "SAME_VARIANT"
        )
        for row in rows
    }
    left = [key for key in keys if key not in found]
    rooms = await _rooms(tx, left) if left else {}
    return found | {key: rooms.get((key.warehouse_id, key.variant_id), NOWHERE) for key in left}


async def _rooms(tx: Transaction, keys: Sequence[PutAwayKey]) -> dict[tuple[UUID, UUID], PutAway]:
    """An empty place for each variant of each warehouse, as far as there are any."""
    variants: dict[UUID, dict[UUID, None]] = {}
    for key in keys:
        variants.setdefault(key.warehouse_id, {})[key.variant_id] = None
    rows = await tx.raw.fetch(_EMPTY, tx.tenant_id, list(variants), [len(each) for each in variants.values()])
    empty: dict[UUID, list[UUID]] = {}
    for row in rows:
        empty.setdefault(row["warehouse_id"], []).append(row["id"])
    return {
        (warehouse_id, variant_id): PutAway(location_id=location_id, reason="EMPTY")
        for warehouse_id, several in variants.items()
        for variant_id, location_id in zip(several, empty.get(warehouse_id, ()), strict=False)
    }
