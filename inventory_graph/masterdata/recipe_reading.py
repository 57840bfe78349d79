"""Reading bills of materials: one version at an instant, its lines, the list of versions, and whole trees for explosion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import UnitMismatch
from inventory_graph.masterdata.item_reading import unit_bridges_by_item
from inventory_graph.masterdata.recipe_explosion import Bill, Part, part_quantity, quantity_of
from inventory_graph.masterdata.units import Bridges, UnitRecord, all_units, stock_unit_factor
from inventory_graph.pages import TOTAL_COUNT_MAX, Page

MADE_TYPES = ("RECIPE", "KIT")
"""The types of item that have bills of materials."""

BillKey: TypeAlias = tuple[UUID, datetime | None]
"""(item_id, instant); None for now."""
BillPageKey: TypeAlias = tuple[UUID, int, int | None]
"""(item_id, first, the version after which the page begins)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOfMaterialsRecord:
    """One version. In force from ``effective_from`` until ``effective_until``, when the next takes over; None: no end known.
    ``output_quantity`` is in ``output_unit_code``."""

    id: UUID
    item_id: UUID
    version: int
    effective_from: datetime
    effective_until: datetime | None
    output_quantity: Decimal
    output_unit_code: str
    yield_percent: Decimal
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRecord:
    """One line. ``quantity`` is in ``unit_code`` for the whole output of the bill, before waste and yield;
    ``quantity_in_stock_unit`` is the same in the variant's stock unit, None when a bridge it needs was taken away."""

    bill_of_materials_id: UUID
    position: int
    variant_id: UUID
    sku: str
    quantity: Decimal
    unit_code: str
    waste_percent: Decimal
    is_optional: bool
    quantity_in_stock_unit: Decimal | None


_BILL = """
bill.id, bill.item_id, bill.version, bill.effective_from, bill.output_quantity, bill.output_unit_code, bill.yield_percent,
bill.created_by, bill.created_at, (
  SELECT min(later.effective_from) FROM bills_of_materials AS later
  WHERE later.tenant_id = $1 AND later.item_id = bill.item_id AND later.effective_from > bill.effective_from
) AS effective_until
"""

_IN_FORCE = f"""
SELECT wanted.position, {_BILL}
FROM unnest($2::uuid[], $3::timestamptz[]) WITH ORDINALITY AS wanted(item_id, instant, position)
CROSS JOIN LATERAL (
  SELECT * FROM bills_of_materials AS version
  WHERE version.tenant_id = $1 AND version.item_id = wanted.item_id
    AND version.effective_from <= coalesce(wanted.instant, statement_timestamp())
  ORDER BY version.effective_from DESC LIMIT 1
) AS bill
"""  # noqa: S608 - the text is put together from constants

_PAGE = f"""
SELECT wanted.position, {_BILL}
FROM unnest($2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS wanted(item_id, many, before, position)
CROSS JOIN LATERAL (
  SELECT * FROM bills_of_materials AS version
  WHERE version.tenant_id = $1 AND version.item_id = wanted.item_id AND version.version < wanted.before
  ORDER BY version.version DESC LIMIT wanted.many
) AS bill
ORDER BY wanted.position, bill.version DESC
"""  # noqa: S608 - the text is put together from constants

_COUNT = """
SELECT wanted.item_id, (
  SELECT count(*) FROM (
    SELECT 1 FROM bills_of_materials AS bill WHERE bill.tenant_id = $1 AND bill.item_id = wanted.item_id LIMIT $3
  ) AS bounded
) AS count
FROM unnest($2::uuid[]) AS wanted(item_id)
"""

_BY_ID = f"SELECT {_BILL} FROM bills_of_materials AS bill WHERE bill.tenant_id = $1 AND bill.id = ANY($2::uuid[])"  # noqa: S608 - the text is put together from constants

