"""Reads of this domain: landed costs, and what stock is worth at any time.

A value of the past is that of now without what happened since, or that of an earlier closed end with what happened until then, whichever
is nearer (``stock.as_of``): it costs what happened in one period. What happened is taken by when it happened, not by when it was recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.pages import TOTAL_COUNT_MAX, Page, page_of
from inventory_graph.stock.as_of import TO_NOW, TO_THE_PAST, Way
from inventory_graph.valuation.records import LandedCostRecord, ValuationRow

_COST = """landed.id, landed.number, landed.kind, landed.amount, landed.currency, landed.exchange_rate, landed.cost_amount,
  tenants.currency AS cost_currency, landed.value_change, landed.issued_value, landed.spread_by, landed.description,
  landed.recorded_at, landed.recorded_by"""
_BY_ID = f"""
SELECT {_COST} FROM landed_costs AS landed JOIN tenants ON tenants.id = $1
WHERE landed.tenant_id = $1 AND landed.id = ANY($2::uuid[])
"""  # noqa: S608 - the text is put together from constants
_BY_NUMBER = _BY_ID.replace("landed.id = ANY($2::uuid[])", "landed.number = ANY($2::text[])")
_ON_DOCUMENT = """
  landed.tenant_id = $1 AND ($2::uuid IS NULL OR landed.id IN (
    SELECT command_id FROM cost_adjustments WHERE tenant_id = $1 AND reference_id = $2 AND kind IN ('LANDED_COST', 'FREIGHT')))
"""
_PAGE = f"""
SELECT {_COST} FROM landed_costs AS landed JOIN tenants ON tenants.id = $1
WHERE {_ON_DOCUMENT} AND ($3::timestamptz IS NULL OR (landed.recorded_at, landed.id) < ($3, $4::uuid))
ORDER BY landed.recorded_at DESC, landed.id DESC LIMIT $5
"""  # noqa: S608 - the text is put together from constants
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM landed_costs AS landed WHERE {_ON_DOCUMENT} LIMIT {TOTAL_COUNT_MAX + 1}) AS bounded
"""  # noqa: S608 - the text is put together from constants
_INSERT = """
INSERT INTO landed_costs (
  tenant_id, id, number, kind, amount, currency, exchange_rate, cost_amount, value_change, issued_value, spread_by, description,
  recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""

_NARROWED = "($3::uuid IS NULL OR balances.warehouse_id = $3) AND ($4::uuid[] IS NULL OR items.category_id = ANY($4))"


def _by_item(way: Way) -> str:
    return f"""
{way.begins}
SELECT items.sku AS key, items.id AS subject_id, total.on_hand, total.value
FROM items CROSS JOIN LATERAL (
  SELECT sum(each.on_hand) AS on_hand, sum(each.value) AS value
  FROM (
    SELECT {way.selected} FROM variants JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = variants.id
    {way.joined}
    WHERE variants.tenant_id = $1 AND variants.item_id = items.id AND ($3::uuid IS NULL OR balances.warehouse_id = $3)
  ) AS each
) AS total
WHERE items.tenant_id = $1 AND ($4::uuid[] IS NULL OR items.category_id = ANY($4))
  AND ($5::text IS NULL OR items.sku > $5) AND (total.on_hand <> 0 OR total.value <> 0)
ORDER BY items.sku LIMIT $6
"""  # noqa: S608 - the text is put together from constants


def _each(way: Way) -> str:
    return f"""
SELECT balances.warehouse_id, items.category_id, {way.selected}
FROM balances
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
{way.joined}
WHERE balances.tenant_id = $1 AND {_NARROWED}
"""  # noqa: S608 - the text is put together from constants


def _by_category(way: Way) -> str:
    return f"""
{way.begins}
SELECT coalesce(categories.slug, '') AS key, categories.id AS subject_id, NULL::numeric AS on_hand, sum(each.value) AS value
FROM ({_each(way)}) AS each LEFT JOIN categories ON categories.tenant_id = $1 AND categories.id = each.category_id
WHERE (each.on_hand <> 0 OR each.value <> 0) AND ($5::text IS NULL OR coalesce(categories.slug, '') > $5)
GROUP BY categories.slug, categories.id ORDER BY 1 LIMIT $6
"""  # noqa: S608 - the text is put together from constants


def _by_warehouse(way: Way) -> str:
    return f"""
{way.begins}
SELECT warehouses.code AS key, warehouses.id AS subject_id, NULL::numeric AS on_hand, sum(each.value) AS value
FROM ({_each(way)}) AS each JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = each.warehouse_id
WHERE (each.on_hand <> 0 OR each.value <> 0) AND ($5::text IS NULL OR warehouses.code > $5)
GROUP BY warehouses.code, warehouses.id ORDER BY 1 LIMIT $6
"""  # noqa: S608 - the text is put together from constants


def _total(way: Way) -> str:
    return f"{way.begins} SELECT coalesce(sum(each.value), 0) FROM ({_each(way)}) AS each"  # noqa: S608 - of constants


_SUBTREE = """
WITH RECURSIVE below AS (
  SELECT id FROM categories WHERE tenant_id = $1 AND slug = $2
  UNION ALL
  SELECT categories.id FROM categories JOIN below ON categories.parent_id = below.id WHERE categories.tenant_id = $1
)
SELECT id FROM below
"""


class By(StrEnum):
    """What the rows of a valuation are about."""

    ITEM = "ITEM"
    CATEGORY = "CATEGORY"
    WAREHOUSE = "WAREHOUSE"


_MADE: Mapping[By, Callable[[Way], str]] = {By.ITEM: _by_item, By.CATEGORY: _by_category, By.WAREHOUSE: _by_warehouse}
_ROWS: Mapping[tuple[By, Way], str] = {
    (by, way): make(way) for by, make in _MADE.items() for way in (TO_NOW, TO_THE_PAST)
}
_TOTALS: Mapping[Way, str] = {way: _total(way) for way in (TO_NOW, TO_THE_PAST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which stock, and when: ``at`` None is now, ``warehouse_id`` None is all of them, ``category_ids`` None is every item."""

    at: datetime | None = None
    warehouse_id: UUID | None = None
    category_ids: Sequence[UUID] | None = None

    @property
    def way(self) -> Way:
        """How its statements come to the instant."""
        return TO_NOW if self.at is None else TO_THE_PAST

    def arguments(self) -> tuple[datetime | None, UUID | None, list[UUID] | None]:
        """The scope in the order of the statements' parameters."""
        return self.at, self.warehouse_id, list(self.category_ids) if self.category_ids is not None else None


