"""Where lots and serials are, and where they went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.pages import Page, page_of
from inventory_graph.stock.records import MovementRecord

_LOT = "id, item_id, code, status, manufactured_on, best_before, expires_on, received_at"

_LOT_BY_CODE = f"""
SELECT {_LOT} FROM lots WHERE tenant_id = $1 AND code = $3 AND item_id = (
  SELECT item_id FROM variants WHERE tenant_id = $1 AND sku = $2
  UNION SELECT id FROM items WHERE tenant_id = $1 AND sku = $2 LIMIT 1)
"""  # noqa: S608 - the text is put together from constants

_LOTS_BY_ID = f"SELECT {_LOT} FROM lots WHERE tenant_id = $1 AND id = ANY($2::uuid[])"  # noqa: S608 - the text is put together from constants

_PLACES = """
SELECT quants.lot_id, balances.variant_id, balances.warehouse_id, quants.location_id, quants.state, quants.quantity
FROM quants JOIN balances ON balances.tenant_id = $1 AND balances.id = quants.balance_id
WHERE quants.tenant_id = $1 AND quants.lot_id = ANY($2::uuid[]) AND quants.quantity <> 0
ORDER BY quants.lot_id, balances.warehouse_id, balances.variant_id, quants.location_id, quants.state
"""

_LOT_BALANCES = """
SELECT page.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT quants.balance_id, lots.id, lots.item_id, lots.code, lots.status, lots.manufactured_on, lots.best_before,
    lots.expires_on, lots.received_at, sum(quantity) AS on_hand,
    coalesce(sum(quantity) FILTER (WHERE state = 'AVAILABLE'), 0) AS available,
    coalesce(sum(quantity) FILTER (WHERE state = 'RESERVED'), 0) AS reserved,
    coalesce(sum(quantity) FILTER (WHERE state = 'QUARANTINED'), 0) AS quarantined,
    coalesce(sum(quantity) FILTER (WHERE state = 'DAMAGED'), 0) AS damaged
  FROM quants JOIN lots ON lots.tenant_id = $1 AND lots.id = quants.lot_id
  WHERE quants.tenant_id = $1 AND quants.balance_id = wanted.id AND ($3::text IS NULL OR lots.code > $3)
  GROUP BY quants.balance_id, lots.id, lots.item_id, lots.code, lots.status, lots.manufactured_on, lots.best_before,
    lots.expires_on, lots.received_at
  ORDER BY lots.code LIMIT $4
) AS page
ORDER BY balance_id, code
"""

_SERIAL = "id, variant_id, serial, status, warehouse_id, location_id, lot_id, state, received_at, updated_at"

_SERIAL_BY_NUMBER = f"""
SELECT {_SERIAL} FROM serials WHERE tenant_id = $1 AND serial = $3 AND item_id = (
  SELECT item_id FROM variants WHERE tenant_id = $1 AND sku = $2
  UNION SELECT id FROM items WHERE tenant_id = $1 AND sku = $2 LIMIT 1)
