"""Reads of the stock book: batch functions for loaders, pages, and what other domains ask."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from inventory_graph.db import Record, Transaction
from inventory_graph.masterdata.models import Variant
from inventory_graph.pages import Page, page_of
from inventory_graph.stock.commands import balance_id
from inventory_graph.stock.models import Balance
from inventory_graph.stock.records import BalanceRecord, MovementRecord

Key = TypeVar("Key")
Shape = TypeVar("Shape", bound=Hashable)

BALANCES_OF_VARIANT_MAX = 1_000


def overdue_holds(balances: str) -> str:
    """What of a balance is held past its time, and so held no more. Looked for only where a hold may have ended."""
    return f"""(CASE WHEN {balances}.holds_expire_at <= statement_timestamp() THEN coalesce((
    SELECT sum(holds.quantity) FROM holds
    WHERE holds.tenant_id = $1 AND holds.balance_id = {balances}.id AND holds.quantity > 0
      AND holds.expires_at <= statement_timestamp()), 0) ELSE 0 END)"""  # noqa: S608 - made of the constants below


def _columns(balances: str) -> str:
    overdue = overdue_holds(balances)
    return f"""{balances}.id, {balances}.variant_id, {balances}.warehouse_id, {balances}.on_hand,
  {balances}.reserved - {overdue} AS reserved, {balances}.quarantined, {balances}.damaged,
  {balances}.available + {overdue} AS available, {balances}.reorder_point, {balances}.safety_stock, {balances}.version,
  {balances}.updated_at"""


_COLUMNS = _columns("balances")

_BY_ID = f"SELECT {_COLUMNS} FROM balances WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - the text is put together from constants

# Look-ups by a list of keys go key by key (LATERAL): the plan then uses the key's index whatever the statistics say, also
# right after a tenant's catalogue was loaded.
_BY_VARIANT = f"""
SELECT balance.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_COLUMNS} FROM balances WHERE tenant_id = $1 AND variant_id = wanted.id
  ORDER BY warehouse_id LIMIT {BALANCES_OF_VARIANT_MAX}
) AS balance
"""  # noqa: S608 - the text is put together from constants

_BY_PAIR = f"""
SELECT variants.id AS variant_id, warehouses.id AS warehouse_id,
  coalesce(on_hand, 0) AS on_hand, coalesce(reserved, 0) AS reserved, coalesce(quarantined, 0) AS quarantined,
  coalesce(damaged, 0) AS damaged, coalesce(available, 0) AS available, reorder_point,
  coalesce(safety_stock, 0) AS safety_stock, coalesce(version, 0) AS version,
  coalesce(balances.updated_at, variants.created_at) AS updated_at
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(variant_id, warehouse_id)
JOIN variants ON variants.tenant_id = $1 AND variants.id = wanted.variant_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = wanted.warehouse_id
LEFT JOIN LATERAL (
  SELECT {_COLUMNS} FROM balances
  WHERE tenant_id = $1 AND variant_id = wanted.variant_id AND warehouse_id = wanted.warehouse_id LIMIT 1
) AS balances ON true
"""  # noqa: S608 - the text is put together from constants

_BY_SKU = f"""
SELECT wanted.position, found.id AS variant_id, warehouse.id AS warehouse_id,
  coalesce(on_hand, 0) AS on_hand, coalesce(reserved, 0) AS reserved, coalesce(quarantined, 0) AS quarantined,
  coalesce(damaged, 0) AS damaged, coalesce(available, 0) AS available, reorder_point,
  coalesce(safety_stock, 0) AS safety_stock, coalesce(version, 0) AS version,
  coalesce(balance.updated_at, found.created_at) AS updated_at
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::uuid[])
  WITH ORDINALITY AS wanted(sku, warehouse_id, warehouse_code, outlet_id, position)
