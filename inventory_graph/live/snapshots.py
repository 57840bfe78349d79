"""How things stood at a position of the log, page by page: what a subscription begins with.

A page is read in one instant of its own. What changed between the position and that instant is taken back by the events of the
change, which tell how the balance was before: those after the position in the log, and those that are committed and not yet
numbered. So a snapshot that takes minutes, or goes on after a reconnect, still shows one position.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from inventory_graph.db import Record, Transaction
from inventory_graph.live.selections import (
    PurchaseOrderSelection,
    ReservationSelection,
    StockSelection,
    TransferSelection,
)
from inventory_graph.stock.events import StockUpdated
from inventory_graph.stock.records import BalanceRecord

PAGE = 500

_BALANCES = """
SELECT balances.id, balances.variant_id, balances.warehouse_id, on_hand, reserved, quarantined, damaged, available, reorder_point,
  safety_stock, version, balances.updated_at
FROM balances
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
WHERE balances.tenant_id = $1 AND balances.id > $2
  AND ($3::text[] IS NULL OR variants.sku = ANY($3))
  AND ($4::uuid[] IS NULL OR balances.warehouse_id = ANY($4))
  AND ($5::uuid[] IS NULL OR warehouses.outlet_id = ANY($5))
ORDER BY balances.id LIMIT $6
"""

# The first change after the position, of each balance that had one.
_CHANGED_SINCE = """
SELECT DISTINCT ON (aggregate_id) aggregate_id, aggregate_version, payload::text AS payload FROM (
  SELECT aggregate_id, aggregate_version, payload FROM event_log
  WHERE tenant_id = $1 AND aggregate_id = ANY($2::uuid[]) AND tenant_seq > $3 AND type = $4
  UNION ALL
  SELECT aggregate_id, aggregate_version, payload FROM outbox
  WHERE tenant_id = $1 AND aggregate_id = ANY($2::uuid[]) AND type = $4
) AS changes
ORDER BY aggregate_id, aggregate_version
"""

# Of all the tenant's reservations those that are open. Ahead is one whose last step comes after the position.
_RESERVATIONS = """
SELECT reservations.id, reservations.version, step.at AS changed_at,
  EXISTS (SELECT FROM outbox WHERE outbox.tenant_id = $1 AND outbox.aggregate_id = reservations.id)
  OR EXISTS (SELECT FROM event_log WHERE event_log.tenant_id = $1 AND event_log.aggregate_id = reservations.id
    AND event_log.tenant_seq > $2) AS is_ahead
FROM reservations
JOIN reservation_steps AS step ON step.tenant_id = $1 AND step.reservation_id = reservations.id
  AND step.version = reservations.version
WHERE reservations.tenant_id = $1 AND reservations.id > $3
  AND ($4::uuid IS NULL OR reservations.id = $4)
  AND ($5::uuid IS NULL OR reservations.order_id = $5)
  AND ($4::uuid IS NOT NULL OR $5::uuid IS NOT NULL OR reservations.resolved_at IS NULL)
ORDER BY reservations.id LIMIT $6
"""


# Of all the tenant's purchase orders those that are neither closed nor cancelled.
_PURCHASE_ORDERS = """
SELECT orders.id, orders.version, step.at AS changed_at,
  EXISTS (SELECT FROM outbox WHERE outbox.tenant_id = $1 AND outbox.aggregate_id = orders.id)
  OR EXISTS (SELECT FROM event_log WHERE event_log.tenant_id = $1 AND event_log.aggregate_id = orders.id
    AND event_log.tenant_seq > $2) AS is_ahead
FROM purchase_orders AS orders
JOIN purchase_order_steps AS step ON step.tenant_id = $1 AND step.purchase_order_id = orders.id AND step.version = orders.version
WHERE orders.tenant_id = $1 AND orders.id > $3
  AND ($4::uuid IS NULL OR orders.id = $4)
  AND ($5::uuid[] IS NULL OR orders.warehouse_id = ANY($5))
  AND ($4::uuid IS NOT NULL OR orders.resolved_at IS NULL)
ORDER BY orders.id LIMIT $6
"""


# Of all the tenant's transfers those that are neither completed nor cancelled.
_TRANSFERS = """
SELECT transfers.id, transfers.version, step.at AS changed_at,
  EXISTS (SELECT FROM outbox WHERE outbox.tenant_id = $1 AND outbox.aggregate_id = transfers.id)
  OR EXISTS (SELECT FROM event_log WHERE event_log.tenant_id = $1 AND event_log.aggregate_id = transfers.id
    AND event_log.tenant_seq > $2) AS is_ahead
