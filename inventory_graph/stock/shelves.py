"""What lies on which shelf and could be taken: for who plans a walk. Read without locks: it is decided when it is taken."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock.removal import DEFAULT_STRATEGY, Candidate
from inventory_graph.unlocked import dataclass

_SHELVES = """
SELECT balances.variant_id, quant.location_id, quant.lot_id, quant.quantity, quant.received_at,
  coalesce(locations.path, '') AS location_path, lots.code AS lot_code, lots.expires_on, items.tracking, items.removal_strategy,
  lots.expires_on < (statement_timestamp() AT TIME ZONE warehouses.timezone)::date AS is_expired
FROM balances
JOIN quants AS quant ON quant.tenant_id = $1 AND quant.balance_id = balances.id AND quant.state = 'AVAILABLE' AND quant.quantity > 0
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = quant.lot_id
LEFT JOIN locations ON locations.tenant_id = $1 AND locations.id = quant.location_id
WHERE balances.tenant_id = $1 AND balances.warehouse_id = $2 AND balances.variant_id = ANY($3::uuid[])
  AND (lots.id IS NULL OR lots.status = 'ACTIVE')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """So much of a variant that is available at one location, of one lot. What is expired goes only where it is named."""

    location_id: UUID | None
    lot_id: UUID | None
    quantity: Decimal
    received_at: datetime
    location_path: str
    lot_code: str | None
    expires_on: date | None
    strategy: str
    is_expired: bool

    @property
    def candidate(self) -> Candidate:
        """The shelf as a removal strategy looks at it."""
        key = (self.location_id, self.lot_id, "AVAILABLE")
        return Candidate(
            key, self.quantity, self.received_at, self.location_path, self.lot_code or "", self.expires_on
        )  # fmt: skip


async def shelves_by_variant(
    tx: Transaction, *, warehouse_id: UUID, variant_ids: Collection[UUID]
) -> Mapping[UUID, list[Shelf]]:
    """Where in the warehouse each variant is available, in lots that are active."""
    found: dict[UUID, list[Shelf]] = {}
    for row in await tx.raw.fetch(_SHELVES, tx.tenant_id, warehouse_id, list(variant_ids)):
        found.setdefault(row["variant_id"], []).append(
            Shelf(
                location_id=row["location_id"], lot_id=row["lot_id"], quantity=row["quantity"], received_at=row["received_at"],
                location_path=row["location_path"], lot_code=row["lot_code"], expires_on=row["expires_on"],
                strategy=row["removal_strategy"] or DEFAULT_STRATEGY[row["tracking"]], is_expired=bool(row["is_expired"]),
            )
        )  # fmt: skip
    return found