async def categories_below(tx: Transaction, *, slug: str) -> list[UUID]:
    """The category of the slug and all that lies below it; none for an unknown one."""
    if not is_storable(slug):
        return []
    return [row["id"] for row in await tx.raw.fetch(_SUBTREE, tx.tenant_id, slug)]


async def valuation_page(tx: Transaction, *, by: By, scope: Scope, first: int, after: str | None) -> Page[ValuationRow]:
    """What there is and what it is worth, in the order of SKUs, category slugs or warehouse codes, which are the keyset position; what has
    no category comes first. Left out is what there is nothing of and what is worth nothing."""
    rows = await tx.raw.fetch(_ROWS[by, scope.way], tx.tenant_id, *scope.arguments(), after, first + 1)
    return page_of(rows, first=first, row=_row, position=lambda row: (row["key"],))


async def valuation_count(tx: Transaction, *, by: By, scope: Scope) -> int | None:
    """How many rows there are; None beyond 10,000."""
    sql = f"SELECT count(*) FROM ({_ROWS[by, scope.way]}) AS bounded"  # noqa: S608 - made of the constants above
    count: int = await tx.raw.fetchval(sql, tx.tenant_id, *scope.arguments(), None, TOTAL_COUNT_MAX + 1)
    return count if count <= TOTAL_COUNT_MAX else None


def _row(row: Record) -> ValuationRow:
    return ValuationRow(key=row["key"], subject_id=row["subject_id"], on_hand=row["on_hand"], value=row["value"])


async def valuation_total(tx: Transaction, *, scope: Scope) -> Decimal:
    """What all stock of the scope is worth; what is on its way between warehouses is not among it."""
    total: Decimal = await tx.raw.fetchval(_TOTALS[scope.way], tx.tenant_id, *scope.arguments())
    return total


async def insert_landed_cost(tx: Transaction, record: LandedCostRecord) -> None:
    """Write down a landed cost."""
    await tx.raw.execute(
        _INSERT, tx.tenant_id, record.id, record.number, record.kind, record.amount, record.currency, record.exchange_rate,
        record.cost_amount, record.value_change, record.issued_value, record.spread_by, record.description, record.recorded_at,
        record.recorded_by,
    )  # fmt: skip


async def landed_costs_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, LandedCostRecord]:
    """The landed costs with these ids."""
    return {row["id"]: LandedCostRecord(**row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def landed_costs_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, LandedCostRecord]:
    """The landed costs with these numbers."""
    named = [number for number in numbers if is_storable(number)]
    return {row["number"]: LandedCostRecord(**row) for row in await tx.raw.fetch(_BY_NUMBER, tx.tenant_id, named)}


async def landed_costs_page(
    tx: Transaction, *, first: int, after: tuple[datetime, UUID] | None, document_id: UUID | None
) -> Page[LandedCostRecord]:
    """Landed costs, those on what a document brought where one is named, the newest first; the position is (recorded_at, id)."""
    instant, last_id = after if after is not None else (None, None)
    rows = await tx.raw.fetch(_PAGE, tx.tenant_id, document_id, instant, last_id, first + 1)
    return page_of(
        rows, first=first, row=lambda row: LandedCostRecord(**row), position=lambda row: (row["recorded_at"], row["id"])
    )


async def landed_costs_count(tx: Transaction, *, document_id: UUID | None) -> int | None:
    """How many landed costs there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(_COUNT, tx.tenant_id, document_id)
    return count if count <= TOTAL_COUNT_MAX else None
