"""What can be promised: of a variant, of an item over its variants, and of a recipe or kit from what its components have.

Decided in plain Python (``promises``) from three reads, however many are asked for: who is meant and what was stopped, the bills
of materials in force, and what lies where. A lot that is expired by the calendar of its place, or not active, lies there but cannot
be promised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import Refusal
from inventory_graph.masterdata.recipe_explosion import Bill, Requirement, requirements
from inventory_graph.masterdata.recipe_reading import MADE_TYPES, bills_in_force
from inventory_graph.masterdata.sale_stops import SaleStopRecord
from inventory_graph.quantities import ZERO
from inventory_graph.stock.promises import AvailabilityRecord, Shelf, Subject, promise


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityKey:
    """Whose availability: one of the first three; where: one warehouse, one outlet's, or all that are open; how it is sold: on
    one channel, None for what is stopped on none; when: which version of a recipe and which stops are in force, None for now."""

    sku: str | None = None
    item_id: UUID | None = None
    variant_id: UUID | None = None
    warehouse_id: UUID | None = None
    outlet_id: UUID | None = None
    channel: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that the answer to a key is decided from: ``needs`` is None for what is not made, the shelves are those of the
    place."""

    subject: Subject
    needs: Mapping[UUID, Requirement] | None
    shelves: Sequence[Shelf]

    @property
    def leaf_ids(self) -> Sequence[UUID]:
        """The variants that lie on the shelves: its own, or those of its components."""
        return leaf_ids(self.subject, self.needs)