CROSS JOIN LATERAL (
  SELECT id, created_at FROM variants WHERE tenant_id = $1 AND sku = wanted.sku
  UNION ALL
  -- The SKU of an item stands for its variant where there is just one.
  (SELECT min(variants.id::text)::uuid, min(variants.created_at)
   FROM items JOIN variants ON variants.tenant_id = $1 AND variants.item_id = items.id
   WHERE items.tenant_id = $1 AND items.sku = wanted.sku HAVING count(*) = 1)
  LIMIT 1
) AS found
CROSS JOIN LATERAL (
  SELECT id FROM warehouses WHERE tenant_id = $1 AND CASE
    WHEN wanted.warehouse_id IS NOT NULL THEN id = wanted.warehouse_id
    WHEN wanted.warehouse_code IS NOT NULL THEN code = wanted.warehouse_code
    WHEN wanted.outlet_id IS NOT NULL THEN outlet_id = wanted.outlet_id
    ELSE is_default END
  LIMIT 1
) AS warehouse
LEFT JOIN LATERAL (
  SELECT {_COLUMNS} FROM balances WHERE tenant_id = $1 AND variant_id = found.id AND warehouse_id = warehouse.id LIMIT 1
) AS balance ON true
"""  # noqa: S608 - the text is put together from constants

_OF_WAREHOUSE = f"""
SELECT wanted.id AS wanted_id, page.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_COLUMNS} FROM balances
  WHERE tenant_id = $1 AND warehouse_id = wanted.id AND ($3::uuid IS NULL OR variant_id > $3)
    AND (NOT $5::bool OR is_low) AND (NOT $6::bool OR on_hand <> 0)
  ORDER BY variant_id LIMIT $4
) AS page
ORDER BY wanted.id, page.variant_id
"""  # noqa: S608 - the text is put together from constants

_MOVEMENTS = """
SELECT page.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT balance_id, ordinal, id, variant_id, warehouse_id, kind, quantity, from_state, to_state, from_location_id,
    to_location_id, lot_id, serials, reason, note, reference_type, reference_id, reference, unit_cost, balance_version,
    on_hand_after, occurred_at, recorded_at, recorded_by
  FROM movements
  WHERE tenant_id = $1 AND balance_id = wanted.id
    AND ($3::bigint IS NULL OR (balance_version, ordinal) < ($3::bigint, $4::smallint))
  ORDER BY balance_version DESC, ordinal DESC LIMIT $5
) AS page
ORDER BY balance_id, balance_version DESC, ordinal DESC
"""

_HAS_MOVEMENTS = """
SELECT EXISTS (
  SELECT FROM variants JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = variants.id
  WHERE variants.tenant_id = $1 AND variants.item_id = $2 AND balances.version > 0)
"""

_HAS_STOCK = """
SELECT EXISTS (
  SELECT FROM balances
  WHERE balances.tenant_id = $1 AND (on_hand, reserved, quarantined, damaged) <> (0, 0, 0, 0)
    AND ($2::uuid IS NULL OR variant_id IN (SELECT id FROM variants WHERE tenant_id = $1 AND item_id = $2))
    AND ($3::uuid IS NULL OR variant_id = $3)
    AND ($4::uuid IS NULL OR warehouse_id = $4))
"""

_HAS_STOCK_AT = """
SELECT EXISTS (SELECT FROM quants WHERE tenant_id = $1 AND location_id = $2 AND quantity <> 0)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKey:
    """One page of what belongs to one owner, for loaders."""

    owner_id: UUID
    first: int
    after: tuple[int, int] | UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePageKey:
    """One page of a warehouse's balances; ``is_low`` and ``has_stock`` narrow it."""

    warehouse_id: UUID
    first: int
    after: UUID | None = None
    is_low: bool = False
    has_stock: bool = False


def balance_record(row: Record) -> BalanceRecord:
    """A row of ``balances``."""
    return BalanceRecord(
        id=row["id"],
        variant_id=row["variant_id"],
        warehouse_id=row["warehouse_id"],
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        quarantined=row["quarantined"],
        damaged=row["damaged"],
        available=row["available"],
        reorder_point=row["reorder_point"],
        safety_stock=row["safety_stock"],
        version=row["version"],
        updated_at=row["updated_at"],
    )


def _pair_record(row: Record) -> BalanceRecord:
    values = dict(row)
    values.pop("position", None)
    return BalanceRecord(id=balance_id(row["variant_id"], row["warehouse_id"]), **values)


def _movement(row: Record) -> MovementRecord:
    values = dict(row)
    del values["balance_id"], values["ordinal"]
    return MovementRecord(**values)


async def balances_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, BalanceRecord]:
    """The balances of the ids; one never touched is not found by its id alone."""
    return {row["id"]: balance_record(row) for row in await tx.raw.fetch(_BY_ID, tx.tenant_id, list(ids))}


async def balances_by_variant(tx: Transaction, variant_ids: Sequence[UUID]) -> Mapping[UUID, list[BalanceRecord]]:
    """All balances of each variant, by warehouse."""
    found: dict[UUID, list[BalanceRecord]] = {variant_id: [] for variant_id in variant_ids}
    for row in await tx.raw.fetch(_BY_VARIANT, tx.tenant_id, list(variant_ids)):
        found[row["variant_id"]].append(balance_record(row))
    return found