"""  # noqa: S608 - the text is put together from constants

_MOVEMENT = """movements.id, variant_id, warehouse_id, kind, quantity, from_state, to_state, from_location_id, to_location_id,
  lot_id, serials, reason, note, reference_type, reference_id, reference, unit_cost, balance_version, on_hand_after, occurred_at,
  movements.recorded_at, recorded_by"""

_SERIAL_MOVEMENTS = f"""
SELECT wanted.id AS owner_id, page.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_MOVEMENT} FROM movement_serials
  JOIN movements ON movements.tenant_id = $1 AND movements.recorded_at = movement_serials.recorded_at
    AND movements.id = movement_serials.movement_id
  WHERE movement_serials.tenant_id = $1 AND movement_serials.serial_id = wanted.id
    AND ($3::timestamptz IS NULL OR (movement_serials.recorded_at, movement_serials.movement_id) < ($3, $4::uuid))
  ORDER BY movement_serials.recorded_at DESC, movement_serials.movement_id DESC LIMIT $5
) AS page
ORDER BY wanted.id, page.recorded_at DESC, page.id DESC
"""  # noqa: S608 - the text is put together from constants

_LOT_MOVEMENTS = f"""
SELECT wanted.id AS owner_id, page.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT {_MOVEMENT} FROM movements
  WHERE movements.tenant_id = $1 AND movements.lot_id = wanted.id
    AND ($3::timestamptz IS NULL OR (movements.recorded_at, movements.id) < ($3, $4::uuid))
  ORDER BY movements.recorded_at DESC, movements.id DESC LIMIT $5
) AS page
ORDER BY wanted.id, page.recorded_at DESC, page.id DESC
"""  # noqa: S608 - the text is put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRecord:
    """A batch of an item; ``status`` is as recorded, expiry is judged by the calendar of the place."""

    id: UUID
    item_id: UUID
    code: str
    status: str
    manufactured_on: date | None
    best_before: date | None
    expires_on: date | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPlaceRecord:
    """So much of a lot lies here in this state."""

    variant_id: UUID
    warehouse_id: UUID
    location_id: UUID | None
    state: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBalanceRecord:
    """What of one balance is of one lot."""

    lot: LotRecord
    on_hand: Decimal
    available: Decimal
    reserved: Decimal
    quarantined: Decimal
    damaged: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialRecord:
    """A numbered piece and its place, None when it left."""

    id: UUID
    variant_id: UUID
    serial: str
    status: str
    warehouse_id: UUID | None
    location_id: UUID | None
    lot_id: UUID | None
    state: str | None
    received_at: datetime
    updated_at: datetime


def _lot(row: Record) -> LotRecord:
    return LotRecord(
        id=row["id"],
        item_id=row["item_id"],
        code=row["code"],
        status=row["status"],
        manufactured_on=row["manufactured_on"],
        best_before=row["best_before"],
        expires_on=row["expires_on"],
        received_at=row["received_at"],
    )


def _lot_balance(row: Record) -> LotBalanceRecord:
    return LotBalanceRecord(
        lot=_lot(row),
        on_hand=row["on_hand"],
        available=row["available"],
        reserved=row["reserved"],
        quarantined=row["quarantined"],
        damaged=row["damaged"],
    )


async def lot_by_code(tx: Transaction, *, sku: str, code: str) -> LotRecord | None:
    """A lot by the SKU of its item or of a variant, and its code."""
    row = await tx.raw.fetchrow(_LOT_BY_CODE, tx.tenant_id, sku, code)
    return _lot(row) if row is not None else None


async def lots_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, LotRecord]:
    """The lots of the ids."""
    return {row["id"]: _lot(row) for row in await tx.raw.fetch(_LOTS_BY_ID, tx.tenant_id, list(ids))}


async def places_by_lot(tx: Transaction, lot_ids: Sequence[UUID]) -> Mapping[UUID, list[LotPlaceRecord]]:
    """Where each lot lies now."""
    found: dict[UUID, list[LotPlaceRecord]] = {lot_id: [] for lot_id in lot_ids}
    for row in await tx.raw.fetch(_PLACES, tx.tenant_id, list(lot_ids)):
        values = dict(row)
        found[values.pop("lot_id")].append(LotPlaceRecord(**values))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPageKey:
    """One page of a balance's lots, in the order of their codes."""

    balance_id: UUID
    first: int
    after: str | None = None


async def lot_balances(tx: Transaction, keys: Sequence[LotPageKey]) -> Mapping[LotPageKey, Page[LotBalanceRecord]]:
    """A page of each balance's lots."""
    found: dict[LotPageKey, Page[LotBalanceRecord]] = {}
    for first, after in dict.fromkeys((key.first, key.after) for key in keys):
        group = [key for key in keys if (key.first, key.after) == (first, after)]
        ids = [key.balance_id for key in group]
        rows = await tx.raw.fetch(_LOT_BALANCES, tx.tenant_id, ids, after, first + 1)
        for key in group:
            mine = [row for row in rows if row["balance_id"] == key.balance_id]
            found[key] = page_of(mine, first=first, row=_lot_balance, position=lambda row: (row["code"],))
    return found


async def serial_by_number(tx: Transaction, *, sku: str, serial: str) -> SerialRecord | None:
    """A piece by the SKU of its item or of a variant, and its number."""
    row = await tx.raw.fetchrow(_SERIAL_BY_NUMBER, tx.tenant_id, sku, serial)
    return SerialRecord(**dict(row)) if row is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPageKey:
    """One page of the movements of a lot or a piece, newest first; ``after`` is when one was recorded, and its id."""

    owner_id: UUID
    first: int
    after: tuple[datetime, UUID] | None = None


async def movements_by_serial(
    tx: Transaction, keys: Sequence[HistoryPageKey]
) -> Mapping[HistoryPageKey, Page[MovementRecord]]:
    """A page of the movements of each piece."""
    return await _histories(tx, _SERIAL_MOVEMENTS, keys)


async def movements_by_lot(
    tx: Transaction, keys: Sequence[HistoryPageKey]
) -> Mapping[HistoryPageKey, Page[MovementRecord]]:
    """A page of the movements of each lot."""
    return await _histories(tx, _LOT_MOVEMENTS, keys)


async def _histories(
    tx: Transaction, sql: str, keys: Sequence[HistoryPageKey]
) -> dict[HistoryPageKey, Page[MovementRecord]]:
    found: dict[HistoryPageKey, Page[MovementRecord]] = {}
    for first, after in dict.fromkeys((key.first, key.after) for key in keys):
        group = [key for key in keys if (key.first, key.after) == (first, after)]
        recorded_at, movement_id = after if after is not None else (None, None)
        ids = [key.owner_id for key in group]
        rows = await tx.raw.fetch(sql, tx.tenant_id, ids, recorded_at, movement_id, first + 1)
        for key in group:
            found[key] = page_of(
                [row for row in rows if row["owner_id"] == key.owner_id],
                first=first,
                row=_movement,
                position=lambda row: (row["recorded_at"].isoformat(), row["id"]),
            )
    return found


def _movement(row: Record) -> MovementRecord:
    values = dict(row)
    del values["owner_id"]
    return MovementRecord(**values)