_COMPONENTS = """
SELECT line.bill_of_materials_id, line.position, line.variant_id, variant.sku, line.quantity, line.unit_code,
  line.waste_percent, line.is_optional, variant.item_id, item.unit_code AS stock_unit_code
FROM bill_of_materials_components AS line
JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = line.variant_id
JOIN items AS item ON item.tenant_id = $1 AND item.id = variant.item_id
WHERE line.tenant_id = $1 AND line.bill_of_materials_id = ANY($2::uuid[])
ORDER BY line.bill_of_materials_id, line.position
"""

_TREE = """
WITH RECURSIVE bill AS (
  SELECT first.* FROM unnest($2::uuid[]) AS wanted(item_id)
  CROSS JOIN LATERAL (
    SELECT id, item_id, version, output_quantity, output_unit_code, yield_percent FROM bills_of_materials
    WHERE tenant_id = $1 AND item_id = wanted.item_id AND effective_from <= coalesce($3, statement_timestamp())
    ORDER BY effective_from DESC LIMIT 1
  ) AS first
  UNION
  SELECT below.* FROM bill
  JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.bill_of_materials_id = bill.id
  JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = line.variant_id
  CROSS JOIN LATERAL (
    SELECT id, item_id, version, output_quantity, output_unit_code, yield_percent FROM bills_of_materials
    WHERE tenant_id = $1 AND item_id = variant.item_id AND effective_from <= coalesce($3, statement_timestamp())
    ORDER BY effective_from DESC LIMIT 1
  ) AS below
)
SELECT bill.id, bill.item_id, made.sku AS made_sku, made.unit_code AS made_unit_code, bill.version, bill.output_quantity,
  bill.output_unit_code, bill.yield_percent, line.position, line.variant_id, variant.sku, variant.item_id AS part_item_id,
  line.quantity, line.unit_code, line.waste_percent, line.is_optional, item.unit_code AS stock_unit_code,
  item.type IN ('RECIPE', 'KIT') AS is_made
FROM bill
JOIN items AS made ON made.tenant_id = $1 AND made.id = bill.item_id
JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.bill_of_materials_id = bill.id
JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = line.variant_id
JOIN items AS item ON item.tenant_id = $1 AND item.id = variant.item_id
ORDER BY bill.id, line.position
"""


def _bill(record: Record) -> BillOfMaterialsRecord:
    return BillOfMaterialsRecord(**{name: record[name] for name in BillOfMaterialsRecord.__slots__})


async def bills_of_materials_by_item(
    tx: Transaction, keys: Sequence[BillKey]
) -> Mapping[BillKey, BillOfMaterialsRecord]:
    """The version of each item in force at each instant; an item without one is left out."""
    found = await tx.raw.fetch(_IN_FORCE, tx.tenant_id, [item_id for item_id, _ in keys], [at for _, at in keys])
    return {keys[record["position"] - 1]: _bill(record) for record in found}


async def bills_of_materials_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, BillOfMaterialsRecord]:
    """The versions with these ids."""
    return {record["id"]: _bill(record) for record in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(keys))}


async def bill_of_materials_pages(
    tx: Transaction, keys: Sequence[BillPageKey]
) -> Mapping[BillPageKey, Page[BillOfMaterialsRecord]]:
    """For each key a page of the item's versions, the newest version first; its keyset position is (version,)."""
    found = await tx.raw.fetch(
        _PAGE,
        tx.tenant_id,
        [item_id for item_id, _, _ in keys],
        [first + 1 for _, first, _ in keys],
        [2**31 - 1 if after is None else after for _, _, after in keys],
    )
    rows: dict[BillPageKey, list[BillOfMaterialsRecord]] = {key: [] for key in keys}
    for record in found:
        rows[keys[record["position"] - 1]].append(_bill(record))
    return {
        key: Page(bills[: key[1]], [(bill.version,) for bill in bills[: key[1]]], has_next=len(bills) > key[1])
        for key, bills in rows.items()
    }