async def balances_by_pair(
    tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], BalanceRecord]:
    """The balances of (variant, warehouse) pairs; a known pair never touched reads zeros and version 0."""
    rows = await tx.raw.fetch(_BY_PAIR, tx.tenant_id, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return {(row["variant_id"], row["warehouse_id"]): _pair_record(row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuKey:
    """An SKU in a warehouse named by one of its keys, in the tenant's default where none is given."""

    sku: str
    warehouse_id: UUID | None = None
    warehouse_code: str | None = None
    outlet_id: UUID | None = None


async def balances_by_sku(tx: Transaction, keys: Sequence[SkuKey]) -> Mapping[SkuKey, BalanceRecord]:
    """The balances of SKUs; a pair never touched reads zeros and version 0, an unknown SKU or warehouse is left out."""
    rows = await tx.raw.fetch(
        _BY_SKU,
        tx.tenant_id,
        [key.sku for key in keys],
        [key.warehouse_id for key in keys],
        [key.warehouse_code for key in keys],
        [key.outlet_id for key in keys],
    )
    return {keys[row["position"] - 1]: _pair_record(row) for row in rows}


async def balances_by_warehouse(
    tx: Transaction, keys: Sequence[BalancePageKey]
) -> Mapping[BalancePageKey, Page[BalanceRecord]]:
    """A page of each warehouse's balances in the order of variant ids; one statement for keys that differ only by it."""
    found: dict[BalancePageKey, Page[BalanceRecord]] = {}
    for shape, group in _grouped(keys, lambda key: (key.first, key.after, key.is_low, key.has_stock)).items():
        first, after, is_low, has_stock = shape
        ids = [key.warehouse_id for key in group]
        rows = await tx.raw.fetch(_OF_WAREHOUSE, tx.tenant_id, ids, after, first + 1, is_low, has_stock)
        for key in group:
            mine = [row for row in rows if row["wanted_id"] == key.warehouse_id]
            found[key] = page_of(mine, first=first, row=balance_record, position=lambda row: (row["variant_id"],))
    return found


async def movements_by_balance(tx: Transaction, keys: Sequence[PageKey]) -> Mapping[PageKey, Page[MovementRecord]]:
    """A page of each balance's ledger, newest first."""
    found: dict[PageKey, Page[MovementRecord]] = {}
    for (first, after), group in _grouped(keys, lambda key: (key.first, key.after)).items():
        version, ordinal = after if isinstance(after, tuple) else (None, None)
        ids = [key.owner_id for key in group]
        rows = await tx.raw.fetch(_MOVEMENTS, tx.tenant_id, ids, version, ordinal, first + 1)
        for key in group:
            mine = [row for row in rows if row["balance_id"] == key.owner_id]
            found[key] = page_of(
                mine, first=first, row=_movement, position=lambda row: (row["balance_version"], row["ordinal"])
            )
    return found


def _grouped(keys: Sequence[Key], shape: Callable[[Key], Shape]) -> dict[Shape, list[Key]]:
    groups: dict[Shape, list[Key]] = {}
    for key in keys:
        groups.setdefault(shape(key), []).append(key)
    return groups


def low_stock_items(warehouse_id: UUID | None) -> Select[UUID]:
    """The items that have a variant at or below its reorder point, in one warehouse or anywhere."""
    statement = (
        select(Variant.item_id)
        .join(Balance, (Balance.tenant_id == Variant.tenant_id) & (Balance.variant_id == Variant.id))
        .where(Balance.is_low)
    )
    return statement if warehouse_id is None else statement.where(Balance.warehouse_id == warehouse_id)


def stocked_items(warehouse_id: UUID) -> Select[UUID]:
    """The items that have or had stock of a variant in the warehouse."""
    return (
        select(Variant.item_id)
        .join(Balance, (Balance.tenant_id == Variant.tenant_id) & (Balance.variant_id == Variant.id))
        .where(Balance.warehouse_id == warehouse_id, Balance.version > 0)
    )


async def has_movements(tx: Transaction, item_id: UUID) -> bool:
    """Whether any variant of the item was ever posted to: its stock unit and tracking are fixed from then on."""
    return bool(await tx.raw.fetchval(_HAS_MOVEMENTS, tx.tenant_id, item_id))


async def has_stock(
    tx: Transaction, *, item_id: UUID | None = None, variant_id: UUID | None = None, warehouse_id: UUID | None = None
) -> bool:
    """Whether anything, held or owed included, lies where the given keys say."""
    return bool(await tx.raw.fetchval(_HAS_STOCK, tx.tenant_id, item_id, variant_id, warehouse_id))


async def has_stock_at(tx: Transaction, location_id: UUID) -> bool:
    """Whether anything lies at the location."""
    return bool(await tx.raw.fetchval(_HAS_STOCK_AT, tx.tenant_id, location_id))