FROM transfers
JOIN transfer_steps AS step ON step.tenant_id = $1 AND step.transfer_id = transfers.id AND step.version = transfers.version
WHERE transfers.tenant_id = $1 AND transfers.id > $3
  AND ($4::uuid IS NULL OR transfers.id = $4)
  AND ($5::uuid[] IS NULL OR transfers.from_warehouse_id = ANY($5) OR transfers.to_warehouse_id = ANY($5))
  AND ($4::uuid IS NOT NULL OR transfers.resolved_at IS NULL)
ORDER BY transfers.id LIMIT $6
"""


class ShownDocument(NamedTuple):
    """A reservation, purchase order or transfer of a snapshot. ``is_ahead``: its version is one that comes after the snapshot's position."""

    id: UUID
    version: int
    changed_at: datetime
    is_ahead: bool


async def reservations_at(
    tx: Transaction, *, tenant_seq: int, selection: ReservationSelection, after: UUID | None, limit: int = PAGE
) -> tuple[list[ShownDocument], UUID | None]:
    """The next reservations by id as they are, and where to go on, None at the end. The transaction sees one instant."""
    rows = await tx.raw.fetch(
        _RESERVATIONS, tx.tenant_id, tenant_seq, after or UUID(int=0), selection.id, selection.order_id, limit
    )
    return [ShownDocument(*row) for row in rows], rows[-1]["id"] if len(rows) == limit else None


async def purchase_orders_at(
    tx: Transaction, *, tenant_seq: int, selection: PurchaseOrderSelection, after: UUID | None, limit: int = PAGE
) -> tuple[list[ShownDocument], UUID | None]:
    """The next purchase orders by id as they are, and where to go on, None at the end. The transaction sees one instant."""
    rows = await tx.raw.fetch(
        _PURCHASE_ORDERS,
        tx.tenant_id,
        tenant_seq,
        after or UUID(int=0),
        selection.id,
        _array(selection.warehouse_ids),
        limit,
    )
    return [ShownDocument(*row) for row in rows], rows[-1]["id"] if len(rows) == limit else None


async def balances_at(
    tx: Transaction, *, tenant_seq: int, selection: StockSelection, after: UUID | None, limit: int = PAGE
) -> tuple[list[BalanceRecord], UUID | None]:
    """The next balances by id as they were at the tenant's position, and where to go on, None at the end. The transaction sees one
    instant (``Database.snapshot``)."""
    rows = await tx.raw.fetch(
        _BALANCES,
        tx.tenant_id,
        after or UUID(int=0),
        _array(selection.skus),
        _array(selection.warehouse_ids),
        _array(selection.outlet_ids),
        limit,
    )
    ids = [row["id"] for row in rows]
    changed = {
        row["aggregate_id"]: row
        for row in await tx.raw.fetch(_CHANGED_SINCE, tx.tenant_id, ids, tenant_seq, StockUpdated.type)
    }
    records = [_record(row, changed.get(row["id"])) for row in rows]
    return [record for record in records if record.version], ids[-1] if len(rows) == limit else None


def _array(values: frozenset[Any] | None) -> Sequence[Any] | None:
    return sorted(values) if values is not None else None


def _record(row: Record, change: Record | None) -> BalanceRecord:
    """The balance, with what changed since taken back."""
    columns = dict(row)
    if change is not None:
        payload = orjson.loads(change["payload"])
        columns |= {name: Decimal(quantity) for name, quantity in payload["before"].items()}
        columns |= {"version": change["aggregate_version"] - 1, "updated_at": _instant(payload["updated_before"])}
    return BalanceRecord(**columns)


def balance_after(payload: Mapping[str, Any], *, balance_id: UUID) -> BalanceRecord:
    """The balance right after the change that the payload of a ``StockUpdated`` tells of."""
    point = payload.get("reorder_point")
    return BalanceRecord(
        id=balance_id,
        variant_id=UUID(payload["variant_id"]),
        warehouse_id=UUID(payload["warehouse_id"]),
        **{name: Decimal(quantity) for name, quantity in payload["after"].items()},
        reorder_point=Decimal(point) if point is not None else None,
        safety_stock=Decimal(payload.get("safety_stock") or 0),
        version=payload["version"],
        updated_at=_instant(payload["updated_at"]),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def transfers_at(
    tx: Transaction, *, tenant_seq: int, selection: TransferSelection, after: UUID | None, limit: int = PAGE
) -> tuple[list[ShownDocument], UUID | None]:
    """The next transfers by id as they are, and where to go on, None at the end. The transaction sees one instant."""
    rows = await tx.raw.fetch(
        _TRANSFERS,
        tx.tenant_id,
        tenant_seq,
        after or UUID(int=0),
        selection.id,
        _array(selection.warehouse_ids),
        limit,
    )
    return [ShownDocument(*row) for row in rows], rows[-1]["id"] if len(rows) == limit else None