async def bill_of_materials_counts(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many versions each item has, exact up to 10,000; an item with more is left out."""
    found = await tx.raw.fetch(_COUNT, tx.tenant_id, list(keys), TOTAL_COUNT_MAX + 1)
    return {record["item_id"]: record["count"] for record in found if record["count"] <= TOTAL_COUNT_MAX}


async def components_by_bill(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, list[ComponentRecord]]:
    """The lines of each of these bills of materials, in their order."""
    found = await tx.raw.fetch(_COMPONENTS, tx.tenant_id, list(keys))
    units, bridges = await _conversions(tx, {record["item_id"] for record in found})
    lines: dict[UUID, list[ComponentRecord]] = {}
    for record in found:
        try:
            factor = stock_unit_factor(
                units[record["unit_code"]],
                stock_unit=units[record["stock_unit_code"]],
                bridges=bridges.get(record["item_id"], {}),
            )
            in_stock_unit = quantity_of(Fraction(record["quantity"]) * factor)
        except UnitMismatch:
            in_stock_unit = None
        lines.setdefault(record["bill_of_materials_id"], []).append(
            ComponentRecord(
                bill_of_materials_id=record["bill_of_materials_id"],
                position=record["position"],
                variant_id=record["variant_id"],
                sku=record["sku"],
                quantity=record["quantity"],
                unit_code=record["unit_code"],
                waste_percent=record["waste_percent"],
                is_optional=record["is_optional"],
                quantity_in_stock_unit=in_stock_unit,
            )
        )
    return lines


async def bills_in_force(tx: Transaction, item_ids: Sequence[UUID], *, at: datetime | None = None) -> dict[UUID, Bill]:
    """The bills of these items and of every recipe and kit below them, in force at the instant (None: now), by item id.

    An item without a bill is left out. Three statements, however many items and however deep. Raises ``UnitMismatch`` naming
    the recipe when a bridge that a line needs was taken away.
    """
    found = await tx.raw.fetch(_TREE, tx.tenant_id, list(item_ids), at)
    units, bridges = await _conversions(
        tx, {record["item_id"] for record in found} | {record["part_item_id"] for record in found}
    )
    parts: dict[UUID, list[Part]] = {}
    heads: dict[UUID, Record] = {}
    for record in found:
        heads[record["item_id"]] = record
        parts.setdefault(record["item_id"], []).append(_part(record, units, bridges))
    return {
        item_id: Bill(
            id=head["id"], item_id=item_id, sku=head["made_sku"], version=head["version"], parts=tuple(parts[item_id])
        )
        for item_id, head in heads.items()
    }


def _part(record: Record, units: Mapping[str, UnitRecord], bridges: Mapping[UUID, Bridges]) -> Part:
    try:
        quantity = part_quantity(
            record["quantity"],
            factor=stock_unit_factor(
                units[record["unit_code"]],
                stock_unit=units[record["stock_unit_code"]],
                bridges=bridges.get(record["part_item_id"], {}),
            ),
            waste_percent=record["waste_percent"],
            output_quantity=record["output_quantity"],
            output_factor=stock_unit_factor(
                units[record["output_unit_code"]],
                stock_unit=units[record["made_unit_code"]],
                bridges=bridges.get(record["item_id"], {}),
            ),
            yield_percent=record["yield_percent"],
        )
    except UnitMismatch as error:
        raise UnitMismatch(
            f"The bill of materials of {record['made_sku']} (version {record['version']}) takes {record['sku']} in a unit that"
            f" does not convert any more. {error.message}"
        ) from error
    return Part(
        variant_id=record["variant_id"],
        item_id=record["part_item_id"],
        sku=record["sku"],
        quantity=quantity,
        is_optional=record["is_optional"],
        is_made=record["is_made"],
    )


async def _conversions(tx: Transaction, item_ids: set[UUID]) -> tuple[Mapping[str, UnitRecord], Mapping[UUID, Bridges]]:
    if not item_ids:
        return {}, {}
    units = {unit.code: unit for unit in await all_units(tx)}
    return units, await unit_bridges_by_item(tx, sorted(item_ids))