# Rows are looked up by the whole lists, not key by key: see ``resolution``.
_SUBJECTS = """
WITH wanted AS (
  SELECT * FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::timestamptz[])
    WITH ORDINALITY AS w(sku, item_id, variant_id, warehouse_id, outlet_id, channel, at, position)
), known AS MATERIALIZED (
  SELECT id, item_id, sku, status FROM variants WHERE tenant_id = $1 AND id = ANY($4::uuid[])
), named AS MATERIALIZED (
  SELECT id, item_id, sku, status FROM variants WHERE tenant_id = $1 AND sku = ANY($2::text[])
), whole AS MATERIALIZED (
  SELECT id, sku FROM items WHERE tenant_id = $1 AND id = ANY($3::uuid[])
), bearers AS MATERIALIZED (
  -- An item's SKU that is no variant's stands for all its variants.
  SELECT id, sku FROM items WHERE tenant_id = $1 AND sku = ANY($2::text[]) AND sku NOT IN (SELECT sku FROM named)
), members AS MATERIALIZED (
  SELECT id, item_id, status FROM variants
  WHERE tenant_id = $1 AND item_id = ANY(ARRAY(SELECT id FROM whole UNION SELECT id FROM bearers))
), found AS MATERIALIZED (
  SELECT wanted.position, known.id AS variant_id, known.item_id, known.sku, known.status
  FROM wanted JOIN known ON known.id = wanted.variant_id
  UNION ALL
  SELECT wanted.position, named.id, named.item_id, named.sku, named.status
  FROM wanted JOIN named ON named.sku = wanted.sku
  UNION ALL
  SELECT wanted.position, members.id, whole.id, whole.sku, members.status
  FROM wanted JOIN whole ON whole.id = wanted.item_id JOIN members ON members.item_id = whole.id
  UNION ALL
  SELECT wanted.position, members.id, bearers.id, bearers.sku, members.status
  FROM wanted JOIN bearers ON bearers.sku = wanted.sku JOIN members ON members.item_id = bearers.id
), meant AS MATERIALIZED (
  SELECT id, type, status FROM items WHERE tenant_id = $1 AND id = ANY(ARRAY(SELECT item_id FROM found))
), subject AS (
  SELECT found.position, found.sku, meant.id AS item_id, meant.type AS item_type,
    meant.status <> 'ARCHIVED' AND bool_or(found.status <> 'ARCHIVED') AS is_active,
    coalesce(array_agg(found.variant_id) FILTER (WHERE found.status <> 'ARCHIVED'), '{}') AS variant_ids
  FROM found JOIN meant ON meant.id = found.item_id
  GROUP BY found.position, found.sku, meant.id, meant.type, meant.status
)
SELECT subject.position, subject.sku, subject.item_id AS subject_item_id, subject.item_type, subject.is_active AS is_sold,
  subject.variant_ids, coalesce(wanted.outlet_id, place.outlet_id) AS place_outlet_id, stop.*, true AS is_active
FROM subject JOIN wanted ON wanted.position = subject.position
LEFT JOIN warehouses AS place ON place.tenant_id = $1 AND place.id = wanted.warehouse_id
LEFT JOIN sale_stops AS stop ON stop.tenant_id = $1 AND stop.item_id = subject.item_id AND stop.lifted_at IS NULL
  AND (stop.until IS NULL OR stop.until > greatest(wanted.at, statement_timestamp()))
  AND (stop.channel IS NULL OR stop.channel = wanted.channel)
  AND (stop.outlet_id IS NULL OR wanted.outlet_id IS NULL AND wanted.warehouse_id IS NULL
    OR stop.outlet_id = coalesce(wanted.outlet_id, place.outlet_id))
ORDER BY subject.position, stop.id
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
    asked = await asked_by_key(tx, keys)
    found: dict[AvailabilityKey, AvailabilityRecord] = {}
    for key in keys:
        if key in asked:
            found[key] = promise(asked[key].subject, asked[key].needs, asked[key].shelves)
        elif key.sku is not None:
            found[key] = AvailabilityRecord(
                sku=key.sku, available=ZERO, is_available=False, reasons=("NOT_STOCKED_HERE",), level="OUT"
            )
    return found


async def asked_by_key(tx: Transaction, keys: Sequence[AvailabilityKey]) -> Mapping[AvailabilityKey, Asked]:
    """What the answer to each key is decided from; what is unknown is left out. Two statements, and three for what is made."""
    subjects = await subjects_by_key(tx, keys)
    bills = await _bills(tx, keys, subjects)
    needs = {key: _requirements(subjects[key], bills.get(key.at, {})) for key in subjects}
    wanted = {each for key, subject in subjects.items() for each in leaf_ids(subject, needs[key])}
    shelves = await _shelves(tx, keys, wanted)
    return {
        key: Asked(
            subject=subject,
            needs=needs[key],
            shelves=[
                shelf
                for variant_id in leaf_ids(subject, needs[key])
                for shelf in shelves.get(variant_id, ())
                if is_here(key, warehouse_id=shelf.warehouse_id, outlet_id=shelf.outlet_id)
            ],
        )
        for key, subject in subjects.items()
    }


def leaf_ids(subject: Subject, needs: Mapping[UUID, Requirement] | None) -> Sequence[UUID]:
    """The variants of which the subject is promised: its own, or those of what it is made of."""
    return subject.variant_ids if needs is None else tuple(needs)


def is_here(key: AvailabilityKey, *, warehouse_id: UUID, outlet_id: UUID | None) -> bool:
    """Whether the warehouse, that of the outlet, is one of those that the key asks about."""
    return key.warehouse_id in (None, warehouse_id) and key.outlet_id in (None, outlet_id)


async def subjects_by_key(tx: Transaction, keys: Sequence[AvailabilityKey]) -> dict[AvailabilityKey, Subject]:
    """Who is meant by each key, with the stops in force there; what is unknown is left out. One statement."""
    rows = await tx.raw.fetch(
        _SUBJECTS,
        tx.tenant_id,
        [key.sku for key in keys],
        [key.item_id for key in keys],
        [key.variant_id for key in keys],
        [key.warehouse_id for key in keys],
        [key.outlet_id for key in keys],
        [key.channel for key in keys],
        [key.at for key in keys],
    )
    # One row for each stop, or one without.
    stops: dict[int, list[SaleStopRecord]] = {}
    for row in rows:
        if row["id"] is not None:
            stops.setdefault(row["position"], []).append(_stop(row))
    return {
        keys[row["position"] - 1]: Subject(
            sku=row["sku"],
            item_id=row["subject_item_id"],
            item_type=row["item_type"],
            is_active=row["is_sold"],
            variant_ids=tuple(row["variant_ids"]),
            outlet_id=row["place_outlet_id"],
            stops=tuple(stops.get(row["position"], ())),
        )
        for row in rows
    }


def _stop(row: Record) -> SaleStopRecord:
    return SaleStopRecord(**{field.name: row[field.name] for field in fields(SaleStopRecord)})


async def _bills(
    tx: Transaction, keys: Sequence[AvailabilityKey], subjects: Mapping[AvailabilityKey, Subject]
) -> dict[datetime | None, Mapping[UUID, Bill]]:
    """The bills in force, by the instants that were asked about."""
    made: dict[datetime | None, set[UUID]] = {}
    for key in keys:
        subject = subjects.get(key)
        if subject is not None and subject.item_type in MADE_TYPES:
            made.setdefault(key.at, set()).add(subject.item_id)
    return {at: await bills_in_force(tx, sorted(item_ids), at=at) for at, item_ids in made.items()}


def _requirements(subject: Subject, bills: Mapping[UUID, Bill]) -> Mapping[UUID, Requirement] | None:
    """What one unit takes of each leaf; None for what is not made, empty where no bill says."""
    if subject.item_type not in MADE_TYPES:
        return None
    try:
        return requirements(subject.item_id, bills=bills)
    except Refusal:
        return {}


async def _shelves(tx: Transaction, keys: Sequence[AvailabilityKey], variant_ids: set[UUID]) -> dict[UUID, list[Shelf]]:
    """By variant: what each warehouse has."""
    everywhere = any(key.warehouse_id is None and key.outlet_id is None for key in keys)
    rows: list[Record] = await tx.raw.fetch(
        _STOCK,
        tx.tenant_id,
        list(variant_ids),
        None if everywhere else [key.warehouse_id for key in keys if key.warehouse_id],
        [key.outlet_id for key in keys if key.outlet_id],
    )
    found: dict[UUID, list[Shelf]] = {}
    for row in rows:
        found.setdefault(row["variant_id"], []).append(
            Shelf(
                variant_id=row["variant_id"],
                warehouse_id=row["warehouse_id"],
                outlet_id=row["outlet_id"],
                available=row["available"],
                on_hand=row["on_hand"],
                reserved=row["reserved"],
                set_aside=row["set_aside"],
                expired=row["expired"],
                is_low=row["is_low"],
            )
        )
    return found
