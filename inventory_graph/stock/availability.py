"""What can be promised: of a variant, of an item over its variants, and of a recipe or kit from what its components have.

Decided in plain Python from three reads, however many are asked for: who is meant, the bills of materials in force, and what
lies where. A lot that is expired by the calendar of its place, or not active, lies there but cannot be promised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import Refusal
from inventory_graph.masterdata.recipe_explosion import Bill, Requirement, portions, requirements
from inventory_graph.masterdata.recipe_reading import MADE_TYPES, bills_in_force

ZERO = Decimal(0)
UNTRACKED_TYPES = ("SERVICE", "VOUCHER")


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityKey:
    """Whose availability: one of the first three; where: one warehouse, one outlet's, or all that are open; when: which
    version of a recipe is in force, None for now."""

    sku: str | None = None
    item_id: UUID | None = None
    variant_id: UUID | None = None
    warehouse_id: UUID | None = None
    outlet_id: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityRecord:
    """``available`` is in stock units, for a recipe or kit in whole units that can be made; None when untracked. ``reasons``
    say why it is not available, ``limiting`` which component variants allow no more."""

    sku: str
    available: Decimal | None
    is_available: bool
    reasons: tuple[str, ...] = ()
    limiting: tuple[UUID, ...] = ()
    level: str


@dataclass(frozen=True, slots=True)
class _Subject:
    sku: str
    item_id: UUID
    item_type: str
    is_active: bool
    variant_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Stock:
    """What one variant has in one warehouse; ``expired`` is available but may not be promised."""

    available: Decimal
    on_hand: Decimal
    reserved: Decimal
    set_aside: Decimal
    expired: Decimal
    is_low: bool

    @property
    def promisable(self) -> Decimal:
        return max(self.available - self.expired, ZERO)


_SUBJECTS = """
WITH wanted AS (
  SELECT * FROM unnest($2::text[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS w(sku, item_id, variant_id, position)
), found AS (
  SELECT wanted.position, variants.id AS variant_id, variants.item_id, variants.sku
  FROM wanted JOIN variants ON variants.tenant_id = $1 AND variants.id = wanted.variant_id
  UNION ALL
  SELECT wanted.position, variants.id, variants.item_id, variants.sku
  FROM wanted JOIN variants ON variants.tenant_id = $1 AND variants.sku = wanted.sku
  UNION ALL
  SELECT wanted.position, variants.id, items.id, items.sku
  FROM wanted JOIN items ON items.tenant_id = $1 AND items.id = wanted.item_id
  JOIN variants ON variants.tenant_id = $1 AND variants.item_id = items.id
  UNION ALL
  -- An item's SKU that is no variant's stands for all its variants.
  SELECT wanted.position, variants.id, items.id, items.sku
  FROM wanted JOIN items ON items.tenant_id = $1 AND items.sku = wanted.sku
  JOIN variants ON variants.tenant_id = $1 AND variants.item_id = items.id
  WHERE NOT EXISTS (SELECT FROM variants AS other WHERE other.tenant_id = $1 AND other.sku = wanted.sku)
)
SELECT found.position, found.sku, items.id AS item_id, items.type AS item_type,
  items.status <> 'ARCHIVED' AND bool_or(variants.status <> 'ARCHIVED') AS is_active,
  coalesce(array_agg(found.variant_id) FILTER (WHERE variants.status <> 'ARCHIVED'), '{}') AS variant_ids
FROM found
JOIN items ON items.tenant_id = $1 AND items.id = found.item_id
JOIN variants ON variants.tenant_id = $1 AND variants.id = found.variant_id
GROUP BY found.position, found.sku, items.id, items.type, items.status
"""

_STOCK = """
SELECT balances.variant_id, balances.warehouse_id, warehouses.outlet_id, available + overdue.quantity AS available, on_hand,
  reserved - overdue.quantity AS reserved,
  quarantined + damaged AS set_aside, is_low,
  coalesce((
    SELECT sum(quants.quantity) FROM quants JOIN lots ON lots.tenant_id = $1 AND lots.id = quants.lot_id
    WHERE quants.tenant_id = $1 AND quants.balance_id = balances.id AND quants.state = 'AVAILABLE'
      AND (lots.status <> 'ACTIVE'
        OR lots.expires_on < (statement_timestamp() AT TIME ZONE warehouses.timezone)::date)), 0) AS expired
FROM balances JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
CROSS JOIN LATERAL (
  -- Held past its time, and so held no more.
  SELECT coalesce(sum(holds.quantity), 0) AS quantity FROM holds
  WHERE balances.holds_expire_at <= statement_timestamp() AND holds.tenant_id = $1 AND holds.balance_id = balances.id
    AND holds.quantity > 0 AND holds.expires_at <= statement_timestamp()
) AS overdue
WHERE balances.tenant_id = $1 AND balances.variant_id = ANY($2::uuid[]) AND balances.version > 0
  AND warehouses.is_active AND warehouses.type <> 'TRANSIT'
  AND ($3::uuid[] IS NULL OR balances.warehouse_id = ANY($3) OR warehouses.outlet_id = ANY($4::uuid[]))
"""


async def availabilities(
    tx: Transaction, keys: Sequence[AvailabilityKey]
) -> Mapping[AvailabilityKey, AvailabilityRecord]:
    """The availability of every key; an unknown SKU is not stocked here, an unknown id is left out."""
    subjects = await _subjects(tx, keys)
    bills = await _bills(tx, keys, subjects)
    needs = {key: _requirements(subjects[key], bills.get(key.at, {})) for key in subjects}
    wanted = {each for key, subject in subjects.items() for each in (needs[key] or subject.variant_ids)}
    stock = await _stock(tx, keys, wanted)
    found: dict[AvailabilityKey, AvailabilityRecord] = {}
    for key in keys:
        subject = subjects.get(key)
        if subject is not None:
            found[key] = _availability(key, subject, needs[key], stock)
        elif key.sku is not None:
            found[key] = AvailabilityRecord(
                sku=key.sku, available=ZERO, is_available=False, reasons=("NOT_STOCKED_HERE",), level="OUT"
            )
    return found


async def _subjects(tx: Transaction, keys: Sequence[AvailabilityKey]) -> dict[AvailabilityKey, _Subject]:
    rows = await tx.raw.fetch(
        _SUBJECTS,
        tx.tenant_id,
        [key.sku for key in keys],
        [key.item_id for key in keys],
        [key.variant_id for key in keys],
    )
    return {
        keys[row["position"] - 1]: _Subject(
            sku=row["sku"],
            item_id=row["item_id"],
            item_type=row["item_type"],
            is_active=row["is_active"],
            variant_ids=tuple(row["variant_ids"]),
        )
        for row in rows
    }


async def _bills(
    tx: Transaction, keys: Sequence[AvailabilityKey], subjects: Mapping[AvailabilityKey, _Subject]
) -> dict[datetime | None, Mapping[UUID, Bill]]:
    """The bills in force, by the instants that were asked about."""
    made: dict[datetime | None, set[UUID]] = {}
    for key in keys:
        subject = subjects.get(key)
        if subject is not None and subject.item_type in MADE_TYPES:
            made.setdefault(key.at, set()).add(subject.item_id)
    return {at: await bills_in_force(tx, sorted(item_ids), at=at) for at, item_ids in made.items()}


def _requirements(subject: _Subject, bills: Mapping[UUID, Bill]) -> Mapping[UUID, Requirement] | None:
    """What one unit takes of each leaf; None for what is not made, empty where no bill says."""
    if subject.item_type not in MADE_TYPES:
        return None
    try:
        return requirements(subject.item_id, bills=bills)
    except Refusal:
        return {}


async def _stock(
    tx: Transaction, keys: Sequence[AvailabilityKey], variant_ids: set[UUID]
) -> dict[UUID, dict[tuple[UUID, UUID | None], _Stock]]:
    """By variant: what each warehouse has, by (warehouse_id, outlet_id)."""
    everywhere = any(key.warehouse_id is None and key.outlet_id is None for key in keys)
    rows: list[Record] = await tx.raw.fetch(
        _STOCK,
        tx.tenant_id,
        list(variant_ids),
        None if everywhere else [key.warehouse_id for key in keys if key.warehouse_id],
        [key.outlet_id for key in keys if key.outlet_id],
    )
    found: dict[UUID, dict[tuple[UUID, UUID | None], _Stock]] = {}
    for row in rows:
        found.setdefault(row["variant_id"], {})[row["warehouse_id"], row["outlet_id"]] = _Stock(
            available=row["available"],
            on_hand=row["on_hand"],
            reserved=row["reserved"],
            set_aside=row["set_aside"],
            expired=row["expired"],
            is_low=row["is_low"],
        )
    return found


def _availability(
    key: AvailabilityKey,
    subject: _Subject,
    needs: Mapping[UUID, Requirement] | None,
    stock: Mapping[UUID, Mapping[tuple[UUID, UUID | None], _Stock]],
) -> AvailabilityRecord:
    if not subject.is_active:
        return AvailabilityRecord(
            sku=subject.sku, available=ZERO, is_available=False, reasons=("ITEM_INACTIVE",), level="OUT"
        )
    if subject.item_type in UNTRACKED_TYPES:
        return AvailabilityRecord(sku=subject.sku, available=None, is_available=True, level="UNTRACKED")
    here = {
        variant_id: {place: each for place, each in places.items() if _is_here(key, place)}
        for variant_id, places in stock.items()
    }
    if needs is not None:
        return _makeable(subject, needs, here)
    shelves = [each for variant_id in subject.variant_ids for each in here.get(variant_id, {}).values()]
    return _on_shelves(subject, shelves)


def _is_here(key: AvailabilityKey, place: tuple[UUID, UUID | None]) -> bool:
    warehouse_id, outlet_id = place
    return key.warehouse_id in (None, warehouse_id) and key.outlet_id in (None, outlet_id)


def _on_shelves(subject: _Subject, shelves: Sequence[_Stock]) -> AvailabilityRecord:
    available = sum((shelf.promisable for shelf in shelves), ZERO)
    if available > 0:
        level = "LOW" if any(shelf.is_low for shelf in shelves) else "IN_STOCK"
        return AvailabilityRecord(sku=subject.sku, available=available, is_available=True, level=level)
    reasons = [
        reason
        for reason, applies in (
            ("NOT_STOCKED_HERE", not shelves),
            ("RESERVED", any(shelf.reserved > 0 for shelf in shelves)),
            ("QUARANTINED", any(shelf.set_aside > 0 for shelf in shelves)),
            ("EXPIRED", any(shelf.expired > 0 for shelf in shelves)),
        )
        if applies
    ]
    if shelves and all(shelf.on_hand <= 0 for shelf in shelves):
        reasons.append("OUT_OF_STOCK")
    return AvailabilityRecord(
        sku=subject.sku, available=ZERO, is_available=False, reasons=tuple(reasons) or ("OUT_OF_STOCK",), level="OUT"
    )


def _makeable(
    subject: _Subject,
    needs: Mapping[UUID, Requirement],
    here: Mapping[UUID, Mapping[tuple[UUID, UUID | None], _Stock]],
) -> AvailabilityRecord:
    """How many can be made, warehouse by warehouse: components that lie in different ones make nothing together."""
    places = {place for variant_id in needs for place in here.get(variant_id, {})}
    count, is_low = 0, False
    limiting: dict[UUID, None] = {}
    for place in sorted(places, key=lambda each: each[0]):
        at_hand = {
            variant_id: here[variant_id][place].promisable for variant_id in needs if place in here.get(variant_id, {})
        }
        made = portions(needs, available=at_hand)
        count += made.count or 0
        limiting.update(dict.fromkeys(made.limiting))
        is_low = is_low or any(here[v][place].is_low for v in needs if place in here.get(v, {}))
    if not places:
        limiting = dict.fromkeys(variant_id for variant_id, need in needs.items() if not need.is_optional)
    if count:
        return AvailabilityRecord(
            sku=subject.sku, available=Decimal(count), is_available=True, limiting=tuple(limiting),
            level="LOW" if is_low else "IN_STOCK",
        )  # fmt: skip
    return AvailabilityRecord(
        sku=subject.sku, available=ZERO, is_available=False, reasons=("COMPONENT_SHORT",), limiting=tuple(limiting),
        level="OUT",
    )  # fmt: skip
