"""From the caller's words to the book's: SKUs to variants, codes to places, quantities to stock units."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import NotFound
from inventory_graph.masterdata.units import (
    UnitRecord,
    all_units,
    is_divisible,
    to_stock_unit,
    unit_named,
    unknown_unit,
)
from inventory_graph.quantities import STEP
from inventory_graph.unlocked import dataclass

SHOWN_LENGTH_MAX = 80
"""How much of a name that nothing bears is said back to the caller."""

# Each step looks rows up by the whole list, never row by row: until the planner has looked at new tables it takes a tenant
# for one row, and five hundred names joined one by one would be a quarter of a million of them.
_VARIANTS = """
WITH named AS MATERIALIZED (
  SELECT sku AS wanted, id, sku, item_id, status FROM variants WHERE tenant_id = $1 AND sku = ANY($2::text[])
), known AS MATERIALIZED (
  SELECT id::text AS wanted, id, sku, item_id, status FROM variants WHERE tenant_id = $1 AND id = ANY($3::uuid[])
), bearers AS MATERIALIZED (
  SELECT id, sku FROM items WHERE tenant_id = $1 AND sku = ANY($2::text[]) AND sku NOT IN (SELECT wanted FROM named)
), alone AS (
  -- The SKU of an item stands for its variant where there is just one.
  SELECT bearers.sku AS wanted, min(variants.id::text)::uuid AS id, min(variants.sku) AS sku, bearers.id AS item_id,
    min(variants.status) AS status
  FROM variants JOIN bearers ON bearers.id = variants.item_id
  WHERE variants.tenant_id = $1 AND variants.item_id = ANY(ARRAY(SELECT id FROM bearers))
  GROUP BY bearers.sku, bearers.id HAVING count(*) = 1
), found AS MATERIALIZED (
  SELECT * FROM named UNION ALL SELECT * FROM known UNION ALL SELECT * FROM alone
), meant AS MATERIALIZED (
  SELECT id, shelf_life_days, tracking, type, unit_code, status FROM items
  WHERE tenant_id = $1 AND id = ANY(ARRAY(SELECT item_id FROM found))
)
SELECT found.wanted, found.id AS variant_id, found.sku, meant.id AS item_id, meant.shelf_life_days, meant.tracking,
  meant.type AS item_type, meant.unit_code, meant.status <> 'ARCHIVED' AND found.status <> 'ARCHIVED' AS is_active,
  (SELECT coalesce(array_agg(ARRAY[bridge.from_unit_code, bridge.to_unit_code, bridge.factor_numerator::text,
      bridge.factor_denominator::text]), '{}')
    FROM unit_bridges AS bridge WHERE bridge.tenant_id = $1 AND bridge.item_id = meant.id) AS bridges
FROM found JOIN meant ON meant.id = found.item_id
"""

_LOCATIONS = """
SELECT code, id FROM locations WHERE tenant_id = $1 AND warehouse_id = $2 AND code = ANY($3::text[]) AND is_active
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A variant as a stock verb sees it: its ids, its stock unit and how other units convert into it."""

    variant_id: UUID
    sku: str
    item_id: UUID
    item_type: str
    tracking: str
    shelf_life_days: int | None
    is_active: bool
    stock_unit: UnitRecord
    units: Sequence[UnitRecord]
    bridges: Mapping[tuple[str, str], Fraction]

    @property
    def step(self) -> Decimal:
        """What a part of it is a multiple of: whole units where it is counted in them, unless bridges divide it."""
        return Decimal(1) if self.stock_unit.is_whole and not is_divisible(self.stock_unit, self.bridges) else STEP

    def quantity(self, given: Decimal, unit: str | None, *, path: tuple[str, ...]) -> Decimal:
        """A quantity as given, in the stock unit; raises ``UnitMismatch`` or ``InvalidInput``."""
        named = None
        unit_path = (*path[:-1], "unit")
        if unit is not None:
            named = unit_named(unit, self.units)
            if named is None:
                raise unknown_unit(unit, self.units, path=unit_path)
        return to_stock_unit(
            given, unit=named, stock_unit=self.stock_unit, bridges=self.bridges, path=unit_path, quantity_path=path
        )


async def articles_named(tx: Transaction, *, skus: Iterable[str], ids: Iterable[UUID] = ()) -> dict[str, Article]:
    """The variants of these SKUs and ids, by SKU or by the id's text; an unknown one is left out."""
    rows = await tx.raw.fetch(_VARIANTS, tx.tenant_id, list(set(skus)), list(set(ids)))
    if not rows:
        return {}
    units = await all_units(tx)
    return {row["wanted"]: _article(row, units) for row in rows}


async def articles(tx: Transaction, skus: Sequence[str]) -> list[Article]:
    """The variants of the SKUs, in their order; raises ``NotFound`` whose path is ``lines.N.sku``."""
    found = await articles_named(tx, skus=skus)
    for position, sku in enumerate(skus):
        if sku not in found:
            raise unknown_sku(sku, path=("lines", str(position), "sku"))
    return [found[sku] for sku in skus]


def unknown_sku(sku: str, *, path: tuple[str, ...]) -> NotFound:
    """The refusal of a SKU that names no variant."""
    return NotFound(
        f"There is no variant with the SKU {sku[:SHOWN_LENGTH_MAX]!r}. An item's SKU stands for its variant only while it has"
        " one.",
        path=path,
    )


async def article(tx: Transaction, sku: str) -> Article:
    """The variant of one SKU; raises ``NotFound`` whose path is ``sku``."""
    try:
        (found,) = await articles(tx, [sku])
    except NotFound as refusal:
        refusal.path = ("sku",)
        raise
    return found


def _article(row: Record, units: Sequence[UnitRecord]) -> Article:
    return Article(
        variant_id=row["variant_id"],
        sku=row["sku"],
        item_id=row["item_id"],
        item_type=row["item_type"],
        tracking=row["tracking"],
        shelf_life_days=row["shelf_life_days"],
        is_active=row["is_active"],
        stock_unit=next(unit for unit in units if unit.code == row["unit_code"]),
        units=units,
        bridges={
            (from_unit, to_unit): Fraction(int(numerator), int(denominator))
            for from_unit, to_unit, numerator, denominator in row["bridges"]
        },
    )


async def locations(
    tx: Transaction, *, warehouse_id: UUID, codes: Mapping[tuple[str, ...], str | None]
) -> Mapping[str, UUID]:
    """The active locations of a warehouse by code; ``codes`` maps the argument's path to the code it named.

    Raises ``NotFound`` with that path.
    """
    wanted = sorted({code for code in codes.values() if code is not None})
    if not wanted:
        return {}
    found = {row["code"]: row["id"] for row in await tx.raw.fetch(_LOCATIONS, tx.tenant_id, warehouse_id, wanted)}
    for path, code in codes.items():
        if code is not None and code not in found:
            raise NotFound(f"The warehouse has no active location {code[:SHOWN_LENGTH_MAX]!r}.", path=path)
    return found
