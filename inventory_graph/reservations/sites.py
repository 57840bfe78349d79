"""The warehouses among which a reservation that names none may choose, and how its tenant chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.masterdata.coordinates import Coordinates, distance_km

# From the tenant outwards: how it chooses is known also where there is nothing to choose from.
_SITES = """
SELECT allocation_strategy, may_split_reservations, warehouses.id, outlet_id, priority, latitude, longitude
FROM tenants LEFT JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.is_active AND warehouses.type <> 'TRANSIT'
WHERE tenants.id = $1
ORDER BY priority, warehouses.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A warehouse that may be asked; ``coordinates`` None where nobody put it on the map."""

    warehouse_id: UUID
    outlet_id: UUID | None
    priority: int
    coordinates: Coordinates | None

    def distance_km(self, target: Coordinates | None) -> Decimal | None:
        """How far it is from where goods go, in kilometres; None when either place is unknown."""
        if self.coordinates is None or target is None:
            return None
        return distance_km(self.coordinates, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """The tenant's strategy (a word of ``allocation.STRATEGIES``), whether it may split, and whom it may ask, by priority."""

    strategy: str
    may_split: bool
    rows: Sequence[SiteRow] = ()


NOT_ASKED = Sites(strategy="COVERING", may_split=False)
"""Where every warehouse is named there is nothing to choose."""


async def sites(tx: Transaction) -> Sites:
    """The open warehouses of the tenant but those in transit, at most 1,000, in one statement."""
    rows = await tx.raw.fetch(_SITES, tx.tenant_id)
    if not rows:
        return NOT_ASKED
    return Sites(
        strategy=rows[0]["allocation_strategy"],
        may_split=rows[0]["may_split_reservations"],
        rows=tuple(_site(row) for row in rows if row["id"] is not None),
    )


def _site(row: Record) -> SiteRow:
    is_known = row["latitude"] is not None and row["longitude"] is not None
    return SiteRow(
        warehouse_id=row["id"],
        outlet_id=row["outlet_id"],
        priority=row["priority"],
        coordinates=Coordinates(latitude=row["latitude"], longitude=row["longitude"]) if is_known else None,
    )
